"""reeve-sweeper, driven over its socket: it kills all that is left of a run,
with a cgroup and without, and never anything else."""

import ctypes
import os
import signal
import subprocess
import uuid

import pytest

from conftest import wait_for
from messages import SWEEP, SWEPT, Helper

PR_SET_CHILD_SUBREAPER = 36

# A process that leaves its session and its parent, and ignores SIGTERM.
STRAY = """
trap '' TERM
setsid sh -c 'trap "" TERM; (sleep 1001 & sleep 1001) & sleep 1001' &
"""

# Two processes, each of which starts the other again when it dies: it sees
# the end of a pipe that the other one held.
HYDRA = """
import os
while True:
    of_parent, of_child = os.pipe(), os.pipe()
    mine, other = (of_parent, of_child) if os.fork() else (of_child, of_parent)
    os.close(mine[0])
    os.close(other[1])
    os.read(other[0], 1)
    os.close(mine[1])
    os.close(other[0])
"""

CROWD = """
import os, time
for _ in range(200):
    if os.fork() == 0:
        os.setsid()
        break
time.sleep(1000)
"""


def own_cgroup():
    """The folder of the cgroup that this process is in, or None."""
    with open("/proc/self/cgroup", encoding="utf-8") as file:
        own = [line[3:].strip() for line in file if line.startswith("0::")]
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        mounts = [line.split() for line in file if " - cgroup2 " in line]
    if not own or not mounts:
        return None
    folder = os.path.normpath(mounts[-1][4] + own[0])
    return folder if os.access(folder + "/cgroup.procs", os.W_OK) else None


class Runs:
    """Plays the supervisor: has a sweeper, and starts runs for it to end."""

    def __init__(self, scratch, cgroup):
        self.scratch = scratch
        self.cgroup = cgroup
        self.children = []
        self.sweeper = Helper("sweeper", scratch.runtime, scratch.state)
        self.sweeper.start()

    def start(self, run, *words):
        """Starts a main process for a run; returns it."""
        if self.cgroup:
            words = ["sh", "-c", 'echo $$ > "$0/cgroup.procs"; exec "$@"',
                     self.cgroup, *words]
        child = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, start_new_session=True,
            env=self.scratch.environment | {"REEVE_RUN": str(run)})
        self.children.append(child)
        return child

    def members(self, run):
        """pid → words of the living processes of a run."""
        found = {}
        for pid, words in self.scratch.processes().items():
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    marks = file.read().split(b"\0")
            except OSError:
                continue
            if f"REEVE_RUN={run}".encode() in marks:
                found[pid] = words.strip()
        return found

    def wait_members(self, run, count):
        return wait_for(lambda: len(self.members(run)) >= count
                        and self.members(run), f"{count} processes are up")

    def request(self, run, pid=0):
        self.sweeper.send(SWEEP, run=run, pid=pid, pool="web", index=3,
                          cgroup=self.cgroup)

    def sweep(self, run, pid=0):
        """Asks for a sweep and waits for the answer to it."""
        self.request(run, pid)
        while True:
            answer = self.sweeper.receive()
            if answer["kind"] == SWEPT and answer.get("run", 0) == run:
                return answer

    def close(self):
        self.sweeper.close()
        self.scratch.clean()
        for child in self.children:
            child.wait()
        try:
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        except ChildProcessError:
            pass
        if self.cgroup:
            for folder, _, _ in os.walk(self.cgroup, topdown=False):
                os.rmdir(folder)


