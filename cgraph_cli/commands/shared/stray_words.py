"""Stray words of a command line, which are neither options, values nor programs, and advice on them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from cgraph_cli.commands.shared.files import is_file_name
from cgraph_cli.commands.shared.guidance import instead_of_option
from cgraph_cli.commands.shared.options import SETTINGS
from cgraph_cli.commands.shared.problem import OPTIONS, Problem, option_names, refuse_table, show_program
from cgraph_cli.core.errors import CgraphError, InputError, RequestError, name_list, show_text
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.primitives import CONSTANTS, function
from cgraph_cli.core.structural import STRUCTURAL
from cgraph_cli.core.uncertain_number import find_distribution
from cgraph_cli.language.numbers import is_number

WORDS_FOR_PROGRAM = ("program", "expr", "expression", "code", "formula", "function")
"""Options of other programs for what is an argument here."""

_PROGRAM = re.compile(r"\s*(?:const\s+)?[^\W\d]\w*\s*(?:\[[^\]\n]*\]|\([^()\n]*\))?\s*=(?!=)|[^@\[]*;")
"""The beginning of a program, or its first statement."""

_LONGEST_PROGRAM = 300
"""The most characters of an expression that is taken for a program."""

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


def is_program(value: str) -> bool:
    """Tell whether the value of an option is a program or the name of its file, and no number, array or file of one."""
    if is_file_name(value) or _PROGRAM.match(value):
        return True
    words = re.findall(r"(?<![\w.])[^\W\d]\w*", value)
    free = [word for word in words if word not in CONSTANTS and word not in STRUCTURAL and not function(word)]
    return (
        bool(free)
        and len(value) <= _LONGEST_PROGRAM
        and re.fullmatch(r"[\w\s.,+*/^()-]*[\w)]\s*[*/^(][\w\s.,+*/^()-]*", value) is not None
    )


def without_option(ctx: click.Context, words: Sequence[str], option: str, program: str, advice: str) -> str:
    """Advise on an unknown option before the program, by the command line without it, or with another option."""
    from cgraph_cli.commands.shared.guidance import in_own_names

    rest = [word for word in words if word not in (option, program, f"{option}={program}")]
    if (instead := re.fullmatch(r"write `((--[\w-]+)[^`]*)`", advice)) and instead[2] not in words:
        try:
            inputs = Problem(ctx, program).input_names()
        except CgraphError:
            inputs = []
        rest += in_own_names(f"`{instead[1]}`", inputs).strip("`").split()
    shown = " ".join(each if re.fullmatch(r"[\w.,:=/@+-]+", each) else f'"{each}"' for each in (program, *rest))
    command = f"write `{ctx.command_path} {shown}`" if not re.search('["`$\n]', program) else "leave it out"
    return command if instead or not advice else f"{advice}\nwithout it, {command}"


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
