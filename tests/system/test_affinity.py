"""Workers are put where the config says."""

import os

import pytest

FOREVER = "sleep 1000000"


def allowed(pid):
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith("Cpus_allowed_list:"):
                return line.split()[1]
    raise AssertionError("no Cpus_allowed_list")


def written(cpus):
    """A set of CPUs as the kernel writes it: 0-3,6."""
    parts = []
    for cpu in sorted(cpus):
        if parts and parts[-1][1] == cpu - 1:
            parts[-1][1] = cpu
        else:
            parts.append([cpu, cpu])
    return ",".join(str(first) if first == last else f"{first}-{last}"
                    for first, last in parts)


def test_spread_gives_each_worker_a_cpu_of_its_own(instance):
    cpus = os.sched_getaffinity(0)
    made = instance({"pools": {"web": {
        "command": FOREVER, "workers": 2 * len(cpus),
        "affinity": {"mode": "spread"}}}}).start()
    workers = [made.workers()[f"web/{index}"]
               for index in range(2 * len(cpus))]
    seen = [allowed(worker["pid"]) for worker in workers]
    assert [worker["cpus"] for worker in workers] == seen
    assert {int(cpu) for cpu in seen} == cpus
    assert sorted(seen[:len(cpus)]) == sorted(seen[len(cpus):])
    former = workers[0]
    assert made.wait_new_run(made.kill("web/0"))["cpus"] == former["cpus"]
    table = made.run("status")
    assert table.code == 0
    made.stop()


def test_a_list_and_all_and_none(instance):
    cpus = sorted(os.sched_getaffinity(0))
    made = instance({"pools": {
        "one": {"command": FOREVER, "affinity": {"cpus": str(cpus[-1])}},
        "every": {"command": FOREVER, "affinity": {"mode": "all"}},
        "free": {"command": FOREVER}}}).start()
    workers = made.workers()
    assert allowed(workers["one/0"]["pid"]) == str(cpus[-1])
    assert workers["one/0"]["cpus"] == str(cpus[-1])
    assert allowed(workers["every/0"]["pid"]) == written(cpus)
    assert allowed(workers["free/0"]["pid"]) == written(cpus)
    made.stop()


@pytest.mark.parametrize("cpus", ["4000", "x", "3-1"])
def test_a_cpu_that_is_not_there_is_refused(reeve, scratch, cpus):
    scratch.path.joinpath("reeve.yaml").write_text(
        f"pools: {{web: {{command: sleep 1, affinity: {{cpus: '{cpus}'}}}}}}")
    result = reeve("check", scratch.path / "reeve.yaml")
    assert result.code == 1
    assert "reeve.yaml:1:" in result.err


def two_cpus():
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        pytest.skip("needs two CPUs")
    return cpus


def test_exclusive_cpus_are_nobody_elses(instance):
    cpus = two_cpus()
    made = instance({"pools": {
        "own": {"command": FOREVER, "affinity": {"mode": "exclusive"}},
        "free": {"command": FOREVER, "workers": 2},
        "every": {"command": FOREVER, "affinity": {"mode": "all"}}}}).start()
    workers = made.workers()
    own = allowed(workers["own/0"]["pid"])
    rest = written(set(cpus) - {int(own)})
    for name in ("free/0", "free/1", "every/0"):
        assert allowed(workers[name]["pid"]) == rest
    told = made.run("scale", "own", len(cpus))
    assert told.code == 1
    assert "not enough CPUs" in told.err
    made.stop()


def test_numa_gives_the_cpus_and_the_memory_of_a_node(instance):
    made = instance({"pools": {"web": {
        "command": FOREVER, "affinity": {"mode": "numa", "memory": "bind"}}}})
    made.launch()
    made.wait_for(lambda: made.process.poll() is not None
                  or made.run("status").code == 0, "it is up")
    if "memory cannot be chosen" in made.stderr():
        pytest.skip("the kernel lets nobody choose memory")
    pid = made.worker("web/0")["pid"]
    with open(f"/proc/{pid}/numa_maps") as maps:
        assert " bind:" in maps.read()
    made.stop()


def test_a_worker_that_moves_itself_is_flagged(instance):
    cpus = two_cpus()
    made = instance({"sample_interval": "100ms", "pools": {
        "web": {"command": FOREVER, "affinity": {"mode": "all"}},
        "calm": {"command": FOREVER, "affinity": {"mode": "spread"}}}}).start()
    pid = made.worker("web/0")["pid"]
    os.sched_setaffinity(pid, {cpus[-1]})
    worker = made.wait_worker("web/0", cpus_changed=True)
    assert worker["cpus_actual"] == str(cpus[-1])
    assert worker["cpus"] == written(cpus)
    assert worker["cpu"] in cpus
    assert made.worker("calm/0")["cpus_changed"] is False
    table = made.run("status").out
    assert " *" in table and "has chosen these CPUs itself" in table
    os.sched_setaffinity(pid, cpus)
    made.wait_worker("web/0", cpus_changed=False)
    made.stop()
