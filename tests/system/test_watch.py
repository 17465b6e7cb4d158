"""`watch`: runs that use too much or last too long are ended, with evidence of
what they did."""

import contextlib
import json
import os
import signal
import subprocess
import sys

import pytest

from conftest import wait_for

# Each of these is well at first and then is not.
PROGRAMS = {
    "memory": ("20M", "memory", """
        kept = []
        while len(kept) < 60:
            kept.append(b"x" * (1 << 20))
            time.sleep(0.005)
        """),
    # As children, to see that the whole tree counts; three with a low bound, as
    # what else runs on the machine may leave little of it.
    "cpu": ("20%", "cpu", """
        for _ in range(3):
            if os.fork() == 0:
                while os.getppid() != 1:
                    pass
        """),
    "zombies": ("1", "zombies", """
        for _ in range(3):
            if os.fork() == 0:
                os._exit(0)
        """),
    "open_files": ("50", "open files", """
        kept = [open(os.devnull) for _ in range(100)]
        """),
    "threads": ("5", "threads", """
        for _ in range(10):
            threading.Thread(target=time.sleep, args=(1000,),
                             daemon=True).start()
        """),
}
CAUSES = {"open_files": "open-files"}

# SIGUSR1: two zombies; SIGUSR2: all are reaped.
PARENT = """
import os, signal, time
def leave(*_):
    for _ in range(2):
        if os.fork() == 0:
            os._exit(0)
def reap(*_):
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
signal.signal(signal.SIGUSR1, leave)
signal.signal(signal.SIGUSR2, reap)
print("up", flush=True)
while True:
    time.sleep(1000)
"""

HEADLESS = """
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(1000,)).start()
ctypes.CDLL(None).pthread_exit(None)
"""


def program(body):
    lines = [line[8:] for line in body.splitlines()]
    return [sys.executable, "-c", "\n".join(
        ["import os, threading, time", *lines, "time.sleep(1000)"])]


def config(command, watch, **more):
    return {"sample_interval": "100ms", "pools": {
        "web": {"command": command, "watch": watch,
                "stop": {"timeout": "2s"}} | more}}


def ended(made, run):
    """The row of a run, when it has ended."""
    row, = made.wait_history(
        "SELECT * FROM runs WHERE run = ? AND ended_at IS NOT NULL", run)
    return row


def why(made, run, *keys):
    """What `why` tells of a run, when that has come into the history: the
    evidence is the sweeper's to store, the last output the logger's."""
    def told():
        result = made.run("why", "--json", run)
        assert result.code == 0, result
        found = result.json()
        return found if all(found[key] for key in keys) else None
    return made.wait_for(told, f"run {run} has {keys}")


@pytest.mark.parametrize("gauge", PROGRAMS)
def test_a_run_that_is_over_its_bound(instance, gauge):
    over, word, body = PROGRAMS[gauge]
    made = instance(config(program(body), {
        gauge: {"over": over, "for": "300ms"}})).start()
    first = made.worker("web/0")
    now = made.wait_new_run(first)
    row = ended(made, first["run"])
    assert row["cause"] == CAUSES.get(gauge, gauge)
    assert row["why"].startswith(f"{word} ")
    assert f" over {over} for " in row["why"]
    assert row["exit_signal"] == signal.SIGTERM
    # The next run started by the policy: it was a crash.
    later, = made.wait_history("SELECT * FROM runs WHERE run = ?", now["run"])
    assert later["started_by"] == "crash"
    told = why(made, first["run"], "evidence")
    assert told["why"] == row["why"] and told["crash"]
    assert told["evidence"][0]["cause"] == row["cause"]
    assert told["evidence"][0]["text"].startswith(f"process {first['pid']} ")
    found, = made.history("SELECT * FROM evidence WHERE run = ?", first["run"])
    assert found["worker"] == "web/0" and found["cause"] == row["cause"]
    assert found["text"] == told["evidence"][0]["text"]
    shown = made.run("why", "web/0").out
    assert "because     " + word in shown
    assert f"  | process {first['pid']} " in shown
    assert f", {row['why']}" in made.run("history").out
    made.stop_at_once()


def test_a_run_whose_main_thread_has_ended(instance):
    made = instance(config([sys.executable, "-c", HEADLESS], {
        "zombies": {"over": 0, "for": "300ms"}})).start()
    first = made.worker("web/0")
    made.wait_new_run(first)
    assert ended(made, first["run"])["why"].startswith("zombies 1 over 0")
    text = why(made, first["run"], "evidence")["evidence"][0]["text"]
    assert ": Z (ended, not reaped), 2 threads" in text
    made.stop_at_once()


