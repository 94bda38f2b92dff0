"""The derivation: its formulas are the rules, its sums the gradients, and its words are pinned by files.

A file of `tests/derivations/` holds the output of a command of the same name below. After a change of wording,
`CGRAPH_UPDATE_GOLDEN=1 pytest tests/test_explain.py` writes them anew; read the difference.
"""

from __future__ import annotations

import io
import json
import os
import random
import re
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from math import inf, isfinite, isnan, prod
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from cgraph_cli.core import resources
from cgraph_cli.core.errors import columns_of
from cgraph_cli.core.graph import INPUT, Graph
from cgraph_cli.core.primitives import PRIMITIVES, Primitive
from cgraph_cli.evaluation.paths import count_paths, list_paths, show_count, write_count
from cgraph_cli.evaluation.sweeps import evaluate, sweep_reverse
from cgraph_cli.language.parse import parse
from cgraph_cli.render.derivation import json as explain_json
from cgraph_cli.render.derivation import latex as explain_latex
from cgraph_cli.render.derivation import markdown as explain_markdown
from cgraph_cli.render.derivation import text as explain_text
from cgraph_cli.render.view import View
from cgraph_cli.render.wording.notation import LatexNotation, Notation, TextNotation
from cgraph_cli.results.derivation import Derivation
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request
from cgraph_cli.symbolic.formulas import NUMBER, Formula, graph_of, make, tidy
from cgraph_cli.symbolic.local_partials import LocalPartials
from cgraph_cli.symbolic.program import parse as parse_program
from cgraph_cli.trust.verdicts import differ_by_rounding
from tests.needs import need_node_modules, need_program
from tests.programs import points, programs

FOLDER = Path(__file__).with_name("derivations")
OLAH = "c = a + b; d = b + 1; e = c * d"
GOLDEN = {
    "olah.txt": [OLAH, "--a", "3", "--b", "1"],
    "olah_b.txt": [OLAH, "--a", "2", "--b", "1", "--wrt", "b"],
    "olah.md": [OLAH, "--a", "3", "--b", "1", "-o", "markdown"],
    "olah.tex": [OLAH, "--a", "3", "--b", "1", "-o", "latex"],
    "olah.json": [OLAH, "--a", "3", "--b", "1", "-o", "json"],
    "factored.txt": ["y = (a + b + c)*1; z = y*(a - b)*y", "--a", "3", "--b", "1", "--c", "2", "--paths", "2"],
    "unnamed.txt": ["x*sin(x) + relu(x) + x*x", "--x", "-1.5"],
    "unnamed.tex": ["x*sin(x) + relu(x) + x*x", "--x", "-1.5", "--format", "latex"],
    "named.txt": ["z = tanh(w*x + 3); y = z^2/(1 + abs(z))", "--w", "2", "--x", "-1.5", "--named"],
    "newton.tex": ["y = x^2 - 2; x - y/grad(y, x)", "--x", "1", "--format", "latex"],
    "statuses.txt": ["y = log(1 + exp(x)) + abs(z); w = acos(cos(v)) + y", "--x", "1000", "--z", "0", "--v", "0"],
    "statuses.md": ["log(x - 2)*sqrt(y)", "--x", "1", "--y", "0", "--format", "markdown"],
    "pieces.txt": ["m = max(a, b, 1); w = where(a > b, a^2, b/a); clip(m*w, 0, 5)", "--a", "3", "--b", "2"],
    "outputs.txt": ["x = r*cos(t); y = r*sin(t)", "--of", "x,y", "--r", "2", "--t", "0.5", "--digits", "3"],
    "independent.txt": ["z = floor(y) + 1; e = 2*a", "--a", "3", "--y", "1", "--wrt", "a,y,z"],
}


@pytest.mark.parametrize("name", GOLDEN)
def test_what_people_read(name: str, cgraph) -> None:
    done = cgraph("explain", *GOLDEN[name], env={"COLUMNS": "80"})
    assert done.stderr == ""
    assert done.returncode == (3 if name == "statuses.md" else 0)
    path = FOLDER / name
    if os.environ.get("CGRAPH_UPDATE_GOLDEN"):
        path.write_text(done.stdout, encoding="utf-8")
    assert done.stdout == path.read_text(encoding="utf-8")
    if name.endswith(".txt"):
        assert all(columns_of(line) <= 80 for line in done.stdout.splitlines())


# Formulas say what the rules say

