"""Streams and terminals: colour, characters, broken pipes, interrupts, full disks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Run
from tests.needs import full_disk, need_library, posix
from tests.test_eval import SEED

# Streams and the terminal


@pytest.mark.parametrize(
    ("env", "option", "coloured"),
    [
        ({}, "auto", False),
        ({"FORCE_COLOR": "1"}, "auto", True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, "auto", False),
        ({}, "always", True),
        ({"NO_COLOR": "1"}, "always", True),
        ({"FORCE_COLOR": "1"}, "never", False),
    ],
)
def test_color(cgraph: Run, env: dict[str, str], option: str, coloured: bool) -> None:
    done = cgraph("eval", SEED, "--a", "3", "--b", "1", "--color", option, env=env)
    assert ("\x1b[" in done.stdout) == coloured


@pytest.mark.parametrize("env", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "POSIX"}])
def test_ascii_terminals(cgraph: Run, env: dict[str, str]) -> None:
    for args in (
        ["eval", "θ² + 漢", "--θ", "2", "--漢", "1"],
        ["eval", "θ² + 漢", "--θ", "2", "--漢", "1", "-o", "json"],
        ["eval", "θ² + "],
        ["eval", "--help"],
        ["functions"],
    ):
        done = cgraph(*args, env=env)
        assert done.returncode in (0, 2)
        assert (done.stdout + done.stderr).isascii()
        assert "Traceback" not in done.stderr
    assert "d%2/dnode" in cgraph("eval", "θ² + 1", "--θ", "2", env=env).stdout


def test_a_dumb_terminal_gets_plain_characters(cgraph: Run) -> None:
    done = cgraph("eval", SEED, "--a", "3", "--b", "1", env={"TERM": "dumb"})
    assert "+-----" in done.stdout
    assert "│" not in done.stdout


def start(*args: str, buffered: bool = True, **more: Any) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "" if buffered else "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "cgraph_cli", *args], env=environment, stderr=subprocess.PIPE, **more
    )


@posix
def test_a_broken_pipe_is_silent() -> None:
    program = "x0 = a\n" + "".join(f"x{k} = x{k - 1} + 1\n" for k in range(1, 3000))
    with start("eval", "-", "--a", "0", "-o", "csv", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(program.encode())
        process.stdin.close()
        assert process.stdout.readline() == b"node,kind,expression,value,status,gradient_x2999,gradient_status_x2999\n"
        process.stdout.close()
        assert process.stderr.read() == b""


@posix
def test_an_interrupt_is_silent() -> None:
    # A shell lets what it runs in the background ignore the signal, these tests perhaps among it.
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "sys.argv = ['cgraph', 'eval', '-']; from cgraph_cli.__main__ import start; start()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, b"")


@posix
def test_an_interrupt_while_an_object_is_taken_down_is_no_less_one() -> None:
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "class Late:\n"
        "    def __del__(self): signal.raise_signal(signal.SIGINT)\n"
        "import cgraph_cli.__main__ as cgraph\n"
        "def run(args):\n"
        "    Late()\n"
        "    while True: pass\n"
        "cgraph.run = run; cgraph.start()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, b"")


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_a_compiled_call_that_answers_none(tmp_path: Path, number: int) -> None:
    code = (
        "import ctypes, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import cgraph_cli.__main__ as cgraph\n"
        "from cgraph_cli.commands.shared.whole_file import whole_file\n"
        "def run(args):\n"
        "    with whole_file('found.csv') as stream:\n"
        "        print(flush=True)\n"
        "        mutex = ctypes.create_string_buffer(64)\n"
        "        while True: ctypes.CDLL(None).pthread_mutex_lock(mutex)  # the second waits for ever\n"
        "cgraph.run = run; cgraph.start()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode in (128 + number, -number)
    assert errors == b""
    assert os.listdir(tmp_path) == []


@posix
def test_an_interrupt_ends_a_drawing_that_answers_none(tmp_path: Path) -> None:
    need_library("resvg_py")
    (tmp_path / "resvg_py.py").write_text(
        "import ctypes, pathlib\n"
        "def svg_to_bytes(**asked):\n"
        "    pathlib.Path(__file__).with_suffix('.started').touch()\n"
        "    ctypes.PyDLL(None).sleep(60)  # as a compiled library does that keeps the interpreter's lock\n"
    )
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "sys.argv = ['cgraph', 'graph', 'sin(x)', '--x', '1', '-o', 'sine.png']; "
        "from cgraph_cli.__main__ import start; start()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while process.poll() is None and not (tmp_path / "resvg_py.started").exists():
        time.sleep(0.05)
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, b"")
    assert time.monotonic() - asked < 10
    assert not list(tmp_path.glob("*.p*g*"))


@full_disk
@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("args", [["eval", "a", "--a", "3"], ["eval", "log(a)", "--a=-1", "-o", "csv"], ["--help"]])
def test_a_full_disk_is_told(args: list[str], buffered: bool) -> None:
    with open("/dev/full", "wb") as full:
        process = start(*args, stdin=subprocess.DEVNULL, stdout=full, buffered=buffered)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (2, b"error: the result cannot be written: No space left on device\n")


@posix
@pytest.mark.parametrize(
    ("closed", "errors"),
    [
        (">&-", "error: the result cannot be written: Bad file descriptor\n"),
        (">&- 2>&-", ""),
        pytest.param(">&- 2>/dev/full", "", marks=full_disk),
    ],
)
@pytest.mark.parametrize("words", ["eval a --a 3", "eval a --a 3 -o csv", "--version", "--help"])
def test_a_closed_stdout_is_told(words: str, closed: str, errors: str) -> None:
    command = f"{sys.executable} -m cgraph_cli {words} {closed}"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, shell=True, capture_output=True, text=True, env=env, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (2, errors)


@posix
@pytest.mark.parametrize("words", ["eval 2x", "eval a --a", "eval a --nope=", "check a --seed", ""])
@pytest.mark.parametrize("closed", ["2>&-", ">&- 2>&-", pytest.param("2>/dev/full", marks=full_disk)])
def test_an_error_that_cannot_be_shown_is_a_status_all_the_same(words: str, closed: str) -> None:
    command = f"{sys.executable} -m cgraph_cli {words} {closed}"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, shell=True, capture_output=True, text=True, env=env, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")
