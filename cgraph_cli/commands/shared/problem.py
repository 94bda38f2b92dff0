"""Problems: a program of the command line, with the numbers of its inputs."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import click

from cgraph_cli.commands.shared.files import (
    STDIN,
    decode,
    is_file_name,
    is_misspelt_path,
    is_other_file,
    no_file,
    read_bytes,
    read_stdin,
)
from cgraph_cli.commands.shared.options import SETTINGS
from cgraph_cli.core.errors import (
    CgraphError,
    Diagnostic,
    InputError,
    ProgramError,
    RequestError,
    Source,
    did_you_mean,
)
from cgraph_cli.core.graph import DEFAULT_MAX_NODES, INPUT, Graph
from cgraph_cli.core.nodes_by_label import settled_inputs
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.language.numbers import is_number
from cgraph_cli.results.settings import value

if TYPE_CHECKING:
    from cgraph_cli.commands.shared.inputs_file import InputsFile
    from cgraph_cli.core.array_graph import ArrayGraph
    from cgraph_cli.evaluation.kernels import Algebra
    from cgraph_cli.results.report import Stage

    Progress = Callable[[int, int], None]

OPTIONS = "cgraph.options"
"""The key, in a command's context, of the words of its own options."""

_INPUTS = "cgraph.inputs"

_SHORT = 60
"""The most characters of a program that a message shows as a whole."""


