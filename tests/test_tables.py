"""The grammar by its tables: the same graphs and the same errors as by Lark's own parser."""

from __future__ import annotations

import gc
import json
import random
import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.program import program
from cgraph_cli.core.errors import ProgramError, Source
from cgraph_cli.core.graph import Graph
from cgraph_cli.language import driver, generate, lark_parser, parse
from cgraph_cli.language import replay as shapes
from cgraph_cli.language.array_rules import Sizes
from cgraph_cli.language.grammar import RARE
from cgraph_cli.language.scopes import Loop
from cgraph_cli.language.tables import PATTERNS
from tests.conftest import EXAMPLES, ROOT, explore, find_files, heavy
from tests.programs import programs

PARTS = 12


def columns(graph: Graph) -> dict[str, object]:
    """List all columns of a graph for a comparison; numbers to the bit, and of assertions and ranges their graphs."""
    found: dict[str, object] = {
        name: getattr(graph, name) for name in Graph.__slots__ if name not in ("source", "_labels")
    }
    found["numbers"] = [repr(number) for number in graph.numbers]
    found["assertions"] = [
        (columns(assertion.graph), assertion.bindings, assertion.tolerance, assertion.offset)
        for assertion in graph.assertions
    ]
    found["ranges"] = {
        name: (columns(stated.graph), stated.ends, stated.span.start, stated.span.end)
        for name, stated in graph.ranges.items()
    }
    found["details"] = {node: contents(detail) for node, detail in graph.details.items()}
    return found


def contents(detail: object) -> object:
    """List the static parts of an operation of arrays for a comparison."""
    if isinstance(detail, Sizes):
        return detail.sizes, detail.offsets
    if isinstance(detail, Loop):
        slots = (slot for kind in type(detail).__mro__ for slot in getattr(kind, "__slots__", ()))
        return {slot: columns(detail.body) if slot == "body" else getattr(detail, slot) for slot in slots}
    return detail


def outcome(text: str, with_lark: bool) -> dict[str, object] | str:
    """Find a program's graph or its error."""
    try:
        source = Source(text)
        return columns(lark_parser.parse_with_lark(source) if with_lark else parse.parse(source))
    except ProgramError as error:
        return str(error)


@cache
def programs_of_the_tests() -> list[str]:
    """List every program of the examples, the pages and other tests."""
    found = [path.read_text(encoding="utf-8") for path in EXAMPLES]
    for path in find_files("tests/errors/*/*.txt"):
        head = path.read_text(encoding="utf-8").partition("\n---\n")[0].split("\n")
        found += [word for word in json.loads(head[0]) if isinstance(word, str)]
        found += [
            json.loads(rest)
            for line in head[1:]
            if (rest := line.partition(": ")[2]).startswith('"') and rest.endswith('"')
        ]
    for path in [ROOT / "README.md", *find_files("docs/*.md"), *find_files("tests/**/*.py")]:
        found += re.findall(r'"([^"\n]*[=+*(][^"\n]*)"', path.read_text(encoding="utf-8"))
    return sorted({text for text in found if max(text, default="a") < "\udc80"})


def learn_at_once(patch: pytest.MonkeyPatch) -> None:
    """Make every shape be learnt at once, in the shortest program."""
    patch.setattr(shapes, "SEEN_OFTEN", 1)
    patch.setattr(parse, "SHORT", -1)


def test_the_tables_are_those_of_the_grammar() -> None:
    assert Path(generate.path()).read_text(encoding="utf-8") == generate.tables(), (
        "the grammar has changed: run python -m cgraph_cli.language.generate"
    )
    assert parse.is_current()


