"""The dashboard in a real terminal: tmux sends keys and says what it shows.

Most tests have a table that make-live-table made, behind a process that holds
the lock as a supervisor does; the last ones a real instance.
"""

import shutil
import signal
import socket

import pytest

from conftest import REEVE, wait_for

pytestmark = pytest.mark.skipif(not shutil.which("tmux"),
                                reason="tmux is not installed")

SIZES = [(80, 24), (120, 40)]

@pytest.mark.parametrize("size", SIZES)
def test_screens(terminal, stand_in, size):
    peer = stand_in(4, 400)
    top = terminal(size).top()
    screen = top.see(" reeve  generated", f"pid {peer.pid}", "380/400 ready",
                     "400 workers  ^ 4", "+ 376", "~ 4", "restarts 399",
                     "STATE^", "LAST END", "> ! pool", "Enter Open",
                     "? Help")
    assert "reeve-sampler" not in screen
    lines = screen.splitlines()
    assert len(lines) == size[1] and max(map(len, lines)) <= size[0]
    # the worst pools first
    assert lines[4].split()[3] == "failed"
    top.keys("Enter").see("generated > pool0", "100 workers  + 96 ready",
                          "! 4 failed",
                          "> ! pool0/24 ", "SEGV core", "PID")
    top.keys("N", "g", "j", "Enter")
    top.see("generated > pool0 > pool0/1", "+ ready for 1m",
            "crashed by SIGSEGV, core dumped", "CPU last", "memory last",
            "5 threads, 7 open files")
    top.keys("]").see("pool0 > pool0/2")
    top.keys("?").see("MOVE", "one row down")
    top.keys("PPage").see("STATES", "~ unhealthy")
    top.keys("Escape").see("pool0 > pool0/2", "state ")
    top.keys("BSpace").see("> ! pool0/2 ")
    top.keys("Left").see("> ! pool0 ")
    top.keys("2").see("generated > all workers", "+ pool0/3 ")
    top.keys("1").see("> ! pool0 ")


def selected(top):
    """The name in the row where the cursor stands."""
    for line in top.lines():
        if line.startswith("> "):
            return line.split()[2]
    return None


def see_selected(top, name):
    wait_for(lambda: selected(top) == name, f"{name} is selected, not "
             f"{selected(top)}")


def first(top):
    return top.lines()[4][4:].split()[0]


def test_moving(terminal, stand_in):
    stand_in(1, 50)
    top = terminal().top()
    top.see("> ! pool0").strip()
    top.keys("Enter", "N").see("WORKER^")
    for key, name in [("j", "pool0/1"), ("Down", "pool0/2"), ("k", "pool0/1"),
                      ("Up", "pool0/0"), ("NPage", "pool0/19"),
                      ("C-f", "pool0/38"), ("PPage", "pool0/19"),
                      ("C-b", "pool0/0"), ("C-d", "pool0/9"),
                      ("C-u", "pool0/0"), ("G", "pool0/49"),
                      ("g", "pool0/0"), ("End", "pool0/49"),
                      ("Home", "pool0/0"), ("k", "pool0/0")]:
        top.keys(key)
        see_selected(top, name)


def test_sorting(terminal, stand_in):
    stand_in(1, 40)
    top = terminal((120, 40)).top()
    top.see("> ! pool0")
    top.keys("Enter").see("STATE^")
    for key, heading, name in [
            ("P", "CPU%v", "pool0/39"), ("I", "CPU%^", "pool0/0"),
            ("M", "MEMv", "pool0/39"), (">", "RSTv", "pool0/2"),
            ("<", "MEMv", "pool0/39"), ("T", "AGE^", None),
            ("N", "WORKER^", "pool0/0"), ("I", "WORKERv", "pool0/39")]:
        top.keys(key).see(heading)
        if name:
            assert first(top) == name


