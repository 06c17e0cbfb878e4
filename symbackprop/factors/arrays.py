"""Arrays of floating numbers as an algebra, in which formulas of the tables are worked out for many samples at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.functions import Function

Array = Any


class Arrays:
    """Arrays of floating numbers as an algebra."""

    def __init__(self, step_at_zero: float = 1.0) -> None:
        erf = np.frompyfunc(math.erf, 1, 1)
        self.native: Mapping[Function, Callable[..., Array]] = {
            FUNCTIONS["relu"]: lambda z: np.maximum(z, 0.0),
            FUNCTIONS["abs"]: np.abs,
            FUNCTIONS["sign"]: np.sign,
            FUNCTIONS["step"]: lambda z: np.heaviside(z, step_at_zero),
            FUNCTIONS["max"]: np.maximum,
            FUNCTIONS["min"]: np.minimum,
            FUNCTIONS["sqrt"]: np.sqrt,
            FUNCTIONS["exp"]: np.exp,
            FUNCTIONS["log"]: np.log,
            FUNCTIONS["sin"]: np.sin,
            FUNCTIONS["cos"]: np.cos,
            FUNCTIONS["erf"]: lambda z: np.asarray(erf(z), dtype=float),
            FUNCTIONS["tanh"]: np.tanh,
            FUNCTIONS["sigmoid"]: lambda z: np.where(z >= 0, 1.0, np.exp(-np.abs(z))) / (1 + np.exp(-np.abs(z))),
            FUNCTIONS["softplus"]: lambda z: np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z))),
            FUNCTIONS["elu"]: lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0.0))),
        }
        self.slopes: Mapping[Function, Callable[[Array], Array]] = {
            FUNCTIONS["sigmoid"]: _bell,
            FUNCTIONS["tanh"]: lambda z: 4 * _bell(2 * z),
        }
        """Slopes whose formula in the output loses its digits where the unit is saturated."""

    def number(self, value: Fraction) -> Array:
        """A number."""
        return np.float64(value)

    def symbol(self, name: str) -> Array:
        """Only pi has a value of its own."""
        if name == "pi":
            return np.float64(math.pi)
        raise InputError("no-value", f"{name} has no value", hint="give it as a number")

    def add(self, terms: Sequence[Array]) -> Array:
        """A sum."""
        return sum(terms[1:], terms[0])

    def mul(self, factors: Sequence[Array]) -> Array:
        """A product."""
        return math.prod(factors[1:], start=factors[0])

    def power(self, base: Array, exponent: Array) -> Array:
        """A power."""
        return np.power(base, exponent)

    def unspecified(self, function: Function, arguments: Sequence[Array], slope: int) -> Array:
        """An unspecified function has no value."""
        raise InputError(
            "no-value", f"the function {function.name} is not specified, so there are no numbers",
            hint="an activation or a cost that has a formula",
        )  # fmt: skip


def _bell(z: Array) -> Array:
    e = np.exp(-np.abs(z))
    return e / (1 + e) ** 2
