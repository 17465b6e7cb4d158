"""Sockets that are opened once and handed to every run."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading

import pytest

from conftest import free_port, local_name

# Answers each connection with its pid, the number of its run and its variables.
SERVER = """
import os, signal, socket, sys
count = int(os.environ["LISTEN_FDS"])
assert int(os.environ["LISTEN_PID"]) == os.getpid()
listener = socket.socket(fileno=3)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
while True:
    peer, _ = listener.accept()
    text = " ".join([str(os.getpid()), os.environ["REEVE_RUN"], str(count),
                     os.environ["LISTEN_FDNAMES"]])
    peer.sendall(text.encode())
    peer.close()
"""
FOREVER = "sleep 1000000"


def server(*sockets, **keys):
    return {"command": [sys.executable, "-c", SERVER],
            "sockets": list(sockets)} | keys


def ask(port):
    """The words of the server's answer; [] when the connection was reset."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as peer:
        try:
            return peer.makefile().read().split()
        except ConnectionResetError:
            return []


def is_listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_run_is_handed_its_sockets_with_their_names(instance, scratch):
    port, path = free_port(), scratch.path / "x.sock"
    made = instance({"pools": {"web": server(
        f"tcp://{local_name()}:{port}",
        {"listen": f"udp://127.0.0.1:{port}", "name": "dns"},
        {"listen": f"unix://{path}", "name": "control", "mode": "0640"}),
    }}).start()
    worker = made.worker("web/0")
    assert ask(port) == [str(worker["pid"]), str(worker["run"]), "3",
                         "web:dns:control"]
    assert path.stat().st_mode & 0o777 == 0o640
    made.stop()
    assert not path.exists(), "the file of a socket goes with it"
    assert not is_listening(port)


def test_fifty_restarts_refuse_no_connection(instance):
    port = free_port()
    made = instance({"pools": {"web": server(
        f"tcp://127.0.0.1:{port}",
        restart={"limit": "none", "delay_min": "1ms", "delay_max": "1ms"}),
    }}).start()
    over, refused, runs = threading.Event(), [], set()

    def load():
        while not over.is_set():
            try:
                answer = ask(port)
                if answer:
                    runs.add(answer[1])
            except OSError as error:
                refused.append(error)

    clients = [threading.Thread(target=load) for _ in range(2)]
    for client in clients:
        client.start()
    try:
        for number in range(50):
            former = made.worker("web/0")
            seen = set(runs)
            if number % 5:
                os.kill(former["pid"], signal.SIGKILL)
            else:
                assert made.run("restart", "web").code == 0
            made.wait_new_run(former)
            made.wait_for(lambda: runs - seen - {str(former["run"])},
                          "the new run serves")
    finally:
        over.set()
        for client in clients:
            client.join()
    assert refused == []
    assert len(runs) >= 50
    made.stop()


# Answers one request by HTTP at a time, and ends between two of them.
HTTP_SERVER = """
import os, select, signal, socket
listener = socket.socket(fileno=3)
over, (wake, woken) = [], os.pipe()
os.set_blocking(woken, False)
signal.set_wakeup_fd(woken)
signal.signal(signal.SIGTERM, lambda *_: over.append(True))
while not over:
    if listener not in select.select([listener, wake], [], [])[0]:
        continue
    peer, _ = listener.accept()
    with peer:
        request = b""
        while b"\\r\\n\\r\\n" not in request:
            more = peer.recv(4096)
            if not more:
                raise SystemExit("the client went away without a request")
            request += more
        peer.sendall(b"HTTP/1.0 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
        print("served", flush=True)
"""


@pytest.mark.skipif(not shutil.which("ab"), reason="needs ab")
def test_fifty_restarts_fail_no_request_of_a_load(instance):
    port = free_port()
    made = instance({"pools": {"web": {
        "command": [sys.executable, "-I", "-S", "-c", HTTP_SERVER],
        "ready": {"log": "served"},
        "sockets": [f"tcp://127.0.0.1:{port}"]}}}).launch()
    first = made.wait_worker("web/0", state="starting")["run"]
    with subprocess.Popen(
            ["ab", "-q", "-c", "4", "-t", "600", "-n", "10000000",
             f"http://127.0.0.1:{port}/"], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True) as load:
        try:
            made.wait_up()
            for _ in range(50):
                assert made.run("restart", "web").code == 0
            assert load.poll() is None, "ab has given up"
        finally:
            load.send_signal(signal.SIGINT)  # it tells what it has got then
        report = load.communicate()[0]
    assert made.worker("web/0")["run"] >= first + 50
    numbers = dict(re.findall(r"^(.*?): +(\d+)$", report, re.M))
    assert int(numbers["Complete requests"]) > 50, report
    assert numbers["Failed requests"] == "0", report
    assert "Non-2xx" not in report and "Write errors" not in report, report
    made.stop()


