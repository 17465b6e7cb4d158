"""What works where kernel or rights lack something: clone3, pidfds, cgroups."""

import pytest

STRAY = "setsid sh -c 'trap \"\" TERM; while :; do sleep 1000; done' & "

CONFIG = {
    "pools": {
        "web": {
            "command": ["sh", "-c", STRAY + "trap '' TERM; sleep 1001; sleep"
                        " 1002"],
            "stop": {"timeout": "200ms"},
            "restart": {"limit": "none"},
        },
        "missing": {
            "command": "/no/such/program",
            "restart": {"policy": "never"},
        },
    },
}


@pytest.mark.parametrize("environment", [
    {"REEVE_SPAWN": "vfork"},
    {"REEVE_SPAWN": "pid"},
    {"REEVE_CGROUP": "off"},
    {"REEVE_SPAWN": "pid", "REEVE_CGROUP": "off"},
], ids=lambda environment: " ".join(f"{name}={value}" for name, value
                                    in environment.items()))
def test_life_of_a_worker(instance, environment):
    """Started, its strays killed before the next run, stopped with nothing
    left; and what cannot be started is told as ever."""
    web = instance(CONFIG, environment=environment).launch()

    def strays():
        return [pid for pid, words in web.scratch.processes().items()
                if "trap" in words]

    former = web.wait_worker("web/0", state="ready")
    web.wait_for(lambda: len(strays()) == 2, "the run has a stray")
    before = set(strays())
    web.kill("web/0")
    now = web.wait_new_run(former)
    web.wait_for(lambda: len(strays()) == 2, "the next run has its own")
    assert not before & set(strays())
    assert now["last_exit"]["signal"] == "SIGKILL"
    missing = web.wait_worker("missing/0", state="done")
    assert missing["last_exit"]["cause"] == "not-started"
    web.wait_for(lambda: "execve /no/such/program: No such file"
                 in web.stderr(), "it is told")
    web.stop()


@pytest.mark.parametrize("environment", [{}, {"REEVE_CGROUP": "off"}],
                         ids=["cgroups", "search"])
def test_what_a_killed_supervisor_left(instance, environment):
    """The next one ends it before it starts its own."""
    web = instance(CONFIG, environment=environment).launch()

    def members():
        return {pid for pid in web.scratch.processes() if pid != web.pid}

    # The worker and its stray, each a shell with its sleep.
    former = web.wait_for(lambda: len(members()) == 4 and members(),
                          "the worker and its stray run")
    web.reap()
    web.launch()
    web.wait_for(lambda: len(members() - former) == 4, "the next ones run")
    assert not former & members()
    web.stop()
