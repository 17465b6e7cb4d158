"""Where the core of a crashed run lies, and what gdb reads from it."""

import os
import pathlib
import shutil
import signal
import subprocess

import pytest

from conftest import wait_for

PATTERN = pathlib.Path("/proc/sys/kernel/core_pattern").read_text().strip()

pytestmark = pytest.mark.skipif(
    PATTERN[:1] in "|@" or PATTERN == "",
    reason=f"cores are handed over here: {PATTERN}")
needs_gdb = pytest.mark.skipif(not shutil.which("gdb"), reason="needs gdb")
root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

# Crashes three calls deep when it is told to.
PROGRAM = r"""
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((noinline)) static void inner(volatile int *where)
{
	*where = 1;
}

__attribute__((noinline)) static void middle(int depth)
{
	if (depth > 0)
		middle(depth - 1);
	else
		inner(NULL);
	puts("never");
}

int main(int argc, char **argv)
{
	if (argc > 2)
		pause();
	middle(atoi(argv[1]));
	return 0;
}
"""


@pytest.fixture
def program(scratch):
    folder = scratch.path / "a folder"
    folder.mkdir()
    folder.chmod(0o777)
    (folder / "crash.c").write_text(PROGRAM)
    subprocess.run(["cc", "-g", "-O0", "-o", "crash", "crash.c"], check=True,
                   cwd=folder)
    return folder / "crash"


def crashing(program, *words, **keys):
    """A pool whose worker runs the program once."""
    return {"pools": {"it": {
        "command": [str(program), *words], "directory": str(program.parent),
        "limits": {"core": "100M"},
        "restart": {"policy": "never"}} | keys}}


def found(reeve, event, count=1):
    """What the sweeper has found of the runs."""
    rows = reeve.wait_history(
        "SELECT run, json_extract(detail, '$.text') AS text FROM events"
        " WHERE event = ? ORDER BY at", event, count=count)
    return rows


@needs_gdb
def test_the_core_is_found_and_read(instance, program):
    made = instance(crashing(program, "3"))
    made.launch()
    core, = found(made, "core")
    assert pathlib.Path(core["text"]).parent == program.parent
    assert pathlib.Path(core["text"]).stat().st_size > 10000
    run, = made.history("SELECT run, core FROM runs")
    assert (run["run"], run["core"]) == (core["run"], 1)
    trace, = found(made, "backtrace")
    assert trace["run"] == core["run"]
    lines = trace["text"].splitlines()
    names = [line.split(" at ")[0] for line in lines]
    assert names == ["#0 inner", "#1 middle", "#2 middle", "#3 middle",
                     "#4 middle", "#5 main"]
    assert lines[0].endswith("crash.c:9"), lines
    assert "crashed in #0 inner" in made.run("history").out
    made.stop()


@needs_gdb
@root
def test_as_another_user(instance, program, scratch):
    scratch.path.chmod(0o755)
    made = instance(crashing(program, "0", user="nobody"))
    made.launch()
    found(made, "core")
    trace, = found(made, "backtrace")
    assert trace["text"].splitlines()[0].startswith("#0 inner at ")
    made.stop()


@needs_gdb
def test_deep_recursion_is_cut(instance, program):
    made = instance(crashing(program, "1000"))
    made.launch()
    trace, = found(made, "backtrace")
    lines = trace["text"].splitlines()
    assert len(lines) == 64
    assert lines[63].startswith("#63 middle at ")
    made.stop()


def test_a_core_of_another_is_not_taken(instance, program, scratch):
    """A file that only has the right name says nothing of this run."""
    program.parent.chmod(0o755)
    older = subprocess.run(f"ulimit -c unlimited; '{program}' 0", shell=True,
                           cwd=program.parent, check=False)
    assert older.returncode in (-signal.SIGSEGV, 128 + signal.SIGSEGV)
    before = set(program.parent.iterdir())
    # This one leaves its core elsewhere, where nobody can know.
    elsewhere = scratch.path / "elsewhere"
    elsewhere.mkdir()
    script = f"cd '{elsewhere}' && exec '{program}' 0"
    made = instance(crashing(program) | {"pools": {"it": {
        "command": ["sh", "-c", script], "directory": str(program.parent),
        "limits": {"core": "100M"}, "restart": {"policy": "never"}}}})
    made.launch()
    core, = found(made, "core")
    made.stop()
    if PATTERN[0] != "/":
        assert core["text"].startswith(f"not found in {program.parent}: ")
    assert set(program.parent.iterdir()) == before


