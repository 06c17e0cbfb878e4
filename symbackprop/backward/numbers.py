"""Numbers to evaluate with: exact fractions, and floating point that does not overflow where it need not."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.functions import Function


class Exact:
    """Exact rational numbers; a function whose value is not rational raises :class:`InputError` (``not-rational``)."""

    def __init__(self, step_at_zero: Fraction = Fraction(1)) -> None:
        self.native: Mapping[Function, Callable[..., Fraction]] = {
            FUNCTIONS["relu"]: lambda z: max(z, Fraction(0)),
            FUNCTIONS["abs"]: abs,
            FUNCTIONS["sign"]: lambda z: Fraction((z > 0) - (z < 0)),
            FUNCTIONS["step"]: lambda z: step_at_zero if z == 0 else Fraction(z > 0),
            FUNCTIONS["max"]: max,
            FUNCTIONS["min"]: min,
            FUNCTIONS["sqrt"]: lambda z: self.power(z, Fraction(1, 2)),
            FUNCTIONS["exp"]: lambda z: self._only("exp", z, 0, 1),
            FUNCTIONS["log"]: lambda z: self._only("log", z, 1, 0),
            FUNCTIONS["sin"]: lambda z: self._only("sin", z, 0, 0),
            FUNCTIONS["cos"]: lambda z: self._only("cos", z, 0, 1),
            FUNCTIONS["erf"]: lambda z: self._only("erf", z, 0, 0),
        }

    def _only(self, name: str, z: Fraction, at: int, value: int) -> Fraction:
        """The value at the one rational argument at which it is rational."""
        if z != at:
            raise InputError("not-rational", f"{name}({z}) is not a rational number")
        return Fraction(value)

    def number(self, value: Fraction) -> Fraction:
        """The number itself."""
        return value

    def symbol(self, name: str) -> Fraction:
        """No symbol has a rational value of its own."""
        raise InputError("no-value", f"{name} has no value" if name != "pi" else "pi is not a rational number")

    def add(self, terms: Sequence[Fraction]) -> Fraction:
        """A sum."""
        return sum(terms, Fraction(0))

    def mul(self, factors: Sequence[Fraction]) -> Fraction:
        """A product."""
        return math.prod(factors, start=Fraction(1))

    def power(self, base: Fraction, exponent: Fraction) -> Fraction:
        """A power, where it is rational.

        >>> Exact().power(Fraction(4, 9), Fraction(-1, 2))
        Fraction(3, 2)
        """
        if base == 0 and exponent < 0:
            raise InputError("division-by-zero", "this divides by zero")
        if exponent.denominator == 1:
            return base**exponent.numerator
        root = Fraction(0)
        if exponent.denominator == 2 and base >= 0:
            root = Fraction(math.isqrt(base.numerator), math.isqrt(base.denominator))
        if root**2 != base:
            raise InputError("not-rational", f"{base}^({exponent}) is not a rational number")
        return root**exponent.numerator

    def unspecified(self, function: Function, arguments: Sequence[Fraction], slope: int) -> Fraction:
        """An unspecified function has no value."""
        raise InputError("no-value", f"the function {function.name} is not specified")


class Float:
    """Floating numbers; exp, sigmoid and softplus neither overflow nor lose what can be kept.

    >>> sigmoid = Float().native[FUNCTIONS["sigmoid"]]
    >>> sigmoid(-800.0), sigmoid(800.0)
    (0.0, 1.0)
    """

    def __init__(self, step_at_zero: Fraction = Fraction(1)) -> None:
        at_zero = float(step_at_zero)
        self.native: Mapping[Function, Callable[..., float]] = {
            FUNCTIONS["relu"]: lambda z: max(z, 0.0),
            FUNCTIONS["abs"]: abs,
            FUNCTIONS["sign"]: lambda z: float((z > 0) - (z < 0)),
            FUNCTIONS["step"]: lambda z: at_zero if z == 0 else float(z > 0),
            FUNCTIONS["max"]: max,
            FUNCTIONS["min"]: min,
            FUNCTIONS["sqrt"]: math.sqrt,
            FUNCTIONS["exp"]: _exp,
            FUNCTIONS["log"]: _log,
            FUNCTIONS["sin"]: math.sin,
            FUNCTIONS["cos"]: math.cos,
            FUNCTIONS["erf"]: math.erf,
            FUNCTIONS["tanh"]: math.tanh,
            FUNCTIONS["sigmoid"]: _sigmoid,
            FUNCTIONS["softplus"]: lambda z: max(z, 0.0) + math.log1p(math.exp(-abs(z))),
            FUNCTIONS["elu"]: lambda z: z if z > 0 else math.expm1(z),
        }

    def number(self, value: Fraction) -> float:
        """The nearest floating number."""
        return float(value)

    def symbol(self, name: str) -> float:
        """Only pi has a value of its own."""
        if name == "pi":
            return math.pi
        raise InputError("no-value", f"{name} has no value")

    def add(self, terms: Sequence[float]) -> float:
        """A sum, rounded once."""
        try:
            return math.fsum(terms)
        except (OverflowError, ValueError):  # an infinite or a missing term
            return sum(terms)

    def mul(self, factors: Sequence[float]) -> float:
        """A product."""
        return math.prod(factors)

    def power(self, base: float, exponent: float) -> float:
        """A power; a division by zero is infinite."""
        try:
            value = base**exponent
        except (OverflowError, ZeroDivisionError):
            return math.inf
        return value if isinstance(value, float) else math.nan

    def unspecified(self, function: Function, arguments: Sequence[float], slope: int) -> float:
        """An unspecified function has no value."""
        raise InputError("no-value", f"the function {function.name} is not specified")


def _exp(z: float) -> float:
    try:
        return math.exp(z)
    except OverflowError:
        return math.inf


def _log(z: float) -> float:
    if z > 0:
        return math.log(z)
    return -math.inf if z == 0 else math.nan


def _sigmoid(z: float) -> float:
    e = math.exp(-abs(z))
    return (1 if z >= 0 else e) / (1 + e)
