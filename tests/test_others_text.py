"""Text that others wrote is shown and never obeyed: by a terminal, a log of CI, a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cgraph_cli.core.errors import Diagnostic, RequestError, Source, show_text
from cgraph_cli.render.sheets.csv import write_separated
from tests.command import run_here
from tests.needs import posix

HOSTILE = [
    "f\x1b[31m",
    "f\n::error::injected",
    "f\r::error::x",
    "\x9b31m",
    "f\u2028::error::y",
    "\u202ef",
    "f\n##[error]z",
]
COMMAND = re.compile(r"^\s*(::|##\[)", re.MULTILINE)


def assert_harmless(text: str) -> None:
    assert all(character.isprintable() or character == "\n" for character in text), ascii(text)
    assert not COMMAND.search(text), text


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize(
    "args",
    [
        ["eval", "x", "--get", "{}"],
        ["eval", "x", "--of={}", "--x", "1"],
        ["eval", "x", "--wrt={}", "--x", "1"],
        ["eval", "x", "--{}=3"],
        ["eval", "x", "--set", "{}=3"],
        ["eval", "x", "--x={}"],
        ["eval", "x", "-o", "{}"],
        ["eval", "x", "--x", "1", "-o", "no/{}.csv"],
        ["eval", "{}.cg"],
        ["eval", "x", "--inputs", "{}.json"],
        ["eval", "x", "--{}"],
        ["{}"],
        ["plot", "x", "--over", "{}=1:2"],
        ["plot", "x", "--over", "x={}:2"],
        ["emit", "{}", "x"],
        ["emit", "python", "x", "--name", "{}"],
        ["examples", "{}"],
        ["functions", "{}"],
        ["check", "x", "--expect", "{}=3"],
        ["diff", "x", "--order", "{}"],
    ],
    ids=" ".join,
)
def test_words_of_the_command_line(args: list[str], name: str) -> None:
    done = run_here([word.format(name) for word in args])
    assert done.returncode in (2, 3)
    assert_harmless(done.stderr)


@posix
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("format", ["text", "tap", "github"])
@pytest.mark.parametrize("program", ["y = (x", "y = x", "x = 3; y = x\nassert y == 2", "x = 3; y = x\nassert y == 3"])
def test_names_of_files(tmp_path: Path, name: str, format: str, program: str) -> None:
    (tmp_path / f"{name}.cg").write_text(program)
    done = run_here(["check", f"{name}.cg", "-o", format], cwd=tmp_path)
    assert_harmless(done.stderr)
    ours = [line for line in done.stdout.split("\n") if not (format == "github" and line.startswith("::error "))]
    assert_harmless("\n".join(ours))
    assert all(character.isprintable() or character == "\n" for character in done.stdout)


@pytest.mark.parametrize("key", HOSTILE)
def test_names_in_a_file_of_inputs(key: str) -> None:
    import json

    for value in (None, [1], "(", {}):
        done = run_here(["eval", "x", "--inputs", "-"], json.dumps({key: value}))
        assert done.returncode == 2
        assert_harmless(done.stderr)


@given(st.text(), st.text(), st.text())
@example("a", "b", "ours\n::error::c")
def test_diagnostics(message: str, help: str, name: str) -> None:
    for diagnostic in (Diagnostic(message, (), help), RequestError(message, (), help).diagnostic):
        assert_harmless(diagnostic.render())
    assert_harmless(Source("", name).name.lstrip(":# "))
    assert show_text(show_text(name)) == show_text(name)


class Rows:
    """A sheet of some rows."""

    def __init__(self, rows: list[list[str]]) -> None:
        self.given = rows

    def rows(self, view: object) -> list[list[str]]:
        return self.given

    def blocks(self, view: object, delimiter: str) -> list[list[list[str]]]:
        return []


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_no_cell_is_a_formula(delimiter: str) -> None:
    stream = io.StringIO()
    write_separated(Rows([["=1+1", "+x", "@sum", "-1.5", "a = b"]]), None, stream, delimiter)  # type: ignore[arg-type]
    (row,) = csv.reader(io.StringIO(stream.getvalue()), delimiter=delimiter)
    assert row == ["'=1+1", "'+x", "'@sum", "-1.5", "a = b"]
