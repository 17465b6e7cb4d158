"""The recorder is told how long the config has it keep what.

A program of the test stands in for the recorder and writes down what it hears.
"""

import json
import os
import sys

import pytest

from conftest import BUILD, SOURCE
from messages import RETENTION

DAY = 86400
DEFAULTS = {"events_s": 90 * DAY, "runs_s": 365 * DAY, "samples_s": DAY,
            "minutes_s": 30 * DAY, "hours_s": 730 * DAY,
            "max_size_bytes": 2 << 30}

RECORDER = f"""#!{sys.executable}
import json, socket, sys
sys.path.insert(0, {str(SOURCE / "tests/system")!r})
from messages import FINISH, MESSAGE, RETENTION, decode
ears = socket.socket(fileno=3)
ears.setblocking(True)
with open({{heard!r}}, "a") as heard:
    while packet := ears.recv(4096):
        message = decode(MESSAGE, packet)
        print(json.dumps(message), file=heard, flush=True)
        if message["kind"] == FINISH:
            break
"""


@pytest.fixture
def heard(scratch):
    """heard() gives what the recorder was told of retention until now."""
    programs = scratch.path / "programs"
    programs.mkdir()
    file = scratch.path / "heard"
    for program in BUILD.glob("reeve-*"):
        if os.access(program, os.X_OK) and program.is_file():
            (programs / program.name).symlink_to(program)
    recorder = programs / "reeve-recorder"
    recorder.unlink()
    recorder.write_text(RECORDER.format(heard=str(file)))
    recorder.chmod(0o755)
    scratch.environment["REEVE_LIBEXEC_DIR"] = str(programs)
    scratch.environment["REEVE_BUILD_DIR"] = str(BUILD)

    def read():
        if not file.exists():
            return []
        messages = [json.loads(line) for line in file.read_text().splitlines()]
        return [{name: value for name, value in message.items()
                 if name != "kind"}
                for message in messages if message["kind"] == RETENTION]
    return read


def test_it_is_told_when_it_starts_and_at_reloads(instance, heard):
    config = {"pools": {"a": {"command": "sleep 1000"}}}
    reeve = instance(config).start()
    reeve.wait_for(heard, "the recorder is told")
    assert heard() == [DEFAULTS]

    # A bound that is none is left out of the message.
    reeve.write({"history": {"events": "none", "runs": "2h", "samples": "90s",
                             "max_size": "64M"}} | config)
    assert reeve.run("reload").code == 0
    reeve.wait_for(lambda: len(heard()) == 2, "it is told again")
    told = {"runs_s": 7200, "samples_s": 90, "minutes_s": 30 * DAY,
            "hours_s": 730 * DAY, "max_size_bytes": 64 << 20}
    assert heard()[1] == told

    # One that comes back knows nothing.
    reeve.kill("reeve-recorder/0")
    reeve.wait_for(lambda: len(heard()) == 3, "the next one is told")
    assert heard()[2] == told

    reeve.write({"history": {"max_size": "none"}} | config)
    assert reeve.run("reload").code == 0
    reeve.wait_for(lambda: len(heard()) == 4, "it is told once more")
    assert heard()[3] == {name: value for name, value in DEFAULTS.items()
                          if name != "max_size_bytes"}
    reeve.stop()
