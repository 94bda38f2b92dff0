"""Files of `cgraph graph -o`: their formats, and how they are written."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cgraph_cli.commands.shared.whole_file import whole_file
from cgraph_cli.core.errors import CgraphError
from tests.conftest import ROOT, Run
from tests.needs import need_library, posix
from tests.test_graph import AT, OLAH

# Files


@pytest.mark.parametrize("file", ["g.txt", "g.dot", "g.gv", "g.mmd", "g.json", "g.svg", "g.png", "G.SVG"])
def test_the_format_follows_the_ending(file: str, cgraph: Run, tmp_path: Path) -> None:
    if file.lower().endswith(("svg", "png")):
        need_library("igraph")
        need_library("resvg_py")
    done = cgraph("graph", OLAH, *AT, "-o", file, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    texts = {"txt": b"     node", "dot": b"digraph", "gv": b"digraph", "mmd": b"flowchart", "json": b"{"}
    begins = {**texts, "svg": b"<svg", "png": b"\x89PNG"}
    assert (tmp_path / file).read_bytes().startswith(begins[file.lower().rpartition(".")[2]])
    assert [path.name for path in tmp_path.iterdir()] == [file]


def test_a_format_may_be_named_for_a_file_of_any_name(cgraph: Run, tmp_path: Path) -> None:
    assert cgraph("graph", OLAH, "-o", "./dot", "--format", "dot", cwd=tmp_path).returncode == 0
    assert (tmp_path / "dot").read_text().startswith("digraph")
    assert cgraph("graph", OLAH, "--output", "-", "--format", "dot").stdout.startswith("digraph")
    assert cgraph("graph", OLAH, "-o", "dot").stdout.startswith("digraph")


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "kept.dot"
    file.write_text("before")
    file.chmod(0o640)
    link = tmp_path / "link.dot"
    link.symlink_to(file)
    with whole_file(str(link)) as stream:
        stream.write(b"after")
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode), link.is_symlink()) == ("after", 0o640, True)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(CgraphError, match="No space left on device"), whole_file(str(file)) as stream:
        stream.write(b"half")
    assert file.read_text() == "after"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept.dot", "link.dot"]


def test_a_file_stays_where_writing_it_fails_halfway(tmp_path: Path) -> None:
    file = tmp_path / "kept.dot"
    file.write_text("before")

    def fail() -> None:
        with whole_file(str(file)) as stream:
            stream.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("kept.dot", "before")]


@posix
def test_what_is_no_plain_file_is_written_to(cgraph: Run, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.dot"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        assert cgraph("graph", OLAH, "-o", str(pipe)).returncode == 0
        assert reader.communicate()[0].startswith(b"digraph")
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_text_format_loads_no_library_for_pictures() -> None:
    code = f"from cgraph_cli.__main__ import run; run(['graph', {OLAH!r}, '--a', '1', '--b', '2'])"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules, file=sys.stderr)"],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert not set(done.stderr.split()) & {
        "igraph",
        "resvg_py",
        "rich",
        "flint",
        "json",
        "cgraph_cli.draw.layout.layout",
    }
