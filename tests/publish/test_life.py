# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a broker hears of a camera when nothing goes wrong."""

import re
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from broker import Broker, Recorder, require_broker, retained, wait_until
from cameras import Gst, Publication, Script, line, properties


def setUpModule() -> None:
    require_broker()


class WithBroker(unittest.TestCase):
    """One broker for all, one prefix a test."""

    broker: Broker

    @classmethod
    def setUpClass(cls) -> None:
        cls.broker = Broker().start()
        cls.addClassCleanup(cls.broker.close)

    def setUp(self) -> None:
        self.prefix = re.sub(r"\W", "-", self.id().rsplit(".", 1)[-1])
        self.base = f"{self.prefix}/door"
        self.recorder = Recorder(self.broker, f"{self.prefix}/#")
        self.addCleanup(self.recorder.close)

    def script(self, camera: str = "door", **values: object) -> Script:
        script = Script(self.broker.url(f"{self.prefix}/{camera}"), **values)
        self.addCleanup(script.close)
        return script


class Life(WithBroker):
    """What is published, and what is kept."""

    def test_lines_arrive_as_they_are_and_in_order(self) -> None:
        script = self.script(qos=1)
        script.await_connected()
        lines = [line(number / 25, [1, 2], number=number) for number in range(80)]
        script.say(*lines)
        wait_until(lambda: len(self.recorder.of(f"{self.base}/poses")) == 80, "all lines arrive")
        arrived = self.recorder.of(f"{self.base}/poses")
        self.assertEqual([each.payload for each in arrived], [each.rstrip(b"\n") for each in lines])
        self.assertEqual({each.qos for each in arrived}, {1})
        self.assertFalse(any(each.retained for each in arrived))
        script.end()
        self.assertEqual(script.stats()["published"], 80)

    def test_people_who_come_and_go_are_told_exactly(self) -> None:
        script = self.script(leave_after=2.0)
        script.await_connected()
        people = [[], [7], [7], [7, 9], [9], [9], [9], [9, 8], [], [9], [], [], [5]]
        script.say(*(line(float(second), ids) for second, ids in enumerate(people)))
        # Gone with the first line more than 2 s after the last sight; 5 is still there.
        expected = [("entered", 7), ("entered", 9), ("left", 7), ("entered", 8), ("left", 8),
                    ("left", 9), ("entered", 5)]
        wait_until(lambda: len(self.recorder.events(f"{self.base}/event")) >= 7, "seven events")
        self.assertEqual(self.recorder.events(f"{self.base}/event"), expected)
        script.end()
        wait_until(lambda: len(self.recorder.events(f"{self.base}/event")) >= 8, "the last event")
        self.assertEqual(self.recorder.events(f"{self.base}/event"), expected + [("left", 5)])
        events = self.recorder.of(f"{self.base}/event")
        self.assertEqual({each.qos for each in events}, {1})
        for each in events:
            self.assertRegex(each.json["utc"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertEqual(each.json["camera"], "door")
        self.assertNotIn(f"{self.base}/event", retained(self.broker), "an event is no state")

    def test_the_number_of_people_is_told_when_it_changes_and_kept(self) -> None:
        script = self.script()
        script.await_connected()
        self.recorder.await_text(f"{self.base}/people", "0")
        for ids, number in (([1], "1"), ([1], "1"), ([1, 2], "2"), ([1, 2], "2")):
            script.say(line(1.0, ids))
            self.recorder.await_text(f"{self.base}/people", number)
        self.assertEqual([each.text for each in self.recorder.of(f"{self.base}/people")],
                         ["0", "1", "2"])
        kept = retained(self.broker)
        self.assertEqual(kept[f"{self.base}/people"].text, "2")
        script.end()
        self.recorder.await_text(f"{self.base}/people", "0")

    def test_the_status_is_kept_and_says_how_the_stream_is(self) -> None:
        script = self.script()
        self.recorder.await_state(f"{self.base}/status", "waiting")
        script.say(line(0.0, [1]))
        status = self.recorder.await_state(f"{self.base}/status", "live")
        for key in ("utc", "people", "lines", "published", "dropped"):
            self.assertIn(key, status)
        self.assertEqual(retained(self.broker)[f"{self.base}/status"].json["state"], "live")
        script.end()
        self.assertEqual(self.recorder.await_state(f"{self.base}/status", "ended")["people"], 0)
        self.assertEqual(retained(self.broker)[f"{self.base}/status"].json["state"], "ended")
        wait_until(lambda: ("left", 1) in self.recorder.events(f"{self.base}/event"), "an event")

    def test_a_camera_without_lines_is_waiting_and_comes_back(self) -> None:
        script = self.script()
        script.say(line(0.0, [1]))
        self.recorder.await_state(f"{self.base}/status", "live")
        self.recorder.await_state(f"{self.base}/status", "waiting", 60)
        script.say(line(20.0, [1]))
        self.recorder.await_state(f"{self.base}/status", "live")

    def test_nothing_is_kept_where_the_status_is_not_to_be(self) -> None:
        script = self.script(retain_status=False)
        script.say(line(0.0, [1]))
        self.recorder.await_state(f"{self.base}/status", "live")
        self.recorder.await_text(f"{self.base}/people", "1")
        kept = retained(self.broker)
        self.assertNotIn(f"{self.base}/status", kept)
        self.assertNotIn(f"{self.base}/people", kept)

    def test_several_cameras_share_one_connection_and_one_availability(self) -> None:
        before = self.connections()
        scripts = [self.script(name) for name in ("door", "yard", "hall")]
        for script in scripts:
            script.say(line(0.0, [1]))
            script.await_connected()
        for name in ("door", "yard", "hall"):
            self.recorder.await_state(f"{self.prefix}/{name}/status", "live")
        self.assertEqual(self.connections() - before, 1)
        self.recorder.await_text(f"{self.prefix}/available", "online")
        scripts[0].close()
        scripts[1].say(line(1.0, [1, 2]))
        self.recorder.await_text(f"{self.prefix}/yard/people", "2")
        self.assertEqual(retained(self.broker)[f"{self.prefix}/available"].text, "online")
        scripts[1].close()
        scripts[2].close()
        self.recorder.await_text(f"{self.prefix}/available", "offline")

    def connections(self) -> int:
        return len(re.findall(r"New client connected .* as gst-pose", self.broker.said()))

    def test_a_second_camera_of_the_same_name_fails_the_start(self) -> None:
        self.script().await_connected()
        second = self.script()
        wait_until(lambda: second.errors, "an error")
        self.assertIn("door", second.errors[0])

    def test_both_protocols_bring_the_same(self) -> None:
        for protocol in ("3.1.1", "5"):
            script = self.script(f"door{protocol[0]}", protocol=protocol, qos=1)
            script.say(line(0.0, [1]))
            self.recorder.await_state(f"{self.prefix}/door{protocol[0]}/status", "live")
            wait_until(lambda name=f"{self.prefix}/door{protocol[0]}/poses":
                       self.recorder.of(name), "a line")
            script.end()
            self.assertEqual(script.errors, [])

    def test_the_rate_is_limited_and_what_is_left_out_is_counted(self) -> None:
        script = self.script(max_rate=2)
        script.await_connected()
        script.say(*(line(number / 25, [1], number=number) for number in range(50)))
        script.end()
        stats = script.stats()
        self.assertEqual(stats["lines"], 50)
        self.assertGreater(stats["thinned"], 0)
        self.assertEqual(stats["published"] + stats["thinned"], 50)
        # The people are known all the same.
        wait_until(lambda: ("entered", 1) in self.recorder.events(f"{self.base}/event"), "an event")

    def test_what_is_no_line_is_counted_and_not_published(self) -> None:
        script = self.script()
        script.await_connected()
        script.say(b"\n", b"[]\n", b"{\n", b'{"people":3}\n', b"\xff\xfe\n", line(0.0, [1]))
        script.end()
        wait_until(lambda: self.recorder.of(f"{self.base}/poses"), "the line arrives")
        self.assertEqual(len(self.recorder.of(f"{self.base}/poses")), 1)
        stats = script.stats()
        self.assertEqual(stats["published"], 1)
        self.assertEqual(stats["published"] + stats["errors"], stats["lines"])

    def test_a_file_of_lines_is_published_whole(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "lines.jsonl"
            lines = [line(number / 25, [1], number=number) for number in range(60)]
            path.write_bytes(b"".join(lines).rstrip(b"\n"))  # the last one has no line feed
            publication = Publication(
                f'filesrc location="{path}" blocksize=1000 ! application/x-ndjson '
                f'! posepublish name=publish location="{self.broker.url(self.base)}" qos=1').play()
            self.addCleanup(publication.close)
            wait_until(publication.ended.is_set, "the end")
            self.assertEqual(publication.errors, [])
            wait_until(lambda: len(self.recorder.of(f"{self.base}/poses")) == 60, "all lines")
            self.assertEqual([each.json["number"] for each in
                              self.recorder.of(f"{self.base}/poses")], list(range(60)))

    def test_a_stream_can_begin_again_after_its_end(self) -> None:
        script = self.script()
        script.say(line(100.0, [1]))
        script.end()
        self.recorder.await_state(f"{self.base}/status", "ended")
        script.pipeline.set_state(Gst.State.READY)
        script.ended.clear()
        script.play()
        script.say(line(0.0, [2]), line(1.0, []), line(5.0, []))
        self.recorder.await_state(f"{self.base}/status", "live")
        wait_until(lambda: len(self.recorder.events(f"{self.base}/event")) == 4, "four events")
        self.assertEqual(self.recorder.events(f"{self.base}/event"),
                         [("entered", 1), ("left", 1), ("entered", 2), ("left", 2)])


class Processes(WithBroker):
    """Processes that are killed: only the broker can tell of them."""

    def camera(self, name: str, **values: object) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            ["gst-launch-1.0", "-q", "filesrc", "location=/dev/stdin", "!", "application/x-ndjson",
             "!", "posepublish", f"location={self.broker.url(f'{self.prefix}/{name}')}",
             *(each.replace('"', "") for each in properties(values).split())],
            stdin=subprocess.PIPE)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdin.close)
        process.stdin.write(line(0.0, [1]) * 2000)  # filesrc reads blocks
        process.stdin.flush()
        self.recorder.await_state(f"{self.prefix}/{name}/status", "live")
        self.recorder.await_text(f"{self.prefix}/available", "online")
        return process

    def test_the_will_tells_of_a_process_that_is_killed(self) -> None:
        camera = self.camera("door")
        camera.send_signal(signal.SIGKILL)
        self.recorder.await_text(f"{self.prefix}/available", "offline")
        self.assertEqual(retained(self.broker)[f"{self.prefix}/available"].text, "offline")

    def test_availability_stays_when_one_of_two_processes_is_killed(self) -> None:
        first = self.camera("door")
        second = self.camera("yard")
        first.send_signal(signal.SIGKILL)
        wait_until(lambda: "offline" in [each.text for each in
                                         self.recorder.of(f"{self.prefix}/available")], "the will")
        self.recorder.await_text(f"{self.prefix}/available", "online")
        second.send_signal(signal.SIGKILL)
        self.recorder.await_text(f"{self.prefix}/available", "offline")

    def test_availability_stays_when_one_of_two_processes_ends(self) -> None:
        first = self.camera("door")
        self.camera("yard")
        first.stdin.close()
        self.assertEqual(first.wait(timeout=60), 0)
        wait_until(lambda: "offline" in [each.text for each in
                                         self.recorder.of(f"{self.prefix}/available")], "its end")
        self.recorder.await_text(f"{self.prefix}/available", "online")
        self.assertEqual(retained(self.broker)[f"{self.prefix}/available"].text, "online")


class Discovery(WithBroker):
    """Home Assistant's configuration topics, by the rules of its documentation: a topic
    PREFIX/COMPONENT/[NODE/]OBJECT/config of letters, digits, `_` and `-`, the keys that a component
    requires, `unique_id`, and a device with an identifier."""

    REQUIRED = {"sensor": ["state_topic"], "binary_sensor": ["state_topic"],
                "event": ["state_topic", "event_types"]}

    def test_each_entity_has_what_home_assistant_requires(self) -> None:
        prefix = f"{self.prefix}-ha"
        camera = "front door"
        script = self.script("front%20door", discovery=True, discovery_prefix=prefix)
        script.say(line(0.0, [1]))
        self.recorder.await_state(f"{self.prefix}/{camera}/status", "live")
        kept = retained(self.broker)
        configs = {topic: each.json for topic, each in kept.items() if topic.startswith(prefix)}
        components = {topic.split("/")[1] for topic in configs}
        self.assertEqual(components, set(self.REQUIRED))
        for topic, config in configs.items():
            self.assertRegex(topic, rf"^{prefix}/[a-z_]+/([A-Za-z0-9_-]+/)?[A-Za-z0-9_-]+/config$")
            for key in self.REQUIRED[topic.split("/")[1]] + ["unique_id", "name", "device"]:
                self.assertIn(key, config, topic)
            self.assertTrue(config["device"].get("identifiers"))
            self.assertTrue(config["state_topic"].startswith(f"{self.prefix}/{camera}/"))
            self.assertIn(f"{self.prefix}/available",
                          [each["topic"] for each in config["availability"]])
        self.assertEqual(len({config["unique_id"] for config in configs.values()}), len(configs))
        events = next(each for topic, each in configs.items() if "/event/" in topic)
        told = {kind for kind, _ in self.recorder.events(f"{self.prefix}/{camera}/event")}
        self.assertLessEqual(told, set(events["event_types"]))
        self.assertEqual(set(events["event_types"]), {"entered", "left"})

    def test_nothing_is_told_to_home_assistant_unless_wanted(self) -> None:
        everything = Recorder(self.broker, "homeassistant/#")
        self.addCleanup(everything.close)
        script = self.script()
        script.say(line(0.0, [1]))
        self.recorder.await_state(f"{self.base}/status", "live")
        script.end()
        self.assertEqual(everything.messages, [])


if __name__ == "__main__":
    unittest.main()
