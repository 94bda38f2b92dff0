"""C over columns: a graph as a function of blocks of rows, whose loop a compiler turns into operations on vectors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.emit.called_functions import Helpers, called
from cgraph_cli.emit.expressions import Names, Walk
from cgraph_cli.emit.lower import lower
from cgraph_cli.emit.targets.c import C
from cgraph_cli.emit.targets.c_family import EQUALITY, SUM
from cgraph_cli.emit.terms import Template

BLOCK_ROWS = 1024
"""The rows of a block. There are no others, so that a row's numbers do not depend on its place."""


class _Columns(C):
    """C without a branch: each operation is a statement, and truths are joined by what computes both."""

    longest = 0
    templates = {  # noqa: RUF012
        **C.templates,
        "and": Template("{0} & {1}", EQUALITY, SUM, SUM),
        "or": Template("{0} | {1}", EQUALITY, SUM, SUM),
    }
    reserved = C.reserved | {"rows", "row", "block", "given", "found", "blocks", "doubts", "start", "compute"}


_TARGET = _Columns()

_HEAD = f"""\
#include <math.h>

#define ROWS {BLOCK_ROWS}
#if defined(__clang__)
#define LOOP _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define LOOP _Pragma("GCC ivdep")
#else
#define LOOP
#endif
#if defined(__GNUC__)
#define APART __attribute__((noinline))
#else
#define APART
#endif"""

_FUNCTION = """\
/** Computes a block of rows. */
APART static void compute_block(const double *const *given, double *const *found, unsigned char *doubts, long start)
{{
{columns}
    LOOP
    for (int row = 0; row < ROWS; row++) {{
{body}
    }}
{doubts}
}}

/** Computes blocks of rows, and writes which rows are in doubt. */
void compute(long blocks, const double *const *given, double *const *found, unsigned char *doubts)
{{
    for (long block = 0; block < blocks; block++)
        compute_block(given, found, doubts, block * ROWS);
}}"""


_DOUBTS = ["for (int row = 0; row < ROWS; row++)", "    doubts[start + row] = doubt[row] != 0.0;"]


def write_columns(
    graph: Graph, nodes: Sequence[int], doubt: int | None, fixed: Collection[str], vectors: Mapping[str, int]
) -> str:
    """Write the function `compute` of columns as a text of C: it computes nodes, and where `doubt` is not 0.

    `fixed` are the inputs that have one number for all rows. `vectors` are the functions of `math.h` that the machine
    has for vectors too, with the numbers that they take. Raises `RequestError` for a primitive that C cannot say.
    """
    graph, keep = lower(graph, [*nodes, *([] if doubt is None else [doubt])], _TARGET)
    needed = called(graph, keep, _TARGET)
    for name in needed:
        if name not in PRIMITIVES:
            raise RequestError(f"C has no `{name.partition('_')[0]}`")
    helpers = Helpers(needed, _TARGET)
    names = Names(_TARGET, helpers.names)
    walk = Walk(graph, keep, _TARGET, names)
    columns: list[str] = []
    body: list[str] = []
    for at, (label, variable) in enumerate(zip(walk.inputs, walk.parameters, strict=True)):
        if label in fixed:
            columns.append(f"const double {variable} = given[{at}][0];")
        else:
            column = names.unnamed()
            columns.append(f"const double *restrict {column} = given[{at}] + start;")
            body.append(f"const double {variable} = {column}[row];")
    body += _TARGET.statements(walk.lines)
    for at, node in enumerate(keep[: len(nodes)]):
        column = names.unnamed()
        columns.append(f"double *restrict {column} = found[{at}] + start;")
        body.append(f"{column}[row] = {walk.term(node).text};")
    ending = ["(void)doubts;"]
    if doubt is not None:
        columns.append("double doubt[ROWS];")
        body.append(f"doubt[row] = {walk.term(keep[-1]).text};")
        ending = _DOUBTS
    function = _FUNCTION.format(columns=_indented(columns, 1), body=_indented(body, 2), doubts=_indented(ending, 1))
    return "\n\n".join([_HEAD, *_declarations(vectors), *helpers.sources.values(), function]) + "\n"


def _indented(lines: Sequence[str], depth: int) -> str:
    return "\n".join(f"{_TARGET.indent * depth}{line}" for line in lines)


def _declarations(vectors: Mapping[str, int]) -> list[str]:
    """Declare functions as ones of vectors too, as glibc does for `-ffast-math` alone."""
    lines = [
        f'__attribute__((simd("notinbranch"))) double {name}({", ".join(["double"] * count)});'
        for name, count in vectors.items()
    ]
    return ["#if defined(__GNUC__) && !defined(__clang__)\n" + "\n".join(lines) + "\n#endif"] if lines else []