@root
@pytest.mark.skipif(PATTERN[0] == "/", reason="cores have a folder here")
def test_of_a_daemon_that_went_to_the_root(instance, program):
    made = instance(crashing(program) | {"pools": {"it": {
        "command": ["sh", "-c", f"cd / && exec '{program}' 0"],
        "directory": str(program.parent),
        "limits": {"core": "100M"}, "restart": {"policy": "never"}}}})
    made.launch()
    core, = found(made, "core")
    made.stop()
    path = pathlib.Path(core["text"])
    assert path.parent == pathlib.Path("/")
    path.unlink()


def test_without_a_core_there_is_none(instance, program):
    made = instance(crashing(program, "0", limits={"core": "0"}))
    made.launch()
    made.wait_history("SELECT 1 FROM runs WHERE core = 0")
    made.stop()
    assert made.history("SELECT * FROM events WHERE event = 'core'") == []


@needs_gdb
def test_a_storm_makes_one_backtrace(instance, program):
    # One crashes first: the cores of a storm are written over each other.
    script = "mkdir first 2>/dev/null || until [ -e go ]; do sleep 0.05; " \
        f"done; exec '{program}' 0"
    config = crashing(program, workers=4, restart={
        "delay_min": "1ms", "delay_max": "1ms", "limit": "none"})
    config["pools"]["it"]["command"] = ["sh", "-c", script]
    made = instance(config)
    made.launch()
    found(made, "backtrace")
    (program.parent / "go").touch()
    made.wait_history("SELECT 1 FROM runs WHERE core = 1", count=50)
    made.stop()
    assert len(made.history(
        "SELECT 1 FROM events WHERE event = 'backtrace'")) == 1


def many_kinds(instance, program):
    """Of each pool one gdb is run, so that one of them is caught."""
    config = crashing(program, "0")
    pools = {f"it{i}": config["pools"]["it"] for i in range(30)}
    made = instance({"pools": pools | {"up": {"command": "sleep 1000"}}})
    made.launch()
    made.wait_worker("up/0", state="ready")
    return made


def stopped_gdb(reeve):
    """Stops a gdb of this instance in its work; returns its pid."""
    sweeper = reeve.worker("reeve-sweeper/0")["pid"]

    def catch():
        path = f"/proc/{sweeper}/task/{sweeper}/children"
        for pid in pathlib.Path(path).read_text().split():
            try:
                if "gdb" in pathlib.Path(f"/proc/{pid}/comm").read_text():
                    os.kill(int(pid), signal.SIGSTOP)
                    return int(pid)
            except (FileNotFoundError, ProcessLookupError):
                pass
        return None
    return reeve.wait_for(catch, "a gdb is caught")


@needs_gdb
@pytest.mark.skipif(os.environ.get("REEVE_TEST_FULL") != "1",
                    reason="gdb has a minute of time")
def test_a_gdb_that_takes_too_long_is_ended(instance, program):
    made = many_kinds(instance, program)
    gdb = stopped_gdb(made)
    wait_for(lambda: is_gone(gdb), "gdb is ended", deadline_s=90)
    made.stop()


def is_gone(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2]
    except FileNotFoundError:
        return True
    return state == "Z"


@needs_gdb
@pytest.mark.parametrize("ending", ["sweeper", "instance"])
def test_a_stuck_gdb_holds_up_nothing(instance, program, ending):
    made = many_kinds(instance, program)
    gdb = stopped_gdb(made)
    # The sweeper goes on: what a run leaves behind is killed.
    former = made.kill("up/0")
    made.wait_new_run(former)
    found(made, "core")
    if ending == "sweeper":
        former = made.kill("reeve-sweeper/0")
        made.wait_for(lambda: is_gone(gdb), "gdb ends with the sweeper")
        made.wait_new_run(former)
    made.stop()
    assert is_gone(gdb)
