"""The recorder's file in all states: junk, newer, locked, full, read-only."""

import os
import sqlite3
import subprocess
import time

import pytest

from conftest import wait_for
from messages import MESSAGE, RETENTION, encode
from recording import Journal, at, driver
from test_migration import make_old

__all__ = ["driver"]

# All that takes long in the tests in full length.
FULL = os.environ.get("REEVE_TEST_FULL") == "1"


@pytest.mark.parametrize(
    "content", [b"junk" * 2000, b"SQLite format 3\0" + b"x" * 5000, b"short"],
    ids=["junk", "header", "short"])
def test_a_history_of_junk_is_moved_aside(driver, content):
    driver.base.write_bytes(content)
    driver.base.with_name("history.db-wal").write_bytes(b"junk")
    journal = Journal(driver)
    journal.run(1)
    journal.close()
    driver.start()
    assert driver.finish() == 0
    aside, = [path for path in driver.state.iterdir()
              if path.name.startswith("history.db.corrupt-")
              and path.name.endswith("Z")]
    assert aside.read_bytes() == content
    assert len(driver.query("SELECT * FROM runs")) == 1
    warning, = driver.query("SELECT detail ->> 'text' AS text FROM events"
                            " WHERE event = 'warning'")
    assert str(aside) in warning["text"]
    assert str(aside) in driver.said()


def test_a_database_of_somebody_else_is_moved_aside(driver):
    base = sqlite3.connect(driver.base)
    base.execute("CREATE TABLE theirs (x)")
    base.commit()
    base.close()
    driver.start()
    assert driver.finish() == 0
    assert "it is no history" in driver.said()
    assert driver.query("SELECT * FROM runs") == []


def test_damage_that_shows_while_writing_begins_a_new_history(driver):
    journal = Journal(driver)
    for number in range(1, 3000):
        journal.run(number, worker=number % 50)
    journal.close()
    driver.start()
    assert driver.finish() == 0
    content = bytearray(driver.base.read_bytes())
    for page in range(20, len(content) // 4096):
        content[page * 4096:page * 4096 + 64] = b"\xa5" * 64
    driver.base.write_bytes(content)
    driver.start()
    journal = Journal(driver)
    for number in range(5000, 8000):
        journal.run(number, worker=number % 50)
    driver.wait_rows("SELECT * FROM runs WHERE run >= 5000", 3000)
    journal.close()
    assert driver.finish() == 0
    assert "moved to" in driver.said()


def test_junk_written_over_it_begins_a_new_history(driver):
    driver.start()
    journal = Journal(driver)
    journal.run(1)
    driver.wait_rows("SELECT * FROM runs", 1)
    with open(driver.base, "r+b") as file:
        file.write(os.urandom(65536))
    wait_for(lambda: journal.run(2) or "it was overwritten; moved to" in
             driver.said(), "the recorder says so")
    driver.wait_rows("SELECT * FROM runs WHERE run = 2", 1)
    journal.close()
    assert driver.finish() == 0


def test_a_history_that_is_deleted_is_made_anew(driver):
    driver.start()
    journal = Journal(driver)
    journal.run(1)
    driver.wait_rows("SELECT * FROM runs", 1)
    for path in driver.state.iterdir():
        path.unlink()
    journal.run(2)
    driver.wait_rows("SELECT * FROM runs WHERE run = 2", 1)
    journal.close()
    assert driver.finish() == 0
    assert "it was replaced; a new history begins" in driver.said()


def test_a_newer_history_is_left_alone(driver):
    driver.start()
    assert driver.finish() == 0
    base = sqlite3.connect(driver.base)
    base.execute("PRAGMA user_version = 99")
    base.close()
    before = driver.base.read_bytes()
    journal = Journal(driver)
    driver.start()
    journal.run(1)
    wait_for(lambda: "a newer version of reeve made it (schema 99" in
             driver.said(), "the recorder says so")
    assert driver.process.poll() is None
    journal.close()
    assert driver.finish() == 0
    assert driver.base.read_bytes() == before
    assert driver.said().count("\n") == 1
    assert driver.segments() == ["supervisor.1"]


def test_a_locked_history_is_waited_for(driver):
    driver.start()
    journal = Journal(driver)
    journal.run(1)
    driver.wait_rows("SELECT * FROM runs WHERE ended_at IS NOT NULL", 1)
    base = sqlite3.connect(driver.base, isolation_level=None)
    base.execute("BEGIN IMMEDIATE")
    journal.run(2)
    wait_for(lambda: "database is locked; trying again" in driver.said(),
             "the recorder says that it cannot write")
    number, end = 2, time.monotonic() + (60 if FULL else 0)
    while time.monotonic() < end:
        # So that the journal has room for all of it.
        time.sleep(0.02)
        number += 1
        journal.run(number)
    base.execute("ROLLBACK")
    base.close()
    driver.wait_rows("SELECT * FROM runs WHERE ended_at IS NOT NULL", number)
    assert len(driver.query("SELECT * FROM runs")) == number
    wait_for(lambda: "is written again" in driver.said(), "it says so")
    journal.close()
    assert driver.finish() == 0


def mount_small(path, size):
    """A tmpfs of that size, where this test may mount one."""
    path.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}",
                           "tmpfs", path], capture_output=True)
    if done.returncode != 0:
        pytest.skip("needs the right to mount a tmpfs")


