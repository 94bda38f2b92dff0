"""The bounds of the statements of a text by the rules of the grammar, for the replay of single ones."""

from __future__ import annotations

from cgraph_cli.language.grammar import CLOSING, GO_ON, LINE_ENDS, OPENING
from cgraph_cli.language.syntax_tokens import read_tokens


def split_statements(text: str) -> list[str]:
    """Split a text into statements, each with the comments before it and after it on its line."""
    statements: list[str] = []
    start = depth = 0
    lead = before = ""
    end = -1
    for token in read_tokens(text, 0):
        if token.type == "_SEMICOLON" or (token.type == "_LINE_END" and depth <= 0 and before not in GO_ON):
            stop = token.start
            if token.type == "_LINE_END" and end >= 0:  # lines of comments after it belong to the next statement
                stop = text.find("\n", end)
            piece = text[start:stop].strip()
            if end >= 0:
                statements.append(lead + piece)
                lead = ""
            elif piece:
                lead += f"{piece}\n"
            start = token.end if token.type == "_SEMICOLON" else stop
            depth, before, end = 0, "", -1
        elif token.type not in LINE_ENDS:
            depth += (token.type in OPENING) - (token.type in CLOSING)
            before, end = token.type, token.end
    rest = lead + text[start:].strip()
    if end >= 0:
        statements.append(rest)
    elif rest and statements:
        statements[-1] += f"\n{rest.rstrip()}"
    return statements


def goes_on(text: str) -> bool:
    """Tell whether a statement continues: a bracket is open at its end, or an operator waits for its right side."""
    depth, before = 0, ""
    for token in read_tokens(text, 0):
        if token.type == "_SEMICOLON":
            depth, before = 0, ""
        elif token.type not in LINE_ENDS:
            depth += (token.type in OPENING) - (token.type in CLOSING)
            before = token.type
    return depth > 0 or before in GO_ON


def leading_operator(text: str) -> str:
    """Find the operator at the head of a text; nothing where it begins with a value, or `not`."""
    for token in read_tokens(text, 0):
        if token.type not in LINE_ENDS:
            return text[token.start : token.end] if token.type in GO_ON - {"NOT"} else ""
    return ""
