"""The advice of error messages, followed: a help's commands, options and program texts put in their places.

`follow` takes the words and the messages of a command, and yields for each complete piece of advice the same command
with the advice taken. A piece with a `…`, or with a word such as `PROGRAM`, is not complete.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import NamedTuple

from tests.command import run_here

_INCOMPLETE = re.compile(r"…|\b(?:PROGRAM|FILE|OLD|NEW|NAME|NUMBER|COMMAND)\b")
_PLACE = re.compile(r"^  --> (.*?):(\d+):(\d+).*\n  +\d+ \| .*\n +\| ( *)(\^+)$", re.MULTILINE)
_REPLACING = re.compile(
    r"(?:^|[;:,] )(?:(?:to [a-z ]+|for [a-z' ]+), (?:write )?|a derivative is written |[a-z .]+: write |.* out: )?"
    r"(?:write )?`([^`]+)`( alone)?"
)
_CALL = re.compile(r"\w*(\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))")


class Given(NamedTuple):
    """The circumstances of a command: its words, its standard input, and the files beside it."""

    args: list[str]
    stdin: str
    files: dict[str, str]


class Followed(NamedTuple):
    """A piece of advice, and the same command with it taken, in one of several ways; then the file that the advised
    command writes, if any.
    """

    advice: str
    ways: list[Given]
    file: str = ""


def follow(given: Given, said: str) -> Iterator[Followed]:
    """Yield each complete piece of advice in a command's messages."""
    message, _, help = said.partition("\nhelp: ")
    help = re.sub(r"\n {6}", "\n", help).strip()
    for line in help.split("\n"):
        yield from _of_line(given, message, line)


def _of_line(given: Given, message: str, line: str) -> Iterator[Followed]:
    if settings := re.fullmatch(r"give (?:it|them): (--[^…]+)", line):
        yield Followed(line, [given._replace(args=[*given.args, *shlex.split(settings[1])])])
    if meant := re.match(r"did you mean `([^`]+)`\?", line):
        yield Followed(line, list(_with_word_put(given, message, meant[1])))
    for command in re.findall(r"`(cgraph [^`]+)`", line):
        if not _INCOMPLETE.search(command):
            if " | " in command:
                first, _, second = (shlex.split(words)[1:] for words in command.partition(" | "))
                yield Followed(command, [given._replace(args=second, stdin=run_here(first).stdout)])
                continue
            words, _, file = command.partition(" > ")
            if len(words.split()) == 2:  # another command for the same
                name = words.split()[1]
                after = given.args[2:] if given.args[0] == "emit" else given.args[1:]  # which a target follows
                yield Followed(command, [given._replace(args=[name]), given._replace(args=[name, *after])])
                continue
            yield Followed(command, [given._replace(args=shlex.split(words)[1:])], file)
    if put := re.match(r"write `(--[^`]+)` in place of `(--[a-z-]+) (\w+)=…`", line):
        args = list(given.args)
        at = next(at for at, word in enumerate(args) if word == put[2] and args[at + 1].startswith(f"{put[3]}="))
        yield Followed(line, [given._replace(args=[*args[:at], *shlex.split(put[1]), *args[at + 2 :]])])
        return
    for option in re.findall(r"(?:write|add|is written) `(--[a-z][^`]*|-\w [^`]*)`", line):
        if not _INCOMPLETE.search(option):
            yield Followed(option, list(_with_option(given, message, shlex.split(option))))
    if named := re.match(r"its programs are `([^`]+)`", line):
        yield Followed(line, list(_with_word_put(given, message, named[1])))
    for option in re.findall(r"leave `(--?[a-z-]+)` out", line):
        yield Followed(line, [_without_option(given, option)])
    for place in _PLACE.finditer(message):
        yield from _of_text(given, line, place)
    for program in re.findall(r"the program is `([^`…]+)`", line):
        for source in dict.fromkeys(place[1] for place in _PLACE.finditer(message)):
            yield Followed(program, [_put_text(given, source, _text_of(given, source) or "", program)])
    if declared := re.search(r"declare (?:its shape|the shapes), as in `([^`]+)`", line):
        for source in dict.fromkeys(place[1] for place in _PLACE.finditer(message)):
            text = _text_of(given, source) or ""
            yield Followed(declared[1], [_put_text(given, source, text, f"{declared[1]}; {text}")])


