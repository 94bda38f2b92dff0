"""Linear algebra as functions of emitted code: elimination with partial pivoting, and the Cholesky factor.

Source: Golub and Van Loan, Matrix Computations, 3.4 and 4.2. A column without a pivot is left as it is.
"""

from __future__ import annotations

_PYTHON = {
    "eliminate": '''\
def eliminate(a, b):
    """The upper triangle that a matrix becomes, its right-hand sides, and the sign of the exchanges of rows."""
    a, b, sign = [list(row) for row in a], [list(row) for row in b], 1.0
    for k in range(len(a)):
        best = max(range(k, len(a)), key=lambda i: abs(a[i][k]))
        if abs(a[best][k]) > abs(a[k][k]):
            a[k], a[best], b[k], b[best], sign = a[best], a[k], b[best], b[k], -sign
        for i in range(k + 1, len(a)):
            factor = a[i][k] / a[k][k] if a[k][k] else 0.0
            for j in range(k, len(a)):
                a[i][j] -= factor * a[k][j]
            for j in range(len(b[i])):
                b[i][j] -= factor * b[k][j]
    return a, b, sign''',
    "solve": '''\
def solve(a, b):
    """The matrix whose product with a is b."""
    upper, x, _ = eliminate(a, b)
    for i in reversed(range(len(upper))):
        for j in range(len(x[i])):
            for k in range(i + 1, len(upper)):
                x[i][j] -= upper[i][k] * x[k][j]
            x[i][j] = _divide(x[i][j], upper[i][i])
    return x''',
    "inv": '''\
def inv(a):
    """The inverse of a matrix."""
    return solve(a, [[float(i == j) for j in range(len(a))] for i in range(len(a))])''',
    "det": '''\
def det(a):
    """The determinant of a matrix."""
    upper, _, found = eliminate(a, [[] for _ in a])
    for k in range(len(upper)):
        found *= upper[k][k]
    return found''',
    "logdet": '''\
def logdet(a):
    """The logarithm of the determinant of a matrix, where that is positive."""
    upper, _, sign = eliminate(a, [[] for _ in a])
    size = 0.0
    for k in range(len(upper)):
        size += _log(abs(upper[k][k]))
        sign = -sign if upper[k][k] < 0 else sign
    return size if sign > 0 else math.nan''',
    "cholesky": '''\
def cholesky(a):
    """The lower triangle whose product with its transpose is a."""
    lower = [[0.0] * len(a) for _ in a]
    for i in range(len(a)):
        for j in range(i + 1):
            rest = (a[i][j] + a[j][i]) / 2
            for k in range(j):
                rest -= lower[i][k] * lower[j][k]
            lower[i][j] = _sqrt(rest) if i == j else _divide(rest, lower[j][j])
    return lower''',
}

