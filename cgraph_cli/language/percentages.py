"""Percentages, as in `5%` and `5% + 1`: what to write for them, and where a `%` could mean one or the remainder."""

from __future__ import annotations

import re
from decimal import Decimal

from cgraph_cli.core.errors import ProgramError, Source
from cgraph_cli.language.syntax_tokens import StatementTokens

_BEFORE = 1000
"""The characters before a `%` that surely reach to the head of its value."""

_TIGHTER = ("CARET", "RAISED", "TRANSPOSED", "LSQB")


def sign_after_percent(source: Source, offset: int) -> ProgramError:
    """Make the error of a `%` before a sign, which could be a percentage."""
    sign = re.compile(r"[+\-−]").search(source.text, offset)
    assert sign is not None
    start = source.text.rfind("\n", 0, max(0, offset - _BEFORE)) + 1
    tokens = StatementTokens(source, start, sign.start())
    first, value, part = percentage(tokens, tokens.at - 2)
    last = tokens.last_of_value(tokens.at + 1)
    right = tokens.quote(tokens.at + 1, last, "…").strip("`")
    written = sign[0].replace("−", "-")
    help = f"for a percentage, write `{part} {written} {right}`; for the remainder, write `{value} % {written}{right}`"
    return ProgramError("`%` before a sign could mean two things", [tokens.span(first, last)], help)


def percentage(tokens: StatementTokens, last: int) -> tuple[int, str, str]:
    """Find the value that ends before a `%`: its first token, its text, and so many hundredths as an expression."""
    first = tokens.first_of_value(last)
    while tokens.kind_of(first - 1) == "CARET":
        first = tokens.first_of_value(first - 2)
    value = tokens.quote(first, last, "a").strip("`")
    if first == last and tokens.kind_of(last) == "NUMBER":
        return first, value, f"{Decimal(value.replace('_', '')) / 100:f}"
    is_torn = tokens.kind_of(first - 1) in ("SLASH", "PERCENT", "AT") or tokens.kind_of(last + 2) in _TIGHTER
    return first, value, f"({value}/100)" if is_torn else f"{value}/100"
