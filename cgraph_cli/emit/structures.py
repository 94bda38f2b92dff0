"""Structural operations of libraries of arrays: the templates of indices, sums, products and the like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cgraph_cli.core.array_graph import ELEMENTS, is_reversal
from cgraph_cli.core.tensor import Shape
from cgraph_cli.emit.spelling import Structure
from cgraph_cli.emit.terms import ATOM, Template

Args = tuple[Any, ...]
Shapes = Sequence[Shape]


def call(text: str) -> Structure:
    """Make the structure of an operation that is the same call for all shapes."""
    template = Template(text, boxed="each")
    return lambda args, shapes: template


def along(text: str) -> Structure:
    """Make the structure of an operation along an axis, the last where none is named."""
    return lambda args, shapes: Template(text.format(args[0] if args else -1), boxed="each")


def index(args: Args, shapes: Shapes, places_as: str = "{}") -> Template:
    """Write an index; lists of places one after another, as each picks along an axis of its own."""
    sizes = iter(shapes[0])
    first, lists, axis = [], [], 0
    for spec in args:
        size = 0 if spec is None else next(sizes)
        places = _places(spec, size)
        if isinstance(places, list):
            lists.append((axis, places))
        first.append(":" if isinstance(places, list) else places)
        axis += not isinstance(spec, int)
    text = "{0}" if all(each == ":" for each in first) else f"{{0}}[{', '.join(_trimmed(first))}]"
    for axis, places in lists:
        text += f"[{':, ' * axis}{places_as.format(places)}]"
    return Template(text, ATOM, ATOM)


def _places(spec: Any, size: int) -> str | list[int]:
    """Write a place, a slice or a new axis; a list of places, or a slice with a negative step, gives a list."""
    if spec is None or isinstance(spec, int):
        return str(spec)
    if isinstance(spec, list):
        return spec if spec else "0:0"
    start, count, step = spec
    if not count:
        return "0:0"
    if step < 0:
        return [start + step * k for k in range(count)]
    if (start, count, step) == (0, size, 1):
        return ":"
    stop = start + (count - 1) * step + 1
    return f"{start or ''}:{stop if stop < size else ''}{f':{step}' if step != 1 else ''}"


def _trimmed(specs: list[str]) -> list[str]:
    """Leave out whole axes at the end."""
    specs = list(specs)
    while len(specs) > 1 and specs[-1] == ":":
        specs.pop()
    return specs


def _common(product: int, transpose: Structure, stack: Structure) -> dict[str, Structure]:
    """List the structural operations that NumPy and PyTorch write alike; `product` is the level of a product."""
    return {
        "@": lambda args, shapes: Template("{0} @ {1}", product, product, product + 1),
        "index": index,
        "transpose": transpose,
        "reshape": lambda args, shapes: Template(f"{{0}}.reshape({args})", ATOM, ATOM),
        **dict.fromkeys(("array", ELEMENTS, "stack"), stack),
    }


def numpy_structures(alias: str, product: int, words: dict[str, Structure]) -> dict[str, Structure]:
    """List the structural operations of NumPy under an alias; `words` are a library's own names for some."""

    def leaf(name: str) -> Structure:
        return lambda args, shapes: Template(f"{alias}.{name}({args[0] if len(args) == 1 else args})")

    def reduction(name: str) -> Structure:
        return lambda args, shapes: Template(f"{alias}.{name}({{0}}{axis(args)})")

    def norm(args: Args, shapes: Shapes) -> Template:
        axes, rank = args
        if len(axes) == 1:
            return Template(f"{alias}.linalg.norm({{0}}{axis(args)})")
        flat = Template(f"{alias}.linalg.norm({{0}}.ravel())", ATOM, ATOM)
        return flat if len(axes) == rank else Template(f"{alias}.sqrt({alias}.sum({{0}}**2{axis(args)}))", ATOM, ATOM)

    def joined(name: str) -> Structure:
        return lambda args, shapes: Template(f"{alias}.{name}([{{*}}]{_axis_of(args)})", boxed="each")

    def transpose(args: Args, shapes: Shapes) -> Template:
        if is_reversal(args):
            return Template("{0}.T", ATOM, ATOM)
        return Template(f"{alias}.transpose({{0}}, {args})")

    return {
        **{name: leaf(name) for name in ("zeros", "ones", "eye")},
        "range": lambda args, shapes: Template(f"{alias}.arange({args[0]}.0)"),
        **{name: reduction(name) for name in ("sum", "mean", "prod", "min", "max")},
        "norm": norm,
        **_common(product, transpose, joined("stack")),
        "concat": joined("concatenate"),
        **{name: call(f"{alias}.{name}({{*}})") for name in ("outer", "diag", "trace", "cumsum")},
        **{name: call(f"{alias}.linalg.{name}({{*}})") for name in ("solve", "inv", "det")},
        "cholesky": call("cholesky({0})"),
        "logdet": call("logdet({0})"),
        "conv1d": call(f'{alias}.correlate({{0}}, {{1}}, mode="valid")'),
        "onehot": lambda args, shapes: Template(f"{alias}.eye({args[0]})[{{0}}.astype(int)]", ATOM, ATOM),
        **words,
    }


