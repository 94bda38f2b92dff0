"""The page that `cgraph graph -o page.html` writes, played with in a real Chromium.

Every page is watched: a message on its console, an error or a request for anything but itself fails the test.
"""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import pytest

from cgraph_cli import parse
from cgraph_cli.__main__ import run
from cgraph_cli.draw.drawing import draw
from cgraph_cli.draw.graphs import html
from cgraph_cli.draw.page_data import starting_inputs
from cgraph_cli.render.numbers import read_number
from cgraph_cli.render.view import View
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request
from tests.browser import Watched, check_numbers, close
from tests.conftest import ROOT, SCALAR_EXAMPLES, heavy

OLAH = "c = a + b; d = b + 1; e = c * d"


def page_of(text: str, inputs: dict[str, float] | None = None, of: tuple[str, ...] = (), **request: Any) -> str:
    graph = parse(text)
    answer = report(graph, {**starting_inputs(graph), **(inputs or {})}, Request(of=of, **request))
    return html.write(draw(graph, answer.outputs, answer), View())


# In the browser


def turn(page: Any, mode: str, label: str = "") -> None:
    page.locator(f"input[value={mode}]").check()
    if label and page.locator("#chosen").is_enabled():
        page.locator("#chosen").select_option(label=label)


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=() if path in SCALAR_EXAMPLES[::3] else heavy) for path in SCALAR_EXAMPLES],
    ids=lambda path: path.stem,
)
def test_the_numbers_are_those_of_eval(watched: Watched, path: Path, tmp_path: Path) -> None:
    """The page agrees in reverse and forward for each input, at the program's own point and at a new one."""
    assert run(["graph", str(path), "-o", str(tmp_path / "made.html")]) == 0
    page = watched.open((tmp_path / "made.html").read_text(encoding="utf-8"))
    graph = parse(path.read_text(encoding="utf-8"))
    names = [graph.names[node] or "" for node in graph.inputs()]
    point = {graph.names[node] or "": graph.numbers[node] or 0.0 for node in graph.inputs()}
    check_numbers(watched, graph, report(graph, point, Request()), True)
    for name in names:
        turn(page, "forward", name)
        check_numbers(watched, graph, report(graph, point, Request(mode="forward", wrt=[name])), True)
    for at, name in enumerate(names):  # typed
        point[name] = round(0.75 * point[name] + 0.3, 6)
        page.locator(f"#input-{at}").fill(str(point[name]))
    check_numbers(watched, graph, report(graph, point, Request(mode="forward", wrt=[names[-1]])), False)
    turn(page, "reverse")
    check_numbers(watched, graph, report(graph, point, Request()), False)
    for at, name in enumerate(names):  # slid
        slider = page.locator(".input input[type=range]").nth(at)
        slider.evaluate(
            "(it) => { it.value = +it.min + 0.7 * (it.max - it.min); it.dispatchEvent(new Event('input')) }"
        )
        slider.press("ArrowRight")
        point[name] = float(page.locator(f"#input-{at}").input_value())
    check_numbers(watched, graph, report(graph, point, Request()), False)


def test_numbers_are_written_as_eval_writes_them(watched: Watched) -> None:
    generator = random.Random(7)
    numbers = [0.5, 100000.5, 100001.5, -100000.5, 1e15, 1e16, 123456789012345.0, 1e-5, 1.5e-5, 5e-324,
               1.7976931348623157e308, 0.0001, 0.00012345650000000001, 999999.5, 9999995.0, 0.1 + 0.2, -0.0,
               1e21, 0.1234565, 2.5, 3e-7]  # fmt: skip
    numbers += [generator.uniform(-1, 1) * 10 ** generator.randint(-12, 18) for _ in range(1500)]
    numbers += [generator.randint(10**5, 10**6) + 0.5 for _ in range(200)]
    for digits in (None, 1, 3, 17):
        graph = parse(OLAH)
        answer = report(graph, {"a": 2.0, "b": 1.0}, Request())
        page = watched.open(html.write(draw(graph, answer.outputs, answer, digits=digits), View()))
        shown = page.evaluate("(numbers) => numbers.map(cgraph.show)", numbers)
        assert shown == [read_number(number, digits) for number in numbers]
        words = page.evaluate("() => [Infinity, -Infinity, NaN].map(cgraph.show)")
        assert words == ["inf", "-inf", "nan"]


