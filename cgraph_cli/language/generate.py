"""The generator of `tables.py`, the grammar as Lark analyses it: `python -m cgraph_cli.language.generate`.

The tables are LALR(1) actions, rules and the lexer's patterns. A test compares them with the grammar, and Lark itself
parses a program where they are not up to date.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from cgraph_cli.language.build import Builder
from cgraph_cli.language.grammar import checksum
from cgraph_cli.language.lark_parser import language

HEADER = '''"""The tables of the grammar, made by `python -m cgraph_cli.language.generate`; not to be edited."""

# fmt: off
# ruff: noqa: E501
from __future__ import annotations

'''

PASS, CALL, GATHER = "pass", "call", "gather"
"""The result of a reduction: its only kept child, the builder's result on the children, or their list."""


def tables() -> str:
    """Write the text of `tables.py` for the current grammar."""
    lark: Any = language().lark
    table = lark.parser.parser._parse_table
    states, start = table.states, table.start_states["start"]
    terminals = {symbol.name for rule in lark.rules for symbol in rule.expansion if symbol.is_term} | {"$END"}
    order = _numbered(states, start)
    number = {state: at for at, state in enumerate(order)}
    rules = {rule: at for at, rule in enumerate(lark.rules)}
    actions: list[dict[str, int]] = []
    gotos: list[dict[str, int]] = []
    for state in order:
        entries = [
            (str(name), number[argument] if action.name == "Shift" else ~rules[argument])
            for name, (action, argument) in sorted(states[state].items())
        ]
        actions.append({name: entry for name, entry in entries if name in terminals})
        gotos.append({name: entry for name, entry in entries if name not in terminals})
    lexer = lark.parser.lexer.lexer
    scanners = [_scanner(lexer.lexers[state]) for state in order]
    distinct = list(dict.fromkeys([_scanner(lexer.root_lexer), *scanners]))
    rows = [_rule(rule) for rule in lark.rules]
    kept = {rule.expansion[at].name for rule, row in zip(lark.rules, rows, strict=True) for at in row[4]}
    patterns = {t.name: t.pattern.to_regexp() for t in lexer.root_lexer.terminals}
    return (
        HEADER
        + "\n\n".join(
            [
                f"CHECKSUM = {checksum()}\n" + '"""Of the text of the grammar."""',
                f"START, END = {number[start]}, {number[table.end_states['start']]}\n"
                '"""The first state, and the one after a whole program."""',
                f"ACTIONS: tuple[dict[str, int], ...] = {_lines(actions)}\n"
                '"""By state and terminal: the state to shift to, or `~rule` to reduce by."""',
                f"GOTOS: tuple[dict[str, int], ...] = {_lines(gotos)}\n"
                '"""By state and nonterminal: the state after a reduction."""',
                f"RULES: tuple[tuple[str, int, str, str, tuple[int, ...], bool], ...] = {_lines(rows)}\n"
                '"""By rule: its nonterminal, the number of symbols that it takes off the stack, the kind of its\n'
                'result, the builder\'s method, the kept children, and whether one is a list to be spliced in."""',
                f'PATTERNS: dict[str, str] = {patterns!r}\n"""The terminals, in the order of their trial."""',
                f"IGNORED = {tuple(sorted(lexer.root_lexer.ignore_types))!r}\n"
                '"""Terminals without a meaning, between the others."""',
                f"DROPPED = {tuple(sorted(terminals - kept))!r}\n" + '"""Terminals that no rule keeps."""',
                f"SCANNERS: tuple[tuple[tuple[str, ...], tuple[tuple[str, str], ...]], ...] = {_lines(distinct)}\n"
                '"""Sets of terminals that can stand at one place, and the names among them that are terminals of\n'
                'their own. The first scanner has all."""',
                f"SCANNER_OF = {tuple(map(distinct.index, scanners))!r}\n" + '"""The scanner of each state."""',
            ]
        )
        + "\n"
    )


def _numbered(states: Any, start: int) -> list[int]:
    """Number the states in the order in which they are first reached, which does not change from run to run."""
    order = [start]
    for state in order:
        for _, (action, argument) in sorted(states[state].items()):
            if action.name == "Shift" and argument not in order:
                order.append(argument)
    return order


def _lines(entries: Iterable[Any]) -> str:
    return "(\n" + "".join(f"    {entry!r},\n" for entry in entries) + ")"


def _scanner(lexer: Any) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """List a lexer's terminals in their order, and the keywords that it tells from names."""
    names = tuple(str(terminal.name) for terminal in lexer.scanner.terminals)
    told = [t for callback in lexer.callback.values() for t in callback.scanner.terminals]
    return names, tuple(sorted((t.pattern.value, str(t.name)) for t in told))


def _rule(rule: Any) -> tuple[str, int, str, str, tuple[int, ...], bool]:
    symbols = rule.expansion
    kept = tuple(at for at, symbol in enumerate(symbols) if not (symbol.is_term and symbol.filter_out))
    name = str(rule.origin.name)
    splice = any(symbols[at].name.startswith("_") and not symbols[at].is_term for at in kept)
    if name.startswith("_") or name == "start":
        return name, len(symbols), GATHER, "", kept, splice
    if rule.alias is None and rule.options.expand1 and len(kept) == 1:
        return name, len(symbols), PASS, "", kept, splice
    method = str(rule.alias or name)
    assert hasattr(Builder, method), f"the builder has no method `{method}`"
    return name, len(symbols), CALL, method, kept, splice


def path() -> str:
    """Locate the tables."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "tables.py")


def main() -> None:
    """Write the tables, whole or not at all."""
    beside = path() + ".new"
    with open(beside, "w", encoding="utf-8", newline="\n") as stream:
        stream.write(tables())
    os.replace(beside, path())


if __name__ == "__main__":
    main()
