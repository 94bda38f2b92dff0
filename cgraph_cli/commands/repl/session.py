"""Sessions: a program that grows by statements, and whose inputs can be set again and again.

The program is a list of statements. A typed line changes the list, or leaves it as it was if the line is wrong: the
whole text is parsed anew with each change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from cgraph_cli.commands.repl.typed import (
    ASSIGNED,
    ASSIGNMENT,
    DEFINITION,
    ELEMENT,
    EXPRESSION,
    OF_ELEMENT,
    RANGE,
    SIGNS,
    TypedStatement,
    classify,
    compute_anything,
    find_elements,
    join_statements,
    without_comments,
)
from cgraph_cli.core.errors import CgraphError, RequestError, Source, did_you_mean, name_list
from cgraph_cli.core.graph import CONSTANT, DEFAULT_MAX_NODES, Graph
from cgraph_cli.core.nodes_by_label import elements_of, has_array, named_inputs
from cgraph_cli.core.primitives import CONSTANTS
from cgraph_cli.core.tensor import Shape, Tensor, find_part, show_shape
from cgraph_cli.evaluation.sweeps import evaluate
from cgraph_cli.language.statements import leading_operator, split_statements
from cgraph_cli.language.write import write_default
from cgraph_cli.results.report import Report, report
from cgraph_cli.results.request import Request
from cgraph_cli.results.uncertain_report import add_uncertainties
from cgraph_cli.symbolic.program import parse


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
        return join_statements(self.statements)

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
        entered: list[TypedStatement] = []
        for piece in split_statements(text):
            statement = classify(piece)
            if statement.kind == ELEMENT:
                statement = self._of_element(statement, statements)
            self._place(statements, statement)
            entered.append(statement)
        self._become(statements)
        return entered

    def begin(self, text: str, read: Callable[[Graph], Mapping[str, Any]]) -> None:
        """Begin with a program, and with the numbers that `read` gives its inputs, on whose shapes it may depend."""
        statements: list[TypedStatement] = []
        for piece in split_statements(text):
            self._place(statements, classify(piece))
        if compute_anything(statements):
            graph = parse(Source(join_statements(statements), "program"), max_nodes=self.max_nodes)
            for name, number in read(graph).items():
                self._place(statements, classify(f"{name} = {_literal(number)}"))
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
        text = join_statements(statements)
        computes = compute_anything(statements)
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
            elements = find_elements(statements, new.name)
            if elements and new.kind == ASSIGNMENT:
                statements[elements[0]] = new
                statements[:] = [other for at, other in enumerate(statements) if at not in elements[1:]]
                return
            first = next((at for at, other in enumerate(statements) if other.uses(new.name)), None)
            if first is not None and new.kind == ASSIGNMENT:
                statements.insert(first, self._as_input(new))
                return
        elif new.kind == ELEMENT:
            for at in find_elements(statements, new.name):
                if statements[at].place == new.place:
                    statements[at] = new
                    return
        elif new.kind == EXPRESSION:
            statements[:] = [statement for statement in statements if statement.kind != EXPRESSION]
        elif new in statements:
            return
        statements.append(new)

    def _is_input(self, name: str) -> bool:
        return self.graph is not None and any(each.name == name for each in named_inputs(self.graph))

    def _of_element(self, statement: TypedStatement, statements: list[TypedStatement]) -> TypedStatement:
        """Turn a setting of elements of an input, such as `x[0] = 7`, into one of the whole array."""
        match, name, graph = OF_ELEMENT.fullmatch(without_comments(statement.text)), statement.name, self.graph
        if statements != self.statements:  # others are entered with it
            with suppress(CgraphError):
                graph = shaped(parse(Source(join_statements(statements), "program"), max_nodes=self.max_nodes))
        is_input = graph is not None and any(each.name == name for each in named_inputs(graph))
        if match is None or graph is None or graph.arrays is None or not is_input:
            return statement
        elements, constant = graph.arrays.find(name), self._constant(match[3], name)
        if elements is None or constant is None or any(graph.numbers[node] is None for node in elements.items):
            return statement
        part, (_, number) = find_part(elements, match[2]), constant
        label = f"{name}{match[2]}"
        if part is None:
            raise RequestError(f"`{name}` has no element `{label}`", help=elements_of(graph, label))
        if number.shape not in ((), part.shape):
            what = f"`{label}` is {_size(part.shape)}, and given is {_size(number.shape)}"
            raise RequestError(what, help="give an array of its shape, or one number for all of it")
        items = number.items if number.shape else [number.item] * len(part.items)
        numbers = {node: graph.numbers[node] for node in elements.items} | dict(zip(part.items, items, strict=True))
        return TypedStatement(f"{name} = {_literal(elements.map(numbers.__getitem__))}", ASSIGNMENT, name)

    def _as_input(self, statement: TypedStatement) -> TypedStatement:
        """Turn a constant expression for an input, such as `2*pi`, into its number."""
        match = ASSIGNED.match(without_comments(statement.text))
        constant = None if match is None else self._constant(match[2], statement.name)
        if constant is None:
            return statement
        graph, number = constant
        is_literal = (
            len(graph) == 2 and graph.operations[0] == CONSTANT and graph.labels()[0].lstrip("-") not in CONSTANTS
        )
        return statement if is_literal else statement._replace(text=f"{statement.name} = {_literal(number)}")

    def _constant(self, text: str, name: str) -> tuple[Graph, Tensor[float]] | None:
        """Compute a constant expression; None for one with inputs, or with an error, which the whole program has too,
        with its place."""
        try:
            graph = shaped(parse(Source(text, name), max_nodes=self.max_nodes))
        except CgraphError:
            return None
        if any(True for _ in graph.inputs()):
            return None
        values = evaluate(graph).values
        elements = graph.arrays.elements[graph.arrays.graph.output] if graph.arrays else Tensor((), [graph.output])
        return graph, elements.map(values.__getitem__)


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


def shaped(graph: Graph) -> Graph:
    """Give the nodes of a program of arrays their shapes."""
    if not graph.details:
        return graph
    from cgraph_cli.symbolic.arrays import with_shapes

    return with_shapes(graph, {})


def _size(shape: Shape) -> str:
    return show_shape(shape) if shape else "a number"


def _literal(number: Any) -> str:
    """Write a number or an array as an input's default; a number that is not finite as an expression for it."""
    if isinstance(number, Tensor):
        return str(number.map(_literal).nested()).replace("'", "")
    if number != number:
        raise RequestError("an input takes a number", help="write a number, such as `3` or `2*pi`")
    return write_default(number)
