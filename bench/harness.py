"""What the benchmarks have in common: the table that children write their
starts to, reeve and the bare loop with N such children, and one line of JSON
as the result.

Times are CLOCK_MONOTONIC in nanoseconds, taken by the children themselves and
by this program, so the pauses of a waiting benchmark do not count.
"""

import argparse
import json
import mmap
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(os.environ.get("REEVE_BUILD_DIR", "build")).resolve()
CHILD = BUILD / "bench" / "child"
LOOP = BUILD / "bench" / "loop"
DEADLINE_S = 120

now_ns = time.monotonic_ns


def options(description):
    """Reads the command line: --quick makes a run of some seconds."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true",
                        help="few workers and rounds, for CI")
    parser.add_argument("--workers", type=int, help="how many workers")
    chosen = parser.parse_args()
    # So that a benchmark that is ended ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    chosen.workers = chosen.workers or (100 if chosen.quick else 1000)
    return chosen


def report(name, figures, value, target, unit):
    """Prints the result: `value` is to be at most `target`."""
    print(json.dumps({"benchmark": name, "value": round(value, 4),
                      "unit": unit, "target": target, "ok": value <= target}
                     | figures), flush=True)


def median_ms(times_ns):
    return round(statistics.median(times_ns) / 1e6, 4)


def wait_for(predicate, what, deadline_s=DEADLINE_S, pause_s=0.001):
    end = time.monotonic() + deadline_s
    while not predicate():
        if time.monotonic() > end:
            sys.exit(f"waited in vain until {what}")
        time.sleep(pause_s)


class Table:
    """Shared memory with a slot for each child: see child.c."""

    STARTS, LAST, FIRST, PID = range(4)

    def __init__(self, path, count):
        self.path = path
        self.count = count
        size = (count * 32 + 4095) // 4096 * 4096
        with open(path, "wb") as file:
            file.truncate(size)
        with open(path, "r+b") as file:
            self.numbers = memoryview(mmap.mmap(file.fileno(), size)).cast("Q")

    def get(self, slot, number):
        return self.numbers[slot * 4 + number]

    def column(self, number):
        return [self.get(slot, number) for slot in range(self.count)]


class Contender:
    """A supervisor with `count` children that write to a table."""

    name = ""

    def __init__(self, count):
        self.count = count
        memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="reeve-bench-",
                                                    dir=memory))
        self.table = Table(self.folder / "table", count)
        self.process = None
        self.launched_ns = 0

    def words(self):
        raise NotImplementedError

    def launch(self):
        """Starts it and waits until all children run."""
        words = self.words()
        with open(self.folder / "output", "wb") as output:
            self.launched_ns = now_ns()
            self.process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                cwd=self.folder, start_new_session=True)
        self.wait_starts([0] * self.count)
        return self

    def wait_starts(self, before):
        """Waits until each child has been started since `before`."""
        def all_started():
            if self.process.poll() is not None:
                text = (self.folder / "output").read_text(errors="replace")
                sys.exit(f"{self.name} ended early: {text}")
            return all(now > then for now, then
                       in zip(self.table.column(Table.STARTS), before))
        # The children write down the time: looking often would only take
        # the CPU from what is measured.
        wait_for(all_started, f"all children of {self.name} run",
                 pause_s=0.05)

    def start_ns(self):
        """From the launch to the first instruction of the last child."""
        return max(self.table.column(Table.FIRST)) - self.launched_ns

    def restart_ns(self, slot):
        """Kills a child; from then to the first instruction of the next."""
        starts = self.table.get(slot, Table.STARTS)
        pid = self.table.get(slot, Table.PID)
        killed_ns = now_ns()
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: self.table.get(slot, Table.STARTS) > starts,
                 f"{self.name} has restarted a child")
        return self.table.get(slot, Table.LAST) - killed_ns

    def restart_all_ns(self):
        """Kills all at once; from then until the last is back."""
        starts = self.table.column(Table.STARTS)
        pids = self.table.column(Table.PID)
        killed_ns = now_ns()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self.wait_starts(starts)
        return max(self.table.column(Table.LAST)) - killed_ns

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(DEADLINE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Loop(Contender):
    """The bare loop: pidfd, vfork, exec; see loop.c."""

    name = "loop"

    def words(self):
        return [LOOP, str(self.count), CHILD, self.table.path]


class SharedLoop(Contender):
    """The bare loop with a shared descriptor table, as reeve's starts."""

    name = "loop_shared"

    def words(self):
        return [LOOP, "--shared", str(self.count), CHILD, self.table.path]


class Reeve(Contender):
    """reeve itself, all helpers included, with one pool."""

    name = "reeve"

    def words(self):
        config = {
            "instance": "bench",
            "runtime_dir": str(self.folder / "run"),
            "state_dir": str(self.folder / "state"),
            "start_at_once": max(64, self.count),
            "pools": {"bench": {
                "command": [str(CHILD), "{index}", str(self.table.path)],
                "workers": self.count,
                "restart": {"limit": "none", "reset": "1ms"},
            }},
        }
        path = self.folder / "bench.yaml"
        path.write_text(json.dumps(config))
        return [BUILD / "reeve", "run", path]

    def run(self, *words):
        """Runs a reeve command against it."""
        return subprocess.run(
            [BUILD / "reeve", *words], capture_output=True, check=False,
            env=os.environ | {"REEVE_RUNTIME_DIR": str(self.folder / "run"),
                              "REEVE_STATE_DIR": str(self.folder / "state")})

    def helpers(self):
        """pid → name of the helpers that stay."""
        found = {}
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            for pid in (task / "children").read_text().split():
                name = comm(int(pid))
                if name.startswith("reeve-") and name != "reeve-loader":
                    found[int(pid)] = name
        return found


def comm(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def cpu_ns(pid):
    """CPU time of a process of one thread so far."""
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0])


def wake_ups(pid):
    """How often it has waited for something and gone on."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("voluntary_ctxt_switches"):
            return int(line.split()[1])
    return 0


def pss_kib(pid):
    """Memory, with pages that are shared counted in shares."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in text.splitlines()
                if line.startswith("Pss:"))
