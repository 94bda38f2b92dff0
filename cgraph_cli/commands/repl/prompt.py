"""The prompt of `cgraph repl`: a line at a time, with history, completion and colours where a terminal has them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cgraph_cli.commands.repl.session import Session
from cgraph_cli.commands.shared.files import STDIN, decode
from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.primitives import CONSTANTS, function_names
from cgraph_cli.language.name_rules import KEYWORDS
from cgraph_cli.language.statements import goes_on

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.formatted_text import StyleAndTextTuples

PROMPT = "> "
MORE = ". "

_WORDS = re.compile(
    r"(?P<comment>#.*)|(?P<number>\.?\d[\w.]*)|(?P<name>[^\W\d][\w]*)|(?P<operator>[-+*/%^=<>!×·÷−²³]+)|\s+|."
)
_STYLES = {
    "comment": "ansibrightblack italic",
    "number": "ansimagenta",
    "function": "ansiblue",
    "keyword": "bold",
    "input": "ansicyan",
    "node": "ansigreen",
    "operator": "",
    "command": "ansiyellow",
}


class LineReader:
    """A source of lines, each a whole statement, until the end of input.

    A line with open parentheses, or with an operator at its end, goes on. An interruption drops a line that is `typed`,
    and gives None.
    """

    def __init__(self, read: Callable[[str], str | None], *, typed: bool = True) -> None:
        self._read = read
        self._typed = typed

    def __iter__(self) -> Iterator[str | None]:
        pending = ""
        while True:
            try:
                line = self._read(MORE if pending else PROMPT)
            except KeyboardInterrupt:
                if not self._typed:
                    raise
                pending = ""
                yield None
                continue
            if line is None:
                if pending:
                    yield pending
                return
            pending = f"{pending}\n{line}" if pending else line
            if not goes_on(pending) or pending.lstrip().startswith(":"):
                yield pending
                pending = ""


def piped_lines() -> LineReader:
    """Read the lines of standard input, without a prompt. Raises `RequestError` where it is empty."""
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise RequestError("there is no standard input to read")

    def read(_: str) -> str | None:
        data = stream.readline()
        return decode(data, STDIN).rstrip("\r\n").removeprefix("\ufeff") if data else None

    return LineReader(read, typed=False)


def typed_lines() -> LineReader:
    """Read typed lines from a terminal, edited by the terminal or by Python's readline."""
    with suppress(ImportError):
        import readline  # noqa: F401 # what `input` then edits with

    def read(prompt: str) -> str | None:
        try:
            return input(prompt)
        except EOFError:
            sys.stdout.write("\n")
            return None

    return LineReader(read)


def edited_lines(session: Session, commands: Callable[[], Iterable[str]], color: bool, **options: Any) -> LineReader:
    """Read lines with prompt_toolkit, completed from the session. Raises `ImportError` where it is not installed."""
    asked = _prompt_session(session, commands, color, **options)

    def read(prompt: str) -> str | None:
        try:
            return asked.prompt(prompt)
        except EOFError:
            return None

    return LineReader(read)


def history_file() -> Path:
    """Locate the file of the history, by the custom of the system."""
    if os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home())
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return base / "cgraph" / "history"


def _prompt_session(
    session: Session, commands: Callable[[], Iterable[str]], color: bool, **options: Any
) -> PromptSession[str]:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.history import FileHistory, History, InMemoryHistory
    from prompt_toolkit.output import ColorDepth
    from prompt_toolkit.styles import Style

    history: History = InMemoryHistory()
    try:
        path = history_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        history = FileHistory(str(path))
    except (OSError, RuntimeError):  # no home, or a read-only one: the history lasts as long as this process
        pass

    def waits() -> bool:
        text = asked.default_buffer.text
        return goes_on(text) and not text.startswith(":")

    asked: PromptSession[str] = PromptSession(
        history=history,
        completer=_completer(session, commands),
        complete_while_typing=False,
        auto_suggest=AutoSuggestFromHistory() if color else None,
        lexer=_lexer(session) if color else None,
        style=Style.from_dict(_STYLES),
        color_depth=None if color else ColorDepth.DEPTH_1_BIT,
        multiline=Condition(waits),
        prompt_continuation=MORE,
        enable_history_search=True,
        **options,
    )
    return asked


def _lexer(session: Session) -> Any:
    from prompt_toolkit.document import Document
    from prompt_toolkit.lexers import Lexer

    class Painter(Lexer):
        """Colours for the words of a statement."""

        def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
            """Style the words of each line."""
            return lambda at: [*paint(document.lines[at], session)]

    return Painter()


def paint(line: str, session: Session) -> list[tuple[str, str]]:
    """Split a line into words, each with its class for colours."""
    if line.startswith(":"):
        word, space, rest = line.partition(" ")
        return [("class:command", word), ("", space + rest)]
    functions = {*function_names(), *session.functions()}
    painted = []
    for match in _WORDS.finditer(line):
        kind = match.lastgroup or ""
        if kind == "name":
            called = line[match.end() :].lstrip().startswith("(")
            word = match[0]
            kind = "function" if called and word in functions else "number" if word in CONSTANTS else "input"
            kind = "keyword" if word in KEYWORDS else "node" if session.is_computed(word) else kind
        painted.append((f"class:{kind}" if kind else "", match[0]))
    return painted


def _completer(session: Session, commands: Callable[[], Iterable[str]]) -> Any:
    from prompt_toolkit.completion import Completer, Completion, PathCompleter
    from prompt_toolkit.document import Document

    class Words(Completer):
        """Completions: names, functions and commands; files where a command takes one."""

        def get_completions(self, document: Document, complete_event: Any) -> Iterator[Completion]:
            """Complete the word before the cursor."""
            line = document.text_before_cursor
            file = re.match(r":(?:save|load)\s+(.*)", line)
            if file:
                yield from PathCompleter(expanduser=True).get_completions(Document(file[1]), complete_event)
                return
            for start, word in completions(line, session, commands()):
                yield Completion(word, start_position=-start)

    return Words()


def completions(line: str, session: Session, commands: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Complete the last `n` characters of a line: gives pairs of `n` and a word."""
    command = re.fullmatch(r":(\w*)", line)
    if command:
        yield from ((len(line), f":{name}") for name in commands if name.startswith(command[1]))
        return
    begun = re.search(r"(?<!\w)[^\W\d]\w*$", line)
    if begun is None:
        return
    names = dict.fromkeys([*session.names(), *CONSTANTS])
    calls = dict.fromkeys([*session.functions(), *function_names()])
    in_command = line.startswith(":") and not line.startswith(":functions ")
    for word in [*names, *(() if in_command else (f"{name}(" for name in calls))]:
        if word.startswith(begun[0]):
            yield len(begun[0]), word
