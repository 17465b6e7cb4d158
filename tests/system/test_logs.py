"""`reeve logs`: over log files that a test writes, and over a real logger."""

import gzip
import os
import subprocess

import pexpect
import pytest

from conftest import REEVE, wait_for
from logger_driver import numbered


@pytest.fixture
def folder(scratch):
    path = scratch.state / "log"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def follow(scratch):
    """Starts `reeve logs -f …`; its output goes to a file."""
    started = []
    out = scratch.path / "followed"

    def start(*words):
        with open(out, "wb") as file:
            started.append(subprocess.Popen(
                [REEVE, "-i", "shop", "logs", "-f", *words], stdout=file,
                env=scratch.environment))
        return out
    yield start
    for process in started:
        process.kill()
        process.wait()


def logs(reeve, *words):
    return reeve("-i", "shop", "logs", *words)


def lines(first, last):
    return "".join(f"line {number}\n" for number in range(first, last))


def test_the_last_lines_are_shown(reeve, folder):
    (folder / "web.0.log").write_text(lines(0, 100))
    assert logs(reeve, "web/0").out == lines(80, 100)
    assert logs(reeve, "web/0", "-n", "3").out == lines(97, 100)
    assert logs(reeve, "web/0", "-n", "1000").out == lines(0, 100)
    assert logs(reeve, "web/0", "-n", "0").out == ""


def test_older_parts_are_read_where_the_log_is_short(reeve, folder):
    (folder / "web.0.log.2").write_text(lines(0, 10))
    (folder / "web.0.log.1").write_text(lines(10, 20))
    (folder / "web.0.log").write_text(lines(20, 22))
    for count in range(1, 23):
        assert logs(reeve, "web/0", f"-n{count}").out == lines(22 - count, 22)
    assert logs(reeve, "web/0", "-n", "99").out == lines(0, 22)


def test_compressed_parts_are_read(reeve, folder):
    (folder / "web.0.log.3.gz").write_bytes(
        gzip.compress(lines(0, 10).encode()))
    (folder / "web.0.log.2.gz").write_bytes(
        gzip.compress(lines(10, 15).encode() + b"lin"))
    (folder / "web.0.log.1").write_text("e 15\n" + lines(16, 20))
    (folder / "web.0.log").write_text(lines(20, 22))
    for count in range(1, 23):
        assert logs(reeve, "web/0", f"-n{count}").out == lines(22 - count, 22)
    assert logs(reeve, "web/0", "-n", "99").out == lines(0, 22)
    (folder / "web.0.log.2.gz").write_bytes(b"no gzip at all\x1f\x8b\n")
    (folder / "web.0.log.3.gz").write_bytes(
        gzip.compress(lines(0, 10).encode())[:-6])
    assert logs(reeve, "web/0", "-n", "99").out.endswith(
        "e 15\n" + lines(16, 22))


def test_a_part_that_gets_compressed_is_read_once(scratch, supervisor):
    supervisor.start(1, max_size=20000, keep=1000, tail=0, compress=1)
    printer = supervisor.print_lines(1, 2000, 0.0005)
    wait_for(supervisor.log, "the log")
    while printer.poll() is None:
        out = subprocess.run([REEVE, "-i", "shop", "logs", "-n99999", "web/0"],
                             stdout=subprocess.PIPE, check=True,
                             env=scratch.environment).stdout
        last = out.rpartition(b"\n")[0] + b"\n"
        assert numbered(2000).find(last) >= 0


def test_long_logs_are_read_from_the_end(reeve, folder):
    (folder / "web.0.log").write_text(lines(0, 100000))
    assert logs(reeve, "web/0", "-n", "50000").out == lines(50000, 100000)


def test_workers_are_named_where_there_are_several(reeve, folder):
    for name in ("web.0", "web.10", "web.2", "db.0"):
        (folder / f"{name}.log").write_text(f"this is {name}\n")
    assert logs(reeve, "web").out == ("web/0  | this is web.0\n"
                                      "web/2  | this is web.2\n"
                                      "web/10 | this is web.10\n")
    assert logs(reeve, "db", "web/2").out == ("db/0  | this is db.0\n"
                                              "web/2 | this is web.2\n")
    assert logs(reeve, "db").out == "this is db.0\n"
    assert len(logs(reeve, "all").out.splitlines()) == 4


def test_a_last_line_without_an_end_is_shown(reeve, folder):
    (folder / "web.0.log").write_text("one\ntwo")
    (folder / "web.1.log").write_text("three\n")
    assert logs(reeve, "web/0", "-n1").out == "two"
    assert logs(reeve, "web").out == ("web/0 | one\nweb/0 | two\n"
                                      "web/1 | three\n")


def test_bytes_go_into_a_pipe_as_they_are(scratch, folder):
    data = bytes(range(256)) + b"\n"
    (folder / "web.0.log").write_bytes(data)
    out = subprocess.run([REEVE, "-i", "shop", "logs", "-n99", "web/0"],
                         stdout=subprocess.PIPE, env=scratch.environment,
                         check=True).stdout
    assert out == data


