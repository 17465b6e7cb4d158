"""What people type: options, help, finding the instance, and the talk with the
control socket. The supervisor is a fake here, which answers as it is told."""

import contextlib
import fcntl
import os
import pwd
import shutil
import socket
import subprocess
import threading

import pexpect
import pytest

from conftest import BUILD, REEVE, run_reeve

MAKE_TABLE = BUILD / "make-live-table"


def answer(status, body):
    return (f"HTTP/1.1 {status} Whatever\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


def error(status, code, message):
    return answer(status, f'{{"error": {{"code": "{code}", '
                          f'"message": "{message}"}}}}')


def chunks(*pieces):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(f"{len(piece):x}\r\n{piece}\r\n".encode()
                           for piece in pieces)


DONE = answer(200, '{"operation": 1, "outcome": "done"}')


class Fake:
    """Holds the lock of an instance and answers each request by `replies`,
    which maps a method and path to bytes, or to a function that gives them."""

    def __init__(self, runtime, replies):
        runtime.mkdir(parents=True)
        self.replies = replies
        self.requests = []
        self.lock = open(runtime / "lock", "w")
        self.lock.write(f"{os.getpid()}\n")
        self.lock.flush()
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(runtime / "control.sock"))
        os.chmod(runtime / "control.sock", 0o666)
        self.listener.listen(64)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.reply, args=(client,),
                                 daemon=True).start()

    def reply(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        request = " ".join(head.decode().split(" ")[:2])
        self.requests.append(request)
        reply = self.replies.get(request, error(
            404, "no-such-name", "cannot find it: there is none"))
        client.sendall(reply() if callable(reply) else reply)
        client.close()

    def close(self):
        # Wakes accept(); its thread must not take over the number of the fd.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()
        self.lock.close()


@pytest.fixture
def fake(scratch):
    made = []

    def make(replies, runtime=None):
        made.append(Fake(runtime or scratch.runtime, replies))
        return made[-1]
    yield make
    for one in made:
        one.close()


# ---- options and help ----

def command_names(reeve):
    lines = reeve("--help").out.split("Commands:\n")[1].split("\n\n")[0]
    return [line.split()[0] for line in lines.splitlines()
            if line[2] != " "]


def test_help_is_there_for_every_command(reeve):
    names = command_names(reeve)
    assert {"run", "check", "status", "start", "stop", "reload"} <= set(names)
    for name in names:
        told = reeve(name, "--help")
        assert told.code == 0 and told.err == ""
        assert told.out.startswith(f"Usage: reeve {name} ")
        assert max(len(line) for line in told.out.splitlines()) <= 80
        assert reeve("help", name).out == told.out


def test_overview_and_version(reeve):
    assert reeve("--version").out.startswith("reeve 0.")
    assert reeve("help").out == reeve("--help").out
    nothing = reeve()
    assert (nothing.code, nothing.out) == (2, "")
    assert nothing.err == reeve("--help").out


@pytest.mark.parametrize("words, told", [
    (["retsart"], "did you mean `reeve restart`?"),
    (["xyzzy"], "there is no such command"),
    (["help", "stat"], "did you mean status"),
    (["stop"], "see `reeve stop --help`"),
    (["stop", "--nonsense", "web"], "--nonsense is no option"),
    (["stop", "-x", "web"], "-x is no option"),
    (["stop", "web", "-i"], "-i needs a value"),
    (["--nonsense"], "--nonsense is no option"),
    (["reload", "web"], '"web" is too much'),
    (["scale", "web"], "something is missing"),
    (["scale", "web", "many"], "no number"),
    (["scale", "web/0", "2"], "web/0 is a worker"),
    (["signal", "NOPE", "web"], "NOPE is no signal"),
])
def test_wrong_usage_exits_2_and_says_what_is_wrong(reeve, words, told):
    result = reeve(*words)
    assert result.code == 2 and result.out == ""
    assert result.err.startswith("reeve: cannot ")
    assert result.err.count("\n") == 1 and told in result.err


def test_the_manual_page_is_well_formed(reeve, scratch):
    page = reeve("help", "--manual").out
    for name in command_names(reeve):
        assert f'.Ss "reeve {name}' in page
    if not shutil.which("mandoc"):
        pytest.skip("needs mandoc")
    file = scratch.path / "reeve.1"
    file.write_text(page)
    lint = subprocess.run(["mandoc", "-Tlint", str(file)],
                          capture_output=True, text=True, check=False)
    assert [line for line in lint.stdout.splitlines()
            if "referenced manual not found" not in line] == []


# ---- finding the instance ----

@pytest.fixture
def ordinary(scratch):
    """ordinary(words) runs reeve as a user who is not root, with a runtime
    parent of its own in scratch.path."""
    user = pwd.getpwnam("nobody")
    environment = {key: value for key, value in scratch.environment.items()
                   if not key.startswith("REEVE_")}
    environment |= {"XDG_RUNTIME_DIR": str(scratch.path), "HOME": "/nonexistent"}
    options = ({"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
               if os.geteuid() == 0 else {})
    try:
        subprocess.run([str(REEVE), "--version"], check=True,
                       capture_output=True, **options)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("others cannot run the programs of this build folder")

    def run(*words, **more):
        return subprocess.run([str(REEVE), *words], env=environment | more,
                              capture_output=True, text=True, check=False,
                              **options)
    return run


def test_the_only_running_instance_is_found(ordinary, fake, scratch):
    parent = scratch.path / "reeve"
    (parent / "dead").mkdir(parents=True)
    (parent / "dead" / "lock").write_text("1\n")
    one = fake({"POST /v1/pools/web/stop?wait=1": DONE}, parent / "shop")
    assert ordinary("stop", "web").returncode == 0
    assert one.requests == ["POST /v1/pools/web/stop?wait=1"]


def test_none_and_several_are_told(ordinary, fake, scratch):
    parent = scratch.path / "reeve"
    none = ordinary("stop", "web")
    assert none.returncode == 5
    assert none.stderr == ("reeve: cannot find a running instance: there is "
                           f"none in {parent}\n")
    fake({}, parent / "shop")
    fake({}, parent / "mill")
    several = ordinary("stop", "web")
    assert several.returncode == 5 and several.stderr.count("\n") == 1
    assert "shop" in several.stderr and "mill" in several.stderr
    assert "-i NAME" in several.stderr
    for result in [ordinary("-i", "other", "stop", "web"),
                   ordinary("stop", "web", "-i", "other"),
                   ordinary("stop", "web", REEVE_INSTANCE="other")]:
        assert result.returncode == 5
        assert "other does not run" in result.stderr
    bad = ordinary("-i", "../x", "stop", "web")
    assert bad.returncode == 5 and "is no name" in bad.stderr


def test_a_lock_that_nobody_holds_is_no_instance(reeve, scratch):
    scratch.runtime.mkdir()
    (scratch.runtime / "lock").write_text(f"{os.getpid()}\n")
    result = reeve("stop", "web")
    assert result.code == 5 and "does not run" in result.err


def test_the_runtime_folder_of_another_instance_is_refused(reeve, fake,
                                                           scratch):
    fake({})
    subprocess.run([MAKE_TABLE, scratch.runtime / "live", "1", "1"], check=True,
                   stdout=subprocess.DEVNULL)
    result = reeve("-i", "shop", "stop", "web")
    assert result.code == 5 and "is not that of shop" in result.err


# ---- asking ----

def test_names_become_requests(reeve, fake):
    replies = {f"POST /v1/{path}?wait=1{more}": DONE for path, more in [
        ("pools/web/stop", ""), ("workers/web/12/restart", ""),
        ("pools/all/start", ""), ("pools/db/start", ""),
        ("pools/web/signal", "&signal=1"), ("pools/web/scale", "&workers=4")]}
    one = fake(replies)
    assert reeve("stop", "web").out == "stopped web\n"
    assert reeve("restart", "web/12").out == "restarted web/12\n"
    assert reeve("start", "all", "db").out == "started all\nstarted db\n"
    assert reeve("signal", "SIGHUP", "web").code == 0
    assert reeve("scale", "web", "4").code == 0
    assert sorted(one.requests) == sorted(replies)


def test_failures_are_told_in_one_line_each(reeve, fake):
    fake({
        "POST /v1/pools/web/stop?wait=1":
            error(500, "failed", "cannot stop web/0: it is stuck"),
        "POST /v1/pools/odd/stop?wait=1": error(503, "too-busy", "too many"),
        "POST /v1/pools/mute/stop?wait=1": b"",
        "POST /v1/pools/junk/stop?wait=1": b"SSH-2.0-OpenSSH\r\n",
        "POST /v1/pools/half/stop?wait=1": DONE[:-5],
        "POST /v1/pools/good/stop?wait=1": DONE,
    })
    for name, code, told in [
            ("web", 1, "reeve: cannot stop web/0: it is stuck\n"),
            ("odd", 1, "reeve: cannot stop odd: too many\n"),
            ("mute", 1, "reeve: cannot ask run: it hung up\n"),
            ("junk", 1, "reeve: cannot ask run: it does not speak HTTP\n"),
            ("half", 1, "reeve: cannot ask run: it hung up\n"),
            ("none", 4, "reeve: cannot find it: there is none\n"),
            ("web/x", 4, "reeve: cannot stop web/x: there is no such worker\n"),
            ("a b", 4, "reeve: cannot stop a b: there is no such pool\n"),
            ("all/1", 4,
             "reeve: cannot stop all/1: there is no such worker\n")]:
        result = reeve("stop", name)
        assert (result.code, result.err, result.out) == (code, told, "")
    both = reeve("stop", "none", "good")
    assert both.code == 4 and both.out == "stopped good\n"


def test_many_names_are_asked_for_in_turns(reeve, fake):
    names = [f"web/{index}" for index in range(100)]
    one = fake({f"POST /v1/workers/{name}/stop?wait=1": DONE
                for name in names})
    result = reeve("stop", *names)
    assert result.code == 0
    assert result.out.split()[1::2] == names
    assert len(one.requests) == 100


PLAN = """{"operation": 1, "outcome": "done", "plan": {"config": 8, "pools": [
 {"name": "web", "change": "changed", "keys": ["command"],
  "live": ["workers"]},
 {"name": "database", "change": "unchanged", "keys": []}]}}"""


def test_reload_shows_its_plan_first(reeve, fake):
    plan, real = ("POST /v1/reload?wait=1&dry_run=1", "POST /v1/reload?wait=1")
    one = fake({plan: answer(200, PLAN), real: answer(200, PLAN)})
    table = ("POOL      CHANGE     KEYS\n"
             "web       changed    by new runs: command; live: workers\n"
             "database  unchanged\n")
    assert reeve("reload", "--dry-run").out == table
    assert one.requests == [plan]
    assert reeve("reload").out == table + "reloaded run\n"
    assert one.requests == [plan, plan, real]
    assert reeve("reload", "-n", "--json").json()["config"] == 8


def test_a_refused_config_is_told_with_all_its_mistakes(reeve, fake):
    one = fake({"POST /v1/reload?wait=1&dry_run=1": error(
        500, "failed", "a.yaml:1:2: error: x\\na.yaml:2:1: error: y\\n")})
    result = reeve("reload")
    assert result.code == 1 and result.out == ""
    assert result.err == (
        "a.yaml:1:2: error: x\na.yaml:2:1: error: y\n"
        "reeve: cannot reload run: the config has mistakes; nothing was "
        "changed\n")
    assert len(one.requests) == 1


# ---- events ----

EVENTS = [
    '{"at": "2026-11-22T09:00:00.125Z", "event": "spawned", "pool": "web", '
    '"worker": "web/0", "run": 17, "pid": 815, "by": "crash"}\n',
    '{"at": "2026-11-22T09:00:01.000Z", "event": "ended", "pool": "web", '
    '"worker": "web/0", "run": 17, "cause": "crashed", "exit_signal": '
    '"SIGSEGV", "core": true, "uptime_s": 3.5, "delay_s": 0.2}\n',
    '{"at": "2026-11-22T09:00:02.000Z", "event": "gap", "count": 12}\n',
]
SHOWN = [
    "2026-11-22 09:00:00.125  web/0       spawned    "
    "run 17 started, pid 815 (crash)",
    "2026-11-22 09:00:01.000  web/0       ended      "
    "run 17 ended after 3s: crashed by SIGSEGV, core dumped; "
    "next start in 200ms",
    "2026-11-22 09:00:02.000              gap        "
    "12 events are missing here",
]


def test_events_are_shown_as_lines(reeve, fake):
    # Chunks need not end where lines do.
    text = "".join(EVENTS)
    fake({"GET /v1/events": chunks(text[:50], text[50:51], text[51:], "")})
    shown = reeve("events", "-f").out.splitlines()
    assert len(shown) == 3
    for got, wanted in zip(shown, SHOWN):
        assert got.split() == wanted.split()
    assert reeve("events", "-f", "--json").out == text


def test_a_stream_that_breaks_off_is_told(reeve, fake):
    one = fake({"GET /v1/events": chunks(EVENTS[0])})
    result = reeve("events", "-f", "--json")
    assert (result.code, result.out) == (1, EVENTS[0])
    assert result.err == "reeve: cannot ask run: it hung up\n"
    one.replies["GET /v1/events"] = error(503, "too-busy", "too many listen")
    result = reeve("events", "-f")
    assert result.code == 1 and "too many listen" in result.err


# ---- progress ----

def test_progress_is_shown_on_a_terminal(scratch, fake):
    seen = threading.Event()

    def when_seen():
        assert seen.wait(60)
        return DONE
    fake({"POST /v1/pools/pool0/start?wait=1": when_seen})
    subprocess.run([MAKE_TABLE, scratch.runtime / "live", "1", "40"],
                   check=True, stdout=subprocess.DEVNULL)
    child = pexpect.spawn(str(REEVE), ["start", "pool0"], timeout=60,
                          env=scratch.environment, encoding="utf-8")
    child.expect(r"starting pool0: \d+ of 40 workers")
    seen.set()
    child.expect("\r\x1b\\[K")
    child.expect("started pool0\r\n")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_run_becomes_the_supervisor(scratch):
    program = scratch.path / "reeve-supervisor"
    program.write_text('#!/bin/sh\necho "$$ $*"\n')
    program.chmod(0o755)
    with subprocess.Popen(
            [str(REEVE), "run", "shop.yaml"], stdout=subprocess.PIPE, text=True,
            env=scratch.environment | {
                "REEVE_LIBEXEC_DIR": str(scratch.path)}) as process:
        assert process.stdout.read() == f"{process.pid} shop.yaml\n"
    missing = run_reeve(scratch.environment | {
        "REEVE_LIBEXEC_DIR": "/nonexistent"}, scratch.path,
        ["run", "shop.yaml"], {})
    assert missing.code == 1 and missing.err.startswith("reeve: cannot ")
