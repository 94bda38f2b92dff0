// The inputs: a slider and a field for each.

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

/** The smallest of 1, 2, 5, 10, 20, … that is at least so much. */
function rounder(number) {
  const power = 10 ** Math.floor(Math.log10(number));
  return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= number * (1 - 1e-9));
}

/** The range of an input's slider: as it was asked for, or both signs, unless the output is no number beyond 0. */
function rangeOf(input, number) {
  const { ends } = inputs[input];
  if (ends) return { low: ends[0], high: ends[1], step: (ends[1] - ends[0]) / 100 || 1 };
  const size = Number.isFinite(number) && number !== 0 ? Math.min(Math.abs(number), 1e300) : 2.5;
  const most = Number.isInteger(number) ? Math.max(5, rounder(2 * size)) : rounder(2 * size);
  const beyond = inputs.map(({ start }) => start);
  beyond[input] = number < 0 ? most / 2 : -most / 2;
  const oneSided = number !== 0 && !Number.isFinite(run(beyond).values[seedOf(data.outputs[0])]);
  return { low: oneSided && number > 0 ? 0 : -most, high: oneSided && number < 0 ? 0 : most, step: most / 100 };
}

/** The inputs as the program names them; which of them each cell is of, and where it stands among the inputs. */
const namedInputs = nodes.filter(({ kind }) => kind === "input").map(({ at: node }) => node);
const ownerOf = new Map(namedInputs.flatMap((node) => nodes[node].elements.map((cell) => [cell, node])));
const placeOf = new Map(inputs.map(({ node }, place) => [node, place]));

const MOST_FIELDS = 100; // of one array: a page of more is no help

/** A slider, its ends, and what stands beside it, for the input that `chosen` says. */
function sliderFor(name, chosen, id) {
  const slider = make("input", { type: "range", step: "any", "aria-label": `${name}, slider` });
  const slope = make("output", { class: "slope gradient", for: id });
  const [low, high] = [make("span"), make("span")];
  const wrong = make("p", { class: "wrong", id: id.replace("input", "wrong"), role: "alert" });
  const ends = make("div", { class: "ends", "aria-hidden": "true" }, low, high);
  slider.addEventListener("input", () => {
    const { set, range } = chosen();
    const stepped = Number((Math.round(Number(slider.value) / range.step) * range.step).toPrecision(12));
    set(Math.min(range.high, Math.max(range.low, stepped)));
  });
  slider.addEventListener("keydown", (event) => {
    const { set, range, input } = chosen();
    const far = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
    const end = { Home: range.low, End: range.high }[event.key];
    if (far === undefined && end === undefined) return;
    event.preventDefault();
    const here = Number.isFinite(state.point[input]) ? state.point[input] : 0;
    const next = far === undefined ? end : Number((here + far * range.step).toPrecision(12));
    set(Math.min(range.high, Math.max(range.low, next)));
  });
  return { slider, slope, low, high, ends, wrong };
}

/** The control of one input, by a field of its own and a slider. */
function control(input, field, shown, isShown) {
  const { name, start } = inputs[input];
  let range = null;
  const made = {
    name,
    input,
    field,
    slider: shown.slider,
    slope: shown.slope,
    isShown,
    get range() {
      return (range ??= rangeOf(input, start));
    },
    /** Make room for a number that somebody typed. */
    cover(number) {
      if (!Number.isFinite(number)) return;
      const here = made.range;
      if (number < here.low) here.low = -rounder(-number);
      if (number > here.high) here.high = rounder(number);
      shown.slider.min = String(here.low);
      shown.slider.max = String(here.high);
      [shown.low.textContent, shown.high.textContent] = [show(here.low), show(here.high)];
    },
    set(number) {
      state.point[input] = number;
      update();
    },
  };
  if (!field) return made;
  const complain = (words) => {
    field.setAttribute("aria-invalid", String(words !== ""));
    if (shown.wrong.textContent !== words) shown.wrong.textContent = words;
  };
  field.setAttribute("aria-describedby", shown.wrong.id);
  const take = () => {
    const number = parseNumber(field.value);
    complain(number === null ? `“${field.value.trim()}” is no number: write 3, 0.5 or 1e-3` : "");
    if (number !== null) made.set(number);
  };
  field.addEventListener("input", take);
  field.addEventListener("change", () => {
    take();
    complain("");
    field.value = String(state.point[input]);
  });
  return made;
}

const fieldFor = (input) =>
  make("input", { type: "text", id: `input-${input}`, inputmode: "decimal", autocomplete: "off", spellcheck: "false" });

/** The uncertainty of an input beside its field, where it has one. */
function doubtOf(input) {
  const found = data.uncertain?.inputs.find(([cell]) => cell === inputs[input].node);
  return found ? [make("span", { class: "muted" }, `± ${show(found[1])}`)] : [];
}

/** The block of an input that is a number. */
function numberBlock(node) {
  const input = placeOf.get(nodes[node].elements[0]);
  const field = fieldFor(input);
  const shown = sliderFor(labelOf(node), () => controls[input], field.id);
  const row = make("div", { class: "row" }, make("label", { for: field.id }, labelOf(node)), field, ...doubtOf(input), shown.slope);
  at("inputs").append(make("div", { class: "input" }, row, shown.wrong, shown.slider, shown.ends));
  controls[input] = control(input, field, shown, () => true);
}

/** The block of an array: a field for each element, and a slider for the one that was touched last. */
function arrayBlock(node) {
  const { label, shape, elements } = nodes[node];
  const places = elements.map((cell) => placeOf.get(cell));
  let current = places[0];
  const name = make("output", { class: "element" }, cells[elements[0]]?.label ?? "");
  const shown = sliderFor(label, () => controls[current], `input-${current}`);
  const grid = make("div", { class: "elements", role: "group", "aria-label": label });
  grid.style.gridTemplateColumns = `repeat(${shape.at(-1)}, minmax(3.4em, 1fr))`;
  const title = make("div", { class: "row" }, make("span", { class: "array" }, label), make("span", { class: "shape" }, `: [${shape.join(", ")}]`));
  const block = make("div", { class: "input" }, title, grid);
  places.forEach((input, place) => {
    const field = place < MOST_FIELDS ? fieldFor(input) : null;
    controls[input] = control(input, field, shown, () => current === input);
    if (!field) return;
    field.setAttribute("aria-label", cells[elements[place]].label);
    field.addEventListener("focus", () => {
      current = input;
      name.textContent = cells[elements[place]].label;
      shown.slider.setAttribute("aria-label", `${name.textContent}, slider`);
      update();
    });
    grid.append(field);
  });
  if (places.length > MOST_FIELDS) block.append(make("p", { class: "shape" }, `… and ${places.length - MOST_FIELDS} more`));
  if (places.length) block.append(shown.wrong, make("div", { class: "row" }, name, shown.slope), shown.slider, shown.ends);
  at("inputs").append(block);
}

const controls = new Array(inputs.length);
for (const node of namedInputs) (nodes[node].shape.length ? arrayBlock : numberBlock)(node);
