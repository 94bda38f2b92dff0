"""Numbers and names as people write them in options."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cgraph_cli.core.errors import InputError, RequestError, Source, Span
from cgraph_cli.core.graph import INPUT, show_number
from cgraph_cli.core.tensor import Tensor, element_label
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.kernels import Algebra
from cgraph_cli.language.numbers import as_setting, does_hold, is_number, no_double, split_parts

if TYPE_CHECKING:
    from cgraph_cli.core.array_graph import ArrayGraph

_WRITE_NUMBER = "write a number, such as `3`, `1e-3` or `2*pi`"


def constant(text: str, name: str, algebra: Algebra = DOUBLE) -> Any:
    """Compute the number of a constant expression such as `2*pi`.

    `name` is its use, for messages. `1.000 ± 0.002` is an `UncertainNumber`; another algebra than that of doubles takes
    its estimate.
    """
    source = Source(text, name)
    try:
        number = read_double(source)
        if algebra is DOUBLE or number != number or abs(number) == float("inf"):
            return number
    except ValueError:
        pass
    from cgraph_cli.evaluation.sweeps import evaluate
    from cgraph_cli.language.foreign_inputs import instead_of
    from cgraph_cli.language.numbers import instead_of_value, join_at_commas
    from cgraph_cli.language.uncertainties import HOW, MISSPELT_SIGN, find_notation
    from cgraph_cli.symbolic.program import parse

    if not text.strip():
        raise InputError(f"`{name}` has no value", help=_WRITE_NUMBER)
    _check_single(text, name)
    if advice := instead_of_value(text.strip()):
        raise InputError(f"`{text.strip()}` is no single number", help=advice)
    if (notation := find_notation(text)) is not None:
        if not notation.amount.strip():
            raise InputError(f"`{text.strip()}` has no uncertainty after its sign", help=HOW)
        if algebra is DOUBLE:
            return notation.read(lambda part: float(constant(part, name)), name)
        return constant(notation.value, name, algebra)
    if re.fullmatch(r"[-+.\w]+(?:,[-+. \w]+)+", text.strip()):
        parts = [part.strip() for part in text.split(",")]
        help = f"an array is written `[{', '.join(parts)}]`"
        one = " or ".join(f"`{number}`" for number in join_at_commas(parts))
        help += f", and one number {one}" if one else ""
        raise InputError(f"`{text.strip()}` is no single number", help=help)
    if re.fullmatch(r"[^=,\[]+(?:,\s*[^\W\d]\w*\s*=[^=,]+)+", text) and name.startswith("--"):
        first, *others = text.split(",")
        settings = [map(str.strip, other.split("=")) for other in others]
        words = " ".join([f"{name} {first.strip()}", *(f"--{other} {number}" for other, number in settings)])
        raise InputError(f"`{name}` takes the value of one input", help=f"each input has an option: write `{words}`")
    if re.fullmatch(r"[\w./~-]+\.(?:csv|tsv|json|npy|npz|txt)(?:\[.*\])?", text.strip()):
        help = f"an array is read from a file by `@{text.strip()}`"
        raise InputError(f"`{text.strip()}` is no single number", help=help)
    if two := re.fullmatch(rf"\s*([-+\d.eE]*[\d.])(?:\s+|\s*({MISSPELT_SIGN})\s*)([\d.]+(?:[eE][-+]?\d+)?)\s*", text):
        first, sign, second = two.groups()
        help = f"a number with its uncertainty is written `{first} ± {second}`"
        if not sign:
            one = f"one number is written `{first}{second}`" if re.fullmatch(r"\d{3}", second) else help
            help = f"{one}, and an array `[{first}, {second}]`"
        raise InputError(f"`{text.strip()}` is two numbers", help=help)
    graph = parse(source)
    if graph.details:
        found = value(text, name, algebra)
        if isinstance(found, Tensor):
            raise InputError(f"`{text.strip()}` is an array, and no single number", help=_WRITE_NUMBER)
        return found
    if any(graph.names[node] for node in range(len(graph)) if graph.operations[node] != INPUT):
        raise InputError(f"`{text.strip()}` is a statement, and no value", help=_WRITE_NUMBER)
    for node in graph.inputs():
        help = instead_of(graph, graph.names[node] or "").text or _WRITE_NUMBER
        raise InputError(f"`{graph.names[node]}` is not a number", [graph.span(node)], help)
    return evaluate(graph, algebra=algebra).values[graph.output]


def value(text: str, name: str, algebra: Algebra = DOUBLE) -> Any:
    """Compute the number, or the array as a `Tensor`, of a constant expression such as `[1, 2]` or `eye(3)`."""
    if "[" not in text and "(" not in text:
        return constant(text, name, algebra)
    from cgraph_cli.language.uncertainties import find_notation, split_array

    _check_single(text, name)
    if "[" not in text and find_notation(text):
        return constant(text, name, algebra)
    if (nested := split_array(text)) is not None:
        return _uncertain_array(nested, name, algebra)
    from cgraph_cli.evaluation.sweeps import evaluate
    from cgraph_cli.symbolic.arrays import large_arrays, with_shapes
    from cgraph_cli.symbolic.program import parse

    source = Source(text, name)
    graph = parse(source)
    if not graph.details:
        return constant(text, name, algebra)
    large = large_arrays(graph, {}) if algebra is DOUBLE else None
    shaped = large or with_shapes(graph, {})
    for node in shaped.inputs():
        label = shaped.names[node] or ""
        if label in graph.nodes and (large or node not in graph.details):
            raise InputError(f"`{label}` is not a number", [shaped.span(node)], _WRITE_NUMBER)
    if large is not None:
        return _large_array(large)
    assert shaped.arrays is not None
    values = evaluate(shaped, algebra=algebra).values
    found = shaped.arrays.elements[shaped.arrays.graph.output].map(values.__getitem__)
    return found if found.shape else found.item


def _check_single(text: str, name: str) -> None:
    """Raise `InputError` for several values side by side, as in `1; 2`, `1 2 3` and `1.00 (2)`."""
    from cgraph_cli.language.uncertainties import meant_notation

    if meant := meant_notation(text):
        help = f"a number with its uncertainty is written {as_setting(name, meant)}"
        raise InputError(f"`{text.strip()}` is two numbers", help=help)
    rows = [row.strip() for row in split_parts(text.strip().replace("\n", ";"), ";")]
    cells = [row.split() if all(map(is_number, row.split())) else [row] for row in rows if row]
    if not cells or (len(rows) == 1 and len(cells[0]) < 3):
        return
    if "±" in rows[0] and all(re.fullmatch(r"[^\W\d]\w*(?:\s*=.*)?", row) for row in rows[1:]):
        return  # the words after an uncertainty, which may follow a `;`
    numbers = [[_without_comma(cell) for cell in row] for row in cells]
    is_vector = len(numbers) == 1 or all(len(row) == 1 for row in numbers)
    array = ", ".join(", ".join(row) if is_vector else f"[{', '.join(row)}]" for row in numbers)
    help = f"for an array, write {as_setting(name, f'[{array}]')}"
    if set("([") & set(text):
        help = "a value is one number or one array, such as `[[1, 2], [3, 4]]`"
    elif len(rows) == 1 and re.fullmatch(r"[-+]?\d{1,3}( \d{3})+(\.\d*)?", rows[0]):
        help = f"for one number, write {as_setting(name, rows[0].replace(' ', ''))}"
    raise InputError(f"`{' '.join(text.split())}` is no single number", help=help)


def _without_comma(number: str) -> str:
    """Write a number with a decimal comma as one with a point; leave any other text."""
    return number.replace(",", ".") if re.fullmatch(r"[-+]?\d+,\d+", number) else number


def _large_array(graph: ArrayGraph) -> Any:
    """Compute a constant of so many elements that it is not computed one by one."""
    from array import array as doubles

    from cgraph_cli.evaluation.arrays.algebra import ARRAYS, fill, ieee
    from cgraph_cli.evaluation.sweeps import evaluate

    shape, items = graph.shapes[graph.output], doubles("d")
    with ieee():
        items.frombytes(fill(evaluate(graph, algebra=ARRAYS).values[graph.output], shape).tobytes())
    return Tensor(shape, items) if shape else items[0]


def _uncertain_array(nested: list[Any], name: str, algebra: Algebra) -> Any:
    """Compute an array with uncertain elements."""
    from cgraph_cli.core.tensor import Ragged, indices, of_nested, show_index, show_shape

    try:
        texts = of_nested(nested)
        items = [
            constant(text, f"{name}{show_index(index)}", algebra)
            for index, text in zip(indices(texts.shape), texts.items, strict=True)
        ]
        return Tensor(texts.shape, items)
    except Ragged as error:
        what = f"the parts of `{name}` differ in shape: {show_shape(error.first)} and {show_shape(error.second)}"
        raise InputError(what, help="every row has as many elements as the first") from None


def read_double(source: Source) -> float:
    """Read a double.

    Raises `ValueError` for a text that is no number, and `InputError` for a number beyond the doubles.
    """
    text = source.text.strip()
    number = float(text)
    if not does_hold(text, number):
        what, help = no_double(text, number)
        raise InputError(what, [Span(source, 0, len(source.text))], help)
    return number


def plain_value(text: str, name: str, instead: str = "leave the uncertainty out") -> Any:
    """Compute a number or an array without uncertainty. Raises `InputError` for another, with the advice `instead`."""
    from cgraph_cli.core.uncertain_number import UncertainNumber

    found = value(text, name)
    for number in found.items if isinstance(found, Tensor) else [found]:
        if isinstance(number, UncertainNumber):
            help = instead.format(value=show_number(float(number)), u=show_number(number.u))
            raise InputError(f"`{name}` takes plain numbers, and `{text.strip()}` is an uncertain one", help=help)
    return found


def plain_constant(text: str, name: str) -> float:
    """Compute a number without uncertainty. Raises `InputError` for another."""
    from cgraph_cli.core.uncertain_number import UncertainNumber

    number = constant(text, name)
    if isinstance(number, UncertainNumber):
        what = f"`{name}` takes plain numbers, and `{text.strip()}` is an uncertain one"
        raise InputError(what, help="leave the uncertainty out")
    return float(number)


def assignments(words: Sequence[str], option: str, known: Callable[[], Sequence[str]] | None = None) -> dict[str, Any]:
    """Read `a=1,b=0.5`, or `a=[1,2]`, as numbers and arrays by name. `known` lists names for advice."""
    result: dict[str, Any] = {}
    for part in split_parts(",".join(words)) if words else ():
        name, equals, number = part.partition("=")
        if not equals or not name.strip():
            help = f"as in `{option} a=1,b=0.5`" if known is None else _with_a_name(part.strip(), option, known())
            raise RequestError(f"`{option} {','.join(words)}` is not a list of numbers", help=help)
        result[element_label(name)] = plain_value(number, option)
    return result


def _with_a_name(text: str, option: str, names: Sequence[str]) -> str:
    """Advise on a name without a number, or a number without a name."""
    number = "1"
    if text not in names:
        with suppress(InputError):
            plain_value(text, option)
            number = text
    name = text if text in names else next((name for name in names if name.isidentifier()), "")
    return f"write `{option} {quote_setting(f'{name}={number}')}`" if name else ""


def quote_setting(setting: str) -> str:
    """Put a setting in quotes where a shell would take it apart."""
    return f'"{setting}"' if set(setting) & set(" []()*'") else setting


def names(values: Sequence[str]) -> list[str]:
    """Split the values of a repeatable option of lists into names."""
    return [element_label(name) for each in values for name in split_parts(each) if name.strip()]
