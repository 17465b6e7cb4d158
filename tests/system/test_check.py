"""`reeve check` tells all that is wrong with a config, each at its place."""

import json
import os
import pathlib
import re
import resource
import shutil
import subprocess

import pytest

from conftest import BUILD, run_reeve

SOURCE = pathlib.Path(__file__).resolve().parents[2]
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@pytest.fixture
def check(scratch):
    """check(text) checks a config: its exit code and its mistakes as
    (line, column, text), after a look at each shown line and caret."""
    def run(text, file="shop.yaml", **options):
        path = scratch.path / file
        if isinstance(text, str):
            text = text.encode()
        path.write_bytes(text)
        result = run_reeve(scratch.environment, scratch.path,
                           ["check", file], options)
        return result.code, mistakes_of(result, scratch.path)
    return run


def mistakes_of(result, folder):
    """The mistakes that a loader told, with the shown lines looked at."""
    found = []
    lines = result.err.splitlines()
    assert len(lines) % 3 == 0, result.err
    for place, shown, caret in zip(lines[::3], lines[1::3], lines[2::3]):
        match = re.fullmatch(r"([^:]+):(\d+):(\d+): error: (.*)", place)
        assert match, place
        file, line, column, text = match.groups()
        source = (folder / file).read_text(errors="surrogateescape")
        source = (source.split("\n") + [""])[int(line) - 1].split("\0")[0]
        assert shown == source
        assert caret.strip() == "^"
        assert len(caret) == min(int(column), len(source) + 1)
        found.append((int(line), int(column), text))
    return found


POOL = "pools: {web: {command: a}}\n"


def test_a_sound_config(reeve, scratch):
    file = scratch.path / "shop.yaml"
    file.write_text("pools:\n  a: {command: x}\n  b: {command: x, workers: 4}")
    result = reeve("check", "shop.yaml")
    assert (result.code, result.err) == (0, "")
    assert result.out == "shop.yaml: ok: 2 pools, 5 workers\n"
    printed = reeve("check", "--print", "shop.yaml").json()
    assert printed["instance"] == "shop"
    assert printed["file"] == str(file)
    assert printed["sample_interval"] == "1s"
    assert list(printed["pools"]) == ["a", "b"]
    pool = printed["pools"]["b"]
    assert pool["workers"]["min"] == 4
    assert pool["restart"]["limit"] == "5 in 60s"
    assert pool["stop"] == {"signal": "TERM", "timeout": "10s"}


def test_twelve_mistakes_with_their_places(check):
    code, mistakes = check("""\
instance: 7up
sample_intervall: 2s
queues: {frames: {capacity: 64}}
pools:
  web:
    command: serve 'all
    workers: four
    after: [dbb]
    restart: {limit: 9 in 1s, then: explode}
  db:
    command: serve
    stop: {timeout: 5}
    affinity: {cpus: "0-1023"}
    workers: 2
    workers: 3
    ready: tomorrow
""")
    assert code == 1
    expected = [
        (1, 11, "'7up' is no name; write a letter"),
        (2, 1, "unknown key 'sample_intervall'; did you mean "
               "'sample_interval'?"),
        (3, 1, "'queues' is not built yet in this version"),
        (6, 20, "the quote ' is not closed;"),
        (7, 14, "'four' is no number of workers;"),
        (8, 13, "there is no pool 'dbb'; did you mean 'db'?"),
        (9, 22, "the limit of 9 crashes in 1s can never trip"),
        (9, 37, "'explode' is not known here; write cooldown"),
        (12, 21, "'5' is no duration; write a number with a unit"),
        (13, 22, "CPU "),
        (15, 5, "the key 'workers' is given twice, first in line 14;"),
        (16, 12, "'tomorrow' is not known here; write started"),
    ]
    assert [m[:2] for m in mistakes] == [e[:2] for e in expected]
    for mistake, wanted in zip(mistakes, expected):
        assert mistake[2].startswith(wanted[2])


