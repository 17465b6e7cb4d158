"""What a run tells by its notify socket, as in sd_notify(3)."""

import json
import os
import shutil
import signal
import sys

import pytest


def test_a_run_is_ready_when_it_says_so(told):
    web = told()
    first = web.wait(state="starting")
    web.tell("pass")
    assert web.wait(state="starting")["run"] == first["run"]
    web.ready()
    web.instance.wait_up()
    socket, usec, pid, _, _, own = web.instance.wait_for(
        web.environments, "the environment")[0]
    assert socket == str(web.scratch.runtime / "notify" / "web.0")
    assert (usec, pid) == ("None", "None") and int(own) == first["pid"]
    web.instance.stop()


@pytest.mark.skipif(not shutil.which("systemd-notify"),
                    reason="no systemd-notify")
def test_systemd_notify_has_exited_when_it_is_read(instance):
    """It waits for its barrier."""
    running = instance({"pools": {"web": {
        "command": ["sh", "-c", "systemd-notify --ready --status=here && "
                    "echo lifted && exec sleep 1000"],
        "ready": "notify"}}}).start()
    assert running.worker("web/0")["status"] == "here"
    running.wait_for(lambda: "lifted" in running.logs("web/0"),
                     "the barrier is lifted")
    running.stop()


def test_status_and_activity_are_shown(told):
    web = told()
    web.ready()
    web.tell(r"send('STATUS=10\u00b5 of \x1b[31mred\nX_OWN=1')")
    web.wait(status="10\u00b5 of \\x1B[31mred")
    web.tell("send(b'STATUS=' + b'\\xff' + b'y' * 3000)")
    status = web.instance.wait_for(
        lambda: (web.instance.worker("web/0")["status"] or "").endswith("yy"),
        "the long status") and web.instance.worker("web/0")["status"]
    assert status.startswith("\\xFFyy") and len(status) < 80
    web.tell("send('RELOADING=1\\nMONOTONIC_USEC=%d' "
             "% (time.monotonic_ns() // 1000))")
    web.wait(activity="reloading", state="ready")
    web.tell("send('READY=1\\nSTATUS=')")
    web.wait(activity=None, status=None)
    # Older than the last READY=1.
    web.tell("send('RELOADING=1\\nMONOTONIC_USEC=1\\nSTATUS=late')")
    web.wait(activity=None, status="late")
    web.instance.stop()


def test_a_stop_of_its_own_is_judged_by_its_exit_code(told):
    web = told(restart={"policy": "on-failure", "delay": "100ms"})
    run = web.ready()["run"]
    web.tell("send('STOPPING=1\\nERRNO=28\\nEXIT_STATUS=7\\nSTATUS=full'); "
             "os._exit(7)")
    web.instance.wait_history(
        "SELECT 1 FROM runs WHERE run = ? AND cause = 'crashed'", run)
    why = web.instance.run("why", str(run))
    assert "told" in why.out and "No space left on device" in why.out, why
    assert 'exit status 7; status "full"' in why.out, why
    told_exit = web.instance.run("why", str(run), "--json").json()
    assert '"told_exit_status":7' in json.dumps(
        told_exit, separators=(",", ":"))
    later = web.instance.wait_worker("web/0", state="starting")
    web.ready()
    web.tell("send('STOPPING=1')")
    web.wait(activity="stopping")
    web.tell("os._exit(0)")
    web.wait(state="done")
    assert later["run"] > run
    web.instance.stop()


def test_a_stop_of_its_own_that_hangs_is_ended(told):
    web = told(stop={"timeout": "200ms"})
    run = web.ready()["run"]
    web.tell("signal.signal(signal.SIGTERM, signal.SIG_IGN); "
             "send('STOPPING=1')")
    web.instance.wait_history(
        "SELECT 1 FROM runs WHERE run = ? AND cause = 'unhealthy'", run)
    web.instance.stop_at_once()


