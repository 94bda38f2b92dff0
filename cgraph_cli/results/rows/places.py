"""Engines by place: rows in which shapes or places hang on columns have an engine for each of their numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from math import nan
from threading import Lock
from typing import Any, NoReturn

from cgraph_cli.core.errors import InputError, ProgramError
from cgraph_cli.results.rows.computed import Column, Computed
from cgraph_cli.results.rows.engine import Engine
from cgraph_cli.results.rows.row_uncertainties import RowUncertainties
from cgraph_cli.trust.verdicts import Status

_MOST = 1_000
"""The most engines, each of which takes milliseconds to make."""

Key = tuple[float, ...]


class EngineByPlace:
    """An engine like that of the `first` row, for rows in which the columns `places` have other numbers.

    `make` makes the one of some numbers. All of them share the budget of the first.
    """

    def __init__(self, first: Engine, places: Sequence[str], make: Callable[[Mapping[str, float]], Engine]) -> None:
        self._first = first
        self._places = places
        self._make = make
        self._engines: dict[Key, Engine | ProgramError] = {}
        self._lock = Lock()

    @property
    def names(self) -> list[str]:
        """List the names of the columns that rows get."""
        return self._first.names

    @property
    def checked(self) -> bool:
        """True where rows get statuses."""
        return self._first.checked

    @property
    def uncertain(self) -> RowUncertainties | None:
        """The uncertainties of the outputs, where inputs have any."""
        return self._first.uncertain

    @property
    def is_parallel(self) -> bool:
        """True where several threads compute faster than one."""
        return self._first.is_parallel

    @property
    def trouble(self) -> str:
        """The reason for which compiled code was not taken after all."""
        return next((each.trouble for each in self._made() if each.trouble), "")

    def compute(self, columns: Mapping[str, Column], size: int) -> Computed:
        """Compute some rows in doubles, from any thread."""
        numbers = [self._column(size) for _ in self._first.quantities.nodes]
        doubts: list[int] = []
        regular: list[int] = []
        recovered: dict[int, Sequence[Status]] = {}
        undefined: list[int] = []
        for key, rows in self._group(columns, size).items():
            engine = self._engine(key)
            if isinstance(engine, Engine):
                found = engine.compute(_parts(columns, rows), len(rows))
                _put(numbers, found.numbers, rows)
                doubts += (rows[at] for at in found.doubts)
                regular += (rows[at] for at in found.regular)
                recovered |= {rows[at]: statuses for at, statuses in found.recovered.items()}
                undefined += (rows[at] for at in found.undefined)
        return Computed(numbers, sorted(doubts), frozenset(regular), recovered, frozenset(undefined))

    def settle(
        self, computed: Computed, columns: Mapping[str, Column], size: int, nulls: Collection[int],
        amounts: Mapping[str, Column] | None = None,
    ) -> dict[int, Sequence[Status]]:  # fmt: skip
        """Settle the rows in doubt, as each engine does; return the statuses of the rows not all ok.

        Raises `InputError` for a row without a program.
        """
        doubts, statuses = set(computed.doubts), dict[int, Sequence[Status]]()
        numbers = computed.numbers
        wide = [self._column(size) for _ in (self.names if self.uncertain else numbers)]
        for key, rows in self._group(columns, size).items():
            engine, none = self._engine(key), [at for at, row in enumerate(rows) if row in nulls]
            if isinstance(engine, ProgramError):
                if len(none) < len(rows):
                    raise self._without_program(key, engine)
                engine = self._first
            part = Computed(
                [_part(column, rows) for column in numbers],
                [at for at, row in enumerate(rows) if row in doubts],
                frozenset(at for at, row in enumerate(rows) if row in computed.regular),
                {at: computed.recovered[row] for at, row in enumerate(rows) if row in computed.recovered},
                frozenset(at for at, row in enumerate(rows) if row in computed.undefined),
            )
            found = engine.settle(part, _parts(columns, rows), len(rows), frozenset(none), _parts(amounts or {}, rows))
            _put(wide, part.numbers, rows)
            statuses |= {rows[at]: each for at, each in found.items()}
        numbers[:] = wide
        return dict(sorted(statuses.items()))

    def take_counts(self) -> Counter[str]:
        """Count the rows since the last time, by the worst status in them."""
        return sum((each.take_counts() for each in self._made()), Counter[str]())

    def _made(self) -> list[Engine]:
        return [self._first, *(each for each in self._engines.values() if isinstance(each, Engine))]

    def _engine(self, key: Key) -> Engine | ProgramError:
        """Find the engine of some numbers, or the reason for which there is none."""
        with self._lock:
            if key not in self._engines:
                if len(self._engines) == _MOST:
                    what = f"`{'`, `'.join(self._places)}` have more than {_MOST:,} different numbers"
                    _refuse(what, "each of them makes another program: take fewer rows at a time")
                self._engines[key] = self._make_for(key)
            return self._engines[key]

    def _make_for(self, key: Key) -> Engine | ProgramError:
        try:
            engine = self._make(dict(zip(self._places, key, strict=True)))
        except ProgramError as error:
            return error
        if engine.names != self.names:
            first, other = (f"`{'`, `'.join(names[:4])}`" for names in (self.names, engine.names))
            what = f"rows would have other columns: {other} for {self._told(key)}, and {first} in the first"
            _refuse(what, "an output has one shape in all rows; `sum(y)` is one number")
        engine.budget = self._first.budget
        return engine

    def _without_program(self, key: Key, error: ProgramError) -> InputError:
        what, spans, help = error.diagnostic
        return InputError(f"{what}, in a row with {self._told(key)}", spans, help)

    def _told(self, key: Key) -> str:
        return ", ".join(f"{name} = {number:g}" for name, number in zip(self._places, key, strict=True))

    def _group(self, columns: Mapping[str, Column], size: int) -> dict[Key, list[int]]:
        found: dict[Key, list[int]] = {}
        for row, key in enumerate(zip(*(_listed(columns[name], size) for name in self._places), strict=True)):
            found.setdefault(key, []).append(row)
        return found

    def _column(self, size: int) -> Any:
        if not self.is_parallel:
            return [nan] * size
        import numpy as np

        return np.full(size, nan)


def _refuse(what: str, help: str) -> NoReturn:
    raise InputError(what, help=help)


def _listed(column: Column, size: int) -> list[float]:
    if isinstance(column, float):
        return [column] * size
    return list(map(float, column if isinstance(column, list) else column.tolist()))


def _part(column: Column, rows: Sequence[int]) -> Column:
    if isinstance(column, float):
        return column
    return [column[row] for row in rows] if isinstance(column, list) else column[rows]


def _parts(columns: Mapping[str, Column], rows: Sequence[int]) -> dict[str, Column]:
    return {name: _part(column, rows) for name, column in columns.items()}


def _put(columns: Sequence[Any], parts: Sequence[Any], rows: Sequence[int]) -> None:
    """Put the numbers of some rows into whole columns."""
    for column, part in zip(columns, parts, strict=True):
        if isinstance(column, list):
            for row, number in zip(rows, part, strict=True):
                column[row] = number
        else:
            column[rows] = part
