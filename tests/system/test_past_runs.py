"""What the commands about the past say of real runs: crashes by signals and
exit codes, stop, reload, scale, and a supervisor that is killed."""

import os
import signal

import pytest

from conftest import wait_for
from recording import lines

CRASHERS = {
    "segv": ("kill -SEGV $$", "SIGSEGV", None),
    "abrt": ("kill -ABRT $$", "SIGABRT", None),
    "kill": ("kill -KILL $$", "SIGKILL", None),
    "bus": ("kill -BUS $$", "SIGBUS", None),
    "three": ("exit 3", None, 3),
    "max": ("exit 255", None, 255),
}


def crasher(what):
    return {"command": ["sh", "-c", f"echo error: lost item $$ >&2; {what}"],
            "restart": {"policy": "never"}, "limits": {"core": 0}}


@pytest.fixture
def ended(instance):
    """An instance of which every pool has crashed once, and has ended."""
    made = instance({"pools": {
        name: crasher(what) for name, (what, _, _) in CRASHERS.items()}})
    made.launch()
    made.wait_history("SELECT 1 FROM crashes WHERE tail IS NOT NULL",
                      count=len(CRASHERS))
    made.stop()
    return made


def test_each_signal_and_code_is_told(ended):
    groups = {group["pool"]: group
              for group in lines(ended.run("crashes", "--json"))}
    assert set(groups) == set(CRASHERS)
    for name, (_, number, code) in CRASHERS.items():
        group = groups[name]
        assert (group["exit_signal"], group["exit_code"],
                group["crashes"]) == (number, code, 1)
        found = ended.run("why", "--json", f"{name}/0").json()
        assert (found["exit_signal"], found["exit_code"], found["crash"]) == \
            (number, code, True)
        assert found["tail"].startswith("error: lost item ")
        assert found["alike"]["group"] == group["group"]
        run, = lines(ended.run("crashes", str(group["group"]), "--json"))
        assert (run["run"], run["last_line"]) == (found["run"],
                                                  found["tail"].strip())
    stats = {row["pool"]: row for row in lines(ended.run("stats", "--json"))
             if not row["worker"]}
    assert all((row["starts"], row["crashes"]) == (1, 1)
               for row in stats.values())
    # Never restarted, so not wanted from the crash on.
    assert all(row["wanted_s"] < 60 and row["to_recovery_median_s"] is None
               for row in stats.values())


def test_why_fits_one_screen(ended):
    for name in CRASHERS:
        result = ended.run("why", f"{name}/0")
        assert result.code == 0 and len(result.out.splitlines()) <= 24
        assert all(len(line) <= 80 for line in result.out.splitlines())


def crashes_of(made, name):
    rows = lines(made.run("stats", name, "--json"))
    return rows[0] if rows else None


def test_crash_and_recovery_are_counted(instance):
    made = instance({"pools": {"web": {
        "command": "sleep 1000", "workers": 2,
        "restart": {"delay": "300ms", "limit": "none"}}}}).start()
    for _ in range(3):
        former = made.kill("web/0")
        made.wait_new_run(former)
    made.wait_history("SELECT 1 FROM runs WHERE ready_at IS NOT NULL", count=5)
    pool, first, second = lines(made.run("stats", "web", "--json"))
    assert (pool["starts"], pool["crashes"]) == (5, 3)
    assert (first["starts"], first["crashes"]) == (4, 3)
    assert (second["starts"], second["crashes"], second["availability"]) == \
        (1, 0, pytest.approx(1, abs=0.05))
    # The first restart waits longest.
    assert first["to_recovery_p99_s"] >= 0.3
    assert first["between_crashes_s"] == \
        pytest.approx(first["ready_s"] / 3, abs=1e-5)
    assert first["ready_s"] <= first["wanted_s"]
    made.stop_at_once()


def test_ends_by_hand_are_no_crashes(instance):
    pools = {"web": {"command": "sleep 1000", "workers": 2}}
    made = instance({"pools": pools}).start()
    assert made.run("restart", "web/0").code == 0
    assert made.run("scale", "web", "3").code == 0
    assert made.run("scale", "web", "1").code == 0
    pools["web"]["command"] = "sleep 2000"
    made.write({"pools": pools})
    assert made.run("reload").code == 0
    made.wait_up()
    assert made.run("stop", "web").code == 0
    made.wait_history("SELECT 1 FROM runs WHERE ended_at IS NOT NULL", count=6)
    assert lines(made.run("crashes", "--json")) == []
    # What came of each: the worker went on, or not.
    came = {(row["cause"], row["state_after"]) for row in made.wait_history(
        "SELECT cause, state_after FROM runs WHERE state_after <> 'stopping'",
        count=6)}
    assert came == {("restarted", "backoff"), ("reload", "backoff"),
                    ("scaled", "stopped"), ("stopped", "stopped")}
    causes = {event["cause"] for event in lines(
        made.run("history", "web", "--event", "ended", "--json"))}
    assert causes == {"restarted", "scaled", "reload", "stopped"}
    before, after = [row for row in lines(
        made.run("stats", "web", "--by", "config", "--json"))]
    assert (before["starts"], after["starts"]) == (4, 2)
    assert before["crashes"] == after["crashes"] == 0
    # It was stopped: what comes after that is not asked of it.
    wanted = crashes_of(made, "web")["wanted_s"]
    made.wait_history("SELECT 1 FROM events WHERE event = 'command' "
                      "AND json_extract(detail, '$.command') = 'stop'")
    assert crashes_of(made, "web")["wanted_s"] == pytest.approx(wanted)
    made.stop()
    found = made.run("why", "--json", "web/0").json()
    assert (found["cause"], found["crash"], found["alike"]) == \
        ("stopped", False, None)


def test_the_supervisor_is_killed(instance):
    made = instance({"pools": {"web": {"command": "sleep 1000"}}}).start()
    run = made.worker("web/0")["run"]
    made.wait_history("SELECT 1 FROM runs WHERE run = ?", run)
    made.process.kill()
    made.process.wait()
    # With nobody there all of it answers from the file.
    assert made.run("why", "--json", str(run)).json()["ended_at"] is None
    assert crashes_of(made, "web")["starts"] == 1
    assert [event["event"] for event in lines(
        made.run("history", "web", "--json"))][:1] == ["spawned"]
    made.start()
    made.wait_history("SELECT 1 FROM events WHERE event = 'instance-started'",
                      count=2)
    found = crashes_of(made, "web")
    assert found["crashes"] == 0 and found["wanted_s"] > 0
    os.kill(made.pid, signal.SIGTERM)
    assert made.wait_end() == 0
    wait_for(lambda: made.run("why", "--json", "web").json()["cause"] ==
             "stopped", "the end of the last run")