POINTS = [(0.7, 0.4, 1.3), (0.3, -0.6, 0.9), (1.5, 2.0, 0.5), (2.5, 1.0, 3.0), (-0.8, 3.0, 2.0), (-1.7, -0.2, 0.1)]


def call(row: Primitive, operands: list[str]) -> str:
    """Write an operation of a row."""
    if row.notation == "call":
        return f"{row.name}({', '.join(operands)})"
    if row.notation == "infix":
        return f"{operands[0]} {row.name} {operands[1]}"
    return {"neg": f"-{operands[0]}", "identity": operands[0], "not": f"not {operands[0]}"}[row.name]


@pytest.mark.parametrize("row", PRIMITIVES.values(), ids=str)
def test_the_formula_of_a_partial_is_its_rule(row: Primitive) -> None:
    compared = 0
    names = ["a", "b", "c"][: 3 if row.variadic else len(row.parameters)]
    programs = [f"r = {call(row, names)}"]
    if len(names) == 2 and row.notation == "infix":
        programs += [f"r = {call(row, ['a', number])}" for number in ("2", "3", "1", "0.5", "-1")]
        programs += [f"r = {call(row, ['2', 'b'])}"]
    for text in programs:
        graph = parse(text)
        for point in POINTS:
            numbers = dict(zip(names, point, strict=False))
            evaluation = evaluate(graph, {name: x for name, x in numbers.items() if name in graph.nodes})
            node, locals_ = graph.output, LocalPartials(graph, evaluation.values)
            for position, operand in enumerate(graph.operands_of(node)):
                partial = evaluation.partials[graph.starts[node] + position]
                said = locals_.at(node, position)
                if graph.operations[operand] != INPUT or not isfinite(evaluation.values[node]):
                    continue
                given = {**numbers, "r": evaluation.values[node]}
                rule = parse(Notation().formula(said.formula))
                here = {name: x for name, x in given.items() if name in rule.nodes}
                number = evaluate(rule, here).values[rule.output]
                expected = 0.0 if partial is None else partial
                assert number == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True), (text, point, said)
                compared += 1
                if said.reason is not None:
                    reason = parse(Notation().formula(said.reason))
                    here = {name: x for name, x in given.items() if name in reason.nodes}
                    assert evaluate(reason, here).values[reason.output] == 1, (text, point, said)
    assert compared or row.name == "polygamma"


@pytest.mark.parametrize(
    ("text", "wrt", "said"),
    [
        ("c*d", "c", "d"),
        ("x^2", "x", "2·x"),
        ("x^3", "x", "3·x^2"),
        ("x^1", "x", "1"),
        ("x^-1", "x", "-1/x^2"),
        ("x^y", "x", "y·x^(y - 1)"),
        ("2^x", "x", "log(2)·2^x"),
        ("x^y", "y", "x^y·log(x)"),
        ("x^0.5", "x", "1/(2·sqrt(x))"),
        ("x/y", "x", "1/y"),
        ("x/y", "y", "-x/y^2"),
        ("3/y", "y", "-3/y^2"),
        ("-x", "x", "-1"),
        ("exp(x)", "x", "exp(x)"),
        ("sqrt(x)", "x", "1/(2·sqrt(x))"),
        ("log2(x)", "x", "1/(log(2)·x)"),
        ("asin(x)", "x", "1/sqrt(1 - x^2)"),
        ("asinh(x)", "x", "1/sqrt(x^2 + 1)"),
        ("atan2(y, x)", "y", "x/(x^2 + y^2)"),
        ("atan2(y, x)", "x", "-y/(x^2 + y^2)"),
        ("sigmoid(x)", "x", "r·(1 - r)"),
        ("prod(x, y, z)", "y", "x·z"),
        ("mean(x, y, z)", "y", "1/3"),
        ("max(x, y)", "x", "1"),
        ("sum(x, y, z)", "z", "1"),
        ("logsumexp(x, y, z)", "x", "sigmoid(x - logsumexp(y, z))"),
    ],
)
def test_a_textbook_would_write_it_so(text: str, wrt: str, said: str) -> None:
    graph = parse(f"r = {text}")
    inputs = {graph.names[node] or "": 0.7 - 0.2 * node for node in graph.inputs()}
    values = evaluate(graph, inputs).values
    position = list(graph.operands_of(graph.output)).index(graph.find(wrt))
    assert TextNotation().formula(LocalPartials(graph, values).at(graph.output, position).formula) == said


