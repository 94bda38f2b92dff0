"""Programs of the reference: a tree of their own, a reader, a writer, a generator of random ones and of points."""

from __future__ import annotations

import ast
import math
import random
from collections.abc import Sequence
from typing import NamedTuple


class Node(NamedTuple):
    """An operation on earlier nodes, an `input` by its name or a `constant` by its text."""

    operation: str
    operands: tuple[int, ...] = ()
    text: str = ""


class Program:
    """Nodes, each after its operands; the last one is the output. `names` are those of statements."""

    def __init__(self, nodes: Sequence[Node], names: dict[str, int]) -> None:
        self.nodes = list(nodes)
        self.names = names
        self.output = len(self.nodes) - 1
        self._behind: list[frozenset[int]] = []
        for k, node in enumerate(self.nodes):
            self._behind.append(frozenset((k,)).union(*(self._behind[operand] for operand in node.operands)))

    @property
    def inputs(self) -> dict[str, int]:
        """List the inputs of the output, by name."""
        used = self.behind(self.output)
        return {node.text: k for k, node in enumerate(self.nodes) if node.operation == "input" and k in used}

    def behind(self, node: int) -> frozenset[int]:
        """Find the nodes that a node depends on, itself among them."""
        return self._behind[node]

    def write(self) -> str:
        """Write the program: a statement for each name, all else inside expressions."""
        used = self.behind(self.output)
        named = {k: name for name, k in self.names.items() if self.nodes[k].operation not in ("input", "constant")}
        lines = [f"{named[k]} = {self._expression(k, named, top=True)}" for k in sorted(named) if k in used]
        if self.output not in named:
            lines.append(self._expression(self.output, named, top=True))
        return "; ".join(lines)

    def _expression(self, k: int, named: dict[int, str], top: bool = False) -> str:
        operation, operands, text = self.nodes[k]
        if k in named and not top:
            return named[k]
        if not operands:
            return f"({text})" if text.startswith("-") else text
        inside = [self._expression(operand, named) for operand in operands]
        if operation in INFIX:
            return f"({inside[0]} {operation} {inside[1]})"
        if operation in PREFIX:
            return f"({PREFIX[operation]}{inside[0]})"
        return f"{operation}({', '.join(inside)})"


INFIX = ("+", "-", "*", "/", "%", "^", "==", "!=", "<", "<=", ">", ">=", "and", "or")
PREFIX = {"neg": "-", "not": "not "}

_TOKENS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Mod: "%",
    ast.Pow: "^",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.And: "and",
    ast.Or: "or",
    ast.USub: "neg",
    ast.Not: "not",
}


def read(text: str) -> Program:
    """Read a program: scalars in the language are Python's syntax with `^` for `**`."""
    nodes: list[Node] = []
    names: dict[str, int] = {}

    def add(operation: str, *operands: int, text: str = "") -> int:
        nodes.append(Node(operation, operands, text))
        return len(nodes) - 1

    def walk(tree: ast.expr) -> int:
        if isinstance(tree, ast.Name):
            if tree.id == "pi":
                return add("constant", text="pi")
            if tree.id not in names:
                names[tree.id] = add("input", text=tree.id)
            return names[tree.id]
        if isinstance(tree, ast.Constant):
            return add("constant", text=repr(float(tree.value)))  # type: ignore[arg-type]
        if isinstance(tree, ast.Call):
            assert isinstance(tree.func, ast.Name)
            return add(tree.func.id, *[walk(argument) for argument in tree.args])
        if isinstance(tree, ast.BinOp):
            return add(_TOKENS[type(tree.op)], walk(tree.left), walk(tree.right))
        if isinstance(tree, ast.UnaryOp):
            return add(_TOKENS[type(tree.op)], walk(tree.operand))
        if isinstance(tree, ast.BoolOp):
            parts = [walk(value) for value in tree.values]
            result = parts[0]
            for part in parts[1:]:
                result = add(_TOKENS[type(tree.op)], result, part)
            return result
        assert isinstance(tree, ast.Compare), ast.dump(tree)
        parts = [walk(tree.left), *[walk(value) for value in tree.comparators]]
        result = add(_TOKENS[type(tree.ops[0])], parts[0], parts[1])
        for k, operation in enumerate(tree.ops[1:], 1):
            result = add("and", result, add(_TOKENS[type(operation)], parts[k], parts[k + 1]))
        return result

    for statement in text.replace("^", "**").replace("\n", ";").split(";"):
        if statement.strip():
            name, equals, right = statement.partition(" = ")
            k = walk(ast.parse((right if equals else name).strip(), mode="eval").body)
            if equals:
                if nodes[k].operation in ("input", "constant") or k in names.values():
                    k = add("+", k, add("constant", text="0.0"))
                names[name.strip()] = k
    return Program(nodes, names)


# Random programs

