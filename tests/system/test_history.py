"""`reeve history` and `reeve why` on a history of known events."""

import csv
import io
import json
import os
import shutil
import sqlite3
import struct
import subprocess

import pytest

from conftest import BUILD, wait_for
from recording import (BACKOFF, CRASHED, FAILED, Journal, NOT_STARTED, OOM,
                       READY, STARTING, STOPPED, at, driver, lines, words_of)

__all__ = ["driver"]


@pytest.fixture
def past(driver):
    """web/0 crashes twice and comes back; bad/0 never starts; ok/0 stops."""
    journal = Journal(driver)
    samples = b"".join(struct.pack("<II", 10 * i, 1024 * i) for i in range(100))
    journal.append("instance-started", at_us=at(0))
    for run, start in ((1, 1), (2, 5)):
        journal.append("spawned", run=run, pool="web", worker=1, pid=100 + run,
                       config=3, by="config", state=STARTING, at_us=at(start))
        journal.append("ready", run=run, pool="web", worker=1, state=READY,
                       at_us=at(start + 0.5))
        journal.append("ended", run=run, pool="web", worker=1, cause=CRASHED,
                       exit_signal=11, core=1, state=BACKOFF,
                       delay_ns=200000000, uptime_us=3200000,
                       at_us=at(start + 3.2), spawned_at_us=at(start),
                       cpu_user_us=500000, cpu_system_us=250000,
                       max_rss_bytes=10 << 20, samples=samples)
        journal.append("output", run=run, text=b"".join(
            b"line %d \x1b[2J\xff\n" % number for number in range(30)))
    journal.append("spawned", run=3, pool="web", worker=1, pid=103,
                   by="crash", state=STARTING, at_us=at(10))
    journal.append("ended", run=4, pool="bad", worker=1, cause=NOT_STARTED,
                   step="execve", object="/srv/\x1bx", error_number=2,
                   state=FAILED, at_us=at(11))
    journal.append("spawned", run=5, pool="ok", worker=1, pid=105, by="config",
                   state=STARTING, at_us=at(1.1))
    journal.append("ended", run=5, pool="ok", worker=1, cause=STOPPED,
                   exit_signal=15, at_us=at(20), spawned_at_us=at(1.1),
                   uptime_us=18900000)
    journal.append("spawned", run=6, pool="reeve-logger", worker=1, hidden=1,
                   at_us=at(0.5))
    journal.append("warning", at_us=at(30), text=b'a "quoted", word\nmore')
    journal.close()
    driver.start()
    assert driver.finish() == 0
    return driver


def test_events_are_listed_with_the_newest_last(past, reeve):
    found = lines(reeve("history", "--json"))
    times = [event["at"] for event in found]
    assert times == sorted(times)
    assert len(found) == 12
    assert found[4] == {
        "at": "2026-11-22T09:00:04.200Z", "event": "ended", "pool": "web",
        "worker": "web/0", "run": 1, "state": "backoff",
        "state_before": "stopped", "cause": "crashed",
        "exit_signal": "SIGSEGV", "core": True, "delay_s": 0.2,
        "uptime_s": 3.2, "cpu_user_s": 0.5, "cpu_system_s": 0.25,
        "max_rss_bytes": 10 << 20, "spawned_at": "2026-11-22T09:00:01.000Z"}
    assert reeve("history", "--json", "all").out == \
        reeve("history", "--json").out


@pytest.mark.parametrize("words, runs", [
    (["web/0"], [1, 1, 1, 2, 2, 2, 3]),
    (["web", "web/0", "bad"], [1, 1, 1, 2, 2, 2, 3, 4]),
    (["--event", "ended"], [1, 2, 4, 5]),
    (["web", "--event", "ended", "--limit", "1"], [2]),
    (["web/0", "bad", "--event", "ended"], [1, 2, 4]),
    (["web", "web/0", "--event", "spawned", "--since", "2026-11-22 09:00:05"],
     [2, 3]),
    (["--limit", "2"], [5, None]),
    (["--since", "2026-11-22 09:00:20"], [5, None]),
    (["--since", "2026-11-22T09:00:08Z", "--until", "2026-11-22 09:00:11"],
     [2, 3, 4]),
    (["--until", "2026-11-22 09:00:00.9", "--helpers"], [None, 6]),
    (["reeve-logger", "--helpers"], [6]),
], ids=words_of)
def test_filters_combine(past, reeve, words, runs):
    found = lines(reeve("history", "--json", *words))
    assert [event.get("run") for event in found] == runs


