"""Inputs: the numbers that a program is given, checked against its graph."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from cgraph_cli.core.errors import InputError, did_you_mean, name_list
from cgraph_cli.core.graph import INPUT, Graph
from cgraph_cli.core.primitives import function


class MissingInputError(InputError):
    """Inputs without a number.

    The help sets them as options, such as `--a 1`, or with `--set` where that is one of the `options` of a command.
    """

    def __init__(self, graph: Graph, nodes: Sequence[int], options: Container[str] = ()) -> None:
        from cgraph_cli.language.characters import call_of

        self.graph, self.nodes = graph, nodes
        names = [graph.names[node] or "" for node in nodes]
        what = f"the input {name_list(names)} has" if len(names) == 1 else f"the inputs {name_list(names)} have"
        help = f"give {'it' if len(names) == 1 else 'them'}: {show_settings(names, options)}"
        for primitive in filter(None, map(function, names)):
            help += f"\nto call the function, write `{call_of(primitive)}`"
        super().__init__(f"{what} no value", [graph.span(node) for node in nodes[:3]], help)

    def for_command(self, options: Container[str]) -> MissingInputError:
        """Make the same error for a command that has these options."""
        return MissingInputError(self.graph, self.nodes, options)


def check_inputs(graph: Graph, inputs: Mapping[str, float]) -> dict[int, float]:
    """Find the number of each input node. Raises `InputError` as `evaluate` does."""
    for name in inputs:
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
    node = graph.nodes.get(name)
    if node is not None and graph.operations[node] == INPUT:
        return
    if node is not None:
        raise InputError(
            f"`{name}` is computed and cannot be set",
            [graph.span(node)._replace(start=graph.definitions[node], end=graph.definitions[node] + len(name))],
            "only a name that is never assigned, or assigned a plain number, is an input",
        )
    names = [graph.names[other] or "" for other in graph.inputs()]
    hint = did_you_mean(name, names)
    known = f"its inputs are {name_list(names)}" if names else "it has no inputs"
    raise InputError(f"the program has no input `{name}`", help=f"{hint}\n{known}" if hint else known)


def show_settings(names: Sequence[str], options: Container[str] = (), most: int = 6) -> str:
    """Inputs as the words that set them on the command line."""
    shown = [name if len(name) <= 40 else f"{name[:40]}…" for name in names[:most]]
    words = [f"--set {name}=1" if f"--{name}" in options else f"--{name} 1" for name in shown]
    return " ".join(words) + (" …" if len(names) > most else "")
