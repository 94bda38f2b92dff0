"""Advice on a program that cannot be computed, from what is around it: files, examples, and entries of `--inputs`."""

from __future__ import annotations

import os

from cgraph_cli.commands.shared.problem import Problem
from cgraph_cli.core.errors import CgraphError, InputError, ProgramError, did_you_mean

_SHORT = 3
"""The most letters of a program that is hardly the name of an example."""


def instead_of_program(problem: Problem, error: CgraphError) -> str:
    """Advise on a program whose text is the name of a file or of an example, or whose inputs have other names in a
    file; empty for any other one.
    """
    if not isinstance(error, (InputError, ProgramError)):
        return ""
    return _of_name(problem) or _of_entries(problem)


def _of_name(problem: Problem) -> str:
    word, command = problem.program or "", problem.ctx.command_path
    if not word.isidentifier():
        return ""
    if os.path.isfile(f"{word}.cg"):
        return f"for the file, write `{command} {word}.cg`"
    from cgraph_cli.core import resources

    examples = [file.removesuffix(".cg") for file in resources.list_files("examples") if file.endswith(".cg")]
    near = word if word in examples else did_you_mean(word, examples).strip("?").rpartition(" ")[2].strip("`")
    return f"for the example, write `cgraph examples {near} | {command}`" if len(word) > _SHORT and near else ""


def _of_entries(problem: Problem) -> str:
    """Name an entry of the file of inputs that is nearly the name of an input without a value."""
    file = problem.inputs_file
    if file is None or not problem.has_program or "-" in (problem.program, problem.file):
        return ""
    try:
        graph, entries = problem.parse(problem.source()), list(problem.file_inputs().table)
    except CgraphError:
        return ""
    given = {*entries, *(name for _, name, _ in problem.settings)}
    for node in graph.inputs():
        name = graph.names[node] or ""
        near = did_you_mean(name, [entry for entry in entries if entry not in graph.nodes])
        if name not in given and graph.numbers[node] is None and near:
            entry = near.split("`")[1]
            return f"the file `{file}` has `{entry}`, and the program `{name}`: write the same name in both"
    return ""
