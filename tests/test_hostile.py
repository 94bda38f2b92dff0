"""Malicious or very large input: each ends in the right answer or in a clear error, within bounds."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT, heavy

SECONDS = 60
MEMORY = 2 * 1024**3  # of address space, of which less than a half is used

DOUBLING = "f0(x) = x + x\n" + "".join(f"f{k}(x) = f{k - 1}(f{k - 1}(x))\n" for k in range(1, 60)) + "f59(a)"

DOUBLES = ["--get", "%1", "--arithmetic", "double"]


def bounded(args: list[str], stdin: bytes = b"", feed: Callable[[], None] | None = None) -> tuple[int, str, str]:
    """Run the command with 2 GB of address space and a minute of time."""
    with subprocess.Popen(
        [sys.executable, "-m", "cgraph_cli", *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    ) as process:
        if feed is not None:
            threading.Thread(target=feed, daemon=True).start()
        out, err = process.communicate(stdin, timeout=SECONDS)
    assert b"Traceback" not in err
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("share", [25, pytest.param(1, marks=heavy)])
@pytest.mark.parametrize(
    ("count", "text", "args", "status", "expected"),
    [
        pytest.param(count, text, args, status, expected, id=name)
        for name, count, text, args, status, expected in [
            ("parentheses", 300_000, lambda n: "(" * n + "a" + ")" * n, ["--a", "3", "--get", "a.grad"], 0, "1\n"),
            ("unclosed", 300_000, lambda n: "(" * n + "a", ["--a", "3"], 2, "`(` is never closed"),
            ("minus", 300_000, lambda n: "-" * (n + 1) + "a", ["--a", "3", "--get", "a.grad"], 0, "-1\n"),
            ("names", 200_000, lambda n: " + ".join(f"a{k}" for k in range(n)), [], 2, "and {} more have no value"),
            ("digits", 30_000_000, lambda n: "a = " + "1" * n, [], 2, "is too large for a double"),
            ("name", 30_000_000, lambda n: "a" * n, [], 2, "a name has at most 1,000 letters"),
            ("exponents", 15_000_000, lambda n: "1e" * n, [], 2, "no operator between"),
            ("underscores", 15_000_000, lambda n: "1_" * n, [], 2, "is not a number"),
            ("accents", 10_000_000, lambda n: "a\u0300" * n, [], 2, "is not part of the language"),
            ("open", 30_000_000, lambda n: "(" * n, [], 2, "nested more than 1,000,000 deep"),
            ("signs", 30_000_000, lambda n: "-" * n + "a", [], 2, "nested more than 1,000,000 deep"),
            ("line ends", 31_000_000, lambda n: "\n" * n, [], 2, "the program is empty"),
            ("semicolons", 31_000_000, lambda n: ";" * n, [], 2, "the program is empty"),
            ("comments", 7_500_000, lambda n: "a\n" + "# x\n" * n, ["--a", "3", "--get", "a"], 0, "3\n"),
            (
                "constants",
                300_000,
                lambda n: "".join(f"const c{k} = 2\n" for k in range(n)) + "c1",
                ["--get", "c0"],
                0,
                "2\n",
            ),
            (
                "arrays",
                15_000,
                lambda n: (
                    "".join(f"v{k}[0] = a; v{k}[t + 1] = v{k}[t] for t in range(1)\n" for k in range(n)) + "v0[1]"
                ),
                ["--a", "3", "--get", "a.grad"],
                0,
                "1\n",
            ),
            (
                "steps",
                100_000,
                lambda n: f"h[0] = a; h[t + 1] = h[t]/2 + 1 for t in range({n}); h[-1]",
                ["--a", "3", "--get", "h[0]"],
                0,
                "3\n",
            ),
            ("operands", 1_000_000, lambda n: f"max({','.join(['1.5'] * n)})", DOUBLES, 0, "1.5\n"),
        ]
    ],
)
def test_long_programs(
    count: int, text: Callable[[int], str], args: list[str], status: int, expected: str, share: int
) -> None:
    size = count // share
    found, out, err = bounded(["eval", "-", *args], text(size).encode())
    assert found == status, err[:500]
    assert expected.format(f"{size - 12:,}") in out + err
    assert len(err) < 5000


@pytest.mark.parametrize(
    ("text", "args", "status", "expected"),
    [
        pytest.param(DOUBLING, ["--max-nodes", "50000"], 2, "more than 50,000 nodes", id="doubling"),
        pytest.param(DOUBLING, [], 2, "more than 2,800,000 nodes", id="doubling a lot", marks=heavy),
        pytest.param("a" + " " * 40_000_000, ["--a", "3"], 2, "has more than 32,000,000 bytes", id="long line"),
        pytest.param("a = \0 3", [], 2, "U+0000", id="nul"),
        pytest.param("a = 3\udc80", [], 2, "0xED", id="surrogate"),
        pytest.param("a" * 1000, [], 2, "has no value", id="long name"),
    ],
)
def test_programs(text: str, args: list[str], status: int, expected: str) -> None:
    found, out, err = bounded(["eval", "-", *args], text.encode("utf-8", "surrogatepass"))
    assert found == status, err[:500]
    assert expected in out + err
    assert len(err) < 5000


@pytest.mark.parametrize(
    ("number", "shown"),
    [("inf", "inf"), ("0" * 100_000 + "1", "1"), ("-0e-999", "0"), ("1e-320", "1e-320")],
)
def test_numbers(number: str, shown: str) -> None:
    _, out, _ = bounded(["eval", "a", "--a", number, "--get", "a"])
    assert float(out) == float(shown)


def test_inputs_that_are_not_finite(tmp_path: Path) -> None:
    file = tmp_path / "inputs.json"
    file.write_text('{"a": NaN, "b": -Infinity, "c": Infinity}')
    status, out, _ = bounded(["eval", "a + b + c", "--inputs", str(file), "--get", "a,b,c"])
    assert (status, out) == (3, "nan\n-inf\ninf\n")


def test_a_pipe_that_closes_half_way(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def feed() -> None:
        with open(pipe, "wb") as stream:
            stream.write(b"c = a + b\nd = (c +")

    status, _, err = bounded(["eval", "-f", str(pipe), "--a", "1", "--b", "2"], feed=feed)
    assert status == 2
    assert "`(` is never closed" in err or "has no value" in err


def test_the_bounds_can_be_raised() -> None:
    assert bounded(["eval", "-", "--max-size", "4"], b"1 + 1")[0] == 2
    assert bounded(["eval", "-", "--max-size", "5"], b"1 + 1")[0] == 0
    assert bounded(["eval", "1 + 1", "--max-nodes", "2"])[0] == 2
    assert bounded(["eval", "1 + 1", "--max-nodes", "3"])[0] == 0


def test_a_program_is_never_written_to(tmp_path: Path) -> None:
    file = tmp_path / "model.cg"
    file.write_bytes(b"a = 3\r\nb = a\r\n")
    file.chmod(0o444)
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    assert bounded(["eval", str(file)])[0] == 0
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before
