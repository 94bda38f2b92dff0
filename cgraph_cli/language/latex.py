r"""LaTeX of a graph's expressions, as a paper prints them: fractions, roots, Greek letters, `\sin x`, cases.

The words are those of standard LaTeX and amsmath. A product is written side by side, with `\sin x` and the like at its
end, so that nothing seems to be part of their argument; a power of a function at its name; a comparison that is used
as a number in Iverson's brackets; and the exponential function by its name where the program has an `e` of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.graph import CONSTANT, INPUT, LEAVES, Graph, show_number
from cgraph_cli.core.primitives import PRIMITIVES, TRUTHS
from cgraph_cli.language.levels import AND, ATOM, COMPARISON, FACTOR, NOT, OR, POWER, SUM, TERM, WrittenPart
from cgraph_cli.language.symbols import number, symbol

APPLIED = FACTOR
r"""The level of `\sin x`, whose argument is a single letter without parentheses."""

WITHOUT_MINUS = "\0"
"""A mark in place of text: the next piece begins with a minus, to be left out."""

LatexTemplate = tuple[str, int, tuple[int, ...]]
"""A text with `<0>`, `<1>`, … for the operands and `<*>` for all of them with commas between; its level; and the least
levels of the operands.
"""


def _called(words: str) -> LatexTemplate:
    return rf"{words}\left(<*>\right)", ATOM, ()


def _applied(words: str) -> LatexTemplate:
    return f"{words} <0>", APPLIED, (ATOM,)


TEMPLATES: dict[str, LatexTemplate] = {
    "+": ("<0> + <1>", SUM, (SUM, TERM)),
    "-": ("<0> - <1>", SUM, (SUM, TERM)),
    "%": (r"<0> \bmod <1>", COMPARISON, (FACTOR, FACTOR)),
    "neg": ("-<0>", SUM, (TERM,)),
    "==": ("<0> = <1>", COMPARISON, (SUM, SUM)),
    "!=": (r"<0> \ne <1>", COMPARISON, (SUM, SUM)),
    "<": ("<0> < <1>", COMPARISON, (SUM, SUM)),
    "<=": (r"<0> \le <1>", COMPARISON, (SUM, SUM)),
    ">": ("<0> > <1>", COMPARISON, (SUM, SUM)),
    ">=": (r"<0> \ge <1>", COMPARISON, (SUM, SUM)),
    "and": (r"<0> \land <1>", AND, (AND, NOT)),
    "or": (r"<0> \lor <1>", OR, (OR, AND)),
    "not": (r"\lnot <0>", NOT, (ATOM,)),
    "abs": (r"\left|<0>\right|", ATOM, ()),
    "floor": (r"\left\lfloor <0> \right\rfloor", ATOM, ()),
    "ceil": (r"\left\lceil <0> \right\rceil", ATOM, ()),
    "sqrt": (r"\sqrt{<0>}", POWER, ()),
    "cbrt": (r"\sqrt[3]{<0>}", POWER, ()),
    "hypot": (r"\sqrt{<0>^{2} + <1>^{2}}", POWER, (ATOM, ATOM)),
    "exp": ("e^{<0>}", POWER, ()),
    "exp2": ("2^{<0>}", POWER, ()),
    "expm1": ("e^{<0>} - 1", SUM, ()),
    "log": _applied(r"\ln"),
    "log2": _applied(r"\log_{2}"),
    "log10": _applied(r"\log_{10}"),
    "log1p": (r"\ln\left(1 + <0>\right)", ATOM, (TERM,)),
    "logaddexp": (r"\ln\left(e^{<0>} + e^{<1>}\right)", ATOM, ()),
    "xlogy": (r"<0> \ln <1>", TERM, (TERM, ATOM)),
    "gamma": _called(r"\Gamma"),
    "lgamma": (r"\ln\left|\Gamma\left(<0>\right)\right|", ATOM, ()),
    "digamma": _called(r"\psi"),
    "polygamma": (r"\psi^{\left(<0>\right)}\left(<1>\right)", ATOM, ()),
    "sign": _called(r"\operatorname{sgn}"),
    "heaviside": _called("H"),
    "min": _called(r"\min"),
    "max": _called(r"\max"),
    **{
        name: _applied(rf"\{name}")
        for name in ("sin", "cos", "tan", "sec", "csc", "cot", "sinh", "cosh", "tanh", "coth")
    },
    **{f"a{name}": _applied(rf"\arc{name}") for name in ("sin", "cos", "tan")},
    **{f"a{name}": _applied(rf"\operatorname{{ar{name}}}") for name in ("sinh", "cosh", "tanh")},
    **{name: _applied(rf"\operatorname{{{name}}}") for name in ("sech", "csch", "erf", "erfc")},
}
"""The templates of primitives; one without a template, and without a function below, is called by its name."""

_RAISED = frozenset({"sin", "cos", "tan", "sec", "csc", "cot", "sinh", "cosh", "tanh", "coth", "sech", "csch"})
r"""Functions whose powers are written at the name: `\sin^{2} x`."""


def latex_expression(graph: Graph, node: int, names: Mapping[int, str | None] | None = None) -> str:
    """Write a node's operation in LaTeX, with named nodes by their names.

    `names` are names of nodes (as in a program, see `symbol`), in place of those of the graph; inputs always have
    theirs. Unnamed operands are written out, at each use.
    """
    return "".join(_LatexWriter(graph, node, names).pieces()).strip()


def latex_number(graph: Graph, node: int, names: Mapping[int, str | None] | None = None) -> str:
    """Write the same where a truth is a number: a right side such as that of `t = x < y`."""
    text = latex_expression(graph, node, names)
    return rf"\left[{text}\right]" if graph.operations[node] in TRUTHS else text


class _LatexWriter:
    def __init__(self, graph: Graph, node: int, names: Mapping[int, str | None] | None) -> None:
        self.graph = graph
        self.start = node
        self.leads: dict[int, str] = {}
        self.has_e = "e" in graph.nodes
        self.called: Callable[[int], str | None] = graph.names.__getitem__ if names is None else names.get

    def pieces(self) -> list[str]:
        """Collect the texts, in order, by a loop over the pieces still to write, and no recursion."""
        pieces: list[str] = []
        pending: list[WrittenPart] = [(self.start, OR)]
        start = ""
        while pending:
            item = pending.pop()
            if item == WITHOUT_MINUS:
                start = "-"
            elif isinstance(item, str):
                pieces.append(item.removeprefix(start))
                start = ""
            if isinstance(item, str):
                continue
            node = self.through(item[0])
            text = self.atom(node)
            if text is not None:
                inside = (text.startswith("-") and item[1] > SUM) or (_is_compound(text) and item[1] > POWER)
                pieces.append(rf"\left({text}\right)" if inside else text.removeprefix(start))
                start = ""
            else:
                pending += reversed(self.parts(node, item[1]))
        return pieces

    def through(self, node: int) -> int:
        """Follow identities without a name to their node."""
        while self.graph.operations[node] == "identity" and (node == self.start or self.called(node) is None):
            (node,) = self.graph.operands_of(node)
        return node

    def atom(self, node: int) -> str | None:
        """Write a name or a number; None for an operation."""
        operation = self.graph.operations[node]
        name = self.called(node) if node != self.start else None
        tensor = self.graph.tensor(node) if operation == CONSTANT and isinstance(self.graph, ArrayGraph) else None
        if tensor is not None:
            from cgraph_cli.language.latex_arrays import tensor_latex

            return tensor_latex(tensor) if name is None else symbol(name)
        if operation == CONSTANT and name is None:
            return number(self.graph.constant(node), self.graph.spellings.get(node, ""))
        if operation == INPUT:
            name = self.graph.names[node]
        return None if name is None else symbol(name)

    def parts(self, node: int, level: int) -> list[WrittenPart]:
        """Split an operation into texts and operands, in parentheses where its level requires them."""
        operation, operands = self.graph.operations[node], list(self.graph.operands_of(node))
        if isinstance(self.graph, ArrayGraph) and operation not in PRIMITIVES:
            from cgraph_cli.language.latex_arrays import array_latex

            own, parts = array_latex(self.graph, node, self.called)
        else:
            own, parts = self.operation(operation, operands)
        if operation in TRUTHS and level > COMPARISON:  # a truth as a number
            return [r"\left[", *parts, r"\right]"]
        if own < level or (own == APPLIED and level > APPLIED):
            return [r"\left(", *parts, r"\right)"]
        return parts

    def operation(self, operation: str, operands: Sequence[int]) -> tuple[int, list[WrittenPart]]:
        """Give an operation's level, and its texts and operands."""
        if operation == "*":
            return self.product(operands)
        if operation == "/":
            return self.fraction(*operands)
        if operation == "^":
            return self.power(*operands)
        if operation == "where":
            return ATOM, self.cases(operands)
        if operation in ("sum", "mean"):
            total = _joined(operands, " + ", TERM)
            return (SUM, total) if operation == "sum" else (TERM, [r"\frac{", *total, f"}}{{{len(operands)}}}"])
        if operation == "prod":
            return TERM, _joined(sorted(operands, key=self.is_open), r" \cdot ", FACTOR)
        if operation == "norm":
            squares: list[WrittenPart] = []
            for operand in operands:
                squares += [" + ", (operand, ATOM), "^{2}"]
            return POWER, [r"\sqrt{", *squares[1:], "}"]
        if operation == "logsumexp":
            terms: list[WrittenPart] = []
            for operand in operands:
                terms += [" + ", *self.exponential(operand)]
            return ATOM, [r"\ln\left(", *terms[1:], r"\right)"]
        name = operation.replace("_", r"\_")
        words = rf"\operatorname{{{name}}}"
        text, level, needed = TEMPLATES.get(operation) or _called(words)
        if self.has_e:
            text = re.sub(r"\be\^\{(<\d>)\}", r"\\exp\\left(\1\\right)", text)
        if level == APPLIED and not self.is_short(operands[0]):
            text, level, needed = text.replace(" <0>", r"\left(<0>\right)"), ATOM, ()
        return level, _filled(text, operands, needed)

    def exponential(self, node: int) -> list[WrittenPart]:
        """Write `e^{x}`, or the function by its name."""
        return [r"\exp\left(", (node, SUM), r"\right)"] if self.has_e else ["e^{", (node, SUM), "}"]

    def product(self, operands: Sequence[int]) -> tuple[int, list[WrittenPart]]:
        """Write `2 x y`: side by side, with a dot before a number; `-2 x` binds like a difference."""
        factors: list[int] = []
        pending = list(reversed(operands))
        minus: list[WrittenPart] = []
        while pending:
            node = self.through(pending.pop())
            inside = self.graph.operands_of(node) if self.atom(node) is None else ()
            if inside and self.graph.operations[node] == "*":
                pending += reversed(inside)
            elif inside and self.graph.operations[node] == "neg" and not factors and not minus:
                minus = ["-"]
                pending += inside
            else:
                factors.append(node)
        factors.sort(key=self.is_open)
        factors.sort(key=self.is_array)
        first, *others = factors
        level = SUM if minus or self.lead(first) == "-" else TERM
        parts = [*minus, (first, SUM if level == SUM and not minus else self.within(first))]
        for before, node in zip(factors, others, strict=False):
            between = r" \, " if self.is_open(before) else " "
            if self.is_array(before):  # then all that follow are
                parts += [r" \odot ", (node, self.within(node))]
                continue
            parts += [r" \cdot " if self.lead(node).isdigit() else between, (node, self.within(node))]
        return level, parts

    def within(self, node: int) -> int:
        r"""Give the least level of a factor; the end of `x \ln y` would not show."""
        return FACTOR if self.graph.operations[node] == "xlogy" else TERM

    def is_array(self, node: int) -> bool:
        """Tell whether a node is an array."""
        return isinstance(self.graph, ArrayGraph) and self.graph.shapes[node] != ()

    def fraction(self, above: int, below: int) -> tuple[int, list[WrittenPart]]:
        """Write a fraction, after a minus from the head of its numerator."""
        if self.lead(above) == "-":
            return SUM, [r"-\frac{", WITHOUT_MINUS, (above, SUM), "}{", (below, SUM), "}"]
        return TERM, [r"\frac{", (above, SUM), "}{", (below, SUM), "}"]

    def power(self, base: int, exponent: int) -> tuple[int, list[WrittenPart]]:
        r"""Write `x^{2}`, `\sin^{2} x`, or `\sqrt{x}` for the exponent 0.5."""
        base, exponent = self.through(base), self.through(exponent)
        is_number = self.graph.operations[exponent] == CONSTANT and self.called(exponent) is None
        number = self.graph.constant(exponent) if is_number else None
        if number == 0.5:
            return POWER, [r"\sqrt{", (base, SUM), "}"]
        operation = self.graph.operations[base]
        if operation in _RAISED and self.called(base) is None and number is not None and number > 0:
            (operand,) = self.graph.operands_of(base)
            head = TEMPLATES[operation][0].removesuffix(" <0>")
            raised = f"{head}^{{{show_number(number)}}}"
            if self.is_short(operand):
                return APPLIED, [f"{raised} ", (operand, ATOM)]
            return ATOM, [rf"{raised}\left(", (operand, SUM), r"\right)"]
        circle = r"\circ " if self.is_array(base) else ""  # element by element
        return POWER, [(base, ATOM), f"^{{{circle}", (exponent, SUM), "}"]

    def cases(self, operands: Sequence[int]) -> list[WrittenPart]:
        """Write a `where`, with those in its last place, as lines of one brace."""
        parts: list[WrittenPart] = [r"\begin{cases} "]
        while True:
            condition, first, second = operands
            second = self.through(second)
            parts += [(first, SUM), r" & \text{if } ", *self.truth(condition), r" \\ "]
            if self.graph.operations[second] != "where" or self.called(second) is not None:
                return [*parts, (second, SUM), r" & \text{otherwise} \end{cases}"]
            operands = self.graph.operands_of(second)

    def truth(self, node: int) -> list[WrittenPart]:
        """Write a condition; a number is one by not being 0."""
        node = self.through(node)
        if self.graph.operations[node] in TRUTHS and self.called(node) is None:
            return [(node, OR)]
        return [(node, SUM), r" \ne 0"]

    def is_short(self, node: int) -> bool:
        """Tell whether a function's argument stands without parentheses."""
        text = self.atom(self.through(node))
        return text is not None and not text.startswith("-") and not _is_compound(text)

    def lead(self, node: int) -> str:
        """Find the first character of a node's text within a product; a letter for any other."""
        graph = self.graph
        path: list[int] = []
        found = ""
        while not found and node not in self.leads:
            path.append(node)
            node = self.through(node)
            operation, text = graph.operations[node], self.atom(node)
            if text is not None:
                found = text[0]
            elif operation == "neg":
                found = "-"
            elif operation == "exp2":
                found = "2"
            elif operation in ("^", "prod", "xlogy"):  # whose first operand has parentheses where it begins with a sign
                first = self.atom(self.through(graph.operands_of(node)[0]))
                found = first[0] if first is not None and first[0].isdigit() else "x"
            elif operation in ("*", "/"):
                node = graph.operands_of(node)[0]
            else:
                found = "x"
        found = found or self.leads[node]
        for other in reversed(path):
            if graph.operations[other] == "/" and found != "-":
                found = "x"
            self.leads[other] = found
        return found

    def is_open(self, node: int) -> bool:
        """Tell whether a factor ends with an argument without parentheses, which the next factor would seem part of."""
        node = self.through(node)
        operation = self.graph.operations[node]
        if self.atom(node) is not None or operation in LEAVES:
            return False
        if operation == "^":
            return self.power(*self.graph.operands_of(node))[0] == APPLIED
        template = TEMPLATES.get(operation)
        return template is not None and template[1] == APPLIED and self.is_short(self.graph.operands_of(node)[0])


def _is_compound(text: str) -> bool:
    r"""Tell whether a name or a number has several parts, like `\Delta x`, `2 \pi` and `10^{-8}`."""
    return "^" in text or " " in re.sub(r"_\{.*\}$", "", text)


def _joined(operands: Sequence[int], between: str, level: int) -> list[WrittenPart]:
    parts: list[WrittenPart] = []
    for operand in operands:
        parts += [between, (operand, level)]
    return parts[1:]


def _filled(text: str, operands: Sequence[int], needed: Sequence[int]) -> list[WrittenPart]:
    parts: list[WrittenPart] = []
    for piece in re.split(r"(<[0-9*]>)", text):
        if piece == "<*>":
            parts += _joined(operands, ", ", SUM)
        elif re.fullmatch(r"<\d>", piece):
            position = int(piece[1])
            parts.append((operands[position], needed[position] if position < len(needed) else SUM))
        elif piece:
            parts.append(piece)
    return parts
