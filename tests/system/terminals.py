"""A dashboard in a real terminal: tmux sends keys and says what it shows.

Brings the fixtures `terminal`, a tmux server of its own, and `stand_in`, a live
table that make-live-table made behind a process that holds the lock as a
supervisor does.
"""

import itertools
import os
import shlex
import subprocess
import sys

import pytest

from conftest import BUILD, REEVE, wait_for

SUPERVISOR = """
import fcntl, os, subprocess, sys
maker, runtime, pools, workers = sys.argv[1:]
os.makedirs(runtime, exist_ok=True)
lock = open(runtime + "/lock", "w")
fcntl.flock(lock, fcntl.LOCK_EX)
lock.write(str(os.getpid()))
lock.flush()
subprocess.run([maker, runtime + "/live.new", pools, workers], check=True)
os.rename(runtime + "/live.new", runtime + "/live")
print("up", flush=True)
sys.stdin.read()
"""


class Terminal:
    """A tmux server of its own with one window, in which a shell runs
    `reeve top` and then waits."""

    numbers = itertools.count()

    def __init__(self, scratch, size=(80, 24), environment=None):
        self.folder = scratch.path
        self.socket = scratch.path / f"tmux{next(self.numbers)}"
        self.environment = scratch.environment | {"TERM": "xterm"}
        # another spelling, so that nobody takes these for what an instance
        # has left behind
        self.environment["REEVE_RUNTIME_DIR"] = f"{scratch.path}/./run"
        self.environment |= environment or {}
        self.environment.pop("TMUX", None)
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(size[0]),
                  "-y", str(size[1]), "exec sh")
        self.tmux("set-option", "-g", "window-size", "manual")

    def tmux(self, *words):
        done = subprocess.run(["tmux", "-S", str(self.socket), *words],
                              env=self.environment, cwd=self.folder,
                              capture_output=True, encoding="utf-8",
                              check=True)
        return done.stdout

    def top(self, *words):
        """Starts `reeve top`; files say how the terminal was and is."""
        command = shlex.join([str(REEVE), "top", *words])
        self.type("trap : INT QUIT; echo 'what was here'; stty -a >before; "
                  f"(exec sh -c 'echo $$ >pid; exec {command}' 2>errors); "
                  "echo $? >code; stty -a >after; touch left")
        return self

    def type(self, line):
        self.tmux("send-keys", "-l", line)
        self.keys("Enter")

    def keys(self, *names):
        for name in names:
            self.tmux("send-keys", name)
        return self

    def text(self):
        return self.tmux("capture-pane", "-p")

    def lines(self):
        return self.text().splitlines()

    def see(self, *texts):
        """Waits until all these are on the screen; returns the screen."""
        shown = []

        def there():
            shown[:] = [self.text()]
            return all(text in shown[0] for text in texts)
        try:
            wait_for(there, f"the screen shows {texts}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{shown[0]}") from None
        return shown[0]

    def miss(self, text):
        """Waits until this is not on the screen."""
        wait_for(lambda: text not in self.text(), f"{text} has gone")

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))
        return self

    def read(self, name):
        return (self.folder / name).read_text()

    def signal(self, number):
        os.kill(int(self.read("pid")), number)

    def wait_left(self):
        """Waits until the dashboard has ended; returns its exit code."""
        wait_for((self.folder / "left").exists, "the dashboard has ended")
        return int(self.read("code"))

    def assert_restored(self):
        """The terminal is as it was before."""
        assert self.read("before") == self.read("after")
        flags = self.tmux("display-message", "-p", "#{alternate_on} "
                          "#{cursor_flag} #{keypad_cursor_flag} "
                          "#{keypad_flag} #{mouse_any_flag}")
        assert flags.split() == ["0", "1", "0", "0", "0"]
        self.see("what was here")
        assert "POOL" not in self.text()

    def close(self):
        subprocess.run(["tmux", "-S", str(self.socket), "kill-server"],
                       capture_output=True, check=False)


def crash_until_failed(instance, config):
    """Starts an instance of that config, in which bad/0 prints "no file" and
    crashes three times, and waits until the history has that."""
    shop = instance(config)
    shop.launch()
    shop.wait_worker("bad/0", state="failed")
    shop.wait_history("SELECT * FROM crashes WHERE tail LIKE '%no file%'",
                      count=3)
    return shop


@pytest.fixture
def terminal(scratch):
    made = []

    def make(*arguments, **options):
        made.append(Terminal(scratch, *arguments, **options))
        return made[-1]
    yield make
    for one in made:
        one.close()


@pytest.fixture
def stand_in(scratch):
    """stand_in(pools, workers) → the process that stands for a supervisor."""
    made = []

    def make(pools=4, workers=40):
        process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISOR, str(BUILD / "make-live-table"),
             str(scratch.runtime), str(pools), str(workers)],
            env=scratch.environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)
        made.append(process)
        assert process.stdout.readline() == b"up\n"
        return process
    yield make
    for process in made:
        process.kill()
        process.wait()
