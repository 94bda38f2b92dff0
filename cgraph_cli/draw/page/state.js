// The state of the page: the inputs, the mode, the step; and the link that carries it, in the part after the #.
//
// Inputs stand in the link by name; what is not an input begins with a full stop, which no name does.

const state = {
  point: inputs.map(({ start }) => start),
  mode: data.mode,
  output: data.outputs[0],
  wrt: data.wrt,
  step: null, // null for everything, 0 for nothing, n for the first n steps
};

/** What the derivatives are of or with respect to. */
const viewOf = () => ({ mode: state.mode, chosen: state.mode === "reverse" ? state.output : state.wrt });

/** The link's text of what differs from the page as it was made. */
function writeLink() {
  const fields = new URLSearchParams();
  inputs.forEach(({ name, start }, at) => {
    if (!same(start, state.point[at])) fields.set(name, String(state.point[at]));
  });
  if (state.mode !== data.mode) fields.set(".mode", state.mode);
  if (state.output !== data.outputs[0]) fields.set(".of", labelOf(state.output));
  if (state.wrt !== data.wrt) fields.set(".wrt", cells[state.wrt].label);
  if (state.step !== null) fields.set(".step", String(state.step));
  return fields.size === 0 ? "" : `#${fields}`;
}

/** Take over a link; what it does not say is as the page was made, and what makes no sense is passed over. */
function readLink(hash) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const among = (choices, label, otherwise, all = nodes) => choices.find((node) => all[node].label === label) ?? otherwise;
  state.point = inputs.map(({ name, start }) => {
    const found = fields.has(name) ? parseLinked(fields.get(name)) : null;
    return found ?? start;
  });
  const mode = fields.get(".mode");
  state.mode = ["reverse", "forward"].includes(mode) && data.sources.length ? mode : data.mode;
  state.output = among(data.outputs, fields.get(".of"), data.outputs[0]);
  state.wrt = among(data.sources, fields.get(".wrt"), data.wrt, cells);
  const step = fields.get(".step");
  state.step = /^\d+$/.test(step ?? "") ? Number(step) : null;
}

const parseLinked = (text) => parseNumber(text.replace("Infinity", "inf").replace("NaN", "nan"));

let linking = 0;

/** Keep the address in step, though not at every move of a slider: browsers count. */
function keepLink() {
  clearTimeout(linking);
  linking = setTimeout(() => history.replaceState(null, "", writeLink() || location.pathname + location.search), 250);
}

/** The page's address with the state in it. */
const wholeLink = () => location.href.replace(/#.*$/, "") + writeLink();
