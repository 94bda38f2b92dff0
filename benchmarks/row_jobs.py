"""Rows: Black–Scholes with five gradients at every row, in memory and from file to file, and how peers do it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import reduce
from importlib.util import find_spec
from typing import Any

import numpy as np

from cgraph_cli import parse
from cgraph_cli.core.errors import RequestError
from cgraph_cli.emit import TARGETS, emit
from cgraph_cli.results.rows.computed import Kernel
from cgraph_cli.results.rows.kernels import ArrayKernel
from cgraph_cli.results.rows.native import NativeKernel, NoNativeKernel
from cgraph_cli.results.rows.quantities import Quantities

PROGRAM = (
    "d1 = (log(S/K) + (r + sigma^2/2)*T)/(sigma*sqrt(T)); d2 = d1 - sigma*sqrt(T); "
    "call = S*normcdf(d1) - K*exp(-r*T)*normcdf(d2)"
)
NAMES = ("S", "K", "r", "sigma", "T")
RESULTS = ("call", *(f"dcall_d{name}" for name in NAMES))

BY_HAND = """
root = sqrt(T)
d1 = (log(S/K) + (r + sigma*sigma/2)*T)/(sigma*root)
d2 = d1 - sigma*root
upper, lower = erfc(-d1/1.4142135623730951)/2, erfc(-d2/1.4142135623730951)/2
discount, density = exp(-r*T), exp(-d1*d1/2)/2.5066282746310002
call = S*upper - K*discount*lower
dr, dsigma = K*T*discount*lower, S*density*root
dT = S*density*sigma/(2*root) + r*K*discount*lower
"""
"""The price and its Greeks as someone writes them who has derived them."""

HEAD = "call, upper, -discount*lower, dr, dsigma, dT"

Columns = Mapping[str, Any]
Way = Callable[[], Any]


def columns(rows: int) -> dict[str, Any]:
    """Inputs as they are in a market."""
    rng = np.random.default_rng(1)
    ranges = {"S": (80, 120), "K": (90, 110), "r": (0.01, 0.1), "sigma": (0.2, 0.5), "T": (0.5, 2)}
    return {name: rng.uniform(*ends, rows) for name, ends in ranges.items()}


BATCH = 65_536
"""The rows that `cgraph map` gives a kernel at once."""


def kernels() -> dict[str, Callable[[Columns], Way]]:
    """List the ways of cgraph, each a function of columns that returns their computation."""
    quantities = Quantities(parse(PROGRAM), [], NAMES)
    order = [quantities.graph.names[node] or "" for node in quantities.graph.inputs()]

    def way(kernel: Kernel) -> Callable[[Columns], Way]:
        def prepare(given: Columns) -> Way:
            wide, rows = [given[name] for name in order], len(given["S"])

            def run() -> Any:
                for at in range(0, rows, BATCH):
                    found = kernel.compute([column[at : at + BATCH] for column in wide], min(BATCH, rows - at))
                return found.numbers

            return run

        return prepare

    found = {
        "NumPy in blocks, raw doubles": way(ArrayKernel(quantities, checked=False)),
        "NumPy in blocks, certified": way(ArrayKernel(quantities)),
    }
    try:
        found["native, raw doubles"] = way(NativeKernel(quantities, [], checked=False))
        found["native, certified"] = way(NativeKernel(quantities, [], checked=True))
    except NoNativeKernel:
        pass
    return found


def _numpy(given: Columns) -> Way:
    from scipy.special import erfc

    def run() -> Any:
        scope = {**given, "sqrt": np.sqrt, "log": np.log, "exp": np.exp, "erfc": erfc}
        exec(_CODE, scope)
        return scope["found"]

    return run


_CODE = compile(f"{BY_HAND}found = {HEAD}", "by hand", "exec")


def _numba(given: Columns) -> Way:
    import numba

    body = "\n".join(f"        {line}" for line in BY_HAND.strip().splitlines())
    heads = "\n".join(f"        {name} = columns[{at}][row]" for at, name in enumerate(NAMES))
    text = f"def run(columns, out):\n    for row in range(len(columns[0])):\n{heads}\n{body}\n"
    text += f"        out[0][row], out[1][row], out[2][row], out[3][row], out[4][row], out[5][row] = {HEAD}\n"
    scope: dict[str, Any] = {}
    exec("from math import erfc, exp, log, sqrt\n" + text, scope)
    function = numba.njit(error_model="numpy")(scope["run"])
    inputs = tuple(given[name] for name in NAMES)
    out = tuple(np.empty(len(given["S"])) for _ in RESULTS)
    return lambda: (function(inputs, out), out)[1]


def _jax(given: Columns) -> Way:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def call(S: Any, K: Any, r: Any, sigma: Any, T: Any) -> Any:
        d1 = (jnp.log(S / K) + (r + sigma**2 / 2) * T) / (sigma * jnp.sqrt(T))
        d2 = d1 - sigma * jnp.sqrt(T)
        cdf = jax.scipy.special.ndtr
        return S * cdf(d1) - K * jnp.exp(-r * T) * cdf(d2)

    run = jax.jit(jax.vmap(jax.value_and_grad(call, argnums=tuple(range(5)))))
    inputs = [jnp.asarray(given[name]) for name in NAMES]
    return lambda: jax.tree.leaves(jax.block_until_ready(run(*inputs)))


def _duckdb(given: Columns) -> Way:
    import duckdb
    import polars as pl

    text = emit(parse(PROGRAM), "sql", dialect="duckdb")
    base = duckdb.connect(config={"threads": 1})
    base.register("rows", pl.DataFrame(dict(given)).to_arrow())
    base.execute("CREATE TABLE inputs AS FROM rows")

    def run_text() -> list[Any]:
        found = base.execute(text).fetchnumpy()
        return [found[name] for name in RESULTS]

    return run_text


_ABOVE = ("0.0352624965998911", "0.700383064443688", "6.37396220353165", "33.912866078383", "112.079291497871",
          "221.213596169931", "220.206867912376")  # fmt: skip
_BELOW = ("0.0883883476483184", "1.75566716318264", "16.064177579207", "86.7807322029461", "296.564248779674",
          "637.333633378831", "793.826512519948", "440.413735824752")  # fmt: skip
"""The coefficients of Hart's rational function for the normal distribution, within seven standard deviations."""


