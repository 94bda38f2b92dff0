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
  const wrong = make("p", { class: "wrong", id: `wrong-${input}`, role: "alert" });
  field.setAttribute("aria-describedby", wrong.id);
  const [low, high] = [make("span"), make("span")];
  const ends = make("div", { class: "ends", "aria-hidden": "true" }, low, high);
  const block = make("div", { class: "input" });
  block.append(make("div", { class: "row" }, make("label", { for: id }, label), field, slope), wrong, slider, ends);
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
  const nearest = (number) => {
    const stepped = Number((Math.round(number / range.step) * range.step).toPrecision(12));
    return Math.min(range.high, Math.max(range.low, stepped));
  };
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
    complain(number === null ? `“${field.value.trim()}” is no number: write 3, 0.5 or 1e-3` : "");
    if (number !== null) control.set(number);
  };
  const complain = (words) => {
    field.setAttribute("aria-invalid", String(words !== ""));
    if (wrong.textContent !== words) wrong.textContent = words;
  };
  field.addEventListener("input", take);
  field.addEventListener("change", () => {
    take();
    complain("");
    field.value = String(state.point[input]);
  });
  return control;
});
