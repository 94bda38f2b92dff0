"""The peers: the same job in the words of each one's own documentation."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from benchmarks.program import INPUTS, lines

SEED = {
    "torch": """
import torch
a = torch.tensor(3.0, requires_grad=True)
b = torch.tensor(1.0, requires_grad=True)
c = a + b
d = b + 1
e = c * d
c.retain_grad()
d.retain_grad()
e.backward()
print(e.item(), a.grad.item(), b.grad.item(), c.grad.item(), d.grad.item())
""",
    "jax": """
import jax
def e(a, b):
    c = a + b
    d = b + 1
    return c * d
print(*jax.value_and_grad(e, argnums=(0, 1))(3.0, 1.0))
""",
    "sympy": """
from sympy import diff, symbols
a, b = symbols("a b")
e = (a + b) * (b + 1)
point = {a: 3, b: 1}
print(e.subs(point), diff(e, a).subs(point), diff(e, b).subs(point))
""",
    "autograd": """
from autograd import value_and_grad
def e(x):
    a, b = x
    return (a + b) * (b + 1)
print(*value_and_grad(e)((3.0, 1.0)))
""",
    "casadi": """
from casadi import SX, Function, gradient, vertcat
a, b = SX.sym("a"), SX.sym("b")
e = (a + b) * (b + 1)
x = vertcat(a, b)
print(*Function("f", [x], [e, gradient(e, x)])([3, 1]))
""",
    "micrograd": """
from micrograd.engine import Value
a, b = Value(3.0), Value(1.0)
c = a + b
d = b + 1
e = c * d
e.backward()
print(e.data, a.grad, b.grad, c.grad, d.grad)
""",
}
"""The first job, by each package that can do it."""

PROGRAMS = {
    "maxima": [
        "maxima",
        "--very-quiet",
        "--batch-string=e: (a + b)*(b + 1)$ print(ev([e, diff(e, a), diff(e, b)], a = 3, b = 1))$",
    ],
    "qalc": ["qalc", "-t", "diff((a + b) * (b + 1), b)"],
}
"""The first job by programs of their own."""

PRELUDES = {
    "torch": (
        "import torch\nfrom torch import cos, exp, sin, tanh\n",
        "{name} = torch.tensor({value}, dtype=torch.float64, requires_grad=True)\n",
        "{last}.backward()\nprint({last}.item(), x.grad.item(), y.grad.item())\n",
    ),
    "casadi": (
        "from casadi import SX, Function, cos, exp, gradient, sin, tanh, vertcat\n",
        "{name} = SX.sym('{name}')\n",
        "f = Function('f', [x, y], [{last}, gradient({last}, vertcat(x, y))])\nprint(*f({x}, {y}))\n",
    ),
}
"""The beginning of a peer's script of the big program, the setting of an input, and its end."""


def versions() -> dict[str, str]:
    """List the installed peers, with their versions."""
    found = {}
    for name in SEED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def seed_commands() -> dict[str, list[str]]:
    """List the commands of the first job, for each installed peer."""
    packages = {f"{name} {number}": [sys.executable, "-c", SEED[name]] for name, number in versions().items()}
    return packages | {name: command for name, command in PROGRAMS.items() if shutil.which(command[0])}


SWEEPS = """
import time
start = time.process_time()
{forward}
middle = time.process_time()
{end}
print(middle - start, time.process_time() - middle)
"""
"""The big program timed in a peer: to compute or build all its values, and then the gradient."""


def sweeps(peer: str, count: int) -> list[str]:
    """Write a command that prints the seconds of a peer's two sweeps."""
    head, setting, end = PRELUDES[peer]
    inputs = "".join(setting.format(name=name, value=value) for name, value in INPUTS.items())
    code = "".join(line.replace("^", "**") for line in lines(count))
    forward = f"exec(compile({code!r}, 'big', 'exec'))"
    text = head + inputs + SWEEPS.format(forward=forward, end=end.format(last=f"v{count - 1}", **INPUTS))
    return [sys.executable, "-c", text]


def script(peer: str, count: int) -> Iterator[str]:
    """Write the big program of so many statements as a peer's Python script, line by line."""
    head, setting, end = PRELUDES[peer]
    yield head
    yield from (setting.format(name=name, value=value) for name, value in INPUTS.items())
    yield from (line.replace("^", "**") for line in lines(count))
    yield end.format(last=f"v{count - 1}", **INPUTS)
