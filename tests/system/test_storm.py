"""Everything at once: commands, crashes, reloads and dead helpers in any order,
and then the instance settles with nothing lost and nothing left."""

import http.client
import os
import pathlib
import random
import signal
import socket
import sqlite3
import threading
import time

STORM_S = float(os.environ.get("REEVE_TEST_STORM_S", "8"))
SEED = int(os.environ.get("REEVE_TEST_SEED", "0")) or random.randrange(1 << 30)
QUICK = {"limit": "none", "delay_max": "200ms"}
POOLS = {
    "calm": {"command": "sleep 1000000", "workers": 4, "restart": QUICK},
    "crashing": {"command": ["sh", "-c", "echo crash; exit 3"], "workers": 2,
                 "restart": QUICK},
    "talking": {"command": ["sh", "-c", "n=0; while :; do n=$((n+1)); "
                            "echo $REEVE_RUN.$n; sleep 0.01; done"],
                "workers": 2, "restart": QUICK},
    "leaving": {"command": ["sh", "-c", "setsid sleep 1000000 & sleep 0.1"],
                "restart": QUICK},
    "deaf": {"command": ["sh", "-c", "trap '' TERM; while :; do sleep 0.1; "
                         "done"],
             "stop": {"timeout": "200ms"}, "after": ["calm"],
             "restart": QUICK},
    "absent": {"command": "/does/not/exist", "restart": QUICK},
    "failing": {"command": ["sh", "-c", "exit 1"],
                "restart": {"limit": "3 in 60s", "then": "fail",
                            "delay_max": "150ms"}},
    "once": {"command": ["sh", "-c", "exit 0"],
             "restart": {"policy": "on-failure"}},
}
HELPERS = ["reeve-sampler", "reeve-logger", "reeve-recorder", "reeve-sweeper"]