def test_timeouts_are_extended(told):
    web = told(start={"timeout": "3s"}, stop={"timeout": "2s"})
    run = web.wait(state="starting")["run"]
    web.tell("send('EXTEND_TIMEOUT_USEC=60000000')", "time.sleep(3.5)")
    assert web.ready()["run"] == run
    web.tell("signal.signal(signal.SIGTERM, lambda *_: "
             "(send('EXTEND_TIMEOUT_USEC=60000000'), time.sleep(2.5), "
             "print('in time', flush=True), os._exit(0)))")
    web.wait(state="ready")
    web.instance.wait_for(lambda: "done signal" in web.instance.logs("web/0"),
                          "the handler is there")
    assert web.instance.run("stop", "web").code == 0
    web.printed("in time")
    web.instance.stop()


def test_a_lifetime_is_extended(told):
    web = told(watch={"lifetime": {"over": "3s", "spread": "0%"}})
    web.tell("send('EXTEND_TIMEOUT_USEC=60000000')")
    run = web.ready()["run"]
    web.tell("time.sleep(3.5)", "send('STATUS=old')")
    assert web.wait(status="old")["run"] == run
    web.instance.stop()


def test_garbage_does_no_harm(told):
    web = told()
    web.ready()
    web.tell("send(b'\\0' * 100)", "send(b'')", "send('READY')",
             "send('STATUS=' + 'x' * 5000)",
             "send('\\n'.join(['MAINPID=-1', 'MAINPID=x', 'ERRNO=99999', "
             "'WATCHDOG_USEC=99999999999999999999', 'FDNAME=a:b', '=', "
             "'EXTEND_TIMEOUT_USEC=', 'STATUS=sane']))",
             "r, w = os.pipe()",
             "[send('FDSTORE=1', [r] * 250) for _ in range(200)]",
             "send('BARRIER=1', [w])", "os.close(w)",
             "print('end of pipe', os.read(r, 1), flush=True)",
             "[send('STATUS=%d' % i) for i in range(3000)]")
    web.wait(status="2999", state="ready")
    web.printed("end of pipe b''")
    folder = f"/proc/{web.instance.pid}/fd"
    assert len(os.listdir(folder)) < 150
    web.instance.stop()


