"""Deriving, measured beside what a user would write with SymPy.

    python -m benchmarks.derive

Closed forms: the gradient by the first weight of a ReLU chain as a SymPy expression, ours against ``diff`` of the
nested ``z*Heaviside(z)``. Steps: every step of every gradient, derived and printed as LaTeX, by depth. Everything is
timed in this one run, CPU seconds, best of several; ratios are what to quote.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import sympy

import symbackprop as sb

SLOWEST = 30.0
"""A rival that has taken this many seconds is not asked for a greater depth."""


def best(action: Callable[[], object], rounds: int = 5) -> float:
    """The least CPU time of several rounds, fewer if they are slow; SymPy's cache is emptied before each."""
    least = math.inf
    for _ in range(rounds):
        sympy.core.cache.clear_cache()
        start = time.process_time()
        action()
        least = min(least, time.process_time() - start)
        if least > 1:
            break
    return least


def by_sympy(depth: int) -> sympy.Expr:
    """The gradient as SymPy's ``diff`` gives it, ReLU written with Heaviside."""
    x, y, *weights = sympy.symbols(f"x y W:{depth}", real=True)
    value = x
    for weight in weights:
        z = weight * value
        value = z * sympy.Heaviside(z, 1)
    return sympy.diff((y - value) ** 2 / 2, weights[0])


def closed_forms() -> None:
    """Print the table of closed forms."""
    print("closed form of dC/dW0 as a SymPy expression, CPU seconds")
    print(f"{'depth':>6} {'symbackprop':>12} {'sympy.diff':>12} {'ratio':>10}")
    slow = False
    for depth in (1, 2, 3, 5, 7, 9, 50, 200):
        ours = best(lambda depth=depth: sb.derive(f"relu*{depth}", wrt="W0", substitute="none").closed_form)
        if slow or depth > 12:
            print(f"{depth:>6} {ours:>12.5f} {'-':>12} {'-':>10}")
            continue
        theirs = best(lambda depth=depth: by_sympy(depth))
        slow = theirs > SLOWEST
        print(f"{depth:>6} {ours:>12.5f} {theirs:>12.5f} {theirs / ours:>10.1f}")


def steps() -> None:
    """Print the table of steps, and the exponent with which time grows between depths."""
    print("\nevery step of every gradient, derived and printed as LaTeX, CPU seconds")
    print(f"{'layers':>8} {'seconds':>10} {'per layer':>12} {'exponent':>10}")
    before: tuple[int, float] | None = None
    for depth in (100, 500, 1000, 5000):
        seconds = best(lambda depth=depth: sb.derive(f"relu*{depth}").latex(), 3)
        grown = "" if before is None else f"{math.log(seconds / before[1]) / math.log(depth / before[0]):.2f}"
        print(f"{depth:>8} {seconds:>10.3f} {seconds / depth * 1e6:>9.0f} us {grown:>10}")
        before = depth, seconds


if __name__ == "__main__":
    closed_forms()
    steps()
