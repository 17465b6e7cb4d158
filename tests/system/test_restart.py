"""Restart policies: delays, the limit, cool-downs, giving up."""

import json
import pathlib
import signal

FOREVER = "sleep 1000000"
# Crashes as long as there is a file called bad in the working folder.
WHILE_BAD = ["sh", "-c", "[ -e bad ] && exit 1; exec sleep 1000000"]
QUICK = {"delay_min": "10ms", "delay_max": "10ms"}


def causes(made, worker):
    return [row["cause"] for row in made.history(
        "SELECT cause FROM runs WHERE worker = ? AND ended_at IS NOT NULL "
        "ORDER BY run", worker)]


def test_never_starts_again(instance):
    made = instance({"pools": {
        "good": {"command": "true", "restart": {"policy": "never"}},
        "bad": {"command": "false", "restart": {"policy": "never"}}}})
    made.start()
    made.wait_worker("good/0", state="done", restarts=0)
    made.wait_worker("bad/0", state="done", restarts=0)
    assert made.run("status").code == 0
    made.stop()
    assert causes(made, "good/0") == ["exited"]
    assert causes(made, "bad/0") == ["crashed"]


def test_on_failure_starts_again_only_after_a_crash(instance):
    made = instance({"pools": {"job": {
        "command": ["sh", "-c", "[ -e second ] && exit 0; >second; exit 1"],
        "restart": {"policy": "on-failure"}}}}).start()
    made.wait_worker("job/0", state="done", restarts=1)
    made.stop()
    assert causes(made, "job/0") == ["crashed", "exited"]


def test_always_starts_again_after_a_success_and_it_is_no_crash(instance):
    made = instance({"pools": {"job": {
        "command": "true",
        "restart": {**QUICK, "limit": "2 in 60s", "then": "fail"}}}}).launch()
    made.wait_for(lambda: (made.worker("job/0") or {}).get("restarts", 0) > 6,
                  "more restarts than the limit of crashes")
    made.stop()
    assert set(causes(made, "job/0")) <= {"exited", "stopped"}
    rows = made.history("SELECT started_by FROM runs ORDER BY run")
    assert rows[0]["started_by"] == "config"
    assert rows[1]["started_by"] == "exit"


def test_codes_and_signals_can_count_as_success(instance):
    made = instance({"pools": {"job": {
        "command": ["sh", "-c", "echo $$ >pid; exec sleep 1000000"],
        "workers": 1,
        "restart": {"policy": "on-failure", "success": [0, 3, "USR1"]}},
        "three": {"command": ["sh", "-c", "exit 3"],
                  "restart": {"policy": "on-failure", "success": [3]}},
    }}).start()
    made.kill("job/0", signal.SIGUSR1)
    made.wait_worker("job/0", state="done")
    made.wait_worker("three/0", state="done")
    made.stop()
    assert causes(made, "job/0") == ["exited"]
    assert causes(made, "three/0") == ["exited"]


def test_a_foreign_sigterm_is_a_crash(instance):
    made = instance({"pools": {"web": {"command": FOREVER}}}).start()
    former = made.kill("web/0", signal.SIGTERM)
    made.wait_new_run(former)
    made.stop()
    assert causes(made, "web/0") == ["crashed", "stopped"]


def test_over_the_limit_it_fails(instance):
    made = instance({"pools": {"web": {
        "command": "false",
        "restart": {**QUICK, "limit": "3 in 60s", "then": "fail"}}}}).launch()
    worker = made.wait_worker("web/0", state="failed")
    assert worker["pid"] in (0, None)
    assert made.run("status").code == 3
    assert made.status()["pools"][0]["state"] == "failed"
    made.wait_history("SELECT * FROM crashes", count=4)
    made.stop()
    assert causes(made, "web/0") == ["crashed"] * 4


