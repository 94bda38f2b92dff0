"""Any text ends in an answer or in a designed error."""

from __future__ import annotations

import json
import re
import subprocess
import time

import pytest
from hypothesis import strategies as st

from cgraph_cli.core.graph import INPUT
from cgraph_cli.language.parse import parse
from cgraph_cli.render import SHEETS
from tests.command import run_here
from tests.conftest import explore
from tests.programs import VALUES, programs
from tests.whole_language import NUMBERS, whole_programs

NOISE = [
    *"abxθ²³π×·÷−½漢 \t\n\r;#()=+-*/%^<>!&|,._'\"\\$@{}[]:~`?\x00\ufeff\u200b\u2028\udc80",
    "assert ",
    "within ",
    "not ",
]


_OF_ASSERTS = r".*\basserts?\b.* here: `cgraph check` .*"
_OF_UNKNOWN = r"\d+ numbers? (?:is|are) unknown: .*"
"""The notes of `eval` on stderr."""


def command(args: list[str], stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
    """Run the command with bugs as exceptions, and no messages."""
    return run_here(args, stdin, env={"CGRAPH_DEBUG": "1"})


def check(done: subprocess.CompletedProcess[str]) -> None:
    """Check for an answer with its status, or an error in the one form."""
    if done.returncode == 2:
        assert done.stderr.startswith("error: ")
        assert done.stdout == ""
        assert done.stderr.count("\n") < 100
    else:
        assert done.returncode in (0, 3)
        assert re.fullmatch(rf"(?:note: (?:{_OF_ASSERTS}|{_OF_UNKNOWN})\n)*", done.stderr)


def drive(data: st.DataObject, *options: str) -> None:
    text = data.draw(programs())
    graph = parse(text)
    args = ["eval", "-o", data.draw(st.sampled_from(list(SHEETS.formats))), *options]
    args += data.draw(st.sampled_from([[], ["--edges"], ["--named"]]))
    args += ["--mode", data.draw(st.sampled_from(["reverse", "forward"])), f"--digits={data.draw(st.integers(1, 17))}"]
    for node in range(len(graph)):
        if graph.operations[node] == INPUT:
            args.append(f"--set={graph.names[node]}={data.draw(VALUES)!r}")
    done = command([*args, "-"], text.encode())
    assert done.returncode in (0, 3)
    check(done)


@explore(100, 2000, st.data())
def test_programs(data: st.DataObject) -> None:
    drive(data, "--arithmetic", "double")


@explore(20, 200, st.data())
def test_programs_in_checked_arithmetic(data: st.DataObject) -> None:
    drive(data)


@explore(
    50,
    500,
    programs(),
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from(["cut", "noise", "copy"]), st.sampled_from(NOISE))),
)
def test_programs_with_mistakes(text: str, mistakes: list[tuple[float, str, str]]) -> None:
    for where, what, noise in mistakes:
        at = int(where * len(text))
        if what == "cut":
            text = text[:at] + text[at + 1 :]
        else:
            text = text[:at] + (noise if what == "noise" else text[at : at + 5]) + text[at:]
    check(command(["eval", "-"], text.encode("utf-8", "surrogatepass")))


@explore(150, 2000, st.one_of(st.binary(), st.text().map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_bytes(data: bytes) -> None:
    check(command(["eval"], data))
    check(command(["eval", "a", "--a", "1", "--inputs", "-"], data))


@explore(
    150,
    2000,
    st.lists(
        st.one_of(st.text(), st.lists(st.sampled_from(NOISE)).map("".join), st.sampled_from(["--a", "1", "a", "-o"]))
    ),
)
def test_arguments(words: list[str]) -> None:
    done = command(["eval", *words])
    if "-h" in words or "--help" in words:
        return
    check(done)


SECONDS = 10
"""The processor's time that no answer to a small program takes more of."""

LINES = {
    "eval": [["-o", "json", "--edges"], ["-o", "csv", "--named"], ["--mode", "both"], ["--precision", "30"], []],
    "check": [["-o", "json"], ["--samples", "3"], ["-o", "junit"]],
    "compare": [[]],
    "graph": [["-o", "dot"], ["-o", "svg"], ["-o", "html"], ["--named"], ["-o", "json"]],
    "explain": [[], ["--named"], ["-o", "json"], ["-o", "latex"]],
    "plot": [["--over", "x=-1:1"], ["--over", "x=0:1e308", "-o", "svg"]],
    "sweep": [["--over", "x=-1:1:5n"], ["--over", "x=0:2:3n", "-o", "json"]],
    "map": [["--hessian"], ["-o", "jsonl"], ["--where-bad", "--on-error", "null"]],
    "repl": [[]],
    "diff": [[], ["--order", "2"], ["-o", "json"]],
    "jacobian": [["-o", "json"], []],
    "hessian": [["-o", "csv"], []],
    "budget": [["--draws", "1000"], ["-o", "json", "--draws", "0"]],
    "taylor": [["--order", "4"]],
    "emit": [["numpy"], ["c"], ["latex"], ["sql"], ["julia"], ["torch"]],
}
"""Options of every command that a program goes through."""


@explore(60, 3000, whole_programs(), st.data())
def test_the_whole_language_through_every_command(program: tuple[str, dict[str, str]], data: st.DataObject) -> None:
    text, given = program
    name = data.draw(st.sampled_from(sorted(LINES)))
    options = data.draw(st.sampled_from(LINES[name]))
    swept = {option.partition("=")[0] for option in options}
    settings = [f"--set={key}={value}" for key, value in given.items() if key not in swept]
    stdin = b""
    if name == "emit":
        args = ["emit", *options, text]
    elif name == "map":
        rows = "\n".join([",".join(["x", "label"]), "0.5,a", "-1,", "0,b", data.draw(NUMBERS) + ",c"])
        args, stdin = ["map", text, "-", *options, *[each for each in settings if "=x=" not in each]], rows.encode()
    elif name == "repl":
        args, stdin = (
            ["repl"],
            "\n".join([text, *[f"{key} = {value}" for key, value in given.items()], ":explain"]).encode(),
        )
    elif name == "compare":
        args = ["compare", text, text, *settings, "--samples", "3"]
    else:
        args = [name, text, *options, *([] if name == "diff" else settings)]
    began = time.process_time()
    done = command(args, stdin)
    assert time.process_time() - began < SECONDS, args
    assert done.returncode in (0, 1, 2, 3), args
    if done.returncode == 2 and name != "repl":
        assert "error: " in done.stderr, args
    if "json" in options and done.stdout:
        json.loads(done.stdout, parse_constant=pytest.fail)