def _of_text(given: Given, line: str, place: re.Match[str]) -> Iterator[Followed]:
    text = _text_of(given, place[1])
    if text is not None:
        for found in _REPLACING.finditer(line):
            if not re.match(r"--|-\w |:|cgraph", found[1]) and not _INCOMPLETE.search(found[1]):
                start = sum(map(len, text.splitlines(keepends=True)[: int(place[2]) - 1])) + int(place[3]) - 1
                yield Followed(found[1], list(_with_text_put(given, place[1], text, start, len(place[5]), found[1])))


def _text_of(given: Given, source: str) -> str | None:
    """Find the text of a source that a message names."""
    if source == "<stdin>":
        return given.stdin
    if source in given.files:
        return given.files[source]
    programs = [word for word in given.args[1:] if not word.startswith("-")]
    return programs[0] if source == "program" and programs else None


def _put_text(given: Given, source: str, old: str, new: str) -> Given:
    if source == "<stdin>":
        return given._replace(stdin=new)
    if source in given.files:
        return given._replace(files={**given.files, source: new})
    return given._replace(args=[new if word == old else word for word in given.args])


def _with_text_put(given: Given, source: str, text: str, start: int, length: int, new: str) -> Iterator[Given]:
    """Put a text in the place of a message's caret, or of the call around it."""
    yield _put_text(given, source, text, text[:start] + new + text[start + length :])
    for call in _CALL.finditer(text):
        if call.start() <= start < call.end():
            yield _put_text(given, source, text, text[: call.start()] + new + text[call.end() :])
    spaced = r"\s*".join(map(re.escape, re.findall(r"\w+|[^\w*]", new)))
    if over_lines := re.compile(spaced).match(text, start):
        yield _put_text(given, source, text, text[:start] + new + text[over_lines.end() :])
    if source in given.files and not source.endswith(".cg"):
        yield _put_text(given, source, text, new)
    first = max(text.rfind(";", 0, start), text.rfind("\n", 0, start), text.rfind("=", 0, start)) + 1
    end = next((at for at in range(start, len(text)) if text[at] in ";\n"), len(text))
    yield _put_text(given, source, text, text[:first] + new + text[end:])


def _with_word_put(given: Given, message: str, new: str) -> Iterator[Given]:
    """Put a word in the place of one that a message names."""
    for named in re.findall(r"`([^`]+)`", message.split("\n")[0]):
        for old in (named, named.split()[-1], named.rpartition("=")[2] or named):
            word = re.compile(r"(?<!\w)" * old[0].isalnum() + re.escape(old) + r"(?!\w)")
            args = [word.sub(lambda _: new, each) for each in given.args]
            if args != given.args:
                yield given._replace(args=args)
            if word.search(given.stdin):
                yield given._replace(stdin=word.sub(lambda _: new, given.stdin))


def _with_option(given: Given, message: str, words: list[str]) -> Iterator[Given]:
    """Add an option, or replace the same one, or the words that the message names."""
    name = words[0].partition("=")[0]
    if name in given.args:
        yield _without_option(given, name)._replace(args=[*_without_option(given, name).args, *words])
    yield given._replace(args=[*given.args, *words])
    for old in re.findall(r"`([^`]+)`", message.split("\n")[0]):
        if old in given.args:
            yield given._replace(args=[each for word in given.args for each in (words if word == old else [word])])
        kept = _without_option(given, old.split()[0])
        kept = kept._replace(args=[word for word in kept.args if word not in old.split()[1:]])
        yield kept._replace(args=[*kept.args, *words])
    kept = given
    for old in re.findall(r"`(--[^`]+)`", message.split("\n")[0]):
        kept = _without_option(kept, old.split()[0])
    yield kept._replace(args=[*kept.args, *words])


def _without_option(given: Given, name: str) -> Given:
    """Leave out an option, with its value."""
    args = list(given.args)
    while found := [at for at, word in enumerate(args) if word.partition("=")[0] == name]:
        at = found[0]
        has_value = "=" not in args[at] and at + 1 < len(args) and not args[at + 1].startswith("-")
        del args[at : at + 1 + has_value]
    return given._replace(args=args)
