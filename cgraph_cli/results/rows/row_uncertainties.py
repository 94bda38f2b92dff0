"""The uncertainties of the outputs of rows, by the law of propagation: `u_g`, and the share of each input."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import inf
from sys import float_info
from typing import Any, NamedTuple

from cgraph_cli.results.rows.quantities import Quantities
from cgraph_cli.results.uncertainty.correlations import Correlations
from cgraph_cli.trust.verdicts import Status, worst_of


class InputUncertainty(NamedTuple):
    """The standard uncertainty of an input in every row: a factor, times a column, or times the estimate's size."""

    factor: float
    column: str | None = None
    is_relative: bool = False


class RowUncertainties:
    """The columns of uncertainties beside the quantities of rows.

    `names` are the columns', output by output: `u_g` and `share_g_L`. A share is the part of the variance, as in a
    budget.
    """

    def __init__(
        self, quantities: Quantities, inputs: Mapping[str, InputUncertainty], correlations: Correlations
    ) -> None:
        self.inputs = inputs
        self.correlations = correlations
        self._slopes = quantities.slopes
        self.names = [
            name
            for label in quantities.output_labels
            for name in (f"u_{label}", *(f"share_{label}_{each}" for each in inputs))
        ]

    @property
    def columns(self) -> list[str]:
        """List the columns with uncertainties of inputs."""
        return list(dict.fromkeys(each.column for each in self.inputs.values() if each.column is not None))

    def compute(
        self, numbers: Sequence[Any], statuses: Mapping[int, Sequence[Status]], estimates: Mapping[str, Any],
        amounts: Mapping[str, Any], nulls: Collection[int],
    ) -> tuple[list[Any], dict[int, list[Status]]]:  # fmt: skip
        """Compute the columns from those of the derivatives, and the statuses of the rows that are not all ok.

        `statuses` are those of the derivatives, `estimates` the inputs' numbers, and `amounts` the numbers of the
        columns of uncertainties. Each is a column, or a number for all rows.
        """
        import numpy as np

        from cgraph_cli.evaluation.arrays.algebra import ieee

        with ieee():
            sizes = [self._size(np, each, estimates[name], amounts) for name, each in self.inputs.items()]
            found, lost = [], set[int]()
            for slopes in self._slopes:
                columns, odd = self._combine(np, [np.asarray(numbers[slope], dtype=float) for slope in slopes], sizes)
                found += columns
                lost.update(np.flatnonzero(odd).tolist())
        said = {row: [Status.OK] * len(self.names) for row in sorted(lost.union(statuses).difference(nulls))}
        for row, words in said.items():
            at = 0
            for slopes in self._slopes:
                moving = [slope for slope, size in zip(slopes, sizes, strict=True) if _at(size, row)]
                status = worst_of([statuses[row][slope] for slope in moving] if row in statuses else ())
                for column in found[at : at + 1 + len(slopes)]:
                    words[at] = _status_of(status, float(column[row]), row in lost)
                    at += 1
        return found, {row: words for row, words in said.items() if any(word != Status.OK for word in words)}

    @staticmethod
    def _size(np: Any, each: InputUncertainty, estimate: Any, amounts: Mapping[str, Any]) -> Any:
        """Compute the standard uncertainties of an input; nan where it has no finite estimate."""
        estimate = np.asarray(estimate, dtype=float)
        size = each.factor * (np.abs(estimate) if each.is_relative else np.asarray(amounts.get(each.column or "", 1.0)))
        return np.where(np.isfinite(estimate) | (size == 0), size, np.nan)

    def _combine(self, np: Any, slopes: Sequence[Any], sizes: Sequence[Any]) -> tuple[list[Any], Any]:
        """Combine contributions to standard uncertainties and shares, and find the rows where doubles lose these."""
        parts = [np.where(size == 0, 0.0, slope * size) for slope, size in zip(slopes, sizes, strict=True)]
        largest = np.maximum.reduce([np.abs(part) for part in parts])
        plain = (largest > 0) & (largest < inf)
        unit = np.where(plain, largest, 1.0)
        scaled = [part / unit for part in parts]  # scaled, no square overflows or vanishes
        terms = [each * each for each in scaled]
        names = list(self.inputs)
        for first, second, r in self.correlations.pairs():
            i, j = names.index(first), names.index(second)
            shared = r * scaled[i] * scaled[j]
            terms[i], terms[j] = terms[i] + shared, terms[j] + shared
        variance = np.maximum(sum(terms[1:], start=terms[0]), 0.0)
        u = np.where(plain, largest * np.sqrt(variance), largest)
        shares = [np.where(largest == 0, 0.0, term / variance) for term in terms]
        odd = ~np.isfinite(u) | ~np.isfinite(shares[0])
        if (small := largest < float_info.min).any():
            moves = [(slope != 0) & (size != 0) for slope, size in zip(slopes, sizes, strict=True)]
            odd |= small & np.logical_or.reduce(moves)
        return [u, *shares], odd


def find_wrong(column: Any, nulls: Collection[int]) -> list[int]:
    """Find the rows whose number cannot be an uncertainty: it is negative or not finite."""
    import numpy as np

    numbers = np.asarray(column, dtype=float)
    found: list[int] = np.flatnonzero(~((numbers >= 0) & (numbers < inf))).tolist()
    return [row for row in found if row not in nulls]


def _at(size: Any, row: int) -> float:
    return float(size[row]) if size.ndim else float(size)


def _status_of(status: Status, number: float, is_lost: bool) -> Status:
    """Choose the status of a number from that of the derivatives, which may all be ok where it is lost itself."""
    if status != Status.OK or not is_lost:
        return status
    if number != number:
        return Status.UNDEFINED
    return Status.OVERFLOW if number in (inf, -inf) or abs(number) < float_info.min else Status.OK
