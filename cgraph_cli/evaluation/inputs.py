"""Inputs: the numbers of a program's inputs, checked against its graph."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from cgraph_cli.core.errors import MOST_NAMES, InputError, Span, did_you_mean, name_list
from cgraph_cli.core.graph import INPUT, Graph
from cgraph_cli.core.nodes_by_label import constant_items, elements_of, named_inputs, settled_inputs, why_constant
from cgraph_cli.core.primitives import CONSTANTS, function
from cgraph_cli.core.tensor import Shape, Tensor, show_shape

_MANY = 5
"""The most missing inputs that the help sets by options."""


class MissingInputError(InputError):
    """An error of inputs without a number.

    The help sets them as options, such as `--a 1`, or with `--set` where that is one of the `options` of a command;
    many of them in a file, made from the `program` as a command line names it.
    """

    def __init__(
        self, graph: Graph, nodes: Sequence[int], options: Container[str] = (), program: str = "PROGRAM"
    ) -> None:
        from cgraph_cli.language.characters import call_of
        from cgraph_cli.language.foreign_inputs import instead_of

        self.graph, self.nodes = graph, nodes
        shapes = _missing_shapes(graph, nodes)
        names = list(shapes)
        said = {name: f" of {show_shape(shape)}" for name, shape in shapes.items() if shape}
        shown = name_list(names, said=said)
        what = f"the input {shown} has" if len(names) == 1 else f"the inputs {shown} have"
        advice = {name: instead_of(graph, name) for name in names[:MOST_NAMES]}
        others = {name: shape for name, shape in shapes.items() if name not in advice or not advice[name].is_certain}
        help = [*dict.fromkeys(text for text, _ in advice.values() if text)]
        if others:
            help.append(f"give {'it' if len(others) == 1 else 'them'}: {show_settings(others, options)}")
        if len(others) > _MANY:
            help.append(f"or in a file: `cgraph eval {program} --template > inputs.json` writes one to fill in,")
            help.append("which `--inputs inputs.json` reads")
        for primitive in filter(None, map(function, list(others)[:MOST_NAMES])):
            help.append(f"to call the function, write `{call_of(primitive)}`")
        super().__init__(f"{what} no value", [_place(graph, name) for name in names[:3]], "\n".join(help))

    def for_command(self, options: Container[str], program: str) -> MissingInputError:
        """Make the same error for a command with these options, on a program as its line names it."""
        return MissingInputError(self.graph, self.nodes, options, program)


def check_inputs(graph: Graph, inputs: Mapping[str, float]) -> dict[int, float]:
    """Find the number of each input node. Raises the errors of `evaluate`."""
    for name, setting in inputs.items():
        node = graph.nodes.get(name)
        is_input = node is not None and graph.operations[node] == INPUT
        if not is_input and not is_settled_as(graph, name, setting):
            check_settable(graph, name)
    given = {}
    missing = []
    for node in graph.inputs():
        name = graph.names[node] or ""
        number = inputs[name] if name in inputs else graph.numbers[node]
        if number is None:
            missing.append(node)
        else:
            given[node] = number
    if missing:
        raise MissingInputError(graph, missing)
    return given


def check_settable(graph: Graph, name: str) -> None:
    """Raise `InputError` unless `name` is an input of the program."""
    program = graph
    if graph.arrays is not None and name not in graph.nodes:
        graph = graph.arrays.graph
    node = graph.nodes.get(name)
    if node is not None and graph.operations[node] == INPUT:
        return
    if node is not None:
        if name in graph.constants:
            what, limit, spans, help = why_constant(program, name)
            raise InputError(f"`{name}` {what} and {limit}", spans, help)
        start = graph.definitions[node]
        help = "only a name that is never assigned, or assigned a plain number, is an input"
        raise InputError(
            f"`{name}` is computed and cannot be set", [Span(graph.source, start, start + len(name))], help
        )
    from cgraph_cli.language.foreign_inputs import why_not_settable

    reason = why_not_settable(graph, name)
    if reason is not None:
        raise InputError(reason[0], help=reason[1])
    names = [each.name for each in named_inputs(graph)]
    hint = elements_of(program, name) or _instead_of_absent(name, names) or did_you_mean(name, names)
    known = f"its inputs are {name_list(names)}" if names else "it has no inputs"
    raise InputError(f"the program has no input `{name}`", help=f"{hint}\n{known}" if hint else known)


def _instead_of_absent(name: str, names: Sequence[str]) -> str:
    """Advise on an input that stands within another name, as `x` does in `xy` and `dx`; empty for any other."""
    for each in names:
        if each == f"d{name}":
            return f"a derivative with respect to `{name}` is written `grad(y, {name})`"
        if len(name) == 1 and name in each and 1 < len(each) < 4 and each.isalpha():
            return f"`{each}` is one name: to multiply, write `{'*'.join(each)}`"
    return ""


def is_settled_as(graph: Graph, name: str, given: Any) -> bool:
    """Tell whether an input that shapes or places hang on was given, before, the number or the array that it is now."""
    if name not in settled_inputs(graph):
        return False
    numbers = (
        given.items if isinstance(given, Tensor) else given.ravel().tolist() if hasattr(given, "ravel") else [given]
    )
    is_certain = not any(getattr(each, "u", 0) for each in numbers)
    return is_certain and [*map(float, numbers)] == constant_items(graph, name)


def check_ignorable(graph: Graph, names: Iterable[str]) -> None:
    """Raise `InputError` for a name that is no input of the program, but has another meaning in it.

    Such are its other nodes, its constants, and the constants of the language and the functions that it uses.
    """
    used = {*graph.constants, *graph.operations, *graph.spellings.values()}
    for name in names:
        primitive = function(name)
        known = primitive.name if primitive is not None else name
        if known in used or (name == "inf" and CONSTANTS[name] in graph.numbers):
            check_settable(graph, name)


def show_settings(shapes: Mapping[str, Shape], options: Container[str] = (), most: int = 6) -> str:
    """Write inputs of some shapes as the words that set them on the command line."""
    words = []
    for name, shape in [*shapes.items()][:most]:
        name = name if len(name) <= 40 else f"{name[:40]}…"
        number = f"ones({', '.join(map(str, shape))})" if shape else "1"
        if f"--{name}" in options:
            words.append(f'--set "{name}={number}"' if shape else f"--set {name}={number}")
        else:
            words.append(f'--{name} "{number}"' if shape else f"--{name} {number}")
    return " ".join(words) + (" …" if len(shapes) > most else "")


def _missing_shapes(graph: Graph, nodes: Sequence[int]) -> dict[str, Shape]:
    """Find the arrays whose elements are all among some nodes, each with its shape."""
    missing = set(nodes)
    found: dict[str, Shape] = {}
    for name, shape, elements in named_inputs(graph):
        if missing.issuperset(elements):
            found[name] = shape
        else:
            found |= {graph.names[each] or "": () for each in elements if each in missing}
    return found


def _place(graph: Graph, name: str) -> Span:
    owner = graph if name in graph.nodes or graph.arrays is None else graph.arrays.graph
    return owner.span(owner.nodes[name])
