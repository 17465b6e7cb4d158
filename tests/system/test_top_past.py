"""The screens of the dashboard about crashes, over a real history."""

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
    command: ["sh", "-c", "printf 'one \\033[2J two\\n'; echo no file >&2; exit 3"]
    restart: {limit: 2 in 60s, then: fail}
"""


@pytest.fixture
def crashed(instance):
    shop = crash_until_failed(instance, CONFIG)
    yield shop
    if shop.process.poll() is None:
        shop.stop()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 20)])
def test_post_mortem_and_groups(terminal, crashed, size):
    top = terminal(size).top()
    top.see("> ! bad")
    top.keys("p")
    shown = top.see("! bad/0 exited with code 3", "given up after too many",
                    "LAST OUTPUT", r"one \x1B[2J two", "no file")
    assert "> ! bad" not in shown
    top.keys("[").see("run         7")
    top.keys("[", "[").see("there is no earlier run")
    top.keys("]", "]", "]").see("there is no later run")
    top.keys("6").see("1 kind of crash in the last 7 days",
                      "exited with code 3")
    top.keys("Enter").see("3 runs", "bad/0")
    top.keys("Enter").see("! bad/0 exited with code 3", "LAST OUTPUT")
    top.keys("Escape", "Escape").see("1 kind of crash")
    top.keys("4").see("4 runs", "calm/0", "still up")

    top.keys("7").see("This instance has no jobs and no queues.")
    top.keys("q")
    assert top.wait_left() == 0


def test_supervisor_is_gone(terminal, crashed):
    top = terminal().top()
    top.see("> ! bad")
    crashed.stop()
    top.see("has stopped")
    top.keys("6").see("1 kind of crash")
    top.keys("Enter").see("3 runs")
    top.keys("Enter").see("bad/0 exited with code 3", "no file")
    top.keys("q")
    assert top.wait_left() == 0


def test_history_of_another_schema_and_none(terminal, crashed):
    top = terminal().top()
    top.see("> ! bad")
    crashed.stop()
    path = crashed.scratch.state / "history.db"
    base = sqlite3.connect(path)
    version = base.execute("PRAGMA user_version").fetchone()[0]
    base.execute(f"PRAGMA user_version = {version + 1}")
    base.commit()
    base.close()
    copy = path.with_name("copy.db")
    path.rename(copy)
    top.keys("p").see("there is no such file")
    copy.rename(path)
    top.see("a newer version of reeve")
    top.keys("6").see("a newer version of reeve")
    top.keys("q")
    assert top.wait_left() == 0


def test_runs_of_a_worker(terminal, crashed):
    top = terminal().top()
    top.see("> ! bad")
    top.keys("Enter", "Enter").see(" > bad/0", "CHARTS LOG PROCESSES RUNS")
    top.keys("Tab", "Tab", "Tab")
    top.see("RUNS, the latest first", "3 runs", "LIVED", "exited with code 3")
    top.keys("G", "Enter").see(" > post-mortem", "! bad/0 exited with code 3")
    top.keys("Escape").see("RUNS, the latest first")
    top.keys("q")
    assert top.wait_left() == 0


def test_burst(terminal, instance):
    shop = instance("""
pools:
  storm:
    command: sh -c 'exit 3'
    workers: 40
    restart: {policy: never}
""")
    shop.launch()
    shop.wait_history("SELECT * FROM crashes", count=40)
    top = terminal().top()
    shown = top.see("> ! storm", " crashes, ", " events in ", "5: all")
    assert shown.count("storm/") <= 6
    top.keys("5").see(" > events", "storm/39")
    top.keys("q")
    assert top.wait_left() == 0
    shop.stop()
