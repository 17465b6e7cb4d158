"""Running workers follow when their place changes."""

import json
import os
import subprocess

import pytest

from test_affinity import FOREVER, allowed, two_cpus, written

# One thread more, which narrows itself to a CPU where one is given.
THREADS = """
import os, sys, threading, time
def more():
    if len(sys.argv) > 1:
        os.sched_setaffinity(0, {int(sys.argv[1])})
    print("up", flush=True)
    time.sleep(1e6)
threading.Thread(target=more).start()
time.sleep(1e6)
"""


def threads(pid):
    return [int(thread) for thread in os.listdir(f"/proc/{pid}/task")]


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


def places(pid):
    """Where the threads of a process and of its children may run."""
    return [allowed(f"{process}/task/{thread}")
            for process in [pid] + children(pid)
            for thread in threads(process)]


def moves(made, worker, count=1):
    return made.wait_history(
        "SELECT * FROM events WHERE event = 'placement' AND worker = ?",
        worker, count=count)


@pytest.mark.parametrize("environment", [{}, {"REEVE_CGROUP": "off"}])
def test_all_move_away_from_what_an_exclusive_pool_gets(instance, environment):
    cpus = two_cpus()
    made = instance({"pools": {
        "own": {"command": FOREVER, "affinity": {"mode": "exclusive"}},
        "every": {"command": ["/usr/bin/python3", "-c", THREADS],
                  "affinity": {"mode": "all"}},
        "free": {"command": ["sh", "-c", "sleep 1000000 & echo up; wait"]}}},
        environment=environment).start()
    own = allowed(made.worker("own/0")["pid"])
    for name in ("every/0", "free/0"):
        made.wait_for(lambda: "up" in made.logs(name), "it is up")
    former = made.workers()
    for count, place in ((0, written(cpus)),
                         (1, written(set(cpus) - {int(own)}))):
        assert made.run("scale", "own", count).code == 0
        for name in ("every/0", "free/0"):
            worker = made.wait_worker(name, cpus=place)
            assert worker["run"] == former[name]["run"]
            assert places(worker["pid"]) == [place] * 2
    for name in ("every/0", "free/0"):
        assert len(moves(made, name, 2)) == 2
    assert f"was moved from CPUs {written(cpus)} to {place}" in \
        made.run("history").out
    made.stop()


def test_what_narrowed_itself_stays(instance):
    cpus = two_cpus()
    made = instance({"sample_interval": "100ms", "pools": {
        "own": {"command": FOREVER, "affinity": {"mode": "exclusive"}},
        "web": {"command": ["/usr/bin/python3", "-c", THREADS,
                            str(cpus[-1])]}}}).start()
    rest = written(set(cpus) - {int(allowed(made.worker("own/0")["pid"]))})
    made.wait_for(lambda: "up" in made.logs("web/0"), "it is up")
    assert made.run("scale", "own", 0).code == 0
    pid = made.wait_worker("web/0", cpus=written(cpus))["pid"]
    thread = max(threads(pid))
    os.sched_setaffinity(thread, {cpus[0]})
    assert made.run("scale", "own", 1).code == 0
    made.wait_worker("web/0", cpus=rest)
    assert allowed(f"{pid}/task/{thread}") == str(cpus[0])
    assert allowed(pid) == rest
    made.stop()


def test_a_reload_of_affinity_moves(instance):
    cpus = two_cpus()
    config = {"pools": {"web": {"command": FOREVER, "workers": 2,
                                "affinity": {"mode": "all"}}}}
    made = instance(config).start()
    former = made.workers()
    for affinity, expected in (
            ({"mode": "spread"}, {str(cpu) for cpu in cpus[:2]}),
            ({"cpus": str(cpus[-1])}, {str(cpus[-1])}),
            ({}, {written(cpus)})):
        config["pools"]["web"]["affinity"] = affinity
        made.write(config)
        assert made.run("reload").code == 0
        made.wait_for(lambda: {worker["cpus"] for worker
                               in made.workers().values()} == expected,
                      "they are moved")
    assert {allowed(worker["pid"])
            for worker in made.workers().values()} == expected
    assert {name: worker["pid"] for name, worker in made.workers().items()} \
        == {name: worker["pid"] for name, worker in former.items()}
    made.stop()


