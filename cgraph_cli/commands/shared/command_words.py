"""Commands on a program: the words of their command line, of which further options set inputs, and the `Problem`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from operator import length_hint
from typing import Any

import click

from cgraph_cli.commands.shared.files import DEFAULT_MAX_SIZE, MAX_SIZE
from cgraph_cli.commands.shared.options import SETTINGS, FileName, ManualCommand, Option, together
from cgraph_cli.commands.shared.problem import OPTIONS, Problem, option_names
from cgraph_cli.core.errors import CgraphError, InputError, RequestError, did_you_mean
from cgraph_cli.core.graph import DEFAULT_MAX_NODES, INPUT, Graph
from cgraph_cli.core.tensor import Tensor, show_shape
from cgraph_cli.language.numbers import is_number

_PROGRAM, _FILE = "cgraph.program", "cgraph.file"
"""The keys, in a command's context, of the programs and of the file whose inputs `--help` lists."""

_GROUP = "Program and inputs"
_ARGUMENTS = ("program", "file", "inputs_file", "max_nodes")


class ProgramCommand(ManualCommand):
    """A command on a program, which it gets as the `problem`.

    Any unknown option, such as `--a 3`, sets an input of that name.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"options_metavar": "[OPTIONS] [--INPUT NUMBER]...", **kwargs})

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command on its problem."""
        given = {name: ctx.params.pop(name) for name in _ARGUMENTS if name in ctx.params}
        ctx.params["problem"] = Problem(ctx, **given)
        try:
            return super().invoke(ctx)
        except CgraphError as error:
            from cgraph_cli.commands.shared.meant import instead_of_program
            from cgraph_cli.evaluation.inputs import MissingInputError

            problem: Problem = ctx.params["problem"]
            if isinstance(error, MissingInputError):
                error = error.for_command(option_names(ctx), problem.in_words())
            if advice := instead_of_program(problem, error):
                what, spans, help = error.diagnostic
                error = CgraphError(what, spans, f"{advice}\n{help}")
            raise error from None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Sort the words into options, the program and the settings of inputs, in any order."""
        if ctx.resilient_parsing:  # for completions, a shell passes half a line
            return super().parse_args(ctx, [word for word in args if word.startswith("-")])
        parameters = [parameter for parameter in self.get_params(ctx) if isinstance(parameter, click.Option)]
        takes_value = {
            name: not (parameter.is_flag or parameter.count)
            for parameter in parameters
            for name in (*parameter.opts, *parameter.secondary_opts)
        }
        # click matches a short option only after a slow search for similar words
        long = {name: max(parameter.opts, key=len) for parameter in parameters for name in parameter.opts}
        options: list[str] = []
        programs: list[str] = []
        settings: list[tuple[str, str, str]] = []
        words = iter(args)
        for word in words:
            name, equals, value = word.partition("=")
            if word == "--":
                programs += words
            elif not _is_option(word) or (not word.startswith("--") and word not in takes_value):
                programs.append(word)
            elif name in takes_value:
                options.append(long.get(word, word))
                if takes_value[name] and not equals:
                    following = next(words, None)
                    if following is None:
                        raise RequestError(f"`{name}` has no value", help=f"`{ctx.command_path} --help` describes it")
                    options.append(following)
                    value = following
                elif not equals:
                    value = ""
                if name in ("--file", "-f"):
                    ctx.meta[_FILE] = value
                if name in ("--set", "-s"):
                    setting, equals, number = value.partition("=")
                    if not equals or not setting.strip():
                        pair = re.fullmatch(r"([^\W\d]\w*)(?:\s?[: ]\s?([^\s:]+))?", value.strip())
                        help = f"write `--set {pair[1]}={pair[2] or 3}`" if pair else "write `--set a=3`"
                        raise InputError(f"`{name} {value}` does not set an input", help=help)
                    settings.append((name, setting.strip(), number))
            else:
                if not equals:
                    value = next(words, "--")
                    if value == "--" or (value.startswith("--") and _is_option(value)):
                        raise self._unset(ctx, name, takes_value, programs)
                    rest = args[len(args) - length_hint(words) :]
                    if "[" in value or (rest and not _is_option(rest[0])):
                        from cgraph_cli.commands.shared.stray_words import check_quotes

                        check_quotes(name, value, rest)
                settings.append((name, name[2:], value))
        ctx.meta[SETTINGS], ctx.meta[OPTIONS] = settings, options
        if not programs and _FILE not in ctx.meta:
            self._check_settings(ctx, settings, args)
        ctx.meta[_PROGRAM] = self.programs_of(programs)
        self.check_programs(ctx, ctx.meta[_PROGRAM])
        return super().parse_args(ctx, [*options, "--", *programs])

    def programs_of(self, words: Sequence[str]) -> Sequence[str]:
        """Choose the programs among the words other than options."""
        return words

    def check_programs(self, ctx: click.Context, programs: Sequence[str]) -> None:
        """Raise `RequestError` for more programs than the command takes."""
        if len(programs) > 1:
            from cgraph_cli.commands.shared.stray_words import explain_words

            raise explain_words(ctx, programs, _graph_of(ctx, [max(programs, key=len)]))

    def _check_settings(
        self, ctx: click.Context, settings: Sequence[tuple[str, str, str]], words: Sequence[str]
    ) -> None:
        """Raise `InputError` for a program that was taken as the value of an unknown option."""
        for option, name, value in settings:
            if option == f"--{name}" and not is_number(value):
                from cgraph_cli.commands.shared.guidance import instead_of_option
                from cgraph_cli.commands.shared.stray_words import WORDS_FOR_PROGRAM, is_program, without_option

                taken = name in WORDS_FOR_PROGRAM or is_program(value)
                advice = instead_of_option(ctx, option, "" if taken else value)
                if taken and (not advice or advice.startswith("write `--")):
                    near = "" if name in WORDS_FOR_PROGRAM else did_you_mean(option, option_names(ctx))
                    advice = without_option(ctx, words, option, value, advice or near)
                if advice:
                    raise InputError(f"there is no option `{option}`", help=advice)

    def _unset(self, ctx: click.Context, name: str, known: Mapping[str, Any], programs: Sequence[str]) -> InputError:
        """Make the error for an unknown option without a value."""
        from cgraph_cli.commands.shared.guidance import in_own_names, instead_of_option

        set_help = f"to set an input, write `{name} 3`"
        if advice := instead_of_option(ctx, name):
            graph = _graph_of(ctx, programs)
            inputs = [graph.names[node] or "" for node in graph.inputs()] if graph else []
            return InputError(f"there is no option `{name}`", help=in_own_names(advice, inputs))
        hint = did_you_mean(name, known) if len(name) > len("--a") else ""
        return InputError(f"`{name}` has no value", help=f"{hint}\n" * bool(hint) + set_help)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the inputs of the program beside `--help`, after the options."""
        rows = _inputs_of_help(self, ctx)
        if rows:
            with formatter.section("Inputs of this program"):
                formatter.write_dl(rows)
        super().format_epilog(ctx, formatter)