def test_many_operands_are_written_with_an_ellipsis() -> None:
    names = [f"x{at}" for at in range(1000)]
    for operation, rule in (("sum", "1"), ("prod", "x0·x1·x2·x3·x4·x5·…·x999")):
        graph = parse(f"r = {operation}({', '.join(names)})")
        values = evaluate(graph, dict.fromkeys(names, 1.0)).values
        said = LocalPartials(graph, values).at(graph.output, 500)
        assert TextNotation().formula(said.formula) == rule


@given(st.lists(st.sampled_from([1.0, -1.0, 2.0, 3.0, 0.5, -2.5]), min_size=2, max_size=2), st.randoms())
def test_what_is_left_out_changes_no_value(numbers: list[float], random: random.Random) -> None:
    leaves = [Formula("name", (), "x"), Formula("name", (), "y"), *(Formula(NUMBER, (), f"{n:g}") for n in numbers)]
    plain: list[Formula] = list(leaves)
    short: list[Formula] = list(leaves)
    for _ in range(6):
        operation = random.choice(["+", "-", "*", "/", "neg", "xlogy", "hypot", "sqrt"])
        count = 1 if operation in ("neg", "sqrt") else 2
        places = [random.randrange(len(plain)) for _ in range(count)]
        plain.append(Formula(operation, tuple(plain[place] for place in places)))
        short.append(make(operation, *(short[place] for place in places)))
    short[-1] = tidy(short[-1])
    results = []
    for formula in (plain[-1], short[-1]):
        graph = parse(Notation().formula(formula))
        here = {name: x for name, x in (("x", 0.7), ("y", 1.9)) if name in graph.nodes}
        results.append(evaluate(graph, here).values[graph.output])
    assume(all(map(isfinite, results)) and abs(results[0]) > 1e-6)  # 0*log(0) is what xlogy spares
    assert results[1] == pytest.approx(results[0], rel=1e-9)


# Paths


def paths_by_recursion(graph: Graph, partials: list[float | None], node: int, output: int) -> Iterator[list[int]]:
    """List every path, by the definition."""
    if node == output:
        yield []
        return
    for user in range(node + 1, output + 1):
        for edge in range(graph.starts[user], graph.starts[user + 1]):
            if graph.operands[edge] == node and partials[edge] is not None:
                yield from ([edge, *rest] for rest in paths_by_recursion(graph, partials, user, output))


@settings(max_examples=60)
@given(programs(), st.data())
def test_paths_are_those_of_the_definition_and_their_sum_is_the_gradient(text: str, data: st.DataObject) -> None:
    graph = parse(text)
    names = [graph.names[node] or "" for node in graph.inputs()]
    evaluation = evaluate(graph, data.draw(points(names)))
    sources = [node for node in graph.inputs() if node != graph.output]
    adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
    counts = count_paths(evaluation, sources, graph.output)
    for source in sources:
        assume(counts[source].paths < 300)
        expected = sorted(paths_by_recursion(graph, evaluation.partials, source, graph.output))
        listed = list_paths(evaluation, source, graph.output, 1000)
        assert sorted(list(path.edges) for path in listed) == expected
        assert counts[source].paths == len(expected)
        assert counts[source].edges == sum(map(len, expected))
        assert list_paths(evaluation, source, graph.output, 2) == listed[:2] or any(isnan(p.product) for p in listed)
        total, size = sum(path.product for path in listed), sum(abs(path.product) for path in listed)
        if size < inf:
            assert total == pytest.approx(adjoints[source] or 0.0, rel=1e-9, abs=1e-12 * size)


def test_paths_double_at_each_step_and_are_counted_exactly() -> None:
    steps = "; ".join(f"x{at + 1} = x{at} + sin(x{at})" for at in range(300))
    evaluation = evaluate(parse(f"x0 = 1; {steps}"))
    graph = evaluation.graph
    (count,) = count_paths(evaluation, [0], graph.output).values()
    assert count.paths == 2**300
    assert count.edges == 2**299 * 900  # a step is one edge, or the two through its sine
    derivation = Derivation(report(graph, {}, Request()), [0])
    (sweep,) = derivation.sweeps
    products = sweep.products()
    assert (products.by_paths, products.by_edges) == (count.edges - count.paths, 3 * 300 - 2)
    assert len(list_paths(evaluation, 0, graph.output, 7)) == 7


def test_an_untaken_branch_is_no_path() -> None:
    evaluation = evaluate(parse("y = where(x > 0, x^2, sqrt(x))"), {"x": -1.0})
    evaluation_taken = evaluate(evaluation.graph, {"x": 4.0})
    source, output = evaluation.graph.find("x"), evaluation.graph.output
    assert [len(list_paths(each, source, output)) for each in (evaluation, evaluation_taken)] == [1, 1]
    assert list_paths(evaluation_taken, source, output)[0].product == 8


