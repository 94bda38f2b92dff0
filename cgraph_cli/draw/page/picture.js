// The picture: the numbers in its boxes and on its edges, what of it a step and a node light up.

const figure = document.getElementById("figure");
const drawn = figure.querySelector("svg");
const natural = drawn.viewBox.baseVal.width;
const boxes = new Map();
const wires = new Map();

for (const element of drawn.querySelectorAll("[data-node]")) {
  const node = Number(element.dataset.node.slice(1));
  const [name, value, statuses, gradients] = [".name", ".value", ".status", ".gradient"].map((role) => [
    ...element.querySelectorAll(role),
  ]);
  // An input's line is its name and its value; a status is the value's where the value has one, then the derivative's.
  boxes.set(node, {
    element,
    values: value.map((line) => writer(line)),
    uncertainties: [...element.querySelectorAll(".uncertainty")].map((line) => writer(line)),
    heading: gradients[0] && writer(gradients[0]),
    gradients: gradients.slice(1).map((line) => writer(line)),
    // What is said of an array is about the page's starting point, and stands as it is.
    ofArray: data.arrays && nodes[node].shape.length ? statuses.splice(0) : [],
    valueStatus: data.values[nodes[node].elements[0]] && value[0] ? statuses.shift() : undefined,
    status: statuses[0] && writer(statuses[0], drawn.querySelector(`[data-node="n${node}"] rect`).width.baseVal.value - 12),
    title: element.querySelector("title"),
    name: name[0],
  });
}
for (const element of drawn.querySelectorAll("[data-edge]")) {
  const label = element.querySelector(".partial");
  wires.set(Number(element.dataset.edge.slice(1)), {
    element,
    label: label && writer(label),
    title: element.querySelector("title"),
    path: element.querySelector("path"),
  });
}

/** Writes texts into an element: one that is broader than what the layout keeps for it is drawn closer. */
function writer(element, room) {
  const size = parseFloat(getComputedStyle(element).fontSize) * 0.61;
  const most = room ?? roomOf(element, size);
  let written = null;
  return {
    element,
    write(text) {
      if (text === written) return;
      written = text;
      const shown = shorten(text, Math.floor((most * 1.6) / size));
      element.textContent = shown;
      if (columnsOf(shown) * size > most) {
        element.setAttribute("textLength", most.toFixed(1));
        element.setAttribute("lengthAdjust", "spacingAndGlyphs");
      } else element.removeAttribute("textLength");
    },
  };
}

/** The room from where a text is anchored to the edge of its box, or of what the layout keeps for a label. */
function roomOf(element, size) {
  const rect = element.parentNode.querySelector("rect");
  if (!rect) return columnsOf("-0.123457") * size + 4;
  const [x, width] = [rect.x.baseVal.value, rect.width.baseVal.value];
  const at = element.x.baseVal[0].value;
  return (element.getAttribute("text-anchor") === "end" ? at - x : x + width - at) - 6;
}

/** What a box says aloud. */
function spokenNode(node, numbers, view, stage) {
  const { kind, label } = nodes[node];
  const words = [kind, expressionOf(node, null) ? `${label} = ${expressionOf(node, null)}` : label];
  if (stage.values(node)) words.push(`value ${say(valueAt(numbers, view, node))}${plusMinus(numbers, node)}`);
  const total = stage.total(node);
  if (total !== null) words.push(`${headingAt(view, node)} = ${say(total)}`);
  if (stage.rest) for (const known of Object.values(knownAt(numbers, view, node))) if (known) words.push(known[1]);
  return words.filter(Boolean).join("; ");
}

/** Write the lines of a number or an array after a sign. */
const writeLines = (writers, lines, sign = "=") =>
  writers.forEach((each, at) => each.write(`${at ? "\u00a0 " : `${sign} `}${(lines[at] ?? "").replace(/ {2,}|^ /g, (gap) => "\u00a0".repeat(gap.length))}`));

