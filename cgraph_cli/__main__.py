"""The entry point: it runs a command, and turns every error into words and an exit status."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # `typing` is imported where no file beside the program can stand in for it
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TextIO

    from cgraph_cli.core.errors import Diagnostic

WRONG, BUG, INTERRUPTED = 2, 70, 130

_GRACE = 0.4
"""The seconds after an interruption in which the main thread can end the process in order."""


def start() -> None:
    """Run the command line as a process of its own, which ends with its status."""
    import gc

    _load_when_used("inspect")  # click imports it for what no command here needs
    _end_on_broken_pipes()
    if sys.argv[1:2] != ["repl"] or not os.isatty(0):  # an interruption drops a line of a session, and never ends it
        _end_on_interruptions()
    sys.unraisablehook = _interrupt_again
    gc.set_threshold(200_000)  # imported modules are no garbage, and graphs are columns without cycles
    try:
        status = run(sys.argv[1:])
    except KeyboardInterrupt:
        status = INTERRUPTED
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    finally:
        os._exit(status)  # stdout is flushed; taking the interpreter down would cost as much as a small answer


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line inside another program, from any thread, and return the exit status.

    `args` are the words after `cgraph`; without them, those of this process. Results go to `sys.stdout`, messages to
    `sys.stderr`. Nothing of the process is left changed.
    """
    streams: tuple[Any, Any] = sys.stdout, sys.stderr
    manners = [(stream.encoding, stream.errors) if hasattr(stream, "reconfigure") else None for stream in streams]
    try:
        return run(list(sys.argv[1:] if args is None else args))
    finally:
        for name, stream, manner in zip(("stdout", "stderr"), streams, manners, strict=True):
            if stream is None:
                _close(getattr(sys, name))
            elif manner not in (None, (stream.encoding, stream.errors)):
                stream.reconfigure(encoding=manner[0], errors=manner[1])
        sys.stdout, sys.stderr = streams


def _close(stream: TextIO | None) -> None:
    """Close a stream in place of a closed one; unwritten text is lost."""
    from contextlib import suppress

    if stream is not None:
        with suppress(OSError):
            stream.close()


def _leave_out_the_working_folder() -> None:
    """Remove the folder that `python -m` looks into first: a `click.py` there is not the library."""
    from contextlib import suppress

    if not getattr(sys.flags, "safe_path", sys.flags.isolated):
        with suppress(OSError, ValueError):  # it is gone, or not there
            sys.path.remove(os.getcwd())


def _find_the_package() -> None:
    """Let the package be imported where Python was given its folder, in an archive perhaps, and not its name."""
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [os.path.dirname(folder), *(path for path in sys.path if os.path.abspath(path) != folder)]


def _load_when_used(name: str) -> None:
    """Let a module of the standard library be loaded at the first use of something in it.

    (A module of `importlib.util.LazyLoader` is loaded by the second `import` of it.)
    """
    from types import ModuleType

    class Later(ModuleType):
        def __getattr__(self, wanted: str) -> Any:
            from importlib import import_module

            if sys.modules.get(name) is self:
                del sys.modules[name]
            self.__dict__.update(import_module(name).__dict__)
            if wanted in self.__dict__:
                return self.__dict__[wanted]
            raise AttributeError(f"module '{name}' has no attribute '{wanted}'")

    sys.modules.setdefault(name, Later(name))


def _end_on_broken_pipes() -> None:
    """Let `| head` end the process like any tool: at once, in silence."""
    import _signal  # `signal` builds enumerations of it, which takes half a millisecond

    if hasattr(_signal, "SIGPIPE"):
        _signal.signal(_signal.SIGPIPE, _signal.SIG_DFL)


def _end_on_interruptions() -> None:
    """Let a signal end the process where the main thread does not: a compiled call, such as a product of large arrays,
    answers none until it returns."""
    import _signal
    import _thread

    if not hasattr(_signal, "SIGHUP"):
        return
    signals, heard = os.pipe()
    os.set_blocking(heard, False)
    _signal.set_wakeup_fd(heard, warn_on_full_buffer=False)

    def wait() -> None:
        while (number := os.read(signals, 1)[0]) not in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP):
            pass
        import time

        time.sleep(_GRACE)
        from cgraph_cli.commands.shared.whole_file import remove_parts

        remove_parts()
        os._exit(128 + number)

    _thread.start_new_thread(wait, ())


def _interrupt_again(lost: Any) -> None:
    """Raise a Ctrl-C once more that came while an object was taken down, where no exception gets out."""
    if not isinstance(lost.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(lost)
        return
    import _thread
    import time

    def interrupt() -> None:
        time.sleep(0.01)  # this function would have the exception else, and lose it again
        _thread.interrupt_main()

    _thread.start_new_thread(interrupt, ())


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
        return INTERRUPTED
    except SystemExit as stop:  # after the completions
        return int(stop.code or 0)
    except MemoryError:
        _print(Diagnostic("there is not enough memory for this program", help="--max-nodes sets a lower bound"))
        return WRONG
    except OSError as error:
        _print(Diagnostic(f"the result cannot be written: {error.strerror or error}"))
        return WRONG
    except Exception as error:
        from cgraph_cli.commands.shared.usage import bug_diagnostic

        _print(bug_diagnostic(error))
        return BUG


def _print(diagnostic: Diagnostic) -> None:
    from cgraph_cli.commands.shared.usage import print_diagnostic

    print_diagnostic(diagnostic)


if __name__ == "__main__" and not __package__:
    _find_the_package()
    start()
elif __name__ == "__main__":
    _leave_out_the_working_folder()
    start()
