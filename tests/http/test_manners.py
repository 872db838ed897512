# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may ask posecam --http for what, and what clients without manners can do: nothing to others."""

from __future__ import annotations

import os
import random
import socket
import struct
import tempfile
import time
import unittest
from itertools import islice
from pathlib import Path

from support import PATIENCE, Connection, Posecam, WebSocket, make_network, wait_for

TOKEN = "0123456789abcdef-TOKEN"
CLIENTS = 32  # the limit in docs/page.md
FUZZ = int(os.environ.get("POSE_HTTP_FUZZ") or 3000)
DATA = ["/metrics", "/healthz", "/keypoints", "/poses/door", "/video/door", "/stream", "/nothing"]


class Serving(unittest.TestCase):
    arguments: list[str] = []

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        make_network(self.folder)
        self.posecam = self.enterContext(
            Posecam(self.folder, *self.arguments, "door=test:ball", "yard=test:ball"))

    def raw(self, request: bytes) -> bytes:
        """Returns the answer to bytes; the client says that it has no more."""
        with socket.create_connection(("127.0.0.1", self.posecam.port), PATIENCE) as connection:
            connection.sendall(request)
            answer = b""
            try:
                connection.shutdown(socket.SHUT_WR)
                while data := connection.recv(65536):
                    answer += data
            except ConnectionError:
                pass
            return answer

    def status(self, request: str) -> int:
        answer = self.raw(request.replace("\n", "\r\n").encode() + b"\r\n\r\n")
        return int(answer.split()[1]) if answer else 0


class Rules(Serving):
    def test_other_hosts_are_refused(self) -> None:
        """A name that a foreign site points here: DNS rebinding."""
        for host in ["127.0.0.1", "127.0.0.1:80", "localhost:8080", "LOCALHOST", "[::1]:8080", "127.1.2.3"]:
            self.assertEqual(self.posecam.get("/metrics", Host=host)[0], 200, host)
        for host in ["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example",
                     "192.168.1.5", "[2001:db8::1]", "[", "127.0.0.1@evil.example"]:
            for path in ["/", "/metrics"]:
                self.assertIn(self.posecam.get(path, Host=host)[0], (400, 403), host)

    def test_other_sites_are_refused(self) -> None:
        own = f"http://127.0.0.1:{self.posecam.port}"
        self.assertEqual(self.posecam.get("/metrics", Origin=own)[0], 200)
        for origin in ["http://evil.example", "null", f"http://127.0.0.1:{self.posecam.port + 1}",
                       "http://localhost", f"{own}.evil.example"]:
            self.assertEqual(self.posecam.get("/metrics", Origin=origin)[0], 403, origin)
            with WebSocket(self.posecam.port, Origin=origin) as refused:
                self.assertEqual(refused.status, 403, origin)
        with WebSocket(self.posecam.port, Origin=own) as taken:
            self.assertEqual(taken.status, 101)
        self.assertEqual(self.posecam.get("/video/door", "HEAD", Sec_Fetch_Site="cross-site")[0], 403)
        self.assertEqual(self.posecam.get("/", Sec_Fetch_Site="cross-site")[0], 200)

    def test_there_are_get_and_head(self) -> None:
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "FOO"]:
            status, headers, _ = self.posecam.get("/metrics", method)
            self.assertEqual((status, headers.get("allow")), (405, "GET, HEAD"), method)

    def test_no_path_names_a_file(self) -> None:
        for path in ["/../../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd",
                     "//etc/passwd", "/poses/../../etc/passwd", "/poses/",
                     "/video/nobody", "/page.js/", "/index.html", "/posecam/page.js", "/.git/config"]:
            answer = self.raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            self.assertEqual(answer.split()[1], b"404", path)
            self.assertNotIn(b"root:", answer)

    def test_a_request_without_a_host_is_refused(self) -> None:
        self.assertEqual(self.status("GET /metrics HTTP/1.1"), 400)
        self.assertEqual(self.status("GET /metrics HTTP/1.0"), 400)

    def test_a_websocket_needs_its_headers(self) -> None:
        start = "GET /stream HTTP/1.1\nHost: localhost\n"
        upgrade = start + "Upgrade: websocket\nConnection: keep-alive, Upgrade\n"
        self.assertEqual(self.status(start), 426)
        self.assertEqual(self.status(upgrade + "Sec-WebSocket-Version: 8"), 426)
        self.assertEqual(self.status(upgrade + "Sec-WebSocket-Version: 13"), 400)
        self.assertEqual(self.status(upgrade + "Sec-WebSocket-Version: 13\nSec-WebSocket-Key: abc"), 400)


