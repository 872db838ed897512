# SPDX-License-Identifier: LGPL-2.1-or-later
"""Brokers and networks that fail under a live camera: its frames are on time, its pipeline goes on,
what is lost is counted. `ledger.py` runs them at length and prints what they found."""

import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

from broker import Broker, Recorder, require_broker, wait_until
from cameras import Live, Script, line, memory, toy_networks
from proxy import Proxy

CYCLES = 5  # of a broker that is killed
KEEP_ALIVE = 8  # seconds, the shortest one
ROWS: list[tuple[str, str, str, str]] = []  # fault, what was lost, memory, noticed and back

_folder = tempfile.TemporaryDirectory()


def setUpModule() -> None:
    require_broker()
    unittest.addModuleCleanup(_folder.cleanup)
    toy_networks(Path(_folder.name))


def quantile(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)]


class Faults(unittest.TestCase):
    def broker(self, **values: Any) -> Broker:
        broker = Broker(**values).start()
        self.addCleanup(broker.close)
        return broker

    def proxy(self, broker: Broker) -> Proxy:
        proxy = Proxy(broker.port)
        self.addCleanup(proxy.close)
        return proxy

    def recorder(self, broker: Broker, topic: str = "#", **values: Any) -> Recorder:
        recorder = Recorder(broker, topic, **values)
        self.addCleanup(recorder.close)
        return recorder

    def live(self, url: str, **values: Any) -> Live:
        """A camera, and another one beside it that does not publish."""
        self.control = Live(url, publish=False)
        self.addCleanup(self.control.close)
        camera = Live(url, **values)
        self.addCleanup(camera.close)
        return camera

    def check_stream(self, camera: Live) -> None:
        """No frame is late that the camera without publishing has in time, and nothing has ended."""
        self.assertEqual(camera.errors, [])
        self.assertFalse(camera.ended.is_set())
        before = camera.stats()["lines"]
        wait_until(lambda: camera.stats()["lines"] > before, "the stream goes on")
        if camera.late() > 0:
            self.assertGreater(self.control.late(), 0, f"{camera.late()} frames are late")

    def row(self, fault: str, lost: str, memory_grown: int | None, recovery: str) -> None:
        grown = "" if memory_grown is None else f"{memory_grown / (1 << 20):+.1f} MiB"
        ROWS.append((fault, lost, grown, recovery))

    def frames(self, camera: Live) -> str:
        return f"{camera.late()} of {camera.shown() + camera.late()} frames late"

    def back(self, camera: Live, seconds: float = 60) -> str:
        """Returns the time until the connection is there."""
        start = time.monotonic()
        camera.await_connected(seconds=seconds)
        return f"back after {time.monotonic() - start:.2f} s"

    def check_counts(self, stats: dict[str, Any]) -> None:
        parts = ("published", "dropped", "thinned", "undelivered", "errors", "queued")
        self.assertEqual(sum(stats[each] for each in parts), stats["lines"], stats)