def test_the_table_is_for_people(past, reeve):
    result = reeve("history", "web")
    assert result.code == 0
    head, *rows = result.out.splitlines()
    assert head.split()[:3] == ["TIME", "WORKER", "EVENT"]
    assert rows[2].startswith("2026-11-22 09:00:04.200  web/0   ended    run 1")
    for words in ["crashed by SIGSEGV, core dumped", "next start in 200ms"]:
        assert words in rows[2]


def test_csv_is_as_the_rfc_says(past, reeve):
    done = subprocess.run([BUILD / "reeve", "history", "--csv"],
                          env=past.environment, capture_output=True,
                          check=True)
    assert done.stdout.count(b"\r\n") == 13
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode(), newline="")))
    assert len(rows) == 12
    assert (rows[4]["worker"], rows[4]["exit_signal"], rows[4]["exit_code"],
            rows[4]["core"]) == ("web/0", "SIGSEGV", "", "true")
    assert rows[11]["what"] == 'a "quoted", word'


@pytest.mark.parametrize("words, code, reason", [
    (["nope"], 4, "cannot find nope: the history has no such pool or worker"),
    (["web/9"], 4, "cannot find web/9"),
    (["web/x"], 4, "cannot find web/x"),
    (["reeve-logger"], 4, "cannot find reeve-logger"),
    (["--since", "soon"], 2, "--since takes a time"),
    (["--event", "endd"], 2, 'no event "endd"; did you mean ended?'),
    (["--limit", "many"], 2, "--limit takes a number"),
    (["--json", "--csv"], 2, "exclude each other"),
    (["--db", "/nonexistent"], 1, "there is no such file"),
    (["--db", "/etc/passwd"], 1, "cannot read /etc/passwd"),
    (["--db", "/tmp"], 1, "it is no regular file"),
], ids=words_of)
def test_mistakes_are_said(past, reeve, words, code, reason):
    result = reeve("history", *words)
    assert result.code == code
    assert reason in result.err
    assert result.err.startswith("reeve: cannot ") and \
        result.err.count("\n") == 1


def test_why_tells_of_the_last_crash(past, reeve):
    result = reeve("why", "web/0")
    assert result.code == 0
    for words in ["web/0 crashed by SIGSEGV, core dumped", "pid 102",
                  "2026-11-22 09:00:05.000", "after 3s", "750ms of CPU time",
                  "at most 10.0M of memory in one process", "█ up to 99.0% in all", "line 29 \\x1B[2J\\xFF",
                  "next start in 200ms", "run 3, which is still up"]:
        assert words in result.out
    assert "\x1b" not in result.out
    assert len(result.out.splitlines()) <= 24
    assert reeve("why", "web").out == result.out
    assert reeve("why", "2").out == result.out


def test_why_tells_of_a_run(past, reeve):
    result = reeve("why", "1")
    assert result.code == 0 and "run 2, which crashed by SIGSEGV" in result.out
    result = reeve("why", "4")
    assert "bad/0 not started: execve /srv/\\x1Bx: No such file" in result.out
    assert "given up" in result.out
    assert "web/0 is still up" in reeve("why", "3").out


def test_why_without_a_crash_tells_of_the_last_end(past, reeve):
    result = reeve("why", "ok/0")
    assert result.code == 0
    assert "ok/0 has not crashed" in result.out
    assert "ok/0 stopped" in result.out
    for name in ("nope", "web/7", "99"):
        result = reeve("why", name)
        assert (result.code, result.out) == (4, "")
        assert "no such worker or run" in result.err


