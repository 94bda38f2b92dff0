"""Targets: the languages of emitted code."""

from __future__ import annotations

from cgraph_cli.core.errors import RequestError
from cgraph_cli.emit.module import Module
from cgraph_cli.emit.spelling import Spelling


class Target(Spelling):
    """A spelling, and the text of a whole module in it."""

    def module(self, module: Module) -> str:
        """Write the whole text."""
        raise NotImplementedError

    def in_dialect(self, dialect: str) -> Target:
        """Return the target that writes a dialect."""
        return self

    def check_name(self, name: str) -> None:
        """Raise `RequestError` for a name that a function cannot have."""
        if not name.isidentifier() or self.identifier(name) != name or name in self.reserved:
            raise RequestError(
                f"`{name}` cannot be a function's name in {self.title}", help="give another with `--name`"
            )