class Restarts(Faults):
    @staticmethod
    def drain(broker: Broker, recorder: Recorder) -> None:
        broker.freeze()
        seen = -1
        while seen != len(recorder.messages):
            seen = len(recorder.messages)
            time.sleep(0.15)

    def test_a_broker_that_is_killed_again_and_again_costs_no_frame_and_no_event(self) -> None:
        """What a broker has acknowledged and not yet passed on dies with it, which no publisher can
        cure. So it is frozen first, until the subscriber has read what was passed on: what is on its
        way to the broker then is lost with it, and has to come again."""
        broker = self.broker(persistent=True)
        recorder = self.recorder(broker, "poses/talker/event", persistent=True)
        broker.stop()  # saves the session of the recorder
        broker.start()
        camera = self.live(broker.url())
        camera.await_connected()
        camera.talk()
        returns: list[float] = []
        memories: list[int] = []
        for cycle in range(CYCLES):
            wait_until(recorder.connected.is_set, "the recorder is back")
            arrived = len(recorder.messages)
            wait_until(lambda count=arrived: len(recorder.messages) > count + 4, "events flow")
            self.drain(broker, recorder)
            broker.kill()
            camera.await_connected(False)
            time.sleep(0.1 + 1.4 * (cycle % 5) / 5)
            broker.start()
            back = time.monotonic()
            camera.await_connected(True)
            returns.append(time.monotonic() - back)
            memories.append(memory())
        wait_until(recorder.connected.is_set, "the recorder is back")
        camera.quiet()
        def lost() -> set[tuple[str, int]]:
            return set(camera.said) - set(recorder.events("poses/talker/event"))

        try:
            wait_until(lambda: not lost(), "every event arrives")
        except AssertionError as error:
            raise AssertionError(f"lost {sorted(lost())}, of {camera.stats('talker')}") from error
        wait_until(lambda: camera.stats("talker")["events"] >= len(camera.said),
                   "every event is acknowledged")
        self.assertEqual(camera.stats("talker")["events-dropped"], 0)
        self.assertEqual(camera.stats()["connections"], CYCLES + 1)
        told = [connected for _, connected, _ in camera.notices]
        self.assertEqual(told.count(False), 2 * CYCLES, "once an outage, of each camera")
        self.assertEqual(told.count(True), 2 * (CYCLES + 1))
        self.check_stream(camera)
        self.assertLess(max(memories) - memories[0], 32 << 20)
        repeated = len(recorder.messages) - len(set(recorder.events("poses/talker/event")))
        self.row(f"broker killed {CYCLES} times",
                 f"{self.frames(camera)}; events: 0 of {len(camera.said)}, {repeated} twice",
                 memories[-1] - memories[0],
                 f"back after p50 {quantile(returns, 0.5):.2f} s, p99 "
                 f"{quantile(returns, 0.99):.2f} s")

    def test_events_of_an_outage_arrive_in_order_after_it(self) -> None:
        broker = self.broker()
        script = Script(broker.url(), leave_after=0.5)
        self.addCleanup(script.close)
        script.await_connected()
        broker.kill()
        script.await_connected(False)
        script.say(*(line(float(second), [second]) for second in range(50)))
        wait_until(lambda: script.stats()["lines"] == 50, "all lines are read")
        broker.start()
        recorder = self.recorder(broker, "poses/door/event")
        wait_until(lambda: len(recorder.messages) >= 99, "all events")
        expected = [("entered", 0)]
        for second in range(1, 50):
            expected += [("left", second - 1), ("entered", second)]
        self.assertEqual(recorder.events("poses/door/event"), expected)

    def test_what_was_kept_is_told_again_to_a_broker_that_has_forgotten(self) -> None:
        broker = self.broker()
        script = Script(broker.url(), discovery=True)
        self.addCleanup(script.close)
        script.say(line(0.0, [1, 2]))
        script.await_connected()
        broker.kill()
        broker.start()
        recorder = self.recorder(broker)
        recorder.await_text("poses/door/people", "2")
        recorder.await_text("poses/available", "online")
        wait_until(lambda: recorder.of("poses/door/status"), "the status")
        wait_until(lambda: [each for each in recorder.messages
                            if each.topic.startswith("homeassistant/")], "discovery")

    def test_the_stream_starts_and_ends_without_a_broker(self) -> None:
        broker = Broker()
        self.addCleanup(broker.close)
        script = Script(broker.url())
        self.addCleanup(script.close)
        script.say(*(line(float(second), [1]) for second in range(300)))
        script.await_notices(1)
        self.assertFalse(script.notices[0][1])
        script.end()
        self.assertEqual(script.errors, [])
        stats = script.stats()
        self.assertEqual((stats["lines"], stats["published"]), (300, 0))
        self.check_counts(stats)
        self.assertEqual(stats["queued"], 0)
        self.assertEqual(len(script.warnings), 1, script.warnings)