def test_why_has_all_facts_on_one_screen(driver, reeve):
    journal = Journal(driver)
    samples = b"".join(struct.pack("<II", 10 * i, 1024 * i) for i in range(100))
    journal.append("spawned", run=1, pool="web", worker=1, pid=101, config=3,
                   by="command", command="restart", uid=1001, cpus="0-3",
                   at_us=at(1))
    journal.append("ready", run=1, pool="web", worker=1, at_us=at(2))
    for second in (6, 7):
        journal.append("evidence", run=1, cause=OOM, at_us=at(second),
                       text=b"sh(101) running\nsleep(102) waits\n\nstatus\n")
    journal.append("ended", run=1, pool="web", worker=1, cause=OOM,
                   exit_signal=9, core=1, at_us=at(8), spawned_at_us=at(1),
                   cpu_user_us=1000000, max_rss_bytes=1 << 20, oom_kills=2,
                   memory_limit_bytes=64 << 20, memory_peak_bytes=63 << 20,
                   state=BACKOFF, delay_ns=10**9, samples=samples)
    journal.append("output", run=1, text=b"line\n" * 50 + b"the last line\n",
                   at_us=at(8))
    journal.append("core", run=1, pool="web", worker=1, at_us=at(9),
                   text=b"/srv/core.101")
    journal.append("backtrace", run=1, pool="web", worker=1, at_us=at(10),
                   text=b"".join(b"#%d f%d at a.c:%d\n" % (i, i, i)
                                 for i in range(9)))
    journal.close()
    driver.start()
    assert driver.finish() == 0
    result = reeve("why", "web/0")
    for words in ["(restart by user 1000)", "CPUs 0-3",
                  "2 processes killed, 63.0M in use at most, limit 64.0M",
                  "/srv/core.101", "| the last line", "| #0 f0 at a.c:0",
                  "| sh(101) running", "next start in 1s", "no other like it"]:
        assert words in result.out, words
    # Each text has its least; all of them are in the JSON.
    assert len(result.out.splitlines()) <= 33
    assert all(len(line) <= 80 for line in result.out.splitlines())
    found = reeve("why", "--json", "web/0").json()
    assert (found["started_uid"], found["started_command"], found["cpus"]) == \
        (1000, "restart", "0-3")
    assert (found["oom_kills"], found["memory_limit_bytes"],
            found["memory_peak_bytes"]) == (2, 64 << 20, 63 << 20)
    assert found["core_path"] == "/srv/core.101"
    assert found["backtrace"].count("\n") == 9
    assert found["tail"].count("line") == 51
    assert [one["text"].count("\n") for one in found["evidence"]] == [4, 4]


def test_why_as_json(past, reeve):
    found = reeve("why", "--json", "1").json()
    assert (found["cause"], found["exit_signal"], found["exit_code"],
            found["crash"], found["uptime_s"], found["cpu_s"]) == \
        ("crashed", "SIGSEGV", None, True, 3.2, 0.75)
    assert found["samples"][1] == [1.0, 1 << 20]
    assert found["tail"].count("\n") == 30
    assert found["decision"] == {"state": "backoff", "delay_s": 0.2}
    assert found["next"]["run"] == 2
    found = reeve("why", "--json", "bad/0").json()
    assert (found["step"], found["error"], found["exit_code"]) == \
        ("execve", "No such file or directory", None)


def test_a_terminal_without_utf8_gets_ascii(past, reeve):
    result = reeve("why", "web/0", env={"LC_ALL": "C"})
    assert "▁" not in result.out and "# up to 99.0% in all" in result.out


def test_a_copy_on_a_read_only_disk_is_read(past, scratch, reeve):
    folder = scratch.path / "copy"
    folder.mkdir()
    copy = folder / "100% #1?.db"
    shutil.copy(past.base, copy)
    expected = reeve("history").out
    copy.chmod(0o444)
    folder.chmod(0o555)
    # Root may write everywhere: only a mount is read-only for it.
    mounted = os.geteuid() == 0 and subprocess.run(
        f"mount --bind '{folder}' '{folder}' && "
        f"mount -o remount,bind,ro '{folder}'", shell=True).returncode == 0
    try:
        if os.geteuid() == 0 and not mounted:
            pytest.skip("needs the right to mount")
        assert reeve("history", "--db", copy).out == expected
        assert reeve("why", "--db", copy, "web/0").code == 0
        for words in (["crashes"], ["stats"], ["sql", "select 1"],
                      ["history", "export", scratch.path / "shared.db"]):
            assert reeve(*words, "--db", copy).code == 0, words
        assert os.listdir(folder) == [copy.name]
    finally:
        if mounted:
            subprocess.run(["umount", "-l", folder], check=True)
        folder.chmod(0o755)


