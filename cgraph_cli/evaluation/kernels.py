"""Kernels: rules compiled into Python functions for one algebra."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.primitives import PRIMITIVES, TRUTHS, Primitive
from cgraph_cli.evaluation.rule_parser import Branch, condition, definition, rule

Kernel = Callable[..., Sequence[Any]]
"""A function of a node's operands: it returns the node's value and then, for each operand, the local partial, None
where the value does not depend on that operand.
"""

ASKED = ("poles", "domain", "jumps", "kinks", "edges")
"""The conditions of a row, in the order of the search for a cause."""

TEMPLATES = {
    "+": "{0} + {1}",
    "-": "{0} - {1}",
    "*": "{0} * {1}",
    "neg": "-{0}",
    "identity": "{0}",
    "where": "{1} if {0} else {2}",
    "==": "one if {0} == {1} else zero",
    "!=": "one if {0} != {1} else zero",
    "<": "one if {0} < {1} else zero",
    "<=": "one if {0} <= {1} else zero",
    ">": "one if {0} > {1} else zero",
    ">=": "one if {0} >= {1} else zero",
    "and": "one if {0} and {1} else zero",
    "or": "one if {0} or {1} else zero",
    "not": "zero if {0} else one",
}
"""The primitives that Python's own operators compute in an algebra without a function for them, never raising anything.
"""


class MissingKernel(LookupError):
    """An error of an algebra that cannot compute a primitive: the row has no definition, and the algebra no kernel."""

    def __init__(self, algebra: str, primitive: str, what: str = "kernel") -> None:
        super().__init__(f"the algebra `{algebra}` has no {what} of `{primitive}`, and the row has no definition")


class Algebra:
    """A kind of number, and its arithmetic.

    `functions` gives the primitives that are neither in `TEMPLATES` nor computed by their definition; a `where` among
    them takes None for a partial of no dependence. `number` turns a double and its spelling in the program (or "") into
    a number of this kind. `others` computes, for a variadic primitive, the list of its values with each operand left
    out in turn. `of_truth` is the text that makes a number of a truth, where the functions give something else for it.
    """

    def __init__(
        self,
        name: str,
        functions: Mapping[str, Callable[..., Any]],
        number: Callable[[float, str], Any],
        others: Mapping[str, Callable[[Sequence[Any]], list[Any]]],
        of_truth: str = "{0}",
    ) -> None:
        self.name = name
        self.of_truth = of_truth
        self.number = number
        self._functions = dict(functions)
        self._templates = {key: text for key, text in TEMPLATES.items() if key not in functions}
        self._others = others
        self._kernels: dict[str, Kernel] = {}
        self._conditions: dict[tuple[str, str], Callable[..., Any] | None] = {}
        self._causes: dict[str, Callable[..., str] | None] = {}

    def function(self, name: str) -> Callable[..., Any]:
        """Return the value of a primitive as a function of its operands. Raises `MissingKernel` where there is none."""
        known = self._functions.get(name)
        if known is None:
            primitive = PRIMITIVES[name]
            graph = definition(primitive)
            parameters = ", ".join(primitive.parameters)
            writer = KernelWriter(self)
            if graph is not None:
                writer.result(writer.write(graph)[graph.output])
            elif name in self._templates:
                writer.result(self._templates[name].format(*primitive.parameters))
            else:
                raise MissingKernel(self.name, name)
            known = self._functions[name] = writer.compile(f"def function({parameters}):", "function")
        return known

    def others(self, name: str) -> Callable[[Sequence[Any]], list[Any]]:
        """Return the function that leaves out each operand of a variadic primitive in turn. Raises `MissingKernel`."""
        found = self._others.get(name)
        if found is None:
            raise MissingKernel(self.name, name, "kernel for all operands but one")
        return found

    def kernel(self, name: str) -> Kernel:
        """Return the kernel of a primitive. Raises `MissingKernel` where the algebra cannot compute it."""
        known = self._kernels.get(name)
        if known is None:
            known = self._kernels[name] = _compile_kernel(PRIMITIVES[name], self)
        return known

    def condition(self, name: str, column: str) -> Callable[..., Any] | None:
        """Return a condition of a row as a function of the result and the operands; None where the row has none."""
        key = (name, column)
        if key not in self._conditions:
            primitive = PRIMITIVES[name]
            graph = condition(primitive, column)
            self._conditions[key] = None if graph is None else self.expression(primitive, graph)
        return self._conditions[key]

    def expression(self, primitive: Primitive, graph: Graph) -> Callable[..., Any]:
        """Compile a text of a primitive's row as a function of its result and operands."""
        writer = KernelWriter(self)
        writer.scope(primitive, graph)
        writer.result(writer.write(graph)[graph.output])
        return writer.compile(f"def expression(f, {_parameters(primitive)}):", "expression")

    def cause(self, name: str) -> Callable[..., str] | None:
        """Return the function of a result and its operands that finds the condition of the row against it.

        The function returns the column, or nothing; it is None where the row has no condition. A nan among the operands
        is outside every domain: it comes from an earlier cause, and is none itself.
        """
        if name not in self._causes:
            self._causes[name] = _compile_cause(PRIMITIVES[name], self)
        return self._causes[name]


