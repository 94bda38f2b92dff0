"""Files that are written whole or not at all, and change nothing but their content."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from cgraph_cli.core.errors import RequestError

_parts: set[str] = set()
"""The files that are not whole yet."""

_PREFIX, _SUFFIX = ".cgraph-", ".part"
"""The beginning and the end of their names."""

_STALE, _MOST_ENTRIES = 60, 10_000
"""The seconds after which such a file without a lock was left by a killed process, and the most entries of a folder
that are looked through for these.
"""

_swept: set[str] = set()
"""The folders that were looked through."""


@contextmanager
def whole_file(file: str) -> Iterator[BinaryIO]:
    """Open a file to write beside its place, and move it there at the end: nobody ever sees half of it.

    An existing file keeps its permissions, its owner and its other names. A special file, such as `/dev/stdout` or a
    pipe, is written to directly. Raises `RequestError` where that fails.
    """
    if "\0" in file:
        raise RequestError("the name of a file to write cannot hold the character U+0000")
    with _in_words(file):
        place = os.path.realpath(file)
        before = os.stat(place) if os.path.exists(place) else None
        if before is not None and not os.path.isfile(place):
            with open(file, "wb") as stream:
                yield stream
            return
        if before is not None and not (before.st_mode & 0o222 and os.access(place, os.W_OK)):
            raise RequestError(f"`{file}` is read-only", help=f"to replace it all the same: `chmod u+w {file}`")
        _remove_stale(os.path.dirname(place))
        beside = _make_beside(place)
        with removed_at_the_end(beside), _locked(beside):
            with open(beside, "wb") as stream:
                yield stream
            if before is None:
                os.chmod(beside, 0o666 & ~_umask())
            elif not _becomes(beside, place, before):
                _copy(beside, place)
                return
            os.replace(beside, place)


def _becomes(beside: str, place: str, before: os.stat_result) -> bool:
    """Give a new file the owner and the permissions of the old one, and tell whether it can take its place.

    It cannot where the old file has other names, where its folder is closed to us, or where its owner is another.
    """
    if before.st_nlink > 1 or os.path.dirname(beside) != os.path.dirname(place):
        return False
    try:
        if hasattr(os, "chown"):
            os.chown(beside, before.st_uid, before.st_gid)
        os.chmod(beside, before.st_mode & 0o7777)
    except PermissionError:
        return False
    return True


def _copy(source: str, place: str) -> None:
    from shutil import copyfile

    copyfile(source, place)


def remove_parts() -> None:
    """Remove the files that are not whole yet, for a process that ends now."""
    for part in list(_parts):
        with suppress(OSError):
            os.unlink(part)


@contextmanager
def removed_at_the_end(part: str) -> Iterator[None]:
    """Remove a file at the end if it still exists, also where the process is terminated."""
    import signal
    import threading

    def end(number: int, _: object) -> None:
        remove_parts()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    ends = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    is_main = threading.current_thread() is threading.main_thread()
    ours = [number for number in ends if is_main and signal.getsignal(number) == signal.SIG_DFL]
    for number in ours:
        signal.signal(number, end)
    _parts.add(part)
    try:
        yield
    finally:
        with suppress(OSError):
            os.unlink(part)
        _parts.discard(part)
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def _in_words(file: str) -> Iterator[None]:
    try:
        yield
    except IsADirectoryError:
        raise RequestError(f"`{file}` is a directory", help="name a file in it") from None
    except OSError as error:
        folder = os.path.dirname(file) or "."
        if isinstance(error, FileNotFoundError) and not os.path.isdir(folder):
            raise RequestError(
                f"there is no folder `{folder}` to write `{file}` in", help=f"make it: `mkdir -p {folder}`"
            ) from None
        raise RequestError(f"`{file}` cannot be written: {error.strerror}") from None


def _remove_stale(folder: str) -> None:
    """Remove what killed processes left in a folder: old parts that nobody has locked."""
    from itertools import islice
    from time import time

    if folder in _swept:
        return
    _swept.add(folder)
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in islice(entries, _MOST_ENTRIES):
            if entry.name.startswith(_PREFIX) and entry.name.endswith(_SUFFIX):
                with suppress(OSError):
                    if time() - entry.stat(follow_symlinks=False).st_mtime > _STALE:
                        with _locked(entry.path) as is_ours:
                            if is_ours:
                                os.unlink(entry.path)


@contextmanager
def _locked(part: str) -> Iterator[bool]:
    """Lock a part for as long as it is written, and tell whether that was possible; a lock ends with its process."""
    try:
        import fcntl
    except ImportError:  # on Windows
        yield False
        return
    is_ours = True
    with open(part, "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            is_ours = False
        yield is_ours


def _make_beside(place: str) -> str:
    import tempfile

    try:
        descriptor, beside = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX, dir=os.path.dirname(place))
    except PermissionError:
        if not os.path.exists(place):
            raise
        descriptor, beside = tempfile.mkstemp(suffix=".part")  # the folder is closed, and the file may be open
    os.close(descriptor)
    return beside


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
