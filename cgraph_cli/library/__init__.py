"""The library: a function for each command, from a program to the object that holds the answer.

Imports every room but `commands`, each in the function that needs it.

A `program` is a text or a `Graph`. `inputs` are by name, each a number or a constant expression such as `2*pi`. Nodes
are labels, in a list or separated by commas: `wrt="a,b"`. Every function raises a `CgraphError` for what is wrong: a
`ProgramError` for the program, an `InputError` for its inputs, a `RequestError` for the rest. Messages have the words
of the command line: `--of` is `of`, `--tangent` is `direction`.
"""

from cgraph_cli.library.answers import budget, explain, get, hessian, jacobian, report, sweep, taylor
from cgraph_cli.library.arguments import Inputs, Labels, Program
from cgraph_cli.library.checks import check, compare
from cgraph_cli.library.doubles import evaluate, sweep_forward, sweep_reverse
from cgraph_cli.library.output import Result, draw, render
from cgraph_cli.library.programs import compile, differentiate, emit

__all__ = [
    "Inputs",
    "Labels",
    "Program",
    "Result",
    "budget",
    "check",
    "compare",
    "compile",
    "differentiate",
    "draw",
    "emit",
    "evaluate",
    "explain",
    "get",
    "hessian",
    "jacobian",
    "render",
    "report",
    "sweep",
    "sweep_forward",
    "sweep_reverse",
    "taylor",
]
