"""The logger, alone: a test plays the supervisor and the workers."""

import os
import subprocess

import pytest

from conftest import wait_for
from logger_driver import Supervisor, answer, numbered
from messages import EVENT_OUTPUT, EVENT_WARNING, FINISH, LOG_END, LOG_START


@pytest.fixture
def supervise(scratch):
    """supervise(wrapper) → the supervisor of a logger."""
    made = []

    def make(wrapper=()):
        made.append(Supervisor(scratch, wrapper))
        return made[0]
    yield make
    for one in made:
        one.close()


def test_output_is_in_the_log_and_in_the_journal(supervise):
    sup = supervise()
    sup.start(7)
    sup.write(7, b"hello\n")
    wait_for(lambda: sup.log() == b"hello\n", "the first line")
    sup.write(7, b"oops\n", stream=1)
    sup.finish_run(7)
    assert sup.log() == b"hello\noops\n"
    [event] = sup.events(EVENT_OUTPUT)
    assert event["pool"] == b"web"
    assert event["worker"] == 1
    assert event["run"] == 7
    assert event["text"] == b"hello\noops\n"
    assert event["at_us"] > 0
    status = (sup.state / "log" / "web.0.log").stat()
    assert status.st_mode & 0o777 == 0o640
    assert (sup.state / "log").stat().st_mode & 0o777 == 0o750


def test_a_silent_run_has_no_output_event_and_no_file(supervise):
    sup = supervise()
    sup.start(1)
    sup.finish_run(1)
    assert sup.events(EVENT_OUTPUT) == []
    assert sup.parts() == {}


def test_an_unknown_run_is_drained(supervise):
    sup = supervise()
    sup.logger.send(LOG_END, run=99, pool="web", index=0)
    assert sup.logger.receive() == answer(99)


def test_the_tail_is_what_this_run_printed(supervise):
    sup = supervise()
    sup.start(1, tail=1000)
    sup.write(1, numbered(100))
    sup.finish_run(1)
    sup.start(2, pair=1, tail=1000)
    sup.write(2, b"short\n")
    sup.finish_run(2)
    first, second = sup.events(EVENT_OUTPUT)
    assert first["text"] == numbered(100)[-1000:]
    assert second["text"] == b"short\n"


def test_runs_of_a_worker_are_read_in_order(supervise):
    sup = supervise()
    sup.start(1, pair=0)
    sup.start(2, pair=1)
    sup.write(2, b"second\n")
    sup.write(1, b"first\n")
    wait_for(lambda: sup.log() == b"first\n", "the first run's line")
    sup.end(2)
    sup.write(1, b"first again\n")
    sup.end(1)
    sup.drained(1)
    sup.drained(2)
    assert sup.log() == b"first\nfirst again\nsecond\n"
    assert [(event["run"], event["text"])
            for event in sup.events(EVENT_OUTPUT)] == [
                (1, b"first\nfirst again\n"), (2, b"second\n")]


def test_workers_do_not_share_a_log(supervise):
    sup = supervise()
    for run in range(1, 21):
        sup.start(run, index=run)
        sup.write(run, b"run %d\n" % run)
    for run in range(1, 21):
        sup.finish_run(run)
        assert sup.log(f"web.{run}") == b"run %d\n" % run


@pytest.mark.parametrize("max_size", [0, 8000])
def test_every_line_is_there_once_though_the_logger_is_killed(supervise,
                                                              max_size):
    sup = supervise()
    sup.start(1, max_size=max_size, keep=1000, tail=20000)
    printer = sup.print_lines(1, 3000, 0.0005)
    while printer.poll() is None:
        before = len(sup.log())
        sup.restart_logger()
        wait_for(lambda: printer.poll() is not None or
                 len(sup.log()) > before, "more lines")
    sup.end(1)
    sup.restart_logger()
    sup.drained(1)
    assert sup.log() == numbered(3000)
    assert sup.events(EVENT_OUTPUT)[-1]["text"] == numbered(3000)[-20000:]


def test_the_tail_survives_a_kill_and_rotation(supervise):
    sup = supervise()
    sup.start(1, max_size=1000, keep=9)
    sup.write(1, b"the run before\n")
    sup.finish_run(1)
    sup.start(2, pair=1, max_size=1000, keep=9)
    sup.write(2, numbered(50))
    wait_for(lambda: sup.log().endswith(numbered(50)), "the lines")
    sup.restart_logger()
    sup.write(2, b"the end\n")
    sup.finish_run(2)
    assert sup.events(EVENT_OUTPUT)[-1]["text"] == numbered(50) + b"the end\n"
    assert not (sup.runtime / "logger").exists() or sup.logger.finish() == 0
    assert not (sup.runtime / "logger").exists()


