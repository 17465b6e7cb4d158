"""Every screen and every act of the dashboard, at three sizes, over real
instances."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess

import pytest

from conftest import REEVE, wait_for

pytestmark = pytest.mark.skipif(not shutil.which("tmux"),
                                reason="tmux is not installed")

SIZES = [(80, 24), (120, 40), (60, 20)]

TALK = (r'i=0; while :; do i=$((i+1)); echo "line $i of 世界"; '
        r'printf "\033[31mred\033[0m\033[2J \033]2;bad\007 end\n" >&2; '
        r'sleep 0.2; done')
SHOP = f"""
pools:
  calm: {{command: sleep 1000, workers: 2}}
  talk:
    command: [sh, -c, {json.dumps(TALK)}]
    workers: 2
    log: {{format: tagged}}
"""


@pytest.mark.parametrize("size", SIZES)
def test_every_screen(terminal, instance, size):
    shop = instance(SHOP).start()
    top = terminal(size).top()
    top.see("+ calm", "+ talk", "2/2", "EVENTS", "is ready", "? Help")
    # the workers of a pool, and one of them
    top.keys("N", "g", "j", "Enter").see("> talk", "WORKER", "> + talk/0")
    top.keys("Enter").see("talk/0", "state ", "CPUs", "CHARTS", "memory last")
    top.keys("Tab").see("LOG, last lines", "line ", " of 世界", "E red")
    top.keys("Tab").see("PROCESSES, ", "COMMAND", "sleep 0.2")
    top.keys("]").see("> talk/1", "PROCESSES, ")
    top.keys("[").see("> talk/0")
    # its log: what would harm the terminal has gone
    top.keys("l").see("FOLLOW on", "stream O+E",
                      "E red  end", "line 20 of 世界")
    top.keys("o").see("stream O\n")
    top.miss("E red")
    top.keys("o").see("stream E")
    top.miss("O line")
    top.keys("o", "t").see("time off")
    top.keys("t", "w").see("wrap on")
    top.keys("w", "k").see("FOLLOW off", " since, F or G")
    top.keys("m", "/", "m", "a", "r", "k", "Enter")
    top.see('find "mark"', "------------ mark of ")
    top.keys("/", "l", "i", "n", "e", "Space", "7").see("find: line 7_", "1")
    top.keys("Enter").see('find "line 7"', "line 7 of")
    top.keys("n", "N", "F").see("FOLLOW on")
    top.keys("&", "r", "e", "d").see("lines with: red_", " lines")
    top.keys("Enter").see('lines with "red"')
    top.miss("O line")
    top.keys("&", "Escape")
    top.see("O line")
    top.keys("s").see("saved talk.0-")
    top.keys("y").see("copied ")
    top.keys("Right").see("from column 17")
    top.keys("Left", "Escape").see("state ")
    # events of the worker, then of all
    top.keys("e").see(" events of talk/0", "WHEN", "started, pid")
    top.keys("5").see(" > events", "the instance has started")
    # everybody's log, with names
    top.keys("3").see(" > log", "talk/1 | ")
    top.keys("2").see("all workers", "talk/1", "calm/0")
    top.keys("C").see("Space shows a column", "[x] STATE")
    top.keys("j", "Space").see("[ ] STATE")
    top.keys("Escape")
    top.miss("STATE")
    top.keys("C", "j", "Space", "Escape").see("STATE")
    top.keys("1", "?").see("MOVE", "one row down")
    top.keys("Escape").see("+ calm")
    # the plan of a reload
    shop.write(SHOP.replace("sleep 1000", "sleep 1001"))
    top.keys("x").see("r restart", "l reload")
    top.keys("l").see("What a reload changes", "calm", "changed", "command",
                      "unchanged")
    top.keys("Escape").see("+ calm")
    assert shop.status()["pools"][0]["name"]
    for line in top.lines():
        assert len(line) <= size[0]
    top.keys("q")
    assert top.wait_left() == 0
    assert top.read("errors") == ""
    shop.stop()


def asked_for(shop):
    """The commands in the history, each with the uid of who asked."""
    with sqlite3.connect(f"file:{shop.scratch.history}?mode=ro",
                         uri=True) as history:
        rows = history.execute(
            "SELECT detail FROM events WHERE event = 'command' ORDER BY at")
        return [json.loads(row[0]) for row in rows]


def look_again(top):
    """The dashboard knows all that is by now."""
    top.keys("z").see("PAUSED")
    top.keys("z")
    top.miss("PAUSED")


@pytest.mark.parametrize("size", SIZES)
def test_every_act(terminal, instance, size):
    shop = instance(SHOP).start()
    top = terminal(size).top()
    top.see("+ calm", "+ talk")
    # one worker: two keys
    former = shop.worker("calm/0")
    top.keys("N", "g", "Enter").see("> + calm/0")
    top.keys("x", "r").see("restart of calm/0 is under way")
    former = shop.wait_new_run(former)
    top.keys("x", "s").see("stop of calm/0 is under way")
    shop.wait_worker("calm/0", state="stopped")
    top.see("- calm/0")
    top.keys("x", "u").see("start of calm/0 is under way")
    shop.wait_worker("calm/0", state="ready")
    # a signal: HUP by Down, then one that is typed; KILL asks twice
    former = shop.worker("calm/0")
    look_again(top)
    top.keys("x", "k").see("signal for calm/0", ": TERM_")
    top.keys("Down").see(": HUP_")
    top.keys("Enter").see("signal HUP of calm/0 is under way")
    former = shop.wait_new_run(former)
    look_again(top)
    top.keys("x", "k", "K", "I", "L", "L", "Enter").see("Enter again kills")
    top.keys("Enter").see("signal KILL of calm/0 is under way")
    shop.wait_new_run(former)
    # tagged workers: their number
    top.keys("Space").see("*")
    top.keys("Space", "x").see("2 tagged workers:")
    top.keys("s").see("Type 2 to stop the 2 tagged workers: _")
    top.keys("3", "Enter").see(": 3_")
    top.keys("BSpace", "2", "Enter").see("stop of calm/")
    shop.wait_worker("calm/0", state="stopped")
    shop.wait_worker("calm/1", state="stopped")
    top.keys("U", "Escape").see("calm", "0/2")
    # a pool: its name
    top.keys("x", "u").see("start of calm is under way", "2/2")
    former = shop.worker("calm/1")
    top.keys("x", "o").see("Type calm to rolling restart all its 2 workers")
    top.keys("c", "a", "l", "m", "Enter").see("rolling restart of calm is")
    shop.wait_new_run(former)
    top.keys("x", "w").see("calm: want 2. New number: _")
    top.keys("3", "Enter").see("scale 3 of calm is under way", "3/3")
    # what changed in the config
    shop.write(SHOP.replace("workers: 2\n    log", "workers: 1\n    log"))
    top.keys("x", "l").see("What a reload changes", "talk")
    top.keys("x").see("Type reload to reload")
    top.keys("r", "e", "l", "o", "a", "d", "Enter").see("reload is under way")
    top.keys("1").see("1/1")
    # the history says what was asked for, and who did
    words = [(one["command"], one.get("text", "").split("\n")[0], one["uid"])
             for one in wait_for(
                 lambda: len(asked_for(shop)) >= 10 and asked_for(shop),
                 "all commands are in the history")]
    commands = [word[0] for word in words]
    for command in ["restart", "stop", "start", "signal", "scale", "reload"]:
        assert command in commands, words
    assert {word[2] for word in words} == {os.getuid()}
    # mistakes in the config change nothing
    shop.write("pools: {calm: {comand: x}}")
    top.keys("x", "l").see("the config has mistakes")
    top.keys("q")
    assert top.wait_left() == 0
    shop.stop()


def test_read_only(terminal, instance):
    shop = instance(SHOP).start()
    top = terminal().top("--read-only")
    top.see("+ calm")
    top.keys("x").see("cannot act: the dashboard was started with --read-only")
    top.keys("q")
    top.wait_left()
    shop.stop()


def test_opened_late(terminal, instance):
    """When everything has ended it still shows the last state, and waits."""
    shop = instance(SHOP).start()
    shop.stop()
    top = terminal().top()
    top.see(f"{shop.name} has stopped; showing the last state", "NOT LIVE",
            "- calm", "the instance has stopped")
    shop.start()
    top.see("LIVE 1s", "+ calm", "4/4 ready")
    top.keys("q")
    assert top.wait_left() == 0
    shop.stop()


def test_target_is_fixed(terminal, instance):
    """A run that ends while the menu is open is not acted on."""
    shop = instance(SHOP).start()
    former = shop.worker("calm/0")
    top = terminal().top()
    top.keys("N", "g", "Enter").see(f" {former['pid']} ")
    top.keys("x").see(f"calm/0 pid {former['pid']}:")
    shop.kill("calm/0")
    top.see("nothing was done: that run of calm/0 has ended meanwhile")
    top.keys("q")
    top.wait_left()
    shop.stop()


def test_unseen_crashes(terminal, instance):
    shop = instance(SHOP).start()
    top = terminal().top()
    top.see("+ calm", "EVENTS")
    shop.wait_new_run(shop.kill("calm/1", signal.SIGSEGV))
    top.see("!1 unseen crash: press !", "ended after", "crashed by SIGSEGV")
    # it is still there for the next dashboard
    top.keys("q")
    top.wait_left()
    top.type("clear; rm left")
    top.top().see("!1 unseen")
    shop.wait_new_run(shop.kill("calm/0", signal.SIGABRT))
    top.see("!2 unseen")
    top.keys("!").see("calm/0", "SIGABRT", "!1 unseen")
    top.keys("Escape").see("+ calm")
    # visiting the worker does it too
    top.keys("2", "N", "g", "j", "Enter").see("calm/1", "state ")
    top.miss("unseen")
    top.keys("!").see("there is no crash that you have not seen")
    shop.wait_new_run(shop.kill("calm/1", signal.SIGSEGV))
    top.keys("1").see("unseen")
    top.keys("a")
    top.miss("unseen")
    top.keys("q")
    assert top.wait_left() == 0
    shop.stop()


def test_rows(terminal, stand_in):
    """Find, filter, problems, tags, pause, pace; what is kept."""
    stand_in(4, 400)
    top = terminal((100, 30)).top()
    top.see("> ! pool")
    top.keys("2").see("pool0/24")
    top.keys("f").see("filter: _")
    top.type("pool:pool1 -st:ready cpu>0")
    top.see("f Filter", "pool1/")
    top.miss("pool0/")
    top.keys("f", "C-u", "z", "z", "z").see("0 of 400 shown",
                                            "none of 400 fits")
    top.keys("Escape").see("pool0/")
    top.keys("o").see("! pool0/24")
    top.miss("+ pool")
    top.keys("o", "N").see("+ pool0/0")
    top.keys("/", "3", "/", "7").see("find: 3/7_", "11 matches")
    top.keys("Enter").see("> + pool3/7 ")
    top.keys("n").see("> ")
    top.keys("g").see("> + pool0/0 ")
    top.keys("Space", "Space").see("*+ pool0/0", "*+ pool0/1")
    top.keys("U")
    top.miss("*+")
    top.keys("z").see("PAUSED")
    top.keys("z").see("LIVE 1s")
    top.keys("-").see("LIVE 2s")
    top.keys("+", "+").see("LIVE 500ms")
    top.keys("P", "q")
    assert top.wait_left() == 0
    kept = (top.folder / "config/reeve/top.yaml").read_text()
    assert "refresh: 500ms\n" in kept and "workers.sort: CPU%\n" in kept
    top.type("clear; rm left")
    top.top().see("LIVE 500ms")
    top.keys("2").see("CPU%v")


def test_mouse(terminal, stand_in):
    stand_in(4, 400)
    top = terminal().top()
    top.see("> ! pool0", "q Quit")
    wait_for(lambda: top.tmux("display-message", "-p",
                              "#{mouse_any_flag}").strip() == "1",
             "the dashboard asks for the mouse")
    top.keys("q")
    top.wait_left()
    top.type("clear; rm left")
    top.top("--no-mouse").see("> ! pool0", "q Quit")
    assert top.tmux("display-message", "-p",
                    "#{mouse_any_flag}").strip() == "0"


@pytest.mark.parametrize("theme,colour", [("light", "\x1b[35m"),
                                          ("dark", "\x1b[33m")])
def test_themes(terminal, stand_in, theme, colour):
    """Doubtful states are magenta on light, yellow on dark."""
    stand_in(4, 400)
    top = terminal(environment={"TERM": "xterm-256color"})
    top.top("--theme", theme).see("q Quit")
    top.keys("2", "f", "s", "t", ":", "~", "Enter").see("unhealthy")
    wait_for(lambda: colour in top.tmux("capture-pane", "-pe"),
             f"{colour!r} is on the screen")
    top.keys("q")
    assert top.wait_left() == 0
    top.assert_restored()


def test_wrong_options(reeve):
    for words in (["--color", "pink"], ["--theme", "pink"],
                  ["--once", "--size", "big"]):
        assert reeve("top", *words).code in (2, 5)
    assert reeve("top", "--theme", "pink").code == 2


@pytest.mark.parametrize("size", SIZES + [(200, 50)])
@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_once(stand_in, scratch, size, locale):
    """One frame as text, of that size, in letters that the locale has; what
    is in it, test_golden.py looks at."""
    stand_in(4, 400)
    done = subprocess.run(
        [REEVE, "top", "--once", "--size", f"{size[0]}x{size[1]}"],
        env=scratch.environment | {"LC_ALL": locale}, capture_output=True,
        encoding="utf-8", check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == size[1]
    assert all(len(line) <= size[0] for line in lines)
    assert lines[0].startswith(" reeve  generated ")
    assert done.stdout.isascii() == (locale == "C")


def test_watch(terminal, instance, reeve):
    """`status --watch` for a terminal that is fit for no dashboard."""
    shop = instance(SHOP).start()
    top = terminal(environment={"TERM": "dumb"})
    top.type(f"{REEVE} status --watch")
    top.see("Ctrl-C ends it", "calm: 2 of 2 ready")
    former = shop.kill("calm/1", signal.SIGSEGV)
    shop.wait_new_run(former)
    top.see("crashed by")
    shop.stop()
    top.see("does not run; this is its last state")
    top.keys("C-c")
    top.type("echo it has $((40 + 2)) ended")
    top.see("it has 42 ended")
