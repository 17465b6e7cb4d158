"""reeve in the harness that compares supervisors: see its README for how."""

import json
import os
import shutil

from benchlib import Peer

BUILD = os.environ.get("REEVE_BUILD_DIR", "build")
REEVE = os.path.join(os.path.abspath(BUILD), "reeve")


def remove_tree(folder):
    for path, _, _ in os.walk(folder, topdown=False):
        os.rmdir(path)


class Adapter(Peer):
    name = "reeve"
    has_log = True
    logger_comms = ("reeve-logger",)
    runtime_dir = ""

    def runtime(self):
        """On tmpfs, where the runtime folder of a machine is."""
        if not os.path.isdir("/dev/shm"):
            return self.dir + "/run"
        return "/dev/shm/reeve-peers-" + os.path.basename(self.dir)

    def configure(self, pools):
        self.logdir = os.path.join(self.dir, "state", "log")
        self.runtime_dir = self.runtime()
        self.instance = f"bench-{os.getpid()}"
        self.write("bench.yaml", json.dumps({
            "instance": self.instance, "runtime_dir": self.runtime_dir,
            "state_dir": self.dir + "/state",
            "pools": pools}))

    def env(self):
        return {"REEVE_RUNTIME_DIR": self.runtime_dir,
                "REEVE_STATE_DIR": self.dir + "/state"}

    def setup(self, argv_of):
        # Workers of a pool have the same words but for their index.
        words = ["{index}" if a != b else a
                 for a, b in zip(argv_of(0), argv_of(1))]
        self.configure({"bench": {
            "command": words, "workers": self.n,
            "restart": {"limit": "none", "reset": "1ms"}}})

    def setup_log(self, argv, rot):
        log = {"max_size": str(rot["size"]), "keep": rot["num"]} if rot else {}
        self.configure({"bench": {"command": argv, "log": log}})

    def launch(self):
        return [REEVE, "run", os.path.join(self.dir, "bench.yaml")]

    def status_cmds(self):
        return [("reeve status, all N", [REEVE, "status"]),
                ("reeve status --json", [REEVE, "status", "--json"])]

    def teardown(self):
        """The harness kills what it has measured, so nobody has removed the
        cgroups of the workers."""
        shutil.rmtree(self.runtime_dir, ignore_errors=True)
        for folder, below, _ in os.walk("/sys/fs/cgroup"):
            for name in below:
                if name.startswith(f"reeve.{self.instance}."):
                    remove_tree(os.path.join(folder, name))
