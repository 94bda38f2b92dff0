"""Calls of functions of arrays in a program, and of reductions along an axis; loaded where there is one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cgraph_cli.core.errors import ProgramError, Source, Span, did_you_mean, name_list
from cgraph_cli.core.primitives import function
from cgraph_cli.core.structural import STRUCTURAL
from cgraph_cli.language.array_rules import Keyword
from cgraph_cli.language.foreign_calls import arguments_at, instead_of_arguments, norm_of_order
from cgraph_cli.language.foreign_functions import is_simple
from cgraph_cli.language.methods import with_axis
from cgraph_cli.language.scopes import PlacedWord, span_of

StructuralCall = tuple[str, tuple[int, ...], tuple[str, ...]]
"""An operation, its operands, and the names of those with a name, which are the last."""


def find_structural_call(
    source: Source, token: PlacedWord, name: str, given: Sequence[int | Keyword]
) -> StructuralCall | None:
    """Read a call of a structural primitive, or of a reduction along an axis; None for any other function."""
    row, reduction = STRUCTURAL.get(name), function(name)
    words = [each for each in given if isinstance(each, Keyword)]
    nodes = [each for each in given if isinstance(each, int)]
    if row is None and (reduction is None or not reduction.variadic or {word.name for word in words} != {"axis"}):
        return None
    for word in words:
        if nothing := re.compile(r"axis\s*=\s*None\b").match(source.text, word.offset):
            start = token.start_pos or 0
            arguments, end = arguments_at(source.text, start) or ([], nothing.end())
            rest = ", ".join(each for each in arguments if not re.match(r"axis\s*=", each))
            over_all = ", which goes over all elements" if row is None else ""
            help = f"write `{name}({rest})`{over_all}" if rest else "leave it out"
            raise ProgramError("`axis` is the number of an axis", [Span(source, start, end)], help)
    if len(words) < len(given) and any(isinstance(each, Keyword) for each in given[: len(nodes)]):
        raise ProgramError("arguments with names come last", [span_of(source, token)], "write them after the others")
    if row is None:
        assert reduction is not None
        if len(nodes) != 1 or [word.name for word in words] != ["axis"]:
            if len(nodes) > 1 and words[0].name == "axis":
                what = f"`{name}` of several operands goes element by element, and has no `axis`"
                raise ProgramError(
                    what, [span_of(source, token)], f"write `{name}([a, b], axis=0)` for one of an array"
                )
            return None
        return reduction.name, (nodes[0], words[0].node), ("axis",)
    for word in words:
        if word.name not in row.keywords:
            raise no_keyword(source, name, given)
    least, most = row.required, len(row.parameters) - len(row.keywords)
    if len(nodes) < max(least, row.variadic) or (len(nodes) > most and not row.variadic):
        verb = "is" if len(nodes) == 1 else "are"
        takes = "one argument or more" if row.variadic else f"{least} argument{'s' * (least != 1)}"
        what = f"`{name}` takes {takes}, and {len(nodes) or 'none'} {verb} given"
        arguments, _ = arguments_at(source.text, token.start_pos or 0) or ([], 0)
        help = f"it is called as `{row.signature.replace('*', '')}`"
        if "axis" in row.keywords and len(arguments) == len(nodes) == 2:
            help = f"write `{with_axis(name, arguments)}`"
        raise ProgramError(what, [span_of(source, token)], help)
    return name, (*nodes, *(word.node for word in words)), tuple(word.name for word in words)


def _by_slices(name: str, word: str, arguments: Sequence[str]) -> str:
    """Advise on a cumulative sum along an axis, or a convolution with a stride; empty for any other call."""
    operands, number = arguments[:-1], "".join(arguments[-1:])
    if name == "cumsum" and word in ("axis", "dim") and len(operands) == 1:
        array = operands[0] if is_simple(operands[0]) else f"({operands[0]})"
        of_vector = f"for a vector, write `cumsum({operands[0]})`\n" if number in ("0", "-1") else ""
        of_rows = f"for each row, write `[cumsum(row) for row in {operands[0]}]`"
        of_columns = f"for each column, write `[cumsum(column) for column in {array}.T].T`"
        return {"0": of_vector + of_columns, "1": of_rows, "-1": of_vector + of_rows}.get(number, "")
    if name in ("conv1d", "conv2d") and word in ("stride", "strides") and len(operands) == 2 and number.isdigit():
        places = ", ".join([f"::{number}"] * (1 if name == "conv1d" else 2))
        return f"write `{name}({', '.join(operands)})[{places}]`"
    return ""


def is_function(name: str) -> bool:
    """Tell whether the language has a function of a name."""
    return name == "grad" or name in STRUCTURAL or function(name) is not None


def no_keyword(source: Source, name: str, given: Sequence[int | Keyword]) -> ProgramError:
    """Make the error of an argument with a name that the function does not have."""
    words = [each for each in given if isinstance(each, Keyword)]
    row, primitive = STRUCTURAL.get(name), function(name)
    known = sorted(row.keywords) if row else ["axis"] * (primitive is not None and primitive.variadic)
    word = next(word for word in words if word.name not in known)
    span = Span(source, word.offset, word.offset + len(word.name))
    help = "its arguments have no names; to compare, write `==`"
    start = source.text.rfind(name, 0, word.offset)
    arguments, end = arguments_at(source.text, start) or ([], 0)
    bare = [re.sub(r"^\w+\s*=\s*", "", each) for each in arguments]
    if name == "norm" and word.name in ("ord", "p") and len(bare) == 2:
        help = f"for a vector, write `{norm_of_order(*bare)}`"
        return ProgramError(f"`norm` has no argument called `{word.name}`", [Span(source, start, end)], help)
    instead = instead_of_arguments(source.text, start, name, bare)
    if instead := f"write `{instead}`" if instead else _by_slices(name, word.name, bare):
        return ProgramError(f"`{name}` has no argument called `{word.name}`", [Span(source, start, end)], instead)
    if known:
        help = "write `axis`" if word.name in ("dim", "dims", "axes") else did_you_mean(word.name, known)
        if word.name in ("keepdims", "keepdim"):
            help = "an index behind the call gives the axis back, as in `sum(X, axis=1)[:, None]`"
        help = help or f"only {name_list(known)} has a name; to compare, write `==`"
    return ProgramError(f"`{name}` has no argument called `{word.name}`", [span], help)
