"""Formats of logs: tagged and json lines, whole although the logger dies."""

import gzip
import json
import re

import pytest

from conftest import wait_for
from logger_driver import numbered

RAW, TAGGED, JSON = range(3)
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def texts(log):
    """The texts of tagged lines; each ends where its line had an end."""
    found = b""
    for line in log.splitlines():
        head, text = re.fullmatch(
            rb"(" + TIME.encode() + rb" web/0 \d+ (?:out|err)\+?) (.*)",
            line, re.DOTALL).groups()
        found += text + (b"" if head.endswith(b"+") else b"\n")
    return found


def test_a_tagged_line_tells_time_worker_run_and_stream(supervisor):
    supervisor.start(7, format=TAGGED)
    supervisor.write(7, b"hello \xff world\n\nno end")
    wait_for(lambda: supervisor.log().count(b"\n") == 2, "two lines")
    supervisor.write(7, b"oops\n", stream=1)
    supervisor.finish_run(7)
    lines = [line[24:] for line in supervisor.log().split(b"\n")]
    assert re.match(TIME, supervisor.log().decode(errors="replace"))
    assert lines[:2] == [b" web/0 7 out hello \xff world", b" web/0 7 out "]
    assert sorted(lines[2:4]) == [b" web/0 7 err oops",
                                  b" web/0 7 out+ no end"]


def test_a_json_line_is_an_object(supervisor):
    supervisor.start(7, format=JSON, pid=815)
    supervisor.write(7, b'quote " back \\ tab \t \xff gr\xc3\xbc\xc3\x9f\n')
    supervisor.write(7, b"last")
    supervisor.finish_run(7)
    first, last = [json.loads(line) for line in
                   supervisor.log().splitlines()]
    assert re.fullmatch(TIME, first.pop("time"))
    assert first == {"worker": "web/0", "run": 7, "pid": 815,
                     "stream": "out",
                     "line": 'quote " back \\ tab \t \\xFF gr\u00fc\u00df'}
    assert last["partial"] and last["line"] == "last"


@pytest.mark.parametrize("form", [TAGGED, JSON])
def test_a_long_line_is_split_with_a_mark(supervisor, form):
    data = "\u00fc".encode() * 20000 + b"\n" + b"x" * 16384 + b"\n"
    supervisor.start(1, format=form)
    supervisor.write(1, b"a" + data)
    supervisor.finish_run(1)
    if form == TAGGED:
        assert texts(supervisor.log()) == b"a" + data
    else:
        lines = [json.loads(line) for line in supervisor.log().splitlines()]
        assert "".join(line["line"] + "\n" * ("partial" not in line)
                       for line in lines).encode() == b"a" + data
        assert "\\x" not in supervisor.log().decode()


@pytest.mark.parametrize("max_size", [0, 8000])
def test_no_line_is_cut_lost_or_doubled_though_the_logger_is_killed(
        supervisor, max_size):
    supervisor.start(1, format=TAGGED, max_size=max_size, keep=1000)
    printer = supervisor.print_lines(1, 3000, 0.0005)
    while printer.poll() is None:
        before = len(supervisor.log())
        supervisor.restart_logger()
        wait_for(lambda: printer.poll() is not None or
                 len(supervisor.log()) > before, "more lines")
    supervisor.end(1)
    supervisor.restart_logger()
    supervisor.drained(1)
    assert texts(supervisor.log()) == numbered(3000)
    assert supervisor.logger.finish() == 0
    assert list((supervisor.runtime / "stage").iterdir()) == []


def test_half_a_line_outlives_the_logger(supervisor):
    supervisor.start(1, format=TAGGED)
    supervisor.write(1, b"one\nhalf ")
    wait_for(lambda: texts(supervisor.log()) == b"one\n", "the first line")
    supervisor.restart_logger()
    supervisor.write(1, b"a line\n")
    wait_for(lambda: texts(supervisor.log()) == b"one\nhalf a line\n",
             "the other half")
    supervisor.finish_run(1)


def test_tagged_logs_are_rotated_at_ends_of_lines(supervisor):
    supervisor.start(1, format=TAGGED, max_size=1000, keep=1000)
    supervisor.write(1, numbered(300))
    supervisor.finish_run(1)
    assert texts(supervisor.log()) == numbered(300)
    line = len(supervisor.log()) // 300
    sizes = supervisor.parts()
    sizes.pop(0)
    assert all(size % line == 0 and 1000 <= size < 1000 + line
               for size in sizes.values())


