"""The builder: from grammar rules to the graph.

The parser calls one method for each rule as it recognises it, innermost first, with nodes for the parts that are
expressions and tokens for the rest. No tree is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import inf

from cgraph_cli.core.errors import InputError, ProgramError, Source, Span
from cgraph_cli.core.graph import CONSTANT, DEFAULT_MAX_NODES, INPUT, Assertion, Graph, StatedRange, show_number
from cgraph_cli.core.primitives import CONSTANTS
from cgraph_cli.language.array_rules import ArrayRules
from cgraph_cli.language.function_rules import FunctionRules
from cgraph_cli.language.numbers import does_hold, no_double
from cgraph_cli.language.scopes import Body, Function, PlacedWord

OPERATORS = {"**": "^", "×": "*", "·": "*", "÷": "/", "−": "-"}
"""Other spellings of an operator."""


POWERS = {"²": 2.0, "³": 3.0}


class Builder(ArrayRules, FunctionRules):
    """A builder of one graph at a time: `begin`, then one call for each rule, then `finish`."""

    def begin(self, source: Source, max_nodes: int = DEFAULT_MAX_NODES) -> None:
        """Start on a new program."""
        self.source = source
        self.program = Graph(source, max_nodes)
        self.graph = self.program
        self.functions: dict[str, Function] = {}
        self.open_function: Function | None = None
        self.open_assertion: Assertion | None = None
        self.open_range: StatedRange | None = None
        self.range_ends: Graph | None = None
        self.scopes: list[Body] = []
        self.loops: dict[int, list[tuple[str, int]]] = {}
        if "for" in source.text:
            from cgraph_cli.language.loops import find_loops

            self.loops = find_loops(source.text)
        self.sizes: dict[str, int] = {}
        self.statement_start = 0
        self.last_index = self.program, -1, 0
        self.assigned = self.side_graphs = 0
        self.uncertain_elements: list[PlacedWord] = []
        self.uncertain_numbers = 0

    def finish(self) -> Graph:
        """Return the finished graph. Raises `ProgramError` for a program without a value, or with a misplaced `±`."""
        graph = self.program
        for word in self.uncertain_elements:
            from cgraph_cli.language.characters import MISPLACED_UNCERTAINTY

            what, help = MISPLACED_UNCERTAINTY
            raise ProgramError(what, [self._span(word)], help)
        if graph.ranges:
            from cgraph_cli.language.range_errors import check_inputs

            check_inputs(graph)
        if graph.output < 0:
            starts = [*(f.offset for f in self.functions.values()), *(a.offset for a in graph.assertions)]
            if not starts:
                place = Span(self.source, 0, 0)
                raise ProgramError("the program is empty", [place], "write an expression, such as `c = a + b`")
            what = "defines functions but computes" if self.functions else "asserts but computes"
            example = "a + b"
            if self.functions:
                last = next(reversed(self.functions.values()))
                example = f"{last.name}({', '.join(last.body.names[node] or '' for node in last.parameters)})"
            raise ProgramError(
                f"the program {what} nothing",
                [self._word(max(starts))],
                f"add the expression that you want, such as `{example}`",
            )
        return graph

    # Statements

    def assign(self, token: PlacedWord, value: int) -> None:
        """Assign: `c = a + b`, and `a = 3`, an input with a default."""
        name, offset, graph = self._new_name(token), token.start_pos or 0, self.program
        alone = value == self.statement_start and len(graph) == value + 1
        if value in graph.details and (default := self._literal(value)):
            graph.truncate(self.statement_start)
            self.uncertain_elements = [word for word in self.uncertain_elements if (word.start_pos or 0) < offset]
            value = graph.append(INPUT, (), offset)
            graph.details[value] = default
        elif alone and graph.operations[value] == CONSTANT and graph.spellings.get(value) not in CONSTANTS:
            graph.operations[value] = INPUT
            graph.spellings.pop(value, None)
        elif graph.names[value] is not None or graph.operations[value] == CONSTANT:
            value = graph.append("identity", (value,), graph.offsets[value])
        graph.name(value, name, offset)
        self._statement(value)

    def assign_uncertain(self, token: PlacedWord, text: PlacedWord) -> None:
        """Assign an uncertain default to an input: `L = 1.000 ± 0.002`."""
        name, graph = self._new_name(token), self.program
        node = graph.append_input(name, text.start_pos or 0, self._uncertain(text, name))
        graph.definitions[node] = token.start_pos or 0
        self._statement(node)

    def assign_constant(self, token: PlacedWord, value: int) -> None:
        """Name a constant: `const R = 8.314`, or `const k = 2*pi`, computed from constants alone."""
        name, offset, graph = self._new_name(token), token.start_pos or 0, self.program
        self._check_constant(token, value)
        if graph.names[value] is not None:
            value = graph.append("identity", (value,), graph.offsets[value])
        graph.name(value, name, offset)
        graph.constants.add(name)
        self._statement(value)

    def show(self, value: int) -> None:
        """Append the output of a bare expression."""
        graph = self.program
        if graph.operations[value] == CONSTANT and graph.names[value] is None:
            value = graph.append("identity", (value,), graph.offsets[value])
        graph.outputs.append(value)
        self._statement(value)

    def opening(self, token: PlacedWord) -> Assertion:
        """Begin an `assert`: its expression is a condition and no part of the graph."""
        self.open_assertion = Assertion(self._side_graph(token.start_pos or 0), token.start_pos or 0)
        self.graph = self.open_assertion.graph
        return self.open_assertion

    def check(self, assertion: Assertion, condition: int, tolerance: PlacedWord | None = None) -> None:
        """Assert: `assert e == 8 within 1e-9`."""
        assertion.graph.output = condition
        assertion.tolerance = None if tolerance is None else self._number(tolerance)
        self.program.assertions.append(assertion)
        self.program.nodes_elsewhere += len(assertion.graph)
        self.graph, self.open_assertion = self.program, None
        self.statement_start = len(self.program)

    def bounding(self, token: PlacedWord, name: PlacedWord) -> StatedRange:
        """Begin a `range`: its ends are expressions of constants and no part of the graph."""
        ends = self.range_ends = self.range_ends or self._side_graph(token.start_pos or 0)
        self.program.nodes_elsewhere -= len(ends)
        ends.nodes_elsewhere = self.program.nodes_elsewhere + len(self.program)
        self.graph = ends
        self.open_range = StatedRange(self._name(name), ends, self._rest(name))
        return self.open_range

    def bound(self, stated: StatedRange, low: int, high: int) -> None:
        """State the range of an input: `range x = -2:2`."""
        stated.ends = low, high
        before = self.program.ranges.setdefault(stated.name, stated)
        if before is not stated or stated.graph.details:
            from cgraph_cli.language.range_errors import arrays_at_ends, ranged_twice

            raise arrays_at_ends(stated) if before is stated else ranged_twice(before, stated)
        self.program.nodes_elsewhere += len(stated.graph)
        self.graph, self.open_range = self.program, None
        self.statement_start = len(self.program)

    # Expressions

    def number(self, token: PlacedWord) -> int:
        """Append a literal."""
        return self.graph.append_constant(self._number(token), token.start_pos or 0, str(token))

    def numbers(self, run: str, start: int) -> Sequence[int]:
        """Append the literals of a run at an offset, a comma before each; none where one by one they may fail."""
        parts = run.split(",")[1:]
        texts = list(map(str.strip, parts))
        numbers = list(map(float, texts))
        is_short = self.graph.nodes_elsewhere + len(self.graph) + len(numbers) <= self.graph.max_nodes
        if not is_short or not all(
            0 < abs(number) < inf or does_hold(t, number) for t, number in zip(texts, numbers, strict=True)
        ):
            return ()
        ends = accumulate(map(len, parts), lambda end, size: end + 1 + size, initial=start)
        offsets = [end + 1 + len(part) - len(part.lstrip()) for end, part in zip(ends, parts, strict=False)]
        nodes = self.graph.append_constants(numbers, offsets)
        for node, text, number in zip(nodes, texts, numbers, strict=True):
            if repr(number) != text and show_number(abs(number)) != text.removeprefix("-"):
                self.graph.spellings[node] = text
        return nodes

    def uncertain(self, text: PlacedWord) -> int:
        """Make an uncertain element of an array, the default of an input: `1.0 ± 0.1`."""
        self.uncertain_elements.append(text)
        return self.graph.append_constant(self._uncertain(text, "an element"), text.start_pos or 0, str(text))

    def _uncertain(self, text: PlacedWord, name: str) -> float:
        from cgraph_cli.language.uncertainties import MOST_UNCERTAIN, read_uncertain

        self.uncertain_numbers += 1
        if self.uncertain_numbers > MOST_UNCERTAIN:
            what = f"more than {MOST_UNCERTAIN:,} uncertain numbers"
            help = "`map` takes columns of numbers with their uncertainties, a row at a time"
            raise ProgramError(what, [self._span(text)], help)
        try:
            return read_uncertain(str(text), name)
        except InputError as error:
            wrong = error.diagnostic
            raise ProgramError(wrong.message, [self._span(text)], wrong.help) from None

    def name(self, token: PlacedWord) -> int:
        """Look up a value: a constant, a parameter, a node, or else an input at its first use."""
        name, offset = self._name(token), token.start_pos or 0
        if name in CONSTANTS:
            return self.graph.append_constant(CONSTANTS[name], offset, name)
        if self.scopes:
            for depth in range(len(self.scopes), 0, -1):
                found = self.scopes[depth - 1].body.nodes.get(name)
                if found is not None:
                    return self._carry(found, name, offset, depth)
        node = self.program.nodes.get(name)
        if node is None:
            if self.open_range is not None:
                raise self._not_constant(name, offset)
            if name in self.sizes:
                return self._size_letter(name, offset)
            node = self.program.append_input(name, offset)
        return node if self.graph is self.program else self._reference(node, offset)

    def binary(self, left: int, token: PlacedWord, right: int) -> int:
        """Append a binary operation: `a + b`."""
        text = str(token)
        return self.graph.append(OPERATORS.get(text, text), (left, right), token.start_pos or 0)

    def prefix(self, token: PlacedWord, operand: int) -> int:
        """Append a prefix operation: `-a`, `+a`, `not a`. A minus before a literal is part of the literal."""
        text, offset, graph = str(token), token.start_pos or 0, self.graph
        if text == "not":
            return graph.append("not", (operand,), offset)
        if text == "+":
            return operand
        number = graph.numbers[operand]
        literal = graph.operations[operand] == CONSTANT and graph.spellings.get(operand) not in CONSTANTS
        if literal and number is not None and operand == len(graph) - 1 and graph.names[operand] is None:
            spelling = graph.spellings.get(operand)
            graph.numbers[operand] = -number
            graph.offsets[operand] = graph.definitions[operand] = offset
            if spelling:
                graph.spellings[operand] = spelling[1:] if spelling.startswith("-") else f"-{spelling}"
            return operand
        return graph.append("neg", (operand,), offset)

    def raise_to(self, base: int, token: PlacedWord) -> int:
        """Raise to a power in superscript: `x²`."""
        offset = token.start_pos or 0
        exponent = self.graph.append_constant(POWERS[str(token)], offset)
        return self.graph.append("^", (base, exponent), offset)

    def chain(self, first: int, token: PlacedWord, second: int, again: PlacedWord, third: int) -> int:
        """Join comparisons: `a < b < c`, which is `a < b and b < c` with one `b`."""
        return self.chain_on(self.binary(first, token, second), again, third)

    def chain_on(self, chain: int, token: PlacedWord, right: int) -> int:
        """Append one more comparison at the end of a chain."""
        graph, last = self.graph, chain
        if graph.operations[last] == "and":
            last = graph.operands_of(last)[1]
        comparison = self.binary(graph.operands_of(last)[1], token, right)
        return graph.append("and", (chain, comparison), token.start_pos or 0)

    # Helpers

    def _number(self, token: PlacedWord) -> float:
        """Read a literal as a double."""
        number = float(str(token))
        if not 0 < number < inf and not does_hold(str(token), number):
            what, help = no_double(str(token), number)
            raise ProgramError(what, [self._span(token)], help)
        return number

    def _check_constant(self, token: PlacedWord, value: int) -> None:
        """Raise `ProgramError` unless a statement depends on constants alone."""
        graph = self.program
        pending, seen = [value], {value}
        while pending:
            node = pending.pop()
            if graph.names[node] in graph.constants or graph.operations[node] == CONSTANT:
                continue
            if node < self.statement_start or graph.operations[node] == INPUT:
                name, constant = graph.names[node] or "", self._name(token)
                raise ProgramError(
                    f"`{constant}` cannot be a constant, as `{name}` is none",
                    [self._span(token), self._word(graph.definitions[node])],
                    f"write `{constant} = …` without `const`, or make `{name}` a constant with `const {name} = …`",
                )
            operands = {*graph.operands_of(node)}.difference(seen)
            seen.update(operands)
            pending += operands