/** Write the numbers of a stage of the walk into the picture. */
function paint(numbers, view, stage) {
  const first = data.mode === "reverse" ? data.outputs[0] : data.wrt;
  const asMade = numbers.atStart && view.mode === data.mode && view.chosen === first;
  for (const [node, box] of boxes) {
    const known = stage.values(node);
    const total = stage.total(node);
    const lines = known ? linesOf(valueAt(numbers, view, node)) : ["?"];
    if (known && !nodes[node].shape.length) lines[0] += plusMinus(numbers, node);
    writeLines(box.values, lines);
    const uncertainty = known ? uncertaintyAt(numbers, node) : null;
    writeLines(box.uncertainties, uncertainty === null ? ["0"] : linesOf(uncertainty), "±");
    box.heading?.write(headingAt(view, node));
    writeLines(box.gradients, total === null ? ["?"] : linesOf(total));
    for (const line of box.ofArray) line.classList.toggle("off", !asMade || !stage.rest);
    const { value, derivative: found } = knownAt(numbers, view, node);
    box.valueStatus?.classList.toggle("off", !value || !known);
    box.status?.write(found && stage.rest ? found[1] : "");
    box.element.classList.toggle("waiting", !known);
    box.element.classList.toggle("unswept", total === null);
    box.element.classList.toggle("now", stage.nodes.has(node));
    const words = spokenNode(node, numbers, view, stage);
    box.element.setAttribute("aria-label", words);
    box.title.textContent = words;
  }
  for (const [edge, wire] of wires) {
    const { source, target } = edges[edge];
    const known = stage.values(target);
    const { link } = edges[edge];
    const partial = link === null ? null : numbers.partials[link];
    wire.label?.write(known ? show(partial ?? 0) : "");
    wire.element.classList.toggle("swept", stage.swept.has(edge));
    wire.element.classList.toggle("now", stage.edges.has(edge));
    const words = `${derivative(target, source)}${known && link !== null ? ` = ${say(partial ?? 0)}` : ""}`;
    wire.element.setAttribute("aria-label", words);
    wire.title.textContent = words;
  }
  drawn.classList.toggle("walking", !stage.rest);
}

/** Light the paths from a node to the output, and let the rest step back; null for none. */
function light(node, output) {
  drawn.classList.toggle("lit", node !== null);
  const found = node === null ? null : pathsBetween(node, output, 0);
  for (const [edge, wire] of wires) wire.element.classList.toggle("on", Boolean(found?.edges.has(edges[edge])));
  for (const [at, box] of boxes) box.element.classList.toggle("on", Boolean(found?.nodes.has(at)));
}

const still = matchMedia("(prefers-reduced-motion: reduce)");
let travelling = 0;

/** Send a dot along an edge: from its operand on, or `back` to it. */
function travel(edge, back, duration) {
  cancelAnimationFrame(travelling);
  drawn.querySelector(".dot")?.remove();
  const wire = wires.get(edge);
  if (!wire || still.matches) return;
  const dot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  dot.setAttribute("class", "dot");
  dot.setAttribute("r", "6");
  wire.element.append(dot);
  const length = wire.path.getTotalLength();
  const begun = performance.now();
  const move = (now) => {
    const share = Math.min(1, Math.max(0, (now - begun) / duration));
    const eased = share * share * (3 - 2 * share);
    const { x, y } = wire.path.getPointAtLength(length * (back ? 1 - eased : eased));
    dot.setAttribute("cx", String(x));
    dot.setAttribute("cy", String(y));
    if (share < 1) travelling = requestAnimationFrame(move);
    else dot.remove();
  };
  move(begun);
}

/** Bring what a step is about into view, where the picture is larger than its frame. */
function reveal(node) {
  const box = boxes.get(node)?.element.getBoundingClientRect();
  if (!box) return;
  const frame = figure.getBoundingClientRect();
  const behaviour = still.matches ? "auto" : "smooth";
  const [dx, dy] = [
    box.left < frame.left + 8 || box.right > frame.right ? box.left + box.width / 2 - frame.left - frame.width / 2 : 0,
    box.top < frame.top || box.bottom > frame.bottom ? box.top + box.height / 2 - frame.top - frame.height / 2 : 0,
  ];
  if (dx || dy) figure.scrollBy({ left: dx, top: dy, behavior: behaviour });
}

/** The factor at which the whole picture is in its frame. */
function fitting() {
  const style = getComputedStyle(figure);
  const wide = figure.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const tall = figure.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
  return Math.min(wide / natural, Math.max(tall, 240) / drawn.viewBox.baseVal.height, 1.8);
}

/** The factor to begin with: what fits, but no smaller than can be read. */
const readable = () => Math.max(fitting(), Math.min(0.8, (0.8 * innerWidth) / 800 + 0.25));

function resize(factor) {
  drawn.style.width = `${natural * factor}px`;
}
