"""PyTorch: a function of tensors, which autograd can differentiate too."""

from __future__ import annotations

from collections.abc import Sequence

from cgraph_cli.core.tensor import Tensor
from cgraph_cli.emit.module import Module
from cgraph_cli.emit.structures import torch_structures
from cgraph_cli.emit.targets.python_family import ARITHMETIC, LOGIC, POWERS, PRODUCT, Pythonic, sample
from cgraph_cli.emit.terms import Template, Term, calls

_TORCH = {
    **{name: name for name in ("abs", "floor", "ceil", "round", "trunc", "sqrt", "hypot", "exp", "exp2", "expm1", "log",
                               "log2", "log10", "log1p", "logaddexp", "sin", "cos", "tan", "asin", "acos", "atan",
                               "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc", "lgamma",
                               "digamma", "sigmoid", "relu")},
    "min": "minimum",
    "max": "maximum",
    "logsigmoid": "nn.functional.logsigmoid",
    "silu": "nn.functional.silu",
}  # fmt: skip

TEMPLATES = {
    **ARITHMETIC,
    **LOGIC,
    **POWERS,
    "%": Template("torch.copysign(torch.remainder({0}, {1}), {1})", boxed="each"),  # a zero too has the divisor's sign
    "where": Template("torch.where({0}, {1}, {2})", boxed="all"),
    **calls({primitive: f"torch.{name}" for primitive, name in _TORCH.items()}, boxed="each"),
}

HELPERS = {
    "cholesky": """\
def cholesky(x):
    \"\"\"Lower triangle whose product with its transpose is the symmetric part of a matrix.\"\"\"
    return torch.linalg.cholesky((x + x.T) / 2)""",
}

NUMBERS = {"inf": "torch.inf", "nan": "torch.nan", "3.141592653589793": "torch.pi"}


class Torch(Pythonic):
    """PyTorch from 2.0 on."""

    name = "torch"
    title = "PyTorch"
    imports = ("import torch",)
    arrays = "Takes numbers or tensors, and broadcasts them; all results have their common shape."
    numbers = NUMBERS
    templates = TEMPLATES
    structures = torch_structures(PRODUCT)
    helpers = HELPERS
    to_number = Template("{0}.to({p}.dtype)", 100, 100)
    box = Template("{p}.new_tensor({0})")
    guarded = True
    reserved = Pythonic.reserved | {"torch", "point", "value", "gradient", "given", "name", "ours", "theirs"}

    def opening(self, module: Module) -> list[str]:
        """Write the line that makes the inputs tensors of one shape."""
        names = [p.variable for p in module.parameters]
        if module.has_arrays:
            return [
                f"{p.variable} = torch.as_tensor({p.variable}, dtype=torch.float64).expand({p.shape})"
                for p in module.parameters
            ]
        if len(names) < 2:
            return [f"{name} = torch.as_tensor({name})" for name in names]
        tensors = ", ".join(f"torch.as_tensor({name})" for name in names)
        return [f"{', '.join(names)} = torch.broadcast_tensors({tensors})"]

    def result(self, module: Module, term: Term) -> str:
        """Write a returned number, as a tensor if it is a constant."""
        if term.constant:
            if not module.parameters or module.has_arrays:
                return f"torch.tensor({term.text}, dtype=torch.float64)"
            return f"torch.full_like({module.parameters[0].variable}, {term.text})"
        return term.text

    def array(self, module: Module, tensor: Tensor[Term]) -> str:
        """Write a returned number or array."""
        terms = [self.result(module, term) for term in tensor.items]
        if not tensor.shape:
            return terms[0]
        return (
            f"torch.stack(({', '.join(terms)},)).reshape({tensor.shape})" if terms else f"torch.zeros({tensor.shape})"
        )

    def constant_array(self, tensor: Tensor[float]) -> Term:
        """Write an array of numbers."""
        return Term(f"torch.tensor({self.nested(tensor.map(self.floating))}, dtype=torch.float64)")

    def element(self, array: str, index: Sequence[int | str]) -> str:
        """Write an element of an array."""
        return f"{array}[{', '.join(map(str, index))}]"

    def test(self, module: Module) -> list[str]:
        """Write the comparison of autograd's gradients with the function's own, at one point."""
        tensors = ", ".join(self.nested(x.map(self.floating)) for x in sample(module))
        output = "y.sum() + sum(0 * x.sum() for x in point)" if module.has_arrays else "y + sum(0 * x for x in point)"
        values = "[value]" if len(module.outputs) == 1 else "value"
        rows = "[gradient]" if len(module.outputs) == 1 else "gradient"
        at = [module.position_of(name) for name in module.wrt]
        return [
            'if __name__ == "__main__":',
            f"    point = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in [{tensors}]]",
            f"    value, gradient = {module.name}(*point){'[:2]' if module.hessian else ''}",
            f"    given = [{', '.join(f'point[{k}]' for k in at)}]",
            f"    for y, ours in zip({values}, {rows}):",
            f"        theirs = torch.autograd.grad({output}, given, retain_graph=True)",
            "        torch.testing.assert_close(ours, theirs, equal_nan=True)",
            '    print("autograd agrees")',
        ]


TARGET = Torch()
