"""Stopping: in order, in time, and with nothing left."""

import os
import pathlib
import resource
import signal

FOREVER = "sleep 1000000"
DEAF = ["sh", "-c", "trap '' TERM INT; echo deaf; "
        "while :; do sleep 1000000; done"]


def alive(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return state.rsplit(")", 1)[1].split()[0] not in "ZX"


def test_pools_stop_in_reverse_order(instance, scratch):
    note = ("trap 'echo {pool} >>order; exit 0' TERM; echo on >>up; "
            "while :; do sleep 0.05; done")
    made = instance({"pools": {
        "first": {"command": ["sh", "-c", note], "workers": 2},
        "second": {"command": ["sh", "-c", note], "after": ["first"]},
        "third": {"command": ["sh", "-c", note], "after": ["second"]},
    }}).start()
    up = scratch.path / "up"
    made.wait_for(lambda: up.read_text().count("\n") == 4, "all traps set")
    made.stop()
    assert (scratch.path / "order").read_text().split() == [
        "third", "second", "first", "first"]


def test_a_slow_worker_gets_its_time(instance):
    made = instance({"pools": {"slow": {
        "command": ["sh", "-c", "trap 'sleep 1; echo stored; exit 0' TERM; "
                    "echo up; while :; do sleep 0.05; done"],
        "stop": {"timeout": "1h"}}}}).start()
    made.wait_for(lambda: "up" in made.logs("slow/0"), "the trap is set")
    made.stop()
    assert made.logs("slow/0") == "up\nstored\n"
    row, = made.history("SELECT * FROM runs")
    assert (row["cause"], row["exit_code"]) == ("stopped", 0)


def test_a_deaf_worker_is_killed_with_all_it_started(instance):
    made = instance({"pools": {"deaf": {
        "command": ["sh", "-c", "setsid -f sleep 1000000; trap '' TERM; "
                    "echo deaf; while :; do sleep 1000000; done"],
        "stop": {"timeout": "200ms"}}}}).start()
    made.wait_for(lambda: "deaf" in made.logs("deaf/0"), "the trap is set")
    made.stop()
    row, = made.history("SELECT * FROM runs")
    assert row["cause"] == "stopped"
    assert row["exit_signal"] == signal.SIGKILL
    assert made.history("SELECT * FROM crashes") == []


def test_the_stop_signal_is_the_configured_one(instance):
    made = instance({"pools": {"web": {
        "command": ["sh", "-c", "trap 'echo got USR2; exit 0' USR2; echo up; "
                    "while :; do sleep 0.05; done"],
        "stop": {"signal": "USR2", "timeout": "1h"}}}}).start()
    made.wait_for(lambda: "up" in made.logs("web/0"), "the trap is set")
    made.stop()
    assert made.logs("web/0") == "up\ngot USR2\n"


def test_leftovers_die_before_the_next_run_starts(instance, scratch):
    # Each run notes whether what the former one left behind still lives, then
    # leaves a double-forked process in a session of its own, and crashes.
    script = ("[ ! -e left ] || ! kill -0 $(cat left) 2>/dev/null || "
              "echo alive >>bad; "
              "setsid -f sh -c 'echo $$ >left.new; mv left.new left.done; "
              "exec sleep 1000000'; "
              "until [ -e left.done ]; do sleep 0.02; done; "
              "mv left.done left; echo $REEVE_RUN >>runs; "
              "[ $(wc -l <runs) -ge 5 ] && exec sleep 1000000; kill -9 $$")
    made = instance({"pools": {"web": {
        "command": ["sh", "-c", script],
        "restart": {"delay_min": "10ms", "delay_max": "10ms",
                    "limit": "none"}}}}).launch()
    runs = scratch.path / "runs"
    made.wait_for(lambda: runs.exists() and
                  runs.read_text().count("\n") == 5, "five runs")
    assert not (scratch.path / "bad").exists()
    swept = made.wait_history("SELECT * FROM events WHERE event = 'swept'",
                              count=4)
    assert all(row["worker"] == "web/0" for row in swept)
    # The cgroup was made anew each time; its former file is not kept.
    files = pathlib.Path(f"/proc/{made.pid}/fd")
    kept = [file for file in files.iterdir()
            if os.readlink(file).endswith(".0/cgroup.events")]
    assert len(kept) <= 1
    made.stop()


def test_leftovers_die_where_files_are_short(instance, scratch):
    made = instance({"pools": {"web": {
        "command": ["sh", "-c", "setsid -f sh -c 'echo $$ >left.new; "
                    "mv left.new left.$REEVE_RUN; exec sleep 1000000'; "
                    "exec sleep 1000000"],
        "restart": {"delay_min": "10ms", "delay_max": "10ms",
                    "limit": "none"}}}}).start()
    run = made.worker("web/0")["run"]
    left = scratch.path / f"left.{run}"
    made.wait_for(left.exists, "a leftover")
    pid, main = int(left.read_text()), made.worker("web/0")["pid"]
    used = {int(name) for name in os.listdir(f"/proc/{made.pid}/fd")}
    free = next(number for number in range(len(used) + 1)
                if number not in used)
    former = resource.prlimit(made.pid, resource.RLIMIT_NOFILE,
                              (free, resource.getrlimit(
                                  resource.RLIMIT_NOFILE)[1]))
    os.kill(main, signal.SIGKILL)
    made.wait_for(lambda: not alive(pid), "the leftover is killed")
    resource.prlimit(made.pid, resource.RLIMIT_NOFILE, former)
    made.wait_for(lambda: (made.worker("web/0")["run"] or 0) > run and
                  made.worker("web/0")["state"] == "ready", "a new run")
    made.stop()


def test_leftovers_can_be_kept(instance, scratch):
    made = instance({"pools": {"web": {
        "command": ["sh", "-c", "[ -e left ] || setsid -f sh -c "
                    "'echo $$ >left; exec sleep 1000000'; "
                    "exec sleep 1000000"],
        "leftovers": "keep"}}}).start()
    left = scratch.path / "left"
    made.wait_for(lambda: left.exists() and left.read_text(), "a leftover")
    made.wait_new_run(made.kill("web/0"))
    made.wait_new_run(made.kill("web/0"))
    assert alive(int(left.read_text()))
    made.process.send_signal(signal.SIGTERM)
    assert made.wait_end() == 0


def test_orphans_are_reaped(instance, scratch):
    # Children of the worker whose parent dies first come to the supervisor.
    made = instance({"pools": {"web": {
        "command": ["sh", "-c", "for i in 1 2 3 4 5 6 7 8; do "
                    "sh -c '(sleep 0.05; echo x >>ended) & exit 0'; done; "
                    "exec sleep 1000000"]}}}).start()
    ended = scratch.path / "ended"
    made.wait_for(lambda: ended.exists() and
                  ended.read_text().count("x") == 8, "eight orphans ended")

    def no_zombies():
        children = pathlib.Path(f"/proc/{made.pid}/task/{made.pid}/children")
        return all(alive(pid) for pid in children.read_text().split())
    made.wait_for(no_zombies, "no zombie below the supervisor")
    made.stop()


def test_a_second_interrupt_kills(instance):
    made = instance({"pools": {"deaf": {
        "command": DEAF, "stop": {"timeout": "1h"}}}}).start()
    made.wait_for(lambda: "deaf" in made.logs("deaf/0"), "the trap is set")
    made.process.send_signal(signal.SIGINT)
    made.ending = True
    made.wait_worker("deaf/0", state="stopping")
    made.process.send_signal(signal.SIGINT)
    made.wait_end()
    assert made.scratch.processes() == {}
    row, = made.history("SELECT * FROM runs")
    assert row["exit_signal"] == signal.SIGKILL


def test_it_stops_while_workers_start_crash_and_cool_down(instance):
    made = instance({"pools": {
        "crash": {"command": "false", "workers": 4,
                  "restart": {"delay_min": "1ms", "delay_max": "1ms",
                              "limit": "none"}},
        "cool": {"command": "false",
                 "restart": {"limit": "1 in 60s", "then": "cooldown 1h"}},
        "gone": {"command": "/no/such/program"},
        "late": {"command": FOREVER, "after": ["gone"]},
    }}).launch()
    made.wait_for(lambda: (made.worker("crash/0") or {}).get("restarts", 0) > 3
                  and made.worker("cool/0")["state"] == "backoff", "crashes")
    made.stop()


def test_nothing_of_the_runtime_folder_misleads_after_the_stop(instance):
    made = instance({"pools": {"web": {"command": FOREVER}}}).start()
    made.stop()
    assert not os.path.exists(made.scratch.runtime / "control.sock")
    assert made.run("status").code == 5
    assert made.run("stop", "web").code == 5


def test_a_logger_that_hangs_does_not_keep_an_impatient_user(instance):
    made = instance({"pools": {"web": {
        "command": ["sh", "-c", "echo up; exec sleep 1000000"]}}}).start()
    os.kill(made.worker("reeve-logger/0")["pid"], signal.SIGSTOP)
    former = made.kill("web/0")
    made.wait_new_run(former)
    made.stop_at_once()


def test_helpers_that_fail_do_not_keep_it_from_ending(instance, scratch):
    made = instance({"pools": {"web": {"command": FOREVER}}}).start()
    scratch.state.rename(scratch.path / "former-state")
    scratch.state.write_text("in the way")
    for name in ["reeve-logger/0", "reeve-recorder/0"]:
        os.kill(made.worker(name)["pid"], signal.SIGKILL)
    made.stop()
