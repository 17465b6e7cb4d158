"""The supervisor under valgrind: no leak, no error, and the fall-back way to
start processes, for valgrind knows neither clone3 nor pidfd_open."""

import shutil

import pytest

from conftest import BUILD, SANITIZED

VALGRIND = ["valgrind", "--quiet", "--leak-check=full", "--error-exitcode=99",
            "--errors-for-leak-kinds=definite,indirect,possible",
            "--show-leak-kinds=definite,indirect,possible"]


@pytest.mark.skipif(not shutil.which("valgrind"), reason="needs valgrind")
@pytest.mark.skipif(SANITIZED, reason="valgrind and ASan exclude each other")
def test_no_leak_at_the_exit(instance, scratch):
    log = scratch.path / "valgrind"
    made = instance(
        {"pools": {
            "web": {"command": "sleep 1000000", "workers": 2},
            "db": {"command": ["sh", "-c", "echo up; exec sleep 1000000"]},
            "crash": {"command": "false",
                      "restart": {"limit": "2 in 60s", "then": "fail"}},
            "bad": {"command": "/no/such/program",
                    "restart": {"policy": "never"}}}},
        wrapper=[*VALGRIND, f"--log-file={log}"],
        command=[BUILD / "reeve-supervisor"]).launch()
    made.wait_worker("crash/0", state="failed")
    former = made.kill("web/0")
    made.wait_new_run(former)
    assert made.run("restart", "web/1").code == 0
    assert made.run("scale", "web", 4).code == 0
    assert made.run("scale", "web", 1).code == 0
    made.write({"pools": {
        "web": {"command": "sleep 1000000", "workers": 2},
        "db": {"command": "sleep 2000000"},
        "new": {"command": "sleep 1000000"}}})
    assert made.run("reload").code == 0
    made.file.write_text("pools: {web: {comand: x}}\n")
    assert made.run("reload").code == 1
    made.stop()
    # "--" begin its words on system calls that it does not know.
    found = [line for line in log.read_text().splitlines()
             if not line.startswith("--")]
    assert found == []
    rows = made.history("SELECT * FROM runs WHERE ended_at IS NULL")
    assert rows == []
