"""The harness of the system tests: runs the real programs and looks at them.

A test gets a folder of its own (`scratch`), a way to run commands (`reeve`)
and a way to have a supervisor (`instance`). It waits for conditions, never for
a time; the deadline of `wait_for` bounds a failure, it measures nothing.

The programs are those of the build folder in REEVE_BUILD_DIR, which `make
check` sets; by hand: REEVE_BUILD_DIR=build python3 -m pytest tests/system.
"""

import ctypes
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

import pytest

sys.dont_write_bytecode = True

# These bring fixtures: `supervisor`, the far end of a logger, `target`, `told`,
# `terminal` and `stand_in`, `screen`.
pytest_plugins = ["logger_driver", "targets", "telling", "terminals",
                  "screens"]

SOURCE = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = SOURCE / "examples"
BUILD = pathlib.Path(os.environ.get("REEVE_BUILD_DIR", SOURCE / "build"))
BUILD = BUILD.resolve()
REEVE = BUILD / "reeve"
SANITIZED = "#define WITH_SANITIZERS 1" in (
    (BUILD / "config.h").read_text() if (BUILD / "config.h").exists() else "")
DEADLINE_S = float(os.environ.get("REEVE_TEST_DEADLINE", "60"))

# What of the caller's environment would make a test see another instance.
FOREIGN = re.compile(r"REEVE_(?!BUILD_DIR|TEST_)|NOTIFY_SOCKET|LISTEN_|"
                     r"WATCHDOG_|JOURNAL_STREAM")


class Result:
    """What one command gave."""

    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return (f"exit code {self.code}\n--- stdout\n{self.out}"
                f"--- stderr\n{self.err}")


class Scratch:
    """The folder of one test, and the environment that points reeve at it.

    The path is short because a socket's path has at most 107 bytes. Every
    process that reeve starts for this test carries REEVE_RUNTIME_DIR with that
    path in its environment, so what is left of a test can be found.
    """

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="reeve-", dir="/tmp"))
        self.path.chmod(0o755)
        self.name = "t" + re.sub("[^A-Za-z0-9]", "-", self.path.name[6:])
        self.runtime = self.path / "run"
        self.state = self.path / "state"
        self.history = self.state / "history.db"
        self.instances = []
        self.environment = {key: value for key, value in os.environ.items()
                            if not FOREIGN.match(key)}
        self.environment |= {
            "REEVE_RUNTIME_DIR": str(self.runtime),
            "REEVE_STATE_DIR": str(self.state),
            "XDG_CONFIG_HOME": str(self.path / "config"),
            "XDG_STATE_HOME": str(self.path / "xdg-state"),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }

    def processes(self):
        """Every living process that was started for this test: pid → command."""
        mark = f"REEVE_RUNTIME_DIR={self.runtime}".encode()
        found = {}
        for entry in os.scandir("/proc"):
            if not entry.name.isdigit():
                continue
            try:
                folder = pathlib.Path(entry.path)
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    words = (folder / "cmdline").read_bytes().split(b"\0")
                    found[int(entry.name)] = b" ".join(words).decode()
            except OSError:
                pass
        return found

    def cgroups(self):
        """Control groups that bear the name of this test's instance."""
        return [folder for folder, _, _ in os.walk("/sys/fs/cgroup")
                if self.name in os.path.basename(folder)]

    def clean(self):
        for _ in range(100):
            left = self.processes()
            if not left:
                break
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.02)
        for instance in self.instances:
            instance.reap()
        # Where a test killed the supervisor, nobody else removes them.
        for top in self.cgroups():
            for folder, _, _ in os.walk(top, topdown=False):
                try:
                    os.rmdir(folder)
                except OSError:
                    pass
        shutil.rmtree(self.path, ignore_errors=True)


