"""What the commands about the past show fits the terminal."""

import pytest

from conftest import REEVE
from recording import BACKOFF, CRASHED, Journal, at, driver

pexpect = pytest.importorskip("pexpect")

__all__ = ["driver"]


@pytest.fixture
def wide(driver):
    """Crashes of pools with long names, with long last lines."""
    journal = Journal(driver)
    journal.append("config-loaded", config=1, text=b"a", at_us=at(0))
    for number in range(1, 40):
        pool = "p%d-with-a-long-name" % (number % 3)
        journal.append("spawned", run=number, pool=pool, worker=1, config=1,
                       pid=number, by="crash", at_us=at(number))
        journal.append("ready", run=number, pool=pool, worker=1,
                       at_us=at(number + 0.1))
        journal.append("ended", run=number, pool=pool, worker=1,
                       cause=CRASHED, exit_code=3, state=BACKOFF,
                       delay_ns=10**8, at_us=at(number + 0.9),
                       spawned_at_us=at(number))
        journal.append("output", run=number, at_us=at(number + 0.9),
                       text=b"error: " + b"what a long story it is, " * 20)
    journal.close()
    driver.start()
    assert driver.finish() == 0
    return driver


def shown(driver, columns, *words):
    """The lines that a terminal of that width is sent."""
    child = pexpect.spawn(str(REEVE), list(words), dimensions=(24, columns),
                          env=driver.environment, encoding="utf-8")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    return child.before.splitlines()


@pytest.mark.parametrize("words", [
    ["history"], ["history", "--limit", "0"], ["crashes"], ["crashes", "GROUP"],
    ["stats"], ["stats", "--by", "hour"], ["stats", "--by", "config"],
    ["why", "39"], ["sql", "--schema"], ["sql", "select * from crashes"],
    ["sql", "select * from runs"], ["sql", "select worker, tail from crashes"],
], ids=" ".join)
def test_every_line_fits(wide, reeve, words):
    group = reeve("crashes", "--csv").out.splitlines()[1].split(",")[0]
    words = [word.replace("GROUP", group) for word in words]
    for columns in (80, 120):
        lines = shown(wide, columns, *words)
        assert len(lines) > 5
        assert [line for line in lines if len(line) > columns] == []


def test_no_number_is_cut(wide):
    lines = shown(wide, 80, "sql", "select run, at, worker, tail, 'x' as a, "
                  "12345678901234567 as n from crashes where run = 7")
    text = "\n".join(lines)
    assert "12345678901234567" in text and "…" in text
    # Too wide even so: a block for each row.
    lines = shown(wide, 80, "sql", "select * from runs where run = 7")
    assert lines[0].split() == ["run", "7"]
    assert ["exit_code", "3"] in [line.split() for line in lines]
