"""Naming the parts of a formula, so that every definition is a sum of products or one function of quantities.

What is taken apart inside the cost is differentiated at once; in any other equation each part is a step of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from symbackprop.vocabulary.arithmetic import add, is_coefficient, mul, power, summed
from symbackprop.vocabulary.expressions import Add, Call, Delta, Expression, Mul, Number, Pow, Ref, Sum

MOST_REPEATED = 4
"""A power up to this one is a product of the same factor."""


def parted(e: Expression, name: Callable[[Expression], Expression]) -> Expression:
    """A formula with everything that is no sum of products named by ``name``.

    >>> from symbackprop.vocabulary.expressions import Symbol
    >>> from symbackprop.vocabulary.quantities import Quantity
    >>> x, y, u = (Ref(Quantity(letter, "auxiliary")) for letter in "xyu")
    >>> parted(mul(Symbol("m"), power(add(x, y), Number(2))), lambda e: u)
    Mul(Symbol('m',), Pow(Ref(u, ()), Number(Fraction(2, 1),)))
    """
    if _plain(e):
        return e
    if isinstance(e, Add):
        return add(*(parted(term, name) for term in e.terms))
    if isinstance(e, Sum):
        return summed(e.indices, parted(e.body, name))
    if isinstance(e, Mul):
        others = [f for f in e.factors if not _plain(f)]
        if len(others) == 1 and all(
            isinstance(f, Number) or is_coefficient(f) for f in e.factors if f is not others[0]
        ):
            return mul(*(parted(f, name) for f in e.factors))
        return mul(*(_factor(f, name) for f in e.factors))
    if isinstance(e, Call):
        return Call(e.function, tuple(_quantity(a, name) for a in e.arguments), e.slope)
    return _factor(e, name)


def _factor(e: Expression, name: Callable[[Expression], Expression]) -> Expression:
    """A factor of a product."""
    if _plain(e):
        return e
    if isinstance(e, Sum) and not isinstance(e.body, Add):
        return parted(e, name)
    if isinstance(e, Pow) and isinstance(e.exponent, Number):
        base, exponent = _quantity(e.base, name), e.exponent
        repeated = exponent.value.denominator == 1 and 0 < exponent.value <= MOST_REPEATED
        return power(base, exponent) if repeated else name(power(base, exponent))
    return name(parted(e, name))


def _quantity(e: Expression, name: Callable[[Expression], Expression]) -> Expression:
    """An argument of a function, or the base of a power."""
    return e if _plain(e) else name(parted(e, name))


def _plain(e: Expression) -> bool:
    return isinstance(e, Ref | Delta | Number) or is_coefficient(e)
