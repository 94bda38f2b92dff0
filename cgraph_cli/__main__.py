"""The entry point: runs a command, and turns whatever goes wrong into words and an exit status."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cgraph_cli.core.errors import Diagnostic

WRONG, BUG, INTERRUPTED = 2, 70, 130


def main() -> None:
    """Run the command line and exit with its status."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends it as it ends any tool: at once, in silence
    gc.set_threshold(200_000)  # what is imported is no garbage, and graphs are columns without cycles
    try:
        status = run(sys.argv[1:])
    except KeyboardInterrupt:
        status = INTERRUPTED
    _leave(status)  # everything is flushed; taking the interpreter down would cost as much as a small answer


def run(args: list[str]) -> int:
    """Run the command line with `args` and return the exit status. Errors are on stderr by then."""
    import click

    from cgraph_cli.cli import cli
    from cgraph_cli.commands.shared.terminal import prepare_streams
    from cgraph_cli.core.errors import CgraphError, Diagnostic

    prepare_streams()
    try:
        if "_CGRAPH_COMPLETE" in os.environ:  # a shell asks for completions
            cli.main(args, prog_name="cgraph")
        if not args:
            from cgraph_cli.commands.shared.usage import write_error

            write_error(cli.get_help(cli.make_context("cgraph", [], resilient_parsing=True)))
            return WRONG
        try:
            with cli.make_context("cgraph", args) as ctx:
                status = int(cli.invoke(ctx) or 0)
        except click.exceptions.Exit as stop:
            status = stop.exit_code
        sys.stdout.flush()  # a full disk may only show now
        return status
    except CgraphError as error:
        _print(error.diagnostic)
        return WRONG
    except click.ClickException as error:
        from cgraph_cli.commands.shared.usage import usage_diagnostic

        _print(usage_diagnostic(error))
        return WRONG
    except KeyboardInterrupt:
        return _leave(INTERRUPTED)
    except MemoryError:
        _print(Diagnostic("there is not enough memory for this program", help="--max-nodes sets a lower bound"))
        return WRONG
    except OSError as error:
        _print(Diagnostic(f"the result cannot be written: {error.strerror or error}"))
        return _leave(WRONG)
    except Exception as error:
        if os.environ.get("CGRAPH_DEBUG"):
            raise
        _print(
            Diagnostic(
                f"cgraph itself failed: {type(error).__name__}: {error}",
                help="this is a bug in cgraph: please report it, with what you typed\nCGRAPH_DEBUG=1 shows where",
            )
        )
        return BUG


def _print(diagnostic: Diagnostic) -> None:
    from cgraph_cli.commands.shared.usage import print_diagnostic

    print_diagnostic(diagnostic)


def _leave(status: int) -> int:
    """Exit at once, without the flush that might fail or be interrupted again."""
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
