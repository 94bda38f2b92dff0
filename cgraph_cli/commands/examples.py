"""`cgraph examples`: ready programs that ship with the package."""

from __future__ import annotations

import click

from cgraph_cli.commands.shared.destination import Destination, output_options
from cgraph_cli.commands.shared.options import ManualCommand
from cgraph_cli.core import resources
from cgraph_cli.core.errors import RequestError, did_you_mean
from cgraph_cli.render import EXAMPLES


@click.command(cls=ManualCommand)
@click.argument("name", required=False)
@output_options(EXAMPLES, "How to write the program, or the list of programs", "olah.cg")
def examples_command(name: str | None, output: Destination) -> None:
    """List the programs that ship with cgraph, or print one.

    \b
      cgraph examples
      cgraph examples olah
      cgraph examples olah | cgraph eval

    Each begins with a comment that says what it shows and what it expects.
    """  # fmt: skip
    texts = {
        file.removesuffix(".cg"): resources.read("examples", file)
        for file in resources.list_files("examples")
        if file.endswith(".cg")
    }
    if name is not None:
        title = name.removesuffix(".cg")
        if title not in texts:
            hint = did_you_mean(title, texts)
            listing = "`cgraph examples` lists them"
            raise RequestError(f"there is no example `{name}`", help=f"{hint}\n{listing}" if hint else listing)
        texts = {title: texts[title]}
    output.write(texts, output.view())
