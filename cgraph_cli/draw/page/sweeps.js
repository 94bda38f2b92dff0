// The graph, its numbers at a point, the two sweeps over its edges, and the paths to an output.
//
// Values and local partials come from `evaluate`, which cgraph emitted from its table of rules; the sweeps add up
// products of these along edges. A partial is null where there is no dependence, which is no 0 that was computed.

const data = JSON.parse(document.getElementById("graph").textContent);

const cells = data.nodes.map(([label, kind, parts], at) => ({ at, label, kind, parts, edges: [], users: [], shape: [], elements: [at] }));

const links = data.operands.map((source, at) => ({ at, source, target: -1, place: 0, several: false, link: at }));

for (const cell of cells) {
  cell.edges = links.slice(data.starts[cell.at], data.starts[cell.at + 1]);
  connect(cells, cell);
}

/** Tell the edges of a node where they lead, and the operands who uses them. */
function connect(all, node) {
  node.edges.forEach((edge, place) => {
    edge.target = node.at;
    edge.place = place;
    edge.several = node.edges.filter((other) => other.source === edge.source).length > 1;
    if (all[edge.source].kind !== "constant") all[edge.source].users.push(edge);
  });
}

// The nodes of the picture are the cells; in a program of arrays they are the arrays, whose elements are cells. An edge
// between arrays has no partial that is a number: its `link` is null.

const nodes = !data.arrays
  ? cells
  : data.arrays.map(([label, kind, parts, shape, elements], at) => ({ at, label, kind, parts, shape, elements, edges: [], users: [] }));

const edges = !data.arrays ? links : data.wires.map(([source, target, link], at) => ({ at, source, target, place: 0, several: false, link }));

if (data.arrays) {
  for (const edge of edges) nodes[edge.target].edges.push(edge);
  for (const node of nodes) connect(nodes, node);
}

const inputs = data.inputs.map(([node, start, name, ends]) => ({ node, start: readNumber(start), name, ends }));

const isConstant = (node) => nodes[node].kind === "constant";

/** The cell that an output is swept from: of an array its sum. */
const seedOf = (output) => data.seeds?.[output] ?? output;

/** Numbers of an array's elements as nested lists; of a number itself. */
function nested({ shape, elements }, number) {
  let items = elements.map(number);
  if (!shape.length) return items[0];
  for (const size of shape.slice(1).reverse()) {
    items = Array.from({ length: items.length / size }, (_, at) => items.slice(at * size, (at + 1) * size));
  }
  return items;
}

/** Whether two numbers are one and the same, nan included. */
const same = (first, second) => first === second || (first !== first && second !== second);

/** The values of all nodes and the partials of all edges. */
function run(point) {
  const { values, partials, adjoints } = evaluate(...point);
  return { point, values, partials, adjoints, atStart: inputs.every(({ start }, at) => same(start, point[at])) };
}

/** Adjoints of `output`, null where it does not depend on a node, and each product on the way. */
function sweepReverse({ partials }, output) {
  const totals = new Array(cells.length).fill(null);
  totals[output] = 1;
  const products = [];
  for (let at = output; at >= 0; at--) {
    if (totals[at] === null) continue;
    for (const edge of cells[at].edges) {
      const [left, right] = [totals[at], partials[edge.at]];
      if (right === null) continue;
      const before = totals[edge.source];
      const total = before === null ? left * right : before + left * right;
      totals[edge.source] = total;
      if (cells[edge.source].kind !== "constant") products.push({ edge, node: edge.source, left, right, before, total });
    }
  }
  return { totals, products };
}

/** Tangents in the direction of `seed`, null where a node does not depend on it, and each product on the way. */
function sweepForward({ partials }, seed) {
  const totals = new Array(cells.length).fill(null);
  totals[seed] = 1;
  const products = [];
  for (const node of cells) {
    if (node.at === seed) continue;
    for (const edge of node.edges) {
      const [left, right] = [partials[edge.at], totals[edge.source]];
      if (left === null || right === null) continue;
      const before = totals[node.at];
      const total = before === null ? left * right : before + left * right;
      totals[node.at] = total;
      products.push({ edge, node: node.at, left, right, before, total });
    }
  }
  return { totals, products };
}

/** The nodes whose adjoints the emitted derivative program has otherwise than the sweep, by more than rounding. */
function disagreements({ partials, adjoints }, totals) {
  const output = seedOf(data.outputs[0]);
  const sizes = sweepReverse({ partials: partials.map((each) => (each === null ? null : Math.abs(each))) }, output).totals;
  const unit = Number.EPSILON * (64 + links.length);
  return cells.filter(({ at, kind }) => {
    const [mine, other] = [totals[at] ?? 0, adjoints[at]];
    if (kind === "constant" || !Number.isFinite(mine) || !Number.isFinite(other)) return false;
    return Math.abs(mine - other) > unit * (sizes[at] ?? 0) + 1e-300;
  });
}

/** The paths from a node to an output: their `count`, the `edges` they take, and the first `most` of them. */
function pathsBetween(source, output, most) {
  const counts = new Array(nodes.length).fill(0n);
  counts[output] = 1n;
  for (let at = output; at >= source; at--) {
    if (counts[at]) for (const edge of nodes[at].edges) counts[edge.source] += counts[at];
  }
  const reached = new Set([source]);
  const taken = new Set();
  for (let at = source; at <= output; at++) {
    if (!reached.has(at) || !counts[at]) continue;
    for (const edge of nodes[at].users) {
      if (edge.target > output || !counts[edge.target]) continue;
      taken.add(edge);
      reached.add(edge.target);
    }
  }
  const paths = [];
  const open = counts[source] ? [[source, []]] : [];
  while (open.length && paths.length < most) {
    const [at, path] = open.pop();
    if (at === output) paths.push(path);
    else for (const edge of [...nodes[at].users].reverse()) if (taken.has(edge)) open.push([edge.target, [...path, edge]]);
  }
  return { count: counts[source], edges: taken, nodes: reached, paths };
}
