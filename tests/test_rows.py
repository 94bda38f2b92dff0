"""Rows of the table: the normal form of their rules, their facts, and the addition of a row, or of a target."""

from __future__ import annotations

import itertools
import json
import math
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy
import pytest

from cgraph_cli import parse
from cgraph_cli.__main__ import run
from cgraph_cli.core.primitives import PRIMITIVES, Primitive
from cgraph_cli.core.reach import ancestors
from cgraph_cli.emit import TARGETS, emit
from cgraph_cli.evaluation.approximations import MissingDefinition
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, ieee
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.kernels import Algebra, MissingKernel
from cgraph_cli.evaluation.rule_parser import NONE, Rule, rule, text_graph
from cgraph_cli.evaluation.sparsity import pattern
from cgraph_cli.evaluation.straight_line import compile_graph
from cgraph_cli.evaluation.sweeps import evaluate
from cgraph_cli.symbolic.differentiate import differentiate
from cgraph_cli.symbolic.inlining import local_partials
from tests.conftest import ROOT
from tests.mpmath_algebra import high_precision

HIGH = high_precision(30)
MARK = 12345.678
"""The mark of no dependence where a rule is evaluated as written."""


# The normal form


def scope_of(local: Rule, rng: random.Random) -> dict[str, float]:
    """Choose numbers for the names in a rule, many of them equal."""
    names = [local.graph.names[node] or "" for node in local.graph.inputs()]
    return {name: rng.choice((0.0, 1.0, -1.0, 0.5, 2.0, -3.0)) for name in names}


@pytest.mark.parametrize("name", PRIMITIVES)
def test_the_normal_form_says_what_the_text_says(name: str) -> None:
    row, rng = PRIMITIVES[name], random.Random(name)
    local, text = rule(row), text_graph(row.rule, f"rule of {name}")
    assert len(local.partials) == len(row.parameters)
    for _ in range(200):
        scope = scope_of(local, rng)
        whole = evaluate(text, {k: x for k, x in {**scope, NONE: MARK}.items() if k in text.nodes}).values
        parts = evaluate(local.graph, scope).values
        for output, branches in zip(text.outputs, local.partials, strict=True):
            (partial,) = itertools.islice((p for c, p in branches if c is None or parts[c] != 0), 1)
            found = MARK if partial is None else parts[partial]
            assert found == whole[output] or (found != found and whole[output] != whole[output])


@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_rule_has_branches_and_nothing_beside_them(name: str) -> None:
    local = rule(PRIMITIVES[name])
    live = ancestors(local.graph, [node for b in local.partials for branch in b for node in branch if node is not None])
    assert live == set(range(len(local.graph)))
    for branches in local.partials:
        assert [condition is None for condition, _ in branches] == [*[False] * (len(branches) - 1), True]
        partials = [partial for _, partial in branches if partial is not None]
        assert not any(local.graph.operations[partial] in ("where", "identity") for partial in partials)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("where(x > 2, where(x > 3, 1, none), where(x > 0, 2, 3))", {4: 1, 2.5: None, 1: 2, -1: 3}),
        ("where(x > 0, where(x > 2, none, where(x > 1, 5, 6)), none)", {3: None, 1.5: 5, 0.5: 6, -1: None}),
        ("none", {1: None}),
        ("0", {1: 0}),
        ("where(x == 1, 0, x*0)", {1: 0, 2: 0}),
    ],
)
def test_nested_branches(text: str, expected: dict[float, float | None]) -> None:
    """None and 0 are two things, in every algebra and in emitted code."""
    row = Primitive("planted(x)", "a planted row", text, definition="x")
    local = rule(row)
    assert local.depends(0) == any(number is not None for number in expected.values())
    for x, partial in expected.items():
        parts = evaluate(local.graph, {"x": x} if local.uses("x") else {}).values
        taken = next(p for c, p in local.branches(0) if c is None or parts[c] != 0)
        assert (None if taken is None else parts[taken]) == partial


def test_no_dependence_keeps_infinities_out_and_zero_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for word, expected in (("none", 0.0), ("0", math.nan)):
        name = f"flat_{word}"
        row = Primitive(f"{name}(x)", "a planted row", word, definition="x")
        monkeypatch.setitem(PRIMITIVES, name, row)
        graph = parse(f"y = {name}(sqrt(x))")
        y, x = graph.output, graph.nodes["x"]
        assert pattern(graph, [y], [x]) == [[word == "0"]]
        found = evaluate(differentiate(graph, y, [x]), {"x": 0.0})
        assert found.values[found.graph.output] == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("text", ["1 + none", "x*where(x > 0, 1, none)", "where(none, 1, 2)"])
