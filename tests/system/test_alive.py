"""Liveness: each check fails and recovers."""

import os
import socket
import sys

import targets
from conftest import free_port, local_name
from health import QUICK, events, pool, url


def fails_and_recovers(made, break_it, repair):
    """With action none: unhealthy and ready again, in the same run."""
    before = made.wait_worker("web/0", state="ready", health="ok")
    break_it()
    sick = made.wait_worker("web/0", state="unhealthy", health="failing")
    shown = made.run("status")
    assert shown.code == 3 and sick["health_text"][:20] in shown.out, shown
    repair()
    after = made.wait_worker("web/0", state="ready", health="ok",
                             health_text=None)
    assert before["run"] == sick["run"] == after["run"]
    made.wait_for(lambda: len(events(made, "health")) >= 2,
                  "both are in the history")
    assert [event["text"] == "ok" for event in events(made, "health")] \
        == [False, True]
    return sick["health_text"]


def test_http_fails_and_recovers(instance, target):
    server = target()
    made = instance(pool(alive=QUICK | {
        "http": url(server), "action": "none"})).start()

    def set_to(behave):
        server.behave = behave
    text = fails_and_recovers(made, lambda: set_to(targets.BROKEN),
                              lambda: set_to(targets.GOOD))
    assert text.startswith("http: status 500")
    made.stop()


def test_the_body_and_the_status_count(instance, target):
    server = target(targets.answer(b"HTTP/1.1 404 No\r\n\r\nall ok\n"))
    made = instance(pool(alive=QUICK | {
        "http": url(server), "status": 404, "body": "^all (ok|well)$",
        "action": "none"})).start()

    def say(text):
        server.behave = targets.answer(b"HTTP/1.1 404 No\r\n\r\n" + text)
    text = fails_and_recovers(made, lambda: say(b"all bad\n"),
                              lambda: say(b"x\nall well\ny\n"))
    assert "in the body" in text
    made.stop()


def test_http_by_a_unix_socket_of_each_worker(instance, scratch, target):
    servers = [target(path=scratch.path / f"{i}.sock") for i in range(2)]
    made = instance(pool(workers=2, alive=QUICK | {
        "http": f"http://unix:{scratch.path}/{{index}}.sock:/of/{{worker}}",
        "action": "none"})).start()
    made.wait_for(lambda: all(server.requests for server in servers),
                  "both were asked")
    servers[1].behave = targets.BROKEN
    made.wait_worker("web/1", state="unhealthy")
    assert made.worker("web/0")["state"] == "ready"
    assert servers[1].requests[0].startswith(b"GET /of/web/1 HTTP/1.0\r\n"
                                             b"Host: localhost\r\n")
    made.stop()


def test_tcp_fails_and_recovers(instance):
    port = free_port()
    listener = []

    def listen():
        listener.append(socket.create_server(("127.0.0.1", port)))
    listen()
    made = instance(pool(alive=QUICK | {
        "tcp": f"{local_name()}:{port}", "action": "none"})).start()
    text = fails_and_recovers(made, lambda: listener.pop().close(), listen)
    assert text.startswith("tcp: cannot connect: Connection refused")
    listener.pop().close()
    made.stop()


def test_exec_fails_and_recovers(instance, scratch):
    flag = scratch.path / "flag"
    flag.touch()
    made = instance(pool(alive=QUICK | {
        "exec": ["sh", "-c", f"test -e {flag} || {{ echo it is $REEVE_WORKER; "
                 "exit 4; }"], "action": "none"})).start()
    text = fails_and_recovers(made, flag.unlink, flag.touch)
    assert text.startswith("exec: exit code 4 (it is web/0)")
    made.stop()


def wait_ready_while(made, sick, act):
    """Acts again and again until the worker is ready: one act may be seen too
    late, when its time is over already."""
    def is_ready():
        act()
        worker = made.worker(sick["name"])
        return worker["state"] == "ready" and worker
    assert made.wait_for(is_ready, "it is ready")["run"] == sick["run"]


def test_silence_fails_and_recovers(instance, scratch):
    fifo = scratch.path / "say"
    os.mkfifo(fifo)
    keep = os.open(fifo, os.O_RDWR)
    made = instance(pool(["cat", str(fifo)], alive={
        "silence": "1s", "action": "none"})).start()
    sick = made.wait_worker("web/0", state="unhealthy")
    assert sick["health_text"] == "silence: nothing printed for 1s"
    wait_ready_while(made, sick, lambda: os.write(keep, b"still here\n"))
    os.close(keep)
    made.stop()


def test_progress_fails_and_recovers(instance, scratch):
    fifo = scratch.path / "say"
    os.mkfifo(fifo)
    keep = os.open(fifo, os.O_RDWR)
    made = instance({"sample_interval": "100ms"} | pool(
        ["cat", str(fifo)], alive={"progress": "1s", "action": "none"}))
    made.start()
    sick = made.wait_worker("web/0", state="unhealthy")
    assert sick["health_text"].startswith("progress: no CPU time")
    wait_ready_while(made, sick, lambda: os.write(keep, b"x" * 4096))
    os.close(keep)
    made.stop()


def test_a_busy_loop_is_seen_that_has_a_part_of_a_cpu(instance):
    cpu = str(min(os.sched_getaffinity(0)))
    loop = {"command": [sys.executable, "-c", "while True: pass"],
            "affinity": {"cpus": cpu}}
    made = instance({"sample_interval": "100ms", "pools": {
        "web": loop | {"alive": {"progress": "2s", "action": "none"}},
        "others": loop | {"workers": 3}}}).start()
    sick = made.wait_worker("web/0", state="unhealthy")
    assert sick["health_text"].startswith("progress: all of a CPU")
    assert sick["cpu_percent"] < 90
    made.stop()


def test_heartbeats_fail_and_recover(instance, scratch):
    flag = scratch.path / "flag"
    flag.touch()
    beat = ("import os, socket, sys, time\n"
            "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
            "while True:\n"
            "    if os.path.exists(sys.argv[1]):\n"
            "        s.sendto(b'WATCHDOG=1', os.environ['NOTIFY_SOCKET'])\n"
            "    time.sleep(0.05)\n")
    made = instance(pool([sys.executable, "-c", beat, str(flag)], alive={
        "heartbeat": "3s", "action": "none"})).start()
    text = fails_and_recovers(made, flag.unlink, flag.touch)
    assert text == "heartbeat: none in 3s"
    made.stop()


def test_checks_count_each_by_itself(instance, scratch, target):
    first, flag = target(), scratch.path / "flag"
    flag.touch()
    made = instance(pool(alive=QUICK | {
        "http": url(first), "tcp": f"127.0.0.1:{first.port}",
        "exec": f"test -e {flag}", "action": "none"})).start()
    first.behave = targets.BROKEN
    made.wait_worker("web/0", state="unhealthy")
    flag.unlink()
    asked = len(first.requests)
    made.wait_for(lambda: len(first.requests) > asked + 5, "exec fails too")
    first.behave = targets.GOOD
    asked = len(first.requests)
    made.wait_for(lambda: len(first.requests) > asked + 3, "http is good")
    assert made.worker("web/0")["state"] == "unhealthy"
    flag.touch()
    made.wait_worker("web/0", state="ready")
    made.stop()


def test_nothing_is_checked_before_the_grace_is_over(instance, target):
    server = target(targets.BROKEN)
    made = instance(pool(alive=QUICK | {"http": url(server),
                                        "grace": "1h"})).start()
    worker = made.worker("web/0")
    assert (worker["state"], worker["health"]) == ("ready", "ok")
    made.stop()
    assert server.requests == []
