"""A new config takes the place of the one in force."""

import os
import signal
import threading

import pytest

FOREVER = "sleep 1000000"
# Goes only when it is killed, so it is stopping for as long as a test wants.
STUBBORN = {"command": ["sh", "-c", "trap '' TERM; while :; do sleep 1; done"],
            "stop": {"timeout": "1h"}}


def reload(made, pools):
    made.write({"pools": pools})
    result = made.run("reload")
    assert result.code == 0, result
    return result


def in_background(call):
    """Calls it in a thread; the returned function waits for its result."""
    results = []
    thread = threading.Thread(target=lambda: results.append(call()))
    thread.start()

    def result():
        thread.join()
        return results[0]
    return result


def test_runs_start_after_a_reload_as_before(instance):
    made = instance({"pools": {"web": {"command": FOREVER}}}).start()
    reload(made, {"web": {"command": FOREVER}, "new": {"command": FOREVER}})
    for name in ["web/0", "reeve-logger/0", "reeve-recorder/0"]:
        made.wait_new_run(made.kill(name))
    made.stop()


def test_a_pool_that_was_going_comes_back(instance):
    made = instance({"pools": {"web": {"command": FOREVER},
                               "slow": STUBBORN}}).start()
    first = made.worker("slow/0")
    made.write({"pools": {"web": {"command": FOREVER}}})
    gone = in_background(lambda: made.run("reload"))
    made.wait_worker("slow/0", state="stopping")
    assert made.run("start", "slow").code == 4, "it is not in the config"
    assert made.run("start", "slow/0").code == 4
    made.write({"pools": {"web": {"command": FOREVER}, "slow": STUBBORN}})
    back = in_background(lambda: made.run("reload"))
    made.wait_history("SELECT * FROM configs", count=3)
    made.kill("slow/0")
    assert back().code == 0
    gone()
    made.wait_up()
    assert made.worker("slow/0")["run"] != first["run"]
    made.stop_at_once()


def test_a_worker_that_was_going_comes_back(instance):
    made = instance({"pools": {"slow": STUBBORN | {"workers": 2}}}).start()
    first = made.worker("slow/1")
    down = in_background(lambda: made.run("scale", "slow", 1))
    made.wait_worker("slow/1", state="stopping")
    assert made.run("restart", "slow/1").code == 4, "it is going"
    made.write({"pools": {"slow": STUBBORN | {
        "workers": 2, "environment": {"NEW": "1"}}}})
    back = in_background(lambda: made.run("reload"))
    # The one that is going already has the first turn.
    for name in ["slow/1", "slow/0"]:
        made.wait_worker(name, state="stopping")
        made.kill(name)
    assert back().code == 0
    assert down().code == 0
    assert made.worker("slow/1")["run"] != first["run"]
    made.stop_at_once()


def test_a_reload_leaves_down_what_was_stopped(instance):
    made = instance({"pools": {"web": {"command": FOREVER,
                                       "workers": 2}}}).start()
    assert made.run("stop", "web/1").code == 0
    reload(made, {"web": {"command": FOREVER, "workers": 3,
                          "environment": {"NEW": "1"}}})
    states = [worker["state"] for worker in made.workers().values()]
    assert states == ["ready", "stopped", "ready"]
    made.stop()


def test_a_wish_that_somebody_overrules_ends(instance):
    made = instance({"pools": {"slow": STUBBORN}}).start()
    stop = in_background(lambda: made.run("stop", "slow"))
    made.wait_worker("slow/0", state="stopping")
    start = in_background(lambda: made.run("start", "slow"))
    result = stop()
    assert result.code == 1
    assert "cannot stop slow/0: it was started meanwhile" in result.err
    stop = in_background(lambda: made.run("stop", "slow"))
    result = start()
    assert result.code == 1
    assert "cannot start slow/0: it was stopped meanwhile" in result.err
    made.kill("slow/0")
    assert stop().code == 0
    made.stop()


def test_each_sighup_counts(instance):
    made = instance({"pools": {"web": {"command": FOREVER}}}).start()
    for number in range(5):
        made.write({"pools": {"web": {"command": FOREVER},
                              f"new{number}": {"command": FOREVER}}})
        made.process.send_signal(signal.SIGHUP)
    made.wait_worker("new4/0", state="ready")
    made.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_reload_changes_the_user(instance):
    command = ["sh", "-c", "echo $(id -un) >/dev/stdout; exec sleep 1000000"]
    made = instance({"pools": {"web": {"command": command}}}).start()

    def wait_written(text):
        made.wait_for(lambda: made.logs("web/0") == text, f"{text!r} is there")
    wait_written("root\n")
    reload(made, {"web": {"command": command, "user": "nobody"}})
    wait_written("root\nnobody\n")
    made.wait_new_run(made.kill("web/0"))
    wait_written("root\nnobody\nnobody\n")
    made.stop()
