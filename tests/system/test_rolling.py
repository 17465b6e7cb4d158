"""Workers get new runs one after the other: restart --rolling, reload."""

import json
import threading

import pytest

from conftest import SOURCE

FOREVER = ["sleep", "1000000"]


class Watch:
    """Notes how few workers of a pool are up at any moment."""

    def __init__(self, made, pool):
        self.least = 1000
        self.most = 0
        self.over = False
        self.thread = threading.Thread(target=self.look, args=(made, pool))
        self.thread.start()

    def look(self, made, pool):
        while not self.over:
            states = [worker["state"]
                      for worker in made.workers(pool).values()]
            up = states.count("ready")
            self.least = min(self.least, up)
            self.most = max(self.most, len(states))

    def end(self):
        self.over = True
        self.thread.join()
        return self


def runs(made, pool="web"):
    return {name: worker["run"] for name, worker in made.workers(pool).items()}


def test_one_after_the_other(instance):
    made = instance({"pools": {"web": {
        "command": FOREVER, "workers": 4, "ready": {"up": "100ms"}}}}).start()
    before = runs(made)
    watch = Watch(made, "web")
    result = made.run("restart", "--rolling", "web")
    watch.end()
    assert result.code == 0, result
    after = runs(made)
    assert all(after[name] > before[name] for name in before)
    assert watch.least >= 3
    assert watch.most == 4
    order = [row["worker"] for row in made.wait_history(
        "select worker from runs where started_by = 'command' "
        "order by run", count=4)]
    assert order == ["web/0", "web/1", "web/2", "web/3"]
    made.stop()


def test_a_surge_keeps_all_up(instance):
    made = instance({"pools": {"web": {
        "command": FOREVER, "workers": 3, "ready": {"up": "100ms"},
        "rolling": {"at_once": 2, "surge": 1}}}}).start()
    before = runs(made)
    watch = Watch(made, "web")
    assert made.run("restart", "--rolling", "web").code == 0
    watch.end()
    assert watch.least >= 3
    assert watch.most == 4
    made.wait_for(lambda: len(runs(made)) == 3, "the surge is gone")
    assert all(run > before[name] for name, run in runs(made).items())
    made.stop()


def test_a_surge_takes_none_that_are_gone(instance):
    made = instance({"pools": {"web": {
        "command": ["sh", "-c", "trap 'sleep 0.5; exit 0' TERM; "
                    "while :; do sleep 0.1; done"],
        "workers": 4, "ready": {"up": "100ms"},
        "rolling": {"surge": 1}}}}).start()
    before = runs(made)
    scaling = threading.Thread(target=made.run, args=("scale", "web", "1"))
    scaling.start()
    made.wait_worker("web/3", state="stopping")
    assert made.run("restart", "--rolling", "web").code == 0
    scaling.join()
    made.wait_for(lambda: len(runs(made)) == 1, "one worker is left")
    assert runs(made)["web/0"] > before["web/0"]
    made.stop()
    # Two new runs: the surge, and the one that it stood for.
    rows = made.history("select worker from runs where run > ? and "
                        "pool = 'web' order by run", max(before.values()))
    assert [row["worker"] for row in rows] == ["web/1", "web/0"]


def test_a_reload_rolls_what_changed(instance):
    pool = {"command": FOREVER, "workers": 3, "ready": {"up": "100ms"}}
    made = instance({"pools": {"web": pool, "db": {"command": FOREVER}}})
    made.start()
    before = runs(made) | runs(made, "db")
    made.write({"pools": {"web": pool | {"environment": {"A": "1"}},
                          "db": {"command": FOREVER}}})
    watch = Watch(made, "web")
    result = made.run("reload")
    watch.end()
    assert result.code == 0, result
    assert "web   changed    by new runs: environment" in result.out
    assert watch.least >= 2
    after = runs(made) | runs(made, "db")
    assert after["db/0"] == before["db/0"]
    assert all(after[name] > before[name] for name in runs(made))
    made.stop()


def test_live_keys_touch_no_run(instance):
    pool = {"command": FOREVER, "workers": 2}
    made = instance({"pools": {"web": pool}}).start()
    before = runs(made)
    made.write({"pools": {"web": pool | {
        "workers": 3, "restart": {"limit": "none"},
        "stop": {"signal": "INT"}}}})
    plan = made.run("reload", "--dry-run", "--json").json()
    assert plan == {"pools": [{"name": "web", "change": "changed", "keys": [],
                               "live": ["restart.limit", "stop.signal",
                                        "workers.min"]}]}
    assert runs(made) == before
    assert made.run("reload").code == 0
    after = runs(made)
    assert {name: after[name] for name in before} == before
    assert len(after) == 3
    # The new stop signal counts for the runs that go on, too.
    assert made.run("stop", "web/0").code == 0
    made.wait_history("select * from runs where run = ? and exit_signal = 2",
                      before["web/0"])
    made.stop()


