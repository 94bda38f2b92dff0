"""The library: each function against the command of its name, the modules it loads, and the package's names."""

from __future__ import annotations

import ast
import doctest
import gc
import io
import json
import locale
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib import import_module
from math import pi
from pathlib import Path

import pytest

import cgraph_cli
import cgraph_cli as cg
from cgraph_cli import library
from cgraph_cli.__main__ import main
from tests.command import Stream
from tests.conftest import ROOT, Run
from tests.needs import need_library, posix
from tests.test_architecture import loaded_by

OLAH = "c = a + b; d = b + 1; e = c * d"
POINT = {"a": 3, "b": 1}
ARGS = [OLAH, "--a", "3", "--b", "1"]
FUNCTIONS = sorted(name for name in cgraph_cli.__all__ if name.islower() and name != "__version__" and name != "parse")


@pytest.mark.parametrize("name", ["cgraph_cli", *sorted({getattr(library, name).__module__ for name in FUNCTIONS})])
def test_the_examples_of_docstrings_run(name: str) -> None:
    failed, attempted = doctest.testmod(
        import_module(name), extraglobs={name: getattr(library, name) for name in FUNCTIONS}
    )
    assert not failed
    assert attempted


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_an_example(name: str) -> None:
    assert ">>> " in (getattr(cgraph_cli, name).__doc__ or "")
    assert getattr(cgraph_cli, name) is getattr(library, name)


# Each function answers as its command does


