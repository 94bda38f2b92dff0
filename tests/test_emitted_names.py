"""Emitted code of inputs whose names are reserved by its language, its headers or its compilers."""

from __future__ import annotations

import builtins
import keyword
import math
import re
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cgraph_cli.core.errors import CgraphError
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.emit import emit
from cgraph_cli.emit.targets.c import C
from cgraph_cli.emit.targets.javascript import JavaScript
from cgraph_cli.emit.targets.julia import Julia
from cgraph_cli.emit.targets.rust import Rust
from cgraph_cli.emit.targets.sql import Sql
from cgraph_cli.evaluation.sweeps import evaluate
from cgraph_cli.symbolic.program import parse
from tests.conftest import heavy
from tests.emitted import Case
from tests.emitted import emitted as emitted_in
from tests.needs import need_library, need_program
from tests.runners import RUNNERS

CHUNK = 60

OWN = """
_ __ ___ _x __x__ _Bool _Complex __LINE__ __FILE__ __func__ __FUNCTION__ __debug__ __name__ __builtins__ __proto__
M_PI M_E M_SQRT2 FP_NAN FP_ZERO MATH_ERRNO HUGE_VAL HUGE_VALF INFINITY NAN NULL EOF typeof unix linux i386 errno
math_errhandling isgreater fpclassify nullptr constexpr alignas static_assert thread_local inputs point step_0 step_1
value gradient hessian values f x t1 t2 d_dx v self this arguments eval undefined NaN Infinity globalThis window Math
Number await async let static yield get set of prototype constructor toString std core crate super Self usize f64 f32
println main panic Vec Option Some None Ok Err i32 u8 str String macro_rules union dyn try box default nothing missing
Inf Float64 Int push Main Base end begin function where select from table with as order group user current_date rowid
rownum date time timestamp interval numpy np jax jnp torch special Sequence reduce accumulate copysign isfinite jit e E
I i j tau θ Δx x_ x__ X ſ K µ ª
"""


@cache
def names() -> list[str]:
    """List names of inputs, the words of all targets among them."""
    found = set(OWN.split()) | set(keyword.kwlist) | set(keyword.softkwlist) | set(dir(builtins)) | set(dir(math))
    found |= {name for name in PRIMITIVES if name.isidentifier()}
    for target in (C, JavaScript, Julia, Rust):
        found |= target.reserved
    found |= Sql.keywords
    found |= {name.upper() for name in found} | {f"{name}_" for name in found} | {f"_{name}" for name in found}
    return sorted(name for name in found if _is_input(name))


def _is_input(name: str) -> bool:
    try:
        graph = parse(f"y = 2*{name}")
    except CgraphError:
        return False
    return [graph.names[node] for node in graph.inputs()] == [name]


def programs(apart: bool = False) -> Iterator[str]:
    """Write programs of many inputs each; with `apart` no two of them differ by their capitals alone."""
    chunks: list[dict[str, str]] = [{}]
    for name in names():
        key = name.lower() if apart else name
        chunk = next((each for each in chunks if key not in each and len(each) < CHUNK), None)
        if chunk is None:
            chunks.append(chunk := {})
        chunk[key] = name
    for chunk in chunks:
        inputs = list(chunk.values())
        yield f"y = {' + '.join(f'{a}*sin({b})' for a, b in zip(inputs, inputs[1:] + inputs[:1], strict=True))}"


@cache
def emitted(target: str, **options: str) -> list[str]:
    return [emit(parse(program), target, **options) for program in programs(apart=target == "sql")]  # type: ignore[arg-type]


def run(command: Sequence[str], cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:2000]


def test_there_are_many() -> None:
    assert len(names()) > 1320


@pytest.mark.parametrize(
    "target", ["python", *(pytest.param(name, marks=heavy) for name in ("numpy", "torch", "jax", "polars"))]
)
def test_python(target: str) -> None:
    for text in emitted(target):
        compile(text, target, "exec")
        if target == "python":
            space: dict[str, object] = {}
            exec(text, space)
            count = int(re.search(r"(\d+)", str(space["f"].__code__.co_argcount))[1])  # type: ignore[index,attr-defined]
            space["f"](*[0.5] * count)  # type: ignore[operator]


@pytest.mark.parametrize("standard", ["c99", "gnu17"])
def test_c(tmp_path: Path, standard: str) -> None:
    need_program("gcc")
    for at, text in enumerate(emitted("c")):
        (tmp_path / f"m{at}.c").write_text(text)
    files = sorted(path.name for path in tmp_path.glob("*.c"))
    run(["gcc", f"-std={standard}", "-fsyntax-only", *files], tmp_path)


def test_no_macro_of_the_compiler_is_a_name(tmp_path: Path) -> None:
    need_program("gcc")
    (tmp_path / "m.c").write_text("#include <math.h>\n")
    done = subprocess.run(["gcc", "-dM", "-E", "m.c"], cwd=tmp_path, capture_output=True, text=True, check=True)
    macros = re.findall(r"^#define (\w+)", done.stdout, re.MULTILINE)
    assert len(macros) > 100
    target = C()
    assert [name for name in macros if target.identifier(name) == name and name not in target.reserved] == []


@pytest.mark.parametrize("at", range(3))
def test_rust(tmp_path: Path, at: int) -> None:
    need_program("rustc")
    text = "\n".join(f"pub mod m{k} {{\n{text}\n}}" for k, text in enumerate(emitted("rust")) if k % 3 == at)
    (tmp_path / "m.rs").write_text(text)
    run(["rustc", "--edition=2021", "--crate-type=lib", "--emit=metadata", "-Awarnings", "m.rs"], tmp_path)