_JAVASCRIPT = {
    "eliminate": """\
/** The upper triangle that a matrix becomes, its right-hand sides, and the sign of the exchanges of rows. */
function eliminate(a, b) {
  a = a.map((row) => [...row]);
  b = b.map((row) => [...row]);
  let sign = 1;
  for (let k = 0; k < a.length; k++) {
    let best = k;
    for (let i = k; i < a.length; i++) if (Math.abs(a[i][k]) > Math.abs(a[best][k])) best = i;
    if (best !== k) {
      [a[k], a[best]] = [a[best], a[k]];
      [b[k], b[best]] = [b[best], b[k]];
      sign = -sign;
    }
    for (let i = k + 1; i < a.length; i++) {
      const factor = a[k][k] === 0 ? 0 : a[i][k] / a[k][k];
      for (let j = k; j < a.length; j++) a[i][j] -= factor * a[k][j];
      for (let j = 0; j < b[i].length; j++) b[i][j] -= factor * b[k][j];
    }
  }
  return [a, b, sign];
}""",
    "solve": """\
/** The matrix whose product with a is b. */
function solve(a, b) {
  const [upper, x] = eliminate(a, b);
  for (let i = upper.length - 1; i >= 0; i--) {
    for (let j = 0; j < x[i].length; j++) {
      for (let k = i + 1; k < upper.length; k++) x[i][j] -= upper[i][k] * x[k][j];
      x[i][j] /= upper[i][i];
    }
  }
  return x;
}""",
    "inv": """\
/** The inverse of a matrix. */
function inv(a) {
  return solve(a, a.map((row, i) => row.map((_, j) => (i === j ? 1 : 0))));
}""",
    "det": """\
/** The determinant of a matrix. */
function det(a) {
  const [upper, , sign] = eliminate(a, a.map(() => []));
  return upper.reduce((found, row, k) => found * row[k], sign);
}""",
    "logdet": """\
/** The logarithm of the determinant of a matrix, where that is positive. */
function logdet(a) {
  const [upper, , sign] = eliminate(a, a.map(() => []));
  const positive = upper.reduce((found, row, k) => (row[k] < 0 ? -found : found), sign) > 0;
  return positive ? upper.reduce((found, row, k) => found + Math.log(Math.abs(row[k])), 0) : NaN;
}""",
    "cholesky": """\
/** The lower triangle whose product with its transpose is a. */
function cholesky(a) {
  const lower = a.map((row) => row.map(() => 0));
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = (a[i][j] + a[j][i]) / 2;
      for (let k = 0; k < j; k++) rest -= lower[i][k] * lower[j][k];
      lower[i][j] = i === j ? Math.sqrt(rest) : rest / lower[j][j];
    }
  }
  return lower;
}""",
}

_RUST = {
    "eliminate": """\
/// The upper triangle that a matrix becomes, its right-hand sides, and the sign of the exchanges of rows.
fn eliminate<const N: usize, const M: usize>(
    a: &[[f64; N]; N],
    b: &[[f64; M]; N],
) -> ([[f64; N]; N], [[f64; M]; N], f64) {
    let (mut a, mut b, mut sign) = (*a, *b, 1.0);
    for k in 0..N {
        let mut best = k;
        for i in k..N {
            if a[i][k].abs() > a[best][k].abs() {
                best = i;
            }
        }
        if best != k {
            a.swap(k, best);
            b.swap(k, best);
            sign = -sign;
        }
        for i in k + 1..N {
            let factor = if a[k][k] == 0.0 { 0.0 } else { a[i][k] / a[k][k] };
            for j in k..N {
                a[i][j] -= factor * a[k][j];
            }
            for j in 0..M {
                b[i][j] -= factor * b[k][j];
            }
        }
    }
    (a, b, sign)
}""",
    "solve": """\
/// The matrix whose product with a is b.
fn solve<const N: usize, const M: usize>(a: &[[f64; N]; N], b: &[[f64; M]; N]) -> [[f64; M]; N] {
    let (upper, mut x, _) = eliminate(a, b);
    for i in (0..N).rev() {
        for j in 0..M {
            for k in i + 1..N {
                x[i][j] -= upper[i][k] * x[k][j];
            }
            x[i][j] /= upper[i][i];
        }
    }
    x
}""",
    "inv": """\
/// The inverse of a matrix.
fn inv<const N: usize>(a: &[[f64; N]; N]) -> [[f64; N]; N] {
    let mut one = [[0.0; N]; N];
    for i in 0..N {
        one[i][i] = 1.0;
    }
    solve(a, &one)
}""",
    "det": """\
/// The determinant of a matrix.
fn det<const N: usize>(a: &[[f64; N]; N]) -> f64 {
    let (upper, _, sign) = eliminate(a, &[[0.0_f64; 0]; N]);
    (0..N).fold(sign, |found, k| found * upper[k][k])
}""",
    "logdet": """\
/// The logarithm of the determinant of a matrix, where that is positive.
fn logdet<const N: usize>(a: &[[f64; N]; N]) -> f64 {
    let (upper, _, sign) = eliminate(a, &[[0.0_f64; 0]; N]);
    let sign = (0..N).fold(sign, |found, k| if upper[k][k] < 0.0 { -found } else { found });
    if sign > 0.0 { (0..N).map(|k| upper[k][k].abs().ln()).sum() } else { f64::NAN }
}""",
    "cholesky": """\
/// The lower triangle whose product with its transpose is a.
fn cholesky<const N: usize>(a: &[[f64; N]; N]) -> [[f64; N]; N] {
    let mut lower = [[0.0; N]; N];
    for i in 0..N {
        for j in 0..=i {
            let mut rest = (a[i][j] + a[j][i]) / 2.0;
            for k in 0..j {
                rest -= lower[i][k] * lower[j][k];
            }
            lower[i][j] = if i == j { f64::sqrt(rest) } else { rest / lower[j][j] };
        }
    }
    lower
}""",
}

