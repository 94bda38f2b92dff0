"""JAX: a function of arrays, which `jax.jit`, `jax.vmap` and `jax.grad` can transform."""

from __future__ import annotations

from cgraph_cli.emit.module import Module
from cgraph_cli.emit.structures import along, axis, call, cross_entropy, index, numpy_structures
from cgraph_cli.emit.targets.python_family import ARITHMETIC, LOGIC, POWERS, PRODUCT, PythonArrays, Pythonic, sample
from cgraph_cli.emit.terms import Template, calls

_JAX = {
    **{name: name for name in ("abs", "sign", "floor", "ceil", "round", "trunc", "sqrt", "cbrt", "hypot", "exp", "exp2",
                               "expm1", "log", "log2", "log10", "log1p", "logaddexp", "sin", "cos", "tan", "sinh",
                               "cosh", "tanh")},
    **{name: f"arc{name[1:]}" for name in ("asin", "acos", "atan", "atan2", "asinh", "acosh", "atanh")},
    "min": "minimum",
    "max": "maximum",
}  # fmt: skip

_NN = {name: name for name in ("sigmoid", "softplus", "relu", "silu")}

TEMPLATES = {
    **ARITHMETIC,
    **LOGIC,
    **POWERS,
    "not": Template("jnp.logical_not({0})"),  # a constant too, whose comparisons would be Python's own truths
    **calls({primitive: f"jnp.{name}" for primitive, name in _JAX.items()}),
    **calls({primitive: f"jax.nn.{name}" for primitive, name in {**_NN, "logsigmoid": "log_sigmoid"}.items()}),
    "%": Template("jnp.copysign(jnp.remainder({0}, {1}), {1})"),  # a zero too has the divisor's sign
    "where": Template("jnp.where({0}, {1}, {2})", boxed="all"),
    **calls({"erf": "special.erf", "erfc": "special.erfc", "gamma": "special.gamma", "lgamma": "special.gammaln",
             "digamma": "special.digamma"}),
}  # fmt: skip

STRUCTURES = numpy_structures(
    "jnp",
    PRODUCT,
    {
        "logsumexp": lambda args, shapes: Template(f"jax.nn.logsumexp({{0}}{axis(args)})"),
        "softmax": along("jax.nn.softmax({{0}}, axis={})"),
        "log_softmax": along("jax.nn.log_softmax({{0}}, axis={})"),
        "index": lambda args, shapes: index(args, shapes, "jnp.array({})"),
        "cross_entropy": cross_entropy("jax.nn.log_softmax({0}, axis=-1)", "jnp", ".astype(int)"),
        "cholesky": call("jnp.linalg.cholesky({0})"),
        "conv2d": call("jax.scipy.signal.correlate2d({0}, {1}, mode='valid')"),
    },
)

HELPERS = {
    "logdet": """\
def logdet(x):
    \"\"\"Logarithm of the determinant, where that is positive.\"\"\"
    sign, size = jnp.linalg.slogdet(x)
    return jnp.log(sign) + size""",
}

NUMBERS = {"inf": "jnp.inf", "nan": "jnp.nan", "3.141592653589793": "jnp.pi"}


class Jax(PythonArrays):
    """JAX, in double precision.

    The function is not decorated with `jax.jit`, which computes `x/y/z` as `x/(y*z)` and `(x + 1) - 1` as `x`.
    """

    name = "jax"
    title = "JAX"
    imports = ("import jax", "import jax.numpy as jnp", "from jax.scipy import special")
    alias = "jnp"
    numbers = NUMBERS
    templates = TEMPLATES
    structures = STRUCTURES
    helpers = HELPERS
    to_number = Template("jnp.where({0}, 1.0, 0.0)")
    guarded = True
    reserved = Pythonic.reserved | {"jax", "jnp", "special", "v", "point", "value", "gradient", "ours", "theirs"}

    def imported(self, text: str) -> str:
        """Write the imports, and the line for double precision, which is not JAX's default."""
        return f'{super().imported(f"{text} jax")}\n\njax.config.update("jax_enable_x64", True)'

    def test(self, module: Module) -> list[str]:
        """Write the comparison of the gradients of `jax.jacrev` with the function's own, at one point."""
        point = sample(module)
        numbers = ", ".join(self.nested(x.map(self.floating)) for x in point)
        at = ", ".join(str(module.position_of(name)) for name in module.wrt)
        value = f"{module.name}(*x)[0]"
        value = f"jax.tree.map(jnp.sum, {value})" if module.has_arrays else value
        return [
            'if __name__ == "__main__":',
            f"    point = [{f'jnp.array(x) for x in [{numbers}]' if module.has_arrays else numbers}]",
            f"    ours = {module.name}(*point)[1]",
            f"    theirs = jax.jacrev(lambda *x: {value}, argnums=({at},))(*point)",
            "    for mine, other in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs)):",
            "        assert jnp.allclose(mine, other, rtol=1e-9, atol=1e-12, equal_nan=True), (ours, theirs)",
            '    print("autograd agrees")',
        ]


TARGET = Jax()