class Silence(Faults):
    def notice_time(self, camera: Live, broken: float) -> float:
        wait_until(lambda: [each for each in camera.notices if not each[1] and each[0] > broken],
                   "the silence is noticed", 60)
        return next(time for time, connected, _ in camera.notices
                    if not connected and time > broken) - broken

    def test_a_silent_network_is_noticed_within_one_and_a_half_keep_alives(self) -> None:
        broker = self.broker()
        proxy = self.proxy(broker)
        camera = self.live(proxy.url(), keep_alive=KEEP_ALIVE)
        camera.await_connected()
        proxy.mode = "swallow"
        after = self.notice_time(camera, time.monotonic())
        self.assertLess(after, 1.5 * KEEP_ALIVE + 3.0)  # 3: a busy machine
        proxy.mode = "pass"
        back = self.back(camera)
        self.check_stream(camera)
        self.row(f"network silent, keep-alive {KEEP_ALIVE} s", self.frames(camera), None,
                 f"noticed after {after:.1f} s, {back}")

    def test_a_frozen_broker_is_given_up_and_found_again(self) -> None:
        broker = self.broker()
        camera = self.live(broker.url(), keep_alive=KEEP_ALIVE)
        camera.await_connected()
        broker.freeze()
        after = self.notice_time(camera, time.monotonic())
        self.assertLess(after, 1.5 * KEEP_ALIVE + 3.0)
        broker.thaw()
        back = self.back(camera)
        self.row(f"broker frozen, keep-alive {KEEP_ALIVE} s", self.frames(camera), None,
                 f"noticed after {after:.1f} s, {back}")
        recorder = self.recorder(broker)
        recorder.await_text("poses/available", "online")
        self.check_stream(camera)

    def test_a_broker_that_takes_connections_and_never_answers_is_told_once(self) -> None:
        broker = self.broker()
        proxy = self.proxy(broker)
        proxy.mode = "mute"
        camera = self.live(proxy.url())
        camera.await_notices(1, 60)
        wait_until(lambda: proxy.accepted >= 3, "it tries again", 60)
        self.assertEqual([connected for _, connected, _ in camera.notices].count(True), 0)
        self.assertLessEqual(len(camera.notices), 2, "once for each of two cameras")
        proxy.mode = "pass"
        proxy.reset_all()
        back = self.back(camera)
        self.check_stream(camera)
        self.row("connections taken, never answered", self.frames(camera), None, back)


class Lies(Faults):
    def outage(self, mode: str) -> None:
        broker = self.broker()
        proxy = self.proxy(broker)
        proxy.mode = mode
        camera = self.live(proxy.url())
        camera.await_notices(2)
        accepted = proxy.accepted
        wait_until(lambda: proxy.accepted >= accepted + 3, "it tries again")
        self.assertEqual(len(camera.notices), 2, "once for each of two cameras")
        self.assertNotEqual(camera.notices[0][2], "")
        proxy.mode = "pass"
        back = self.back(camera)
        self.check_stream(camera)
        self.row(f"connections answered by {mode}", self.frames(camera), None, back)

    def test_garbage_instead_of_an_answer_is_an_outage(self) -> None:
        self.outage("garbage")

    def test_connections_that_are_reset_are_an_outage(self) -> None:
        self.outage("reset")

    def test_a_connection_that_is_reset_again_and_again_loses_no_event(self) -> None:
        broker = self.broker()
        recorder = self.recorder(broker, "poses/talker/event")
        proxy = self.proxy(broker)
        camera = self.live(proxy.url())
        camera.await_connected()
        camera.talk()
        for _ in range(10):
            camera.await_connected()
            arrived = len(recorder.messages)
            wait_until(lambda count=arrived: len(recorder.messages) > count, "events flow")
            proxy.reset_all()
        camera.quiet()
        wait_until(lambda: set(recorder.events("poses/talker/event")) >= set(camera.said),
                   "every event arrives")
        self.check_stream(camera)
        self.row("connection reset 10 times",
                 f"{self.frames(camera)}; events: 0 of {len(camera.said)}", None, "")

    def test_acknowledgements_that_do_not_come_hold_up_no_line(self) -> None:
        broker = self.broker()
        recorder = self.recorder(broker, "poses/door/poses")
        proxy = self.proxy(broker)
        script = Script(proxy.url(), leave_after=0.5, queue_size=10)
        self.addCleanup(script.close)
        script.await_connected()
        proxy.mode = "deaf"
        for second in range(60):  # two events a line
            script.say(line(float(second), [second], number=second))
            wait_until(lambda number=second: recorder.messages and
                       recorder.messages[-1].json["number"] == number, "the line arrives")
        self.assertEqual(script.stats()["dropped"], 0)

    def test_a_slow_network_gets_what_it_can_take(self) -> None:
        broker = self.broker()
        recorder = self.recorder(broker)
        proxy = self.proxy(broker)
        proxy.mode = "slow"
        camera = self.live(proxy.url(), queue_size=5)
        camera.await_connected(seconds=60)
        before = memory()
        time.sleep(8)
        grown = memory() - before
        self.assertLess(grown, 16 << 20)
        stats = camera.stats()
        self.assertLessEqual(stats["queued"], 5 + 20)
        self.check_stream(camera)
        self.row(f"network of {proxy.SLOW} bytes a second",
                 f"{self.frames(camera)}; lines: {stats['dropped']} of {stats['lines']} dropped",
                 grown, "")
        self.assertNotEqual(recorder.messages, [])


