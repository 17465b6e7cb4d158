"""Limits, identity and scheduling of workers, as the kernel shows them."""

import json
import os
import pathlib
import re
import signal
import subprocess

import pytest

from conftest import wait_for

root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
HOG = ("import sys, time; sys.stdout.flush()\n"
       "held = bytearray(200 << 20)\ntime.sleep(1000)")


def pool(command, **keys):
    return {"pools": {"it": {"command": command, "restart": {
        "policy": "never"}} | keys}}


def group_file(instance, name):
    """The file of the worker's cgroup, in whichever hierarchy it is."""
    for folder in instance.scratch.cgroups():
        path = pathlib.Path(folder) / "it.0" / name
        if path.exists():
            return path
    return None


def limited(instance, config):
    """Starts an instance; skips where no controller can limit it."""
    made = instance(config)
    check = made.run("check", made.file)
    if "cannot be limited here" in check.err:
        pytest.skip(check.err)
    assert check.code == 0, check
    return made.start()


def status_of(worker, key):
    text = pathlib.Path(f"/proc/{worker['pid']}/status").read_text()
    return next(line.split(":", 1)[1].strip() for line in text.splitlines()
                if line.startswith(key + ":"))


@root
def test_oom_is_told_as_such(instance):
    made = limited(instance, pool(["python3", "-c", HOG],
                                  limits={"memory": "32M"}))
    made.wait_history("SELECT 1 FROM runs WHERE cause = 'oom'")
    assert made.worker("it/0")["last_exit"]["cause"] == "oom"
    why = made.run("why", "it/0")
    assert "out of memory" in why.out
    assert "memory limit 32" in why.out and "peak" in why.out
    row, = made.history("SELECT detail FROM events WHERE event = 'ended'")
    ended = json.loads(row["detail"])
    assert ended["memory_limit_bytes"] == 32 << 20
    assert 30 << 20 < ended["memory_peak_bytes"] <= 33 << 20
    assert ended["oom_kills"] == 1
    assert "out of memory" not in ended["text"]
    assert "OOM killer took 1 process" in ended["text"]
    made.stop()


@root
def test_oom_of_a_child_is_an_event(instance):
    script = ("import subprocess, sys, time\n"
              f"subprocess.run([sys.executable, '-c', {HOG!r}])\n"
              "time.sleep(1000)")
    made = limited(instance, pool(["python3", "-c", script],
                                  limits={"memory": "48M"}))
    made.wait_history("SELECT 1 FROM events WHERE event = 'oom-kill'")
    assert made.worker("it/0")["state"] == "ready"
    assert "OOM killer took 1 process" in made.run("history").out
    made.stop_at_once()


@root
def test_a_fork_bomb_is_held(instance):
    script = ("import os, signal, time\n"
              "signal.signal(signal.SIGTERM, signal.SIG_DFL)\n"
              "while True:\n"
              "    try:\n"
              "        os.fork()\n"
              "    except OSError:\n"
              "        print('held', flush=True)\n"
              "        time.sleep(1000)")
    made = limited(instance, pool(["python3", "-c", script],
                                  limits={"processes": 20}))
    made.wait_for(lambda: "held" in made.logs("it/0"), "a fork fails")
    assert int(group_file(made, "pids.current").read_text()) <= 20
    made.stop()


@root
def test_cpu_quota_is_in_the_cgroup(instance):
    made = limited(instance, pool("sleep 1000", limits={"cpu": 1.5}))
    first = group_file(made, "cpu.cfs_quota_us")
    if first:
        assert first.read_text().strip() == "150000"
        pids = first.with_name("cgroup.procs")
    else:
        second = group_file(made, "cpu.max")
        assert second.read_text().split() == ["150000", "100000"]
        pids = second.with_name("cgroup.procs")
    pid = str(made.worker("it/0")["pid"])
    wait_for(lambda: pid in pids.read_text().split(), "it is in there")
    made.stop()


@root
def test_a_reload_adds_limits(instance):
    made = instance(pool("sleep 1000")).start()
    former = made.worker("it/0")
    assert former["limits"] is None
    made.write(pool("sleep 1000", limits={"memory": "64M"}))
    check = made.run("check", made.file)
    if "cannot be limited here" in check.err:
        pytest.skip(check.err)
    reload = made.run("reload")
    assert reload.code == 0, reload
    made.wait_new_run(former)
    path = (group_file(made, "memory.limit_in_bytes")
            or group_file(made, "memory.max"))
    assert path.read_text().strip() == str(64 << 20)
    assert made.worker("it/0")["limits"] == {
        "memory_bytes": 64 << 20, "cpu": None, "processes": None}
    made.stop()


