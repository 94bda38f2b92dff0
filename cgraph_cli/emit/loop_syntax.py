"""The syntax of loops and nested arrays in a language."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cgraph_cli.core.tensor import Shape


class LoopSyntax:
    """The loops, arrays and mutable variables of a language.

    `head` is the first line of a loop, of its counter and its count, and `end` its last. `assign` and `increase` are
    statements on a place and a value; `variable` declares a mutable number. `new` declares an array to be filled, of
    its name and shape, and `known` one of known elements, of the text too. `cast` makes a number of a counter,
    `quotient` divides two whole numbers, and `places` picks from a list of places, whose length is the third. `call`
    makes the lines that declare the result of a function of linear algebra, of its name, that of the result, and the
    texts and shapes of the operands. A compiled language `adds_rows`: it is fast where memory is read in its order.
    """

    def __init__(
        self,
        *,
        head: str,
        end: str,
        indent: str,
        assign: str,
        increase: str,
        variable: str,
        new: Callable[[str, Shape], str],
        known: Callable[[str, Shape, str], str],
        cast: str,
        quotient: str,
        places: str,
        call: Callable[[str, str, Sequence[str], Sequence[Shape]], list[str]],
        adds_rows: bool = False,
    ) -> None:
        self.head = head
        self.end = end
        self.indent = indent
        self.assign = assign
        self.increase = increase
        self.variable = variable
        self.new = new
        self.known = known
        self.cast = cast
        self.quotient = quotient
        self.places = places
        self.call = call
        self.adds_rows = adds_rows

    def over(self, counters: Sequence[str], sizes: Shape, body: Sequence[str]) -> list[str]:
        """Write nested loops around some lines."""
        lines = list(body)
        for counter, size in zip(reversed(counters), reversed(sizes), strict=True):
            lines = [self.head.format(counter, size), *(f"{self.indent}{line}" for line in lines)]
            lines += [self.end] if self.end else []
        return lines

    def set(self, place: str, value: str) -> str:
        """Write an assignment."""
        return self.assign.format(place, value)

    def add(self, place: str, value: str) -> str:
        """Write an assignment that adds."""
        return self.increase.format(place, value)

    def number(self, name: str, value: str) -> str:
        """Declare a mutable number."""
        return self.variable.format(name, value)

    def array(self, name: str, shape: Shape) -> list[str]:
        """Declare an array to be filled."""
        return [self.new(name, shape)]

    def constant(self, name: str, shape: Shape, text: str) -> list[str]:
        """Declare an array of known elements."""
        return [self.known(name, shape, text)]
