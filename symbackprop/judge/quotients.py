"""Quotients of polynomials over atoms, some of which are functions of earlier quotients.

Nothing is factored and no common divisor is looked for: two quotients are equal if their difference is 0. What is
divided by is kept as powers of known pieces, so that a common denominator is found without work.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from math import gcd, lcm, prod
from random import Random
from typing import NamedTuple

from symbackprop.judge.polynomials import FIELD, Polynomial, Ring, TooLarge, content, exponents, union
from symbackprop.vocabulary.errors import InputError

_PRIME = 2**61 - 1

MOST_CANCELLING = 10_000
"""Terms above times pieces below that are looked through for common factors at most."""


class Ratio(NamedTuple):
    """``top`` over ``scale`` (a positive whole number) and powers of known pieces, each a pair (piece, exponent)."""

    top: Polynomial
    scale: int = 1
    below: tuple[tuple[int, int], ...] = ()

    @property
    def constant(self) -> Fraction | None:
        """The value, if it is a number."""
        if self.below or len(self.top) > 1 or not self.top.keys() <= {0}:
            return None
        return Fraction(self.top.get(0, 0), self.scale)


class Atom(NamedTuple):
    """What stands in a place: a kind, what it was applied to, whether it is certainly positive, itself as a value."""

    kind: Hashable
    arguments: tuple[Ratio, ...]
    positive: bool
    value: Ratio


class Piece(NamedTuple):
    """A polynomial that something is divided by: its place if it is one atom, whether it is certainly positive."""

    polynomial: Polynomial
    place: int | None
    positive: bool


ZERO, ONE = Ratio({}), Ratio({0: 1})


class Quotients:
    """The arithmetic of quotients; :class:`TooLarge` where a polynomial has more than ``budget`` terms.

    >>> q = Quotients(100)
    >>> x, y = q.applied("x"), q.applied("y")
    >>> left = q.mul([q.add([x, y]), q.reciprocal(q.mul([x, y]))])
    >>> q.equal(left, q.add([q.reciprocal(x), q.reciprocal(y)])), q.equal(left, x)
    (True, False)
    """

    def __init__(self, budget: int) -> None:
        self.atoms: dict[int, Atom] = {}
        self.pieces: list[Piece] = []
        self._ring = Ring(budget)
        self._rules: dict[int, tuple[int, Ratio]] = {}
        self._random = Random(0)
        self._field: dict[int, int] = {}
        self._exact: dict[Hashable, Atom] = {}
        self._near: dict[Hashable, list[Atom]] = {}
        self._numbered: dict[Hashable, int] = {}

    def number(self, value: Fraction) -> Ratio:
        """A rational number."""
        return Ratio({0: value.numerator}, value.denominator) if value else ZERO

    def add(self, terms: Sequence[Ratio]) -> Ratio:
        """A sum over the least common multiple of what the terms are divided by."""
        if len(terms) == 1:
            return terms[0]
        groups: dict[tuple[int, tuple[tuple[int, int], ...]], list[Polynomial]] = {}
        for term in terms:
            if term.top:
                groups.setdefault((term.scale, term.below), []).append(term.top)
        if not groups:
            return ZERO
        if len(groups) == 1:
            (((scale, pieces), parts),) = groups.items()
            return self.settled(self._ring.total(parts), scale, dict(pieces))
        scale = lcm(*(scale for scale, _ in groups))
        below: dict[int, int] = {}
        for _, pieces in groups:
            for piece, exponent in pieces:
                below[piece] = max(exponent, below.get(piece, 0))
        tops = []
        for (own, pieces), parts in groups.items():
            had = dict(pieces)
            top = self._ring.total(parts)
            missing = {piece: n - had.get(piece, 0) for piece, n in below.items()}
            factor = self._expanded(missing, scale // own)
            tops.append(top if factor == {0: 1} else self._ring.product(factor, top))
        return self.settled(self._ring.total(tops), scale, below)

    def mul(self, factors: Sequence[Ratio]) -> Ratio:
        """A product; what is the same above and below is cancelled where that is seen at once."""
        if len(factors) == 1:
            return factors[0]
        below: dict[int, int] = {}
        for factor in factors:
            if not factor.top:
                return ZERO
            for piece, exponent in factor.below:
                below[piece] = below.get(piece, 0) + exponent
        top, *others = sorted((factor.top for factor in factors), key=len)
        for other in others:
            top = self._ring.product(top, other)
        return self.settled(top, prod(factor.scale for factor in factors), below)

    def equal(self, a: Ratio, b: Ratio) -> bool:
        """Whether the difference is 0: then the two are equal wherever both are defined."""
        return a == b or not self.add([a, self.negative(b)]).top

    def negative(self, a: Ratio) -> Ratio:
        """The value with the other sign."""
        return Ratio({m: -c for m, c in a.top.items()}, a.scale, a.below)

    def times(self, a: Ratio, factor: Fraction) -> Ratio:
        """A rational multiple."""
        return self.mul([self.number(factor), a])

    def _expanded(self, below: Mapping[int, int], factor: int = 1) -> Polynomial:
        """A whole number times powers of pieces, multiplied out."""
        top = {0: factor}
        for piece, exponent in below.items():
            if exponent:
                top = self._ring.product(top, self._ring.power(self.pieces[piece].polynomial, exponent))
        return top

    def settled(self, top: Polynomial, scale: int, below: dict[int, int]) -> Ratio:
        """The value with common factors cancelled and relations used, as far as both are cheap."""
        if not top:
            return ZERO
        if len(top) * len(below) > MOST_CANCELLING:
            raise TooLarge
        for piece in list(below):
            top = self._cancelled(top, piece, below)
        if scale != 1 and (common := gcd(scale, *top.values())) != 1:
            top, scale = {m: c // common for m, c in top.items()}, scale // common
        value = Ratio(top, scale, tuple(sorted(below.items())))
        if self._rules:
            everywhere = union(top)
            for place, (order, to) in self._rules.items():
                if (everywhere >> place) & FIELD >= order and any((m >> place) & FIELD >= order for m in top):
                    return self._replaced(value, place, order, to)
        return value

    def _cancelled(self, top: Polynomial, piece: int, below: dict[int, int]) -> Polynomial:
        """The polynomial after cancelling one piece."""
        known = self.pieces[piece]
        if known.place is not None:
            place = known.place
            count = below[piece]
            for m in top:
                count = min(count, (m >> place) & FIELD)
                if not count:
                    break
            if count:
                top = {m - (count << place): c for m, c in top.items()}
        else:
            count = 0
            while count < below[piece] and (divided := self._ring.quotient(top, known.polynomial)) is not None:
                top, count = divided, count + 1
        below[piece] -= count
        if not below[piece]:
            del below[piece]
        return top

    def _replaced(self, value: Ratio, place: int, order: int, to: Ratio) -> Ratio:
        """The value with ``order`` factors of an atom replaced as often as they occur: sqrt(b)^2 = b."""
        parts: dict[int, Polynomial] = {}
        for m, c in value.top.items():
            count = ((m >> place) & FIELD) // order
            parts.setdefault(count, {})[m - (count * order << place)] = c
        return self.add(
            [self.mul([Ratio(top, value.scale, value.below), self.whole(to, count)]) for count, top in parts.items()]
        )

    def whole(self, base: Ratio, n: int) -> Ratio:
        """A whole power."""
        if n == 0:
            return ONE
        if n < 0:
            base, n = self.reciprocal(base), -n
        if n == 1:
            return base
        top = self._ring.power(base.top, n)
        return self.settled(top, base.scale**n, {piece: exponent * n for piece, exponent in base.below})

    def reciprocal(self, a: Ratio) -> Ratio:
        """One over a value."""
        if not a.top:
            raise InputError("division-by-zero", "this divides by zero")
        shared = content(a.top)
        number = gcd(*a.top.values()) * (1 if a.top[max(a.top)] > 0 else -1)
        factors = dict(exponents(shared))
        related = {place: factors.pop(place) for place in list(factors) if place in self._rules}
        below = {self._piece({1 << place: 1}, place): exponent for place, exponent in factors.items()}
        if len(a.top) > 1:
            below[self._piece({m - shared: c // number for m, c in a.top.items()})] = 1
        sign = 1 if number > 0 else -1
        value = self.settled(self._expanded(dict(a.below), a.scale * sign), abs(number), below)
        for place, exponent in related.items():  # 1/sqrt(b) = sqrt(b)/b
            order, to = self._rules[place]
            atom = self.atoms[place].value
            value = self.mul([value, self.whole(atom, (order - 1) * exponent), self.whole(to, -exponent)])
        return value

    def _piece(self, polynomial: Polynomial, place: int | None = None) -> int:
        """The number of a piece."""
        key = frozenset(polynomial.items())
        if key not in self._numbered:
            self._numbered[key] = len(self.pieces)
            positive = all(c > 0 and self._is_positive(m) for m, c in polynomial.items())
            self.pieces.append(Piece(polynomial, place, positive))
        return self._numbered[key]

    def _is_positive(self, monomial: int) -> bool:
        return all(self.atoms[place].positive for place, _ in exponents(monomial))

    # Atoms

    def applied(
        self,
        kind: Hashable,
        *arguments: Ratio,
        idempotent: bool = False,
        positive: bool = False,
        rule: tuple[int, Ratio] | None = None,
    ) -> Ratio:
        """The atom of a kind and arguments; equal arguments give the same one, however they are written.

        ``rule`` (n, b) says of a new atom that its n-th power is b, which must not contain it.
        """
        key = (kind, *((frozenset(a.top.items()), a.scale, a.below) for a in arguments))
        if (known := self._exact.get(key)) is not None:
            return known.value
        near = self._near.setdefault((kind, *map(self._fingerprint, arguments)), [])
        for atom in near:
            if all(map(self.equal, atom.arguments, arguments)):
                break
        else:
            place = self._ring.atom(idempotent)
            atom = Atom(kind, arguments, positive, Ratio({1 << place: 1}))
            self.atoms[place] = atom
            self._field[place] = self._random.randrange(1, _PRIME)
            if rule is not None:
                self._rules[place] = rule
            near.append(atom)
        self._exact[key] = atom
        return atom.value

    def unit(self, a: Ratio) -> tuple[Fraction, Ratio]:
        """A number other than 0 and what it must be multiplied by: equal values up to a number have equal such parts.

        >>> q = Quotients(100)
        >>> x = q.applied("x")
        >>> number, part = q.unit(q.add([q.times(x, Fraction(-2, 3)), q.number(Fraction(4))]))
        >>> number, q.equal(part, q.add([x, q.number(Fraction(-6))]))
        (Fraction(-2, 3), True)
        """
        number = Fraction(a.top[max(a.top)], a.scale)
        for piece, exponent in a.below:
            polynomial = self.pieces[piece].polynomial
            number /= polynomial[max(polynomial)] ** exponent
        return number, self.times(a, 1 / number) if number != 1 else a

    def _fingerprint(self, a: Ratio) -> int:
        """The value in a prime field at random values of the atoms: equal quotients have equal ones, or 0 below."""
        below = a.scale
        for piece, exponent in a.below:
            below = below * pow(self._in_field(self.pieces[piece].polynomial), exponent, _PRIME) % _PRIME
        return self._in_field(a.top) * pow(below, -1, _PRIME) % _PRIME if below % _PRIME else -1

    def _in_field(self, polynomial: Polynomial) -> int:
        total = 0
        for monomial, coefficient in polynomial.items():
            for place, exponent in exponents(monomial):
                coefficient = coefficient * pow(self._field[place], exponent, _PRIME) % _PRIME
            total += coefficient
        return total % _PRIME