def _distribution(x: str) -> str:
    """Write the normal distribution for numexpr, which has no `erf`."""
    above, below = (reduce(lambda sum, each: f"({sum})*abs({x}) + {each}", part) for part in (_ABOVE, _BELOW))
    tail = f"exp(-{x}*{x}/2)*({above})/({below})"
    return f"where({x} > 0, 1 - {tail}, {tail})"


def _numexpr(given: Columns) -> Way:
    import numexpr

    numexpr.set_num_threads(1)
    texts = {
        "root": "sqrt(T)", "d1": "(log(S/K) + (r + sigma*sigma/2)*T)/(sigma*root)", "d2": "d1 - sigma*root",
        "upper": _distribution("d1"), "lower": _distribution("d2"), "discount": "exp(-r*T)",
        "density": "exp(-d1*d1/2)/2.5066282746310002", "call": "S*upper - K*discount*lower", "dK": "-discount*lower",
        "dr": "K*T*discount*lower", "dsigma": "S*density*root",
        "dT": "S*density*sigma/(2*root) + r*K*discount*lower",
    }  # fmt: skip

    def run() -> Any:
        scope = dict(given)
        for name, text in texts.items():
            scope[name] = numexpr.evaluate(text, local_dict=scope)
        return [scope[name] for name in ("call", "upper", "dK", "dr", "dsigma", "dT")]

    return run


