# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real broker with a configuration of its own, the certificates that it needs, and a recorder of
what it delivers."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path
from typing import Any, Callable

try:
    import paho.mqtt.client as paho
except ImportError:
    paho = None

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def require_broker() -> None:
    """Skips the tests where a package is missing."""
    if MOSQUITTO is None:
        raise unittest.SkipTest("the package mosquitto is not installed")
    if paho is None:
        raise unittest.SkipTest("the package python3-paho-mqtt is not installed")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(is_so: Callable[[], Any], what: str, seconds: float = 30.0) -> Any:
    """Returns the first true result; fails after the time, which only a fault takes."""
    until = time.monotonic() + seconds
    while True:
        result = is_so()
        if result:
            return result
        if time.monotonic() > until:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.01)


class Broker:
    """mosquitto on a port of the loopback interface."""

    def __init__(self, *, port: int = 0, persistent: bool = False, password: str | None = None,
                 certificates: "Certificates | None" = None, certificate: str = "good",
                 ask_certificate: bool = False, extra: str = "", most_file: int = 0) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="broker-"))
        self.port = port or free_port()
        self.most_file = most_file
        self.process: subprocess.Popen[bytes] | None = None
        self.log = self.folder / "log"
        lines = [f"listener {self.port} 127.0.0.1", "user root", "log_dest stderr", "log_type all",
                 "max_inflight_messages 1000", "max_queued_messages 100000", extra]
        if persistent:
            lines += ["persistence true", f"persistence_location {self.folder}/",
                      "autosave_on_changes true", "autosave_interval 1"]
        if password is None:
            lines.append("allow_anonymous true")
        else:
            users = self.folder / "users"
            users.write_text(f"camera:{password}\nreader:reader\n", encoding="utf-8")
            subprocess.run(["mosquitto_passwd", "-U", users], check=True, capture_output=True)
            lines += ["allow_anonymous false", f"password_file {users}"]
        if certificates is not None:
            lines += [f"certfile {certificates.certificate(certificate)}",
                      f"keyfile {certificates.key(certificate)}"]
            if ask_certificate:
                lines += [f"cafile {certificates.authority}", "require_certificate true"]
        self.config = self.folder / "mosquitto.conf"
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def url(self, path: str = "poses/door") -> str:
        return f"mqtt://127.0.0.1:{self.port}/{path}"

    def start(self) -> "Broker":
        """Returns when it accepts connections."""
        def limit() -> None:
            if self.most_file:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (self.most_file, self.most_file))

        # Through a pipe, so that the limit of files is not one of the log.
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with,subprocess-popen-preexec-fn
            [MOSQUITTO, "-c", self.config], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            preexec_fn=limit)
        threading.Thread(target=self._copy_log, args=(self.process,), daemon=True).start()
        wait_until(self.accepts, "the broker accepts connections")
        return self

    def _copy_log(self, process: subprocess.Popen[bytes]) -> None:
        with self.log.open("ab") as log:
            for line in process.stderr:
                log.write(line)
                log.flush()
        process.stderr.close()

    def accepts(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise AssertionError(f"mosquitto has ended: {self.said()}")
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def freeze(self) -> None:
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """As a crash does: nothing is saved."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """As its administrator does: the persistent state is saved."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=10)
            self.process = None

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Received:
    """One message of the broker."""

    def __init__(self, message: Any) -> None:
        self.time = time.monotonic()
        self.topic: str = message.topic
        self.payload: bytes = message.payload
        self.qos: int = message.qos
        self.retained = bool(message.retain)

    @property
    def text(self) -> str:
        return self.payload.decode("utf-8")

    @property
    def json(self) -> Any:
        return json.loads(self.payload)


class Recorder:
    """A subscriber that remembers everything with its time. A persistent one has a session that the
    broker keeps, and misses no message of QoS 1 while it is away."""

    def __init__(self, broker: Broker, topic: str = "#", *, persistent: bool = False,
                 username: str | None = None, password: str | None = None,
                 certificates: "Certificates | None" = None) -> None:
        self.messages: list[Received] = []
        self.connected = threading.Event()
        self._topic = topic
        self.client = paho.Client(client_id=f"recorder-{os.getpid()}-{id(self)}",
                                  clean_session=not persistent)
        self.client.reconnect_delay_set(0.05, 0.2)
        if username is not None:
            self.client.username_pw_set(username, password)
        if certificates is not None:
            self.client.tls_set(certificates.authority, certificates.certificate("client"),
                                certificates.key("client"))
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = lambda *_: self.connected.set()
        self.client.on_disconnect = lambda *_: self.connected.clear()
        self.client.on_message = lambda _client, _data, message: self.messages.append(
            Received(message))
        self.client.connect_async("127.0.0.1", broker.port, keepalive=60)
        self.client.loop_start()
        wait_until(self.connected.is_set, "the recorder is subscribed")

    def _on_connect(self, client: Any, _data: Any, _flags: Any, _code: int) -> None:
        client.subscribe(self._topic, qos=1)

    def of(self, topic: str) -> list[Received]:
        """Returns the messages of a topic, up to now."""
        return [message for message in list(self.messages) if message.topic == topic]

    def events(self, topic: str) -> list[tuple[str, int]]:
        return [(event.json["event_type"], event.json["person_id"]) for event in self.of(topic)]

    def await_text(self, topic: str, text: str, seconds: float = 30.0) -> None:
        """Waits until the latest message of a topic is this."""
        wait_until(lambda: self.of(topic) and self.of(topic)[-1].text == text,
                   f"{topic} says {text}: {[each.text for each in self.of(topic)]}", seconds)

    def await_state(self, topic: str, state: str, seconds: float = 30.0) -> Any:
        wait_until(lambda: self.of(topic) and self.of(topic)[-1].json["state"] == state,
                   f"{topic} says {state}", seconds)
        return self.of(topic)[-1].json

    def close(self) -> None:
        self.client.loop_stop()
        self.client.disconnect()


def retained(broker: Broker) -> dict[str, Received]:
    """Returns what the broker tells a new subscriber."""
    recorder = Recorder(broker)
    try:
        marker = f"marker/{time.monotonic_ns()}"
        recorder.client.publish(marker, b"", qos=1)
        wait_until(lambda: recorder.of(marker), "the marker comes back")
        return {each.topic: each for each in recorder.messages if each.retained}
    finally:
        recorder.close()


class Certificates:
    """A certificate authority and what it has signed, made by openssl."""

    KINDS = {
        "good": ("/CN=broker", "IP:127.0.0.1,DNS:localhost", []),
        "expired": ("/CN=broker", "IP:127.0.0.1,DNS:localhost",
                    ["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"]),
        "wrong-name": ("/CN=other", "DNS:other.example", []),
        "client": ("/CN=camera", "DNS:camera", []),
    }

    def __init__(self, folder: Path) -> None:
        if shutil.which("openssl") is None:
            raise unittest.SkipTest("the package openssl is not installed")
        self.folder = folder
        self.authority = str(folder / "authority.pem")
        self.unknown = str(folder / "unknown.pem")
        for name in ("authority", "unknown"):
            self._run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650",
                      "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")
        (folder / "ca.conf").write_text(
            "[ca]\ndefault_ca=it\n[it]\ndatabase=index\nserial=serial\nnew_certs_dir=.\n"
            "default_md=sha256\ndefault_days=3650\npolicy=any\ncopy_extensions=copy\n"
            "unique_subject=no\n[any]\ncommonName=supplied\n", encoding="utf-8")
        (folder / "index").write_text("", encoding="utf-8")
        (folder / "serial").write_text("01\n", encoding="utf-8")
        for name, (subject, names, dates) in self.KINDS.items():
            self._run("req", "-newkey", "rsa:2048", "-nodes", "-subj", subject, "-addext",
                      f"subjectAltName={names}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
            self._run("ca", "-batch", "-notext", "-config", "ca.conf", "-cert", "authority.pem",
                      "-keyfile", "authority.key", "-in", f"{name}.csr", "-out", f"{name}.crt",
                      *dates)

    def _run(self, *arguments: str) -> None:
        result = subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True,
                                text=True, check=False)
        if result.returncode != 0:
            raise AssertionError(f"openssl {' '.join(arguments)}: {result.stderr}")

    def certificate(self, name: str) -> str:
        return str(self.folder / f"{name}.crt")

    def key(self, name: str) -> str:
        return str(self.folder / f"{name}.key")
