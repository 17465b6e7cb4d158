"""Liveness of real servers, over reloads, and mistakes in its config."""

import os
import re
import shutil
import signal
import subprocess
import sys

import pytest

import targets
from conftest import free_port, local_name
from health import QUICK, events, pool, url


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
        ready={"http": f"http://{local_name()}:{port}/", "body": "^fine$"},
        alive=QUICK | {"http": f"http://{local_name()}:{port}/"})).start()
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
