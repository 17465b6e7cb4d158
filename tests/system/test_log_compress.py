"""Older parts of logs are compressed, by a real logger."""

import base64
import contextlib
import gzip
import os
import signal

import pytest

from conftest import BUILD, wait_for
from logger_driver import Supervisor, numbered
from messages import EVENT_WARNING

# Has begun to write and stops; goes on in the right way when it may.
HELD = f"""#!/bin/sh
[ -e "$HELD_GO" ] || {{ printf junk; kill -STOP $$; }}
exec "{BUILD}/reeve-compressor"
"""


@pytest.fixture
def supervisor_on_small_disk(scratch, small_state):
    small_state("1m")
    made = Supervisor(scratch)
    yield made
    made.close()


@pytest.fixture
def held(scratch, monkeypatch):
    """A compressor that stops until the file of this path is there."""
    folder = scratch.path / "libexec"
    folder.mkdir()
    program = folder / "reeve-compressor"
    program.write_text(HELD)
    program.chmod(0o755)
    monkeypatch.setenv("REEVE_LIBEXEC_DIR", str(folder))
    monkeypatch.setenv("HELD_GO", str(folder / "go"))
    return folder / "go"


@pytest.fixture
def held_supervisor(held, supervisor):
    supervisor.go = held
    yield supervisor
    # A logger that is killed would leave them behind as they are: stopped.
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for pid in children(supervisor.logger.pid):
            os.kill(pid, signal.SIGKILL)


def start(sup, run=1, max_size=1000, keep=5, tail=0, compress=1, **more):
    sup.start(run, max_size=max_size, keep=keep, tail=tail, compress=compress,
              **more)


