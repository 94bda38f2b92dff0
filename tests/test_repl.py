"""The prompt: a session in memory, through a pipe, and typed into prompt_toolkit's own pipe where that is installed."""

from __future__ import annotations

import io
import os
import random
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cgraph_cli.__main__ import run
from cgraph_cli.cli import cli
from cgraph_cli.commands.repl.prompt import LineReader, completions, edited_lines, history_file, paint
from cgraph_cli.commands.repl.repl import ALSO, HELP, Repl
from cgraph_cli.commands.repl.session import Session, changes
from cgraph_cli.core.errors import CgraphError, RequestError
from cgraph_cli.language.parse import parse
from cgraph_cli.language.statements import goes_on as language_goes_on
from cgraph_cli.language.statements import split_statements
from tests.needs import need_library, posix
from tests.programs import programs


def entered(*lines: str) -> Session:
    session = Session()
    for line in lines:
        session.enter(line)
    return session


# The session


def test_statements_accumulate() -> None:
    session = entered("c = a + b", "d = b + 1")
    assert session.missing() == ["a", "b"]
    assert session.report() is None
    session.enter("a = 3; b = 1")
    session.enter("e = c * d")
    answer = session.report()
    assert answer is not None
    assert answer.evaluation.value("e") == 8
    assert answer.gradients[0].at(answer.graph.find("b")) == 6
    assert parse(session.text).names == answer.graph.names


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["c = a + b", "a = 3", "a = 5"], "a = 5\nc = a + b\n"),
        (["c = a + b", "b = 2*pi"], "b = 6.283185307179586\nc = a + b\n"),
        (["c = a + b", "a = -inf"], "a = -inf\nc = a + b\n"),
        (["k = 2*pi", "k = 3"], "k = 3\n"),
        (
            ["h[0] = 1", "h[t + 1] = r*h[t] for t in range(9)", "r = 2", "h[0] = 5"],
            "h[0] = 5\nr = 2\nh[t + 1] = r*h[t] for t in range(9)\n",
        ),
        (
            ["h[0] = 1", "h[k+1] = 2*h[k] for k in range(3)", "y = h[3]", "h[k + 1] = 3*h[k] for k in range(4)"],
            "h[0] = 1\nh[k + 1] = 3*h[k] for k in range(4)\ny = h[3]\n",
        ),
        (["h[0] = 1", "h[1] = a", "y = sum(h)", "h = [1, 2]"], "h = [1, 2]\ny = sum(h)\n"),
        (["x = [1, 2]", "y = x^2", "x[0] = 2*4", "x[-1] = 3"], "x = [8, 3]\ny = x^2\n"),
        (["X = [[1, 2], [3, 4]]", "X[1] = [5, 6]; y = X^2; X[:, 0] = 0"], "X = [[0, 2], [0, 6]]\ny = X^2\n"),
        (["x = [1.0(1), 2]", "x[1] = 3"], "x = [1 ± 0.1, 3]\n"),
        (["w = [1,\n 2]", "y = sum(w)"], "w = [1,\n 2]\ny = sum(w)\n"),
        (["c = a + b", "d = 2*c", "c = a*b"], "c = a*b\nd = 2*c\n"),
        (["c = a + b", "a = x + 1"], "a = x + 1\nc = a + b\n"),
        (["x = 2", "c = a + b", "a = x + 1"], "x = 2\na = x + 1\nc = a + b\n"),
        (["f(x) = x^2", "y = f(3)", "f(x) = x^3"], "f(x) = x^3\ny = f(3)\n"),
        (["a*b", "a + b"], "a + b\n"),
        (["c = a", "a*b", "d = a", "a + b"], "c = a\nd = a\na + b\n"),
        (["c = a # the sum", "# of", "b = 1"], "c = a # the sum\nb = 1\n"),
        (["# Olah\nc = a + b; d = (b\n+ 1)\n# the end"], "# Olah\nc = a + b\nd = (b\n+ 1)\n# the end\n"),
        (["a = 3", "assert a > 2", "assert a > 2"], "a = 3\nassert a > 2\n"),
        (["assert = 3"], None),
        (["ﬁ = 3", "c = fi", "ﬁ = 4"], "ﬁ = 4\nc = fi\n"),
    ],
)
def test_where_a_statement_goes(lines: list[str], text: str | None) -> None:
    if text is None:
        with pytest.raises(CgraphError):
            entered(*lines)
    else:
        assert entered(*lines).text == text