def test_javascript(tmp_path: Path) -> None:
    need_program("node")
    for at, text in enumerate(emitted("javascript")):
        (tmp_path / f"m{at}.mjs").write_text(text)
    imports = "".join(f'import "./{path.name}";\n' for path in tmp_path.glob("*.mjs"))
    (tmp_path / "all.mjs").write_text(imports)
    run(["node", "all.mjs"], tmp_path)


def test_julia_reads_every_name() -> None:
    """Names of underscores alone can be written there, and not read."""
    target = Julia()
    for text in emitted("julia"):
        (parameters,) = re.findall(r"^function f\(([^)]*)\)", text, re.MULTILINE)[-1:] or [""]
        words = [word.strip().partition("=")[0] for word in parameters.split(",")]
        assert not [word for word in words if word.startswith("_") or word in target.reserved]


@pytest.mark.parametrize("name", ["f", "measured"])
def test_sql(name: str) -> None:
    duckdb = need_library("duckdb")
    table = "inputs" if name == "f" else name
    for program in programs(apart=True):
        graph = parse(program)
        inputs = [f'"{graph.names[node]}"' for node in graph.inputs()]
        with duckdb.connect() as base:
            base.execute(f"CREATE TABLE {table} ({', '.join(f'{each} DOUBLE' for each in inputs)})")
            base.execute(f"INSERT INTO {table} VALUES ({', '.join('0.5' for _ in inputs)})")
            (row,) = base.execute(emit(graph, "sql", name=name)).fetchall()
        assert row[len(inputs)] == pytest.approx(len(inputs) * 0.5 * math.sin(0.5))


# Zeros with a sign

ZEROS = ["round(x)", "ceil(x)", "trunc(x)", "floor(x)", "x % 3", "x % -3", "mod(x, 2)"]
POINTS = [0.0, -0.0, -0.3, 0.3, -0.5, 0.5, -3.0, 3.0, -6.0, 6.0, 1.5, -1.5]


@pytest.mark.parametrize("program", ZEROS)
@pytest.mark.parametrize("target", ["python", "numpy", "torch", "jax", "javascript", "c", "rust", "sql"])
def test_signed_zeros_are_those_of_eval(program: str, target: str, tmp_path: Path) -> None:
    graph = parse(program)
    text = emit(graph, target)
    expected = [evaluate(graph, {"x": x}).values[graph.output] for x in POINTS]
    listed = ", ".join(map(repr, POINTS))
    if target in ("python", "numpy", "torch", "jax"):
        if target in ("torch", "jax"):
            need_library(target)
        space: dict[str, Any] = {}
        exec(text, space)
        found = [float(space["f"](need_library("numpy").float64(x))[0]) for x in POINTS]
    elif target == "sql":
        with need_library("duckdb").connect() as base:
            base.execute("CREATE TABLE inputs (x DOUBLE)")
            base.executemany("INSERT INTO inputs VALUES (?)", [[x] for x in POINTS])
            found = [row[1] for row in base.execute(text).fetchall()]
    elif target == "javascript":
        need_program("node")
        shown = "const y = f(x).value; console.log(Object.is(y, -0) ? '-0' : String(y));"
        (tmp_path / "m.mjs").write_text(f"{text}\nfor (const x of [{listed}]) {{ {shown} }}\n")
        found = output(["node", "m.mjs"], tmp_path)
    elif target == "c":
        need_program("gcc")
        loop = 'for (int i = 0; i < (int)(sizeof xs/sizeof *xs); i++) printf("%.17g\\n", f(xs[i], d));'
        (tmp_path / "m.c").write_text(
            f"{text}\n#include <stdio.h>\nint main(void) {{ double d[1], xs[] = {{{listed}}}; {loop} return 0; }}\n"
        )
        run(["gcc", "-o", "m", "m.c", "-lm"], tmp_path)
        found = output(["./m"], tmp_path)
    else:
        need_program("rustc")
        shown = 'println!("{:?}", f(x).0);'
        (tmp_path / "m.rs").write_text(f"{text}\nfn main() {{ for x in [{listed}] {{ {shown} }} }}\n")
        run(["rustc", "-Awarnings", "-o", "m", "m.rs"], tmp_path)
        found = output(["./m"], tmp_path)
    assert list(map(repr, found)) == list(map(repr, expected))


def test_signed_zeros_in_spark(tmp_path: Path) -> None:
    functions = emitted_in([Case(program, tuple((x,) for x in POINTS)) for program in ZEROS], "sql", "spark")
    for one, rows in zip(functions, RUNNERS["spark"](functions, tmp_path), strict=True):
        graph = parse(one.program)
        expected = [evaluate(graph, {"x": x}).values[graph.output] for x in POINTS]
        assert (one.program, [repr(row[0]) for row in rows]) == (one.program, list(map(repr, expected)))


def output(command: Sequence[str], cwd: Path) -> list[float]:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


@pytest.mark.parametrize("name", ["floor", "ceil", "round", "trunc"])
def test_eval_has_the_zeros_of_ieee(name: str) -> None:
    numpy = need_library("numpy")
    function = getattr(numpy, {"round": "rint"}.get(name, name))
    graph = parse(f"{name}(x)")
    for x in POINTS:
        assert repr(evaluate(graph, {"x": x}).values[graph.output]) == repr(float(function(x)))
