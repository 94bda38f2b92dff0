"""Several errors of one program at once: those that stay when the statements of the others are left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgraph_cli import parse
from cgraph_cli.core.errors import ProgramError, Source
from cgraph_cli.language.recovery import MOST_ERRORS, further_errors
from tests.conftest import Run

WRONG = {
    "{name} = 2x": "there is no operator between `2` and `x`",
    "{name} = sin(x, y)": "`sin` takes 1 argument, and 2 are given",
    "{name} = (x + 1": "`(` is never closed",
    "{name} = x ^ * y": "a value is missing between `^` and `*`",
    "{name} = foo(x)": "there is no function `foo`",
    "{name} = 1e999": "1e999",
}


def errors_of(text: str) -> list[tuple[int, str]]:
    """List the lines and messages of a program's errors."""
    source = Source(text)
    with pytest.raises(ProgramError) as caught:
        parse(source)
    first = caught.value
    diagnostics = [first.diagnostic, *further_errors(source, first)]
    return [(source.place(said.spans[0].start)[0], said.message) for said in diagnostics]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(["", *WRONG]), min_size=1, max_size=9).filter(any))
def test_each_wrong_statement_is_told(statements: list[str]) -> None:
    """Each wrong statement among right ones has its error, and no other does."""
    lines = [(text or "{name} = x*y + 1").format(name=f"v{at}") for at, text in enumerate(statements)]
    found = errors_of("\n".join(lines) + "\nz = x\n")
    expected = [(at + 1, WRONG[text]) for at, text in enumerate(statements) if text]
    assert sorted(line for line, _ in found) == [line for line, _ in expected]
    for line, message in found:
        assert dict(expected)[line] in message


def test_what_comes_of_an_earlier_error_is_not_told() -> None:
    assert len(errors_of("f(x) = 2x\ny = f(3)\nz = y + 1")) == 1


def test_no_more_than_some_are_told() -> None:
    assert len(errors_of("".join(f"v{at} = 2x\n" for at in range(50)))) == MOST_ERRORS + 1


def test_check_shows_them_all(cgraph: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.cg").write_text("b = 2x\nc = sin(b, 1)\nd = b + c\n", encoding="utf-8")
    (tmp_path / "good.cg").write_text("x^2\n", encoding="utf-8")
    for args in (["bad.cg"], ["bad.cg", "good.cg", "--x", "1"], ["bad.cg", "-o", "junit"]):
        done = cgraph("check", *args, cwd=tmp_path)
        assert done.returncode == 2
        assert [line for line in done.stderr.split("\n") if "-->" in line] == ["  --> bad.cg:1:5", "  --> bad.cg:2:5"]


def test_names_ranges_and_shapes_are_told_together(cgraph: Run, tmp_path: Path) -> None:
    """Errors of all kinds, in order of their places; what depends on a left out statement is not told."""
    text = """\
y = a + foo(b) + c
range c = 0:1
X : [2, 3]
v : [2]
z = X @ v
w = X + ones(4)
u = (z + 1) @ v
q = 2x
range a = 3:2
t = v[5]
y + sum(z) + a
"""
    (tmp_path / "wrong.cg").write_text(text)
    result = cgraph("check", str(tmp_path / "wrong.cg"))
    places = [line.rsplit(":", 2)[1] for line in result.stderr.splitlines() if line.startswith("  -->")]
    messages = [line for line in result.stderr.splitlines() if line.startswith("error:")]
    assert result.returncode == 2
    assert messages == [
        "error: there is no function `foo`",
        "error: `X` is [2, 3] and `v` is [2], which do not fit in a matrix product",
        "error: `X` is [2, 3] and `ones(4)` is [4], which do not fit element by element",
        "error: there is no operator between `2` and `x`",
        "error: the range of `a` begins at 3, above its end at 2",
        "error: index 5 is out of range: `v` is [2]",
    ]
    assert list(dict.fromkeys(places)) == ["1", "5", "6", "8", "9", "10"]