@pytest.mark.parametrize(
    ("count", "shown", "written"),
    [
        ("0", "0", 0),
        ("1234567", "1,234,567", 1234567),
        ("2**53", "9,007,199,254,740,992", 2**53),
        ("2**53 + 1", "9,007,199,254,740,993", "9007199254740993"),
        ("10**24", "about 1·10^24", str(10**24)),
        ("2**1000", "about 1.07·10^301", str(2**1000)),
        ("2**100000", "about 9.99·10^30,102", "9.99002093e30102"),
    ],
)
def test_a_count(count: str, shown: str, written: int | str) -> None:
    count = eval(count)  # the last has too many digits for the name of a test
    assert show_count(count) == shown
    assert write_count(count) == written


# Large and strange programs


def written(derivation: Derivation, width: int = 80) -> dict[str, str]:
    """Write a derivation in every format."""
    formats = {"text": explain_text, "markdown": explain_markdown, "latex": explain_latex, "json": explain_json}
    found = {}
    for name, module in formats.items():
        stream = io.StringIO()
        module.write(derivation, View(width=width, most_paths=3), stream)
        found[name] = stream.getvalue()
    return found


@settings(max_examples=40)
@given(programs(), st.data(), st.booleans())
@example("θ = 2; Δx = -1; w_1 = θ*Δx; w1 = w_1^Δx; where(w1 > 0 or not θ < 1, w1 % θ, max(w1, θ, 3))", None, False)
def test_any_program_in_any_format(text: str, data: st.DataObject | None, named: bool) -> None:
    graph = parse(text)
    names = [graph.names[node] or "" for node in graph.inputs() if graph.numbers[node] is None]
    answer = report(graph, data.draw(points(names)) if data is not None else {}, Request())
    derivation = Derivation(answer, list(graph.inputs()), named=named)
    found = written(derivation)
    for line in found["text"].splitlines():
        assert columns_of(line) <= 80 or "note:" in line or "in place of" in line or " " not in line.strip()
    steps = json.loads(found["json"], parse_constant=pytest.fail)["outputs"]
    for step in next(iter(steps.values()))["backward"]:
        if step["status"] == "ok" and not step["terms_left_out"] and step["terms"] and not named:
            total = sum(float(term["product"]) for term in step["terms"])
            assert differ_by_rounding(total, float(step["gradient"])) or not isfinite(total)
    assert found["latex"].count(r"\begin{align*}") == found["latex"].count(r"\end{align*}")
    for line in found["latex"].splitlines():
        depth = 0
        for brace in re.sub(r"\\[{}\\]", "", line):
            depth += (brace == "{") - (brace == "}")
            assert depth >= 0
        assert depth == 0 or line.endswith("\\\\"), line


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("z = tanh(w*x + 3); y = z^2/(1 + abs(z))", {"w": 2, "x": -1.5}),
        ("u = where(x > 0, x^2*k, sqrt(x)) + max(x, 3*k, 1); y = u*(x - log(k))/(u + k)", {"x": 0.7, "k": 1.3}),
        ("f(t) = sin(t)*t; s = f(x) + f(f(x)*y); p = sum(s, 3*x, hypot(x, s*y)); q = grad(p, x)*s", {"x": 1, "y": 2}),
    ],
)
def test_of_named_nodes_the_rule_is_the_number_and_the_numbers_are_the_gradient(text: str, inputs: dict) -> None:
    graph = parse_program(text)
    answer = report(graph, inputs, Request())
    derivation = Derivation(answer, list(graph.inputs()), named=True)
    point = dict(zip(graph.labels(), answer.values, strict=True))
    told = set()
    for step in derivation.sweeps[0].steps():
        told.add(graph.labels()[step.node])
        assert not step.differs
        for share in step.carrying:
            (partial,) = share.partials
            rule = graph_of(partial.formula, {label: label for label in point})
            known = {rule.names[node] or "": point[rule.names[node] or ""] for node in rule.inputs()}
            assert evaluate(rule, known).values[rule.output] == pytest.approx(share.partial, rel=1e-12)
    assert {name for name in told if name[0] == "%"} <= {graph.labels()[node] for node in graph.gradients}
    assert {graph.names[node] for node in graph.inputs()} <= told


