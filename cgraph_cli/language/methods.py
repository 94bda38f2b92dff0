"""Methods and attributes of arrays in other languages: `x.sum(0)`, `x.shape[0]`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cgraph_cli.core.primitives import function
from cgraph_cli.core.structural import STRUCTURAL
from cgraph_cli.language.foreign_calls import Rewritten, arguments_at, write_forms
from cgraph_cli.language.foreign_functions import CALLS, is_simple

MODULES = frozenset(
    (
        "np",
        "numpy",
        "torch",
        "jnp",
        "jax",
        "lax",
        "nn",
        "F",
        "tf",
        "sp",
        "scipy",
        "special",
        "linalg",
        "math",
        "cmath",
        "Math",
        "mp",
        "mpmath",
        "sympy",
        "sym",
        "autograd",
        "keras",
        "K",
        "std",
    )
)
"""Names of modules, which stand before a `.` and are no arrays."""

_GROUP = r"\((?:[^()\n]|\((?:[^()\n]|\([^()\n]{0,60}\)){0,60}\)){0,60}\)"
_RECEIVER = re.compile(
    rf"(?:[^\W\d]\w{{0,40}}(?:{_GROUP}|\[[^\[\]\n]{{0,40}}\])?|{_GROUP}|\[[^\[\]\n]{{0,60}}\])(?:\.T)?$"
)
_MOST_METHODS = 8
"""The most methods after one another that are written."""

_WHOLE_NUMBER = re.compile(r"-?\d")

WITHOUT_EFFECT = frozenset(
    ("backward", "requires_grad_", "no_grad", "zero_grad", "retain_grad", "manual_seed", "watch")
)
"""Methods for automatic differentiation or random numbers, which nothing here needs."""

_LEFT_OUT = frozenset(
    ("item", "detach", "numpy", "clone", "copy", "double", "float", "astype", "to", "cpu", "contiguous", "tolist")
)
"""Methods that change nothing that a number or its gradient is."""


def instead_of_method(text: str, dot: int) -> Rewritten | None:
    """Say what to write for a method or an attribute after the `.` at an offset; None for what is none of an array.

    Those that follow it, as in `x.pow(2).sum()`, are written with it.
    """
    found = _written(text, dot)
    if found is None:
        return None
    forms, start, end = found
    if not forms:
        return Rewritten(start, end, "leave it out: all gradients are computed")
    for _ in range(_MOST_METHODS):
        if text[end : end + 1] != ".":
            break
        instead = forms[0][1]
        value = instead if is_simple(instead) else f"({instead})"
        following = _written(value + text[end:], len(value))
        if following is None or following[1] != 0:
            break
        end += following[2] - len(value)
        if not following[0]:
            return Rewritten(start, end, f"write `{instead}`; its gradients are printed with it")
        forms = following[0][:1]
    return Rewritten(start, end, write_forms(forms))


def _written(text: str, dot: int) -> tuple[list[tuple[str, str]], int, int] | None:
    """Write the value with the method or attribute at an offset, and find its place; empty for what is left out.

    Several forms have notes on their meanings.
    """
    before = _RECEIVER.search(text, max(0, dot - 150), dot)
    word = re.compile(r"[^\W\d]\w{0,40}").match(text, dot + 1)
    if before is None or word is None or before[0] in MODULES or text[before.start() - 1 : before.start()] == ".":
        return None
    receiver, name, start, end = before[0], word[0], before.start(), word.end()
    if text[end : end + 1] != "(":
        instead = {"size": f"size({receiver})", "data": receiver, "real": receiver}.get(name, "")
        instead = {"H": f"{receiver}.T", "mT": f"{receiver}.T"}.get(name, instead)
        if name == "shape":
            place = re.compile(r"\[\s{0,3}(-?\d)\s{0,3}\]").match(text, end)
            instead, end = (f"size({receiver}, axis={place[1]})", place.end()) if place else (f"size({receiver})", end)
    else:
        arguments, end = arguments_at(text, word.start()) or ([], end)
        if name in WITHOUT_EFFECT:
            return [], start, end
        inside = receiver.removeprefix("(").removesuffix(")") if receiver.startswith("(") else receiver
        if not (instead := _of_call(receiver, inside, name, arguments)):
            definition = CALLS.get(name) or CALLS.get(name.lower())
            forms = definition.forms([inside, *_one_by_one(arguments)]) if definition else []
            return (forms, start, end) if forms else None
    return ([("", instead)], start, end) if instead else None


def _of_call(receiver: str, inside: str, name: str, arguments: Sequence[str]) -> str:
    if name in _LEFT_OUT:
        return receiver
    if name in ("t", "transpose") and not arguments:
        return f"{receiver}.T"
    if name == "size":
        return f"size({inside}{''.join(f', axis={each}' for each in arguments)})"
    if name == "unsqueeze":
        return f"{receiver}[None, :]" if arguments == ["0"] else f"{receiver}[:, None]"
    if name == "pow" and len(arguments) == 1:
        return f"{receiver}^{arguments[0] if is_simple(arguments[0]) else f'({arguments[0]})'}"
    if function(name) or name in STRUCTURAL:
        return with_axis(name, [inside, *arguments])
    return ""


def with_axis(name: str, arguments: Sequence[str]) -> str:
    """Write a call in which the number of an axis, `sum(x, 0)` or `sum(x, dim=0)`, is named as here."""
    first, *rest = _one_by_one(arguments)
    row, primitive = STRUCTURAL.get(name), function(name)
    along = row is not None and "axis" in row.keywords and not row.variadic
    if along or (primitive is not None and primitive.variadic):
        rest = [re.sub(r"^(?:dim|axis)\s*=\s*", "axis=", each) for each in rest]
        if len(rest) == 1 and _WHOLE_NUMBER.fullmatch(rest[0]):
            rest = [f"axis={rest[0]}"]
    return f"{name}({', '.join([first, *rest])})"


def _one_by_one(arguments: Sequence[str]) -> list[str]:
    """Take the parentheses around several sizes or axes away."""
    return [each[1:-1] if each.startswith("(") and "," in each and each.endswith(")") else each for each in arguments]
