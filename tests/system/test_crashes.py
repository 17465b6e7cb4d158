"""`reeve crashes` on a history of known crashes."""

import csv
import io
import sqlite3

import pytest

from recording import (BACKOFF, CRASHED, FAILED, Journal, NOT_STARTED, STARTING,
                       at, driver, lines, words_of)

__all__ = ["driver"]

SEGV, ABRT = 11, 6


@pytest.fixture
def crashed(driver):
    """web crashes three times by SIGSEGV with the same error, web/0 once by
    exit code 3; bad/0 never starts; ok/0 does not crash."""
    journal = Journal(driver)
    journal.append("config-loaded", config=1, text=b"a", at_us=at(0))

    def run(number, pool, worker, start, end, text, **how):
        journal.append("spawned", run=number, pool=pool, worker=worker + 1,
                       pid=100 + number, config=1, by="config", state=STARTING,
                       at_us=at(start))
        journal.append("ended", run=number, pool=pool, worker=worker + 1,
                       cause=CRASHED, state=BACKOFF, at_us=at(end),
                       spawned_at_us=at(start), **how)
        journal.append("output", run=number, text=text, at_us=at(end))

    run(1, "web", 0, 1, 10, b"hello\nerror: cannot read part 17\n",
        exit_signal=SEGV)
    run(2, "web", 1, 2, 20, b"error: cannot read part 99\n", exit_signal=SEGV)
    run(3, "web", 0, 11, 30, b"error: cannot read part 4711\n",
        exit_signal=SEGV)
    run(4, "web", 0, 31, 40, b"error: cannot read part 1\n", exit_code=3)
    journal.append("ended", run=5, pool="bad", worker=1, cause=NOT_STARTED,
                   step="execve", object="/srv/x", error_number=2,
                   state=FAILED, at_us=at(50))
    journal.append("spawned", run=6, pool="ok", worker=1, pid=9,
                   at_us=at(60))
    journal.append("spawned", run=7, pool="reeve-logger", worker=1, hidden=1,
                   at_us=at(60))
    journal.append("ended", run=7, pool="reeve-logger", worker=1, hidden=1,
                   cause=CRASHED, exit_signal=SEGV, at_us=at(61))
    journal.close()
    driver.start()
    assert driver.finish() == 0
    return driver


def test_alike_crashes_are_one_group(crashed, reeve):
    groups = lines(reeve("crashes", "--json"))
    assert [(group["pool"], group["crashes"], group["workers"])
            for group in groups] == [("web", 3, 2), ("bad", 1, 1),
                                     ("web", 1, 1)]
    first = groups[0]
    assert (first["cause"], first["exit_signal"], first["exit_code"]) == \
        ("crashed", "SIGSEGV", None)
    assert first["first_at"] == "2026-11-22T09:00:10.000Z"
    assert first["last_at"] == "2026-11-22T09:00:30.000Z"
    assert (first["first_run"], first["first_config"]) == (1, 1)
    assert "cannot read part" in first["sign"] and "17" not in first["sign"]
    assert sum(first["trend"]) == 3
    assert groups[1]["what"].startswith("not started: execve /srv/x")
    assert groups[2]["exit_code"] == 3


@pytest.mark.parametrize("words, counts", [
    (["web"], [3, 1]),
    (["web/1"], [1]),
    (["web/0"], [2, 1]),
    (["web/0", "bad"], [2, 1, 1]),
    (["ok"], []),
    (["all"], [3, 1, 1]),
    (["--since", "2026-11-22 09:00:15"], [2, 1, 1]),
    (["--since", "2026-11-22 09:00:15", "--until", "2026-11-22 09:00:35"],
     [2]),
    (["--helpers"], [3, 1, 1, 1]),
], ids=words_of)
def test_names_and_times_choose(crashed, reeve, words, counts):
    found = lines(reeve("crashes", "--json", *words))
    assert [group["crashes"] for group in found] == counts


def test_the_first_time_is_the_first_ever(crashed, reeve):
    group, = [group for group in lines(
        reeve("crashes", "web", "--json", "--since", "2026-11-22 09:00:25"))
              if group["exit_signal"]]
    assert group["crashes"] == 1
    assert group["first_at"] == "2026-11-22T09:00:10.000Z"


