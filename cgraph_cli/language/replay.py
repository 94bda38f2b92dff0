"""Replay: statements that differ only in their names and numbers, which big programs consist of.

The builder's work on a statement depends on its tokens' kinds and not on the names and numbers, as long as the names
are known nodes, and the assigned name is new. So a frequent *shape* is learnt. The builder parses one statement of the
shape with different words, in a graph of its own. Its additions to the columns, written as Python with the words left
open, do the same for every other statement of the shape. A statement outside of these conditions is parsed like any
other.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from cgraph_cli.core.errors import ProgramError, Source
from cgraph_cli.core.graph import Graph, show_number
from cgraph_cli.core.primitives import CONSTANTS
from cgraph_cli.language.build import Builder
from cgraph_cli.language.driver import Driver, Unparsed
from cgraph_cli.language.name_rules import KEYWORDS
from cgraph_cli.language.numbers import does_hold

_BLANK = r"[ \t\f\v\u00a0\u2009\u202f\n]*"
STATEMENT = re.compile(
    rf"([^;\n#]*)(?:#[^\n]*)?(?:[;\n]{_BLANK}(?:\#[^\n]*\n{_BLANK}){{0,100}}|\Z)"
    r"(?=([#*×·/÷%^<>+\-−]|[=!]=|(?:and|or)\b)?)"
)
"""A statement without parentheses open at a line end, its end, and the beginning of the next line, if that may belong
to this statement.
"""

_NOTHING = re.compile(r"(?:[ \t\f\v\u00a0\u2009\u202f\n;]+|#[^\n]*){0,1000}")
"""The text between statements."""

WORDS = re.compile(r"\b([A-Za-z_]\w*\b(?![ \t]*\()|[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\b)", re.ASCII)
"""The names and the numbers of a statement, in most spellings.