@pytest.mark.parametrize("text, line, column, told", [
    ("pools: {web: {comand: a}}", 1, 15, "did you mean 'command'?"),
    ("pools: {web: {command: a, timeout: 5s}}", 1, 27,
     "did you mean 'start: {timeout: …}'?"),
    ("command: a\n" + POOL, 1, 1, "'command' is a key of a pool"),
    ("pools: {web: {command: a, instance: b}}", 1, 27,
     "'instance' is a key of the file"),
    ("pools: {web: {command: a, zzzz: 1}}", 1, 27,
     "unknown key 'zzzz'; known here are kind, command, workers"),
    ("pools: {web: {command: a, stop: {tiemout: 5s}}}", 1, 34,
     "did you mean 'timeout'?"),
    ("pools: {web: {command: a, watch: {memory: {for: 5s}}}}", 1, 49,
     "'watch.memory.for' has no effect without 'watch.memory.over'"),
    ("pools: {web: {command: a, watch: {memory: 5M}}}", 1, 43,
     "'watch.memory' is a section; write keys in it: over, for, action"),
    ("pools: {web: {command: a, watch: {cpu: {over: much}}}}", 1, 47,
     "'much' is no share of a CPU; write percent of one CPU"),
    ("pools: {web: {command: a, watch: {memori: {over: 1}}}}", 1, 35,
     "did you mean 'memory'?"),
    ("pools: {web: {command: a, watch: {zombies: {over: -1}}}}", 1, 51,
     "'-1' is no number from 0 to"),
    ("pools: {web: {command: a, kind: jobs}}", 1, 33, "is not built yet"),
    ("pools: {web: {command: a, workers: {min: 1, max: 2}}}", 1, 50,
     "has no connections to scale by"),
    ("pools: {web: {command: a, affinity: {mode: all, memory: bind}}}", 1, 57,
     "'memory' has no effect without mode numa"),
    ("pools: {web: {command: a, workers: 2000, affinity: "
     "{mode: exclusive}}}", 1, 59, "with CPUs of their own are too many"),
    ("pools: {web: {command: a, log: {format: xml}}}", 1, 41,
     "'xml' is not known here; write raw"),
    ("pools: {web: {command: a, log: {compress: xz}}}", 1, 43,
     "'xz' is"),
    ("pools: {web: {}}", 1, 9, "the pool 'web' has no command;"),
    ("pools: {web: }", 1, 9, "the pool 'web' has no command;"),
    ("pools: {web: a}", 1, 14, "'web' is a section"),
    ("pools: {web: {command: }}", 1, 15, "'command' has no value"),
    ("pools: {web: {command: ''}}", 1, 24, "the command is empty"),
    ("pools: {web: {command: []}}", 1, 24, "the command is empty"),
    ("pools: {web: {command: [a, [b]]}}", 1, 28, "takes one value"),
    ("pools: {web: {command: a | b}}", 1, 26, "'|' is for a shell"),
    ("pools: {web: {command: \"a\\0b\"}}", 1, 24, "holds a NUL character"),
    ("pools: {9a: {command: a}}", 1, 9, "'9a' is no name"),
    ("pools: {all: {command: a}}", 1, 9, "'all' is no name"),
    ("pools: {reeve-x: {command: a}}", 1, 9, "'reeve-x' is a name for helpers"),
    ("pools: {web: {command: a}, web: {command: b}}", 1, 28,
     "the key 'web' is given twice, first in line 1;"),
    ("pools: {web: {command: a, after: web}}", 1, 34,
     "web waits for web itself"),
    ("pools: {a: {command: x, after: b}, b: {command: x, after: [a]}}", 1, 60,
     "a waits for b, which waits for a"),
    ("pools: {web: {command: a, workers: -1}}", 1, 36, "'-1' is no number"),
    ("pools: {web: {command: a, workers: 1.5}}", 1, 36, "is no number"),
    ("pools: {web: {command: a, workers: 70000}}", 1, 36, "0 to 65535"),
    ("pools: {web: {command: a, stop: {timeout: 0s}}}", 1, 43,
     "'0s' is too short; write one from 1ms to 1d"),
    ("pools: {web: {command: a, stop: {signal: BOOM}}}", 1, 42,
     "'BOOM' is no signal"),
    ("pools: {web: {command: a, log: {max_size: 5 apples}}}", 1, 43,
     "'5 apples' is no size"),
    ("pools: {web: {command: a, restart: {factor: 0.5}}}", 1, 45,
     "is no factor from 1 to 100"),
    ("pools: {web: {command: a, restart: {jitter: 10}}}", 1, 45,
     "'10' is no percentage"),
    ("pools: {web: {command: a, restart: {success: [0, 256]}}}", 1, 50,
     "'256' is neither an exit code nor a signal"),
    ("pools: {web: {command: a, restart: {limit: 5}}}", 1, 44,
     "'5' is no limit; write crashes and a time, such as 5 in 60s, or none"),
    ("pools: {web: {command: a, restart: {limit: 10 in 5s}}}", 1, 44,
     "the limit of 10 crashes in 5s can never trip"),
    ("pools: {web: {command: a, restart: {delay_min: 30s}}}", 1, 48,
     "the limit of 5 crashes in 1m can never trip"),
    ("pools: {web: {command: a, restart: {delay_max: 50ms}}}", 1, 48,
     "delay_max, is shorter than delay_min"),
    ("pools: {web: {command: a, restart: always}}", 1, 36,
     "'restart' is a section; write keys in it: policy"),
    ("pools: {web: {command: a, affinity: {cpus: none}}}", 1, 44,
     "'none' is no list of CPUs"),
    ("pools: {web: {command: a, affinity: {cpus: 1000}}}", 1, 44,
     "CPU 1000 does not exist; this machine has 0"),
    ("pools: {web: {command: a, affinity: {mode: none, cpus: 0}}}", 1, 56,
     "'cpus' has no effect with mode none"),
    ("pools: {web: {command: a, user: no-such-user}}", 1, 33,
     "there is no user 'no-such-user'"),
    ("pools: {web: {command: a, environment: {REEVE_RUN: 1}}}", 1, 41,
     "'REEVE_RUN' is set by reeve itself"),
    ("pools: {web: {command: a, environment: {A: [1]}}}", 1, 44,
     "the value of 'A' is a text"),
    ("pools: {web: {command: a, environment: [A=1]}}", 1, 40,
     "'environment' is a section of names and values"),
    ("pools: {web: {command: 'a ${NOPE_NOT_SET}'}}", 1, 27,
     "the variable 'NOPE_NOT_SET' is not set"),
    ("pools: {web: {command: 'a ${X:-1}'}}", 1, 27,
     "write '$${' for the characters themselves"),
    ("pools: {web: {<<: {a: b}, command: a}}", 1, 15, "unknown key '<<'"),
    ("pools: {web: {command: *x}}", 1, 24, "there is no anchor 'x' above"),
    ("runtime_dir: ''\n" + POOL, 1, 14, "is no absolute path"),
    ("sample_interval: 1ms\n" + POOL, 1, 18, "too short"),
    ("history: {runs: 5s}\n" + POOL, 1, 17,
     "'5s' is too short; write one from 1m to 100y, or none"),
    ("history: {max_size: 1M}\n" + POOL, 1, 21,
     "'1M' is too small; write one from 4M to 1024T, or none"),
    ("history: {max_size: big}\n" + POOL, 1, 21, "or 2G, or none"),
    ("history: {years: 5y}\n" + POOL, 1, 11,
     "unknown key 'years'; known here are events, runs, samples"),
    ("history: 90d\n" + POOL, 1, 10, "'history' is a section; write keys"),
    ("defaults: {stop: {timeout: 5}}\n" + POOL, 1, 28, "is no duration"),
    ("defaults: {stpo: {timeout: 5s}}\n" + POOL, 1, 12,
     "did you mean 'stop'?"),
    ("{[a]: b, pools: {web: {command: a}}}", 1, 2, "a key is a text"),
    ("- a\n- b\n", 1, 1, "a config is keys with values"),
    ("pools: {}", 1, 8, "there are no pools"),
    ("instance: a\n", 1, 1, "there are no pools"),
    ("", 1, 1, "there are no pools"),
    (POOL + "---\n" + POOL, 3, 1, "a second document begins here"),
])
def test_a_mistake(check, text, line, column, told):
    code, mistakes = check(text)
    assert code == 1
    assert [(m[0], m[1]) for m in mistakes] == [(line, column)], mistakes
    assert told in mistakes[0][2]
    assert ";" in mistakes[0][2], "it says what would be right"


