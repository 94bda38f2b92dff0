"""Programs that doubles lose, with their true numbers to 17 digits.

The numbers are those of the reference in mpmath (`oracle`), which shares nothing with the package; a comment gives an
identity or a source, where one is known. `SINGULAR` has the right answers at points with a special value or slope.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

Numbers = Mapping[str, float]


class Loss(NamedTuple):
    """A program at a point, its true value, gradient (of nodes with names) and second derivatives (`x y`)."""

    text: str
    point: Numbers
    value: float
    gradient: Numbers
    second: Numbers = MappingProxyType({})
    pieces: bool = False
    """Tell whether branches meet at the point: the text of a derivative has only one of them there."""


BLACK_SCHOLES = (
    "d1 = (log(S/K) + (r + sigma^2/2)*T)/(sigma*sqrt(T)); d2 = d1 - sigma*sqrt(T); "
    "call = S*erfc(-d1/sqrt(2))/2 - K*exp(-r*T)*erfc(-d2/sqrt(2))/2"
)
MULLER = "; ".join(
    ["u2 = 108 - (815 - 1500/a)/b", "u3 = 108 - (815 - 1500/b)/u2"]
    + [f"u{n} = 108 - (815 - 1500/u{n - 2})/u{n - 1}" for n in range(4, 20)]
)
CONTINUED = (
    "c9 = 19 - x^2/21; "
    + "".join(f"c{n} = {2 * n + 1} - x^2/c{n + 1}; " for n in range(8, 0, -1))
    + "1/(1 - x^2/c1) - 1"
)
TELESCOPE = " + ".join(f"(1/(x + {k}) - 1/(x + {k + 1}))" for k in range(12))
BESSEL = "j0 = 0.7651976865579666*x; j1 = 0.44005058574493355*x; " + "; ".join(
    f"j{n + 1} = {2 * n}/x*j{n} - j{n - 1}" for n in range(1, 12)
)
INTEGRALS = "i1 = a*1; " + "; ".join(f"i{n} = 1 - {n}*i{n - 1}" for n in range(2, 19))
LOGISTIC = "h0 = x*1; " + "; ".join(f"h{n + 1} = 4*h{n}*(1 - h{n})" for n in range(40))
NEWTON = "r0 = 1 + a/3; " + "; ".join(f"r{n + 1} = (r{n} + a/r{n})/2" for n in range(5)) + "; r5 - sqrt(a)"
ARCHIMEDES = (
    "s1 = s*1; " + "; ".join(f"s{n + 1} = sqrt(2 - sqrt(4 - s{n}^2))" for n in range(1, 24)) + f"; {2**26}*s24/4"
)
HORNER = (
    "((((((((((((x - 12)*x + 66)*x - 220)*x + 495)*x - 792)*x + 924)*x - 792)*x + 495)*x - 220)*x + 66)*x - 12)*x + 1)"
)
GOLDEN = "g1 = p*1; g2 = 1 - p; " + "; ".join(f"g{n + 1} = g{n - 1} - g{n}" for n in range(2, 40))

LOSSES = [
    # Beside its zero.
    # Whole quotients of divisors that are no doubles, from either side of the jump.
    Loss("m % (n/1000)", {"m": 1.0, "n": 1.0}, 0.0, {}, pieces=True),
    Loss("(m + 0^0 - 1) % (n/1000)", {"m": 1.0, "n": 1.0}, 0.0, {}, pieces=True),
    Loss("x % y", {"x": -1e-20, "y": 1.0}, 1.0, {"x": 1.0, "y": 1.0}),
    Loss("polygamma(0, x)", {"x": -0.5040830082644554}, 7.289763902976895e-17, {"x": 8.939798558792134}),
    # The first page of the promise: what doubles lose at ordinary points
    # ½ − x²/24.
    Loss("(1 - cos(x))/x^2", {"x": 1e-09}, 0.5, {"x": -8.333333333333334e-11}),
    Loss("(1 - cos(x))/x^2", {"x": 1e-08}, 0.5, {"x": -8.333333333333334e-10}),
    # ∂call/∂d1 is 0: S·φ(d1) = K·exp(−rT)·φ(d2).
    Loss(
        BLACK_SCHOLES,
        {"S": 42.0, "K": 40.0, "r": 0.1, "sigma": 0.2, "T": 0.5},
        4.759422392871533,
        {
            "S": 0.779131290942669,
            "K": -0.6991022956680141,
            "r": 13.982045913360281,
            "sigma": 8.813415059602852,
            "T": 4.559092194592627,
            "d1": 0.0,
            "d2": -12.464051108113633,
        },
    ),
    # far out of the money.
    Loss(
        BLACK_SCHOLES,
        {"S": 42.0, "K": 400.0, "r": 0.1, "sigma": 0.2, "T": 0.5},
        5.376027193700126e-55,
        {
            "S": 1.428312999686691e-54,
            "K": -1.4862885816867753e-55,
            "r": 2.9725771633735508e-53,
            "sigma": 6.607316443411352e-52,
            "T": 1.3809148319497415e-52,
            "d1": 0.0,
            "d2": -9.344156525163096e-52,
        },
    ),
    # farther.
    Loss(
        BLACK_SCHOLES,
        {"S": 1.0, "K": 60.0, "r": 0.01, "sigma": 0.2, "T": 0.5},
        1.411469310150241e-185,
        {
            "S": 2.899928154836548e-183,
            "K": -4.809689102891742e-185,
            "r": 1.4429067308675227e-183,
            "sigma": 5.921994898061564e-182,
            "T": 1.1872847930740478e-182,
            "d1": 0.0,
            "d2": -8.374965501142938e-182,
        },
    ),
    # b.
    Loss("(a + b) - a", {"a": 1e16, "b": 1.0}, 1.0, {"a": 0.0, "b": 1.0}),
    # Rump 1988: −54767/66192.
    Loss(
        "333.75*b^6 + a^2*(11*a^2*b^2 - b^6 - 121*b^4 - 2) + 5.5*b^8 + a/(2*b)",
        {"a": 77617.0, "b": 33096.0},
        -0.8273960599468214,
        {"b": 4.784331242850472e32, "a": -2.0400456966858126e32},
    ),
    # the small root: 2c/(−b − √(b² − 4ac)).
    Loss(
        "(-b + sqrt(b^2 - 4*a*c))/(2*a)",
        {"a": 1.0, "b": 100000000.0, "c": 1.0},
        -1e-08,
        {"b": 1.0000000000000003e-16, "a": -1.0000000000000005e-24, "c": -1.0000000000000002e-08},
    ),
    # a double root but for the rounding of the inputs.
    Loss(
        "(-b + sqrt(b^2 - 4*a*c))/(2*a)",
        {"a": 1.0, "b": -0.001, "c": 2.5e-07},
        0.0005000000046606129,
        {"b": -53641013.74486391, "a": -26820.507122431958, "c": -107282026489.72783},
    ),
    # exp(n·log1p(1/n)).
    Loss("(1 + 1/n)^n", {"n": 1000000000000000.0}, 2.7182818284590438, {"n": 1.3591409142295201e-30}),
    # variance by moments: Σ(x − mean)²/3.
    Loss(
        "(a^2 + b^2 + c^2)/3 - ((a + b + c)/3)^2",
        {"a": 1000000000.1, "b": 1000000000.2, "c": 1000000000.3},
        0.006666661898296727,
        {"a": -0.06666665607028538, "b": 2.6490953233506943e-08, "c": 0.06666662957933214},
    ),
    Loss("log(cos(exp(z)))", {"z": 102.196}, -0.05202160420112543, {"z": -8.00129019672195e43}),
    Loss("floor(log(x)/log(10))", {"x": 1001.0}, 3.0, {"x": 0.0}),
    # x, everywhere in x ≥ 0.
    Loss("where(sqrt(x)^2 == x, x, 0)", {"x": 2.0}, 2.0, {"x": 1.0}),
    # its own zeros at 1 and 2: −γ·(x − 1).
    Loss("lgamma(x)", {"x": 1.000000000001}, -5.772669797094564e-13, {"x": -0.5772156648998877}),
    Loss("lgamma(x)", {"x": 1.9999999999997}, -1.268278008654585e-13, {"x": 0.4227843350982737}),
    # the double nearest to its zero.
    Loss("digamma(x)", {"x": -0.5040830082644554}, 7.289763902976895e-17, {"x": 8.939798558792134}),
    Loss("digamma(x)", {"x": 1.4616321449683622}, -9.241265521729427e-17, {"x": 0.9676722454476212}),
    # the least value: the slope's zero.
    Loss("silu(x)", {"x": -1.278464542761074}, -0.2784645427610738, {"x": -2.452007938935708e-17}),
    Loss("gelu(x)", {"x": -0.7517915246935645}, -0.16997120747990366, {"x": -6.453751729367753e-18}),
    # x·erfc(−x/√2)/2.
    Loss("gelu(x)", {"x": -30.0}, -1.472014178144456e-196, {"x": -4.416031690708495e-195}),
    # sigmoid(z) − y.
    Loss(
        "bce_with_logits(z, y)",
        {"z": -2.0, "y": 0.11920292202211755},
        0.3653338550872076,
        {"z": 9.210468374546453e-18, "y": 2.0},
    ),
    Loss("logaddexp(x, y)", {"x": -700.0, "y": 3e-05}, 3e-05, {"x": 9.859380757900269e-305, "y": 1.0}),
    # near the zero where exp(x) + exp(y) = 1.
    Loss(
        "logaddexp(x, y)",
        {"x": -1.0, "y": -0.45867514538708193},
        -2.3623976347736157e-17,
        {"x": 0.36787944117144233, "y": 0.6321205588285577},
    ),
    # Cancellation in one variable
    # 1/6 − x²/120.
    Loss("(x - sin(x))/x^3", {"x": 1e-05}, 0.16666666666583332, {"x": -1.6666666666587303e-07}),
    # ½.
    Loss("(tan(x) - sin(x))/x^3", {"x": 1e-06}, 0.500000000000125, {"x": 2.5000000000021667e-07}),
    Loss("(exp(x) - 1)/x", {"x": 1e-12}, 1.0000000000005, {"x": 0.5000000000003333}),
    # ½ + x/6.
    Loss("(exp(x) - 1 - x)/x^2", {"x": 1e-09}, 0.5000000001666667, {"x": 0.16666666675}),
    # 1 − x/2 (Kahan).
    Loss("log(1 + x)/x", {"x": 1e-15}, 0.9999999999999994, {"x": -0.49999999999999933}),
    # 1/(√(x + 1) + √x).
    Loss("sqrt(x + 1) - sqrt(x)", {"x": 1e17}, 1.5811388300841898e-09, {"x": -7.905694150420948e-27}),
    # 1/(x(x + 1)).
    Loss("1/x - 1/(x + 1)", {"x": 1000000000.0}, 9.99999999e-19, {"x": -1.999999997e-27}),
    # sinh(x).
    Loss("(exp(x) - exp(-x))/2", {"x": 1e-10}, 1e-10, {"x": 1.0}),
    # (x − 2)^9.
    Loss(
        "x^9 - 18*x^8 + 144*x^7 - 672*x^6 + 2016*x^5 - 4032*x^4 + 5376*x^3 - 4608*x^2 + 2304*x - 512",
        {"x": 2.001},
        9.999999999990089e-28,
        {"x": 8.999999999992071e-24},
        {"x x": 7.199999999994449e-20},
    ),
    # x.
    Loss("(1 + x) - 1", {"x": 1e-17}, 1e-17, {"x": 1.0}),
    # 2/(exp(2x) + 1).
    Loss("1 - tanh(x)", {"x": 25.0}, 3.8574996959278356e-22, {"x": -7.714999391855671e-22}),
    # erfc(x).
    Loss("1 - erf(x)", {"x": 9.0}, 4.13703174651381e-37, {"x": -7.492073428245974e-36}),
    Loss("log(1 - exp(-x))", {"x": 1e-18}, -41.44653167389282, {"x": 9.999999999999999e17}),
    # −exp(−x).
    Loss("log(1 - exp(-x))", {"x": 50.0}, -1.9287498479639178e-22, {"x": 1.9287498479639178e-22}),
    # atan(1/(1 + x(x + 1))).
    Loss("atan(x + 1) - atan(x)", {"x": 100000000.0}, 9.9999999e-17, {"x": -1.99999997e-24}),
    # log1p(1/x).
    Loss("log(x + 1) - log(x)", {"x": 1000000000000000.0}, 9.999999999999995e-16, {"x": -9.99999999999999e-31}),
    # √(2x).
    Loss("acos(1 - x)", {"x": 1e-18}, 1.4142135623730951e-09, {"x": 707106781.1865475}),
    # 1.
    Loss("cosh(x)^2 - sinh(x)^2", {"x": 25.0}, 1.0, {"x": 0.0}, {"x x": 0.0}),
    # 1, its slope 0.
    Loss("sin(x)^2 + cos(x)^2", {"x": 3.0}, 1.0, {"x": 0.0}, {"x x": 0.0}),
    Loss("cbrt(x + 1) - cbrt(x)", {"x": 100000000000000.0}, 1.5471962778709211e-10, {"x": -1.0314641852472755e-24}),
    # −log1p(exp(−x)).
    Loss("x - log(exp(x) + 1)", {"x": 60.0}, -8.75651076269652e-27, {"x": 8.75651076269652e-27}),
    # 0, and so is the slope.
    Loss("exp(log(x)) - x", {"x": 7.0}, 0.0, {"x": 0.0}),
    # x − 1.
    Loss("(x^2 - 1)/(x - 1) - 2", {"x": 1.0000000000009095}, 9.094947017729282e-13, {"x": 1.0}),
    # x³/3.
    Loss("sin(x) - x*cos(x)", {"x": 1e-05}, 3.333333333300001e-16, {"x": 9.999999999833335e-11}),
    # 1/3 + x²/15.
    Loss("1/sin(x)^2 - 1/x^2", {"x": 1e-07}, 0.333333333333334, {"x": 1.3333333333333375e-08}),
    # Langevin: x/3.
    Loss("coth(x) - 1/x", {"x": 1e-07}, 3.333333333333331e-08, {"x": 0.33333333333333265}),
    # logit near its zero.
    Loss("log(x/(1 - x))", {"x": 0.5000000000000009}, 3.552713678800501e-15, {"x": 4.0}),
    # the double below π/2: 1.633e16.
    Loss("tan(x)", {"x": 1.5707963267948966}, 1.633123935319537e16, {"x": 2.667093788113571e32}),
    # 0, as pi is π.
    Loss("sin(pi*x)", {"x": 1.0}, 0.0, {"x": -3.141592653589793}),
    # 0.
    Loss("exp(x)*exp(-x) - 1", {"x": 700.0}, 0.0, {"x": 0.0}),
    # sigmoid(x).
    Loss("exp(x)/(exp(x) + 1)", {"x": 800.0}, 1.0, {}),
    # Classics of several variables
    # Kahan's needle-like triangle.
    Loss(
        "sqrt((a + (b + c))*(c - (a - b))*(c + (a - b))*(a + (b - c)))/4",
        {"a": 9.0, "b": 4.53, "c": 4.53},
        2.3421624623411685,
        {"a": -19.192936323924386, "b": 19.582864441501304, "c": 19.582864441501304},
    ),
    # Heron.
    Loss(
        "s = (a + b + c)/2; sqrt(s*(s - a)*(s - b)*(s - c))",
        {"a": 100000000.0, "b": 100000000.0, "c": 0.001},
        50000.0,
        {"a": 0.00025, "b": 0.00025, "c": 50000000.0},
    ),
    # nearly flat.
    Loss(
        "sqrt((a + (b + c))*(c - (a - b))*(c + (a - b))*(a + (b - c)))/4",
        {"a": 2.0, "b": 1.0000000000000002, "c": 1.0},
        1.4901161193847656e-08,
        {"a": -33554431.999999993, "b": 33554432.0, "c": 33554432.0},
    ),
    # a difference far below the terms.
    Loss(
        "logsumexp(a, b) - logsumexp(a, c)",
        {"a": 40.0, "b": 1.0, "c": 2.0},
        -1.984310374746451e-17,
        {"a": 1.984310374746451e-17, "b": 1.1548224173015786e-17, "c": -3.1391327920480296e-17},
    ),
    # log1p(exp(b − a)).
    Loss(
        "log(exp(a) + exp(b)) - a",
        {"a": 800.0, "b": 770.0},
        9.357622968839737e-14,
        {"a": -9.357622968839299e-14, "b": 9.357622968839299e-14},
    ),
    # a difference of softmaxes.
    Loss(
        "exp(a)/(exp(a) + exp(b)) - exp(c)/(exp(c) + exp(b))",
        {"a": 5.0, "b": 1.0, "c": 5.000000000001},
        -1.766427643815068e-14,
        {"a": 0.017662706213291118, "b": -1.7028849668460984e-14, "c": -0.017662706213274086},
    ),
    # haversine at a tiny angle.
    Loss(
        "u = sin((p - q)/2)^2; v = cos(p)*cos(q)*sin((l - m)/2)^2; 2*6371000*asin(sqrt(u + v))",
        {"p": 0.8, "q": 0.80000000001, "l": 0.1, "m": 0.10000000001},
        7.76478411890178e-05,
        {"p": -5227401.526810797, "q": 5227401.526784671, "l": -2537381.94964298, "m": 2537381.94964298},
    ),
    # the spherical law of cosines at a tiny angle.
    Loss(
        "6371000*acos(sin(p)*sin(q) + cos(p)*cos(q)*cos(l - m))",
        {"p": 0.8, "q": 0.800000001, "l": 0.1, "m": 0.100000001},
        0.0077647833259709064,
        {"p": -5227401.481562181, "q": 5227401.478949595, "l": -2537381.9948915946, "m": 2537381.9948915946},
    ),
    # (x − y)(x + y).
    Loss("x*x - y*y", {"x": 100000001.0, "y": 100000000.0}, 200000001.0, {"x": 200000002.0, "y": -200000000.0}),
    # Kahan's determinant.
    Loss(
        "a*d - b*c",
        {"a": 94906267.0, "b": 94906266.0, "c": 94906266.0, "d": 94906265.0},
        -1.0,
        {"a": 94906265.0, "d": 94906267.0, "b": -94906266.0, "c": -94906266.0},
    ),
    # the Hilbert matrix of order 3: 1/2160, but for the rounding of the inputs.
    Loss(
        "a*(e*i - f*h) - b*(d*i - f*g) + c*(d*h - e*g)",
        {
            "a": 1.0,
            "b": 0.5,
            "c": 0.3333333333333333,
            "d": 0.5,
            "e": 0.3333333333333333,
            "f": 0.25,
            "g": 0.3333333333333333,
            "h": 0.25,
            "i": 0.2,
        },
        0.00046296296296296173,
        {
            "a": 0.004166666666666667,
            "e": 0.0888888888888889,
            "i": 0.08333333333333331,
            "f": -0.08333333333333334,
            "h": -0.08333333333333334,
            "b": -0.016666666666666677,
            "d": -0.016666666666666677,
            "g": 0.013888888888888902,
            "c": 0.013888888888888902,
        },
    ),
    # compound interest at a tiny rate.
    Loss(
        "p*(1 + r/n)^(n*t) - p",
        {"p": 100.0, "r": 1e-09, "n": 365.0, "t": 0.001},
        9.999999999991302e-11,
        {"p": 9.999999999991302e-13, "r": 0.09999999999982603, "n": 3.7530493525890307e-25, "t": 9.999999999996302e-08},
    ),
    # an annuity: n − n(n + 1)r/2.
    Loss(
        "(1 - (1 + r)^(-n))/r",
        {"r": 1e-14, "n": 360.0},
        359.9999999993502,
        {"r": -64979.99999984318, "n": 0.999999999996395},
    ),
    # the sag of a catenary: x²/(2a).
    Loss("a*cosh(x/a) - a", {"a": 100000000.0, "x": 1.0}, 5e-09, {"a": -5e-17, "x": 1e-08}),
    # Kepler near e = 1.
    Loss(
        "E - e*sin(E)",
        {"E": 0.0001, "e": 0.999999999},
        2.6666666358847356e-13,
        {"E": 5.999999962551403e-09, "e": -9.999999983333334e-05},
    ),
    # kinetic energy of relativity: v²/2.
    Loss("c^2*(1/sqrt(1 - (v/c)^2) - 1)", {"c": 299792458.0, "v": 1.0}, 0.5, {"c": -2.783550819147738e-26, "v": 1.0}),
    # y²/(2x).
    Loss("sqrt(x^2 + y^2) - x", {"x": 1000000000.0, "y": 0.001}, 5e-16, {"x": -5.0000000000000005e-25, "y": 1e-12}),
    # a difference quotient by hand.
    Loss(
        "(f - g)/h",
        {"f": 1.0000000000000002, "g": 1.0, "h": 1e-08},
        2.220446049250313e-08,
        {"f": 100000000.0, "g": -100000000.0, "h": -2.220446049250313},
    ),
    # cos(x).
    Loss(
        "(sin(x + h) - sin(x))/h",
        {"x": 1.0, "h": 1e-12},
        0.540302305867719,
        {"x": -0.8414709848081666, "h": -0.42073549240412833},
    ),
    # −sin(x).
    Loss(
        "(sin(x + h) - 2*sin(x) + sin(x - h))/h^2",
        {"x": 1.0, "h": 1e-08},
        -0.8414709848078965,
        {"x": -0.5403023058681398, "h": 1.4024516413464942e-09},
    ),
    # relative entropy of neighbours: (p − q)²/(2p(1 − p)).
    Loss(
        "p*log(p/q) + (1 - p)*log((1 - p)/(1 - q))",
        {"p": 0.3, "q": 0.3000000001},
        2.3809527746518206e-20,
        {"p": -4.761905155453014e-10, "q": 4.761905154999499e-10},
    ),
    # −6a²(a − b)².
    Loss(
        "a^4 - b^4 - 4*a^3*(a - b)",
        {"a": 1.0, "b": 0.999999999},
        -5.999999656616828e-18,
        {"a": -1.1999999660616822e-08, "b": 1.1999999648616822e-08},
    ),
    # Kulisch: 9a⁴ − b⁴ + 2b² = 1.
    Loss(
        "(2*b^2 + 9*a^4 - b^4) - 1", {"a": 10864.0, "b": 18817.0}, 0.0, {"b": -26650854902784.0, "a": 46160634691584.0}
    ),
    # 0, with all its slopes.
    Loss(
        "x^2*y - x*y^2 + (x - y)^3/3 - x^3/3 + y^3/3",
        {"x": 1000000.1, "y": 1000000.0},
        0.0,
        {"x": 0.0, "y": 0.0},
        {"x x": 0.0, "x y": 0.0},
    ),
    # Rump: −179689877047297.
    Loss(
        "83521*y^8 + 578*x^2*y^4 - 2*x^4 + 2*x^6 - x^8",
        {"x": 9478657.0, "y": 2298912.0},
        -179689877047297.0,
        {"y": 2.2674728892530743e50, "x": -5.499429544479373e49},
    ),
    # Rump again, with fractions (Loh and Walster).
    Loss(
        "1335*y^6/4 + x^2*(11*x^2*y^2 - y^6 - 121*y^4 - 2) + 11*y^8/2 + x/(2*y)",
        {"x": 77617.0, "y": 33096.0},
        -0.8273960599468214,
        {"y": 4.784331242850472e32, "x": -2.0400456966858126e32},
    ),
    # ¼.
    Loss(
        "a + b - c - d", {"a": 1e20, "b": 3.25, "c": 1e20, "d": 3.0}, 0.25, {"a": 1.0, "b": 1.0, "c": -1.0, "d": -1.0}
    ),
    # 2.
    Loss(
        "sum(a, b, c, d)", {"a": 1e100, "b": 1.0, "c": -1e100, "d": 1.0}, 2.0, {"a": 1.0, "b": 1.0, "c": 1.0, "d": 1.0}
    ),
    Loss(
        "exp(a) - exp(b)",
        {"a": 20.0, "b": 19.99999999999999},
        5.170959078630812e-06,
        {"a": 485165195.4097903, "b": -485165195.4097851},
    ),
    # 0.
    Loss("gamma(n + 1)/gamma(n) - n", {"n": 20.5}, 0.0, {"n": 0.0}),
    # 0.
    Loss("lgamma(n + 1) - lgamma(n) - log(n)", {"n": 1000000.0}, 0.0, {"n": 0.0}),
    # the logarithm of a beta function.
    Loss(
        "lgamma(a) + lgamma(b) - lgamma(a + b)",
        {"a": 10000000000.0, "b": 0.001},
        6.884153034453963,
        {"a": -1.0000000000499501e-13, "b": -1023.6014228617008},
    ),
    # 0.
    Loss("digamma(x + 1) - digamma(x) - 1/x", {"x": 100000.0}, 0.0, {"x": 0.0}),
    # erfcx.
    Loss("erfc(x)/exp(-x^2)", {"x": 30.0}, 0.01879588886141675, {"x": -0.0006258354105074841}),
    # erfcx.
    Loss("exp(x^2)*erfc(x)", {"x": 27.0}, 0.02088160799042094, {"x": -0.0007723356127817775}),
    # the inverse Mills ratio less z: about 1/z.
    Loss(
        "normal = exp(-z^2/2)/sqrt(2*pi); normal/(erfc(z/sqrt(2))/2) - z",
        {"z": 40.0},
        0.024968847207263722,
        {"z": -0.0006226683785913888},
    ),
    Loss(
        "hypot(x, y) - x",
        {"x": 1e200, "y": 1e190},
        5.0000000000000006e179,
        {"x": -5.000000000000001e-21, "y": 1.0000000000000002e-10},
    ),
    # √½; the squares underflow.
    Loss(
        "x/hypot(x, y)",
        {"x": 1e-200, "y": 1e-200},
        0.7071067811865476,
        {"x": 3.5355339059327376e199, "y": -3.5355339059327376e199},
    ),
    Loss("(x^2 + y^2)/(x + y)", {"x": 1e200, "y": 1e200}, 1e200, {"x": 0.5, "y": 0.5}),
    # Recurrences
    # Muller's recurrence: towards 5, and 100 in doubles.
    Loss(MULLER, {"a": 4.0, "b": 4.25}, 4.999878135477931, {"a": -4.053531390110079e23, "b": 4.323766816117418e23}),
    # tan(x)/x − 1 by Lambert's continued fraction.
    Loss(CONTINUED, {"x": 0.0001}, 3.3333333466666672e-09, {"x": 6.66666672e-05}),
    # Σ 1/(k(k + 1)) by differences: 1/x − 1/(x + 12).
    Loss(TELESCOPE, {"x": 1000000000.0}, 1.1999999856000002e-17, {"x": -2.3999999568000007e-26}),
    # J₁₂(1) by upward recurrence from J₀ and J₁ as doubles.
    Loss(BESSEL, {"x": 1.0}, 4.1011085949449466e-07, {"x": -37002225728.329025}),
    # Iₙ = 1 − n·Iₙ₋₁ for n to 18.
    Loss(INTEGRALS, {"a": 0.36787944117144233}, -0.029453670751536265, {"a": -6402373705728000.0}),
    # the logistic map: 40 steps.
    Loss(LOGISTIC, {"x": 0.3}, 0.7556268701263585, {"x": -1031028336132.7537}),
    # √a by Newton, less √a: the error of six steps.
    Loss(NEWTON, {"a": 2.0}, 4.82762801639903e-35, {"a": -4.560884395510366e-34}),
    # Archimedes' polygons by the formula that cancels.
    Loss(ARCHIMEDES, {"s": 1.4142135623730951}, 3.141592653589789, {"s": 2.828427124746178}),
    # (x − 1)^12 by Horner.
    Loss(HORNER, {"x": 1.0001}, 9.999999999986783e-49, {"x": 1.1999999999985462e-43}),
    # powers of the golden ratio by φⁿ⁺¹ = φⁿ⁻¹ − φⁿ.
    Loss(GOLDEN, {"p": 0.6180339887498949}, -1.1887788531339538e-09, {"p": -102334155.0}),
    # Rules that are functions: second derivatives at smooth points
    # ∂²/∂x∂y is ½.
    Loss(
        "x^y",
        {"x": 2.0, "y": 0.0},
        1.0,
        {"x": 0.0, "y": 0.6931471805599453},
        {"x x": 0.0, "x y": 0.5, "y y": 0.48045301391820144},
    ),
    # the Beta density: ∂²/∂x∂a is 2, ∂²/∂x∂b is −2.
    Loss(
        "x^(a - 1)*(1 - x)^(b - 1)*gamma(a + b)/(gamma(a)*gamma(b))",
        {"x": 0.5, "a": 1.0, "b": 1.0},
        1.0,
        {"x": 0.0, "a": 0.3068528194400547, "b": 0.3068528194400547},
        {"x x": 0.0, "a x": 2.0, "b x": -2.0, "a a": -0.9058413472016892, "a b": 0.7390927196465372},
    ),
    # ∂²/∂a∂x is 1/x = 4.
    Loss(
        "x^(a - 1)*(1 - x)^(b - 1)",
        {"x": 0.25, "a": 1.0, "b": 1.0},
        1.0,
        {"x": 0.0, "a": -1.3862943611198906, "b": -0.2876820724517809},
        {"a x": 4.0, "b x": -1.3333333333333333, "a b": 0.39881203483518773},
    ),
    # ∂² is 3.2.
    Loss("xlogy(2*t - 1, 1 + t^2)", {"t": 0.5}, 0.0, {"t": 0.44628710262841953}, {"t t": 3.2}),
    # x² + y².
    Loss("hypot(x, y)^2", {"x": 0.0, "y": 0.0}, 0.0, {"x": 0.0, "y": 0.0}, {"x x": 2.0, "x y": 0.0, "y y": 2.0}),
    # x² + y².
    Loss("norm(x, y)^2", {"x": 0.0, "y": 0.0}, 0.0, {"x": 0.0, "y": 0.0}, {"x x": 2.0, "x y": 0.0, "y y": 2.0}),
    Loss(
        "prod(x, y, z)",
        {"x": 0.0, "y": 0.0, "z": 3.0},
        0.0,
        {"x": 0.0, "y": 0.0, "z": 0.0},
        {"x y": 3.0, "x x": 0.0, "y z": 0.0},
    ),
    # x.
    Loss("where(x == 0, 0, x)", {"x": 0.0}, 0.0, {"x": 1.0}, {"x x": 0.0}, pieces=True),
    # x².
    Loss("where(x == 1, 1, x^2)", {"x": 1.0}, 1.0, {"x": 2.0}, {"x x": 2.0}, pieces=True),
    # x.
    Loss("relu(x) - relu(-x)", {"x": 0.0}, 0.0, {"x": 1.0}, {"x x": 0.0}, pieces=True),
    Loss("abs(x)*x", {"x": 0.0}, 0.0, {"x": 0.0}),
    # x + y.
    Loss("max(x, y) + min(x, y)", {"x": 1.0, "y": 1.0}, 2.0, {"x": 1.0, "y": 1.0}, {"x y": 0.0}),
    Loss("abs(x)^3", {"x": 0.0}, 0.0, {"x": 0.0}, {"x x": 0.0}),
    Loss("where(x > 0, x^2, -x^2)", {"x": 0.0}, 0.0, {"x": 0.0}),
]


class Singular(NamedTuple):
    """The right answer for the output of a program, or for a derivative of it (`wrt`: `x`, or `x y`).

    `statuses` are the right ones. `number` is the shown one, where it counts. `sides` are the slopes of a kink, the
    left one first.
    """

    text: str
    point: Numbers
    wrt: str
    statuses: str
    number: float | None = None
    sides: tuple[float, float] | None = None


_INF = float("inf")
_NONE = "undefined unknown"
_AT_0 = {"x": 0.0}

SINGULAR = [
    # A limit is not to be invented: these oscillate.
    Singular("sin(log(33*x))", _AT_0, "", _NONE + " pole"),
    Singular("sin(log(33*x))", _AT_0, "x", _NONE),
    Singular("2 + cos(21/x)", _AT_0, "", _NONE + " pole"),
    Singular("2 + cos(21/x)", _AT_0, "x", _NONE),
    Singular("2 + cos(22/x)", _AT_0, "x", _NONE),
    Singular("x*(2 + cos(1.4*log(x)))", _AT_0, "", "limit unknown", 0),
    Singular("x*(2 + cos(1.4*log(x)))", _AT_0, "x", _NONE),
    Singular("x*sin(1/x)^2", _AT_0, "", "limit unknown", 0),
    Singular("x*sin(1/x)^2", _AT_0, "x", _NONE),
    # Along a parabola the limit is another one than along the lines.
    Singular("x^2*y/(x^4 + y^2)", {"x": 0.0, "y": 0.0}, "", _NONE),
    Singular("x*y^2/(x^2 + y^4)", {"x": 0.0, "y": 0.0}, "", _NONE),
    # An infinite output has no finite slope.
    Singular("log(y) + x", {"x": 1.0, "y": 0.0}, "", "pole", -_INF),
    Singular("log(y) + x", {"x": 1.0, "y": 0.0}, "x", _NONE),
    Singular("1/(x - x)", {"x": 1.0}, "", "pole " + _NONE),
    Singular("1/(x - x)", {"x": 1.0}, "x", _NONE),
    # Mixed second derivatives across a kink.
    Singular("x*relu(y)", {"x": 2.0, "y": 0.0}, "x y", "kink", None, (0, 1)),
    Singular("relu(y)*x", {"y": 0.0, "x": 2.0}, "x y", "kink", None, (0, 1)),
    Singular("x^2*abs(y)", {"x": 3.0, "y": 0.0}, "x y", "kink", None, (-6, 6)),
    Singular("x*max(y, z)", {"x": 2.0, "y": 1.0, "z": 1.0}, "x y", "kink", None, (0, 1)),
    # These have a limit.
    Singular("x^2*sin(1/x)", _AT_0, "", "limit", 0),
    Singular("x^2*sin(1/x)", _AT_0, "x", "limit", 0),
    Singular("x^2*sin(1/x^2)", _AT_0, "", "limit", 0),
    Singular("x^2*sin(1/x^2)", _AT_0, "x", "limit", 0),
    Singular("(1 - cos(x*y))/(x*y)^2", {"x": 0.0, "y": 0.0}, "", "limit", 0.5),
    Singular("(1 - cos(x*y))/(x*y)^2", {"x": 0.0, "y": 0.0}, "x", "limit", 0),
    Singular("(x*y - sin(x*y))/(x*y)^3", {"x": 0.0, "y": 0.0}, "", "limit", 1 / 6),
    Singular("(1 - cos(x*y*z))/(x*y*z)^2", {"x": 0.0, "y": 0.0, "z": 0.0}, "", "limit", 0.5),
    Singular("sin(x*y)/x", {"x": 0.0, "y": 2.0}, "", "limit", 2),
    Singular("sin(x*y)/x", {"x": 0.0, "y": 2.0}, "x", "limit", 0),
    Singular("sin(x*y)/x", {"x": 0.0, "y": 2.0}, "y", "limit", 1),
    Singular("log(1 + x*y)/x", {"x": 0.0, "y": 2.0}, "", "limit", 2),
    Singular("log(1 + x*y)/x", {"x": 0.0, "y": 2.0}, "x", "limit", -2),
    Singular("log(1 + x*y)/x", {"x": 0.0, "y": 2.0}, "y", "limit", 1),
    Singular("sin(x*y)/(x*y)", {"x": 0.0, "y": 0.0}, "", "limit", 1),
    Singular("sin(x*y)/(x*y)", {"x": 0.0, "y": 0.0}, "x", "limit", 0),
    Singular("sin(x*y)/(x*y)", {"x": 0.0, "y": 0.0}, "y", "limit", 0),
    Singular("log(x)/log(2*x)", _AT_0, "", "limit", 1),
    Singular("log(x)/log(2*x)", _AT_0, "x", "pole", _INF),
    Singular("1/log(x)", _AT_0, "", "limit", 0),
    Singular("1/log(x)", _AT_0, "x", "pole", -_INF),
    Singular("exp(-1/x)", _AT_0, "", "undefined unknown pole jump"),
    # A whole height is a jump, however large the number; a slope of which only a convention at 0 is left is none.
    Singular("n = trunc(x); floor(n)", {"x": 1.25e18}, "n", "jump", 0),
    Singular("((-2)^x)^0", {"x": 2.0}, "x", "undefined"),
    Singular("g = grad(((-2)^x)^0, x); g", {"x": 2.0}, "", "undefined"),
    Singular("g = grad(z + y/y, z); 2*g", {"y": 0.0, "z": 3.0}, "", "limit", 2),
    Singular("hypot(x, y/y and z)", {"x": 1e7, "y": 2.0, "z": 0.0}, "z", "jump"),
    # Far below the doubles, and with a slope that balls do not tell from 0.
    Singular("m = ceil(z); (0.5/coth(norm(x^m)))^(m*z)", {"x": 2.0, "z": 304062.2}, "x", "unknown recovered"),
    # Squeezed to 0 by less than the distance.
    Singular("where(x == 0, 0, x*sqrt(abs(x))*sin(1/x))", _AT_0, "x", "recovered limit ok", 0),
    # Series: 1 + x⁴/360, x/3, 1 − γx, −1 − γx; and curves on which a quotient is ½.
    Singular("(cosh(x) - cos(x))/x^2", _AT_0, "x", "limit", 0),
    Singular("1/x - 1/tan(x)", _AT_0, "x", "limit", 1 / 3),
    Singular("x*gamma(x)", _AT_0, "x", "limit", -0.5772156649015329),
    Singular("x*digamma(x)", _AT_0, "x", "limit", -0.5772156649015329),
    Singular("x^2*y/(x^4 + y^2)", {"x": 0.0, "y": 0.0}, "", "undefined unknown pole jump"),
    Singular("x*y^2/(x^2 + y^4)", {"x": 0.0, "y": 0.0}, "", "undefined unknown pole jump"),
    Singular("x*cos(log(x))", _AT_0, "x", "undefined unknown"),
    # Grouping does not change the answer.
    Singular("a*x/x", {"a": 3.0, "x": 0.0}, "", "limit", 3),
    Singular("a*x/x", {"a": 3.0, "x": 0.0}, "a", "limit", 1),
    Singular("a*x/x", {"a": 3.0, "x": 0.0}, "x", "limit", 0),
    Singular("a*(x/x)", {"a": 3.0, "x": 0.0}, "a", "limit", 1),
    Singular("a*(x/x)", {"a": 3.0, "x": 0.0}, "x", "limit", 0),
    Singular("x*sin(y)/y", {"x": 3.0, "y": 0.0}, "", "limit", 3),
    Singular("x*sin(y)/y", {"x": 3.0, "y": 0.0}, "x", "limit", 1),
    Singular("x*sin(y)/y", {"x": 3.0, "y": 0.0}, "y", "limit", 0),
    # A bond of n coupons at a yield of 0: c·n + 1, and −c·n(n + 1)/2 − n.
    Singular("c*(1 - (1 + y)^(-n))/y + (1 + y)^(-n)", {"c": 0.5, "y": 0.0, "n": 4.0}, "", "limit", 3),
    Singular("c*(1 - (1 + y)^(-n))/y + (1 + y)^(-n)", {"c": 0.5, "y": 0.0, "n": 4.0}, "c", "limit", 4),
    Singular("c*(1 - (1 + y)^(-n))/y + (1 + y)^(-n)", {"c": 0.5, "y": 0.0, "n": 4.0}, "y", "limit", -9),
    # A turn at the rate 0: v·t·cos(p) and its slopes.
    Singular("v/w*(sin(p + w*t) - sin(p))", {"v": 2.0, "w": 0.0, "p": 0.0, "t": 1.5}, "", "limit", 3),
    Singular("v/w*(sin(p + w*t) - sin(p))", {"v": 2.0, "w": 0.0, "p": 0.0, "t": 1.5}, "v", "limit", 1.5),
    Singular("v/w*(sin(p + w*t) - sin(p))", {"v": 2.0, "w": 0.0, "p": 0.0, "t": 1.5}, "w", "limit", 0),
    Singular("v/w*(sin(p + w*t) - sin(p))", {"v": 2.0, "w": 0.0, "p": 0.0, "t": 1.5}, "t", "limit", 2),
    # A call at its expiry, in the money.
    Singular(BLACK_SCHOLES, {"S": 42.0, "K": 40.0, "r": 0.1, "sigma": 0.2, "T": 0.0}, "", "limit", 2),
    Singular(BLACK_SCHOLES, {"S": 42.0, "K": 40.0, "r": 0.1, "sigma": 0.2, "T": 0.0}, "S", "limit", 1),
    Singular(BLACK_SCHOLES, {"S": 42.0, "K": 40.0, "r": 0.1, "sigma": 0.2, "T": 0.0}, "K", "limit", -1),
    Singular(BLACK_SCHOLES, {"S": 42.0, "K": 40.0, "r": 0.1, "sigma": 0.2, "T": 0.0}, "sigma", "limit", 0),
    Singular(BLACK_SCHOLES, {"S": 42.0, "K": 40.0, "r": 0.1, "sigma": 0.2, "T": 0.0}, "T", "limit", 4),
    # One point singled out, a jump, second derivatives at a hole.
    Singular("where(n == 0, 0, 1/n)", {"n": 0.0}, "n", "pole", _INF),
    Singular("where(x == 0, 0, x^2*sin(1/x))", _AT_0, "x", "recovered limit ok", 0),
    Singular("where(x > 2, log2(x), 2*x)", {"x": 2.0}, "", "ok", 4),
    Singular("where(x > 2, log2(x), 2*x)", {"x": 2.0}, "x", "jump"),
    Singular("(x^2 - 1)/(x - 1)", {"x": 1.0}, "", "limit", 2),
    Singular("(x^2 - 1)/(x - 1)", {"x": 1.0}, "x", "limit", 1),
    Singular("(x^2 - 1)/(x - 1)", {"x": 1.0}, "x x", "limit", 0),
    # One-sided, at the edge of a domain.
    Singular("sqrt(x)^4", _AT_0, "x", "recovered limit", 0),
    # The argument is 3 to rounding, and 3 in truth.
    Singular("floor(log(x)/log(10))", {"x": 1000.0}, "", "ok recovered", 3),
    Singular("floor(log(x)/log(10))", {"x": 1000.0}, "x", "jump", 0),
    # A kink's left slope first.
    Singular("abs(x)", _AT_0, "x", "kink", 0, (-1, 1)),
    Singular("-abs(x)", _AT_0, "x", "kink", 0, (1, -1)),
]
