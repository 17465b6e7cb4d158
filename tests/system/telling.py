"""A worker that tells by its notify socket what a test has it tell."""

import os
import sys

import pytest


# A program that does what it is told line by line, by a FIFO: Python in which
# `send()` speaks the protocol.
PROGRAM = r"""
import array, os, signal, socket, subprocess, sys, time

def send(text, fds=(), path=os.environ.get("NOTIFY_SOCKET")):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.connect(path)
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                   array.array("i", fds))] if fds else []
        sender.sendmsg([text if isinstance(text, bytes) else text.encode()],
                       rights)

print("environment", os.environ.get("NOTIFY_SOCKET"),
      os.environ.get("WATCHDOG_USEC"), os.environ.get("WATCHDOG_PID"),
      os.environ.get("LISTEN_FDS"), os.environ.get("LISTEN_FDNAMES"),
      os.getpid(), flush=True)
while True:
    with open(sys.argv[1]) as orders:
        for order in orders:
            exec(order)
            print("done", order.strip(), flush=True)
"""


class Told:
    """An instance with one worker of PROGRAM, and the way to tell it."""

    def __init__(self, instance, scratch, pool):
        self.scratch = scratch
        program = scratch.path / "told.py"
        program.write_text(PROGRAM)
        self.orders = scratch.path / "orders"
        os.mkfifo(self.orders, 0o644)
        pool = {"command": [sys.executable, str(program), str(self.orders)],
                "ready": "notify"} | pool
        self.instance = instance({"pools": {"web": pool}}).launch()

    def tell(self, *lines):
        with open(self.orders, "w", encoding="utf-8") as orders:
            orders.write("".join(line + "\n" for line in lines))

    def wait(self, **fields):
        return self.instance.wait_worker("web/0", **fields)

    def ready(self):
        self.tell("send('READY=1')")
        return self.wait(state="ready")

    def events(self, text):
        return self.instance.wait_history(
            "SELECT detail FROM events WHERE event = 'notify'"
            " AND detail LIKE ?", f"%{text}%")

    def printed(self, text):
        """Waits: what is printed takes another way than what is told."""
        self.instance.wait_for(lambda: text in self.instance.logs("web/0"),
                               f"{text} is in the log")

    def environments(self):
        return [line.split()[1:] for line
                in self.instance.logs("web/0").splitlines(keepends=True)
                if line.startswith("environment") and line.endswith("\n")]


@pytest.fixture
def told(instance, scratch):
    return lambda **pool: Told(instance, scratch, pool)
