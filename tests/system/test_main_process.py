"""Which process is the main one of a run, and who is heard: MAINPID= and the
sender of a message, as in sd_notify(3)."""

import os
import subprocess
import sys


def test_the_main_process_may_fork_away(told):
    """As a daemon does: the child says that it is the main process now, and
    the parent exits; its end is the end of the run."""
    web = told()
    first = web.ready()
    web.tell("pid = os.fork()",
             "pid and (send(f'MAINPID={pid}\\nSTATUS=child'), os._exit(3))",
             "os.setsid()")
    changed = web.wait(status="child")
    assert changed["pid"] != first["pid"] and changed["run"] == first["run"]
    web.events("the main process is now")
    # It is a child of the supervisor now, which learns how it ends.
    web.tell("os._exit(9)")
    rows = web.instance.wait_history(
        "SELECT exit_code FROM runs WHERE run = ? AND ended_at NOT NULL",
        first["run"])
    assert rows[0]["exit_code"] == 9
    web.instance.stop()


def test_a_main_process_that_is_no_child_is_followed(told):
    web = told()
    first = web.ready()
    web.tell("child = subprocess.Popen(['sleep', '1000'])",
             "send(f'MAINPID={child.pid}\\nSTATUS=moved')")
    moved = web.wait(status="moved")
    assert moved["pid"] != first["pid"]
    os.kill(moved["pid"], 11)
    rows = web.instance.wait_history(
        "SELECT exit_signal FROM runs WHERE run = ? AND ended_at NOT NULL",
        first["run"])
    assert rows[0]["exit_signal"] == 11
    web.instance.stop()


def test_a_stranger_is_no_main_process(told):
    web = told()
    first = web.ready()
    stranger = subprocess.Popen(["sleep", "1000"])
    try:
        web.tell(f"send('MAINPID={stranger.pid}\\nSTATUS=sent')")
        assert web.wait(status="sent")["pid"] == first["pid"]
        web.events("refused MAINPID=")
    finally:
        stranger.kill()
        stranger.wait()
    web.instance.stop()


def test_a_stranger_is_not_heard(told):
    web = told()
    web.wait(state="starting")
    script = ("import os, socket, sys, time\n"
              "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
              "s.sendto(b'READY=1', sys.argv[1])\n"
              "print('sent', flush=True); time.sleep(1000)")
    stranger = subprocess.Popen(
        [sys.executable, "-c", script,
         str(web.scratch.runtime / "notify" / "web.0")],
        stdout=subprocess.PIPE)
    try:
        assert stranger.stdout.readline() == b"sent\n"
        web.events("refused 1 message")
        assert web.instance.worker("web/0")["state"] == "starting"
    finally:
        stranger.kill()
        stranger.wait()
    web.ready()
    web.instance.stop()


def test_without_cgroups_the_age_and_the_parents_tell(instance, scratch):
    """A daemon that forks twice is followed; a stranger is no part of it."""
    program = scratch.path / "daemon.py"
    program.write_text("""
import os, socket, time
def send(text):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(text.encode(), os.environ["NOTIFY_SOCKET"])
read, write = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        send(f"MAINPID={os.getpid()}\\nREADY=1\\nSTATUS=daemon")
        os.close(write)
        time.sleep(1000)
    os._exit(0)
os.close(write)
os.read(read, 1)
""")
    running = instance({"pools": {"web": {
        "command": [sys.executable, str(program)], "ready": "notify"}}},
        environment={"REEVE_CGROUP": "off"}).start()
    worker = running.wait_worker("web/0", status="daemon", state="ready")
    socket_path = scratch.runtime / "notify" / "web.0"
    old = subprocess.Popen(
        [sys.executable, "-c", "import socket, sys\n"
         "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
         "[s.sendto(line.strip().encode(), sys.argv[1]) for line in sys.stdin]"
         "", str(socket_path)], stdin=subprocess.PIPE)
    # It is younger than the run, so it is heard; but no main process.
    old.stdin.write(f"MAINPID={old.pid}\n".encode())
    old.stdin.flush()
    running.wait_history("SELECT 1 FROM events WHERE event = 'notify'"
                         " AND detail LIKE '%refused MAINPID%'")
    run = running.kill("web/0")
    later = running.wait_new_run(run)
    assert later["pid"] != worker["pid"]
    # It is older than the run now.
    old.stdin.write(b"STATUS=stranger\n")
    old.stdin.close()
    old.wait()
    running.stop()
