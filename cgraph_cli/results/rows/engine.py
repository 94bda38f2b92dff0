"""The engine of rows: a kernel for all of them, and a report for each row in doubt."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Container, Mapping, Sequence
from math import isfinite
from typing import Protocol

from cgraph_cli.core.errors import RequestError
from cgraph_cli.results.rows.computed import Column, Computed, Kernel
from cgraph_cli.results.rows.kernels import ArrayKernel, ScalarKernel
from cgraph_cli.results.rows.quantities import Quantities
from cgraph_cli.results.rows.row_uncertainties import RowUncertainties
from cgraph_cli.results.rows.undefined import find_undefined, name_inputs
from cgraph_cli.trust.budget import Budget
from cgraph_cli.trust.verdicts import Checked, Status, worst_of

NULL = "null"
"""The status, in a summary, of rows without a number for an input."""

NONFINITE = "nonfinite"
"""What is said, among counts, of rows with a number that is not finite or not known."""

LOOKED = "looked"
"""What is said, among counts, of rows that took an effort to look into."""

UNLOOKED = "unlooked"
"""What is said, among counts, of rows that the effort left out."""

_MOST_KEPT = 10_000
"""The most rows whose looks are kept for others of the same numbers, such as zeros."""


class RowEngine(Protocol):
    """A way to compute the new columns of rows, as doubles, and to settle those in doubt, in order."""

    @property
    def names(self) -> list[str]:
        """List the names of the columns that rows get."""

    @property
    def checked(self) -> bool:
        """True where rows get statuses."""

    @property
    def uncertain(self) -> RowUncertainties | None:
        """The uncertainties of the outputs, where inputs have any."""

    @property
    def is_parallel(self) -> bool:
        """True where several threads compute faster than one."""

    @property
    def trouble(self) -> str:
        """The reason for which compiled code was not taken after all."""

    def compute(self, columns: Mapping[str, Column], size: int) -> Computed:
        """Compute some rows in doubles, from any thread."""

    def settle(
        self, computed: Computed, columns: Mapping[str, Column], size: int, nulls: Collection[int],
        amounts: Mapping[str, Column] | None = None,
    ) -> dict[int, Sequence[Status]]:  # fmt: skip
        """Settle the rows in doubt; return the statuses of the rows not all ok."""

    def take_counts(self) -> Counter[str]:
        """Count the rows since the last time, by the worst status in them."""


class Engine:
    """Quantities of the rows of a table.

    `fixed` are the inputs without a column, and `uncertain` tells the uncertain ones. `effort` bounds the units of work
    for rows in doubt; past it they are unknown. `native` asks for compiled code: "always", "auto" where that can be, or
    "never".
    """

    def __init__(
        self, quantities: Quantities, fixed: Mapping[str, float], *, checked: bool = True, effort: float, arrays: bool,
        native: str = "never", uncertain: RowUncertainties | None = None,
    ) -> None:  # fmt: skip
        self.quantities = quantities
        self.fixed = fixed
        self.checked = checked
        self.uncertain = uncertain
        self.budget = Budget(effort)
        self._looked: dict[bytes, Sequence[Checked]] = {}
        self._counts: Counter[str] = Counter()
        self._decisive = [name_inputs(quantities.graph, nodes) for nodes in quantities.decisive if checked]
        self._names = [quantities.graph.names[node] or "" for node in quantities.graph.inputs()]
        compiled = self._native_kernel(arrays, native)
        self._kernel: Kernel = compiled or (ArrayKernel if arrays else ScalarKernel)(quantities, checked=checked)

    def _native_kernel(self, arrays: bool, native: str) -> Kernel | None:
        """Compile a kernel where that is asked for. Raises `RequestError` where it must be, and cannot."""
        reason = "it needs NumPy, which is not installed"
        if arrays and native != "never":
            from cgraph_cli.results.rows.native import NativeKernel, NoNativeKernel

            try:
                return NativeKernel(self.quantities, self.fixed.keys(), checked=self.checked)
            except NoNativeKernel as error:
                reason = str(error)
        if native == "always":
            raise RequestError(f"`--native always` cannot be: {reason}", help="`--native auto` goes on with NumPy then")
        return None

    @property
    def names(self) -> list[str]:
        """List the names of the columns that rows get."""
        return self.quantities.shown + ([] if self.uncertain is None else self.uncertain.names)

    @property
    def is_parallel(self) -> bool:
        """True where several threads compute faster than one."""
        return not isinstance(self._kernel, ScalarKernel)

    @property
    def trouble(self) -> str:
        """The reason for which compiled code was not taken after all."""
        return self._kernel.trouble

    @property
    def inputs(self) -> list[str]:
        """List the inputs with a column."""
        return [name for name in self._names if name not in self.fixed]

    def compute(self, columns: Mapping[str, Column], size: int) -> Computed:
        """Compute some rows in doubles, from any thread. A row without a number has an arbitrary one in its place."""
        given = [self.fixed.get(name, columns.get(name)) for name in self._names]
        if self.is_parallel:
            import numpy as np

            given = [column if isinstance(column, float) else np.asarray(column, dtype=float) for column in given]
        return self._kernel.compute(given, size)

    def settle(
        self, computed: Computed, columns: Mapping[str, Column], size: int, nulls: Collection[int],
        amounts: Mapping[str, Column] | None = None,
    ) -> dict[int, Sequence[Status]]:  # fmt: skip
        """Settle the rows in doubt, whose numbers are corrected; return the statuses of the rows not all ok.

        The columns of uncertainties come to the others, from the columns `amounts` of those of inputs. Rows have to
        be settled in their order, for the budget to reach the same ones each time.
        """
        undefined = find_undefined(self._decisive, columns) | computed.undefined
        looked: dict[int, Sequence[Status]] = {
            at: self._look(computed, columns, at, undefined) for at in computed.doubts if at not in nulls
        }
        looked |= {at: found for at, found in computed.recovered.items() if at not in nulls}
        count = len(self.quantities.shown)
        statuses: dict[int, Sequence[Status]] = {at: found[:count] for at, found in looked.items()}
        if self.uncertain is not None:
            estimates = {**self.fixed, **columns}
            more, said = self.uncertain.compute(computed.numbers, looked, estimates, amounts or {}, nulls)
            computed.numbers[count:] = more
            ok = [Status.OK] * len(more)
            for at in (looked.keys() | said.keys()) if self.checked else ():
                statuses[at] = [*statuses.get(at, [Status.OK] * count), *said.get(at, ok)]
        self._counts[NONFINITE] += len(self._find_lost(computed.numbers, statuses, nulls))
        statuses = {at: found for at, found in statuses.items() if any(status != Status.OK for status in found)}
        self._counts[NULL] += len(nulls)
        self._counts[Status.OK] += size - len(nulls) - len(statuses)
        self._counts.update(map(worst_of, statuses.values()))
        return statuses

    def take_counts(self) -> Counter[str]:
        """Count the rows since the last time, by the worst status in them, and as `NONFINITE`, `LOOKED`, `UNLOOKED`."""
        counts, self._counts = self._counts, Counter()
        return counts

    def _find_lost(
        self, numbers: Sequence[Column], statuses: Mapping[int, Sequence[Status]], nulls: Collection[int]
    ) -> list[int]:
        """List the rows with a number that is not finite, or not known. Of raw doubles there are no statuses."""
        if self.checked:
            lost = (at for at in statuses if not all(isfinite(column[at]) for column in numbers))
            return sorted({*lost, *(at for at, found in statuses.items() if Status.UNKNOWN in found)})
        if self.is_parallel:
            import numpy as np

            odd = (np.flatnonzero(~np.isfinite(column)).tolist() for column in numbers)
        else:
            odd = ([at for at, number in enumerate(column) if not isfinite(number)] for column in numbers)
        return sorted(set().union(*odd).difference(nulls))

    def _look(
        self, computed: Computed, columns: Mapping[str, Column], at: int, undefined: Container[int]
    ) -> list[Status]:
        if at in undefined:
            return self._take(computed, at, self.quantities.undefined)
        row = {name: float(columns[name][at]) for name in self.inputs}
        key = array("d", row.values()).tobytes()  # which tells 0 from -0
        found = self._looked.get(key)
        if found is None:
            if self.budget.left < 0:
                self._counts[UNLOOKED] += 1
                return [Status.UNKNOWN] * len(computed.numbers)
            self._counts[LOOKED] += 1
            before = [float(column[at]) for column in computed.numbers] if at in computed.regular else None
            found = self._look_at({**self.fixed, **row}, before)
            if self.budget.left < 0:  # within this row
                self._counts[UNLOOKED] += any(checked.verdict.status == Status.UNKNOWN for checked in found)
            elif len(self._looked) < _MOST_KEPT:
                self._looked[key] = found
        return self._take(computed, at, found)

    def _look_at(self, point: Mapping[str, float], before: Sequence[float] | None) -> Sequence[Checked]:
        """Look at a point, in balls first if it is regular, where doubles gave the numbers `before`."""
        found = None if before is None else self.quantities.look_in_balls(point, before, self.budget)
        return self.quantities.look(point, self.budget) if found is None else found

    def _take(self, computed: Computed, at: int, found: Sequence[Checked]) -> list[Status]:
        """Take the quantities of a row for those that doubles gave."""
        for column, checked in zip(computed.numbers, found, strict=True):
            column[at] = checked.number
        return [checked.verdict.status for checked in found]


def has_arrays() -> bool:
    """Tell whether NumPy is installed."""
    from importlib.util import find_spec

    return find_spec("numpy") is not None
