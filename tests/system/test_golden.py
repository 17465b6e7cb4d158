"""Every screen of the dashboard over a recorded instance, at a moment that
stands still, is what it was when tests/golden was made: `make golden` makes it
anew, and `git diff` then shows what has changed."""

import difflib
import re
import subprocess

import pytest

from conftest import BUILD, SOURCE

GOLDEN = SOURCE / "tests" / "golden"
NAMES = sorted(path.name for path in GOLDEN.glob("*.txt"))
HEADING = re.compile(r"==== (\d+)x(\d+)(.*)\n")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The folder with the frames as they are drawn now."""
    instance = tmp_path_factory.mktemp("instance")
    frames = tmp_path_factory.mktemp("frames")
    subprocess.run([BUILD / "draw-frames", instance, frames], check=True)
    return frames


def test_names(drawn):
    assert NAMES and NAMES == sorted(path.name for path in drawn.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_frame(drawn, name):
    wanted = (GOLDEN / name).read_text().splitlines()
    found = (drawn / name).read_text().splitlines()
    difference = "\n".join(difflib.unified_diff(wanted, found, "golden",
                                                "drawn", lineterm=""))
    assert not difference, f"{name}; `make golden` if this is meant:\n" \
                           f"{difference}"


@pytest.mark.parametrize("name", NAMES)
def test_shape(drawn, name):
    """As many rows as the screen has, none too long, nothing raw."""
    parts = HEADING.split((drawn / name).read_text())[1:]
    kinds = []
    for columns, rows, kind, frame in zip(*[iter(parts)] * 4):
        kinds.append(f"{columns}x{rows}{kind}")
        lines = frame.splitlines()
        assert len(lines) == int(rows)
        assert all(len(line) <= int(columns) for line in lines)
        assert frame.replace("\n", "").isprintable()
        assert frame.isascii() or kind == ""
    assert kinds == ["80x24", "120x40", "60x20", "80x24 roles", "80x24 ascii"]
