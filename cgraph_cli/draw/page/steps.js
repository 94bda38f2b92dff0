// The steps of a walk: the values from the inputs on, then the products along the edges; and each in words.
//
// A sentence is a list of [role, text]; the roles are those of the picture's colours.

const labelOf = (node) => nodes[node].label;

const derivative = (of, wrt) => `∂${labelOf(of)}/∂${labelOf(wrt)}`;

/** What a column of derivatives is called at a node: of the output with respect to it, or of it. */
const headingAt = ({ mode, chosen }, node) => (mode === "reverse" ? derivative(chosen, node) : derivative(node, chosen));

/** The steps at a point, in a mode that is `reverse` from the output `chosen` or `forward` from the node `chosen`. */
function stepsOf(numbers, view) {
  const sweep = view.mode === "reverse" ? sweepReverse(numbers, view.chosen) : sweepForward(numbers, view.chosen);
  const steps = nodes
    .filter(({ kind }) => kind !== "input" && kind !== "constant")
    .map(({ at }) => ({ kind: "value", node: at }));
  const values = steps.length;
  steps.push({ kind: "seed", node: view.chosen, total: 1 });
  for (const product of sweep.products) steps.push({ kind: "product", ...product });
  const left = new Map();
  for (const { kind, node } of steps) if (kind === "product") left.set(node, (left.get(node) ?? 0) + 1);
  for (const step of steps) {
    if (step.kind !== "product") continue;
    left.set(step.node, left.get(step.node) - 1);
    step.more = left.get(step.node);
  }
  return { steps, values, totals: sweep.totals };
}

/** What is known at the page's starting point beyond the numbers: corrected ones, and statuses. */
function knownAt(numbers, view, node) {
  if (!numbers.atStart) return { value: null, derivative: null };
  return {
    value: data.values[node] ?? null,
    derivative: data.derivatives[view.mode][view.chosen]?.[node] ?? null,
  };
}

function valueAt(numbers, view, node) {
  const known = knownAt(numbers, view, node).value;
  return known ? readNumber(known[0]) : numbers.values[node];
}

function derivativeAt(numbers, view, totals, node) {
  const known = knownAt(numbers, view, node).derivative;
  return known ? readNumber(known[0]) : totals[node] ?? 0;
}

const MOST_OPERANDS = 8;

/** A node's expression, with labels or with numbers in place of its operands. */
function expressionOf(node, numbers) {
  const { parts } = nodes[node];
  if (numbers === null) return parts.map((part) => (typeof part === "number" ? labelOf(part) : part)).join("");
  const called = typeof parts[0] === "string" && parts[0].endsWith("(");
  return parts
    .map((part) => (typeof part !== "number" ? part : called ? show(numbers[part]) : factor(numbers[part])))
    .join("");
}

/** A step in words. */
function sentenceOf(step, numbers, view) {
  if (step.kind === "value") return valueSentence(step, numbers, view);
  const heading = headingAt(view, step.node);
  if (step.kind === "seed") {
    const rest = view.mode === "forward" && inputs.length > 1 ? ", and 0 for every other input" : "";
    const way = view.mode === "reverse" ? "Backward from the output" : "Forward from it";
    return [["gradient", `${heading} = 1`], ["", `${rest}. ${way}, edge by edge.`]];
  }
  const { edge, left, right, before, total, more } = step;
  const partial = ["partial", derivative(edge.target, edge.source)];
  const inner = ["gradient", headingAt(view, view.mode === "reverse" ? edge.target : edge.source)];
  const numbersOf = [["", " = "], ["", factor(left)], ["", " · "], ["", factor(right)], ["", ` = ${say(left * right)}`]];
  const product = view.mode === "reverse" ? [inner, ["", " · "], partial] : [partial, ["", " · "], inner];
  const sentence = [["gradient", heading], ["", before === null ? " gets " : " gains "], ...product, ...numbersOf];
  if (edge.several) sentence.push(["", ` (as operand ${edge.place + 1})`]);
  if (before !== null) sentence.push(["", "; together "], ["gradient", say(total)]);
  if (more) sentence.push(["muted", `; ${more} more to come`]);
  return [...sentence, ...correction(step, numbers, view)];
}

/** Where a sum of products is not the derivative: what is. */
function correction({ node, total, more }, numbers, view) {
  const known = knownAt(numbers, view, node).derivative;
  if (!known || more || same(readNumber(known[0]), total)) return [];
  return [["status", `; the derivative is ${show(readNumber(known[0]))} all the same (${known[1]})`]];
}

function valueSentence({ node }, numbers, view) {
  const value = valueAt(numbers, view, node);
  const sentence = [["name", labelOf(node)], ["", ` = ${expressionOf(node, null)}`]];
  const { edges: into, parts } = nodes[node];
  const filled = expressionOf(node, numbers.values);
  if (into.length <= MOST_OPERANDS && parts.length > 1) sentence.push(["", ` = ${filled}`]);
  if (parts.length === 1 || filled !== show(value)) sentence.push(["", " = "], ["value", say(value)]);
  const locals = into.filter((edge) => !isConstant(edge.source) && !edge.several).slice(0, 3);
  locals.forEach((edge, at) => {
    const partial = numbers.partials[edge.at];
    sentence.push(["muted", at ? ", " : "; along its edges "]);
    sentence.push(["partial", `${derivative(edge.target, edge.source)} = ${say(partial ?? 0)}`]);
  });
  const status = knownAt(numbers, view, node).value;
  if (status) sentence.push(["status", `; ${status[1]}`]);
  return sentence;
}

/** The paths from a node to the output, with their products. */
function pathSentence(node, output, numbers, view, total) {
  const found = pathsBetween(node, output, 3);
  if (node === output) return [["name", labelOf(node)], ["", " is the output."]];
  if (!found.count) return [["name", labelOf(node)], ["", ` does not reach ${labelOf(output)}.`]];
  const many = found.count === 1n ? "one path" : `${found.count.toLocaleString("en")} paths`;
  const sentence = [["name", labelOf(node)], ["", ` reaches ${labelOf(output)} by ${many}`]];
  if (found.count <= 3n) {
    found.paths.forEach((path, at) => {
      const partials = path.map((edge) => numbers.partials[edge.at] ?? 0);
      const product = partials.reduce((left, right) => left * right, 1);
      const names = [labelOf(node), ...path.map((edge) => labelOf(edge.target))].join(" → ");
      const products = partials.length > 1 ? `${partials.map(factor).join(" · ")} = ` : "";
      sentence.push(["", at ? "; " : ": "], ["path", names], ["", " "], ["partial", `${products}${show(product)}`]);
    });
  }
  if (found.count > 1n) sentence.push(["", "; together "], ["gradient", `${derivative(output, node)} = ${say(total)}`]);
  return [...sentence, ["", "."]];
}

const wordsOf = (sentence) => sentence.map(([, text]) => text).join("");
