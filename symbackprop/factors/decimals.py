"""Decimal numbers of any exponent: nothing overflows, and nothing that is small is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal, getcontext, localcontext
from fractions import Fraction
from functools import partial

from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.amounts import shown
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.functions import Function

DIGITS = (60, 600, 4000)
"""Precisions; the next one is taken while a slope that is never 0 is rounded to it."""


def context(digits: int) -> Context:
    """Arithmetic with so many digits, and exponents of eighteen digits."""
    return Context(prec=digits, Emax=999_999_999_999_999_999, Emin=-999_999_999_999_999_999)


class Decimals:
    """Decimal numbers with exponents of eighteen digits.

    >>> from symbackprop.symbolic.algebra import applied
    >>> sigmoid = applied(Decimals(), FUNCTIONS["sigmoid"], [Decimal(-100000)])
    >>> shown(sigmoid)
    '3.56295e-43430'
    """

    def __init__(self, step_at_zero: Fraction = Fraction(1)) -> None:
        at_zero = self.number(step_at_zero)
        self.native: Mapping[Function, Callable[..., Decimal]] = {
            FUNCTIONS["relu"]: lambda z: max(z, Decimal(0)),
            FUNCTIONS["abs"]: abs,
            FUNCTIONS["sign"]: lambda z: Decimal((z > 0) - (z < 0)),
            FUNCTIONS["step"]: lambda z: at_zero if z == 0 else Decimal(int(z > 0)),
            FUNCTIONS["max"]: max,
            FUNCTIONS["min"]: min,
            FUNCTIONS["sqrt"]: lambda z: self.power(z, Decimal("0.5")),
            FUNCTIONS["exp"]: lambda z: z.exp(),
            FUNCTIONS["log"]: self._log,
            FUNCTIONS["sin"]: partial(_through_mpmath, "sin"),
            FUNCTIONS["cos"]: partial(_through_mpmath, "cos"),
            FUNCTIONS["erf"]: partial(_through_mpmath, "erf"),
            FUNCTIONS["sigmoid"]: _sigmoid,
            FUNCTIONS["tanh"]: _tanh,
            FUNCTIONS["softplus"]: lambda z: max(z, Decimal(0)) + _log_of_one_more((-abs(z)).exp()),
            FUNCTIONS["elu"]: lambda z: z if z > 0 else _exp_less_one(z),
        }

    def number(self, value: Fraction) -> Decimal:
        """A rational number, rounded."""
        return Decimal(value.numerator) / Decimal(value.denominator)

    def symbol(self, name: str) -> Decimal:
        """Only pi has a value of its own."""
        if name == "pi":
            return _through_mpmath("acos", Decimal(-1))
        raise InputError("no-value", f"{name} has no value")

    def add(self, terms: Sequence[Decimal]) -> Decimal:
        """A sum."""
        return sum(terms, Decimal(0))

    def mul(self, factors: Sequence[Decimal]) -> Decimal:
        """A product."""
        product = Decimal(1)
        for factor in factors:
            product *= factor
        return product

    def power(self, base: Decimal, exponent: Decimal) -> Decimal:
        """A power."""
        if base == 0 and exponent < 0:
            raise InputError("division-by-zero", "with these values the network divides by zero")
        if base < 0 and exponent != exponent.to_integral_value():
            raise InputError("no-value", f"with these values the network takes the root of {shown(base)}")
        if exponent == Decimal("0.5"):
            return base.sqrt()
        return Decimal(1) if exponent == 0 else base**exponent

    def _log(self, z: Decimal) -> Decimal:
        if z <= 0:
            raise InputError("no-value", f"with these values the network takes the logarithm of {shown(z)}")
        return z.ln()

    def unspecified(self, function: Function, arguments: Sequence[Decimal], slope: int) -> Decimal:
        """An unspecified function has no value."""
        raise InputError(
            "no-value", f"the function {function.name} is not specified, so there are no numbers",
            hint="an activation or a cost that has a formula",
        )  # fmt: skip


TINY = Decimal("1e-20")
"""Below this the first two terms of a series are as good as the digits that are kept."""


def _sigmoid(z: Decimal) -> Decimal:
    e = (-abs(z)).exp()
    return (1 if z >= 0 else e) / (1 + e)


def _exp_less_one(z: Decimal) -> Decimal:
    if abs(z) < TINY:
        return z + z * z / 2
    with localcontext() as context:
        context.prec += 25
        found = z.exp() - 1
    return +found


def _tanh(z: Decimal) -> Decimal:
    e = _exp_less_one(-2 * abs(z))
    return (-e / (2 + e)).copy_sign(z)


def _log_of_one_more(e: Decimal) -> Decimal:
    if e < TINY:
        return e - e * e / 2
    with localcontext() as context:
        context.prec += 25
        found = (1 + e).ln()
    return +found


def _through_mpmath(name: str, z: Decimal) -> Decimal:
    import mpmath

    with mpmath.workdps(getcontext().prec + 5):
        value = getattr(mpmath, name)(mpmath.mpf(str(z)))
        return +Decimal(mpmath.nstr(value, getcontext().prec + 5))