@root
def test_a_start_that_fails_under_a_limit(instance):
    made = instance(pool("/nonexistent/program", limits={"processes": 9},
                         restart={"limit": "2 in 60s"}))
    if "cannot be limited here" in made.run("check", made.file).err:
        pytest.skip("no controller")
    made.launch()
    made.wait_history("SELECT 1 FROM runs WHERE cause = 'not-started'")
    assert "execve /nonexistent/program" in made.run("why", "it/0").out
    assert made.run("start", "it").code == 1
    assert not made.history("SELECT 1 FROM events WHERE event = 'ready'"
                            " AND pool = 'it'")
    made.stop()


def test_rlimits_are_set(instance):
    made = instance(pool("sleep 1000", limits={
        "open_files": "100:200", "core": 0, "stack": "4M",
        "cpu_time": "1h"})).start()
    pid = made.worker("it/0")["pid"]
    text = pathlib.Path(f"/proc/{pid}/limits").read_text()
    found = {line[:26].strip(): line[26:].split()[:2]
             for line in text.splitlines()}
    assert found["Max open files"] == ["100", "200"]
    assert found["Max core file size"] == ["0", "0"]
    assert found["Max stack size"] == ["4194304", "4194304"]
    assert found["Max cpu time"] == ["3600", "3600"]
    made.stop()


@root
def test_identity(instance):
    made = instance(pool("sleep 1000", user="nobody", group="daemon",
                         groups=["adm", "4321"], umask="027",
                         capabilities=["net_bind_service", "CAP_KILL"]))
    made.start()
    worker = made.worker("it/0")
    assert status_of(worker, "Uid").split()[0] == "65534"
    assert status_of(worker, "Gid").split()[0] == "1"
    assert status_of(worker, "Groups").split() == ["4", "4321"]
    assert status_of(worker, "Umask") == "0027"
    assert status_of(worker, "NoNewPrivs") == "1"
    for key in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb"):
        assert int(status_of(worker, key), 16) == 1 << 10 | 1 << 5
    made.stop()


@root
def test_no_capabilities_at_all(instance):
    made = instance(pool("sleep 1000", capabilities=[])).start()
    worker = made.worker("it/0")
    for key in ("CapEff", "CapPrm", "CapBnd"):
        assert int(status_of(worker, key), 16) == 0
    made.stop()


def test_scheduling(instance):
    made = instance(pool("sleep 1000", scheduling={
        "nice": 7, "policy": "batch", "io": "best-effort/6",
        "oom_score_adj": 300})).start()
    folder = pathlib.Path(f"/proc/{made.worker('it/0')['pid']}")
    fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
    assert fields[16] == "7" and fields[38] == "3"
    assert (folder / "oom_score_adj").read_text().strip() == "300"
    shown = subprocess.run(["ionice", "-p", folder.name], check=True,
                           capture_output=True, text=True, timeout=60)
    assert shown.stdout.strip() == "best-effort: prio 6"
    made.stop()


@root
@pytest.mark.parametrize("policy, number, priority", [
    ("fifo/7", os.SCHED_FIFO, 7), ("rr/3", os.SCHED_RR, 3),
    ("idle", os.SCHED_IDLE, 0)])
def test_policies_of_scheduling(instance, policy, number, priority):
    made = instance(pool("sleep 1000", scheduling={"policy": policy})).start()
    pid = made.worker("it/0")["pid"]
    assert os.sched_getscheduler(pid) == number
    assert os.sched_getparam(pid).sched_priority == priority
    made.stop()


@root
@pytest.mark.parametrize("keys, expected", [
    ({}, "0"), ({"no_new_privileges": True}, "1"), ({"user": "nobody"}, "1"),
    ({"user": "nobody", "no_new_privileges": False}, "0")])
def test_privileges_are_gained_where_they_may_be(instance, keys, expected):
    made = instance(pool("sleep 1000", **keys)).start()
    assert status_of(made.worker("it/0"), "NoNewPrivs") == expected
    made.stop()


