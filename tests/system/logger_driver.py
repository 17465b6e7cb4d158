"""Plays the supervisor and the workers to a real reeve-logger."""

import gzip
import os
import re
import subprocess
import sys

import pytest

from messages import LOG_DRAINED, LOG_END, LOG_START, Helper, journal_events

# Prints numbered lines: count, pause in seconds.
PRINTER = """
import os, sys, time
for number in range(int(sys.argv[1])):
    os.write(1, b"line %08d of what the worker prints\\n" % number)
    time.sleep(float(sys.argv[2]))
"""


class Supervisor:
    """What of the supervisor the logger sees."""

    def __init__(self, scratch, wrapper=()):
        self.runtime = scratch.runtime
        self.state = scratch.state
        (self.runtime / "fifo").mkdir(parents=True)
        (self.runtime / "journal").mkdir()
        self.state.mkdir(exist_ok=True)
        self.logger = Helper("logger", self.runtime, self.state, wrapper)
        self.logger.start()
        self.runs = {}  # run → arguments of LOG_START
        self.ended = []
        self.fds = {}  # run → [stdout, stderr]
        self.printers = []

    def start(self, run, pool="web", index=0, pair=0, max_size=0, keep=5,
              tail=65536, **more):
        """Makes the FIFOs of a run, holds them open and says LOG_START."""
        self.fds[run] = []
        for end in ("out", "err"):
            path = self.runtime / "fifo" / f"{pool}.{index}.{pair}.{end}"
            if not path.exists():
                os.mkfifo(path)
            self.fds[run].append(os.open(path, os.O_RDWR))
        self.runs[run] = {"run": run, "pool": pool, "index": index,
                          "pair": pair, "max_size": max_size, "keep": keep,
                          "tail": tail} | more
        self.logger.send(LOG_START, **self.runs[run])

    def write(self, run, data, stream=0):
        while data:
            data = data[os.write(self.fds[run][stream], data):]

    def print_lines(self, run, count, pause_s):
        """A worker that prints `count` numbered lines."""
        printer = subprocess.Popen(
            [sys.executable, "-c", PRINTER, str(count), str(pause_s)],
            stdout=self.fds[run][0])
        self.printers.append(printer)
        return printer

    def end(self, run):
        self.ended.append(run)
        self.logger.send(LOG_END, **self.runs[run])

    def drained(self, run):
        """Waits for LOG_DRAINED of a run, then lets go of its FIFOs."""
        start = self.runs[run]
        assert self.logger.receive() == answer(run, start["pool"],
                                               start["index"])
        self.forget(run)

    def forget(self, run):
        self.runs.pop(run)
        self.ended.remove(run)
        for fd in self.fds.pop(run):
            os.close(fd)

    def finish_run(self, run):
        self.end(run)
        self.drained(run)

    def restart_logger(self):
        self.logger.kill()
        self.logger.start()
        for run, start in self.runs.items():
            self.logger.send(LOG_START, **start)
        for run in self.ended:
            self.logger.send(LOG_END, **self.runs[run])

    def log(self, name="web.0"):
        """The bytes of all parts of a log, the oldest first. Only what it
        gives while nothing is rotated is exact."""
        folder = self.state / "log"
        parts = {}
        try:
            for entry in os.listdir(folder):
                found = re.fullmatch(
                    re.escape(name) + r"\.log(?:\.(\d+)(\.gz)?)?", entry)
                if found:
                    path = os.path.join(folder, entry)
                    with (gzip.open if found[2] else open)(path, "rb") as file:
                        parts[int(found[1] or 0)] = file.read()
        except FileNotFoundError:
            pass
        return b"".join(parts[number] for number in sorted(parts)[::-1])

    def parts(self, name="web.0"):
        """The sizes of the parts by number."""
        return {int(path.suffix[1:]) if path.suffix != ".log" else 0:
                path.stat().st_size
                for path in (self.state / "log").glob(f"{name}.log*")}

    def events(self, kind):
        return [event for event in
                journal_events(self.runtime / "journal", "logger")
                if event["kind"] == kind]

    def close(self):
        for printer in self.printers:
            printer.kill()
            printer.wait()
        for run in self.fds.values():
            for fd in run:
                os.close(fd)
        self.logger.close()


def answer(run, pool="web", index=0):
    """LOG_DRAINED as it comes: what is zero or empty is left out."""
    members = {"kind": LOG_DRAINED, "run": run, "pool": pool.encode()}
    return members | ({"index": index} if index else {})


def numbered(count):
    return b"".join(b"line %08d of what the worker prints\n" % number
                    for number in range(count))


@pytest.fixture
def supervisor(scratch):
    made = Supervisor(scratch)
    yield made
    made.close()
