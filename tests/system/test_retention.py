"""The history forgets what is old or too much, while it is written."""

import sqlite3
import sys

# Prints 20 KB and crashes.
CRASHER = [sys.executable, "-S", "-c",
           "import os; os.write(1, b'x' * 20000 + b'\\nerror: enough\\n');"
           " os._exit(3)"]
POOL = {"command": CRASHER, "workers": 4,
        "restart": {"delay_min": "1ms", "delay_max": "1ms", "limit": "none"}}


def test_a_history_grows_no_further_than_it_may(instance):
    made = instance({"history": {"max_size": "4M"},
                     "pools": {"web": POOL}}).start()
    told = made.wait_history(
        "SELECT detail ->> 'text' AS text FROM events WHERE event = 'warning'"
        " AND detail LIKE '%max_size%'")
    assert "reached its max_size of 4M" in told[0]["text"]
    last = made.history("SELECT max(run) AS run FROM runs")[0]["run"]
    made.wait_history("SELECT 1 FROM runs WHERE run > ?", last + 300)
    made.stop()
    # What is new is there, what is old went.
    tail, = made.history("SELECT tail FROM crashes ORDER BY run DESC LIMIT 1")
    assert tail["tail"].endswith("error: enough\n")
    assert made.history("SELECT min(run) AS run FROM runs")[0]["run"] > 10
    assert made.history("PRAGMA integrity_check") == [
        {"integrity_check": "ok"}]


def test_a_reload_makes_it_forget_at_once(instance, scratch):
    config = {"history": {"events": "none"},
              "pools": {"web": {"command": "sleep 1000"}}}
    made = instance(config).start()
    made.wait_history("SELECT 1 FROM runs")
    made.stop()
    base = sqlite3.connect(scratch.history)
    base.execute("INSERT INTO event (at, kind, detail) VALUES (1000000, 15,"
                 " '{}')")
    base.commit()
    base.close()
    made.start()
    made.wait_history("SELECT 1 FROM runs", count=2)
    assert made.history("SELECT event FROM events WHERE at = 1")
    config["history"]["events"] = "90d"
    made.write(config)
    assert made.run("reload").code == 0
    made.wait_for(lambda: not made.history("SELECT 1 FROM events WHERE at = 1"),
                  "the old event is forgotten")
    made.stop()
    assert len(made.history("SELECT * FROM runs")) == 2
