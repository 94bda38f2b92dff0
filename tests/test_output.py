"""`-o` and the table of formats: one meaning in every command, and one line and one module a format."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import click
import pytest

from cgraph_cli import cli, commands
from cgraph_cli.__main__ import run
from cgraph_cli.commands.emit import CODE
from cgraph_cli.commands.shared import whole_file
from cgraph_cli.commands.shared.destination import Destination, destination
from cgraph_cli.core.errors import CgraphError
from cgraph_cli.render import (
    BUDGETS,
    CHARTS,
    DERIVATIONS,
    DERIVATIVES,
    EXAMPLES,
    FORMATS,
    FUNCTIONS,
    GRAPHS,
    OUTCOMES,
    SHEETS,
    TABLES,
    Formats,
)
from tests.conftest import ROOT, Run, find_files
from tests.needs import need_library, posix

PROGRAM = "y = x*a"
POINT = ["--x", "2", "--a", "3"]
WORDS = {
    "eval": [PROGRAM, *POINT],
    "check": [PROGRAM, *POINT],
    "compare": [PROGRAM, "y = a*x"],
    "graph": [PROGRAM, *POINT],
    "explain": [PROGRAM, *POINT],
    "plot": [PROGRAM, "--over", "x=0:1:5n", "--over", "a=0:1:5n"],
    "sweep": [PROGRAM, "--a", "3", "--over", "x=0:1:3n"],
    "map": [PROGRAM, str(ROOT / "tests" / "tables" / "points.csv")],
    "diff": [PROGRAM],
    "jacobian": [PROGRAM, *POINT],
    "hessian": [PROGRAM, *POINT],
    "budget": [PROGRAM, "--x", "2 ± 0.1", "--a", "3"],
    "taylor": [PROGRAM, *POINT, "--wrt", "x"],
    "emit": [PROGRAM],
    "functions": [],
    "examples": ["olah"],
}
"""For each command, words that make it write a result."""

KINDS = {
    "budget": BUDGETS, "check": OUTCOMES, "compare": OUTCOMES, "graph": GRAPHS, "explain": DERIVATIONS, "plot": CHARTS,
    "map": TABLES, "diff": DERIVATIVES, "emit": CODE, "functions": FUNCTIONS, "examples": EXAMPLES,
}  # fmt: skip
"""The formats of each command; the others write sheets."""

SESSIONS = {"repl"}
"""Commands with an interactive result, which has no file; `:save` writes the program."""

NAMES = [name for name in cli.COMMANDS if name not in SESSIONS]
ALL = [(name, format) for name in NAMES for format in KINDS.get(name, SHEETS).formats]
WITH_ENDING = [(name, format, ending) for name in NAMES for ending, format in KINDS.get(name, SHEETS).endings().items()]
PICTURES = {"svg": "igraph", "png": "resvg_py", "html": "igraph"}


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Make an empty folder, and an ordinary terminal."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "LANG", "LC_CTYPE", "CGRAPH_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)


def need(command: str, format: str) -> None:
    """Skip a test whose library is not installed."""
    if command in ("graph", "plot") and format in PICTURES:
        need_library(PICTURES[format])
    if command == "plot" and format in ("svg", "png"):
        need_library("contourpy")
    if command == "map" and TABLES.formats[format].is_binary:
        need_library("polars")


def test_every_command_with_a_result_is_tested_here() -> None:
    assert list(WORDS) == [name for name in cli.COMMANDS if name not in SESSIONS]


def command(name: str) -> click.Command:
    """Import a command by name."""
    found = cli.cli.get_command(click.Context(cli.cli), name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", NAMES)
def test_o_is_declared_in_every_command(name: str) -> None:
    (option,) = [parameter for parameter in command(name).params if "-o" in parameter.opts]
    assert (option.opts, getattr(option, "metavar", "")) == (["-o", "--output"], "WHAT")


@pytest.mark.parametrize(("name", "format", "ending"), WITH_ENDING)
def test_o_writes_a_file_in_the_format_of_its_ending(
    name: str, format: str, ending: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    need(name, format)
    file = Path(f"out{ending}")
    assert run([name, *WORDS[name], "-o", str(file)]) == 0
    assert capfdbinary.readouterr().out == b""
    assert [path.name for path in Path.cwd().iterdir()] == [file.name]
    assert run([name, *WORDS[name], "-o", format]) == 0
    assert without_times(file.read_bytes()) == without_times(capfdbinary.readouterr().out)


def without_times(text: bytes) -> bytes:
    """Drop from a JUnit file its times, which differ from run to run; any other text stays as it is."""
    return re.sub(rb' time="[0-9.]*"', b"", text)


@pytest.mark.parametrize(("name", "format"), ALL)
def test_a_file_with_another_ending_has_the_format_that_is_named(
    name: str, format: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    need(name, format)
    words = [format, *WORDS[name]] if name == "emit" else [*WORDS[name], "--format", format]
    assert run([name, *words, "-o", "result.bin"]) == 0
    assert run([name, *words]) == 0
    assert without_times(Path("result.bin").read_bytes()) == without_times(capfdbinary.readouterr().out) != b""


@pytest.mark.parametrize("name", NAMES)
def test_a_format_that_a_command_lacks_is_an_error_that_names_those_that_it_has(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    formats = KINDS.get(name, SHEETS)
    near = formats.default[:-1] + "x"
    ending = next(iter(formats.endings())) + "x"
    for given, hint in ((near, formats.default), (f"result{ending}", ending[:-1])):
        assert run([name, *WORDS[name], "-o", given]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert re.match(rf"error: .*`{re.escape(given)}` names no format|error: `-o {re.escape(given)}` names", err), (
            err
        )
        assert f"did you mean `{hint}`?" in err or len(hint) < 3
        assert f"the formats are {', '.join(formats.formats)}\n" in err
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_there_stays_where_the_command_fails(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    ending = next(iter(KINDS.get(name, SHEETS).endings()))
    file = Path(f"kept{ending}")
    file.write_text("before")
    wrong = ["no_such"] if name in ("functions", "examples") else [*WORDS[name], "--of", "no_such"]
    assert run([name, *wrong, "-o", str(file)]) == 2
    assert file.read_text() == "before"
    assert [path.name for path in Path.cwd().iterdir()] == [file.name]


def test_rows_that_are_computed_while_they_are_written_leave_no_half_file(monkeypatch: pytest.MonkeyPatch) -> None:
    file = Path("rows.csv")
    file.write_text("before")

    def fail(*_: object) -> None:
        assert len(list(Path.cwd().iterdir())) == 2  # the new file is begun, beside the old one
        raise CgraphError("stopped")

    from cgraph_cli.render.contents import points

    monkeypatch.setattr(points, "write_number", fail)
    assert run(["sweep", *WORDS["sweep"], "-o", str(file)]) == 2
    assert [(path.name, path.read_text()) for path in Path.cwd().iterdir()] == [("rows.csv", "before")]


def test_get_writes_its_numbers_to_a_file() -> None:
    assert run(["eval", *WORDS["eval"], "--get", "y,x.grad", "-o", "numbers.txt"]) == 0
    assert Path("numbers.txt").read_text() == "6\n3\n"


def test_a_file_has_neither_colour_nor_the_width_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "20")
    assert run(["eval", *WORDS["eval"], "--color", "always", "-o", "table.txt"]) == 0
    text = Path("table.txt").read_text(encoding="utf-8")
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) > 30


def test_a_file_keeps_the_names_of_the_program_in_any_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    for words in (["eval", "y = θ*2", "--θ", "1", "-o", "θ.json"], ["diff", "y = θ^2", "-o", "θ.cg"]):
        assert run(words) == 0
        assert "θ" in Path(words[-1]).read_text(encoding="utf-8")


def test_emit_takes_its_target_from_the_ending_of_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["emit", PROGRAM, "-o", "model.rs"]) == 0
    assert run(["emit", "rust", PROGRAM]) == 0
    assert Path("model.rs").read_text(encoding="utf-8") == capsys.readouterr().out
    assert run(["emit", "torch", PROGRAM, "-o", "model.py"]) == 0
    assert "torch" in Path("model.py").read_text(encoding="utf-8")
    assert run(["emit", "torch", PROGRAM, "-o", "model.rs"]) == 2
    assert "`model.rs` would be rust" in capsys.readouterr().err


def test_a_format_named_twice_is_said_once_or_is_an_error() -> None:
    assert destination(SHEETS, "json", "json").format == "json"
    assert destination(SHEETS, "a.json", "json").file == "a.json"
    for output, format in (("json", "csv"), ("a.json", "csv")):
        with pytest.raises(CgraphError):
            destination(SHEETS, output, format)
    assert destination(SHEETS, "./json", "json").file == "./json"
    assert Destination(SHEETS, "table").is_default


# The table of formats


@pytest.mark.parametrize("formats", FORMATS, ids=lambda formats: formats.folder)
def test_the_modules_of_a_folder_are_its_formats(formats: Formats) -> None:
    modules = find_files(f"cgraph_cli/{formats.folder.replace('.', '/')}/*.py")
    assert {path.stem for path in modules} - {"__init__"} == set(formats.own)
    for name in formats.own:
        assert formats.writer(name).__module__ == f"cgraph_cli.{formats.folder}.{name}"


def test_no_other_module_lists_formats() -> None:
    for path in find_files("cgraph_cli/**/*.py"):
        text = path.read_text(encoding="utf-8")
        if path != ROOT / "cgraph_cli" / "render" / "__init__.py":
            assert not re.search(r"^(FORMATS|ENDINGS)\b", text, re.MULTILINE), path


def test_an_ending_is_text_that_a_file_can_have() -> None:
    for formats in (*FORMATS, CODE):
        assert all(re.fullmatch(r"\.[a-z]+", ending) for ending in formats.endings())
        assert all(formats.endings()[ending] in formats.formats for ending in formats.endings())


# Adding a command


def test_a_command_is_one_module_and_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planted = tmp_path / "planted"
    planted.mkdir()
    (planted / "count.py").write_text(
        '''"""`cgraph count`: how many nodes a program has."""

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.options import echo
from cgraph_cli.commands.shared.problem import Problem
from cgraph_cli.commands.shared.command_words import ProgramCommand, program_options


@click.command(cls=ProgramCommand)
@program_options
def count_command(problem: Problem) -> None:
    """Count the nodes of a program."""
    with terminal.progress_bar() as stage:
        graph, inputs = problem.read(stage)
    echo(f"{len(graph)} nodes, {len(inputs)} of them set")
''',
        encoding="utf-8",
    )
    monkeypatch.setattr(commands, "__path__", [*commands.__path__, str(planted)])
    monkeypatch.setitem(cli.COMMANDS, "count", "Count the nodes of a program.")
    assert run(["count", "c = a + b", "--a", "1"]) == 0
    assert run(["--help"]) == 0
    assert run(["count", "c = a + b", "--z", "1"]) == 2
    out, err = capsys.readouterr()
    assert out.startswith("3 nodes, 1 of them set\n")
    assert re.search(r"^  count +Count the nodes of a program\.$", out, re.MULTILINE)
    assert "the program has no input `z`" in err
    monkeypatch.delitem(sys.modules, "cgraph_cli.commands.count")


@posix
def test_what_a_killed_process_left_is_removed(cgraph: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An old part that nobody writes goes with the next file there; one that is locked, new or another's stays."""
    import fcntl

    monkeypatch.setattr(whole_file, "_swept", set())
    names = [".cgraph-left.part", ".cgraph-open.part", ".cgraph-new.part", ".other.part"]
    for name in names:
        (tmp_path / name).write_text("half", encoding="utf-8")
        if name != ".cgraph-new.part":
            os.utime(tmp_path / name, (0, 0))
    with open(tmp_path / ".cgraph-open.part", "r+b") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        assert cgraph("eval", PROGRAM, *POINT, "-o", "y.csv", cwd=tmp_path).returncode == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([*names[1:], "y.csv"])


@pytest.mark.parametrize("formats", {id(kind): kind for kind in (SHEETS, *KINDS.values())}.values())
def test_no_file_has_another_content_than_its_ending_says(formats: Formats) -> None:
    """Every pair of a format and another one's ending is an error, and the file of its help has the format."""
    endings = {ending for kind in (*FORMATS, TABLES, CODE) for ending in kind.endings()} | {".xlsx", ".pdf", ".gz"}
    for format in formats.formats.values():
        for ending in sorted(endings - {*format.endings, ".txt"}):
            with pytest.raises(CgraphError, match="would be") as failure:
                destination(formats, f"out{ending}", format.name)
            advised = re.search(r"write `-o ([^`]+)`", failure.value.diagnostic.help)
            assert advised is not None
            assert destination(formats, advised[1], format.name).format == format.name