def test_over_the_limit_it_cools_down_and_a_probe_clears_it(instance, scratch):
    bad = scratch.path / "bad"
    bad.touch()
    made = instance({"pools": {"web": {
        "command": WHILE_BAD,
        "restart": {**QUICK, "limit": "2 in 60s", "reset": "100ms",
                    "then": "cooldown 1s"}}}}).launch()
    cooling = made.wait_for(
        lambda: next((worker for worker in [made.worker("web/0")]
                      if worker and worker["state"] == "backoff"
                      and worker["restarts"] >= 2
                      and worker.get("next_start_at")), None),
        "the worker cools down")
    bad.unlink()
    worker = made.wait_worker("web/0", state="ready")
    assert worker["run"] > cooling["run"] if cooling["run"] else True
    row, = made.wait_history("SELECT * FROM runs WHERE run = ?", worker["run"])
    assert row["started_by"] == "probe"
    # Ready for `reset`, all is forgotten: a crash restarts it at once again.
    made.wait_for(lambda: made.worker("web/0")["uptime_s"] > 0.5, "a reset")
    again = made.wait_new_run(made.kill("web/0"))
    row, = made.wait_history("SELECT * FROM runs WHERE run = ?", again["run"])
    assert row["started_by"] == "crash"
    made.stop()


def test_a_bad_probe_cools_down_again_for_longer(instance, scratch):
    (scratch.path / "bad").touch()
    made = instance({"pools": {"web": {
        "command": WHILE_BAD,
        "restart": {**QUICK, "limit": "1 in 60s", "then": "cooldown 200ms"},
    }}}).launch()
    ended = made.wait_history(
        "SELECT * FROM events WHERE event = 'ended' ORDER BY at", count=5)
    made.stop()
    # Crashes 1, 2 (over the limit), then those of the probes: each cools down
    # twice as long as the one before.
    delays = [json.loads(row["detail"]).get("delay_s", 0) for row in ended]
    assert delays[1:5] == sorted(delays[1:5])
    assert delays[2] >= 1.5 * delays[1]
    assert delays[3] >= 1.5 * delays[2]


def test_delays_grow_and_the_first_restart_has_none(instance):
    made = instance({"pools": {"web": {
        "command": "false",
        "restart": {"delay_min": "20ms", "factor": 2, "jitter": "10%",
                    "delay_max": "160ms", "limit": "none"}}}}).launch()
    ended = made.wait_history(
        "SELECT * FROM events WHERE event = 'ended' ORDER BY at", count=6)
    made.stop()
    delays = [1000 * json.loads(row["detail"]).get("delay_s", 0)
              for row in ended]
    assert delays[0] == 0
    for delay, middle in zip(delays[1:6], [20, 40, 80, 160, 160]):
        assert 0.89 * middle <= delay <= 1.11 * middle, delays


def test_manual_restarts_never_count_as_crashes(instance):
    made = instance({"pools": {"web": {
        "command": FOREVER,
        "restart": {"limit": "1 in 60s", "then": "fail"}}}}).start()
    for count in range(1, 5):
        assert made.run("restart", "web/0").code == 0
        assert made.worker("web/0")["state"] == "ready"
        assert made.worker("web/0")["restarts"] == count
    made.stop()
    assert causes(made, "web/0") == ["restarted"] * 4 + ["stopped"]
    assert made.history("SELECT * FROM crashes") == []


def test_a_failed_worker_can_be_started_by_hand(instance, scratch):
    (scratch.path / "bad").touch()
    made = instance({"pools": {"web": {
        "command": WHILE_BAD,
        "restart": {**QUICK, "limit": "1 in 60s", "then": "fail"}}}}).launch()
    made.wait_worker("web/0", state="failed")
    (scratch.path / "bad").unlink()
    assert made.run("start", "web").code == 0
    made.wait_worker("web/0", state="ready")
    made.stop()


def test_fifos_that_somebody_removed_are_made_anew(instance, scratch):
    made = instance({"pools": {"web": {"command": FOREVER}}}).start()
    for _ in range(4):
        for fifo in (scratch.runtime / "fifo").iterdir():
            fifo.unlink()
        made.wait_new_run(made.kill("web/0"))
    rows = made.wait_history("SELECT cause FROM runs WHERE ended_at NOT NULL",
                             count=4)
    assert {row["cause"] for row in rows} == {"crashed"}
    made.stop()


def test_no_child_of_the_start_stays_a_zombie(instance):
    made = instance({"pools": {"web": {"command": FOREVER}}}).start()

    def children():
        task = pathlib.Path(f"/proc/{made.pid}/task/{made.pid}/children")
        return [pathlib.Path(f"/proc/{pid}/stat").read_text().split(" ")[2]
                for pid in task.read_text().split()]
    made.wait_for(lambda: len(children()) == 5, "the helpers and the worker")
    assert "Z" not in children()
    made.stop()
