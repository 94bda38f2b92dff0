"""The program of the benchmarks: of any length, the same at every run, and finite throughout."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

FORMS = ("{p}*{q} + {n}", "{n}*{p} - {q}", "{p} - {q}", "tanh({p})", "cos({p})*{q}", "exp(-{p}^2)", "{p}/(2 + {q}^2)")
"""The forms of a statement of two earlier nodes. One in three is a sine of theirs: no value grows large."""

WINDOW = 50
"""The reach of a statement back."""


def statements(count: int, seed: int = 1) -> Iterator[str]:
    """List the right-hand sides of `count` statements, whose names are `v0`, `v1`, …; the inputs are `x` and `y`."""
    random = Random(seed)
    for at in range(count):
        p = f"v{at - 1}" if at > 1 else "x"
        q = f"v{random.randrange(max(0, at - WINDOW), at - 1)}" if at > 1 else "y"
        form = FORMS[random.randrange(len(FORMS))] if at % 3 else "sin({p} + {q})"
        yield form.format(p=p, q=q, n=random.randrange(1, 10) / 10)


def lines(count: int) -> Iterator[str]:
    """List the statements in cgraph's language."""
    return (f"v{at} = {text}\n" for at, text in enumerate(statements(count)))


def program(count: int) -> str:
    """Write the whole program."""
    return "".join(lines(count))


INPUTS = {"x": 0.5, "y": -0.25}
"""The point of the evaluation."""
