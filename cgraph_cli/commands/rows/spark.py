"""Rows by Spark: it reads, moves and writes them, and the kernels compute as on one machine."""

from __future__ import annotations

import logging
import os
import re
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from glob import glob
from importlib import import_module
from shlex import quote
from typing import Any

from cgraph_cli.commands.rows.arrow_batches import WORDS, RowCounts, RowCountsSum, Work, compute
from cgraph_cli.commands.rows.tables import SEPARATORS, headings, separator_of
from cgraph_cli.core.errors import CgraphError, RequestError

_READERS = {"csv": "csv", "tsv": "csv", "jsonl": "json", "parquet": "parquet"}
_RAISED = re.compile(r"^((?:\w+\.)*\w+(?:Error|Exception|Warning)\b.*)$", re.MULTILINE)
"""The last line of a traceback."""

_OURS = re.compile(r"error: (.+)(?:\n *help: (.+(?:\n {6}.+)*))?")
"""An error of ours in a traceback, with its advice."""

_OTHER_HEADING = re.compile(r"CSV header (?:is not equal|does not conform)[\s\S]*?CSV file: (?:file:/*(?=/))?(\S+)")
"""What Spark says of a file with another first line than the one from which it has the columns."""

_CAUSE = re.compile(r"^(?:Caused by)?: (?:\w+\.)+\w+(?:Exception|Error): (.+)$", re.MULTILINE)
"""What a Java exception says, and each that it comes from, the last the first."""

_SETTINGS: dict[str, bool | float | int | str | None] = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": str(sys.stderr is not None and sys.stderr.isatty()).lower(),
    "spark.sql.caseSensitive": "true",  # as programs and files are
    "spark.sql.execution.arrow.maxRecordsPerBatch": "131072",
    "spark.sql.execution.arrow.maxBytesPerBatch": str(2**31 - 1),  # a smaller bound is looked at in every row
}


class SparkTable:
    """Files that Spark reads; `is_here` tells whether all of its workers are on this machine."""

    def __init__(self, session: Any, files: Sequence[str], format: str, limit: int | None) -> None:
        self.file = files[0]
        self.is_here = str(session.sparkContext.master).startswith("local")
        self.format = format
        reader = session.read.format(kind(format)).options(**_options(format), mode="FAILFAST")
        try:
            if format in SEPARATORS:
                lines = session.read.text(list(files)).where("trim(value) != ''").head(1)
                separator = separator_of(lines[0].value if lines else "", format)
                # A row is looked at as a whole, and so is the heading of each file: columns have no other order there.
                reader = reader.options(sep=separator, columnPruning="false", enforceSchema="false")
            frame = reader.load(list(files))
        except Exception as error:
            raise in_words(error, "") from None
        self.frame = frame if limit is None else frame.limit(limit)
        self.columns: Sequence[str] = self.frame.columns
        if not self.columns:
            raise CgraphError(f"`{self.file}` has no rows", help="the first line names the columns, and rows follow")

    def holds(self, count: int) -> bool:
        """Tell whether there are so many rows, without reading more of them."""
        try:
            found: int = self.frame.limit(count).count()
        except Exception:  # which is told with the row, when the rows are computed
            return False
        return found >= count

    def lengths(self) -> dict[str, int]:
        """Find the columns of lists, whose lengths are not known before they are read."""
        return {field.name: 0 for field in self.frame.schema.fields if field.dataType.typeName() == "array"}


def begin(master: str | None) -> Any:
    """Begin a session of Spark. Raises `RequestError` where PySpark is not installed, or has no Java."""
    try:
        import_module("pyarrow")
        import_module("pandas")  # PySpark needs it for batches of Arrow
        from pyspark.sql import SparkSession
    except ImportError:
        raise RequestError(
            "Spark is not installed", help="install it: `pip install 'cgraph-cli[spark]'`; it needs Java 17"
        ) from None
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # the workers use the packages of this Python
    builder = SparkSession.builder.appName("cgraph map").config(map=_SETTINGS)
    warnings.filterwarnings("ignore", module="pyspark")
    logging.getLogger().addFilter(_is_no_interruption)
    with _ended_when_interrupted():
        session = (builder if master is None else builder.master(master)).getOrCreate()
    session.sparkContext.setLogLevel("OFF")  # an error is reported once, in our words
    return session


@contextmanager
def _ended_when_interrupted() -> Iterator[None]:
    """End the process of Spark if an interruption comes while it begins: it would go on alone, and never end."""
    java_gateway: Any = import_module("pyspark.java_gateway")
    begun: list[Any] = []
    begin = java_gateway.Popen

    def remember(*args: Any, **options: Any) -> Any:
        begun.append(begin(*args, **options))
        return begun[-1]

    java_gateway.Popen = remember
    try:
        yield
    except KeyboardInterrupt:
        for process in begun:
            process.kill()
        raise
    finally:
        java_gateway.Popen = begin


def _is_no_interruption(record: logging.LogRecord) -> bool:
    """Tell whether a message is another than the traceback of a Ctrl-C that Spark's bridge logs."""
    return not (record.exc_info and record.exc_info[0] is KeyboardInterrupt)