def test_a_group_lists_its_runs(crashed, reeve):
    group = lines(reeve("crashes", "--json"))[0]["group"]
    runs = lines(reeve("crashes", group, "--json"))
    assert [run["run"] for run in runs] == [1, 2, 3]
    assert runs[0]["last_line"] == "error: cannot read part 17"
    assert (runs[0]["worker"], runs[0]["uptime_s"], runs[0]["config"]) == \
        ("web/0", 9, 1)
    assert [run["run"] for run in lines(
        reeve("crashes", group, "--json", "--limit", 2))] == [2, 3]
    assert [run["run"] for run in lines(
        reeve("crashes", group, "--json", "--until",
              "2026-11-22 09:00:20"))] == [1, 2]
    result = reeve("crashes", group)
    assert result.code == 0
    assert f"group {group} of web: crashed by SIGSEGV: " in result.out
    assert "3 crashes, the first 2026-11-22 09:00 (run 1, config 1)" in \
        result.out


def test_the_table_is_for_people(crashed, reeve):
    result = reeve("crashes")
    assert result.code == 0
    head, _, titles, first, below, *_ = result.out.splitlines()
    assert head.startswith("5 crashes in 3 groups, 2026-11-22 09:00 to ")
    assert titles.split()[:4] == ["GROUP", "POOL", "CRASHES", "WORKERS"]
    assert first.split()[1:4] == ["web", "3", "2"]
    assert below.startswith("  crashed by SIGSEGV: ")
    assert reeve("crashes", "ok").out == "There were no crashes.\n"


def test_the_table_is_bounded(crashed, reeve):
    base = sqlite3.connect(crashed.base)
    base.executemany(
        "INSERT INTO crash_group VALUES (?, 1, 2, 3, 0, 'thing ' || ?)",
        ((number, number) for number in range(100, 1200)))
    base.executemany(
        "INSERT INTO run (run, pool, worker, started_at, ended_at, exit_code,"
        " cause, crash_group) VALUES (?, 1, 1, ?, ?, 3, 2, ?)",
        ((number, at(500), at(501), number) for number in range(100, 1200)))
    base.commit()
    base.close()
    result = reeve("crashes")
    count = len(lines(reeve("crashes", "--json")))
    assert count > 1100
    assert len(result.out.splitlines()) == 2 + 1 + 2 * 1000
    assert result.err == "reeve: these are the first 1000; " \
        "--limit 0 shows all\n"
    assert len(reeve("crashes", "--limit", "0").out.splitlines()) == \
        2 + 1 + 2 * count
    assert len(lines(reeve("crashes", "--limit", "3", "--json"))) == 3


def test_csv_has_the_members(crashed, reeve):
    rows = list(csv.DictReader(io.StringIO(reeve("crashes", "--csv").out)))
    assert len(rows) == 3
    assert (rows[0]["pool"], rows[0]["crashes"], rows[0]["exit_signal"],
            rows[0]["exit_code"]) == ("web", "3", "SIGSEGV", "")


def test_why_says_that_it_happened_before(crashed, reeve):
    found = reeve("why", "--json", "web/1").json()["alike"]
    assert (found["crashes"], found["first_run"], found["first_config"],
            found["last_at"]) == (3, 1, 1, "2026-11-22T09:00:30.000Z")
    result = reeve("why", "web/1")
    assert "3 alike since 2026-11-22 09:00 (config 1)" in result.out
    assert f"reeve crashes {found['group']}; reeve history web/1" in result.out
    assert "no other like it" in reeve("why", "4").out
    # The last crash of the pool, not of the worker with the highest number.
    assert reeve("why", "--json", "web").json()["run"] == 4


@pytest.mark.parametrize("words, code, reason", [
    (["nope"], 4, "cannot find nope"),
    (["9999"], 4, "cannot find group 9999"),
    (["--since", "soon"], 2, "--since takes a time"),
    (["--since", "1h", "--until", "2h"], 2, "--until is before --since"),
    (["--json", "--csv"], 2, "exclude each other"),
    (["1", "--limit", "x"], 2, "--limit takes a number"),
], ids=words_of)
def test_mistakes_are_said(crashed, reeve, words, code, reason):
    result = reeve("crashes", *words)
    assert result.code == code and reason in result.err
