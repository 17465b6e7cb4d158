"""Makes the pictures of the documentation from a real instance:

    gallery.py FOLDER [--text] [--quick]

runs shop.yaml, looks at it with every screen of the dashboard and with the
commands about the past in a real terminal (tmux), and writes each into FOLDER
as text and as PNG. `make pictures` calls it. --text makes no PNG, which need
Pillow; --quick does not wait until there is much to see. The programs are
those of REEVE_BUILD_DIR, the terminal is that of the tests, which need pytest.
"""

import argparse
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tests" / "system")]

# pylint: disable=wrong-import-position
import painter
from conftest import BUILD, EXAMPLES, Instance, Scratch, wait_for
from terminals import Terminal

NORMAL, LARGE, SMALL = (100, 30), (120, 40), (60, 20)

# A screen: its name, its size, the keys that lead there from the overview, and
# what has to be on it then.
OVERVIEW = ("> ! ", "EVENTS", "ended after")
SCREENS = [
    ("overview", NORMAL, ["/", *"flaky", "Enter"], OVERVIEW),
    ("overview-large", LARGE, ["/", *"collector", "Enter"],
     ("> + collector", "EVENTS", "ended after")),
    ("overview-small", SMALL, ["g"], OVERVIEW),
    ("workers", LARGE, ["2"], ("TREND", "search/0", "mail/0")),
    ("filter", NORMAL, ["2", "f", *"pool:web -web/3"],
     ("3 of 11 shown",)),
    ("worker", LARGE, ["2", "/", *"collector", "Enter", "Enter"],
     ("CHARTS", "memory last")),
    ("worker-processes", NORMAL,
     ["2", "/", *"web/2", "Enter", "Enter", "t"],
     ("PROCESSES, 2", "sleep 0.4")),
    ("log", NORMAL, ["2", "/", *"flaky/0", "Enter", "l"],
     ("FOLLOW on", "crashed by SIG")),
    ("log-find", NORMAL,
     ["2", "/", *"web/1", "Enter", "l", "/", *"slow", "Enter", "n"],
     ("FOLLOW off", "find ")),
    ("log-all", NORMAL, ["3"], (" | GET", "FOLLOW on")),
    ("events", NORMAL, ["5"], ("WHEN", "ended after")),
    ("runs", NORMAL, ["4"], ("LIVED", "still up")),
    ("post-mortem", NORMAL, ["2", "/", *"flaky/0", "Enter", "p"],
     ("flaky/0 ", "LAST OUTPUT", "alike")),
    ("crash-groups", NORMAL, ["6"], ("kinds of crash", "crashed by SIG")),
    ("crash-group", NORMAL, ["6", "j", "Enter"], ("runs", "LIVED")),
    ("act", NORMAL, ["2", "/", *"web/2", "Enter", "x"], ("r restart",)),
    ("act-confirm", NORMAL, ["/", *"web", "Enter", "x", "s", *"we"],
     ("Type web to stop all its 4 workers: we_",)),
    ("reload-plan", NORMAL, ["x", "l"], ("What a reload changes", "changed")),
    ("help", LARGE, ["?"], ("MOVE", "STATES")),
]

# The overview as other terminals show it: options and environment.
LOOKS = [
    ("overview-light", "light", ["--theme", "light"], {}),
    ("overview-mono", "dark", [], {"NO_COLOR": "1"}),
    ("overview-ascii", "dark", ["--theme", "mono"], {"LC_ALL": "C"}),
]

COMMANDS = [
    ("status", "status"),
    ("why", "why flaky/0"),
    ("crashes", "crashes"),
    ("stats", "stats"),
    ("history", "history flaky --limit 12"),
]


