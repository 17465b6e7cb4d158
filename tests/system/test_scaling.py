"""Pools that scale by themselves, and that start when a connection comes."""

import json
import socket
import sys

import pytest

from conftest import free_port
from test_sockets import ask, server

# Burns a CPU for as long as the file is there.
BURNER = """
import os, sys, time
while True:
    if not os.path.exists(sys.argv[1]):
        time.sleep(0.02)
"""


def on_demand(port, **keys):
    return server(f"tcp://127.0.0.1:{port}",
                  workers={"min": 0, "max": 3, "idle": "300ms"} | keys)


def fast(pools):
    return {"sample_interval": "100ms", "pools": pools}


def running(made):
    return [name for name, worker in made.workers().items() if worker["pid"]]


def test_the_first_connection_starts_a_worker_and_idle_ones_stop(instance):
    port = free_port()
    made = instance(fast({"web": on_demand(port)})).start()
    waiting = made.worker("web/0")
    assert waiting["state"] == "stopped" and not waiting["wanted"]
    assert waiting["status"] == "waits for a connection"
    assert "waits for a connection" in made.run("status").out
    for _ in range(2):
        assert ask(port), "a connection is served"
        end = made.wait_worker("web/0", pid=None, state="stopped")["last_exit"]
        assert end["cause"] == "scaled"
    events = made.wait_history(
        "SELECT * FROM events WHERE event = 'scaled' ORDER BY at", count=4)
    assert [json.loads(event["detail"])["text"].split(":")[0]
            for event in events[:2]] == ["from 0 to 1 workers",
                                         "from 1 to 0 workers"]
    made.stop()


def test_a_worker_with_a_connection_is_not_idle(instance):
    port = free_port()
    code = ("import socket, time\n"
            "held = [one.accept() for one in [socket.socket(fileno=3)]]\n"
            "time.sleep(1000)")
    made = instance(fast({
        "busy": {"command": [sys.executable, "-c", code],
                 "sockets": f"tcp://127.0.0.1:{port}",
                 "workers": {"min": 0, "max": 1, "idle": "200ms"}},
        # One that goes shows that there was time enough.
        "other": on_demand(other := free_port())})).start()
    with socket.create_connection(("127.0.0.1", port)):
        made.wait_worker("busy/0", state="ready")
        for _ in range(2):
            assert ask(other)
            made.wait_worker("other/0", state="stopped", pid=None)
        assert made.worker("busy/0")["state"] == "ready"
    made.stop()


def test_more_workers_come_when_connections_wait(instance):
    port = free_port()
    code = ("import socket, time\n"
            "held = socket.socket(fileno=3).accept()\n"
            "time.sleep(1000)")
    made = instance({"pools": {"web": {
        "command": [sys.executable, "-c", code],
        "sockets": f"tcp://127.0.0.1:{port}",
        "workers": {"min": 0, "max": 2, "idle": "1h"}}}}).start()
    peers = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
    made.wait_for(lambda: len(running(made)) == 2, "two workers are up")
    made.wait_history("SELECT * FROM events WHERE event = 'max-reached'")
    for peer in peers:
        peer.close()
    made.stop()


def test_a_pool_follows_the_use_of_cpu(instance, scratch):
    idle = scratch.path / "burn"
    idle.touch()
    made = instance(fast({"burn": {
        "command": [sys.executable, "-c", BURNER, str(idle)],
        "workers": {"min": 1, "max": 2, "by": "cpu", "share": "10%",
                    "idle": "300ms"}}})).start()
    made.wait_for(lambda: len(running(made)) == 2, "there are two")
    idle.unlink()
    made.wait_for(lambda: len(made.workers()) == 1, "there is one")
    assert made.status()["pools"][0]["wanted"] == 1
    made.stop()


def test_a_pool_follows_what_a_command_says(instance, scratch):
    load = scratch.path / "load"
    load.write_text("250")
    made = instance({"pools": {"work": {
        "command": "sleep 1000000",
        "workers": {"min": 0, "max": 4, "by": f"exec cat {load}", "load": 100,
                    "every": "100ms", "idle": "100ms"}}}}).start()
    made.wait_for(lambda: len(running(made)) == 3, "250 is for three")
    event, = made.wait_history(
        "SELECT * FROM events WHERE event = 'scaled' LIMIT 1")
    assert "its command says 250" in event["detail"]
    load.write_text("none")
    made.wait_history("SELECT * FROM events WHERE event = 'warning' "
                      "AND detail LIKE '%work is not scaled%no number%'")
    assert len(running(made)) == 3
    load.write_text("0")
    made.wait_for(lambda: not running(made), "there is nothing to do")
    made.stop()


