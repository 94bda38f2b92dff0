// Numbers as `cgraph eval` shows them to people, and how wide a text is.

/** A number of the data: strict JSON has no inf and no nan. */
const readNumber = (entry) =>
  typeof entry === "number" ? entry : { inf: Infinity, "-inf": -Infinity }[entry] ?? NaN;

/** `digits` significant digits of a number, as C's %g writes them: halves of the last digit go to the even one. */
function rounded(number, digits) {
  let [mantissa, exponent] = number.toExponential(digits - 1).split("e");
  const [exact, place] = number.toExponential(Math.min(100, digits + 60)).split("e");
  const kept = (number < 0 ? 1 : 0) + digits + (digits > 1 ? 1 : 0);
  if (/^\.?50*$/.test(exact.slice(kept)) && /[02468]$/.test(exact.slice(0, kept))) {
    [mantissa, exponent] = [exact.slice(0, kept), place];
  }
  const power = Number(exponent);
  const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (power < -4 || power >= digits) return `${trimmed(mantissa)}e${power}`;
  return trimmed(shifted(mantissa, power));
}

/** A mantissa times a power of ten that leaves it no more digits before the point than it has. */
function shifted(mantissa, power) {
  const [, sign, figures] = /^(-?)(.*)$/.exec(mantissa.replace(".", ""));
  if (power < 0) return `${sign}0.${"0".repeat(-power - 1)}${figures}`;
  const rest = figures.slice(power + 1);
  return `${sign}${figures.slice(0, power + 1)}${rest ? "." : ""}${rest}`;
}

/** A number for a person: 6 significant digits where none are asked for, whole numbers in full; an array on one line. */
function show(number) {
  if (Array.isArray(number)) {
    const whole = joined(number, Infinity);
    return whole.length > 60 ? joined(number, 2) : whole;
  }
  if (Number.isNaN(number)) return "nan";
  if (!Number.isFinite(number)) return number < 0 ? "-inf" : "inf";
  if (number === 0) return "0";
  if (data.digits === null && Number.isInteger(number) && Math.abs(number) < 1e15) return String(number);
  return rounded(number, Math.min(data.digits ?? 6, 17));
}

/** An array in brackets, with the middle left out where an axis has more elements than `most`. */
function joined(array, most) {
  const parts = array.map((part) => (Array.isArray(part) ? joined(part, most) : show(part)));
  return `[${(parts.length > most ? [parts[0], "…", parts.at(-1)] : parts).join(", ")}]`;
}

/** The ends of a long list, with `dots` for its middle. */
const ends = (list, dots) => (list.length > 6 ? [...list.slice(0, 2), dots, ...list.slice(-2)] : list);

/** Texts with their decimal points below one another. */
function aligned(texts) {
  const parts = texts.map((text) => /^([^.e]*)(.*)$/.exec(text).slice(1));
  const [left, right] = [0, 1].map((at) => Math.max(...parts.map((part) => part[at].length)));
  return parts.map(([whole, rest]) => whole.padStart(left) + rest.padEnd(right));
}

/** The lines of a number, or of an array, a row a line. */
function linesOf(number) {
  if (!Array.isArray(number)) return [show(number)];
  if (!number.length || !Array.isArray(number[0])) return [`[${ends(number.map(show), "…").join(", ")}]`];
  const parts = ends(number, null);
  let blocks = parts.map((part) => (part === null ? ["…"] : linesOf(part)));
  if (!Array.isArray(number[0][0])) {
    const rows = parts.map((part) => part && ends(part.map(show), "…"));
    const whole = rows.filter(Boolean);
    const columns = whole[0].map((_, at) => aligned(whole.map((row) => row[at])));
    const line = (place) => `[${columns.map((column) => column[place]).join(", ")}]`;
    blocks = rows.map((row) => [row ? line(whole.indexOf(row)) : "…"]);
  }
  return blocks.flatMap((block, at) =>
    block.map((line, row) => {
      const last = row === block.length - 1;
      return `${at || row ? " " : "["}${line}${last ? (at === blocks.length - 1 ? "]" : ",") : ""}`;
    }),
  );
}

/** A number in a sentence: what is not a number is said in words. */
function say(number) {
  const text = show(number);
  return { nan: "nan (not a number)", inf: "inf (infinite)", "-inf": "-inf (minus infinite)" }[text] ?? text;
}

/** A number as a factor or a term. */
const factor = (number) => (number < 0 ? `(${show(number)})` : show(number));

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** How many columns a text takes in a monospaced face. */
function columnsOf(text) {
  let columns = 0;
  for (const character of text) columns += /\p{M}/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return columns;
}

/** A text in at most so many columns, with an ellipsis in place of what is too much. */
function shorten(text, most) {
  if (columnsOf(text) <= most) return text;
  let kept = "";
  for (const character of text) {
    if (columnsOf(kept + character) >= most) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

/** A number that somebody typed, or null: a minus of any kind, a decimal point. */
function parseNumber(text) {
  const plain = text.trim().replace(/^[−–]/, "-").replaceAll("_", "");
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain)) return Number(plain);
  return { inf: Infinity, "+inf": Infinity, "-inf": -Infinity, nan: NaN }[plain.toLowerCase()] ?? null;
}