def _compile_kernel(primitive: Primitive, algebra: Algebra) -> Kernel:
    local = rule(primitive)
    writer = KernelWriter(algebra)
    if not primitive.variadic:
        parameters = primitive.parameters
        value = writer.operation(primitive.name, parameters)
        writer.lines.append(f"f = {algebra.of_truth.format(value) if primitive.is_truth else value}")
        names = writer.write(local.graph)
        writer.result(", ".join(["f", *(writer.choice(branches, names) for branches in local.partials)]))
        return writer.compile(f"def kernel({', '.join(parameters)}):", "kernel")
    (operand,) = primitive.parameters
    writer.lines.append(f"f = {writer.call(primitive.name, ('*operands',))}")
    writer.scope(primitive, local.graph)
    over = f"for {operand} in operands:"
    if local.uses("rest"):
        others = bind(writer.namespace, algebra.others(primitive.name))
        over = f"for {operand}, rest in zip(operands, {others}(operands)):"
    writer.lines += ["result = [f]", over]
    writer.indent = "        "
    names = writer.write(local.graph)
    writer.lines.append(f"    result.append({writer.choice(local.branches(0), names)})")
    writer.result("result")
    return writer.compile("def kernel(*operands):", "kernel")


def _compile_cause(primitive: Primitive, algebra: Algebra) -> Callable[..., str] | None:
    conditions = [(column, graph) for column in ASKED if (graph := condition(primitive, column)) is not None]
    if not conditions:
        return None
    writer = KernelWriter(algebra)
    for column, graph in conditions:
        writer.scope(primitive, graph)
        test = writer.write(graph)[graph.output]
        if column == "domain":
            known = " and ".join(f"{name} == {name}" for name in primitive.parameters)
            test = f"not {test} and {'all(o == o for o in operands)' if primitive.variadic else known}"
        writer.lines.append(f"if {test}: return {column!r}")
    writer.result("''")
    return writer.compile(f"def cause(f, {_parameters(primitive)}):", "cause")


def _parameters(primitive: Primitive) -> str:
    return "*operands" if primitive.variadic else ", ".join(primitive.parameters)


def bind(namespace: dict[str, Any], thing: object) -> str:
    """Give an object a name in a namespace."""
    name = f"_{len(namespace)}"
    namespace[name] = thing
    return name


class KernelWriter:
    """A writer of graphs as lines of Python, a variable a node, each distinct operation once."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self.lines: list[str] = []
        self.indent = "    "
        self.namespace: dict[str, Any] = {"one": algebra.number(1.0, ""), "zero": algebra.number(0.0, "")}
        self.written: dict[str, str] = {}
        self.called: dict[str, str] = {}

    def call(self, primitive: str, operands: Sequence[str]) -> str:
        """Write a call to a primitive's function."""
        if primitive not in self.called:
            self.called[primitive] = bind(self.namespace, self.algebra.function(primitive))
        return f"{self.called[primitive]}({', '.join(operands)})"

    def operation(self, primitive: str, operands: Sequence[str]) -> str:
        """Write an operation, by Python's operators unless the algebra has its own function."""
        template = self.algebra._templates.get(primitive)
        return template.format(*operands) if template else self.call(primitive, operands)

    def scope(self, primitive: Primitive, graph: Graph) -> None:
        """Bring the names of a variadic row into scope, from all its operands."""
        if primitive.variadic and "n" in graph.nodes:
            self.lines.append(f"n = {bind(self.namespace, self.algebra.number)}(float(len(operands)), '')")
        if primitive.variadic and "ties" in graph.nodes:
            count = f"{bind(self.namespace, self.algebra.number)}(float(operands.count(f)), '')"
            if "==" not in self.algebra._templates:  # an equality may be undecided, and the count a range
                equal = self.algebra.of_truth.format(self.operation("==", ("o", "f")))
                count = self.call("sum", [f"*[{equal} for o in operands]"])
            self.lines.append(f"ties = {count}")

    def write(self, graph: Graph, inputs: Mapping[int, str] | None = None) -> list[str]:
        """Write the nodes of a graph.

        Returns the Python name of each; that of an input is its own, or one of `inputs`.
        """
        names: list[str] = []
        constant: list[bool] = []
        extra = self.indent[4:]
        for node, operation in enumerate(graph.operations):
            operands = [
                names[operand]
                if position in PRIMITIVES[operation].truths
                else self.as_number(names[operand], graph.operations[operand])
                for position, operand in enumerate(graph.operands_of(node))
            ]
            known = operation == CONSTANT or (
                operation != INPUT and all(constant[operand] for operand in graph.operands_of(node))
            )
            constant.append(known)
            if operation == INPUT:
                names.append((graph.names[node] or "") if inputs is None else inputs[node])
                continue
            if operation == CONSTANT:
                number = self.algebra.number(graph.constant(node), graph.spellings.get(node, ""))
                names.append(bind(self.namespace, number))
                continue
            text = self.operation(operation, operands)
            if text in operands:  # a second name for it would have its memory, too
                names.append(text)
                continue
            if text not in self.written:
                if known:
                    self.written[text] = bind(self.namespace, eval(text, self.namespace))
                else:
                    self.written[text] = f"t{len(self.written)}"
                    self.lines.append(f"{extra}{self.written[text]} = {text}")
            names.append(self.written[text])
        return names

    def as_number(self, name: str, operation: str) -> str:
        """Write the result of an operation as a number, where it is a truth."""
        return self.algebra.of_truth.format(name) if operation in TRUTHS else name

    def choice(self, branches: Iterable[Branch], names: Sequence[str] | Mapping[int, str]) -> str:
        """Write a partial as an expression, which is None where there is no dependence."""
        text = ""
        for asked, partial in reversed(list(branches)):
            here = "None" if partial is None else names[partial]
            text = here if asked is None else f"({self.operation('where', (names[asked], here, text))})"
        return text

    def result(self, text: str) -> None:
        """Write the last line, which returns an expression."""
        self.lines.append(f"return {text}")

    def compile(self, head: str, name: str) -> Callable[..., Any]:
        """Compile the function with the lines for its body."""
        exec("\n".join([head, *(f"    {line}" for line in self.lines)]), self.namespace)
        function: Callable[..., Any] = self.namespace[name]
        return function
