"""What the sweeper finds out of a process that is about to be killed."""

import contextlib
import os
import signal
import subprocess
import sys

import pytest

from conftest import wait_for
from messages import (EVENT_EVIDENCE, EVIDENCE, EVIDENCED, Helper,
                      journal_events)

MEMORY = 9  # CAUSE_MEMORY

# A main thread, one more, a child that sleeps and one that nobody reaps.
FAMILY = """
import os, threading, time
file = open(os.devnull)
threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
if os.fork() == 0:
    os.execlp("sleep", "sleep", "1010")
if os.fork() == 0:
    os._exit(0)
print("up", flush=True)
time.sleep(1000)
"""

# The main thread ends, the other goes on.
HEADLESS = """
import ctypes, threading, time
def go_on():
    print("up", flush=True)
    time.sleep(1000)
threading.Thread(target=go_on).start()
ctypes.CDLL(None).pthread_exit(None)
"""


def state(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rpartition(")")[2].split()[0]


class Desk:
    """A sweeper, asked for evidence."""

    def __init__(self, scratch, wrapper=()):
        self.journal = scratch.runtime / "journal"
        self.journal.mkdir(parents=True)
        for folder in (scratch.runtime, self.journal):
            folder.chmod(0o777)
        self.sweeper = Helper("sweeper", scratch.runtime, scratch.state,
                              wrapper=wrapper).start()
        self.children = []

    def start(self, *words, wait=True):
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE)
        self.children.append(child)
        if wait:
            assert child.stdout.readline() == b"up\n"
        return child.pid

    def ask(self, run, pid):
        self.sweeper.send(EVIDENCE, run=run, pid=pid, pool="web", index=3,
                          cause=MEMORY)

    def receive(self):
        answer = self.sweeper.receive()
        assert answer["kind"] == EVIDENCED
        assert answer["pool"] == b"web" and answer["index"] == 3
        return answer["run"]

    def events(self):
        return journal_events(self.journal, "sweeper")

    def evidence(self, pid):
        """What it stores on a process."""
        self.ask(5, pid)
        assert self.receive() == 5
        event = self.events()[-1]
        assert event["kind"] == EVENT_EVIDENCE
        assert event["run"] == 5 and event["worker"] == 4
        assert event["pid"] == pid and event["cause"] == MEMORY
        return event["text"].decode()

    def close(self):
        self.sweeper.close()
        for child in self.children:
            child.kill()
            child.stdout.close()
            child.wait()


@pytest.fixture
def desk(scratch):
    with contextlib.closing(Desk(scratch)) as made:
        yield made


def test_a_process_with_threads_and_children(desk):
    pid = desk.start(sys.executable, "-c", FAMILY)
    text = wait_for(lambda: next(
        (text for text in [desk.evidence(pid)]
         if ": S (sleeping), 2 threads" in text.splitlines()[0]
         and " sleep: S" in text and ": Z" in text), None), "all sleep")
    first, _, rest = text.partition("\n\n")
    lines = first.splitlines()
    assert lines[0].startswith(f"process {pid} python3")
    assert len([line for line in lines if line.startswith("thread ")]) == 2
    children = [line for line in lines if line.startswith("child ")]
    assert len(children) == 2
    assert any("sleep: S" in line for line in children)
    assert any(": Z (ended, not reaped)" in line for line in children)
    assert "open files\n" in rest and "/dev/null" in rest
    assert "\nstatus\n" in rest and "  VmRSS:" in rest
    sleeper = [line for line in children if "sleep: S" in line][0]
    os.kill(int(sleeper.split()[1]), signal.SIGKILL)


def test_a_process_that_is_stopped(desk):
    pid = desk.start("sh", "-c", "echo up; exec sleep 1000")
    os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: state(pid) == "T", "it is stopped")
    text = desk.evidence(pid)
    assert f"process {pid} " in text and ": T (stopped), 1 thread" in text


def test_a_process_whose_main_thread_is_gone(desk):
    pid = desk.start(sys.executable, "-c", HEADLESS)
    wait_for(lambda: state(pid) == "Z", "its main thread has ended")
    text = wait_for(lambda: next(
        (text for text in [desk.evidence(pid)] if ": S (sleeping)" in text),
        None), "the other thread sleeps")
    assert ": Z (ended, not reaped), 2 threads" in text


def test_a_process_that_is_gone(desk):
    pid = desk.start("true", wait=False)
    desk.children[0].wait()
    assert desk.evidence(pid) == f"process {pid} is gone\n"


def test_what_is_not_allowed_is_said(scratch):
    if os.geteuid() != 0:
        pytest.skip("needs root to become another user")
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    desk = Desk(scratch, wrapper=nobody)
    try:
        pid = desk.start("sh", "-c", "echo up; exec sleep 1000")
        text = desk.evidence(pid)
        told = [line for line in text.splitlines()
                if line.startswith("not allowed to read: ")]
        assert len(told) == 1
        for word in ("syscall", "stack", "open files"):
            assert word in told[0]
        assert "\nstatus\n" in text
    finally:
        desk.close()


def test_many_at_once(desk):
    pid = desk.start("sh", "-c", "echo up; exec sleep 1000")
    for run in range(100, 130):
        desk.ask(run, pid)
    assert {desk.receive() for _ in range(30)} == set(range(100, 130))
    assert {event["run"] for event in desk.events()} == set(range(100, 130))
    assert desk.sweeper.finish() == 0


def test_much_is_cut(desk):
    """A thousand files, two hundred threads."""
    pid = desk.start(sys.executable, "-c", """
import os, threading, time
files = [open(os.devnull) for _ in range(800)]
for _ in range(200):
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
print("up", flush=True)
time.sleep(1000)
""")
    text = desk.evidence(pid)
    assert "and 137 more threads" in text
    assert "  and 5" in text and len(text) < 128 * 1024


def test_a_killed_sweeper_is_asked_again(desk):
    pid = desk.start("sh", "-c", "echo up; exec sleep 1000")
    desk.ask(5, pid)
    desk.sweeper.kill()
    desk.sweeper.start()
    assert f"process {pid} " in desk.evidence(pid)


def test_without_a_journal_it_answers_too(desk):
    os.rmdir(desk.journal)
    pid = desk.start("sh", "-c", "echo up; exec sleep 1000")
    desk.ask(5, pid)
    assert desk.receive() == 5