class Gallery:
    """The folder, and how each picture gets there."""

    def __init__(self, folder, text):
        self.folder = folder
        self.painters = {} if text else {
            theme: painter.Painter(theme) for theme in painter.THEMES}

    def keep(self, name, terminal, theme="dark", rows=None):
        """Writes what the terminal shows, its first rows, if so told."""
        captured = terminal.tmux("capture-pane", "-p", "-e", "-N")
        text = terminal.text().split("\n")
        captured = captured.split("\n")[:rows or len(text) - 1]
        width = int(terminal.tmux("display-message", "-p", "#{pane_width}"))
        (self.folder / f"{name}.txt").write_text(
            "\n".join(text[:rows or -1]).rstrip() + "\n")
        if self.painters:
            self.painters[theme].paint("\n".join(captured), width,
                                       self.folder / f"{name}.png")
        print(name, flush=True)


def look_at_screens(gallery, top):
    for name, size, keys, wanted in SCREENS:
        top.keys("1").resize(*size)
        top.see("EVENTS", "Enter Open")
        if keys:
            top.tmux("send-keys", *("Space" if key == " " else key
                                    for key in keys))
        top.see(*wanted)
        gallery.keep(name, top)
        top.keys("Escape")  # out of what was being typed


def look_as_others(gallery, scratch):
    for name, theme, options, environment in LOOKS:
        terminal = Terminal(scratch, NORMAL,
                            {"TERM": "xterm-256color"} | environment)
        try:
            terminal.top(*options).see(*OVERVIEW)
            gallery.keep(name, terminal, theme)
        finally:
            terminal.close()


def prompts(terminal):
    """The rows where the shell waits."""
    return [number for number, line in enumerate(terminal.lines())
            if line.rstrip() == "$"]


def run_commands(gallery, scratch):
    for name, words in COMMANDS:
        terminal = Terminal(scratch, (100, 50), {
            "TERM": "xterm-256color", "PS1": "$ ",
            "PATH": f"{BUILD}:{scratch.environment['PATH']}"})
        try:
            wait_for(lambda: prompts(terminal), "the shell is there")
            terminal.type(f"reeve {words}")
            terminal.see(f"$ reeve {words}")
            rows = wait_for(lambda: prompts(terminal), f"{words} has ended")
            gallery.keep(name, terminal, rows=rows[0])
        finally:
            terminal.close()


def wait_until_busy(shop, quick):
    """There is something to see; without `quick`, for a minute's charts."""
    shop.wait_worker("mail/0", state="failed")
    shop.wait_worker("search/0", state="unhealthy")
    ends = "SELECT 1 FROM crashes WHERE worker LIKE ? AND tail <> ''"
    for worker in "flaky/0", "flaky/1":
        shop.wait_history(ends, worker, count=1 if quick else 5)
    # crashes of all three kinds have been there, one of them twice
    shop.wait_history("SELECT count(*) AS n FROM crashes GROUP BY exit_code, "
                      "exit_signal HAVING n > 1")


def make(folder, text=False, quick=False):
    """Makes all pictures; returns their names."""
    scratch = Scratch()
    scratch.environment["SHELL"] = "/bin/sh"
    top = None
    try:
        config = (HERE / "shop.yaml").read_text().replace(
            "directory: ../../examples", f"directory: {EXAMPLES}")
        shop = Instance(scratch, config).launch()
        wait_until_busy(shop, quick)
        shop.write(config.replace("workers: 4", "workers: 6")
                   .replace("nice: 10", "nice: 15"))
        gallery = Gallery(folder, text)
        top = Terminal(scratch, NORMAL, {"TERM": "xterm-256color"}).top()
        look_at_screens(gallery, top)
        look_as_others(gallery, scratch)
        run_commands(gallery, scratch)
        top.keys("q")
        top.wait_left()
        shop.stop_at_once()
    finally:
        if top:
            top.close()
        scratch.clean()
    return [name for name, *_ in (*SCREENS, *LOOKS, *COMMANDS)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--text", action="store_true",
                        help="make no PNG, for which Pillow is needed")
    parser.add_argument("--quick", action="store_true",
                        help="do not wait until there is much to see")
    arguments = parser.parse_args()
    make(arguments.folder, arguments.text, arguments.quick)


if __name__ == "__main__":
    main()