@pytest.mark.parametrize(
    "wrong", ["c = ", "d = 2x", "c = d", "f(x) = f(x)", "a = 1; b = (", "e = sqtr(c)", "c = c + 1", "assert", "pi = 3"]
)
def test_a_wrong_statement_leaves_everything_as_it_was(wrong: str) -> None:
    session = entered("c = a + b; d = 2*c; a = 3; b = 1")
    before, graph = session.text, session.graph
    with pytest.raises(CgraphError):
        session.enter(wrong)
    assert (session.text, session.graph) == (before, graph)
    session.undo()
    assert session.text == ""


@settings(max_examples=60)
@given(programs(), st.randoms())
def test_a_program_line_by_line_is_the_program(text: str, random: random.Random) -> None:
    statements = split_statements(text)
    assume(len({re.sub(r"#.*", "", s) for s in statements if "=" not in s}) <= 1)  # one bare expression, the last
    whole = parse(text)
    session, pieces = Session(), list(statements)
    try:
        while pieces:
            count = random.randint(1, len(pieces))
            session.enter("\n".join(pieces[:count]))
            pieces = pieces[count:]
    except CgraphError:
        assume("within" in text)  # an assert that uses a name before it is assigned, say
        raise
    graph = parse(session.text)
    assert sorted(filter(None, graph.names)) == sorted(filter(None, whole.names))
    assert len(graph) >= len(set(filter(None, whole.names)))


def test_a_line_that_begins_with_an_operator_is_an_error() -> None:
    session = entered("y = x")
    for line in ("* 2", "- 2", "+ 2", "^ 2", "and x", "== 2", "# a\n - 2"):
        with pytest.raises(RequestError, match="does not go on with the one above"):
            session.enter(line)
    assert session.text == "y = x\n"
    session.enter("; -x")
    assert session.text == "y = x\n; -x\n"
    assert parse(session.text).expression(session.graph.output) == "-x"
    assert entered("-x").text == "; -x\n"
    assert entered("a = b\n  * c\n# d\n  / 2; e = f +\n g").text == "a = b\n  * c\n# d\n  / 2\ne = f +\n g\n"


def test_a_constant_stays_one() -> None:
    session = entered("p = R*T", "const R = 2*4", "T = 2")
    assert session.text == "const R = 2*4\nT = 2\np = R*T\n"
    assert session.missing() == []
    session.enter("const T = 3")
    assert (session.is_computed("T"), session.report().evaluation.value("p")) == (True, 24)
    session.enter("R = 9")
    assert (session.is_computed("R"), session.report().evaluation.value("p")) == (False, 27)


def test_a_function_sees_what_is_set_after_it_is_written() -> None:
    session = entered("f(x, b) = w*x + b", "y = f(2, 1)", "w = 5", "b = 7")
    assert session.text == "w = 5\nf(x, b) = w*x + b\ny = f(2, 1)\nb = 7\n"


def test_undo_drop_clear_and_choose() -> None:
    session = entered("c = a + b", "a = 3", "b = 1", "e = 2*c")
    session.choose(["c"])
    assert [session.graph.labels()[n] for n in session.report().outputs] == ["c"]
    session.undo()
    assert session.graph.labels()[session.graph.output] == "c"
    session.drop("a")
    assert session.missing() == ["a"]
    session.undo()
    assert session.missing() == []
    session.clear()
    assert (session.text, session.report()) == ("", None)
    session.undo()
    assert session.names() == ["a", "b", "c"]


def test_definitions_alone_compute_nothing_and_are_no_mistake() -> None:
    session = entered("f(x) = x^2", "assert f(2) == 4")
    assert session.report() is None
    session.enter("y = f(3)")
    assert session.report().evaluation.value("y") == 9
    assert session.functions() == ["f"]