@pytest.mark.parametrize("text, line, column, told", [
    ("pools:\n\t- a\n", 2, 1, "indent with spaces"),
    ("pools: {web: {command: [a, b}}\n", 1, 29, ""),
    ("pools: \"a\n", 1, 8, "close it with the quote"),
    ("pools:\n  a: {\n    b: [c\nd: e\n", 3, 8, "close it with ]"),
    ("a: b: c\n", 1, 5, "in quotes"),
    ("a: 1\n  b: 2\n", 1, 4, "look at the indentation"),
    ("pools: {web: {command: ${A}}}\n", 1, 25, "in quotes"),
    (b"a: b\npools: \xff\n", 2, 8, "save the file as UTF-8"),
    (b"a: \x00\n", 1, 4, "no text in UTF-8"),
    (b"a: \xed\xa0\x80\n", 1, 4, "no text in UTF-8"),
    ("\n".join(" " * i + "a:" for i in range(30)), 25, 25, "nested too deeply"),
])
def test_what_is_no_yaml_is_told_once(check, text, line, column, told):
    code, mistakes = check(text)
    assert code == 1
    assert len(mistakes) == 1
    assert mistakes[0][:2] == (line, column), mistakes
    assert told in mistakes[0][2]


def test_long_lines_and_tabs_keep_their_caret(scratch, reeve):
    (scratch.path / "a.yaml").write_text(
        "pools: {web: {command: '" + "x" * 5000 + "', zzzz: 1}}\n"
        "colour:\tblue\nsample_interval:\t\t5\n")
    told = reeve("check", "a.yaml").err.splitlines()
    assert told[0].startswith("a.yaml:1:5028: error: unknown key 'zzzz'")
    assert len(told[1]) < 200
    assert told[1][told[2].index("^"):].startswith("zzzz")
    assert told[-2:] == ["sample_interval:\t\t5",
                         " " * 16 + "\t\t^"]


