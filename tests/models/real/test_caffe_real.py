# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Caffe converter on the true topologies, and on a real network."""

import os
import unittest
from pathlib import Path

try:
    import numpy as np
    from caffe_toys import caffemodel, convert, weights_for
    from test_caffe import READS_CAFFE, image, run_caffe, run_onnx
except ImportError as error:
    raise unittest.SkipTest(f"needs python3-numpy and python3-onnx: {error}")

DATA = Path(os.environ.get("POSE_TEST_DATA") or "/nonexistent")
REAL = DATA / "models" / "lightweight_openpose_coco.caffemodel"
TOPOLOGIES = sorted(DATA.glob("prototxt/*.prototxt"))


class RealTest(unittest.TestCase):
    """What OpenCV makes of the Caffe files, and what of ours."""

    @unittest.skipUnless(TOPOLOGIES, "POSE_TEST_DATA names no folder with prototxt/")
    @unittest.skipUnless(READS_CAFFE, "needs a python3-opencv that reads Caffe files")
    def test_true_topologies_stay_what_they_are(self) -> None:
        for path in TOPOLOGIES:
            definition = path.read_text(encoding="utf-8")
            model = caffemodel(weights_for(definition))
            network = convert(definition, model)
            for size in ((64, 64), (96, 128)):
                with self.subTest(path.stem, size=size):
                    expected = run_caffe(definition, model, image(*size, channels=3))
                    self.assertEqual(expected.shape[2:], (size[0] // 8, size[1] // 8))
                    span = float(np.ptp(expected))
                    self.assertGreater(span, 0.1)
                    self.assertLess(span, 1000)
                    np.testing.assert_allclose(run_onnx(network, image(*size, channels=3)),
                                               expected, atol=1e-4 * span, rtol=0)

    @unittest.skipUnless(REAL.is_file(), "POSE_TEST_DATA names no folder with a Caffe network")
    @unittest.skipUnless(READS_CAFFE, "needs a python3-opencv that reads Caffe files")
    def test_a_real_network_stays_what_it_is(self) -> None:
        definition = REAL.with_suffix(".prototxt").read_text(encoding="utf-8")
        network = convert(definition, REAL.read_bytes())
        blob = np.random.default_rng(1).random((1, 3, 64, 96)).astype(np.float32)
        found = run_onnx(network, blob)
        self.assertEqual(found.shape, (1, 57, 8, 12))
        np.testing.assert_allclose(found, run_caffe(definition, REAL.read_bytes(), blob),
                                   atol=1e-4, rtol=0)


if __name__ == "__main__":
    unittest.main()