def test_lark_parses_where_the_tables_are_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse, "is_current", lambda: False)
    monkeypatch.setattr(driver.Driver, "statement", None)
    assert len(parse.parse("c = a + b; d = b + 1; e = c * d")) == 6


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=heavy) for part in range(1, PARTS))])
def test_the_same_as_lark_on_the_programs_of_the_tests(part: int) -> None:
    """With shapes, each learnt when it is first seen, and without."""
    texts = programs_of_the_tests()
    assert len(texts) > 900
    for text in texts[part::PARTS]:
        by_lark = outcome(text, True)
        with pytest.MonkeyPatch.context() as patch:
            learn_at_once(patch)
            assert outcome(text, False) == by_lark, text
            patch.setattr(parse, "SHORT", 1e9)
            assert outcome(text, False) == by_lark, text


@st.composite
def repeated(draw: st.DrawFn) -> str:
    """Draw a program with some statements repeated in other words, and perhaps a few characters wrong."""
    text = draw(programs())
    lines = re.split(r"(?<=[;\n])", text)
    names = draw(st.permutations(["a", "b", "z", "n0", "n1", "n2", "x9", "pi", "and", "f0", "_", "θ", "Δx", "e"]))
    for at in range(draw(st.integers(0, 3))):
        line = draw(st.sampled_from(lines))
        for word, other in zip(re.findall(r"\b[A-Za-z_]\w*\b(?! *\()", line), names, strict=False):
            line = re.sub(rf"\b{word}\b", other, line)
        line = re.sub(r"\d+", lambda _: draw(st.sampled_from(["0", "7", "2.50", "1e400", "1e-400", "1_0"])), line)
        lines.append(re.sub(r"^(\s*(?:const )?)[^\s=;#]+ =(?!=)", rf"\g<1>again{at} =", line))
    text = "".join(lines)
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        at = draw(st.integers(0, len(text)))
        text = (
            text[:at]
            + draw(
                st.sampled_from(
                    [
                        "",
                        "(",
                        ")",
                        ";",
                        "\n",
                        "=",
                        " and ",
                        "and",
                        "or5.",
                        "2",
                        "x",
                        "#",
                        "²",
                        "̂",
                        "é",
                        "\n-",
                        "+\n",
                        "\n*",
                        "const ",
                        "\n# a\n",
                    ]
                )
            )
            + text[at + draw(st.integers(0, 2)) :]
        )
    return text


