"""The history says who had a run started, and who had it end."""

import json
import os
import signal

import pytest

SLEEPER = "pools: {{a: {{command: sleep {}, workers: {}}}}}\n"


@pytest.fixture
def facts(instance):
    """facts(event, run) gives what the history says of the event of a run:
    who asked for it by what, and the event's other words."""
    reeve = instance(SLEEPER.format(1000, 1)).start()

    def read(event, run):
        rows = reeve.wait_history(
            "SELECT detail FROM events WHERE event = ? AND run = ?", event,
            run)
        return json.loads(rows[0]["detail"])
    reeve.facts = read
    return reeve


def asked(detail):
    return detail.get("command"), detail.get("uid")


def test_nobody_asked_for_the_first_run_nor_for_one_after_a_crash(facts):
    first = facts.kill("a/0")
    spawned = facts.facts("spawned", first["run"])
    assert spawned["by"] == "config"
    assert spawned["cpus"]
    assert spawned["config"] == 1
    assert asked(spawned) == (None, None)
    second = facts.wait_new_run(first)
    assert asked(facts.facts("ended", first["run"])) == (None, None)
    spawned = facts.facts("spawned", second["run"])
    assert spawned["by"] == "crash"
    assert asked(spawned) == (None, None)


@pytest.mark.parametrize("words", [("restart", "a"),
                                   ("restart", "--rolling", "a")])
def test_a_restart_is_asked_for(facts, words):
    first = facts.worker("a/0")
    assert facts.run(*words).code == 0
    second = facts.wait_new_run(first)
    who = ("restart", os.getuid())
    assert asked(facts.facts("stopping", first["run"])) == who
    ended = facts.facts("ended", first["run"])
    assert ended["cause"] == "restarted"
    assert asked(ended) == who
    spawned = facts.facts("spawned", second["run"])
    assert spawned["by"] == "command"
    assert asked(spawned) == who
    # Nobody asks for what comes after that.
    facts.kill("a/0")
    third = facts.wait_new_run(second)
    assert asked(facts.facts("ended", second["run"])) == (None, None)
    assert asked(facts.facts("spawned", third["run"])) == (None, None)


def test_a_stop_and_a_start_are_asked_for(facts):
    first = facts.worker("a/0")
    assert facts.run("stop", "a/0").code == 0
    assert asked(facts.facts("ended", first["run"])) == ("stop", os.getuid())
    assert facts.run("start", "a/0").code == 0
    second = facts.worker("a/0")
    spawned = facts.facts("spawned", second["run"])
    assert spawned["by"] == "command"
    assert asked(spawned) == ("start", os.getuid())
    # Of all workers there is a way of its own.
    assert facts.run("stop", "all").code == 0
    assert asked(facts.facts("ended", second["run"])) == ("stop", os.getuid())


def test_a_scale_is_asked_for(facts):
    assert facts.run("scale", "a", "2").code == 0
    new = facts.wait_worker("a/1", state="ready")
    spawned = facts.facts("spawned", new["run"])
    assert spawned["by"] == "scale"
    assert asked(spawned) == ("scale", os.getuid())
    assert facts.run("scale", "a", "1").code == 0
    ended = facts.facts("ended", new["run"])
    assert ended["cause"] == "scaled"
    assert asked(ended) == ("scale", os.getuid())


def test_a_signal_by_hand_is_asked_for(facts):
    first = facts.worker("a/0")
    assert facts.run("signal", "TERM", "a/0").code == 0
    second = facts.wait_new_run(first)
    ended = facts.facts("ended", first["run"])
    assert ended["cause"] == "restarted"
    assert asked(ended) == ("signal", os.getuid())
    assert asked(facts.facts("spawned", second["run"])) == \
        ("signal", os.getuid())


def test_a_reload_is_asked_for(facts):
    first = facts.worker("a/0")
    facts.write(SLEEPER.format(2000, 1))
    assert facts.run("reload").code == 0
    second = facts.wait_new_run(first)
    who = ("reload", os.getuid())
    ended = facts.facts("ended", first["run"])
    assert ended["cause"] == "reload"
    assert asked(ended) == who
    spawned = facts.facts("spawned", second["run"])
    assert (spawned["by"], spawned["config"]) == ("reload", 2)
    assert asked(spawned) == who
    rows = facts.wait_history(
        "SELECT detail FROM events WHERE event = 'config-loaded'", count=2)
    assert [asked(json.loads(row["detail"])) for row in rows] == \
        [(None, None), who]


def test_signals_to_reeve_ask_too(facts, scratch):
    first = facts.worker("a/0")
    facts.write(SLEEPER.format(2000, 1))
    facts.process.send_signal(signal.SIGHUP)
    second = facts.wait_new_run(first)
    assert asked(facts.facts("spawned", second["run"])) == \
        ("SIGHUP", os.getuid())
    facts.stop()
    assert asked(facts.facts("ended", second["run"])) == \
        ("SIGTERM", os.getuid())
    rows = facts.history(
        "SELECT detail FROM events WHERE event = 'instance-stopped'")
    assert asked(json.loads(rows[0]["detail"])) == ("SIGTERM", os.getuid())
