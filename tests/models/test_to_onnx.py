# SPDX-License-Identifier: LGPL-2.1-or-later
"""Caffe networks as ONNX on the command line: models/fetch to-onnx, and --onnx."""

import json
import unittest

from support import ROOT, Case, listing, toy_model

try:
    from caffe_toys import INPUT, caffemodel, convolution, weights_for
    from tflite_toys import Toy
    from gstpose_models import caffe, catalogue, tflite_graph
    from gstpose_models.install import as_onnx
except ImportError as error:
    raise unittest.SkipTest(f"needs python3-numpy and python3-onnx: {error}")

DEFINITION = INPUT + convolution("out", "kernel_size: 3")  # whose size is not open
WEIGHTS = caffemodel(weights_for(DEFINITION))


class ToOnnxTest(Case):
    """The command."""

    def setUp(self) -> None:
        super().setUp()
        self.target.mkdir()
        (self.target / "small.prototxt").write_text(DEFINITION, encoding="utf-8")
        (self.target / "small.caffemodel").write_bytes(WEIGHTS)
        self.card = {"name": "small", "model": "small.caffemodel", "config": "small.prototxt",
                     "mode": "coco", "scale": 0.5, "width": 32, "height": 24, "licence": "toy"}

    def write_card(self) -> None:
        """Writes the card of the network."""
        (self.target / "small.json").write_text(json.dumps(self.card), encoding="utf-8")

    def assert_written(self, result, **facts: object) -> None:
        """Checks that the network and a card with some facts were written."""
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout, f"{self.target}/small-onnx.json\n")
        card = json.loads((self.target / "small-onnx.json").read_text(encoding="utf-8"))
        card.pop("sha256")
        self.assertEqual(card, {"name": "small-onnx", "model": "small-onnx.onnx", **facts})
        self.assertEqual(self.fetch("verify", "small-onnx").stdout, "small-onnx: sound\n")

    def test_writes_a_network_with_its_card(self) -> None:
        self.write_card()
        for source in ("small", f"{self.target}/small.json", f"{self.target}/small.caffemodel"):
            with self.subTest(source):
                self.assert_written(self.fetch("to-onnx", source), mode="coco", scale=0.5,
                                    width=32, height=24, licence="toy")
                (self.target / "small-onnx.json").unlink()
        self.assertEqual((self.target / "small-onnx.onnx").read_bytes(),
                         caffe.convert("small-onnx", DEFINITION, WEIGHTS, (24, 32)))
        self.assertEqual(self.left_in(self.target), [
            "small-onnx.onnx", "small.caffemodel", "small.json", "small.prototxt"])

    def test_own_files_without_a_card(self) -> None:
        self.assert_written(self.fetch("to-onnx", f"{self.target}/small.caffemodel"))
        (self.target / "small.prototxt").rename(self.folder / "deploy.prototxt")
        missing = self.fetch("to-onnx", f"{self.target}/small.caffemodel")
        self.assertEqual(missing.returncode, 5)
        self.assertIn(f"{self.target}/small.prototxt: not there", missing.stderr)
        self.assertIn("--config", missing.stderr)
        self.assert_written(self.fetch("to-onnx", f"{self.target}/small.caffemodel", "--config",
                                       f"{self.folder}/deploy.prototxt"))

    def test_refuses_what_is_no_caffe_network(self) -> None:
        self.write_card()
        self.fetch("to-onnx", "small")
        own = f"{self.target}/small.caffemodel"
        for words, code, text in (
                ([], 2, "takes Caffe and TensorFlow Lite networks"),
                (["nobody"], 5, "nobody.json: not there"),
                (["small-onnx"], 5, "its model is small-onnx.onnx, expected a .caffemodel or .tflite"),
                ([f"{self.folder}/no.caffemodel"], 5, "no.caffemodel: not there"),
                ([own, "small", "--config", own], 2, "one network, but 2 are named"),
                ([own, "--config", own], 5, "is not text"),
                (["list", "--config", own], 2, "--config goes with 'to-onnx'")):
            with self.subTest(words):
                result = self.fetch(*([] if words[:1] == ["list"] else ["to-onnx"]), *words)
                self.assertEqual(result.returncode, code, result.stderr)
                self.assertIn(text, result.stderr)
                self.assertNotIn("Traceback", result.stderr)
                self.assertEqual(result.stdout, "")

    def test_weights_beside_the_card_of_another_network(self) -> None:
        self.card["model"] = "other.caffemodel"
        (self.target / "other.caffemodel").write_bytes(WEIGHTS)
        self.write_card()
        result = self.fetch("to-onnx", f"{self.target}/small.caffemodel")
        self.assertEqual(result.returncode, 5)
        self.assertIn("is of other.caffemodel, not of small.caffemodel", result.stderr)

    def test_a_definition_that_is_too_large(self) -> None:
        (self.target / "small.prototxt").write_text("#" * (1 << 20) + "\n" + DEFINITION)
        result = self.fetch("to-onnx", f"{self.target}/small.caffemodel")
        self.assertEqual(result.returncode, 5)
        self.assertIn("at most 1048576", result.stderr)

    def test_damaged_weights_are_one_message(self) -> None:
        (self.target / "small.caffemodel").write_bytes(WEIGHTS[:-1])
        result = self.fetch("to-onnx", f"{self.target}/small.caffemodel")
        self.assertEqual(result.returncode, 5)
        self.assertIn("damaged or cut short", result.stderr)
        self.assertNotIn("Traceback", result.stderr)


