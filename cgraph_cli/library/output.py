"""Pictures of graphs, and results in the formats of their commands."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import TYPE_CHECKING, Any, TypeAlias

from cgraph_cli.core.errors import RequestError
from cgraph_cli.library.answers import report
from cgraph_cli.library.arguments import (
    Inputs,
    Labels,
    Program,
    check_least,
    check_type,
    check_word,
    read_bounds,
    read_labels,
    read_problem,
)

if TYPE_CHECKING:
    from cgraph_cli.checks.outcomes import Outcome
    from cgraph_cli.render import Formats
    from cgraph_cli.results.array_derivation import ArrayDerivation
    from cgraph_cli.results.derivation import Derivation
    from cgraph_cli.results.matrices import Matrix
    from cgraph_cli.results.report import Report
    from cgraph_cli.results.taylor import Taylor
    from cgraph_cli.results.uncertainty.propagation import Budgets

Result: TypeAlias = "Report | Matrix | Taylor | Budgets | Derivation | ArrayDerivation | Outcome"


def draw(
    program: Program,
    inputs: Inputs = None,
    format: str = "tree",
    *,
    of: Labels = (),
    wrt: Labels = (),
    mode: str = "",
    depth: int | None = None,
    digits: int | None = None,
    all: bool = False,
    theme: str = "auto",
    direction: str = "up",
    scale: float = 2.0,
    ranges: Mapping[str, tuple[float, float]] | None = None,
) -> str | bytes:
    """Draw the graph, with its numbers where every input has one; only `png` is bytes.

    `format` is `tree`, `dot`, `mermaid`, `svg`, `png`, `html` or `json`; png needs the extra `pictures`. A
    page (html) whose inputs are not given starts at 1. With `of`, what these outputs need is drawn, to the `depth` of
    so many edges; `all` draws it however large it is. `mode` and `wrt` choose the derivatives, as for `report`.
    `ranges` are how far the sliders of a page go, by input. Raises
    `RequestError` where a library is absent.

    >>> print(draw("e = a*b", {"a": 3, "b": 2}).splitlines()[0].split())
    ['node', 'partial', 'value', '∂e/∂node']
    """
    from cgraph_cli.draw import DIRECTIONS, THEMES, write
    from cgraph_cli.draw.array_drawing import draw_program
    from cgraph_cli.render import GRAPHS
    from cgraph_cli.render.view import View

    for what, word, words in (
        ("format", format, tuple(GRAPHS.formats)),
        ("theme", theme, THEMES),
        ("direction", direction, DIRECTIONS),
    ):
        check_word(what, word, words)
    for what, number, least in (("depth", depth, 0), ("digits", digits, 1)):
        if number is not None:
            check_least(what, number, least)
    if not 0 < scale < inf:
        raise RequestError(f"`scale` cannot be {scale}", help="write a number above 0")
    graph, numbers = read_problem(program, inputs, whole=format != "html")
    missing = any(graph.numbers[node] is None for node in graph.inputs())
    if format == "html" and not numbers:
        from cgraph_cli.draw.page_data import starting_inputs

        numbers, missing = dict(starting_inputs(graph)), False
    answer = report(graph, numbers, of=of, wrt=wrt, mode=mode) if numbers or not missing else None
    drawing = draw_program(graph, read_labels(of), answer, depth=depth, digits=digits)
    return write(
        drawing, format, View(all=all, theme=theme, direction=direction, scale=scale, ranges=read_bounds(ranges))
    )


def render(
    result: Result,
    format: str,
    *,
    digits: int | None = None,
    named: bool = False,
    edges: bool = False,
    all: bool = False,
) -> str:
    """Write a result as the command that it is of does.

    Reports, matrices, budgets and Taylor polynomials have the formats `plain`, `json`, `jsonl`, `csv`, `tsv`,
    `markdown` and `table`; budgets `svg` too; derivations `markdown`, `latex`, `json` and `text`; outcomes `text`,
    `json`, `junit`, `github` and `tap`. A table and a derivation as text are drawn by Rich. Numbers have so many
    `digits`, by default those of the `precision` that they were computed in. Of a report, the `named` nodes
    alone are written, or the `edges` too; `all` rows, however many there are.

    >>> print(render(jacobian("y = x^2", {"x": 3}), "csv"), end="")
    node,x,status
    y,6,ok
    """
    from cgraph_cli.checks.outcomes import Outcome
    from cgraph_cli.render import BUDGETS, DERIVATIONS, OUTCOMES, SHEETS
    from cgraph_cli.render.contents.blocks import matrix_sheet
    from cgraph_cli.render.contents.budgets import BudgetSheet
    from cgraph_cli.render.contents.report_sheets import sheet_of
    from cgraph_cli.render.contents.taylor import TaylorSheet
    from cgraph_cli.results.matrices import Matrix
    from cgraph_cli.results.report import Report
    from cgraph_cli.results.taylor import Taylor
    from cgraph_cli.results.uncertainty.propagation import Budgets

    if digits is not None:
        check_least("digits", digits, 1)
    if digits is None and isinstance(result, (Report, Matrix, Taylor)):
        answer = (
            result if isinstance(result, Report) else result.report if isinstance(result, Taylor) else result.reports[0]
        )
        digits = answer.request.precision
    wanted = {"digits": digits, "named": named, "edges": edges, "all": all}
    if isinstance(result, Outcome):
        return write_text(OUTCOMES, format, [result], wanted)
    if isinstance(result, Report):
        return write_text(SHEETS, format, sheet_of(result), wanted)
    if isinstance(result, Matrix):
        return write_text(SHEETS, format, matrix_sheet(result), wanted)
    if isinstance(result, Budgets):
        return write_text(BUDGETS, format, BudgetSheet(result), wanted)
    if isinstance(result, Taylor):
        return write_text(SHEETS, format, TaylorSheet(result), wanted)
    from cgraph_cli.evaluation.paths import MOST_PATHS
    from cgraph_cli.results.array_derivation import ArrayDerivation
    from cgraph_cli.results.derivation import Derivation

    check_type("`result`", result, (Derivation, ArrayDerivation), "what `report`, `jacobian` and the like give")
    return write_text(DERIVATIONS, format, result, {**wanted, "most_paths": MOST_PATHS})


def write_text(formats: Formats, format: str, result: object, wanted: Mapping[str, Any]) -> str:
    """Write a result as text, in one of its formats."""
    from io import StringIO

    from cgraph_cli.render.view import View

    check_word("format", format, tuple(formats.formats))
    stream = StringIO()
    formats.writer(format)(result, View(**wanted), stream)
    return stream.getvalue()
