"""What a user would pick instead of symbackprop for all gradients of a chain of ReLU neurons.

Each rival does the whole job that it can do: ``derive`` builds the network of a depth and differentiates its cost by
every weight, ``write`` turns the result into text. A rival's import is no part of either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rival:
    """A way to get the gradients: what it is called, what it needs, and how it derives and writes them."""

    title: str
    module: str
    derive: Callable[[int], Any]
    write: Callable[[Any], str]
    deepest: int
    """Beyond this depth it fails or takes minutes."""


def in_deltas(depth: int) -> Any:
    """Every delta and every gradient, one line each."""
    import symbackprop as sb

    derivation = sb.derive(f"relu*{depth}", show="deltas", notation="nielsen")
    assert derivation.plain.shortened or derivation.plain.forms.adjoints
    return derivation


def every_step(depth: int) -> Any:
    """The forward pass and every chain-rule step of every gradient."""
    import symbackprop as sb

    derivation = sb.derive(f"relu*{depth}", notation="nielsen")
    assert derivation.steps
    return derivation


def latex(derivation: Any) -> str:
    """Our LaTeX."""
    text: str = derivation.latex()
    return text


def sympy_naive(depth: int) -> list[Any]:
    """``diff`` of the nested cost, ReLU written ``z*Heaviside(z)``."""
    import sympy

    x, y, *weights = sympy.symbols(f"x y w:{depth}", real=True)
    value = x
    for weight in weights:
        z = weight * value
        value = z * sympy.Heaviside(z, 1)
    return [sympy.diff((y - value) ** 2 / 2, weight) for weight in weights]


def sympy_opaque(depth: int) -> list[Any]:
    """``diff`` of the nested cost, ReLU a function of its own that knows its derivative."""
    import sympy

    class Step(sympy.Function):
        pass

    class ReLU(sympy.Function):
        def fdiff(self, argindex: int = 1) -> Any:
            return Step(self.args[0])

    x, y, *weights = sympy.symbols(f"x y w:{depth}")
    value = x
    for weight in weights:
        value = ReLU(weight * value)
    cost = (y - value) ** 2 / 2
    return [cost.diff(weight) for weight in weights]


def sympy_reverse(depth: int) -> list[tuple[Any, Any]]:
    """A reverse sweep written by hand: one named line for every z, r, delta and gradient."""
    import sympy

    step, relu = sympy.Function("Step"), sympy.Function("ReLU")
    x, y = sympy.symbols("x y")
    weights, z, r, delta, gradient = (sympy.symbols(f"{stem}_:{depth}") for stem in ("W", "z", "r", "delta", "g"))
    lines: list[tuple[Any, Any]] = []
    before = (x, *r)
    for k in range(depth):
        lines += [(z[k], weights[k] * before[k]), (r[k], relu(z[k]))]
    for k in reversed(range(depth)):
        above = r[k] - y if k == depth - 1 else delta[k + 1] * weights[k + 1]
        lines += [(delta[k], above * step(z[k])), (gradient[k], delta[k] * before[k])]
    return lines


def sympy_lines(lines: list[tuple[Any, Any]]) -> str:
    """The backward lines as SymPy's printer sets them."""
    import sympy

    backward = lines[len(lines) // 2 :]
    return "\n".join(f"{sympy.latex(left)} = {sympy.latex(right)}" for left, right in backward)


def sympy_latex(gradients: list[Any]) -> str:
    """Closed forms as SymPy's printer sets them."""
    import sympy

    return "\n".join(map(sympy.latex, gradients))


def symengine_opaque(depth: int) -> list[Any]:
    """``diff`` in C++, ReLU as ``Max(0, z)``."""
    import symengine

    x, y = symengine.symbols("x y")
    weights = [symengine.Symbol(f"w{k}") for k in range(depth)]
    value = x
    for weight in weights:
        value = symengine.Max(0, weight * value)
    cost = (y - value) ** 2 / 2
    return [cost.diff(weight) for weight in weights]


def casadi_graph(depth: int) -> Any:
    """A graph of scalars and its gradient, by reverse mode in C++."""
    import casadi

    x, y, w = casadi.SX.sym("x"), casadi.SX.sym("y"), casadi.SX.sym("w", depth)
    value = x
    for k in range(depth):
        value = casadi.fmax(0, w[k] * value)
    return casadi.gradient((y - value) ** 2 / 2, w)


def jax_trace(depth: int) -> Any:
    """The gradient traced: a program of single operations."""
    import jax
    import jax.numpy as jnp

    def cost(weights: Any, x: Any, y: Any) -> Any:
        for weight in weights:
            x = jax.nn.relu(weight * x)
        return (y - x) ** 2 / 2

    return jax.make_jaxpr(jax.grad(cost))([jnp.float32(1)] * depth, jnp.float32(1), jnp.float32(1))


OURS = "symbackprop, in deltas"
RIVALS: dict[str, Rival] = {
    rival.title: rival
    for rival in (
        Rival(OURS, "symbackprop", in_deltas, latex, 200_000),
        Rival("symbackprop, every step", "symbackprop", every_step, latex, 10_000),
        Rival("SymPy, diff of z*Heaviside(z)", "sympy", sympy_naive, sympy_latex, 8),
        Rival("SymPy, diff of an opaque ReLU", "sympy", sympy_opaque, sympy_latex, 50),
        Rival("SymPy, reverse sweep by hand", "sympy", sympy_reverse, sympy_lines, 1_000),
        Rival("symengine, diff of Max(0, z)", "symengine", symengine_opaque, lambda g: "\n".join(map(str, g)), 50),
        Rival("casadi, gradient of a graph", "casadi", casadi_graph, str, 1_000),
        Rival("JAX, gradient traced", "jax", jax_trace, str, 1_000),
    )
}