WALK = {
    "reverse": [
        "Given a = 3, b = 1. First the values, from the inputs on; then the gradients, from the output back.",
        "c = a + b = 3 + 1 = 4; along its edges ∂c/∂a = 1, ∂c/∂b = 1",
        "d = b + 1 = 1 + 1 = 2; along its edges ∂d/∂b = 1",
        "e = c * d = 4 * 2 = 8; along its edges ∂e/∂c = 2, ∂e/∂d = 4",
        "∂e/∂e = 1. Backward from the output, edge by edge.",
        "∂e/∂c gets ∂e/∂e · ∂e/∂c = 1 · 2 = 2",
        "∂e/∂d gets ∂e/∂e · ∂e/∂d = 1 · 4 = 4",
        "∂e/∂b gets ∂e/∂d · ∂d/∂b = 4 · 1 = 4; 1 more to come",
        "∂e/∂a gets ∂e/∂c · ∂c/∂a = 2 · 1 = 2",
        "∂e/∂b gains ∂e/∂c · ∂c/∂b = 2 · 1 = 2; together 6",
        "e = 8, ∂e/∂a = 2, ∂e/∂b = 6",
    ],
    "forward": [
        "Given a = 3, b = 1. First the values, from the inputs on; then the derivatives, forward once more.",
        "c = a + b = 3 + 1 = 4; along its edges ∂c/∂a = 1, ∂c/∂b = 1",
        "d = b + 1 = 1 + 1 = 2; along its edges ∂d/∂b = 1",
        "e = c * d = 4 * 2 = 8; along its edges ∂e/∂c = 2, ∂e/∂d = 4",
        "∂b/∂b = 1, and 0 for every other input. Forward from it, edge by edge.",
        "∂c/∂b gets ∂c/∂b · ∂b/∂b = 1 · 1 = 1",
        "∂d/∂b gets ∂d/∂b · ∂b/∂b = 1 · 1 = 1",
        "∂e/∂b gets ∂e/∂c · ∂c/∂b = 2 · 1 = 2; 1 more to come",
        "∂e/∂b gains ∂e/∂d · ∂d/∂b = 4 · 1 = 4; together 6",
        "e = 8, ∂e/∂b = 6",
    ],
}


@pytest.mark.parametrize("mode", WALK)
def test_the_walk_says_every_product_and_sum(watched: Watched, mode: str) -> None:
    wrt = ["b"] if mode == "forward" else []
    page = watched.open(page_of(OLAH, {"a": 3, "b": 1}, mode=mode, wrt=wrt))
    said = page.locator("#says")
    last = said.text_content()
    page.locator("#restart").click()
    assert page.locator("#back").is_disabled()
    assert {text for texts in watched.texts().values() for text in texts[::2]} == {"= 3", "= 1", "= ?"}
    heard = [said.text_content()]
    while page.locator("#end").is_enabled():
        page.locator("#step").click()
        heard.append(said.text_content())
    assert heard == WALK[mode]
    assert heard[-1] == last
    assert page.locator("#position").text_content() == f"all {len(heard) - 2} steps"
    for expected in reversed(heard[:-1]):
        page.locator("#back").click()
        assert said.text_content() == expected
    page.locator("#end").click()
    assert said.text_content() == last


def test_a_step_lights_its_edge_and_the_numbers_so_far(watched: Watched) -> None:
    watched.page.clock.install()
    page = watched.open(page_of(OLAH, {"a": 3, "b": 1}), "#.step=7")
    assert page.locator(".edge.now").get_attribute("aria-label") == "∂d/∂b = 1"
    assert page.locator(".node.now").get_attribute("data-name") == "b"
    assert [texts[2] for texts in watched.texts().values()] == ["= ?", "= 4", "= 2", "= 4", "= 1"]
    assert page.locator(".edge.swept").count() == 3
    page.locator("#restart").click()
    page.locator("#speed").select_option("4")
    page.locator("#play").click()
    assert page.locator("#play").get_attribute("aria-label") == "Pause"
    page.clock.run_for(20_000)
    assert page.locator("#says").text_content() == WALK["reverse"][-1]


def test_at_step_0_nothing_that_is_to_come_is_told(watched: Watched) -> None:
    page = watched.open(page_of(OLAH, {"a": 3, "b": 1}), "#.step=0")

    def told() -> list[str]:
        return [page.locator("#result").text_content(), *page.locator(".slope").all_text_contents()]

    assert told() == ["e", "", ""]
    assert "∂e/∂a = " not in page.locator("#says").text_content()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert told() == ["e = 8", "", ""]
    page.keyboard.press("End")
    assert told() == ["e = 8", "∂e/∂a = 2", "∂e/∂b = 6"]
    page = watched.open(page_of(OLAH, {"a": 3, "b": 1}, mode="forward", wrt=["b"]), "#.step=9&.mode=forward")
    assert told() == ["e = 8", "", "∂e/∂b = 6"]


