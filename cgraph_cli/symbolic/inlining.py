"""Rules as nodes: the local partials of the table written into a graph.

The parts of a rule that depend on constants alone are computed here if that is exact (`y - 1` for a literal exponent,
the condition of a `where`): `x^3` brings only the branch that it takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.evaluation.rule_parser import Branch, rule, step_rule
from cgraph_cli.symbolic.graph_builder import ONE, ZERO, GraphBuilder, Number, Value
from cgraph_cli.symbolic.guards import Literal

_FEW = 4
"""The most operands for which `rest` is written out for each; more share the products that make it up."""


class Partial(NamedTuple):
    """A local partial, ±value/divisor, valid where the literals hold."""

    value: Value
    negative: bool = False
    divisor: Value = ONE
    literals: tuple[Literal, ...] = ()


class Inlined:
    """The rule of the operation at one node, or its rule in steps, inlined there on demand."""

    def __init__(self, nodes: GraphBuilder, node: int, in_steps: bool = False) -> None:
        graph = nodes.graph
        self.nodes = nodes
        self.operation = graph.operations[node]
        self.operands = list(graph.operands_of(node))
        self.primitive = PRIMITIVES[self.operation]
        steps = step_rule(self.primitive, len(self.operands)) if in_steps else None
        self.rule = steps or rule(self.primitive)
        self.result = node
        self._known: dict[int, Value] = {}
        self._rests: list[Value] = []
        self._tied: Value | None = None
        if not self.primitive.variadic:
            self._bring(dict(zip(self.primitive.parameters, self.operands, strict=True)))

    def partial(self, position: int) -> Partial | None:
        """Return the partial with respect to an operand; None for a rule of no dependence."""
        if not self.primitive.variadic:
            return self._partial(self.rule.branches(position))
        if self.rule.uses("rest") and len(self.operands) == 1:  # the rest of two operands is the other one
            return Partial(ONE)
        self._known.clear()
        scope: dict[str, Value] = {self.primitive.parameters[0]: self.operands[position]}
        if self.rule.uses("n"):
            scope["n"] = Number(float(len(self.operands)))
        if self.rule.uses("ties"):
            scope["ties"] = self._ties()
        if self.rule.uses("rest"):
            scope["rest"] = self._rest(position)
        self._bring(scope)
        return self._partial(self.rule.branches(position))

    def _bring(self, scope: Mapping[str, Value]) -> None:
        """Bring the names of a rule into scope."""
        for name, value in {"f": self.result, **scope}.items():
            if self.rule.uses(name):
                self._known[self.rule.graph.nodes[name]] = value

    def _ties(self) -> Value:
        """Count the operands that equal the result."""
        if self._tied is None:
            equal = [self.nodes.emit("==", operand, self.result) for operand in self.operands]
            self._tied = self.nodes.emit("sum" if len(equal) > 2 else "+", *equal) if len(equal) > 1 else ONE
        return self._tied

    def _rest(self, position: int) -> Value:
        """Apply the operation to all the other operands."""
        if len(self.operands) == 2:
            return self.operands[1 - position]
        if len(self.operands) <= _FEW:
            return self.nodes.emit(self.operation, *self.operands[:position], *self.operands[position + 1 :])
        if not self._rests:
            self._rests = self._all_rests()
        return self._rests[position]

    def _all_rests(self) -> list[Value]:
        """Apply the operation to all operands but one, for each: to those before and those after, in linear time."""
        emit, operation, operands = self.nodes.emit, self.operation, self.operands
        before: list[Value] = [operands[0]]
        for operand in operands[1:-1]:
            before.append(emit(operation, before[-1], operand))
        after: list[Value] = [operands[-1]]
        for operand in operands[-2:0:-1]:
            after.append(emit(operation, operand, after[-1]))
        after.reverse()
        inner = [emit(operation, *pair) for pair in zip(before[:-1], after[1:], strict=True)]
        return [after[0], *inner, before[-1]]

    # The rules are a line or two of text each: recursion over them is shallow.

    def _value(self, at: int) -> Value:
        """Inline a node of the rule as a value."""
        found = self._known.get(at)
        if found is None:
            graph = self.rule.graph
            operation = graph.operations[at]
            if operation == CONSTANT:
                found = Number(graph.constant(at), graph.spellings.get(at, ""))
            else:
                assert operation != INPUT, f"{graph.names[at]} is in no scope"
                operands = graph.operands_of(at)
                asked = self._value(operands[0]) if operation in ("where", "and", "or") else ZERO
                taken = self.nodes.number(asked)
                if operation == "identity":
                    found = self._value(operands[0])
                elif operation == "where" and taken is not None:
                    found = self._value(operands[1 if taken else 2])
                elif operation in ("and", "or") and taken is not None:
                    # the other operand does not count, even at a kink
                    decides = bool(taken) == (operation == "or")
                    found = Number(float(operation == "or")) if decides else self._value(operands[1])
                else:
                    found = self.nodes.emit(operation, *(self._value(operand) for operand in operands))
            self._known[at] = found
        return found

    def _signed(self, at: int) -> tuple[Value, bool]:
        """Inline a node of the rule as a value, with a flag that negates it: `-f/y` is `f/y`, negated."""
        graph = self.rule.graph
        operation, operands = graph.operations[at], graph.operands_of(at)
        if operation == "neg":
            value, negative = self._signed(operands[0])
            return value, not negative
        if operation in ("*", "/"):
            left, negative = self._signed(operands[0])
            return self.nodes.emit(operation, left, self._value(operands[1])), negative
        value = self._value(at)
        if isinstance(value, Number) and value.number < 0:
            return Number(-value.number, value.spelling.removeprefix("-")), True
        return value, False

    def _partial(self, branches: Sequence[Branch]) -> Partial | None:
        """Join branches into one partial: the first with a true constant condition, or a choice at every point."""
        (at, partial), *others = branches
        if at is None:
            return self._formula(partial)
        condition = self._value(at)
        taken = self.nodes.number(condition)
        if taken is not None:
            return self._formula(partial) if taken else self._partial(others)
        if partial is None and all(self._is_nothing(other.partial) for other in others):
            return None
        return self._either(self.nodes.node(condition), self._formula(partial), self._partial(others))

    def _formula(self, at: int | None) -> Partial | None:
        """Inline a node of the rule as a partial."""
        if at is None:
            return None
        if self.rule.graph.operations[at] == "/":
            above, below = self.rule.graph.operands_of(at)
            return Partial(*self._signed(above), self._value(below))
        return Partial(*self._signed(at))

    def _is_nothing(self, at: int | None) -> bool:
        """Tell whether a node of the rule is a product whose first factor is a literal 0: the slope y*f/x of `x^0`."""
        graph, factor = self.rule.graph, at
        if factor is None:
            return False
        while graph.operations[factor] in ("*", "/", "neg"):
            factor = graph.operands_of(factor)[0]
        return factor != at and self.nodes.number(self._value(factor)) == 0

    def _either(self, condition: int, first: Partial | None, second: Partial | None) -> Partial | None:
        """Choose one partial where a condition holds, and another elsewhere."""
        yes, no = (Literal(condition, holds) for holds in (True, False))
        if first is None or second is None:
            one, literal = (second, no) if first is None else (first, yes)
            return None if one is None else one._replace(literals=(literal, *one.literals))
        value = self.nodes.emit("where", condition, self.whole(first), self.whole(second))
        if not first.literals and not second.literals:
            return Partial(value)
        sides = [self.nodes.all_of((yes, *first.literals)), self.nodes.all_of((no, *second.literals))]
        if not first.literals:
            sides = [self.nodes.literal(yes), self.nodes.all_of(second.literals)]
        elif not second.literals:
            sides = [self.nodes.literal(no), self.nodes.all_of(first.literals)]
        return Partial(value, literals=(Literal(self.nodes.node(self.nodes.emit("or", *sides)), True),))

    def whole(self, partial: Partial) -> Value:
        """Put a partial together as one value."""
        return self.nodes.signed(self.nodes.emit("/", partial.value, partial.divisor), partial.negative)


def local_partials(graph: Graph, node: int) -> tuple[list[int], list[int | bool]]:
    """Append the local partials of a node with respect to its operands, 0 where there is no dependence.

    Beside each stands its dependence: always, never, or where a node holds.
    """
    nodes = GraphBuilder(graph)
    inlined = Inlined(nodes, node)
    slopes: list[int] = []
    depends: list[int | bool] = []
    for position in range(len(inlined.operands)):
        partial = inlined.partial(position)
        if partial is None:
            slopes.append(nodes.node(ZERO))
            depends.append(False)
        else:
            value = inlined.whole(partial)
            literals = partial.literals
            slopes.append(nodes.node(nodes.only_where(literals, value) if literals else value))
            depends.append(nodes.node(nodes.all_of(literals)) if literals else True)
    return slopes, depends
