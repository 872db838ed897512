# SPDX-License-Identifier: LGPL-2.1-or-later
"""What one camera sends to its broker: messages and bytes a second, by the broker's own counters.
With mosquitto and python3-paho-mqtt, in `meson devenv -C build`:

    python3 tests/benchmark/fleet.py --people 2 --rate 25
"""

import argparse
import os
import sys
import threading
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "publish"))
from broker import Broker, Recorder, wait_until  # noqa: E402
from cameras import Script  # noqa: E402


def real_line(number: int, people: int, rate: float) -> bytes:
    """Returns a line of the length that posejson writes for 18 keypoints a person."""
    empty = "".join(f',"{name}":[]' for name in (
        "face_keypoints_2d", "hand_left_keypoints_2d", "hand_right_keypoints_2d",
        "pose_keypoints_3d", "face_keypoints_3d", "hand_left_keypoints_3d",
        "hand_right_keypoints_3d"))
    points = ",".join(f"{100.25 + 7 * part},{90.75 + 11 * part},0.87" for part in range(18))
    persons = ",".join(f'{{"person_id":[{person}],"pose_keypoints_2d":[{points}]{empty},'
                       f'"score":0.81,"box":[290,80.5,75,310]}}' for person in range(people))
    at = int(number / rate * 1e9)
    return (f'{{"version":1.3,"people":[{persons}],"frame":{number},"pts":{at},"width":640,'
            f'"height":480,"mode":"coco","age":0,"stream_time":{at},"running_time":{at},"utc":null,'
            f'"pixel_aspect_ratio":[1,1],"received":"2026-11-28T03:02:51.312000Z"}}\n').encode()


def processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=2, help="in view all the time (2)")
    parser.add_argument("--rate", type=float, default=25, help="lines a second (25)")
    parser.add_argument("--cameras", type=int, default=1, help="cameras of one process (1)")
    parser.add_argument("--seconds", type=float, default=20, help="time to measure (20)")
    arguments = parser.parse_args()
    broker = Broker(extra="sys_interval 1").start()
    system = Recorder(broker, "$SYS/broker/#")
    scripts = [Script(broker.url(f"poses/camera{number}")) for number in range(arguments.cameras)]
    stop = threading.Event()

    def talk() -> None:
        start = time.monotonic()
        number = 0
        while not stop.is_set():
            words = real_line(number, arguments.people, arguments.rate)
            for script in scripts:
                script.say(words)
            number += 1
            time.sleep(max(start + number / arguments.rate - time.monotonic(), 0))

    def counter(name: str) -> tuple[float, float]:
        latest = wait_until(lambda: system.of(f"$SYS/broker/{name}"), f"the counter {name}")[-1]
        return latest.time, float(latest.text)

    talker = threading.Thread(target=talk)
    talker.start()
    for script in scripts:
        script.await_connected()
    time.sleep(3)
    names = ("publish/messages/received", "bytes/received")
    before = [counter(name) for name in names]
    began, used = time.monotonic(), processor_seconds(broker.process.pid)
    time.sleep(arguments.seconds)
    after = [counter(name) for name in names]
    load = (processor_seconds(broker.process.pid) - used) / (time.monotonic() - began)
    stop.set()
    talker.join()
    messages, size = ((b[1] - a[1]) / (b[0] - a[0]) for a, b in zip(before, after))
    print(f"{arguments.cameras} cameras, {arguments.people} people, {arguments.rate:g} lines/s: "
          f"{messages:.1f} messages/s, {size / 1000:.1f} kB/s at the broker, "
          f"{100 * load:.1f} % of a processor in mosquitto without subscribers of poses")
    for script in scripts:
        script.close()
    system.close()
    broker.close()


if __name__ == "__main__":
    main()