def _polars(given: Columns) -> Way:
    import polars as pl

    scope: dict[str, Any] = {}
    exec(emit(parse(PROGRAM), "polars"), scope)
    frame = pl.DataFrame(dict(given))

    def run_expressions() -> list[Any]:
        found = scope["f"](frame)
        return [found[name].to_numpy() for name in RESULTS]

    return run_expressions


PEERS: Mapping[str, tuple[str, Callable[[Columns], Way]]] = {
    "NumPy by hand, whole columns": ("scipy", _numpy),
    "numba, a loop by hand": ("numba", _numba),
    "JAX, `jit(vmap(value_and_grad(f)))`": ("jax", _jax),
    "DuckDB, emitted SQL, a thread": ("duckdb", _duckdb),
    "numexpr, whole columns": ("numexpr", _numexpr),
    "Polars, emitted expressions": ("polars", _polars),
}
"""The library of each peer, and its way."""


def peers() -> dict[str, Callable[[Columns], Way] | str]:
    """List the installed peers: their ways, or the reason for which they have none."""
    found: dict[str, Callable[[Columns], Way] | str] = {}
    for name, (library, prepare) in PEERS.items():
        if find_spec(library) is None:
            continue
        found[name] = prepare
        if library == "polars":
            try:
                found[name] = prepare if "polars" in TARGETS and emit(parse(PROGRAM), "polars") else "no such target"
            except RequestError as error:
                found[name] = error.diagnostic.message
    return found


def file_commands(cgraph: str, folder: str) -> dict[str, list[str]]:
    """From `in.parquet` in a folder to another file there: whole processes."""
    source, target = f"{folder}/in.parquet", f"{folder}/out.parquet"

    def ours(*words: str) -> list[str]:
        return [cgraph, "map", PROGRAM, source, "-o", target, *words]

    def script(text: str) -> list[str]:
        return [sys.executable, "-c", text.format(source=source, target=target, folder=folder)]

    found = {
        "`cgraph map`, compiled, with statuses": ours("--native", "always"),
        "Polars copying what came out": script(_COPY.replace("{source}", "{target}")),
        "Polars copying what went in": script(_COPY),
        "`cgraph map --native never`, with statuses": ours("--native", "never"),
        "`cgraph map --arithmetic double`, compiled": ours("--native", "always", "--arithmetic", "double"),
        "`cgraph map --arithmetic double --native never`": ours("--native", "never", "--arithmetic", "double"),
    }
    if find_spec("scipy") and find_spec("pandas") and find_spec("pyarrow"):
        found["pandas with NumPy by hand"] = script(_PANDAS)
    if find_spec("duckdb"):
        sql = (
            emit(parse(PROGRAM), "sql", dialect="duckdb")
            .strip()
            .rstrip(";")
            .replace("FROM inputs", "FROM source AS inputs")
        )
        copy = f"COPY (WITH source AS (FROM '{source}') SELECT * FROM ({sql})) TO '{folder}/duck.parquet'"
        found["DuckDB, emitted SQL"] = [sys.executable, "-c", f"import duckdb; duckdb.execute({copy!r})"]
    return found


def write_input(folder: str, rows: int) -> None:
    """Write `in.parquet`, in a process of its own, whose memory no other is taken to have."""
    text = f"import polars; from benchmarks.row_jobs import columns; polars.DataFrame(columns({rows})).write_parquet"
    subprocess.run([sys.executable, "-c", f"{text}({folder + '/in.parquet'!r})"], check=True)


_COPY = "import polars; polars.scan_parquet('{source}').sink_parquet('{folder}/copy.parquet')"

_PANDAS = f"""
import pandas
from numpy import exp, log, sqrt
from scipy.special import erfc
frame = pandas.read_parquet("{{source}}")
S, K, r, sigma, T = (frame[name].to_numpy() for name in {NAMES!r})
{BY_HAND}
for name, column in zip({RESULTS!r}, ({HEAD}), strict=True):
    frame[name] = column
frame.to_parquet("{{folder}}/pandas.parquet")
"""
