"""The file for a library of arrays: NumPy, PyTorch, JAX."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symbackprop.exporters.arraywise import Arraywise
from symbackprop.exporters.describing import conventions, docstring, heading, table
from symbackprop.exporters.dialects import DIALECTS, step_helper
from symbackprop.exporters.program import Program, Programmer
from symbackprop.exporters.selftest import self_test
from symbackprop.exporters.writing import Writer, assignment, listed
from symbackprop.networks.model import Network
from symbackprop.vocabulary.quantities import Quantity

CHECK = '''
def check_shapes(arrays):
    """The sizes that LEAVES knows by name; ValueError for an array of another shape."""
    sizes = {}
    for name, (_, expected) in LEAVES.items():
        shape = getattr(arrays[name], "shape", ())
        fits = len(shape) == len(expected)
        for size, wanted in zip(shape, expected):
            fits = fits and size == (sizes.setdefault(wanted, size) if isinstance(wanted, str) else wanted)
        if not fits:
            known = "".join(f", {size} = {value}" for size, value in sizes.items())
            raise ValueError(f"{name} has the shape {tuple(shape)}, but {expected} was expected{known}")
    return sizes
'''


def write(network: Network, targets: Sequence[Quantity], target: str, command: str) -> str:
    """The source of the file.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> net = read_pattern("relu")
    >>> print(write(net, net.parameters, "numpy", "").split("# ")[1].split("return")[0].rstrip())
    forward pass
        z1 = W0 * x
        r1 = np.maximum(z1, 0)
        U = y - r1
        C = U**2 / 2
    """
    program = Programmer(network, targets).program()
    dialect = DIALECTS[target]
    language = Arraywise(dialect)
    body = list(_body(program, language))
    single = {a.name: len(a.shape) for a in program.arguments
              if network.batch is not None and a.quantity.axes[:1] == (network.batch,)}  # fmt: skip
    coerced = {name: rank for name, rank in single.items() if rank <= 2}
    lines = [*heading(network, command, "" if target == "numpy" else " (needs NumPy too)"), ""]
    test = self_test(program, target)
    whole = "\n".join(body) + "".join(dialect.helpers[name] for name in language.used)
    lines += ["import math"] if "math." in whole else []
    lines += ["import sys", "", *sorted({*dialect.imports, "import numpy as np"}), ""]
    lines += [*table(program), ""]
    for name in language.used:
        helper = step_helper(dialect, network.step_at_zero) if name == "step" else dialect.helpers[name]
        lines += [helper]
    lines += [CHECK, ""]
    given = [a.name for a in program.arguments] + list(program.plain) + [g.name for g in program.given]
    lines += [*listed("def cost_and_gradients(", given, "):", "")]
    lines += docstring(program, conventions(program, coerced == single != {}, "step" in language.used))
    for name, rank in coerced.items():
        lines.append(f"    {name} = {dialect.at_least.format(name, rank=rank)}")
    lines.append(f"    {'sizes = ' if program.sizes else ''}check_shapes(locals())")
    lines += [f'    {name} = sizes["{name}"]' for name in program.sizes]
    lines += body
    rows = [f'"{name}": {gradient}' for name, gradient in program.gradients.items()]
    lines += listed(f"return {program.cost}, {{", rows, "}")
    return "\n".join(lines) + "\n\n" + test


def _body(program: Program, language: Arraywise) -> Iterator[str]:
    writer = Writer(language, program.names)
    yield ""
    yield "    # forward pass"
    for line in program.lines:
        yield from assignment(line.name, writer.whole(line.value))
        if line.name == program.cost:
            yield ""
            yield f"    # backward pass: {_explained(program)}"


def _explained(program: Program) -> str:
    """What the names of gradients mean, by an example."""
    name, gradient = next(iter(program.gradients.items()), ("W0", "dW0"))
    delta = next((line.name for line in program.lines if line.name.startswith("delta")), None)
    if delta is None or delta == gradient:
        return f"{gradient} is the gradient of {program.cost} by {name}"
    return f"{delta} is the gradient of {program.cost} by z{delta.removeprefix('delta')}, {gradient} that by {name}"
