# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/fleet.md: three machines and one broker, and the access rules that it shows."""

import re
import unittest
from pathlib import Path
from typing import Any

from broker import Broker, Recorder, require_broker, wait_until
from cameras import Script, line
from test_posecam import FOLDER, ROOT, Posecam, setUpModule  # noqa: F401

MACHINES = {"hall": ("door", "stairs"), "yard": ("gate",), "shed": ("bench",)}


class Fleet(unittest.TestCase):
    def setUp(self) -> None:
        require_broker()
        self.broker = Broker().start()
        self.addCleanup(self.broker.close)
        self.machines = {name: self.machine(name) for name in MACHINES}
        self.recorder = self.record()
        for machine in MACHINES:
            self.await_live(self.recorder, machine)

    def machine(self, name: str) -> Posecam:
        url = f"mqtt://127.0.0.1:{self.broker.port}/site/{name}"
        posecam = Posecam("--publish", url, *(f"{camera}=test:ball" for camera in MACHINES[name]))
        self.addCleanup(posecam.close)
        return posecam

    def record(self) -> Recorder:
        recorder = Recorder(self.broker, "site/#")
        self.addCleanup(recorder.close)
        return recorder

    def await_live(self, recorder: Recorder, machine: str) -> None:
        recorder.await_text(f"site/{machine}/available", "online")
        for camera in MACHINES[machine]:
            recorder.await_state(f"site/{machine}/{camera}/status", "live")

    def test_a_machine_that_dies_is_offline_and_the_others_go_on(self) -> None:
        self.machines["yard"].process.kill()
        self.recorder.await_text("site/yard/available", "offline")
        for machine in ("hall", "shed"):
            self.assertEqual(self.recorder.of(f"site/{machine}/available")[-1].text, "online")
            for camera in MACHINES[machine]:
                seen = len(self.recorder.of(f"site/{machine}/{camera}/poses"))
                wait_until(lambda at=f"site/{machine}/{camera}/poses", count=seen:
                           len(self.recorder.of(at)) > count, "lines go on")
        self.machine("yard")
        self.await_live(self.recorder, "yard")

    def test_all_machines_come_back_to_a_broker_that_has_forgotten_everything(self) -> None:
        self.broker.kill()
        for machine in self.machines.values():
            machine.await_connected(False, 1)
        self.broker.start()
        recorder = self.record()
        for machine in MACHINES:
            self.await_live(recorder, machine)
        for machine in self.machines.values():
            self.assertIsNone(machine.process.poll())

    def test_each_machine_makes_one_connection(self) -> None:
        made = re.findall(r"New client connected .* as gst-pose", self.broker.said())
        self.assertEqual(len(made), len(MACHINES))


class Access(unittest.TestCase):
    """The rules of docs/fleet.md, word for word."""

    def setUp(self) -> None:
        require_broker()
        page = (ROOT / "docs" / "fleet.md").read_text(encoding="utf-8")
        rules = re.search(r"```\n(# /etc/mosquitto/acl\n.*?)```", page, re.DOTALL)
        self.assertIsNotNone(rules)
        self.acl = Path(FOLDER) / "acl"
        # The users of these tests' broker.
        self.acl.write_text(rules.group(1).replace("user dashboard", "user reader"),
                            encoding="utf-8")
        self.broker = Broker(password="secret", extra=f"acl_file {self.acl}").start()
        self.addCleanup(self.broker.close)
        self.recorder = Recorder(self.broker, "#", username="reader", password="reader")
        self.addCleanup(self.recorder.close)

    def script(self, path: str, **values: Any) -> Script:
        script = Script(self.broker.url(path), username="camera", password="secret", **values)
        self.addCleanup(script.close)
        script.await_connected()
        script.say(line(0.0, [1]))
        return script

    def test_a_machine_writes_below_its_own_name_only(self) -> None:
        self.script("site/other/door").end()
        self.script("site/camera/door", discovery=True)
        self.recorder.await_state("site/camera/door/status", "live")
        self.recorder.await_text("site/camera/available", "online")
        wait_until(lambda: self.recorder.of("site/camera/door/poses"), "a line")
        topics = {each.topic for each in self.recorder.messages}
        self.assertFalse([topic for topic in topics if topic.startswith("site/other")])

    def test_what_the_broker_refuses_is_not_published(self) -> None:
        """MQTT 5 tells the client so."""
        script = self.script("site/other/door", protocol="5", qos=1)
        script.say(*(line(float(second), [1]) for second in range(5)))
        script.end()
        stats = script.stats()
        self.assertEqual((stats["lines"], stats["published"], stats["errors"]), (6, 0, 6))
        self.assertEqual((stats["events"], stats["events-dropped"]), (0, 2))

    def test_a_machine_reads_its_own_availability(self) -> None:
        """Else two processes with one prefix could not set right what the will of one says."""
        self.script("site/camera/door")
        wait_until(lambda: "SUBSCRIBE" in self.broker.said(), "it subscribes")
        self.recorder.await_text("site/camera/available", "online")
        self.recorder.client.publish("site/camera/available", "offline", qos=1, retain=True)
        self.assertEqual([each.text for each in self.recorder.of("site/camera/available")],
                         ["online"], "the dashboard may not write")


if __name__ == "__main__":
    unittest.main()