def test_a_deep_and_a_wide_program() -> None:
    chain = "x0 = 0.5\n" + "".join(f"x{at + 1} = cos(x{at})\n" for at in range(5_000))
    names = [f"y{at}" for at in range(5_000)]
    wide = "x = 2\n" + "".join(f"{name} = 3*x\n" for name in names) + f"sum({', '.join(names)})"
    for text, left_out in ((chain, 4961), (wide, 4962)):
        graph = parse(text)
        derivation = Derivation(report(graph, {}, Request(arithmetic="double")), list(graph.inputs()))
        (sweep,) = derivation.sweeps
        assert sweep.shown.left_out == left_out
        found = written(derivation)
        assert f"… {left_out:,} steps left out (--all shows them) …" in found["text"]
        assert all(len(found[name].splitlines()) < 600 for name in found)
        assert json.loads(found["json"])


def test_every_step_is_told_where_that_is_asked_for(cgraph) -> None:
    text = "x0 = 0.5\n" + "".join(f"x{at + 1} = cos(x{at})\n" for at in range(300))
    short, long = cgraph("explain", "-", stdin=text), cgraph("explain", "-", "--all", stdin=text)
    assert "… 261 steps left out (--all shows them) …" in short.stdout
    assert "left out" not in long.stdout
    assert long.stdout.count("because") == 300


# At the command line


def test_an_ascii_terminal(cgraph) -> None:
    for name in ("olah.txt", "pieces.txt", "statuses.txt"):
        done = cgraph("explain", *GOLDEN[name], env={"LC_ALL": "C"})
        assert done.stdout.isascii()
        assert all(len(line) <= 80 for line in done.stdout.splitlines())
    assert "b -> d -> e: 1*4 = 4" in cgraph("explain", *GOLDEN["olah.txt"], env={"LC_ALL": "C"}).stdout


def test_colour_is_for_terminals(cgraph) -> None:
    assert "\x1b[" not in cgraph("explain", *GOLDEN["olah.txt"]).stdout
    painted = cgraph("explain", *GOLDEN["olah.txt"], "--color", "always").stdout
    assert re.sub(r"\x1b\[[\d;]*m", "", painted) == (FOLDER / "olah.txt").read_text(encoding="utf-8")
    assert painted != re.sub(r"\x1b\[[\d;]*m", "", painted)


def test_a_file_says_the_format(cgraph, tmp_path: Path) -> None:
    done = cgraph("explain", OLAH, "--a", "3", "--b", "1", "-o", "notes.tex", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / "notes.tex").read_text(encoding="utf-8") == (FOLDER / "olah.tex").read_text(encoding="utf-8")


def test_the_exit_status(cgraph) -> None:
    assert cgraph("explain", "log(x)", "--x", "-1").returncode == 3
    assert cgraph("explain", "log(x)", "--x", "-1", "--allow-nonfinite").returncode == 0
    assert cgraph("explain", "c = log(z); x*2", "--x", "1", "--z", "-1", "--wrt", "x").returncode == 0
    assert cgraph("explain", OLAH, "--a", "1").returncode == 2


@pytest.mark.parametrize("name", ["olah", "pytorch_bce", "black_scholes", "backprop_chain"])
def test_the_numbers_are_those_of_eval(name: str, cgraph) -> None:
    program = resources.read("examples", f"{name}.cg")
    told = json.loads(cgraph("explain", "-", "-o", "json", stdin=program).stdout)["outputs"]
    shown = json.loads(cgraph("eval", "-", "-o", "json", stdin=program).stdout)
    ((output, sweep),) = told.items()
    gradients = {node["name"]: node["gradient"][output] for node in shown["nodes"]}
    assert all(step["gradient"] == gradients[step["node"]] for step in sweep["backward"])
    for path_sum in sweep["paths"]:
        if path_sum["count"] == len(path_sum["listed"]):
            total = sum(prod(path["partials"]) for path in path_sum["listed"])
            assert total == pytest.approx(path_sum["gradient"], rel=1e-9)
        for path in path_sum["listed"]:
            assert all(first != second for first, second in pairwise(path["nodes"]))
            assert (path["nodes"][0], path["nodes"][-1]) == (path_sum["from"], output)


