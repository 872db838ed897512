# SPDX-License-Identifier: LGPL-2.1-or-later
"""The hand, palm and face networks of the catalogue, with their real weights: what OpenCV, and ONNX
Runtime where it is there, compute with the conversion is what the operators of the TensorFlow Lite
file are defined to, computed by numpy."""

import json
import os
import shutil
import subprocess
import unittest
from pathlib import Path

from support import ROOT, Case

try:
    import numpy as np
    from network import Network
    from test_tflite import engines
    from tflite_numpy import compute
    from gstpose_models import catalogue
    from gstpose_models.install import package_file
except ImportError as error:
    raise unittest.SkipTest(f"needs python3-numpy and python3-onnx: {error}")

NAMES = ("mediapipe-hand", "mediapipe-hand-lite", "mediapipe-palm", "mediapipe-palm-lite",
         "mediapipe-face")
SHAPES = {"points": {"hand": (63,), "face": (1404,)}, "score": (1,), "handedness": (1,),
          "boxes": (2016, 18), "scores": (2016, 1)}
TOLERANCE = 1e-3  # pixels of the network input, and probabilities


def images(side: int):
    """Returns network inputs, RGB from 0 to 1, [3, side, side, 3]: noise, a colour wheel, black."""
    down, across = np.meshgrid(*[np.linspace(-1, 1, side)] * 2, indexing="ij")
    angle, radius = np.arctan2(down, across), np.hypot(down, across)
    wheel = np.stack([np.cos(k * angle + 9 * radius) for k in (1, 2, 3)], -1) / 2 + 0.5
    noise = np.random.default_rng(11).uniform(0, 1, (side, side, 3))
    return np.stack([noise, wheel, np.zeros_like(noise)]).astype(np.float32)


@unittest.skipUnless(os.environ.get("POSE_TEST_NETWORK") == "1",
                     "POSE_TEST_NETWORK is not 1: the npm registry is not to be used")
@unittest.skipUnless(os.environ.get("POSE_TEST_LARGE") == "1",
                     "POSE_TEST_LARGE is not 1: 20 MB are not to be downloaded")
@unittest.skipUnless(shutil.which("npm"), "npm is not installed: apt-get install npm")
class RealNetworksTest(Case):
    def setUp(self) -> None:
        super().setUp()
        self.models = catalogue.load(ROOT / "models/catalogue.json")
        packages = {self.models[name].downloads[0].npm for name in NAMES}
        subprocess.run(["npm", "pack", "--silent", *sorted(packages)], cwd=self.folder, check=True,
                       stdout=subprocess.DEVNULL)

    def test_conversions_compute_what_the_files_say(self) -> None:
        result = self.fetch("--from", str(self.folder), *NAMES)
        self.assertEqual(result.returncode, 0, result.stderr)
        for name in NAMES:
            model = self.models[name]
            with self.subTest(name):
                self.assertEqual(json.loads((self.target / f"{name}.json").read_text()), model.card)
                self.compare(name, (self.target / f"{name}.onnx").read_bytes())

    def compare(self, name: str, converted: bytes) -> None:
        """Compares all outputs for a batch of images."""
        model = self.models[name]
        part, (item,) = model.file, model.downloads
        source = package_file(part, Path(self.folder, item.file), item.room)
        network = Network(converted)
        self.assertEqual(network.inputs, ["input"])
        self.assertEqual(network.outputs, list(part.outputs))
        batch = images(model.card["width"])
        results = [compute(source, image, part.outputs.values()) for image in batch]
        found = engines(converted, batch.transpose(0, 3, 1, 2), network.outputs)
        if not found:
            self.skipTest("fetched, but not run: neither python3-opencv nor python3-onnxruntime")
        for i, output in enumerate(network.outputs):
            shape = SHAPES[output]
            shape = shape[model.card["mode"]] if isinstance(shape, dict) else shape
            expected = np.stack([result[i].reshape(shape) for result in results])
            if output in part.sigmoid:
                expected = 1 / (1 + np.exp(-expected))
            self.assertGreater(np.ptp(expected, axis=0).max(), 0 if output == "score" else 0.01)
            for engine, values in found.items():
                with self.subTest(name, output=output, engine=engine):
                    self.assertEqual(values[i].shape, (len(batch), *shape))
                    np.testing.assert_allclose(values[i], expected, atol=TOLERANCE, rtol=1e-5)


if __name__ == "__main__":
    unittest.main()