def fill(driver):
    """Leaves no room on the disk; returns what does."""
    filler = driver.state / "filler"
    with open(filler, "wb", buffering=0) as file:
        with pytest.raises(OSError):
            while True:
                file.write(b"x" * 4096)
    return filler


def test_a_full_disk_is_waited_for(driver):
    mount_small(driver.state, "256k")
    try:
        driver.start()
        journal = Journal(driver)
        journal.run(1)
        driver.wait_rows("SELECT * FROM runs WHERE ended_at IS NOT NULL", 1)
        filler = fill(driver)
        for number in range(2, 1000):
            journal.run(number)
        wait_for(lambda: "trying again" in driver.said(),
                 "the recorder says that it cannot write")
        subprocess.run(["mount", "-o", "remount,size=64m", driver.state],
                       check=True)
        filler.unlink()
        driver.wait_rows("SELECT * FROM runs WHERE ended_at IS NOT NULL", 999)
        journal.close()
        assert driver.finish() == 0
        assert driver.query("SELECT count(*) AS n FROM events") == [
            {"n": 2 * 999}]
    finally:
        subprocess.run(["umount", "-l", driver.state], check=True)


def test_a_full_disk_holds_up_a_migration(driver, reeve):
    mount_small(driver.state, "64m")
    try:
        make_old(driver, runs=20000)
        before = driver.base.read_bytes()
        filler = fill(driver)
        driver.start()
        wait_for(lambda: "trying again" in driver.said(),
                 "the recorder says that it cannot write")
        # It is what it was, also for the older reeve.
        assert driver.base.read_bytes() == before
        assert "an older version of reeve made it" in reeve("history").err
        filler.unlink()
        driver.wait_rows("SELECT 1 FROM pragma_user_version"
                         " WHERE user_version = 2", 1)
        assert driver.finish() == 0
        assert driver.query("SELECT count(*) AS n FROM runs") == [{"n": 20003}]
        assert driver.query("PRAGMA integrity_check") == [
            {"integrity_check": "ok"}]
    finally:
        subprocess.run(["umount", "-l", driver.state], check=True)


def test_a_full_disk_holds_up_forgetting(driver):
    def forget():
        driver.socket.send(encode(MESSAGE, {
            "kind": RETENTION, "events_s": 60, "runs_s": 60}))

    mount_small(driver.state, "64m")
    try:
        driver.start()
        journal = Journal(driver, most=256)
        for number in range(1, 500):
            journal.append("output", run=number, text=b"x" * 2000)
            journal.run(number, at_us=at(number / 10))
        driver.wait_rows("SELECT * FROM output", 499)
        # So that the next write needs room.
        base = sqlite3.connect(driver.base)
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        base.close()
        filler = fill(driver)
        forget()
        wait_for(lambda: "it is tidied up later" in driver.said(),
                 "the recorder says that it cannot forget")
        assert driver.query("SELECT count(*) AS n FROM runs") == [{"n": 499}]
        filler.unlink()
        forget()
        wait_for(lambda: not driver.query("SELECT 1 FROM output"),
                 "all of it is forgotten")
        journal.run(1000)
        driver.wait_rows("SELECT * FROM runs WHERE run = 1000", 1)
        journal.close()
        assert driver.finish() == 0
        assert driver.query("SELECT count(*) AS n FROM crash_group") == [
            {"n": 1}]
        assert driver.query("PRAGMA integrity_check") == [
            {"integrity_check": "ok"}]
    finally:
        subprocess.run(["umount", "-l", driver.state], check=True)


def test_a_file_that_turns_read_only_is_waited_for(driver):
    mount_small(driver.state, "64m")
    try:
        driver.start()
        journal = Journal(driver)
        journal.run(1)
        driver.wait_rows("SELECT * FROM runs WHERE ended_at IS NOT NULL", 1)
        driver.kill()
        subprocess.run(["mount", "-o", "remount,ro", driver.state],
                       check=True)
        driver.start()
        for number in range(2, 100):
            journal.run(number)
        wait_for(lambda: "trying again" in driver.said(),
                 "the recorder says that it cannot write")
        subprocess.run(["mount", "-o", "remount,rw", driver.state],
                       check=True)
        driver.wait_rows("SELECT * FROM runs WHERE ended_at IS NOT NULL", 99)
        journal.close()
        assert driver.finish() == 0
        assert len(driver.query("SELECT * FROM runs")) == 99
    finally:
        subprocess.run(["umount", "-l", driver.state], check=True)


def test_a_second_recorder_waits_for_the_first(driver):
    driver.start()
    journal = Journal(driver)
    journal.run(1)
    driver.wait_rows("SELECT * FROM runs", 1)
    first, first_socket = driver.process, driver.socket
    driver.start()
    wait_for(lambda: "cannot lock" in driver.said(), "the second one waits")
    first_socket.close()
    assert first.wait(60) == 0
    journal.run(2)
    driver.wait_rows("SELECT * FROM runs", 2)
    journal.close()
    assert driver.finish() == 0
    assert driver.query("SELECT count(*) AS n FROM events") == [{"n": 4}]
