"""A history that an older reeve made becomes one of this reeve."""

import pathlib
import sqlite3

from recording import Journal, driver

__all__ = ["driver"]

SCHEMA_1 = pathlib.Path(__file__).parent / "data" / "schema-1.sql"


def make_old(driver, runs=0):
    base = sqlite3.connect(driver.base)
    base.executescript(SCHEMA_1.read_text())
    base.executemany(
        "INSERT INTO run (run, pool, worker, started_at, ended_at, exit_code,"
        " core, cause) VALUES (?, 1, 1, 1, 2, 4, 0, 2)",
        [(number + 100,) for number in range(runs)])
    base.commit()
    base.close()


def test_all_that_was_known_is_kept(driver):
    make_old(driver)
    journal = Journal(driver)
    journal.run(7, text=b"why")
    journal.close()
    driver.start()
    assert driver.finish() == 0
    assert [tuple(row.values()) for row in driver.query(
        "SELECT run, cause, crash_group, restart_delay_s FROM runs"
        " ORDER BY run")] == [
            (1, "crashed", 1, 0.1), (2, "crashed", 1, 0.2),
            (3, None, None, None), (7, "crashed", 2, 0.0)]
    assert driver.query("SELECT sign, crashes FROM crash_groups"
                        " WHERE crash_group = 1") == [
        {"sign": "error: no row #", "crashes": 2}]
    assert driver.query("SELECT * FROM trend") == [
        {"run": 1, "samples": bytes(range(1, 9))}]
    assert driver.query("SELECT count(*) AS n FROM samples") == [{"n": 3}]
    assert [tuple(row.values()) for row in driver.query(
        "SELECT at, cpu_percent, cpu_percent_max, rss_bytes_max FROM minutes"
        " ORDER BY at")] == [(0.0, 20.0, 30.0, 8192), (60.0, 50.0, 50.0, 4096)]
    assert [tuple(row.values()) for row in driver.query(
        "SELECT at, cpu_percent_max FROM hours")] == [(0.0, 50.0)]
    # It can shrink now.
    assert driver.query("PRAGMA auto_vacuum") == [{"auto_vacuum": 2}]
    assert driver.query("PRAGMA user_version") == [{"user_version": 2}]
    assert driver.query("PRAGMA integrity_check") == [
        {"integrity_check": "ok"}]


def test_new_and_old_files_look_alike(driver, scratch):
    shape = ("SELECT type, name, CASE type WHEN 'table' THEN (SELECT"
             " group_concat(name || ' ' || type) FROM (SELECT name, type FROM"
             " pragma_table_info(sqlite_master.name) ORDER BY name))"
             " ELSE sql END AS made FROM sqlite_master ORDER BY name")
    driver.start()
    assert driver.finish() == 0
    new = driver.query(shape)
    driver.base.unlink()
    make_old(driver)
    driver.start()
    assert driver.finish() == 0
    assert driver.query(shape) == new


def test_a_migration_that_is_killed_is_begun_anew(driver):
    make_old(driver, runs=20000)
    for turn in range(6):
        driver.start()
        if turn:
            driver.wait_rows("SELECT 1 FROM pragma_application_id", 1)
        driver.kill()
    driver.start()
    assert driver.finish() == 0
    assert driver.query("SELECT count(*) AS n, count(crash_group) AS grouped"
                        " FROM runs") == [{"n": 20003, "grouped": 20002}]
    assert driver.query("PRAGMA integrity_check") == [
        {"integrity_check": "ok"}]
