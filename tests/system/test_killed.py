"""A supervisor that was killed, and the next one."""

FOREVER = "sleep 1000000"
WITH_CHILD = ["sh", "-c", "setsid sleep 1000000 & echo up; "
              "exec sleep 1000000"]


def kill(made):
    made.process.kill()
    made.process.wait()


def sleeps(scratch):
    return {pid for pid, command in scratch.processes().items()
            if command.startswith("sleep")}


def check_runs(made):
    row, = made.history("SELECT count(*) AS runs, count(DISTINCT run) AS "
                        "numbers, count(ended_at) AS ends FROM runs")
    assert row["runs"] == row["numbers"] == row["ends"]


def test_what_a_killed_supervisor_left_goes_before_workers_start(instance,
                                                                 scratch):
    made = instance({"pools": {"web": {"command": WITH_CHILD,
                                       "workers": 3}}}).start()
    made.wait_for(lambda: len(sleeps(scratch)) == 6, "all have a child")
    before = sleeps(scratch)
    runs = {worker["run"] for worker in made.workers().values()}
    kill(made)
    made.start()
    made.wait_for(lambda: len(sleeps(scratch)) == 6, "all have a child")
    assert not before & sleeps(scratch)
    rows = made.wait_history("SELECT run FROM runs WHERE cause = 'lost'",
                             count=3)
    assert {row["run"] for row in rows} == runs
    made.stop()
    check_runs(made)


def test_supervisors_killed_at_any_time(instance, scratch):
    made = instance({"pools": {"web": {"command": FOREVER, "workers": 20}}})
    for count in [0, 1, 5, 10, 19]:
        made.launch()
        made.wait_for(lambda count=count: len(sleeps(scratch)) > count,
                      "so many workers run")
        kill(made)
    made.start()
    assert len(sleeps(scratch)) == 20
    made.stop()
    check_runs(made)