def _keep_max_size(ctx: click.Context, _: click.Parameter, size: int) -> None:
    ctx.meta[MAX_SIZE] = size


input_options = together(
    click.option(
        "-s", "--set", "setting", cls=Option, group=_GROUP, metavar="NAME=NUMBER", multiple=True,
        expose_value=False,
        help="Set an input whose name is an option's too, as in `--set format=3`.",
    ),
    click.option(
        "--inputs", "inputs_file", cls=Option, group=_GROUP, metavar="FILE", type=FileName(),
        help="Read inputs from a JSON, TOML, CSV or .npz file, `-` for standard input; what it lacks is ignored.",
    ),
    click.option(
        "--max-nodes", cls=Option, group=_GROUP, metavar="N", type=click.IntRange(min=1), default=DEFAULT_MAX_NODES,
        help=f"Refuse a program of more than N nodes. Default: {DEFAULT_MAX_NODES:,}.",
    ),
    click.option(
        "--max-size", cls=Option, group=_GROUP, metavar="N", type=click.IntRange(min=1), default=DEFAULT_MAX_SIZE,
        expose_value=False, callback=_keep_max_size,
        help=f"Refuse a program or a file of inputs of more than N bytes. Default: {DEFAULT_MAX_SIZE:,}.",
    ),
)  # fmt: skip
"""The options that give inputs."""

program_options = together(
    click.argument("program", required=False, type=FileName()),
    click.option(
        "-f", "--file", cls=Option, group=_GROUP, metavar="FILE", type=FileName(), help="Read the program from a file.",
    ),
    input_options,
)  # fmt: skip
"""The options that give a program and its inputs."""


def _is_option(word: str) -> bool:
    """Tell whether a word is a dash or two and then a name."""
    first = word[2:3] if word.startswith("--") else word[1:2] if word.startswith("-") else ""
    return first == "_" or (first.isalnum() and not first.isdecimal())


def has_input(ctx: click.Context, name: str) -> bool:
    """Tell whether the program of a command line has an input of a name; an unreadable program has none."""
    graph = _graph_of(ctx, ctx.meta.get(_PROGRAM, []))
    return graph is not None and name in graph.nodes and graph.operations[graph.nodes[name]] == INPUT


def _graph_of(ctx: click.Context, programs: Sequence[str]) -> Graph | None:
    """Parse the program of a command line; None for an unreadable one."""
    file = ctx.meta.get(_FILE)
    if (not programs and file is None) or "-" in (file, *programs):
        return None
    problem = Problem(ctx, programs[0] if programs else None, file)
    try:
        return problem.parse(problem.source())
    except CgraphError:
        return None


def _inputs_of_help(command: click.Command, ctx: click.Context) -> list[tuple[str, str]]:
    graph = _graph_of(ctx, ctx.meta.get(_PROGRAM, []))
    if graph is None:  # the page is about the command; a run reports the error
        return []
    from cgraph_cli.core.array_graph import show_tensor
    from cgraph_cli.language.array_rules import declared_inputs
    from cgraph_cli.language.write import write_default

    rows = []
    taken = {name for parameter in command.get_params(ctx) for name in parameter.opts}
    for name, sizes, default in declared_inputs(graph):
        line, column = graph.place(graph.nodes[name])
        value = "ARRAY" if sizes or isinstance(default, Tensor) else "NUMBER"
        if graph.details and not sizes and default is None:
            value = "VALUE"
        option = f"--set {name}={value}" if f"--{name}" in taken else f"--{name} {value}"
        if isinstance(default, Tensor):
            said = f"of {show_shape(default.shape)}; default {show_tensor(default)}"
        elif default is not None:
            said = f"default {write_default(default)}"
        else:
            said = f"of {show_shape(sizes)}; " * bool(sizes) + f"required; first used at {line}:{column}"
        rows.append((option, said))
    return rows