class Token(Serving):
    def setUp(self) -> None:
        self.enterContext(tempfile.TemporaryDirectory())
        file = Path(self.enterContext(tempfile.TemporaryDirectory())) / "token"
        file.write_text(TOKEN + "\n", encoding="utf-8")
        self.arguments = ["--http-token-file", str(file)]
        super().setUp()

    def test_is_needed_for_all_that_tells_about_cameras(self) -> None:
        for path in DATA:
            status, headers, body = self.posecam.get(path)
            self.assertEqual((status, headers.get("www-authenticate")), (401, "Bearer"), path)
            self.assertNotIn(b"door", body)
            for wrong in ["", TOKEN[:-1], TOKEN + "x", TOKEN.lower()]:
                self.assertEqual(self.posecam.get(path, Authorization=f"Bearer {wrong}")[0], 401)
                self.assertEqual(self.posecam.get(f"{path}?token={wrong}")[0], 401)
        with WebSocket(self.posecam.port) as refused:
            self.assertEqual(refused.status, 401)
        for path in ["/", "/page.js", "/page.css"]:
            self.assertEqual(self.posecam.get(path)[0], 200, path)

    def test_opens_everything(self) -> None:
        self.assertEqual(self.posecam.get("/metrics", Authorization=f"Bearer {TOKEN}")[0], 200)
        self.assertEqual(self.posecam.get(f"/metrics?token={TOKEN}")[0], 200)
        self.assertEqual(self.posecam.get("/nothing", Authorization=f"bearer {TOKEN}")[0], 404)
        with WebSocket(self.posecam.port, f"/stream?token={TOKEN}") as page:
            self.assertEqual(page.status, 101)
        with self.posecam.open("/poses/door", Authorization=f"Bearer {TOKEN}") as poses:
            self.assertEqual(next(poses.events())["version"], 1.3)
        self.assertNotIn(TOKEN, (self.folder / "posecam.log").read_text())