def test_resize(terminal, stand_in):
    stand_in()
    top = terminal((120, 40)).top()
    top.see("pool3", "TREND", "pool0 memory last")
    for columns, rows in [(80, 24), (60, 20), (200, 60), (61, 21)]:
        top.resize(columns, rows)
        wait_for(lambda: "q Quit" in (top.lines() or [""])[-1]
                 and len(top.lines()) == rows, "the key bar is at the bottom")
        lines = top.see("reeve", "pool3", "LAST END").splitlines()
        assert max(map(len, lines)) <= columns
    top.resize(40, 10).see("pool3", "Enter Open", "READY", "? Help")
    top.resize(40, 6).see("pool", "Enter Open")
    top.resize(39, 20).see("39x20 is too small: need 40x6", "ready")
    top.resize(30, 3).see("30x3 is too small")
    top.resize(40, 5).see("40x5 is too small")
    top.resize(80, 24).see("pool3", "q Quit")
    top.keys("q")
    assert top.wait_left() == 0


@pytest.mark.parametrize("number", [
    signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT,
    signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE])
def test_restored_after_signal(terminal, stand_in, number):
    stand_in()
    top = terminal().top()
    top.see("> ! pool", "q Quit")
    top.signal(number)
    assert top.wait_left() == 128 + number
    top.assert_restored()


@pytest.mark.parametrize("key,code", [("q", 0), ("F10", 0),
                                      ("C-c", 128 + signal.SIGINT)])
def test_restored_after_key(terminal, stand_in, key, code):
    stand_in()
    top = terminal().top()
    top.see("> ! pool", "q Quit")
    top.keys("Enter", "?").see("MOVE")
    top.keys(key)
    assert top.wait_left() == code
    assert top.read("errors") == ""
    top.assert_restored()


def test_suspend(terminal, stand_in):
    stand_in()
    top = terminal()
    top.type("exec bash --norc --noprofile")
    top.type(f"PS1='prompt> '; sh -c 'echo $$ >pid; exec {REEVE} top'")
    top.see("> ! pool", "q Quit")
    top.keys("C-z").see("Stopped", "prompt>")
    top.resize(100, 30)
    top.type("fg")
    top.miss("Stopped")
    top.see("> ! pool", "q Quit", "pool0 memory last")
    # stopped by somebody else, it could not give the terminal back
    top.signal(signal.SIGSTOP)
    top.see("Stopped", "prompt>")
    top.type("fg")
    top.miss("Stopped")
    top.see("> ! pool", "q Quit", "pool0 memory last")
    top.keys("q").miss("q Quit")
    top.see("Stopped", "prompt>")


def test_supervisor_gone(terminal, stand_in):
    peer = stand_in()
    top = terminal().top()
    top.see("> ! pool", f"pid {peer.pid}")
    peer.kill()
    peer.wait()
    top.see(f"the supervisor (pid {peer.pid}) is gone; showing the last state "
            "of ", "NOT LIVE", "> ! pool")
    top.keys("x").see("cannot act: the supervisor is gone")
    # a new one is found without being asked for
    newer = stand_in(5, 50)
    top.see(f"pid {newer.pid}", "50/50 ready", "pool4")
    top.miss("is gone")
    top.keys("q")
    assert top.wait_left() == 0


def test_act_fails(terminal, stand_in, scratch):
    """Nobody listens at the control socket, or nobody answers there."""
    stand_in()
    top = terminal().top()
    top.see("> ! pool")
    top.keys("x").see("pool0, 10 workers:", "r restart", "s stop", "u start",
                      "Esc cancel")
    top.keys("s").see("Type pool0 to stop all its 10 workers: _")
    top.keys("Escape").see("q Quit")
    top.keys("Enter", "x").see("pool0/0 pid 1:")
    top.keys("r").see("cannot ask ")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(scratch.runtime / "control.sock"))
        listener.listen()
        top.keys("x", "r").see(
            "cannot ask for the restart of pool0/0: no answer")


def test_colours(terminal, stand_in):
    stand_in(4, 400)
    red_mark = "\x1b[1m\x1b[31m!"
    top = terminal().top()
    top.see("q Quit")
    top.keys("j")
    assert wait_for(lambda: red_mark in top.tmux("capture-pane", "-pe"),
                    "a failed pool is red")
    top.keys("q")
    top.wait_left()
    top.environment["NO_COLOR"] = "1"
    top.type("clear; export NO_COLOR=1; rm left")
    top.top().see("q Quit")
    shown = top.tmux("capture-pane", "-pe")
    assert "\x1b[31m" not in shown and "\x1b[7m" in shown