def test_none_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="the rule of `planted` computes with `none`"):
        rule(Primitive("planted(x)", "a planted row", text))


def test_a_rule_without_a_partial_for_each_parameter_is_named() -> None:
    with pytest.raises(ValueError, match="`planted` has not one partial for each parameter"):
        rule(Primitive("planted(x, y)", "a planted row", "1"))


# Kernels


@pytest.mark.parametrize("algebra", [DOUBLE, HIGH], ids=lambda algebra: algebra.name)
@pytest.mark.parametrize("name", PRIMITIVES)
def test_every_algebra_computes_every_row(name: str, algebra: Algebra) -> None:
    assert algebra.function(name)
    assert algebra.kernel(name)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_no_result_has_the_memory_of_an_operand(name: str) -> None:
    """A result that is used no more is written over, and an operand may be used again."""
    row = PRIMITIVES[name]
    for count in (1, 2, 3) if row.variadic else (len(row.parameters),):
        graph = parse("x0 = 1")
        before = [graph.nodes["x0"], *(graph.append_input(f"x{at}", 0) for at in range(1, count))]
        given = [graph.append("+", [node, before[0]], 0) for node in before]
        asked = graph.append(name, given, 0)
        written = [graph.append("*", [node, before[0]], 0) for node in given]
        columns = [numpy.linspace(1, 5, 5) + at for at in range(count)]
        nodes = [asked, *written, graph.append("+", [asked, written[0]], 0)]
        with ieee():
            found = compile_graph(graph, nodes, ARRAYS, reuses=True)(*(column.copy() for column in columns))
            expected = compile_graph(graph, nodes, ARRAYS)(*columns)
        for one, other in zip(found, expected, strict=True):
            numpy.testing.assert_array_equal(one, other)


def test_a_missing_kernel_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PRIMITIVES, "bare", Primitive("bare(x)", "a row without a definition", "1"))
    monkeypatch.setitem(PRIMITIVES, "heap", Primitive("heap(x, ...)", "a row of many", "rest"))
    for algebra in (DOUBLE, HIGH):
        with pytest.raises(MissingKernel, match=f"the algebra `{algebra.name}` has no kernel of `bare`"):
            algebra.kernel("bare")
        with pytest.raises(MissingKernel, match=f"the algebra `{algebra.name}` has no kernel of `heap`"):
            algebra.kernel("heap")
    with pytest.raises(MissingDefinition, match="no template of `bare`"):
        emit(parse("bare(x)"), "c", gradient=False)


# Facts


def numbers_of(rng: random.Random, count: int) -> list[float]:
    return [rng.choice((0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 40.0, -700.0, 1e-300, 1e300, -1e308)) for _ in range(count)]


def operands_of(name: str, tries: int = 400) -> Iterator[list[float]]:
    row, rng = PRIMITIVES[name], random.Random(name)
    for _ in range(tries):
        operands = numbers_of(rng, rng.randint(2, 4) if row.variadic else len(row.parameters))
        if name == "polygamma":
            operands[0] = float(rng.randint(0, 4))
        yield operands


@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_row_is_harmless_where_it_says_so(name: str) -> None:
    """Its slopes are finite with the number in place; a row that names none is never steep."""
    row = PRIMITIVES[name]
    kernel, steep = DOUBLE.kernel(name), False
    for operands in operands_of(name):
        if row.harmless is not None:
            steep = steep or _is_steep(row, kernel(*operands), range(len(operands)))
            position, number = row.harmless
            operands[position] = number
            if name == "^" or max(map(abs, operands)) > 1e200:  # an overflow of the others, which is another matter
                operands = [max(-5.0, min(5.0, x)) for x in operands]
            if name in ("^", "gamma", "polygamma") or not row.variadic:
                assert not _is_steep(row, kernel(*operands), [position])
        elif name != "clip" and not any(abs(x) > 1e200 for x in operands):
            assert not _is_steep(row, kernel(*operands), range(len(operands))), operands
    # Steep beside a double and at none; or at a kink, where the rule has a convention that no other language knows.
    assert steep or row.harmless is None or row.kinks or row.name in ("tan", "sec")