class Instance:
    """One supervisor with its config, in the folders of a scratch."""

    def __init__(self, scratch, config, environment=None, wrapper=(),
                 command=(REEVE, "run")):
        self.scratch = scratch
        self.command = [str(word) for word in (*wrapper, *command)]
        self.environment = scratch.environment | (environment or {})
        self.file = scratch.path / "reeve.yaml"
        self.errors = scratch.path / "stderr"
        self.process = None
        self.ending = False
        self.write(config)
        scratch.instances.append(self)

    @property
    def name(self):
        return self.scratch.name

    @property
    def pid(self):
        return self.process.pid

    def write(self, config):
        """Writes the config: text as it is, or a dict (JSON is YAML too). The
        instance gets this test's own name where the config names none."""
        if isinstance(config, dict):
            config = json.dumps({"instance": self.name} | config, indent=1)
        elif not re.search("^instance:", config, re.M):
            config = f"instance: {self.name}\n{config}"
        self.file.write_text(config)

    def launch(self, *words):
        """Starts `reeve run` and waits for nothing."""
        self.ending = False
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(
                [*self.command, *words, str(self.file)],
                env=self.environment, cwd=self.scratch.path,
                stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)
        return self

    def start(self, *words):
        """Starts `reeve run` and waits until all that is wanted is up."""
        self.launch(*words)
        self.wait_up()
        return self

    def reap(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stderr(self):
        try:
            return self.errors.read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def run(self, *words, **options):
        """Runs a reeve command against this instance."""
        return run_reeve(self.environment, self.scratch.path, words, options)

    def wait_for(self, predicate, what, deadline_s=DEADLINE_S):
        """As wait_for() below, but fails at once when the supervisor ends
        before it was asked to."""
        def still_there():
            code = self.process.poll() if self.process else None
            assert code is None or self.ending, \
                f"the supervisor ended (exit code {code}) before: {what}"
            return predicate()
        return wait_for(still_there, what, deadline_s)

    def wait_up(self):
        self.wait_for(lambda: self.run("status").code == 0,
                      "everything that is wanted is up")

    def status(self, *words):
        """`reeve status --json`, or None while no instance answers."""
        result = self.run("status", "--json", *words)
        if result.code not in (0, 3):
            return None
        return result.json()

    def workers(self, pool=None, helpers=False):
        """The workers by name, as `status --json` shows them."""
        status = self.status(*(["--helpers"] if helpers else []))
        return {worker["name"]: worker
                for entry in (status["pools"] if status else [])
                if pool in (None, entry["name"])
                for worker in entry["workers"]}

    def worker(self, name):
        """One worker, or None; `reeve-sampler/0` and the like too."""
        return self.workers(helpers=name.startswith("reeve-")).get(name)

    def wait_worker(self, name, **fields):
        """Waits until the worker has these values, and returns it."""
        def matches():
            worker = self.worker(name)
            if worker and all(worker.get(key) == value
                              for key, value in fields.items()):
                return worker
            return None
        return self.wait_for(matches, f"{name} has {fields}")

    def wait_new_run(self, former, state="ready"):
        """Waits until a later run of this worker is in the state."""
        def matches():
            worker = self.worker(former["name"])
            if worker and worker["run"] != former["run"] \
                    and worker["state"] == state:
                return worker
            return None
        return self.wait_for(matches, f"a later run of {former['name']}")

    def kill(self, name, number=signal.SIGKILL):
        """Sends a signal to the main process of a worker; returns the worker
        as it was. With SIGSTOP, when the process has stopped: until then a
        SIGTERM would be served first."""
        worker = self.worker(name)
        assert worker and worker["pid"], f"{name} has no process"
        os.kill(worker["pid"], number)
        if number == signal.SIGSTOP:
            stat = pathlib.Path(f"/proc/{worker['pid']}/stat")
            wait_for(lambda: ") T " in stat.read_text(), f"{name} is stopped")
        return worker

    def history(self, query, *values):
        """Rows of history.db as dicts; [] while there is no database."""
        if not self.scratch.history.exists():
            return []
        base = sqlite3.connect(f"file:{self.scratch.history}?mode=ro",
                               uri=True)
        try:
            base.row_factory = sqlite3.Row
            return [dict(row) for row in base.execute(query, values)]
        except sqlite3.OperationalError as error:
            # Not made yet, or just being made.
            if "no such table" in str(error) or "locked" in str(error):
                return []
            raise
        finally:
            base.close()

    def wait_history(self, query, *values, count=1):
        """Waits until a query gives at least so many rows, and returns them."""
        def enough():
            rows = self.history(query, *values)
            return rows if len(rows) >= count else None
        return self.wait_for(enough, f"{count} rows of {query} {values}")

    def logs(self, name):
        """What a worker printed, from its log file (not the rotated ones)."""
        path = self.scratch.state / "log" / (name.replace("/", ".") + ".log")
        try:
            return path.read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def wait_end(self, deadline_s=DEADLINE_S):
        """Waits until the supervisor has ended; returns its exit code."""
        self.ending = True
        return self.process.wait(deadline_s)

    def stop(self, number=signal.SIGTERM):
        """Stops the instance as its user would, and looks that nothing of it
        is left."""
        self.process.send_signal(number)
        assert self.wait_end() == 0, f"exit code {self.process.returncode}"
        assert self.scratch.processes() == {}
        assert self.scratch.cgroups() == []

    def stop_at_once(self):
        """Stops the instance as a user without patience would."""
        self.ending = True
        end = time.monotonic() + DEADLINE_S
        while self.process.poll() is None:
            assert time.monotonic() < end, "it does not end"
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(0.1)
            except subprocess.TimeoutExpired:
                pass
        assert self.process.returncode == 0
        assert self.scratch.processes() == {}
        assert self.scratch.cgroups() == []


def wait_for(predicate, what, deadline_s=DEADLINE_S):
    """Polls until predicate() gives something true, and returns that."""
    end = time.monotonic() + deadline_s
    while True:
        value = predicate()
        if value:
            return value
        assert time.monotonic() < end, f"waited in vain until {what}"
        time.sleep(0.02)


def local_name():
    """A name where there is one: a bare system may have no /etc/hosts."""
    try:
        socket.getaddrinfo("localhost", None)
    except socket.gaierror:
        return "127.0.0.1"
    return "localhost"


def free_port(count=1):
    """The first of so many ports of loopback in a row that are free now, below
    those that connections get."""
    while True:
        first = random.randrange(20000, 30000)
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue


def run_reeve(environment, folder, words, options):
    """Runs one reeve command; options: env (added), input, deadline_s."""
    done = subprocess.run(
        [str(REEVE), *[str(word) for word in words]],
        env=environment | options.get("env", {}), cwd=folder,
        input=options.get("input", ""), capture_output=True,
        encoding="utf-8", errors="surrogateescape",
        timeout=options.get("deadline_s", DEADLINE_S))
    return Result(done)


@pytest.fixture
def scratch():
    folder = Scratch()
    yield folder
    folder.clean()


@pytest.fixture
def reeve(scratch):
    """reeve("status", "--json") → a Result with code, out and err."""
    def run(*words, **options):
        return run_reeve(scratch.environment, scratch.path, words, options)
    return run


@pytest.fixture
def instance(scratch):
    """instance(config) → an Instance, to start; options as Instance has."""
    def make(config, **options):
        return Instance(scratch, config, **options)
    return make


@pytest.fixture
def example(instance):
    """example("watch.yaml", {"60M": "30M"}) → an Instance with that example,
    in which each key is replaced; options as Instance has."""
    def make(name, changes=None, **options):
        text = re.sub("^instance: .*\n", "", (EXAMPLES / name).read_text(),
                      flags=re.M).replace("directory: .",
                                          f"directory: {EXAMPLES}")
        for former, latter in (changes or {}).items():
            assert former in text
            text = text.replace(former, latter)
        return instance(text, **options)
    return make


@pytest.fixture
def small_state(scratch):
    """small_state("4m") makes the state folder a file system of that size, in
    a mount namespace that this process has from then on."""
    new_namespace = 0x20000  # CLONE_NEWNS
    libc = ctypes.CDLL(None, use_errno=True)
    mounted = []

    def mount(*words):
        done = subprocess.run(["mount", *words], stdin=subprocess.DEVNULL,
                              check=False, capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip("may not mount: " + done.stderr)

    def make(size):
        if libc.unshare(new_namespace) != 0:
            pytest.skip("may have no mount namespace: " +
                        os.strerror(ctypes.get_errno()))
        mount("--make-rprivate", "/")
        scratch.state.mkdir(exist_ok=True)
        mount("-t", "tmpfs", "-o", f"size={size}", "none", str(scratch.state))
        mounted.append(str(scratch.state))
    yield make
    for path in mounted:
        subprocess.run(["umount", "-l", path], check=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Shows with a failure what the supervisors said."""
    report = (yield).get_result()
    folder = getattr(item, "funcargs", {}).get("scratch")
    if report.failed and folder:
        for number, made in enumerate(folder.instances):
            report.sections.append((f"supervisor {number}", made.stderr()))
