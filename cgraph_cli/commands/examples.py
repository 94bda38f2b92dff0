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
      cgraph examples trades.csv > trades.csv

    Each begins with a comment that says what it shows and what it expects. A table goes with one of them:
    `trades.csv` is for `cgraph map` with `black_scholes`.
    """  # fmt: skip
    texts = {
        file.removesuffix(".cg"): resources.read("examples", file)
        for file in resources.list_files("examples")
        if file.endswith(".cg")
    }
    if name is not None and name.endswith(".csv") and name in resources.list_files("examples"):
        texts = {name: resources.read("examples", name)}
    elif name is not None:
        title = name.removesuffix(".cg")
        if title not in texts:
            having = [each for each in texts if title in each]
            hint = f"did you mean `{having[0]}`?" if len(having) == 1 else did_you_mean(title, texts)
            listing = "`cgraph examples` lists them"
            raise RequestError(f"there is no example `{name}`", help=f"{hint}\n{listing}" if hint else listing)
        texts = {title: texts[title]}
    output.write(texts, output.view())