def _is_steep(row: Primitive, found: Sequence[Any], positions: Sequence[int]) -> bool:
    value, *partials = found
    asked = [partials[position] for position in positions]
    return not math.isfinite(value) or any(x is not None and not math.isfinite(x) for x in asked)


@pytest.mark.parametrize("name", [name for name, row in PRIMITIVES.items() if row.variadic])
def test_pairs_make_up_the_rows_of_many_operands(name: str) -> None:
    pair = PRIMITIVES[name].pair
    assert pair, f"{name} has no pair"
    for count in (2, 3, 5):
        operands = [HIGH.number(x, "") for x in (0.5, -1.25, 3.0, 2.0, -0.75)[:count]]
        found = operands[0]
        for operand in operands[1:]:
            found = HIGH.function(pair)(found, operand)
        if name == "mean":
            found = found / count
        assert abs(found - HIGH.function(name)(*operands)) < 1e-28


def _root(name: str) -> float:
    """Find the exponent r of f = (Σx²)^(r) or x^r, from the growth of f; 0 where it is no such power."""
    row = PRIMITIVES[name]
    if row.name in ("^", "polygamma") or not (row.poles or row.kinks):
        return 0.0
    counts = [2] if row.variadic or len(row.parameters) == 2 else [1]
    for count in counts:
        size = (lambda xs: sum(x * x for x in xs)) if count == 2 else (lambda xs: xs[0])
        powers = []
        for operands in ([0.25, 0.5][:count], [3.0, 7.0][:count], [1e5, 1e4][:count], [1.5, 40.0][:count]):
            value = DOUBLE.function(name)(*operands) if len(row.parameters) <= count else math.nan
            if not value > 0:
                return 0.0
            powers.append(math.log(value) / math.log(size(operands)))
        if max(powers) - min(powers) < 1e-12 and 0 < powers[0] < 1:
            return powers[0]
    return 0.0


@pytest.mark.parametrize("name", PRIMITIVES)
def test_roots_are_found_by_how_they_grow(name: str) -> None:
    assert PRIMITIVES[name].root == pytest.approx(_root(name), abs=1e-12)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_truths(name: str) -> None:
    """`truths` and `is_truth` are facts: found from the values alone."""
    row = PRIMITIVES[name]
    function = DOUBLE.function(name)
    results = [function(*operands) for operands in operands_of(name)]
    outputs_are_truths = all(x in (0.0, 1.0) for x in results) and len({repr(x) for x in results}) == 2
    assert row.is_truth == (outputs_are_truths and row.notation != "call")
    for position in range(len(row.parameters)):
        only_zero_counts = True
        for operands in operands_of(name):
            if operands[position] == 0:
                continue
            values = []
            for other in (1.0, -1.0, 0.3, 1e9):
                changed = [*operands]
                changed[position] = other
                values.append(function(*changed))
            only_zero_counts &= len({repr(value) for value in values}) == 1
        assert (position in row.truths) == only_zero_counts, f"{name}: {row.parameters[position]}"


@pytest.mark.parametrize("name", PRIMITIVES)
def test_picks(name: str) -> None:
    row = PRIMITIVES[name]
    if row.picks:
        assert all(DOUBLE.function(name)(*operands) in operands for operands in operands_of(name))
    elif row.variadic:
        assert not all(DOUBLE.function(name)(*operands) in operands for operands in operands_of(name))


# Adding a row


@pytest.fixture
def softsign(monkeypatch: pytest.MonkeyPatch) -> str:
    """Add a row with a definition, and nothing else."""
    row = Primitive(
        "softsign(x, w=1)", "x/(w + abs(x))", "w/(w + abs(x))^2; -f/(w + abs(x))", definition="x/(w + abs(x))"
    )
    row.group = "neural networks"
    monkeypatch.setitem(PRIMITIVES, row.name, row)
    return "y = softsign(a) + softsign(a*b, 2)"


