# SPDX-License-Identifier: LGPL-2.1-or-later
"""Streams that do not go on evenly: of other formats than time, with frames that were dropped or
repeated on the way, with caps and segments that change."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from neighbours import support


class Toy(unittest.TestCase):
    """With a network that finds something or nothing, but goes all the way."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        support.make_toy_network(Path(folder.name))
        os.environ["POSE_MODEL_PATH"] = folder.name

    def test_a_stream_in_bytes_has_no_times(self):
        # A source of bytes, as fakesrc and filesrc are, has no segment in TIME format.
        result = subprocess.run(
            ["gst-launch-1.0", "-q", "fakesrc", "num-buffers=5", "sizetype=fixed", "sizemax=4096",
             "filltype=zero", "!", "video/x-raw,format=GRAY8,width=64,height=64,framerate=25/1",
             "!", "poseestimate", "messages=true", "overlay=true", "!", "poseoverlay",
             "background=black", "!", "posejson", "!", "fdsink"],
            env={**os.environ, "G_DEBUG": "fatal-criticals"}, capture_output=True, text=True,
            timeout=120, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(result.stdout.splitlines()), 5)
        self.assertNotIn("CRITICAL", result.stderr)


if __name__ == "__main__":
    unittest.main()
