# SPDX-License-Identifier: LGPL-2.1-or-later
"""A bad network: a TCP proxy before the broker, whose faults can change at any time."""

from __future__ import annotations

import socket
import struct
import threading
import time


class Proxy:
    """Modes: `pass`; `swallow`, nothing arrives on either side and nothing is closed, as when a cable
    is pulled; `slow`, some bytes a second towards the broker; `mute`, connections are taken and
    never answered; `deaf`, nothing arrives that the broker says; `garbage`, answered by bytes that are no MQTT; `reset`, ended by RST at once."""

    SLOW = 400  # bytes a second

    def __init__(self, port: int) -> None:
        self.mode = "pass"
        self.accepted = 0
        self._target = port
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open = True
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str = "poses/door") -> str:
        return f"mqtt://127.0.0.1:{self.port}/{path}"

    def _accept(self) -> None:
        while self._open:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            with self._lock:
                self._sockets.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        mode = self.mode
        if mode == "reset":
            self._reset(client)
        elif mode == "garbage":
            try:
                client.recv(1024)
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 40)
            except OSError:
                pass
        elif mode != "mute":
            try:
                server = socket.create_connection(("127.0.0.1", self._target), timeout=5)
                server.settimeout(None)
            except OSError:
                self._reset(client)
                return
            with self._lock:
                self._sockets.append(server)
            for here, there, up in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._copy, args=(here, there, up), daemon=True).start()

    def _copy(self, here: socket.socket, there: socket.socket, up: bool) -> None:
        try:
            while True:
                if self.mode == "swallow":
                    time.sleep(0.02)
                    continue
                slow = self.mode == "slow" and up
                data = here.recv(self.SLOW // 10 if slow else 65536)
                if slow:
                    time.sleep(0.1)
                while self.mode == "swallow":
                    time.sleep(0.02)
                if not data:
                    break
                if self.mode == "deaf" and not up:
                    continue
                there.sendall(data)
        except OSError:
            pass
        for end in (here, there):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    @staticmethod
    def _reset(client: socket.socket) -> None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()

    def reset_all(self) -> None:
        """Ends all connections by RST."""
        with self._lock:
            sockets, self._sockets = self._sockets, []
        for each in sockets:
            try:
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()

    def close(self) -> None:
        self._open = False
        self._listener.close()
        self.mode = "pass"
        self.reset_all()
