"""A derivation as JSON: its steps as data, with the rules as text in cgraph's own language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from cgraph_cli.evaluation.paths import write_count
from cgraph_cli.render.sheets.json import encoder, number
from cgraph_cli.render.view import View
from cgraph_cli.render.wording.notation import Notation
from cgraph_cli.results.array_derivation import ArrayDerivation, ArrayTerm
from cgraph_cli.results.derivation import Derivation, PathSum, Share, Step, Sweep
from cgraph_cli.symbolic.matrices.adjoint_terms import ADJOINT


def write(derivation: Derivation | ArrayDerivation, view: View, stream: TextIO) -> None:
    """Write `{"forward": […], "outputs": {…}}`, a line a step."""
    encode = encoder(stream)
    if isinstance(derivation, ArrayDerivation):
        _write_arrays(derivation, view, stream)
        return
    writer = _StepEncoder(derivation, view)
    stream.write('{\n  "forward": [' + _lines(map(encode, writer.forward()), 4) + "],\n")
    stream.write(f'  "forward_left_out": {derivation.forward.left_out},\n  "outputs": {{')
    labels = derivation.graph.labels()
    for at, sweep in enumerate(derivation.sweeps):
        stream.write("," * bool(at) + f"\n    {encode(labels[sweep.output])}: {{\n")
        stream.write('      "backward": [' + _lines((encode(writer.step(step)) for step in sweep.steps()), 8) + "],\n")
        stream.write(f'      "backward_left_out": {sweep.shown.left_out},\n')
        sums = (encode(writer.path_sum(path_sum)) for path_sum in sweep.path_sums(view.most_paths))
        stream.write('      "paths": [' + _lines(sums, 8) + "],\n")
        stream.write(f'      "products": {encode(writer.products(sweep))}\n    }}')
    stream.write("\n  }\n}\n")


def _lines(entries: Iterator[str], indent: int) -> str:
    margin = "\n" + " " * indent
    written = ("," + margin).join(entries)
    return f"{margin}{written}\n{' ' * (indent - 2)}" if written else ""


def _write_arrays(derivation: ArrayDerivation, view: View, stream: TextIO) -> None:
    """Write a derivation of arrays, its numbers as nested lists.

    Each rule is a formula in `gradient`, the gradient of the node that it leads back from.
    """
    encode, program = encoder(stream), derivation.program
    labels, report = program.labels(), derivation.report

    def rule(term: ArrayTerm) -> str | None:
        if term.formula is None:
            return None
        text = term.formula.text().replace(ADJOINT, "gradient")
        for sign, node in term.formula.signs.items():
            text = text.replace(sign, labels[node])
        return text

    def sizes(node: int, known: Sequence[float]) -> object:
        return derivation.arrays.elements[node].map(lambda each: number(known[each], view)).nested()

    uncertainties = report.uncertainties
    forward = (
        {
            "node": labels[node],
            "expression": derivation.written.expression(node),
            "operands": [labels[operand] for operand in derivation.operands_of(node)],
            "shape": list(program.shapes[node]),
            "value": derivation.value(node).map(lambda x: number(x, view)).nested(),
            "status": derivation.arrays.elements[node].map(lambda each: report.verdict(each).status).nested(),
            **({} if uncertainties is None else {"u": sizes(node, uncertainties)}),
        }
        for node in derivation.forward.nodes
    )
    stream.write('{\n  "forward": [' + _lines(map(encode, forward), 4) + "],\n")
    stream.write(f'  "forward_left_out": {derivation.forward.left_out},\n  "outputs": {{')
    for at, sweep in enumerate(derivation.sweeps):
        verdict = sweep.column.verdict
        steps = (
            {
                "node": labels[step.node],
                "terms": [
                    {"through": labels[t.through], "because": derivation.written.expression(t.through), "rule": rule(t)}
                    for t in step.terms
                ],
                "gradient": step.gradient.map(lambda x: number(x, view)).nested(),
                "status": derivation.arrays.elements[step.node].map(lambda n, v=verdict: v(n).status).nested(),  # type: ignore[misc]
            }
            for step in sweep.steps()
        )
        stream.write("," * bool(at) + f"\n    {encode(labels[sweep.output])}: {{\n")
        stream.write('      "backward": [' + _lines(map(encode, steps), 8) + "],\n")
        stream.write(f'      "backward_left_out": {sweep.shown.left_out}\n    }}')
    stream.write("\n  }\n}\n")


class _StepEncoder:
    def __init__(self, derivation: Derivation, view: View) -> None:
        self.derivation = derivation
        self.view = view
        self.labels = derivation.graph.labels()
        self.program = Notation()

    def forward(self) -> Iterator[dict[str, Any]]:
        graph, report = self.derivation.graph, self.derivation.report
        for node in self.derivation.forward.nodes:
            yield {
                "node": self.labels[node],
                "kind": report.kind(node),
                "expression": self.derivation.steps.expression(node),
                "operands": [self.labels[operand] for operand in graph.operands_of(node)],
                "numbers": [number(report.values[operand], self.view) for operand in graph.operands_of(node)],
                "value": number(report.values[node], self.view),
                "status": report.verdict(node).status,
                **({} if report.uncertainties is None else {"u": number(report.uncertainties[node], self.view)}),
            }

    def step(self, step: Step) -> dict[str, Any]:
        return {
            "node": self.labels[step.node],
            "terms": [self._share(share) for share in step.shares],
            "terms_left_out": step.left_out,
            "gradient": number(step.gradient, self.view),
            "status": step.verdict.status,
            "interval": [number(bound, self.view) for bound in step.verdict.interval or ()] or None,
        }

    def _share(self, share: Share) -> dict[str, Any]:
        reasons = dict.fromkeys(self.program.formula(p.reason) for p in share.partials if p.reason is not None)
        return {
            "through": self.labels[share.node],
            "because": self.derivation.steps.expression(share.node),
            "where": list(reasons),
            "rule": " + ".join(self.program.formula(partial.formula) for partial in share.partials),
            "partial": number(0.0 if share.partial is None else share.partial, self.view),
            "gradient": number(share.outer, self.view),
            "product": number(share.product, self.view),
        }

    def path_sum(self, path_sum: PathSum) -> dict[str, Any]:
        graph, partials = self.derivation.graph, self.derivation.steps.evaluation.partials
        listed = []
        for path in path_sum.paths:
            nodes = [graph.operands[path.edges[0]], *map(self.derivation.target_of, path.edges)]
            listed.append(
                {
                    "nodes": [self.labels[node] for node in nodes],
                    "partials": [number(partials[edge], self.view) for edge in path.edges],
                    "product": number(path.product, self.view),
                }
            )
        return {
            "from": self.labels[path_sum.source],
            "count": write_count(path_sum.counted.paths),
            "listed": listed,
            "gradient": number(path_sum.gradient, self.view),
        }

    def products(self, sweep: Sweep) -> dict[str, Any]:
        products = sweep.products()
        return {
            "paths": write_count(products.paths),
            "by_paths": write_count(products.by_paths),
            "by_edges": write_count(products.by_edges),
            "saved": write_count(products.by_paths - products.by_edges),
        }
