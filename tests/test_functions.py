"""`cgraph functions` and `cgraph examples`: complete lists."""

from __future__ import annotations

import json
import re

import pytest

from cgraph_cli.core.primitives import ALIASES, PRIMITIVES
from cgraph_cli.core.structural import STRUCTURAL
from tests.command import run_here
from tests.conftest import EXAMPLES, ROOT, Run

SECTION_3 = [
    "abs",
    "sign",
    "floor",
    "ceil",
    "round",
    "trunc",
    "sqrt",
    "cbrt",
    "exp",
    "exp2",
    "expm1",
    "log",
    "ln",
    "log2",
    "log10",
    "log1p",
    "sin",
    "cos",
    "tan",
    "sec",
    "csc",
    "cot",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "sech",
    "csch",
    "coth",
    "asinh",
    "acosh",
    "atanh",
    "arcsin",
    "arccos",
    "arctan",
    "atan2",
    "hypot",
    "pow",
    "mod",
    "min",
    "max",
    "clip",
    "sum",
    "mean",
    "prod",
    "norm",
    "logsumexp",
    "logaddexp",
    "erf",
    "erfc",
    "gamma",
    "lgamma",
    "digamma",
    "sigmoid",
    "softplus",
    "logsigmoid",
    "relu",
    "leaky_relu",
    "elu",
    "gelu",
    "silu",
    "normcdf",
    "normpdf",
    "logit",
    "sinc",
    "degrees",
    "radians",
    "xlogy",
    "heaviside",
    "bce_with_logits",
    "where",
]
"""The functions of the language, by the page that defines it."""


def test_every_function_of_the_language_is_there() -> None:
    for name in SECTION_3:
        assert ALIASES.get(name, name) in PRIMITIVES, name


def test_the_list(cgraph: Run) -> None:
    text = cgraph("functions").stdout
    for row in PRIMITIVES.values():
        assert row.signature in text
        assert row.group in text
    for each in STRUCTURAL.values():
        assert each.signature in text
    assert "sech(x)^2" in text
    narrow = cgraph("functions", env={"COLUMNS": "80"}).stdout
    assert max(map(len, narrow.splitlines())) <= 80


@pytest.mark.parametrize("name", [*PRIMITIVES, *ALIASES, "**"])
def test_one_of_them(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    from cgraph_cli.__main__ import run

    assert run(["functions", name]) == 0
    row = PRIMITIVES["^" if name == "**" else ALIASES.get(name, name)]
    page = capsys.readouterr().out
    assert page.startswith(f"{row.signature}  {row.summary}\n")
    for parameter in row.parameters:
        assert f"∂f/∂{parameter}" in page
    assert row.domain in page
    assert row.kinks in page


@pytest.mark.parametrize("name", STRUCTURAL)
def test_one_of_arrays(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    from cgraph_cli.__main__ import run

    assert run(["functions", name]) == 0
    row = STRUCTURAL[name]
    page = capsys.readouterr().out
    assert page.startswith(f"{row.signature}  {row.summary}\n")
    assert run(["functions", name, "-o", "json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert entry["signature"] == row.signature
    shown = [each["definition"] for each in entry["definitions"]]
    assert len(shown) == len(row.definitions)
    assert all(definition.partition(" = ")[2] in page for definition in shown)


X = {"1": [0.5, -1.0, 2.0], "2": [[0.5, -1.0, 2.0], [1.0, 0.0, 0.25]]}


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("rank", X)
def test_a_definition_is_a_program(name: str, rank: str) -> None:
    """The text for any rank gives the numbers of the function; nothing in it is left to be filled in."""
    (text,) = (text for ranks, text in STRUCTURAL[name].shown_definitions().items() if not ranks)
    program = f"{text.replace(f'{name}(', 'own(', 1)}; y = sum((own(x) - {name}(x))^2)"
    assert float(run_here(["eval", program, "--x", json.dumps(X[rank]), "--get", "y"]).stdout) < 1e-30


def test_no_placeholder_is_shown(cgraph: Run) -> None:
    text = cgraph("functions").stdout
    assert not re.search(r"[{}]|inf - inf", text)


def test_json(cgraph: Run) -> None:
    entries = json.loads(cgraph("functions", "-o", "json").stdout)
    assert [entry["name"] for entry in entries] == [*PRIMITIVES, *STRUCTURAL]
    entries = entries[: len(PRIMITIVES)]
    assert entries[0]["partials"] == ["1", "1"]
    assert all(len(entry["partials"]) == len(entry["parameters"]) for entry in entries)
    (tanh,) = json.loads(cgraph("functions", "tanh", "-o", "json").stdout)
    assert tanh["partials"] == ["sech(x)^2"]


def test_examples(cgraph: Run) -> None:
    listing = cgraph("examples").stdout
    assert [line for line in listing.splitlines() if not line.startswith(" ")] == [file.stem for file in EXAMPLES]
    assert max(map(len, listing.splitlines())) <= 100
    for file in EXAMPLES:
        first = file.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
        assert first in " ".join(listing.split())
    assert cgraph("examples", "olah").stdout == (ROOT / "examples" / "olah.cg").read_text(encoding="utf-8")
    assert cgraph("examples", "olah.cg").returncode == 0
