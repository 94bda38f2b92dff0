"""Text by the standard library: lines that are taken as they stand, and words that need their quotes."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgraph_cli.__main__ import run
from cgraph_cli.commands.rows import job, plain_writer, processes
from tests.needs import posix

WORDS = st.text('ab1.,;\t"\n é%', max_size=4)
ROWS = st.lists(st.tuples(WORDS, st.integers(-9, 9).map(float), WORDS), min_size=1, max_size=4)


@pytest.fixture(autouse=True, scope="module")
def _by_hand(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("rows"))
        patch.setattr(job, "has_polars", lambda: False)
        yield


def values(row: tuple[str, float, str]) -> list[str]:
    return [*map(str, row), f"{2 * row[1]:.0f}".replace("-0", "0"), "ok", "2", "ok"]


def read(file: str, separator: str) -> list[list[str]]:
    text = Path(file).read_bytes().decode()
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


@settings(max_examples=60)
@given(ROWS, st.sampled_from([",", "\t"]), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
def test_words_pass_through(
    rows: list[tuple[str, float, str]], separator: str, end: str, marked: bool, is_tsv: bool
) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=separator, lineterminator=end)
    writer.writerows([["left", "x", "right"], *rows])
    Path("a.csv").write_bytes(b"\xef\xbb\xbf" * marked + stream.getvalue().encode())
    target = "b.tsv" if is_tsv else "b.csv"
    assert run(["map", "y = 2*x", "a.csv", "-o", target]) == 0
    heading, *found = read(target, "\t" if is_tsv else ",")
    assert heading == ["left", "x", "right", "y", "y_status", "dy_dx", "dy_dx_status"]
    assert [[*row[:3], row[3].replace("-0", "0"), *row[4:]] for row in found] == list(map(values, rows))


@settings(max_examples=40)
@given(ROWS, st.sampled_from([None, True, 3, [1, "a"]]))
def test_members_pass_through(rows: list[tuple[str, float, str]], more: object) -> None:
    objects = [{"left%": left, "x": x, 'ri"ght': right, "more": more} for left, x, right in rows]
    text = "".join(f"{json.dumps(each, ensure_ascii=len(each) > 3)}\n" for each in objects)
    Path("a.jsonl").write_text(text, encoding="utf-8")
    assert run(["map", "y = 2*x", "a.jsonl", "-o", "b.jsonl"]) == 0
    found = [json.loads(line) for line in Path("b.jsonl").read_text(encoding="utf-8").split("\n")[:-1]]
    new = [{"y": 2 * each["x"], "y_status": "ok", "dy_dx": 2.0, "dy_dx_status": "ok"} for each in objects]
    assert found == [{**each, **more} for each, more in zip(objects, new, strict=True)]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_processes_write_what_one_writes(ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [*map(repr, range(-1, 18000)), "0.1", "", "nan", "1e300"]
    if ending == "csv":
        lines = ["x,note", *(f'{x},"a, {at}"' for at, x in enumerate(numbers))]
    else:
        lines = [
            json.dumps({"x": json.loads(x or "null") if x != "nan" else x, "%": at}) for at, x in enumerate(numbers)
        ]
    Path(f"many.{ending}").write_text("\n".join([*lines, ""]), encoding="utf-8")
    words = ["map", "y = log(x)", f"many.{ending}", "--allow-nonfinite"]
    assert run([*words, "-o", f"one.{ending}"]) == 0
    monkeypatch.setattr(plain_writer, "MANY_ROWS", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    assert run([*words, "-o", f"three.{ending}"]) == 0
    assert Path(f"one.{ending}").read_bytes() == Path(f"three.{ending}").read_bytes()


@posix
def test_the_work_of_a_process_that_was_killed_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[subprocess.Popen[bytes]] = []

    def kill(number: int) -> int:
        if number == 3:
            begun[0].kill()
            begun[0].wait()
        return number

    begin = processes._begin
    monkeypatch.setattr(processes, "_begin", lambda: begun.append(begin()) or begun[-1])
    heard = signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # as the command has it
    try:
        assert list(processes.map_by_processes(abs, map(kill, range(20)))) == list(range(20))
    finally:
        signal.signal(signal.SIGPIPE, heard)
    assert all(process.wait() is not None for process in begun)


def test_the_work_of_a_process_that_ends_within_its_answer_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    half = "import sys; sys.stdout.buffer.write(b'\\x80\\x05\\x95\\xff\\x00\\x00\\x00\\x00\\x00\\x00\\x00K')"
    command = [sys.executable, "-c", half]
    begin = lambda: subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: E731
    monkeypatch.setattr(processes, "_begin", begin)
    assert list(processes.map_by_processes(abs, range(-4, 4))) == [4, 3, 2, 1, 0, 1, 2, 3]