def test_files_that_cannot_be_read(reeve, scratch):
    large = scratch.path / "large.yaml"
    large.write_text("#" * (512 * 1024 + 1))
    for file, reason in [("none.yaml", "No such file or directory"),
                         (".", "Is a directory"),
                         ("large.yaml", "at most 512 KiB")]:
        result = reeve("check", file)
        assert result.code == 1
        assert result.err.startswith(f"reeve: cannot read {file}: ")
        assert reason in result.err
        assert result.err.count("\n") == 1


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"),
                    reason="needs root and setpriv")
def test_what_an_ordinary_user_may_not(scratch):
    scratch.path.chmod(0o755)
    file = scratch.path / "a.yaml"
    file.write_text("pools: {web: {command: a, user: root},"
                    " own: {command: a, user: 65534}}")

    def ask():
        return subprocess.run([*NOBODY, BUILD / "reeve-loader", file],
                              capture_output=True, text=True, check=False)
    told = ask()
    assert told.returncode == 1
    assert "reeve may not become 'root', as it runs as nobody" in told.stderr
    assert told.stderr.count("error:") == 1
    file.chmod(0o600)
    assert "Permission denied" in ask().stderr


def test_more_workers_than_open_files_allow(scratch):
    file = scratch.path / "a.yaml"
    file.write_text("pools:\n  web: {command: a, workers: 200}\n"
                    "  db: {command: a, workers: 79}\n")

    def ask(limit):
        return subprocess.run(
            [BUILD / "reeve-loader", file], capture_output=True, text=True,
            check=False, preexec_fn=lambda: resource.setrlimit(
                resource.RLIMIT_NOFILE, (limit, limit)))
    assert ask(1165).returncode == 0
    told = ask(1164)
    assert told.returncode == 1
    assert f"{file}:2:30: error: 279 workers in all are too many; reeve may " \
        "have 1164 files open here, which is enough for 278 workers" \
        in told.stderr


def test_includes(scratch, reeve):
    folder = scratch.path / "pools.d"
    folder.mkdir()
    (folder / "b.yaml").write_text("pools: {b: {command: x, after: a}}\n")
    (folder / "a.yaml").write_text(
        "include: ../more.yaml\npools: {a: {command: x, directory: data}}\n")
    (scratch.path / "more.yaml").write_text("pools: {c: {command: x}}\n")
    (scratch.path / "shop.yaml").write_text(
        "include: [pools.d/*.yaml, none.d/*.yaml]\n"
        "defaults: {workers: 3}\n")
    printed = reeve("check", "--print", "shop.yaml").json()
    assert sorted(printed["pools"]) == ["a", "b", "c"]
    assert list(printed["pools"]).index("a") < list(printed["pools"]).index("b")
    assert {pool["workers"]["min"] for pool in printed["pools"].values()} == {3}
    assert printed["pools"]["a"]["directory"] == str(folder / "data")


