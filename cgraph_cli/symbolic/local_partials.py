"""Local partials in the program's own names: the rule of the table with labels in place of its parameters.

Only the branch of a `where` that holds at the point is written. Trivial parts are left out. The formula is equivalent
to the rule; the numbers come from the rule itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, reduce
from typing import NamedTuple

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.primitives import PRIMITIVES, TRUTHS, Primitive
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.rule_parser import Rule, condition, rule, text_graph
from cgraph_cli.evaluation.sweeps import evaluate
from cgraph_cli.symbolic.formulas import (
    MOST_OPERANDS,
    NAME,
    Formula,
    is_constant,
    leaf,
    leaves_of,
    make,
    negation,
    number,
    operation_formula,
    tidy,
)


class LocalPartial(NamedTuple):
    """A local partial in names, and the condition at the point that chose its branch of the rule.

    `formula` may be the form of textbooks; the rule's own is then `computed`.
    """

    formula: Formula
    reason: Formula | None = None
    computed: Formula | None = None


class LocalPartials:
    """The local partials of a graph at the point where its nodes have these `values`."""

    def __init__(self, graph: Graph, values: Sequence[float]) -> None:
        self.graph = graph
        self.values = values
        self._ties: dict[int, int] = {}

    def at(self, node: int, position: int) -> LocalPartial:
        """Return the derivative of a node with respect to its operand at a position."""
        primitive = PRIMITIVES[self.graph.operations[node]]
        rules = rule(primitive)
        text, inputs = self._scope(primitive, rules, node, position)
        graph = rules.graph
        numbers = evaluate(graph, {name: x for name, x in inputs.items() if rules.uses(name)}).values
        formulas = _instance(graph, text, numbers)
        conditions: list[tuple[int, bool]] = []
        taken: int | None = None
        for asked, partial in rules.branches(position):
            holds = asked is None or bool(numbers[asked])
            if asked is not None and _is_reason(primitive, formulas[asked], holds, text):
                conditions.append((asked, holds))
            if holds:
                taken = partial
                break
        formula = tidy(number(0) if taken is None else formulas[taken])
        reason = _reason(graph, formulas, numbers, conditions)
        if not primitive.taught:
            return LocalPartial(formula, reason)
        return LocalPartial(self._taught(primitive, text, node), reason, formula)

    def _taught(self, primitive: Primitive, text: Mapping[str, Formula], node: int) -> Formula:
        """Write a partial in the form of textbooks."""
        graph = _taught_graph(primitive)
        named = {**text, "f": Formula(NAME, (), self.graph.labels()[node])}
        return tidy(_instance(graph, named, [0.0] * len(graph))[graph.output])

    def _scope(
        self, primitive: Primitive, rules: Rule, node: int, position: int
    ) -> tuple[dict[str, Formula], dict[str, float]]:
        """Return the replacements for the names in a rule's scope, and their numbers."""
        graph, values, operands = self.graph, self.values, self.graph.operands_of(node)
        by_name = primitive.kinks or primitive.name == "%"  # `a == m` says more than `a == max(a, b)`
        result = Formula(NAME, (), graph.labels()[node]) if by_name else operation_formula(graph, node)
        text, inputs = {"f": result}, {"f": values[node]}
        if not primitive.variadic:
            for parameter, operand in zip(primitive.parameters, operands, strict=True):
                text[parameter] = leaf(graph, operand)
                if graph.names[operand] is None and graph.operations[operand] in TRUTHS:
                    text[parameter] = operation_formula(graph, operand)
                inputs[parameter] = values[operand]
            return text, inputs
        (parameter,) = primitive.parameters
        text[parameter], inputs[parameter] = leaf(graph, operands[position]), values[operands[position]]
        for name, count in (("n", len(operands)), ("ties", self._ties_of(node) if rules.uses("ties") else 1)):
            text[name], inputs[name] = number(count), float(count)
        inputs["rest"] = 0.0  # no condition of a rule uses its number
        if not rules.uses("rest"):
            return text, inputs
        leaves = leaves_of(_without(operands, position), lambda operand: leaf(graph, operand))
        if not leaves:
            (neutral,) = DOUBLE.others(primitive.name)([values[operands[position]]])
            text["rest"] = number(neutral)
        elif primitive.name == "prod":
            text["rest"] = reduce(lambda x, y: make("*", x, y), leaves)
        else:
            text["rest"] = Formula(primitive.name, leaves)
        return text, inputs

    def _ties_of(self, node: int) -> int:
        """Count the operands that equal the result."""
        if node not in self._ties:
            value = self.values[node]
            self._ties[node] = sum(1 for operand in self.graph.operands_of(node) if self.values[operand] == value)
        return self._ties[node]


@cache
def _taught_graph(primitive: Primitive) -> Graph:
    return text_graph(primitive.taught, f"taught {primitive.name}")


def _without(operands: Sequence[int], position: int) -> list[int]:
    """List the other operands, as many as `leaves_of` shows."""
    last = len(operands) - 1
    places = range(last + 1) if last <= MOST_OPERANDS else (*range(MOST_OPERANDS + 1), last)
    return [operands[place] for place in places if place != position]


def _instance(graph: Graph, text: Mapping[str, Formula], numbers: Sequence[float]) -> list[Formula]:
    """Write each node of a text of the table as a formula."""
    formulas: list[Formula] = []
    for node, operation in enumerate(graph.operations):
        operands = [formulas[operand] for operand in graph.operands_of(node)]
        name = graph.names[node]
        if operation == INPUT and name is not None:
            formulas.append(text[name])
        elif operation == CONSTANT:
            formulas.append(leaf(graph, node))
        elif operation == "identity":
            formulas.append(operands[0])
        elif operation == "where":
            condition = graph.operands_of(node)[0]
            formulas.append(operands[1] if numbers[condition] else operands[2])
        else:
            formulas.append(make(operation, *operands))
    return formulas


def _is_reason(primitive: Primitive, said: Formula, holds: bool, text: Mapping[str, Formula]) -> bool:
    """Tell whether a condition is worth a mention, and not only there for the arithmetic of the rule."""
    if is_constant(said):
        return False
    irregular = [graph for column in ("kinks", "jumps") if (graph := condition(primitive, column)) is not None]
    if not irregular:
        return False
    known = (_instance(graph, text, [0.0] * len(graph))[graph.output] for graph in irregular)
    return holds or said not in known  # an ordinary point needs no mention of the irregular ones


def _reason(
    graph: Graph, formulas: Sequence[Formula], numbers: Sequence[float], conditions: Sequence[tuple[int, bool]]
) -> Formula | None:
    """Find the condition that chose the branch: the one that holds, or else the opposite of the first that does not.

    Of a compound condition it is the deciding part.
    """
    if not conditions:
        return None
    node, holds = next((each for each in reversed(conditions) if each[1]), conditions[0])
    while graph.operations[node] == ("or" if holds else "and"):
        node = next(operand for operand in graph.operands_of(node) if bool(numbers[operand]) == holds)
    said = formulas[node]
    if said.operation in TRUTHS:
        return said if holds else negation(said)
    return Formula("!=" if holds else "==", (said, number(0)))
