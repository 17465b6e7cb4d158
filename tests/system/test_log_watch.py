"""What the logger looks for in what workers print: silence and a line."""

import socket

import pytest

from conftest import wait_for
from logger_driver import answer
from messages import LOG_MATCHED, LOG_SILENT

MS = 1000000


def said(kind, run):
    return answer(run) | {"kind": kind}


def says_nothing(sup):
    sup.logger.socket.setblocking(False)
    with pytest.raises(socket.error):
        sup.logger.socket.recv(4096)
    sup.logger.socket.settimeout(30)


@pytest.mark.parametrize("form", [0, 1, 2])
def test_a_line_that_matches_is_told_once(supervisor, form):
    supervisor.start(1, format=form, pattern="^ready on [0-9]+$")
    supervisor.write(1, b"not ready on 80\nready on ")
    wait_for(lambda: b"not ready" in supervisor.log(), "the first line")
    says_nothing(supervisor)
    supervisor.write(1, b"oops\n", stream=1)
    supervisor.write(1, b"80\nready on 80\n")
    assert supervisor.logger.receive() == said(LOG_MATCHED, 1)
    supervisor.finish_run(1)


@pytest.mark.parametrize("form", [0, 1, 2])
def test_a_line_is_found_by_the_next_logger(supervisor, form):
    supervisor.start(1, format=form, pattern="^ready$")
    supervisor.write(1, b"one\nready\n")
    assert supervisor.logger.receive() == said(LOG_MATCHED, 1)
    supervisor.restart_logger()
    assert supervisor.logger.receive() == said(LOG_MATCHED, 1)
    supervisor.finish_run(1)


def test_silence_is_told_once_and_again_after_output(supervisor):
    supervisor.start(1, silence_ns=50 * MS)
    silent = said(LOG_SILENT, 1) | {"silence_ns": 50 * MS}
    assert supervisor.logger.receive() == silent
    supervisor.write(1, b"here I am\n")
    assert supervisor.logger.receive() == said(LOG_SILENT, 1)
    assert supervisor.logger.receive() == silent
    supervisor.finish_run(1)


def test_a_log_that_cannot_be_written_is_no_silence(supervisor):
    blocked = supervisor.state / "log" / "web.0.log"
    blocked.mkdir(parents=True)
    supervisor.start(1, silence_ns=50 * MS)
    supervisor.start(2, index=1, silence_ns=300 * MS)
    supervisor.write(1, b"waits\n")
    assert supervisor.logger.receive() == said(LOG_SILENT, 2) | {
        "index": 1, "silence_ns": 300 * MS}
    says_nothing(supervisor)


def test_a_pattern_that_is_none_is_told(supervisor):
    supervisor.start(1, pattern="(")
    wait_for(lambda: supervisor.events(15), "the warning")
    supervisor.finish_run(1)