Any other, and the name of a function, belongs to the text around the words; a statement where that breaks a word in two
has no shape.
"""

_LETTERS = ":"
"""A word below this is a number: its first character is a digit."""

LONGEST = 400
"""The most characters of a statement with a shape."""

SEEN_OFTEN = 8
"""The uses of a shape in a program before it is learnt."""

MOST_SHAPES = 2000
"""The most shapes that are counted, and that one program learns."""

_MOST_LITERALS = 10_000

_STATEMENTS_A_REPORT = 4096

_ELSEWHERE = 1_000_000
"""The least offset of the known nodes, while a shape is learnt."""

Replay = Callable[[Sequence[str], int], bool]
"""A function of a statement, split at its `WORDS`, and its start; it tells whether it could replay the statement."""

_learnt: dict[Hashable, str] = {}
_reserved = KEYWORDS | set(CONSTANTS)
_literals: dict[str, tuple[float, str]] = {}


def read_long(text: str, builder: Builder, driver: Driver, progress: Callable[[int, int], None] | None = None) -> None:
    """Parse a text: by replay for statements of a known shape, else by the driver."""
    shapes = Shapes(builder)
    split, recall, replay_any = WORDS.split, shapes.latest.get, shapes.replay
    position, end, countdown = 0, len(text), _STATEMENTS_A_REPORT
    while 0 <= position < end:
        for found in STATEMENT.finditer(text, position):
            statement, following, is_done = found[1], found.end(), False
            if not statement:
                position = _skip(text, position)
                break
            if found.lastindex == 1 and len(statement) < LONGEST:
                parts = split(statement)
                replay = recall(tuple(parts[::2]))
                is_done = (replay is not None and replay(parts, position)) or replay_any(parts, position)
            position = following if is_done else driver.statement(position)
            countdown -= 1
            if not countdown:
                countdown = _STATEMENTS_A_REPORT
                if progress:
                    progress(position, end)
            if position != following or position == end:
                break


def _skip(text: str, position: int) -> int:
    """Find the start of the next statement, from a place between statements."""
    while (found := _NOTHING.match(text, position)) and found.end() > position:
        position = found.end()
    return position


class Shapes:
    """The shapes of one program: a shape is the text around a statement's words, with a flag for each number among
    them.

    `latest` has, by the text alone, the last replay; it refuses words of other kinds.
    """

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.latest: dict[tuple[str, ...], Replay] = {}
        self.replays: dict[Hashable, Replay] = {}
        self.seen: dict[Hashable, int] = {}

    def replay(self, parts: Sequence[str], at: int) -> bool:
        """Replay a statement, if its shape is known and allows it."""
        texts = tuple(parts[::2])
        shape = (texts, *(word < _LETTERS for word in parts[1::2]))
        replay = self.replays.get(shape) or self._find(shape, parts)
        if replay is _never or not replay(parts, at):
            return False
        self.latest[texts] = replay
        return True

    def _find(self, shape: Hashable, parts: Sequence[str]) -> Replay:
        """Find the replay of a frequent shape; else a function that always refuses."""
        if len(self.replays) >= MOST_SHAPES:
            return _never  # to learn one more costs as much as the driver on dozens of statements
        count = self.seen[shape] = self.seen.get(shape, 0) + 1
        if count >= SEEN_OFTEN:
            code = _learnt.get(shape)
            if code is None:
                if len(_learnt) >= MOST_SHAPES:
                    _learnt.clear()
                code = _learnt[shape] = _learn(parts)
            self.replays[shape] = _bound(code, self.builder) if code else _never
            return self.replays[shape]
        if len(self.seen) >= MOST_SHAPES:
            self.seen.clear()
        return _never


def _never(parts: Sequence[str], at: int) -> bool:
    return False


def _bound(code: str, builder: Builder) -> Replay:
    namespace: dict[str, Any] = {
        "builder": builder,
        "reserved": _reserved,
        "literals": _literals,
        "read": _read_number,
    }
    exec(code, namespace)
    bind = namespace.pop("bind")  # a function in its own globals is a cycle, which would keep the graph alive
    replay: Replay = bind(builder.program)
    return replay


def _read_number(text: str) -> tuple[float | None, str]:
    """Read a literal: its number, None beyond the doubles, and its spelling, if not the shortest."""
    if len(_literals) >= _MOST_LITERALS:
        _literals.clear()
    number = float(text)
    if not does_hold(text, number):
        return None, text
    _literals[text] = entry = number, "" if show_number(number) == text else text
    return entry


class _Observer(Builder):
    """A builder that records the words that are looked up as nodes."""

    def __init__(self) -> None:
        self.used: list[str] = []

    def name(self, token: Any) -> int:
        self.used.append(str(token))
        return super().name(token)


def _learn(parts: Sequence[str]) -> str:
    """Write the code for the shape of a statement; nothing for one without a shape."""
    sample = list(parts)
    starts, words, length = [], [], 0
    for at, position in enumerate(range(1, len(parts), 2)):
        word = sample[position] = f"1{at:03}.50" if parts[position] < _LETTERS else f"w{at}"
        starts.append(length + len(parts[position - 1]))
        words.append(word)
        length = starts[-1] + len(word)
    text = "".join(sample)
    try:
        known = list(dict.fromkeys(_watch(text, []).used))
        watched = _watch(text, known)
    except (Unparsed, ProgramError):
        return ""
    if {*known, *watched.program.nodes} != {word for word in words if word[0] == "w"}:
        return ""  # the text around the words has a name of another alphabet, or one that is no node
    literals = [abs(number) for number in watched.program.numbers if number is not None]
    if any(literals.count(float(word)) != 1 for word in words if word[0] == "1"):
        return ""  # it has a number in another spelling, equal to a word's
    code = _GraphWriter(watched.program, words, starts, known).write()
    replayed = _begun(text, known)
    return code if _bound(code, replayed)(sample, 0) and _is_same(replayed, watched) else ""


def _is_same(one: Builder, other: Builder) -> bool:
    """Tell whether two builders have the same results: these are then independent of all beside the words."""
    ours, theirs = one.program, other.program
    same = all(getattr(ours, name) == getattr(theirs, name) for name in Graph.__slots__ if name != "source")
    return same and one.functions == other.functions and one.statement_start == other.statement_start


def _begun(text: str, known: Sequence[str]) -> _Observer:
    """Make a builder of a program whose first nodes are some known names."""
    observer = _Observer()
    observer.begin(Source(text))
    for node, name in enumerate(known):
        observer.program.append_input(name, _ELSEWHERE + node)
    observer.statement_start = len(known)
    return observer


def _watch(text: str, known: Sequence[str]) -> _Observer:
    """Record the builder's work on a statement, with some names known."""
    observer = _begun(text, known)
    if Driver(text, observer).statement(0) >= 0:
        raise Unparsed(0, 0)
    return observer


