"""Floating numbers for points at which something is tried quickly, and all that may come of a formula there."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symbackprop.backward.numbers import Float
from symbackprop.judge.arrays import Mismatch
from symbackprop.judge.instances import Chance
from symbackprop.judge.readings import Misshapen, Undefined, Unsupported
from symbackprop.judge.reals import Undecided
from symbackprop.judge.subjects import derivative
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.functions import Function

FAILURES = (
    Unsupported, InputError, Undecided, Misshapen, Mismatch, Undefined,
    ArithmeticError, ValueError, RecursionError, KeyError,
)  # fmt: skip
"""What may come of a formula that somebody changed: it has no value."""


class Floats(Float):
    """Floating numbers with chance for what is not specified.

    >>> Floats(Fraction(1), Chance(0, 9)).symbol("C") in range(1, 10)
    True
    """

    def __init__(self, step_at_zero: Fraction, chance: Chance) -> None:
        super().__init__(step_at_zero)
        self.chance = chance
        self.kinked = False

    def symbol(self, name: str) -> float:
        """Pi, or the value that chance gives a name."""
        return super().symbol(name) if name == "pi" else float(self.chance.value(name))

    def unspecified(self, function: Function, arguments: Sequence[float], slope: int) -> float:
        """The value that chance gives a function or its partial, the same at arguments that are nearly the same."""
        if slope:
            function = derivative(function, slope - 1)
        return float(self.chance.value(function.name, tuple(f"{a:.9g}" for a in arguments)))
