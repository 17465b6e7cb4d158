"""What goes to the terminal and what comes from it, to the byte: mouse, colours,
clipboard, and nothing raw of what workers say."""

import base64
import re

import pytest

HOSTILE = r"""
pools:
  wide:
    command: [sh, -c, 'while :; do printf "%b\n" "$TEXT"; sleep 0.2; done']
    environment: {TEXT: 'a\033[31mred\033]0;title\007 \0302\0233b \016 \0342\0200\0256c 世界👩 é\0314\0201 \0377 end'}
    log: {format: tagged}
"""


def clicked(row, button=0):
    """The wheel tells no release."""
    press = f"\x1b[<{button};5;{row + 1}M"
    return (press + ("" if button else press[:-1] + "m")).encode()


def selected(one):
    rows = [line.split() for line in one.screen.display
            if line.startswith(">")]
    return rows[0][2] if rows else None


def see_selected(one, name):
    one.wait(lambda: selected(one) == name, f"{name} is selected")


def test_mouse(screen, stand_in):
    """A click selects, one more opens; the wheel goes three rows."""
    stand_in(1, 40)
    one = screen()
    one.see("> ! pool0 ")
    one.send(clicked(4))
    one.see("> + pool0/")
    one.send(b"Ng")
    see_selected(one, "pool0/0")
    one.send(clicked(9))
    see_selected(one, "pool0/5")
    one.send(clicked(0, 65))
    see_selected(one, "pool0/8")
    one.send(clicked(0, 64) * 2)
    see_selected(one, "pool0/2")
    # not on a row, or while something is asked
    one.send(clicked(0) + clicked(2) + clicked(23) + b"x" + clicked(9))
    one.see("r restart")
    one.send(b"\x1b")
    see_selected(one, "pool0/2")
    one.send(clicked(6))
    one.see("state ")
    assert one.leave() == 0


def test_no_mouse(screen, stand_in, scratch):
    """By option or setting it is left to the terminal."""
    stand_in(1, 4)
    one = screen(words=["--no-mouse"])
    one.see("> + pool0")
    assert one.leave() == 0
    settings = scratch.path / "config/reeve/top.yaml"
    settings.parent.mkdir(parents=True)
    settings.write_text('mouse: "off"\n')
    other = screen()
    other.see("> + pool0")
    assert other.leave() == 0
    assert b"\x1b[?1000h" not in one.all + other.all
    assert b"1000h" not in one.all + other.all


@pytest.mark.parametrize("kind,colours", [
    ("vt100", 0), ("xterm", 8), ("xterm-16color", 16),
    ("xterm-256color", 256)])
def test_colours(screen, stand_in, kind, colours):
    stand_in(4, 400)
    one = screen(environment={"TERM": kind})
    one.see("> ! pool0")
    one.send(b"j")
    see_selected(one, "pool3")
    assert one.leave() == 0
    # red for what has failed, and grey where there are more than eight
    assert (re.search(rb"\x1b\[[0-9;]*31m", one.all) is not None) \
        == (colours > 0)
    bright = re.search(rb"\x1b\[[0-9;]*(?:90|38;5;8)m", one.all)
    assert (bright is not None) == (colours > 8)


@pytest.mark.parametrize("words,environment,coloured", [
    ([], {"NO_COLOR": "1"}, False), ([], {"NO_COLOR": ""}, True),
    (["--color", "never"], {}, False), (["--theme", "mono"], {}, False),
    (["--color", "always"], {"NO_COLOR": "1"}, True)])
def test_no_colour(screen, stand_in, words, environment, coloured):
    stand_in(4, 400)
    one = screen(words=words, environment=environment)
    one.see("> ! pool0")
    assert one.leave() == 0
    assert (re.search(rb"\x1b\[[0-9;]*3[1-6]m", one.all) is not None) \
        == coloured


def test_copy(screen, stand_in):
    """`y` copies the selected row, or the screen where there are none."""
    stand_in(1, 40)
    one = screen()
    one.see("pool0")

    def copied():
        found = re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", one.all)
        return base64.b64decode(found[-1]).decode() if found else ""
    one.send(b"y")
    one.wait(lambda: copied().startswith("pool0 "), "the pool is copied")
    one.see("copied for the terminal's clipboard: pool0 ")
    assert "\n" not in copied()
    one.send(b"\rNgjy")
    one.wait(lambda: copied().startswith("pool0/1 "), "the worker is copied")
    one.send(b"\ry")
    one.wait(lambda: "2 threads, 4 open files" in copied(),
             "all of a worker is copied")
    assert one.leave() == 0


@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_hostile_output(screen, instance, locale):
    """What workers print reaches the terminal as plain characters."""
    shop = instance(HOSTILE).start()
    one = screen(environment={"LC_ALL": locale})
    one.see("> + wide")
    one.send(b"l")
    one.see(" end")
    if locale == "C":
        one.see("ared")
    else:
        one.see("ared ")
        one.wait(lambda: "世" in "".join(one.screen.display), "it is wide")
    assert one.leave() == 0
    sent = one.all
    for raw in [b"title", b"\x0e", b"\xc2\x9b", b"\xe2\x80\xae", b"\xff",
                b"\x1b[31mred"]:
        assert raw not in sent, raw
    assert locale != "C" or sent.isascii()
    sent.decode()
    shop.stop()


def test_settings_that_cannot_be_kept(screen, stand_in, scratch):
    """It says so, at the begin and after the end, and goes on."""
    stand_in(1, 4)
    folder = scratch.path / "config"
    folder.write_text("in the place of the folder")
    one = screen()
    one.see("cannot read ")
    one.send(b"P")
    one.see("CPU%v")
    assert one.leave() == 0
    assert b"top.yaml: Not a directory" in one.last.rpartition(b"1049l")[2]
    folder.unlink()
    settings = folder / "reeve/top.yaml"
    settings.parent.mkdir(parents=True)
    settings.write_bytes(b"\0\xff junk\n")
    other = screen()
    other.see("it is no text file")
    other.send(b"P")
    other.see("CPU%v")
    assert other.leave() == 0
    assert settings.read_bytes() == b"\0\xff junk\n"
