"""`reeve stats` on a history whose figures are known."""

import csv
import io

import pytest

from recording import (BACKOFF, CRASHED, DONE, EXITED, Journal, LOST, READY,
                       STARTING, STOPPED, at, driver, lines, words_of)

__all__ = ["driver"]


def run(journal, number, worker, start, ready, end=None, pool="web", config=1,
        **how):
    journal.append("spawned", run=number, pool=pool, worker=worker + 1,
                   pid=100 + number, config=config, by="config",
                   state=STARTING, at_us=at(start))
    journal.append("ready", run=number, pool=pool, worker=worker + 1,
                   state=READY, at_us=at(ready))
    if end is not None:
        journal.append("ended", run=number, pool=pool, worker=worker + 1,
                       at_us=at(end), spawned_at_us=at(start), **how)


@pytest.fixture
def known(driver):
    """web/0 crashes twice; it is stopped after the first time, by an end, and
    after the second while it waits. slow/0 is done after an hour."""
    journal = Journal(driver)
    journal.append("config-loaded", config=1, text=b"a", at_us=at(0))
    run(journal, 1, 0, 0, 2, 102, cause=CRASHED, exit_signal=11, state=BACKOFF,
        delay_ns=1000000000)
    run(journal, 2, 0, 103, 105, 205, cause=STOPPED, exit_signal=15, state=0)
    journal.append("config-loaded", config=2, text=b"b", at_us=at(300))
    run(journal, 3, 0, 305, 306, 406, cause=CRASHED, exit_code=3,
        state=BACKOFF, config=2)
    journal.append("state", pool="web", worker=1, state=0, at_us=at(500))
    journal.append("config-loaded", config=3, text=b"b", at_us=at(650))
    run(journal, 4, 0, 700, 704, config=3)
    for number, (cpu, rss) in enumerate([(500, 10 << 20), (300, 20 << 20)]):
        journal.append("sample", run=1, pool="web", worker=1,
                       at_us=at(10 + number * 10), cpu_permille=cpu,
                       rss_bytes=rss)
    journal.append("warning", at_us=at(804), text=b"the end")
    journal.close()
    driver.start()
    assert driver.finish() == 0
    return driver


def test_the_figures_are_as_they_are_defined(known, reeve):
    pool, worker = lines(reeve("stats", "--json"))
    assert (pool["pool"], pool["worker"], worker["worker"]) == \
        ("web", None, "web/0")
    assert {key: value for key, value in pool.items() if key != "worker"} == \
        {key: value for key, value in worker.items() if key != "worker"}
    assert (worker["from"], worker["until"]) == \
        ("2026-11-22T09:00:00.000Z", "2026-11-22T09:13:24.000Z")
    assert (worker["starts"], worker["crashes"]) == (4, 2)
    # Up to 205, 305 to 500 when it was stopped, 700 to 804.
    assert worker["wanted_s"] == 205 + 195 + 104
    assert worker["ready_s"] == 100 + 100 + 100 + 100
    assert worker["availability"] == pytest.approx(400 / 504)
    assert worker["between_crashes_s"] == 200
    assert (worker["to_ready_median_s"], worker["to_ready_p99_s"]) == (2, 4)
    # From 102 to 105; after 406 it was stopped before it was back.
    assert (worker["to_recovery_median_s"],
            worker["to_recovery_p99_s"]) == (3, 3)
    assert (worker["cpu_percent"], worker["cpu_percent_max"]) == (40, 50)
    assert (worker["rss_bytes"], worker["rss_bytes_max"]) == \
        (15 << 20, 20 << 20)


def test_a_part_of_the_time(known, reeve):
    found, = lines(reeve("stats", "web/0", "--json", "--since",
                         "2026-11-22 09:01:40", "--until",
                         "2026-11-22 09:01:50"))[1:]
    # 100 to 110: it crashes at 102 and is ready again at 105.
    assert (found["starts"], found["crashes"], found["wanted_s"],
            found["ready_s"]) == (1, 1, 10, 7)
    assert found["to_recovery_median_s"] == 3
    found, = lines(reeve("stats", "web/0", "--json", "--since",
                         "2026-11-22 09:07:00", "--until",
                         "2026-11-22 09:08:30"))[1:]
    # 420 to 510: it waits for its next run until it is stopped at 500.
    assert (found["starts"], found["wanted_s"], found["ready_s"],
            found["availability"]) == (0, 80, 0, 0)


