"""Percentages, as in `5%` and `5% + 1`: what to write for them, and where a `%` could mean one or the remainder."""

from __future__ import annotations

from decimal import Decimal

from cgraph_cli.core.errors import ProgramError, Source, Span
from cgraph_cli.language.syntax_tokens import BEGIN_VALUE, END_VALUE, StatementTokens, read_tokens

_SIGNS = ("PLUS", "MINUS")
_TIGHTER = ("CARET", "RAISED", "TRANSPOSED", "LSQB")


def sign_after_percent(source: Source, start: int, offset: int) -> ProgramError:
    """Make the error of a `%` before a sign, which could be a percentage, in a statement from `start` on."""
    tokens = StatementTokens(source, start, offset)
    last = tokens.at - 1
    if tokens.kind_of(last) not in END_VALUE:
        help = "write the value, or take the sign out"
        return ProgramError("`%` has no value on its left", [Span(source, offset, offset + 1)], help)
    first, value, part = percentage(tokens, last)
    following = read_tokens(source.text, offset + 1)
    sign = next(token for token in following if token.type in _SIGNS)
    operand = next((token for token in following if token.type not in _SIGNS), sign)
    right, end = "…", sign.end
    if operand.type in BEGIN_VALUE:
        after = StatementTokens(source, sign.end, operand.end)
        end = after.end(after.last_of_value(after.at - 1))
        right = after.quote(0, after.last_of_value(after.at - 1), "…").strip("`")
    written = "+" if sign.type == "PLUS" else "-"
    help = f"for a percentage, write `{part} {written} {right}`; for the remainder, write `{value} % {written}{right}`"
    place = Span(source, tokens.start(first), end)
    return ProgramError("`%` before a sign could mean two things", [place], help)


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
