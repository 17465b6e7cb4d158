"""Faults caused for real: each told clearly, and nothing lost."""

import json
import os
import resource
import signal
import socket

import pytest

FOREVER = "sleep 1000000"
ONE = {"pools": {"web": {
    "command": FOREVER,
    "restart": {"limit": "none", "delay_max": "100ms"}}}}


def crash(made, times):
    """Kills web/0 so many times; returns the numbers of the runs."""
    runs = []
    for _ in range(times):
        former = made.kill("web/0")
        runs.append(former["run"])
        made.wait_new_run(former)
    return runs


def fill(path):
    """Fills the file system below path; returns the file that does."""
    filler = path / "filler"
    with open(filler, "wb", buffering=0) as file:
        for size in [65536, 4096, 512, 1]:
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass
    return filler


def test_a_full_state_folder_costs_no_restart_and_no_row(instance, scratch,
                                                         small_state):
    small_state("4m")
    made = instance(ONE).start()
    runs = crash(made, 3)
    made.wait_history("SELECT * FROM crashes", count=3)
    filler = fill(scratch.state)
    runs += crash(made, 30)
    made.wait_for(lambda: "full" in made.stderr() or
                  "No space" in made.stderr(), "the full disk is told")
    assert made.run("status").code == 0
    filler.unlink()
    rows = made.wait_history("SELECT run FROM crashes ORDER BY run",
                             count=len(runs))
    assert [row["run"] for row in rows] == runs
    made.stop()
    rows = made.history("SELECT * FROM runs")
    assert len(rows) == len(runs) + 1
    assert made.history("SELECT * FROM events WHERE event = 'gap'") == []