def run(table: SparkTable, work: Work, folder: str, format: str) -> RowCounts:
    """Write the rows of a table, with their new columns, to a folder; return the counts of all rows."""
    from pyspark.sql import functions as F
    from pyspark.sql.types import ByteType, DoubleType, StructField, StructType

    kept = [field for field in table.frame.schema.fields if field.name in work.kept]
    names = headings(work.engine().names, work.checked)
    coded = set(names[1::2]) if work.checked else set[str]()
    new = [StructField(n, ByteType(), False) if n in coded else StructField(n, DoubleType()) for n in names]
    counts = table.frame.sparkSession.sparkContext.accumulator(RowCounts(Counter()), RowCountsSum())
    quoted = {field.name: F.col("`" + field.name.replace("`", "``") + "`") for field in [*kept, *new]}
    taken = table.frame.select(*(quoted[field.name] for field in kept))  # Spark reads no other columns
    computed = taken.mapInArrow(task(work, counts), StructType([*kept, *new]))
    words = F.array(*(F.lit(str(word)) for word in WORDS))
    shown = [F.get(words, column).alias(name) if name in coded else column for name, column in quoted.items()]
    try:
        writer = computed.select(*shown).write.format(kind(format)).options(**_options(format))
        if format == "parquet":  # numbers differ from row to row, and a dictionary of them takes time to give up
            plain = (field.name for field in new if field.name not in coded)
            writer = writer.options(**{f"parquet.enable.dictionary#{name}": "false" for name in plain})
        writer.mode(_mode(folder)).save(folder)
    except Exception as error:
        raise in_words(error, folder) from None
    found: RowCounts = counts.value
    return found


def task(work: Work, counts: Any) -> Callable[[Iterable[Any]], Iterator[Any]]:
    """Make the function that Spark calls on the batches of a task; it adds to counts, once for each finished task."""
    return partial(compute, work, counts)


def check_apart(files: Sequence[str], folder: str) -> None:
    """Raise `RequestError` for a folder that is read, or holds what is read: Spark may overwrite all of it."""
    place = os.path.realpath(folder)
    for pattern in files:
        for file in glob(pattern) or [pattern]:
            if os.path.commonpath((place, os.path.realpath(file))) == place:
                what = f"`{file}` is read, and `{folder}` is its place or holds it"
                raise RequestError(what, help=f"to keep it, write `-o {quote(folder.rstrip(os.sep) + '-new')}{os.sep}`")


def check_lists(table: SparkTable, bound: Mapping[str, str]) -> None:
    """Raise `CgraphError` for a column of lists whose length the program does not say."""
    lists = table.lengths()
    for name, column in bound.items():
        if column in lists:
            what = f"`{column}` is a column of lists, whose length Spark does not know before it reads them"
            raise CgraphError(what, help=f"say it in the program, as in `{name} : [3]; …`")


def _mode(folder: str) -> str:
    """Choose to overwrite the remains of a stopped run, and nothing else."""
    left = os.listdir(folder) if os.path.isdir(folder) else []
    return "overwrite" if all(name.startswith((".", "_temporary")) for name in left) else "errorifexists"


def kind(format: str) -> str:
    """Find Spark's name of a format. Raises `RequestError` for a format without one."""
    if format not in _READERS:
        raise RequestError(f"Spark does not read or write {format}", help=f"it takes {', '.join(_READERS)}")
    return _READERS[format]


def _options(format: str) -> dict[str, str]:
    separator = SEPARATORS.get(format)
    return {"header": "true", "sep": separator, "escape": '"'} if separator else {}


def in_words(error: Exception, folder: str) -> CgraphError:
    """Say what failed: our own error, the last line of a worker's traceback, or the first of what Spark says."""
    text = str(error)
    if "PATH_ALREADY_EXISTS" in text or "already exists" in text:
        return CgraphError(f"`{folder}` is there already", help="name another folder, or remove it")
    if missing := re.search(r"Path does not exist: (?:file:/*(?=/))?(\S+?)\.?\s", text + " "):
        return CgraphError(f"there is no file `{missing[1]}`")
    if other := _OTHER_HEADING.search(text):
        help = "Spark takes files with the same columns in the same order"
        return CgraphError(f"`{other[1]}` has other columns than another file", help=help)
    if malformed := re.search(r"Malformed records are detected in record parsing: (.*?)\.?$", text, re.MULTILINE):
        if malformed[1] == "_corrupt_record":
            return CgraphError("a line is no JSON object")
        help = "a row has as many words as the heading; Spark takes no line end within quotes, `--engine local` does"
        return CgraphError(f"a row does not fit the heading: {malformed[1]}", help=help)
    if ours := _OURS.search(text):
        return CgraphError(ours[1], help="\n".join(line.strip() for line in (ours[2] or "").splitlines()))
    raised = _RAISED.findall(text.rpartition("Traceback (most recent call last)")[2])
    if raised:
        is_missing = "No module named" in raised[0]
        help = "the workers need `cgraph-cli[spark]` too: an archive of an environment takes it there"
        return CgraphError(f"Spark failed in a Python worker: {raised[0]}", help=help if is_missing else "")
    causes = _CAUSE.findall(text) or text.splitlines()[:1] or [type(error).__name__]
    return CgraphError(f"Spark failed: {causes[-1]}")
