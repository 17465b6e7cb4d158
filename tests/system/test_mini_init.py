"""reeve as the first process of a container: `run -- COMMAND`, exit_with,
PID 1."""

import os
import signal
import subprocess

import pytest

from conftest import DEADLINE_S, REEVE, SOURCE, wait_for

NAMESPACE = ["unshare", "--pid", "--fork", "--mount-proc"]


def can_unshare(*words):
    return subprocess.run([*words, "true"], capture_output=True,
                          check=False).returncode == 0


@pytest.fixture
def begin(scratch):
    """begin("sh", "-c", "…") → a Popen of `reeve run -- sh -c …`."""
    def run(*words, options=(), wrapper=()):
        return subprocess.Popen(
            [*wrapper, REEVE, "run", "-i", scratch.name, *options, "--",
             *words],
            env=scratch.environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return run


def finish(process, text=""):
    out, err = process.communicate(text, timeout=DEADLINE_S)
    return process.returncode, out, err


@pytest.mark.parametrize("words, code", [
    (["true"], 0),
    (["sh", "-c", "exit 7"], 7),
    (["sh", "-c", "kill -SEGV $$"], 128 + signal.SIGSEGV),
    (["/nowhere/to/be/found"], 127),
    (["/etc/passwd"], 126),
])
def test_it_exits_as_the_command_did(begin, scratch, words, code):
    assert finish(begin(*words))[0] == code
    assert scratch.processes() == {}
    assert scratch.cgroups() == []


def test_words_and_streams_are_the_command_s_own(begin):
    code, out, err = finish(
        begin("sh", "-c", 'cat; printf "%s|" "$@"; echo oops >&2', "-",
              "two words", "${HOME}", "$x", "{other}", "-h"), "from outside\n")
    assert code == 0
    assert out == "from outside\ntwo words|${HOME}|$x|{other}|-h|"
    assert "oops\n" in err


def test_signals_are_passed_on(begin):
    process = begin("python3", "-uc", """
import signal, sys
def told(number, frame):
    print(signal.Signals(number).name, flush=True)
    if number == signal.SIGINT:
        sys.exit(5)
for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH,
               signal.SIGINT):
    signal.signal(number, told)
print("set up")
while True:
    signal.pause()
""")
    assert process.stdout.readline() == "set up\n"
    for name in ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGINT"):
        process.send_signal(getattr(signal, name))
        assert process.stdout.readline() == name + "\n"
    assert finish(process)[0] == 5


def test_it_starts_a_crashed_command_again(begin, scratch):
    mark = scratch.path / "mark"
    process = begin("sh", "-c", f"test -e {mark} && exit 0; "
                    f"touch {mark}; exit 1",
                    options=["--restart", "on-failure"])
    assert finish(process)[0] == 0
    assert mark.exists()


def test_run_says_what_it_needs(reeve):
    assert "stands after --" in reeve("run", "a.yaml", "b").err
    assert reeve("run", "a.yaml", "b").code == 2
    assert "goes with -- COMMAND" in \
        reeve("run", "--restart", "always", "a.yaml").err
    assert "write" in reeve("run", "--restart", "maybe", "--", "true").err


def test_exit_with_names_a_pool_that_is_there(reeve, scratch):
    file = scratch.path / "x.yaml"
    file.write_text("exit_with: wbe\npools: {web: {command: 'true'}}\n")
    result = reeve("check", file)
    assert result.code == 1
    assert "x.yaml:1:12: error: there is no pool 'wbe'; did you mean 'web'" \
        in result.err


def test_an_instance_ends_with_its_main_pool(instance):
    main = instance({
        "exit_with": "main",
        "pools": {
            "side": {"command": "sleep 1000"},
            "main": {"command": "sh -c 'exit 4'", "after": ["side"],
                     "restart": {"policy": "never"}},
        }})
    assert main.launch().wait_end() == 4
    assert main.scratch.processes() == {}


def test_the_example_ends_with_its_main_pool(scratch):
    done = subprocess.run(
        [REEVE, "run", SOURCE / "examples" / "container.yaml"],
        env=scratch.environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert done.returncode == 3
    # The two begin at the same time.
    assert sorted(done.stdout.splitlines()) == [
        "main is done", "main works", "side is up"]


@pytest.mark.skipif(not can_unshare(*NAMESPACE),
                    reason="may not make a PID namespace")
def test_pid_1_reaps_everything(begin):
    process = begin("python3", "-uc", """
import os, signal, time
def zombies():
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if open(f"/proc/{pid}/stat").read().rsplit(")")[1].split()[0] == "Z":
                found.append(pid)
        except OSError:
            pass
    return found
orphans = {signal.SIGKILL: [], signal.SIGTERM: []}
for number in list(orphans) * 200:
    read, write = os.pipe()
    if os.fork() == 0:      # orphans its own child
        child = os.fork()
        if child == 0:
            os.setsid()
            time.sleep(1000)
        os.write(write, b"%d" % child)
        os._exit(0)
    os.wait()
    orphans[number].append(int(os.read(read, 20)))
    os.close(read)
    os.close(write)
for number, pids in orphans.items():
    for pid in pids:
        assert open(f"/proc/{pid}/stat").read().rsplit(")")[1].split()[1] == "1"
        os.kill(pid, number)
while zombies() or any(os.path.exists(f"/proc/{pid}")
                       for pids in orphans.values() for pid in pids):
    time.sleep(0.01)
print(open("/proc/1/comm").read().strip())
if os.fork() == 0:
    os.setsid()
    os.close(1)
    os.close(2)
    time.sleep(1000)
os._exit(6)
""", wrapper=NAMESPACE)
    code, out, err = finish(process)
    assert (code, out) == (6, "reeve-superviso\n"), err


@pytest.mark.skipif(not can_unshare(*NAMESPACE),
                    reason="may not make a PID namespace")
def test_pid_1_stops_by_sigterm(begin, scratch):
    process = begin("sh", "-c", "trap 'exit 3' TERM; echo up; "
                    "while :; do sleep 0.05; done", wrapper=NAMESPACE)
    assert process.stdout.readline() == "up\n"
    first = wait_for(
        lambda: [pid for pid, words in scratch.processes().items()
                 if "reeve-supervisor" in words], "the supervisor is seen")
    os.kill(first[0], signal.SIGTERM)
    assert finish(process)[0] == 3


def test_a_reload_may_name_a_pool_that_has_ended(instance):
    pools = {"job": {"command": ["sh", "-c", "exit 4"],
                     "restart": {"policy": "never"}},
             "main": {"command": "sleep 1000"}}
    shop = instance({"exit_with": "main", "pools": pools}).launch()
    shop.wait_worker("job/0", state="done")
    shop.wait_worker("main/0", state="ready")
    shop.write({"exit_with": "job", "pools": pools})
    assert shop.run("reload").code == 0
    assert shop.wait_end() == 4
    assert shop.scratch.processes() == {}


def test_a_reload_that_brings_exit_with_passes_signals_on(instance):
    pools = {"main": {"command": ["python3", "-uc", """
import signal
signal.signal(signal.SIGUSR1, lambda *_: print("told"))
print("set up")
while True:
    signal.pause()
"""]}}
    shop = instance({"pools": pools}).start()
    shop.wait_for(lambda: "set up" in shop.logs("main/0"), "it is set up")
    shop.write({"exit_with": "main", "pools": pools})
    assert shop.run("reload").code == 0
    shop.process.send_signal(signal.SIGUSR1)
    shop.wait_for(lambda: "told" in shop.logs("main/0"),
                  "the signal is passed on")
    # And is no end of reeve when nobody is there for it any more.
    shop.write({"pools": pools})
    assert shop.run("reload").code == 0
    shop.process.send_signal(signal.SIGUSR1)
    assert shop.run("restart", "main").code == 0
    shop.stop()


CLOCKS = ["unshare", "--time", "--fork", "--monotonic", "300000",
          "--boottime", "500000"]


@pytest.mark.skipif(not can_unshare(*CLOCKS),
                    reason="may not make a time namespace")
def test_shifted_clocks_fire_no_timer_wrongly(instance):
    """In a time namespace CLOCK_MONOTONIC and CLOCK_BOOTTIME are far from
    those of the rest of the machine."""
    shop = instance({"pools": {
        "web": {"command": "sleep 1000", "workers": 2,
                "start": {"timeout": "10m"}, "ready": "started"},
        "bad": {"command": "sh -c 'exit 1'",
                "restart": {"delay_min": "10m", "delay_max": "10m",
                            "limit": "none"}},
    }}, wrapper=CLOCKS)
    shop.launch()
    before = shop.wait_worker("web/0", state="ready")
    shop.wait_worker("bad/0", state="backoff")
    bad = shop.worker("bad/0")
    shop.kill("web/0")
    after = shop.wait_new_run(before)
    assert after["uptime_s"] < 1000
    # Sampled at least twice: the usage is of this run, by the same clock.
    shop.wait_for(lambda: shop.worker("web/0").get("threads") == 1,
                  "the sampler has seen it")
    assert shop.worker("bad/0")["run"] == bad["run"]
    assert shop.worker("web/1")["restarts"] == 0
    rows = shop.wait_history("select * from runs where ended_at is not null "
                             "and worker = 'web/0'")
    assert 0 <= rows[0]["ended_at"] - rows[0]["started_at"] < 1000
    shop.process.send_signal(signal.SIGTERM)
    shop.run("status")
    first = [pid for pid, words in shop.scratch.processes().items()
             if "reeve-supervisor" in words]
    for pid in first:
        os.kill(pid, signal.SIGTERM)
    shop.wait_end()
    assert shop.scratch.processes() == {}
