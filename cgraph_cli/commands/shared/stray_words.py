"""Stray words of a command line, which are neither options, values nor programs, and advice on them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from cgraph_cli.commands.shared.files import is_file_name
from cgraph_cli.commands.shared.guidance import instead_of_option
from cgraph_cli.commands.shared.options import SETTINGS
from cgraph_cli.commands.shared.problem import OPTIONS, option_names, refuse_table, show_program
from cgraph_cli.core.errors import InputError, RequestError, name_list, show_text
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.uncertain_number import find_distribution
from cgraph_cli.language.numbers import is_number

_SIGNS = ("±", "+/-", "+-", "-+", "+", "-", "*", "/", "^", "**", "%")
"""The signs that continue a value."""


def check_quotes(option: str, value: str, following: Sequence[str]) -> None:
    """Raise `InputError` for a value that the shell split at its blanks, as the words after it show."""
    what, words, rest = "array", [value], iter(following)
    while "[" in value and sum(word.count("[") - word.count("]") for word in words) > 0:
        word = next(rest, "")
        if not word:
            return
        words.append(word)
    if len(words) == 1:
        what, words = "value", _take_value(value, following)
    if len(words) > 1:
        what = f"`{option}` takes one word, and the shell made {len(words)} of its {what}"
        raise InputError(what, help=f'put it in quotes: `{option} "{show_text(" ".join(words))}"`')


def _take_value(value: str, following: Sequence[str]) -> list[str]:
    """Take the words that continue a value: a number after a sign, details after an uncertainty."""
    words = [value]
    for word in following:
        is_due = words[-1] in _SIGNS and words[-1] != "%"
        is_uncertain = any("±" in each or "+" in each for each in words)
        is_said = is_uncertain and (find_distribution(word) is not None or word[:2] == "k=" or word[:4] == "dof=")
        if not (is_due or word in _SIGNS or re.match(r"(?:±|\+/?-)\s*[\d.]", word) or is_said):
            break
        words.append(word)
    return words


def explain_words(ctx: click.Context, words: Sequence[str], graph: Graph | None) -> RequestError:
    """Make the error for several words in one program's place; `graph` is that of the longest, if it parses."""
    for word in words:
        if long := re.fullmatch(r"[—–−]{1,2}-?([^\W\d]\w*)(?:=.*)?", word):
            return RequestError(f"there is no option `{word}`", help=f"an option begins with `--`: write `--{long[1]}`")
        if re.fullmatch(r"-[^\W\d]\w*", word):
            return RequestError(f"there is no option `{word}`", help=_instead_of_dash(ctx, word, graph))
    for word in words[1:]:
        if re.fullmatch(r"([^\W\d]\w*)=([-+.\w*/]+)", word):
            return RequestError(f"`{word}` is not an option", help=f"to set an input, write `--{word}`")
    for word in words[1:]:
        refuse_table(ctx, word)
    if words[0] == "examples":
        what = f"`examples` is a command, and `{ctx.command_path}` another"
        raise RequestError(what, help=f"write `cgraph examples {words[1]} | {ctx.command_path}`")
    if words[-1] == ".cg" and all(re.fullmatch(r"[\w./-]+", word) for word in words):
        whole = " ".join(words[:-1])
        what = f"there is a blank in the name of a file: {show_program(' '.join(words))}"
        raise RequestError(what, help=f"leave it out: write `{ctx.command_path} {whole}.cg`")
    shown = ", ".join(map(show_program, words[:3])) + ", …" * (len(words) > 3)
    what, whole = f"there is more than one program: {shown}", " ".join(words)
    is_whole = re.fullmatch(r"[^=]+=[^=].*", words[0]) is not None and words[1].isidentifier()
    is_whole = is_whole or (
        graph is not None and len(words) == 2 and words[1] in graph.nodes and not words[0].isidentifier()
    )
    if " " in words[0] or is_whole or is_file_name(words[0]):
        return RequestError(what, help=_instead_of_word(ctx, words[1], graph))
    if graph is not None and len(words) == 2 and is_number(words[1]):
        settings = ctx.meta.get(SETTINGS, ())
        help = f"leave `{words[1]}` out"
        if settings and is_number(settings[-1][2]):
            option, _, text = settings[-1]
            help = f'for an array, write `{option} "[{text}, {words[1]}]"`; for one number, leave `{words[1]}` out'
        return RequestError(what, help=help)
    help = "put the program in quotes; an input is set as `--a 3`"
    if re.fullmatch(r"[^\n\"`$]{1,40}", whole):
        help = f'put the program in quotes: `"{whole}"`'
    return RequestError(what, help=help)


def _instead_of_dash(ctx: click.Context, word: str, graph: Graph | None) -> str:
    """Advise on a short option that a command lacks."""
    inputs = [graph.names[node] or "" for node in graph.inputs()] if graph else [word[1:]]
    if word[1:] in inputs:
        return f"an input is set with two dashes: `-{word} 3`"
    if word in ("-e", "-c", "-p"):
        return f"a program has no option: take `{word}` out"
    said = f"`{ctx.command_path} --help` lists the options"
    return instead_of_option(ctx, word) or (f"the program's inputs are {name_list(inputs)}; {said}" if inputs else said)


def _instead_of_word(ctx: click.Context, word: str, graph: Graph | None) -> str:
    """Advise on a word after a whole program."""
    options: Sequence[str] = ctx.meta[OPTIONS]
    if word.isidentifier():
        for option in ("of", "wrt"):
            given = [word for word, before in zip(options[1:], options, strict=False) if before == f"--{option}"]
            if given and graph is not None and word in graph.nodes:
                return f"several names have commas between them: write `--{option} {given[-1]},{word}`"
        if graph is not None and word in graph.nodes and "--wrt" in option_names(ctx):
            return f"to differentiate with respect to `{word}`, write `--wrt {word}`"
        if (advice := instead_of_option(ctx, f"--{word}")).startswith("write"):
            return advice
    return "give one of them; an input is set as `--a 3`"
