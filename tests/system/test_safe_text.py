"""Whatever programs print or a file holds: nothing of it moves the cursor,
breaks a line, or shows text in another order than it was written."""

import sqlite3

import pytest

from recording import Journal, at, driver, words_of

__all__ = ["driver"]

# What takes over a terminal: an ESC, CSI as one character, a mark that turns
# the text behind it, one that ends a line, an isolate.
BAD = "\x1b[2J \x9b2J \u202egpj.exe \u2028 \u2066 \u061c"
ESCAPED = r"\xE2\x80\xAEgpj.exe"

COMMANDS = [
    ["why", "1"], ["why", "web/0"], ["why", "--json", "1"],
    ["history"], ["history", "--csv"], ["history", "--json"], ["events"],
    ["crashes"], ["crashes", "--json"], ["crashes", "GROUP"],
    ["stats"], ["sql", "select * from crashes"],
    ["sql", "--json", "select * from crashes"],
    ["sql", "select * from events"], ["sql", "select * from evidence"],
]


def ask(past, reeve, words):
    group, = past.query("SELECT crash_group FROM run WHERE run = 1")
    result = reeve(*[str(group["crash_group"]) if word == "GROUP" else word
                     for word in words])
    assert result.code == 0, result
    assert_safe(result.out)
    return result.out


def assert_safe(text):
    assert "\\u202" not in text.lower()
    for character in text:
        assert character in "\n\r" or character.isprintable(), (
            f"U+{ord(character):04X}", text)


@pytest.fixture
def past(driver):
    journal = Journal(driver)
    bad = BAD.encode()
    journal.append("output", run=1, pool="web", worker=1, text=bad,
                   at_us=at(1.5))
    journal.run(1, at_us=at(1), text=bad)
    journal.append("evidence", run=1, pool="web", worker=1, text=bad,
                   at_us=at(1.4))
    journal.append("core", run=1, pool="web", worker=1, text=bad,
                   at_us=at(1.6))
    journal.append("backtrace", run=1, pool="web", worker=1,
                   text=b"#0 " + bad, at_us=at(1.7))
    journal.append("warning", text=bad, at_us=at(2))
    journal.close()
    driver.start()
    assert driver.finish() == 0
    return driver


@pytest.mark.parametrize("words", COMMANDS, ids=words_of)
def test_what_a_program_said_is_escaped(past, reeve, words):
    shown = ask(past, reeve, words)
    if words[0] in ("why", "history", "events", "sql"):
        assert ESCAPED in shown.replace("\\\\", "\\")


SCREENS = [words for words in COMMANDS if "--json" not in words]


@pytest.mark.parametrize("words", SCREENS, ids=words_of)
def test_so_is_what_somebody_else_wrote_into_a_file(past, reeve, words):
    base = sqlite3.connect(past.base)
    base.execute("UPDATE output SET tail = ?", (BAD,))
    base.execute("UPDATE finding SET text = ?", (BAD,))
    base.execute("UPDATE core SET path = ?, backtrace = ?", (BAD, BAD))
    base.execute("UPDATE run SET why = ?, started_by = ?, cpus = ?,"
                 " told_status = ?, step = ?, object = ?", (BAD,) * 6)
    base.execute("UPDATE crash_group SET sign = id || ?", (BAD,))
    base.execute("UPDATE event SET detail = json_object('text', ?)", (BAD,))
    base.commit()
    base.close()
    ask(past, reeve, words)