def test_what_changed() -> None:
    session = entered("a = 3; b = 1; c = a + b; d = b + 1; e = c*d")
    first = session.report()
    assert changes(None, first) == frozenset()
    session.enter("a = 4")
    second = session.report()
    assert {second.graph.labels()[node] for node in changes(first, second)} == set("abcde")
    session.enter("b = 1.0; d = b + 1.0")
    assert {second.graph.labels()[node] for node in changes(second, session.report())} == {"d"}  # its text alone
    session.enter("f = a")
    third = session.report()
    assert "f" in {third.graph.labels()[node] for node in changes(second, third)}


@pytest.mark.parametrize(
    ("text", "goes_on"),
    [
        ("c = (a", True),
        ("c = (a)", False),
        ("# (", False),
        ("(a # )", True),
        ("c = (a; b", False),
        (")", False),
        ("c = a +  # and", True),
        ("c = a and", True),
        ("c = a;", False),
        ("c =", False),
    ],
)
def test_an_open_parenthesis_goes_on(text: str, goes_on: bool) -> None:
    assert language_goes_on(text) == goes_on


# Through a pipe


OLAH = "c = a + b\na = 3; b = 1\nd = b + 1\ne = c*d\n"


def test_a_pipe_prints_the_table_once(cgraph) -> None:
    done = cgraph("repl", stdin=OLAH)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == cgraph("eval", "a = 3; b = 1; c = a + b; d = b + 1; e = c*d").stdout


def test_a_pipe_marks_what_changed(cgraph) -> None:
    program = "a = 2; b = 3; c = a*a; d = c + b\n:table\n"
    done = cgraph("repl", stdin=f"{program}b = 4\n")
    marked = [line.split("│")[2].strip() for line in done.stdout.splitlines() if " * │" in line]
    assert marked == ["b", "d"]
    assert " * │" not in cgraph("repl", stdin=f"{program}b = 3\n:table\n").stdout


def test_a_pipe_with_commands(cgraph, tmp_path: Path) -> None:
    done = cgraph("repl", stdin=f"{OLAH}:explain b\ne\n%1\n:of c\n:save f.cg\n:list\n:quit\nz = 1\n", cwd=tmp_path)
    assert "b → d → e: 1·4 = 4" in done.stdout
    assert "a goes into" not in done.stdout
    assert "\ne = 8, ∂e/∂e = 1\n" in done.stdout
    assert "out * │ c" in done.stdout
    assert done.stdout.endswith("saved to f.cg\na = 3\nb = 1\nc = a + b\nd = b + 1\ne = c*d\n")
    assert done.stderr.startswith("error: there is no node `%1`\n")
    assert done.returncode == 2
    saved = cgraph("repl", stdin=":load f.cg\n", cwd=tmp_path)
    assert saved.stdout == cgraph("eval", "f.cg", cwd=tmp_path).stdout


def test_a_mistake_is_shown_and_the_rest_goes_on(cgraph) -> None:
    done = cgraph("repl", stdin="a = 3\ny = 2a\ny = 2*a\n")
    assert done.stderr == (
        "error: there is no operator between `2` and `a`\n"
        "  --> program:2:5\n"
        "  2 | y = 2a\n"
        "    |     ^^\n"
        "help: to multiply, write `2*a`\n"
    )
    assert "y    │ 2 * a" in done.stdout
    assert done.returncode == 2


def test_saving_is_whole_or_not_at_all(cgraph, tmp_path: Path) -> None:
    (tmp_path / "f.cg").write_text("b = 2\n")
    done = cgraph("repl", stdin="a = 3\n:save folder/f.cg\n", cwd=tmp_path)
    assert done.stderr.startswith("error: there is no folder `folder`")
    cgraph("repl", stdin="a = 3\n:save f.cg\n", cwd=tmp_path)
    assert (tmp_path / "f.cg").read_text() == "a = 3\n"
    assert [path.name for path in tmp_path.iterdir()] == ["f.cg"]


