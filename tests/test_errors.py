"""Every message that a person can get, letter for letter: one file of `tests/errors/` for each.

A file begins with the command's arguments as a JSON list, and may go on with

    stdin: "text"       what standard input holds; or `stdin: terminal`, or `stdin: closed`
    file NAME: "text"   a file in the folder where the command runs
    folder NAME         a folder there
    stdout: terminal    standard output is one
    absent: LIBRARY     a library that is not installed

The texts are JSON strings, in which a lone surrogate such as "\\udce9" stands for a byte that is not UTF-8.
After a line `---` comes what the command writes to stderr. After a change of wording that is meant,

    CGRAPH_UPDATE_GOLDEN=1 pytest tests/test_errors.py

writes the new messages into the files; read the difference before you commit it.
"""

from __future__ import annotations

import ast
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import cgraph_cli
from cgraph_cli.__main__ import run
from cgraph_cli.core.errors import CgraphError
from cgraph_cli.language.lark_parser import language

FOLDER = Path(__file__).with_name("errors")
PACKAGE = Path(cgraph_cli.__file__).parent
CASES = sorted(path.stem for path in FOLDER.glob("*.txt"))
IN_A_PROCESS = ["stray_parenthesis", "side_by_side_number_name", "file_not_utf8", "character_surrogate",
                "layout_wide_characters", "standard_input_with_error", "standard_input_not_utf8"]  # fmt: skip

ERRORS = {"ProgramError", "InputError", "RequestError", "_error", "_wrong_number", "illegal_character"}
MODULES = sorted(PACKAGE.rglob("*.py"))


class Case:
    """A file of `tests/errors/`."""

    def __init__(self, name: str) -> None:
        self.path = FOLDER / f"{name}.txt"
        head, _, self.expected = self.path.read_text(encoding="utf-8").partition("\n---\n")
        first, *rest = head.split("\n")
        self.args: list[str] = json.loads(first)
        self.stdin, self.files, self.folders, self.absent = '""', {}, [], []
        self.terminal = False
        for line in rest:
            kind, _, value = line.partition(" ")
            if kind == "stdin:":
                self.stdin = value
            elif kind == "stdout:":
                self.terminal = value == "terminal"
            elif kind == "absent:":
                self.absent.append(value)
            elif kind == "file":
                file, _, text = value.partition(": ")
                self.files[file] = _bytes(text)
            else:
                assert kind == "folder", line
                self.folders.append(value)

    def prepare(self, folder: Path) -> None:
        """Write the files that the command reads."""
        for name in self.folders:
            (folder / name).mkdir()
        for name, content in self.files.items():
            (folder / name).write_bytes(content)


def _bytes(text: str) -> bytes:
    return str(json.loads(text)).encode("utf-8", "surrogateescape")


class Terminal(io.StringIO):
    """Standard input where nothing is piped in."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An empty folder to run in, and an environment that asks for nothing special."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "LANG", "LC_CTYPE", "CGRAPH_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)
    return monkeypatch


def run_here(case: Case, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run a case in this process; much faster than in one of its own."""
    case.prepare(Path.cwd())
    if case.stdin in ("closed", "terminal"):
        stdin = None if case.stdin == "closed" else Terminal()
    else:
        stdin = io.TextIOWrapper(io.BytesIO(_bytes(case.stdin)), encoding="utf-8")
    with monkeypatch.context() as changed:
        changed.setattr(sys, "stdin", stdin)
        for library in case.absent:
            changed.setitem(sys.modules, library, None)  # type: ignore[arg-type]
        if case.terminal:
            changed.setattr(sys.stdout, "isatty", lambda: True)
        return run(case.args)


@pytest.mark.parametrize("name", CASES)
def test_message(name: str, plain: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    case = Case(name)
    status = run_here(case, plain)
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    if os.environ.get("CGRAPH_UPDATE_GOLDEN"):
        head = case.path.read_text(encoding="utf-8").partition("\n---\n")[0]
        case.path.write_text(f"{head}\n---\n{err}", encoding="utf-8")
    else:
        assert err == case.expected
    assert re.match(r"error: [^\n]+[^\n.]\n", err)
    assert "Traceback" not in err
    assert_carets(err)
    words = set(re.findall(r"\$?\w+", re.sub(r"U\+[0-9A-F]{4,6} [A-Z -]+", "", err)))
    assert not words & words_of_the_parser()


def assert_carets(err: str) -> None:
    """Each place has its line, and a caret that stands under the line or right after it."""
    lines = err.split("\n")
    for at, line in enumerate(lines):
        if line.startswith("  --> "):
            source, caret = lines[at + 1], lines[at + 2]
            assert re.fullmatch(r" +\| +\^+", caret)
            if source.isascii() and not source.endswith(" |"):
                assert len(caret) <= len(source) + 1


def words_of_the_parser() -> set[str]:
    """What Lark calls the words of the language, which nobody should have to read."""
    return {terminal.name for terminal in language().lark.terminals} | {"$END", "Token", "Lark", "Tree"}


@pytest.mark.parametrize("name", IN_A_PROCESS)
def test_message_of_the_command(name, cgraph, tmp_path: Path) -> None:
    case = Case(name)
    case.prepare(tmp_path)
    done = cgraph(*case.args, stdin=_bytes(case.stdin), cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", case.expected)


def test_color(cgraph) -> None:
    done = cgraph("eval", "a b", env={"FORCE_COLOR": "1"})
    assert "\x1b[31m\x1b[1merror:\x1b[0m there is no operator" in done.stderr
    assert "\x1b[31m\x1b[1m^^^\x1b[0m" in done.stderr
    assert re.sub(r"\x1b\[\d*m", "", done.stderr) == Case("side_by_side_names").expected


def test_every_error_has_a_case(plain: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    reached: set[tuple[str, int]] = set()
    initialise = CgraphError.__init__

    def note(error: CgraphError, *args: object, **kwargs: object) -> None:
        initialise(error, *args, **kwargs)
        frame = sys._getframe(1)
        while frame is not None and "cgraph_cli" in frame.f_code.co_filename:
            reached.add((frame.f_code.co_filename, frame.f_lineno))
            frame = frame.f_back

    plain.setattr(CgraphError, "__init__", note)
    for name in CASES:
        (tmp_path / name).mkdir()
        plain.chdir(tmp_path / name)
        run_here(Case(name), plain)
    missed = [
        f"{Path(file).relative_to(PACKAGE)}:{first}"
        for file, first, last in error_sites()
        if not any((file, line) in reached for line in range(first, last + 1))
    ]
    assert missed == []


def error_sites() -> Iterator[tuple[str, int, int]]:
    """Where errors are made: the file, and the first and last line of each call."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
                if called in ERRORS:
                    yield str(path), node.lineno, node.end_lineno or node.lineno
