"""Destinations of results: stdout, or a file that is written whole, each with its format and its abilities."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, TextIO

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.options import OUTPUT, READ, FileName, Function, Option, together
from cgraph_cli.core.errors import RequestError, did_you_mean
from cgraph_cli.render import Format, Formats, content_of

if TYPE_CHECKING:
    from cgraph_cli.render.view import View

_FORMAT, _COLOR = "cgraph.format", "cgraph.color"
"""The keys of `--format` and `--color` in a command's context."""


class Destination:
    """A place for a result: a `file`, or stdout where that is None, and the `format` there.

    `formats` are the possible ones. `color` is true where the place shows colours.
    """

    def __init__(self, formats: Formats, format: str, file: str | None = None, color: str = "never") -> None:
        self.read: Sequence[str] = ()
        """The files that the command read, none of which is written."""
        self.formats = formats
        self.format = format
        self.file = file
        self.color = file is None and terminal.wants_color(color, sys.stdout)

    @property
    def is_default(self) -> bool:
        """True for stdout in the default format."""
        return self.file is None and self.format == self.formats.default

    def view(self, **wanted: Any) -> View:
        """Make the view for this place: the parts that are `wanted`, in the look that the place can show."""
        from cgraph_cli.render.view import View

        if self.file is not None:
            return View(**wanted)
        stdout = sys.stdout
        size = terminal.width_of(stdout), terminal.height_of(stdout)
        return View(**wanted, color=self.color, ascii=terminal.is_ascii(stdout), width=size[0], height=size[1])

    def write(self, result: object, view: View, program: str = "") -> None:
        """Write a result in the format. The names of `program`, where given, are kept in any locale.

        Raises `RequestError` where the file cannot be written.
        """
        with self.opened(program) as stream:
            self.formats.writer(self.format)(result, view, stream)

    def check_apart(self, read: Sequence[str]) -> None:
        """Raise `RequestError` where the file is one of those that are read, by whatever name."""
        if self.file is not None:
            check_apart(self.file, read)

    @contextmanager
    def opened(self, program: str = "") -> Iterator[TextIO]:
        """Open the place for text; a file appears when all is written, and not at all after an error."""
        if self.file is None:
            with terminal.names_kept(program):
                yield sys.stdout
            sys.stdout.flush()  # what is said of the results comes after them
            return
        from cgraph_cli.commands.shared.whole_file import whole_file

        self.check_apart(self.read)
        with whole_file(self.file) as stream:
            text = TextIOWrapper(stream, encoding="utf-8", newline="")
            yield text
            text.flush()
            text.detach()

    def put(self, written: str | bytes) -> None:
        """Put text or bytes at the place at once. Raises `RequestError` where the file cannot be written."""
        if isinstance(written, str):
            with self.opened() as stream:
                stream.write(written)
        elif self.file is None:
            sys.stdout.flush()
            sys.stdout.buffer.write(written)
        else:
            from cgraph_cli.commands.shared.whole_file import whole_file

            self.check_apart(self.read)
            with whole_file(self.file) as file:
                file.write(written)


def output_options(
    formats: Formats, what: str, file: str = "", *more: Any, folder: str = ""
) -> Callable[[Function], Function]:
    """Declare `-o`/`--output`, `--format` and `--color`, which a command gets together as its `output`.

    `what` begins the help, `file` is an example of a file, and `more` options stand before `--color`. `folder`
    describes the files of a folder, for a command that writes to one.
    """
    names = ", ".join(formats.formats)
    example = f", as in `-o {file}`" if file else ""
    folder = f", or a folder, which gets {folder}" if folder else ""
    return together(
        click.option(
            "-o", "--output", cls=Option, group=OUTPUT, metavar="WHAT", type=FileName(),
            callback=lambda ctx, _, given: _destination_of(ctx, formats, given, bool(folder)),
            help=f"{what}: a format, or a file whose ending names one{example}, which is written whole or not at all"
            f"{folder}. "
            f"The formats are {names}. Default: {formats.default}.",
        ),
        click.option(
            "--format", "format", cls=Option, group=OUTPUT, type=click.Choice(list(formats.formats)), metavar="FORMAT",
            is_eager=True, expose_value=False, callback=_keep(_FORMAT),
            help="The format, where a file's ending does not name it.",
        ),
        *more,
        click.option(
            "--color", cls=Option, group=OUTPUT, type=click.Choice(["auto", "always", "never"]), default="auto",
            is_eager=True, expose_value=False, callback=_keep(_COLOR),
            help="Colour the output; `auto` does on a terminal, and heeds NO_COLOR and FORCE_COLOR.",
        ),
    )  # fmt: skip


def check_apart(file: str, read: Iterable[str], folder: str = "") -> None:
    """Raise `RequestError` where a file to write, in a `folder` if that is given, is one of those that are read.

    Links and other spellings of a path name the same file.
    """
    if not os.path.isfile(file):
        return
    for each in read:
        if os.path.exists(each) and os.path.samefile(each, file):
            from shlex import quote

            stem, ending = os.path.splitext(file)
            another = quote(folder.rstrip(os.sep) + "-new") + os.sep if folder else quote(f"{stem}-new{ending}")
            same = f"`{file}` is read" if each == file else f"`{file}` is the file `{each}`, which is read"
            raise RequestError(f"{same}, and its content would be lost", help=f"to keep it, write `-o {another}`")


