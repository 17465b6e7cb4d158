"""reeve-recorder alone: what is in the journals is in history.db, once."""

import os
import subprocess

from conftest import BUILD
from recording import (BACKOFF, CRASHED, Journal, NOT_STARTED, READY, STOPPED,
                       driver)

__all__ = ["driver"]

# All that takes long in the tests in full length.
FULL = os.environ.get("REEVE_TEST_FULL") == "1"


def test_views_show_a_run(driver):
    driver.start()
    journal = Journal(driver)
    journal.append("config-loaded", config=3, at_us=900000, text=b'{"a": 1}')
    journal.append("spawned", run=17, pool="web", worker=1, pid=815, config=3,
                   by="crash", at_us=1000000, state=1)
    journal.append("ready", run=17, pool="web", worker=1, at_us=1500000,
                   state=READY)
    journal.append("sample", run=17, pool="web", worker=1, at_us=2000000,
                   cpu_permille=31, rss_bytes=4096, threads=2, open_files=5)
    journal.append("ended", run=17, pool="web", worker=1, at_us=4200000,
                   cause=CRASHED, exit_signal=11, core=1, cpu_user_us=500000,
                   cpu_system_us=250000, max_rss_bytes=8192, state=BACKOFF,
                   delay_ns=200000000, uptime_us=3200000,
                   spawned_at_us=1000000)
    journal.append("output", run=17, text=b"bye\x00\xff\n")
    journal.close()
    driver.wait_rows("SELECT * FROM crashes WHERE tail IS NOT NULL", 1)
    assert driver.query(
        "SELECT run, pool, worker, pid, config, started_at, ready_at, ended_at,"
        " exit_code, exit_signal, core, cause, started_by, cpu_s,"
        " max_rss_bytes, why, cpu_user_s, state_after, restart_delay_s"
        " FROM runs") == [{
        "run": 17, "pool": "web", "worker": "web/0", "pid": 815, "config": 3,
        "started_at": 1.0, "ready_at": 1.5, "ended_at": 4.2,
        "exit_code": None, "exit_signal": 11, "core": 1, "cause": "crashed",
        "started_by": "crash", "cpu_s": 0.75, "max_rss_bytes": 8192,
        "why": None, "cpu_user_s": 0.5, "state_after": "backoff",
        "restart_delay_s": 0.2}]
    assert driver.query("SELECT * FROM crashes") == [{
        "run": 17, "worker": "web/0", "at": 4.2, "cause": "crashed",
        "exit_code": None, "exit_signal": 11, "tail": "bye\\x00\\xFF\n",
        "crash_group": 1, "backtrace": None}]
    assert driver.query("SELECT * FROM samples") == [{
        "at": 2.0, "run": 17, "worker": "web/0", "cpu_percent": 3.1,
        "rss_bytes": 4096, "threads": 2, "open_files": 5}]
    for view in ("minutes", "hours"):
        assert driver.query(f"SELECT * FROM {view}") == [{
            "at": 0.0, "pool": "web", "worker": "web/0", "cpu_percent": 3.1,
            "cpu_percent_max": 3.1, "rss_bytes": 4096, "rss_bytes_max": 4096,
            "threads": 2, "open_files": 5}]
    assert driver.query("SELECT * FROM configs") == [
        {"config": 3, "loaded_at": 0.9, "text": '{"a": 1}'}]
    events = driver.query("SELECT at, worker, run, event FROM events")
    assert [event["event"] for event in events] == [
        "config-loaded", "spawned", "ready", "ended"]
    assert events[3] == {"at": 4.2, "worker": "web/0", "run": 17,
                         "event": "ended"}
    assert driver.query("SELECT detail ->> 'exit_signal' AS signal FROM events"
                        " WHERE event = 'ended'") == [{"signal": "SIGSEGV"}]
    assert driver.query("SELECT * FROM jobs") == []
    assert driver.finish() == 0
    assert "web/0 crashed by SIGSEGV, core dumped, after 3s; next start in " \
        "200ms" in driver.said()
    assert not driver.base.with_name("history.db-wal").exists()
    assert driver.query("SELECT count(*) AS n FROM runs") == [{"n": 1}]


