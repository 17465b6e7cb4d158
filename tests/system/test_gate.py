"""What a start waits for: `after`, also at restarts, `start_at_once`, and the
governor of a pool."""

import json
import os
import signal
import threading

from conftest import free_port

FOREVER = "sleep 1000000"


def by_file(name, **more):
    """A pool whose runs are ready while a file of that name is there."""
    return {"command": FOREVER, "ready": {"exec": ["test", "-e", name]}} | more


def test_after_waits_for_ready(instance, scratch):
    made = instance({"pools": {
        "db": by_file("db-is-there"),
        "web": {"command": FOREVER, "after": ["db"], "workers": 2}}})
    made.launch()
    made.wait_worker("db/0", state="starting")
    assert made.worker("web/0")["state"] == "stopped"
    assert made.run("status").code == 3
    (scratch.path / "db-is-there").touch()
    made.wait_up()
    rows = made.wait_history(
        "select worker, event from events where event in ('ready', 'spawned') "
        "order by at", count=6)
    names = [(row["worker"], row["event"]) for row in rows]
    assert names.index(("db/0", "ready")) < names.index(("web/0", "spawned"))
    made.stop()


def test_after_waits_at_a_restart_too(instance, scratch):
    ready = scratch.path / "db-is-there"
    ready.touch()
    made = instance({"pools": {
        "db": by_file("db-is-there"),
        "web": {"command": FOREVER, "after": ["db"]}}}).start()
    ready.unlink()
    made.kill("db/0")
    made.wait_worker("db/0", state="starting")
    web = made.kill("web/0")
    made.wait_worker("web/0", state="backoff")
    assert made.worker("web/0")["pid"] is None
    ready.touch()
    made.wait_new_run(web)
    made.stop()


def test_all_stop_in_reverse_order(instance, scratch):
    made = instance({"pools": {
        "db": {"command": FOREVER},
        "web": {"command": ["sh", "-c", "trap '' TERM; touch up; "
                            "while :; do sleep 0.1; done"],
                "after": ["db"], "workers": 2, "stop": {"timeout": "1h"}}}})
    made.start()
    made.wait_for((scratch.path / "up").exists, "it does not heed TERM")
    asked = threading.Thread(target=made.run, args=("stop", "all"))
    asked.start()
    for name in ("web/0", "web/1"):
        made.wait_worker(name, state="stopping")
        assert made.worker("db/0")["state"] == "ready"
        made.kill(name)
    asked.join()
    made.wait_worker("db/0", state="stopped")
    rows = made.wait_history("select worker from runs where ended_at is not "
                             "null order by ended_at", count=3)
    assert rows[-1]["worker"] == "db/0"
    # The instance goes on, and what is stopped starts again.
    assert made.run("start", "all").code == 0
    made.wait_up()
    made.stop_at_once()


def test_no_more_start_at_once_than_allowed(instance, scratch):
    made = instance({"start_at_once": 2, "pools": {
        "web": by_file("web-{index}", workers=5)}})
    made.launch()

    def states():
        return sorted(worker["state"]
                      for worker in made.workers("web").values())
    made.wait_for(lambda: states() == ["starting"] * 2 + ["stopped"] * 3,
                  "two are starting")
    (scratch.path / "web-1").touch()
    made.wait_for(lambda: states() == ["ready"] + ["starting"] * 2
                  + ["stopped"] * 2, "another one has its turn")
    for index in range(5):
        (scratch.path / f"web-{index}").touch()
    made.wait_up()
    made.stop()


def test_all_that_wait_for_room_start_in_turn(instance):
    made = instance({"start_at_once": 2, "pools": {"web": {
        "command": FOREVER, "workers": 9, "ready": {"up": "100ms"},
        "restart": {"limit": "none"}}}}).start()
    former = made.workers("web")
    for worker in former.values():
        os.kill(worker["pid"], signal.SIGKILL)
    for worker in former.values():
        made.wait_new_run(worker)
    made.stop()


def test_a_storm_slows_the_pool(instance):
    """Each worker may crash once and the limit more often; then the workers
    start one at a time, with a delay that grows."""
    made = instance({"pools": {
        "bad": {"command": "sh -c 'exit 1'", "workers": 8,
                "restart": {"limit": "20 in 1h", "delay_min": "1ms",
                            "delay_max": "1m", "factor": 2}},
        "good": {"command": FOREVER}}})
    made.launch()
    warning = made.wait_history(
        "select * from events where event = 'warning' and pool = 'bad'")[0]
    assert "its 8 workers crash too often" in \
        json.loads(warning["detail"])["text"]
    # Its own limit has tripped for none of them.
    made.wait_history("select * from runs where pool = 'bad' and "
                      "ended_at is not null", count=30)
    assert made.worker("good/0")["state"] == "ready"
    spawned = [row["started_at"] for row in made.history(
        "select started_at from runs where pool = 'bad' and started_at > ? "
        "order by started_at", warning["at"])]
    assert spawned == sorted(set(spawned)), "one at a time"
    # A restart by hand is not slowed, and forgets the storm.
    made.write({"pools": {"bad": {"command": FOREVER, "workers": 8},
                          "good": {"command": FOREVER}}})
    assert made.run("reload").code == 0
    made.wait_up()
    made.stop()


def test_a_mass_kill_is_no_storm(instance):
    made = instance({"pools": {"web": {"command": FOREVER,
                                       "workers": 30}}}).start()
    before = {name: made.kill(name) for name in made.workers("web")}
    for worker in before.values():
        made.wait_new_run(worker)
    assert made.history("select * from events where event = 'warning'") == []
    made.stop()


def test_the_example_starts(example):
    made = example("restart.yaml", {"7070": str(free_port())}).launch()
    made.wait_worker("web/1", state="ready")
    made.wait_worker("flaky/0", state="backoff")
    assert "cannot go on" in made.run("why", "flaky").out
    made.stop()
