"""The dashboard on a terminal of our own, which reads when it is told and keeps
what it was sent. Brings the fixture `screen`: screen(rows, columns)."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios

import pytest

from conftest import REEVE, wait_for

try:
    import pyte as PYTE
except ImportError:
    PYTE = None


class Screen:
    """The dashboard on a terminal of our own, which reads when it is told."""

    def __init__(self, scratch, rows=24, columns=80, words=(),
                 environment=None):
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(scratch.path)
            environment = scratch.environment | {"TERM": "xterm-256color"} \
                | (environment or {})
            os.execve(REEVE, ["reeve", "top", *words], environment)
        self.code = None
        self.last = b""  # what came last
        self.all = b""  # what was shown
        self.screen = PYTE.Screen(columns, rows)
        self.stream = PYTE.ByteStream(self.screen)
        self.resize(rows, columns)

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def read(self, seconds=0.0, feed=True):
        """Reads what comes, until nothing comes for so long."""
        with contextlib.suppress(OSError):
            while select.select([self.master], [], [], seconds)[0]:
                data = os.read(self.master, 65536)
                self.last = (self.last + data)[-20000:]
                if feed:
                    self.all += data
                    self.stream.feed(data)

    def send(self, keys):
        os.write(self.master, keys)

    def see(self, text):
        self.wait(lambda: any(text in line for line in self.screen.display),
                  f"the screen shows {text}")

    def wait(self, predicate, what):
        """Reads until that is so."""
        def so():
            self.read(0.02)
            return predicate()
        try:
            wait_for(so, what)
        except AssertionError as error:
            shown = "\n".join(self.screen.display)
            raise AssertionError(f"{error}\n{shown}") from None

    def lines(self):
        """Without the title, which has the time."""
        return self.screen.display[1:]

    def has_ended(self):
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code is not None

    def leave(self):
        """Ends it by `q`; returns how it ended."""
        def left():
            self.read(0.02, feed=False)
            return self.has_ended()
        self.send(b"\x1bq")
        wait_for(left, "the dashboard has ended")
        return self.code

    def close(self):
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)


@pytest.fixture
def screen(scratch):
    if PYTE is None:
        pytest.skip("pyte is not installed")
    made = []

    def make(*arguments, **options):
        made.append(Screen(scratch, *arguments, **options))
        return made[-1]
    yield make
    for one in made:
        one.close()
