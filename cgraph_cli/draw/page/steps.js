// The steps of a walk: the values from the inputs on, then the products along the edges; and each in words.
//
// A sentence is a list of [role, text]; the roles are those of the picture's colours.

const labelOf = (node) => nodes[node].label;

const derivative = (of, wrt) => `∂${labelOf(of)}/∂${labelOf(wrt)}`;

/** What an output is called in a derivative: of an array it is that of the sum. */
const summed = (output) => (nodes[output].shape.length ? `Σ${labelOf(output)}` : labelOf(output));

/** What a column of derivatives is called at a node: of the output with respect to it, or of it. */
const headingAt = ({ mode, chosen }, node) =>
  mode === "reverse" ? `∂${summed(chosen)}/∂${labelOf(node)}` : `∂${labelOf(node)}/∂${cells[chosen].label}`;

/** The steps at a point, in a mode that is `reverse` from the output `chosen` or `forward` from the node `chosen`. */
function stepsOf(numbers, view) {
  const reverse = view.mode === "reverse";
  const sweep = reverse ? sweepReverse(numbers, seedOf(view.chosen)) : sweepForward(numbers, view.chosen);
  const steps = nodes
    .filter(({ kind }) => !["input", "constant", "hidden"].includes(kind))
    .map(({ at }) => ({ kind: "value", node: at }));
  const values = steps.length;
  if (data.arrays) return { steps: [...steps, ...arraySteps(numbers, view, sweep.totals)], values, totals: sweep.totals };
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

/** The nodes that a node is made from, and itself. */
function ancestorsOf(node) {
  const found = new Set([node]);
  for (let at = node; at >= 0; at--) if (found.has(at)) for (const { source } of nodes[at].edges) found.add(source);
  return found;
}

/** The steps of a sweep over arrays: from its start on, each array whose elements it reaches. */
function arraySteps(numbers, view, totals) {
  const reverse = view.mode === "reverse";
  const needed = reverse ? ancestorsOf(view.chosen) : null;
  const reached = nodes.filter(
    ({ at, kind, elements }) =>
      !["constant", "hidden"].includes(kind) && elements.some((cell) => totals[cell] !== null) && (!needed || needed.has(at)),
  );
  const first = reverse ? view.chosen : nodes.find(({ kind, elements }) => kind === "input" && elements.includes(view.chosen))?.at;
  const others = reached.filter(({ at }) => at !== first).map((node) => {
    const through = reverse ? node.users.filter(({ target }) => reached.includes(nodes[target])) : node.edges.filter(({ source }) => reached.includes(nodes[source]));
    return { kind: "array", node: node.at, edges: through, total: derivativeAt(numbers, view, totals, node.at) };
  });
  const seed = first === undefined ? [] : [{ kind: "seed", node: first, total: derivativeAt(numbers, view, totals, first) }];
  return [...seed, ...(reverse ? others.reverse() : others)];
}

/** What is known at the page's starting point beyond the numbers: corrected ones, and statuses. */
function knownAt(numbers, view, node) {
  return nodes[node].shape.length ? { value: null, derivative: null } : knownOf(numbers, view, nodes[node].elements[0]);
}

/** The same of a cell. */
function knownOf(numbers, view, cell) {
  if (!numbers.atStart) return { value: null, derivative: null };
  return {
    value: data.values[cell] ?? null,
    derivative: data.derivatives[view.mode][view.chosen]?.[cell] ?? null,
  };
}

function valueOf(numbers, view, cell) {
  const known = knownOf(numbers, view, cell).value;
  return known ? readNumber(known[0]) : numbers.values[cell];
}

function derivativeOf(numbers, view, totals, cell) {
  const known = knownOf(numbers, view, cell).derivative;
  return known ? readNumber(known[0]) : totals[cell] ?? 0;
}

const valueAt = (numbers, view, node) => nested(nodes[node], (cell) => valueOf(numbers, view, cell));

const derivativeAt = (numbers, view, totals, node) => nested(nodes[node], (cell) => derivativeOf(numbers, view, totals, cell));

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
    if (data.arrays) return [["gradient", `${heading} = ${say(step.total)}`], ["", ". From here on, array by array."]];
    const rest = view.mode === "forward" && inputs.length > 1 ? ", and 0 for every other input" : "";
    const way = view.mode === "reverse" ? "Backward from the output" : "Forward from it";
    return [["gradient", `${heading} = 1`], ["", `${rest}. ${way}, edge by edge.`]];
  }
  if (step.kind === "array") return arraySentence(step, view);
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

/** The derivative of an array in words, with the rule by which it comes from those beside it. */
function arraySentence({ node, edges: through, total }, view) {
  const heading = headingAt(view, node);
  const rules = view.mode === "reverse" ? through.map(({ target }) => data.terms[`${node},${target}`]) : [];
  const sentence = [["gradient", heading]];
  if (rules.length && rules.every(Boolean)) {
    const terms = rules.map((rule, at) => rule.replaceAll("\0", headingAt(view, through[at].target)));
    sentence.push(["", " = "], ["partial", terms.join(" + ")]);
  }
  sentence.push(["", ` = ${say(total)}`]);
  const because = view.mode === "reverse" ? through.map(({ target }) => target) : [node];
  const said = because.filter((each) => nodes[each].parts.length).map((each) => `${labelOf(each)} = ${expressionOf(each, null)}`);
  if (said.length) sentence.push(["muted", `, because ${said.slice(0, 3).join(", ")}`]);
  return sentence;
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
  const isNumber = !data.arrays;
  const filled = isNumber ? expressionOf(node, numbers.values) : "";
  if (isNumber && into.length <= MOST_OPERANDS && parts.length > 1) sentence.push(["", ` = ${filled}`]);
  if (parts.length === 1 || filled !== show(value)) sentence.push(["", " = "], ["value", say(value)]);
  const locals = into.filter((edge) => edge.link !== null && !isConstant(edge.source) && !edge.several).slice(0, 3);
  locals.forEach((edge, at) => {
    const partial = numbers.partials[edge.link];
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
      const names = [labelOf(node), ...path.map((edge) => labelOf(edge.target))].join(" → ");
      sentence.push(["", at ? "; " : ": "], ["path", names]);
      if (path.some((edge) => edge.link === null)) return;
      const partials = path.map((edge) => numbers.partials[edge.link] ?? 0);
      const product = partials.reduce((left, right) => left * right, 1);
      const products = partials.length > 1 ? `${partials.map(factor).join(" · ")} = ` : "";
      sentence.push(["", " "], ["partial", `${products}${show(product)}`]);
    });
  }
  if (found.count > 1n || nodes[node].shape.length) {
    const heading = `∂${summed(output)}/∂${labelOf(node)}`;
    sentence.push(["", "; together "], ["gradient", `${heading} = ${say(total)}`]);
  }
  return [...sentence, ["", "."]];
}

const wordsOf = (sentence) => sentence.map(([, text]) => text).join("");
