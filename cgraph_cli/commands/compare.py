"""`cgraph compare`: whether two programs compute the same."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from cgraph_cli.checks import Settings
from cgraph_cli.commands import terminal
from cgraph_cli.commands.manual import Option, color_option
from cgraph_cli.commands.program import ProgramCommand, input_options, names, read_inputs, read_program, tolerance
from cgraph_cli.commands.samples import sampling_of, sampling_options
from cgraph_cli.compare import compare
from cgraph_cli.errors import RequestError
from cgraph_cli.language.parse import parse
from cgraph_cli.render.checks import FORMATS, style_of, write

FINE, FAILED = 0, 1
POINTS = 100


class CompareCommand(ProgramCommand):
    """A command on two programs."""

    def check_programs(self, programs: Sequence[str]) -> None:
        """Raise `RequestError` for more than two programs."""
        if len(programs) > 2:
            super().check_programs(programs)