def test_a_terminal_is_safe_from_what_workers_print(scratch, folder):
    (folder / "web.0.log").write_bytes(
        "\x1b]0;title\x07 gr\u00fc\u00df".encode() + b" \xff\ttab\n")
    shown = pexpect.run(f"{REEVE} -i shop logs web/0",
                        env=scratch.environment)
    assert shown.decode() == "\\x1B]0;title\\x07 gr\u00fc\u00df \\xFF\ttab\r\n"


def test_unknown_names_and_wrong_numbers_are_refused(reeve, folder):
    (folder / "web.0.log").write_text("x\n")
    for name in ("nope", "web/1", "web/", "web/0x", "nope/0"):
        result = logs(reeve, name)
        assert result.code == 4
        assert result.err == (f"reeve: cannot find {name}: shop has no such "
                              "pool or worker\n")
    assert logs(reeve, "web", "-n", "-3").code == 2
    assert logs(reeve).code == 2
    since = logs(reeve, "web", "--since", "2h")
    assert since.code == 1
    assert "raw logs have no times" in since.err


def test_following_shows_what_comes_and_who_is_new(follow, folder):
    log = folder / "web.0.log"
    log.write_text("old\n")
    out = follow("web")
    wait_for(lambda: out.read_text() == "web/0 | old\n", "the old line")
    with open(log, "a") as file:
        file.write("new\nand not")
    wait_for(lambda: out.read_text() == "web/0 | old\nweb/0 | new\n",
             "the new line")
    (folder / "web.1.log").write_text("me too\n")
    (folder / "db.0.log").write_text("not wanted\n")
    wait_for(lambda: out.read_text().endswith("web/1 | me too\n"),
             "the new worker")
    with open(log, "a") as file:
        file.write(" only\n")
    wait_for(lambda: out.read_text().endswith("web/0 | and not only\n"),
             "the whole line")
    assert "wanted" not in out.read_text()


def test_following_goes_over_rotation_and_removal(follow, folder):
    log = folder / "web.0.log"
    log.write_text("1\n")
    out = follow("web/0")
    wait_for(lambda: out.read_text() == "1\n", "the first line")
    log.rename(folder / "web.0.log.1")
    log.write_text("2\n")
    wait_for(lambda: out.read_text() == "1\n2\n", "the second line")
    log.unlink()
    log.write_text("3, longer\n")
    wait_for(lambda: out.read_text() == "1\n2\n3, longer\n", "the third line")
    os.truncate(log, 0)
    with open(log, "a") as file:
        file.write("4\n")
    wait_for(lambda: out.read_text().endswith("4\n"), "the fourth line")


@pytest.mark.parametrize("compress", [0, 1])
def test_following_a_logger_that_rotates_misses_nothing(follow, supervisor,
                                                        compress):
    supervisor.start(1, max_size=3000, keep=1000, tail=0, compress=compress)
    wait_for(lambda: (supervisor.state / "log").exists(), "the log folder")
    supervisor.write(1, b"first\n")
    wait_for(supervisor.log, "the log")
    out = follow("web/0")
    wait_for(out.read_bytes, "the first line")
    supervisor.print_lines(1, 3000, 0.0003)
    wait_for(lambda: out.read_bytes() == b"first\n" + numbered(3000),
             "all lines, once and in order")


def tagged(second, worker, text, mark=""):
    return (f"2026-11-23T09:00:{second:02}.000Z {worker} 7 out{mark} "
            f"{text}\n")


def shown_times(out):
    return [line.split(" ", 2)[2] for line in out.splitlines()]


def test_lines_with_times_are_merged(reeve, folder):
    (folder / "web.0.log").write_text(
        tagged(1, "web/0", "one") + tagged(3, "web/0", "thr", "+") +
        tagged(3, "web/0", "ee"))
    (folder / "web.1.log").write_text(
        '{"time":"2026-11-23T09:00:02.000Z","worker":"web/1","run":8,'
        '"pid":5,"stream":"err","line":"two \\"\\u0009"}\n')
    (folder / "web.2.log").write_text("raw\n")
    out = logs(reeve, "web").out.splitlines()
    assert out[0] == "web/2 | raw"
    assert shown_times("\n".join(out[1:])) == [
        "web/0 | one", 'web/1 | two "\t', "web/0 | three"]
    first, second = logs(reeve, "web/0", "web/1", "--json").out \
        .splitlines()[:2]
    assert first == ('{"time":"2026-11-23T09:00:01.000Z","worker":"web/0",'
                     '"run":7,"stream":"out","line":"one"}')
    assert '"pid":5,"stream":"err","line":"two \\"\\u0009"' in second


def test_since_shows_what_was_printed_from_then_on(reeve, folder):
    (folder / "web.0.log").write_text(
        "raw from before\n" + "".join(tagged(second, "web/0", second)
                                      for second in range(60)))
    since = logs(reeve, "web/0", "--since", "2026-11-23T09:00:30Z")
    assert shown_times(since.out) == [str(number)
                                      for number in range(30, 60)]
    since = logs(reeve, "web/0", "--since", "2026-11-23T09:00:30Z", "-n5")
    assert shown_times(since.out) == [str(number)
                                      for number in range(55, 60)]
