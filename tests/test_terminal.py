"""The command at a real terminal: a pseudo-terminal of a given width, on stdout and stderr."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT, heavy
from tests.needs import need_program

SEED = ["eval", "c = a + b; d = b + 1; e = c * d", "--a", "3", "--b", "1"]
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def terminal(args: list[str], columns: int = 80, **env: str) -> str:
    """Read the command's output on a terminal, with its control sequences."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-m", "cgraph_cli", *args]
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment | env):
        os.close(slave)
        data, deadline = b"", time.monotonic() + 90
        while time.monotonic() < deadline:
            if not select.select([master], [], [], 1)[0]:
                continue
            try:
                chunk = os.read(master, 65536)
            except OSError:  # Linux says so where the other end has closed
                break
            if not chunk:
                break
            data += chunk
    os.close(master)
    return data.decode()


def test_a_terminal_gets_colour_and_boxes() -> None:
    shown = terminal(SEED)
    assert "\x1b[" in shown
    lines = _ESCAPE.sub("", shown).splitlines()
    assert lines[0].startswith("╭")
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_where_it_is_not_wanted(env: dict[str, str]) -> None:
    assert "\x1b[" not in terminal(SEED, **env)


def test_errors_are_coloured_too() -> None:
    shown = terminal(["eval", "2x"])
    assert "\x1b[31m" in shown
    assert _ESCAPE.sub("", shown).startswith("error: ")


def test_a_narrow_terminal_wraps_no_line() -> None:
    for columns in (40, 60):
        lines = _ESCAPE.sub("", terminal([*SEED, "--mode", "both", "--digits", "12"], columns)).splitlines()
        assert max(map(len, lines)) <= columns


@heavy
def test_long_work_shows_a_progress_bar(tmp_path: Path) -> None:
    program = tmp_path / "long.cg"
    # calls of a function take longer to read than other statements, so that the bar has time to show
    steps = "".join(f"x{k} = step(x{k - 1}, b)\n" for k in range(1, 60_000))
    program.write_text(f"step(x, b) = x*b + 0.5\nx0 = a\n{steps}")
    shown = terminal(["eval", str(program), "--a", "3", "--b", "0.5", "--get", "x9"])
    assert "reading" in shown
    assert "━" in shown
    assert _ESCAPE.sub("", shown).rstrip().endswith("1.00390625")
    piped = subprocess.run(
        [sys.executable, "-m", "cgraph_cli", "eval", str(program), "--a", "3", "--b", "0.5", "--get", "x9"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    said = b"note: the program has more than 100,000 nodes: its digits are not certified\n"
    assert (piped.stdout, piped.stderr) == (b"1.00390625\n", said)


def test_short_work_shows_none() -> None:
    assert "━" not in terminal(["eval", "a", "--a", "1", "--get", "a"])


def test_in_tmux(tmp_path: Path) -> None:
    """The screen that a person sees, by way of a real terminal emulator."""
    tmux = [need_program("tmux"), "-L", f"cgraph-{os.getpid()}", "-f", "/dev/null"]
    script = tmp_path / "run.sh"
    quoted = " ".join(f"'{arg}'" for arg in SEED)
    script.write_text(f"PYTHONPATH='{ROOT}' LC_ALL=C.UTF-8 '{sys.executable}' -m cgraph_cli {quoted}; echo done; cat\n")
    subprocess.run([*tmux, "new-session", "-d", "-x", "80", "-y", "24", f"sh '{script}'"], check=True)
    try:
        for _ in range(60):
            done = subprocess.run([*tmux, "capture-pane", "-p"], capture_output=True, check=True, text=True)
            if "done" in done.stdout:
                break
            time.sleep(0.5)
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)
    screen = done.stdout.splitlines()
    assert screen[1].split() == ["│", "│", "node", "│", "expression", "│", "value", "│", "∂e/∂node", "│"]
    assert screen[8].split() == ["│", "out", "│", "e", "│", "c", "*", "d", "│", "8", "│", "1", "│"]