def test_keys_work_wherever_the_focus_is(watched: Watched) -> None:
    page = watched.open(page_of(OLAH, {"a": 3, "b": 1}))
    for each in ("#restart", "#theme", "#reset", "summary"):
        page.locator(each).first.focus()
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        assert page.locator("#position").text_content() == "step 1 of 9"
    page.locator("#input-0").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert page.locator("#position").text_content() == "step 1 of 9"


def test_sliders_go_as_far_as_is_asked(watched: Watched) -> None:
    """A slider without a range goes both ways from its number, of any size; a number beyond the ends widens it."""
    graph = parse(OLAH)
    answer = report(graph, {"a": 3e-27, "b": 1}, Request())
    text = html.write(draw(graph, answer.outputs, answer), View(ranges={"b": (0.5, 2)}))
    page = watched.open(text)

    def ends(at: int) -> list[float]:
        slider = page.locator("input[type=range][aria-label]").nth(at)
        return [float(slider.get_attribute(end)) for end in ("min", "max")]

    assert ends(0) == [-1e-26, 1e-26]
    assert ends(1) == [0.5, 2]
    slider = page.locator("input[type=range][aria-label]").nth(1)
    slider.focus()
    page.keyboard.press("End")
    assert page.locator("#input-1").input_value() == "2"
    page.keyboard.press("Home")
    assert page.locator("#input-1").input_value() == "0.5"
    page.locator("#input-1").fill("7")
    assert ends(1) == [0.5, 10]


def test_an_untaken_branch_and_an_operand_used_twice(watched: Watched) -> None:
    """A partial that is none carries nothing, however infinite what is behind it; a zero that was computed does."""
    text = "y = where(x > 0, sqrt(x), x*x)"
    page = watched.open(page_of(text, {"x": 0}, mode="forward"))
    graph = parse(text)
    check_numbers(watched, graph, report(graph, {"x": 0.0}, Request(mode="forward")), True)
    turn(page, "reverse")
    check_numbers(watched, graph, report(graph, {"x": 0.0}, Request()), True)
    page.evaluate("cgraph.set('x', -3); cgraph.go(7)")
    twice = "∂y/∂x gets ∂y/∂%3 · ∂%3/∂x = 1 · (-3) = -3 (as operand 1); 1 more to come"
    assert page.locator("#says").text_content() == twice
    page = watched.open(page_of("y = sqrt(x)*x^2", {"x": 4}))
    page.evaluate("cgraph.set('x', 0)")
    assert math.isnan(watched.numbers()["derivatives"][0])  # as doubles have it: what is known there, eval says


@heavy
def test_the_sweep_agrees_with_the_derivative_program(watched: Watched) -> None:
    for path in SCALAR_EXAMPLES:
        page = watched.open(page_of(path.read_text(encoding="utf-8")))
        page.evaluate("document.querySelectorAll('.input input[type=text]').forEach((it, at) => "
                      "{ it.value = 0.3 + at / 3; it.dispatchEvent(new Event('input')) })")  # fmt: skip
        assert page.locator("#notes").is_hidden()


def test_statuses_stand_at_the_point_where_they_are_known(watched: Watched) -> None:
    page = watched.open(page_of("y = abs(x) + sqrt(z)^2", {"x": 0, "z": 0}))
    statuses = page.locator(".node .status").all_text_contents()
    assert "kink [-1, 1]" in statuses
    assert "limit" in statuses
    assert page.locator("#says").text_content() == "y = 0, ∂y/∂x = 0 (kink [-1, 1]), ∂y/∂z = 1 (limit)"
    assert "at a kink" in (page.locator("#notes").text_content() or "")
    page.evaluate("cgraph.go(11)")
    heard = [page.evaluate(f"cgraph.go({step}), document.querySelector('#says').textContent") for step in range(5, 12)]
    assert any("nan (not a number); the derivative is 1 all the same (limit)" in words for words in heard)
    page.evaluate("cgraph.go(null); cgraph.set('x', -2)")
    assert page.locator("#notes").is_hidden()
    assert set(page.locator(".node .status").all_text_contents()) == {""}
    page = watched.open(page_of("y = log(x)", {"x": -1}))
    assert page.locator("#result").text_content() == "y = nannot a number"
    assert page.locator("#says").text_content() == "y = nan (not a number), ∂y/∂x = nan (not a number) (undefined)"