class _GraphWriter:
    """A writer of a statement's additions to a graph as the body of a function of its words."""

    def __init__(self, graph: Graph, words: Sequence[str], starts: Sequence[int], known: Sequence[str]) -> None:
        self.graph = graph
        self.words = words
        self.starts = starts
        self.known = known
        self.at = {word: position for position, word in enumerate(words)}

    def write(self) -> str:
        """Write the code: a function `bind` of the graph, which returns the replay."""
        graph, first = self.graph, len(self.known)
        nodes = range(first, len(graph))
        target = next((name for name, node in graph.nodes.items() if node >= first), None)
        numbers = {node: self._number(number) for node in nodes if (number := graph.numbers[node]) is not None}
        words = [self._word(at) for at in range(len(self.words))]
        lines = [f"_, {', _, '.join(words)}, _ = parts"] if words else []
        for name in self.known:
            lines += [f"n{self.at[name]} = find({name})", f"if n{self.at[name]} is None:", "    return False"]
        for word, known in zip(words, self.words, strict=True):
            if known[0] == "1":
                lines += [f"if {word} > {_LETTERS!r}:", "    return False"]
        if target is not None:
            lines.append(
                f"if {target} in nodes or {target} in reserved or {target} in sizes or {target} < {_LETTERS!r}:"
            )
            lines.append("    return False")
        lines += ["base = len(operations)", f"if base + {len(nodes)} + graph.nodes_elsewhere > graph.max_nodes:"]
        lines.append("    return False")
        if nodes:
            for at, known in enumerate(self.words):
                if known[0] == "1":
                    word = self._word(at)
                    lines += [f"x{at}, s{at} = literals.get({word}) or read({word})", f"if x{at} is None:"]
                    lines.append("    return False")
            lines += self._columns(nodes, numbers)
        if target is not None:
            lines.append(f"nodes[{target}] = {self._node(graph.nodes[target])}")
        if graph.outputs:
            lines.append(f"outputs.append({self._node(graph.outputs[0])})")
        if graph.output >= 0:
            lines += [
                f"graph.output = {self._node(graph.output)}",
                f"builder.statement_start = {_sum('base', len(nodes))}",
            ]
        lines.append("return True")
        return "\n".join([*_HEAD, *(f"        {line}" for line in lines), "    return replay"])

    def _columns(self, nodes: range, numbers: dict[int, str]) -> list[str]:
        graph = self.graph
        names = [graph.names[node] or "None" for node in nodes]
        lines = ["end = starts[-1]"]
        lines.append(_appended("starts", [_sum("end", graph.starts[node + 1]) for node in nodes]))
        if graph.operands:
            lines.append(_appended("operands", [self._node(operand) for operand in graph.operands]))
        lines.append(f"add_operations({_tuple([repr(graph.operations[node]) for node in nodes])})")
        lines.append(f"add_names({_tuple(names)})")
        lines.append(f"add_numbers({_tuple([numbers.get(node, 'None') for node in nodes])})")
        for node, spelling in graph.spellings.items():
            word = next((at for at, word in enumerate(self.words) if spelling.endswith(word)), None)
            if word is None:
                lines.append(f"spellings[{self._node(node)}] = {spelling!r}")
            else:
                sign = spelling[: -len(self.words[word])]
                lines += [f"if s{word}:", f"    spellings[{self._node(node)}] = {sign!r} + s{word}"]
        return [*lines, *self._places(nodes)]

    def _places(self, nodes: range) -> list[str]:
        """Write the offsets of the nodes and of their definitions."""
        offsets = [self._place(self.graph.offsets[node]) for node in nodes]
        definitions = [self._place(self.graph.definitions[node]) for node in nodes]
        last = max(before for before, _ in (*offsets, *definitions))
        lines = [f"p{at + 1} = p{at} + len({self._word(at)})" for at in range(last)]
        for column, places in (("offsets", offsets), ("definitions", definitions)):
            lines.append(_appended(column, [text for _, text in places]))
        return lines

    def _place(self, offset: int) -> tuple[int, str]:
        """Find the number of words before an offset, and the offset itself."""
        if offset >= _ELSEWHERE:
            return 0, f"graph.offsets[{self._node(offset - _ELSEWHERE)}]"
        before = bisect_right(self.starts, offset - 1)
        return before, _sum(f"p{before}", offset - sum(len(word) for word in self.words[:before]))

    def _node(self, node: int) -> str:
        first = len(self.known)
        return f"n{self.at[self.known[node]]}" if node < first else _sum("base", node - first)

    def _word(self, at: int) -> str:
        return f"w{at}"

    def _number(self, number: float) -> str:
        """Write a number: a word of the statement, with its sign, or one in all statements of the shape."""
        for at, word in enumerate(self.words):
            if word[0] == "1" and float(word) == abs(number):
                return f"-x{at}" if number < 0 else f"x{at}"
        return f"float({str(number)!r})"  # its text covers infinities too


_HEAD = [
    "def bind(graph):",
    "    nodes, operations, starts, spellings, outputs = (",
    "        graph.nodes, graph.operations, graph.starts, graph.spellings, graph.outputs",
    "    )",
    "    sizes = builder.sizes",
    "    find, add_operations, add_names = nodes.get, operations.extend, graph.names.extend",
    "    add_numbers, add_starts, add_operands = graph.numbers.extend, starts.append, graph.operands.append",
    "    add_offsets, add_definitions = graph.offsets.append, graph.definitions.append",
    "    def replay(parts, p0):",
]


def _sum(name: str, constant: int) -> str:
    return f"{name} + {constant}" if constant else name


def _appended(column: str, items: Sequence[str]) -> str:
    """Write the calls that append to an array, which has no quick way to take several at once."""
    return "; ".join(f"add_{column}({item})" for item in items)


def _tuple(items: Sequence[str]) -> str:
    return f"({', '.join(items)},)"
