"""The pictures of the documentation can be made from a real instance, and what
the documentation links to is there."""

import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from conftest import BUILD, SOURCE

PICTURES = SOURCE / "docs" / "pictures"
DOCUMENTS = sorted([*SOURCE.glob("*.md"), *SOURCE.glob("docs/**/*.md")])
SMALL = 60 * 1024
PAINTS = importlib.util.find_spec("PIL") is not None


@pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")
def test_can_be_made(tmp_path):
    """Each one that is shown, as text; where Pillow is there, painted too."""
    subprocess.run(
        [sys.executable, PICTURES / "gallery.py", tmp_path, "--quick",
         *([] if PAINTS else ["--text"])],
        env=os.environ | {"REEVE_BUILD_DIR": str(BUILD)}, check=True)
    made = {path.name for path in tmp_path.iterdir()}
    shown = {path.name for path in PICTURES.iterdir()
             if path.suffix == ".txt" or PAINTS and path.suffix == ".png"}
    assert made == shown
    for path in tmp_path.glob("*.txt"):
        assert path.read_text().replace("\n", "").isprintable(), path.name
    for path in tmp_path.glob("*.png"):
        assert path.read_bytes().startswith(b"\x89PNG"), path.name


def test_pictures_are_small():
    for path in PICTURES.glob("*.png"):
        assert path.stat().st_size < SMALL, path.name
        assert path.with_suffix(".txt").exists()


@pytest.mark.parametrize("document", DOCUMENTS,
                         ids=[str(path.relative_to(SOURCE))
                              for path in DOCUMENTS])
def test_links(document):
    """What a document of ours links to here is there."""
    text = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.M | re.S)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in link or link.startswith(("#", "mailto:")):
            continue
        place = document.parent / pathlib.PurePath(link.partition("#")[0])
        assert place.exists(), f"{document.name} links to {link}"
