"""Certified real numbers: every value is an interval that contains it, so that what differs is known to differ.

An algebra as those of :mod:`symbackprop.backward.numbers`. Ends are decimal numbers, rounded down and rounded up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal, Overflow
from fractions import Fraction
from typing import NamedTuple, NoReturn

from symbackprop.judge.enclosures import ONE, TWO, ZERO, Bounds, enclosures, opposite, pi
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.functions import Function


class Interval(NamedTuple):
    """All numbers from ``lo`` to ``hi``; a point, where the value is known exactly, has the same object for both."""

    lo: Decimal
    hi: Decimal


class Undecided(Exception):
    """The value depends on whether something is 0, and that cannot be told: another point must be tried."""


_ZERO, _ONE = Interval(ZERO, ZERO), Interval(ONE, ONE)
_HALF = Decimal("0.5")
_LONGEST = 64  # the highest adjusted exponent of an exponent that is taken for a whole number


class Reals:
    """Certified real numbers with ``digits`` significant digits; ``functions`` gives those that have no formula.

    A value that depends on the sign of an interval around 0 raises :class:`Undecided`; one that does not exist, or is
    too large, :class:`InputError` (``division-by-zero``, ``out-of-domain``, ``out-of-range``, ``no-value``).

    >>> reals = Reals()
    >>> third = reals.number(Fraction(1, 3))
    >>> shown(reals.add([third, third, third])), shown(reals.native[FUNCTIONS["tanh"]](reals.number(Fraction(1, 2))))
    ('about 1.00000', '0.462117...')
    """

    def __init__(
        self,
        digits: int = 50,
        step_at_zero: Fraction = Fraction(1),
        functions: Callable[[Function, Sequence[Interval], int], Interval] | None = None,
    ) -> None:
        bounds = enclosures(digits)
        self.digits = digits
        self.functions = functions
        self._bounds, self._down, self._up = bounds, bounds.down, bounds.up
        self._at_zero = self.number(step_at_zero)
        self._pi = Interval(*pi(digits))
        self.native: Mapping[Function, Callable[..., Interval]] = {
            FUNCTIONS["relu"]: lambda z: self._larger(z, _ZERO),
            FUNCTIONS["abs"]: self._size,
            FUNCTIONS["sign"]: lambda z: self._by_sign(
                "sign", z, Interval(ONE.copy_negate(), ONE.copy_negate()), _ZERO
            ),
            FUNCTIONS["step"]: lambda z: self._by_sign("step", z, _ZERO, self._at_zero),
            FUNCTIONS["max"]: self._larger,
            FUNCTIONS["min"]: lambda a, b: _interval(min(a.lo, b.lo), min(a.hi, b.hi)),
            FUNCTIONS["sqrt"]: self._root,
            FUNCTIONS["log"]: self._log,
            FUNCTIONS["sin"]: lambda z: self._sine(z, 0),
            FUNCTIONS["cos"]: lambda z: self._sine(z, 1),
            FUNCTIONS["elu"]: lambda z: self._rising(lambda x: bounds.expm1(x) if x < 0 else (x, x), z),
            **{FUNCTIONS[name]: self._function(name) for name in ("exp", "erf", "tanh", "sigmoid", "softplus")},
        }

    def number(self, value: Fraction) -> Interval:
        """A rational number; exact where it is a short decimal."""
        top = Decimal(value.numerator)
        if value.denominator == 1:
            return Interval(top, top)
        below = Decimal(value.denominator)
        return _interval(self._down.divide(top, below), self._up.divide(top, below))

    def symbol(self, name: str) -> Interval:
        """Only pi has a value of its own."""
        if name == "pi":
            return self._pi
        raise InputError("no-value", f"{name} has no value")

    def add(self, terms: Sequence[Interval]) -> Interval:
        """A sum."""
        if not terms:
            return _ZERO
        low, high = terms[0]
        down, up = self._down.add, self._up.add
        try:
            for a, b in terms[1:]:
                low, high = down(low, a), up(high, b)
        except Overflow:
            _too_large()
        return Interval(low, low if low == high else high)

    def mul(self, factors: Sequence[Interval]) -> Interval:
        """A product."""
        if not factors:
            return _ONE
        low, high = factors[0]
        down, up = self._down.multiply, self._up.multiply
        try:
            for a, b in factors[1:]:
                if low is high and a is b:
                    low, high = down(low, a), up(low, a)
                elif not (low.is_signed() or a.is_signed()):
                    low, high = down(low, a), up(high, b)
                else:
                    pairs = ((low, a), (low, b), (high, a), (high, b))
                    low, high = min(down(x, y) for x, y in pairs), max(up(x, y) for x, y in pairs)
                if low == high:
                    high = low
        except Overflow:
            _too_large()
        return Interval(low, high)

    def power(self, base: Interval, exponent: Interval) -> Interval:
        """A power: whole, or of what is not negative.

        >>> reals = Reals()
        >>> shown(reals.power(reals.number(Fraction(2)), reals.number(Fraction(-1, 2))))
        '0.707106...'
        """
        n, m = exponent
        try:
            if n is m or n == m:
                if n == n.to_integral_value() and n.adjusted() < _LONGEST:
                    return self._whole(base, int(n))
                twice = self._down.add(n, n)
                if twice == twice.to_integral_value() == self._up.add(n, n) and n.adjusted() < _LONGEST:
                    return self._whole(self._root(base), int(twice))
            if base.lo.is_zero() and base.hi.is_zero() and not n.is_zero() and n.is_signed() == m.is_signed():
                return self._whole(base, -1 if n.is_signed() else 1)
            return self.native[FUNCTIONS["exp"]](self.mul((self._log(base), exponent)))
        except Overflow:
            _too_large()

    def unspecified(self, function: Function, arguments: Sequence[Interval], slope: int) -> Interval:
        """What ``functions`` says; without it, no value."""
        if self.functions is None:
            raise InputError("no-value", f"the function {function.name} is not specified")
        return self.functions(function, arguments, slope)

    def _whole(self, base: Interval, n: int) -> Interval:
        """A whole power; an even one of an interval around 0 begins at 0."""
        if n < 0:
            base, n = self._reciprocal(base), -n
        if n < 2:
            return base if n else _ONE
        if n % 2 == 0:
            base = self._size(base)
        return _interval(self._towards(self._down, base.lo, n), self._towards(self._up, base.hi, n))

    def _towards(self, context: Context, base: Decimal, n: int) -> Decimal:
        """A whole power rounded up or down, by squaring."""
        if base < 0:  # so n is odd: rounding away from 0 is rounding the other way
            other = self._up if context is self._down else self._down
            return self._towards(other, base.copy_negate(), n).copy_negate()
        power = ONE
        while n:
            if n % 2:
                power = context.multiply(power, base)
            if n := n // 2:
                base = context.multiply(base, base)
        return power

    def _reciprocal(self, z: Interval) -> Interval:
        if z.lo <= 0 <= z.hi:
            if z.lo == z.hi:
                raise InputError("division-by-zero", "this divides by zero")
            raise Undecided("whether this divides by zero cannot be told")
        return _interval(self._down.divide(ONE, z.hi), self._up.divide(ONE, z.lo))

    def _rising(self, bounds: Callable[[Decimal], Bounds], z: Interval) -> Interval:
        """A function that rises, from its bounds at a number."""
        try:
            low, high = bounds(z.lo)
            return _interval(low, high if z.lo is z.hi else bounds(z.hi)[1])
        except Overflow:
            _too_large()

    def _function(self, name: str) -> Callable[[Interval], Interval]:
        bounds = getattr(self._bounds, name)
        return lambda z: self._rising(bounds, z)

    def _root(self, z: Interval) -> Interval:
        self._defined("square root", z, z.hi < 0, z.lo < 0)
        return self._rising(self._bounds.sqrt, z)

    def _log(self, z: Interval) -> Interval:
        self._defined("logarithm", z, z.hi <= 0, z.lo <= 0)
        return self._rising(self._bounds.log, z)

    def _defined(self, what: str, z: Interval, never: bool, not_always: bool) -> None:
        if never:
            raise InputError("out-of-domain", f"the {what} of {shown(z)} is not a real number")
        if not_always:
            raise Undecided(f"whether a {what} is a real number cannot be told")

    def _sine(self, z: Interval, quarters: int) -> Interval:
        """sin(z + quarters*pi/2), which moves by no more than z does."""
        if z.lo is z.hi and z.lo.is_zero():
            return _ONE if quarters else _ZERO
        low, high = self._bounds.sine(z.lo, quarters)
        wide = self._up.subtract(z.hi, z.lo)
        return _interval(
            max(ONE.copy_negate(), self._down.subtract(low, wide)),
            min(ONE, self._up.add(high, wide)),
        )

    def _larger(self, a: Interval, b: Interval) -> Interval:
        return _interval(max(a.lo, b.lo), max(a.hi, b.hi))

    def _size(self, z: Interval) -> Interval:
        low, high = z if z.lo > 0 else opposite(z)
        return _interval(max(low, ZERO), max(z.hi, z.lo.copy_negate(), high))

    def _by_sign(self, name: str, z: Interval, negative: Interval, zero: Interval) -> Interval:
        if z.lo > 0:
            return _ONE
        if z.hi < 0:
            return negative
        if z.lo == z.hi:
            return zero
        raise Undecided(f"{name} of something that may be 0 or not cannot be told")


def _interval(low: Decimal, high: Decimal) -> Interval:
    return Interval(low, low if low == high else high)


def _too_large() -> NoReturn:
    raise InputError("out-of-range", "a value is too large to work with")


_DOWN, _UP = enclosures(20).down, enclosures(20).up
MOST = 999


def differs(a: Interval, b: Interval) -> bool:
    """Whether the two numbers certainly differ: their intervals have nothing in common."""
    return a.hi < b.lo or b.hi < a.lo


def agree(a: Interval, b: Interval) -> int:
    """The largest n for which certainly |a - b| < 10^-n max(|a|, |b|, 1); 0 if there is none, 999 for equal points.

    >>> reals = Reals()
    >>> agree(reals.number(Fraction(1, 3)), reals.number(Fraction(333334, 1000000)))
    6
    >>> agree(reals.number(Fraction(1)), reals.number(Fraction(1)))
    999
    """
    apart = max(_UP.subtract(a.hi, b.lo), _UP.subtract(b.hi, a.lo))
    if apart.is_zero():
        return MOST
    size = max(ONE, *(bound for z in (a, b) for bound in (z.lo, z.hi.copy_negate())))
    return min(MOST, max(0, -1 - _UP.divide(apart, size).adjusted()))


def shown(a: Interval, digits: int = 6) -> str:
    """A number as a person reads it: whole if it is a short decimal, else the digits that are certain, and dots.

    >>> reals = Reals()
    >>> [shown(reals.number(Fraction(text))) for text in ("-5/2", "2/3", "1/30000000000", "12345678")]
    ['-2.5', '0.666666...', '3.33333...E-11', '12345678']
    """
    if a.lo == a.hi:
        exact = a.lo.normalize(enclosures(2 * digits).down)
        if exact.is_zero():
            return "0"
        if exact == a.lo:
            return format(exact, "f" if -2 * digits < exact.adjusted() < 20 else "E")
    elif a.lo <= 0 <= a.hi:
        return "about 0"
    cut = [Context(digits, "ROUND_DOWN", -(10**9), 10**9, traps=[]).plus(bound) for bound in a]
    if cut[0] == cut[1]:
        style, end = "", "..."
    else:
        middle = enclosures(digits + 5).down.divide(enclosures(digits + 5).down.add(a.lo, a.hi), TWO)
        cut, style, end = [Context(digits).plus(middle)], "about ", ""
    plain = -digits <= cut[0].adjusted() < digits
    number, _, exponent = format(cut[0], "f" if plain else "E").partition("E")
    return f"{style}{number}{end}{'E' * bool(exponent)}{exponent}"
