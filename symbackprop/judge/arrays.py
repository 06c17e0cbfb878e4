"""Arrays of values with rows and columns, and how they are combined: what a matrix formula means, in numbers.

A column has the sides ``(n, None)``, a row ``(None, n)``, a matrix ``(m, n)``, a number none at all. The derivative of
one array by another is a :class:`Jacobian`, with the sides of both; in a product of derivatives it contracts with the
factor whose quantity it shares, as the chain rule says, whatever the layout.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product as all_of
from math import prod
from typing import Generic, TypeVar

from symbackprop.symbolic.algebra import Algebra

T = TypeVar("T")
Sides = tuple[int | None, ...]

REPEATED, IDENTITY = "ones", "identity"
"""Mark a number that stands for a vector of it, or for a multiple of the identity, as large as it has to be."""


class Mismatch(Exception):
    """Arrays whose shapes do not meet; ``shapes`` are those, ``rule`` what would have to agree."""

    def __init__(self, rule: str, *arrays: Array[T]) -> None:
        super().__init__(rule)
        self.rule = rule
        self.shapes = tuple(a.sides for a in arrays)


@dataclass(frozen=True, slots=True)
class Array(Generic[T]):
    """Entries in row-major order over the sides that are not units.

    ``of`` and ``by`` name what a derivative is taken of and by; ``inner`` is the number of real sides that belong to
    ``of`` (None: not a derivative).
    """

    entries: tuple[T, ...]
    sides: Sides = ()
    of: Hashable = None
    by: Hashable = None
    inner: int | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of the sides that are not units."""
        return tuple(s for s in self.sides if s is not None)

    @property
    def number(self) -> bool:
        """Whether there is one entry only."""
        return len(self.entries) == 1

    @property
    def column(self) -> bool:
        """Whether this is a column."""
        return len(self.sides) == 2 and self.sides[0] is not None and self.sides[1] is None

    @property
    def row(self) -> bool:
        """Whether this is a row."""
        return len(self.sides) == 2 and self.sides[0] is None and self.sides[1] is not None

    def plain(self) -> Array[T]:
        """The same entries, no longer known to be a derivative."""
        return Array(self.entries, self.sides) if self.inner is not None else self


