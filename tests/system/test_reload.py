"""A new config takes the place of the one in force."""

import threading

FOREVER = "sleep 1000000"
# Goes only when it is killed, so it is stopping for as long as a test wants.
STUBBORN = {"command": ["sh", "-c", "trap '' TERM; while :; do sleep 1; done"],
            "stop": {"timeout": "1h"}}


def reload(made, pools):
    made.write({"pools": pools})
    result = made.run("reload")
    assert result.code == 0, result
    return result


def in_background(call):
    """Calls it in a thread; the returned function waits for its result."""
    results = []
    thread = threading.Thread(target=lambda: results.append(call()))
    thread.start()

    def result():
        thread.join()
        return results[0]
    return result


def test_runs_start_after_a_reload_as_before(instance):
    made = instance({"pools": {"web": {"command": FOREVER}}}).start()
    reload(made, {"web": {"command": FOREVER}, "new": {"command": FOREVER}})
    for name in ["web/0", "reeve-logger/0", "reeve-recorder/0"]:
        made.wait_new_run(made.kill(name))
    made.stop()
