"""`reeve history export`: a part of a history, for somebody else."""

import fcntl
import resource
import signal
import sqlite3
import subprocess

import pytest

from conftest import BUILD
from recording import (Journal, STOPPED, at, driver, lines, words_of)

__all__ = ["driver"]


@pytest.fixture
def past(driver):
    """web/0 and web/1 crash at 10 and 20, db/0 at 30 and, once more, at
    5000."""
    journal = Journal(driver)
    journal.append("config-loaded", config=1, text=b"first", at_us=at(0))
    for number, (pool, worker, second) in enumerate(
            [("web", 0, 10), ("web", 1, 20), ("db", 0, 30), ("db", 0, 5000)],
            start=1):
        if second == 5000:
            journal.append("config-loaded", config=2, text=b"second",
                           at_us=at(4000))
        journal.append("spawned", run=number, pool=pool, worker=worker + 1,
                       pid=number, config=1 + (second == 5000), by="config",
                       state=1, at_us=at(second - 5))
        journal.append("sample", run=number, pool=pool, worker=worker + 1,
                       at_us=at(second - 2), rss_bytes=4096)
        journal.append("ended", run=number, pool=pool, worker=worker + 1,
                       cause=2, exit_signal=11, state=5, at_us=at(second),
                       spawned_at_us=at(second - 5))
        journal.append("output", run=number, at_us=at(second),
                       text=b"error: number %d\n" % number)
    journal.append("spawned", run=5, pool="reeve-logger", worker=1, hidden=1,
                   at_us=at(1))
    journal.append("ended", run=5, pool="reeve-logger", worker=1, hidden=1,
                   cause=STOPPED, at_us=at(6000))
    journal.close()
    driver.start()
    assert driver.finish() == 0
    return driver


def rows(file, query):
    base = sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)
    try:
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [row[0] for row in base.execute(query)]
    finally:
        base.close()


@pytest.mark.parametrize("words, runs, configs", [
    ([], [1, 2, 3, 4], [1, 2]),
    (["web"], [1, 2], [1, 2]),
    (["web/1", "db"], [2, 3, 4], [1, 2]),
    (["--until", "2026-11-22 09:00:18"], [1, 2], [1]),
    (["--since", "2026-11-22 09:00:20"], [2, 3, 4], [1, 2]),
    (["db", "--since", "2026-11-22 10:00"], [4], [2]),
    (["--helpers"], [1, 2, 3, 4, 5], [1, 2]),
    (["reeve-logger", "--helpers"], [5], [1, 2]),
], ids=words_of)
def test_what_was_chosen_is_in_it(past, scratch, reeve, words, runs, configs):
    file = scratch.path / "copy.db"
    result = reeve("history", "export", *words, file)
    assert result.code == 0, result
    assert result.out.startswith(f"{file}: {len(runs)} runs, ")
    assert rows(file, "SELECT run FROM run ORDER BY run") == runs
    assert rows(file, "SELECT config FROM config ORDER BY config") == configs
    workers = [number for number in runs if number < 5]
    assert rows(file, "SELECT run FROM output ORDER BY run") == workers
    assert set(rows(file, "SELECT run FROM event WHERE run > 0")) <= set(runs)
    assert set(rows(file, "SELECT run FROM sample")) <= set(workers)
    assert file.stat().st_mode & 0o777 == 0o600
    assert not list(scratch.path.glob("copy.db?*"))


def test_the_copy_answers_as_the_history_does(past, scratch, reeve):
    file = scratch.path / "copy.db"
    assert reeve("history", "export", file).code == 0
    past.base.unlink()
    file.chmod(0o400)
    assert [event["run"] for event in lines(
        reeve("history", "--db", file, "--json", "--event", "ended"))] == \
        [1, 2, 3, 4]
    assert reeve("why", "--db", file, "--json", "web/1").json()["tail"] == \
        "error: number 2\n"
    assert [group["crashes"] for group in lines(
        reeve("crashes", "--db", file, "--json"))] == [2, 2]
    assert lines(reeve("stats", "--db", file, "--json"))[0]["starts"] == 2
    assert reeve("sql", "--db", file, "select 1").code == 0
    assert not list(scratch.path.glob("copy.db?*"))


def test_a_file_is_never_overwritten(past, scratch, reeve):
    file = scratch.path / "mine"
    file.write_text("mine")
    result = reeve("history", "export", file)
    assert (result.code, result.out) == (1, "")
    assert f"cannot write {file}: File exists" in result.err
    assert file.read_text() == "mine"
    link = scratch.path / "link"
    link.symlink_to(scratch.path / "nowhere")
    assert reeve("history", "export", link).code == 1
    assert link.is_symlink() and not (scratch.path / "nowhere").exists()


def export_with_room(past, scratch, size, action):
    """Exports where a file may have no more bytes than that."""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGXFSZ, action)
    return subprocess.run(
        [BUILD / "reeve", "history", "export", scratch.path / "copy.db"],
        env=past.environment, capture_output=True, text=True, check=False,
        preexec_fn=limit, restore_signals=False)


def test_without_room_there_is_no_file(past, scratch):
    done = export_with_room(past, scratch, 40960, signal.SIG_IGN)
    assert done.returncode == 1
    assert "cannot " in done.stderr and "copy.db" in done.stderr
    assert not list(scratch.path.glob("copy.db*"))


def test_killed_half_way_there_is_no_file(past, scratch, reeve):
    # The kernel ends it in the midst of a write.
    done = export_with_room(past, scratch, 40960, signal.SIG_DFL)
    assert done.returncode == -signal.SIGXFSZ
    assert not (scratch.path / "copy.db").exists()
    # What is left bears another name, and goes when that file is made.
    left, = scratch.path.glob("copy.db.partial-[0-9]*[0-9]")
    other = scratch.path / "other.db.partial-1"
    mine = scratch.path / "copy.db.partial-2nd"
    busy = scratch.path / "copy.db.partial-1"
    for path in (other, mine, busy):
        path.touch()
    with open(busy, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        assert reeve("history", "export", scratch.path / "copy.db").code == 0
    assert not left.exists()
    # Another file's, what is no copy, and one that is being made stay.
    assert other.exists() and mine.exists() and busy.exists()
    assert len(list(scratch.path.glob("copy.db.partial-*"))) == 2


@pytest.mark.parametrize("words, code, reason", [
    (["export"], 2, "export needs a FILE"),
    (["export", "nope", "/tmp/never"], 4, "cannot find nope"),
    (["export", "/nonexistent/x"], 1, "cannot write /nonexistent/x"),
    (["export", "x", "--json"], 2, "--json is nothing for export"),
    (["export", "x", "--limit", "3"], 2, "--limit is nothing for export"),
    (["export", "x", "--since", "soon"], 2, "--since takes a time"),
    (["--", "export"], 4, "cannot find export"),
], ids=words_of)
def test_mistakes_are_said(past, reeve, words, code, reason):
    result = reeve("history", *words)
    assert result.code == code and reason in result.err