def test_a_corrupt_journal_costs_only_the_corrupt_records(instance, scratch):
    made = instance(ONE).start()
    crash(made, 1)
    made.wait_history("SELECT * FROM crashes")
    recorder = made.worker("reeve-recorder/0")
    os.kill(recorder["pid"], signal.SIGSTOP)
    segments = {path: path.read_bytes()
                for path in (scratch.runtime / "journal").iterdir()
                if "supervisor" in path.name}
    runs = crash(made, 10)
    # In what was added, damage a byte in the middle.
    for path, former in segments.items():
        now = path.read_bytes()
        changed = [at for at in range(len(now))
                   if at >= len(former) or now[at] != former[at]]
        if changed:
            with open(path, "r+b") as file:
                at = changed[len(changed) // 2]
                file.seek(at)
                file.write(bytes([now[at] ^ 0x55]))
            break
    else:
        pytest.fail("the supervisor's journal did not grow")
    os.kill(recorder["pid"], signal.SIGCONT)
    gap, = made.wait_history("SELECT * FROM events WHERE event = 'gap'")
    assert '"count"' in gap["detail"]
    rows = made.wait_history("SELECT * FROM crashes WHERE run >= ?", runs[0],
                             count=len(runs) - 2)
    assert len({row["run"] for row in rows}) == len(rows)
    runs = crash(made, 3)
    made.wait_history("SELECT * FROM crashes WHERE run >= ?", runs[0], count=3)
    made.stop()


def test_junk_in_place_of_the_history_is_put_aside(instance, scratch):
    made = instance(ONE).start()
    made.stop()
    for name in ["history.db-wal", "history.db-shm"]:
        (scratch.state / name).unlink(missing_ok=True)
    junk = b"this is no database\n" * 500
    scratch.history.write_bytes(junk)
    made.start()
    former = made.kill("web/0")
    made.wait_new_run(former)
    made.wait_for(lambda: "history.db" in made.stderr(), "the junk is told")
    aside = [path for path in scratch.state.glob("history.db*")
             if path.read_bytes() == junk]
    assert aside, list(scratch.state.iterdir())
    made.wait_history("SELECT * FROM crashes WHERE run = ?", former["run"])
    made.stop()


def test_junk_written_over_the_history_while_it_runs(instance, scratch):
    made = instance(ONE).start()
    crash(made, 2)
    made.wait_history("SELECT * FROM crashes", count=2)
    with open(scratch.history, "r+b") as file:
        file.write(os.urandom(65536))
    runs = crash(made, 3)
    made.wait_for(lambda: "history.db" in made.stderr(), "the damage is told")

    def recorded():
        try:
            return len(made.history("SELECT * FROM crashes WHERE run >= ?",
                                    runs[0])) == 3
        except Exception:  # the damaged file may still be in place
            return False
    made.wait_for(recorded, "later crashes are recorded")
    made.stop()


def connect(scratch):
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(10)
    client.connect(str(scratch.runtime / "control.sock"))
    return client


def still_serves(made):
    made.wait_new_run(made.kill("web/0"))
    made.wait_for(lambda: made.run("restart", "web/0").code == 0,
                  "a restart by command")


@pytest.mark.parametrize("garbage", [
    os.urandom(100000), b"\r\n" * 1000, b"GET " + b"x" * 1000000,
    b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 100000,
    b"POST /v1/pools/web/stop HTTP/1.1\r\nContent-Length: 99999999999999\r\n"
    b"\r\n{}",
    b"POST /v1/pools/web/scale HTTP/1.1\r\nContent-Length: 8\r\n\r\nnot json",
    b"POST /v1/pools/web/scale HTTP/1.1\r\nContent-Length: 21\r\n\r\n"
    b'{"workers": 99999999}',
    b"DELETE /v1/pools/web HTTP/1.1\r\n\r\n",
    b"GET /v1/../../etc/passwd HTTP/1.1\r\n\r\n",
], ids=range(9))
def test_garbage_on_the_control_socket(instance, scratch, garbage):
    made = instance(ONE).start()
    for _ in range(5):
        with connect(scratch) as client:
            try:
                client.sendall(garbage)
                client.shutdown(socket.SHUT_WR)
                while client.recv(65536):
                    pass
            except OSError:
                pass  # it may hang up on such a client
    assert made.worker("web/0")["state"] == "ready"
    still_serves(made)
    made.stop()


def test_half_a_request_and_a_client_that_does_not_read(instance, scratch):
    made = instance(ONE).start()
    with connect(scratch) as half, connect(scratch) as deaf:
        half.sendall(b"GET /v1/status HT")
        deaf.sendall(b"GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
        still_serves(made)
        crash(made, 20)
        still_serves(made)
    made.stop()


def test_a_thousand_idle_connections(instance, scratch):
    made = instance(ONE).start()
    clients = []
    for _ in range(1000):
        client = socket.socket(socket.AF_UNIX)
        client.setblocking(False)
        try:
            client.connect(str(scratch.runtime / "control.sock"))
        except OSError:
            client.close()  # the queue is full: refused, as it may be
            continue
        clients.append(client)
    assert clients
    made.wait_new_run(made.kill("web/0"))
    assert made.run("status").code == 0
    for client in clients:
        client.close()
    still_serves(made)
    made.stop()


def test_no_run_is_started_outside_its_cgroup(instance, scratch):
    """Whichever descriptor a start is short of, it fails by that, and comes
    back as soon as there is one."""
    made = instance({"pools": {"web": {
        "command": FOREVER, "log": {"format": "inherit"},
        "restart": {"limit": "none", "delay_min": "10ms",
                    "delay_max": "10ms"}}}}).start()
    worker = made.worker("web/0")
    if made.name not in cgroup_of(worker["pid"]):
        pytest.skip("no cgroups here")
    folder = f"/proc/{made.pid}/fd"
    whole = resource.prlimit(made.pid, resource.RLIMIT_NOFILE)
    highest = max(int(fd) for fd in os.listdir(folder))
    for room in range(-16, 3):
        resource.prlimit(made.pid, resource.RLIMIT_NOFILE,
                         (highest + 1 + room, whole[1]))
        made.kill("web/0")
        made.wait_history("SELECT 1 FROM runs WHERE run = ? AND ended_at > 0",
                          worker["run"])
        seen = made.wait_for(
            lambda: next((one for one in [made.worker("web/0")]
                          if one["run"] != worker["run"] or
                          one["state"] == "backoff"), None),
            "it is tried again")
        if seen["pid"]:
            assert made.name in cgroup_of(seen["pid"])
        resource.prlimit(made.pid, resource.RLIMIT_NOFILE, whole)
        worker = made.wait_worker("web/0", state="ready")
        assert made.name in cgroup_of(worker["pid"])
    steps = {json.loads(row["detail"])["step"] for row in made.wait_history(
        "SELECT detail FROM events WHERE detail LIKE '%not-started%'")}
    assert {"open", "clone3"} <= steps
    assert made.history("SELECT 1 FROM events WHERE event = 'warning'") == []
    made.stop()


def cgroup_of(pid):
    with open(f"/proc/{pid}/cgroup", encoding="utf-8") as groups:
        return groups.read()
