// Nodes that are hovered, focused or held, and their paths.

let [held, over] = [null, null];

function updatePaths() {
  const node = over ?? held;
  light(node, state.output);
  for (const [at, { element }] of boxes) element.setAttribute("aria-pressed", String(at === held));
  const totals = node === null ? [] : sweepReverse(numbers, seedOf(state.output)).totals;
  const total = node === null ? 0 : nested(nodes[node], (cell) => totals[cell] ?? 0);
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
  const { chosen } = viewOf();
  return state.mode === "reverse" ? `∂${summed(chosen)}/∂node` : `∂node/∂${cells[chosen].label}`;
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