def points(shape: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """All positions in an array of a shape, in row-major order."""
    return all_of(*map(range, shape))


def offset(shape: Sequence[int], point: Sequence[int]) -> int:
    """Where the entry at a position stands.

    >>> offset((2, 3), (1, 2))
    5
    """
    found = 0
    for size, at in zip(shape, point, strict=True):
        found = found * size + at
    return found


class Arrays(Generic[T]):
    """The operations on arrays over an algebra."""

    def __init__(self, algebra: Algebra[T]) -> None:
        self.algebra = algebra

    def mapped(self, array: Array[T], change: Callable[[T], T]) -> Array[T]:
        """Every entry changed."""
        return Array(tuple(map(change, array.entries)), array.sides)

    def scaled(self, factor: T, array: Array[T]) -> Array[T]:
        """Every entry times a number; a derivative stays one."""
        return replace(array, entries=tuple(self.algebra.mul((factor, e)) for e in array.entries))

    def product(self, left: Array[T], right: Array[T]) -> Array[T]:
        """The matrix product; numbers multiply every entry, derivatives follow the chain rule."""
        chained = self.chained(left, right)
        if chained is not None:
            return chained
        if left.of in (REPEATED, IDENTITY) and not right.sides:
            return self.scaled(right.entries[0], left)
        if not left.sides or not right.sides:
            return self.scaled(left.entries[0], right) if not left.sides else self.scaled(right.entries[0], left)
        if len(left.sides) != 2 or len(right.sides) != 2 or left.sides[1] != right.sides[0]:
            if left.number or right.number:
                return self.scaled(left.entries[0], right) if left.number else self.scaled(right.entries[0], left)
            raise Mismatch("the columns of the first must be as many as the rows of the second", left, right)
        rows, inner, columns = left.sides[0] or 1, left.sides[1] or 1, right.sides[1] or 1
        algebra = self.algebra
        entries = tuple(
            algebra.add(
                [algebra.mul((left.entries[i * inner + k], right.entries[k * columns + j])) for k in range(inner)]
            )
            if inner > 1
            else algebra.mul((left.entries[i], right.entries[j]))
            for i in range(rows)
            for j in range(columns)
        )
        return flat(Array(entries, (left.sides[0], right.sides[1])))

    def chained(self, left: Array[T], right: Array[T]) -> Array[T] | None:
        """The product of two derivatives by the chain rule, None where they are not of one chain."""
        if left.inner is None or right.inner is None:
            return None
        if left.by == right.of and left.by is not None:
            outer, inner = left, right
        elif right.by == left.of and right.by is not None:
            outer, inner = right, left
        else:
            return None
        over = inner.inner or 0
        front, middle, back = outer.shape[: outer.inner], inner.shape[:over], inner.shape[over:]
        if outer.shape[outer.inner or 0 :] != middle:
            return None
        m, n = prod(middle), prod(back)
        algebra = self.algebra
        entries = tuple(
            algebra.add([algebra.mul((outer.entries[i * m + k], inner.entries[k * n + j])) for k in range(m)])
            for i in range(prod(front))
            for j in range(n)
        )
        sides = inner.sides if not front and not middle else _sides_of(front, inner, over)
        return Array(entries, sides, outer.of, inner.by, len(front))

    def contracted(self, left: Array[T], right: Array[T]) -> Array[T] | None:
        """A number-valued array times the derivative of what it is shaped like: an upstream gradient pulled back."""
        for upstream, local in ((left, right), (right, left)):
            if local.inner and len(local.shape) > local.inner and upstream.shape == local.shape[: local.inner]:
                back = local.shape[local.inner :]
                m, n = prod(upstream.shape), prod(back)
                algebra = self.algebra
                entries = tuple(
                    algebra.add([algebra.mul((upstream.entries[k], local.entries[k * n + j])) for k in range(m)])
                    for j in range(n)
                )
                return Array(entries, _sides_of((), local, local.inner))
        return None

    def dot(self, left: Array[T], right: Array[T]) -> Array[T]:
        """The sum of the products of corresponding entries."""
        if left.shape != right.shape:
            raise Mismatch("both must have the same shape", left, right)
        algebra = self.algebra
        pairs = zip(left.entries, right.entries, strict=True)
        return Array((algebra.add([algebra.mul(pair) for pair in pairs]),))

    def outer(self, left: Array[T], right: Array[T]) -> Array[T]:
        """The products of all entries of two vectors."""
        if len(left.shape) != 1 or len(right.shape) != 1:
            raise Mismatch("an outer product is of two vectors", left, right)
        entries = tuple(self.algebra.mul((a, b)) for a in left.entries for b in right.entries)
        return Array(entries, (left.shape[0], right.shape[0]))

    def transposed(self, array: Array[T]) -> Array[T]:
        """Rows and columns exchanged."""
        if len(array.sides) > 2:
            raise Mismatch("only a matrix, a column or a row has a transpose", array)
        if len(array.shape) < 2:
            return Array(array.entries, array.sides[::-1])
        rows, columns = array.shape
        entries = tuple(array.entries[i * columns + j] for j in range(columns) for i in range(rows))
        return Array(entries, (columns, rows))

    def alike(self, arrays: Sequence[Array[T]], rule: str) -> list[Array[T]]:
        """The arrays with one shape; a number, a row or a column is repeated along what it lacks."""
        shaped = [a for a in arrays if a.sides]
        if not shaped:
            return list(arrays)
        first = shaped[0].sides
        if all(not a.sides or a.sides == first for a in arrays):
            return [self.repeated(a, first) for a in arrays]
        shaped = [a for a in shaped if not a.number] or shaped[:1]
        length = max(len(a.sides) for a in shaped)
        repeating = any(len(a.shape) > 1 for a in shaped)
        common: list[int | None] = [None] * length
        for array in shaped:
            across = [s is None for s in array.sides] != [s is None for s in shaped[0].sides]
            if len(array.sides) != length or (across and not repeating):
                raise Mismatch(rule, shaped[0], array)
            for position, side in enumerate(array.sides):
                if side is None or side == 1 and repeating:
                    continue
                if common[position] not in (None, 1, side):
                    raise Mismatch(rule, shaped[0], array)
                common[position] = side
        full = [c or 1 for c in common]
        if all([s or 1 for s in array.sides] != full for array in shaped):  # a column and a row fill no matrix
            raise Mismatch(rule, shaped[0], shaped[-1])
        sides = tuple(1 if c is None and any(a.sides[p] == 1 for a in shaped) else c for p, c in enumerate(common))
        return [self.repeated(a, sides) for a in arrays]

    def repeated(self, array: Array[T], sides: Sides) -> Array[T]:
        """The array along all sides."""
        if array.sides == sides:
            return array
        if array.number:
            return Array(array.entries * prod(s or 1 for s in sides), sides)
        own = [1 if s is None else s for s in array.sides]
        full = [1 if s is None else s for s in sides]
        entries = tuple(
            array.entries[offset(own, [min(p, size - 1) for p, size in zip(point, own, strict=True)])]
            for point in points(full)
        )
        return Array(entries, sides)

    def sum(self, arrays: Sequence[Array[T]], rule: str = "terms of a sum must have the same shape") -> Array[T]:
        """A sum, entry by entry; a sum of derivatives by one quantity stays one."""
        if len(arrays) == 1:
            return arrays[0]
        full = next((a.sides for a in arrays if a.sides), ())
        if full:
            arrays = [self.filled(a, full) for a in arrays]
        like = self.alike(arrays, rule)
        entries = tuple(self.algebra.add(list(each)) for each in zip(*(a.entries for a in like), strict=True))
        tags = {(a.of, a.by, a.inner) for a in arrays}
        first = arrays[0]
        kept = len(tags) == 1 and first.sides == like[0].sides
        return replace(first, entries=entries) if kept else Array(entries, like[0].sides)

    def filled(self, array: Array[T], sides: Sides) -> Array[T]:
        """A multiple of the identity, or of ones, with all its entries; anything else is left as it is."""
        if array.of == REPEATED and not array.sides:
            return self.repeated(Array(array.entries), sides)
        if array.of == IDENTITY and not array.sides and len(sides) == 2 and sides[0] == sides[1] and sides[0]:
            zero = self.algebra.number(Fraction(0))
            return self.diagonal(Array(array.entries * sides[0], (sides[0], None)), zero)
        return array

    def hadamard(
        self, arrays: Sequence[Array[T]], rule: str = "factors entry by entry must have the same shape"
    ) -> Array[T]:
        """A product entry by entry."""
        like = self.alike(arrays, rule)
        entries = tuple(self.algebra.mul(each) for each in zip(*(a.entries for a in like), strict=True))
        return Array(entries, like[0].sides)

    def total(self, array: Array[T]) -> Array[T]:
        """The sum of all entries."""
        return Array((self.algebra.add(list(array.entries)),))

    def diagonal(self, array: Array[T], zero: T) -> Array[T]:
        """The diagonal matrix of a vector, or the diagonal of a square matrix as a column."""
        if len(array.shape) == 2 and array.shape[0] == array.shape[1]:
            n = array.shape[0]
            return Array(tuple(array.entries[i * n + i] for i in range(n)), (n, None))
        if len(array.shape) > 1:
            raise Mismatch("this takes a vector or a square matrix", array)
        n = len(array.entries)
        return Array(tuple(array.entries[i] if i == j else zero for i in range(n) for j in range(n)), (n, n))


def flat(array: Array[T]) -> Array[T]:
    """A one by one matrix as a number."""
    return array if any(s is not None for s in array.sides) else Array(array.entries)


def _sides_of(front: tuple[int, ...], inner: Array[T], over: int) -> Sides:
    """The sides of a contracted derivative: those of what it is taken by, as they lie."""
    if front:
        back = inner.shape[over:]
        return (*front, *back) if len(front) + len(back) > 1 else (*front, *back, None)
    real = list(inner.shape[over:])
    layout = inner.by.sides if hasattr(inner.by, "sides") else None
    if layout is not None and sum(s is not None for s in layout) == len(real):
        sizes = iter(real)
        return tuple(None if s is None else next(sizes) for s in layout)
    return (real[0], None) if len(real) == 1 else tuple(real)