def test_nginx_serves_on_a_socket_it_inherits(instance, scratch):
    nginx = next((path for path in ["/usr/sbin/nginx", "/usr/bin/nginx"]
                  if os.path.exists(path)), None)
    if not nginx:
        pytest.skip("needs nginx")
    port = free_port()
    (scratch.path / "nginx.conf").write_text(f"""
        daemon off; pid {scratch.path}/nginx.pid;
        error_log stderr; events {{}}
        http {{ access_log off;
          client_body_temp_path {scratch.path}; proxy_temp_path {scratch.path};
          fastcgi_temp_path {scratch.path}; uwsgi_temp_path {scratch.path};
          scgi_temp_path {scratch.path};
          server {{ listen 127.0.0.1:{port};
                    location / {{ return 200 "hello"; }} }} }}""")
    # How nginx is told of sockets that are open: by their numbers.
    made = instance({"pools": {"web": {
        "command": [nginx, "-c", str(scratch.path / "nginx.conf"),
                    "-e", "stderr"],
        "environment": {"NGINX": "3;"},
        "sockets": [f"tcp://127.0.0.1:{port}"]}}}).start()

    def get():
        with socket.create_connection(("127.0.0.1", port)) as peer:
            peer.settimeout(20)
            try:
                peer.sendall(b"GET / HTTP/1.0\r\n\r\n")
                return peer.makefile().read()
            except ConnectionError:
                return ""
    assert get().endswith("hello")
    former = made.kill("web/0")
    # Its child may take a connection yet, before it is killed itself; the
    # others wait for the next run. None is refused.
    made.wait_for(lambda: get().endswith("hello"), "the next run serves")
    made.wait_new_run(former)
    made.stop()


def test_the_example_serves_over_a_restart(example):
    port = free_port()
    made = example("sockets.yaml", {"18890": str(port)}).start()
    with socket.create_connection(("127.0.0.1", port)) as peer:
        assert peer.makefile().read().startswith("tcp: greeter/")
    assert made.run("restart", "greeter").code == 0
    with socket.create_connection(("127.0.0.1", port)) as peer:
        assert peer.makefile().read().startswith("tcp: greeter/")
    made.stop()


def test_a_port_that_is_taken_is_told(instance):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        made = instance({"pools": {"web": server(f"tcp://127.0.0.1:{port}")}})
        made.launch()
        assert made.wait_end() == 1
    assert (f"cannot listen on tcp://127.0.0.1:{port}: Address already in use"
            in made.stderr())


@pytest.mark.parametrize("alive", [False, True])
def test_the_file_of_a_unix_socket_is_replaced_when_it_is_stale(
        instance, scratch, alive):
    path = scratch.path / "x.sock"
    former = socket.socket(socket.AF_UNIX)
    former.bind(str(path))
    former.listen()
    if not alive:
        former.close()
    made = instance({"pools": {"web": {
        "command": FOREVER, "sockets": f"unix://{path}"}}})
    if alive:
        made.launch()
        assert made.wait_end() == 1
        assert "Address already in use" in made.stderr()
        former.close()
        return
    made.start()
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(path))
    made.stop()


def test_a_file_that_is_no_socket_stays(instance, scratch):
    path = scratch.path / "precious"
    path.write_text("words")
    made = instance({"pools": {"web": {
        "command": FOREVER, "sockets": f"unix://{path}"}}}).launch()
    assert made.wait_end() == 1
    assert f"cannot listen on unix://{path}: Socket operation on non-socket" \
        in made.stderr()
    assert path.read_text() == "words"


