"""A derivation in words: sections, sentences and chains of equations, set by every format for people."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from math import inf
from typing import NamedTuple

from cgraph_cli.core.graph import LEAVES
from cgraph_cli.evaluation.paths import Path
from cgraph_cli.render.numbers import read_number, shorten
from cgraph_cli.render.wording.notation import Notation
from cgraph_cli.results.derivation import Derivation, PathSum, Share, Shown, Step, Sweep
from cgraph_cli.trust.verdicts import Status, Verdict

MOST_FACTORS = 8
"""The most edges of a path that is written without an ellipsis."""

_RECOVERED = "found in high precision, where doubles lose digits"


class Equation(NamedTuple):
    """`left = parts[0] = parts[1] …`, and the words after it, such as a reason; after a colon where `colon` is set."""

    left: str
    parts: tuple[str, ...]
    after: str = ""
    colon: bool = False


class Passage(NamedTuple):
    """An equation or a sentence, and the passages below it."""

    content: Equation | str
    below: tuple[Passage, ...] = ()


class Section(NamedTuple):
    """A title and the passages below it."""

    title: str
    items: list[Passage]


def with_gap(items: Iterable[Passage], shown: Shown) -> list[Passage]:
    """List the steps of a sweep, with a line for the ones that are left out."""
    told = list(items)
    if shown.left_out:
        told.insert(shown.gap, Passage(f"… {shown.left_out:,} steps left out (--all shows them) …"))
    return told


class Narrator:
    """A narrator of derivations in a notation, with at most `most_paths` paths from each node."""

    def __init__(self, derivation: Derivation, notation: Notation, most_paths: int) -> None:
        self.derivation = derivation
        self.notation = notation
        self.most_paths = most_paths
        self.labels = derivation.graph.labels()
        self._has_said_form = False

    def sections(self) -> Iterator[Section]:
        """Tell the whole derivation."""
        derivation = self.derivation
        names = self.listed([self.math(output) for output in derivation.report.outputs])
        shown = derivation.forward
        yield Section(f"Forward sweep: the values up to {names}", with_gap(map(self._value, shown.nodes), shown))
        for sweep in derivation.sweeps:
            name = self.math(sweep.output)
            steps = with_gap([self._step(sweep, step) for step in sweep.steps()], sweep.shown)
            if not steps:
                steps = [
                    Passage(f"{name} is made of constants, and there is nothing to differentiate with respect to.")
                ]
            yield Section(f"Backward sweep: the gradients of {name}", steps)
            sums = [self._path_sum(sweep, path_sum) for path_sum in sweep.path_sums(self.most_paths)]
            if sums:
                left_out = len(derivation.wrt) - len(sweep.idle) - len(sums) - (sweep.output in derivation.wrt)
                if left_out > 0:
                    more = f"… and the paths from {left_out:,} more nodes (--wrt chooses, --all lists all) …"
                    sums.append(Passage(more))
                yield Section(f"The same as a sum over paths to {name}", [*sums, Passage(self._products(sweep))])

    # Parts of sentences

    def name(self, node: int) -> str:
        """Write a node's name, as mathematics."""
        return self.notation.name(self.labels[node])

    def math(self, node: int) -> str:
        """Write a node's name within a sentence."""
        return self.notation.inline(self.name(node))

    def listed(self, words: Sequence[str], most: int = 6) -> str:
        """List words: `a, b and c`."""
        if len(words) > most:
            words = [*words[: most - 1], f"{len(words) - most + 1:,} more"]
        return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)

    def operation(self, node: int) -> str:
        """Write a node's operation: `c = a + b`."""
        formula = self.notation.side(self.derivation.steps.formula(node))
        return f"{self.name(node)}{self.notation.equals}{formula}"

    # The forward sweep

    def _value(self, node: int) -> Passage:
        derivation, notation = self.derivation, self.notation
        value = notation.number(derivation.value(node))
        parts = [value]
        if derivation.graph.operations[node] not in LEAVES:
            named = derivation.steps.formula(node)
            shown = derivation.steps.formula(node, lambda operand: self._read(derivation.value(operand)))
            parts = [notation.side(named), notation.side(shown), value]
        if node in derivation.graph.gradients:
            of, wrt = derivation.graph.gradients[node]
            parts.insert(0, notation.derivative(self.name(of), self.name(wrt)))
        said, known = _about_value(derivation.report.verdict(node)), derivation.report.uncertainties
        uncertain = f", with the uncertainty {self._read(known[node])}" if known is not None and known[node] else ""
        return Passage(Equation(self.name(node), _distinct(parts), uncertain + (f": {said}" if said else "")))

    def _read(self, value: float) -> str:
        return read_number(value, self.notation.digits)

    # The backward sweep

    def _step(self, sweep: Sweep, step: Step) -> Passage:
        notation = self.notation
        left = notation.derivative(self.name(sweep.output), self.name(step.node))
        gradient = notation.number(step.gradient)
        if step.node == sweep.output:
            return Passage(Equation(left, (gradient,), ", where the sweep starts"))
        if not step.shares:
            node, output = self.math(step.node), self.math(sweep.output)
            blocked = f"no change of {node} gets through to {output} here"
            why = blocked if step.node in sweep.ancestors else f"{output} does not depend on {node}"
            return Passage(Equation(left, (gradient,), f": {why}"))
        remark = self._remark(left, step)
        only = step.shares[0]
        if len(step.shares) == 1 and only.node == sweep.output:
            line = self._local(step.node, only)
            return Passage(line, remark)
        into = self.listed([self.math(share.node) for share in step.shares] + [""] * step.left_out)
        count = len(step.carrying) + step.left_out
        what = "" if count < 2 else ", so its gradient is a sum"
        several = count > 1
        below = [Passage(self._local(step.node, s, direct=several and s.node == sweep.output)) for s in step.shares]
        if step.left_out:
            below.append(Passage(f"… and {step.left_out:,} more (--all shows them) …"))
        below.append(Passage(self._gradient(sweep, step, left)))
        return Passage(f"{self.math(step.node)} goes into {into}{what}:", (*below, *remark))

    def _local(self, node: int, share: Share, direct: bool = False) -> Equation:
        """Tell a local partial: `∂e/∂c = d = 2, because e = c·d`."""
        notation = self.notation
        rules = [notation.formula(partial.formula) for partial in share.partials]
        because = [self.operation(share.node)]
        because += dict.fromkeys(notation.formula(p.reason) for p in share.partials if p.reason is not None)
        numbers = notation.number(0.0 if share.partial is None else share.partial)
        parts = _distinct([notation.plus.join(rules), numbers])
        after = f", because {' and '.join(map(notation.inline, because))}"
        after += self._about_form(share)
        left = notation.derivative(self.name(share.node), self.name(node))
        if direct:
            return Equation(notation.words("directly"), parts, after, colon=True)
        return Equation(left, parts, after)

    def _about_form(self, share: Share) -> str:
        """Mention once that the written form differs from the computed one."""
        computed = next((partial.computed for partial in share.partials if partial.computed is not None), None)
        if computed is None or self._has_said_form:
            return ""
        self._has_said_form = True
        formula = self.notation.inline(self.notation.formula(computed))
        return f"; computed as {formula}, which keeps its digits far out"

    def _gradient(self, sweep: Sweep, step: Step, left: str) -> Equation:
        """Tell a gradient: `∂e/∂b = ∂e/∂c·∂c/∂b + ∂e/∂d·∂d/∂b = 2·1 + 4·1 = 6`."""
        notation, carrying = self.notation, step.carrying
        if not carrying and not step.left_out:
            return Equation(left, (notation.number(step.gradient),))
        symbols: list[str] = []
        numbers: list[str] = []
        for share in carrying:
            if share.node == sweep.output:
                symbols.append(notation.plus.join(notation.formula(partial.formula) for partial in share.partials))
                numbers.append(notation.product([share.partial], signed=bool(numbers)))
                continue
            outer = notation.derivative(self.name(sweep.output), self.name(share.node))
            inner = notation.derivative(self.name(share.node), self.name(step.node))
            symbols.append(f"{outer}{notation.dot}{inner}")
            numbers.append(notation.product([share.outer, share.partial], signed=bool(numbers)))
        if step.left_out:
            parts = [notation.plus.join([*symbols, notation.ellipsis()]), notation.number(step.gradient)]
        else:
            products = [share.product for share in carrying]
            total = sum(products) if step.differs else step.gradient
            parts = [notation.plus.join(symbols), notation.plus.join(numbers)]
            parts += [notation.total(products), notation.number(total)]
        return Equation(left, _distinct(parts))

    def _remark(self, left: str, step: Step) -> tuple[Passage, ...]:
        said = self._about_gradient(step.verdict, step.gradient)
        if step.differs:
            how = f": {said or _RECOVERED}"
            return (Passage(Equation(f"but {left}", (self.notation.number(step.gradient),), how)),)
        if step.verdict.status == Status.LIMIT:
            said = "checked in high precision, where the rules meet an irregular point"
        return (Passage(said),) if said else ()

    def _about_gradient(self, verdict: Verdict, gradient: float) -> str:
        """Explain a derivative other than ok."""
        notation = self.notation
        if verdict.sides is not None:
            left, right = (notation.inline(notation.number(slope)) for slope in verdict.sides)
            shown = notation.inline(notation.number(gradient))
            return (
                f"at a kink, where the slopes on the two sides are {left} and {right}; {shown} is taken by convention"
            )
        return {
            Status.KINK: "at a kink, where the slopes on the two sides differ",
            Status.JUMP: "at a jump, where there is no derivative"
            + ("; 0 is the slope on both sides" if gradient == 0 else ""),
            Status.POLE: "at a pole, where the slope is infinite",
            Status.RECOVERED: _RECOVERED,
            Status.OVERFLOW: f"{shorten(verdict.text)}, which no double can hold",
            Status.LIMIT: "found as a limit, where the function has no value or one side only",
            Status.UNDEFINED: "there is no derivative here",
            Status.UNKNOWN: "not settled: this is what doubles give",
        }.get(verdict.status, "")

    # The sum over paths

    def _path_sum(self, sweep: Sweep, path_sum: PathSum) -> Passage:
        notation, paths = self.notation, path_sum.counted.paths
        left = notation.derivative(self.name(sweep.output), self.name(path_sum.source))
        gradient = notation.number(path_sum.gradient)
        many = f"{notation.count(paths)} paths lead" if paths > 1 else "1 path leads"
        head = f"{many} from {self.math(path_sum.source)} to {self.math(sweep.output)}:"
        several = len(path_sum.paths) > 1
        common = set.intersection(*(set(path.edges) for path in path_sum.paths)) if several else set()
        below = [Passage(self._path(path, common)) for path in path_sum.paths]
        if 0 < len(path_sum.paths) < paths:
            more = notation.count(paths - len(path_sum.paths))
            below.append(Passage(f"… and {more} more (--paths lists more)"))
        products = [path.product for path in path_sum.paths]
        if path_sum.is_whole:
            if len(products) > 1:
                below.append(Passage(Equation("together " + left, _distinct([notation.total(products), gradient]))))
            return Passage(head, tuple(below))
        if len(products) == paths:
            raw = _distinct([notation.total(products), notation.number(sum(products))])
            below.append(Passage(Equation("together", raw, f", where the sweep has {notation.inline(gradient)}")))
        else:
            below.append(Passage(Equation("together " + left, (gradient,), ", by the sweep")))
        return Passage(head, tuple(below))

    def _path(self, path: Path, common: Container[int]) -> Equation:
        """Write a path; a long one leaves out the edges that all paths have in `common` first."""
        graph, partials = self.derivation.graph, self.derivation.steps.evaluation.partials
        nodes = [graph.operands[edge] for edge in path.edges]
        names = [self.name(node) for node in nodes]
        last = path.edges[-1]
        names.append(self.name(self.derivation.target_of(last)))
        factors: list[float | None] = [partials[edge] for edge in path.edges]
        if len(factors) > MOST_FACTORS:
            names, factors = self._elided(names, factors, [edge in common for edge in path.edges])
        product = self.notation.number(path.product)
        parts = _distinct([self.notation.product(factors), product])
        return Equation(self.notation.arrow.join(names), parts, colon=True)

    def _elided(
        self, names: Sequence[str], factors: Sequence[float | None], common: Sequence[bool]
    ) -> tuple[list[str], list[float | None]]:
        """Leave out the least telling factors of a long path: common 1s, then other common factors, the middle last."""

        def weight(at: int) -> tuple[bool, bool, bool, int]:
            factor = factors[at]
            decides = factor == 0 or factor != factor or abs(factor or 0) == inf
            return not decides, common[at], factor == 1, min(at, len(factors) - 1 - at)

        telling = [at for at, factor in enumerate(factors) if factor != 1 or not common[at]]
        kept = sorted(sorted(telling or [0, len(factors) - 1], key=weight)[:MOST_FACTORS])
        shown_names, shown_factors = [names[0]], list[float | None]()
        for at, before in zip([*kept, len(factors)], [-1, *kept], strict=True):
            if at > before + 1:  # a stretch between is left out
                shown_factors.append(None)
                shown_names += [self.notation.ellipsis(), names[at]]
            if at < len(factors):
                shown_factors.append(factors[at])
                shown_names.append(names[at + 1])
        return shown_names, shown_factors

    def _products(self, sweep: Sweep) -> str:
        """Count the products that factoring saves."""
        products, count = sweep.products(), self.notation.count
        if products.by_paths == 0:
            return "Each path is a single edge, and there is nothing to multiply."
        many = "the path takes" if products.paths == 1 else f"the {count(products.paths)} paths take"
        many = many.replace("the about", "about")
        number = f"{count(products.by_paths)} product{'s' * (products.by_paths != 1)}"
        each = f"one for each edge but those into {self.math(sweep.output)}"
        saved = products.by_paths - products.by_edges
        if saved == 0:
            return (
                f"Multiplied out, {many} {number}, and so does the backward sweep: {each}."
                + " Where paths multiply, edges only add up, and the sweep saves more and more."
                * (sweep is self.derivation.sweeps[0])
            )
        by_edges = count(products.by_edges)
        return (
            f"Multiplied out one by one, {many} {number}. The backward sweep takes {by_edges}, {each}: "
            f"factoring saves {count(saved)}."
        )


def _about_value(verdict: Verdict) -> str:
    return {
        Status.POLE: "infinite, at a pole",
        Status.JUMP: "at a jump",
        Status.RECOVERED: _RECOVERED,
        Status.OVERFLOW: f"{shorten(verdict.text)}, which no double can hold",
        Status.LIMIT: "found as a limit, as there is no value at the point",
        Status.UNDEFINED: "there is no number",
        Status.UNKNOWN: "not settled",
    }.get(verdict.status, "")


def _distinct(parts: Sequence[str]) -> tuple[str, ...]:
    """Drop the parts of a chain of equations that repeat the one before."""
    return tuple(part for at, part in enumerate(parts) if at == 0 or part != parts[at - 1])
