"""The lines of `cgraph repl`: a statement changes the program, and one that begins with a colon is a command."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from cgraph_cli.commands.repl.session import Session, changes
from cgraph_cli.commands.repl.typed import ASSERTION, DEFINITION
from cgraph_cli.commands.shared.command_words import ProgramCommand
from cgraph_cli.commands.shared.destination import Destination
from cgraph_cli.commands.shared.files import decode, read_bytes
from cgraph_cli.commands.shared.options import FAILED, FINE, WRONG, echo
from cgraph_cli.commands.shared.usage import bug_diagnostic, print_diagnostic, usage_diagnostic
from cgraph_cli.commands.shared.whole_file import whole_file
from cgraph_cli.core.errors import CgraphError, Diagnostic, RequestError, did_you_mean, name_list
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.nodes_by_label import has_array
from cgraph_cli.core.primitives import CONSTANTS
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.language.name_rules import KEYWORDS
from cgraph_cli.render import SHEETS
from cgraph_cli.render.contents.report_sheets import sheet_of
from cgraph_cli.render.numbers import read_number
from cgraph_cli.results.report import Report

HELP = {
    "help": ("", "this list; `:explain --help` is about one of the commands"),
    "table": ("", "the table again"),
    "list": ("", "the program so far"),
    "of": ("NAME…", "choose the outputs; without a name it is the last statement again"),
    "digits": ("N", "show N significant digits; without a number 6 again"),
    "drop": ("NAME", "take out the statement that gives a name its meaning"),
    "undo": ("", "take the last change back"),
    "clear": ("", "begin anew"),
    "load": ("FILE", "take in the statements of a file"),
    "save": ("FILE", "write the program to a file, whole or not at all"),
    "quit": ("", "leave, as Ctrl-D does"),
}
"""The commands of the prompt itself: the arguments of each, and its effect."""

ALSO = {"exit": "quit", "q": "quit", "h": "help", "?": "help", "program": "list", "write": "save", "open": "load"}
"""Other names for them."""

STATEMENTS = (
    ("c = a + b", "a statement; the same name again changes it"),
    ("a = 3", "sets an input; again and again"),
    ("f(x) = x^2", "defines a function"),
    ("c", "shows one node"),
    ("assert e == 8", "an expectation, tested at once and saved with the program"),
)


_NOT_HERE = ("repl", "map")
"""Commands that read standard input or files, and not the typed program."""


_SETTING = re.compile(
    r"(?:(?:set|let|input)[ \t]+)?([^\W\d]\w*)[ \t]*=[ \t]*([^=\s].*)|(?:set|let|input)[ \t]+([^\W\d]\w*)[ \t]+(\S+)"
)
"""A setting of an input, as if by a command: `a = 1`, `set a=1`, `set a 1`."""


class Repl:
    """A session and its display.

    `run` takes a line; `status` is the worst so far. With `eager` the table is drawn after each change, else before
    other output and at the end.
    """

    def __init__(self, ctx: click.Context, session: Session, *, color: str, eager: bool) -> None:
        self.group = ctx.find_root()
        self.session = session
        self.color = color
        self.eager = eager
        self.digits: int | None = None
        self.status = FINE
        self._pending = False
        self._shown: Report | None = None
        self._own: dict[str, Callable[[str], None]] = {
            "help": self._help, "table": self._table, "list": self._list, "of": self._of, "digits": self._digits,
            "drop": self._drop, "undo": self._undo, "clear": self._clear, "load": self._load, "save": self._save,
        }  # fmt: skip

    def commands(self) -> list[str]:
        """List the words that may follow a colon."""
        return [*HELP, *self._others()]

    def begin(self, text: str, read: Callable[[Graph], Mapping[str, Any]]) -> None:
        """Begin with a program, whose inputs `read` gives numbers. Raises `CgraphError` for a wrong one."""
        self.session.begin(text, read)
        self._pending = True

    def run(self, line: str) -> bool:
        """Carry a line out. Gives False for a line that leaves."""
        try:
            word, _, rest = line.strip().partition(" ")
            if not word.startswith(":"):
                self._enter(line)
                return True
            name = ALSO.get(word[1:], word[1:])
            if name == "quit":
                return False
            if name != "table":
                self.draw()
            self._command(name, rest.strip())
        except CgraphError as error:
            self._complain(error.diagnostic)
        except click.exceptions.Exit:
            pass
        except click.ClickException as error:
            self._complain(usage_diagnostic(error))
        except MemoryError:
            self._complain(Diagnostic("there is not enough memory for this program"))
        except OSError:  # the reader of our output is gone
            raise
        except Exception as error:
            self._complain(bug_diagnostic(error))
        return True

    def draw(self) -> None:
        """Draw the table if it differs from the last one drawn."""
        if not self._pending:
            return
        self._pending = False
        missing = self.session.missing()
        if missing:
            has = "has" if len(missing) == 1 else "have"
            shape = self.session.shape(missing[0])
            value = f"ones({', '.join(map(str, shape))})" if shape else "1"
            sys.stdout.flush()
            sys.stderr.write(f"{name_list(missing)} {has} no value yet: write `{missing[0]} = {value}`\n")
            return
        answer = self.session.report()
        if answer is not None:
            self._draw(answer, changes(self._shown, answer))

    # Statements

    def _enter(self, text: str) -> None:
        graph = self.session.graph
        name = text.strip()
        if graph is not None and (name in graph.nodes or has_array(graph, name) or re.fullmatch(r"%\d+", name)):
            self._node(graph, name)
            return
        if name.isidentifier() and name not in CONSTANTS and name not in KEYWORDS:
            raise self._means_nothing(name)
        entered = self.session.enter(text)
        if not entered:
            return
        if any(statement.kind != DEFINITION for statement in entered):
            self._pending = True
        if self.eager:
            for statement in entered:
                if statement.kind == DEFINITION:
                    echo(f"{statement.name} is defined")
            self.draw()
        if any(statement.kind == ASSERTION for statement in entered) and self.session.report() is not None:
            self.draw()
            self._command("check", "")

    def _means_nothing(self, name: str) -> RequestError:
        """Make the error for a name alone, which may be a command without its colon."""
        command = ALSO.get(name, name)
        if command in self.commands():
            return RequestError(f"`{name}` means nothing here", help=f"write `:{command}`; `:help` lists the commands")
        hint = did_you_mean(name, [*self.session.names(), *self.session.functions()])
        help = f"to make it an input, write `{name} = 1`; `:help` lists the commands"
        return RequestError(f"`{name}` means nothing yet", help=f"{hint}\n{help}" if hint else help)

    def _node(self, graph: Graph, name: str) -> None:
        """Show one node's value and gradients."""
        if graph.arrays is not None and (array := graph.arrays.node(name)) is not None:
            nodes = graph.arrays.elements[array]
        else:
            try:
                nodes = Tensor((), [graph.find(name)])
            except KeyError:
                help = "`:table` shows the nodes that there are"
                raise RequestError(f"there is no node `{name}`", help=help) from None
        self.draw()
        answer = self.session.report()
        if answer is None:
            self._pending = True
            self.draw()
            return
        said = [f"{name} = {self._read(nodes, answer.values.__getitem__)}"]
        for column in answer.gradients:
            said.append(f"{column.heading.removesuffix('node')}{name} = {self._read(nodes, column.at)}")
        echo((", " if not nodes.shape else "\n").join(said))

    def _read(self, nodes: Tensor[int], number: Callable[[int], Any]) -> str:
        """Write the numbers of nodes, those of an array as JSON does."""
        texts = nodes.map(lambda node: read_number(number(node), self.digits))
        return str(texts.nested()).replace("'", "")

    # Commands

    def _command(self, name: str, rest: str) -> None:
        if name in self._own:
            self._own[name](rest)
        elif name in self._others():
            self._call(name, _split(rest))
        else:
            hint = did_you_mean(f":{name}", [f":{known}" for known in self.commands()])
            listing = "`:help` lists the commands"
            if setting := _SETTING.fullmatch(f"{name} {rest}".strip()):
                hint = f"to set an input, write `{setting[1] or setting[3]} = {setting[2] or setting[4]}`"
            raise RequestError(f"there is no command `:{name}` here", help=f"{hint}\n{listing}" if hint else listing)

    def _others(self) -> list[str]:
        """List the commands of cgraph, which a colon calls on the program so far."""
        group = self.group.command
        names = group.list_commands(self.group) if isinstance(group, click.Group) else []
        return [name for name in names if name not in _NOT_HERE]

    def _call(self, name: str, words: list[str]) -> None:
        """Call another command on the program; names after it are nodes to differentiate in."""
        group = self.group.command
        assert isinstance(group, click.Group)
        command = group.get_command(self.group, name)
        args = [name, *words]
        if isinstance(command, ProgramCommand):
            if not self.session.statements:
                raise RequestError("there is no program yet", help="write a statement, such as `c = a + b`")
            options = {option for parameter in command.params for option in parameter.opts}
            args = [name, *self._meant(words, options), "--", self.session.text]
        with group.make_context("cgraph", args) as ctx:
            if group.invoke(ctx) == FAILED and self.status == FINE:
                self.status = FAILED

    def _meant(self, words: list[str], options: set[str]) -> list[str]:
        """Expand the words after a command into the options that they abbreviate."""
        graph, meant = self.session.graph, list(words)
        if "--wrt" in options and graph is not None:
            labels = {*self.session.names(), *(label for label in graph.labels() if label.startswith("%"))}
            while meant and meant[-1] in labels and not (len(meant) > 1 and meant[-2].startswith("-")):
                meant.pop()
            named = words[len(meant) :]
            meant += [f"--wrt={','.join(named)}"] * bool(named)
        if "--of" in options and self.session.outputs and not any(word.startswith("--of") for word in words):
            meant.append(f"--of={','.join(self.session.outputs)}")
        if "--color" in options and self.color != "auto":
            meant.append(f"--color={self.color}")
        return meant

    def _help(self, _: str) -> None:
        left = max(len(f":{name} {takes}") for name, (takes, _) in HELP.items())
        for example, what in STATEMENTS:
            echo(f"  {example:<{left}}  {what}")
        echo("")
        for name, (takes, what) in HELP.items():
            echo(f"  {f':{name} {takes}':<{left}}  {what}")
        others = " ".join(f":{name}" for name in self._others())
        echo(f"\nOn the program so far, with their options: {others}")
        echo("`:explain b` and the like are with respect to b.")

    def _table(self, _: str) -> None:
        self._shown, self._pending = None, True
        self.draw()

    def _list(self, _: str) -> None:
        sys.stdout.write(self.session.text)

    def _of(self, rest: str) -> None:
        self.session.choose(rest.replace(",", " ").split())
        self._changed()

    def _digits(self, rest: str) -> None:
        if rest and not (rest.isascii() and rest.isdecimal() and 1 <= int(rest) <= 17):
            raise RequestError(f"`:digits {rest}` is no number of digits", help="write a whole number from 1 to 17")
        self.digits = int(rest) if rest else None
        self._table("")

    def _drop(self, rest: str) -> None:
        if not rest:
            raise RequestError("`:drop` takes a name", help="write `:drop c`")
        self.session.drop(rest)
        self._changed()

    def _undo(self, _: str) -> None:
        self.session.undo()
        self._changed()

    def _clear(self, _: str) -> None:
        self.session.clear()
        self._shown = None

    def _load(self, rest: str) -> None:
        file = _file(rest, "load")
        self.session.enter(decode(read_bytes(self.group, file, is_program=True), file))
        self._changed()

    def _save(self, rest: str) -> None:
        file = _file(rest, "save")
        if not self.session.statements:
            raise RequestError("there is nothing to save yet", help="write a statement, such as `c = a + b`")
        with whole_file(file) as stream:
            stream.write(self.session.text.encode("utf-8", "surrogateescape"))
        echo(f"saved to {file}")

    # Display

    def _changed(self) -> None:
        self._pending = True
        if self.eager:
            self.draw()

    def _draw(self, answer: Report, changed: frozenset[int]) -> None:
        output = Destination(SHEETS, SHEETS.default, color=self.color)
        output.write(sheet_of(answer), output.view(digits=self.digits, changed=changed))
        sys.stdout.flush()
        self._shown = answer

    def _complain(self, diagnostic: Diagnostic) -> None:
        self.status = WRONG
        print_diagnostic(diagnostic)


def _split(rest: str) -> list[str]:
    try:
        return shlex.split(rest)
    except ValueError:
        raise RequestError(f"a quotation mark is open in `{rest}`", help="close it") from None


def _file(rest: str, name: str) -> str:
    words: Sequence[str] = _split(rest)
    if len(words) != 1:
        raise RequestError(f"`:{name}` takes the name of a file", help=f"write `:{name} model.cg`")
    return words[0]
