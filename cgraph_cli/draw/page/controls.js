// The controls: inputs, mode, transport, keys; and `update`, which brings the page in line with the state.

const at = (id) => document.getElementById(id);

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A sentence as elements, one a role. */
const spans = (sentence) =>
  sentence.map(([role, text]) => {
    const shown = role || (/[=·\d]/.test(text) ? "math" : "");
    return shown ? make("span", { class: shown }, text) : text;
  });

/** A note with what it quotes as code. */
const quoted = (note) =>
  note.replace(/^note: /, "").split("`").map((part, place) => (place % 2 ? make("code", {}, part) : part));

// Inputs

/** The smallest of 1, 2, 5, 10, 20, … that is at least so much. */
function rounder(number) {
  const power = 10 ** Math.floor(Math.log10(number));
  return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= number * (1 - 1e-9));
}

/** The range of an input's slider: both signs, unless the output is no number on the other side of 0. */
function rangeOf(input, number) {
  const size = Number.isFinite(number) && number !== 0 ? Math.min(Math.abs(number), 1e300) : 2.5;
  const most = Number.isInteger(number) ? Math.max(5, rounder(2 * size)) : rounder(2 * size);
  const beyond = inputs.map(({ start }) => start);
  beyond[input] = number < 0 ? most / 2 : -most / 2;
  const oneSided = number !== 0 && !Number.isFinite(run(beyond).values[data.outputs[0]]);
  return { low: oneSided && number > 0 ? 0 : -most, high: oneSided && number < 0 ? 0 : most, step: most / 100 };
}

const controls = inputs.map(({ name, start, node }, input) => {
  const label = nodes[node].label;
  const range = rangeOf(input, start);
  const id = `input-${input}`;
  const field = make("input", { type: "text", id, inputmode: "decimal", autocomplete: "off", spellcheck: "false" });
  const slider = make("input", { type: "range", step: "any", "aria-label": `${label}, slider` });
  const slope = make("output", { class: "slope gradient", for: id });
  const [low, high] = [make("span"), make("span")];
  const ends = make("div", { class: "ends", "aria-hidden": "true" }, low, high);
  const block = make("div", { class: "input" });
  block.append(make("div", { class: "row" }, make("label", { for: id }, label), field, slope), slider, ends);
  at("inputs").append(block);
  const control = { name, field, slider, slope, block, range };

  /** Make room for a number that somebody typed. */
  control.cover = (number) => {
    if (!Number.isFinite(number)) return;
    if (number < range.low) range.low = -rounder(-number);
    if (number > range.high) range.high = rounder(number);
    slider.min = String(range.low);
    slider.max = String(range.high);
    [low.textContent, high.textContent] = [show(range.low), show(range.high)];
  };
  control.set = (number) => {
    state.point[input] = number;
    update();
  };
  const nearest = (number) => Number((Math.round(number / range.step) * range.step).toPrecision(12));
  slider.addEventListener("input", () => control.set(nearest(Number(slider.value))));
  slider.addEventListener("keydown", (event) => {
    const far = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
    const end = { Home: range.low, End: range.high }[event.key];
    if (far === undefined && end === undefined) return;
    event.preventDefault();
    const here = Number.isFinite(state.point[input]) ? state.point[input] : 0;
    const next = far === undefined ? end : Number((here + far * range.step).toPrecision(12));
    control.set(Math.min(range.high, Math.max(range.low, next)));
  });
  const take = () => {
    const number = parseNumber(field.value);
    field.setAttribute("aria-invalid", String(number === null));
    if (number !== null) control.set(number);
  };
  field.addEventListener("input", take);
  field.addEventListener("change", () => {
    take();
    field.setAttribute("aria-invalid", "false");
    field.value = String(state.point[input]);
  });
  return control;
});

// The mode

const modes = [...document.querySelectorAll("input[name=mode]")];
const chosen = at("chosen");

for (const radio of modes) {
  radio.disabled = radio.value === "forward" && !data.sources.length;
  radio.addEventListener("change", () => turn(radio.value));
}
chosen.addEventListener("change", () => {
  state[state.mode === "reverse" ? "output" : "wrt"] = Number(chosen.value);
  update();
});

function turn(mode) {
  state.mode = mode;
  if (state.step !== null) state.step = Math.min(state.step, walk.values);
  update();
}

function updateMode() {
  const reverse = state.mode === "reverse";
  const choices = reverse ? data.outputs : data.sources;
  modes.forEach((radio) => (radio.checked = radio.value === state.mode));
  at("question").textContent = reverse ? "from" : "for";
  if (chosen.dataset.mode !== state.mode) {
    chosen.replaceChildren(...choices.map((node) => make("option", { value: node }, labelOf(node))));
    chosen.dataset.mode = state.mode;
  }
  chosen.value = String(viewOf().chosen);
  chosen.setAttribute("aria-label", reverse ? "Reverse from the output" : "Forward for the input");
  chosen.disabled = choices.length < 2;
}

// The walk

let numbers = run(state.point);
let walk = stepsOf(numbers, viewOf());
let playing = 0;

