"""Correlations between inputs, given by a person or computed from joint readings."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from math import fsum, sqrt

from cgraph_cli.core.errors import InputError, name_list

_ROUNDING = 1e-9
"""The largest part of the variance of a sum that the rounding of correlations may take away."""


class Correlations:
    """The correlation coefficients of pairs of inputs, by name; 0 for a pair without one."""

    def __init__(self) -> None:
        self._beside: dict[str, dict[str, float]] = {}

    def __bool__(self) -> bool:
        return bool(self._beside)

    def between(self, first: str, second: str) -> float:
        """Give the correlation coefficient of two inputs."""
        return 1.0 if first == second else self._beside.get(first, {}).get(second, 0.0)

    def beside(self, name: str) -> Mapping[str, float]:
        """List the inputs that correlate with one, each with the coefficient."""
        return self._beside.get(name, {})

    def pairs(self) -> Iterator[tuple[str, str, float]]:
        """List the correlated pairs, each once."""
        seen: set[str] = set()
        for first, others in self._beside.items():
            seen.add(first)
            yield from ((first, second, number) for second, number in others.items() if second not in seen)

    def put(self, first: str, second: str, coefficient: float) -> None:
        """Set a coefficient. Raises `InputError` for a number that is none, and for a pair with another one."""
        if not -1 <= coefficient <= 1 or (first == second and coefficient != 1):
            help = "an input's correlation with itself is 1" if first == second else "it is a number from -1 to 1"
            raise InputError(f"the correlation of `{first}` and `{second}` cannot be {coefficient:g}", help=help)
        known = self.beside(first).get(second)
        if known is not None and abs(known - coefficient) > _ROUNDING:
            raise InputError(
                f"the correlation of `{first}` and `{second}` is both {known:g} and {coefficient:g}",
                help="a matrix of correlations is symmetric; leave one of them out",
            )
        if coefficient and first != second:
            self._beside.setdefault(first, {})[second] = coefficient
            self._beside.setdefault(second, {})[first] = coefficient

    def put_readings(self, columns: Mapping[str, Sequence[float]]) -> None:
        """Set the correlations of the means of joint readings; all columns have the same length."""
        names = list(columns)
        deviations = {name: _deviations(numbers) for name, numbers in columns.items()}
        for at, first in enumerate(names):
            for second in names[:at]:
                ours, others = deviations[first], deviations[second]
                size = sqrt(fsum(x * x for x in ours) * fsum(y * y for y in others))
                product = fsum(x * y for x, y in zip(ours, others, strict=True))
                self.put(second, first, max(-1.0, min(1.0, product / size)) if size else 0.0)

    def groups(self, names: Sequence[str]) -> list[list[str]]:
        """Part some inputs into groups without correlations between them."""
        place = {name: at for at, name in enumerate(names)}
        groups: list[list[str]] = []
        seen: set[str] = set()
        for name in names:
            if name in seen:
                continue
            group = [name]
            seen.add(name)
            for member in group:  # the group grows on the way
                found = [other for other in self.beside(member) if other in place and other not in seen]
                group += found
                seen.update(found)
            groups.append(sorted(group, key=place.__getitem__))
        return groups

    def check(self, names: Container[str], uncertain: Mapping[str, object]) -> None:
        """Raise `InputError` for a pair outside the `uncertain` inputs, and for impossible correlations.

        `names` are all inputs of the program.
        """
        for name in self._beside:
            if name not in uncertain:
                what = "has no uncertainty" if name in names else "is no input of the program"
                known = f"the inputs with an uncertainty are {name_list(list(uncertain))}" if uncertain else ""
                help = f"write `--{name} '1.000 ± 0.002'`" if name in names else known
                raise InputError(f"`{name}` {what}, and correlates with nothing", help=help)
        for group in self.groups(list(uncertain)):
            if len(group) > 1:
                self.factor(group)

    def factor(self, names: Sequence[str]) -> list[list[float]]:
        """Factor the correlation matrix of some inputs as L·Lᵀ with a lower triangle L (Cholesky).

        Raises `InputError` for a matrix with a negative eigenvalue: no quantities have such correlations.
        """
        rows: list[list[float]] = []
        for at, name in enumerate(names):
            row: list[float] = []
            for column, other in enumerate(names[:at]):
                inner = fsum(x * y for x, y in zip(row, rows[column], strict=False))
                pivot = rows[column][column]
                row.append((self.between(name, other) - inner) / pivot if pivot else 0.0)
                missing = abs(self.between(name, other) - inner) if not pivot else 0.0
                if missing > sqrt(_ROUNDING):
                    raise _impossible(names[: at + 1])
            rest = 1 - fsum(x * x for x in row)
            if rest < -_ROUNDING:
                raise _impossible(names[: at + 1])
            row.append(sqrt(rest) if rest > _ROUNDING else 0.0)
            rows.append(row)
        return [row + [0.0] * (len(names) - len(row)) for row in rows]


def _deviations(numbers: Sequence[float]) -> list[float]:
    mean = fsum(numbers) / len(numbers)
    return [number - mean for number in numbers]


def _impossible(names: Sequence[str]) -> InputError:
    return InputError(
        f"no quantities have these correlations: those of {name_list(list(names))} contradict each other",
        help="a combination of them would have a negative variance; coefficients that are rounded need more digits",
    )
