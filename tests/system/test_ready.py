"""Readiness: when a run counts as started."""

import os
import re

import pytest

import targets
from health import FOREVER, pool, url


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


def test_status_says_what_a_start_lacks(instance, target, scratch):
    server = target(targets.BROKEN)
    made = instance({"pools": {
        "web": {"command": ["sh", "-c", "read line < go; echo up; "
                            "exec sleep 1000000"],
                "ready": {"http": url(server), "log": "^up"}},
        "told": {"command": FOREVER, "ready": "notify"}}})
    os.mkfifo(scratch.path / "go")
    made.launch()
    lacks = "http: status 500; log: no line matches ^up"
    assert made.wait_worker("web/0", health_text=lacks)["state"] == "starting"
    made.wait_worker("told/0", health_text="it has not said READY=1")
    table = made.run("status").out
    assert f"not ready: {lacks}\n" in table, table
    assert "not ready: it has not said READY=1\n" in table, table
    with open(scratch.path / "go", "w", encoding="utf-8") as go:
        go.write("\n")
    made.wait_worker("web/0", health_text="http: status 500")
    server.behave = targets.GOOD
    made.wait_worker("web/0", state="ready", health_text=None)
    assert "http" not in made.run("status").out
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


def test_why_says_what_was_missing(instance):
    program = ["sh", "-c", "echo hello; exec sleep 1000000"]
    missing = "tcp: cannot connect: Connection refused; " \
        "exec: exit code 3 (asleep); log: no line matches ^listening"
    made = instance(pool(command=program,
                         ready={"exec": ["sh", "-c", "echo asleep; exit 3"],
                                "tcp": "127.0.0.1:1", "log": "^listening"},
                         start={"timeout": "500ms"},
                         restart={"limit": "none"})).launch()
    # A run whose time is over before each was asked lacks an answer.
    row = made.wait_history(
        "SELECT run FROM events WHERE event = 'ended' AND detail LIKE ?",
        f"%{missing}%")[0]
    out = made.run("why", row["run"]).out
    assert "not ready in time" in out and missing in out
    made.stop()


@pytest.mark.parametrize("ready, text", [
    ("{when: started, up: 1s}", "either by 'started' or by checks"),
    ("{when: checks}", "there is no check to be ready by"),
    ("soon", "is not known here"),
    ("{http: 'http://127.0.0.1/', log: '['}", "is no regular expression"),
    ("{up: 1m}", "no run is up for 1m, as each that is not ready is ended"),
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
