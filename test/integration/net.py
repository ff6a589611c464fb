"""Sockets for tests: free ports, a proxy that can misbehave, and HTTP spoken byte by byte.

SPDX-License-Identifier: ISC
"""

import random
import socket
import struct
import threading
import time

_port_locks = []


def free_port():
    """A port nobody listens on, outside the kernel's ephemeral range, kept for this process until it ends.

    Two test runs on one machine agree by an abstract unix socket per port: it vanishes with its process, so nothing
    can be left behind, and it is seen by every user.
    """
    for _ in range(1000):
        port = random.randrange(10000, 32000)
        lock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            lock.bind(f"\0bobbin-test-port-{port}")
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            lock.close()
            continue
        _port_locks.append(lock)
        return port
    raise RuntimeError("no free port in 1000 tries")


def reset(sock):
    """Closes so that the peer sees RST, as after a crash of its host, instead of an orderly end."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    sock.close()


class Proxy:
    """A TCP listener on 127.0.0.1 that forwards to `upstream`, a (host, port) pair or the path of a unix socket.

        with Proxy(pg.socket_path) as proxy: ...   db-uri = pg.uri(proxy=proxy)

    stall() stops moving bytes (connections stay open), resume() goes on; cut() resets every connection there is;
    refuse() also lets nobody new in until accept(); rate is a limit in bytes a second for each direction of each
    connection, delay a pause in seconds before each chunk is passed on. `accepted` counts connections, `sent` and
    `received` bytes (to and from upstream).
    """

    def __init__(self, upstream):
        self.upstream = upstream
        self.port = free_port()
        self.rate = None
        self.delay = 0.0
        self.accepted = 0
        self.sent = 0
        self.received = 0
        self._flow = threading.Event()
        self._flow.set()
        self._lock = threading.Lock()
        self._pairs = []
        self._listener = None
        self.accept()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def accept(self):
        """(Re)opens the listener."""
        if self._listener is not None:
            return
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(128)
        self._listener = listener
        threading.Thread(target=self._accept_loop, args=(listener,), daemon=True).start()

    def refuse(self):
        """Closes the listener: connecting fails with ECONNREFUSED. Connections that exist are not touched."""
        listener, self._listener = self._listener, None
        if listener is not None:
            # shutdown wakes the thread in accept(); close alone would leave it, and the port, where they are.
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def stall(self):
        self._flow.clear()

    def resume(self):
        self._flow.set()

    def cut(self):
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for sock in pair:
                reset(sock)

    def close(self):
        self.refuse()
        self.cut()
        self._flow.set()

    def open_connections(self):
        with self._lock:
            return len(self._pairs)

    def _accept_loop(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self.accepted += 1
            try:
                if isinstance(self.upstream, tuple):
                    server = socket.create_connection(self.upstream, timeout=10)
                    server.settimeout(None)
                else:
                    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                    server.connect(self.upstream)
            except OSError:
                reset(client)
                continue
            pair = (client, server)
            with self._lock:
                self._pairs.append(pair)
            for source, target, up in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._pump, args=(pair, source, target, up), daemon=True).start()

    def _pump(self, pair, source, target, up):
        try:
            while True:
                self._flow.wait()
                rate = self.rate
                data = source.recv(65536 if rate is None else max(1, min(65536, rate // 20)))
                # Data that arrived during a stall stays here until the stall is over.
                self._flow.wait()
                if not data:
                    target.shutdown(socket.SHUT_WR)
                    break
                if self.delay:
                    time.sleep(self.delay)
                if rate is not None:
                    time.sleep(len(data) / rate)
                target.sendall(data)
                if up:
                    self.sent += len(data)
                else:
                    self.received += len(data)
        except OSError:
            self._forget(pair)
            return
        # Half closed in this direction; the other pump ends the pair when its side closes as well.
        if up:
            return
        self._forget(pair)

    def _forget(self, pair):
        with self._lock:
            if pair in self._pairs:
                self._pairs.remove(pair)
        for sock in pair:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()


class RawResponse:
    """One HTTP response as it came: version, status, reason, headers (a list of pairs in order), body."""

    def __init__(self, version, status, reason, headers):
        self.version = version
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = b""

    def header(self, name, default=None):
        """The value of the first header of that name, whatever its case."""
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return default

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def __repr__(self):
        return f"<RawResponse {self.status} {self.headers} {self.body[:200]!r}>"


class Closed(Exception):
    """The peer closed the connection; `partial` is what came before."""

    def __init__(self, partial=b""):
        super().__init__(f"connection closed after {partial!r}")
        self.partial = partial


class RawHTTP:
    """A connection on which a test sends exactly the bytes it wants.

        with RawHTTP(bobbin.port) as c:
            c.send(b"GET /livez HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n" * 2)
            assert [c.response().status, c.response().status] == [200, 200]
    """

    def __init__(self, port, host="127.0.0.1", timeout=10):
        self.sock = socket.create_connection((host, port), timeout=timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        self.sock.close()

    def reset(self):
        reset(self.sock)

    def send(self, data, pause=None, chunk=1):
        """Sends at once, or with a pause (seconds) after every `chunk` bytes."""
        if pause is None:
            self.sock.sendall(data)
            return
        for i in range(0, len(data), chunk):
            self.sock.sendall(data[i:i + chunk])
            time.sleep(pause)

    def get(self, path, *headers):
        """One GET on this connection; headers are whole lines without line ends."""
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", ""]
        self.send("\r\n".join(lines).encode())
        return self.response()

    def response(self, head_request=False):
        """The next response. Raises Closed when the connection ends first, socket.timeout when nothing comes."""
        self._until(lambda: b"\r\n\r\n" in self.buffer)
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        version, status, *reason = lines[0].split(" ", 2)
        headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        answer = RawResponse(version, int(status), reason[0] if reason else "", headers)
        if head_request or answer.status in (204, 304) or answer.status < 200:
            return answer
        if (answer.header("Transfer-Encoding") or "").lower() == "chunked":
            answer.body = self._chunked()
        elif answer.header("Content-Length") is not None:
            answer.body = self._take(int(answer.header("Content-Length")))
        else:
            answer.body = self.rest()
        return answer

    def rest(self):
        """Everything until the peer closes."""
        while self._more():
            pass
        data, self.buffer = self.buffer, b""
        return data

    def closed(self, timeout=5):
        """True when the peer closes (orderly or not) within the time without sending anything more."""
        self.sock.settimeout(timeout)
        try:
            return not self._more()
        except socket.timeout:
            return False

    def _more(self):
        try:
            data = self.sock.recv(65536)
        except ConnectionResetError:
            return False
        self.buffer += data
        return bool(data)

    def _until(self, done):
        while not done():
            if not self._more():
                raise Closed(self.buffer)

    def _take(self, size):
        self._until(lambda: len(self.buffer) >= size)
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def _line(self):
        self._until(lambda: b"\r\n" in self.buffer)
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def _chunked(self):
        body = b""
        while True:
            size = int(self._line().split(b";")[0], 16)
            if size == 0:
                while self._line():
                    pass
                return body
            body += self._take(size)
            assert self._take(2) == b"\r\n", "a chunk must end with CRLF"
