"""The main line: workers are launched, restarted, shown and remembered."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time

import pytest

from conftest import DEADLINE_S, Instance, REEVE

FOREVER = "sleep 1000000"


def test_all_workers_get_ready_and_are_shown(instance):
    made = instance({"pools": {"web": {"command": FOREVER, "workers": 3},
                               "db": {"command": FOREVER}}}).start()
    status = made.status()
    assert status["instance"] == made.name
    assert status["pid"] == made.pid
    pools = {pool["name"]: pool for pool in status["pools"]}
    assert set(pools) == {"web", "db"}
    web = pools["web"]
    assert (web["kind"], web["state"]) == ("service", "ready")
    assert (web["wanted"], web["ready"]) == (3, 3)
    names = [worker["name"] for worker in web["workers"]]
    assert names == ["web/0", "web/1", "web/2"]
    for worker in web["workers"]:
        assert worker["state"] == "ready"
        assert worker["restarts"] == 0
        with open(f"/proc/{worker['pid']}/cmdline", "rb") as command:
            assert command.read() == b"sleep\x001000000\0"
    made.stop()


def test_status_as_a_table_names_every_pool_and_its_workers(instance):
    made = instance({"pools": {"web": {"command": FOREVER, "workers": 2}}})
    made.start()
    result = made.run("status")
    assert result.code == 0
    assert "web/0" in result.out and "web/1" in result.out
    assert "ready" in result.out
    made.stop()


def test_a_killed_worker_is_back_and_its_run_is_remembered(instance):
    made = instance({"pools": {"web": {"command": FOREVER}}})
    before_start = time.time()
    made.start()
    after_start = time.time()
    before_kill = time.time()
    former = made.kill("web/0")
    now = made.wait_new_run(former)
    after_kill = time.time()
    assert now["restarts"] == 1
    assert now["pid"] != former["pid"]
    last = now["last_exit"]
    assert last["signal"] == "SIGKILL"
    assert last["code"] is None
    assert last["cause"] == "crashed"
    row, = made.wait_history(
        "SELECT * FROM runs WHERE run = ? AND ended_at IS NOT NULL",
        former["run"])
    assert row["worker"] == "web/0"
    assert row["pool"] == "web"
    assert row["pid"] == former["pid"]
    assert row["exit_signal"] == signal.SIGKILL
    assert row["exit_code"] is None
    assert row["core"] == 0
    assert row["cause"] == "crashed"
    assert before_start <= row["started_at"] <= after_start
    assert row["started_at"] <= row["ready_at"] <= after_start
    assert before_kill <= row["ended_at"] <= after_kill
    later, = made.wait_history("SELECT * FROM runs WHERE run = ?", now["run"])
    assert later["ended_at"] is None
    assert later["started_by"] == "crash"
    made.stop()
    ended, = made.history("SELECT * FROM runs WHERE run = ?", now["run"])
    assert ended["cause"] == "stopped"
    assert ended["exit_signal"] == signal.SIGTERM


def test_an_exit_code_and_the_last_words_are_remembered(instance):
    made = instance({"pools": {"job": {
        "command": ["sh", "-c", "echo to out; echo to err >&2; exit 7"],
        "restart": {"policy": "never"}}}}).launch()
    worker = made.wait_worker("job/0", state="done")
    assert worker["last_exit"]["code"] == 7
    assert worker["last_exit"]["signal"] is None
    row, = made.wait_history(
        "SELECT * FROM crashes WHERE tail IS NOT NULL AND tail != ''")
    assert (row["worker"], row["exit_code"]) == ("job/0", 7)
    assert "to out\n" in row["tail"] and "to err\n" in row["tail"]
    made.stop()


def test_why_tells_a_crash_in_words(instance):
    made = instance({"pools": {"web": {
        "command": ["sh", "-c", "echo last words; sleep 1000000"]}}}).start()
    made.wait_for(lambda: "last words" in made.logs("web/0"), "the output")
    former = made.kill("web/0", signal.SIGSEGV)
    made.wait_new_run(former)
    made.wait_history("SELECT * FROM crashes WHERE tail LIKE '%last words%'")
    result = made.run("why", "web/0")
    assert result.code == 0
    assert "SIGSEGV" in result.out
    assert "last words" in result.out
    by_run = made.run("why", former["run"])
    assert by_run.code == 0 and "SIGSEGV" in by_run.out
    assert made.run("why", "web/9").code == 4
    made.stop()


def test_output_of_all_runs_is_in_the_log_in_order(instance):
    made = instance({"pools": {"web": {
        "command": ["sh", "-c", "echo run $REEVE_RUN; exec sleep 1000000"]}}})
    made.start()
    runs = []
    for _ in range(5):
        runs.append(made.worker("web/0")["run"])
        wanted = [f"run {run}" for run in runs]
        made.wait_for(lambda: made.logs("web/0").splitlines() == wanted,
                      "a line of each run in the log")
        made.wait_new_run(made.kill("web/0"))
    result = made.run("logs", "web/0")
    assert "run " + str(runs[-1]) in result.out
    made.stop()


def test_a_worker_gets_its_environment_and_folder(instance, scratch):
    scratch.path.joinpath("place").mkdir()
    made = instance({"pools": {"web": {
        "command": ["sh", "-c", "env; pwd; readlink /proc/self/fd/0; "
                    "echo end; exec sleep 1000000"],
        "workers": 2,
        "directory": str(scratch.path / "place"),
        "environment": {"PORT": "800{index}", "NAME": "{worker} of {pool}"},
    }}}, environment={"NOTIFY_SOCKET": "", "LISTEN_FDS": "3",
                      "OTHER": "kept"}).start()
    made.wait_for(lambda: "end\n" in made.logs("web/1"), "all its output")
    lines = made.logs("web/1").splitlines()
    worker = made.worker("web/1")
    for wanted in ["REEVE_POOL=web", "REEVE_INDEX=1", "REEVE_WORKER=web/1",
                   f"REEVE_RUN={worker['run']}", f"REEVE_INSTANCE={made.name}",
                   f"REEVE_RUNTIME_DIR={scratch.runtime}", "PORT=8001",
                   "NAME=web/1 of web", "OTHER=kept", "/dev/null",
                   str(scratch.path / "place")]:
        assert wanted in lines, (wanted, lines)
    assert not [line for line in lines if line.startswith("LISTEN_")]
    made.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_worker_runs_as_its_user(instance):
    made = instance({"pools": {"web": {"command": FOREVER, "user": "nobody"}}})
    made.start()
    nobody = pwd.getpwnam("nobody")
    with open(f"/proc/{made.worker('web/0')['pid']}/status") as status:
        fields = dict(line.rstrip("\n").split(":\t", 1) for line in status
                      if ":\t" in line)
    assert fields["Uid"].split() == [str(nobody.pw_uid)] * 4
    assert fields["Gid"].split() == [str(nobody.pw_gid)] * 4
    assert "0" not in fields["Groups"].split()
    made.stop()


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"),
                    reason="needs root and setpriv")
@pytest.mark.parametrize("state", ["XDG_STATE_HOME", "HOME"])
def test_the_folders_of_an_ordinary_user(scratch, state):
    scratch.path.chmod(0o777)
    for name in ["REEVE_RUNTIME_DIR", "REEVE_STATE_DIR", "XDG_STATE_HOME"]:
        scratch.environment.pop(name, None)
    scratch.environment |= {"XDG_RUNTIME_DIR": str(scratch.path / "r"),
                            state: str(scratch.path / "s")}
    for name in "rs":
        (scratch.path / name).mkdir()
        (scratch.path / name).chmod(0o777)
    below = "s/reeve" if state == "XDG_STATE_HOME" else "s/.local/state/reeve"
    scratch.runtime = scratch.path / "r/reeve" / scratch.name
    scratch.history = scratch.path / below / scratch.name / "history.db"
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    made = Instance(scratch, {"pools": {"web": {"command": FOREVER}}},
                    wrapper=nobody).launch()

    def up():
        return subprocess.run(
            [*nobody, str(REEVE), "status"], env=scratch.environment,
            capture_output=True, check=False).returncode == 0
    made.wait_for(up, "the only instance of that user is found and up")
    assert (scratch.runtime / "control.sock").exists()
    made.stop()
    assert len(made.history("SELECT * FROM runs")) == 1


def test_a_service_manager_learns_that_all_is_up(instance, scratch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(scratch.path / "notify"))
        manager.settimeout(DEADLINE_S)
        made = instance({"pools": {"web": {"command": FOREVER}}}, environment={
            "NOTIFY_SOCKET": str(scratch.path / "notify")}).launch()
        assert b"READY=1" in manager.recv(1000).split(b"\n")
        assert made.worker("web/0")["state"] == "ready"
        made.stop()


def test_numbers_of_runs_grow_over_restarts_of_the_supervisor(instance):
    made = instance({"pools": {"web": {"command": FOREVER}}}).start()
    first = made.worker("web/0")["run"]
    made.stop()
    made.start()
    second = made.worker("web/0")["run"]
    assert second > first
    made.stop()
    rows = made.history("SELECT run FROM runs ORDER BY run")
    assert [row["run"] for row in rows] == [first, second]


def test_a_pool_waits_for_what_it_comes_after(instance, scratch):
    note = "echo {pool} >>order; exec sleep 1000000"
    made = instance({"pools": {
        "third": {"command": ["sh", "-c", note], "after": ["second"]},
        "second": {"command": ["sh", "-c", note], "after": ["first"]},
        "first": {"command": ["sh", "-c", note],
                  "ready": {"exec": "test -e go", "interval": "50ms"}},
    }}).launch()
    made.wait_worker("first/0", state="starting")
    waiting = made.run("status", "second")
    assert (waiting.code, made.worker("second/0")["state"]) == (3, "stopped")
    assert "second/0  stopped" in waiting.out
    assert waiting.out.endswith("  waits for its turn to start\n")
    order = scratch.path / "order"
    assert "second" not in order.read_text()
    (scratch.path / "go").touch()
    made.wait_for(lambda: order.read_text().count("\n") == 3, "three notes")
    rows = made.wait_history("SELECT pool, started_at, ready_at FROM runs "
                             "WHERE ready_at IS NOT NULL "
                             "ORDER BY started_at", count=3)
    assert [row["pool"] for row in rows] == ["first", "second", "third"]
    for former, later in zip(rows, rows[1:]):
        assert former["ready_at"] <= later["started_at"]
    made.stop()


def test_usage_is_measured(instance):
    made = instance({"sample_interval": "100ms", "pools": {"web": {
        "command": ["sh", "-c", "while :; do :; done"]}}}).start()

    def measured():
        worker = made.worker("web/0")
        return worker if (worker["cpu_percent"] or 0) > 0 else None
    worker = made.wait_for(measured, "a busy worker's CPU is seen")
    assert worker["rss_bytes"] > 4096
    assert worker["threads"] == 1
    assert worker["open_files"] >= 3
    assert worker["zombies"] == 0
    made.stop()


def test_helpers_are_shown_only_when_asked_for(instance):
    made = instance({"pools": {"web": {"command": FOREVER}}}).start()
    assert set(made.workers()) == {"web/0"}
    helpers = {f"reeve-{role}/0"
               for role in ["sampler", "logger", "recorder", "sweeper"]}
    assert set(made.workers(helpers=True)) == {"web/0"} | helpers
    made.stop()
    assert made.history("SELECT * FROM runs WHERE pool != 'web'") == []


@pytest.mark.parametrize("role", ["sampler", "logger", "recorder", "sweeper"])
def test_a_killed_helper_is_back_and_serves(instance, role):
    made = instance({"sample_interval": "100ms", "pools": {"web": {
        "command": ["sh", "-c", "echo run $REEVE_RUN; exec sleep 1000000"],
    }}}).start()
    name = f"reeve-{role}/0"
    made.wait_new_run(made.kill(name))
    former = made.kill("web/0")
    now = made.wait_new_run(former)
    made.wait_history("SELECT * FROM runs WHERE run = ? AND cause = 'crashed'",
                      former["run"])
    made.wait_for(lambda: f"run {now['run']}\n" in made.logs("web/0"),
                  "its output in the log")
    made.wait_for(lambda: made.worker("web/0")["threads"] == 1,
                  "a measurement of the new run")
    made.stop()
