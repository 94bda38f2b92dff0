"""Explanations of syntax errors, in words without the parser's terms."""

from __future__ import annotations

import re

from cgraph_cli.core.errors import ProgramError, Source
from cgraph_cli.core.primitives import CONSTANTS, function
from cgraph_cli.core.structural import STRUCTURAL
from cgraph_cli.language.characters import call_of, illegal_character
from cgraph_cli.language.colon_errors import ColonErrors
from cgraph_cli.language.comprehensions import LOOPS, ComprehensionErrors
from cgraph_cli.language.foreign_functions import why_absent
from cgraph_cli.language.grammar import CLOSING, GO_ON, LINE_ENDS
from cgraph_cli.language.loop_blocks import instead_of_loop
from cgraph_cli.language.name_rules import KEYWORDS
from cgraph_cli.language.numbers import join_at_commas
from cgraph_cli.language.percentages import percentage, sign_after_percent
from cgraph_cli.language.side_by_side import write_rows
from cgraph_cli.language.steps import instead_of_several, write_steps
from cgraph_cli.language.syntax_tokens import BINARY, END_VALUE, ENDS, ILLEGAL, NAMES, read_tokens

_SHORT = 10

_COMPARE = "to compare, write `==`"
_POWER = "the power is `**` or `^`"
_COMMENT = "a comment starts with `#`"
_OVER_LINES = "write the value on the same line, or put it in parentheses, which may go on over several"
_OR_WITHOUT = "write the value, or take the sign out"
_OR_WITHOUT_COMMA = "write it, or take the comma out"
_CLOSED = {"(": ")", "[": "]"}
_OPENED = {closing: opening for opening, closing in _CLOSED.items()}
_ASSERTION = "`assert e == 8 within 1e-9`"

_ONCE = "a name is assigned once: write `b = a + 1` rather than `a += 1`"
_NOT_EQUAL = "to compare, write `!=`"
_MEANT = {
    **dict.fromkeys(("<>", "><", "!=="), _NOT_EQUAL),
    **dict.fromkeys((">==", ">>="), "to compare, write `>=`"),
    "<==": "to compare, write `<=`",
    "<=>": "to compare, write `==`; the sign of a difference is `sign(a - b)`",
    ">>": "to compare, write `>`; bits are shifted by `floor(a/2^n)`",
    "<<": "to compare, write `<`; bits are shifted by `a*2^n`",
    "==": _COMPARE,
    "===": _COMPARE,
    "=>": "did you mean `>=`?",
    "=<": "did you mean `<=`?",
    "**": _POWER,
    "***": _POWER,
    "^^": _POWER,
    "//": f"to divide and round down, write `floor(a / b)`; {_COMMENT}",
    **dict.fromkeys(("+=", "-=", "*=", "%=", "^=", "**="), _ONCE),
    "/=": f"{_ONCE}; {_NOT_EQUAL}",
    "/*": _COMMENT,
    "->": "a function is written `f(x) = x^2`, and a name is assigned as in `y = x^2`",
}
"""The advice on two signs that stand together."""

_SPACED, _THREE = (">=", "<=", "=="), ("=/=",)
"""Operators that a blank may break in two, and three signs that stand together for another one."""


def explain(source: Source, start: int, error: int) -> ProgramError:
    """Make the diagnostic for a syntax error at an offset, in the statement that begins at `start` or a later one."""
    token = next(read_tokens(source.text, error), None)
    if token is not None and token.type == ILLEGAL and source.text[error] == "%":
        return sign_after_percent(source, start, error)
    if token is not None and token.type == ILLEGAL:
        return illegal_character(source, error)
    return _Explanation(source, start, error).find()


