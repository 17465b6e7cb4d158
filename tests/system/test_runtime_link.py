"""An instance whose config chooses the runtime folder is found by its name."""

import os
import shutil
import subprocess

import pytest

from conftest import REEVE
from health import pool

pytestmark = pytest.mark.skipif(
    os.geteuid() == 0 and not shutil.which("setpriv"),
    reason="needs setpriv to leave root's folders alone")

WRAPPER = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] \
    if os.geteuid() == 0 else []


@pytest.fixture
def default(scratch):
    """Where the folder of this test's instance lies by default."""
    scratch.path.chmod(0o777)
    for name in ["REEVE_RUNTIME_DIR", "REEVE_STATE_DIR"]:
        scratch.environment.pop(name)
    scratch.environment["XDG_RUNTIME_DIR"] = str(scratch.path)
    return scratch.path / "reeve" / scratch.name


def ask(made, *words):
    return subprocess.run([*WRAPPER, str(REEVE), *words],
                          env=made.environment, check=False, text=True,
                          capture_output=True)


def launch(made):
    made.launch()
    made.wait_for(lambda: ask(made, "status").returncode == 0, "it is up")


def chosen(scratch):
    return {"runtime_dir": str(scratch.runtime),
            "state_dir": str(scratch.state)} | pool()


def test_it_is_found_while_it_runs_and_its_past_later(instance, scratch,
                                                      default):
    made = instance(chosen(scratch), wrapper=WRAPPER)
    launch(made)
    assert default.readlink() == scratch.runtime
    assert ask(made, "-i", made.name, "status").returncode == 0
    made.stop()
    gone = ask(made, "-i", made.name, "status")
    assert gone.returncode == 5 and "has stopped" in gone.stderr, gone
    past = ask(made, "-i", made.name, "history")
    assert "web/0" in past.stdout, past


def test_a_link_to_nowhere_is_in_nobodys_way(instance, scratch, default):
    made = instance(chosen(scratch), wrapper=WRAPPER)
    launch(made)
    made.stop()
    shutil.rmtree(scratch.runtime)
    assert ask(made, "-i", made.name, "status").returncode == 5
    launch(made)
    made.stop()
    shutil.rmtree(scratch.runtime)
    scratch.runtime = default
    made.write({"state_dir": str(scratch.state)} | pool())
    launch(made)
    assert default.is_dir() and not default.is_symlink()
    made.stop()


def test_what_is_in_its_place_stays(instance, scratch, default):
    made = instance(chosen(scratch), wrapper=WRAPPER)
    default.mkdir(parents=True)
    made.launch()
    made.wait_for(lambda: "commands need REEVE_RUNTIME_DIR="
                  f"{scratch.runtime}" in made.stderr(), "it is told")
    made.environment["REEVE_RUNTIME_DIR"] = str(scratch.runtime)
    made.wait_for(lambda: ask(made, "status").returncode == 0, "it is up")
    assert not default.is_symlink()
    made.stop()


def test_another_instance_of_that_name_keeps_its_link(instance, scratch,
                                                      default):
    made = instance(chosen(scratch), wrapper=WRAPPER)
    launch(made)
    other = instance(chosen(scratch) | {
        "runtime_dir": str(scratch.path / "other"),
        "state_dir": str(scratch.path / "past")}, wrapper=WRAPPER)
    other.launch()
    other.wait_for(lambda: f"pid {made.pid} runs there" in other.stderr(),
                   "it is told")
    assert default.readlink() == scratch.runtime
    other.process.terminate()
    assert other.wait_end() == 0
    made.stop()
