"""A history may be any file, in any state: each command of the past answers,
or says in one line why it cannot, and changes nothing."""

import os
import shutil
import sqlite3
import subprocess

import pytest

from recording import driver, past, words_of

__all__ = ["driver", "past"]

COMMANDS = [["why", "web/0"], ["history"], ["events"], ["crashes"], ["stats"],
            ["sql", "select count(*) from runs"], ["history", "-f"],
            ["history", "export", "never"]]


def make_directory(path, _):
    path.mkdir()
    return "it is no regular file"


def make_fifo(path, _):
    os.mkfifo(path)
    return "it is no regular file"


def make_link_to_null(path, _):
    path.symlink_to("/dev/null")
    return "it is no regular file"


def make_empty(path, _):
    path.touch()
    return "nothing was recorded there yet"


def make_nothing(_path, _):
    return "there is no such file"


def make_broken_link(path, _):
    path.symlink_to("nowhere")
    return "there is no such file"


def make_junk(path, _):
    path.write_bytes(b"this is no database at all. " * 1000)
    return "file is not a database"


def make_newer(path, past):
    shutil.copy(past.base, path)
    base = sqlite3.connect(path)
    base.execute("PRAGMA user_version = 99")
    base.close()
    return "a newer version of reeve made it"


def make_short(path, past):
    path.write_bytes(past.base.read_bytes()[:-20000])
    return "malformed"


def make_loop(path, _):
    path.symlink_to(path.name)
    return "Too many levels of symbolic links"


@pytest.mark.parametrize("make", [
    make_directory, make_fifo, make_link_to_null, make_empty, make_nothing,
    make_broken_link, make_junk, make_newer, make_short, make_loop],
    ids=lambda make: make.__name__)
def test_what_is_no_history_is_refused(past, scratch, reeve, make):
    file = scratch.path / "a folder" / "some.db"
    file.parent.mkdir()
    reason = make(file, past)
    before = file.read_bytes() if file.is_file() else None
    for words in COMMANDS:
        result = reeve(*words, "--db", file)
        if make is make_short and result.code == 0:
            continue  # it has met no page that is missing
        assert (result.code, result.out) == (1, ""), (words, result)
        assert result.err.startswith("reeve: cannot ") and \
            reason in result.err and result.err.count("\n") == 1, result
    assert (file.read_bytes() if file.is_file() else None) == before
    assert not (scratch.path / "never").exists()


def read_only(folder):
    """Makes it so for root, too; returns what undoes it, or skips."""
    if os.geteuid() != 0:
        folder.chmod(0o555)
        return lambda: folder.chmod(0o755)
    if subprocess.run(
            f"mount --bind '{folder}' '{folder}' && "
            f"mount -o remount,bind,ro '{folder}'", shell=True,
            check=False).returncode != 0:
        pytest.skip("needs the right to mount")
    return lambda: subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("behind", [[], ["-wal"], ["-wal", "-shm"]],
                         ids=words_of)
def test_a_copy_with_its_log_on_a_disk_that_is_read_only(
        past, scratch, reeve, behind):
    """What a recorder that was killed has left, as a backup may have it."""
    base = sqlite3.connect(past.base)
    base.execute("PRAGMA wal_autocheckpoint = 0")
    base.execute("UPDATE run SET pid = 77 WHERE run = 3")
    base.commit()
    folder = scratch.path / "copy"
    folder.mkdir()
    for end in ["", *behind]:
        shutil.copy(f"{past.base}{end}", folder / f"history.db{end}")
    base.close()
    expected = 77 if behind else 1003
    undo = read_only(folder)
    try:
        for words in COMMANDS[:5]:
            result = reeve(*words, "--db", folder / "history.db")
            if behind == ["-wal"]:
                assert result.code == 1 and "copy both" in result.err
                continue
            assert result.code == 0, (words, result)
        if behind == ["-wal"]:
            return
        pid = reeve("sql", "--json", "--db", folder / "history.db",
                    "select pid from runs where run = 3").json()
        assert pid == {"pid": expected}
    finally:
        undo()