class Problem:
    """A program, as a text or in a file, with a bound on its nodes, and the command line's inputs for it."""

    def __init__(
        self,
        ctx: click.Context,
        program: str | None = None,
        file: str | None = None,
        inputs_file: str | None = None,
        max_nodes: int = DEFAULT_MAX_NODES,
    ) -> None:
        self.ctx = ctx
        self.program = program
        self.file = file
        self.inputs_file = inputs_file
        self.max_nodes = max_nodes
        self.takes_readings = False
        """Whether `@FILE` is the mean of readings, with its uncertainty, and not an array."""
        self.shapes: dict[str, tuple[int, ...]] = {}
        """The shapes of the inputs that a table gives as lists, or in several columns."""
        self.start: Mapping[str, float] = {}
        """The first numbers of inputs that have ranges: shapes and places may hang on them."""
        self._arrays: dict[str, Any] = {}
        self._parsed: tuple[Graph, dict[str, Tensor[float]] | None] | None = None

    def with_program(self, program: str | None, file: str | None = None) -> Problem:
        """Make a problem of another program with the same inputs."""
        return Problem(self.ctx, program, file, self.inputs_file, self.max_nodes)

    @property
    def has_program(self) -> bool:
        """True where the command line names a program; standard input is free then."""
        return self.program is not None or self.file is not None

    @property
    def has_inputs(self) -> bool:
        """True where the command line gives any input."""
        return bool(self.settings) or self.inputs_file is not None

    @property
    def settings(self) -> Sequence[tuple[str, str, str]]:
        """The inputs that options set, as (option, name, text)."""
        found: Sequence[tuple[str, str, str]] = self.ctx.meta.get(SETTINGS, ())
        return found

    def read(self, stage: Stage, algebra: Algebra = DOUBLE) -> tuple[Graph, dict[str, Any]]:
        """Read the program's graph and its inputs, as numbers of an algebra. Raises `CgraphError` for wrong ones."""
        graph = self.graph(stage)
        return graph, self.inputs(graph, algebra)

    def graph(self, stage: Stage | None = None, what: str = "reading", name: str = "") -> Graph:
        """Parse the program; `what` names the work, and `name` a program outside a file."""
        graph, given = self._parsed or self.parsed(stage, what, name)
        self._parsed = None
        if given is not None:
            from cgraph_cli.symbolic.arrays import with_shapes

            return with_shapes(graph, given, self.start)
        return graph

    def large_arrays(
        self, stage: Stage | None = None, what: str = "reading", name: str = "", *, always: bool = False
    ) -> ArrayGraph | None:
        """Parse the program, where it is one of arrays that is too large for its scalar program; None otherwise.

        With `always`, any program of arrays.
        """
        graph, given = self._parsed = self._parsed or self.parsed(stage, what, name)
        if given is None:
            return None
        from cgraph_cli.symbolic.arrays import large_arrays

        return large_arrays(graph, given, self.start, always=always)

    def parsed(
        self, stage: Stage | None = None, what: str = "reading", name: str = ""
    ) -> tuple[Graph, dict[str, Tensor[float]] | None]:
        """Parse the program as written; of a program of arrays, read the given inputs too."""
        source = self.source()
        if name and source.name == "program":
            source.name = name
        graph = self.parse(source, stage(what) if stage else None)
        return graph, self._tensors(graph)

    def _tensors(self, graph: Graph) -> dict[str, Tensor[float]] | None:
        """Read the given inputs of a program of arrays; None for any other."""
        given = self._given(graph)
        if not graph.details and not any(isinstance(value, Tensor) for value in given.values()):
            return None
        return {name: x if isinstance(x, Tensor) else Tensor((), [x]) for name, x in given.items()}

    def has_arrays(self, stage: Stage | None = None) -> bool:
        """Parse the program as written, and tell whether it is one of arrays."""
        self._parsed = self._parsed or self.parsed(stage)
        return self._parsed[1] is not None

    def elaborator(self) -> Callable[[Mapping[str, float]], Graph]:
        """Parse the program of arrays once more, to make its scalar program for other numbers of some inputs."""
        from cgraph_cli.symbolic.arrays import with_shapes

        graph, given = self.parsed()
        return lambda point: with_shapes(graph, given or {}, point)

    def parse(self, source: Source, progress: Progress | None = None) -> Graph:
        """Parse a text of the program; arrays have no shapes yet."""
        from cgraph_cli.symbolic.program import parse

        return parse(source, max_nodes=self.max_nodes, progress=progress)

    def input_names(self) -> list[str]:
        """List the names of the program's inputs."""
        graph = self.parse(self.source())
        return [graph.names[node] or "" for node in graph.inputs()]

    def output_names(self) -> list[str]:
        """List the name of the program's output, if it has one."""
        graph = self.parse(self.source())
        return [graph.names[graph.output] or ""]

    def _given(self, graph: Graph) -> dict[str, Any]:
        """Read the values of the given inputs where these may be arrays or shapes may depend on them."""
        found: dict[str, Any] = {}
        if self.inputs_file is not None:
            file = self.file_inputs()
            found = {
                name: file.value(name)
                for name in file.table
                if _is_input(graph, name) and (graph.details or file.may_be_array(name))
            }
        of_table = self.shapes.keys() - found.keys() - {name for _, name, _ in self.settings}
        for name in filter(lambda name: _is_input(graph, name), sorted(of_table)):
            if _may_have_rank(graph.details.get(graph.nodes[name]), len(shape := self.shapes[name])):
                found[name] = Tensor(shape, [0.0] * prod(shape))
        for option, name, text in self.settings:
            if _is_input(graph, name) and (graph.details or "[" in text or "(" in text or text.startswith("@")):
                found[name] = self._value(option, name, text, DOUBLE)
        return found

    def _value(self, option: str, name: str, text: str, algebra: Algebra) -> Any:
        """Read the value of an option: a number, an array, or a file of one."""
        if text.strip() == "@":
            what = f"`{option} @` names no file"
            raise InputError(what, help=f"its name stands after the `@`, as in `{option} @data.csv`")
        if text.startswith("@"):
            if self.takes_readings:
                from cgraph_cli.commands.shared.readings import read_mean

                return read_mean(self.ctx, text[1:], name)
            if text not in self._arrays:  # the shape is asked for before the numbers
                from cgraph_cli.commands.shared.array_files import read_array

                self._arrays[text] = read_array(self.ctx, text[1:], option)
            return self._arrays[text]
        known = option_names(self.ctx)
        if meant := _range_in(text, "--over" in known):
            found = {name: meant} | {
                each: also for _, each, value in self.settings if (also := _range_in(value, "--over" in known))
            }
            is_sampled = "--samples" in known and all(each.count(":") == 1 for each in found.values())
            varied = "--range" if is_sampled and "--over" not in known else "--over"
            written = " ".join(f"{varied} {name}={each}" for name, each in found.items())
            several = "an input over a range" if len(found) == 1 else "inputs over ranges"
            help = f"write `{written}`" if varied in known else f"`cgraph sweep PROGRAM {written}` varies {several}"
            also = "".join(f", as `--{each}` does" for each in found if each != name)
            raise InputError(f"`{text}` is a range, and `{option}` takes one number{also}", help=help)
        return value(text, option if option == f"--{name}" else f"{option} {name}", algebra)

    def further_errors(self, first: CgraphError) -> list[Diagnostic]:
        """Find the errors of the program after the first, if the first is the program's."""
        spans = first.diagnostic.spans
        if not isinstance(first, ProgramError) or not spans:
            return []
        from cgraph_cli.language.recovery import further_errors

        return further_errors(spans[0].source, first, self.max_nodes, self._complete)

    def _complete(self, graph: Graph) -> None:
        """Find the errors of a program that parses: ranges, gradients and shapes."""
        from cgraph_cli.symbolic.arrays import with_shapes
        from cgraph_cli.symbolic.program import complete

        whole = complete(graph)
        if (given := self._tensors(whole)) is not None:
            with_shapes(whole, given)

    def check_settings(self, graph: Graph) -> None:
        """Raise `InputError` for settings and entries of a file that are no inputs of a program of arrays."""
        from cgraph_cli.evaluation.inputs import check_ignorable

        if self.inputs_file is not None:
            check_ignorable(graph, [name for name in self.file_inputs().table if not _is_input(graph, name)])
        for option, name, text in self.settings:
            if not _is_input(graph, name):
                raise self._not_an_input(graph, option, name, text)

    def settled(self, graph: Graph) -> list[str]:
        """List the given inputs that shapes or places of the program hang on."""
        given = {name for _, name, _ in self.settings}
        if self.inputs_file is not None:
            given |= self.file_inputs().table.keys()
        return [name for name in settled_inputs(graph) if name in given]

    def set_defaults(self, graph: Graph) -> Graph:
        """Make the given inputs the defaults of a graph's inputs."""
        inputs = self.inputs(graph)
        for label, number in inputs.items():
            if isinstance(number, Tensor):
                from cgraph_cli.core.array_graph import ArrayGraph

                assert isinstance(graph, ArrayGraph)
                graph.hold(graph.nodes[label], number)
            else:
                graph.numbers[graph.nodes[label]] = number
        return graph

    def in_words(self) -> str:
        """Write the program as words of a command line, or `PROGRAM` for a long one or one from a pipe."""
        from shlex import quote

        if self.file not in (None, "-"):
            return quote(self.file or "") if (self.file or "").endswith(".cg") else f"-f {quote(self.file or '')}"
        program = self.program or "-"
        return quote(program) if program != "-" and len(program) <= _SHORT and "\n" not in program else "PROGRAM"

    def source(self) -> Source:
        """Read the text of the program: an argument, a file, or standard input.

        Raises `RequestError` where there is none.
        """
        program, file = self.program, self.file
        if file is not None and program is not None:
            raise RequestError(
                f"there are two programs: {show_program(program)} and the file `{file}`",
                help="give one of them; an input is set as `--a 3`",
            )
        if program == "-" or file == "-" or (program is None and file is None):
            return self._standard_input()
        if program is not None and is_file_name(program):
            file = program
        if file is None and not self.has_inputs and is_misspelt_path(program or ""):
            parts = (program or "").split("/")
            is_quotient = all(part.isidentifier() for part in parts)
            raise no_file(program or "", f"a quotient has spaces: `{' / '.join(parts)}`" if is_quotient else "")
        if file is None and is_other_file(program or ""):
            help = "a program stands in quotes, or in a file: its name ends in .cg, or stands after `-f`"
            raise no_file(program or "", help)
        if file is None:
            return Source(program or "", "program")
        if not file.endswith(".cg"):
            refuse_table(self.ctx, file)
        return Source(decode(read_bytes(self.ctx, file, is_program=True), file), file)

    def _standard_input(self) -> Source:
        if self.inputs_file == "-":
            raise RequestError(
                "the program and the inputs cannot both be read from standard input", help="name a file for one"
            )
        if not self.has_program and (sys.stdin is None or sys.stdin.isatty()):
            raise RequestError(
                "there is no program", help=f'write `{self.ctx.command_path} "c = a + b" --a 3 --b 1`, or `-f FILE`'
            )
        return Source(decode(read_stdin(self.ctx), STDIN), STDIN)

    def inputs(self, graph: Graph, algebra: Algebra = DOUBLE, others: Sequence[Graph] = ()) -> dict[str, Any]:
        """Read the inputs from the file and then from the command line, as numbers of an algebra.

        A setting that is no input of `graph` may be one of the `others`. Raises `InputError` for a value that is no
        number, and for a name that is no input.
        """
        values = dict(self.values(graph, algebra, others))
        if graph.arrays is None:
            return values
        inputs: dict[str, Any] = {}
        for name, found in values.items():
            inputs |= _elements(graph, name, found, algebra)
        return inputs

    def values(
        self, graph: Graph, algebra: Algebra = DOUBLE, others: Sequence[Graph] = ()
    ) -> Iterator[tuple[str, Any]]:
        """Read the inputs by the program's names: an array is a `Tensor`."""
        from cgraph_cli.evaluation.inputs import check_ignorable

        has_arrays = graph.arrays is not None or graph.details
        if self.inputs_file is not None:
            file = self.file_inputs()
            for name in file.table:
                if _is_input(graph, name):
                    yield name, file.value(name) if has_arrays or file.may_be_array(name) else file.number(name)
            unused = [name for name in file.table if not any(_is_input(each, name) for each in (graph, *others))]
            check_ignorable(graph, unused)
        for option, name, text in self.settings:
            if not _is_input(graph, name):
                if any(_is_input(other, name) for other in others):
                    continue
                raise self._not_an_input(graph, option, name, text)
            yield name, self._value(option, name, text, algebra)

    def file_inputs(self) -> InputsFile:
        """Read the file of inputs, once."""
        from cgraph_cli.commands.shared.inputs_file import read_inputs_file

        if _INPUTS not in self.ctx.meta:  # several programs share one file, and standard input is read once
            self.ctx.meta[_INPUTS] = read_inputs_file(self.ctx, self.inputs_file or "")
        found: InputsFile = self.ctx.meta[_INPUTS]
        return found

    def _not_an_input(self, graph: Graph, option: str, name: str, text: str) -> InputError:
        """Make the error for a setting of a name that is no input, or a misspelt option."""
        from cgraph_cli.commands.shared.guidance import in_own_names, instead_of_option
        from cgraph_cli.evaluation.inputs import check_settable
        from cgraph_cli.language.foreign_inputs import why_not_settable

        try:
            check_settable(graph, name)
        except InputError as error:
            is_option = option == f"--{name}" and name not in graph.nodes and not why_not_settable(graph, name)
            hint = ""
            if is_option:
                hint = instead_of_option(self.ctx, option, text) or did_you_mean(option, option_names(self.ctx))
                arrays = graph if graph.arrays is None else graph.arrays.graph
                known = [arrays.names[node] or "" for node in arrays.inputs()]
                hint = in_own_names(hint, known, arrays.labels()[arrays.output], text)
            if hint and ("did you mean" not in error.diagnostic.help or "=" in text):
                first = f"there is no option `{option}`, and the program has no input `{name}`"
                known_names = error.diagnostic.help.rpartition("\n")[2]
                return InputError(first, error.diagnostic.spans, f"{hint}\n{known_names}")
            return error
        raise AssertionError(f"`{name}` is an input")