def test_a_row_with_a_definition_is_all_there_is_to_a_primitive(
    softsign: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*words: str) -> str:
        assert run([*words]) == 0
        return capsys.readouterr().out

    point = ("--a", "1.5", "--b", "-0.5")
    got = json.loads(said("eval", softsign, *point, "-o", "json"))
    nodes = {node["name"]: node for node in got["nodes"]}
    assert nodes["y"]["value"] == 1.5 / 2.5 - 0.75 / 2.75
    assert nodes["a"]["gradient"]["y"] == pytest.approx(1 / 2.5**2 - 0.5 * 2 / 2.75**2, rel=1e-15)
    assert "softsign" in said("functions")
    assert "1/(abs(x) + 1)^2" in said("diff", "softsign(x)")
    hessian = json.loads(said("hessian", softsign, *point, "-o", "json"))
    assert hessian["matrix"][0][0] == pytest.approx(-2 / 2.5**3 + 0.25 * 4 / 2.75**3, rel=1e-14)
    taylor = json.loads(said("taylor", "softsign(x)", "--x", "1", "--order", "3", "-o", "json"))
    assert taylor["outputs"]["%1"]["coefficients"] == [0.5, 0.25, -0.125, 0.0625]
    said("check", softsign, "--samples", "20")
    said("explain", softsign, *point)
    for target in TARGETS:
        for extra in ([], ["--hessian"]):
            text = said("emit", target, softsign, *extra)
            if target == "python":
                scope: dict[str, Any] = {}
                exec(text, scope)
                value, gradient = scope["f"](1.5, -0.5)[:2]
                assert value == nodes["y"]["value"]
                assert gradient[0] == pytest.approx(nodes["a"]["gradient"]["y"], rel=1e-15)
    assert said("emit", "sql", softsign, "--dialect", "spark")
    assert said("emit", "javascript", softsign, "--every-node")


# Adding a target


LISP = """
from cgraph_cli.emit.target import Target
from cgraph_cli.emit.terms import Template, calls

class Lisp(Target):
    title = "Lisp"
    functions = False
    templates = {operation: Template(f"({operation} {{0}} {{1}})") for operation in ("+", "-", "*", "/")}

    def module(self, module):
        lines = [f"(setq {line.name} {line.term.text})" for line in module.lines]
        return "\\n".join([*lines, *(term.text for term in module.terms())]) + "\\n"

TARGET = Lisp()
"""
PLANT = """
import sys, types
from cgraph_cli.emit import TARGETS, Listing
module = types.ModuleType("cgraph_cli.emit.targets.lisp")
exec(sys.argv[1], module.__dict__)
sys.modules[module.__name__] = module
TARGETS["lisp"] = Listing("Lisp, by a test", ".lisp")
from cgraph_cli.__main__ import run
sys.exit(run(sys.argv[2:]))
"""


def test_a_target_is_a_module_and_a_line(tmp_path: Path) -> None:
    def said(status: int, *words: str) -> str:
        command = [sys.executable, "-c", PLANT, LISP.replace("\\\\n", "\\n"), *words]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        assert done.returncode == status, done.stderr
        return done.stdout + done.stderr

    lines = [
        "(setq t1 (+ a b))",
        "(setq de_da (+ b 1))",
        "(setq e (* t1 de_da))",
        "(setq de_db (+ t1 de_da))",
        "e",
        "de_da",
        "de_db",
    ]
    assert said(0, "emit", "lisp", "e = (a + b)*(b + 1)").splitlines() == lines
    assert said(0, "emit", "e = (a + b)*(b + 1)", "-o", str(tmp_path / "e.lisp")) == ""
    assert (tmp_path / "e.lisp").read_text(encoding="utf-8").splitlines() == lines
    assert "there is no test to emit in Lisp" in said(2, "emit", "lisp", "a", "--test")
    assert "did you mean `lisp`" in said(2, "emit", "lips", "a")
    assert "lisp" in said(0, "emit", "--help")


@pytest.mark.parametrize("name", PRIMITIVES)
def test_rules_as_nodes_are_their_kernels(name: str) -> None:
    """The partials that `--every-node` returns are those of the sweeps, and so is where there is none."""
    for operands in operands_of(name, 60):
        graph = parse("z = 0")
        places = [graph.append_input(f"x{at}", 0) for at in range(len(operands))]
        slopes, depends = local_partials(graph, graph.append(name, places, 0))
        values = evaluate(graph, {f"x{at}": x for at, x in enumerate(operands)}).values
        _, *partials = DOUBLE.kernel(name)(*operands)
        for partial, slope, there in zip(partials, slopes, depends, strict=True):
            assert (there if isinstance(there, bool) else values[there] != 0) == (partial is not None), operands
            assert values[slope] == pytest.approx(partial or 0.0, rel=1e-12, nan_ok=True), operands