@pytest.mark.parametrize("keys, words", [
    ({"group": "no-such-group"}, "there is no group"),
    ({"umask": "999"}, "is no umask"),
    ({"capabilities": ["fly"]}, "is no capability"),
    ({"scheduling": {"nice": 20}}, "no number from -20 to 19"),
    ({"scheduling": {"io": "fast"}}, "no class of input and output"),
    ({"scheduling": {"policy": "fifo/100"}}, "no scheduling policy"),
    ({"limits": {"open_files": "9999999999"}}, "above the hard limit"),
    ({"limits": {"open_files": "200:100"}}, "above the hard one"),
    ({"limits": {"memory": "lots"}}, "is no size"),
    ({"limits": {"cpu": 0}}, "no number of CPUs"),
])
def test_mistakes(instance, keys, words):
    made = instance(pool("sleep 1000", **keys))
    check = made.run("check", made.file)
    assert check.code == 1 and words in check.err, check


def test_many_children_are_gone_before_the_next_run(instance):
    script = ("import os, time\n"
              "for _ in range(200):\n"
              "    if os.fork() == 0:\n"
              "        time.sleep(1000)\n"
              "print('forked', flush=True)\ntime.sleep(1000)")
    made = instance({"pools": {"it": {"command": ["python3", "-c", script]}}})
    made.start()
    made.wait_for(lambda: "forked" in made.logs("it/0"), "200 children")
    former = made.kill("it/0", signal.SIGSEGV)
    made.wait_new_run(former)
    rows = made.wait_history("SELECT detail FROM events WHERE event = 'swept'"
                             " AND run = ?", former["run"])
    assert '200' in rows[0]["detail"]
    made.stop_at_once()


def test_who_leaves_the_session_is_gone_too(instance):
    script = ("import os, time\n"
              "if os.fork() == 0:\n"
              "    os.setsid()\n"
              "    if os.fork() == 0:\n"
              "        print('away', flush=True)\n"
              "        time.sleep(1000)\n"
              "    os._exit(0)\n"
              "time.sleep(1000)")
    made = instance(pool(["python3", "-c", script])).start()
    made.wait_for(lambda: "away" in made.logs("it/0"), "it is away")
    assert made.run("stop", "it").code == 0
    assert not [words for words in made.scratch.processes().values()
                if "setsid" in words]
    made.stop()


@root
def test_the_example(example):
    made = example("limits.yaml")
    check = made.run("check", made.file)
    if "cannot be limited here" in check.err:
        pytest.skip(check.err)
    made.start()
    made.wait_history("SELECT 1 FROM runs WHERE cause = 'oom'"
                      " AND pool = 'hungry'")
    made.stop_at_once()


def test_who_ignores_the_signal_is_named(instance):
    deaf = ("import signal, time; signal.signal(signal.SIGTERM, "
            "signal.SIG_IGN); print('deaf', flush=True); time.sleep(1000)")
    script = ("import subprocess, sys\n"
              f"subprocess.run([sys.executable, '-c', {deaf!r}])")
    made = instance(pool(["python3", "-c", script],
                         stop={"timeout": "200ms"})).start()
    made.wait_for(lambda: "deaf" in made.logs("it/0"), "it ignores SIGTERM")
    stop = made.run("stop", "it")
    assert stop.code == 0
    assert re.fullmatch(r"stopped it; killed python3\(\d+\) of it/0\n", stop.out)
    made.wait_history("SELECT 1 FROM events WHERE event = 'swept'")
    assert "killed 1 of run" in made.run("history").out
    assert re.search(r"killed +python3\(\d+\)", made.run("why", "it/0").out)
    made.stop()


@pytest.mark.parametrize("where", [{}, {"REEVE_CGROUP": "off"}])
def test_a_main_process_that_is_killed_is_named(instance, where):
    script = ("import signal, time; signal.signal(signal.SIGTERM, "
              "signal.SIG_IGN); print('deaf', flush=True); time.sleep(1000)")
    made = instance(pool(["python3", "-c", script],
                         stop={"timeout": "200ms"}))
    made.environment.update(where)
    made.start()
    made.wait_for(lambda: "deaf" in made.logs("it/0"), "it ignores SIGTERM")
    pid = made.worker("it/0")["pid"]
    stop = made.run("stop", "it")
    assert stop.out == f"stopped it; killed python3({pid}) of it/0\n", stop
    made.wait_history("SELECT 1 FROM events WHERE event = 'swept'")
    why = json.loads(made.run("why", "it/0", "--json").out)
    assert why["killed"] == f"python3({pid})"
    made.stop()


def test_a_stop_that_kills_nothing_names_nothing(instance):
    made = instance(pool("sleep 1000")).start()
    assert made.run("stop", "it").out == "stopped it\n"
    made.stop()
