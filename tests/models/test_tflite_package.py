# SPDX-License-Identifier: LGPL-2.1-or-later
"""TensorFlow Lite networks of a package of our own: from the package to the cards, one of them out of
packed assets, and one that another needs."""

import hashlib
import json
import unittest
from pathlib import Path

from support import Case, listing

try:
    import numpy as np
    from test_npm import tarball
    from test_packed_assets import loader
    from tflite_toys import Toy
    from gstpose_models import tflite_graph
except ImportError as error:
    raise unittest.SkipTest(f"needs python3-numpy and python3-onnx: {error}")

ASSETS = "package/x_assets.data"


def network(seed: int) -> bytes:
    """Returns a file with two outputs."""
    weights = np.random.default_rng(seed).normal(size=(3, 1, 1, 2))
    toy = Toy(4, 4, 2)
    made = toy.convolution(0, toy.half(weights), toy.half(np.ones(3)), (1, 4, 4, 3))
    toy.tensors[made][3] = "maps"
    score = toy.op("MEAN", [made, toy.constant([1, 2], "int32")], (1, 3), name="mean")
    return toy.file(made, score)


class PackageTest(Case):
    """The tool with a client of ours in the place of npm."""

    def setUp(self) -> None:
        super().setUp()
        self.hand, self.palm = network(1), network(2)
        files = [{"filename": "/text", "start": 0, "end": 4},
                 {"filename": "/palm.tflite", "start": 4, "end": 4 + len(self.palm)}]
        self.members = {"package/hand.tflite": self.hand, ASSETS: b"text" + self.palm,
                        "package/x_assets_loader.js": loader(files)}

    def entry(self, name: str, data: bytes, download: dict, **file: object) -> dict:
        """Returns the catalogue's entry of a network."""
        outputs = {"points": "maps", "score": "mean"}
        made = tflite_graph.convert(name, data, outputs, ["score"])
        return {"name": name, "keypoints": "", "licence": "toy", "needs_acceptance": False,
                "tried": True, "ap": None, "maker": "tflite", "downloads": [download],
                "card": {"name": name, "model": f"{name}.onnx",
                         "sha256": hashlib.sha256(made).hexdigest()},
                "tflite": {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(),
                           "outputs": outputs, "sigmoid": ["score"], **file}}

    def pack(self) -> Path:
        """Writes the package and its client, which counts its calls; returns a catalogue."""
        data = tarball(self.folder / "made.tgz", *self.members.items()).read_bytes()
        programs = self.folder / "bin"
        programs.mkdir(exist_ok=True)
        (programs / "npm").write_text(f'#!/bin/sh\necho >> {self.folder}/calls\n'
                                      f'cp {self.folder}/made.tgz "$4/toy-1.0.0.tgz"\n')
        (programs / "npm").chmod(0o755)
        (self.folder / "calls").write_text("")
        download = listing("toy-1.0.0.tgz", data, [], "sha512", npm="toy@1.0.0",
                           unpacked=sum(len(content) for content in self.members.values()))
        return self.catalogue(
            {**self.entry("hand", self.hand, download, path="package/hand.tflite"),
             "needs": ["palm"]},
            self.entry("palm", self.palm, download, path="/palm.tflite", assets=ASSETS))

    def run_tool(self, *words: str, book: Path | None = None):
        """Runs the tool with that client."""
        return self.fetch(*words, catalogue=book or self.folder / "catalogue.json",
                          PATH=f"{self.folder}/bin:/usr/bin:/bin")

    def calls(self) -> int:
        """Returns how often npm was called."""
        return len((self.folder / "calls").read_text().splitlines())

    def test_a_network_comes_with_the_one_that_it_needs_of_one_download(self) -> None:
        result = self.run_tool("hand", book=self.pack())
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout, f"{self.target}/hand.json\n{self.target}/palm.json\n")
        self.assertIn("hand: needs palm, which is installed with it", result.stderr)
        self.assertEqual(self.left_in(self.target),
                         ["hand.json", "hand.onnx", "palm.json", "palm.onnx"])
        self.assertEqual(self.calls(), 1)
        self.assertEqual(self.run_tool("verify").stdout, "hand: sound\npalm: sound\n")

    def test_only_what_is_lacking_is_installed(self) -> None:
        self.run_tool("hand", book=self.pack())
        again = self.run_tool("hand", "palm")
        self.assertNotIn("which is installed with it", again.stderr)
        self.assertEqual(again.stdout, f"{self.target}/hand.json\n{self.target}/palm.json\n")
        self.assertEqual(self.calls(), 1)
        (self.target / "palm.onnx").unlink()
        self.assertEqual(self.run_tool("hand").returncode, 0)
        self.assertEqual(self.calls(), 2)
        self.assertEqual(self.run_tool("verify").returncode, 0)

    def test_the_one_that_is_needed_may_be_had_alone(self) -> None:
        result = self.run_tool("palm", book=self.pack())
        self.assertEqual(result.stdout, f"{self.target}/palm.json\n", result.stderr)
        self.assertEqual(self.left_in(self.target), ["palm.json", "palm.onnx"])

    def test_of_files_brought_along(self) -> None:
        book = self.pack()
        brought = self.folder / "usb"
        brought.mkdir()
        missing = self.run_tool("--from", str(brought), "hand", book=book)
        self.assertEqual(missing.returncode, 4)
        for name in ("hand: not in", "palm: not in", "npm pack toy@1.0.0"):
            self.assertIn(name, missing.stderr)
        (brought / "toy-1.0.0.tgz").write_bytes((self.folder / "made.tgz").read_bytes())
        self.assertEqual(self.run_tool("--from", str(brought), "hand").returncode, 0)
        self.assertEqual(self.calls(), 0)

    def assert_refused(self, reason: str, *words: str) -> None:
        """Checks that a network is refused in one line, and neither network nor card stays."""
        book = self.pack()
        result = self.run_tool(*words or ("hand",), book=book)
        self.assertEqual(result.returncode, 5, result.stderr)
        self.assertRegex(result.stderr.splitlines()[-1], f"^models/fetch: .*{reason}")
        self.assertNotIn("Traceback", result.stderr)
        left = [name for name in self.left_in(self.target) if not name.endswith(".tgz")]
        self.assertEqual(left, [])

    def test_damaged_package(self) -> None:
        entries = dict(self.members)
        for name, content, reason, words in (
                ("package/hand.tflite", self.hand + b"x", "hand.tflite has [0-9]+ bytes with", ()),
                ("package/hand.tflite", self.hand[::-1], "with the sha256 .*, expected", ()),
                (ASSETS, b"text" + self.palm[:-1], "packed assets have", ("palm",)),
                (ASSETS, b"texx" + self.palm[:-1] + b"?", "palm.tflite has", ("palm",)),
                ("package/x_assets_loader.js", b"no", "calls loadPackage", ("palm",))):
            with self.subTest(reason, words=words):
                self.members = {**entries, name: content}
                self.assert_refused(reason, *words)
        self.members = {key: value for key, value in entries.items() if "loader" not in key}
        self.assert_refused("lacks package/x_assets_loader.js", "palm")

    def test_what_is_needed_and_damaged_leaves_no_card_of_the_other(self) -> None:
        self.members["package/x_assets_loader.js"] = b"no"
        result = self.run_tool("hand", book=self.pack())
        self.assertEqual(result.returncode, 5, result.stderr)
        self.assertFalse((self.target / "hand.json").exists())
        self.assertEqual(self.run_tool("verify").stdout,
                         f"no networks are installed in {self.target}\n")

    def test_network_that_is_not_the_one_of_the_card(self) -> None:
        book = self.pack()
        models = json.loads(book.read_text())
        models[1]["card"]["sha256"] = "0" * 64
        result = self.run_tool("palm", book=self.catalogue(*models))
        self.assertEqual(result.returncode, 5)
        self.assertIn("palm: the converted network has sha256", result.stderr)
        self.assertFalse((self.target / "palm.onnx").exists())

    def test_catalogue_whose_needs_are_not_listed(self) -> None:
        models = json.loads(self.pack().read_text())
        for needs in (["nobody"], ["hand"]):
            models[0]["needs"] = needs
            result = self.run_tool("list", book=self.catalogue(*models))
            self.assertEqual(result.returncode, 1)
            self.assertIn(f"hand needs '{needs[0]}', expected a network that is", result.stderr)


if __name__ == "__main__":
    unittest.main()