def test_a_run_that_did_not_start_has_a_row(driver):
    driver.start()
    journal = Journal(driver)
    journal.append("ended", run=5, pool="web", worker=2, at_us=7000000,
                   cause=NOT_STARTED, step="execve", object="/srv/x",
                   error_number=2, state=BACKOFF, delay_ns=100000000)
    journal.close()
    assert driver.finish() == 0
    row, = driver.query("SELECT * FROM runs")
    assert (row["run"], row["worker"], row["cause"], row["exit_code"],
            row["pid"], row["started_at"]) == \
        (5, "web/1", "not-started", None, None, 7.0)
    assert "cannot run web/1: execve /srv/x: No such file or directory; " \
        "next start in 100ms" in driver.said()


def test_crashes_with_something_in_common_make_a_group(driver):
    driver.start()
    journal = Journal(driver)
    for number, output in enumerate(
            ("error: no row 12", "error: no row 13", "GET /7", ""), 1):
        journal.run(number, worker=number)
        if output:
            journal.append("output", run=number, text=output.encode())
    journal.append("spawned", run=5, pool="web", worker=1)
    journal.append("ended", run=5, pool="web", worker=1, cause=STOPPED,
                   exit_signal=15)
    journal.append("output", run=5, text=b"error: no row 14")
    driver.wait_rows("SELECT * FROM output WHERE run = 5", 1)
    # What comes later may tell more.
    journal.append("core", run=2, text=b"/srv/core.7")
    journal.append("core", run=3, text=b"/srv/core.7")
    journal.append("backtrace", run=3,
                   text=b"#0 raise\n#1 parse at p.c:1\n#2 main at m.c:9\n")
    journal.close()
    assert driver.finish() == 0
    assert driver.query("SELECT sign, crashes, workers FROM crash_groups"
                        " ORDER BY sign") == [
        {"sign": "", "crashes": 1, "workers": 1},
        {"sign": "error: no row #", "crashes": 2, "workers": 2},
        {"sign": "in parse < main", "crashes": 1, "workers": 1}]
    # The core of run 2 was overwritten.
    assert driver.query("SELECT run, core_path FROM runs"
                        " WHERE core_path IS NOT NULL") == [
        {"run": 3, "core_path": "/srv/core.7"}]
    assert driver.query("SELECT run FROM crashes WHERE backtrace IS NOT NULL"
                        ) == [{"run": 3}]
    assert driver.query("SELECT crash_group FROM runs WHERE run = 5") == [
        {"crash_group": None}]


def test_a_new_run_takes_the_number_of_an_old_one(driver):
    """As when the state folder was removed: numbers begin anew."""
    driver.start()
    journal = Journal(driver)
    journal.run(5)
    journal.append("output", run=5, text=b"error: old")
    journal.append("core", run=5, text=b"/srv/core")
    journal.append("spawned", run=5, pool="db", worker=3, pid=77, by="config",
                   state=1)
    journal.close()
    assert driver.finish() == 0
    assert driver.query("SELECT run, worker, pid, ended_at, cause, core_path,"
                        " crash_group FROM runs") == [{
        "run": 5, "worker": "db/2", "pid": 77, "ended_at": None,
        "cause": None, "core_path": None, "crash_group": None}]
    assert driver.query("SELECT * FROM output") == []


def test_a_crash_is_shown_with_its_last_output(driver):
    """Both are in one transaction, though two processes tell them."""
    driver.start()
    journal = Journal(driver)
    journal.run(1)
    driver.wait_rows("SELECT * FROM runs WHERE ended_at IS NOT NULL", 1)
    other = Journal(driver, writer="logger")
    for number in range(2, 40):
        journal.run(number)
        other.append("output", run=number, text=b"last words")
        seen = driver.query("SELECT count(*) AS crashes, count(tail) AS tails"
                            " FROM crashes WHERE run > 1")[0]
        assert seen["crashes"] == seen["tails"]
    journal.close()
    other.close()
    assert driver.finish() == 0
    assert len(driver.query("SELECT * FROM crashes")) == 39


def test_helpers_are_in_no_view(driver):
    journal = Journal(driver)
    journal.run(1, pool="reeve-sampler", hidden=1)
    journal.append("output", run=1, text=b"x")
    journal.run(2)
    journal.append("output", run=2, text=b"y")
    journal.close()
    driver.start()
    assert driver.finish() == 0
    for view in ("runs", "crashes"):
        assert [row["run"] for row in
                driver.query(f"SELECT run FROM {view}")] == [2]
    assert driver.query("SELECT DISTINCT pool FROM events") == [
        {"pool": "web"}]


