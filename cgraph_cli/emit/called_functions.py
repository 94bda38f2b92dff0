"""The functions that emitted code defines, for primitives that its language lacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cgraph_cli.core.array_graph import ArrayGraph, split
from cgraph_cli.core.graph import LEAVES, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import ancestors
from cgraph_cli.emit.expressions import Names, Walk, second_number
from cgraph_cli.emit.lower import lower
from cgraph_cli.emit.spelling import Spelling
from cgraph_cli.evaluation.approximations import defined


def called(graph: Graph, keep: Sequence[int], target: Spelling) -> list[str]:
    """List the primitives under `keep` in a lowered graph that are functions of the emitted code, each once."""
    live = ancestors(graph, keep)
    found: dict[str, None] = {}
    for node, operation in enumerate(graph.operations):
        if node not in live or operation in found or operation in LEAVES or operation == "identity":
            continue
        if target.loops and isinstance(graph, ArrayGraph) and 0 in graph.shapes[node]:
            continue
        if target.is_structural(operation):
            name, _ = split(operation)
            pair = PRIMITIVES[name].pair if target.loops and name in PRIMITIVES else ""
            if name in target.helpers and not pair:
                found[name] = None
            if pair and target.template(pair, None) is None:
                found[pair] = None
            continue
        if target.template(operation, second_number(graph, graph.operands_of(node))) is None:
            found[operation] = None
    return list(found)


class Helpers:
    """The functions that some primitives need, each after the functions that it calls."""

    def __init__(self, primitives: Iterable[str], target: Spelling) -> None:
        self.target = target
        self.sources: dict[str, str] = {}
        self._words = {target.helper_name(name): name for name in target.helpers}
        for primitive in primitives:
            self._add(primitive)

    @property
    def names(self) -> list[str]:
        """List the names of the functions."""
        return [self.target.helper_name(primitive) for primitive in self.sources]

    def _add(self, primitive: str) -> None:
        """Add a function after the functions that it calls; they nest a few deep at most."""
        if primitive in self.sources:
            return
        target = self.target
        source = target.helpers.get(primitive)
        if source is not None:
            for word in dict.fromkeys(re.findall(r"\w+", source)):
                if self._words.get(word, primitive) != primitive:
                    self._add(self._words[word])
            self.sources[primitive] = source
            return
        definition = defined(primitive)
        lowered, (result,) = lower(definition.graph, [definition.graph.output], target)
        needed = called(lowered, [result], target)
        for other in needed:
            self._add(other)
        name = target.helper_name(primitive)
        names = Names(target, [name, *map(target.helper_name, needed)])
        walk = Walk(lowered, [result], target, names, assign=False)
        parameters = dict(zip(walk.inputs, walk.parameters, strict=True))
        self.sources[primitive] = target.function(
            name,
            [parameters.get(parameter, parameter) for parameter in definition.parameters],
            walk.lines,
            walk.term(result),
            _about(primitive),
        )


def _about(primitive: str) -> str:
    kind, _, order = primitive.partition("_")
    if kind == "polygamma":
        return f"The derivative of digamma of order {order}."
    summary = PRIMITIVES[primitive].summary
    is_word = re.match(r"[a-z]{2,}\b(?!\()", summary)  # the first formula stays unchanged
    return f"{summary[0].upper() if is_word else summary[0]}{summary[1:]}."
