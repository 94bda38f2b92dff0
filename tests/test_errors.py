"""Every message that a person can get, letter for letter: one file of `tests/errors/KIND/` for each.

A file begins with the command's arguments as a JSON list, and may go on with

    stdin: "text"       what standard input holds; or `stdin: terminal`, or `stdin: closed`
    file NAME: "text"   a file in the folder where the command runs
    folder NAME         a folder there
    stdout: terminal    standard output is one
    absent: LIBRARY     a library that is not installed

The texts are JSON strings, in which a lone surrogate such as "\\udce9" stands for a byte that is not UTF-8;
`"text" + "again" * 3` is a text and three times another.
After a line `---` comes what the command writes to stderr. After a change of wording that is meant,

    CGRAPH_UPDATE_GOLDEN=1 pytest tests/test_errors.py

writes the new messages into the files; read the difference before you commit it.
"""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import NamedTuple

import pytest

from cgraph_cli.core.errors import CgraphError
from cgraph_cli.language.lark_parser import language
from tests.command import Stream, run_here
from tests.conftest import ROOT, Run, find_files

FOLDER = ROOT / "tests" / "errors"
CASES = [path.relative_to(FOLDER).with_suffix("").as_posix() for path in find_files("tests/errors/*/*.txt")]
IN_A_PROCESS = ["brackets/stray_parenthesis", "side_by_side/number_name", "files/not_utf8", "characters/surrogate",
                "layout/wide_characters", "files/standard_input_with_error",
                "files/standard_input_not_utf8"]  # fmt: skip

ERRORS = {"ProgramError", "InputError", "RequestError", "_error", "_wrong_number", "illegal_character"}


class Case:
    """A file of `tests/errors/`, called `KIND/NAME`."""

    def __init__(self, name: str) -> None:
        self.path = FOLDER / f"{name}.txt"
        head, _, self.expected = self.path.read_text(encoding="utf-8").partition("\n---\n")
        first, *rest = head.split("\n")
        self.args: list[str] = json.loads(first)
        self.stdin, self.files, self.folders, self.absent = '""', {}, [], []
        self.terminal = False
        self.read_only: list[str] = []
        for line in rest:
            kind, _, value = line.partition(" ")
            if kind == "stdin:":
                self.stdin = value
            elif kind == "stdout:":
                self.terminal = value == "terminal"
            elif kind == "read-only":
                self.read_only.append(value)
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
            (folder / name).mkdir(exist_ok=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        for name in self.read_only:
            (folder / name).chmod(0o444)


def _bytes(text: str) -> bytes:
    repeated = re.fullmatch(r'(".*") \+ (".*") \* (\d+)', text)
    first, again, times = repeated.groups() if repeated else (text, '""', 0)
    return (json.loads(first) + json.loads(again) * int(times)).encode("utf-8", "surrogateescape")


class Said(NamedTuple):
    """The answer of the command, and the lines of the package that made an error on the way."""

    status: int
    out: str
    err: str
    sites: set[tuple[str, int]]


@pytest.fixture(scope="session")
def answer_to(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Said]:
    """Run a case, or give its answer from this session, even from another process."""
    folder = tmp_path_factory.getbasetemp()
    folder = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "answers"

    def answer(name: str) -> Said:
        kept = folder / f"{name}.json"
        if kept.exists():
            status, out, err, sites = json.loads(kept.read_text(encoding="utf-8"))
            return Said(status, out, err, {(file, line) for file, line in sites})
        said = run_case(name)
        kept.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", encoding="utf-8", dir=folder, delete=False) as file:
            json.dump([*said[:3], sorted(said.sites)], file)
        Path(file.name).replace(kept)  # whole, whoever else runs it
        return said

    return answer


def run_case(name: str) -> Said:
    """Run a case in this process."""
    case, sites = Case(name), set()
    initialise = CgraphError.__init__

    def note(error: CgraphError, *args: object, **kwargs: object) -> None:
        initialise(error, *args, **kwargs)
        frame = sys._getframe(1)
        while frame is not None and "cgraph_cli" in frame.f_code.co_filename:
            sites.add((frame.f_code.co_filename, frame.f_lineno))
            frame = frame.f_back

    special = {"closed": None, "terminal": Stream(terminal=True)}
    stdin = special[case.stdin] if case.stdin in special else _bytes(case.stdin)
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        case.prepare(Path(folder))
        patch.setattr(CgraphError, "__init__", note)
        stdout = Stream(terminal=case.terminal)
        done = run_here(case.args, stdin, stdout=stdout, cwd=Path(folder), absent=case.absent)
    return Said(done.returncode, done.stdout, done.stderr, sites)


def test_every_kind_is_described() -> None:
    """The list of kinds is that of the folders, and no case stands outside of one."""
    listed = re.findall(r"^\| `(\w+)` \|", (FOLDER / "README.md").read_text(encoding="utf-8"), re.M)
    assert listed == sorted({name.partition("/")[0] for name in CASES})
    assert list(FOLDER.glob("*.txt")) == [], "move these into the folders of their kinds"


@pytest.mark.parametrize("name", CASES)
def test_message(name: str, answer_to: Callable[[str], Said]) -> None:
    case = Case(name)
    status, out, err, _ = answer_to(name)
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
    """Assert that each place has its line, and a caret under the line or right after it."""
    lines = err.split("\n")
    for at, line in enumerate(lines):
        if line.startswith("  --> "):
            source, caret = lines[at + 1], lines[at + 2]
            assert re.fullmatch(r" +\| +\^+", caret)
            if source.isascii() and not source.endswith(" |"):
                assert len(caret) <= len(source) + 1


@cache
def words_of_the_parser() -> set[str]:
    """List Lark's names for the words of the language, which nobody should have to read."""
    return {terminal.name for terminal in language().lark.terminals} | {"$END", "Token", "Lark", "Tree"}


@pytest.mark.parametrize("name", IN_A_PROCESS)
def test_message_of_the_command(name: str, cgraph_process: Run, tmp_path: Path) -> None:
    case = Case(name)
    case.prepare(tmp_path)
    done = cgraph_process(*case.args, stdin=_bytes(case.stdin), cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", case.expected)


def test_color(cgraph: Run) -> None:
    done = cgraph("eval", "a b", env={"FORCE_COLOR": "1"})
    assert "\x1b[31m\x1b[1merror:\x1b[0m there is no operator" in done.stderr
    assert "\x1b[31m\x1b[1m^^^\x1b[0m" in done.stderr
    assert re.sub(r"\x1b\[\d*m", "", done.stderr) == Case("side_by_side/names").expected


def test_every_error_has_a_case(answer_to: Callable[[str], Said]) -> None:
    reached = set().union(*(answer_to(name).sites for name in CASES))
    missed = [
        f"{Path(file).relative_to(ROOT)}:{first}"
        for file, first, last in error_sites()
        if not any((file, line) in reached for line in range(first, last + 1))
    ]
    assert not missed, "no case of tests/errors/ reaches these:\n" + "\n".join(missed)


def error_sites() -> Iterator[tuple[str, int, int]]:
    """Find the calls that make errors: the file, and the first and last line of each.

    Errors of the library's own arguments are left to its tests: no command can make them.
    """
    for path in find_files("cgraph_cli/**/*.py"):
        if path.parent.name == "library":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
                if called in ERRORS:
                    yield str(path), node.lineno, node.end_lineno or node.lineno
