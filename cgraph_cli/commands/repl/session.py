"""Sessions: a program that grows by statements, and whose inputs can be set again and again.

The program is a list of statements. A typed line changes the list, or leaves it as it was if the line is wrong: the
whole text is parsed anew with each change.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cgraph_cli.core.errors import CgraphError, RequestError, Source, did_you_mean, name_list
from cgraph_cli.core.graph import CONSTANT, DEFAULT_MAX_NODES, Graph
from cgraph_cli.core.nodes_by_label import has_array, named_inputs
from cgraph_cli.core.primitives import CONSTANTS
from cgraph_cli.core.tensor import Shape, Tensor
from cgraph_cli.evaluation.sweeps import evaluate
from cgraph_cli.language.statements import leading_operator, split_statements
from cgraph_cli.language.write import write_default
from cgraph_cli.results.report import Report, report
from cgraph_cli.results.request import Request
from cgraph_cli.results.uncertain_report import add_uncertainties
from cgraph_cli.symbolic.program import parse

_NAME = r"[^\W\d²³](?:[^\W²³]|[\u0300-\u036f])*"
_ASSIGNED = re.compile(rf"\s*({_NAME})\s*=(?!=)\s*(.*)", re.DOTALL)
_DEFINED = re.compile(rf"\s*({_NAME})\s*\([^()]*\)\s*=(?!=)")
_RANGED = re.compile(rf"\s*range\s+({_NAME})\s*=(?!=)")
_ASSERTED = re.compile(r"\s*assert\b(?!\s*=(?!=))")
_CONSTANT = re.compile(rf"\s*const\s+({_NAME})\s*=(?!=)")
_DECLARED = re.compile(rf"\s*({_NAME})\s*:\s*\[")
_COMMENT = re.compile(r"#[^\n]*")

SIGNS = ("+", "-", "−")
"""The operators that may also begin a statement."""

ASSIGNMENT, DEFINITION, ASSERTION, RANGE, EXPRESSION = "assignment", "definition", "assertion", "range", "expression"


class TypedStatement(NamedTuple):
    """A statement as it was typed: its kind, one of the above, and the name that it defines, or an empty string."""

    text: str
    kind: str
    name: str

    def uses(self, name: str) -> bool:
        """Tell whether the statement uses a name."""
        code = without_comments(self.text)
        head, body = code, code
        if self.kind == DEFINITION:
            head, _, body = code.partition("=")
            if name in _names(head):
                return False
        return name in _names(body)


class Session:
    """The statements so far, and the `graph` that they make: None where there is nothing to compute yet.

    `outputs` are the names that were chosen as outputs; without any, the last statement is the output.
    """

    def __init__(self, max_nodes: int = DEFAULT_MAX_NODES) -> None:
        self.max_nodes = max_nodes
        self.statements: list[TypedStatement] = []
        self.graph: Graph | None = None
        self.outputs: tuple[str, ...] = ()
        self._before: list[list[TypedStatement]] = []

    @property
    def text(self) -> str:
        """The program."""
        return _joined(self.statements)

    def missing(self) -> list[str]:
        """List the inputs that have no value yet."""
        graph = self.graph
        if graph is None:
            return []
        return [each.name for each in named_inputs(graph) if any(graph.numbers[n] is None for n in each.nodes)]

    def shape(self, name: str) -> Shape:
        """Give the shape of an input."""
        found = [] if self.graph is None else [each.shape for each in named_inputs(self.graph) if each.name == name]
        return found[0] if found else ()

    def report(self) -> Report | None:
        """Report values and gradients; None for an empty program, or where an input has no value."""
        if self.graph is None or self.missing():
            return None
        answer = report(self.graph, {}, Request(self.outputs))
        add_uncertainties(answer, {})
        return answer

    def names(self) -> list[str]:
        """List the names of nodes."""
        if self.graph is None or self.graph.arrays is None:
            return [] if self.graph is None else list(self.graph.nodes)
        return list(self.graph.arrays.graph.nodes)

    def functions(self) -> list[str]:
        """List the names of the functions that are defined."""
        return [statement.name for statement in self.statements if statement.kind == DEFINITION]

    def is_computed(self, name: str) -> bool:
        """Tell whether a name is that of a node other than an input."""
        return name in self.names() and not self._is_input(name)

    # What changes the program

    def enter(self, text: str) -> list[TypedStatement]:
        """Take in statements, all or none of them, and return them. Raises `CgraphError` for a wrong one.

        A name or a function that is defined again gets its new meaning in its old place. A new setting of an input goes
        before its first use. A bare expression replaces the one before.
        """
        statements = list(self.statements)
        operator = leading_operator(text)
        if operator and (statements or operator not in SIGNS):
            own = f"; for a statement of its own, write `; {operator}…`" if operator in SIGNS else ""
            raise RequestError(
                f"a line that begins with `{operator}` does not go on with the one above, which is entered already",
                help=f"end the line above with the `{operator}`, or put the whole in parentheses{own}",
            )
        entered = [_classified(piece) for piece in split_statements(text)]
        for statement in entered:
            self._place(statements, statement)
        self._become(statements)
        return entered

    def begin(self, text: str, read: Callable[[Graph], Mapping[str, Any]]) -> None:
        """Begin with a program, and with the numbers that `read` gives its inputs, on whose shapes it may depend."""
        statements: list[TypedStatement] = []
        for piece in split_statements(text):
            self._place(statements, _classified(piece))
        computes = any(statement.kind in (ASSIGNMENT, EXPRESSION) for statement in statements)
        if computes:
            graph = parse(Source(_joined(statements), "program"), max_nodes=self.max_nodes)
            for name, number in read(graph).items():
                self._place(statements, _classified(f"{name} = {_literal(number)}"))
        self._become(statements)

    def drop(self, name: str) -> None:
        """Remove the statement that defines a name. Raises `RequestError` where there is none."""
        kept = [statement for statement in self.statements if statement.name != name]
        if len(kept) == len(self.statements):
            names = [statement.name for statement in self.statements if statement.name]
            hint = did_you_mean(name, names)
            known = f"the statements are those of {name_list(names)}" if names else "there is no statement yet"
            raise RequestError(f"no statement gives `{name}` a meaning", help=f"{hint}\n{known}" if hint else known)
        self._become(kept)

    def choose(self, names: Sequence[str]) -> None:
        """Choose the outputs; without any, the last statement is the output."""
        for name in names:
            if self.graph is None or not (name in self.graph.nodes or has_array(self.graph, name)):
                known = self.names()
                hint = did_you_mean(name, known) or (f"there are {name_list(known)}" if known else "")
                raise RequestError(f"there is no node `{name}`", help=hint)
        self.outputs = tuple(names)

    def clear(self) -> None:
        """Begin anew."""
        self._become([])

    def undo(self) -> None:
        """Undo the last change. Raises `RequestError` where there is none."""
        if not self._before:
            raise RequestError("there is nothing to undo")
        before = self._before.pop()
        self._become(before)
        self._before.pop()

    def _become(self, statements: list[TypedStatement]) -> None:
        """Change the program to new statements, unless these are wrong."""
        text = _joined(statements)
        computes = any(statement.kind in (ASSIGNMENT, EXPRESSION) for statement in statements)
        graph = None
        if statements:  # definitions and assertions alone are right, and compute nothing
            graph = shaped(parse(Source(text if computes else f"{text}0", "program"), max_nodes=self.max_nodes))
        self._before.append(self.statements)
        self.statements = statements
        self.graph = graph if computes else None
        self.outputs = tuple(
            name for name in self.outputs if graph is not None and (name in graph.nodes or has_array(graph, name))
        )

    def _place(self, statements: list[TypedStatement], new: TypedStatement) -> None:
        """Put a statement where it belongs."""
        if new.kind in (ASSIGNMENT, DEFINITION, RANGE):
            for at, statement in enumerate(statements):
                if statement.name == new.name and statement.kind == new.kind:
                    statements[at] = self._as_input(new) if self._is_input(new.name) else new
                    return
            first = next((at for at, other in enumerate(statements) if other.uses(new.name)), None)
            if first is not None and new.kind == ASSIGNMENT:
                statements.insert(first, self._as_input(new))
                return
        elif new.kind == EXPRESSION:
            statements[:] = [statement for statement in statements if statement.kind != EXPRESSION]
        elif new in statements:
            return
        statements.append(new)

    def _is_input(self, name: str) -> bool:
        return self.graph is not None and any(each.name == name for each in named_inputs(self.graph))

    def _as_input(self, statement: TypedStatement) -> TypedStatement:
        """Turn a constant expression for an input, such as `2*pi`, into its number."""
        match = _ASSIGNED.match(without_comments(statement.text))
        if match is None:  # a constant
            return statement
        try:
            graph = shaped(parse(Source(match[2], statement.name), max_nodes=self.max_nodes))
        except CgraphError:  # the program as a whole has the error too, with its place
            return statement
        is_literal = (
            len(graph) == 2 and graph.operations[0] == CONSTANT and graph.labels()[0].lstrip("-") not in CONSTANTS
        )
        if is_literal or any(True for _ in graph.inputs()):
            return statement
        values = evaluate(graph).values
        elements = graph.arrays.elements[graph.arrays.graph.output] if graph.arrays else Tensor((), [graph.output])
        return statement._replace(text=f"{statement.name} = {_literal(elements.map(values.__getitem__))}")


def without_comments(text: str) -> str:
    """Remove the comments from a text."""
    return _COMMENT.sub("", text)


def _names(text: str) -> set[str]:
    return {unicodedata.normalize("NFKC", word) for word in re.findall(_NAME, text)}


def _joined(statements: Sequence[TypedStatement]) -> str:
    """Make a program of statements; a `;` goes before one that begins with a sign."""
    return "".join(f"{'; ' * bool(leading_operator(text))}{text}\n" for text, *_ in statements)


def changes(before: Report | None, after: Report) -> frozenset[int]:
    """Find the nodes whose value, gradient or expression changed; none, if there was no report before."""
    if before is None:
        return frozenset()
    known = {row.key: row for row in _rows(before)}
    return frozenset(row.node for row in _rows(after) if (old := known.get(row.key)) is None or old.said != row.said)


class _ShownNode(NamedTuple):
    node: int
    key: str
    said: tuple[str, ...]


def _rows(answer: Report) -> Iterator[_ShownNode]:
    graph, labels = answer.graph, answer.graph.labels()
    for node in answer.rows():
        expression = graph.expression(node)
        name = graph.names[node]
        numbers = (repr(answer.values[node]), *(repr(column.at(node)) for column in answer.gradients))
        yield _ShownNode(node, name or f"{labels[node]} = {expression}", (expression, *numbers))


def _classified(text: str) -> TypedStatement:
    code = without_comments(text)
    if _ASSERTED.match(code):
        return TypedStatement(text, ASSERTION, "")
    for pattern, kind in (
        (_CONSTANT, ASSIGNMENT),
        (_RANGED, RANGE),
        (_ASSIGNED, ASSIGNMENT),
        (_DECLARED, ASSIGNMENT),
        (_DEFINED, DEFINITION),
    ):
        match = pattern.match(code)
        if match:
            return TypedStatement(text, kind, unicodedata.normalize("NFKC", match[1]))
    return TypedStatement(text, EXPRESSION, "")


def shaped(graph: Graph) -> Graph:
    """Give the nodes of a program of arrays their shapes."""
    if not graph.details:
        return graph
    from cgraph_cli.symbolic.arrays import with_shapes

    return with_shapes(graph, {})


def _literal(number: Any) -> str:
    """Write a number or an array as an input's default; a number that is not finite as an expression for it."""
    if isinstance(number, Tensor):
        return str(number.map(_literal).nested()).replace("'", "")
    if number != number:
        raise RequestError("an input takes a number", help="write a number, such as `3` or `2*pi`")
    return write_default(number)
