"""However a run dies: the last line that it printed is in the history."""

import os

import pytest

from dying import compile_dying, wrong_tails

# Runs of each kind. As long as there are fewer, the workers go on.
COUNT = 2500 if os.environ.get("REEVE_TEST_FULL") else 250
RESTART = {"delay_min": "1ms", "delay_max": "1ms", "limit": "none"}
# One that dies by itself when it was just asked to stop is no crash.
CAUSES = {"exit": "cause = 'crashed' AND exit_code = 3",
          "segv": "cause = 'crashed' AND exit_signal = 11",
          "kill": "cause = 'crashed' AND exit_signal = 9",
          "oom": "cause = 'oom' AND exit_signal = 9"}


@pytest.fixture
def program(scratch):
    return compile_dying(scratch.path)


def die(instance, program, how, **keys):
    """Has so many runs die that way, and looks at what is known of them."""
    made = instance({"pools": {how: {
        "command": [program, how, "100000"], "workers": 4,
        "restart": RESTART, "log": {"max_size": "1M", "keep": 1}} | keys}})
    check = made.run("check", made.file)
    if "cannot be limited here" in check.err:
        pytest.skip(check.err)
    made.launch()
    made.wait_history(f"SELECT run FROM runs WHERE {CAUSES[how]}",
                      count=COUNT)
    made.stop()
    # All that ended, not only those that were waited for.
    rows = made.history(
        "SELECT run, tail FROM"
        f" (SELECT run FROM runs WHERE {CAUSES[how]})"
        " LEFT JOIN crashes USING (run)")
    assert len(rows) >= COUNT
    assert wrong_tails(rows) == []
    # 64 KiB of it, as `log.tail` says when nobody says otherwise.
    assert {len(row["tail"]) for row in rows} == {64 << 10}
    # Nothing else became of the others, but for those at the stop.
    others = made.history("SELECT cause, count(*) AS n FROM runs"
                          f" WHERE NOT coalesce({CAUSES[how]}, 0)"
                          " GROUP BY cause")
    assert {row["cause"] for row in others} <= {"stopped"}, others
    return made


def test_killed(instance, program):
    made = die(instance, program, "kill")
    run, = made.history("SELECT max(run) AS run FROM crashes")
    why = made.run("why", str(run["run"])).out
    assert f"last of run {run['run']}" in why


def test_segmentation_fault(instance, program):
    die(instance, program, "segv", limits={"core": 0})


def test_exit_at_once(instance, program):
    die(instance, program, "exit")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_out_of_memory(instance, program):
    die(instance, program, "oom", limits={"memory": "4M"})
