"""Second moments of activations and slopes of normal pre-activations, as decimal logarithms.

``E g(z)^2`` with z = +-s e^t normal of standard deviation s is an integral over t for either sign, whose trapezoidal
sum converges faster than any power of its step, kinks at 0 included (Trefethen and Weideman, The exponentially
convergent trapezoidal rule, 2014). A function that goes on as a straight line far out or near 0 is scaled from there.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import ceil, log, log10
from typing import Any

from symbackprop.backward.slopes import slope_tree
from symbackprop.factors.initial import Rule
from symbackprop.networks.model import Network
from symbackprop.symbolic.algebra import applied
from symbackprop.vocabulary.expressions import ONE, Ref
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Quantity
from symbackprop.vocabulary.terms import Combination, Map

STEP, CLOSE, FAR = 0.1, 40, 200.0


@lru_cache(maxsize=64)
def _nodes(spread: int) -> tuple[Any, Any]:
    """Points and weights for a standard normal, close to 0 down to e^-spread."""
    import numpy as np

    t = np.arange(-spread, 2.3, STEP)
    at = np.exp(t)
    weights = at * np.exp(-at * at / 2)
    return np.concatenate([-at[::-1], at]), np.concatenate([weights[::-1], weights]) / (2 * weights.sum())


def _mean_square(function: Function, logq: float, slope: bool, step_at_zero: Fraction) -> float | None:
    import numpy as np

    from symbackprop.factors.arrays import Arrays

    near = min(max(logq, -FAR), FAR)
    at, weights = _nodes(CLOSE + max(0, ceil(near / 2 * log(10))))
    z = at * 10 ** (near / 2)
    algebra = Arrays(float(step_at_zero))
    with np.errstate(all="ignore"):
        if slope and function in algebra.slopes:
            values = algebra.slopes[function](z)
        elif slope:
            values = applied(algebra, function, [z], 1, applied(algebra, function, [z]), slope_tree)
        else:
            values = applied(algebra, function, [z])
        mean = float((weights * np.square(np.broadcast_to(values, z.shape))).sum())
    if not mean > 0 or mean == float("inf"):
        return None
    found = log10(mean)
    return found + (logq - near if not slope and abs(found) > FAR / 2 else 0)


def slope_moment(function: Function, logq: float, step_at_zero: Fraction) -> float | None:
    """The logarithm of the mean square of a slope, ``E f'(z)^2``; None where it is 0 or the function has no formula.

    >>> from symbackprop.tables.activations import ACTIVATIONS
    >>> round(10 ** slope_moment(ACTIVATIONS["relu"], 0.0, Fraction(1)), 12)
    0.5
    """
    if len(function.parameters) != 1 or function.whole or (not function.slopes and function.tree is None):
        return None
    return _mean_square(function, logq, True, step_at_zero)


def moments(network: Network, rule: Rule, fans: dict[Quantity, tuple[int, int]]) -> dict[Quantity, float]:
    """The logarithm of the mean square of an entry, of every quantity for which the variance formula has one."""
    found: dict[Quantity, float] = {q: 0.0 for q in network.leaves if q.kind == "input"}
    known: dict[tuple[Function, float], float | None] = {}
    for definition in network.definitions:
        moment: float | None = None
        if isinstance(definition, Map):
            argument = definition.arguments[0]
            function = definition.function
            known_function = function.formula is not None or function.tree is not None
            if len(definition.arguments) == 1 and known_function and argument.quantity in found:
                key = (function, round(found[argument.quantity], 12))
                if key not in known:
                    known[key] = _mean_square(function, found[argument.quantity], False, network.step_at_zero)
                moment = known[key]
        elif isinstance(definition, Combination):
            moment = _layer(definition, rule, fans, found)
        if moment is not None:
            found[definition.quantity] = moment
    return found


def _layer(
    definition: Combination, rule: Rule, fans: dict[Quantity, tuple[int, int]], found: dict[Quantity, float]
) -> float | None:
    """The moment of a weighted sum; biases are 0 at first."""
    terms = [
        t for t in definition.terms if not any(isinstance(f, Ref) and f.quantity.kind == "bias" for f in t.factors)
    ]
    if len(terms) != 1 or terms[0].coefficient != ONE or len(terms[0].factors) != 2:
        return None
    weight = next((f for f in terms[0].factors if isinstance(f, Ref) and f.quantity.kind == "weight"), None)
    other = next((f for f in terms[0].factors if f is not weight), None)
    if weight is None or not isinstance(other, Ref) or other.quantity not in found:
        return None
    inputs, outputs = fans[weight.quantity]
    return found[other.quantity] + log10(inputs * rule.variance(inputs, outputs))
