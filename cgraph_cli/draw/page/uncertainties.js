// The standard uncertainties of the cells: at the page's start as they were found, elsewhere by the law of propagation.

/** The uncertainty of every cell; null where no input has one. */
function uncertaintiesOf(numbers) {
  if (!data.uncertain) return null;
  const { inputs: moving, pairs, values } = data.uncertain;
  if (numbers.atStart) return values.map(readNumber);
  const parts = moving.map(([cell, u]) => sweepForward(numbers, cell).totals.map((total) => (total ?? 0) * u));
  return cells.map(({ at }) => {
    const amounts = parts.map((part) => part[at]);
    const whole = Math.hypot(...amounts);
    if (!pairs.length || !whole || !Number.isFinite(whole)) return whole;
    const products = pairs.map(([first, second, r]) => 2 * r * (amounts[first] / whole) * (amounts[second] / whole));
    return whole * Math.sqrt(Math.max(0, products.reduce((sum, product) => sum + product, 1)));
  });
}

/** The uncertainty of a node's numbers; null where they are exact. */
function uncertaintyAt({ uncertainties }, node) {
  const isUncertain = uncertainties && nodes[node].elements.some((cell) => uncertainties[cell] !== 0);
  return isUncertain ? nested(nodes[node], (cell) => uncertainties[cell]) : null;
}

/** The uncertainty of a node behind its value. */
function plusMinus(numbers, node) {
  const found = uncertaintyAt(numbers, node);
  return found === null ? "" : ` ± ${show(found)}`;
}