def test_runs_that_nobody_saw_end_are_lost(driver):
    journal = Journal(driver)
    journal.append("spawned", run=1, pool="web", worker=1, at_us=1000000)
    journal.append("spawned", run=2, pool="web", worker=2, at_us=1000000)
    journal.append("ended", run=2, pool="web", worker=2, at_us=2000000,
                   cause=STOPPED)
    journal.kill()
    journal = Journal(driver)
    journal.append("instance-started", at_us=5000000)
    journal.append("spawned", run=3, pool="web", worker=1, at_us=6000000)
    journal.close()
    driver.start()
    assert driver.finish() == 0
    assert [tuple(row.values()) for row in driver.query(
        "SELECT run, ended_at, cause FROM runs ORDER BY run")] == \
        [(1, 5.0, "lost"), (2, 2.0, "stopped"), (3, None, None)]


def test_sigkill_in_a_loop_loses_and_doubles_nothing(driver):
    journal = Journal(driver)
    other = Journal(driver, writer="logger")
    number = 0
    for turn in range(80):
        driver.start()
        for number in range(number + 1, number + 6 + turn % 40):
            journal.run(number)
            other.append("output", run=number, text=b"line %d" % number)
        if turn % 10 == 3:
            journal.kill()
            journal = Journal(driver)
        if turn % 4 == 0:
            driver.wait_rows(f"SELECT * FROM runs WHERE run = {number}", 1)
        driver.kill()
    driver.start()
    journal.close()
    other.close()
    assert driver.finish() == 0
    assert driver.query("SELECT count(*) AS n, count(DISTINCT run) AS runs,"
                        " max(run) AS last FROM crashes"
                        " WHERE tail = 'line ' || run") == [
        {"n": number, "runs": number, "last": number}]
    assert driver.query("SELECT event, count(*) AS n, count(DISTINCT run) AS"
                        " runs FROM events GROUP BY event") == [
        {"event": "ended", "n": number, "runs": number},
        {"event": "spawned", "n": number, "runs": number}]
    assert driver.query("PRAGMA quick_check") == [{"quick_check": "ok"}]
    # What is committed is deleted, but for the last of each writer.
    assert len(driver.segments()) == 2


def test_hang_up_ends_it_with_all_written(driver):
    driver.start()
    journal = Journal(driver)
    journal.run(1)
    assert driver.hang_up() == 0
    assert len(driver.query("SELECT * FROM runs")) == 1
    journal.close()


def test_what_was_lost_or_damaged_is_an_event(driver):
    journal = Journal(driver, most=1)
    lost = 0
    while lost < 3:
        if journal.append("warning", text=b"x" * 10000) == "lost":
            lost += 1
    journal.send("raw " + "ff" * 50)
    journal.process.stdout.readline()
    journal.close()
    driver.start()
    assert driver.finish() == 0
    gaps = driver.query("SELECT detail ->> 'count' AS n, detail ->> 'by' AS by,"
                        " detail ->> 'text' AS text FROM events"
                        " WHERE event = 'gap'")
    assert gaps == [{"n": 3, "by": "supervisor", "text": None},
                    {"n": 1, "by": "supervisor", "text": "damaged"}]


def test_a_corrupt_record_is_skipped_and_counted(driver):
    journal = Journal(driver)
    for number in range(1, 11):
        journal.run(number)
    journal.close()
    path = driver.folder / "supervisor.1"
    content = bytearray(path.read_bytes())
    content[64 + 16 + 1] ^= 0xff  # in the first record
    path.write_bytes(content)
    driver.start()
    assert driver.finish() == 0
    assert len(driver.query("SELECT * FROM events WHERE event = 'gap'")) == 1
    assert len(driver.query("SELECT * FROM runs")) == 10
    assert "1 record of the journal of supervisor was damaged" in \
        driver.said()


def test_a_segment_of_junk_is_counted_and_removed(driver):
    (driver.folder / "supervisor.1").write_bytes(b"junk" * 20000)
    (driver.folder / "logger.1").write_bytes(b"")
    journal = Journal(driver)
    journal.run(1)
    journal.close()
    driver.start()
    assert driver.finish() == 0
    assert len(driver.query("SELECT * FROM events WHERE event = 'gap'")) == 1
    assert len(driver.query("SELECT * FROM runs")) == 1
    assert driver.segments() == ["logger.1", "supervisor.2"]


def test_by_hand_it_says_what_it_is(scratch):
    done = subprocess.run([BUILD / "reeve-recorder", "a", "b", "c"],
                          capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert "cannot run reeve-recorder by hand" in done.stderr
