"""Names and places in a program, for all rules of the builder: words, spans, and nodes seen from within scopes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cgraph_cli.core.errors import ProgramError, Source, Span
from cgraph_cli.core.graph import Assertion, Graph, StatedRange
from cgraph_cli.core.primitives import CONSTANTS
from cgraph_cli.language.scopes import Body, Function, PlacedWord, span_of, word_at

KEYWORDS = frozenset({"and", "or", "not", "assert", "within", "const"})


MOST_SIDE_GRAPHS = 50_000
"""The most functions, loops and asserts of a program: each has a graph of its own."""


class NameRules:
    """The state of a builder, and its methods on names, places and scopes."""

    source: Source
    program: Graph
    graph: Graph
    functions: dict[str, Function]
    open_function: Function | None
    open_assertion: Assertion | None
    open_range: StatedRange | None
    scopes: list[Body]
    loops: dict[int, list[tuple[str, int]]]
    sizes: dict[str, int]
    statement_start: int
    last_index: tuple[Graph, int, int]
    assigned: int
    side_graphs: int

    def _span(self, token: PlacedWord) -> Span:
        return span_of(self.source, token)

    def _rest(self, token: PlacedWord) -> Span:
        """Find the rest of a statement from a token on, as far as its line goes."""
        start = token.start_pos or 0
        found = re.compile(r"[^;#\n]*").match(self.source.text, start)
        return Span(self.source, start, start + len(found[0].rstrip()) if found else start)

    def _word(self, offset: int, note: str = "") -> Span:
        return word_at(self.source, offset, note)

    def _name(self, token: PlacedWord) -> str:
        name = str(token)
        if name in KEYWORDS:  # the lexer reads a keyword as a name where only a name fits
            raise ProgramError(
                f"`{name}` is a word of the language and cannot be a name",
                [self._span(token)],
                "put it in parentheses with what it negates: `(not a)`" if name == "not" else "choose another name",
            )
        if name.isascii():
            return name
        from unicodedata import normalize

        if len(name) > 1 and name[-1] in "ᵀᵗ":
            what, help = f"`{name[-1]}` is not part of the language", f"for the transpose, write `{name[:-1]}.T`"
            raise ProgramError(what, [self._span(token)], help)
        for position, character in enumerate(name):
            if not (character if position == 0 else f"a{character}").isidentifier():
                from cgraph_cli.language.characters import illegal_character

                start = (token.start_pos or 0) + position
                raise illegal_character(self.source, start)
        return normalize("NFKC", name)

    def _new_name(self, token: PlacedWord) -> str:
        """Read the name that a statement defines, which has to be free."""
        name = self._name(token)
        if name in CONSTANTS:
            raise ProgramError(
                f"`{name}` is a constant of the language and cannot be assigned",
                [self._span(token)],
                "choose another name",
            )
        if name in self.program.nodes:
            from cgraph_cli.language.name_errors import assigned_before

            raise assigned_before(self.program, self.statement_start, name, token)
        if name in self.sizes:
            from cgraph_cli.language.name_errors import size_and_name

            raise size_and_name(self.source, name, token)
        return name

    def _reference(self, node: int, offset: int) -> int:
        """Give the equivalent of a program's node within the open function, loops, assertion or range."""
        name = self.program.names[node] or ""
        if self.open_range is not None:
            if name not in self.program.constants:
                raise self._not_constant(name, offset)
            ends = self.open_range.graph
            if name in ends.nodes:
                return self._carry(ends.nodes[name], name, offset, 0)
            copy, kept = self.program.part([node])
            copy.details |= {
                at: self.program.details[each] for at, each in enumerate(kept) if each in self.program.details
            }
            node = ends.inline(copy, {})[kept.index(node)]
            ends.name(node, name, offset)
        if self.open_assertion is not None:
            reference = self.open_assertion.graph.append_input(name, offset)
            self.open_assertion.bindings[reference] = (node,)
            self.statement_start = len(self.program)
            node = reference
        return self._carry(node, name, offset, 0)

    def _not_constant(self, name: str, offset: int) -> ProgramError:
        from cgraph_cli.language.range_errors import not_constant

        assert self.open_range is not None
        return not_constant(self.program, self.open_range, name, self._word(offset))

    def _carry(self, node: int, name: str, offset: int, depth: int) -> int:
        """Give the equivalent, in the innermost scope, of a node of the scope at a depth."""
        for scope in self.scopes[depth:]:
            node = scope.capture(node, name, offset)
        return node

    def _side_graph(self, offset: int) -> Graph:
        """Make a graph beside the program's that counts against the same bound. Raises `ProgramError` for too many."""
        self.side_graphs += 1
        if self.side_graphs > MOST_SIDE_GRAPHS:
            what = f"more than {MOST_SIDE_GRAPHS:,} functions, loops and asserts"
            raise ProgramError(what, [Span(self.source, offset, offset + 1)], "part the program in several files")
        side = Graph(self.source, self.program.max_nodes)
        side.nodes_elsewhere = self.program.nodes_elsewhere + len(self.program)
        return side

    def _statement(self, value: int) -> None:
        self.program.output = value
        self.statement_start = len(self.program)

    def _parameters(self) -> list[int]:
        """List the parameters of the open function."""
        return [] if self.open_function is None else self.open_function.parameters

    def _append(self, operation: str, operands: Sequence[int], offset: int, details: object) -> int:
        node = self.graph.append(operation, operands, offset)
        self.graph.details[node] = details
        return node