def test_a_program_to_begin_with(cgraph, tmp_path: Path) -> None:
    (tmp_path / "f.cg").write_text("# Olah\nc = a + b  # a sum\nb = 1\n")
    done = cgraph("repl", "f.cg", "--a", "3", stdin="c\n:list\n", cwd=tmp_path)
    assert "c = 4, ∂c/∂c = 1\n" in done.stdout
    assert done.stdout.endswith("b = 1\na = 3\n# Olah\nc = a + b  # a sum\n")


def test_an_assert_is_tested_at_once(cgraph) -> None:
    done = cgraph("repl", stdin="a = 3\nassert a == 3\nassert grad(a, a) > 1\n")
    assert "1 passed" in done.stdout
    assert "`grad(a, a) > 1` does not hold" in done.stdout


def test_help_names_every_command(cgraph) -> None:
    text = cgraph("repl", stdin=":help\n:h\n").stdout
    assert text.count("  :undo ") == 2
    words = set(re.findall(r":(\w+)", text))
    group = cli
    assert words >= {*HELP, *(name for name in group.list_commands(None) if name not in ("repl", "map"))}
    assert set(ALSO.values()) <= set(HELP)
    assert all(len(line) <= 80 for line in text.splitlines() if "On the program" not in line)


def test_another_command_says_what_is_wrong_and_the_session_goes_on(cgraph) -> None:
    done = cgraph("repl", stdin="a = 3\n:eval --digits x\n:explain --help\n:eval --get a\n")
    assert "`--digits` cannot be `x`" in done.stderr
    assert "Usage: cgraph explain" in done.stdout
    assert done.stdout.endswith("\n3\n")


def test_an_ascii_pipe(cgraph) -> None:
    assert cgraph("repl", stdin=f"{OLAH}e\n:explain b\n", env={"LC_ALL": "C"}).stdout.isascii()


@pytest.mark.parametrize("name", ["explain", "eval", "check", "functions"])
def test_a_command_of_cgraph_is_called_on_the_program(name: str, cgraph) -> None:
    done = cgraph("repl", stdin=f"a = 3; y = a^2\n:{name}\n")
    assert done.stderr == ""
    assert done.returncode == 0


# At a terminal


def test_completions() -> None:
    session = entered("theta = 3; thing(x) = x^2")
    words = {word for _, word in completions("y = th", session, [])}
    assert words == {"theta", "thing("}
    assert ("si", "sin(") in {("si", word) for _, word in completions("y = si", session, [])}
    assert list(completions(":ex", session, ["explain", "exit", "eval"])) == [(3, ":explain"), (3, ":exit")]
    assert {word for _, word in completions(":explain th", session, [])} == {"theta"}
    assert list(completions("y = 3", session, [])) == []


def test_colours() -> None:
    session = entered("a = 3; c = 2*a")
    painted = {word: style for style, word in paint("c + a*sin(pi) and 1e-3 # (c)", session)}
    assert painted["c"] == "class:node"
    assert painted["a"] == "class:input"
    assert painted["sin"] == "class:function"
    assert painted["pi"] == "class:number"
    assert painted["and"] == "class:keyword"
    assert painted["# (c)"] == "class:comment"
    for line in ("", ":explain b", "θ=2²#", "@ $", "x = ((3"):
        assert "".join(word for _, word in paint(line, session)) == line


def test_the_history_is_in_the_state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert history_file() == tmp_path / "cgraph" / "history"


def lines_of(answers: list[str | type[BaseException]]) -> LineReader:
    """Yield lines like a terminal, an exception for an interruption."""
    left = iter(answers)

    def read(_: str) -> str | None:
        answer = next(left, None)
        if isinstance(answer, type):
            raise answer
        return answer

    return LineReader(read)


def test_an_interruption_drops_the_line() -> None:
    assert list(lines_of(["a = 3", "b = (", KeyboardInterrupt, "c = (a", "+ 1)"])) == ["a = 3", None, "c = (a\n+ 1)"]


Type = Callable[[str], list[str]]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Type:
    """Run a session on keys that are typed into prompt_toolkit: returns its lines."""
    prompt_toolkit = need_library("prompt_toolkit")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    from prompt_toolkit.input import create_pipe_input
    from prompt_toolkit.output import DummyOutput

    assert prompt_toolkit

    def run_keys(keys: str) -> list[str]:
        session = entered("theta = 3; c = 2*theta")
        with create_pipe_input() as keyboard:
            keyboard.send_text(keys)
            options = {"input": keyboard, "output": DummyOutput()}
            got = []
            for line in edited_lines(session, lambda: ["explain", "quit"], True, **options):
                got.append(line or "")
        return got

    return run_keys


