// `update`, which brings the page in line with the state; and what concerns all of the page.

let hearing = 0;

/** Bring the page in line with the state. */
function update() {
  const view = viewOf();
  numbers = run(state.point);
  numbers.uncertainties = uncertaintiesOf(numbers);
  walk = stepsOf(numbers, view);
  if (state.step !== null) state.step = Math.min(state.step, walk.steps.length);
  updateMode();
  const stage = stageOf();
  paint(numbers, view, stage);
  const slopes = sweepTotals();
  controls.forEach(({ field, slider, slope, cover, isShown }, input) => {
    const number = state.point[input];
    if (field && document.activeElement !== field) field.value = String(number).replace("Infinity", "inf").replace("NaN", "nan");
    if (!isShown()) return;
    cover(number);
    slider.value = String(number);
    slider.setAttribute("aria-valuetext", show(number));
    const wrt = inputs[input].node;
    const total = derivativeOf(numbers, { mode: "reverse", chosen: state.output }, slopes, wrt);
    const asked = view.mode === "reverse" ? ownerOf.get(wrt) : wrt === state.wrt ? state.output : null;
    const isTold = stage.rest || (asked !== null && stage.total(asked) !== null);
    slope.textContent = isTold ? `∂${summed(state.output)}/∂${cells[wrt].label} = ${show(total)}` : "";
  });
  const words = sentence();
  if (at("says").textContent !== wordsOf(words)) at("says").replaceChildren(...spans(words));
  updateResult(stage);
  updateTransport();
  updatePaths();
  keepLink();
}

/** The adjoints of the output, in either mode. */
const sweepTotals = () => (state.mode === "reverse" ? walk.totals : sweepReverse(numbers, seedOf(state.output)).totals);

function updateResult(stage) {
  const value = valueAt(numbers, viewOf(), state.output);
  const isTold = stage.values(state.output);
  const where = [make("strong", {}, isTold ? `${labelOf(state.output)} = ${show(value)}${plusMinus(numbers, state.output)}` : labelOf(state.output))];
  if (isTold && typeof value === "number" && !Number.isFinite(value)) where.push(make("p", { class: "status" }, say(value).replace(/.*\((.*)\)/, "$1")));
  at("result").replaceChildren(...where);
  const known = numbers.atStart ? data.notes : [];
  const differing = state.output === data.outputs[0] ? disagreements(numbers, sweepReverse(numbers, seedOf(state.output)).totals) : [];
  const notes = [...known, ...differing.map(({ label }) => `The sweep and the derivative program differ at ${label}.`)];
  at("notes").hidden = notes.length === 0;
  at("notes").replaceChildren(...notes.map((note) => make("p", {}, ...quoted(note))));
}

/** Say what a moved input gives, once it rests, to those who hear the page. */
function announce() {
  clearTimeout(hearing);
  hearing = setTimeout(() => (at("heard").textContent = wordsOf(summary(viewOf()))), 600);
}
at("inputs").addEventListener("input", announce);
at("inputs").addEventListener("keydown", announce);

at("reset").addEventListener("click", () => {
  state.point = inputs.map(({ start }) => start);
  update();
});

const root = document.documentElement;
const dark = () => (root.dataset.theme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : root.dataset.theme === "dark");
const showTheme = () => at("theme").setAttribute("aria-pressed", String(dark()));
at("theme").addEventListener("click", () => {
  root.dataset.theme = dark() ? "light" : "dark";
  showTheme();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);

at("link").addEventListener("click", async () => {
  const link = wholeLink();
  history.replaceState(null, "", link);
  try {
    await navigator.clipboard.writeText(link);
    at("link").textContent = "Copied";
  } catch {
    at("link").textContent = "It is in the address";
  }
  at("heard").textContent = at("link").textContent;
  setTimeout(() => (at("link").textContent = "Copy link"), 2000);
});

let scale = 0;
at("fit").addEventListener("click", () => resize((scale = fitting())));
at("larger").addEventListener("click", () => resize((scale = Math.min(4, (scale || readable()) * 1.25))));
at("smaller").addEventListener("click", () => resize((scale = Math.max(0.1, (scale || readable()) / 1.25))));
addEventListener("resize", () => resize(scale || readable()));

addEventListener("hashchange", ({ newURL }) => {
  readLink(new URL(newURL).hash);
  update();
});

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const taken = event.key === " " ? "button, input, select, summary, [data-node]" : "input, select, [data-node]";
  const inside = event.target.closest?.(taken); // which has the key for itself
  const typing = event.target.matches?.("select, input[type=text]");
  const actions = { " ": play, ArrowRight: byHand(forth), ArrowLeft: byHand(back), Home: byHand(() => go(0)), End: byHand(() => go(null)) };
  if (event.key === "m" && !typing && data.sources.length) turn(state.mode === "reverse" ? "forward" : "reverse");
  else if (!inside && actions[event.key]) {
    actions[event.key]();
    event.preventDefault();
  }
});

/** For the console of whoever wants more: the exact numbers of every node, and the state's setters. */
globalThis.cgraph = {
  show,
  go,
  set(name, number) {
    const input = inputs.findIndex((each) => each.name === name);
    if (input < 0) throw new RangeError(`the program has no input ${name}`);
    controls[input].set(Number(number));
  },
  numbers() {
    const view = viewOf();
    const each = (of) => Object.fromEntries(cells.map(({ at }) => [at, of(at)]));
    return {
      ...view,
      values: each((cell) => valueOf(numbers, view, cell)),
      derivatives: each((cell) => derivativeOf(numbers, view, walk.totals, cell)),
      adjoints: numbers.adjoints,
      uncertainties: numbers.uncertainties,
      partials: numbers.partials,
    };
  },
};

readLink(location.hash);
showTheme();
update();
resize(readable());
follow();
