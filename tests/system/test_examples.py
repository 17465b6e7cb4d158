"""Real programs as pools, from examples/: killed, they are back."""

import pathlib
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

import pytest

from conftest import BUILD, EXAMPLES, free_port, wait_for


def needs(program):
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    return pytest.mark.skipif(not path, reason=f"needs {program}")


def get(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/",
                                    timeout=10) as answer:
            return answer.read().decode()
    except OSError:
        return None


def kill_and_look(made, name):
    """Kills a worker by SIGKILL, waits for its next run, and looks whether the
    history has the right row of the former one."""
    before = time.time()
    former = made.kill(name)
    now = made.wait_new_run(former)
    row, = made.wait_history(
        "SELECT * FROM runs WHERE run = ? AND ended_at IS NOT NULL",
        former["run"])
    assert row["worker"] == name
    assert row["exit_signal"] == signal.SIGKILL
    assert row["cause"] == "crashed"
    assert row["started_at"] <= before <= row["ended_at"] <= time.time()
    later, = made.wait_history("SELECT * FROM runs WHERE run = ?", now["run"])
    assert later["started_at"] >= row["ended_at"]
    return now


def test_health(example):
    """As in examples/health.yaml: what stops answering is started again."""
    made = example("health.yaml").start()
    former = made.worker("web/0")
    made.wait_new_run(former)
    row, = made.wait_history(
        "SELECT * FROM runs WHERE run = ? AND cause IS NOT NULL",
        former["run"])
    assert row["cause"] == "unhealthy"
    assert "web/0 is sick: http: " in made.wait_for(
        lambda: made.run("history", "--event", "hook").out, "the hook ran")
    made.stop()


@needs("nginx")
def test_nginx(example):
    base = free_port(3)
    made = example("nginx.yaml", environment={"PORT_BASE": str(base)}).start()
    for index in range(3):
        answer = made.wait_for(lambda: get(base + index), "nginx answers")
        assert answer.startswith(f"web/{index}, run ")
    # nginx's own processes still hold the port when its main process dies.
    now = kill_and_look(made, "web/1")
    answer = made.wait_for(lambda: get(base + 1), "nginx answers again")
    assert answer == f"web/1, run {now['run']}\n"
    assert made.worker("web/1")["restarts"] == 1
    made.stop()


@needs("redis-server")
def test_redis(example, scratch):
    made = example("redis.yaml").start()

    def ask(index, words):
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(10)
                client.connect(str(scratch.runtime / f"redis-{index}.sock"))
                client.sendall(words.encode() + b"\r\n")
                return client.recv(100).decode()
        except OSError:
            return None
    for index in range(2):
        made.wait_for(lambda: ask(index, "PING") == "+PONG\r\n", "PONG")
    assert ask(0, "SET key 5") == "+OK\r\n"
    kill_and_look(made, "cache/0")
    made.wait_for(lambda: ask(0, "GET key") == "$-1\r\n", "an empty redis")
    made.stop()


def test_http_server(example):
    base = free_port(2)
    made = example("http.yaml", environment={"PORT_BASE": str(base)}).start()
    made.wait_for(lambda: "http.yaml" in (get(base) or ""), "a listing")
    kill_and_look(made, "files/0")
    made.wait_for(lambda: "http.yaml" in (get(base) or ""), "a listing again")
    made.stop()


def test_every_example_is_checked(reeve):
    for config in EXAMPLES.glob("*.yaml"):
        result = reeve("check", "--print", config)
        assert result.code == 0, (config, result)
        for pool in result.json()["pools"].values():
            # They run from any folder.
            if "programs/" in " ".join(pool["command"]):
                assert pathlib.Path(pool["directory"]) == EXAMPLES, config


def test_the_demo_without_a_terminal(scratch):
    done = subprocess.run([str(EXAMPLES / "demo"), str(BUILD)],
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, env=scratch.environment, timeout=120)
    assert done.returncode == 0, done
    assert done.stderr == ""
    for word in ["primes/0", "primes/1", "collector/0", "flaky/0", "ledger/0",
                 "$ reeve why flaky/0", "stopped cleanly"]:
        assert word in done.stdout, done.stdout
    why = done.stdout.split("$ reeve why flaky/0")[1]
    assert "flaky: " in why, "the last output is told"
    assert "(exit code" not in done.stdout.split("$ reeve history")[1]


def test_the_demo_on_a_terminal(scratch):
    pexpect = pytest.importorskip("pexpect")
    demo = pexpect.spawn(str(EXAMPLES / "demo"), [str(BUILD)],
                         env=scratch.environment | {"TERM": "xterm-256color"},
                         dimensions=(24, 80), timeout=60, encoding="utf-8")
    demo.expect("collector")
    demo.send("q")
    demo.expect("stopped cleanly")
    demo.expect(pexpect.EOF)
    demo.close()
    assert demo.exitstatus == 0
    wait_for(lambda: not scratch.processes(), "nothing is left")


def test_logs_have_three_formats(example):
    made = example("logs.yaml").start()
    for pool, sign in (("raw", "it is"), ("tagged", "tagged/0 "),
                       ("json", '{"time":"')):
        path = made.scratch.state / "log" / f"{pool}.0.log"
        wait_for(lambda path=path, sign=sign: path.exists() and
                 sign in path.read_text(), f"a line of {pool}")
