"""The dashboard while its history is locked, missing or another one: it says
so, shows what it knows, answers keys, and goes on by itself."""

import contextlib
import shutil
import sqlite3

import pytest

from terminals import crash_until_failed

pytestmark = pytest.mark.skipif(not shutil.which("tmux"),
                                reason="tmux is not installed")

CONFIG = r"""
pools:
  calm: {command: sleep 1000}
  bad:
    command: sh -c 'echo no file >&2; exit 3'
    restart: {limit: 2 in 60s, then: fail}
"""
BUSY = "the history is busy (locked)"


@pytest.fixture
def ended(instance):
    """An instance that has ended, with a history that nobody writes."""
    shop = crash_until_failed(instance, CONFIG)
    shop.stop()
    return shop


@contextlib.contextmanager
def locked(path):
    """Holds the whole file, as no program should."""
    base = sqlite3.connect(path, isolation_level=None)
    base.execute("PRAGMA locking_mode = EXCLUSIVE")
    base.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        base.close()


def replace(path, other):
    """Puts another history in the place of this one."""
    for log in ("-wal", "-shm"):
        path.with_name(path.name + log).unlink(missing_ok=True)
    other.rename(path)


def test_locked_when_it_is_opened(terminal, ended):
    with locked(ended.scratch.history):
        top = terminal().top()
        top.see("has stopped", BUSY)
        top.keys("N", "g").see("> ! bad")
        top.keys("j").see("> - calm")
        top.keys("6").see(" > crashes", BUSY, "there are none")
        top.keys("4").see(" > runs", BUSY)
        top.keys("1", "g").see("> ! bad")
        top.keys("p").see(" > post-mortem", BUSY)
    top.see("! bad/0 exited with code 3", "LAST OUTPUT")
    top.miss(BUSY)
    top.keys("6").see("1 kind of crash", "exited with code 3")
    top.keys("4").see("4 runs")
    top.keys("1").see("the instance has stopped")
    top.keys("q")
    assert top.wait_left() == 0


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
def test_locked_later(terminal, ended, size):
    path = ended.scratch.history
    other = path.with_name("other.db")
    shutil.copy(path, other)
    top = terminal(size).top()
    top.see("! bad", "the instance has stopped")
    with locked(other):
        replace(path, other)
        top.see(BUSY, "! bad", "the instance has stopped")
        top.keys("4").see("there are none", BUSY)
        top.keys("1").see("! bad", "the instance has stopped")
    top.miss(BUSY)
    top.keys("4").see("4 runs")
    top.keys("q")
    assert top.wait_left() == 0


def test_what_was_read_stays(terminal, ended):
    path = ended.scratch.history
    others = [path.with_name(f"other{i}.db") for i in range(3)]
    for other in others:
        shutil.copy(path, other)
    top = terminal().top()
    top.see("the instance has stopped")
    top.keys("N")
    for screen, other, text in (("4", others[0], "exited with code 3"),
                                ("6", others[1], "exited with code 3"),
                                ("p", others[2], "no file")):
        top.keys("1", "g", screen).see(text)
        with locked(other):
            replace(path, other)
            top.see(BUSY, text)
        top.miss(BUSY)
        top.see(text)
    top.keys("q")
    assert top.wait_left() == 0


def test_missing_and_another(terminal, ended):
    path = ended.scratch.history
    away = path.with_name("away.db")
    top = terminal().top()
    top.see("! bad", "the instance has stopped")
    path.rename(away)
    top.see("there is no such file", "the instance has stopped")
    top.keys("5").see("there is no such file", " > events",
                      "the instance has stopped")
    top.keys("4").see("there is no such file", " > runs")
    # another one, that knows nothing of crashes
    base = sqlite3.connect(away)
    base.executescript("DELETE FROM event WHERE at > (SELECT min(at) FROM "
                       "event); DELETE FROM run; PRAGMA wal_checkpoint"
                       "(TRUNCATE);")
    base.close()
    replace(path, away)
    top.see("0 runs", "there are none")
    top.keys("5").see(" 1 event")
    top.keys("1").see("! bad")
    top.miss("the instance has stopped")
    top.keys("q")
    assert top.wait_left() == 0