_ARITHMETIC = ("+", "-", "*", "/", "^", "neg")
_UNARY = (
    *("abs", "sign", "floor", "ceil", "round", "trunc", "sqrt", "cbrt", "exp", "exp2", "expm1", "log", "log2"),
    *("log10", "log1p", "sin", "cos", "tan", "sec", "csc", "cot", "asin", "acos", "atan", "sinh", "cosh", "tanh"),
    *("sech", "csch", "coth", "asinh", "acosh", "atanh", "erf", "erfc", "gamma", "lgamma", "digamma", "sigmoid"),
    *("softplus", "logsigmoid", "relu", "gelu", "silu", "not", "heaviside", "leaky_relu", "elu"),
    *("normcdf", "normpdf", "logit", "sinc", "degrees", "radians"),
)
_BINARY = (
    *("%", "hypot", "atan2", "logaddexp", "xlogy", "bce_with_logits", "heaviside", "leaky_relu", "elu"),
    *("==", "!=", "<", "<=", ">", ">=", "and", "or"),
)
_SEVERAL = ("min", "max", "sum", "mean", "prod", "norm", "logsumexp")
OPERATIONS = frozenset((*_ARITHMETIC, *_UNARY, *_BINARY, *_SEVERAL, "where", "clip", "polygamma"))

_CONSTANTS = ("0.0", "1.0", "2.0", "3.0", "0.5", "10.0", "pi", "-1.0", "1e-08", "1000.0")
_BESIDE = (
    *(0.0, 1.0, -1.0, 2.0, -2.0, 3.0, 0.5, -0.5, math.pi, math.pi / 2, 10.0, math.e),
    *(1.4616321449683622, -0.5040830082644554, -2.457024738220801, 1e-300),
)
"""Integers, branch points, zeros of functions (digamma's and lgamma's among them)."""


def draw_program(source: random.Random) -> Program:
    """Draw a program of 3 to 12 operations over up to three inputs, with nodes used again."""
    nodes = [Node("input", text=name) for name in "xyz"[: source.choice((1, 1, 2, 2, 3))]]
    names = {node.text: k for k, node in enumerate(nodes)}

    def operand() -> int:
        if source.random() < 0.15:
            text = source.choice(_CONSTANTS) if source.random() < 0.8 else repr(10 ** source.uniform(-3, 3))
            nodes.append(Node("constant", text=text))
            return len(nodes) - 1
        if source.random() < 0.4 and len(nodes) > len(names):
            recent = [k for k in range(max(0, len(nodes) - 4), len(nodes)) if nodes[k].operation != "constant"]
            return source.choice(recent or [0])
        return source.choice([k for k, node in enumerate(nodes) if node.operation != "constant"])

    count = source.randint(3, 12)
    for number in range(count):
        kind = source.random()
        last = [k for k in range(len(nodes)) if nodes[k].operation != "constant"][-1]
        if kind < 0.5:
            operation = source.choice(_ARITHMETIC)
            operands = [operand() for _ in range(1 if operation == "neg" else 2)]
        elif kind < 0.82:
            operation, operands = source.choice(_UNARY), [operand()]
        elif kind < 0.9:
            operation, operands = source.choice(_BINARY), [operand(), operand()]
        elif kind < 0.97:
            operation, operands = source.choice(_SEVERAL), [operand() for _ in range(source.randint(1, 3))]
        else:
            operation = source.choice(("where", "clip", "polygamma"))
            operands = [operand() for _ in range(3)]
            if operation == "polygamma":
                nodes.append(Node("constant", text=source.choice(("0.0", "1.0", "2.0", "3.0"))))
                operands = [len(nodes) - 1, operands[0]]
        if source.random() < 0.6:
            operands[source.randrange(len(operands))] = last if operation != "polygamma" else operands[-1]
        nodes.append(Node(operation, tuple(operands)))
        if source.random() < 0.4 or number == count - 1:
            names[f"n{number}"] = len(nodes) - 1
    uses = [operand for node in nodes for operand in node.operands]
    for k, node in enumerate(nodes):
        if node.operands and uses.count(k) > 1 and k not in names.values():
            names[f"m{k}"] = k
    return Program(nodes, names)


def draw_point(source: random.Random, program: Program) -> dict[str, float]:
    """Draw a point: for each input small integers, any size, or a few ulps beside a singular place of functions."""
    return {name: _draw_number(source) for name in program.inputs}


def _draw_number(source: random.Random) -> float:
    kind = source.random()
    if kind < 0.3:
        return source.choice((0.0, 1.0, -1.0, 2.0, -2.0))
    if kind < 0.75:
        return source.choice((1, 1, -1)) * 10 ** source.uniform(-12, 12)
    number = source.choice(_BESIDE)
    for _ in range(source.randint(0, 3)):
        number = math.nextafter(number, source.choice((math.inf, -math.inf)))
    return number
