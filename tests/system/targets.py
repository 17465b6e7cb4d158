"""Servers that the tests of health ask: good, slow and hostile ones. Each
listens in a thread of the test, on a port of its own or on a unix socket.
"""

import socket
import threading

import pytest


class Target:
    """Answers each connection by `behave(connection)`, which a test may
    replace at any time."""

    def __init__(self, behave, path=None):
        self.behave = behave
        self.requests = []
        family = socket.AF_UNIX if path else socket.AF_INET
        self.listener = socket.socket(family)
        self.listener.bind(str(path) if path else ("127.0.0.1", 0))
        self.listener.listen(128)
        self.port = None if path else self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(connection,),
                             daemon=True).start()

    def talk(self, connection):
        with connection:
            try:
                self.behave(connection, self)
            except OSError:
                pass

    def close(self):
        # Wakes up the thread that accepts.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def read_request(connection, target):
    request = b""
    while b"\r\n\r\n" not in request:
        some = connection.recv(4096)
        if not some:
            break
        request += some
    target.requests.append(request)


def answer(data):
    """Reads the request, sends `data` and closes."""
    def behave(connection, target):
        read_request(connection, target)
        connection.sendall(data)
    return behave


GOOD = answer(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nall ok")
BROKEN = answer(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")


def drip(connection, target):
    """One byte of a head now and then, without an end."""
    read_request(connection, target)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    closed = threading.Event()
    while True:
        connection.sendall(b"x")
        closed.wait(0.02)


def flood_head(connection, target):
    read_request(connection, target)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-Much: " + b"y" * 4000 + b"\r\n")


def flood_body(connection, target):
    read_request(connection, target)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"z" * 65536)


def freeze(connection, target):
    """Reads and says nothing, until the other end goes."""
    while connection.recv(4096):
        pass


GARBAGE = answer(bytes(range(256)) * 8)


@pytest.fixture
def target():
    """target(behave, path) → a Target."""
    made = []

    def make(behave=GOOD, path=None):
        made.append(Target(behave, path))
        return made[-1]
    yield make
    for one in made:
        one.close()