def test_a_command_that_hangs_is_ended(instance):
    made = instance({"pools": {"work": {
        "command": "sleep 1000000",
        "workers": {"min": 1, "max": 4, "by": "exec sleep 999999",
                    "every": "100ms"}}}}).start()
    made.wait_history("SELECT * FROM events WHERE event = 'warning' "
                      "AND detail LIKE '%took too long%'")
    made.stop()


def test_a_pool_that_crashes_is_not_made_larger(instance, scratch):
    load, asked = scratch.path / "load", scratch.path / "asked"
    load.write_text("1")
    asked.touch()
    made = instance({"pools": {"bad": {
        "command": [sys.executable, "-c", "import time; time.sleep(0.1); 1/0"],
        "restart": {"limit": "none", "delay_min": "1ms", "delay_max": "1ms"},
        "workers": {"min": 1, "max": 4, "every": "100ms",
                    "by": f"exec sh -c 'echo >>{asked}; cat {load}'"}}}})
    made.launch()
    made.wait_for(lambda: (made.worker("bad/0") or {"restarts": 0})["restarts"],
                  "it has crashed")
    load.write_text("4")
    before = asked.stat().st_size
    made.wait_for(lambda: asked.stat().st_size > before + 5,
                  "the command has said so several times")
    assert len(made.workers()) == 1
    made.stop()


def test_scale_stays_within_what_the_config_allows(instance):
    made = instance({"pools": {"web": {
        "command": "sleep 1000000",
        "workers": {"min": 1, "max": 3, "by": "cpu", "idle": "1h"}}}}).start()
    assert made.run("scale", "web", 3).code == 0
    assert len(running(made)) == 3
    result = made.run("scale", "web", 4)
    assert result.code != 0 and "its config allows 1 to 3" in result.err
    made.stop()


def test_what_is_stopped_by_hand_stays_down(instance):
    port = free_port()
    made = instance(fast({"web": on_demand(port)})).start()
    assert made.run("stop", "web").code == 0
    with socket.create_connection(("127.0.0.1", port)) as peer:
        assert made.run("start", "web").code == 0
        assert peer.makefile().read()
    made.wait_worker("web/0", state="stopped", pid=None)
    assert made.run("restart", "web").code == 0, "there is nothing to restart"
    assert made.worker("web/0")["pid"] is None
    made.stop()


def test_a_reload_keeps_what_waits(instance):
    port = free_port()
    made = instance(fast({"web": on_demand(port)})).start()
    made.write(fast({"web": on_demand(port, max=2)}))
    assert made.run("reload").code == 0
    assert made.worker("web/0")["state"] == "stopped"
    assert ask(port)
    made.write(fast({"web": on_demand(port) | {"workers": 1}}))
    assert made.run("reload").code == 0
    made.wait_worker("web/0", state="ready")
    made.stop()


@pytest.mark.parametrize("workers, said", [
    ({"min": 3, "max": 2, "by": "cpu"}, "max is less than min"),
    ({"min": 1, "max": 2}, "no connections to scale by"),
    ({"min": 0, "max": 2, "by": "cpu"}, "nothing starts the first worker"),
    ({"max": 2, "by": "exec"}, "is nothing to scale by"),
    ({"max": 2, "by": "moon"}, "is nothing to scale by"),
])
def test_mistakes_in_scaling_are_told(reeve, scratch, workers, said):
    made = scratch.path / "bad.yaml"
    made.write_text(json.dumps({"pools": {"web": {
        "command": "sleep 1", "workers": workers}}}))
    result = reeve("check", made)
    assert result.code == 1 and said in result.err, result


def test_the_example_starts_on_demand(example):
    port = free_port()
    made = example("scaling.yaml", {"18891": str(port)}).start()
    with socket.create_connection(("127.0.0.1", port)) as peer:
        assert peer.makefile().read().startswith("greeter: greeter/0")
    made.stop()
