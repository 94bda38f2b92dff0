"""Errors of two values with no operator between them, and of numbers that go on past their end."""

from __future__ import annotations

import re

from cgraph_cli.core.errors import ProgramError, Span
from cgraph_cli.core.primitives import function
from cgraph_cli.language.bare_calls import bare_call, call_without_parentheses
from cgraph_cli.language.characters import NUMBERS, bad_number
from cgraph_cli.language.name_rules import KEYWORDS
from cgraph_cli.language.side_by_side import instead_of_neighbours, write_rows
from cgraph_cli.language.syntax_tokens import ENDS, NAMES, StatementTokens
from cgraph_cli.language.words import WORDS, instead_of_suffix

_IS_MATRIX = re.compile(r"\.T$|^(?:transpose|inv|eye|diag|outer)\(|^\[\[")


class MissingOperators(StatementTokens):
    """Explanations for a statement in which a value stood complete, and another follows."""

    def _sign_on_a_line(self) -> ProgramError:
        sign = self.text(self.at + 1)
        help = f"to go on with the line above, end it with the `{sign}`, or put the whole in parentheses;\n"
        help += "to begin a new statement, end the one above with a `;`"
        what = f"a line that begins with `{sign}` could mean two things"
        return ProgramError(what, [self.span(self.at + 1, self.at + 1), self._above()], help)

    def _above(self) -> Span:
        """Find the end of the line at which a statement ended."""
        end = self.end(self.at - 1)
        return Span(self.source, end - 1, end, "the line above ends here")

    def _no_operator(self) -> ProgramError:
        if self.kind == "NOT":
            help = "write `and not`, or `!=`"
            return self._error(f"there is no operator between `{self.previous}` and `not`", help)
        if wrong := self._bad_number():
            return wrong
        begins = self.kind == "FUNCTION" or self.kind_of(self.at + 1) == "EQUAL"
        if begins and self.previous not in WORDS:
            help = "put a `;` or a line end before it"
            if self.at == 1 and self.before == "NUMBER" and self.end(0) == self.start(1):
                return self._error("a name begins with a letter", f"write `{self.word}{self.previous} = …`", 0, 1)
            if self.at == 1 and self.before in NAMES:
                help = f"to define a function, write `{self.previous}({self.word}) = …`; for two statements, {help}"
            return self._error(f"a new statement begins at `{self.word}`", help)
        if self.before in NAMES and self.kind in NAMES and self.start(self.at) == self.end(self.at - 1):
            return self._error("a name has at most 1,000 letters", "choose a shorter one", self.at - 1)
        if self.before == "NUMBER" and (self.kind in NAMES or self.word == "in"):
            text, start = self.source.text, self.start(self.at - 1)
            is_setting = self.source.name.startswith("--")
            if written := instead_of_suffix(text, start, self.previous, self.word, is_setting=is_setting):
                what = f"there is no operator between `{self.previous}` and `{self.word}`"
                return ProgramError(what, [Span(self.source, written.start, written.end)], written.advice)
        first, last = self.first_of_value(self.at - 1), self.last_of_value(self.at)
        left, right = self.quote(first, self.at - 1, "").strip("`"), self.quote(self.at, last, "").strip("`")
        what = "there is no operator between two values"
        if left and right:
            what = f"there is no operator between `{left}` and `{right}`"
        if written := instead_of_neighbours(self.source.text, self.start(0), self.start(self.at)):
            return ProgramError(what, [Span(self.source, written.start, written.end)], written.advice)
        if self.open and (rows := write_rows(self.source.text, self.start(self.open[-1]))):
            return ProgramError(what, [Span(self.source, rows.start, rows.end)], rows.advice)
        if called := call_without_parentheses(self):
            return ProgramError(what, [Span(self.source, called.start, called.end)], called.advice)
        if not left or not right:
            return self._error(what, "to multiply, write `*`", first, last)
        if raised := self._raised_function(right):
            help = f"for the power of the function's value, write `{raised}`"
            return self._error(what, help, self.at - 2 - (self.before != "RAISED"), last)
        call, end = bare_call(self, self.at)
        if call:
            return self._error(what, f"to multiply, write `{left}*{call}`", first, end)
        return self._error(what, self._instead_of(left, right), first, last)

    def _instead_of(self, left: str, right: str) -> str:
        """Advise on two values side by side."""
        multiply = f"to multiply, write `{left}*{right}`"
        if _IS_MATRIX.search(left) or re.match(r"(?:transpose|inv)\(", right):
            multiply = f"for the matrix product, write `{left} @ {right}`; element by element, `{left}*{right}`"
        elif re.fullmatch(r"[A-Z]\d*", left) and re.fullmatch(r"[A-Z]\d*|[a-z]", right):
            multiply = f"{multiply}; for matrices, write `{left} @ {right}`"
        if option := re.search(r"[ \t](--\w+)[ \t]+$", self.source.text[: self.start(self.at)]):
            return f"an option stands behind the quotes of the program: close them before `{option[1]}`"
        if right == "if" and (chosen := self._conditional()):
            return f"to choose between two values, write `{chosen}`"
        if self.before == "TRANSPOSED" and right == "()":
            return f"write `{left}` without parentheses"
        if self.kind in NAMES and right.lower() in KEYWORDS and right != right.lower():
            return f"write `{left} {right.lower()}`"
        if advice := WORDS.get(left) or WORDS.get(right):
            return advice
        if self.before == "NUMBER" and re.fullmatch(r"\d{3}", right):
            return f"for one number, write `{left}_{right}`; {multiply}"
        if self.before == "NUMBER" and right in ("e", "E"):
            return NUMBERS if self.source.name.startswith("--") else f"{multiply}; {NUMBERS}"
        several = "elements" if self.open and self.kind_of(self.open[-1]) == "LSQB" else "arguments"
        return f"{multiply}; for two {several}, `{left}, {right}`" if self.is_in_call() else multiply

    def _conditional(self) -> str:
        """Advise on `x if c else y`; empty for any other text."""
        last = self.last_before(ENDS)
        words = [self.text(at) for at in range(last + 1)]
        if "else" not in words[self.at :] or self.open:
            return ""
        middle, first = words.index("else", self.at), words.index("=") + 1 if "=" in words[: self.at] else 0
        parts = ((self.at + 1, middle - 1), (first, self.at - 1), (middle + 1, last))
        quoted = [self.quote(start, end, "").strip("`") for start, end in parts]
        return f"where({', '.join(quoted)})" if all(quoted) else ""

    def _raised_function(self, argument: str) -> str:
        """Advise on `sin^2(x)` and `sin²(x)`; empty for any other text."""
        at = self.at - 2 if self.before == "RAISED" else self.at - 3
        if at < 0 or self.kind_of(at) not in NAMES or not function(self.text(at)):
            return ""
        argument = argument if self.kind == "LPAR" else f"({argument})"
        if self.before == "RAISED":
            return f"{self.text(at)}{argument}{self.previous}"
        return f"{self.text(at)}{argument}^{self.previous}" if self.kind_of(at + 1) == "CARET" else ""

    def _bad_number(self) -> ProgramError | None:
        if self.before != "NUMBER":
            return None
        return bad_number(self.source, self.start(self.at - 1), self.end(self.at - 1))

    def _error(self, message: str, help: str, first: int | None = None, last: int | None = None) -> ProgramError:
        """Make the error at some tokens, by default at the first that does not fit."""
        first = self.at if first is None else first
        return ProgramError(message, [self.span(first, first if last is None else last)], help)