def axis(args: Args) -> str:
    """Write the axes of a reduction; none for all axes."""
    axes, rank = args
    if len(axes) == rank:
        return ""
    return f", axis={axes[0] if len(axes) == 1 else axes}"


def _axis_of(args: Args) -> str:
    return f", axis={args[0]}" if args and args[0] else ""


def cross_entropy(log_softmax: str, alias: str, integers: str) -> Structure:
    """Make the structure of the mean negative logarithm of the given classes' probabilities."""

    def template(args: Args, shapes: Shapes) -> Template:
        rows = shapes[0][0]
        picked = f"{log_softmax}[{alias}.arange({rows}), {{1}}{integers}]"
        return Template(f"-{alias}.mean({picked})", 0, 0, ATOM)

    return template


def torch_structures(product: int) -> dict[str, Structure]:
    """List the structural operations of PyTorch."""

    def leaf(name: str) -> Structure:
        return lambda args, shapes: Template(
            f"torch.{name}({args[0] if len(args) == 1 else args}, dtype=torch.float64)"
        )

    def reduction(name: str, needs_axes: bool = False) -> Structure:
        def template(args: Args, shapes: Shapes) -> Template:
            axes, rank = args
            if len(axes) == rank and not needs_axes:
                return Template(f"torch.{name}({{0}})")
            return Template(f"torch.{name}({{0}}, dim={axes[0] if len(axes) == 1 else axes})")

        return template

    def joined(name: str) -> Structure:
        return lambda args, shapes: Template(
            f"torch.{name}([{{*}}]{_axis_of(args).replace('axis', 'dim')})", boxed="each"
        )

    def transpose(args: Args, shapes: Shapes) -> Template:
        return Template("{0}.T" if len(args) == 2 else f"{{0}}.permute({args})", ATOM, ATOM)

    def prod_of(args: Args, shapes: Shapes) -> Template:
        axes, rank = args
        return Template("torch.prod({0})" if len(axes) == rank else f"torch.prod({{0}}, dim={axes[0]})")

    return {
        **{name: leaf(name) for name in ("zeros", "ones", "eye")},
        "range": lambda args, shapes: Template(f"torch.arange({args[0]}, dtype=torch.float64)"),
        **{name: reduction(name) for name in ("sum", "mean")},
        "prod": prod_of,
        "min": reduction("amin"),
        "max": reduction("amax"),
        "norm": reduction("linalg.vector_norm"),
        "logsumexp": reduction("logsumexp", needs_axes=True),
        **_common(product, transpose, joined("stack")),
        "concat": joined("cat"),
        **{name: call(f"torch.{name}({{*}})") for name in ("outer", "diag", "trace")},
        "cumsum": call("torch.cumsum({0}, dim=0)"),
        **{name: call(f"torch.linalg.{name}({{*}})") for name in ("solve", "inv", "det")},
        "cholesky": call("cholesky({0})"),
        "logdet": call("torch.logdet({0})"),
        "softmax": along("torch.softmax({{0}}, dim={})"),
        "log_softmax": along("torch.log_softmax({{0}}, dim={})"),
        "cross_entropy": call("torch.nn.functional.cross_entropy({0}, {1}.long())"),
        "onehot": lambda args, shapes: Template(
            f"torch.nn.functional.one_hot({{0}}.long(), {args[0]}).to(torch.float64)"
        ),
        "conv1d": call("torch.nn.functional.conv1d({0}[None, None], {1}[None, None])[0, 0]"),
        "conv2d": call("torch.nn.functional.conv2d({0}[None, None], {1}[None, None])[0, 0]"),
    }