def test_keys(typed: Type) -> None:
    assert typed("a = 3\r\x04") == ["a = 3"]
    assert typed("b = (a\r+ 1)\r\x04") == ["b = (a\n+ 1)"]
    assert typed("garbage\x03a = 1\r\x04") == ["", "a = 1"]


def test_keys_are_remembered(typed: Type) -> None:
    assert typed("a = 3\r\x04") == ["a = 3"]
    assert typed("\x1b[A\r\x04") == ["a = 3"]
    assert "a = 3" in history_file().read_text()


def test_a_state_folder_that_cannot_be_written(typed: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert typed("a = 3\r\x04") == ["a = 3"]


class Terminal(io.StringIO):
    """A stream that passes for a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_a_terminal_without_prompt_toolkit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prompt_toolkit", None)
    stdout = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal("a = 3\na = 4\nf(x) = x\n"))
    monkeypatch.setattr(sys, "stdout", stdout)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    assert run(["repl"]) == 0
    text = stdout.getvalue()
    assert "pip install 'cgraph-cli[repl]'" in text
    assert text.count("╭") == 2
    assert "in  *" in text
    assert "f is defined" in text
    assert "\x1b[" not in text


@posix
def test_a_real_terminal(tmp_path: Path) -> None:
    need_library("prompt_toolkit")
    import pty
    import select
    import time

    pid, terminal = pty.fork()
    if pid == 0:
        os.environ |= {"XDG_STATE_HOME": str(tmp_path), "TERM": "xterm", "LC_ALL": "C.UTF-8", "COLUMNS": "80"}
        os.environ.pop("NO_COLOR", None)
        os.execv(sys.executable, [sys.executable, "-m", "cgraph_cli", "repl"])
    seen = ""

    def until(words: str) -> None:
        nonlocal seen
        limit = time.monotonic() + 60
        while words not in seen and time.monotonic() < limit:
            if select.select([terminal], [], [], 0.1)[0]:
                seen += os.read(terminal, 65536).decode("utf-8", "replace")
            if "\x1b[6n" in seen:  # the terminal is asked where its cursor is
                os.write(terminal, b"\x1b[1;1R")
                seen = seen.replace("\x1b[6n", "")
        assert words in seen
        seen = seen.partition(words)[2]

    ready = "\x1b[?2004h"
    until(ready)
    os.write(terminal, b"a = 3\r")
    until("╯")
    os.write(terminal, b"y = 2a\r")
    until("no operator")
    until(ready)
    os.write(terminal, b":expl\t")
    until("explain")
    os.write(terminal, b"\x03")
    until(ready)
    os.write(terminal, b"\x04")  # a line that is empty: the end of input
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0


def test_every_line_is_survived() -> None:
    with cli.make_context("cgraph", ["examples"]) as ctx:
        repl = Repl(ctx, Session(), color="never", eager=True)
        for line in (
            "",
            " ",
            ":",
            ": ",
            ":explain",
            ":save",
            ":drop",
            ":undo",
            ":digits x",
            ":of q",
            ':eval "',
            "%1",
            ")",
        ):
            assert repl.run(line)
        assert not repl.run(":q")


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ("help\nc = a + b\na = 1; b = 2\n", 2),  # the word blocks nothing, and the session goes on
        ("c = a + b\na = 1; b = 2\nexit\n", 2),
        ("c = a + b\na = 1\n", 2),
        ("c = a + b\na = 1; b = 2\nassert c == 4\n", 1),
        ("c = a + b\na = 1; b = 2\nassert c == 3\nc\n", 0),
    ],
)
def test_a_pipe_ends_in_a_status(cgraph, lines: str, status: int) -> None:
    done = cgraph("repl", stdin=lines)
    assert done.returncode == status
    assert "c    │ a + b" in done.stdout or "no value yet" in done.stderr
