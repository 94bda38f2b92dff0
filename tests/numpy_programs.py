"""Random programs of arrays, each with its meaning in NumPy: an independent reference for values and gradients.

An expression is drawn for a shape, as its text and as a function of the names around it. The function is analytic: a
step of 1e-40 along the imaginary axis gives derivatives to the last digit (Squire and Trapp, 1998).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy
from hypothesis import strategies as st

from tests.numpy_functions import BINARY, REDUCTIONS, TIE, UNARY, Tie, cholesky, conv1d, conv2d, softmax

Shape = tuple[int, ...]
Names = dict[str, Any]

STEP = 1e-40
SIZES = st.sampled_from([0, 1, 1, 2, 2, 2, 3, 3])


class Made(NamedTuple):
    """An expression: its text, its shape, and its function."""

    text: str
    shape: Shape
    compute: Callable[[Names], Any]


class ArrayText(NamedTuple):
    """A program: its text, the shapes of its inputs, its names, and their functions."""

    text: str
    inputs: dict[str, Shape]
    computed: list[str]
    compute: Callable[[Names], Names]


class Drawing:
    """A drawing of a program: its names so far, and a source of choices."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.inputs: dict[str, Shape] = {}
        self.known: list[Made] = []
        self.variables: list[tuple[str, int]] = []

    def pick(self, options: Sequence[Any]) -> Any:
        return self.draw(st.sampled_from(list(options)))

    def count(self, least: int, most: int) -> int:
        return self.draw(st.integers(least, most))

    # Leaves

    def leaf(self, shape: Shape) -> Made:
        kind = self.count(0, 5)
        fitting = [made for made in self.known if made.shape == shape]
        if fitting and kind < 3:
            return self.pick(fitting)
        if kind == 3 and not shape:
            number = self.pick(["2", "0.5", "-1.5"])
            return Made(number, (), lambda names: numpy.complex128(float(number)))
        if kind == 3:
            word = self.pick(["zeros", "ones"])
            text = f"{word}({', '.join(map(str, shape))})"
            return Made(text, shape, lambda names: numpy.full(shape, float(word == "ones"), complex))
        if kind == 4 and not shape and self.variables:
            variable, _ = self.pick(self.variables)
            return Made(variable, (), lambda names: numpy.complex128(names[variable]))
        if kind == 4 and len(shape) == 1 and shape[0]:
            return Made(f"range({shape[0]})", shape, lambda names: numpy.arange(shape[0]).astype(complex))
        if kind == 4 and len(shape) == 2:
            text = f"eye({shape[0]}, {shape[1]})"
            return Made(text, shape, lambda names: numpy.eye(*shape, dtype=complex))
        return self.input(shape)

    def input(self, shape: Shape) -> Made:
        name = self.pick([f"x{at}" for at in range(3)] if not shape else [f"A{at}" for at in range(4)])
        while self.inputs.get(name, shape) != shape:
            name += "_"
        self.inputs[name] = shape
        return Made(name, shape, lambda names: names[name])

    # Expressions

    def expression(self, shape: Shape, depth: int = 3) -> Made:
        if not depth or not self.count(0, 5):
            return self.leaf(shape)
        ways = [self.unary, self.binary, self.binary, self.reduction, self.index, self.index, self.where, self.product]
        if shape:
            ways += [self.array, self.comprehension, self.reshaped, self.concat, self.comprehension]
        if len(shape) > 1:
            ways += [self.transposed, self.transposed]
        ways.append(self.call)
        return self.pick(ways)(shape, depth - 1)

    def unary(self, shape: Shape, depth: int) -> Made:
        form = self.pick(list(UNARY))
        inner = self.expression(shape, depth)
        text = f"({inner.text})" if "{}²" in form or "{}^" in form else inner.text
        return Made(form.format(text), shape, lambda names: UNARY[form](inner.compute(names)))

    def binary(self, shape: Shape, depth: int) -> Made:
        """Draw operands that broadcast: a number, trailing axes of a higher rank, or axes of 1 beside an equal rank."""
        form = self.pick(list(BINARY))
        kind = self.count(0, 3)
        other: Shape = shape
        if kind == 1:
            other = ()
        elif kind == 2 and shape:
            other = shape[self.count(0, len(shape) - 1) :]
        elif kind == 3:
            other = tuple(self.pick([size, 1]) for size in shape)
        shapes = [shape, other]
        if self.count(0, 1):
            shapes.reverse()
        left, right = (self.expression(each, depth) for each in shapes)
        text = form.format(_atom(left.text), _atom(right.text))
        return Made(f"({text})", shape, lambda names: BINARY[form](left.compute(names), right.compute(names)))

    def reduction(self, shape: Shape, depth: int) -> Made:
        name = self.pick(list(REDUCTIONS))
        least = 0 if name in ("sum", "prod") else 1
        if not shape and self.count(0, 1):
            inner = self.expression(tuple(max(least, self.draw(SIZES)) for _ in range(self.count(1, 2))), depth)
            return Made(f"{name}({inner.text})", (), lambda names: REDUCTIONS[name](inner.compute(names), None))
        if len(shape) > 2:
            return self.leaf(shape)
        axis = self.count(0, len(shape))
        if 0 in shape and least:
            name = "sum"
        size = max(least, self.draw(SIZES))
        inner = self.expression((*shape[:axis], size, *shape[axis:]), depth)
        written = self.pick([axis, axis - len(shape) - 1])
        return Made(
            f"{name}({inner.text}, axis={written})", shape, lambda names: REDUCTIONS[name](inner.compute(names), axis)
        )

    def where(self, shape: Shape, depth: int) -> Made:
        condition, left, right = (self.expression(each, depth) for each in (shape, shape, shape))

        def compute(names: Names) -> Any:
            number = condition.compute(names)
            if numpy.any(abs(number.real - 0.3) < TIE):
                raise Tie
            return numpy.where(number.real > 0.3, left.compute(names), right.compute(names))

        return Made(f"where({condition.text} > 0.3, {left.text}, {right.text})", shape, compute)

    def reshaped(self, shape: Shape, depth: int) -> Made:
        size = int(numpy.prod(shape))
        options = [(size,), (1, size), (size, 1), (1, size, 1), *([(2, size // 2)] if size % 2 == 0 else [])]
        inner = self.expression(self.pick(options), depth)
        sizes = [str(each) for each in shape]
        if size and self.count(0, 1):
            sizes[self.count(0, len(shape) - 1)] = "-1"
        return Made(
            f"reshape({inner.text}, {', '.join(sizes)})", shape, lambda names: inner.compute(names).reshape(shape)
        )

    def transposed(self, shape: Shape, depth: int) -> Made:
        if self.count(0, 1):
            axes = self.draw(st.permutations(range(len(shape))))
            inner = self.expression(tuple(shape[axes.index(axis)] for axis in range(len(shape))), depth)
            words = ", ".join(str(axis - len(shape) * self.count(0, 1)) for axis in axes)
            return Made(
                f"transpose({inner.text}, {words})", shape, lambda names: numpy.transpose(inner.compute(names), axes)
            )
        inner = self.expression(shape[::-1], depth)
        form = self.pick(["{}.T", "transpose({})"])
        text = form.format(_atom(inner.text) if "." in form else inner.text)
        return Made(text, shape, lambda names: inner.compute(names).T)

    def array(self, shape: Shape, depth: int) -> Made:
        if not shape[0]:
            return self.leaf(shape)
        items = [self.expression(shape[1:], depth) for _ in range(shape[0])]
        text = f"[{', '.join(item.text for item in items)}]"
        if len(items) > 1 and self.count(0, 2) == 0:
            text = f"stack({', '.join(item.text for item in items)})"
        return Made(text, shape, lambda names: numpy.array([item.compute(names) for item in items]))

    def concat(self, shape: Shape, depth: int) -> Made:
        axis = self.count(0, len(shape) - 1)
        first = self.count(0, shape[axis])
        parts = [
            self.expression((*shape[:axis], size, *shape[axis + 1 :]), depth) for size in (first, shape[axis] - first)
        ]
        text = ", ".join(part.text for part in parts)
        where = f", axis={self.pick([axis, axis - len(shape)])}" if axis or self.count(0, 1) else ""
        return Made(
            f"concat({text}{where})",
            shape,
            lambda names: numpy.concatenate([part.compute(names) for part in parts], axis=axis),
        )

    def comprehension(self, shape: Shape, depth: int) -> Made:
        """Draw a loop over a range, or over the elements of an array along its first axis."""
        if not shape[0]:
            return self.leaf(shape)
        variable = f"i{len(self.variables)}"
        if self.count(0, 2):
            self.variables.append((variable, shape[0]))
            body = self.expression(shape[1:], depth)
            self.variables.pop()
            text = f"[{body.text} for {variable} in range({shape[0]})]"
            return Made(
                text, shape, lambda names: numpy.array([body.compute({**names, variable: i}) for i in range(shape[0])])
            )
        over = self.expression((shape[0], *(self.draw(SIZES) for _ in range(self.count(0, 1)))), depth)
        element = f"u{len(self.known)}"
        self.known.append(Made(element, over.shape[1:], lambda names: names[element]))
        body = self.expression(shape[1:], depth)
        self.known.pop()
        return Made(
            f"[{body.text} for {element} in {over.text}]",
            shape,
            lambda names: numpy.array([body.compute({**names, element: each}) for each in over.compute(names)]),
        )

    def index(self, shape: Shape, depth: int) -> Made:
        """Draw an index: places, slices with steps, new axes, a list of places, variables of loops and `...`.

        Several lists, which are taken pair by pair, have tests of their own.
        """
        parts: list[str] = []
        inner: list[int] = []
        picks: list[Any] = []
        for size in shape:
            if self.count(0, 3) == 0 and len(inner) < 3:
                self._place(parts, inner, picks)
            kind = self.count(0, 4)
            if size == 1 and kind == 0:
                parts.append("None")
                picks.append(None)
            elif kind == 1 and size and not any(isinstance(pick, list) for pick in picks):
                places = [self.count(0, size) for _ in range(size)]
                parts.append(f"[{', '.join(map(str, places))}]")
                inner.append(size + 1)
                picks.append(places)
            elif kind == 2:
                step = self.pick([1, 2, -1, -2])
                start = self.count(0, 1)
                length = start + max(0, (size - 1) * abs(step) + 1)
                first, last = (start, length) if step > 0 else (length - 1, start - 1)
                stop = "" if last < 0 else str(last)
                parts.append(f"{first}:{stop}:{step}" if step != 1 else f"{first}:{stop}")
                picks.append(slice(first, None if last < 0 else last, step))
                if not size:
                    parts[-1], picks[-1] = "0:0", slice(0, 0)
                inner.append(length + self.count(0, 1) * (step > 0 and size > 0 and int(last) == length))
                if len(range(*picks[-1].indices(inner[-1]))) != size:
                    parts[-1], picks[-1], inner[-1] = ":", slice(None), size
            else:
                parts.append(":")
                inner.append(size)
                picks.append(slice(None))
        if not inner or self.count(0, 2) == 0:
            self._place(parts, inner, picks)
        target = self.expression(tuple(inner), depth) if len(inner) < 4 else self.input(tuple(inner))
        written = ", ".join(parts)
        if parts[-1] == ":" and self.count(0, 1):
            written = ", ".join([*parts[:-1], "..."])
        return Made(
            f"{_atom(target.text)}[{written}]", shape, lambda names: _picked(target.compute(names), picks, names)
        )

    def _place(self, parts: list[str], inner: list[int], picks: list[Any]) -> None:
        size = self.count(1, 3)
        if self.variables and self.count(0, 1):
            variable, steps = self.pick(self.variables)
            parts.append(variable)
            inner.append(max(size, steps))
            picks.append(variable)
            return
        place = self.count(-size, size - 1)
        parts.append(str(place))
        inner.append(size)
        picks.append(place)

    def product(self, shape: Shape, depth: int) -> Made:
        inner = self.draw(SIZES)
        if not shape:
            shapes: list[Shape] = [(inner,), (inner,)]
        elif len(shape) == 1:
            shapes = self.pick([[(shape[0], inner), (inner,)], [(inner,), (inner, shape[0])]])
        elif len(shape) == 2:
            stacks = [[(inner,), (shape[0], inner, shape[1])], [(*shape, inner), (inner,)]]
            shapes = self.pick([[(shape[0], inner), (inner, shape[1])], *stacks])
        else:
            stack, row, column = shape
            batch = self.pick([(), (stack,), (1,)])
            shapes = [(*shape[:-1], inner), (*batch, inner, column)]
            if self.count(0, 1):
                shapes = [(*batch, row, inner), (stack, inner, column)]
        left, right = (self.expression(each, depth) for each in shapes)
        text = f"({_atom(left.text)} @ {_atom(right.text)})"
        if len(shape) == 0 and self.count(0, 1):
            text = f"dot({left.text}, {right.text})"
        return Made(text, shape, lambda names: left.compute(names) @ right.compute(names))

    def call(self, shape: Shape, depth: int) -> Made:
        """Draw a call of a function of arrays, with a result of the shape."""
        if not shape:
            return self.pick([self._of_matrix, self._cross_entropy])(depth)
        if 0 in shape:
            return self.leaf(shape)
        if len(shape) == 1:
            return self.pick([self._of_vector, self._solve])(shape[0], depth)
        if len(shape) == 2:
            return self.pick([self._to_matrix, self._square])(shape, depth)
        return self._softmax(shape, depth)

    def _softmax(self, shape: Shape, depth: int) -> Made:
        inner = self.expression(shape, depth)
        name = self.pick(["softmax", "log_softmax"])
        axis = self.count(-len(shape), len(shape) - 1)
        text = f"{name}({inner.text})" if axis == -1 else f"{name}({inner.text}, axis={axis})"
        if name == "softmax":
            return Made(text, shape, lambda names: softmax(inner.compute(names), axis))
        return Made(text, shape, lambda names: numpy.log(softmax(inner.compute(names), axis)))

    def _of_vector(self, size: int, depth: int) -> Made:
        kind = self.count(0, 4)
        if kind == 0:
            inner = self.expression((size,), depth)
            return Made(f"cumsum({inner.text})", (size,), lambda names: numpy.cumsum(inner.compute(names)))
        if kind == 1:
            width = self.count(1, 3)
            x, w = self.expression((size + width - 1,), depth), self.expression((width,), depth)
            return Made(
                f"conv1d({x.text}, {w.text})", (size,), lambda names: conv1d(x.compute(names), w.compute(names))
            )
        if kind == 2:
            inner = self.expression((size, size + self.count(0, 1)), depth)
            return Made(f"diag({inner.text})", (size,), lambda names: numpy.diag(inner.compute(names)))
        if kind == 3 and size > 1:
            a, b = self.expression((), depth), self.expression((), depth)
            return Made(
                f"linspace({a.text}, {b.text}, {size})",
                (size,),
                lambda names: (
                    a.compute(names) + (b.compute(names) - a.compute(names)) * numpy.arange(size) / (size - 1)
                ),
            )
        return self._softmax((size,), depth)

    def _to_matrix(self, shape: Shape, depth: int) -> Made:
        kind = self.count(0, 3)
        if kind == 0:
            x, y = (self.expression((size,), depth) for size in shape)
            return Made(
                f"outer({x.text}, {y.text})", shape, lambda names: numpy.outer(x.compute(names), y.compute(names))
            )
        if kind == 1 and shape[0] == shape[1]:
            inner = self.expression(shape[:1], depth)
            return Made(f"diag({inner.text})", shape, lambda names: numpy.diag(inner.compute(names)))
        if kind == 2:
            p, q = self.count(1, 2), self.count(1, 2)
            x, w = self.expression((shape[0] + p - 1, shape[1] + q - 1), depth), self.expression((p, q), depth)
            return Made(f"conv2d({x.text}, {w.text})", shape, lambda names: conv2d(x.compute(names), w.compute(names)))
        return self._softmax(shape, depth)

    def _definite(self, size: int, depth: int) -> Made:
        """Draw a positive definite symmetric matrix."""
        inner = self.expression((size, size), depth)
        atom = f"tanh({inner.text})"
        return Made(
            f"({atom} @ {atom}.T + {size}*eye({size}))",
            (size, size),
            lambda names: (
                numpy.tanh(inner.compute(names)) @ numpy.tanh(inner.compute(names)).T + size * numpy.eye(size)
            ),
        )

    def _square(self, shape: Shape, depth: int) -> Made:
        if shape[0] != shape[1]:
            return self._to_matrix(shape, depth)
        matrix = self._definite(shape[0], depth)
        name = self.pick(["inv", "cholesky"])
        function = numpy.linalg.inv if name == "inv" else cholesky
        return Made(f"{name}({matrix.text})", shape, lambda names: function(matrix.compute(names)))

    def _solve(self, size: int, depth: int) -> Made:
        matrix, right = self._definite(size, depth), self.expression((size,), depth)
        return Made(
            f"solve({matrix.text}, {right.text})",
            (size,),
            lambda names: numpy.linalg.solve(matrix.compute(names), right.compute(names)),
        )

    def _of_matrix(self, depth: int) -> Made:
        size = self.count(1, 4)
        name = self.pick(["det", "logdet", "trace"])
        matrix = self._definite(size, depth)
        function = {
            "det": numpy.linalg.det,
            "logdet": lambda a: numpy.log(numpy.linalg.det(a)),
            "trace": numpy.trace,
        }[name]
        return Made(f"{name}({matrix.text})", (), lambda names: function(matrix.compute(names)))

    def _cross_entropy(self, depth: int) -> Made:
        classes, rows = self.count(1, 3), self.count(1, 3)
        if self.count(0, 1):
            z, k = self.expression((classes,), depth), self.count(0, classes - 1)
            return Made(f"cross_entropy({z.text}, {k})", (), lambda names: -numpy.log(softmax(z.compute(names)))[k])
        z, ks = self.expression((rows, classes), depth), [self.count(0, classes - 1) for _ in range(rows)]
        return Made(
            f"cross_entropy({z.text}, {ks})",
            (),
            lambda names: -numpy.mean(numpy.log(softmax(z.compute(names)))[numpy.arange(rows), ks]),
        )

    # Statements

    def recurrence(self, name: str, shape: Shape) -> tuple[str, Made]:
        """Draw an array that is assigned element by element, each from the one before or the two before."""
        steps, known, depth = self.count(0, 3), list(self.known), 2
        first = self.expression(shape, depth)
        before = Made(f"{name}[t]", shape, lambda names: names[f"{name}[t]"])
        self.variables.append(("t", max(steps, 1)))
        self.known.append(before)
        body = self.expression(shape, depth)
        self.known, self.variables = known, self.variables[:-1]
        text = f"{name}[0] = {first.text}; {name}[t + 1] = tanh({name}[t]) + {body.text} for t in range({steps})"

        def compute(names: Names) -> Any:
            elements = [first.compute(names)]
            for t in range(steps):
                inside = {**names, "t": t, f"{name}[t]": elements[-1]}
                elements.append(numpy.tanh(elements[-1]) + body.compute(inside))
            return numpy.array(elements)

        return text, Made(name, (steps + 1, *shape), compute)

    def function(self, name: str) -> tuple[str, Callable[[Any, Names], Any]]:
        """Draw an elementwise function, which also uses the program's names."""
        numbers = [made for made in self.known if not made.shape]
        seen = self.pick(numbers) if numbers else Made("0.7", (), lambda names: 0.7)
        return (
            f"{name}(u, v) = sin(u)*v + {seen.text}",
            lambda u, names, v: numpy.sin(u) * v + seen.compute(names),  # type: ignore[misc]
        )


def _atom(text: str) -> str:
    """Put a text of several values in parentheses."""
    return text if text.replace("_", "").isalnum() and not text[0].isdigit() else f"({text})"


def _picked(array: Any, picks: Sequence[Any], names: Names) -> Any:
    """Pick axis by axis, apart from NumPy's rule for several lists at a time."""
    axis = 0
    for pick in picks:
        if pick is None:
            array = numpy.expand_dims(array, axis)
            axis += 1
            continue
        place = names[pick] if isinstance(pick, str) else pick
        array = array[(*[slice(None)] * axis, place)]
        axis += not isinstance(place, int)
    return array


@st.composite
def array_programs(draw: st.DrawFn) -> ArrayText:
    """Draw programs of a few statements over arrays of up to three axes."""
    drawing = Drawing(draw)
    statements: list[str] = []
    steps: list[tuple[str, Callable[[Names], Any]]] = []
    for at in range(drawing.count(1, 3)):
        shape = tuple(draw(SIZES) for _ in range(drawing.count(0, 2)))
        kind = drawing.count(0, 4)
        name = f"n{at}"
        if kind == 0:
            text, made = drawing.recurrence(name, shape)
        elif kind == 1:
            text, function = drawing.function(f"f{at}")
            u, v = drawing.expression(shape, 2), drawing.expression((), 1)
            statements.append(text)
            text = f"{name} = f{at}({u.text}, {v.text})"
            made = Made(name, shape, lambda names, f=function, u=u, v=v: f(u.compute(names), names, v.compute(names)))
        else:
            inner = drawing.expression(shape)
            text, made = f"{name} = {inner.text} + 0", Made(name, shape, inner.compute)
        statements.append(text)
        steps.append((name, made.compute))
        drawing.known.append(Made(name, made.shape, lambda names, name=name: names[name]))
    total = " + ".join(f"sum(sin({name}))" for name, _ in steps)
    statements.append(f"L = {total}")

    def compute(names: Names) -> Names:
        found = dict(names)
        for name, step in steps:
            found[name] = step(found)
        found["L"] = sum(numpy.sum(numpy.sin(found[name])) for name, _ in steps)
        return found

    return ArrayText("; ".join(statements), drawing.inputs, [*(name for name, _ in steps), "L"], compute)