/** What of the walk is known after the state's step. */
function stageOf() {
  const { steps, totals } = walk;
  const view = viewOf();
  if (state.step === null) {
    const total = (node) => derivativeAt(numbers, view, totals, node);
    return { rest: true, values: () => true, total, swept: new Set(), nodes: new Set(), edges: new Set() };
  }
  const done = steps.slice(0, state.step);
  const [valued, found, swept] = [new Set(), new Map(), new Set()];
  for (const step of done) {
    if (step.kind === "value") valued.add(step.node);
    else found.set(step.node, step.total);
    if (step.kind === "product") swept.add(step.edge.at);
  }
  const last = done.at(-1);
  const lit = last?.kind === "value" ? nodes[last.node].edges.map((edge) => edge.at) : last?.edge ? [last.edge.at] : [];
  return {
    rest: false,
    values: (node) => valued.has(node) || nodes[node].kind === "input" || isConstant(node),
    // What has no part in the sweep is 0 from its start on.
    total: (node) => found.get(node) ?? (found.size && totals[node] === null ? 0 : null),
    swept,
    nodes: new Set(last ? [last.node] : []),
    edges: new Set(lit),
  };
}

/** What is said of the state's step. */
function sentence() {
  const view = viewOf();
  if (state.step === null) return summary(view);
  if (state.step > 0) return sentenceOf(walk.steps[state.step - 1], numbers, view);
  const given = inputs.map(({ node }, input) => `${labelOf(node)} = ${show(state.point[input])}`);
  const start = given.length > MOST_OPERANDS ? [...given.slice(0, MOST_OPERANDS), "…"] : given;
  const then = view.mode === "reverse" ? "the gradients, from the output back" : "the derivatives, forward once more";
  return [["", `${start.length ? `Given ${start.join(", ")}. ` : ""}First the values, from the inputs on; then ${then}.`]];
}

function summary(view) {
  const output = state.output;
  const words = [["name", labelOf(output)], ["", " = "], ["value", say(valueAt(numbers, view, output))]];
  const shown = view.mode === "reverse" ? inputs.map(({ node }) => node) : [output];
  shown.slice(0, MOST_OPERANDS).forEach((node) => {
    words.push(["", ", "], ["gradient", `${headingAt(view, node)} = ${say(derivativeAt(numbers, view, walk.totals, node))}`]);
    const { derivative: known } = knownAt(numbers, view, node);
    if (known) words.push(["status", ` (${known[1]})`]);
  });
  return shown.length > MOST_OPERANDS ? [...words, ["", ", …"]] : words;
}

/** Bring the step into view, and return it; null where there is none. */
function follow() {
  const current = state.step ? walk.steps[state.step - 1] : null;
  if (current) reveal(current.node);
  else if (state.step === null) reveal(state.output);
  return current;
}

/** Go to a step; past the last one everything is shown. */
function go(step) {
  const last = walk.steps.length;
  state.step = step === null || step > last ? null : Math.max(0, step);
  update();
  const current = follow();
  if (!current) return;
  if (current.kind === "product") travel(current.edge.at, state.mode === "reverse", Math.min(700, pace() * 0.6));
}

const forth = () => go(state.step === null ? 1 : state.step + 1);
const back = () => go(state.step === null ? walk.steps.length : state.step - 1);
const pace = () => 1500 / Number(at("speed").value);

function halt() {
  clearTimeout(playing);
  playing = 0;
  updateTransport();
}

function play() {
  if (playing) return halt();
  if (state.step === null) go(0);
  const next = () => {
    playing = setTimeout(() => {
      forth();
      if (state.step === null) halt();
      else next();
    }, pace());
  };
  next();
  updateTransport();
}

/** A control that somebody moves ends the play. */
const byHand = (action) => () => {
  halt();
  action();
};

at("restart").addEventListener("click", byHand(() => go(0)));
at("back").addEventListener("click", byHand(back));
at("step").addEventListener("click", byHand(forth));
at("end").addEventListener("click", byHand(() => go(null)));
at("play").addEventListener("click", play);
at("progress").addEventListener("input", byHand(() => go(Number(at("progress").value))));

function updateTransport() {
  const last = walk.steps.length;
  const here = state.step ?? last + 1;
  const word = playing ? "Pause" : "Play";
  at("play").setAttribute("aria-label", word);
  at("play").classList.toggle("playing", Boolean(playing));
  at("play").title = `${word} (space)`;
  at("back").disabled = here === 0;
  at("restart").disabled = here === 0;
  at("end").disabled = state.step === null;
  at("progress").max = String(last + 1);
  at("progress").value = String(here);
  const words = state.step === null ? `all ${last} steps` : `step ${here} of ${last}`;
  at("progress").setAttribute("aria-valuetext", words);
  at("position").textContent = words;
}

// Nodes: hovered, focused, held

let [held, over] = [null, null];