class Connection(http.client.HTTPConnection):
    """HTTP on a unix socket."""

    def __init__(self, path):
        super().__init__("reeve", timeout=30)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Storm:
    """Does random things to an instance."""

    def __init__(self, made, seed):
        self.made = made
        self.random = random.Random(seed)
        self.answers = {}

    def request(self, path):
        connection = Connection(self.made.scratch.runtime / "control.sock")
        try:
            connection.request("POST", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def later(self, path):
        """A client that waits until the operation has ended."""
        def wait():
            self.answers[thread] = self.request(path)
        thread = threading.Thread(target=wait)
        self.answers[thread] = None
        thread.start()

    def target(self):
        pool = self.random.choice(list(POOLS))
        if self.random.random() < 0.5:
            return f"pools/{pool}"
        return f"workers/{pool}/{self.random.randrange(4)}"

    def command(self):
        verb = self.random.choice(["start", "stop", "restart"])
        path = f"/v1/{self.target()}/{verb}"
        if self.random.random() < 0.2:
            self.later(path + "?wait=1")
        else:
            self.request(path)

    def scale(self):
        pool = self.random.choice(list(POOLS))
        count = self.random.randrange(6)
        self.request(f"/v1/pools/{pool}/scale?workers={count}")

    def signal(self):
        name = self.random.choice(["TERM", "KILL", "STOP", "CONT", "SEGV"])
        target = self.target()
        self.request(f"/v1/{target}/signal?signal={name}")
        if name == "STOP":
            self.request(f"/v1/{target}/signal?signal=CONT")

    def reload(self):
        """Another set of pools, some changed, some renamed."""
        chosen = {}
        for name, pool in POOLS.items():
            luck = self.random.random()
            if luck < 0.2:
                continue
            if luck < 0.4:
                pool = pool | {"workers": self.random.randrange(1, 5)}
            elif luck < 0.5:
                pool = pool | {"environment": {"LUCK": str(luck)}}
            elif luck < 0.6:
                name = f"{name}-{self.random.randrange(3)}"
            chosen[name] = pool
        if "calm" not in chosen:
            chosen.pop("deaf", None)
        self.made.write({"pools": {
            name: {key: value for key, value in pool.items()
                   if key != "after" or "calm" in chosen}
            for name, pool in chosen.items()}})
        if self.random.random() < 0.5:
            self.made.process.send_signal(signal.SIGHUP)
        else:
            self.request("/v1/reload")

    def broken_config(self):
        self.made.file.write_text("pools: [\n")
        self.made.process.send_signal(signal.SIGHUP)

    def kill(self):
        """Kills a process of the instance, whichever."""
        found = list(self.children().items())
        if not found:
            return
        pid, name = self.random.choice(found)
        helper = any(word in name for word in HELPERS)
        if helper and self.random.random() < 0.5:
            return
        try:
            os.kill(pid, self.random.choice([signal.SIGKILL, signal.SIGTERM]))
        except ProcessLookupError:
            pass

    def children(self):
        """The supervisor's children: pid → command."""
        path = pathlib.Path(f"/proc/{self.made.pid}/task/{self.made.pid}")
        found = {}
        for word in (path / "children").read_text().split():
            try:
                found[int(word)] = pathlib.Path(
                    f"/proc/{word}/cmdline").read_text()
            except OSError:
                pass
        return found

    def spoil_fifos(self):
        fifos = list((self.made.scratch.runtime / "fifo").iterdir())
        if fifos:
            self.random.choice(fifos).unlink(missing_ok=True)

    def rage(self, duration_s):
        weights = {self.command: 10, self.scale: 4, self.signal: 6,
                   self.reload: 2, self.broken_config: 1, self.kill: 8,
                   self.spoil_fifos: 1}
        end = time.monotonic() + duration_s
        while time.monotonic() < end:
            action, = self.random.choices(list(weights),
                                          list(weights.values()))
            action()
            assert self.made.process.poll() is None
            time.sleep(self.random.random() * 0.01)


def count_fds(made):
    return len(os.listdir(f"/proc/{made.pid}/fd"))


def unsettled(made):
    """The workers that are not where their pool ends up, and pools that have
    not as many as they should."""
    expected = {"absent": {"backoff"}, "crashing": {"backoff", "ready"},
                "leaving": {"backoff", "ready"},
                "failing": {"failed"}, "once": {"done"}}
    status = made.status()
    if not status:
        return ["no answer"]
    sizes = {pool["name"]: len(pool["workers"]) for pool in status["pools"]}
    found = [worker for pool in status["pools"] for worker in pool["workers"]
             if worker["state"] not in expected.get(pool["name"], {"ready"})]
    if sizes != {name: pool.get("workers", 1) for name, pool in POOLS.items()}:
        found.append(sizes)
    return found


def wait_settled(made):
    try:
        made.wait_for(lambda: not unsettled(made), "it has settled")
    except AssertionError as error:
        raise AssertionError(f"{error}: {unsettled(made)}") from None


def check_history(path):
    """Each run is there once, and has one end."""
    base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    assert base.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    count, distinct, ended = base.execute(
        "SELECT count(*), count(DISTINCT run), count(ended_at) "
        "FROM runs").fetchone()
    assert count == distinct == ended > 0
    spawned = base.execute(
        "SELECT run, count(*) FROM events WHERE event = 'spawned' "
        "GROUP BY run HAVING count(*) > 1").fetchall()
    assert spawned == []
    # No number is left out; the view leaves the helpers' runs out.
    first, last, count = base.execute(
        "SELECT min(run), max(run), count(*) FROM run").fetchone()
    assert (first, last) == (1, count)
    assert base.execute("SELECT * FROM runs WHERE ended_at < started_at "
                        "OR cause = 'lost'").fetchall() == []
    base.close()


def calm_down(storm, mark):
    """Has all that the storm has changed as it was, and `calm` started anew."""
    made = storm.made
    calm = POOLS["calm"] | {"environment": {"MARK": mark}}
    made.write({"pools": POOLS | {"calm": calm}})
    # It fails for the workers that cannot get up, but is in force then.
    made.wait_for(lambda: "another reload" not in made.run("reload").err,
                  "the reloads of the storm are over")
    for name, pool in POOLS.items():
        count = pool.get("workers", 1)
        storm.request(f"/v1/pools/{name}/scale?workers={count}")
        storm.request(f"/v1/pools/{name}/start")
    wait_settled(made)


def test_a_storm(instance, scratch):
    print("REEVE_TEST_SEED", SEED)
    made = instance({"pools": POOLS}).launch()
    wait_settled(made)
    storm = Storm(made, SEED)
    storm.rage(STORM_S)
    calm_down(storm, "one")
    before = count_fds(made)
    storm.rage(STORM_S / 4)
    calm_down(storm, "two")
    made.wait_for(lambda: count_fds(made) <= before + 6, "no fds are lost")
    for thread in list(storm.answers):
        thread.join(10)
        assert not thread.is_alive(), "an operation was never answered"
    assert all(storm.answers.values())
    made.stop()
    check_history(scratch.history)


def test_a_storm_that_ends_with_a_stop(instance, scratch):
    print("REEVE_TEST_SEED", SEED)
    made = instance({"pools": POOLS}).launch()
    wait_settled(made)
    Storm(made, SEED).rage(STORM_S / 4)
    made.stop()
    check_history(scratch.history)
