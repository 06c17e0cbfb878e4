"""Judging a right answer for the gradient by the first weight, beside what a grader would use instead.

Ours decides the claim as a text, network included; the others get both sides as SymPy expressions, Math-Verify their
LaTeX: the answer multiplied out, and the product that the chain rule gives.
"""

from __future__ import annotations

import random
from typing import Any

from benchmarks.rivals import Rival


def claim(depth: int) -> str:
    """The gradient by the first weight of a chain, written out, factors in another order than ours."""
    z, value = [], "x"
    for k in range(depth):
        z.append(f"W{k}*{value}")
        value = f"relu({z[-1]})"
    weights = "*".join(f"W{k}" for k in range(1, depth)) or "1"
    return f"x*{weights}*{'*'.join(f'step({a})' for a in z)}*({value} - y)"


def ours(depth: int) -> Any:
    """The verdict of ``verify``."""
    import symbackprop as sb

    found = sb.verify(f"relu*{depth}", f"dC/dW0 = {claim(depth)}")
    assert found.verdict in ("proved", "agrees")
    return found


def sides(depth: int) -> tuple[Any, Any]:
    """The answer multiplied out, and the product that the chain rule gives."""
    import sympy

    x, y, *weights = sympy.symbols(f"x y W:{depth}", real=True)
    value, slopes = x, sympy.Integer(1)
    for weight in weights:
        z = weight * value
        value, slopes = z * sympy.Heaviside(z, 1), slopes * sympy.Heaviside(z, 1)
    gradient = (value - y) * slopes * sympy.Mul(*weights[1:]) * x
    return sympy.expand(gradient), gradient


def by_simplify(depth: int) -> Any:
    """Whether the difference simplifies to zero."""
    import sympy

    left, right = sides(depth)
    return sympy.simplify(left - right) == 0


def by_equals(depth: int) -> Any:
    """SymPy's ``.equals``."""

    left, right = sides(depth)
    return left.equals(right)


def by_sampling(depth: int) -> Any:
    """Thirty-two random points; a right answer passes, and many wrong ones do."""
    import sympy

    left, right = sides(depth)
    symbols = sorted(left.free_symbols, key=str)
    difference = sympy.lambdify(symbols, left - right, [{"Heaviside": heaviside}, "math"])
    rng = random.Random(0)
    return all(abs(difference(*(rng.uniform(-2, 2) for _ in symbols))) < 1e-9 for _ in range(32))


def heaviside(z: float, at_zero: float) -> float:
    """The unit step for numbers."""
    return at_zero if z == 0 else float(z > 0)


def by_math_verify(depth: int) -> Any:
    """Math-Verify on the LaTeX of both sides."""
    import sympy
    from math_verify import parse, verify

    left, right = (sympy.latex(side) for side in sides(depth))
    return verify(parse(f"${left}$"), parse(f"${right}$"), timeout_seconds=None)


JUDGES: dict[str, Rival] = {
    rival.title: rival
    for rival in (
        Rival("symbackprop verify", "symbackprop", ours, str, 30),
        Rival("SymPy simplify", "sympy", by_simplify, str, 5),
        Rival("SymPy .equals", "sympy", by_equals, str, 5),
        Rival("32 random points", "sympy", by_sampling, str, 8),
        Rival("Math-Verify", "math_verify", by_math_verify, str, 3),
    )
}
