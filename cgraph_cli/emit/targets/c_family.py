"""The targets with braces: their precedences, and the comments over their functions."""

from __future__ import annotations

from collections.abc import Sequence

from cgraph_cli.emit.module import Module, prose
from cgraph_cli.emit.target import Target
from cgraph_cli.emit.terms import Template, comparison, infix

TERNARY, OR, AND, EQUALITY, RELATION, SUM, PRODUCT, POWER, UNARY = range(1, 10)

OPERATORS = {
    "+": infix("+", SUM),
    "-": infix("-", SUM),
    "*": infix("*", PRODUCT),
    "/": infix("/", PRODUCT),
    "neg": Template("-{0}", UNARY, UNARY + 1),
    "==": comparison("==", EQUALITY),
    "!=": comparison("!=", EQUALITY),
    "<": comparison("<", RELATION),
    "<=": comparison("<=", RELATION),
    ">": comparison(">", RELATION),
    ">=": comparison(">=", RELATION),
    "and": infix("&&", AND),
    "or": Template("{0} || {1}", OR, EQUALITY, EQUALITY),
    "not": Template("!{0}", UNARY, UNARY),
    "where": Template("{0} ? {1} : {2}", TERNARY, OR, OR, TERNARY),
}
"""Operators as C has them, and most languages after it."""


class Braces(Target):
    """A language with braces."""

    negative = UNARY

    def about(self, module: Module, returned: Sequence[str]) -> list[str]:
        """Write the comment over the function: its purpose, the program, and the values that are `returned`."""
        return [
            module.about(),
            "",
            "The program:",
            "",
            *(f"    {line}".rstrip() for line in module.source_lines()),
            "",
            *prose([*returned, *module.remarks()]),
        ]

    def defaults(self, module: Module) -> list[str]:
        """List the defaults of the program's inputs, for a language whose parameters have none."""
        pairs = [f"{p.variable} = {self.number(p.default).text}" for p in module.parameters if p.default is not None]
        return [f"In the program {', '.join(pairs)}."] if pairs else []


def block_comment(lines: Sequence[str]) -> list[str]:
    """Write `/** … */` around text that can end neither the comment nor a script around it."""
    safe = [line.replace("*/", "* /").replace("/*", "/ *").replace("</", "<\\/") for line in lines]
    return ["/**", *(f" * {line}".rstrip() for line in safe), " */"]


def nested(texts: Sequence[Sequence[str]], brackets: str, one: bool) -> str:
    """Put rows between brackets, or return the only one."""
    rows = [f"{brackets[0]}{', '.join(row)}{brackets[1]}" for row in texts]
    return rows[0] if one else f"{brackets[0]}{', '.join(rows)}{brackets[1]}"
