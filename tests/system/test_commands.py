"""The commands that act, on a running instance."""

import json
import os
import signal
import subprocess

import pytest

from conftest import REEVE

FOREVER = "sleep 1000000"
TWO = {"pools": {"web": {"command": FOREVER, "workers": 2},
                 "db": {"command": FOREVER}}}


def pids(made):
    return {name: worker["pid"] for name, worker in made.workers().items()}


def test_stop_and_start_a_worker(instance):
    made = instance(TWO).start()
    before = pids(made)
    assert made.run("stop", "web/1").code == 0
    assert made.worker("web/1")["state"] == "stopped"
    assert made.worker("web/0")["pid"] == before["web/0"]
    assert made.run("status").code == 0, "what is stopped is not wanted"
    assert made.run("start", "web/1").code == 0
    assert made.worker("web/1")["state"] == "ready"
    made.stop()


def test_stop_and_start_a_pool_and_all(instance):
    made = instance(TWO).start()
    assert made.run("stop", "web").code == 0
    assert {worker["state"] for worker in made.workers("web").values()} == {
        "stopped"}
    assert made.worker("db/0")["state"] == "ready"
    assert made.run("stop", "all").code == 0
    assert made.worker("db/0")["state"] == "stopped"
    assert made.run("start", "all").code == 0
    assert {worker["state"] for worker in made.workers().values()} == {"ready"}
    made.stop()


def test_restart_gives_new_runs(instance):
    made = instance(TWO).start()
    before = pids(made)
    assert made.run("restart", "web").code == 0
    after = pids(made)
    assert after["db/0"] == before["db/0"]
    assert after["web/0"] != before["web/0"]
    assert after["web/1"] != before["web/1"]
    assert made.worker("web/0")["last_exit"]["cause"] == "restarted"
    made.stop()


def test_signal_reaches_each_worker(instance):
    made = instance({"pools": {"web": {
        "workers": 2,
        "command": ["sh", "-c", "trap 'echo got it' USR1; echo up; "
                    "while :; do sleep 0.05; done"]}}}).start()
    for name in ["web/0", "web/1"]:
        made.wait_for(lambda: "up" in made.logs(name), "the trap is set")
    assert made.run("signal", "USR1", "web").code == 0
    for name in ["web/0", "web/1"]:
        made.wait_for(lambda: "got it" in made.logs(name), f"{name} got it")
    assert made.run("signal", "NOPE", "web").code in (1, 2)
    assert made.run("scale", "web", 1).code == 0
    made.stop()
    told = made.run("history", "--event", "command").out
    assert "user 0 asked for: signal SIGUSR1 web" in told.replace(
        f"user {os.getuid()} ", "user 0 ")
    assert "asked for: scale web 1" in told


def test_scale_up_and_down(instance):
    made = instance(TWO).start()
    before = pids(made)
    assert made.run("scale", "web", 5).code == 0
    assert len(made.workers("web")) == 5
    assert {worker["state"] for worker in made.workers("web").values()} == {
        "ready"}
    assert made.run("scale", "web", 1).code == 0
    made.wait_for(lambda: made.status()["pools"][0]["ready"] == 1, "one left")
    assert pids(made)["web/0"] == before["web/0"]
    rows = made.wait_history("SELECT * FROM runs WHERE cause = 'scaled'",
                             count=4)
    assert {row["worker"] for row in rows} == {f"web/{i}" for i in range(1, 5)}
    assert made.run("scale", "web", "many").code in (1, 2)
    made.stop()


def test_a_pool_without_workers(instance):
    made = instance({"pools": {"web": {"command": FOREVER}}}).start()
    assert made.run("scale", "web", "0").code == 0
    made.wait_for(lambda: not made.workers(), "it is gone")
    result = made.run("status")
    assert result.code == 0
    assert result.out.splitlines()[1:] == ["", "web: 0 of 0 ready"]
    made.stop()


def test_unknown_names_exit_4_and_no_instance_exits_5(instance, reeve):
    assert reeve("status").code == 5
    assert reeve("restart", "web").code == 5
    made = instance(TWO).start()
    for words in [("stop", "nope"), ("start", "web/7"), ("restart", "web/x"),
                  ("signal", "TERM", "nope"), ("scale", "nope", "2"),
                  ("status", "nope"), ("logs", "nope")]:
        result = made.run(*words)
        assert result.code == 4, (words, result)
        assert result.err.startswith("reeve: cannot "), (words, result)
    made.stop()


