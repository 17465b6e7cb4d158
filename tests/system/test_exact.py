"""Nothing is lost and nothing doubled, whoever is killed and when."""

import json
import os
import signal

PRINTER = """
import itertools, sys, time
for number in itertools.count():
    print(number, flush=True)
    if len(sys.argv) > 1 and number == int(sys.argv[1]):
        break
    time.sleep(0.001)
time.sleep(1000000)
"""
ROUNDS = 12


def test_every_line_and_every_run_once_while_helpers_are_killed(instance):
    python = os.environ.get("PYTHON", "/usr/bin/python3")
    made = instance({"pools": {
        "lines": {"command": [python, "-c", PRINTER],
                  "log": {"max_size": "1G"}},
        "crash": {"command": ["sh", "-c", "sleep 0.5; exit 3"],
                  "restart": {"delay_min": "1ms", "delay_max": "1ms",
                              "limit": "none"}},
    }}).start()
    helpers = [f"reeve-{role}/0"
               for role in ["sampler", "logger", "recorder", "sweeper"]]
    for _ in range(ROUNDS):
        for name in helpers:
            pid = made.wait_for(
                lambda: (made.worker(name) or {}).get("pid"), f"{name} runs")
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
    for name in helpers:
        assert made.worker(name)["restarts"] > 0
    lines_so_far = made.logs("lines/0").count("\n")
    made.wait_for(lambda: made.logs("lines/0").count("\n") >
                  lines_so_far + 100, "more lines after the last kill")
    crashes = made.worker("crash/0")["restarts"]
    made.stop()
    lines = made.logs("lines/0").split("\n")
    assert lines.pop() == "" or lines
    assert lines == [str(number) for number in range(len(lines))]
    rows = made.history("SELECT * FROM runs WHERE pool = 'crash' ORDER BY run")
    assert len({row["run"] for row in rows}) == len(rows)
    assert len(rows) >= crashes + 1
    assert all(row["ended_at"] is not None for row in rows)
    assert {row["exit_code"] for row in rows[:-1]} == {3}
    ended = made.history(
        "SELECT run, count(*) AS times, event FROM events WHERE pool = 'crash'"
        " AND event IN ('spawned', 'ended') GROUP BY run, event")
    assert {row["times"] for row in ended} == {1}
    assert len(ended) == 2 * len(rows)
    assert made.history("SELECT * FROM events WHERE event = 'gap'") == []


def test_the_last_output_before_a_crash_is_never_lost(instance):
    # 20 runs print 2,000 bytes and die at once.
    made = instance({"pools": {"web": {
        "command": ["sh", "-c", "printf '%01999d\\n' $REEVE_RUN; kill -9 $$"],
        "restart": {"delay_min": "1ms", "delay_max": "1ms",
                    "limit": "none"}}}}).launch()
    made.wait_history("SELECT run FROM crashes WHERE length(tail) = 2000",
                      count=20)
    made.stop()
    numbers = [int(line) for line in made.logs("web/0").splitlines()]
    assert numbers == sorted(set(numbers))
    runs = [row["run"] for row in
            made.history("SELECT run FROM runs ORDER BY run")]
    assert set(runs[:-1]) <= set(numbers) <= set(runs)


def test_all_of_a_long_output_at_the_end_is_in_the_log(instance):
    made = instance({"pools": {"web": {
        "command": ["sh", "-c", "seq 200000"],
        "restart": {"policy": "never"}}}}).launch()
    made.wait_worker("web/0", state="done")
    made.stop()
    assert made.logs("web/0") == "".join(
        f"{number}\n" for number in range(1, 200001))


def test_a_recorder_killed_in_its_work_records_each_event_once(instance):
    made = instance({"pools": {"crash": {
        "command": "false", "workers": 8,
        "restart": {"delay_min": "1ms", "delay_max": "1ms",
                    "limit": "none"}}}}).launch()
    for _ in range(10):
        known = len(made.history("SELECT run FROM runs"))
        made.wait_history("SELECT run FROM runs", count=known + 20)
        recorder = made.worker("reeve-recorder/0")
        if recorder and recorder["pid"]:
            os.kill(recorder["pid"], signal.SIGKILL)
    made.stop()
    rows = made.history("SELECT run, event, count(*) AS times FROM events "
                        "WHERE event IN ('spawned', 'ended') "
                        "GROUP BY run, event HAVING times != 1")
    assert rows == []
    open_runs = made.history("SELECT * FROM runs WHERE ended_at IS NULL")
    assert open_runs == []
    gaps = [json.loads(row["detail"]) for row in
            made.history("SELECT detail FROM events WHERE event = 'gap'")]
    assert gaps == []