def test_a_bound_that_is_only_told(instance):
    made = instance(config([sys.executable, "-c", PARENT], {
        "zombies": {"over": 0, "for": "200ms", "action": "none"}})).start()
    made.wait_for(lambda: "up" in made.logs("web/0"), "it is up")
    first = made.worker("web/0")
    query = "SELECT * FROM events WHERE event = 'watch'"
    for count in (1, 2):
        os.kill(first["pid"], signal.SIGUSR1)
        rows = made.wait_history(query, count=count)
        assert rows[-1]["worker"] == "web/0"
        assert rows[-1]["run"] == first["run"]
        detail = json.loads(rows[-1]["detail"])
        assert detail["cause"] == "zombies"
        assert detail["text"].startswith("zombies 2 over 0")
        os.kill(first["pid"], signal.SIGUSR2)
        made.wait_worker("web/0", zombies=0)
    # Told once each time, and nothing was done.
    assert len(made.history(query)) == 2
    assert made.worker("web/0")["run"] == first["run"]
    assert "zombies 2 over 0" in made.run("history").out
    made.stop()


def test_samplers_that_are_killed_do_not_save_it(instance):
    """No sampler lives for as long as the bound has to be exceeded."""
    made = instance(config(program(PROGRAMS["zombies"][2]), {
        "zombies": {"over": 0, "for": "3s"}})).start()
    first = made.wait_worker("web/0", zombies=3)

    def kill():
        worker = made.worker("web/0")
        if worker["run"] != first["run"]:
            return True
        sampler = made.worker("reeve-sampler/0")
        if worker["sample_at"] and sampler["pid"] and \
                worker["sample_at"] > sampler["started_at"]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(sampler["pid"], signal.SIGKILL)
        return False
    made.wait_for(kill, "the run is ended")
    assert ended(made, first["run"])["cause"] == "zombies"
    made.stop_at_once()


def test_lifetimes_are_spread(instance):
    made = instance(config("sleep 1000", {
        "lifetime": {"over": "1500ms", "spread": "100%"}}, workers=4)).start()
    rows = made.wait_history(
        "SELECT * FROM runs WHERE cause = 'lifetime' AND run IN"
        " (SELECT min(run) FROM runs GROUP BY worker)", count=4)
    # What the history says are times of day, which may be adjusted meanwhile.
    lived = [row["ended_at"] - row["started_at"] for row in rows]
    assert min(lived) >= 1.4
    ends = [row["ended_at"] for row in rows]
    assert max(ends) - min(ends) > 0.005
    for row in rows:
        assert row["why"].startswith("has lived for ")
    # It is no crash.
    assert made.history("SELECT * FROM crashes") == []
    made.wait_history("SELECT * FROM runs WHERE cause = 'lifetime'", count=8)
    made.stop_at_once()


def test_the_example(example):
    made = example("watch.yaml", {"60M, for: 1s": "30M, for: 200ms"}).start()
    for cause in ("memory", "zombies", "lifetime"):
        made.wait_history("SELECT * FROM runs WHERE cause = ?", cause)
    made.wait_history("SELECT * FROM events WHERE event = 'watch'")
    made.stop_at_once()


def start_stubborn(instance):
    """An instance with a worker that ignores the stop signal."""
    made = instance({"pools": {"web": {
        "command": ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 1;"
                    " done"],
        "stop": {"timeout": "200ms"}}}}).start()
    made.wait_for(lambda: "up" in made.logs("web/0"), "it is up")
    return made


def test_evidence_of_a_worker_that_ignores_the_stop_signal(instance):
    made = start_stubborn(instance)
    first = made.worker("web/0")
    assert made.run("restart", "web/0").code == 0
    row = ended(made, first["run"])
    assert row["cause"] == "restarted" and row["exit_signal"] == signal.SIGKILL
    told = why(made, first["run"], "evidence", "tail")
    assert len(told["evidence"]) == 1
    assert "\nchild " in told["evidence"][0]["text"]
    assert told["tail"] == "up\n"
    made.stop_at_once()


def test_evidence_of_a_frozen_server(instance):
    made = instance({"pools": {"web": {
        "command": [sys.executable, "-m", "http.server", "--bind", "127.0.0.1",
                    "0"],
        "stop": {"timeout": "200ms"}}}}).start()
    first = made.kill("web/0", signal.SIGSTOP)
    assert made.run("restart", "web/0").code == 0
    ended(made, first["run"])
    text = why(made, first["run"], "evidence")["evidence"][0]["text"]
    assert ": T (stopped), 1 thread" in text.splitlines()[0]
    assert "\nopen files\n" in text
    made.stop_at_once()


def test_a_dead_sweeper_delays_no_stop_for_ever(instance):
    """Its worker is killed all the same, without evidence."""
    made = start_stubborn(instance)
    first = made.worker("web/0")
    sweeper = made.kill("reeve-sweeper/0", signal.SIGSTOP)
    restart = subprocess.Popen(made.command[:1] + ["restart", "web/0"],
                               env=made.environment)
    wait_for(lambda: not os.path.exists(f"/proc/{first['pid']}"),
             "the run is killed")
    os.kill(sweeper["pid"], signal.SIGCONT)
    assert restart.wait() == 0
    made.stop_at_once()
