"""Every input ends in an answer or in a designed error: every command on every program of the pages."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from cgraph_cli.cli import COMMANDS
from cgraph_cli.core.primitives import PRIMITIVES, Primitive
from cgraph_cli.symbolic.program import parse
from tests.command import run_here
from tests.conftest import EXAMPLES, ROOT, SCALAR_EXAMPLES, heavy, shorten

BUGS = ("cgraph itself failed", "Traceback")

GIVEN = {"compare": ["{program}", "{program}"], "functions": ["sin"], "examples": ["olah"]}
"""The arguments of the commands that do not take one program."""

NEWTON = "y = x^2 - 2; n = x - y/grad(y, x)"


def readme_programs() -> list[str]:
    """List the programs on the command lines of the README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = {NEWTON, *re.findall(r'^\$ cgraph \w+ "([^"]*=[^"]*)"', text, re.MULTILINE)}
    found = {program for program in found if "sqtr" not in program}  # which shows an error
    assert len(found) >= 5
    return sorted(found)


def call_of(primitive: Primitive) -> str:
    """Write a program that applies a primitive to inputs."""
    names = ["a", "b", "c", "d", "k"][: len(primitive.parameters)]
    if primitive.notation == "call":
        return f"y = {primitive.name}({', '.join(names)})"
    if len(names) == 1:
        return f"y = {'-' if primitive.name == 'neg' else 'not ' if primitive.name == 'not' else ''}{names[0]}"
    return f"y = {names[0]} {primitive.name} {names[1]}"


def commands_on(program: str) -> list[list[str]]:
    """List the command lines of every command on a program, with numbers for its inputs."""
    graph = parse(program)
    inputs = [graph.names[node] or "" for node in graph.inputs()]
    settings = [f"--set={name}={0.5 + 0.25 * at}" for at, name in enumerate(inputs)]
    ranged = [f"--over={inputs[0]}=0.25:0.75:3n"] if inputs else []
    lines = []
    for command in COMMANDS:
        if command == "repl":
            continue
        line = [command, *(word.format(program=program) for word in GIVEN.get(command, ["{program}"]))]
        if command in ("plot", "sweep"):
            line += [*ranged, *settings[1:]]
        elif command == "emit":
            line = ["emit", "python", program]
        elif command not in GIVEN and command != "diff":
            line += settings
        lines.append(line)
    return lines


def drive(program: str) -> None:
    lines = commands_on(program)
    for line in lines:
        done = run_here(line)
        assert done.returncode in (0, 1, 2, 3), (line, done.stderr)
        assert not any(bug in done.stderr for bug in BUGS), (line, done.stderr)
        assert done.returncode != 2 or done.stderr.startswith("error: "), (line, done.stderr)
    words = [":" + shlex.join([line[0], *(word for word in line[1:] if word != program)]) for line in lines]
    done = run_here(["repl", "--color=never"], "\n".join([program, *words, "last = 1", ":list"]) + "\n")
    assert not any(bug in done.stderr for bug in BUGS), done.stderr
    assert "last = 1\n" in done.stdout


@pytest.mark.parametrize("program", readme_programs())
def test_every_command_on_the_programs_of_the_readme(program: str) -> None:
    drive(program)


@pytest.mark.parametrize(
    "file",
    [pytest.param(file, marks=() if file in SCALAR_EXAMPLES[::3] else heavy) for file in EXAMPLES],
    ids=lambda file: file.stem,
)
def test_every_command_on_the_examples(file: Path) -> None:
    drive(shorten(file))


@pytest.mark.parametrize("name", ["logsumexp", "norm", "max", "%", "where", "polygamma", "^"])
def test_every_command_on_functions(name: str) -> None:
    drive(call_of(PRIMITIVES[name]))


@heavy
@pytest.mark.parametrize("name", list(PRIMITIVES))
def test_every_command_on_every_function(name: str) -> None:
    drive(call_of(PRIMITIVES[name]))


@pytest.mark.parametrize("name", [name for name, primitive in PRIMITIVES.items() if primitive.variadic])
def test_explain_of_one_operand(name: str) -> None:
    done = run_here(["explain", f"y = {name}(x)", "--x", "1"])
    assert done.returncode == 0, done.stderr


def test_a_bug_does_not_end_a_session(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("planted")

    monkeypatch.setattr("cgraph_cli.commands.repl.repl.Repl._list", fail)
    done = run_here(["repl"], "a = 3\n:list\nb = 2*a\n")
    assert "cgraph itself failed: ValueError: planted" in done.stderr
    assert "2 * a" in done.stdout
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        (["plot", "x", "--over", "x=-1e308:1e308"], 2, "goes beyond"),
        (["plot", "x + y", "--over", "x=-1e308:1e308", "--over", "y=-1e308:1e308"], 2, "goes beyond"),
        (["plot", "170 + 0*x", "--over", "x=0:1e308"], 2, "goes beyond"),
        (["plot", "170 + 0*x", "--over", "x=0:1e307"], 0, ""),
        (["plot", "sinh(x)*1.7", "--over", "x=-710:710"], 0, ""),
        (["sweep", "x", "--over", f"x=0:1:{'9' * 5000}n"], 2, "more than 10,000,000 points"),
        (["sweep", "x", "--over", "x=1e-308:1e308:*10"], 0, ""),
        (["sweep", "x", "--over", "x=-1e308:-1e-308:*0.1"], 0, ""),
        (["sweep", "x", "--over", "x=-1e308:1e308:*10"], 2, "do not lead"),
        (["eval", "sum(x) + mean(x)", "--x", "[1e308, 1e308, inf, -inf]"], 3, ""),
        (["eval", "n = 8.3542 - 2.8379*3.94678385512e168; log(n)*lgamma(n)"], 3, ""),
    ],
)
def test_numbers_at_the_edge(args: list[str], status: int, said: str) -> None:
    done = run_here(args)
    assert done.returncode == status, done.stderr
    assert said in done.stderr
    assert not any(bug in done.stderr for bug in BUGS)


def test_the_range_of_all_doubles_has_617_points() -> None:
    done = run_here(["sweep", "x", "--over", "x=1e-308:1e308:*10", "-o", "csv"])
    assert len(done.stdout.splitlines()) == 618


@pytest.mark.parametrize("format", ["json", "jsonl", "csv", "tsv", "markdown", "table"])
@pytest.mark.parametrize("wrong", [["--of", "zzz"], ["--wrt", "zzz"]])
def test_a_wrong_request_writes_nothing(format: str, wrong: list[str]) -> None:
    done = run_here(["sweep", "x", "--over", "x=0:1:3n", "-o", format, *wrong])
    assert (done.returncode, done.stdout) == (2, "")
