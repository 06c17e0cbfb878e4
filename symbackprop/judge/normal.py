"""Proof by normal form: values as quotients of polynomials over atoms, which are equal if their difference is 0.

Names, Steps, exponentials and unspecified functions are atoms, with relations that hold for all real numbers. Two
values that are found equal are equal wherever both are defined; values that are not found equal may be equal all the
same. Step(0) may have any value, unless the constructor is told otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from fractions import Fraction

from symbackprop.judge.polynomials import TooLarge, content, exponents
from symbackprop.judge.quotients import ONE, ZERO, Quotients, Ratio
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.functions import Function

__all__ = ["Normal", "Ratio", "TooLarge"]

_HIGHEST = 127  # the highest power of an exponential that fits into a monomial
_SPLIT = 16  # a quotient with more terms is not split for exp
_PRIMES = 1000  # prime factors of a number under a root are looked for up to here
_HALF, _MINUS_ONE = Ratio({0: 1}, 2), Ratio({0: -1})


class Normal(Quotients):
    """Normal forms; :class:`TooLarge` where one has more than ``budget`` terms.

    ``idempotent`` says that Step(0) is 0 or 1, so that s^2 = s; ``off_kinks`` that nothing that Step, sign, abs, relu,
    max or min is taken of is 0 (of max and min: their difference), which adds Step(-z) = 1 - Step(z) and
    sign(z) = 2 Step(z) - 1. Values of two instances do not mix.

    >>> from symbackprop.symbolic.algebra import applied
    >>> n = Normal()
    >>> x, sigmoid = n.symbol("x"), FUNCTIONS["sigmoid"]
    >>> right = n.add([n.number(Fraction(1)), n.negative(applied(n, sigmoid, [x]))])
    >>> n.equal(applied(n, sigmoid, [n.negative(x)]), right)
    True
    """

    def __init__(self, budget: int = 20_000, idempotent: bool = False, off_kinks: bool = False) -> None:
        super().__init__(budget)
        self._idempotent, self._off_kinks = idempotent or off_kinks, off_kinks
        self.native: Mapping[Function, Callable[..., Ratio]] = {
            FUNCTIONS["relu"]: self._relu,
            FUNCTIONS["abs"]: self._abs,
            FUNCTIONS["sign"]: self._sign,
            FUNCTIONS["step"]: self._step,
            FUNCTIONS["max"]: self._max,
            FUNCTIONS["min"]: lambda a, b: self.add([a, b, self.negative(self._max(a, b))]),
            FUNCTIONS["sqrt"]: lambda z: self.power(z, _HALF),
            FUNCTIONS["exp"]: self._exp,
            FUNCTIONS["log"]: self._log,
            FUNCTIONS["sin"]: self._sin,
            FUNCTIONS["cos"]: self._cos,
            FUNCTIONS["erf"]: lambda z: self._odd("erf", z),
        }

    def symbol(self, name: str) -> Ratio:
        """A size, a hyperparameter or pi: an atom."""
        return self.applied(("symbol", name))

    def atom(self, key: Hashable) -> Ratio:
        """The atom of a key, an entry of a leaf for example; it may have any real value."""
        return self.applied(("atom", key))

    def unspecified(self, function: Function, arguments: Sequence[Ratio], slope: int) -> Ratio:
        """An unspecified function of something, or its partial: an atom."""
        return self.applied((function, slope), *arguments)

    # Powers

    def power(self, base: Ratio, exponent: Ratio) -> Ratio:
        """A power; b^(p/q) is a power of the atom b^(1/q), and b^(e + k) is b^k b^e.

        >>> n = Normal()
        >>> root = n.power(n.symbol("x"), n.number(Fraction(3, 2)))
        >>> n.equal(n.mul([root, root]), n.power(n.symbol("x"), n.number(Fraction(3))))
        True
        """
        if (number := exponent.constant) is not None:
            return self.whole(base, number.numerator) if number.denominator == 1 else self._rational(base, number)
        if base == ONE:
            return ONE
        constant, remainder = divmod(exponent.top.get(0, 0), exponent.scale)
        if constant and not remainder and not exponent.below:
            rest = self.add([exponent, self.number(Fraction(-constant))])
            return self.mul([self.whole(base, constant), self.power(base, rest)])
        times, argument = self._multiple(exponent)
        return self.whole(self.applied("power", base, argument), times)

    def _multiple(self, a: Ratio) -> tuple[int, Ratio]:
        """A whole number and the value that it must multiply, so that f(n a) = f(a)^n can be used."""
        number, part = self.unit(a)
        if abs(number.numerator) > _HIGHEST:
            return (1, a) if number > 0 else (-1, self.negative(a))
        return number.numerator, self.times(part, Fraction(1, number.denominator))

    def _rational(self, base: Ratio, e: Fraction) -> Ratio:
        """A power that is not whole, which only what is not negative has; numbers are taken out of the root."""
        if not base.top:
            return self.whole(base, 1 if e > 0 else -1)
        if base.below and base.top.keys() == {0}:
            return self._rational(self.reciprocal(base), -e)
        number, part = self.unit(base)
        if part == ONE and number < 0:
            raise InputError("out-of-domain", f"{number}^({e}) is not a real number")
        if number < 0:
            part = self.negative(part)
        factors = [self._root(self.number(Fraction(p)), n * e) for p, n in _prime_powers(abs(number))]
        return self.mul([ONE, *factors] if part == ONE else [*factors, self._root(part, e)])

    def _root(self, base: Ratio, e: Fraction) -> Ratio:
        """b^e as a whole power of b times a power of b^(1/q) that is below q."""
        whole, rest = divmod(e.numerator, e.denominator)
        if not rest:
            return self.whole(base, whole)
        root = self.applied(("root", e.denominator), base, rule=(e.denominator, base))
        return self.mul([self.whole(base, whole), self.whole(root, rest)])

    # Functions with kinks

    def _step(self, z: Ratio) -> Ratio:
        """An atom for all positive multiples of z."""
        if (number := z.constant) is not None and number:
            return ONE if number > 0 else ZERO
        if not z.top:
            return self.applied("step", z, idempotent=self._idempotent)
        number, part = self.unit(z)
        if number > 0:
            return self.applied("step", part, idempotent=self._idempotent)
        if self._off_kinks:
            return self.add([ONE, self.negative(self.applied("step", part, idempotent=True))])
        return self.applied("step", self.negative(part), idempotent=self._idempotent)

    def _relu(self, z: Ratio) -> Ratio:
        """Step(z) z, whatever Step(0) is."""
        return self.mul([self._step(z), z])

    def _abs(self, z: Ratio) -> Ratio:
        """(2 Step(z) - 1) z, of z or -z."""
        if z.top and self.unit(z)[0] < 0:
            z = self.negative(z)
        return self.add([self.times(self._relu(z), Fraction(2)), self.negative(z)])

    def _sign(self, z: Ratio) -> Ratio:
        """An odd function; sign(0) = 0 whatever Step(0) is, so that 2 Step(z) - 1 is the same only off the kink."""
        if (number := z.constant) is not None:
            return self.number(Fraction((number > 0) - (number < 0)))
        if self._off_kinks:
            return self.add([self.times(self._step(z), Fraction(2)), _MINUS_ONE])
        number, part = self.unit(z)
        sign = self.applied("sign", part)
        return sign if number > 0 else self.negative(sign)

    def _max(self, a: Ratio, b: Ratio) -> Ratio:
        """b + relu(a - b), or a + relu(b - a): the same one for both orders, and relu(z) for z and 0."""
        difference = self.add([a, self.negative(b)])
        if not difference.top:
            return a
        if not a.top or b.top and self.unit(difference)[0] < 0:
            a, b, difference = b, a, self.negative(difference)
        return self.add([b, self._relu(difference)])

    # Functions without

    def _exp(self, z: Ratio) -> Ratio:
        """A product over the terms of z, unless it is a long quotient: exp(2 x - y) = exp(x)^2 / exp(y)."""
        if z.below and len(z.top) > _SPLIT:
            return self._exponential(z)
        return self.mul(
            [ONE, *(self._exponential(self.settled({m: c}, z.scale, dict(z.below))) for m, c in z.top.items())]
        )

    def _exponential(self, z: Ratio) -> Ratio:
        """A whole power of an atom, or c times a logarithm undone: exp(c log(x)) = x^c."""
        if len(z.top) == 1 and not z.below:
            ((monomial, coefficient),) = z.top.items()
            factors = list(exponents(monomial))
            atom = self.atoms[factors[0][0]] if len(factors) == 1 and factors[0][1] == 1 else None
            if atom is not None and atom.kind == "log":
                return self.power(atom.arguments[0], self.number(Fraction(coefficient, z.scale)))
        times, argument = self._multiple(z)
        return self.whole(self.applied("exp", argument, positive=True), times)

    def _log(self, z: Ratio) -> Ratio:
        """log(c exp(a) / p) = log(c) + a - log(p), for a positive number c and a p that is certainly positive."""
        if (number := z.constant) is not None and number <= 0:
            raise InputError("out-of-domain", f"the logarithm of {number} is not a real number")
        if z.below and z.top.keys() == {0}:
            return self.negative(self._log(self.reciprocal(z)))
        number, _ = self.unit(z)
        size = abs(number)  # log(c) is an atom for every whole number c
        terms = [ZERO]
        for whole, sign in ((size.numerator, 1), (size.denominator, -1)):
            if whole != 1:
                terms.append(self.times(self.applied("log", self.number(Fraction(whole))), Fraction(sign)))
        rest = self.times(z, 1 / size)
        for place, times in self._exponential_factors(rest):
            atom = self.atoms[place]
            terms.append(self.times(atom.arguments[0], Fraction(times)))
            rest = self.mul([rest, self.whole(atom.value, -times)])
        for piece, times in rest.below:
            if self.pieces[piece].positive:
                terms.append(self.times(self._log(Ratio(self.pieces[piece].polynomial)), Fraction(-times)))
        rest = Ratio(rest.top, rest.scale, tuple(pair for pair in rest.below if not self.pieces[pair[0]].positive))
        if rest.constant == -1:
            raise InputError("out-of-domain", "the logarithm of something negative is not a real number")
        return self.add(terms if rest == ONE else [*terms, self.applied("log", rest)])

    def _exponential_factors(self, a: Ratio) -> list[tuple[int, int]]:
        """The places of the exponentials that the value has as factors, with their exponents."""
        factors = list(exponents(content(a.top)))
        factors += [(place, -times) for piece, times in a.below if (place := self.pieces[piece].place) is not None]
        return [(place, times) for place, times in factors if self.atoms[place].kind == "exp"]

    def _odd(self, name: str, z: Ratio, rule: tuple[int, Ratio] | None = None) -> Ratio:
        """An odd function: f(-z) = -f(z) and f(0) = 0."""
        if not z.top:
            return ZERO
        if self.unit(z)[0] > 0:
            return self.applied(name, z, rule=rule)
        return self.negative(self.applied(name, self.negative(z), rule=rule))

    def _cos(self, z: Ratio) -> Ratio:
        """An even function."""
        if not z.top:
            return ONE
        return self.applied("cos", z if self.unit(z)[0] > 0 else self.negative(z))

    def _sin(self, z: Ratio) -> Ratio:
        """An odd function, with sin^2 = 1 - cos^2."""
        cos = self._cos(z)
        return self._odd("sin", z, rule=(2, self.add([ONE, self.negative(self.mul([cos, cos]))])))


def _prime_powers(number: Fraction) -> list[tuple[int, int]]:
    """The number as powers of primes, or of what has no small prime factor.

    >>> _prime_powers(Fraction(12, 35))
    [(2, 2), (3, 1), (5, -1), (7, -1)]
    """
    powers: dict[int, int] = {}
    for whole, sign in ((number.numerator, 1), (number.denominator, -1)):
        for p in range(2, _PRIMES):
            if p * p > whole:
                break
            while whole % p == 0:
                powers[p] = powers.get(p, 0) + sign
                whole //= p
        if whole != 1:
            powers[whole] = powers.get(whole, 0) + sign
    return sorted(powers.items(), key=lambda pair: pair[0])
