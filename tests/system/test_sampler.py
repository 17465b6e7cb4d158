"""What reeve-sampler measures, through the whole program."""

import sys

# Holds 40 MiB, 3 threads and 20 files, leaves one zombie below a child, and
# then uses all the CPU that it gets.
BUSY = """
import os, threading, time
memory = bytearray(os.urandom(1) * (40 << 20))
files = [open(os.devnull) for _ in range(20)]
for _ in range(2):
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
if os.fork() == 0:
    if os.fork() == 0:
        os._exit(0)
    time.sleep(1000)
while True:
    pass
"""

CONFIG = {
    "sample_interval": "100ms",
    "pools": {
        "busy": {"command": [sys.executable, "-c", BUSY]},
        "calm": {"command": "sleep 1000", "workers": 2},
    },
}


def test_workers_are_measured(instance):
    one = instance(CONFIG).start()

    def measured():
        worker = one.worker("busy/0")
        return worker if worker["zombies"] == 1 else None
    busy = one.wait_for(measured, "the zombie is seen")
    assert busy["rss_bytes"] > 40 << 20
    # Of the child too.
    assert busy["threads"] == 4
    assert 46 <= busy["open_files"] <= 80
    assert busy["sample_at"] >= busy["started_at"]
    one.wait_for(lambda: one.worker("busy/0")["cpu_percent"] > 20,
                 "its CPU is seen")
    one.wait_for(lambda: one.worker("busy/0")["cpu_s"] > 0.1,
                 "its CPU time is seen")
    calm = one.wait_for(lambda: all(worker["rss_bytes"] for worker in
                                    one.workers("calm").values())
                        and one.worker("calm/1"), "the others are too")
    assert calm["threads"] == 1
    assert calm["zombies"] == 0
    assert calm["cpu_percent"] < 20
    assert one.worker("reeve-sampler/0")["rss_bytes"] > 0
    one.stop()


def test_a_killed_sampler_goes_on(instance):
    one = instance(CONFIG).start()
    for _ in range(3):
        one.wait_for(lambda: one.worker("calm/0")["sample_at"],
                     "the worker is measured")
        former = one.kill("reeve-sampler/0")
        one.wait_new_run(former)
        at = one.worker("calm/0")["sample_at"]
        one.wait_for(lambda at=at: one.worker("calm/0")["sample_at"] > at,
                     "it is measured again")
    one.stop()


def test_a_new_run_is_measured_as_such(instance):
    one = instance(CONFIG).start()
    one.wait_for(lambda: one.worker("busy/0")["cpu_s"], "CPU time is seen")
    former = one.kill("busy/0")
    assert one.wait_new_run(former)["run"] > former["run"]
    # Never the numbers of the run before.
    seen = one.wait_for(lambda: one.worker("busy/0")["sample_at"]
                        and one.worker("busy/0"), "the new run is measured")
    assert seen["sample_at"] >= seen["started_at"]
    assert seen["cpu_s"] <= seen["uptime_s"] + 0.2
    one.stop()


def test_samples_reach_the_history(instance):
    one = instance(CONFIG).start()
    rows = one.wait_history(
        "select * from samples where worker = 'calm/1'", count=2)
    # One in ten seconds, however often it is measured.
    assert 5 < rows[1]["at"] - rows[0]["at"] < 30
    worker = one.worker("calm/1")
    assert rows[0]["run"] == worker["run"]
    assert rows[0]["rss_bytes"] > 0
    assert rows[0]["threads"] == 1
    assert one.history("select * from samples where worker like 'reeve-%'") \
        == []
    one.stop()