def test_a_full_disk_cuts_and_doubles_no_line(supervisor, small_state):
    small_state("1m")
    supervisor.restart_logger()
    filler = supervisor.state / "filler"
    filler.write_bytes(b"f" * 900 * 1024)
    supervisor.start(1, format=TAGGED)
    printer = supervisor.print_lines(1, 6000, 0)
    wait_for(lambda: supervisor.events(15), "the warning")
    filler.unlink()
    wait_for(lambda: printer.poll() == 0, "the worker")
    supervisor.finish_run(1)
    assert texts(supervisor.log()) == numbered(6000)


@pytest.mark.parametrize("form", [RAW, TAGGED])
def test_an_old_log_is_put_aside_before_the_next_line(supervisor, form):
    supervisor.start(1, format=form, max_age_ns=1000)
    supervisor.write(1, b"first\n")
    wait_for(supervisor.log, "the first line")
    supervisor.write(1, b"second\n")
    supervisor.finish_run(1)
    assert sorted(supervisor.parts()) == [0, 1]
    log = supervisor.log()
    assert (log if form == RAW else texts(log)) == b"first\nsecond\n"


@pytest.mark.parametrize("form", [RAW, TAGGED])
def test_what_others_wait_for_is_given_up_and_counted(supervisor, form):
    blocked = supervisor.state / "log" / "web.0.log"
    blocked.mkdir(parents=True)
    for run in (1, 2):
        supervisor.start(run, pair=run - 1, format=form)
        supervisor.write(run, b"waits\n")
        supervisor.end(run)
    drained = supervisor.logger.receive()
    assert (drained["run"], drained["count"]) == (1, 6)
    supervisor.forget(1)
    blocked.rmdir()
    drained = supervisor.logger.receive()
    assert drained["run"] == 2 and "count" not in drained
    [event] = supervisor.events(19)
    assert event["run"] == 1
    supervisor.forget(2)


def test_a_flood_in_lines_does_not_starve_others(supervisor):
    supervisor.start(1, format=JSON, max_size=1 << 20, keep=1)
    supervisor.start(2, index=1, format=TAGGED)
    supervisor.print_lines(1, 1000000000, 0)
    for number in range(20):
        supervisor.write(2, b"%d\n" % number)
        wait_for(lambda: supervisor.log("web.1").endswith(b" %d\n" % number),
                 "a line")
    supervisor.printers[0].kill()
    supervisor.printers[0].wait()
    supervisor.finish_run(1)


@pytest.mark.parametrize("form", ["raw", "tagged", "json"])
def test_parts_by_age_and_size_hold_all_lines(instance, form):
    """As from a config: each part that is old or large is put aside."""
    made = instance({"pools": {"web": {
        "command": ["sh", "-c", "for i in 1 2 3 4 5 6; do echo line $i; "
                    "sleep 1; done; yes line 7 | head -20000; "
                    "exec sleep 1000000"],
        "log": {"format": form, "max_age": "1s", "max_size": "64K",
                "keep": 100, "compress": True}}}}).start()
    made.wait_for(lambda: made.run("logs", "web/0", "-n", "100000")
                  .out.count("line 7") == 20000, "all is printed")
    shown = made.run("logs", "web/0", "-n", "100000").out
    assert re.findall(r"line (\d)", shown) == list("123456") + ["7"] * 20000
    parts = made.wait_for(
        lambda: (found := sorted(
            (made.scratch.state / "log").glob("web.0.log.*.gz"),
            key=lambda path: int(path.name.split(".")[-2])))[1:] and found,
        "old parts are compressed")
    # The oldest was far from large.
    oldest = gzip.decompress(parts[-1].read_bytes())
    assert b"line 1" in oldest and b"line 6" not in oldest
    made.stop()


def test_the_history_keeps_what_was_printed(instance):
    """The last output of a run is the same in every format."""
    shop = instance({"pools": {form: {
        "command": ["sh", "-c", "echo one; echo 'two \"2\" \\'; exit 3"],
        "restart": {"policy": "never"}, "log": {"format": form}}
        for form in ("raw", "tagged", "json")}}).launch()
    rows = shop.wait_history("SELECT tail FROM crashes WHERE tail <> ''",
                             count=3)
    assert [row["tail"] for row in rows] == ['one\ntwo "2" \\\n'] * 3
    assert "exited with code 3: two" in shop.run("crashes").out
    shop.stop()