class Crowd(Serving):
    def test_clients_are_bounded_and_make_room(self) -> None:
        clients = [self.posecam.open("/poses/door") for _ in range(CLIENTS)]
        for client in clients:
            self.assertEqual(client.status, 200)
            next(client.events())
        for path in ["/poses/yard", "/video/yard"]:
            status, headers, _ = self.posecam.get(path)
            self.assertEqual((status, headers["retry-after"]), (503, "5"))
        with WebSocket(self.posecam.port) as refused:
            self.assertEqual(refused.status, 503)
        self.assertEqual(self.posecam.metrics()['posecam_http_clients{kind="poses"}'], CLIENTS)
        clients.pop().socket.close()

        def room() -> bool:
            with self.posecam.open("/poses/yard") as client:
                return client.status == 200
        wait_for(room, "a client that goes makes room")
        for client in clients:
            client.socket.close()

    def test_slow_readers_cost_nobody_else(self) -> None:
        """Readers that never read; another one gets every frame."""
        slow = []
        for path in ["/poses/door", "/video/door"] * 3:
            slow.append(Connection(self.posecam.port, receive_buffer=4096))
            slow[-1].socket.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        slow += [WebSocket(self.posecam.port, receive_buffer=4096) for _ in range(3)]
        memory = None
        with self.posecam.open("/poses/door") as reader:
            frames = []
            for event in islice(reader.events(), 240):
                frames.append(event["frame"])
                if len(frames) == 60:
                    memory = resident(self.posecam.process.pid)
        # Some lines may be left out while a test machine is busy, as counted; a blocked server would
        # leave out most.
        self.assertGreaterEqual(len(frames) / (frames[-1] - frames[0] + 1), 0.9)
        assert memory is not None
        self.assertLess(resident(self.posecam.process.pid) - memory, 32 << 20)
        for connection in slow:
            connection.socket.close()

    def test_an_answer_to_what_was_not_sent_opens_nothing(self) -> None:
        """A client that says it has read, and does not read."""
        with WebSocket(self.posecam.port, receive_buffer=4096) as liar, \
                self.posecam.open("/poses/door") as reader:
            before = resident(self.posecam.process.pid)
            for serial, _ in enumerate(islice(reader.events(), 150)):
                liar.send(f"ack {serial}".encode())
                liar.send(b"p" * 100, opcode=9)
            self.assertLess(resident(self.posecam.process.pid) - before, 64 << 20)

    def test_idle_and_slow_requests_are_closed(self) -> None:
        idle = [self.enterContext(socket.create_connection(("127.0.0.1", self.posecam.port), PATIENCE))
                for _ in range(200)]
        self.assertEqual(self.posecam.get("/metrics")[0], 200)  # the oldest of them gave way
        slow = self.enterContext(socket.create_connection(("127.0.0.1", self.posecam.port), PATIENCE))
        slow.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        closed = False
        end = time.monotonic() + PATIENCE
        while not closed and time.monotonic() < end:
            try:
                slow.sendall(b"x")
                slow.settimeout(0.5)
                slow.recv(1000)  # an answer or the end
                closed = True
            except TimeoutError:
                pass
            except ConnectionError:
                closed = True
        self.assertTrue(closed)
        for connection in idle:
            self.assertIn(connection.recv(1000)[:12], (b"", b"HTTP/1.1 400"))

    def test_long_heads_and_bodies_are_not_kept(self) -> None:
        before = resident(self.posecam.process.pid)
        for request in [b"GET /" + b"a" * (8 << 20),
                        b"GET / HTTP/1.1\r\nX: " + b"a" * (8 << 20),
                        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n" + b"a" * (96 << 20)]:
            with socket.create_connection(("127.0.0.1", self.posecam.port), PATIENCE) as connection:
                try:
                    connection.sendall(request)
                except OSError:
                    pass
        self.assertEqual(self.posecam.get("/metrics")[0], 200)
        self.assertLess(resident(self.posecam.process.pid) - before, 64 << 20)


def resident(process: int) -> int:
    """Returns the memory of a process, bytes."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Fuzz(Serving):
    """Random bytes. POSE_HTTP_FUZZ is their number, POSE_HTTP_SEED where they begin."""

    def setUp(self) -> None:
        super().setUp()
        seed = int(os.environ.get("POSE_HTTP_SEED") or 1)
        self.random = random.Random(seed)

    def tearDown(self) -> None:
        self.assertTrue(self.posecam.alive())
        self.assertEqual(self.posecam.get("/metrics")[0], 200)
        with self.posecam.open("/poses/door") as poses:
            next(poses.events())

    def mutated(self, words: bytes) -> bytes:
        data = bytearray(words)
        for _ in range(self.random.randint(1, 6)):
            place = self.random.randrange(len(data) + 1)
            action = self.random.randrange(4)
            if action == 0:
                data[place:place] = self.random.randbytes(self.random.randint(1, 9))
            elif action == 1:
                del data[place:place + self.random.randint(1, 9)]
            elif action == 2 and place < len(data):
                data[place] = self.random.randrange(256)
            else:
                data[place:place] = self.random.choice(
                    [b"\r\n", b"\0", b"%", b"//", b"?token=", b":", b" ", b"\r\n\r\n", b"HTTP/1.1", b"..",
                     b"Transfer-Encoding: chunked\r\n", b"Content-Length: -1\r\n", b"Expect: 100-continue\r\n",
                     b"Content-Length: 5\r\n", b"Host: \r\n", b"Authorization: Bearer \r\n"])
        return bytes(data)

    def test_requests(self) -> None:
        requests = [f"GET {path} HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n\r\n".encode()
                    for path in ["/", *DATA]]
        requests.append(b"GET /stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
        for number in range(FUZZ):
            with socket.create_connection(("127.0.0.1", self.posecam.port), PATIENCE) as connection:
                try:
                    connection.sendall(self.mutated(self.random.choice(requests)))
                    if number % 3 == 0:
                        connection.shutdown(socket.SHUT_WR)
                        connection.recv(4096)
                except OSError:
                    pass
            if number % 100 == 0:
                self.assertTrue(self.posecam.alive(), number)

    def test_websocket_frames(self) -> None:
        page = WebSocket(self.posecam.port)
        for number in range(FUZZ):
            try:
                self.send_something(page)
                if number % 4 == 0:
                    page.socket.settimeout(0.001)
                    page.more()
            except TimeoutError:
                pass
            except (OSError, EOFError):
                page.socket.close()
                page = WebSocket(self.posecam.port)
            if self.random.random() < 0.05:
                page.socket.close()
                page = wait_for(self.connect, "room for a client")
            page.bytes = b""
        page.socket.close()

    def connect(self) -> WebSocket | None:
        page = WebSocket(self.posecam.port)
        if page.status == 101:
            return page
        page.socket.close()
        return None

    def send_something(self, page: WebSocket) -> None:
        choice = self.random.randrange(6)
        if choice == 0:
            page.socket.sendall(self.random.randbytes(self.random.randint(1, 40)))
        elif choice == 1:
            page.send(self.mutated(b"ack 12"))
        elif choice == 2:
            page.send(self.mutated(b"watch 0,1"))
        elif choice == 3:
            page.send(b"ping", opcode=self.random.choice([9, 10, 8]))
        elif choice == 4:
            page.send(self.random.choice([b"watch ", b"watch 0", b"watch 1,0,1", b"ack 1", b"ack 4294967295"]))
        else:
            page.socket.sendall(bytes([self.random.randrange(256), 0x80 | 127])
                                + struct.pack(">Q", self.random.getrandbits(64)))


if __name__ == "__main__":
    unittest.main()
