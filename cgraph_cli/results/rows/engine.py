"""The engine of rows: a kernel for all of them, and a closer look at those that are in doubt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from math import isfinite

from cgraph_cli.core.errors import RequestError
from cgraph_cli.results.rows.kernels import ArrayKernel, Column, Computed, Kernel, ScalarKernel
from cgraph_cli.results.rows.quantities import Quantities
from cgraph_cli.trust.budget import Budget
from cgraph_cli.trust.verdicts import Status

NULL = "null"
"""The status, in a summary, of rows without a number for an input."""


class Engine:
    """Quantities of the rows of a table.

    `fixed` are the inputs that are no column. `effort` are the units of work that may go into rows in doubt, past
    which they are unknown. `native` asks for compiled code: "always", "auto" where that can be, or "never". `counts`
    counts the rows by the worst status in them, and `nonfinite` those with a number that is not finite or not known.
    """

    def __init__(
        self, quantities: Quantities, fixed: Mapping[str, float], *, checked: bool = True, effort: float, arrays: bool,
        native: str = "never",
    ) -> None:  # fmt: skip
        self.quantities = quantities
        self.fixed = fixed
        self.checked = checked
        self.budget = Budget(effort)
        self.counts: Counter[str] = Counter()
        self.nonfinite = 0
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
    def is_parallel(self) -> bool:
        """True where several threads compute faster than one."""
        return not isinstance(self._kernel, ScalarKernel)

    @property
    def trouble(self) -> str:
        """The reason for which compiled code was not taken after all."""
        return self._kernel.trouble

    @property
    def inputs(self) -> list[str]:
        """The inputs that are columns."""
        return [name for name in self._names if name not in self.fixed]

    def compute(self, columns: Mapping[str, Column], size: int) -> Computed:
        """Compute some rows in doubles; several threads may. A row without a number has any in its place."""
        given = [self.fixed.get(name, columns.get(name)) for name in self._names]
        if self.is_parallel:
            import numpy as np

            given = [column if isinstance(column, float) else np.asarray(column, dtype=float) for column in given]
        return self._kernel.compute(given, size)

    def settle(
        self, computed: Computed, columns: Mapping[str, Column], size: int, nulls: Collection[int]
    ) -> dict[int, Sequence[Status]]:
        """Look into the rows in doubt, whose numbers are put right; return the statuses of the rows not all ok.

        Rows are to be settled in their order, for the budget to reach the same ones each time.
        """
        statuses: dict[int, Sequence[Status]] = {}
        self.counts[NULL] += len(nulls)
        self.counts[Status.OK] += size - len(nulls)
        for at in computed.doubts:
            if at in nulls:
                continue
            found = self._look(computed, columns, at)
            if any(status != Status.OK for status in found):
                statuses[at] = found
                self.counts[Status.OK] -= 1
                self.counts[self.worst(found)] += 1
            self.nonfinite += self.is_lost(found, [column[at] for column in computed.numbers])
        return statuses

    @staticmethod
    def worst(statuses: Sequence[Status]) -> Status:
        """Choose the worst of some statuses that are not all ok."""
        return next(status for status in _FROM_WORST if status in statuses)

    @staticmethod
    def is_lost(statuses: Sequence[Status], numbers: Sequence[float]) -> bool:
        """Tell whether a row has a number that is not finite, or not known."""
        return Status.UNKNOWN in statuses or not all(map(isfinite, numbers))

    def _look(self, computed: Computed, columns: Mapping[str, Column], at: int) -> list[Status]:
        if self.budget.left < 0:
            return [Status.UNKNOWN] * len(computed.numbers)
        point = {**self.fixed, **{name: float(columns[name][at]) for name in self.inputs}}
        found = self.quantities.look(point, self.budget)
        for column, checked in zip(computed.numbers, found, strict=True):
            column[at] = checked.number
        return [checked.verdict.status for checked in found]


_FROM_WORST = (Status.UNKNOWN, Status.UNDEFINED, Status.POLE, Status.JUMP, Status.KINK, Status.OVERFLOW, Status.LIMIT,
               Status.RECOVERED)  # fmt: skip


def has_arrays() -> bool:
    """Tell whether NumPy is there."""
    from importlib.util import find_spec

    return find_spec("numpy") is not None