@pytest.mark.parametrize("mode", ["spread", "pack"])
def test_scaling_spreads_anew(instance, mode):
    """As many workers as CPUs have one each, of more some share one; those that
    are there already run on."""
    cpus = two_cpus()
    made = instance({"pools": {"web": {
        "command": FOREVER, "affinity": {"mode": mode}}}}).start()
    former = made.worker("web/0")
    for count in (len(cpus), 2 * len(cpus), 1, len(cpus)):
        assert made.run("scale", "web", count).code == 0
        made.wait_for(lambda: len(made.workers()) == count,
                      "all are there")
        workers = made.workers()
        places = [allowed(worker["pid"]) for worker in workers.values()]
        assert places == [worker["cpus"] for worker in workers.values()]
        for cpu in set(places):
            assert places.count(cpu) == max(1, count // len(cpus))
        assert workers["web/0"]["pid"] == former["pid"]
    made.stop()


def test_a_pool_that_goes_leaves_its_cpus(instance):
    cpus = two_cpus()
    config = {"pools": {
        "own": {"command": FOREVER, "affinity": {"mode": "exclusive"}},
        "web": {"command": FOREVER}}}
    made = instance(config).start()
    assert allowed(made.worker("web/0")["pid"]) != written(cpus)
    del config["pools"]["own"]
    made.write(config)
    assert made.run("reload").code == 0
    worker = made.wait_worker("web/0", cpus=written(cpus))
    assert allowed(worker["pid"]) == written(cpus)
    made.stop()


def test_other_cpus_for_the_supervisor(instance):
    cpus = two_cpus()
    first = str(cpus[0])
    made = instance({"sample_interval": "100ms", "pools": {
        "web": {"command": FOREVER, "workers": 2,
                "affinity": {"mode": "spread"}},
        "free": {"command": FOREVER}}},
        wrapper=("taskset", "-c", first)).start()
    former = made.workers()
    assert {worker["cpus"] for worker in former.values()} == {first}
    for allowed_now, spread in ((written(cpus), set(map(str, cpus[:2]))),
                                (first, {first})):
        subprocess.run(["taskset", "-apc", allowed_now, str(made.pid)],
                       check=True, stdout=subprocess.DEVNULL, timeout=10)
        made.wait_worker("free/0", cpus=allowed_now)
        made.wait_for(lambda: {made.worker(f"web/{index}")["cpus"]
                               for index in range(2)} == spread,
                      "they are moved")
        for name, worker in made.workers().items():
            assert worker["run"] == former[name]["run"]
            assert allowed(worker["pid"]) == worker["cpus"]
        for name, helper in made.workers(helpers=True).items():
            if name.startswith("reeve-"):
                made.wait_for(lambda: allowed(helper["pid"]) == allowed_now,
                              f"{name} has moved too")
    made.stop()


def test_the_sweeper_is_killed_before_it_has_moved_all(instance):
    cpus = two_cpus()
    config = {"pools": {"web": {"command": FOREVER,
                                "affinity": {"mode": "all"}}}}
    made = instance(config).start()
    sweeper = made.workers(helpers=True)["reeve-sweeper/0"]["pid"]
    os.kill(sweeper, 19)
    config["pools"]["web"]["affinity"] = {"cpus": str(cpus[-1])}
    made.write(config)
    assert made.run("reload").code == 0
    assert allowed(made.worker("web/0")["pid"]) == written(cpus)
    os.kill(sweeper, 9)
    worker = made.wait_worker("web/0", cpus=str(cpus[-1]))
    assert allowed(worker["pid"]) == str(cpus[-1])
    made.stop()


def test_a_choice_of_its_own_is_told_once_a_run(instance):
    cpus = two_cpus()
    made = instance({"sample_interval": "100ms", "pools": {
        "web": {"command": FOREVER}}}).start()
    pid = made.worker("web/0")["pid"]
    for choice, changed in (({cpus[-1]}, True), (cpus, False),
                            ({cpus[0]}, True)):
        os.sched_setaffinity(pid, choice)
        made.wait_worker("web/0", cpus_changed=changed)
    rows = moves(made, "web/0")
    assert len(rows) == 1
    told = made.run("history").out
    assert f"has chosen CPUs {cpus[-1]} itself, was put on {written(cpus)}" \
        in told
    assert told.count("has chosen") == 1
    made.stop()


def test_a_move_is_no_choice_of_its_own(instance, scratch):
    """The sampler sees the worker moved before the supervisor knows of it."""
    cpus = two_cpus()
    config = {"sample_interval": "100ms", "pools": {"web": {
        "command": FOREVER, "affinity": {"mode": "all"}}}}
    made = instance(config).start()
    worker = made.worker("web/0")
    sweeper = made.workers(helpers=True)["reeve-sweeper/0"]["pid"]
    os.kill(sweeper, 19)
    config["pools"]["web"]["affinity"] = {"cpus": str(cpus[-1])}
    made.write(config)
    assert made.run("reload").code == 0
    os.kill(made.pid, 19)
    os.kill(sweeper, 18)
    made.wait_worker("web/0", cpus_changed=True)
    os.kill(made.pid, 18)
    made.wait_worker("web/0", cpus_changed=False)
    os.sched_setaffinity(worker["pid"], cpus)
    made.wait_worker("web/0", cpus_changed=True)
    rows = moves(made, "web/0", count=2)
    assert [json.loads(row["detail"])["text"].split(" itself")[0]
            for row in rows] == [
        f"was moved from CPUs {written(cpus)} to {cpus[-1]}",
        f"has chosen CPUs {written(cpus)}"]
    assert made.worker("web/0")["run"] == worker["run"]
    made.stop()


def test_the_example(example):
    cpus = two_cpus()
    made = example("placement.yaml").start()
    own = made.worker("own/0")["cpus"]
    rest = written(set(cpus) - {int(own)})
    assert own not in {made.worker(f"spread/{index}")["cpus"]
                       for index in range(4)}
    assert made.worker("free/0")["cpus"] == rest
    assert made.run("scale", "own", 0).code == 0
    made.wait_worker("free/0", cpus=written(cpus))
    made.stop()