def test_mistakes_in_included_files(scratch, reeve):
    (scratch.path / "shop.yaml").write_text(
        "include: [a.yaml, nope.yaml, a.yaml]\npools: {web: {command: x}}\n")
    (scratch.path / "a.yaml").write_text(
        "include: shop.yaml\npools: {web: {command: y}, db: {comand: x}}\n"
        "sample_interval: 5\n")
    result = reeve("check", "shop.yaml")
    assert result.code == 1
    found = [(file, int(line), int(column)) for file, line, column in
             re.findall(r"^(\S+):(\d+):(\d+): error: ", result.err, re.M)]
    assert found == [("shop.yaml", 1, 19), ("shop.yaml", 1, 30),
                     ("a.yaml", 1, 10), ("a.yaml", 2, 9), ("a.yaml", 2, 33),
                     ("a.yaml", 3, 18)]
    for told in ["cannot read nope.yaml: No such file", "is included twice",
                 "includes itself", "'web' is given twice, first in shop.yaml "
                 "line 2", "did you mean 'command'"]:
        assert told in result.err


def test_an_included_file_that_is_no_yaml(scratch, reeve):
    (scratch.path / "shop.yaml").write_text("include: a.yaml\nbad: 1\n" + POOL)
    (scratch.path / "a.yaml").write_text("pools: {\n")
    result = reeve("check", "shop.yaml")
    assert result.code == 1
    assert result.err.startswith("a.yaml:")
    assert result.err.count("error:") == 1


def test_text_is_filled_in_and_split(scratch, reeve):
    (scratch.path / "shop.yaml").write_text(
        "pools:\n"
        "  web:\n"
        "    command: run ${BLANKS} '$${HOME} ${BLANKS}' {index}\n"
        "    environment: {A: \"${BLANKS}\", B: \"$X $$ {y}\", C: }\n"
        "    workers: ${COUNT}\n")
    printed = reeve("check", "--print", "shop.yaml",
                    env={"BLANKS": "a b", "COUNT": "3"}).json()
    pool = printed["pools"]["web"]
    assert pool["command"] == ["run", "a b", "${HOME} a b", "{index}"]
    assert pool["environment"] == {"A": "a b", "B": "$X $$ {y}", "C": ""}
    assert pool["workers"]["min"] == 3


def test_aliases_stand_for_their_anchors(scratch, reeve):
    (scratch.path / "shop.yaml").write_text(
        "pools:\n  a: {command: x, restart: &slow {delay: 1s}}\n"
        "  b: {command: x, restart: *slow}\n")
    printed = reeve("check", "--print", "shop.yaml").json()
    assert printed["pools"]["b"]["restart"]["delay"] == "1s"


def test_the_schema_knows_the_keys_of_the_examples():
    schema = json.loads((BUILD / "docs/reeve.schema.json").read_text())
    pool = schema["definitions"]["pool"]["properties"]
    assert pool["restart"]["properties"]["limit"]["default"] == "5 in 60s"
    watch = pool["watch"]["properties"]["memory"]["properties"]
    assert watch["for"]["default"] == "10s"
    jsonschema = pytest.importorskip("jsonschema")
    yaml = pytest.importorskip("yaml")
    for file in [*SOURCE.glob("examples/*.yaml")]:
        jsonschema.validate(yaml.safe_load(file.read_text()), schema)


def keys_of(section, path=""):
    """The keys of a section and of those in it, as the manual names them."""
    for key, value in section.items():
        yield path + key
        if isinstance(value, dict):
            yield from keys_of(value, path + key + ".")
        elif isinstance(value, list):
            for item in value:
                yield from keys_of(item if isinstance(item, dict) else {})


@pytest.mark.skipif(os.geteuid() != 0, reason="`user` and the like take root")
def test_the_examples_of_the_manual_are_sound_and_have_every_key(check):
    yaml = pytest.importorskip("yaml")
    page = (BUILD / "docs/reeve.yaml.5").read_text()
    shown = {"workers.min"}  # also written as `workers: 2`
    for example in re.findall(r"\n\.Bd [^\n]*\n(.*?)\.Ed", page, re.S):
        assert check(example) == (0, []), example
        config = yaml.safe_load(example)
        for pool in config.pop("pools").values():
            shown |= set(keys_of(pool))
        shown |= set(keys_of(config)) | {"pools"}
    assert set(re.findall(r"^\.It Cm (\S+)$", page, re.M)) - shown == set()


def test_the_examples_are_sound(reeve):
    files = sorted(SOURCE.glob("examples/*.yaml"))
    assert files
    for file in files:
        result = reeve("check", file)
        assert result.code == 0, result.err
