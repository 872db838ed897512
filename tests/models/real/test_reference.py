# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real networks, converted by us, against conversions made by others."""

import json
import os
import subprocess
import unittest
from pathlib import Path

from support import ROOT, Case

try:
    import numpy as np
    from network import Network
    from gstpose_models import npm, openvino_ir, tfjs_graph, tfjs_model
except ImportError as error:
    raise unittest.SkipTest(f"needs python3-numpy and python3-onnx: {error}")

try:
    import cv2
except ImportError:
    cv2 = None

DATA = Path(os.environ.get("POSE_TEST_DATA") or "/nonexistent")
NETWORKS = next((place for place in (DATA / "models", DATA)
                 if (place / "human-pose-estimation-0001.onnx").is_file()), None)
TOLERANCE = 1e-3
SIZES = ((368, 368), (256, 456), (368, 656), (432, 432))  # rows, columns


def inputs() -> list:
    """Returns network inputs, values 0 to 255, [1, 3, rows, columns]: noise, then a photograph."""
    rng = np.random.default_rng(7)
    found = [rng.uniform(0, 255, (1, 3, *size)).astype(np.float32) for size in SIZES]
    photographs = sorted(DATA.glob("eval/coco-dev/images/*.jpg"))
    for path in photographs[:2]:
        found.append(cv2.dnn.blobFromImage(cv2.imread(str(path)), 1.0, (368, 368)))
    return found


def outputs(network, blob) -> dict[int, "np.ndarray"]:
    """Returns the outputs of an OpenCV network by their number of channels."""
    network.setInput(blob)
    found = network.forward(network.getUnconnectedOutLayersNames())
    return {output.shape[1]: output for output in found}


@unittest.skipUnless(cv2, "python3-opencv is not installed")
@unittest.skipUnless(NETWORKS, "POSE_TEST_DATA names no folder with the reference networks")
class ReferenceTest(Case):
    """The real networks against conversions made by others."""

    def assert_same(self, network: bytes, reference: str, channels: set[int]) -> None:
        """Compares all outputs of two networks at several sizes."""
        ours = cv2.dnn.readNetFromONNX(np.frombuffer(network, np.uint8))
        theirs = cv2.dnn.readNetFromONNX(str(NETWORKS / reference))
        for blob in inputs():
            rows, columns = blob.shape[2] // 8, blob.shape[3] // 8
            with self.subTest(size=blob.shape):
                found, expected = outputs(ours, blob), outputs(theirs, blob)
                self.assertEqual(set(found), channels)
                for count in channels:
                    self.assertEqual(found[count].shape, (1, count, rows, columns))
                    self.assertGreater(np.abs(expected[count]).max(), 10 * TOLERANCE)
                    np.testing.assert_allclose(found[count], expected[count], atol=TOLERANCE,
                                               rtol=0)

    def assert_plain(self, data: bytes) -> None:
        """Checks that nothing is in the file that OpenCV 4.6 or 4.10 reads in its own way."""
        network = Network(data)
        used = [name for node in network.nodes for name in node.input if name in network.weights]
        self.assertEqual(sorted(used), sorted(network.weights))  # each constant has one reader
        self.assertEqual({w.dtype.name for w in network.weights.values()}, {"float32"})
        self.assertLessEqual(set(network.kinds),
                             {"Conv", "Relu", "Elu", "Add", "Mul", "Concat", "MaxPool"})

    def test_lightweight_coco(self) -> None:
        stem = NETWORKS / "ir" / "human-pose-estimation-0001"
        if not stem.with_suffix(".xml").is_file():
            self.skipTest(f"{stem}.xml is not there")
        network = openvino_ir.convert(stem.with_suffix(".xml").read_bytes(),
                                      stem.with_suffix(".bin").read_bytes())
        self.assert_plain(network)
        self.assert_same(network, "human-pose-estimation-0001.onnx", {38, 19})

    def test_lightweight_coco_from_files_to_card(self) -> None:
        place = self.target / "downloads" / "lightweight-coco"
        place.mkdir(parents=True)
        for path in (NETWORKS / "ir").glob("human-pose-estimation-0001.*"):
            (place / path.name).write_bytes(path.read_bytes())
        if not any(place.iterdir()):
            self.skipTest(f"{NETWORKS}/ir is not there")
        result = self.fetch("lightweight-coco")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.left_in(self.target),
                         ["lightweight-coco.json", "lightweight-coco.onnx"])
        self.assertEqual(self.fetch("best").stdout, f"{self.target}/lightweight-coco.json\n")

    @unittest.skipUnless(os.environ.get("POSE_TEST_NETWORK") == "1",
                         "POSE_TEST_NETWORK is not 1: the npm registry is not to be used")
    def test_mobilenet_thin(self) -> None:
        entries = json.loads((ROOT / "models/catalogue.json").read_text())
        entry = next(entry for entry in entries if entry["name"] == "mobilenet-thin")
        (item,) = entry["downloads"]
        subprocess.run(["npm", "pack", "--silent", item["npm"]], cwd=self.folder, check=True,
                       stdout=subprocess.DEVNULL)
        folder, room = "package/model/", item["unpacked"]
        tarball = self.folder / item["file"]
        model = npm.read_members(tarball, [folder + "model.json"], room)[folder + "model.json"]
        names = tfjs_model.weight_files(model)
        members = npm.read_members(tarball, [folder + name for name in names], room)
        network = tfjs_graph.convert(entry["name"], model,
                                     {name: members[folder + name] for name in names})
        self.assert_plain(network)
        self.assert_same(network, "mobilenet-thin.onnx", {57})


if __name__ == "__main__":
    unittest.main()
