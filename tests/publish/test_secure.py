# SPDX-License-Identifier: LGPL-2.1-or-later
"""Passwords and certificates, right and wrong ones; settings that cannot be used; and that no
credential is ever shown."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from broker import Broker, Certificates, Recorder, require_broker, wait_until
from cameras import Script, line

SECRET = "correct-horse-7431"
WRONG = "wrong-battery-9262"

_folder = tempfile.TemporaryDirectory()
FOLDER = Path(_folder.name)
CERTIFICATES: Certificates


def setUpModule() -> None:
    global CERTIFICATES  # pylint: disable=global-statement
    require_broker()
    unittest.addModuleCleanup(_folder.cleanup)
    CERTIFICATES = Certificates(FOLDER)


class Secure(unittest.TestCase):
    def broker(self, **values: Any) -> Broker:
        broker = Broker(**values).start()
        self.addCleanup(broker.close)
        return broker

    def script(self, url: str, **values: Any) -> Script:
        script = Script(url, **values)
        self.addCleanup(script.close)
        return script


class Passwords(Secure):
    def test_a_password_and_one_from_a_file_are_accepted(self) -> None:
        broker = self.broker(password=SECRET)
        (FOLDER / "password").write_text(SECRET + "\nsecond line\n", encoding="utf-8")
        (FOLDER / "username").write_text("camera\r\n", encoding="utf-8")
        for values in ({"username": "camera", "password": SECRET},
                       {"username_file": FOLDER / "username",
                        "password_file": FOLDER / "password"}):
            script = self.script(broker.url(), **values)
            script.await_connected()
            script.close()

    def test_a_wrong_password_is_told_once_and_the_stream_goes_on(self) -> None:
        broker = self.broker(password=SECRET)
        file = FOLDER / "changing"
        file.write_text(WRONG, encoding="utf-8")
        script = self.script(broker.url(), username="camera", password_file=file)
        script.await_notices(1)
        wait_until(lambda: broker.said().count("not authorised") >= 2, "it tries again", 60)
        script.say(*(line(float(second), [1]) for second in range(10)))
        wait_until(lambda: script.stats()["lines"] == 10, "the stream goes on")
        self.assertEqual([connected for _, connected, _ in script.notices], [False])
        self.assertEqual(len(script.warnings), 1)
        self.assertIn("refuse", script.notices[0][2])
        self.assertNotIn(WRONG, str(script.notices) + str(script.warnings))
        file.write_text(SECRET, encoding="utf-8")  # corrected while it runs
        script.await_connected(seconds=60)
        self.assertEqual(script.errors, [])

    def test_no_credential_is_ever_shown(self) -> None:
        broker = self.broker(password=SECRET)
        file = FOLDER / "secret"
        for right, text in ((True, SECRET), (False, WRONG)):
            file.write_text(text, encoding="utf-8")
            for arguments in (["password=" + text], [f"password-file={file}"]):
                log = FOLDER / "debug.log"
                run = subprocess.run(
                    ["gst-launch-1.0", "-v", "-m", "videotestsrc", "num-buffers=20",
                     "is-live=true", "!", "video/x-raw,format=RGB,width=64,height=64", "!",
                     "posejson", "!", "posepublish", f"location={broker.url()}",
                     "username=camera", *arguments],
                    env={**os.environ, "GST_DEBUG": "*:6", "GST_DEBUG_FILE": str(log),
                         "GST_DEBUG_NO_COLOR": "1"},
                    capture_output=True, text=True, timeout=120, check=False)
                self.assertEqual(run.returncode, 0, run.stderr)
                # GStreamer's own parser and property system log each assignment of a description.
                ours = [words for words in log.read_text(errors="replace").splitlines()
                        if text in words]
                for words in ours:
                    self.assertRegex(words, r"GST_PIPELINE|gst_parse|grammar\.y", words)
                output = [words for words in (run.stdout + run.stderr).splitlines()
                          if text in words]
                self.assertEqual(output, [])
                if not right:
                    self.assertIn("refuse", run.stdout + run.stderr)

    def test_the_password_cannot_be_read_from_the_element(self) -> None:
        broker = self.broker(password=SECRET)
        script = self.script(broker.url(), username="camera", password=SECRET)
        flags = script.publish.find_property("password").flags
        self.assertFalse(int(flags) & 1, "readable")
        self.assertNotIn(SECRET, str(script.stats()))


class Tls(Secure):
    def url(self, broker: Broker, host: str = "127.0.0.1") -> str:
        return f"mqtts://{host}:{broker.port}/poses/door"

    def test_a_certificate_of_a_known_authority_is_accepted(self) -> None:
        broker = self.broker(certificates=CERTIFICATES)
        for host in ("127.0.0.1", "localhost"):
            for protocol in ("3.1.1", "5"):
                script = self.script(self.url(broker, host), ca_file=CERTIFICATES.authority,
                                     protocol=protocol, qos=1)
                script.await_connected()
                script.say(line(0.0, [1]))
                script.end()
                self.assertEqual(script.stats()["published"], 1)
                script.close()

    def refuse(self, certificate: str, authority: str, reason: str) -> None:
        broker = self.broker(certificates=CERTIFICATES, certificate=certificate)
        script = self.script(self.url(broker), ca_file=authority)
        script.await_notices(1)
        script.say(line(0.0, [1]))
        wait_until(lambda: broker.said().count("New connection") >= 4, "it tries again", 60)
        self.assertEqual([connected for _, connected, _ in script.notices], [False])
        self.assertRegex(script.notices[0][2], reason)
        self.assertEqual(len(script.warnings), 1)
        self.assertEqual(script.errors, [])
        self.assertEqual(script.stats()["connections"], 0)
        script.close()
        careless = self.script(self.url(broker), tls_verify=False)
        careless.await_connected()

    def test_an_expired_certificate_is_refused(self) -> None:
        self.refuse("expired", CERTIFICATES.authority, "expired")

    def test_a_certificate_of_another_host_is_refused(self) -> None:
        self.refuse("wrong-name", CERTIFICATES.authority, "mismatch")

    def test_a_certificate_of_an_unknown_authority_is_refused(self) -> None:
        self.refuse("good", CERTIFICATES.unknown, "unable to|self.signed|unknown")

    def test_a_broker_that_asks_for_a_certificate_gets_it(self) -> None:
        broker = self.broker(certificates=CERTIFICATES, ask_certificate=True)
        script = self.script(self.url(broker), ca_file=CERTIFICATES.authority,
                             certificate_file=CERTIFICATES.certificate("client"),
                             key_file=CERTIFICATES.key("client"))
        script.await_connected()
        nameless = self.script(self.url(broker).replace("door", "yard"),
                               ca_file=CERTIFICATES.authority)
        nameless.await_notices(1)
        self.assertFalse(nameless.notices[0][1])
        self.assertEqual(nameless.errors, [])

    def test_tls_to_a_broker_without_and_none_to_one_with_it_are_outages(self) -> None:
        plain = self.broker()
        script = self.script(self.url(plain), ca_file=CERTIFICATES.authority)
        script.await_notices(1)
        self.assertFalse(script.notices[0][1])
        encrypted = self.broker(certificates=CERTIFICATES)
        script = self.script(encrypted.url())
        script.await_notices(1)
        self.assertFalse(script.notices[0][1])
        self.assertEqual(script.errors, [])

    def test_processes_with_tls_end_well(self) -> None:
        """exit() comes while the connection is being closed."""
        broker = self.broker(certificates=CERTIFICATES)
        path = FOLDER / "few.jsonl"
        path.write_bytes(line(0.0, [1]) * 3)
        for _ in range(10):
            run = subprocess.run(
                ["gst-launch-1.0", "-q", "filesrc", f"location={path}", "!", "application/x-ndjson",
                 "!", "posepublish", f"location={self.url(broker)}",
                 f"ca-file={CERTIFICATES.authority}"],
                capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(run.returncode, 0, run.stderr)


class BadInput(Secure):
    """One error that names the thing, and no stream."""

    def check(self, words: str, url: str = "mqtt://127.0.0.1:1/poses/door", **values: Any) -> None:
        with self.subTest(url=url, **values):
            script = Script(url, **values)
            try:
                wait_until(lambda: script.errors, "an error", 10)
                self.assertEqual(len(script.errors), 1, script.errors)
                self.assertIn(words, script.errors[0])
            finally:
                script.close()

    def test_each_unusable_location_is_an_error_that_says_why(self) -> None:
        for url, words in {
            "": "location", "broker": "scheme", "http://broker/poses/door": "scheme",
            "mqtt://": "host", "mqtt:///poses/door": "host", "mqtt://broker": "levels",
            "mqtt://broker/door": "levels", "mqtt://broker/poses/": "level",
            "mqtt://broker//door": "level", "mqtt://broker/poses/+": "+",
            "mqtt://broker/%23/door": "#", "mqtt://broker/$SYS/door": "$",
            "mqtt://broker/poses/%zz": "%", "mqtt://broker/poses/%0a": "control",
            "mqtt://broker:0/poses/door": "port", "mqtt://broker:65536/poses/door": "port",
            "mqtt://broker:x/poses/door": "port", "mqtt://[::1/poses/door": "]",
            "mqtt://user:hidden-word@broker/poses/door": "user",
            "mqtt://broker/poses/%ff": "UTF-8", "mqtt://broker/%c3/door": "UTF-8",
            "mqtt://broker/poses/" + "x" * 66000: "65000",
        }.items():
            self.check(words, url)

    def test_a_user_part_is_not_repeated(self) -> None:
        script = self.script("mqtt://user:hidden-word@broker/poses/door")
        wait_until(lambda: script.errors, "an error")
        self.assertNotIn("hidden-word", str(script.errors))

    def test_each_unusable_file_is_an_error_that_names_it(self) -> None:
        (FOLDER / "empty").write_bytes(b"")
        (FOLDER / "zero").write_bytes(b"a\0b\n")
        (FOLDER / "long").write_bytes(b"x" * 70000)
        (FOLDER / "text").write_text("no certificate\n", encoding="utf-8")
        tls = {"url": "mqtts://127.0.0.1:1/poses/door"}
        for name in ("absent", "empty", "zero", "long", "."):
            file = FOLDER / name
            self.check(str(file), username="camera", password_file=file)
            self.check(str(file), username_file=file)
        for name in ("absent", "empty", "text", "."):
            file = FOLDER / name
            self.check(str(file), ca_file=file, **tls)
            self.check(str(file), certificate_file=file, key_file=CERTIFICATES.key("client"), **tls)
            self.check(str(file), certificate_file=CERTIFICATES.certificate("client"),
                       key_file=file, **tls)
        self.check("key", certificate_file=CERTIFICATES.certificate("client"),
                   key_file=CERTIFICATES.key("good"), **tls)

    def test_settings_that_contradict_each_other_are_errors(self) -> None:
        (FOLDER / "one").write_text("one\n", encoding="utf-8")
        tls = {"url": "mqtts://127.0.0.1:1/poses/door"}
        self.check("username", password="x")
        self.check("password-file", username="a", password="x", password_file=FOLDER / "one")
        self.check("username-file", username="a", username_file=FOLDER / "one")
        self.check("certificate-file", certificate_file=CERTIFICATES.certificate("client"), **tls)
        self.check("key-file", key_file=CERTIFICATES.key("client"), **tls)
        self.check("camera", camera="a/b")
        self.check("camera", camera="a+")
        self.check("camera", camera="a\x01")
        self.check("client-id", client_id="a\x01")

    def test_tls_settings_without_tls_are_an_error(self) -> None:
        """A password must not go unencrypted because of one missing letter."""
        self.check("mqtts", ca_file=CERTIFICATES.authority)


# Ends while a sink connects and publishes: by exit(), which runs the clean-ups of libraries.
_ENDS = """
import ctypes, os, random, sys, time
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
pipeline = Gst.parse_launch(
    "appsrc name=lines format=time caps=application/x-ndjson ! posepublish location=" + sys.argv[1]
    + (" ca-file=" + sys.argv[2] if sys.argv[2] else ""))
pipeline.set_state(Gst.State.PLAYING)
lines = pipeline.get_by_name("lines")
end = time.monotonic() + random.Random(int(sys.argv[3])).uniform(0.0, 0.05)
while time.monotonic() < end:
    lines.emit("push-buffer", Gst.Buffer.new_wrapped(b'{"people":[]}\\n'))
ctypes.CDLL(None).exit(0)
"""


class Exits(Secure):
    def test_a_process_may_end_at_any_moment(self) -> None:
        plain = self.broker()
        encrypted = self.broker(certificates=CERTIFICATES)
        environment = {**os.environ, "MALLOC_PERTURB_": "205"}
        for number in range(30):
            for url, authority in ((plain.url(), ""),
                                   (encrypted.url().replace("mqtt:", "mqtts:"),
                                    CERTIFICATES.authority),
                                   ("mqtt://127.0.0.1:9/poses/door", "")):
                with self.subTest(url=url, number=number):
                    ended = subprocess.run(
                        [sys.executable, "-c", _ENDS, url, str(authority), str(number)],
                        env=environment, capture_output=True, timeout=60, check=False)
                    self.assertEqual(ended.returncode, 0, ended.stderr)


if __name__ == "__main__":
    unittest.main()