def test_ascii(terminal, stand_in):
    stand_in()
    top = terminal(environment={"LC_ALL": "C"}).top()
    top.see("> ! pool")
    top.keys("Enter", "Enter")
    assert top.see("- CPU last", "@@@@").isascii()


def test_unfit_terminal(terminal, stand_in, reeve):
    stand_in()
    result = reeve("top")
    assert result.code == 1
    assert result.err == ("reeve: cannot show the dashboard: this is no "
                          "terminal; use `reeve status`\n")
    top = terminal()
    for name, reason in [("dumb", "cannot move its cursor"),
                         ("nothing-of-this-name", "is not known here")]:
        top.type(f"TERM={name}")
        top.top()
        assert top.wait_left() == 1
        assert reason in top.read("errors")
        (top.folder / "left").unlink()


def test_no_instance(reeve):
    result = reeve("top")
    assert result.code == 5
    assert result.err.startswith("reeve: cannot find a running instance: ")


REAL = """
pools:
  calm: {command: sleep 1000, workers: 2}
  other: {command: sleep 1000}
"""


def test_crash_appears(terminal, instance):
    shop = instance(REAL).start()
    top = terminal().top()
    top.see(f"reeve  {shop.name}", "+ calm", "2/2 ++", "+ other", "3/3 ready")
    former = shop.kill("calm/1", signal.SIGSEGV)
    # the mark and the word stay for a while, though the worker is back
    top.see("! calm ", "SEGV", "3/3 ready", "restarts 1")
    shop.wait_new_run(former)
    top.keys("N", "g", "Enter", "N", "g", "j", "Enter")
    top.see("calm > calm/1", "crashed by SIGSEGV", f"run {former['run']}",
            "restarts   1", "+ ready for")
    top.keys("q")
    assert top.wait_left() == 0
    shop.stop()


def test_acts(terminal, instance):
    shop = instance(REAL).start()
    former = shop.worker("calm/0")
    top = terminal((120, 40)).top()
    top.see("+ calm", "+ other")
    top.keys("N", "g", "Enter").see("> calm", f"{former['pid']}")
    top.keys("N", "g", "x", "r").see("restart of calm/0 is under way",
                                     "restarted")
    later = shop.wait_new_run(former)
    top.see(str(later["pid"]))
    top.keys("x", "s").see("> - calm/0", "stopped")
    shop.wait_worker("calm/0", state="stopped")
    top.keys("x").see("calm/0 not running:")
    top.keys("u").see("> + calm/0", "+ 2 ready")
    # a whole pool asks for its name
    top.keys("Escape").see("+ other")
    top.keys("x", "s").see("Type calm to stop all its 2 workers: _")
    top.keys("c", "a", "l", "Enter").see("workers: cal_")
    assert shop.worker("calm/0")["state"] == "ready"
    top.keys("m", "Enter").see("stop of calm is under way", "- calm", "0/2 --")
    shop.wait_worker("calm/1", state="stopped")
    top.keys("x", "u").see("+ calm", "2/2 ++")
    top.keys("q")
    assert top.wait_left() == 0
    shop.stop()


def test_helpers(terminal, instance):
    shop = instance(REAL).start()
    top = terminal().top("--helpers")
    top.see("reeve-sampler", "reeve-logger", "+ calm")
    top.keys("q")
    top.wait_left()
    shop.stop()


def test_reload_and_end(terminal, instance):
    shop = instance(REAL).start()
    top = terminal().top()
    top.see("2/2 ++", "+ other")
    shop.write(REAL + "  more: {command: sleep 1000, workers: 3}\n")
    assert shop.run("reload").code == 0
    top.see("+ more", "3/3 +++", "6/6 ready")
    shop.stop()
    top.see(f"{shop.name} has stopped; showing the last state of ",
            "6 stopped", "NOT LIVE")
    shop.start()
    top.see(f"pid {shop.pid}", "6/6 ready")
    top.miss("has stopped")
    top.keys("q")
    assert top.wait_left() == 0
    shop.stop()
