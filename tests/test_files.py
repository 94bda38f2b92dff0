"""Files that the command writes and reads: whole or not at all, with their old properties, and within bounds."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from cgraph_cli.commands.shared.whole_file import whole_file
from cgraph_cli.core.errors import CgraphError
from tests.conftest import ROOT, Run
from tests.needs import posix

LONG = "y = " + " + ".join(f"sin(x*{k})" for k in range(1500))
MOST = 24_576


@posix
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("args", [["emit", "python", "-"], ["eval", "-", "--x", "1", "-o", "csv"]])
def test_what_does_not_fit_is_no_success(tmp_path: Path, unbuffered: str, args: list[str]) -> None:
    with open(tmp_path / "out", "wb") as out:
        done = subprocess.run(
            [sys.executable, "-m", "cgraph_cli", *args],
            input=LONG.encode(),
            stdout=out,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": unbuffered},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (MOST, MOST)),
            check=False,
        )
    assert done.returncode == 2
    assert b"the result cannot be written" in done.stderr
    assert (tmp_path / "out").stat().st_size <= MOST


def write(file: Path, text: bytes = b"new") -> None:
    with whole_file(str(file)) as stream:
        stream.write(text)


@posix
def test_a_file_keeps_what_it_has(tmp_path: Path) -> None:
    file = tmp_path / "out.py"
    file.write_text("old")
    file.chmod(0o2751)
    if os.getuid() == 0:
        os.chown(file, 12345, 23456)
        file.chmod(0o2751)
    before = file.stat()
    write(file)
    after = file.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert file.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["out.py"]


@posix
def test_a_file_keeps_its_other_names(tmp_path: Path) -> None:
    file, other, link = tmp_path / "out.py", tmp_path / "other.py", tmp_path / "link.py"
    file.write_text("old, and longer")
    os.link(file, other)
    link.symlink_to("other.py")
    write(link)
    assert (file.read_bytes(), other.read_bytes(), link.is_symlink()) == (b"new", b"new", True)
    assert sorted(os.listdir(tmp_path)) == ["link.py", "other.py", "out.py"]


def test_a_read_only_file_is_refused(cgraph: Run, tmp_path: Path) -> None:
    file = tmp_path / "out.py"
    file.write_text("old")
    file.chmod(0o444)
    done = cgraph("emit", "python", "x^2", "-o", str(file))
    assert (done.returncode, file.read_text()) == (2, "old")
    assert "is read-only" in done.stderr
    assert os.listdir(tmp_path) == ["out.py"]


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with whole_file(str(tmp_path / "out")) as stream:
            stream.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert os.listdir(tmp_path) == []


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_process_that_is_ended_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    program = (
        "import signal, sys, time\nfrom cgraph_cli.commands.shared.whole_file import whole_file\n"
        # Under nohup the suite itself ignores SIGHUP, and what it starts would inherit that.
        f"signal.signal({int(number)}, signal.SIG_DFL)\n"
        f"with whole_file({str(tmp_path / 'out')!r}) as stream:\n"
        "    stream.write(b'half')\n    print('ready', flush=True)\n    time.sleep(60)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=env) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert len(os.listdir(tmp_path)) == 1
        process.send_signal(number)
        assert process.wait() == -number
    assert os.listdir(tmp_path) == []


def test_a_thread_can_write(tmp_path: Path) -> None:
    thread = threading.Thread(target=write, args=(tmp_path / "out",))
    thread.start()
    thread.join()
    assert (tmp_path / "out").read_bytes() == b"new"


# Files of inputs


@pytest.mark.parametrize("text", ['{"a": 1, "b": 2, "a": 3}', '{"b": {"a": 1, "a": 2}}'])
def test_a_key_that_stands_there_twice(cgraph: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "in.json").write_text(text)
    done = cgraph("eval", "a + b", "--inputs", "in.json", cwd=tmp_path)
    assert done.returncode == 2
    assert "`a` stands there twice" in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 30_000 + "a = true",
        " " * 30_000 + "a = true",
        " " * 30_000 + "[" + " " * 30_000 + "a]\nb = 1",
        "[\n" * 30_000,
        "a" + ".a" * 20_000 + " = 1",
        "a = {a" + ".a" * 20_000 + " = 1}",
        "[" + '"a,b".' * 8_000 + "a]\nb = 1",
        "a = " + "[" * 100_000,
        "a = " + "{a = " * 50_000,
        "# " + "." * 5_000 + "\na = true",
        '"' * 50_000,
        "'" * 50_001,
        '"\\' * 20_000,
        "a = 1\n" * 200_000,
    ],
)
@pytest.mark.parametrize("ending", ["toml", "json"])
def test_no_text_of_inputs_takes_long(cgraph: Run, tmp_path: Path, text: str, ending: str) -> None:
    (tmp_path / f"in.{ending}").write_text(text)
    started = time.process_time()
    done = cgraph("eval", "a", "--inputs", f"in.{ending}", cwd=tmp_path)
    assert time.process_time() - started < 5
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert len(done.stderr) < 2000


def test_arrays_of_many_numbers_are_no_long_keys(cgraph: Run, tmp_path: Path) -> None:
    numbers = [at + 0.5 for at in range(500)]
    (tmp_path / "in.toml").write_text(f"b = {json.dumps(numbers)}\na = 2.5\n")
    done = cgraph("eval", "a", "--inputs", "in.toml", "--get", "a", cwd=tmp_path)
    assert "more than 100 parts" not in done.stderr


def test_a_folder_that_is_closed(tmp_path: Path) -> None:
    with pytest.raises(CgraphError, match="there is no folder"):
        write(tmp_path / "none" / "out")