def names(sup):
    """The ends of the names of the parts; the logger makes their folder."""
    return sorted(path.name[len("web.0.log"):]
                  for path in (sup.state / "log").glob("web.0.log*"))


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def state(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rpartition(")")[2].split()[0]


def stopped_compressor(sup):
    """Waits for the child that stopped; returns its pid."""
    def found():
        return [pid for pid in children(sup.logger.pid) if state(pid) == "T"]
    wait_for(found, "the compressor")
    return found()[0]


def wait_names(sup, *wanted):
    wait_for(lambda: names(sup) == list(wanted), f"the files {wanted}")


def is_settled(sup):
    """Whether each part from the second on is compressed, and no more."""
    return all(name in ("", ".1") or name.endswith(".gz")
               for name in names(sup))


def test_older_parts_are_compressed(supervisor):
    start(supervisor)
    supervisor.write(1, numbered(300))
    wait_names(supervisor, "", ".1", ".2.gz", ".3.gz", ".4.gz", ".5.gz")
    supervisor.finish_run(1)
    assert numbered(300).endswith(supervisor.log())
    status = (supervisor.state / "log" / "web.0.log.2.gz").stat()
    assert status.st_mode & 0o777 == 0o640
    assert supervisor.events(EVENT_WARNING) == []


def test_parts_with_the_tail_stay_plain(supervisor):
    start(supervisor, tail=2500)
    supervisor.write(1, numbered(300))
    wait_names(supervisor, "", ".1", ".2", ".3", ".4.gz", ".5.gz")
    supervisor.finish_run(1)
    assert numbered(300).endswith(supervisor.log())


def test_without_compress_parts_stay_as_they_are(supervisor):
    folder = supervisor.state / "log"
    folder.mkdir(exist_ok=True)
    (folder / "web.0.log.2.gz").write_bytes(gzip.compress(b"old\n"))
    (folder / "web.0.log.1").write_bytes(b"less old\n")
    (folder / "web.0.log.draft").write_bytes(b"junk")
    start(supervisor, compress=0)
    supervisor.write(1, numbered(60))
    wait_names(supervisor, "", ".1", ".2", ".3", ".4.gz")
    supervisor.finish_run(1)
    assert supervisor.log() == b"old\nless old\n" + numbered(60)


def test_a_part_that_is_there_twice_is_there_once_again(supervisor):
    folder = supervisor.state / "log"
    folder.mkdir(exist_ok=True)
    for number in (2, 3):
        (folder / f"web.0.log.{number}").write_bytes(b"%d\n" % number)
        (folder / f"web.0.log.{number}.gz").write_bytes(
            gzip.compress(b"%d\n" % number))
    (folder / "web.0.log.1").write_bytes(b"1\n")
    start(supervisor)
    wait_names(supervisor, ".1", ".2.gz", ".3.gz")
    supervisor.write(1, b"0\n")
    supervisor.finish_run(1)
    assert supervisor.log() == b"3\n2\n1\n0\n"


def test_nothing_is_lost_though_all_are_killed(supervisor):
    start(supervisor, max_size=4000, keep=1000)
    printer = supervisor.print_lines(1, 3000, 0.0005)
    turn = 0
    while printer.poll() is None:
        before = len(supervisor.log())
        turn += 1
        for pid in children(supervisor.logger.pid) if turn % 2 else ():
            os.kill(pid, signal.SIGKILL)
        if turn % 3 == 0:
            supervisor.restart_logger()
        wait_for(lambda: printer.poll() is not None or
                 len(supervisor.log()) != before, "more lines")
    supervisor.restart_logger()
    wait_for(lambda: is_settled(supervisor), "the end of compression")
    supervisor.finish_run(1)
    assert supervisor.log() == numbered(3000)


def assert_goes_on(sup):
    """After 60 lines, all parts of later ones are compressed."""
    sup.write(1, numbered(30))
    wait_names(sup, "", ".1", ".2.gz", ".3.gz")
    sup.finish_run(1)
    assert sup.log() == numbered(60) + numbered(30)


def test_a_compressor_that_is_killed_is_told(held_supervisor):
    sup = held_supervisor
    start(sup)
    sup.write(1, numbered(60))
    os.kill(stopped_compressor(sup), signal.SIGKILL)
    wait_names(sup, "", ".1", ".2")
    [warning] = sup.events(EVENT_WARNING)
    assert b"cannot compress parts of " in warning["text"]
    assert b"the compressor was ended" in warning["text"]
    sup.go.touch()
    assert_goes_on(sup)


def test_a_compressor_that_outlives_its_logger_harms_nothing(held_supervisor):
    sup = held_supervisor
    start(sup)
    sup.write(1, numbered(60))
    orphan = stopped_compressor(sup)
    sup.restart_logger()
    second = stopped_compressor(sup)
    sup.go.touch()
    os.kill(orphan, signal.SIGCONT)
    os.kill(second, signal.SIGKILL)
    # The next part has it tried again, once this end has been seen.
    wait_names(sup, "", ".1", ".2")
    assert_goes_on(sup)


def test_parts_may_move_and_go_while_one_is_compressed(held_supervisor):
    sup = held_supervisor
    start(sup)
    sup.write(1, numbered(60))
    os.kill(stopped_compressor(sup), signal.SIGSTOP)
    sup.write(1, numbered(30))
    wait_names(sup, "", ".1", ".2", ".3", ".draft")
    sup.write(1, numbered(300))
    wait_names(sup, "", ".1", ".2", ".3", ".4", ".5", ".draft")
    sup.go.touch()
    os.kill(stopped_compressor(sup), signal.SIGCONT)
    wait_names(sup, "", ".1", ".2.gz", ".3.gz", ".4.gz", ".5.gz")
    sup.finish_run(1)
    assert numbered(300).endswith(sup.log())


def test_a_compressor_does_not_hold_up_the_end(held_supervisor):
    sup = held_supervisor
    start(sup)
    sup.write(1, numbered(60))
    stopped_compressor(sup)
    sup.finish_run(1)
    assert sup.logger.finish() == 0
    assert names(sup) == ["", ".1", ".2"]
    assert sup.log() == numbered(60)


def test_a_compressor_gives_way(held_supervisor):
    sup = held_supervisor
    start(sup)
    start(sup, 2, index=1)
    sup.write(1, numbered(60))
    stopped_compressor(sup)
    for number in range(3):
        sup.write(2, b"%d\n" % number)
        wait_for(lambda: sup.log("web.1").endswith(b"%d\n" % number), "a line")
    sup.finish_run(2)
    sup.finish_run(1)


def test_a_full_disk_leaves_parts_plain(supervisor_on_small_disk):
    sup = supervisor_on_small_disk
    filler = sup.state / "filler"
    filler.write_bytes(b"f" * 250 * 1024)
    data = base64.encodebytes(os.urandom(500 * 1024))
    start(sup, max_size=240000, keep=9)
    sup.write(1, data)
    wait_for(lambda: sup.events(EVENT_WARNING), "the warning")
    [warning] = sup.events(EVENT_WARNING)
    assert b"No space left on device" in warning["text"]
    wait_names(sup, "", ".1", ".2")
    filler.unlink()
    sup.start(2, pair=1, **{
        name: sup.runs[1][name]
        for name in ("max_size", "keep", "tail", "compress")})
    sup.finish_run(1)
    wait_names(sup, "", ".1", ".2.gz")
    sup.finish_run(2)
    assert sup.log() == data


CONFIG = """
pools:
  web:
    command: sh -c 'while echo $0 and more of what is printed; do :; done'
    log: {max_size: 1M, keep: 4, tail: 0, compress: %s}
"""


def test_a_reload_turns_compression_on_and_off(instance):
    made = instance(CONFIG % "false")
    made.start()
    folder = made.scratch.state / "log"

    def has(name):
        return (folder / f"web.0.log.{name}").exists()
    wait_for(lambda: has("4"), "old parts")
    made.write(CONFIG % "true")
    assert made.run("reload").code == 0
    wait_for(lambda: any(has(f"{number}.gz") for number in (2, 3, 4)),
             "a compressed part")
    made.write(CONFIG % "false")
    assert made.run("reload").code == 0
    wait_for(lambda: not any(has(f"{number}.gz") for number in (2, 3, 4)),
             "plain parts alone")
    made.stop()
