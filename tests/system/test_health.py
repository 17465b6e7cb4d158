"""Readiness and liveness, against real servers and against hostile ones."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

import pytest

import targets

FOREVER = "sleep 1000000"
# Quick enough for a test, slow enough for a busy machine.
QUICK = {"interval": "50ms", "timeout": "1s", "failures": 2}


@pytest.fixture
def target():
    made = []

    def make(behave=targets.GOOD, path=None):
        made.append(targets.Target(behave, path))
        return made[-1]
    yield make
    for one in made:
        one.close()


def url(target, path="/healthz"):
    return f"http://127.0.0.1:{target.port}{path}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pool(command=FOREVER, **keys):
    return {"pools": {"web": {"command": command} | keys}}


def events(made, kind):
    lines = made.run("history", "--event", kind, "--json").out.splitlines()
    return [json.loads(line) for line in lines]


# ---- readiness ----

def test_http_makes_a_run_ready(instance, target):
    server = target(targets.BROKEN)
    made = instance(pool(ready={"http": url(server)})).launch()
    made.wait_for(lambda: len(server.requests) >= 3, "it was asked again")
    worker = made.wait_worker("web/0", state="starting")
    server.behave = targets.GOOD
    ready = made.wait_worker("web/0", state="ready")
    # Failing while it starts has ended no run.
    assert ready["run"] == worker["run"]
    assert re.match(rb"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1:\d+\r\n",
                    server.requests[0])
    made.stop()


def test_readiness_is_asked_only_while_starting(instance, target):
    server = target()
    made = instance(pool(ready={"http": url(server), "interval": "10ms"}))
    made.start()
    server.behave = targets.BROKEN
    asked = len(server.requests)
    worker = made.worker("web/0")
    made.kill("web/0")
    # Asked again for the next run alone, which it keeps starting.
    made.wait_for(lambda: len(server.requests) > asked + 2, "asked anew")
    later = made.wait_new_run(worker, "starting")
    assert later["restarts"] == 1
    made.stop()


def test_a_worker_waits_for_the_readiness_of_another(instance, target):
    server = target(targets.BROKEN)
    made = instance({"pools": {
        "db": {"command": FOREVER, "ready": {"http": url(server)}},
        "web": {"command": FOREVER, "after": ["db"]}}}).launch()
    made.wait_for(lambda: len(server.requests) >= 2, "db was asked")
    assert made.worker("web/0")["state"] == "stopped"
    server.behave = targets.GOOD
    made.wait_up()
    made.stop()


def test_all_checks_of_ready_have_to_pass(instance, scratch, target):
    server = target()
    flag = scratch.path / "flag"
    made = instance(pool(
        ["sh", "-c", f"while [ ! -e {flag}.log ]; do sleep 0.02; done; "
         "echo now listening; sleep 1000000"],
        ready={"http": url(server), "tcp": f"127.0.0.1:{server.port}",
               "exec": f"test -e {flag}.exec", "log": "now list[a-z]+$",
               "up": "10ms"})).launch()
    made.wait_for(lambda: server.requests, "it was asked")
    made.wait_worker("web/0", state="starting")
    (scratch.path / "flag.log").touch()
    made.wait_for(lambda: "listening" in made.logs("web/0"), "it has printed")
    made.wait_worker("web/0", state="starting")
    (scratch.path / "flag.exec").touch()
    made.wait_up()
    made.stop()


def test_a_start_timeout_ends_what_gets_not_ready(instance, target):
    server = target(targets.freeze)
    made = instance(pool(ready={"http": url(server)},
                         start={"timeout": "200ms"},
                         restart={"limit": "none"})).launch()
    row = made.wait_history(
        "SELECT * FROM runs WHERE cause = 'start-timeout'")[0]
    assert row["ready_at"] is None
    made.stop()


# ---- liveness: each check fails and recovers ----

def fails_and_recovers(made, break_it, repair):
    """With action none: unhealthy and ready again, in the same run."""
    before = made.wait_worker("web/0", state="ready", health="ok")
    break_it()
    sick = made.wait_worker("web/0", state="unhealthy", health="failing")
    assert made.run("status").code == 3
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
        "tcp": f"localhost:{port}", "action": "none"})).start()
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


def test_silence_fails_and_recovers(instance, scratch):
    fifo = scratch.path / "say"
    os.mkfifo(fifo)
    keep = os.open(fifo, os.O_RDWR)
    made = instance(pool(["cat", str(fifo)], alive={
        "silence": "1s", "action": "none"})).start()
    sick = made.wait_worker("web/0", state="unhealthy")
    assert sick["health_text"] == "silence: nothing printed for 1s"
    os.write(keep, b"still here\n")
    assert made.wait_worker("web/0", state="ready")["run"] == sick["run"]
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
    os.write(keep, b"x" * 4096)
    assert made.wait_worker("web/0", state="ready")["run"] == sick["run"]
    os.close(keep)
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
        "heartbeat": "1s", "action": "none"})).start()
    text = fails_and_recovers(made, flag.unlink, flag.touch)
    assert text == "heartbeat: none in 1s"
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


# ---- liveness ends runs ----

def test_a_frozen_server_is_found_and_restarted(instance):
    port = free_port()
    made = instance(pool(
        [sys.executable, "-m", "http.server", "--bind", "127.0.0.1",
         str(port)],
        ready={"http": f"http://127.0.0.1:{port}/"},
        alive={"http": f"http://127.0.0.1:{port}/", "interval": "100ms",
               "timeout": "500ms", "failures": 2},
        stop={"timeout": "300ms"})).start()
    frozen = made.kill("web/0", signal.SIGSTOP)
    made.wait_new_run(frozen)
    row = made.wait_history(
        "SELECT * FROM runs WHERE run = ? AND cause IS NOT NULL",
        frozen["run"])[0]
    assert row["cause"] == "unhealthy"
    evidence = made.wait_history(
        "SELECT * FROM evidence WHERE run = ?", frozen["run"])[0]
    assert "T (stopped)" in evidence["text"]
    stopping, = [event for event in events(made, "stopping")
                 if event["run"] == frozen["run"]]
    assert stopping["text"].startswith("http: no answer in 500ms")
    made.stop()


@pytest.mark.skipif(not shutil.which("nginx"), reason="there is no nginx")
def test_nginx_is_ready_and_alive(instance, scratch):
    port = free_port()
    (scratch.path / "nginx.conf").write_text(f"""
        daemon off; error_log stderr; pid {scratch.path}/nginx.pid;
        events {{}}
        http {{ access_log off; server {{ listen 127.0.0.1:{port};
               location / {{ return 200 "fine"; }} }} }}""")
    made = instance(pool(
        ["nginx", "-p", str(scratch.path), "-c", "nginx.conf"],
        ready={"http": f"http://localhost:{port}/", "body": "^fine$"},
        alive=QUICK | {"http": f"http://localhost:{port}/"})).start()
    first = made.worker("web/0")
    # Its workers, which answer, are frozen, not the master, which is watched.
    children = subprocess.run(["pgrep", "-P", str(first["pid"])],
                              capture_output=True, check=True).stdout.split()
    for child in children:
        os.kill(int(child), signal.SIGSTOP)
    made.wait_new_run(first)
    made.stop()


@pytest.mark.skipif(not shutil.which("redis-server"),
                    reason="there is no redis-server")
def test_redis_is_ready_and_alive(instance):
    port = free_port()
    made = instance(pool(
        f"redis-server --bind 127.0.0.1 --port {port} --save ''",
        ready={"tcp": f"127.0.0.1:{port}", "log": "Ready to accept"},
        alive={"exec": f"redis-cli -p {port} ping", "interval": "100ms",
               "timeout": "500ms", "failures": 2},
        stop={"timeout": "300ms"})).start()
    first = made.kill("web/0", signal.SIGSTOP)
    made.wait_new_run(first)
    row = made.wait_history("SELECT * FROM runs WHERE run = ? "
                            "AND cause IS NOT NULL", first["run"])[0]
    assert row["cause"] == "unhealthy"
    made.stop()


# ---- what probes meet ----

@pytest.mark.parametrize("behave, text", [
    (targets.freeze, "no answer in 200ms"),
    (targets.drip, "no answer in 200ms"),
    (targets.flood_head, "its header is too large"),
    (targets.GARBAGE, "not whole, or no HTTP"),
    (targets.answer(b""), "closed without an answer"),
    (targets.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx"),
     "not whole"),
])
def test_hostile_servers_are_unhealthy(instance, target, behave, text):
    server = target(behave)
    made = instance(pool(alive={
        "http": url(server), "interval": "20ms", "timeout": "200ms",
        "failures": 1, "action": "none"})).launch()
    sick = made.wait_worker("web/0", state="unhealthy")
    assert text in sick["health_text"]
    made.stop()


def test_an_endless_body_is_cut(instance, target):
    server = target(targets.flood_body)
    made = instance(pool(alive={
        "http": url(server), "body": "zzz", "interval": "20ms",
        "failures": 1, "action": "none"})).start()
    made.wait_for(lambda: len(server.requests) >= 5, "it was asked")
    assert made.worker("web/0")["health"] == "ok"
    made.stop()


def test_probes_do_not_pile_up(instance, target):
    under_way, most = [], []

    def count(connection, server):
        under_way.append(connection)
        most.append(len(under_way))
        targets.freeze(connection, server)
        under_way.remove(connection)
    server = target(count)
    made = instance(pool(alive={
        "http": url(server), "interval": "10ms", "timeout": "100ms",
        "failures": 5, "action": "none"})).launch()
    made.wait_worker("web/0", state="unhealthy")
    # The server may see the end of one a little after the next one begins.
    assert max(most) <= 2
    made.stop()


@pytest.mark.parametrize("environment", [
    {}, {"REEVE_CGROUP": "off"}, {"REEVE_SPAWN": "pid"}], ids=str)
def test_a_hanging_exec_leaves_nothing(instance, scratch, environment):
    made = instance(environment=environment, config=pool(alive={
        "exec": ["sh", "-c", "echo $$ >>pids; setsid sleep 1000001 & "
                 "setsid -f sleep 1000002; sleep 1000003"],
        "interval": "50ms", "timeout": "100ms", "failures": 2,
        "action": "none"}, directory=str(scratch.path))).launch()
    made.wait_worker("web/0", state="unhealthy")
    assert "not done in 100ms" in made.worker("web/0")["health_text"]
    # Shells come and go; of the first three nothing is left.
    made.wait_for(lambda: len((scratch.path / "pids").read_text().split()) > 3,
                  "it was asked several times")
    made.stop()


def test_an_exec_that_ends_leaves_nothing(instance, scratch):
    made = instance(pool(alive={
        "exec": ["sh", "-c", "setsid -f sleep 1000004; echo x >>asked"],
        "interval": "50ms", "failures": 2},
        directory=str(scratch.path))).start()
    made.wait_for(lambda: (scratch.path / "asked").exists() and
                  len((scratch.path / "asked").read_text()) > 6, "it was asked")

    def left():
        return [command for command in scratch.processes().values()
                if "sleep 1000004" in command]
    made.wait_for(lambda: len(left()) <= 2, "former ones are gone")
    assert made.worker("web/0")["restarts"] == 0
    made.stop()


def test_a_flood_of_an_exec_is_bounded(instance):
    made = instance(pool(alive={
        "exec": "yes", "interval": "50ms", "timeout": "200ms", "failures": 2,
        "action": "none"})).launch()
    made.wait_worker("web/0", state="unhealthy")
    made.stop()


def test_a_killed_sweeper_still_ends_hanging_checks(instance):
    made = instance(pool(alive={
        "exec": ["sh", "-c", "setsid -f sleep 1000005; sleep 1000006"],
        "interval": "50ms", "timeout": "100ms", "failures": 1,
        "action": "none"})).launch()
    made.wait_worker("web/0", state="unhealthy")
    made.kill("reeve-sweeper/0")
    made.wait_worker("reeve-sweeper/0", state="ready")
    made.stop()


# ---- reload ----

def test_reload_changes_checks(instance, target):
    good, bad = target(), target(targets.BROKEN)
    made = instance(pool(alive=QUICK | {"http": url(good)})).start()
    first = made.worker("web/0")
    made.write(pool(alive=QUICK | {"http": url(bad), "action": "none"}))
    assert made.run("reload").code in (0, 3)
    made.wait_for(lambda: bad.requests, "the other one is asked")
    assert made.wait_worker("web/0", state="unhealthy")["run"] != first["run"]
    made.write(pool())
    made.run("reload")
    made.wait_up()
    made.stop()


def test_a_reload_that_changes_nothing_keeps_the_checks(instance, target):
    server = target()
    config = pool(alive=QUICK | {"http": url(server)})
    made = instance(config).start()
    worker = made.worker("web/0")
    made.write({"sample_interval": "2s"} | config)
    assert made.run("reload").code == 0
    asked = len(server.requests)
    made.wait_for(lambda: len(server.requests) > asked + 3, "still asked")
    assert made.worker("web/0")["run"] == worker["run"]
    made.stop()


# ---- mistakes ----

@pytest.mark.parametrize("key, value, text", [
    ("http", "http://nowhere.invalid/", "cannot look up the host"),
    ("http", "https://127.0.0.1/", "asks for TLS"),
    ("http", "127.0.0.1:80/x", "is no URL"),
    ("http", "http://127.0.0.1:99999/", "ports are numbers from 1 to 65535"),
    ("http", "http://127.0.0.1:6553{index}/", "worker 9 would be 65539"),
    ("http", "http://127.0.0.1:http/", "has no port that is a number"),
    ("http", "http://host{index}/", "has no plain host"),
    ("http", "http://127.0.0.1/a b", "has a blank"),
    ("http", "http://unix:run.sock:/", "names no absolute path"),
    ("tcp", "127.0.0.1", "has no port"),
    ("tcp", "http://127.0.0.1:80", "is a URL"),
    ("tcp", "[::1:80", "has no ']'"),
    ("body", "a(b", "is no regular expression"),
    ("body", "(a)\\1", "refers to a group"),
    ("status", "99", "is no status of HTTP"),
    ("status", "500-400", "is no status of HTTP"),
    ("interval", "5s", "'alive' checks nothing"),
    ("exec", "", "has no value"),
])
def test_mistakes_are_told_with_their_place(reeve, scratch, key, value, text):
    file = scratch.path / "bad.yaml"
    extra = ", http: \"http://127.0.0.1/\"" if key in ("body", "status") else ""
    value = "" if value == "" else f"'{value}'"
    file.write_text(f"pools:\n  web:\n    command: sleep 1\n    workers: 10\n"
                    f"    alive: {{{key}: {value}{extra}}}\n")
    done = reeve("check", file)
    assert done.code == 1
    assert text in done.err
    assert re.search(r"bad\.yaml:5:\d+: error: ", done.err)


@pytest.mark.parametrize("ready, text", [
    ("{when: started, up: 1s}", "either by 'started' or by checks"),
    ("{when: checks}", "there is no check to be ready by"),
    ("soon", "is not known here"),
    ("{http: 'http://127.0.0.1/', log: '['}", "is no regular expression"),
    ("{up: 1s, body: x}", "has no effect without 'ready.http'"),
])
def test_mistakes_of_ready(reeve, scratch, ready, text):
    file = scratch.path / "bad.yaml"
    file.write_text("pools:\n  web:\n    command: sleep 1\n"
                    f"    ready: {ready}\n")
    done = reeve("check", file)
    assert done.code == 1
    assert text in done.err


def test_ready_of_a_pool_takes_the_place_of_the_default(reeve, scratch):
    file = scratch.path / "good.yaml"
    file.write_text("defaults:\n  ready: {tcp: '127.0.0.1:1'}\n"
                    "  alive: {interval: 5s}\n"
                    "pools:\n  a: {command: sleep 1, ready: started}\n"
                    "  b: {command: sleep 1, ready: {up: 1s}}\n"
                    "  c: {command: sleep 1, alive: {tcp: '127.0.0.1:1'}}\n")
    done = reeve("check", file, "--print")
    assert done.code == 0, done
    pools = done.json()["pools"]
    assert pools["a"]["ready"]["when"] == "started"
    assert "tcp" not in pools["a"]["ready"]
    assert "tcp" not in pools["b"]["ready"]
    assert pools["c"]["ready"]["when"] == "checks"