class Load(Faults):
    def test_ten_thousand_lines_a_second_are_published_or_counted(self) -> None:
        broker = self.broker()
        script = Script(broker.url())
        self.addCleanup(script.close)
        script.await_connected()
        before = memory()
        words = line(0.0, [1, 2, 3, 4, 5])
        start = time.monotonic()
        for number in range(300):  # 100 lines every 10 ms
            script.say(*([words] * 100))
            time.sleep(max(start + number / 100 - time.monotonic(), 0.0))
        wait_until(lambda: script.stats()["lines"] == 30000, "all lines are taken")
        script.end()
        stats = script.stats()
        self.assertEqual(stats["lines"], 30000)
        self.check_counts(stats)
        self.assertGreater(stats["published"], 0)
        self.assertLess(memory() - before, 128 << 20)
        self.row("10,000 lines a second", f"lines: {stats['dropped']} of {stats['lines']} dropped",
                 memory() - before, "")

    def test_a_flood_without_a_broker_keeps_the_newest_lines(self) -> None:
        broker = Broker()
        self.addCleanup(broker.close)
        script = Script(broker.url(), queue_size=10)
        self.addCleanup(script.close)
        script.await_notices(1)
        for number in range(20000):
            script.say(line(None, [], number=number))
        wait_until(lambda: script.stats()["lines"] == 20000, "all lines are taken", 60)
        broker.start()
        recorder = self.recorder(broker, "poses/door/poses")
        broker_lines = wait_until(lambda: script.stats()["queued"] == 0 and recorder.messages,
                                  "the newest arrive")
        script.end()
        self.assertEqual(recorder.messages[-1].json["number"], 19999)
        self.assertLessEqual(len(broker_lines), 10)
        self.check_counts(script.stats())

    def test_a_broker_whose_disk_is_full_costs_the_camera_nothing(self) -> None:
        broker = self.broker(persistent=True, most_file=4096)
        camera = self.live(broker.url(), qos=1)
        camera.await_connected()
        # Queued for a subscriber that is away: all of it is to be saved.
        recorder = Recorder(broker, "poses/#", persistent=True)
        recorder.close()
        time.sleep(5)
        self.check_stream(camera)
        if broker.process.poll() is not None:  # some versions end
            broker.most_file = 0
            broker.start()
        camera.await_connected()
        self.row("disk of the broker full", self.frames(camera), None, "")

    def test_a_broker_that_refuses_long_messages_still_hears_of_people(self) -> None:
        broker = self.broker(extra="max_packet_size 600")
        recorder = self.recorder(broker, "poses/door/event")
        for qos in (0, 1):
            script = Script(broker.url(), qos=qos, leave_after=0.5)
            script.await_connected()
            first = len(recorder.messages)
            for second in range(6):
                script.say(line(float(second), [1000 * qos + second]))
                time.sleep(0.3)
            wait_until(lambda count=first: len(recorder.messages) - count >= 11, "all events", 60)
            self.assertEqual(script.errors, [])
            script.close()


if __name__ == "__main__":
    unittest.main()
