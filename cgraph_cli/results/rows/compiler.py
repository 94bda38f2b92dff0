"""The compiler of the machine: a text of C as a library that is loaded, kept in a folder of the user's own."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import stat
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from shutil import which
from tempfile import TemporaryDirectory, TemporaryFile, mkstemp

_FLAGS = ("-std=gnu11", "-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off",
          "-fno-tree-pre", "-fPIC", "-shared")  # fmt: skip
"""Vectors, but no arithmetic other than the text's: never `-ffast-math`.

GCC's elimination of partial redundancies brings back branches, of which it makes no vectors.
"""

_LONGEST = 120.0
"""The seconds that the compiler may take."""

_KEPT = 200
"""The most libraries that are kept."""


class CompilerError(Exception):
    """The reason for which a text is not compiled, in words."""


def load(text: str) -> ctypes.CDLL:
    """Load the library that a text of C is, compiled now or kept from before. Raises `CompilerError`."""
    compiler = which("cc")
    if compiler is None:
        raise CompilerError("there is no C compiler `cc`")
    libraries = ["-lmvec", "-lm"] if "simd(" in text else ["-lm"]
    command = [compiler, *_FLAGS]
    key = "\0".join([text, *_FLAGS, *libraries, _version(compiler), _processor()])
    name = f"{hashlib.sha256(key.encode()).hexdigest()}.so"
    folder = _own_folder()
    if folder is not None:
        return _load_from(folder, name, text, command, libraries)
    with TemporaryDirectory(prefix="cgraph-") as passing:
        return _load_from(passing, name, text, command, libraries)


def _load_from(folder: str, name: str, text: str, command: Sequence[str], libraries: Sequence[str]) -> ctypes.CDLL:
    file = os.path.join(folder, name)
    with suppress(OSError):
        library = ctypes.CDLL(file)
        os.utime(file)
        return library
    try:
        _compile(command, libraries, text, folder, file)
        return ctypes.CDLL(file)
    except OSError as error:
        raise CompilerError(f"what `cc` makes cannot be used: {error}") from None


def _compile(command: Sequence[str], libraries: Sequence[str], text: str, folder: str, file: str) -> None:
    """Compile a text beside its place, and move it there."""
    handle, beside = mkstemp(dir=folder, prefix="new-", suffix=".so")
    os.close(handle)
    try:
        with TemporaryFile(dir=folder) as source:  # a pipe would end this process where a compiler does not read it
            source.write(text.encode())
            source.seek(0)
            done = subprocess.run(
                [*command, "-x", "c", "-", "-o", beside, "-x", "none", *libraries],
                stdin=source, capture_output=True, encoding="utf-8", errors="replace", timeout=_LONGEST,
            )  # fmt: skip
        if done.returncode:
            said = next((line for line in done.stderr.splitlines() if "error" in line), "it failed")
            raise CompilerError(f"`cc` does not compile it: {said.strip()}")
        os.replace(beside, file)
    except subprocess.TimeoutExpired:
        raise CompilerError(f"`cc` took more than {_LONGEST:.0f} s") from None
    finally:
        with suppress(FileNotFoundError):
            os.unlink(beside)
    _discard_oldest(folder)


def _discard_oldest(folder: str) -> None:
    """Remove the libraries that were not used for the longest."""
    with suppress(OSError):  # another process may be at the same
        files = [entry for entry in os.scandir(folder) if entry.name.endswith(".so")]
        for entry in sorted(files, key=lambda entry: entry.stat().st_mtime)[:-_KEPT]:
            os.unlink(entry.path)


def _own_folder() -> str | None:
    """Find the folder that keeps libraries, which nobody else can read or write; None where there is no such."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = os.path.join(home, "cgraph", "compiled")
    with suppress(OSError):
        os.makedirs(os.path.dirname(folder), mode=0o700, exist_ok=True)
        with suppress(FileExistsError):
            os.mkdir(folder, 0o700)
        state = os.lstat(folder)
        if stat.S_ISDIR(state.st_mode) and _is_own(state) and os.access(folder, os.W_OK):
            return folder
    return None


def _is_own(state: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or (state.st_uid == os.getuid() and not state.st_mode & 0o077)


@lru_cache
def _version(compiler: str) -> str:
    """Ask a compiler what it is."""
    try:
        done = subprocess.run([compiler, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=_LONGEST)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode(errors="replace")


@lru_cache
def _processor() -> str:
    """Name the processor by all that it can do, where the system says so."""
    known = [platform.machine(), platform.processor(), platform.libc_ver()]
    with suppress(OSError), open("/proc/cpuinfo", encoding="utf-8", errors="replace") as stream:
        for line in stream:
            if not line.strip():
                break
            if line.startswith(("model name", "flags", "Features", "CPU ")):
                known.append(line)
    return repr(known)
