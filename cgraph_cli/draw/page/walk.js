// The mode, and the walk through the sweeps.

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
    chosen.replaceChildren(...choices.map((node) => make("option", { value: node }, reverse ? labelOf(node) : cells[node].label)));
    chosen.dataset.mode = state.mode;
  }
  chosen.value = String(viewOf().chosen);
  chosen.setAttribute("aria-label", reverse ? "Reverse from the output" : "Forward for the input");
  chosen.disabled = choices.length < 2;
}

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
  const untouched = (node) => nodes[node].elements.every((cell) => totals[cell] === null);
  const [valued, found, swept] = [new Set(), new Map(), new Set()];
  for (const step of done) {
    if (step.kind === "value") valued.add(step.node);
    else found.set(step.node, step.total);
    if (step.kind === "product") swept.add(step.edge.at);
    if (step.kind === "array") for (const edge of step.edges) swept.add(edge.at);
  }
  const last = done.at(-1);
  const lit = last?.kind === "value" ? nodes[last.node].edges.map((edge) => edge.at) : last?.edge ? [last.edge.at] : (last?.edges ?? []).map(({ at }) => at);
  return {
    rest: false,
    values: (node) => valued.has(node) || nodes[node].kind === "input" || isConstant(node),
    // What has no part in the sweep is 0 from its start on.
    total: (node) => found.get(node) ?? (found.size && untouched(node) ? nested(nodes[node], () => 0) : null),
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
  const given = namedInputs.map((node) => `${labelOf(node)} = ${show(nested(nodes[node], (cell) => state.point[placeOf.get(cell)]))}`);
  const start = given.length > MOST_OPERANDS ? [...given.slice(0, MOST_OPERANDS), "…"] : given;
  const then = view.mode === "reverse" ? "the gradients, from the output back" : "the derivatives, forward once more";
  return [["", `${start.length ? `Given ${start.join(", ")}. ` : ""}First the values, from the inputs on; then ${then}.`]];
}

function summary(view) {
  const output = state.output;
  const words = [["name", labelOf(output)], ["", " = "], ["value", `${say(valueAt(numbers, view, output))}${plusMinus(numbers, output)}`]];
  const shown = view.mode === "reverse" ? namedInputs : [output];
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
  const way = current.edge ?? current.edges?.[0];
  if (way) travel(way.at, state.mode === "reverse", Math.min(700, pace() * 0.6));
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
