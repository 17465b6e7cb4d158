"""`reeve sql`: whatever can be read, and nothing else."""

import csv
import hashlib
import io
import sqlite3

import pytest

from recording import driver, lines, past, words_of

__all__ = ["driver", "past"]


def test_a_table_of_the_answer(past, reeve):
    result = reeve("sql", "select run, worker, null as missing from runs")
    assert result.code == 0
    assert result.out.splitlines() == [
        "run  worker  missing",
        "  1  web/0         -",
        "  2  web/0         -",
        "  3  web/0         -"]


def test_json_and_csv(past, reeve):
    query = "select run, run, 0.5 as half, x'ff0a' as bytes, null as n " \
        "from runs where run = 1"
    assert lines(reeve("sql", "--json", query)) == [
        {"run": 1, "run:2": 1, "half": 0.5, "bytes": "\\xFF\n", "n": None}]
    rows = list(csv.reader(io.StringIO(
        reeve("sql", "--csv", query).out, newline="")))
    assert rows == [["run", "run:2", "half", "bytes", "n"],
                    ["1", "1", "0.5", "\\xFF\n", ""]]


def test_titles_reach_the_terminal_escaped(past, reeve):
    result = reeve("sql", 'select 1 as "a\x1b[31mred"')
    assert result.out.splitlines()[0] == "a\\x1B[31mred"


def test_nothing_turns_the_table_around(past, reeve):
    result = reeve("sql", "select 'a' || char(8238) || 'gpj.exe' as x, "
                   "'b' || char(8233) || 'c' as y")
    assert result.out.splitlines() == [
        "x                     y",
        "a\\xE2\\x80\\xAEgpj.exe  b\\xE2\\x80\\xA9c"]


def test_the_table_is_bounded(past, reeve):
    many = "with recursive n(i) as (select 1 union all select i + 1 from n " \
        "where i < 1500) select i from n"
    result = reeve("sql", many)
    assert len(result.out.splitlines()) == 1001
    assert "the first 1000 rows; --limit 0 shows all" in result.err
    assert len(reeve("sql", many, "--limit", "0").out.splitlines()) == 1501
    assert len(reeve("sql", many, "--json").out.splitlines()) == 1500


@pytest.mark.parametrize("query", [
    "insert into pool values (9, 'x', 0)",
    "update run set pid = 1",
    "delete from run",
    "create table t (x)",
    "create temp table t (x)",
    "create view v as select 1",
    "drop table run",
    "drop view runs",
    "attach '{other}' as other",
    "attach ':memory:' as other",
    "detach main",
    "vacuum",
    "vacuum into '{other}'",
    "pragma user_version = 7",
    "pragma journal_mode = delete",
    "pragma query_only = 0",
    "pragma wal_checkpoint(truncate)",
    "begin immediate",
    "reindex",
    "analyze",
    "select load_extension('{other}')",
    "select fts3_tokenizer('simple')",
    "select fts3_tokenizer('simple', x'0011223344556677')",
    "update sqlite_master set sql = ''",
    "update sqlite_schema set rootpage = 1",
    "insert into sqlite_master values (1, 2, 3, 4, 5)",
    "delete from sqlite_master",
    "pragma writable_schema = 1",
    "pragma encoding = 'UTF-16'",
    "pragma application_id(7)",
    "create virtual table temp.t using fts5(x)",
    "create virtual table t using rtree(a, b, c)",
    "select * from pragma_wal_checkpoint",
    "select * from pragma_journal_mode('delete')",
    "update json_each set value = 1",
    "update dbstat set name = 'x'",
    "select 1; delete from run",
    "with gone as (select 1) delete from run",
    "explain select 1; drop table run",
], ids=lambda query: query.split("'")[0].strip().replace(" ", "-"))
def test_nothing_is_written(past, scratch, reeve, query):
    before = hashlib.sha256(past.base.read_bytes()).hexdigest()
    other = scratch.path / "other"
    result = reeve("sql", query.format(other=other))
    assert result.code == 1, result
    assert result.out == "" and result.err.startswith("reeve: cannot query ")
    assert not other.exists()
    assert hashlib.sha256(past.base.read_bytes()).hexdigest() == before
    assert reeve("sql", "--json", "select count(*) as n from runs").json() == \
        {"n": 3}


