"""A thousand workers."""

import contextlib
import os
import signal

from conftest import BUILD

COUNT = 1000
CONFIG = {"pools": {"web": {
    "command": "sleep 1000000", "workers": COUNT,
    "restart": {"limit": "none"}}}}


def up(made):
    """The status once all workers are ready, else None."""
    status = made.status()
    pool = status["pools"][0] if status else {}
    return status if pool.get("ready") == COUNT else None


def open_files(made):
    """How many files the supervisor has open, but those of cgroups that it
    keeps from the first death of a worker on."""
    names = []
    with os.scandir(f"/proc/{made.pid}/fd") as files:
        for file in files:
            with contextlib.suppress(FileNotFoundError):
                names.append(os.readlink(file.path))
    kept = [name for name in names if name.endswith("/cgroup.events")]
    assert len(kept) == len(set(kept)) <= COUNT
    return len(names) - len(kept)


def kill_all(made, status):
    for worker in status["pools"][0]["workers"]:
        os.kill(worker["pid"], signal.SIGKILL)
    runs = {worker["run"] for worker in status["pools"][0]["workers"]}

    def all_new():
        now = up(made)
        return now if now and not runs & {
            worker["run"] for worker in now["pools"][0]["workers"]} else None
    return made.wait_for(all_new, "all are back", deadline_s=180)


def test_all_up_all_killed_all_back_and_nothing_left(instance):
    made = instance(CONFIG).launch()
    status = made.wait_for(lambda: up(made), "all are up", deadline_s=180)
    pool = status["pools"][0]
    assert (pool["wanted"], pool["state"]) == (COUNT, "ready")
    assert [worker["name"] for worker in pool["workers"]] == [
        f"web/{index}" for index in range(COUNT)]
    pids = {worker["pid"] for worker in pool["workers"]}
    assert len(pids) == COUNT
    assert made.run("status").code == 0
    before = open_files(made)
    status = kill_all(made, status)
    assert not pids & {worker["pid"]
                       for worker in status["pools"][0]["workers"]}
    assert all(worker["restarts"] == 1 and
               worker["last_exit"]["signal"] == "SIGKILL"
               for worker in status["pools"][0]["workers"])
    made.wait_for(lambda: open_files(made) <= before, "no file left open")
    made.wait_history("SELECT run FROM crashes WHERE exit_signal = 9",
                      count=COUNT)
    made.stop()
    row, = made.history("SELECT count(*) AS runs, "
                        "count(DISTINCT run) AS numbers, "
                        "sum(ended_at IS NULL) AS open FROM runs")
    assert (row["runs"], row["numbers"], row["open"]) == (
        2 * COUNT, 2 * COUNT, 0)


def test_each_tells_by_a_socket_of_its_own(instance):
    made = instance({"pools": {"web": {
        "command": [str(BUILD / "bench" / "beat"), "1000"], "workers": COUNT,
        "ready": "notify", "alive": {"heartbeat": "8s"},
        "restart": {"limit": "none"}}}}).launch()
    status = made.wait_for(lambda: up(made), "all are up", deadline_s=180)
    sockets = made.scratch.runtime / "notify"
    assert len(list(sockets.iterdir())) == COUNT
    before = open_files(made)
    status = kill_all(made, status)
    assert all(worker["restarts"] == 1 and worker["health"] == "ok"
               for worker in status["pools"][0]["workers"])
    made.wait_for(lambda: open_files(made) <= before, "no file left open")
    # One that falls silent, among all that beat.
    frozen = made.kill("web/500", signal.SIGSTOP)
    made.wait_history("SELECT 1 FROM runs WHERE run = ?"
                      " AND cause = 'unhealthy'", frozen["run"])
    made.wait_new_run(frozen)
    assert made.history("SELECT DISTINCT run FROM runs"
                        " WHERE cause = 'unhealthy'") == [
        {"run": frozen["run"]}]
    made.stop()
    assert not sockets.exists() or not list(sockets.iterdir())


def test_twenty_rounds_leave_no_open_file(instance):
    made = instance({"pools": {"web": {
        "command": "sleep 1000000", "workers": 50,
        "restart": {"limit": "none", "delay_min": "1ms",
                    "delay_max": "1ms"}}}}).start()
    counts = []
    for _ in range(20):
        former = made.workers("web")
        for worker in former.values():
            os.kill(worker["pid"], signal.SIGKILL)

        def all_back():
            now = made.workers("web")
            return all(now[name]["run"] != former[name]["run"] and
                       now[name]["state"] == "ready" for name in former)
        made.wait_for(all_back, "all are back")
        counts.append(open_files(made))
    # What is open for a moment (a FIFO not drained yet) goes away.
    made.wait_for(lambda: open_files(made) <= counts[0],
                  f"as many open files as in the first round {counts}")
    made.stop()