def test_a_run_longer_than_all_parts_has_a_tail(supervise):
    sup = supervise()
    sup.start(1, max_size=1000, keep=2)
    sup.write(1, numbered(200))
    sup.finish_run(1)
    sup.start(2, pair=1, max_size=1000, keep=2)
    sup.write(2, numbered(500))
    sup.finish_run(2)
    last = sup.events(EVENT_OUTPUT)[-1]["text"]
    assert numbered(500).endswith(last) and len(last) >= 2000
    assert last == sup.log()


def test_rotation_keeps_lines_whole_and_some_parts(supervise):
    sup = supervise()
    sup.start(1, max_size=1000, keep=3)
    sup.write(1, numbered(300))
    sup.finish_run(1)
    line = len(numbered(1))
    sizes = sup.parts()
    assert sorted(sizes) == [0, 1, 2, 3]
    for number in (1, 2, 3):
        assert sizes[number] % line == 0
        assert 1000 <= sizes[number] < 1000 + line
    assert numbered(300).endswith(sup.log())


def test_a_log_with_no_older_parts_begins_anew(supervise):
    sup = supervise()
    sup.start(1, max_size=1000, keep=0)
    sup.write(1, numbered(300))
    sup.finish_run(1)
    assert list(sup.parts()) == [0]
    assert numbered(300).endswith(sup.log())


def test_a_line_longer_than_a_part_is_torn(supervise):
    sup = supervise()
    data = b"x" * 300000 + b"\n"
    sup.start(1, max_size=50000, keep=10)
    sup.write(1, data)
    sup.write(1, b"next\n")
    sup.finish_run(1)
    assert sup.log() == data + b"next\n"
    assert max(sup.parts().values()) <= 2 * 50000 + 65536


def test_a_gap_that_a_killed_rotation_left_is_filled(supervise):
    sup = supervise()
    folder = sup.state / "log"
    folder.mkdir(exist_ok=True)
    for number in (1, 3):
        (folder / f"web.0.log.{number}").write_bytes(b"part %d\n" % number)
    (folder / "web.0.log").write_bytes(b"y" * 999 + b"\n")
    sup.start(1, max_size=1000, keep=3)
    sup.write(1, b"new\n")
    sup.finish_run(1)
    assert (folder / "web.0.log").read_bytes() == b"new\n"
    assert (folder / "web.0.log.1").read_bytes() == b"y" * 999 + b"\n"
    assert (folder / "web.0.log.2").read_bytes() == b"part 1\n"
    assert (folder / "web.0.log.3").read_bytes() == b"part 3\n"


def test_large_writes_are_whole(supervise):
    sup = supervise()
    sup.start(1)
    data = b"".join(bytes([65 + i]) * 65535 + b"\n" for i in range(26))
    sup.write(1, data)
    sup.finish_run(1)
    assert sup.log() == data


def test_a_flood_does_not_starve_others(supervise):
    sup = supervise()
    sup.start(1, index=0, max_size=1 << 20, keep=1)
    sup.start(2, index=1)
    flood = subprocess.Popen(["yes"], stdout=sup.fds[1][0])
    sup.printers.append(flood)
    for number in range(20):
        sup.write(2, b"%d\n" % number)
        wait_for(lambda: sup.log("web.1").endswith(b"%d\n" % number), "a line")
    flood.kill()
    flood.wait()
    sup.finish_run(1)


def test_leftovers_that_print_do_not_hold_up_the_end(supervise):
    sup = supervise()
    sup.start(1, max_size=1 << 20, keep=1)
    sup.write(1, b"main process\n")
    leftover = subprocess.Popen(["yes", "leftover"], stdout=sup.fds[1][0],
                                start_new_session=True)
    sup.printers.append(leftover)
    wait_for(lambda: b"leftover" in sup.log(), "the leftover's output")
    sup.finish_run(1)
    assert leftover.poll() is None


def test_leftovers_that_are_silent_do_not_hold_up_the_end(supervise):
    sup = supervise()
    sup.start(1)
    sup.printers.append(subprocess.Popen(
        ["sleep", "1000"], stdout=sup.fds[1][0], start_new_session=True))
    sup.write(1, b"last words")
    sup.finish_run(1)
    assert sup.log() == b"last words"