def test_by_config_those_with_the_same_text_are_one(known, reeve):
    before, after = lines(reeve("stats", "web", "--by", "config", "--json"))
    assert (before["config"], before["from"], before["until"]) == \
        (1, "2026-11-22T09:00:00.000Z", "2026-11-22T09:05:00.000Z")
    assert (before["starts"], before["crashes"], before["wanted_s"],
            before["ready_s"]) == (2, 1, 205, 200)
    assert (after["config"], after["starts"], after["crashes"],
            after["wanted_s"], after["ready_s"]) == (2, 2, 1, 299, 200)
    result = reeve("stats", "web", "--by", "config")
    assert result.code == 0
    head = result.out.splitlines()[2]
    assert head.split() == ["web", "config", "1", "2-3"]
    assert ["crashes", "1", "1"] in [
        line.split() for line in result.out.splitlines()]


@pytest.fixture
def hours(driver):
    """slow/0 is up from half past nine to half past eleven, with a crash at
    half past ten."""
    journal = Journal(driver)
    run(journal, 1, 0, 1800, 1800, 5400, pool="slow", cause=CRASHED,
        exit_code=1, state=BACKOFF)
    run(journal, 2, 0, 5401, 5401, 9000, pool="slow", cause=EXITED, state=DONE)
    journal.append("warning", at_us=at(12600), text=b"the end")
    journal.close()
    driver.start()
    assert driver.finish() == 0
    return driver


def test_by_hour_each_gets_its_share(hours, reeve):
    found = lines(reeve("stats", "--by", "hour", "--json"))
    assert [(part["from"][11:16], part["starts"], part["crashes"],
             part["wanted_s"], part["ready_s"]) for part in found] == [
                 ("09:30", 1, 0, 1800, 1800), ("10:00", 1, 1, 3600, 3599),
                 ("11:00", 0, 0, 1800, 1800), ("12:00", 0, 0, 0, 0)]
    assert found[3]["availability"] is None
    result = reeve("stats", "--by", "hour")
    assert result.code == 0
    rows = result.out.splitlines()[4:]
    assert rows[1].split()[:5] == ["11-22", "10:00", "1", "1", "99.97%"]
    assert rows[1].endswith("█" * 10) and "█" not in rows[0]
    # Done is not wanted: there is nothing to be available.
    assert rows[3].split()[4] == "-"


def test_by_day(hours, reeve):
    found = lines(reeve("stats", "--by", "day", "--json"))
    assert [part["ready_s"] for part in found] == [7199]


def test_overlapping_runs_count_once(driver, reeve):
    journal = Journal(driver)
    run(journal, 1, 0, 0, 0, 60, cause=6, state=0)
    run(journal, 2, 0, 40, 50, 100, cause=STOPPED, state=0)
    journal.close()
    driver.start()
    assert driver.finish() == 0
    found, _ = lines(reeve("stats", "--json"))
    assert (found["wanted_s"], found["ready_s"]) == (100, 100)


def test_a_lost_run_counts_up_to_its_last_sign(driver, reeve):
    journal = Journal(driver)
    run(journal, 1, 0, 0, 1)
    journal.append("sample", run=1, pool="web", worker=1, at_us=at(31),
                   cpu_permille=1)
    # The machine was off; the next supervisor finds nothing of it.
    journal.append("instance-started", at_us=at(5000))
    run(journal, 2, 0, 5001, 5001, 5011, cause=STOPPED, state=0)
    journal.close()
    driver.start()
    assert driver.finish() == 0
    assert driver.query("SELECT cause FROM run WHERE run = 1") == \
        [{"cause": LOST}]
    found, _ = lines(reeve("stats", "--json"))
    assert (found["wanted_s"], found["ready_s"]) == (31 + 10, 30 + 10)


def test_the_table_fits_80_columns(known, reeve):
    result = reeve("stats")
    assert result.code == 0
    span, _, titles, pool, worker = result.out.splitlines()
    assert span.startswith("2026-11-22 09:00 to 2026-11-22 09:13, 13m")
    assert titles.split()[:4] == ["NAME", "STARTS", "CRASHES", "AVAIL"]
    assert pool.split()[:5] == ["web", "4", "2", "79.36%", "3.3m"]
    assert worker.startswith("  web/0 ")
    assert all(len(line) <= 80 for line in result.out.splitlines())


def test_csv(known, reeve):
    rows = list(csv.DictReader(io.StringIO(reeve("stats", "--csv").out)))
    assert [(row["worker"], row["starts"], row["availability"][:6])
            for row in rows] == [("", "4", "0.7936"), ("web/0", "4", "0.7936")]


@pytest.mark.parametrize("words, code, reason", [
    (["nope"], 4, "cannot find nope"),
    (["--by", "week"], 2, "--by takes hour, day or config"),
    (["--since", "soon"], 2, "--since takes a time"),
    (["--json", "--csv"], 2, "exclude each other"),
], ids=words_of)
def test_mistakes_are_said(known, reeve, words, code, reason):
    result = reeve("stats", *words)
    assert result.code == code and reason in result.err


def test_nothing_ran_then(known, reeve):
    result = reeve("stats", "--until", "2026-11-22 08:00")
    assert (result.code, result.out) == (0, "Nothing ran then.\n")
