"""What cannot work is told at once and in plain words."""

import os
import re
import shutil

import pytest

from conftest import Instance, wait_for

FOREVER = "sleep 1000000"
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def test_twelve_mistakes_are_all_reported(reeve, scratch):
    lines = [
        "instance: 9bad",                              # 1 no such name
        "colour: blue",                                # 2 unknown key
        "pools:",
        "  web:",
        "    comand: sleep 1",                         # 3 unknown key
        "    workers: many",                           # 4 no number
        "    after: [nowhere]",                        # 5 no such pool
        "  db:",
        "    command: sleep 1",
        "    stop: {timeout: 5}",                      # 6 no unit
        "    restart: {policy: sometimes}",            # 7 not one of
        "  cache:",
        "    command: sleep 1",
        "    stop: {signal: SIGNOPE}",                 # 8 no such signal
        "    affinity: {cpus: '4000'}",                # 9 no such CPU
        "    log: {max_size: 5 apples}",               # 10 no size
        "  a-x:",
        "    command: sleep 1",
        "    user: no-such-user-here",                 # 11 no such user
        "    restart: {limit: 5 in a while}",          # 12 no limit
    ]
    bad = scratch.path / "bad.yaml"
    bad.write_text("\n".join(lines) + "\n")
    for command in ["check", "run"]:
        result = reeve(command, bad)
        assert result.code == 1
        told = set(map(int, re.findall(r"bad\.yaml:(\d+):\d+: error: ",
                                       result.err)))
        # web has no command either: that may be told at its own line.
        wanted = {1, 2, 5, 6, 7, 10, 11, 14, 15, 16, 19, 20}
        assert wanted <= told, (wanted - told, result.err)
        assert "^" in result.err
        assert "command" in result.err, "the nearest known key is named"
    assert not scratch.runtime.exists() or not list(scratch.runtime.iterdir())


def test_what_is_no_yaml_is_told_with_its_place(reeve, scratch):
    bad = scratch.path / "bad.yaml"
    bad.write_text("pools: {web: {command: [sleep, 1}\n")
    result = reeve("check", bad)
    assert result.code == 1
    assert re.search(r"bad\.yaml:\d+:\d+: error: ", result.err)
    assert reeve("check", scratch.path / "none.yaml").code == 1


def test_a_second_run_is_refused_and_names_the_pid(instance):
    made = instance({"pools": {"web": {"command": FOREVER}}}).start()
    result = made.run("run", made.file)
    assert result.code == 1
    assert str(made.pid) in result.err, result
    assert result.err.startswith("reeve: cannot "), result
    assert made.worker("web/0")["restarts"] == 0
    made.stop()
    made.start()
    made.stop()


def test_a_lock_of_a_dead_supervisor_does_not_stand_in_the_way(instance):
    made = instance({"pools": {"web": {"command": FOREVER}}}).start()
    made.process.kill()
    made.ending = True
    made.wait_end()
    wait_for(lambda: not [command for command in
                          made.scratch.processes().values()
                          if "reeve-" in command], "the helpers have ended")
    made.start()
    made.process.terminate()
    assert made.wait_end() == 0


@pytest.mark.parametrize("command, step, reason", [
    ("/no/such/program", "execve", "No such file or directory"),
    ("no-such-program-in-path", "execve", "No such file or directory"),
    ("/etc/passwd", "execve", "Permission denied"),
    ("/tmp", "execve", "Permission denied"),
])
def test_a_command_that_cannot_run(instance, command, step, reason):
    made = instance({"pools": {
        "bad": {"command": command, "restart": {"policy": "never"}},
        "good": {"command": FOREVER}}}).launch()
    made.wait_worker("good/0", state="ready")
    row, = made.wait_history("SELECT * FROM runs WHERE pool = 'bad' "
                             "AND ended_at IS NOT NULL")
    assert row["cause"] == "not-started"
    assert row["exit_code"] is None and row["exit_signal"] is None
    line = f"reeve: cannot run bad/0: {step} {command}: {reason}"
    made.wait_for(lambda: line in made.stderr(), "it is told")
    why = made.run("why", "bad/0")
    assert why.code == 0 and reason in why.out, why
    made.stop()


def test_a_folder_that_is_not_there(instance):
    made = instance({"pools": {"bad": {
        "command": FOREVER, "directory": "/no/such/folder",
        "restart": {"policy": "never"}}}}).launch()
    made.wait_history("SELECT * FROM runs WHERE cause = 'not-started'")
    made.wait_for(lambda: "/no/such/folder" in made.stderr(), "it is told")
    made.stop()


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"),
                    reason="needs root and setpriv")
def test_no_permission_for_the_user(scratch):
    scratch.path.chmod(0o777)
    made = Instance(scratch, {"pools": {
        "bad": {"command": FOREVER, "user": "root",
                "restart": {"policy": "never"}},
        "good": {"command": FOREVER}}}, wrapper=NOBODY)
    made.file.chmod(0o644)
    made.launch()
    wait_for(lambda: made.process.poll() is not None or made.history(
        "SELECT * FROM runs WHERE cause = 'not-started'"),
        "the config is refused, or the run")
    assert "root" in made.stderr() or "ermission" in made.stderr() \
        or "ermitted" in made.stderr()
    if made.process.poll() is None:
        made.wait_worker("good/0", state="ready")
        made.stop()


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"),
                    reason="needs root and setpriv")
def test_an_ordinary_user_can_do_all_of_it(scratch):
    scratch.path.chmod(0o777)
    made = Instance(scratch, {"pools": {"web": {
        "command": ["sh", "-c", "setsid -f sleep 1000000; "
                    "echo up; exec sleep 1000000"], "workers": 2}}},
        wrapper=NOBODY)
    made.start()
    made.wait_for(lambda: made.logs("web/0") == "up\n", "its output")
    former = made.kill("web/0")
    made.wait_new_run(former)
    made.wait_history("SELECT * FROM runs WHERE run = ? AND cause = 'crashed'",
                      former["run"])
    made.wait_for(lambda: made.logs("web/0") == "up\nup\n", "both outputs")
    made.stop()


@pytest.mark.skipif(not shutil.which("prlimit"), reason="needs prlimit")
def test_too_few_open_files_for_the_workers(instance):
    made = instance({"pools": {"web": {"command": FOREVER, "workers": 500}}},
                    wrapper=["prlimit", "--nofile=256:256"]).launch()
    made.ending = True
    assert made.wait_end() == 1
    line = made.stderr()
    assert re.search(r"\b\d+ workers\b", line), line
    assert "500" in line and "256" in line, line
    assert made.scratch.processes() == {}


def test_a_runtime_folder_too_long_for_a_socket(reeve, scratch):
    scratch.path.joinpath("reeve.yaml").write_text(
        "pools: {web: {command: sleep 1}}\n")
    result = reeve("run", scratch.path / "reeve.yaml",
                   env={"REEVE_RUNTIME_DIR": str(scratch.path / ("x" * 120))})
    assert result.code == 1
    assert "107" in result.err and "runtime_dir" in result.err, result


def test_a_state_folder_that_cannot_be_made(reeve, scratch):
    scratch.path.joinpath("reeve.yaml").write_text(
        "pools: {web: {command: sleep 1}}\n")
    scratch.path.joinpath("file").touch()
    result = reeve("run", scratch.path / "reeve.yaml",
                   env={"REEVE_STATE_DIR": str(scratch.path / "file/state")})
    assert result.code == 1
    assert result.err.startswith("reeve: cannot "), result