_C = {
    "eliminate": """\
/** Makes a matrix of n rows an upper triangle, with its m right-hand sides; returns the sign of the exchanges. */
static double eliminate(int n, int m, double *a, double *b)
{
    double sign = 1.0;
    for (int k = 0; k < n; k++) {
        int best = k;
        for (int i = k; i < n; i++) {
            if (fabs(a[i * n + k]) > fabs(a[best * n + k])) best = i;
        }
        if (best != k) {
            for (int j = 0; j < n + m; j++) {
                double *row = j < n ? &a[k * n + j] : &b[k * m + j - n];
                double *other = j < n ? &a[best * n + j] : &b[best * m + j - n];
                const double kept = *row;
                *row = *other;
                *other = kept;
            }
            sign = -sign;
        }
        for (int i = k + 1; i < n; i++) {
            const double factor = a[k * n + k] == 0.0 ? 0.0 : a[i * n + k] / a[k * n + k];
            for (int j = k; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
            for (int j = 0; j < m; j++) b[i * m + j] -= factor * b[k * m + j];
        }
    }
    return sign;
}""",
    "solve": """\
/** Finds the matrix of n rows and m columns whose product with a is b. */
static void solve(int n, int m, const double *a, const double *b, double *x)
{
    double upper[n * n + 1];
    for (int k = 0; k < n * n; k++) upper[k] = a[k];
    for (int k = 0; k < n * m; k++) x[k] = b[k];
    eliminate(n, m, upper, x);
    for (int i = n - 1; i >= 0; i--) {
        for (int j = 0; j < m; j++) {
            for (int k = i + 1; k < n; k++) x[i * m + j] -= upper[i * n + k] * x[k * m + j];
            x[i * m + j] /= upper[i * n + i];
        }
    }
}""",
    "inv": """\
/** Finds the inverse of a matrix. */
static void inv(int n, const double *a, double *x)
{
    double one[n * n + 1];
    for (int k = 0; k < n * n; k++) one[k] = k % (n + 1) == 0 ? 1.0 : 0.0;
    solve(n, n, a, one, x);
}""",
    "det": """\
/** The determinant of a matrix. */
static double det(int n, const double *a)
{
    double upper[n * n + 1], none[1];
    for (int k = 0; k < n * n; k++) upper[k] = a[k];
    double found = eliminate(n, 0, upper, none);
    for (int k = 0; k < n; k++) found *= upper[k * n + k];
    return found;
}""",
    "logdet": """\
/** The logarithm of the determinant of a matrix, where that is positive. */
static double logdet(int n, const double *a)
{
    double upper[n * n + 1], none[1], size = 0.0;
    for (int k = 0; k < n * n; k++) upper[k] = a[k];
    double sign = eliminate(n, 0, upper, none);
    for (int k = 0; k < n; k++) {
        size += log(fabs(upper[k * n + k]));
        if (upper[k * n + k] < 0.0) sign = -sign;
    }
    return sign > 0.0 ? size : NAN;
}""",
    "cholesky": """\
/** Finds the lower triangle whose product with its transpose is a. */
static void cholesky(int n, const double *a, double *lower)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            double rest = j > i ? 0.0 : (a[i * n + j] + a[j * n + i]) / 2.0;
            for (int k = 0; k < j && j <= i; k++) rest -= lower[i * n + k] * lower[j * n + k];
            lower[i * n + j] = j > i ? 0.0 : i == j ? sqrt(rest) : rest / lower[j * n + j];
        }
    }
}""",
}

ELIMINATION = {"python": _PYTHON, "javascript": _JAVASCRIPT, "rust": _RUST, "c": _C}
"""The sources of the functions by the target's name and the operation's."""