class _Explanation(ColonErrors, ComprehensionErrors):
    """An explanation: a missing value, a missing operator, or a word without a place."""

    def find(self) -> ProgramError:
        """Make the diagnostic."""
        kind = self.kind
        unclosed = [at for at in self.open if at not in self.pairs]
        if self.open and kind == "ASSERT":
            unclosed = self.open
        if unclosed and (kind in ENDS | {"EQUAL"} or (self.whole and self._is_on_later_line(unclosed[-1]))):
            opening = self.text(unclosed[-1])
            return self._error(f"`{opening}` is never closed", f"add the `{_CLOSED[opening]}`", unclosed[-1])
        if self.open and kind in ENDS:
            if self.kind_of(self.open[-1]) == "LSQB":
                last = self.pairs.get(self.open[-1], self.at)
                return self._error("`;` cannot stand inside brackets", self._rows(self.open[-1]), self.open[-1], last)
            help = "close the `(` before it"
            if self.is_in_call():
                help = "between arguments, write `,`; between statements, close the `(` before it"
            return self._error("`;` cannot stand inside parentheses", help)
        if self.kind_of(0) == "FOR" and self.kind_of(1) in NAMES:
            return self._error("a loop stands after its body", instead_of_loop(self.source.text, self.start(0)), 0)
        if error := self._foreign_comprehension():
            return error
        if kind in CLOSING and not self.open:
            help = f"take it out, or add the `{_OPENED[self.word]}` that it belongs to"
            return self._error(f"`{self.word}` closes nothing", help)
        if kind in CLOSING and _CLOSED[self.text(self.open[-1])] != self.word:
            opening = self.text(self.open[-1])
            help = f"close the `{opening}` with a `{_CLOSED[opening]}` before"
            return self._error(f"`{self.word}` does not close `{opening}`", help, self.open[-1], self.at)
        if kind == "_BEFORE_SIGN" and self.before in END_VALUE:
            return self._sign_on_a_line()
        if self.open == [1] and self.kind_of(0) == "FUNCTION":
            return self._bad_parameter()
        if "WITHIN" in map(self.kind_of, range(self.at)):
            return self._bad_tolerance()
        if kind == "CONST":
            return self._error("`const` can only begin a statement", "put a `;` or a line end before it")
        if self.kind_of(0) == "CONST" and self.at < 3 and kind != "EQUAL":
            return self._error("`const` takes a name and its value", "write it as in `const R = 8.314`")
        if kind == "RANGE":
            return self._error("`range` can only begin a statement", "put a `;` or a line end before it")
        if self.kind_of(0) == "RANGE" and (error := self._bad_range()):
            return error
        if kind == "ASSERT":
            return self._error("`assert` can only begin a statement", "put a `;` or a line end before it")
        if kind == "WITHIN" and (self.kind_of(0) != "ASSERT" or self.open):
            return self._error("`within` belongs at the end of an `assert`", f"as in {_ASSERTION}")
        if self.open == [2] and self.kind_of(1) == "COLON" and kind not in CLOSING:
            help = "give it a letter of its own, as in `X : [n, m]`: the numbers of the input tell its size"
            return self._error("a declared size is a whole number or a letter", help)
        if "COLON" in (kind, self.before) or kind == "FOR":
            return self._bad_colon() if kind != "FOR" else self._loop_alone()
        if kind == "COMMA" and not self.is_in_call():
            return self._stray_comma()
        if kind == "EQUAL":
            return self._bad_assignment()
        return self._no_operator() if self.before in END_VALUE else self._no_value()

    # A value was due

    def _no_value(self) -> ProgramError:
        kind, before, previous, word = self.kind, self.before, self.previous, self.word
        if before in BINARY and kind in BINARY | {"RAISED"}:
            return self._two_signs()
        if before in BINARY and kind == "NOT":
            help = f"put it in parentheses: `{previous} (not …)`"
            return self._error(f"`not` cannot follow `{previous}`", help)
        if before == "ASSERT" and kind in ENDS:
            return self._error("`assert` has no condition", "write one, such as `assert e == 8`", self.at - 1)
        if before in BINARY | {"NOT"}:
            help = _OR_WITHOUT
            if kind in LINE_ENDS and self.kind_of(self.at + 1) not in ENDS:
                help = _OVER_LINES
            elif previous == "%":
                return self._percentage()
            return self._error(f"`{previous}` has no value on its right", help, self.at - 1)
        if kind == "COMMA":
            return self._error("an argument is missing before `,`", _OR_WITHOUT_COMMA)
        if kind in CLOSING and before == "COMMA":
            return self._error("an argument is missing after `,`", _OR_WITHOUT_COMMA, self.at - 1)
        if kind in CLOSING:
            return self._nothing_inside()
        if before == "FOR":
            loop = re.compile(r"for\s+(\w+)\s+in\s+([^:;\n]{1,60}?)\s*:\s*([^;\n]{1,60})")
            found = loop.match(self.source.text, self.start(self.at - 1))
            help = f"write `[{found[3].strip()} for {found[1]} in {found[2]}]`" if found else LOOPS
            return self._error("a loop stands behind what it repeats", help, self.at - 1)
        help = _OR_WITHOUT
        if word == "/" and self.text(self.at + 1) in ("/", "*", "**"):
            help = _COMMENT
        if word == "%" and self.at == 0:
            help = f"{_OR_WITHOUT}; {_COMMENT}"
        return self._error(f"`{word}` has no value on its left", help)

    def _rows(self, opening: int) -> str:
        """Advise on rows with `;` between them."""
        rows = write_rows(self.source.text, self.start(opening))
        return rows.advice if rows else "a matrix is written by its rows: `[[1, 2], [3, 4]]`"

    def _two_signs(self) -> ProgramError:
        if self.previous == "%":
            return self._percentage()
        both = self.previous + self.word
        help = _MEANT.get(both, "write it, or take one of them out")
        if help.startswith(_ONCE):
            once, _, steps = self._once().partition("\n")
            help = "\n".join(filter(None, (help.replace(_ONCE, once, 1), steps)))
        if both == "//" and re.compile(r"[ \t]*[^\W\d]+[ \t]+[^\W\d]").match(self.source.text, self.end(self.at)):
            help = f"{_COMMENT}; {help.partition(';')[0]}"
        if both in _SPACED and self.end(self.at - 1) < self.start(self.at):
            return self._error(f"a blank stands within `{both}`", f"write `{both}`", self.at - 1, self.at)
        if (three := both + self.text(self.at + 1)) in _THREE:
            return self._error(f"`{three}` is not an operator", _NOT_EQUAL, self.at - 1, self.at + 1)
        if both in _MEANT and self.end(self.at - 1) == self.start(self.at):
            return self._error(f"`{both}` is not an operator", help, self.at - 1, self.at)
        what = f"a value is missing between `{self.previous}` and `{self.word}`"
        return self._error(what, help, self.at - 1, self.at)

    def _once(self) -> str:
        """Advise on `y += b`, in the program's own words where they are few."""
        name, text = self.text(self.at - 2), self.source.text
        found = re.compile(r"[ \t]*([^\n;#=]{1,40}?)[ \t]*(?=[\n;#]|$)").match(text, self.end(self.at))
        fresh = next((new for count in range(2, 10) if (new := f"{name}_{count}") not in text), "")
        if self.kind_of(self.at - 2) != "NAME" or found is None or not fresh:
            return _ONCE
        value = found[1] if re.fullmatch(r"[\w.]+", found[1]) else f"({found[1]})"
        steps = write_steps(text[: self.start(self.at - 2)], name, f"{name} {self.previous} {value}")
        once = f"a name is assigned once: write `{fresh} = {name} {self.previous} {value}`, and `{fresh}` from there on"
        return f"{once}\nfor many steps, the program is `{steps}`"

    def _percentage(self) -> ProgramError:
        """Make the error for `5%`, with nothing or another sign behind it."""
        first, _, part = percentage(self, self.at - 2)
        help = f"for a percentage, write `{part}`; the remainder is written `a % b`"
        return self._error("`%` has no value on its right", help, first, self.at - 1)

    def _nothing_inside(self) -> ProgramError:
        if not self.is_call(self.at - 1):
            if self.kind != "RSQB":
                return self._error(
                    "there is nothing between the parentheses", "write an expression there", self.at - 1, self.at
                )
            if self.at == 3 and self.kind_of(1) == "COLON":
                help = f"leave the declaration out: `{self.text(0)}` is a number where nothing else makes it an array"
                return self._error("a shape without sizes is that of a number", help, 0, self.at)
            is_index = self.kind_of(self.at - 2) in END_VALUE
            help = (
                "write an index, such as `0`, or `:` for all"
                if is_index
                else "write elements there; `zeros(0)` has none"
            )
            return self._error("there is nothing between the brackets", help, self.at - 1, self.at)
        name = self.text(self.at - 2)
        primitive = function(name)
        help = why_absent(name) or "write them between the parentheses"
        if primitive:
            help = f"write `{call_of(primitive)}`"
        if (constant := name.lower()) in CONSTANTS:
            help = f"it is a value: write `{constant}` alone"
        return self._error(f"`{name}()` has no arguments", help, self.at - 2, self.at)

    # A word has no place

    def _stray_comma(self) -> ProgramError:
        after = self.source.text[self.end(self.at) : self.end(self.at) + _SHORT].lstrip()[:1]
        if self.kind_of(0) == "ASSERT" and not self.open and after in ("'", '"'):
            help = "leave it out, or write it behind a `#`"
            return self._error("an `assert` has no message", help, self.at)
        help = (
            "commas separate arguments, as in `max(a, b)`, and elements, as in `[a, b]`; between statements, write `;`"
        )
        if not self.open and (several := instead_of_several(self._statement())):
            return self._error("`,` stands outside a call", several)
        if self.before == self.kind_of(self.at + 1) == "NUMBER":
            one = join_at_commas([self.previous, self.text(self.at + 1)])
            if one and not self._of_tuple():
                help = f"for one number, write `{one[0]}`; {help}"
                return self._error("`,` stands outside a call", help, self.at - 1, self.at + 1)
        return self._error("`,` stands outside a call", self._of_tuple() or help)

    def _of_tuple(self) -> str:
        """Advise on numbers with commas between them in parentheses of their own; nothing for others."""
        opening = self.open[-1] if self.open else 0
        if not self.open or self.kind_of(opening) != "LPAR" or opening not in self.pairs:
            return ""
        text = self.source.text
        inside = text[self.end(opening) : self.start(self.pairs[opening])].strip().rstrip(",")
        if len(self.open) > 1 and self.kind_of(opening - 1) == "EQUAL":
            return "a reduction takes one axis, or without `axis` all: `sum(sum(X, axis=1), axis=0)` takes two"
        if len(self.open) > 1 and self.is_call(self.open[-2]) and self.open[-2] in self.pairs:
            name = self.text(self.open[-2] - 1)
            row = STRUCTURAL.get(name)
            if row is not None and row.parameters[-1 - len(row.keywords)] in row.fixed:
                whole = text[self.end(self.open[-2]) : self.start(opening)] + inside
                return (
                    f"write `{name}({whole}{text[self.end(self.pairs[opening]) : self.end(self.pairs[self.open[-2]])]}`"
                )
        return f"for an array, write `[{inside}]`" if inside and len(inside) < 60 else ""

    def _bad_assignment(self) -> ProgramError:
        for first in (self.at - 1, self.at):
            both = self.text(first) + self.text(first + 1)
            if both in ("=>", "=<"):
                return self._error(f"`{both}` is not an operator", _MEANT[both], first, first + 1)
        if (three := "".join(map(self.text, range(self.at, self.at + 3)))) in _THREE:
            return self._error(f"`{three}` is not an operator", _NOT_EQUAL, self.at, self.at + 2)
        if self.before in NAMES and self.kind_of(self.at - 2) == "FOR":
            return self._error("a loop has no `=`", f"write it as in `for {self.previous} in range(3)`")
        if self.open:
            help = f"arguments have no names; {_COMPARE}" if self.is_in_call() else _COMPARE
            if self.previous == "]" and not self.is_in_call():
                help = "a loop repeats one assignment; arrays that need one another are the rows of one array,\n"
                help += "as in `s[0] = [1, 2]; s[k + 1] = [s[k, 1], s[k, 0]] for k in range(3)`"
            return self._error("`=` cannot stand inside parentheses", help)
        if self.at == 0:
            help = "write it, as in `c = a + b`, or leave the `=` out"
            return self._error("`=` has no name on its left", help)
        if self.at == 1 and self.previous in KEYWORDS:
            what = f"`{self.previous}` is a word of the language and cannot be a name"
            return self._error(what, "choose another name", 0)
        if self.before not in END_VALUE:
            return self._no_value()
        if self.kind_of(0) == "ASSERT":
            return self._error("`=` assigns and does not compare", _COMPARE)
        if self.kind_of(self.at - 2) in GO_ON and self._is_on_later_line(self.at - 2) and not self.open:
            help = f"with the `{self.text(self.at - 2)}` it goes on with this one: take it out, or write the value"
            what = f"the line above ends with `{self.text(self.at - 2)}`, and a new statement begins here"
            return self._error(what, help, self.at - 1)
        if "EQUAL" in map(self.kind_of, range(self.at)):
            help = f"each assignment is a statement of its own; {_COMPARE}"
            return self._error("there is a second `=` in one statement", help)
        help = f"only a name can, as in `c = a + b`; {_COMPARE}"
        words = [self.text(at) for at in range(self.at)]
        if all(word == "-" if at % 2 else self.kind_of(at) in NAMES for at, word in enumerate(words)):
            help = f"a name has `_` in place of `-`: write `{'_'.join(words[::2])}`"
        if self.is_call(1) and self.pairs.get(1) == self.at - 1:
            help = f"a function is defined with names for its parameters, as in `f(x, y) = x*y`; {_COMPARE}"
        what = f"{self.quote(0, self.at - 1, 'an expression')} cannot be assigned"
        return self._error(what, help, 0, self.at - 1)

    def _bad_tolerance(self) -> ProgramError:
        help = f"write a plain number, as in {_ASSERTION}"
        if self.kind in ENDS:
            return self._error("`within` has no tolerance", help, self.at - 1)
        if wrong := self._bad_number():
            return wrong
        first, last = self.at - (self.before != "WITHIN"), self.last_before(ENDS)
        what = f"{self.quote(first, last, 'this')} is not a number that `within` can take"
        return self._error(what, help, first, last)

    def _bad_parameter(self) -> ProgramError:
        help = "parameters are names with commas between them, as in `f(x, y) = x*y`"
        if self.kind == "RPAR" and self.before == "LPAR":
            name = self.text(0)
            help = f"write `{name}(x) = …`, or `{name} = …` without parentheses"
            return self._error(f"`{name}()` has no parameters", help, 0, self.at)
        if self.kind == "RPAR":
            return self._error("a parameter is missing after `,`", help, self.at - 1)
        if self.kind == "COMMA":
            return self._error("a parameter is missing before `,`", help)
        if self.kind == "NUMBER" and self.before == "LPAR" and self.kind_of(self.at + 1) == "RPAR":
            help = f"an element is assigned as in `{self.text(0)}[{self.word}] = …`; {help}"
        first = self.at - (self.before not in ("LPAR", "COMMA"))
        last = self.last_before(ENDS | {"COMMA", "RPAR"})
        what = f"{self.quote(first, last, 'this')} is not a name for a parameter"
        return self._error(what, help, first, last)

    def _is_on_later_line(self, at: int) -> bool:
        return "\n" in self.source.text[self.start(at) : self.start(self.at)]
