"""The supervisor blocks nowhere: its own system calls, seen by strace."""

import os
import re
import shutil
import signal
import subprocess

import pytest

FORBIDDEN = {
    "waits for a disk": r"^(fsync|fdatasync|syncfs|msync|sync_file_range)\(",
    "reads /proc": r'"/proc/',
    "kills or moves by a cgroup": r"cgroup\.(kill|procs)",
    "writes a log": r"^(write|writev|pwrite64|splice)\([^,]*/log/",
    "opens a log": r'^openat\(.*/log/',
    "opens the history": r"history\.db",
    "sleeps": r"^(nanosleep|clock_nanosleep|pause)\(",
    "waits for a child": r"^(wait4|waitid)\((?!.*WNOHANG)",
}


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_it_blocks_nowhere_while_workers_crash(instance, scratch):
    made = instance({"pools": {
        "crash": {"command": ["sh", "-c", "setsid -f sleep 1000000; echo out; "
                              "sleep 0.1; kill -9 $$"], "workers": 3,
                  "restart": {"delay_min": "1ms", "delay_max": "1ms",
                              "limit": "none"}},
        "quiet": {"command": "sleep 1000000", "workers": 3},
        "deaf": {"command": ["sh", "-c", "trap '' TERM; setsid -f "
                             "sleep 1000000; while :; do sleep 1; done"],
                 "stop": {"timeout": "100ms"}},
    }}).launch()
    made.wait_worker("quiet/2", state="ready")
    trace = scratch.path / "trace"
    said = scratch.path / "strace"
    with open(said, "w", encoding="utf-8") as errors:
        strace = subprocess.Popen(
            ["strace", "-y", "-s", "200", "-o", trace, "-p", str(made.pid)],
            stdin=subprocess.DEVNULL, stderr=errors)
    made.wait_for(lambda: strace.poll() is not None or
                  "attached" in said.read_text(), "strace has attached")
    if strace.poll() is not None:
        pytest.skip("strace may not attach: " + said.read_text())
    former = made.worker("crash/0")["restarts"]
    os.kill(made.worker("quiet/0")["pid"], signal.SIGKILL)
    made.wait_for(lambda: made.worker("crash/0")["restarts"] > former + 5,
                  "some crashes")
    assert made.run("restart", "quiet").code == 0
    assert made.run("stop", "deaf").code == 0
    assert made.run("reload").code == 0
    # At the very end, with no worker left to wait for, it may take its time.
    strace.send_signal(signal.SIGINT)
    strace.wait()
    made.stop()
    calls = trace.read_text(errors="replace").splitlines()
    assert any(call.startswith(("clone3(", "vfork(", "clone("))
               for call in calls)
    for what, pattern in FORBIDDEN.items():
        found = [call for call in calls if re.search(pattern, call)]
        assert not found, f"the supervisor {what}: {found[:5]}"
