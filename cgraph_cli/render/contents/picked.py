"""Numbers picked by `--get` as a sheet: a column and a member each, by the words that picked them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cgraph_cli.core.tensor import Tensor
from cgraph_cli.render.contents import Sheet
from cgraph_cli.render.numbers import write_numbers_of
from cgraph_cli.render.sheets.json import number
from cgraph_cli.render.view import View


class PickedSheet(Sheet):
    """Numbers with their labels."""

    def __init__(self, found: Sequence[tuple[str, Any]]) -> None:
        self.found = found

    def rows(self, view: View) -> Iterator[list[str]]:
        """Make the labels and one row of numbers, an array as JSON has it."""
        yield [label for label, _ in self.found]
        yield [write_numbers_of(picked, view.digits) for _, picked in self.found]

    def members(self, view: View) -> Mapping[str, object]:
        """Make a member for each label: a number, or nested lists."""
        return {
            label: picked.map(lambda item: number(item, view)).nested()
            if isinstance(picked, Tensor)
            else number(picked, view)
            for label, picked in self.found
        }

    def entries(self, view: View) -> Iterator[Mapping[str, Any]]:
        """Make one object of all."""
        yield self.members(view)
