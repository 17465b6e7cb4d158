"""Hooks: commands that are run when something happens to a worker."""

import json
import signal

# What a hook is told, as one line of output.
SAY = ["sh", "-c", "echo $REEVE_EVENT $REEVE_WORKER run $REEVE_RUN "
       "pid $REEVE_PID code $${REEVE_EXIT_CODE:-none} "
       "signal $${REEVE_SIGNAL:-none} cause $${REEVE_CAUSE:-none} "
       "state $REEVE_STATE restarts $REEVE_RESTARTS: $REEVE_TEXT"]
ONCE = {"policy": "never"}


def hooks(made, count=1):
    """The events of so many hooks that have ended."""
    def read():
        lines = made.run("history", "--event", "hook",
                         "--json").out.splitlines()
        return [json.loads(line) for line in lines]
    made.wait_for(lambda: len(read()) >= count, f"{count} hooks have ended")
    return read()


def pool(command, **keys):
    return {"pools": {"web": {"command": command} | keys}}


def test_a_crash_is_told(instance):
    made = instance(pool(["sh", "-c", "kill -SEGV $$"], restart=ONCE,
                         hooks={"crash": SAY})).launch()
    event, = hooks(made)
    row = made.wait_history("SELECT * FROM runs WHERE cause = 'crashed'")[0]
    assert event["text"] == (
        f"crash web/0 run {row['run']} pid {row['pid']} code none "
        f"signal SIGSEGV cause crashed state done restarts 0:\n")
    assert (event["by"], event["worker"], event["run"],
            event["exit_code"]) == ("crash", "web/0", row["run"], 0)
    made.stop()


def test_the_worker_is_filled_in(instance, scratch):
    made = instance(pool(
        ["sh", "-c", "exit 3"], restart=ONCE, workers=2,
        directory=str(scratch.path),
        hooks={"crash": "touch {worker}-{pool}.{index}"})).launch()
    (scratch.path / "web").mkdir()
    made.wait_for(lambda: sorted(path.name for path in
                                 (scratch.path / "web").iterdir())
                  == ["0-web.0", "1-web.1"], "both files are there")
    made.stop()


def test_ready_and_failed_are_told(instance):
    made = instance(pool(
        ["sh", "-c", "sleep 0.1; exit 5"],
        restart={"limit": "1 in 60s", "then": "fail"},
        hooks={"ready": SAY, "failed": SAY, "crash": "true"})).launch()
    made.wait_worker("web/0", state="failed")
    told = [event["text"].split(" ")[0] for event in hooks(made, 5)
            if event.get("text")]
    assert sorted(told) == ["failed", "ready", "ready"]
    failed, = [event for event in hooks(made) if event["by"] == "failed"]
    assert "code 5" in failed["text"] and "state failed" in failed["text"]
    made.stop()


def test_unhealthy_is_told_with_the_reason(instance):
    made = instance(pool(
        "sleep 1000000", alive={"exec": "false", "interval": "20ms",
                                "failures": 2, "action": "none"},
        hooks={"unhealthy": SAY})).launch()
    event, = hooks(made)
    assert event["text"].endswith("exec: exit code 1, 2 times\n")
    made.stop()


def test_a_program_that_cannot_run_is_no_end_of_hooks(instance):
    made = instance(pool("/no/such/program", restart=ONCE,
                         hooks={"crash": SAY})).launch()
    event, = hooks(made)
    assert "cause not-started" in event["text"]
    assert "execve: /no/such/program: No such file" in event["text"]
    made.stop()


def test_hooks_that_fail_and_cannot_run_are_told(instance):
    made = instance(pool(
        "sleep 1000000", hooks={"ready": ["sh", "-c", "echo oh >&2; exit 9"]}
    )).start()
    event, = hooks(made)
    assert (event["exit_code"], event["text"]) == (9, "oh\n")
    made.write(pool("sleep 1000000", hooks={"ready": "/no/such/hook"}))
    # Hooks are changed live: the next run has the new one.
    assert made.run("reload").code == 0
    assert made.run("restart", "web").code == 0
    event = hooks(made, 2)[-1]
    assert event["exit_code"] == 127
    assert "cannot run /no/such/hook: execve: No such file" in event["text"]
    made.stop()


def test_a_hanging_hook_is_killed_with_all_it_started(instance):
    made = instance(pool(
        ["sh", "-c", "exit 3"], restart={"limit": "none"},
        hooks={"crash": ["sh", "-c", "echo so far; setsid sleep 1000007 & "
                         "setsid -f sleep 1000008; sleep 1000009"],
               "timeout": "200ms"})).launch()
    event = hooks(made)[0]
    assert event["exit_signal"] == "SIGKILL"
    assert event["text"].startswith("not done in 200ms: killed")
    assert "so far" in event["text"]
    # It delayed no restart.
    assert made.worker("web/0")["restarts"] > 1
    made.stop_at_once()


def test_a_storm_of_hooks_is_bounded(instance, scratch):
    made = instance(pool(
        ["sh", "-c", "exit 3"], workers=40,
        restart={"limit": "none", "delay_min": "10ms", "delay_max": "20ms"},
        directory=str(scratch.path), hooks={
            "crash": ["sh", "-c", "mkdir on.$$; echo on.* | wc -w >>most; "
                      "sleep 0.1; rmdir on.$$; echo $REEVE_MERGED"]}))
    made.launch()
    told = hooks(made, 30)
    assert max(int(line) for line in
               (scratch.path / "most").read_text().split()) <= 8
    assert any(event.get("count", 0) > 0 for event in told)
    assert all(int(event["text"]) == event.get("count", 0)
               for event in told)
    made.stop()


def test_a_storm_of_one_pool_keeps_no_other_from_being_heard(instance):
    made = instance({"pools": {
        "storm": {"command": "false", "workers": 90,
                  "restart": {"limit": "none"},
                  "hooks": {"crash": "sleep 1000000", "timeout": "1h"}},
        "web": {"command": ["sh", "-c", "sleep 1000000 & wait; exit 3"],
                "restart": ONCE, "hooks": {"crash": "echo heard"}}}}).launch()
    made.wait_for(lambda: made.history(
        "SELECT 1 FROM runs WHERE pool = 'storm' AND ended_at NOT NULL"
        " GROUP BY pool HAVING count(DISTINCT worker) = 90"),
        "each of the storm has crashed")
    made.kill("web/0", signal.SIGSEGV)
    event, = hooks(made)
    assert (event["worker"], event["text"]) == ("web/0", "heard\n")
    made.stop_at_once()


def test_a_hook_gets_its_time_when_the_instance_stops(instance, scratch):
    made = instance(pool(
        "sleep 1000000", directory=str(scratch.path),
        hooks={"ready": ["sh", "-c", "echo on >begun; sleep 0.5; "
                         "echo stored >done"]})).start()
    made.wait_for((scratch.path / "begun").exists, "the hook has begun")
    made.stop()
    assert (scratch.path / "done").read_text() == "stored\n"


def test_much_output_is_cut(instance):
    made = instance(pool("sleep 1000000", hooks={
        "ready": ["sh", "-c", "seq 1 100000"]})).start()
    event, = hooks(made)
    assert event["exit_code"] == 0
    assert event["text"].startswith("1\n2\n3\n")
    assert event["text"].endswith("…") and len(event["text"]) < 4200
    made.stop()