@explore(150, 3000, repeated())
def test_the_same_as_lark_on_random_programs(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        learn_at_once(patch)
        assert outcome(text, False) == outcome(text, True)


@pytest.mark.parametrize("terminal", RARE)
@given(data=st.data())
def test_a_rare_terminal_has_one_of_its_signs(terminal: str, data: st.DataObject) -> None:
    with_what_follows = PATTERNS[terminal].replace("(?=", "(?:")
    found = data.draw(st.from_regex(with_what_follows, fullmatch=True))
    assert any(sign in found for sign in RARE[terminal])


def test_a_text_without_rare_signs_has_the_same_tokens_without_rare_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    signs = [sign for signs in RARE.values() for sign in signs]
    texts = [text for text in programs_of_the_tests() if not any(sign in text for sign in signs)]
    found = []
    for rare in (True, False):
        monkeypatch.setattr(driver, "_scanners", {})
        match, _ = driver.scanner(0, rare=rare)
        pattern: re.Pattern[str] = match.__self__  # type: ignore[attr-defined]
        found.append([[(token.lastgroup, token.span()) for token in pattern.finditer(text)] for text in texts])
    assert len(texts) > 500
    assert found[0] == found[1]


def test_a_big_program_is_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = []
    real = driver.Driver.statement
    monkeypatch.setattr(driver.Driver, "statement", lambda self, start: counted.append(start) or real(self, start))
    graph = parse.parse(program(3000))
    by_the_tables, counted[:] = len(counted), []
    assert by_the_tables < 200, "of 3,000 statements, the tables parse those that a shape is learnt from"
    assert columns(graph) == columns(lark_parser.parse_with_lark(Source(program(3000))))


def test_forms_that_a_shape_has_to_get_right() -> None:
    lines = [
        "{a} = {b}*{c} + 2",
        "{a} = 2.50*{b} - -3e2",
        "{a} = {b}",
        "{a} = 7",
        "{a} = -0.0",
        "{a} = leaky_relu({b}) + x²",
        "max({b}, {c}, 1)  # a remark; with {a} = 3",
        "{b}",
        "  {a}  =  ( {b} < {c} <= 2 )  ",
        "{a} = {b} and not {c}",
        "3",
        "",
    ]
    order = random.Random(7)
    text = "x = 1\ny = 2\n" + "".join(
        order.choice(lines).format(a=f"v{at}", b=order.choice("xy"), c=order.choice("xy")) + order.choice(";\n")
        for at in range(600)
    )
    assert outcome(text, False) == outcome(text, True)
    for wrong in ["v1 = 2", "q = x*zz + 2", "and = x*y + 2", "pi = 7", "q = and"]:
        assert outcome(text + "\n" + wrong, False) == outcome(text + "\n" + wrong, True)


@heavy
def test_the_bound_on_nodes_holds_in_a_replay() -> None:
    text = program(400)
    for most in range(900, 950):
        messages = []
        for reader in (parse.parse, lark_parser.parse_with_lark):
            with pytest.raises(ProgramError) as caught:
                reader(Source(text), max_nodes=most)
            messages.append(str(caught.value))
        assert messages[0] == messages[1]


def test_a_number_that_looks_like_none_is_not_taken_for_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    learn_at_once(monkeypatch)
    for at in range(4):  # a shape is learnt with the words 1000.50, 1001.50, …
        text = "".join(f"v{line} = {line}*2*1_00{at}.5_0\nw{line} = 7 - 100{at}_5e-0_1\n" for line in range(3))
        assert outcome(text, False) == outcome(text, True)


def test_many_arguments_are_gathered_in_one_list() -> None:
    children = ["max", 1, [2]]
    assert driver._spliced(children) == ["max", 1, 2]
    gathered = [1, 2]
    assert driver._spliced([gathered, 3]) is gathered
    assert driver._spliced([gathered, [4, 5]]) == [1, 2, 3, 4, 5]
    text = f"f({', '.join(f'x{at}' for at in range(60))}) = x0\nf({', '.join('a' * 60)}) + sum({', '.join('a' * 60)})"
    assert outcome(text, False) == outcome(text, True)


def test_a_program_learns_no_more_shapes_than_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "MOST_SHAPES", 5)
    learnt = []
    real = shapes._learn
    monkeypatch.setattr(shapes, "_learn", lambda parts: learnt.append(parts) or real(parts))
    text = "x = 1\n" + "".join(f"v{at} = x -{' ' * (at // 10)} x\n" for at in range(400))
    assert outcome(text, False) == outcome(text, True)
    assert len(learnt) <= 5


def test_words_of_other_kinds_are_other_shapes() -> None:
    """The same text around the words, but a number for a name or a name for a number."""
    right = ["{v} = a + 2", "{v} = a + b", "{v} = 2 + b", "{v} = 1.50 + 2", "{v} = b + 1e400"]
    text = "a = 1; b = 2\n" + "".join(f"{right[at % 5].format(v=f'v{at}')}\n" for at in range(400))
    assert outcome(text, False) == outcome(text, True)
    for wrong in ("5 = a + b", "5 = a + 2", "v = a + nan", "v = inf + b", "v = a + c", "v1 = a + b", "e = a + b"):
        assert outcome(f"{text}{wrong}", False) == outcome(f"{text}{wrong}", True), wrong


def test_a_graph_is_freed_with_its_last_user() -> None:
    parse.parse(program(300))
    gc.collect()
    before = sum(type(thing) is Graph for thing in gc.get_objects())
    gc.disable()
    try:
        parse.parse(program(300))
        assert sum(type(thing) is Graph for thing in gc.get_objects()) == before
    finally:
        gc.enable()