class TfliteToOnnxTest(Case):
    """The command on TensorFlow Lite files."""

    def setUp(self) -> None:
        super().setUp()
        toy = Toy(24, 32, 2)
        toy.op("LOGISTIC", [0], (1, 24, 32, 2), name="maps")
        self.data = toy.file()
        self.source = self.folder / "own.tflite"
        self.source.write_bytes(self.data)

    def written(self, result) -> dict:
        """Returns the card that was written, beside the network that belongs to it."""
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout, f"{self.folder}/own-onnx.json\n")
        self.assertEqual((self.folder / "own-onnx.onnx").read_bytes(),
                         tflite_graph.convert("own-onnx", self.data))
        card = json.loads((self.folder / "own-onnx.json").read_text(encoding="utf-8"))
        self.assertEqual(len(card.pop("sha256")), 64)
        return card

    def test_own_file(self) -> None:
        self.assertEqual(self.written(self.fetch("to-onnx", str(self.source))), {
            "name": "own-onnx", "model": "own-onnx.onnx", "width": 32, "height": 24})

    def test_own_file_with_a_card(self) -> None:
        (self.folder / "own.json").write_text(json.dumps(
            {"model": "own.tflite", "rgb": True, "width": 99}), encoding="utf-8")
        for source in ("own.tflite", "own.json"):
            self.assertEqual(self.written(self.fetch("to-onnx", str(self.folder / source))), {
                "name": "own-onnx", "model": "own-onnx.onnx", "rgb": True, "width": 32,
                "height": 24})

    def test_refused_and_nothing_left(self) -> None:
        for data, words, code, text in (
                (self.data[:-40], [], 5, "TensorFlow Lite file 'own-onnx': "),
                (b"", [], 5, "expected b'TFL3'"),
                (self.data, ["--config", str(self.source)], 2, "of a Caffe network, not of"),
                (None, [], 5, "own.tflite: not there")):
            with self.subTest(text):
                self.source.unlink(missing_ok=True)
                if data is not None:
                    self.source.write_bytes(data)
                result = self.fetch("to-onnx", str(self.source), *words)
                self.assertEqual(result.returncode, code, result.stderr)
                self.assertIn(text, result.stderr)
                self.assertNotIn("Traceback", result.stderr)
                self.assertLessEqual(set(self.left_in(self.folder)), {"own.tflite"})


class InstallTest(Case):
    """Networks of the catalogue, installed as ONNX at once."""

    def setUp(self) -> None:
        super().setUp()
        server = self.serve()
        url, self.weights = server.add("/net.caffemodel", data=WEIGHTS)
        config_url, _ = server.add("/net.prototxt", data=DEFINITION.encode())
        self.toy = toy_model("toy", listing("net.caffemodel", WEIGHTS, [url], "md5"),
                             listing("net.prototxt", DEFINITION.encode(), [config_url]))
        plain = toy_model("plain", listing("p.onnx", b"p", [server.add("/p.onnx", data=b"p")[0]]))
        self.book = self.catalogue(self.toy, plain)

    def install(self, *words: str):
        """Runs the tool, which has to succeed."""
        result = self.fetch(*words, catalogue=self.book)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def test_caffe_becomes_onnx_under_the_same_name(self) -> None:
        self.assertEqual(self.install("--onnx", "toy", "plain").stdout,
                         f"{self.target}/toy.json\n{self.target}/plain.json\n")
        self.assertEqual(self.left_in(self.target),
                         ["plain.json", "plain/p.onnx", "toy.json", "toy.onnx"])
        card = json.loads((self.target / "toy.json").read_text(encoding="utf-8"))
        expected = {**self.toy["card"], "model": "toy.onnx", "sha256": card["sha256"]}
        del expected["config"]
        self.assertEqual(card, expected)
        self.assertEqual(self.install("verify").stdout, "plain: sound\ntoy: sound\n")
        self.assertRegex(self.install("list").stdout, r"(?m)^toy .* yes ")

    def test_it_stays_onnx(self) -> None:
        self.install("--onnx", "toy")
        for words in (["toy"], ["--onnx", "toy"]):
            self.assertIn("is installed already", self.install(*words).stderr)
        (self.target / "toy.onnx").unlink()
        self.assertRegex(self.install("list").stdout, r"(?m)^toy .* damaged ")
        self.install("toy")
        self.assertEqual(self.left_in(self.target), ["toy.json", "toy.onnx"])

    def test_it_is_made_of_the_files_that_are_installed(self) -> None:
        self.install("toy")
        self.install("--onnx", "toy")
        self.assertEqual(len(self.weights.requests), 1)
        self.assertIn("toy.onnx", (self.target / "toy.json").read_text(encoding="utf-8"))

    def test_of_files_brought_along(self) -> None:
        brought = self.folder / "usb"
        brought.mkdir()
        (brought / "net.caffemodel").write_bytes(WEIGHTS)
        (brought / "net.prototxt").write_text(DEFINITION)
        self.install("--from", str(brought), "--onnx", "toy")
        self.assertEqual(self.weights.requests, [])
        self.assertEqual(self.left_in(self.target), ["toy.json", "toy.onnx"])

    def test_wrong_usage(self) -> None:
        for words in ([], ["list"], ["verify"], ["to-onnx", "toy"]):
            with self.subTest(words):
                self.assertEqual(self.fetch("--onnx", *words, catalogue=self.book).returncode, 2)

    def test_the_research_networks_are_known_to_be_caffe(self) -> None:
        models = catalogue.load(ROOT / "models/catalogue.json")
        changed = {name for name, model in models.items() if as_onnx(model) is not model}
        self.assertEqual(changed, {"body-25", "coco", "mpii", "mpii-full", "hand", "face"})
        self.assertEqual(as_onnx(models["face"]).card["model"], "face.onnx")


if __name__ == "__main__":
    unittest.main()
