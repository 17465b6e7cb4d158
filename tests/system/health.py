"""What the tests of readiness and liveness share."""

import json

FOREVER = "sleep 1000000"
# Quick enough for a test, slow enough for a busy machine.
QUICK = {"interval": "50ms", "timeout": "1s", "failures": 2}


def url(target, path="/healthz"):
    return f"http://127.0.0.1:{target.port}{path}"


def pool(command=FOREVER, **keys):
    return {"pools": {"web": {"command": command} | keys}}


def events(made, kind):
    lines = made.run("history", "--event", kind, "--json").out.splitlines()
    return [json.loads(line) for line in lines]
