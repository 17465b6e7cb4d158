"""A storm of crashes while the recorder is killed again and again.

REEVE_TEST_FULL=1 has it as large as it is meant: 10,000 crashes of 50 workers
in a minute, with a kill five times a second.
"""

import os
import signal
import sqlite3
import threading

from dying import compile_dying, wrong_tails

FULL = bool(os.environ.get("REEVE_TEST_FULL"))
WORKERS = 50
RUNS = 200 if FULL else 20  # of each worker, that crash
DELAY = "260ms" if FULL else "150ms"


class Killer(threading.Thread):
    """Kills the recorder of an instance every 200 ms."""

    def __init__(self, made):
        super().__init__(daemon=True)
        self.made = made
        self.kills = 0
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(0.2):
            worker = self.made.worker("reeve-recorder/0")
            if not worker or not worker["pid"]:
                continue
            try:
                os.kill(worker["pid"], signal.SIGKILL)
                self.kills += 1
            except ProcessLookupError:
                pass

    def stop(self):
        self.over.set()
        self.join()


def value(made, query):
    row, = made.history(query)
    return row["n"]


def test_each_crash_is_recorded_once(instance, scratch):
    counts = scratch.path / "counts"
    counts.mkdir()
    program = compile_dying(scratch.path)
    made = instance({"pools": {"storm": {
        "command": [program, "any", "3000", str(counts), str(RUNS)],
        "workers": WORKERS, "limits": {"core": 0},
        "restart": {"delay": DELAY, "delay_min": DELAY, "delay_max": DELAY,
                    "limit": "none"}}}})
    made.launch()
    killer = Killer(made)
    killer.start()

    def all_crashed():
        sizes = [file.stat().st_size for file in counts.iterdir()]
        return len(sizes) == WORKERS and min(sizes) > RUNS
    made.wait_for(all_crashed, "the storm is over", 240)
    killer.stop()
    assert killer.kills >= 3
    # Let the recorder come back before it is asked to finish.
    made.wait_history("SELECT 1 FROM crashes", count=WORKERS * RUNS)
    made.stop()

    crashes = made.history("SELECT run, tail FROM crashes")
    assert len(crashes) == WORKERS * RUNS
    assert wrong_tails(crashes) == []
    # The last run of each worker was stopped.
    assert made.history("SELECT cause, count(*) AS n FROM runs GROUP BY cause"
                        " ORDER BY cause") == [
        {"cause": "crashed", "n": WORKERS * RUNS},
        {"cause": "stopped", "n": WORKERS}]
    for event in ("spawned", "ready", "ended"):
        assert made.history(
            "SELECT count(*) AS n, count(DISTINCT run) AS runs FROM events"
            f" WHERE event = '{event}' AND worker IS NOT NULL") == [
                {"n": WORKERS * (RUNS + 1), "runs": WORKERS * (RUNS + 1)}]
    assert value(made, "SELECT count(*) AS n FROM events"
                 " WHERE event IN ('gap', 'output-lost')") == 0
    base = sqlite3.connect(scratch.history)
    assert base.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    base.close()
