"""Calls without parentheses, as in `sin x`, `2*sin 2*x` and `max a, b`: what to write for them."""

from __future__ import annotations

import re

from cgraph_cli.core.primitives import function
from cgraph_cli.core.structural import STRUCTURAL
from cgraph_cli.language.foreign_calls import Rewritten, gradient_of
from cgraph_cli.language.syntax_tokens import BEGIN_VALUE, NAMES, StatementTokens
from cgraph_cli.language.words import WORDS

_MOST_ARGUMENTS = 8
_DEGREES = re.compile(r"[ \t]*(?:°|deg\b|degrees?\b)")


def call_without_parentheses(tokens: StatementTokens) -> Rewritten | None:
    """Advise on a function's name with a value right after it, where an operator was due; None for other names."""
    name, at = tokens.previous, tokens.at
    if name == "grad" and _begins(tokens, at):
        argument, wrt = _Argument(tokens, at), ""
        if _begins(tokens, argument.last + 1):
            wrt = tokens.text(argument.last + 1)
        advice = f"grad({argument.whole}, {wrt})" if wrt else gradient_of(argument.whole)
        end = tokens.end(argument.last + bool(wrt))
        return Rewritten(tokens.start(at - 1), end, f"a derivative is written `{advice}`")
    if not _is_bare(tokens, at - 1) or name in WORDS:
        return None
    arguments = [_Argument(tokens, at)]
    while _takes(name, len(arguments) + 1) and len(arguments) < _MOST_ARGUMENTS:
        following = arguments[-1].last + 1
        following += tokens.kind_of(following) == "COMMA" and not tokens.is_in_call()
        if not _begins(tokens, following):
            break
        arguments.append(_Argument(tokens, following))
    if not all(argument.whole for argument in arguments):
        return None
    first = arguments[0]
    advice = f"to call the function, write `{name}({', '.join(argument.whole for argument in arguments)})`"
    if len(arguments) == 1 and first.rest:
        advice += f"; for that of the first value, write `{name}({first.value}){first.rest}`"
    return Rewritten(tokens.start(at - 1), arguments[-1].end, advice)


def bare_call(tokens: StatementTokens, at: int) -> tuple[str, int]:
    """Write the call of a function's name at a token, with a value right after it, and find its last token.

    The text is empty for anything else.
    """
    if not _is_bare(tokens, at) or tokens.text(at) in WORDS:
        return "", at
    argument = _Argument(tokens, at)
    return argument.whole, argument.last


class _Argument:
    """A value without parentheses around it, with the factors and the exponents that follow."""

    def __init__(self, tokens: StatementTokens, first: int) -> None:
        self.last = tokens.last_of_value(first)
        self.end: int = tokens.end(self.last)
        self.value = self.whole = tokens.quote(first, self.last, "").strip("`")
        self.rest = ""
        if _is_bare(tokens, first):
            argument = _Argument(tokens, first + 1)
            self.last = argument.last
            self.value = self.whole = f"{self.value}({argument.whole})" if argument.whole else ""
            self.end = argument.end
            return
        if degrees := _DEGREES.match(tokens.source.text, tokens.end(self.last)):
            self.value = self.whole = f"radians({self.value})"
            self.end = degrees.end()
            return
        after = self.last + 1
        while kind := tokens.kind_of(self.last + 1):
            following = self.last + 2 + (kind == "CARET" and tokens.kind_of(self.last + 2) == "MINUS")
            if kind == "RAISED":
                self.last += 1
            elif kind in ("TIMES", "SLASH", "CARET") and _begins(tokens, following) and not _is_bare(tokens, following):
                self.last = tokens.last_of_value(following)
            else:
                break
        self.end = tokens.end(self.last)
        if self.last >= after:
            self.rest = tokens.quote(after, self.last, "").strip("`")
            self.whole = tokens.quote(first, self.last, "").strip("`")


def _is_bare(tokens: StatementTokens, at: int) -> bool:
    """Tell whether a token is the name of a function with a value right after it, and no parenthesis."""
    if tokens.kind_of(at) not in NAMES or not _begins(tokens, at + 1) or tokens.kind_of(at + 1) == "LPAR":
        return False
    name = tokens.text(at)
    defined = rf"(?:^|[;\n])[ \t]*{re.escape(name)}[ \t]*\([^()\n]{{1,60}}\)[ \t]*=(?!=)"
    before = tokens.source.text[: tokens.start(at)]
    return bool(function(name) or name in STRUCTURAL or re.search(defined, before))


def _begins(tokens: StatementTokens, at: int) -> bool:
    """Tell whether a value begins at a token."""
    return tokens.kind_of(at) in BEGIN_VALUE and tokens.text(at) not in WORDS and tokens.kind_of(at + 1) != "EQUAL"


def _takes(name: str, count: int) -> bool:
    primitive = function(name)
    if primitive is not None:
        return primitive.takes(count)
    return name not in STRUCTURAL or len(STRUCTURAL[name].parameters) >= count
