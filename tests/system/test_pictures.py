"""The pictures of the documentation can be made from a real instance, and what
the documentation links to is there."""

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


@pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")
def test_can_be_made(tmp_path):
    """All that are shown, as text."""
    subprocess.run(
        [sys.executable, PICTURES / "gallery.py", tmp_path, "--text",
         "--quick"],
        env=os.environ | {"REEVE_BUILD_DIR": str(BUILD)}, check=True)
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {path.name for path in PICTURES.glob("*.txt")}
    for path in tmp_path.iterdir():
        assert path.read_text().replace("\n", "").isprintable(), path.name


def test_painting(tmp_path):
    """Cells get where they belong, in their colours."""
    image = pytest.importorskip("PIL.Image")
    sys.path.insert(0, str(PICTURES))
    import painter
    try:
        brush = painter.Painter("dark")
    except OSError as error:
        pytest.skip(f"no font: {error}")
    brush.paint("\x1b[31m\u2588\x1b[0m\u2500\u4e16\x1b[7mA \x1b[0m\n\u28ff", 8,
                tmp_path / "a.png")
    with image.open(tmp_path / "a.png") as picture:
        found = picture.convert("RGB")

    def colours(column, row):
        left = painter.MARGIN + column * painter.WIDTH
        top = painter.MARGIN + row * painter.HEIGHT
        cell = found.crop((left, top, left + painter.WIDTH,
                           top + painter.HEIGHT))
        return {"#%02x%02x%02x" % colour for _, colour in cell.getcolors()}
    text, ground, red = (painter.THEMES["dark"][i] for i in (0, 1, 3))
    assert found.width == 8 * painter.WIDTH + 2 * painter.MARGIN
    assert colours(0, 0) == {red}
    assert colours(1, 0) == {text, ground}
    # a wide one takes two cells; the reversed letter and blank are behind it
    assert text in colours(4, 0) and ground in colours(4, 0)
    assert colours(5, 0) == {text}
    assert colours(6, 0) == {ground}
    assert colours(0, 1) == {text, ground}


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
