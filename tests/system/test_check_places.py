"""`reeve check --print` tells where the workers of a config will be placed, on
machines of hwloc's making."""

import json
import os
import subprocess

import pytest

from conftest import BUILD


@pytest.mark.parametrize("cpus, order", [
    (None, "0 2 4 6 1 3 5 7".split()),
    ("2-5", "2 4 3 5".split()),
])
def test_spread_takes_cores_first(scratch, reeve, cpus, order):
    affinity = {"mode": "spread"} | ({"cpus": cpus} if cpus else {})
    (scratch.path / "shop.yaml").write_text(json.dumps({"pools": {
        "a": {"command": "x", "workers": "cpus", "affinity": affinity}}}))
    printed = reeve("check", "--print", "shop.yaml",
                    env={"HWLOC_SYNTHETIC": "pack:2 core:2 pu:2"}).json()
    assert printed["placement"]["a"] == order
    assert printed["pools"]["a"]["workers"]["min"] == len(order)


@pytest.mark.parametrize("mode, machine, places", [
    ("spread", "numa:2 core:2 pu:2", "0 4 2 6 1 5 3 7"),
    ("pack", "numa:2 core:2 pu:2", "0 1 2 3 4 5 6 7"),
    ("numa", "numa:2 core:2 pu:2", "0-3 4-7"),
    ("exclusive", "numa:2 core:2 pu:2", "0 4 2 6 1 5 3 7"),
])
def test_modes_on_a_machine_with_nodes(scratch, reeve, mode, machine, places):
    (scratch.path / "shop.yaml").write_text(json.dumps({"pools": {
        "a": {"command": "x", "workers": "cpus",
              "affinity": {"mode": mode}}}}))
    printed = reeve("check", "--print", "shop.yaml",
                    env={"HWLOC_SYNTHETIC": machine}).json()
    assert printed["placement"]["a"] == places.split()
    assert printed["pools"]["a"]["workers"]["min"] == 8


def test_pools_share_what_exclusive_ones_leave(scratch, reeve):
    (scratch.path / "shop.yaml").write_text(json.dumps({"pools": {
        "own": {"command": "x", "workers": 2,
                "affinity": {"mode": "exclusive", "cpus": "4-7"}},
        "one": {"command": "x", "affinity": {"mode": "exclusive"}},
        "a": {"command": "x", "affinity": {"mode": "spread"}},
        "b": {"command": "x", "affinity": {"mode": "spread"}},
        "listed": {"command": "x", "affinity": {"cpus": "0,1"}},
        "free": {"command": "x", "workers": "cpus"}}}))
    printed = reeve("check", "--print", "shop.yaml",
                    env={"HWLOC_SYNTHETIC": "numa:2 core:2 pu:2"}).json()
    placement = printed["placement"]
    assert placement["own"] == ["4-5", "6-7"]
    assert placement["one"] == ["2"]
    assert placement["a"] == ["0"]
    assert placement["b"] == ["3"]
    assert placement["listed"] == ["0-1"]
    assert placement["free"] == ["0-1,3"] * 1
    assert printed["pools"]["free"]["workers"]["min"] == 3


def test_exclusive_pools_leave_no_cpu(scratch, reeve):
    (scratch.path / "shop.yaml").write_text(
        "pools:\n"
        "  own: {command: x, workers: cpus, affinity: {mode: exclusive}}\n"
        "  free: {command: x}\n")
    told = reeve("check", "shop.yaml")
    assert told.code == 1
    assert "shop.yaml:3:3: error: no CPU is left for 'free'" in told.err


def test_cpus_that_reeve_may_not_use(scratch):
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        pytest.skip("needs two CPUs")
    file = scratch.path / "a.yaml"
    file.write_text("pools: {a: {command: x, affinity: "
                    f"{{cpus: {usable[1]}}}, workers: cpus}}}}")
    told = subprocess.run(
        [BUILD / "reeve-loader", file], capture_output=True, text=True,
        check=False,
        preexec_fn=lambda: os.sched_setaffinity(0, {usable[0]}))
    assert told.returncode == 1
    assert f"reeve may not use CPU {usable[1]}; it may use {usable[0]}" \
        in told.stderr