def test_reload_changes_what_changed_and_leaves_the_rest_alone(instance):
    made = instance({"pools": {
        "same": {"command": FOREVER, "workers": 2},
        "changed": {"command": FOREVER},
        "gone": {"command": FOREVER}}}).start()
    before = pids(made)
    made.write({"pools": {
        "same": {"command": FOREVER, "workers": 2},
        "changed": {"command": "sleep 2000000"},
        "new": {"command": FOREVER}}})
    plan = made.run("reload", "--dry-run")
    assert plan.code == 0
    for word in ["same", "changed", "gone", "new", "command"]:
        assert word in plan.out, plan
    assert pids(made) == before
    assert made.run("reload").code == 0
    made.wait_up()
    after = pids(made)
    assert set(after) == {"same/0", "same/1", "changed/0", "new/0"}
    assert (after["same/0"], after["same/1"]) == (before["same/0"],
                                                  before["same/1"])
    with open(f"/proc/{after['changed/0']}/cmdline", "rb") as command:
        assert command.read() == b"sleep\x002000000\0"
    rows = made.wait_history("SELECT worker FROM runs WHERE cause = 'reload'",
                             count=2)
    assert {row["worker"] for row in rows} == {"changed/0", "gone/0"}
    assert len(made.wait_history("SELECT * FROM configs", count=2)) == 2
    made.stop()


def test_sighup_reloads(instance):
    made = instance({"pools": {"web": {"command": FOREVER}}}).start()
    made.write({"pools": {"web": {"command": FOREVER},
                          "more": {"command": FOREVER}}})
    made.process.send_signal(signal.SIGHUP)
    made.wait_worker("more/0", state="ready")
    made.stop()


def test_a_broken_config_is_refused_and_the_old_one_stays(instance):
    made = instance({"pools": {"web": {"command": FOREVER}}}).start()
    before = pids(made)
    made.file.write_text("pools: {web: {comand: x}}\n")
    result = made.run("reload")
    assert result.code == 1
    assert "comand" in result.err and "reeve.yaml:1:" in result.err, result
    made.process.send_signal(signal.SIGHUP)
    made.wait_for(lambda: "comand" in made.stderr(), "the mistake is told")
    assert pids(made) == before
    made.stop()


def test_events_are_streamed_as_they_happen(instance):
    # The ticks tell when the stream is there.
    made = instance({"pools": {
        "web": {"command": FOREVER},
        "tick": {"command": "sleep 0.05", "restart": {
            "delay_min": "10ms", "delay_max": "10ms", "limit": "none"}}}})
    made.start()
    with subprocess.Popen([str(REEVE), "events", "-f", "--json"],
                          env=made.environment, stdout=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, text=True) as stream:
        assert json.loads(stream.stdout.readline())["at"]
        made.run("restart", "web/0")
        kinds = []
        for line in stream.stdout:
            event = json.loads(line)
            if event.get("worker") == "web/0":
                kinds.append(event["event"])
            if "ready" in kinds:
                break
        stream.terminate()
    wanted = ["stopping", "ended", "spawned", "ready"]
    assert [kind for kind in kinds if kind in wanted] == wanted
    made.stop()


def test_events_shows_the_last_ones(instance):
    made = instance({"pools": {"web": {"command": FOREVER, "workers": 20}}})
    made.start()
    made.wait_history("SELECT * FROM events WHERE event = 'ready'", count=20)
    shown = made.run("events").out.splitlines()
    assert len(shown) == 20 and all("web/" in line for line in shown)
    last = [json.loads(line)
            for line in made.run("events", "--json").out.splitlines()]
    assert [event["at"] for event in last] == sorted(
        event["at"] for event in last)
    made.stop()


def test_history_filters_and_formats(instance):
    made = instance(TWO).start()
    former = made.kill("web/0")
    made.wait_new_run(former)
    made.wait_history("SELECT * FROM crashes")
    table = made.run("history", "web/0")
    assert table.code == 0 and "web/0" in table.out
    assert "web/1" not in table.out and "db/0" not in table.out
    lines = made.run("history", "--json", "web").out.splitlines()
    assert {json.loads(line)["pool"] for line in lines} == {"web"}
    assert "," in made.run("history", "--csv").out
    assert made.run("history", "--since", "1h", "--limit", "1").code == 0
    made.stop()
    offline = made.run("history", "--db", made.scratch.state / "history.db")
    assert offline.code == 0 and "web/0" in offline.out


def test_no_scaling_beyond_the_open_files(instance):
    made = instance({"pools": {"web": {"command": FOREVER}}},
                    wrapper=["prlimit", "--nofile=300:300"]).start()
    result = made.run("scale", "web", 200)
    assert result.code == 1
    assert "300 files" in result.err
    assert len(made.workers()) == 1
    assert made.run("scale", "web", 8).code == 0
    made.stop()


@pytest.mark.parametrize("keys, words", [
    ({"command": "/nowhere/to/be/found"}, "No such file"),
    ({"command": ["sh", "-c", "exit 7"], "ready": "notify"}, "code 7"),
])
def test_a_start_that_fails_is_told_though_it_is_never_tried_again(
        instance, keys, words):
    made = instance({"pools": {
        "good": {"command": FOREVER},
        "bad": {"restart": {"policy": "never"}} | keys}})
    made.launch()
    made.wait_worker("bad/0", state="done")
    result = made.run("start", "bad")
    assert result.code == 1, result
    assert "cannot start bad/0" in result.err and words in result.err, result
    made.stop()


def test_a_success_before_it_is_ready_is_no_failure(instance):
    made = instance({"pools": {"job": {
        "command": "true", "ready": "notify",
        "restart": {"policy": "never"}}}}).start()
    result = made.run("start", "job")
    assert result.code == 0, result
    made.stop()
