# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tool as its users run it: commands, exit codes, interruptions."""

import hashlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import unittest

from support import ROOT, Case, listing, pattern, toy_model, wait_for

WEIGHTS = pattern(300_000)
CONFIG = pattern(2_000, seed=2)


class FetchTest(Case):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.serve()
        self.weights_url, self.weights = self.server.add("/net.caffemodel", data=WEIGHTS)
        self.config_url, self.config = self.server.add("/net.prototxt", data=CONFIG)
        self.toy = toy_model("toy", listing("net.caffemodel", WEIGHTS, [self.weights_url], "md5"),
                             listing("net.prototxt", CONFIG, [self.config_url]))
        self.book = self.catalogue(self.toy)

    def assert_installed(self) -> None:
        """Checks that the toy network and nothing else is in the target folder."""
        self.assertEqual(self.left_in(self.target),
                         ["toy.json", "toy/net.caffemodel", "toy/net.prototxt"])
        self.assertEqual((self.target / "toy/net.caffemodel").read_bytes(), WEIGHTS)
        self.assertEqual((self.target / "toy/net.prototxt").read_bytes(), CONFIG)

    def test_install_writes_files_and_card(self) -> None:
        result = self.fetch("toy", catalogue=self.book)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout, f"{self.target}/toy.json\n")
        self.assert_installed()
        card = json.loads((self.target / "toy.json").read_text())
        self.assertEqual(card["model"], "toy/net.caffemodel")
        self.assertEqual(card["sha256"], hashlib.sha256(WEIGHTS).hexdigest())
        self.assertEqual(card["config_sha256"], hashlib.sha256(CONFIG).hexdigest())

    def test_networks_of_the_machine_can_be_read_by_its_services(self) -> None:
        program = ("import os, sys; from pathlib import Path\n"
                   "from gstpose_models.cli import main\n"
                   "os.umask(0o077)\n"
                   f"sys.exit(main(['--system', '--catalogue', {str(self.book)!r}, 'toy'],\n"
                   f"              program='gst-pose-models', system=Path({str(self.target)!r})))\n")
        result = subprocess.run(["/usr/bin/python3", "-B", "-c", program], text=True, check=False,
                                capture_output=True,
                                env=self.environment(PYTHONPATH=str(ROOT / "models")))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_installed()
        for path in (self.target, *self.target.rglob("*")):
            with self.subTest(path):
                self.assertEqual(path.stat().st_mode & 0o055, 0o055 if path.is_dir() else 0o044)

    def test_installed_network_is_left_alone(self) -> None:
        self.fetch("toy", catalogue=self.book)
        result = self.fetch("toy", catalogue=self.book)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(self.weights.requests), 1)

    def test_two_networks_share_their_weights(self) -> None:
        url, _ = self.server.add("/other.prototxt", data=b"other")
        other = toy_model("other", self.toy["downloads"][0],
                          listing("other.prototxt", b"other", [url]))
        other["card"]["model"] = self.toy["card"]["model"]
        book = self.catalogue(self.toy, other)
        self.assertEqual(self.fetch("toy", "other", catalogue=book).returncode, 0)
        self.assertEqual(len(self.weights.requests), 1)
        self.assertEqual(self.fetch("verify", catalogue=book).stdout, "other: sound\ntoy: sound\n")

    def test_file_put_by_hand_is_taken(self) -> None:
        place = self.target / "downloads" / "toy"
        place.mkdir(parents=True)
        (place / "net.caffemodel").write_bytes(WEIGHTS)
        self.assertEqual(self.fetch("toy", catalogue=self.book).returncode, 0)
        self.assertEqual(self.weights.requests, [])
        self.assert_installed()

    def test_failed_download_installs_nothing(self) -> None:
        self.config.status = 404
        result = self.fetch("toy", catalogue=self.book)
        self.assertEqual(result.returncode, 4)
        self.assertFalse((self.target / "toy.json").exists())
        self.assertIn("net.prototxt could not be downloaded", result.stderr)
        self.assertIn(f"{self.target}/downloads/toy/net.prototxt", result.stderr)
        self.config.status = 200
        self.assertEqual(self.fetch("toy", catalogue=self.book).returncode, 0)
        self.assert_installed()
        self.assertEqual(len(self.weights.requests), 1)

    def kill_half_way(self, number: signal.Signals) -> subprocess.Popen[str]:
        """Ends the tool by a signal when it has 100 000 bytes of the weights."""
        self.weights.hold_at = 100_000
        part = self.target / "downloads/toy/net.caffemodel.part"
        with self.started("toy", catalogue=self.book) as process:
            wait_for(lambda: part.exists() and part.stat().st_size == 100_000, f"{part} grew")
            process.send_signal(number)
            process.communicate()
        self.weights.gate.set()
        return process

    def test_killed_run_is_continued(self) -> None:
        self.assertEqual(self.kill_half_way(signal.SIGKILL).returncode, -signal.SIGKILL)
        self.assertEqual(self.left_in(self.target), ["downloads/toy/net.caffemodel.part"])
        result = self.fetch("toy", catalogue=self.book)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.weights.requests, ["", "bytes=100000-"])
        self.assert_installed()

    def test_interrupted_run_says_so_and_is_continued(self) -> None:
        self.assertEqual(self.kill_half_way(signal.SIGINT).returncode, 130)
        self.assertEqual(self.fetch("toy", catalogue=self.book).returncode, 0)
        self.assertEqual(self.weights.requests, ["", "bytes=100000-"])
        self.assert_installed()

    def test_two_at_once_download_once(self) -> None:
        self.weights.hold_at = 100_000
        with self.started("toy", catalogue=self.book) as first:
            wait_for(self.weights.held.is_set, "the first download began")
            with self.started("toy", catalogue=self.book) as second:
                self.assertIn("another fetch is at work", second.stderr.readline())
                self.weights.gate.set()
                for process in (first, second):
                    output, errors = process.communicate()
                    self.assertEqual(process.returncode, 0, errors)
                    self.assertEqual(output, f"{self.target}/toy.json\n")
        self.assertEqual(self.weights.requests, [""])
        self.assert_installed()

    def test_full_disk_is_one_message(self) -> None:
        def small_files() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        with self.started("toy", catalogue=self.book, preexec_fn=small_files) as process:
            _, errors = process.communicate()
        self.assertEqual(process.returncode, 6, errors)
        self.assertEqual(errors.count("no room in"), 1)
        self.assertNotIn("Traceback", errors)
        self.assertFalse((self.target / "toy").exists())
        self.assertEqual(self.fetch("toy", catalogue=self.book).returncode, 0)
        self.assert_installed()

    def test_target_that_is_a_file(self) -> None:
        self.target.write_text("not a folder")
        result = self.fetch("toy", catalogue=self.book)
        self.assertEqual(result.returncode, 6)
        self.assertIn("cannot write in", result.stderr)
        self.assertNotIn("Traceback", result.stderr)

    def test_verify_finds_a_flipped_byte_and_fetch_repairs_it(self) -> None:
        self.fetch("toy", catalogue=self.book)
        for name in ("net.caffemodel", "net.prototxt"):
            with self.subTest(name):
                path = self.target / "toy" / name
                data = bytearray(path.read_bytes())
                data[len(data) // 2] ^= 1
                path.write_bytes(data)
                result = self.fetch("verify", "toy", catalogue=self.book)
                self.assertEqual(result.returncode, 5)
                self.assertIn(f"{name}: sha256 is", result.stdout)
                self.assertEqual(self.fetch("toy", catalogue=self.book).returncode, 0)
                self.assertEqual(self.fetch("verify", catalogue=self.book).returncode, 0)
        self.assert_installed()

    def test_verify_finds_missing_files_and_cards(self) -> None:
        self.fetch("toy", catalogue=self.book)
        (self.target / "toy/net.prototxt").unlink()
        result = self.fetch("verify", catalogue=self.book)
        self.assertEqual(result.returncode, 5)
        self.assertIn("net.prototxt: not there", result.stdout)
        self.assertIn("damaged", self.fetch("list", catalogue=self.book).stdout)
        self.assertEqual(self.fetch("verify", "nobody", catalogue=self.book).returncode, 5)

    def test_verify_survives_a_broken_card(self) -> None:
        self.target.mkdir()
        for text in ("{", "[]", "{}", '{"model": 3}'):
            with self.subTest(text):
                (self.target / "toy.json").write_text(text)
                result = self.fetch("verify", catalogue=self.book)
                self.assertEqual(result.returncode, 5, result.stderr)
                self.assertNotIn("Traceback", result.stderr)

    def test_list(self) -> None:
        before = self.fetch("list", catalogue=self.book).stdout
        self.assertRegex(before, r"toy +coco \(18\) +toy +0\.3 MB +no +yes +unknown")
        self.fetch("toy", catalogue=self.book)
        self.assertRegex(self.fetch(catalogue=self.book).stdout, r"toy .* 0\.3 MB +yes ")

    def test_list_says_what_was_not_tried(self) -> None:
        result = self.fetch("list", catalogue=self.catalogue({**self.toy, "tried": False}))
        self.assertRegex(result.stdout, r"toy +coco \(18\) +toy +0\.3 MB +no +no +unknown")
        self.assertIn("** no: not tried here with its real weights", result.stdout)

    def test_entry_says_whether_it_was_tried(self) -> None:
        untold = {key: value for key, value in self.toy.items() if key != "tried"}
        vague = {**self.toy, "tried": "no"}
        for entry, reason in ((untold, "'tried'"),
                              (vague, "tried is 'no', expected true or false")):
            with self.subTest(reason):
                result = self.fetch("list", catalogue=self.catalogue(entry))
                self.assertEqual(result.returncode, 1)
                self.assertIn(reason, result.stderr)

    def test_unknown_name(self) -> None:
        result = self.fetch("nobody", catalogue=self.book)
        self.assertEqual(result.returncode, 2)
        self.assertIn("no model is called 'nobody'; known are toy", result.stderr)

    def test_licence_has_to_be_accepted(self) -> None:
        book = self.catalogue({**self.toy, "needs_acceptance": True})
        result = self.fetch("toy", catalogue=book)
        self.assertEqual(result.returncode, 3)
        self.assertIn("non-commercial", result.stderr)
        self.assertIn("openpose/blob/master/LICENSE", result.stderr)
        self.assertEqual(self.weights.requests, [])
        self.assertEqual(self.fetch("toy", "--accept-licence", catalogue=book).returncode, 0)
        self.assert_installed()


class BestTest(Case):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.serve()
        models = []
        for name, ap in (("thin", 0.15), ("rich", 0.32), ("closed", 0.9)):
            data = name.encode()
            url, _ = self.server.add(f"/{name}", data=data)
            models.append(toy_model(name, listing(f"{name}.onnx", data, [url]), ap=ap,
                                    closed=name == "closed"))
        self.book = self.catalogue(*models)

    def requests(self) -> int:
        """Returns how many requests the server has had."""
        return sum(len(route.requests) for route in self.server.routes.values())

    def test_takes_the_best_open_network(self) -> None:
        result = self.fetch("best", catalogue=self.book)
        self.assertEqual(result.stdout, f"{self.target}/rich.json\n")
        self.assertIn("using rich (AP 0.32)", result.stderr)

    def test_falls_back_and_says_why(self) -> None:
        self.server.routes["/rich"].status = 404
        result = self.fetch("best", catalogue=self.book)
        self.assertEqual(result.stdout, f"{self.target}/thin.json\n")
        self.assertIn("HTTP 404", result.stderr)
        self.assertIn("using thin (AP 0.15)", result.stderr)
        self.assertIn("better, but not to be had for the reason above: rich (AP 0.32)",
                      result.stderr)

    def test_takes_an_installed_one_without_network(self) -> None:
        self.fetch("thin", catalogue=self.book)
        before = self.requests()
        result = self.fetch("best", catalogue=self.book)
        self.assertEqual(result.stdout, f"{self.target}/thin.json\n")
        self.assertIn("better, but not installed: rich (AP 0.32)", result.stderr)
        self.assertEqual(self.requests(), before)

    def test_damaged_one_does_not_count(self) -> None:
        self.fetch("thin", catalogue=self.book)
        (self.target / "thin/thin.onnx").write_bytes(b"thim")
        result = self.fetch("best", catalogue=self.book)
        self.assertEqual(result.stdout, f"{self.target}/rich.json\n")

    def test_looks_along_the_model_path(self) -> None:
        self.fetch("rich", catalogue=self.book)
        elsewhere = self.folder / "elsewhere"
        shutil.move(self.target, elsewhere)
        before = self.requests()
        result = self.fetch("best", catalogue=self.book, POSE_MODEL_PATH=f"/none:{elsewhere}")
        self.assertEqual(result.stdout, f"{elsewhere}/rich.json\n")
        self.assertEqual(self.requests(), before)

    def test_never_takes_what_was_not_tried(self) -> None:
        entries = json.loads(self.book.read_text())
        for entry in entries:
            entry["tried"] = entry["name"] != "rich"
        book = self.catalogue(*entries)
        self.assertEqual(self.fetch("rich", catalogue=book).returncode, 0)  # though installed
        result = self.fetch("best", catalogue=book)
        self.assertEqual(result.stdout, f"{self.target}/thin.json\n")
        self.assertNotIn("rich", result.stderr)

    def test_nothing_to_be_had(self) -> None:
        for route in self.server.routes.values():
            route.status = 404
        result = self.fetch("best", catalogue=self.book)
        self.assertEqual(result.returncode, 4)
        self.assertEqual(result.stdout, "")
        self.assertIn("none of the open networks could be had: rich", result.stderr)


class ToolTest(Case):
    """The tool with its own catalogue."""

    def test_list_names_every_network(self) -> None:
        result = self.fetch()
        self.assertEqual(result.returncode, 0, result.stderr)
        for name in ("lightweight-coco", "movenet-multipose", "mobilenet-thin", "rtmpose-t",
                     "rtmpose-s", "rtmpose-m", "mediapipe-hand", "mediapipe-hand-lite",
                     "mediapipe-palm", "mediapipe-palm-lite", "mediapipe-face", "body-25", "coco", "mpii", "mpii-full", "hand",
                     "face"):
            self.assertRegex(result.stdout, rf"(?m)^{name} ")
        self.assertIn("0.32 at 368 high", result.stdout)
        self.assertIn("0.19 at 432 high", result.stdout)

    def test_default_folder(self) -> None:
        result = subprocess.run([ROOT / "models/fetch"], text=True, capture_output=True,
                                env=self.environment(), check=True)
        self.assertIn(f"Folder: {self.folder}/data/gst-pose/models", result.stdout)
        result = subprocess.run([ROOT / "models/fetch"], text=True, capture_output=True,
                                env=self.environment(XDG_DATA_HOME="relative", HOME="/home/x"),
                                check=True)
        self.assertIn("Folder: /home/x/.local/share/gst-pose/models", result.stdout)

    def test_system_names_the_folder_of_the_machine(self) -> None:
        result = subprocess.run([ROOT / "models/fetch", "--system", "list"], text=True,
                                capture_output=True, env=self.environment(), check=True)
        self.assertIn("Folder: /var/lib/gst-pose/models\n", result.stdout)
        result = self.fetch("--system", "list")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--system: not allowed with argument --to", result.stderr)

    def test_research_networks_are_refused(self) -> None:
        for name in ("body-25", "coco", "mpii", "mpii-full", "hand", "face"):
            with self.subTest(name):
                self.assertEqual(self.fetch(name).returncode, 3)
        self.assertFalse(self.target.exists())

    def test_help_lists_the_exit_codes(self) -> None:
        text = self.fetch("--help").stdout
        for code in (0, 1, 2, 3, 4, 5, 6, 7, 130):
            self.assertRegex(text, rf"(?m)^ +{code}  \w")

    def test_imports_as_little_as_it_says(self) -> None:
        program = ("import sys; sys.path.insert(0, 'models')\n"
                   "from gstpose_models.cli import main\n"
                   "main(['list'])\n"
                   "sys.exit(', '.join({'cv2', 'gi', 'numpy', 'onnx'} & set(sys.modules)) or None)")
        result = subprocess.run(["/usr/bin/python3", "-B", "-c", program], cwd=ROOT, text=True,
                                capture_output=True, env=self.environment(), check=False)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_missing_packages_are_named(self) -> None:
        program = ("import sys; sys.path.insert(0, 'models')\n"
                   "sys.modules['numpy'] = sys.modules['onnx'] = None\n"
                   "from gstpose_models.cli import main\n"
                   f"sys.exit(main(['mobilenet-thin', '--to', {str(self.target)!r}]))")
        result = subprocess.run(["/usr/bin/python3", "-B", "-c", program], cwd=ROOT, text=True,
                                capture_output=True, env=self.environment(), check=False)
        self.assertEqual(result.returncode, 7, result.stderr)
        self.assertIn("apt-get install python3-numpy python3-onnx", result.stderr)

    def test_our_names_are_our_own(self) -> None:
        entries = json.loads((ROOT / "models/catalogue.json").read_text())
        names = [entry["name"] for entry in entries]
        names += [path for entry in entries for path in (entry["card"]["model"],)]
        names += os.listdir(ROOT / "models") + os.listdir(ROOT / "models/gstpose_models")
        self.assertEqual([name for name in names if "openpose" in name.lower()], [])

    def test_the_table_of_the_documents_is_that_of_the_catalogue(self) -> None:
        page = (ROOT / "docs/models.md").read_text(encoding="utf-8").split("\n## ")[1]
        told = {}
        for row in re.findall(r"^\| (`.*) \|$", page, re.M):
            cells = [cell.strip() for cell in row.split(" | ")]
            for name in re.findall(r"`([^`]+)`", cells[0]):
                told[name] = {"yes": True, "no": False}[cells[3]]
        entries = json.loads((ROOT / "models/catalogue.json").read_text())
        self.assertEqual(told, {entry["name"]: entry["tried"] for entry in entries})

    def test_accuracy_is_told_of_networks_that_were_tried(self) -> None:
        for entry in json.loads((ROOT / "models/catalogue.json").read_text()):
            if entry["ap"] is not None:
                self.assertTrue(entry["tried"], entry["name"])

    def test_plain_http_never_goes_without_a_checksum(self) -> None:
        for entry in json.loads((ROOT / "models/catalogue.json").read_text()):
            for item in entry["downloads"]:
                self.assertRegex(item["checksum"], r"^(md5|sha256|sha512):[0-9a-f]{32,128}$")
                for url in item.get("urls", ()):
                    self.assertRegex(url, r"^https?://")


if __name__ == "__main__":
    unittest.main()
