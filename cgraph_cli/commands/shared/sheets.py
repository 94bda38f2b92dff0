"""Options of the commands that print a sheet of numbers, and the output of the sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import click

from cgraph_cli.commands.shared.destination import Destination, output_options
from cgraph_cli.commands.shared.options import (
    COMPUTE,
    Function,
    Option,
    all_option,
    allow_nonfinite_option,
    digits_option,
    echo,
    together,
)
from cgraph_cli.commands.shared.terminal import print_note
from cgraph_cli.render import SHEETS, Formats

if TYPE_CHECKING:
    from cgraph_cli.commands.shared.problem import Problem
    from cgraph_cli.render.contents import Sheet
    from cgraph_cli.results.report import Disagreement, Stage
    from cgraph_cli.results.request import Request

sparsity_option = click.option(
    "--sparsity", cls=Option, group=COMPUTE, is_flag=True,
    help="Print `x` for each entry that can be other than 0, and `.` for the others; inputs need not be given.",
)  # fmt: skip


def sheet_options(file: str = "numbers.csv", formats: Formats = SHEETS) -> Callable[[Function], Function]:
    """Declare the options of a sheet's look and destination; `file` is an example of a file."""
    more = (digits_option, all_option())
    return together(output_options(formats, "How to write the result", file, *more), allow_nonfinite_option)


def write_sheet(sheet: Sheet, output: Destination, digits: int | None, everything: bool) -> None:
    """Write a sheet to its destination."""
    output.write(sheet, output.view(digits=digits, all=everything))


def find_pattern(kind: str, problem: Problem, request: Request, stage: Stage) -> Sheet:
    """Find the pattern of a `jacobian` or a `hessian`, of large arrays by blocks."""
    arrays = problem.large_arrays(stage, always=True)
    if arrays is not None:
        from cgraph_cli.render.contents.block_patterns import BlockPatternSheet
        from cgraph_cli.results.array_patterns import hessian_blocks, jacobian_blocks

        found = (hessian_blocks if kind == "hessian" else jacobian_blocks)(arrays, request.of, request.wrt)
        if found is not None:
            return BlockPatternSheet(found)
    from cgraph_cli.render.contents.blocks import pattern_sheet
    from cgraph_cli.results.matrices import hessian_pattern, jacobian_pattern

    pattern = hessian_pattern if kind == "hessian" else jacobian_pattern
    return pattern_sheet(pattern(problem.graph(stage), request.of, request.wrt))


def print_uncertified() -> None:
    """Say on stderr that arrays were computed by NumPy."""
    print_note("note: arrays of this size are computed as arrays: their digits are not certified")


def print_unknown(count: int, allow_nonfinite: bool, is_cut_short: bool = False) -> None:
    """Count the unknown numbers on stderr, with the reason; a format for machines only has a status beside each."""
    if count and not allow_nonfinite:
        what = "1 number is" if count == 1 else f"{count:,} numbers are"
        why = "the bound on work was reached" if is_cut_short else "looked for, and not settled"
        print_note(f"note: {what} unknown: {why}")


def print_agreement(labels: Sequence[str], found: Iterable[Disagreement], output: Destination | None) -> bool:
    """Tell whether forward and reverse agree: below a table on stdout, and on stderr where they do not."""
    disagreements = list(found)
    if disagreements:
        from cgraph_cli.commands.shared.usage import print_diagnostic
        from cgraph_cli.core.errors import Diagnostic

        for one in disagreements:
            what = f"forward and reverse disagree on ∂{labels[one.output]}/∂{labels[one.wrt]}"
            print_diagnostic(Diagnostic(f"{what}: forward {one.forward!r}, reverse {one.reverse!r}"))
    elif output is not None and output.is_default:
        echo("forward and reverse agree")
    return not disagreements
