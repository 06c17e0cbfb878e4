"""Certified bounds of elementary functions at one decimal number: what :mod:`symbackprop.judge.reals` is made of.

Everything is worked out twice, rounded down and rounded up, with the ``decimal`` module. Its exp, ln and sqrt are
correctly rounded, so the neighbours of what they give are bounds; the rest are series with a bound for their tail.
Operators round to the context of the thread, so none is used here: contexts, ``copy_negate`` and ``copy_abs`` are.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, Inexact, Overflow
from decimal import InvalidOperation as Invalid
from functools import lru_cache

from symbackprop.vocabulary.errors import InputError

Bounds = tuple[Decimal, Decimal]
ZERO, ONE, TWO = Decimal(0), Decimal(1), Decimal(2)
_LARGEST = 999_999_999  # the exponent of the largest number there is
_EXP = Decimal(100_000)  # exp of more than this is refused
_SMALL = Decimal("0.1")  # below this a series keeps the digits that a subtraction would lose
_FOLD = Decimal("0.8")  # just more than pi/4
_EXACT = Context(100_000, ROUND_HALF_EVEN, -_LARGEST, _LARGEST, traps=[Invalid, Overflow, Inexact])


def opposite(bounds: Bounds) -> Bounds:
    """The bounds of the number with the other sign.

    >>> opposite((ONE, TWO))
    (Decimal('-2'), Decimal('-1'))
    """
    return bounds[1].copy_negate(), bounds[0].copy_negate()


def double(z: Decimal) -> Decimal:
    """Twice a number, exactly.

    >>> double(Decimal("1.5"))
    Decimal('3.0')
    """
    return _EXACT.multiply(TWO, z)


class Enclosures:
    """Bounds of functions at a decimal number, to ``digits`` significant digits.

    >>> [str(bound) for bound in Enclosures(8).exp(Decimal(1))]
    ['2.7182817', '2.7182819']
    """

    def __init__(self, digits: int = 50) -> None:
        self.digits = digits
        self.down, self.up, self._near = (
            Context(digits, rounding, -_LARGEST, _LARGEST, traps=[Invalid, DivisionByZero, Overflow])
            for rounding in (ROUND_FLOOR, ROUND_CEILING, ROUND_HALF_EVEN)
        )

    def _around(self, rounded: Decimal) -> Bounds:
        """The neighbours of a number that was rounded to nearest."""
        return self._near.next_minus(rounded), self._near.next_plus(rounded)

    def sqrt(self, z: Decimal) -> Bounds:
        """The root of a number that is not negative; exact where it can be."""
        root = self._near.sqrt(z)
        if self.down.multiply(root, root) == z == self.up.multiply(root, root):
            return root, root
        return self._around(root)

    def exp(self, z: Decimal) -> Bounds:
        """The exponential; ``InputError`` (``out-of-range``) beyond 100000."""
        if z.copy_abs() > _EXP:
            raise InputError("out-of-range", f"exp({z:.6g}) is too large or too small to work with")
        return self._around(self._near.exp(z)) if z else (ONE, ONE)

    def log(self, z: Decimal) -> Bounds:
        """The natural logarithm of a positive number."""
        return self._around(self._near.ln(z)) if z != ONE else (ZERO, ZERO)

    def decay(self, z: Decimal) -> Bounds:
        """exp(-z) for z of any size that is not negative."""
        if z > _EXP:
            return ZERO, self.exp(_EXP.copy_negate())[1]
        return self.exp(z.copy_negate())

    def expm1(self, z: Decimal) -> Bounds:
        """exp(z) - 1, to all digits near 0 too: z + z^2/2! + z^3/3! + ..."""
        size = z.copy_abs()
        if size > _SMALL:
            low, high = self.decay(size) if z < 0 else self.exp(z)
            return self.down.subtract(low, ONE), self.up.subtract(high, ONE)
        bounds = self._series((size, size), (size, size), lambda k: (1, k + 2), z < 0)
        return opposite(bounds) if z < 0 else bounds

    def _log1p(self, e: Bounds) -> Bounds:
        """log(1 + e) of something between 0 and 1, to all digits near 0 too: e - e^2/2 + e^3/3 - ..."""
        if e[1] > _SMALL:
            return self.log(self.down.add(ONE, e[0]))[0], self.log(self.up.add(ONE, e[1]))[1]
        return self._series(e, e, lambda k: (k + 1, k + 2), True)

    def sigmoid(self, z: Decimal) -> Bounds:
        """1/(1 + exp(-z)) above 0 and exp(z)/(1 + exp(z)) below, neither of which loses digits."""
        low, high = self.decay(z.copy_abs())
        below, above = self.up.add(ONE, high), self.down.add(ONE, low)
        if z >= 0:
            return self.down.divide(ONE, below), self.up.divide(ONE, above)
        return self.down.divide(low, self.up.add(ONE, low)), self.up.divide(high, self.down.add(ONE, high))

    def tanh(self, z: Decimal) -> Bounds:
        """m/(2 - m) with m = 1 - exp(-2|z|), and the sign of z."""
        low, high = opposite(self.expm1(double(z.copy_abs()).copy_negate()))  # 0 <= m <= 1, where m/(2 - m) rises
        bounds = (
            self.down.divide(low, self.up.subtract(TWO, low)),
            self.up.divide(high, self.down.subtract(TWO, high)),
        )
        return opposite(bounds) if z < 0 else bounds

    def softplus(self, z: Decimal) -> Bounds:
        """max(z, 0) + log(1 + exp(-|z|))."""
        low, high = self._log1p(self.decay(z.copy_abs()))
        return (low, high) if z < 0 else (self.down.add(z, low), self.up.add(z, high))

    def sine(self, z: Decimal, quarters: int = 0) -> Bounds:
        """sin(z + quarters*pi/2): what is left after whole quarters of a turn goes into a series.

        >>> [str(bound) for bound in Enclosures(8).sine(Decimal(22), 1)]  # cos(22)
        ['-0.99996086', '-0.99996080']
        """
        if z < 0:  # sin(-t + q) = -sin(t - q)
            return opposite(self.sine(z.copy_negate(), -quarters))
        low = high = z
        if z > _FOLD:
            if z.adjusted() > 1000:
                raise InputError("out-of-range", f"the sine of {z:.6g} cannot be told")
            fine = enclosures(self.digits + z.adjusted() + 10)
            low, high = pi(fine.digits + 5)
            half = fine.down.divide(low, TWO), fine.up.divide(high, TWO)
            turns = fine.down.divide(z, half[0]).to_integral_value()
            quarters += int(turns)
            low = fine.down.subtract(z, fine.up.multiply(turns, half[1]))
            high = fine.up.subtract(z, fine.down.multiply(turns, half[0]))
        size, wide = low.copy_abs(), self.up.subtract(high, low)  # a sine moves by no more than its argument
        square = self.down.multiply(size, size), self.up.multiply(size, size)
        if quarters % 2:
            bounds = self._series((ONE, ONE), square, lambda k: (1, (2 * k + 1) * (2 * k + 2)), True)
        else:
            bounds = self._series((size, size), square, lambda k: (1, (2 * k + 2) * (2 * k + 3)), True)
        if (quarters % 4 >= 2) != (low < 0 and quarters % 2 == 0):
            bounds = opposite(bounds)
        return self.down.subtract(bounds[0], wide), self.up.add(bounds[1], wide)

    def erf(self, z: Decimal) -> Bounds:
        """The error function: 2/sqrt(pi) exp(-z^2) sum_n 2^n z^(2n+1)/(1*3*...*(2n+1)).

        Abramowitz and Stegun 7.1.6; where z is large, 0 < 1 - erf(z) < exp(-z^2), by 7.1.13.
        """
        size = z.copy_abs()
        square = self.down.multiply(size, size), self.up.multiply(size, size)
        bell = self.decay(square[1])[0], self.decay(square[0])[1]
        if square[0] > 3 * self.digits:
            bounds = self.down.subtract(ONE, bell[1]), ONE
        else:
            total = self._series((size, size), square, lambda k: (2, 2 * k + 3), False)
            root = [self.sqrt(bound)[k] for k, bound in enumerate(pi(self.digits))]
            low = self.down.divide(self.down.multiply(double(total[0]), bell[0]), root[1])
            high = min(ONE, self.up.divide(self.up.multiply(double(total[1]), bell[1]), root[0]))
            bounds = low, high
        return opposite(bounds) if z < 0 else bounds

    def _series(self, first: Bounds, y: Bounds, ratio: Callable[[int], tuple[int, int]], alternating: bool) -> Bounds:
        """The sum of terms t_0 = first, t_(k+1) = t_k y p/q with (p, q) = ratio(k), none negative, or with signs + - +.

        Beyond the first term that at most half of its predecessor is left of, every term must be at most half of the
        one before: what is left out is then less than twice the first term that is.
        """
        down, up = self.down, self.up
        low, high = total = first
        for k in range(100_000):
            p, q = map(Decimal, ratio(k))
            low = down.divide(down.multiply(down.multiply(low, y[0]), p), q)
            high = up.divide(up.multiply(up.multiply(high, y[1]), p), q)
            if up.multiply(up.add(y[1], y[1]), p) <= q and (
                not high or high.adjusted() < total[1].adjusted() - self.digits - 2
            ):
                rest = up.add(high, high)
                return down.subtract(total[0], rest), up.add(total[1], rest)
            if alternating and k % 2 == 0:
                total = down.subtract(total[0], high), up.subtract(total[1], low)
            else:
                total = down.add(total[0], low), up.add(total[1], high)
        raise InputError("out-of-range", "a series does not end")


@lru_cache(maxsize=64)
def enclosures(digits: int) -> Enclosures:
    """The bounds to a number of digits, made once."""
    return Enclosures(digits)


@lru_cache(maxsize=64)
def pi(digits: int) -> Bounds:
    """Bounds of pi, by Machin's pi = 16 arctan(1/5) - 4 arctan(1/239), in whole numbers.

    >>> [str(bound) for bound in pi(8)]
    ['3.1415926', '3.1415927']
    """
    unit = 10 ** (digits + 10)
    total = error = 0
    for factor, x in ((16, 5), (-4, 239)):
        power, k = unit // x, 0
        while power:
            total += factor * (-1) ** k * (power // (2 * k + 1))
            power, k = power // (x * x), k + 1
        error += abs(factor) * 3 * (k + 1)  # two divisions rounded down in each term, and the terms left out
    exact = enclosures(digits)
    scale = Decimal(unit)
    return exact.down.divide(Decimal(total - error), scale), exact.up.divide(Decimal(total + error), scale)
