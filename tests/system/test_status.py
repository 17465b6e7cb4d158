"""`reeve status` on live tables of generated workers, without a supervisor."""

import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import termios

import pytest

from conftest import BUILD, REEVE


@pytest.fixture
def generated(scratch):
    """generated(pools, workers) makes the table and holds the lock, as a
    supervisor does; release() lets it go."""
    class Generated:
        def __init__(self, pools, workers):
            scratch.runtime.mkdir(exist_ok=True)
            subprocess.run([BUILD / "make-live-table", scratch.runtime / "live",
                            str(pools), str(workers)], check=True)
            self.lock = open(scratch.runtime / "lock", "w")
            self.lock.write(f"{os.getpid()}\n")
            self.lock.flush()
            fcntl.flock(self.lock, fcntl.LOCK_EX)

        def release(self):
            self.lock.close()

    with contextlib.ExitStack() as stack:
        def make(pools, workers):
            made = Generated(pools, workers)
            stack.callback(made.release)
            return made
        yield make


def on_terminal(scratch, columns, *words, **environment):
    """What the command prints on a terminal of so many columns."""
    main, other = pty.openpty()
    fcntl.ioctl(main, termios.TIOCSWINSZ,
                struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [REEVE, *words], stdin=other, stdout=other, stderr=other,
        env=scratch.environment | {"TERM": "xterm"} | environment)
    os.close(other)
    out = b""
    with contextlib.suppress(OSError):  # EIO: the other end is closed
        while data := os.read(main, 65536):
            out += data
    os.close(main)
    process.wait()
    return out.decode().replace("\r\n", "\n")


def test_all_up_is_0(generated, reeve):
    generated(2, 4)
    result = reeve("status")
    assert result.code == 0, result
    lines = result.out.splitlines()
    assert lines[0].startswith("generated: 4 of 4 workers ready, up 2m")
    assert lines[2].split() == ["NAME", "STATE", "PID", "UPTIME", "CPU%",
                                "MEMORY", "RESTARTS", "CPUS", "LAST", "END"]
    assert lines[3] == "pool0: 2 of 2 ready"
    assert lines[4].startswith("  pool0/0  ready")
    assert "killed by SIGKILL, " in lines[7]
    assert result.err == ""
    assert "reeve-" not in result.out
    assert "reeve-sampler/0" in reeve("status", "--helpers").out


def test_not_all_up_is_3(generated, reeve):
    generated(1, 100)
    result = reeve("status")
    assert result.code == 3, result
    assert "pool0: 94 of 100 ready, 1 starting, 1 unhealthy, 1 stopping, " \
        "1 backoff, 1 failed, 1 done" in result.out
    assert "next start in" in result.out
    assert reeve("status", "pool0/0", "pool0/97").code == 0
    assert reeve("status", "pool0/95").code == 3


def test_unknown_name_is_4(generated, reeve):
    generated(1, 1)
    for name in ("web", "pool0/1", "reeve-sampler"):
        result = reeve("status", name)
        assert result.code == 4, result
        assert result.err == f"reeve: cannot find {name}: generated has no " \
            "such pool or worker\n"
        assert result.out == ""


def test_no_instance_is_5(reeve):
    result = reeve("status")
    assert result.code == 5, result
    assert result.err.startswith("reeve: cannot ")
    assert result.err.count("\n") == 1


def test_killed_supervisor_is_said(generated, reeve):
    generated(1, 1).release()
    result = reeve("status")
    assert result.code == 5, result
    assert "pool0/0" in result.out
    assert "cannot find the supervisor of generated" in result.err
    assert reeve("status", "--json").json()["running"] is False


def test_table_of_the_supervisor_before_is_said(generated, reeve):
    made = generated(1, 1)
    # Another process holds the lock than the one that made the table.
    made.lock.seek(0)
    made.lock.write("1\n")
    made.lock.truncate()
    made.lock.flush()
    result = reeve("status")
    assert result.code == 3, result
    assert "has only just started" in result.err


def test_damaged_table_is_an_error(generated, reeve, scratch):
    generated(1, 1000)
    table = scratch.runtime / "live"
    for size in (100000, 4096, 100, 1, 0):
        os.truncate(table, size)
        result = reeve("status")
        assert result.code == 5, result
        assert "cannot read live table" in result.err


def test_thousand_as_json(generated, reeve):
    generated(10, 1000)
    status = reeve("status", "--json").json()
    workers = [worker for pool in status["pools"]
               for worker in pool["workers"]]
    assert [pool["name"] for pool in status["pools"]] == \
        [f"pool{number}" for number in range(10)]
    assert [worker["name"] for worker in workers] == \
        [f"pool{pool}/{index}" for pool in range(10) for index in range(100)]
    assert len(set(map(frozenset, workers))) == 1  # the same keys in each


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_lines_fit_the_terminal(generated, scratch, columns):
    generated(2, 200)
    out = on_terminal(scratch, columns, "status", NO_COLOR="1")
    assert "\033" not in out
    rows = [line for line in out.splitlines()[2:] if line.startswith(" ")]
    assert len(rows) >= 200
    assert max(map(len, rows)) <= columns


def test_colors_on_a_terminal(generated, scratch):
    generated(1, 1)
    assert "\033[32mready\033[0m" in on_terminal(scratch, 80, "status")
    assert "\033" not in on_terminal(scratch, 80, "status", TERM="dumb")