function updatePaths() {
  const node = over ?? held;
  light(node, state.output);
  for (const [at, { element }] of boxes) element.setAttribute("aria-pressed", String(at === held));
  const total = node === null ? 0 : sweepReverse(numbers, state.output).totals[node] ?? 0;
  const hint = [
    ["muted", "Nodes: value and "],
    ["gradient", derivativeOfNode()],
    ["muted", ". Edges: "],
    ["partial", "local partials"],
    ["muted", ". Point at a node, or tab to it, for its paths."],
  ];
  at("paths").replaceChildren(...spans(node === null ? hint : pathSentence(node, state.output, numbers, viewOf(), total)));
}

/** What stands in every node, in symbols. */
const derivativeOfNode = () => {
  const label = labelOf(viewOf().chosen);
  return state.mode === "reverse" ? `∂${label}/∂node` : `∂node/∂${label}`;
};

/** The nearest node in a direction of the page, from the middle of one to that of the other. */
function neighbour(node, [x, y]) {
  const middle = (element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return [left + width / 2, top + height / 2];
  };
  const here = middle(boxes.get(node).element);
  let [best, least] = [null, Infinity];
  for (const [other, { element }] of boxes) {
    const there = middle(element);
    const [dx, dy] = [there[0] - here[0], there[1] - here[1]];
    const along = dx * x + dy * y;
    const aside = Math.abs(dx * y) + Math.abs(dy * x);
    if (other === node || along <= 1 || along < aside * 0.3) continue;
    if (along + 2 * aside < least) [best, least] = [other, along + 2 * aside];
  }
  return best;
}

for (const [node, { element }] of boxes) {
  const set = (value) => () => {
    over = value;
    updatePaths();
  };
  element.setAttribute("tabindex", node === [...boxes.keys()].at(-1) ? "0" : "-1");
  element.setAttribute("role", "button");
  element.setAttribute("aria-describedby", "paths");
  element.addEventListener("pointerenter", set(node));
  element.addEventListener("pointerleave", set(null));
  element.addEventListener("focus", () => {
    for (const { element: other } of boxes.values()) other.setAttribute("tabindex", other === element ? "0" : "-1");
    set(node)();
  });
  element.addEventListener("blur", set(null));
  const hold = () => {
    held = held === node ? null : node;
    updatePaths();
  };
  element.addEventListener("click", hold);
  element.addEventListener("keydown", (event) => {
    const direction = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (direction) {
      const next = neighbour(node, direction);
      if (next !== null) boxes.get(next).element.focus();
    } else if (event.key === "Enter" || event.key === " ") hold();
    else if (event.key === "Escape") [held, over] = [null, null];
    else return;
    if (event.key === "Escape") updatePaths();
    event.preventDefault();
    event.stopPropagation();
  });
}

// The page

let hearing = 0;

/** Bring the page in line with the state. */
function update() {
  const view = viewOf();
  numbers = run(state.point);
  walk = stepsOf(numbers, view);
  if (state.step !== null) state.step = Math.min(state.step, walk.steps.length);
  updateMode();
  paint(numbers, view, stageOf());
  controls.forEach(({ field, slider, slope, cover }, input) => {
    const number = state.point[input];
    cover(number);
    if (document.activeElement !== field) field.value = String(number).replace("Infinity", "inf").replace("NaN", "nan");
    slider.value = String(number);
    slider.setAttribute("aria-valuetext", show(number));
    const wrt = inputs[input].node;
    const total = sweepFor(wrt);
    slope.textContent = `${derivative(state.output, wrt)} = ${show(total)}`;
  });
  const words = sentence();
  if (at("says").textContent !== wordsOf(words)) at("says").replaceChildren(...spans(words));
  updateResult(view);
  updateTransport();
  updatePaths();
  keepLink();
}

/** The derivative of the output with respect to an input, in either mode. */
function sweepFor(wrt) {
  const view = { mode: "reverse", chosen: state.output };
  const totals = state.mode === "reverse" ? walk.totals : sweepReverse(numbers, state.output).totals;
  return derivativeAt(numbers, view, totals, wrt);
}

function updateResult(view) {
  const value = valueAt(numbers, view, state.output);
  const text = `${labelOf(state.output)} = ${show(value)}`;
  const where = [make("strong", {}, text)];
  if (!Number.isFinite(value)) where.push(make("p", { class: "status" }, say(value).replace(/.*\((.*)\)/, "$1")));
  at("result").replaceChildren(...where);
  const known = numbers.atStart ? data.notes : [];
  const differing = state.output === data.outputs[0] ? disagreements(numbers, sweepReverse(numbers, state.output).totals) : [];
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

addEventListener("hashchange", () => {
  readLink(location.hash);
  update();
});

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const inside = event.target.closest?.("button, input, select, summary, [data-node]");
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
    const each = (of) => Object.fromEntries(nodes.map(({ at }) => [at, of(at)]));
    return {
      ...view,
      values: each((node) => valueAt(numbers, view, node)),
      derivatives: each((node) => derivativeAt(numbers, view, walk.totals, node)),
      adjoints: numbers.adjoints,
      partials: numbers.partials,
    };
  },
};

readLink(location.hash);
showTheme();
update();
resize(readable());
follow();