def test_the_link_carries_the_state(watched: Watched) -> None:
    text = page_of("c = θ + b; d = b + 1; e = c * d", {"θ": 3, "b": 1})
    page = watched.open(text)
    assert page.url == watched.file.as_uri()
    page.locator("#input-0").fill("-1.25")
    turn(page, "forward", "b")
    page.locator("#back").click()
    hash = "#%CE%B8=-1.25&.mode=forward&.wrt=b&.step=8"
    page.wait_for_url(watched.file.as_uri() + hash)  # the address follows a little after
    before = watched.texts(), page.locator("#says").text_content()
    page = watched.open(text, hash)
    assert (watched.texts(), page.locator("#says").text_content()) == before
    assert page.locator("#input-0").input_value() == "-1.25"
    page.evaluate("location.hash = '#b=2'")
    page.locator("#says", has_text="15").wait_for()
    assert page.locator("#says").text_content() == "e = 15, ∂e/∂θ = 3, ∂e/∂b = 8"
    page.locator("#reset").click()
    page.wait_for_url(watched.file.as_uri())


@pytest.mark.parametrize(
    "hash", ["#a=x&b=&.mode=up&.wrt=zz&.step=-3&.of=q", "#%", "#__proto__=1&a=1e999999", "#.step=9999"]
)
def test_a_link_that_makes_no_sense_is_passed_over(watched: Watched, hash: str) -> None:
    page = watched.open(page_of(OLAH, {"a": 3, "b": 1}), hash)
    assert page.locator("#says").text_content() != ""


def test_the_keyboard_reaches_everything(watched: Watched) -> None:
    page = watched.open(page_of(OLAH, {"a": 3, "b": 1}))
    seen = []
    for _ in range(22):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "(it => it.id || it.dataset.name || it.value || it.type || it.tagName)(document.activeElement)"
            )
        )
        if seen[-1] != "BODY":
            assert page.evaluate("document.activeElement.matches(':focus-visible')")
    for each in ("link", "theme", "reverse", "smaller", "e", "restart", "back", "play", "step", "progress", "speed",
                 "reset", "input-0", "SUMMARY"):  # fmt: skip
        assert each in seen, seen
    page.locator("[data-name=e]").focus()
    walked = []
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
        walked.append(page.evaluate("document.activeElement.dataset.name"))
    assert walked == ["c", "a", "b", "d", "c"]
    page.keyboard.press("Enter")
    assert page.locator("[data-name=c]").get_attribute("aria-pressed") == "true"
    page.keyboard.press("Escape")
    assert page.locator("[aria-pressed=true][data-node]").count() == 0
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert page.locator("#position").text_content() == "step 1 of 9"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    assert page.locator("#play").get_attribute("aria-label") == "Pause"
    page.keyboard.press("Space")
    page.keyboard.press("End")
    page.keyboard.press("m")
    assert page.locator("input[value=forward]").is_checked()
    page.locator("#input-1").focus()
    page.locator("#input-1").fill("2 m")
    assert page.locator("#input-1").get_attribute("aria-invalid") == "true"
    assert page.locator("#wrong-1").text_content() == "“2 m” is no number: write 3, 0.5 or 1e-3"
    page.locator("#input-1").press("Tab")
    assert page.locator("#input-1").input_value() == "1"
    assert page.locator("#wrong-1").text_content() == ""


def test_a_node_lights_its_paths(watched: Watched) -> None:
    page = watched.open(page_of(OLAH + "; f = a * 2", {"a": 3, "b": 1}, of=("e",)))
    page.locator("[data-name=b]").hover()
    words = "b reaches e by 2 paths: b → c → e 1 · 2 = 2; b → d → e 1 · 4 = 4; together ∂e/∂b = 6."
    assert page.locator("#paths").text_content() == words
    assert [box.get_attribute("data-name") for box in page.locator(".node.on").all()] == ["b", "c", "d", "e"]
    assert page.locator(".edge.on").count() == 4
    page.locator("[data-name=f]").hover()
    assert page.locator("#paths").text_content() == "f does not reach e."
    page.locator("[data-name=a]").click()
    page.locator("h1").hover()
    assert page.locator("#paths").text_content() == "a reaches e by one path: a → c → e 1 · 2 = 2."
    chain = "; ".join(f"x{at + 1} = x{at} + x{at}" for at in range(70))
    page = watched.open(page_of(chain, {"x0": 1}))
    page.locator("[data-name=x0]").focus()
    paths = page.locator("#paths").text_content()
    assert paths == f"x0 reaches x70 by {2**70:,} paths; together ∂x70/∂x0 = 1.18059e21."