@pytest.mark.parametrize("format", ["latex", "markdown"])
def test_katex_sets_what_is_written(format: str, cgraph) -> None:
    node, katex = need_program("node"), need_node_modules("katex") / "katex"
    texts = [cgraph("explain", *args, "--format", format).stdout for name, args in GOLDEN.items() if "-o" not in args]
    formulas = []
    for text in texts:
        text = re.sub(r"^%.*$", "", text, flags=re.MULTILINE)
        displays = re.compile(r"\\begin\{align\*\}.*?\\end\{align\*\}", re.DOTALL)
        formulas += displays.findall(text) + re.findall(r"\$([^$]+)\$", displays.sub("", text))
    assert len(formulas) > 50
    script = (
        f"const katex = require({str(katex)!r});"
        "for (const text of JSON.parse(require('fs').readFileSync(0, 'utf8')))"
        " katex.renderToString(text, {displayMode: text.startsWith('\\\\begin'), strict: 'error'})"
    )
    done = subprocess.run([node, "-e", script], input=json.dumps(formulas), text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_two_names_that_would_look_the_same_do_not() -> None:
    notation = LatexNotation(names=["x1", "x_1", "v", "theta", "θ"])
    assert len({notation.name(name) for name in ["x1", "x_1", "theta", "θ"]}) == 4
    assert notation.name("%2") == "u_{2}"


@pytest.mark.parametrize("name", [name for name, row in PRIMITIVES.items() if row.taught])
def test_the_taught_form_is_the_rule(name: str, cgraph) -> None:
    """Both forms agree in 50 digits."""
    row = PRIMITIVES[name]
    for x in ("-3.25", "-0.5", "0.125", "0.75", "2.5"):
        program = f"f = {name}(x); abs(({row.taught}) - ({row.rule}))"
        done = cgraph("eval", program, "--x", x, "--precision", "50", "--get", "value", "--digits", "5")
        assert float(done.stdout) < 1e-48


def test_the_form_that_is_computed_is_said_once(cgraph) -> None:
    done = cgraph("explain", "y = sigmoid(x); z = tanh(y); tanh(z)", "--x", "1")
    assert "∂y/∂x = y·(1 - y) = " in done.stdout
    assert "∂z/∂y = 1 - z^2 = " in done.stdout
    assert done.stdout.count("computed as") == 1


def test_a_long_path_keeps_what_differs(cgraph) -> None:
    """Two paths that share a dozen 1s are written with their differences, and above all with the factor 0."""
    same = "*1" * 12
    done = cgraph("explain", f"a = x{same}; b = a*2; c = a*0; d = (b + c){same}", "--x", "1")
    paths = [line.strip() for line in done.stdout.split("\n") if "… →" in line or "·…" in line]
    assert [re.findall(r" b →| c →", path) for path in paths] == [[" b →"], [" c →"]]
    assert "0·" in paths[1]
    assert paths[1].count("1·") <= 1
    (alone,) = [line for line in done.stdout.split("\n") if line.strip().startswith("together")]
    assert alone.strip() == "together ∂d/∂x = 2 + 0 = 2"


def test_of_many_inputs_the_first_is_told(cgraph) -> None:
    names = [f"x{at}" for at in range(20)]
    point = [f"--{name}=1" for name in names]
    done = cgraph("explain", f"sum({', '.join(names)})", *point)
    assert "`--wrt x1`" in done.stderr
    assert "∂%1/∂x0" in done.stdout
    assert "∂%1/∂x1" not in done.stdout
    assert "∂%1/∂x1" in cgraph("explain", f"sum({', '.join(names)})", *point, "--wrt", "x1").stdout
    assert "∂%1/∂x19" in cgraph("explain", f"sum({', '.join(names)})", *point, "--all").stdout


def test_of_arrays_those_without_a_name_are_written_out(cgraph) -> None:
    program = "z = tanh(W @ x + b); L = sum((z - t)^2)"
    args = ["--W", "[[1, 2], [3, 4]]", "--x", "[0.5, -0.2]", "--b", "[0, 1]", "--t", "[1, 1]", "--wrt", "W,b"]
    named = cgraph("explain", program, *args, "--named").stdout
    assert "z = tanh(W @ x + b) = [" in named
    assert "%" in cgraph("explain", program, *args).stdout
    assert "%" not in named
    whole, short = (
        json.loads(cgraph("explain", program, *args, *more, "-o", "json").stdout) for more in ([], ["--named"])
    )
    gradients = {step["node"]: step["gradient"] for step in whole["outputs"]["L"]["backward"]}
    for step in short["outputs"]["L"]["backward"]:
        assert step["gradient"] == gradients[step["node"]]
    assert [step["node"] for step in short["outputs"]["L"]["backward"]] == ["L", "z", "b", "W"]