def test_a_supervisor_takes_the_port_back_from_what_it_left(instance):
    port = free_port()
    made = instance({"pools": {"web": server(f"tcp://127.0.0.1:{port}")}})
    made.start()
    former = ask(port)
    made.process.kill()
    made.process.wait()
    made.start()
    assert ask(port)[0] != former[0]
    made.stop()


def test_a_reload_keeps_the_sockets_that_stay(instance):
    kept, gone, fresh = free_port(), free_port(), free_port()
    one, two = f"tcp://127.0.0.1:{kept}", f"tcp://127.0.0.1:{gone}"
    made = instance({"pools": {"web": {
        "command": FOREVER, "sockets": [one, two],
        "stop": {"timeout": "1h"}}}}).start()
    with socket.create_connection(("127.0.0.1", kept)) as waiting:
        # To another pool, with one that is new: what waits is served.
        made.write({"pools": {"other": server(one,
                                              f"tcp://127.0.0.1:{fresh}")}})
        assert made.run("reload").code == 0
        assert waiting.makefile().read().split()[3] == "other:other"
    assert is_listening(fresh)
    made.wait_for(lambda: not is_listening(gone), "the former socket is gone")
    made.stop()


def test_a_reload_whose_socket_cannot_be_opened_is_refused(instance):
    port = free_port()
    web = server(f"tcp://127.0.0.1:{port}")
    made = instance({"pools": {"web": web}}).start()
    run = made.worker("web/0")["run"]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        other = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        made.write({"pools": {"web": web | {"sockets": [
            f"tcp://127.0.0.1:{port}", other]}}})
        result = made.run("reload")
    assert result.code == 1
    assert f"cannot listen on {other}: Address already in use" in result.err
    assert ask(port)[1] == str(run), "the former config goes on"
    made.stop()


def test_a_run_gets_a_blocking_socket_whatever_the_former_one_did(instance):
    port = free_port()
    code = ("import os, fcntl, time\n"
            "print(os.get_blocking(3), flush=True)\n"
            "os.set_blocking(3, False)\n"
            "time.sleep(1000)")
    made = instance({"pools": {"web": {
        "command": [sys.executable, "-c", code],
        "sockets": f"tcp://127.0.0.1:{port}"}}}).start()
    for count in (1, 2):
        made.wait_for(lambda: made.logs("web/0") == "True\n" * count,
                      "the run found it blocking")
        if count == 1:
            made.wait_new_run(made.kill("web/0"))
    made.stop()


@pytest.mark.parametrize("sockets, said", [
    ("tcp://127.0.0.1", "has no port"),
    ("http://127.0.0.1:80", "is no address of a socket"),
    ("tcp://::1:80", "without brackets"),
    ("unix://relative", "has no absolute path"),
    ("unix:///" + "x" * 108, "too long for a socket"),
    ("tcp://no.such.invalid:80", "there is no host"),
    (["tcp://[::1]:80", "tcp://[0::1]:80"], "listens on tcp://[::1]:80 already"),
    ([f"tcp://127.0.0.1:{port}" for port in range(1, 31)], "at most 29"),
    ({"listen": "unix:///x", "mode": "0999"}, "is no mode of a file"),
    ({"name": "x"}, "'listen' is missing"),
])
def test_mistakes_in_sockets_are_told(reeve, scratch, sockets, said):
    made = scratch.path / "bad.yaml"
    made.write_text(json.dumps({"pools": {"web": {
        "command": FOREVER, "sockets": sockets}}}))
    result = reeve("check", made)
    assert result.code == 1 and said in result.err, result


def test_a_refused_reload_leaves_a_socket_as_it_was(instance, scratch):
    path = scratch.path / "sock"

    def pool(mode):
        return {"command": "sleep 1000000",
                "sockets": [{"listen": f"unix://{path}", "mode": mode}]}
    made = instance({"pools": {"web": pool("0640")}}).start()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = {"command": "sleep 1000000", "sockets": [
            f"tcp://127.0.0.1:{other.getsockname()[1]}"]}
        made.write({"pools": {"web": pool("0600"), "other": taken}})
        assert made.run("reload").code == 1
    assert path.stat().st_mode & 0o777 == 0o640
    made.write({"pools": {"web": pool("0600")}})
    assert made.run("reload").code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    made.stop()