@pytest.mark.parametrize("query, rows", [
    ("select value as v from json_each('[7, 8]')", [{"v": 7}, {"v": 8}]),
    ("select fullkey as v from json_tree('{\"a\": 1}')",
     [{"v": "$"}, {"v": "$.a"}]),
    ("select j.value as v from events, json_each(events.detail) as j"
     " where event = 'ended' and run = 1 and j.key = 'exit_signal'",
     [{"v": "SIGSEGV"}]),
    ("select name as v from pragma_table_info('run') limit 1",
     [{"v": "run"}]),
    ("select user_version > 0 as v from pragma_user_version", [{"v": 1}]),
    ("select sum(pgsize) > 4096 as v from dbstat", [{"v": 1}]),
    ("select count(*) as v from sqlite_master where name = 'runs'",
     [{"v": 1}]),
    ("pragma integrity_check", [{"integrity_check": "ok"}]),
    ("select * from pragma_quick_check", [{"quick_check": "ok"}]),
], ids=range(9))
def test_functions_that_make_tables_are_read(past, reeve, query, rows):
    assert lines(reeve("sql", "--json", query)) == rows


def test_one_long_function_has_its_time_too(past, reeve):
    """It is one step of SQLite's, which looks at no clock meanwhile."""
    result = reeve(
        "sql", "--timeout", "1ms",
        "select instr(hex(zeroblob(15000000)), hex(zeroblob(7000000)) || 'x')")
    assert (result.code, result.out) == (1, "")
    assert "it took longer than 1ms" in result.err
    assert result.err.count("\n") == 1


def test_a_query_has_its_time(past, reeve):
    endless = "with recursive n(i) as (select 1 union all select i + 1 from " \
        "n) select count(*) from n"
    result = reeve("sql", "--timeout", "200ms", endless)
    assert (result.code, result.out) == (1, "")
    assert "it took longer than 200ms; --timeout allows more" in result.err


def test_the_schema_is_what_there_is(past, reeve):
    result = reeve("sql", "--schema", "--json")
    columns = lines(result)
    base = sqlite3.connect(f"file:{past.base}?mode=ro", uri=True)
    for view, in base.execute("SELECT name FROM sqlite_master "
                              "WHERE type = 'view'"):
        names = [row[0] for row in
                 base.execute(f"SELECT * FROM {view}").description]
        assert [column["column"] for column in columns
                if column["view"] == view] == names
    base.close()
    assert all(column["meaning"] for column in columns)
    shown = reeve("sql", "--schema").out
    assert "crash_groups" in shown and "restart_delay_s" in shown


@pytest.mark.parametrize("words, code, reason", [
    ([], 2, "there is no query"),
    ([""], 1, "there is no query"),
    (["--", "-- nothing"], 1, "there is no query"),
    (["selekt 1"], 1, "syntax error"),
    (["select x from runs"], 1, "no such column: x"),
    (["select 1", "--timeout", "soon"], 2, "--timeout takes a duration"),
    (["select 1", "--schema"], 2, "exclude each other"),
    (["select 1", "--json", "--csv"], 2, "exclude each other"),
    (["select 1", "--db", "/nonexistent"], 1, "there is no such file"),
], ids=words_of)
def test_mistakes_are_said(past, reeve, words, code, reason):
    result = reeve("sql", *words)
    assert result.code == code and reason in result.err
    assert result.err.count("\n") == 1


def test_reading_settings_of_tables_is_allowed(past, reeve):
    result = reeve("sql", "pragma table_info(runs)")
    assert result.code == 0 and "started_at" in result.out
