"""What the supervisor and its helpers say to each other, for tests.

The wire format is that of base/fields.h, the messages are those of
supervisor/message.h, the events those of store/event.h. `Helper` runs one
helper program as the supervisor does, so a test can play the supervisor.
"""

import fcntl
import os
import signal
import socket
import struct
import time

from conftest import BUILD, DEADLINE_S

EVIDENCE, EVIDENCED = 42, 43
LOG_START, LOG_END, LOG_DRAINED, SWEEP, SWEPT, FINISH = range(1, 7)

LOG_SILENT, LOG_MATCHED = 10, 11

MESSAGE = {1: "kind", 2: "run", 3: "pool", 4: "index", 5: "pair", 6: "pid",
           7: "max_size", 8: "keep", 9: "tail", 10: "cgroup", 11: "count",
           12: "text", 13: "format", 14: "max_age_ns", 17: "compress",
           40: "silence_ns", 41: "pattern", 15: "cause",
           16: "value",
           50: "events_s", 51: "runs_s", 52: "samples_s", 53: "minutes_s",
           54: "hours_s", 55: "max_size_bytes"}
RETENTION = 50

# Those members of an event that helpers set and tests look at.
EVENT = {1: "kind", 2: "at_us", 3: "pool", 4: "worker", 5: "run", 7: "pid",
         10: "cause", 20: "by", 23: "text"}
SIGNED = {"at_us", "events_s", "runs_s", "samples_s", "minutes_s", "hours_s",
          "max_size_bytes"}
EVENT_EVIDENCE = 16
EVENT_OUTPUT, EVENT_SAMPLE, EVENT_GAP, EVENT_WARNING = 12, 13, 14, 15


def put_number(value):
    out = bytearray()
    while value > 0x7f:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def get_number(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def encode(table, members):
    """Encodes `members` (name → number, text or bytes) by a table."""
    tags = {name: tag for tag, name in table.items()}
    out = b""
    for name, value in members.items():
        if not value:
            continue
        if isinstance(value, int):
            if name in SIGNED:
                value = value << 1 if value >= 0 else ~(value << 1)
            out += put_number(tags[name] << 1) + put_number(value)
        else:
            value = value.encode() if isinstance(value, str) else value
            out += put_number(tags[name] << 1 | 1)
            out += put_number(len(value)) + value
    return out


def decode(table, data):
    """The members that were set; bytes stay bytes. Unknown tags are left out.
    """
    members = {}
    at = 0
    while at < len(data):
        tag, at = get_number(data, at)
        value, at = get_number(data, at)
        name = table.get(tag >> 1)
        if tag & 1:
            at, value = at + value, data[at:at + value]
        elif name in SIGNED:
            value = value >> 1 ^ -(value & 1)
        if name:
            members[name] = value
    return members


def journal_events(folder, writer):
    """All events that are in the journal of a writer, in order."""
    segments = {}
    for name in os.listdir(folder):
        before, _, number = name.rpartition(".")
        if before == writer and number.isdigit():
            segments[int(number)] = os.path.join(folder, name)
    events = []
    for number in sorted(segments):
        with open(segments[number], "rb") as file:
            data = file.read()
        at = 64
        while at + 16 <= len(data):
            size, _, kind, _, _ = struct.unpack_from("=IIHHI", data, at)
            if size == 0:
                break
            if kind == 1:
                events.append(decode(EVENT, data[at + 16:at + 16 + size]))
            at += (16 + size + 7) // 8 * 8
    return events


class Helper:
    """One helper program, started as the supervisor starts it."""

    def __init__(self, name, runtime, state, wrapper=()):
        self.name = name
        self.words = [*wrapper, str(BUILD / f"reeve-{name}"), "test",
                      str(runtime), str(state)]
        self.pid = None
        self.socket = None
        self.wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def start(self):
        ours, theirs = socket.socketpair(socket.AF_UNIX,
                                         socket.SOCK_SEQPACKET)
        # High numbers, so that none is overwritten before it is copied.
        staged = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10)
                  for fd in (theirs.fileno(), self.wake)]
        self.pid = os.posix_spawnp(
            self.words[0], self.words, os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, staged[0], 3),
                          (os.POSIX_SPAWN_DUP2, staged[1], 4)])
        for fd in staged:
            os.close(fd)
        theirs.close()
        self.socket = ours
        ours.settimeout(DEADLINE_S)
        return self

    def send(self, kind, **members):
        self.socket.send(encode(MESSAGE, {"kind": kind} | members))

    def receive(self):
        """The next message; fails when none comes before the deadline."""
        packet = self.socket.recv(4096)
        assert packet, f"reeve-{self.name} closed its socket"
        return decode(MESSAGE, packet)

    def wait(self):
        """Waits until it ended; returns its exit code, or minus the signal."""
        deadline = time.monotonic() + DEADLINE_S
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                break
            assert time.monotonic() < deadline, f"{self.name} does not end"
            time.sleep(0.005)
        self.pid = None
        return os.waitstatus_to_exitcode(status)

    def kill(self):
        """Kills it, as a fault would; it can be started again."""
        os.kill(self.pid, signal.SIGKILL)
        self.wait()
        self.socket.close()

    def finish(self):
        self.send(FINISH)
        return self.wait()

    def close(self):
        if self.pid:
            self.kill()
        os.close(self.wake)
