"""Kinds of files: their formats by their endings, and those that are no rows as they stand by their first bytes."""

from __future__ import annotations

import os
import sys

from cgraph_cli.commands.rows.tables import STDIN, show_file
from cgraph_cli.core.errors import RequestError
from cgraph_cli.render import TABLES

LONGEST = 8
"""The most bytes that tell a kind."""

_PACKED = {
    b"\x1f\x8b": ("gzip", "gunzip"),
    b"BZh": ("bzip2", "bunzip2"),
    b"\xfd7zXZ\0": ("xz", "unxz"),
    b"\x28\xb5\x2f\xfd": ("zstd", "unzstd"),
}
_FORMATS = {b"PAR1": "parquet", b"ARROW1": "arrow"}
_OTHERS = {
    b"PK\x03\x04": ("is a spreadsheet or an archive", "save the sheet as CSV, or unpack the archive"),
    b"\xd0\xcf\x11\xe0": ("is a spreadsheet", "save the sheet as CSV"),
    b"\xff\xff\xff\xff": ("is a stream of Arrow", "write it as a file of Arrow, as `write_ipc` of Polars does"),
}
_UTF_16 = b"\xff\xfe", b"\xfe\xff"


def other_kind(file: str, head: bytes, format: str | None = None) -> RequestError | None:
    """Make the error for a file that is of another kind than its `format`; None where its first bytes tell nothing."""
    shown, is_file = show_file(file), file != STDIN
    for mark, (packer, unpack) in _PACKED.items():
        if head.startswith(mark):
            command = f"{unpack} -c {file} | cgraph map …" if is_file else f"… | {unpack} | cgraph map …"
            help = f"standard input takes text unpacked: `{command}`"
            return RequestError(f"{shown} is packed by {packer}", help=help)
    for mark, name in _FORMATS.items():
        if head.startswith(mark) and name != format:
            help = f"`--from {name}` reads it" if is_file else "such a file is named after the program"
            return RequestError(f"{shown} is {name}", help=help)
    for mark, (what, help) in _OTHERS.items():
        if head.startswith(mark):
            return RequestError(f"{shown} {what}", help=help)
    if head.startswith(_UTF_16):
        command = f"iconv -f UTF-16 -t UTF-8 {file}" if is_file else "iconv -f UTF-16 -t UTF-8"
        return RequestError(f"{shown} is UTF-16", help=f"save the text as UTF-8, as in `{command}`")
    return None


def _other_kind_of(file: str) -> RequestError | None:
    try:
        with open(file, "rb") as stream:
            return other_kind(file, stream.read(LONGEST))
    except OSError:  # which is told when it is read
        return None


def format_of(file: str, given: str | None = None) -> str:
    """Find the format of a file to read by its ending. Raises `RequestError` for an unknown one."""
    if given is not None:
        return given
    endings = TABLES.endings()
    ending = os.path.splitext(file)[1].lower()
    if file == STDIN:
        return _format_of_stdin()
    if ending not in endings:
        if error := _other_kind_of(file):
            raise error
        help = f"a file of rows ends in {', '.join(endings)}, or `--from` says its format"
        raise RequestError(f"the name of `{file}` does not say its format", help=help)
    return endings[ending]


def _format_of_stdin() -> str:
    """Recognize JSON lines by their first character; anything else is CSV."""
    peek = getattr(getattr(sys.stdin, "buffer", None), "peek", None)
    return "jsonl" if peek is not None and peek(1)[:1] == b"{" else TABLES.default