def _keep(key: str) -> Callable[[click.Context, click.Parameter, str | None], None]:
    def keep(ctx: click.Context, _: click.Parameter, given: str | None) -> None:
        ctx.meta[key] = given

    return keep


def _destination_of(
    ctx: click.Context, formats: Formats, output: str | None, may_be_folder: bool
) -> Destination | None:
    """Make the destination that a command line names; none where a shell asks for completions.

    A folder without `--format` has no format.
    """
    if ctx.resilient_parsing:
        return None
    if may_be_folder and output is not None and (output.endswith(os.sep) or os.path.isdir(output)):
        return Destination(formats, ctx.meta.get(_FORMAT) or "", output)
    found = destination(formats, output, ctx.meta.get(_FORMAT), color=ctx.meta.get(_COLOR, "never"))
    found.read = ctx.meta.setdefault(READ, [])  # which grows as the command reads
    return found


def destination(
    formats: Formats, output: str | None, format: str | None, option: str = "--format", color: str = "never"
) -> Destination:
    """Find the destination of a result from `-o` and `--format`.

    `output` is the word after `-o`: a format, which goes to stdout, a file, or `-` for stdout. `format` is the word
    after `option`. Raises `RequestError` for a file whose ending names no format, or another one than `option`, and for
    bytes on a terminal.
    """
    if output in formats.formats:
        if format not in (None, output):
            asked = f"`{option} {format}`" if option.startswith("-") else f"the target `{format}`"
            raise RequestError(
                f"`-o {output}` and {asked} ask for two formats",
                help=f"leave one of them out; `-o ./{output}` is a file of that name",
            )
        output, format = None, output
    if output is None or output == "-":
        format = format or formats.default
        if formats.formats[format].is_binary and sys.stdout.isatty():
            raise RequestError(
                f"a terminal cannot show {format.upper()}", help=f"name a file, as in `-o graph.{format}`"
            )
        return Destination(formats, format, color=color)
    ending = os.path.splitext(output)[1].lower()
    meant = [each.name for each in formats.formats.values() if ending in each.endings]
    if not meant and format is None:
        raise _unknown(formats, output, ending, option)
    content = meant[0] if meant else content_of(ending)
    is_any_text = format is not None and ending == _TEXT and not formats.formats[format].endings
    if content and format is not None and format not in meant and not is_any_text:
        raise _of_another_content(formats.formats[format], output, content, option, is_ours=bool(meant))
    return Destination(formats, format or meant[0], output)


def _of_another_content(format: Format, output: str, content: str, option: str, *, is_ours: bool) -> RequestError:
    """Make the error for a file whose ending promises another content than the format that is asked for."""
    from shlex import quote

    stem = os.path.splitext(output)[0]
    ending = format.endings[0] if format.endings else _TEXT
    is_option = option.startswith("-")
    asked = f"`{option}` asks for {format.name}" if is_option else f"the target is {format.name}"
    help = f"write `-o {quote(stem.removesuffix(ending) + ending)}`"
    if is_ours:
        help = f"{help}, or leave `{option if is_option else format.name}` out"
    return RequestError(f"`{output}` would be {content}, and {asked}", help=help)


_TEXT = ".txt"
"""The ending of any text."""

_PICTURES = (".png", ".svg", ".pdf", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".dot")
"""Endings of pictures."""

_SPREADSHEETS = (".xlsx", ".xls", ".ods")


def _unknown(formats: Formats, output: str, ending: str, option: str) -> RequestError:
    """Make the error for an unknown format, or a file with the ending of none."""
    endings = formats.endings()
    meant = endings.get(f".{output}")
    hint = f"did you mean `{meant}`?" if meant else did_you_mean(output, formats.formats)
    if output in ("text", "txt", "ascii", "human", "pretty") and not hint:
        hint = f"did you mean `{formats.default}`?"
    hint = hint or did_you_mean(ending, endings)
    if ending in _SPREADSHEETS and ".csv" in endings:
        hint = f"a spreadsheet reads CSV: write `-o {os.path.splitext(output)[0]}.csv`"
    if ending in _PICTURES and not hint:
        hint = f"a picture is PNG or SVG: write `-o {os.path.splitext(output)[0]}.png`" if ".png" in endings else ""
        hint = hint or f"a picture is drawn by `cgraph graph PROGRAM -o {os.path.splitext(output)[0]}.png`"
    what = f"the ending `{ending}` of `{output}`" if ending else f"`-o {output}`"
    help = f"the formats are {', '.join(formats.formats)}\n"
    help += f"a file ends in {', '.join(endings)}"
    help += "" if content_of(ending) else f", or `{option}` says its format"
    return RequestError(f"{what} names no format", help=f"{hint}\n{help}" if hint else help)


def picture_options(themes: Sequence[str]) -> Callable[[Function], Function]:
    """Declare `--theme` and `--scale`."""
    return together(
        click.option(
            "--theme", cls=Option, group=OUTPUT, type=click.Choice(themes), default="auto",
            help="Draw for light paper or dark; `auto` follows the reader's preference where the format can (SVG), and "
            "is light elsewhere.",
        ),
        click.option(
            "--scale", cls=Option, group=OUTPUT, metavar="NUMBER", type=click.FloatRange(0.1, 10), default=2.0,
            help="Pixels a unit of a PNG. Default: 2.",
        ),
    )  # fmt: skip