# Whatever comes, of bytes that are nearly a message, with and without files;
# said are no words that end a run or keep it from its end.
NOISE = r"""
random.seed(int(sys.argv[2]))
words = [word + "=" for word in ("STATUS", "ERRNO", "EXIT_STATUS", "BUSERROR",
         "FDSTORE", "FDNAME", "FDSTOREREMOVE", "FDPOLL", "BARRIER", "READY",
         "RELOADING", "MONOTONIC_USEC", "EXTEND_TIMEOUT_USEC", "MAINPID", "")]
def value():
    return random.choice([b"", b"1", b"-1", b"0", b"9" * 30, b"\xff\0", b"=",
                          b"1\n1", os.urandom(random.randrange(40))])
def noise():
    if random.random() < 0.3:
        return os.urandom(random.choice([0, 1, 50, 4096, 9000, 100000]))
    return b"\n".join(random.choice(words).encode() + value()
                      for _ in range(random.randrange(60)))
for _ in range(4000):
    message = noise()
    if b"WATCHDOG" in message or b"STOPPING" in message:
        continue
    files = [random.choice([0, r, w]) for _ in
             range(random.choice([0, 0, 0, 1, 3, 250]))]
    try:
        send(message, files)
    except OSError:     # longer than a datagram may be
        pass
send("READY=1\nSTATUS=tired\nERRNO=0\nFDSTOREREMOVE=1\nFDNAME=stored")
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_noise_does_no_harm(told, scratch, seed):
    web = told(fd_store=4)
    noise = scratch.path / "noise.py"
    noise.write_text(NOISE)
    run = web.ready()["run"]
    folder = f"/proc/{web.instance.pid}/fd"
    web.tell("import random", "r, w = os.pipe()",
             f"sys.argv[2:] = ['{seed}']")
    before = len(os.listdir(folder))
    for _ in range(2):
        web.tell(f"exec(open({str(noise)!r}).read())")
        assert web.wait(status="tired", state="ready")["run"] == run
        # What is stored is bounded, and nothing else is kept.
        web.instance.wait_for(
            lambda: len(os.listdir(folder)) <= before + 4,
            "no more files are open than may be stored")
        web.tell("send('STATUS=calm')")
        web.wait(status="calm")
    web.instance.stop()


def test_a_socket_that_lingers_keeps_nobody_waiting(told):
    """The supervisor is the last owner of a socket with bytes that nobody
    reads, and closes it."""
    web = told()
    web.ready()
    web.tell("import struct",
             "listener = socket.create_server(('127.0.0.1', 0))",
             "one = socket.create_connection(listener.getsockname())",
             "other = listener.accept()[0]",
             "one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, "
             "struct.pack('ii', 1, 3600))",
             "one.setblocking(False)",
             "exec('try:\\n while one.send(bytes(65536)): pass\\n"
             "except BlockingIOError: pass')",
             "print('made', flush=True)")
    web.instance.wait_for(lambda: "\nmade\n" in web.instance.logs("web/0"),
                          "the socket is full")
    os.kill(web.instance.pid, signal.SIGSTOP)
    web.tell("send('FDSTORE=1', [one.fileno()])",
             "exec('one.setblocking(False); del one')",
             "print('let go', flush=True)")
    web.instance.wait_for(lambda: "\nlet go\n" in web.instance.logs("web/0"),
                          "the worker has let it go")
    os.kill(web.instance.pid, signal.SIGCONT)
    # The supervisor answers, while the other end is there and does not read.
    assert web.instance.run("signal", "CONT", "web/0").code == 0
    assert web.instance.worker("web/0")["restarts"] == 0
    web.instance.stop()


def test_stored_descriptors_outlive_a_crash(told, scratch):
    web = told(fd_store=3, restart={"delay": "0s"})
    first = web.ready()
    web.tell("f = os.memfd_create('kept'); os.write(f, b'remembered')",
             "r, w = os.pipe()",
             "send('FDSTORE=1\\nFDNAME=memory', [f])",
             "send('FDSTORE=1\\nFDNAME=pipe\\nFDPOLL=0', [r])",
             "send('FDSTORE=1\\nFDNAME=gone', [r])",
             "a, b = socket.socketpair()",
             "send('FDSTORE=1\\nFDNAME=socket', [a.fileno()])",
             "send('FDSTORE=1\\nFDNAME=toomany', [0])",
             "os.kill(os.getpid(), 9)")
    # The other end of the socket died with the run.
    web.instance.wait_new_run(first, state="starting")
    web.instance.wait_for(lambda: len(web.environments()) == 2, "two runs")
    fds, names = web.environments()[1][3:5]
    assert names.split(":")[:2] == ["memory", "pipe"]
    assert int(fds) == len(names.split(":"))
    web.tell("print('read', os.pread(3, 100, 0), flush=True)",
             "send('FDSTOREREMOVE=1\\nFDNAME=pipe')", "send('READY=1')")
    web.wait(state="ready")
    web.printed("read b'remembered'")
    web.instance.kill("web/0")
    web.instance.wait_for(lambda: len(web.environments()) == 3, "three runs")
    assert web.environments()[2][3:5] == ["1", "memory"]
    web.instance.stop()


def test_heartbeats(told):
    web = told(ready="started", alive={"heartbeat": "30s"})
    first = web.wait(state="ready")
    _, usec, pid, _, _, own = web.instance.wait_for(
        web.environments, "the environment")[0]
    assert usec == "30000000" and pid == own
    web.tell("send('WATCHDOG=1\\nSTATUS=beat')")
    assert web.wait(status="beat")["run"] == first["run"]
    web.tell("send('WATCHDOG=trigger')")
    web.instance.wait_history(
        "SELECT 1 FROM runs WHERE run = ? AND cause = 'unhealthy'",
        first["run"])
    web.instance.stop()


@pytest.mark.parametrize("words", [
    "READY=1\\nWATCHDOG_USEC=200000",
    "READY=1\\nWATCHDOG=trigger",
])
def test_a_run_may_ask_for_it_where_the_config_does_not(told, words):
    web = told()
    run = web.wait(state="starting")["run"]
    web.tell(f"send('{words}')")
    web.instance.wait_history(
        "SELECT 1 FROM runs WHERE run = ? AND cause = 'unhealthy'", run)
    # That was the wish of one run; the next one is as the config says.
    web.instance.wait_worker("web/0", state="starting")
    web.ready()
    web.tell("time.sleep(0.5)", "send('STATUS=well')")
    assert web.wait(status="well")["state"] == "ready"
    assert web.instance.worker("web/0")["restarts"] == 1
    web.tell("send('WATCHDOG_USEC=60000000\\nSTATUS=armed')")
    web.wait(status="armed", state="ready", health="ok")
    web.instance.stop()


def test_the_user_of_a_worker_reaches_its_socket(told, scratch):
    if os.getuid() != 0:
        pytest.skip("needs root")
    web = told(user="nobody")
    web.ready()
    assert (scratch.runtime / "notify" / "web.0").stat().st_uid == 65534
    web.instance.stop()
    assert not (scratch.runtime / "notify" / "web.0").exists()


def test_many_workers(instance):
    running = instance({"start_at_once": 50, "pools": {"web": {
        "workers": 50, "ready": "notify", "fd_store": 2,
        "command": [sys.executable, "-I", "-S", "-c",
                    "import os, socket, time\n"
                    "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
                    "s.sendto(b'READY=1\\nSTATUS=%d' % os.getpid(), "
                    "os.environ['NOTIFY_SOCKET'])\ntime.sleep(1000)"]}}})
    running.start()
    assert all(worker["status"] == str(worker["pid"])
               for worker in running.workers().values())
    assert running.run("scale", "web", "3").code == 0
    running.wait_for(
        lambda: len(os.listdir(running.scratch.runtime / "notify")) == 3,
        "three sockets")
    running.stop()


def test_mistakes_are_told(instance, scratch):
    long = "x" * 40
    running = instance({"runtime_dir": str(scratch.path / ("y" * 60)),
                        "pools": {long: {"command": "true",
                                         "ready": "notify"},
                                  "few": {"command": "true", "fd_store": 99}}})
    result = running.run("check", str(running.file))
    assert result.code == 1
    assert "the path of its notify socket" in result.err, result
    assert "fd_store" in result.err, result
    if os.getuid() != 0:
        return
    closed = scratch.path / "closed"
    closed.mkdir(0o700)
    running.write({"runtime_dir": str(closed / "run"), "pools": {
        "web": {"command": "true", "ready": "notify", "user": "nobody"}}})
    result = running.run("check", str(running.file))
    assert "cannot reach the notify sockets" in result.err, result


def test_the_example_counts_on_after_a_crash(example):
    running = example("notify.yaml").start()

    def count():
        status = running.worker("counter/0")["status"]
        return int(status.split()[-1]) if status else 0
    running.wait_for(lambda: count() >= 2, "it counts")
    former = running.kill("counter/0")
    running.wait_new_run(former)
    running.wait_for(lambda: count() >= 3, "it goes on counting")
    frozen = running.kill("counter/1", signal.SIGSTOP)
    running.wait_new_run(frozen)
    running.wait_history("SELECT 1 FROM runs WHERE run = ?"
                         " AND cause = 'unhealthy'", frozen["run"])
    running.stop()