def test_several_outputs(watched: Watched) -> None:
    page = watched.open(page_of(OLAH, {"a": 3, "b": 1}, of=("e", "c")))
    page.locator("#chosen").select_option(label="c")
    assert page.locator("#says").text_content() == "c = 4, ∂c/∂a = 1, ∂c/∂b = 1"
    assert "∂c/∂b" in {texts[1] for texts in watched.texts().values()}
    page = watched.open(page_of(OLAH, {"a": 3, "b": 1}, mode="forward", wrt=["c"]))
    assert page.locator("#says").text_content() == "e = 8, ∂e/∂c = 2"


HOSTILE = """\
# </script><script>alert(1)</script> <!-- <script> ${title} $policy ]]> & "quotes' \u2028 \u202e
数 = θ_1 * 3 # <img src=x onerror=alert(1)>
constructor = 数 + __proto__
toString = constructor * Ωμέγα_μακρύ_όνομα_που_δεν_χωράει_πουθενά_και_συνεχίζεται_ως_το_τέλος
evaluate = toString + window - document * f - data ^ 2 * where(θ_1 > 0, -1, 0.5)"""


def test_a_program_from_a_stranger(watched: Watched) -> None:
    text = page_of(HOSTILE, {"θ_1": 2, "__proto__": 3, "f": 0.25})
    page = watched.open(text)
    assert page.locator("pre").text_content().startswith("# </script><script>alert(1)</script> <!--")
    graph = parse(HOSTILE)
    point = {**starting_inputs(graph), "θ_1": 2.0, "__proto__": 3.0, "f": 0.25}
    answer = report(graph, point, Request())
    numbers = watched.numbers()
    for node in answer.rows():
        assert close(numbers["values"][node], answer.values[node], 100)
        assert close(numbers["derivatives"][node], answer.gradients[0].at(node), 100)
    assert page.evaluate("document.scripts.length") == 3
    assert page.locator("img").count() == 0
    refused = page.evaluate(
        """() => new Promise((done) => {
             addEventListener("securitypolicyviolation", (event) => done(event.violatedDirective));
             const script = document.createElement("script");
             script.textContent = "alert(1)";
             document.body.append(script) })"""
    )
    assert refused.startswith("script-src")
    watched.said = [line for line in watched.said if "Content Security Policy" not in line]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phones_and_themes(browser: Any, tmp_path: Path, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme, has_touch=True)
    watched = Watched(context.new_page(), tmp_path)
    for path in (SCALAR_EXAMPLES[0], ROOT / "examples" / "olah.cg", ROOT / "examples" / "black_scholes.cg"):
        page = watched.open(page_of(path.read_text(encoding="utf-8")))
        assert page.evaluate("document.documentElement.scrollWidth") == 360
    ground = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(ground)
    assert page.locator("#theme").get_attribute("aria-pressed") == str(scheme == "dark").lower()
    page.locator("#theme").click()
    assert page.evaluate(ground) != before
    page.locator("#step").tap()
    assert page.locator("#position").text_content().startswith("step 1 of")
    assert watched.said == []
    context.close()


def test_a_dot_travels_unless_motion_is_unwanted(browser: Any, tmp_path: Path) -> None:
    for motion, dots in (("no-preference", 1), ("reduce", 0)):
        context = browser.new_context(reduced_motion=motion)
        watched = Watched(context.new_page(), tmp_path)
        page = watched.open(page_of(OLAH, {"a": 3, "b": 1}), "#.step=5")
        assert page.evaluate("cgraph.go(6), document.querySelectorAll('.dot').length") == dots
        context.close()


def test_texts_stay_in_their_boxes(watched: Watched) -> None:
    """However long the numbers that the sliders lead to."""
    page = watched.open(page_of("c = a * b; d = sin(c) / a; e = c ^ 3 - d", {"a": 3, "b": 1}))
    page.evaluate("cgraph.set('a', -123456.789); cgraph.set('b', 1.23456789e-9)")
    outside = page.evaluate(
        """() => [...document.querySelectorAll(".node")].flatMap((box) => {
             const { left, right } = box.querySelector("rect").getBoundingClientRect();
             return [...box.querySelectorAll("text")].filter((text) => {
               const inside = text.getBoundingClientRect();
               return text.textContent && (inside.left < left || inside.right > right);
             }).map((text) => text.textContent) })"""
    )
    assert outside == []