def _range_in(text: str, takes_ranges: bool) -> str:
    """Write the range that a value is, as in `0:10` and `0..10`; empty for any other value.

    A command that `takes_ranges` gets two numbers with a blank between them for one, too.
    """
    if ":" in text and "?" not in text and "[" not in text:  # not the start of `c ? x : y`
        return text
    if set("[(;") & set(text) or not re.search(r"\d\s*(?:\.\.|…|\bto\b|\s[-+.\d])", text):
        return ""
    from cgraph_cli.results.over_ranges.ranges import instead_of_range

    numbers = text.split()
    if takes_ranges and len(numbers) == 2 and all(map(is_number, numbers)):
        return ":".join(numbers)
    return instead_of_range(text)


def check_nodes(graph: Graph, most: int, what: str) -> None:
    """Raise `RequestError` at once for a program too large for a command; `what` names its work."""
    if len(graph) > most:
        raise RequestError(
            f"the program has {len(graph):,} nodes, and {what} is for at most {most:,}",
            help="`cgraph eval` takes larger ones, and has their gradients",
        )


def option_names(ctx: click.Context) -> list[str]:
    """List the long options of a command."""
    return [name for parameter in ctx.command.get_params(ctx) for name in parameter.opts if name.startswith("--")]


def refuse_table(ctx: click.Context, word: str) -> None:
    """Raise `RequestError` for the name of a table in a program's place."""
    from cgraph_cli.render import TABLES

    if os.path.splitext(word)[1] in TABLES.endings():
        option = next((name for name in ("--rows", "--data") if name in option_names(ctx)), "")
        help = f"`{option} {word}` takes it" if option else "the command `map` takes the rows of a table"
        raise RequestError(f"`{word}` is a table, and no program", help=help)


def show_program(program: str) -> str:
    """Show the beginning of a program's text, on one line."""
    line = " ".join(program.split())
    return f"`{line[:29]}…`" if len(line) > 30 else f"`{line}`"


def _is_input(graph: Graph, name: str) -> bool:
    node = graph.nodes.get(name)
    if name in settled_inputs(graph):
        return True
    if node is None and graph.arrays is not None:
        arrays = graph.arrays.graph
        node = arrays.nodes.get(name)
        return node is not None and arrays.operations[node] == INPUT
    return node is not None and graph.operations[node] == INPUT


def _may_have_rank(details: object, rank: int) -> bool:
    """Tell whether an input's declaration leaves it to have any rank, or says that it has this one."""
    from cgraph_cli.language.array_rules import Sizes

    return details is None or (isinstance(details, Sizes) and len(details.sizes) == rank)


def _elements(graph: Graph, name: str, given: Any, algebra: Algebra) -> dict[str, Any]:
    """Give the elements of an array by their labels, in an algebra; a number by its name."""
    from cgraph_cli.symbolic.arrays import element_inputs

    return element_inputs(graph, name, given, lambda item: item if algebra is DOUBLE else algebra.number(item, ""))