def broken(pool):
    return pool | {"command": ["sh", "-c", "sleep 0.2; exit 3"]}


@pytest.mark.parametrize("surge", [0, 1])
def test_it_stops_at_the_first_run_that_does_not_get_ready(instance, surge):
    pool = {"command": FOREVER, "workers": 3, "ready": {"up": "5s"},
            "rolling": {"surge": surge}}
    made = instance({"pools": {"web": pool | {"ready": {"up": "100ms"}}}})
    made.start()
    before = runs(made)
    made.write({"pools": {"web": broken(pool)}})
    result = made.run("reload")
    assert result.code == 1
    first = "web/3" if surge else "web/0"
    assert f"cannot roll web: {first}: exited with code 3; the others were " \
        "left alone" in result.err
    made.wait_for(lambda: len(runs(made)) == 3, "the surge is gone")
    after = runs(made)
    untouched = before if surge else {
        name: before[name] for name in ("web/1", "web/2")}
    assert {name: after[name] for name in untouched} == untouched
    rows = made.wait_history("select detail from events where "
                             "event = 'rolling-stopped'")
    assert first in json.loads(rows[0]["detail"])["text"]
    made.stop()


def test_it_goes_back_where_it_shall(instance):
    pool = {"command": FOREVER, "workers": 3, "ready": {"up": "100ms"},
            "rolling": {"rollback": True}}
    made = instance({"pools": {"web": pool}}).start()
    before = runs(made)
    bad = broken(pool | {"ready": {"up": "5s"}})
    made.write({"pools": {"web": bad}})
    result = made.run("reload")
    assert result.code == 1
    assert "it goes back to its former config" in result.err
    made.wait_up()
    after = runs(made)
    assert after["web/1"] == before["web/1"]
    assert after["web/2"] == before["web/2"]
    # The run of the former config says so.
    rows = made.wait_history(
        "select config from runs where run in (?, ?) order by run",
        before["web/0"], after["web/0"], count=2)
    assert rows[0]["config"] == rows[1]["config"]
    # The config that failed can be tried again: it is a change still.
    plan = made.run("reload", "--dry-run", "--json").json()
    assert plan["pools"][0]["change"] == "changed"
    made.write({"pools": {"web": pool}})
    assert made.run("reload").code == 0
    assert runs(made) == after
    made.stop()


@pytest.mark.parametrize("before, meanwhile, after", [
    (3, 1, ["web/0", "web/1", "web/2"]),
    (1, 3, ["web/0"]),
    (2, {"min": 1, "max": 4, "by": "cpu"}, ["web/0", "web/1"]),
    ({"min": 1, "max": 4, "by": "cpu"}, 2, ["web/0", "web/1"]),
])
def test_it_goes_back_in_size(instance, before, meanwhile, after):
    pool = {"command": FOREVER, "workers": before, "ready": {"up": "100ms"},
            "rolling": {"rollback": True}}
    made = instance({"pools": {"web": pool}}).start()
    made.write({"pools": {"web": broken(pool | {
        "workers": meanwhile, "ready": {"up": "5s"}})}})
    assert "goes back" in made.run("reload").err
    made.wait_for(lambda: list(runs(made)) == after, "its size is as before")
    made.wait_history("select * from events where event = 'rolled'")
    # What it may be scaled to is as before, too.
    assert made.run("scale", "web", "4").code == 0
    assert (made.run("scale", "web", "5").code == 0) == isinstance(before, int)
    made.stop()


def test_it_goes_back_one_after_the_other(instance):
    pool = {"command": FOREVER, "workers": 4, "ready": {"up": "100ms"},
            "rolling": {"rollback": True}}
    made = instance({"pools": {"web": pool}}).start()
    watch = Watch(made, "web")
    made.write({"pools": {"web": pool | {
        "command": ["sh", "-c", "test {index} != 3 && exec sleep 1000000"],
        "ready": {"exec": ["test", "{index}", "!=", "3"]}}}})
    assert "goes back" in made.run("reload").err
    made.wait_history("select * from events where event = 'rolled'")
    watch.end()
    assert watch.least >= 3
    assert configs(made) == {1}
    made.stop()


def gated(scratch, changes):
    """A pool whose workers get ready one by one as files are made."""
    return {"command": FOREVER, "workers": 3, "rolling": {"rollback": True},
            "ready": {"exec": ["test", "-e", f"{scratch.path}/go-{{index}}"]},
            "start": {"timeout": "1h"}} | changes


