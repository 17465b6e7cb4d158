"""What probes meet: hostile servers, and commands that hang."""

import pytest

import targets
from health import pool, url


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
    made.wait_for(lambda: len((scratch.path / "pids").read_text().split()) > 3,
                  "it was asked several times")
    # Three of a check each: those of one that hangs and of one that is killed.
    made.wait_for(lambda: len([command for command
                               in scratch.processes().values()
                               if command.startswith("sleep 100000")]) <= 7,
                  "those of the former checks are gone")
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
    made.wait_new_run(made.kill("reeve-sweeper/0"))
    made.stop()
