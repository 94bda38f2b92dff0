"""Processes beside this one, for work on text, which only one thread of a Python does at a time."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import IO, Any, TypeVar

from cgraph_cli.commands.rows.ahead import map_ahead

_Work = TypeVar("_Work")
_Done = TypeVar("_Done")


def map_by_processes(function: Callable[[_Work], _Done], works: Iterable[_Work]) -> Iterator[_Done]:
    """Map a function over pieces of work, which are pickled, by as many processes as there are processors.

    The results are in order. The processes end with this one, however it ends. They are no pool of `multiprocessing`,
    which would run the script of a host again.
    """
    count = os.cpu_count() or 1
    processes = [_begin() for _ in range(count)]
    free: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
    for process in processes:
        free.put(process)

    def ask(work: _Work) -> Any:
        process = free.get()
        try:
            with _broken_pipes_raise():
                _send(process.stdin, (function, work))
            return pickle.load(process.stdout)  # type: ignore[arg-type]
        except (EOFError, OSError, pickle.UnpicklingError):  # it was killed
            return function(work)
        finally:
            free.put(process)

    try:
        yield from map_ahead(ask, works, count)
    finally:
        for process in processes:
            with suppress(OSError), _broken_pipes_raise():
                process.communicate()


@contextmanager
def _broken_pipes_raise() -> Iterator[None]:
    """Make a broken pipe an error in this thread, where the command lets its signal end the process."""
    number = getattr(signal, "SIGPIPE", None)
    if number is None:
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        if number not in before and number in signal.sigpending():
            signal.sigwait({number})
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> subprocess.Popen[bytes]:
    """Begin a process that finds the same modules, and does not hear an interruption from the terminal."""
    text = f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import serve; serve()"
    return subprocess.Popen(
        [sys.executable, "-I", "-c", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )


def serve() -> None:
    """Do the work that comes from standard input, until it ends."""
    with suppress(EOFError, BrokenPipeError):
        while True:
            function, work = pickle.load(sys.stdin.buffer)
            _send(sys.stdout.buffer, function(work))


def _send(stream: IO[bytes] | None, found: object) -> None:
    assert stream is not None
    pickle.dump(found, stream, pickle.HIGHEST_PROTOCOL)
    stream.flush()
