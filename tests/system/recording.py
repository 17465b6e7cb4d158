"""Drives reeve-recorder without a supervisor, for tests of the history."""

import json
import os
import socket
import sqlite3
import subprocess

import pytest

from conftest import BUILD, wait_for

KINDS = {"instance-started": 1, "config-loaded": 3, "command": 5, "spawned": 6,
         "ready": 7, "stopping": 8, "ended": 9, "state": 10,
         "output": 12, "sample": 13, "gap": 14, "warning": 15,
         "evidence": 16, "core": 31, "backtrace": 32}
EXITED, CRASHED, NOT_STARTED, STOPPED, OOM, LOST = 1, 2, 3, 4, 15, 19
STARTING, READY, BACKOFF, FAILED, DONE = 1, 2, 5, 6, 7

# 2026-11-22 09:00:00 UTC, which is the time zone of the tests.
START_US = 1795338000000000
SECOND_US = 1000000


def at(seconds):
    return START_US + int(seconds * SECOND_US)


def words_of(value):
    """The name of a test by the words that it types."""
    words = isinstance(value, list) and [
        word for word in value if isinstance(word, str)]
    return "_".join(words).replace("/", ".") if words else "then"


def lines(result):
    """What a command printed with --json, one object a line."""
    assert result.code == 0, result
    return [json.loads(line) for line in result.out.splitlines()]


FINISH = bytes([1 << 1, 6])  # field 1 (kind), a number: MESSAGE_FINISH


class Journal:
    """A process that appends events to a journal of its own."""

    def __init__(self, driver, writer="supervisor", segment=65536, most=64):
        self.process = subprocess.Popen(
            [BUILD / "append-events", driver.folder, writer,
             str(driver.wake), str(segment), str(most)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            pass_fds=[driver.wake], env=driver.environment)

    def send(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def append(self, kind, **members):
        for name, value in members.items():
            if name in ("text", "samples"):
                members[name] = value.hex()
        self.send(" ".join([f"kind={KINDS[kind]}"] + [
            f"{name}={value}" for name, value in members.items()]))
        return self.process.stdout.readline().strip()

    def run(self, number, pool="web", worker=0, **members):
        """A run that crashed, from spawn to end."""
        when = {key: value for key, value in members.items() if key == "at_us"}
        self.append("spawned", run=number, pool=pool, worker=worker + 1,
                    pid=1000 + number, by="config", state=1, **when)
        self.append("ended", run=number, pool=pool, worker=worker + 1,
                    cause=CRASHED, exit_signal=11, state=BACKOFF,
                    **members)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def kill(self):
        self.process.kill()
        self.process.wait()


class Driver:
    """What the supervisor is to a recorder."""

    def __init__(self, scratch):
        self.environment = scratch.environment
        self.runtime = scratch.runtime
        self.state = scratch.state
        self.base = self.state / "history.db"
        self.folder = self.runtime / "journal"
        self.folder.mkdir(parents=True)
        self.state.mkdir()
        self.wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.errors = scratch.path / "errors"
        self.process = None
        self.socket = None

    def start(self):
        self.socket, theirs = socket.socketpair(socket.AF_UNIX,
                                                socket.SOCK_SEQPACKET)
        # The recorder wants them as 3 and 4.
        command = ('exec 3<&%d 4<&%d; exec "$0" test "$1" "$2"'
                   % (theirs.fileno(), self.wake))
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(
                ["bash", "-c", command, BUILD / "reeve-recorder",
                 self.runtime, self.state],
                pass_fds=[theirs.fileno(), self.wake], stderr=errors,
                env=self.environment)
        theirs.close()
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.socket.close()

    def finish(self):
        self.socket.send(FINISH)
        code = self.process.wait(60)
        self.socket.close()
        return code

    def hang_up(self):
        self.socket.close()
        return self.process.wait(60)

    def said(self):
        return self.errors.read_text()

    def query(self, query, *values):
        base = sqlite3.connect(f"file:{self.base}?mode=ro", uri=True)
        try:
            base.row_factory = sqlite3.Row
            return [dict(row) for row in base.execute(query, values)]
        finally:
            base.close()

    def wait_rows(self, query, count):
        def enough():
            try:
                return len(self.query(query)) >= count
            except sqlite3.DatabaseError:
                return False
        wait_for(enough, f"{count} rows of {query}")

    def segments(self):
        return sorted(entry.name for entry in self.folder.iterdir())


@pytest.fixture
def driver(scratch):
    made = Driver(scratch)
    yield made
    if made.process and made.process.poll() is None:
        made.kill()


@pytest.fixture
def past(driver):
    """The driver of a recorder that has recorded three runs and ended."""
    journal = Journal(driver)
    for number in range(1, 4):
        journal.run(number, at_us=at(number))
    journal.close()
    driver.start()
    assert driver.finish() == 0
    return driver