def test_a_newer_history_is_refused(past, reeve):
    base = sqlite3.connect(past.base)
    base.execute("PRAGMA user_version = 99")
    base.close()
    result = reeve("history")
    assert result.code == 1 and "a newer version of reeve" in result.err


def test_an_older_history_is_refused_until_it_is_converted(past, reeve):
    base = sqlite3.connect(past.base)
    base.execute("PRAGMA user_version = 1")
    base.close()
    result = reeve("history")
    assert result.code == 1 and "an older version of reeve made it" in \
        result.err and "converted when its instance runs next" in result.err


def test_other_databases_are_refused(scratch, reeve):
    file = scratch.path / "other.db"
    base = sqlite3.connect(file)
    base.execute("CREATE TABLE t (x)")
    base.commit()
    base.close()
    result = reeve("history", "--db", file)
    assert result.code == 1 and "it is no history of reeve" in result.err


def test_a_history_without_anything_in_it_is_said(scratch, reeve):
    file = scratch.path / "empty.db"
    file.touch()
    result = reeve("why", "--db", file, "web/0")
    assert result.code == 1 and "nothing was recorded there yet" in result.err


@pytest.fixture
def follow(driver, scratch):
    """follow("web") → a function that waits until it has said so many
    objects, and returns them."""
    started = []

    def start(*words):
        out = scratch.path / f"followed-{len(started)}"
        with open(out, "w") as file:
            started.append(subprocess.Popen(
                [BUILD / "reeve", "history", "-f", "--json", *words],
                env=driver.environment, stdout=file, stderr=file))

        def wait(count):
            wait_for(lambda: len(out.read_text().splitlines()) >= count,
                     f"{count} events in {out.read_text()}")
            return [json.loads(line) for line in out.read_text().splitlines()]
        return wait
    yield start
    for process in started:
        process.terminate()
        process.wait()


def test_follow_shows_what_comes(driver, follow):
    journal = Journal(driver)
    journal.append("spawned", run=1, pool="web", worker=1, at_us=at(1))
    journal.append("spawned", run=2, pool="db", worker=1, at_us=at(2))
    driver.start()
    driver.wait_rows("SELECT 1 FROM event", 2)
    web, ready = follow("web"), follow("--event", "ready")
    assert [event["run"] for event in web(1)] == [1]
    journal.append("ready", run=2, pool="db", worker=1, at_us=at(4))
    journal.append("ready", run=1, pool="web", worker=1, at_us=at(5))
    assert [event["event"] for event in web(2)] == ["spawned", "ready"]
    # One that comes late is not forgotten, nor shown twice.
    journal.append("state", run=1, pool="web", worker=1, at_us=at(3))
    assert [event["event"] for event in web(3)] == ["spawned", "ready", "state"]
    assert [event["run"] for event in ready(2)] == [2, 1]
    journal.append("ended", run=1, pool="web", worker=1, cause=STOPPED,
                   at_us=at(300))
    assert [event["event"] for event in web(4)][3:] == ["ended"]
    journal.close()


def test_follow_goes_on_in_a_new_file(driver, follow):
    journal = Journal(driver)
    journal.append("spawned", run=1, pool="web", worker=1, at_us=at(1))
    driver.start()
    driver.wait_rows("SELECT 1 FROM event", 1)
    said = follow()
    said(1)
    for name in driver.state.glob("history.db*"):
        name.unlink()
    journal.append("spawned", run=2, pool="web", worker=1, at_us=at(2))
    driver.wait_rows("SELECT 1 FROM event WHERE run = 2", 1)
    assert [event["run"] for event in said(2)] == [1, 2]
    journal.close()


def test_follow_and_until_exclude_each_other(past, reeve):
    result = reeve("history", "-f", "--until", "1h")
    assert result.code == 2 and "exclude each other" in result.err