@pytest.fixture(autouse=True)
def subreaper():
    """As for a supervisor, orphans become children of the test."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    yield
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


@pytest.fixture(params=["cgroup", "search"])
def runs(request, scratch):
    cgroup = ""
    if request.param == "cgroup":
        own = own_cgroup()
        if not own:
            pytest.skip("no cgroup2 that can be written here")
        cgroup = f"{own}/sweep.{uuid.uuid4().hex}"
        os.mkdir(cgroup)
    made = Runs(scratch, cgroup)
    yield made
    made.close()


def test_strays_are_killed(runs):
    other = runs.start(6, "sleep", "1002") if not runs.cgroup else None
    main = runs.start(5, "sh", "-c", STRAY)
    assert main.wait() == 0
    strays = runs.wait_members(5, 4)
    answer = runs.sweep(5)
    assert runs.members(5) == {}
    assert answer["count"] == len(strays)
    for pid in strays:
        assert f"({pid})" in answer["text"].decode()
    assert b"sleep(" in answer["text"]
    assert other is None or other.poll() is None


def test_nothing_left_is_answered_too(runs):
    answer = runs.sweep(5)
    assert "count" not in answer and "text" not in answer


def test_main_process_that_ignores_everything(runs):
    main = runs.start(5, "sh", "-c", "trap '' TERM INT HUP; sleep 1000; :")
    runs.wait_members(5, 2)
    assert runs.sweep(5, main.pid)["count"] == 2
    assert main.wait() == -signal.SIGKILL


def test_descendants_without_the_mark(runs):
    """What cleared its environment is found by who its parents are."""
    main = runs.start(5, "sh", "-c", "env -i sleep 1003 & wait")

    def child():
        path = f"/proc/{main.pid}/task/{main.pid}/children"
        with open(path, encoding="ascii") as file:
            pids = file.read().split()
        if pids:
            with open(f"/proc/{pids[0]}/comm", encoding="ascii") as file:
                return file.read() == "sleep\n" and int(pids[0])
        return None

    pid = wait_for(child, "the child runs sleep")
    assert runs.sweep(5, main.pid)["count"] == 2
    assert main.wait() == -signal.SIGKILL
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        assert file.read().split(")")[1].split()[0] == "Z"


def test_crowd(runs):
    main = runs.start(5, "/usr/bin/python3", "-c", CROWD)
    runs.wait_members(5, 201)
    assert runs.sweep(5, main.pid)["count"] == 201
    assert runs.members(5) == {}


def test_processes_that_start_each_other_again(runs):
    main = runs.start(5, "/usr/bin/python3", "-c", HYDRA)
    runs.wait_members(5, 2)
    runs.sweep(5, main.pid)
    assert runs.members(5) == {}


def test_cgroups_below_and_a_new_one(runs):
    if not runs.cgroup:
        pytest.skip("about cgroups")
    os.makedirs(runs.cgroup + "/below/deeper")
    runs.start(5, "sh", "-c", "echo $$ > $0/below/deeper/cgroup.procs;"
               "exec sleep 1000", runs.cgroup)
    wait_for(lambda: "sleep 1000" in runs.members(5).values(), "it is up")
    former = os.stat(runs.cgroup).st_ino
    assert runs.sweep(5)["count"] == 1
    assert runs.members(5) == {}
    assert os.stat(runs.cgroup).st_ino != former
    assert not os.path.exists(runs.cgroup + "/below")


def test_repeated_requests(runs):
    runs.start(5, "sh", "-c", STRAY).wait()
    runs.wait_members(5, 4)
    for _ in range(20):
        runs.request(5)
    runs.sweep(5)
    assert runs.members(5) == {}
    assert runs.sweeper.finish() == 0


def test_request_for_an_old_run_spares_the_new_one(runs):
    """A request that was answered is repeated after the next run started."""
    runs.start(5, "sh", "-c", STRAY).wait()
    runs.wait_members(5, 4)
    runs.sweep(5)
    main = runs.start(6, "sleep", "1000")
    wait_for(lambda: "sleep 1000" in runs.members(6).values(), "it is up")
    assert "count" not in runs.sweep(5)
    assert main.poll() is None


def test_many_at_once(runs):
    if runs.cgroup:
        pytest.skip("one scan of /proc is for all who wait")
    for run in range(100, 140):
        runs.start(run, "sleep", "1000")
    for run in range(100, 140):
        runs.wait_members(run, 1)
        runs.request(run)
    swept = {runs.sweeper.receive()["run"] for _ in range(40)}
    assert swept == set(range(100, 140))
    assert not runs.scratch.processes()


def test_sweeper_is_killed_in_the_middle(runs):
    for round_number in range(8):
        run = 50 + round_number
        runs.start(run, "sh", "-c", STRAY).wait()
        runs.wait_members(run, 4)
        for _ in range(round_number):
            runs.request(run)
        runs.sweeper.kill()
        runs.sweeper.start()
        runs.sweep(run)
        assert runs.members(run) == {}


def test_all_that_a_killed_supervisor_left(runs):
    if runs.cgroup:
        os.mkdir(runs.cgroup + "/web.3")
    # An orphan whose parent is not this test is what a supervisor leaves.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
    runs.start(5, "sh", "-c", STRAY).wait()
    runs.wait_members(5, 4)
    # Helpers belong to no run.
    helper = runs.start("", "sleep", "1006") if not runs.cgroup else None
    assert runs.sweep(0)["count"] == 4
    assert runs.members(5) == {}
    assert helper is None or helper.poll() is None
    if runs.cgroup:
        assert not os.path.exists(runs.cgroup + "/web.3")


def test_another_user_without_rights(scratch):
    """Without rights it ends what it may, and does not wait for the rest."""
    if os.geteuid() != 0:
        pytest.skip("needs root to become another user")
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    runs = Runs(scratch, "")
    try:
        runs.sweeper.close()
        runs.sweeper = Helper("sweeper", scratch.runtime, scratch.state,
                              wrapper=nobody).start()
        kept = runs.start(5, "sleep", "1004")
        gone = runs.start(5, *nobody, "sleep", "1005")
        wait_for(lambda: len([words for words in runs.members(5).values()
                              if words.startswith("sleep")]) == 2, "both up")
        assert runs.sweep(5)["count"] == 1
        assert gone.wait() == -signal.SIGKILL
        assert kept.poll() is None
    finally:
        runs.close()


def test_garbage_is_skipped(runs):
    runs.sweeper.socket.send(b"\xff" * 100)
    runs.sweeper.socket.send(b"\x02")
    assert runs.sweep(5)["run"] == 5


def test_it_ends_with_the_supervisor(runs):
    runs.sweeper.socket.close()
    assert runs.sweeper.wait() == 0


def test_it_finishes_what_it_was_asked_for(runs):
    runs.start(5, "sh", "-c", STRAY).wait()
    runs.wait_members(5, 4)
    runs.request(5)
    assert runs.sweeper.finish() == 0
    assert runs.members(5) == {}