@pytest.mark.parametrize(
    ("args", "answer"),
    [
        (["eval", *ARGS], lambda: cg.report(OLAH, POINT)),
        (["eval", *ARGS, "--tangent", "b=2"], lambda: cg.report(OLAH, POINT, direction={"b": 2})),
        (["eval", *ARGS, "--seed", "e=2", "--wrt", "a,c"], lambda: cg.report(OLAH, POINT, seeds={"e": 2}, wrt="a,c")),
        (["eval", "x/3", "--x", "0.1", "--precision", "40"], lambda: cg.report("x/3", {"x": "0.1"}, precision=40)),
        (["eval", "log(x)", "--x", "0", "--arithmetic", "double"],
         lambda: cg.report("log(x)", {"x": 0}, arithmetic="double")),
        (["eval", "sin(x)/x", "--x", "0"], lambda: cg.report("sin(x)/x", {"x": 0})),
        (["jacobian", *ARGS, "--of", "c,d"], lambda: cg.jacobian(OLAH, POINT, of=["c", "d"])),
        (["hessian", *ARGS], lambda: cg.hessian(OLAH, POINT)),
        (["hessian", *ARGS, "--hvp", "a=1,b=2"], lambda: cg.hessian(OLAH, POINT, direction={"a": 1, "b": 2})),
        (["budget", "x^2*y", "--x", "1 ± 0.1", "--y", "2.0(3)", "--corr", "x,y=0.5", "--coverage", "90%"],
         lambda: cg.budget("x^2*y", {"x": "1 ± 0.1", "y": "2.0(3)"}, correlations={"x,y": 0.5}, coverage=0.9)),
        (["eval", "x^2*y", "--x", "1 ± 0.1", "--y", "2"], lambda: cg.report("x^2*y", {"x": "1 ± 0.1", "y": 2})),
        (["taylor", "sin(x)", "--x", "pi/6", "--order", "4"], lambda: cg.taylor("sin(x)", {"x": "pi/6"}, 4)),
        (["explain", *ARGS], lambda: cg.explain(OLAH, POINT)),
        (["check", OLAH, "--samples", "5"], lambda: cg.check(OLAH, samples=5)),
        (["check", *ARGS, "--expect", "a.grad=3"], lambda: cg.check(OLAH, POINT, expect={"a.grad": 3})),
        (["compare", OLAH, "e = (a + b)*b", "--samples", "5"], lambda: cg.compare(OLAH, "e = (a + b)*b", samples=5)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_a_function_answers_as_its_command(args: list[str], answer: Callable[[], library.Result], cgraph: Run) -> None:
    printed = json.loads(cgraph(*args, "-o", "json").stdout)
    assert json.loads(cgraph_cli.render(answer(), "json")) == printed


@pytest.mark.parametrize(
    ("args", "answer"),
    [
        (["diff", OLAH], lambda: cg.differentiate(OLAH)),
        (["diff", "x^4*y", "--order", "2", "--expand", "--y", "2"],
         lambda: cg.differentiate("x^4*y", {"y": 2}, order=2, expand=True)),
        (["diff", OLAH, "-o", "latex"], lambda: cg.differentiate(OLAH, format="latex")),
        (["emit", "c", OLAH, "--name", "model", "--hessian"],
         lambda: cg.emit(OLAH, "c", name="model", hessian=True)),
        (["emit", "python", *ARGS, "--wrt", "b"], lambda: cg.emit(OLAH, "python", POINT, wrt="b")),
        (["graph", *ARGS], lambda: cg.draw(OLAH, POINT)),
        (["graph", OLAH], lambda: cg.draw(OLAH)),
        (["graph", "b = 2; b^2"], lambda: cg.draw("b = 2; b^2")),
        (["graph", *ARGS, "-o", "dot", "--of", "c"], lambda: cg.draw(OLAH, POINT, "dot", of="c")),
        (["graph", *ARGS, "-o", "mermaid", "--mode", "forward", "--wrt", "b"],
         lambda: cg.draw(OLAH, POINT, "mermaid", mode="forward", wrt="b")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_a_function_writes_what_its_command_prints(args: list[str], answer: Callable[[], str], cgraph: Run) -> None:
    assert answer() == cgraph(*args).stdout


@pytest.mark.parametrize("format", ["svg", "html"])
def test_pictures_and_pages(format: str, cgraph: Run) -> None:
    need_library("igraph")
    assert cgraph_cli.draw(OLAH, None, format) == cgraph("graph", OLAH, "-o", format).stdout


def test_a_sweep_answers_as_its_command(cgraph: Run) -> None:
    rows = json.loads(cgraph("sweep", OLAH, "--over", "a=1,2", "--over", "b=0:1:3n", "-o", "json").stdout)["rows"]
    found = list(cgraph_cli.sweep(OLAH, {"a": [1, 2], "b": "0:1:3n"}))
    assert [point for point, _ in found] == [row["inputs"] for row in rows]
    assert [answer.values[answer.graph.output] for _, answer in found] == [row["outputs"]["e"]["value"] for row in rows]


# Programs, inputs and labels


def test_a_graph_is_taken_for_a_program_and_stays_as_it_is() -> None:
    graph = cgraph_cli.parse(OLAH)
    assert cgraph_cli.report(graph, POINT).values == cgraph_cli.report(OLAH, POINT).values
    assert "a=3" in cgraph_cli.emit(graph, "python", POINT)
    assert graph.numbers[graph.find("a")] is None


def test_an_input_may_be_a_constant_expression() -> None:
    assert cgraph_cli.evaluate("x", {"x": "2*pi"}).value("x") == 2 * pi
    with pytest.raises(cgraph_cli.InputError, match="is not a number"):
        cgraph_cli.evaluate("x", {"x": "2*y"})


@pytest.mark.parametrize("seed", ["e", 4])
def test_seeds_are_labels_or_positions(seed: str | int) -> None:
    evaluation = cgraph_cli.evaluate("c = a*b; e = c + a", {"a": 2, "b": 3})
    seed = evaluation.graph.find("e") if seed == 4 else seed
    assert cgraph_cli.sweep_reverse(evaluation, {seed: 2})[evaluation.graph.find("a")] == 8  # type: ignore[misc]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: cg.report("y = 2x"), "no operator"),
        (lambda: cg.report(OLAH, {"a": 1}), "the input `b` has no value"),
        (lambda: cg.report(OLAH, {**POINT, "q": 1}), "no input `q`"),
        (lambda: cg.report(OLAH, POINT, of="q"), "does not have"),
        (lambda: cg.report(OLAH, POINT, mode="backward"), "`mode` cannot be `backward`"),
        (lambda: cg.report(OLAH, POINT, arithmetic="decimal"), "`arithmetic` cannot be"),
        (lambda: cg.report(OLAH, POINT, precision=0), "`precision` cannot be 0"),
        (lambda: cg.report(OLAH, POINT, mode="reverse", direction={"a": 1}), "sweeps forward"),
        (lambda: cg.sweep_reverse(cg.evaluate(OLAH, POINT), {"q": 1}), "`seeds` names `q`"),
        (lambda: cg.sweep(OLAH, {"a": []}, {"b": 1}), "has no numbers"),
        (lambda: cg.sweep(OLAH, {"a": "1:2"}, POINT), "both a number and a range"),
        (lambda: cg.sweep(OLAH, {"c": [1]}), "`c` is computed"),
        (lambda: cg.budget(OLAH, POINT), "no input has an uncertainty"),
        (lambda: cg.budget("x", {"x": "1(1)"}, coverage=95), "`coverage` cannot be 95"),
        (lambda: cg.budget("x", {"x": "1(1)"}, correlations={"x": 1}), "`correlations` cannot have `x`"),
        (lambda: cg.taylor("x", {"x": 1}, -1), "`order` cannot be -1"),
        (lambda: cg.differentiate("1 + 1"), "no input to differentiate"),
        (lambda: cg.differentiate("x", order=0), "`order` cannot be 0"),
        (lambda: cg.emit(OLAH, "fortran"), "there is no target `fortran`"),
        (lambda: cg.emit(OLAH, "c", {"e": 1}), "`e` is computed"),
        (lambda: cg.check(OLAH, ranges={"a": (0, 1)}), "there are none"),
        (lambda: cg.check(OLAH, samples=0), "`samples` cannot be 0"),
        (lambda: cg.compare("y = x", "z = x; w = z"), "share no output"),
        (lambda: cg.draw(OLAH, POINT, "svgz"), "did you mean `svg`"),
        (lambda: cg.report("y = sum(x)", {"x": [None, 1]}), "`x` is no array of numbers"),
        (lambda: cg.report("y = sum(x)", {"x": [1j]}), "`x` is no array of numbers"),
        (lambda: cg.compile(OLAH, name="1f"), "cannot be a function's name"),
        (lambda: cg.render(cg.jacobian(OLAH, POINT), "__init__"), "`format` cannot be `__init__`"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_an_error_in_words(wrong: Callable[[], object], words: str) -> None:
    with pytest.raises(cgraph_cli.CgraphError) as caught:
        wrong()
    assert words in str(caught.value)


# The package's names


def test_no_function_loads_click_or_rich() -> None:
    page = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    used = [name for name in FUNCTIONS if f"{name}(" in page]
    assert used == FUNCTIONS
    blocks = [block.split("```")[0] for block in page.split("```python\n")[1:]]
    code = "\n".join(block for block in blocks if "__main__" not in block)
    assert not loaded_by(code) & {"click", "rich"}


def test_what_is_not_asked_for_is_not_loaded() -> None:
    nothing = loaded_by("import cgraph_cli")
    assert {name for name in nothing if name.startswith("cgraph_cli")} == {
        "cgraph_cli", "cgraph_cli.core", "cgraph_cli.core.version"
    }  # fmt: skip
    code = (
        "from cgraph_cli import evaluate, sweep_reverse; sweep_reverse(evaluate('c = a*b', {'a': 1, 'b': 2}), {'c': 1})"
    )
    rooms = {f"cgraph_cli.{room}" for room in ("trust", "results", "render", "draw", "emit", "checks")}
    assert not loaded_by(code) & {"lark", "flint", "mpmath", *rooms}
    assert "numpy" not in loaded_by("import cgraph_cli; cgraph_cli.compile('y = x^2')(3.0)")


def test_rooms_do_not_hide_the_functions_of_their_names() -> None:
    code = (
        "import cgraph_cli.emit.targets.c, cgraph_cli.draw.drawing, cgraph_cli.render.view, cgraph_cli\n"
        "from cgraph_cli import draw, emit, render\n"
        "assert callable(draw) and callable(emit) and callable(render) and callable(cgraph_cli.emit)\n"
        "from cgraph_cli.emit import TARGETS; assert 'c' in TARGETS\n"
        "assert set(dir(cgraph_cli)) >= set(cgraph_cli.__all__)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, check=True)


def test_types_and_names_are_the_same_list() -> None:
    """Editors and mypy read the imports for type checkers, Python the table of homes."""
    path = Path(cgraph_cli.__file__)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typed = {(f"cgraph_cli.{home}", name) for home, names in cgraph_cli._HOMES.items() for name in names}
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert typed == {(node.module, alias.name) for node in imports for alias in node.names} - {
        ("typing", "TYPE_CHECKING"), ("__future__", "annotations"), ("importlib", "import_module"),
        ("cgraph_cli.core.version", "__version__"),
    }  # fmt: skip
    assert {name for _, name in typed} | {"__version__"} == set(cgraph_cli.__all__)
    assert (path.parent / "py.typed").exists()


# The command line, embedded


class Host:
    """All of a process that a command might change."""

    def __init__(self) -> None:
        import flint

        self.streams = sys.stdout, sys.stderr, sys.stdin
        self.manners = [(stream.encoding, stream.errors) for stream in self.streams]
        self.signals = [signal.getsignal(each) for each in signal.valid_signals()]
        self.numbers = gc.get_threshold(), sys.getrecursionlimit(), flint.ctx.prec, locale.setlocale(locale.LC_ALL)
        self.rest = dict(os.environ), list(sys.path), os.getcwd(), list(warnings.filters), threading.active_count()


WORDS = [
    (["eval", *ARGS, "--get", "e"], 0),
    (["eval", *ARGS], 0),
    (["eval", "(1 - cos(x))/x^2", "--x", "1e-9", "-o", "json"], 0),
    (["check", OLAH, "--samples", "2"], 0),
    (["eval", "log(x)", "--x", "-1"], 3),
    (["eval", "θ = 2x"], 2),
    (["no-such-command"], 2),
    (["--help"], 0),
    ([], 2),
]


@pytest.mark.parametrize("lang", ["C", "C.UTF-8"])
@pytest.mark.parametrize("thread", [False, True])
def test_the_command_line_leaves_its_host_as_it_was(thread: bool, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", lang)
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, Stream())
    before = vars(Host())
    written = []
    for args, status in [*WORDS, *WORDS]:
        given: list[int] = []
        if thread:
            worker = threading.Thread(target=lambda args=args, given=given: given.append(main(args)))
            worker.start()
            worker.join()
        else:
            given.append(main(args))
        assert given == [status], args
        assert vars(Host()) == before
        written.append(sys.stdout.text() + sys.stderr.text())  # type: ignore[attr-defined]
        for stream in (sys.stdout, sys.stderr):
            stream.bytes.truncate(0)  # type: ignore[attr-defined]
            stream.bytes.seek(0)  # type: ignore[attr-defined]
    assert written[: len(WORDS)] == written[len(WORDS) :]
    assert written[0] == "8\n"
    assert all(written)


def test_the_command_line_writes_to_whatever_stands_for_stdout() -> None:
    with redirect_stdout(io.StringIO()) as stream:
        assert main(["eval", *ARGS, "--get", "a.grad"]) == 0
    assert stream.getvalue() == "2\n"


def test_the_command_line_without_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["eval", *ARGS]) == 2
    assert sys.stdout is None
    assert sys.stderr is None


@pytest.mark.parametrize("format", ["table", "json"])
def test_a_broken_pipe_of_the_host_is_an_error_in_words(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Pipe(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, _: object) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    before = os.fstat(1)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", io.TextIOWrapper(Pipe(), write_through=True))
        patch.setattr(sys, "stderr", Stream())
        assert main(["eval", *ARGS, "-o", format]) == 2
        assert sys.stderr.text() == "error: the result cannot be written: Broken pipe\n"  # type: ignore[attr-defined]
    assert os.fstat(1) == before


def test_a_module_beside_the_program_is_not_taken_for_a_library(tmp_path: Path) -> None:
    for name in ("click", "rich", "json", "gc", "lark", "array", "typing"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken for a library')", encoding="utf-8")
    (tmp_path / "model.cg").write_text("c = a*b", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "cgraph_cli", "eval", "model.cg", "--a", "2", "--b", "3"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "c" in done.stdout


@posix
def test_a_process_of_its_own_ends_on_a_broken_pipe_in_silence(tmp_path: Path) -> None:
    code = "from cgraph_cli.__main__ import start; import sys; sys.argv[1:] = ['eval', 'a', '--a', '1']; start()"
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")


def test_arrays_are_given_as_lists_texts_and_numpy_arrays() -> None:
    numpy = need_library("numpy")
    for x in ([1, 2], "[1, 2]", (1.0, 2.0), numpy.array([1, 2]), numpy.array([1, 2], dtype=object)):
        answer = cgraph_cli.report("y = A @ x; s = sum(y^2)", {"A": [[1, 2], [3, 4]], "x": x})
        assert cgraph_cli.get(answer, "y") == [5.0, 11.0]
        assert cgraph_cli.get(answer, "x.grad") == [2 * (5 + 33), 2 * (10 + 44)]
        assert cgraph_cli.get(answer, "A.grad[1,0]") == 22.0
    assert cgraph_cli.check("sum((A @ x)^2)", {"A": [[1, 2], [3, 4]], "x": [1, 2]}).passed
    with pytest.raises(cgraph_cli.InputError, match="differ in shape"):
        cgraph_cli.report("sum(x)", {"x": [[1, 2], [3]]})
    assert cgraph_cli.compile("y = sum(x) + 2*z", {"x": [], "z": 1.0}, wrt="x")([], 3.0) == (6.0, ())
    with pytest.raises(cgraph_cli.InputError, match="no array of numbers"):
        cgraph_cli.report("sum(x)", {"x": numpy.ma.masked_less([-1.0, 1.0], 0)})
