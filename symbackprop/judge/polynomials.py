"""Polynomials with whole coefficients over numbered atoms: what :mod:`symbackprop.judge.normal` is made of.

A polynomial is a dict from monomials to coefficients, none of them 0. A monomial is a whole number that holds the
exponent of atom k in its bits 8k to 8k + 6, so that a product of monomials is a sum; bit 8k + 7 is always 0. The
order of these numbers is a monomial order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_

Polynomial = dict[int, int]
BITS = 8
FIELD = (1 << BITS) - 1
_WORK = 50  # products worked out, for each term of the budget
_DIVIDED = 300  # terms of a polynomial that a division is tried on
_LONGEST = 100_000  # bits of a coefficient


class TooLarge(Exception):
    """A polynomial has more terms, or a term a larger exponent or coefficient, than may be worked out."""


def exponents(monomial: int) -> Iterator[tuple[int, int]]:
    """The place of every atom that a monomial contains, and its exponent.

    >>> list(exponents((2 << 8) + (1 << 24)))
    [(8, 2), (24, 1)]
    """
    while monomial:
        place = ((monomial & -monomial).bit_length() - 1) // BITS * BITS
        exponent = (monomial >> place) & FIELD
        yield place, exponent
        monomial ^= exponent << place


def union(polynomial: Iterable[int]) -> int:
    """All monomials laid over one another: in no place less than the largest exponent.

    >>> list(exponents(union([1 << 8, (2 << 8) + 1])))
    [(0, 1), (8, 3)]
    """
    return reduce(or_, polynomial, 0)


def content(polynomial: Polynomial) -> int:
    """The largest monomial that divides every term.

    >>> list(exponents(content({(2 << 8) + 1: 5, (3 << 8): 1})))
    [(8, 2)]
    """
    first = min(polynomial)
    return sum(
        least << place for place, _ in exponents(first) if (least := min((m >> place) & FIELD for m in polynomial))
    )


class Ring:
    """Polynomials of at most ``budget`` terms, over the atoms added so far.

    >>> ring = Ring(budget=100)
    >>> x, step = ring.atom(), ring.atom(idempotent=True)
    >>> ring.power({1 << x: 1, 1 << step: 1}, 2) == {2 << x: 1, (1 << x) + (1 << step): 2, 1 << step: 1}
    True
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._atoms = 0
        self._guard = 0
        self._squares = 0

    def atom(self, idempotent: bool = False) -> int:
        """The place of a new atom; ``idempotent``: one that is its own square."""
        place = self._atoms * BITS
        self._atoms += 1
        self._guard |= 1 << (place + BITS - 1)
        if idempotent:
            self._squares |= 2 << place
        return place

    def total(self, parts: Iterable[Polynomial]) -> Polynomial:
        """A sum."""
        first, *rest = parts
        if not rest:
            return first
        out = dict(first)
        for part in rest:
            for monomial, coefficient in part.items():
                if total := out.get(monomial, 0) + coefficient:
                    out[monomial] = total
                else:
                    del out[monomial]
            if len(out) > self.budget:
                raise self._too_large()
        return out

    def product(self, a: Polynomial, b: Polynomial) -> Polynomial:
        """A product."""
        if len(a) > len(b):
            a, b = b, a
        if len(a) * len(b) > _WORK * self.budget:
            raise self._too_large()
        if (union(a) + union(b)) & self._guard:
            raise TooLarge("an exponent is too large to work out")
        squares = self._squares
        out: Polynomial = {}
        if len(a) == 1 and not union(a) & (squares >> 1):  # one term: no two products meet
            ((m, c),) = a.items()
            return {m + n: c * d for n, d in b.items()}
        for m, c in a.items():
            for n, d in b.items():
                monomial = m + n
                if square := monomial & squares:
                    monomial -= square >> 1
                out[monomial] = out.get(monomial, 0) + c * d
            if len(out) > self.budget:
                raise self._too_large()
        return {monomial: c for monomial, c in out.items() if c} if 0 in out.values() else out

    def power(self, base: Polynomial, n: int) -> Polynomial:
        """A power that is not negative, by squaring."""
        if n * max((c.bit_length() for c in base.values()), default=0) > _LONGEST or n > _LONGEST:
            raise TooLarge("a power is too large to work out")
        power: Polynomial = {0: 1}
        while n:
            if n % 2:
                power = self.product(power, base)
            if n := n // 2:
                base = self.product(base, base)
        return power

    def quotient(self, a: Polynomial, b: Polynomial) -> Polynomial | None:
        """The polynomial by which b must be multiplied to give a; None if there is none, or if ``a`` is long.

        >>> ring = Ring(budget=100)
        >>> x = {1 << ring.atom(): 1}
        >>> ring.quotient({2: 1, 0: -1}, {1: 1, 0: 1}) == {1: 1, 0: -1}, ring.quotient({2: 1, 0: 1}, {1: 1, 0: 1})
        (True, None)
        """
        guard, rest, out = self._guard, a, {}
        first = max(b)
        if len(a) > _DIVIDED or ((min(a) | guard) - min(b)) & guard != guard:
            return None
        while rest:
            top = max(rest)
            if ((top | guard) - first) & guard != guard or rest[top] % b[first]:
                return None
            m, c = top - first, rest[top] // b[first]
            out[m] = c
            rest = self.total([rest, {m + n: -c * d for n, d in b.items()}])
        return out

    def _too_large(self) -> TooLarge:
        return TooLarge(f"this has more than {self.budget} terms when it is multiplied out")