def configs(made):
    """The numbers of the configs that the pool's runs are by."""
    numbers = list(runs(made).values())
    rows = made.wait_history(
        "select config from runs where run in "
        f"({', '.join('?' * len(numbers))})", *numbers, count=len(numbers))
    return {row["config"] for row in rows}


def test_another_reload_does_not_end_it(instance, scratch):
    """One that does not concern the pool, or changes what is applied live, as
    the number of workers."""
    pool = gated(scratch, {"rolling": {"surge": 1}})
    made = instance({"pools": {"web": {"command": FOREVER, "workers": 3}}})
    made.start()
    made.write({"pools": {"web": pool}})
    asked = threading.Thread(target=made.run, args=("reload",))
    asked.start()
    made.wait_worker("web/3", state="starting")
    made.write({"pools": {"web": pool, "db": {"command": FOREVER}}})
    assert made.run("reload").code == 0
    assert made.worker("web/3")["state"] == "starting"
    made.write({"pools": {"web": pool | {"workers": 4}}})
    other = threading.Thread(target=made.run, args=("reload",))
    other.start()
    made.wait_for(lambda: len(runs(made)) == 5, "the surge is the fifth")
    for index in range(5):
        (scratch.path / f"go-{index}").touch()
    asked.join()
    other.join()
    made.wait_for(lambda: len(runs(made)) == 4, "the surge is gone")
    made.wait_up()
    # The pool has had its section since the second config.
    assert 1 not in configs(made)
    made.stop()


def test_it_goes_back_with_those_that_had_no_turn(instance, scratch):
    """A roll-out is replaced by one that fails: all get to where the former
    one would have led."""
    made = instance({"pools": {"web": {"command": FOREVER, "workers": 3}}})
    made.start()
    (scratch.path / "go-0").touch()
    made.write({"pools": {"web": gated(scratch, {})}})
    asked = threading.Thread(target=made.run, args=("reload",))
    asked.start()
    made.wait_worker("web/1", state="starting")
    made.write({"pools": {"web": gated(scratch, {"command": "false"})}})
    result = made.run("reload")
    assert "it goes back to its former config" in result.err
    asked.join()
    (scratch.path / "go-1").touch()
    (scratch.path / "go-2").touch()
    made.wait_history("select * from events where event = 'rolled'")
    assert configs(made) == {2}
    made.stop()


@pytest.mark.parametrize("surge", [0, 1])
def test_a_pool_may_go_meanwhile(instance, surge):
    others = {"db": {"command": FOREVER}}
    pool = {"command": FOREVER, "workers": 2, "ready": {"up": "100ms"},
            "rolling": {"surge": surge}}
    made = instance({"pools": others | {"web": pool}}).start()
    made.write({"pools": others | {"web": pool | {
        "ready": {"up": "1h"}, "start": {"timeout": "2h"}}}})
    asked = threading.Thread(target=made.run, args=("reload",))
    asked.start()
    made.wait_worker("web/2" if surge else "web/0", state="starting")
    made.write({"pools": others})
    result = made.run("reload")
    assert result.code == 0, result
    asked.join()
    made.wait_for(lambda: [pool["name"] for pool in made.status()["pools"]]
                  == ["db"], "the pool is gone")
    made.wait_history("select * from events where event = 'ended' and "
                      "pool = 'web'", count=2)
    assert made.history("select * from events where event = 'rolled'") == []
    made.stop()


def test_a_scale_waits_for_it(instance):
    made = instance({"pools": {"web": {
        "command": FOREVER, "workers": 2, "ready": {"up": "100ms"},
        "start": {"timeout": "1h"}}}}).start()
    made.write({"pools": {"web": {
        "command": FOREVER, "workers": 2, "ready": {"up": "1h"},
        "start": {"timeout": "2h"}}}})
    asked = threading.Thread(target=made.run, args=("reload",))
    asked.start()
    made.wait_worker("web/0", state="starting")
    result = made.run("scale", "web", "4")
    assert result.code == 1
    assert "restarted one after the other" in result.err
    # Who stops the pool ends the roll-out.
    assert made.run("stop", "web").code == 0
    asked.join()
    assert made.run("scale", "web", "1").code == 0
    made.stop()


def test_the_example_rolls_and_goes_back(instance):
    text = (SOURCE / "examples" / "rolling.yaml").read_text()
    made = instance(text).start()
    before = runs(made)
    made.write(text.replace('VERSION: "1"', "VERSION: broken"))
    result = made.run("reload")
    assert result.code == 1
    assert "web/3: exited with code 1" in result.err
    made.wait_for(lambda: runs(made) == before, "all is as before")
    made.write(text.replace('VERSION: "1"', 'VERSION: "2"'))
    assert made.run("reload").code == 0
    made.wait_for(lambda: "serving version 2" in made.logs("web/2"),
                  "version 2 serves")
    made.stop()