def test_a_worker_that_closes_stdout_still_has_stderr(supervise):
    sup = supervise()
    sup.start(1)
    subprocess.run(["sh", "-c", "echo one; exec >&-; echo two >&2"],
                   stdout=sup.fds[1][0], stderr=sup.fds[1][1], check=True)
    sup.finish_run(1)
    assert sorted(sup.log().split()) == [b"one", b"two"]


def test_missing_fifos_are_told_and_nothing_waits(supervise):
    sup = supervise()
    sup.logger.send(LOG_START, run=1, pool="web", index=0, pair=0, tail=100)
    sup.logger.send(LOG_END, run=1, pool="web", index=0)
    assert sup.logger.receive() == answer(1)
    texts = [event["text"] for event in sup.events(EVENT_WARNING)]
    assert len(texts) == 2
    assert b"No such file or directory" in texts[0]


def test_a_log_that_cannot_be_opened_is_told_once_and_waits(supervise):
    sup = supervise()
    blocked = sup.state / "log" / "web.0.log"
    blocked.mkdir(parents=True)
    sup.start(1)
    sup.start(2, index=1)
    sup.write(1, b"waits\n")
    wait_for(lambda: sup.events(EVENT_WARNING), "the warning")
    sup.write(2, b"goes on\n")
    sup.finish_run(2)
    assert sup.log("web.1") == b"goes on\n"
    sup.end(1)
    sup.restart_logger()
    wait_for(lambda: len(sup.events(EVENT_WARNING)) == 2,
             "the warning of the second logger")
    blocked.rmdir()
    sup.drained(1)
    assert sup.log() == b"waits\n"
    [first, second] = sup.events(EVENT_WARNING)
    assert b"Is a directory" in first["text"]
    assert first["worker"] == 1


def test_a_full_disk_stops_nothing_for_ever_and_loses_nothing(supervise,
                                                              small_state):
    small_state("1m")
    sup = supervise()
    filler = sup.state / "filler"
    filler.write_bytes(b"f" * 900 * 1024)
    printers = []
    for run in (1, 2):
        sup.start(run, index=run)
        printers.append(sup.print_lines(run, 12000, 0))
    wait_for(lambda: sup.events(EVENT_WARNING), "the warning")
    assert [printer.poll() for printer in printers] == [None, None]
    printers[1].kill()
    printers[1].wait()
    sup.end(2)
    os.truncate(filler, 0)
    wait_for(lambda: printers[0].poll() == 0, "the worker")
    sup.drained(2)
    sup.finish_run(1)
    assert sup.log("web.1") == numbered(12000)
    assert numbered(12000).startswith(sup.log("web.2"))
    [warning] = sup.events(EVENT_WARNING)
    assert b"No space left" in warning["text"]


def test_few_file_descriptors_are_enough(supervise):
    sup = supervise(("prlimit", "--nofile=64:64"))
    for run in range(1, 25):
        sup.start(run, index=run)
    for turn in range(3):
        for run in range(1, 25):
            sup.write(run, b"%d %d\n" % (turn, run))
    for run in range(1, 25):
        sup.finish_run(run)
        assert sup.log(f"web.{run}") == b"".join(
            b"%d %d\n" % (turn, run) for turn in range(3))
    assert sup.events(EVENT_WARNING) == []


def test_answers_wait_for_a_supervisor_that_is_busy(supervise):
    sup = supervise()
    for run in range(1, 3001):
        sup.logger.send(LOG_START, run=run, pool="none", index=run)
        sup.logger.send(LOG_END, run=run, pool="none", index=run)
    got = [sup.logger.receive()["run"] for _ in range(3000)]
    assert got == list(range(1, 3001))


def test_the_logger_drains_and_ends_when_the_supervisor_is_gone(supervise):
    sup = supervise()
    sup.start(1)
    sup.write(1, b"first\n")
    sup.logger.socket.close()
    assert sup.logger.wait() == 0
    assert sup.log() == b"first\n"
    sup.write(1, b"nobody reads\n")
    sup.logger.start()
    sup.logger.send(LOG_START, **sup.runs[1])
    sup.finish_run(1)
    assert sup.log() == b"first\nnobody reads\n"
    assert sup.events(EVENT_OUTPUT)[-1]["text"] == b"first\nnobody reads\n"


def test_finish_waits_for_what_ended(supervise):
    sup = supervise()
    sup.start(1)
    sup.write(1, b"last\n")
    sup.logger.send(LOG_END, **sup.runs[1])
    sup.logger.send(FINISH)
    assert sup.logger.receive() == answer(1)
    assert sup.logger.wait() == 0
    assert sup.log() == b"last\n"
    assert not (sup.runtime / "logger").exists()
