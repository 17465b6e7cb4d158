"""The dashboard under keys that make no sense, and on a terminal that does not
read."""

import os
import random
import signal
import time

from conftest import SANITIZED, wait_for

KEYS = 10000 if SANITIZED else 1200
# No key that leaves or suspends it, or that a shell would take.
NEVER = b"q\x03\x1a\x1c\x11\x13\x16\x19"
SEQUENCES = [b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[5~", b"\x1b[6~",
             b"\x1b[H", b"\x1b[F", b"\x1bOP", b"\x1b[15~", b"\x1b[17~",
             b"\x1b[20~", b"\x1b", b"\x1b", b"\r", b"\x7f", b"\xc3\xa4",
             b"\x1b[<0;9;9M", b"\x1b[<0;9;9m", b"\x1b[<64;9;9M", b"\xff\xfe"]

BUSY = """
pools:
  calm: {command: sleep 1000, workers: 3}
  flaky:
    command: [sh, -c, 'echo "\\e[31mhello \\e]2;x\\a\\t世界\\b"; sleep 0.3; kill -9 $$']
    workers: 3
    log: {format: tagged}
    restart: {limit: none, delay_max: 500ms}
"""


def test_random_keys(screen, instance):
    shop = instance(BUSY).start()
    seed = int(os.environ.get("REEVE_TEST_SEED", time.time_ns() % 100000))
    print(f"REEVE_TEST_SEED={seed}")
    chance = random.Random(seed)
    one = screen()
    one.see("calm")
    letters = bytes(byte for byte in range(1, 127) if byte not in NEVER
                    and byte != 0x1b)
    for number in range(KEYS):
        if chance.random() < 0.3:
            one.send(chance.choice(SEQUENCES))
        else:
            one.send(bytes([chance.choice(letters)]))
        if number % 50 == 0:
            one.resize(chance.randint(1, 60), chance.randint(1, 200))
        one.read(0.001, feed=False)
        assert not one.has_ended(), (one.code, one.last)
    one.resize(24, 80)
    assert one.leave() == 0
    shop.stop_at_once()


def test_terminal_that_does_not_read(screen, instance):
    """It blocks nobody, takes keys on, and loses nothing of its place."""
    shop = instance("pools: {calm: {command: sleep 1000, workers: 9}}").start()
    one = screen()
    one.see("calm")
    one.send(b"2Ngjjj")
    one.see("> + calm/3")
    # each paints the whole screen: far more than a terminal holds
    for _ in range(2000):
        one.send(b"\x0c")
    one.send(b"j")
    before = shop.worker("calm/8")
    shop.wait_new_run(shop.kill("calm/8"))
    assert shop.worker("calm/8") != before
    one.send(b"j")
    one.see("> + calm/5")
    one.see("calm/8")

    def rows():
        """Without the marks: a crash is fresh for some seconds only."""
        return [line[0] + line[4:14] for line in one.lines()
                if "calm/" in line[:14]]
    shown = rows()
    assert len(shown) == 9
    # painted anew on an empty screen it is the same
    one.screen.reset()
    one.send(b"\x0c")
    one.wait(lambda: rows() == shown, f"the screen shows {shown} again")
    assert one.leave() == 0
    shop.stop()


def test_leaves_while_nobody_reads(screen, instance):
    shop = instance("pools: {calm: {command: sleep 1000}}").start()
    one = screen()
    one.see("calm")
    for _ in range(2000):
        one.send(b"\x0c")
    one.send(b"q")
    wait_for(one.has_ended, "it ends though nobody reads")
    assert one.code == 0
    shop.stop()


def test_closed_terminal(screen, instance):
    """A closed window, or a lost connection, ends it."""
    shop = instance("pools: {calm: {command: sleep 1000}}").start()
    one = screen()
    one.see("calm")
    copy = os.dup(one.master)
    os.close(one.master)
    os.close(copy)
    one.master = os.open("/dev/null", os.O_RDONLY)
    wait_for(one.has_ended, "the dashboard has ended")
    assert one.code in (0, -signal.SIGHUP)
    shop.stop()
