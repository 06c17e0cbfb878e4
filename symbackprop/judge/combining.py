"""Sums, products, powers and what else is done with the values of parts."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from symbackprop.judge import naming
from symbackprop.judge.arrays import REPEATED, Array, Mismatch, Sides, flat, offset
from symbackprop.judge.readings import Misshapen, Slope, Tag, Unsupported
from symbackprop.judge.subjects import Named, Ones
from symbackprop.reading import tree as t
from symbackprop.reading.sexpr import sexpr
from symbackprop.reading.tree import Node, Sym
from symbackprop.symbolic.algebra import applied as value_of
from symbackprop.tables.functions import FUNCTIONS

if TYPE_CHECKING:
    from symbackprop.judge.evaluating import Evaluator

T = TypeVar("T")


def added(ev: Evaluator[T], node: t.Add) -> Array[T]:
    """A sum; in a wide reading, what an operator of differentiation begins is differentiated."""
    if ev.reading.wide:
        for position, term in enumerate(node.terms[:-1]):
            if isinstance(term, t.Deriv) and term.of.span[1] == term.span[1] and not isinstance(term.of, t.Sym):
                of = t.Add((term.of, *node.terms[position + 1 :]), span=(term.of.span[0], node.span[1]))
                wide = replace(term, of=of, span=(term.span[0], node.span[1]))
                return ev.arrays.sum([ev.value(part) for part in (*node.terms[:position], wide)])
    return ev.arrays.sum([ev.value(term) for term in node.terms])


def negated(ev: Evaluator[T], node: t.Neg) -> Array[T]:
    """Minus the body."""
    return ev.arrays.scaled(ev.algebra.number(Fraction(-1)), ev.value(node.body))


def times(ev: Evaluator[T], node: t.Mul) -> Array[T]:
    """A product from left to right."""
    values = [factor(ev, f) for f in node.factors]
    known = [v for v in values if not isinstance(v, bool)]
    if len(known) < len(values):
        return with_ones(ev, values)
    total = known[0]
    for sign, right in zip(node.operators, known[1:], strict=True):
        total = pair(ev, sign, total, right)
    return total


def factor(ev: Evaluator[T], node: Node) -> Array[T] | bool:
    """The value of a factor; of a vector of ones, whether it lies as a row."""
    inner = node.body if isinstance(node, t.Transpose) else node
    if isinstance(inner, Sym) and isinstance(ev.subject.meaning(inner), Ones):
        return inner is not node
    return ev.value(node)


def with_ones(ev: Evaluator[T], values: list[Array[T] | bool]) -> Array[T]:
    """A product with vectors of ones: a sum over rows or columns, or a repetition, left to the sum around it."""
    total: Array[T] | None = None
    before: bool | None = None
    one = ev.algebra.number(Fraction(1))
    for value in values:
        if isinstance(value, bool):
            last = total.sides[-1] if total is not None and total.sides else None
            if total is not None and not value and last is not None:
                total = ev.arrays.product(total, Array((one,) * last, (last, None)))
            elif total is not None and total.sides and (not value or last is not None):
                raise Mismatch("a column of ones follows the columns of a matrix, a row of ones a column", total)
            elif total is None or not total.sides:
                before = value
            continue
        if before is True and value.sides:
            rows = value.sides[0]
            if rows is None:
                raise Mismatch("a row of ones stands before a matrix or a column", value)
            value = ev.arrays.product(Array((one,) * rows, (None, rows)), value)
        elif before is False and value.sides and not value.row:
            raise Mismatch("a column of ones stands before a row", value)
        before = None if value.sides else before
        total = value if total is None else ev.arrays.product(total, value)
    total = ev.number(1) if total is None else total
    return total if before is None or total.sides else replace(total, of=REPEATED)


def pair(ev: Evaluator[T], sign: str, left: Array[T], right: Array[T]) -> Array[T]:
    """A product of two; a dot between two columns is their inner product."""
    if sign == "\\cdot" and left.column and right.column and not ev.reading.dots and left.inner is None:
        return ev.arrays.dot(left, right)
    if sign and ev.reading.dots and left.shape == right.shape and left.shape:
        return ev.arrays.hadamard([left, right])
    try:
        return ev.arrays.product(left, right)
    except Mismatch:
        pulled = ev.arrays.contracted(left, right)
        if pulled is not None:
            return pulled
        if ev.reading.entrywise:
            for a, b, first in ((left, right, True), (right, left, False)):
                if isinstance(a.of, Slope) and len(a.shape) == 1:
                    diagonal = ev.arrays.diagonal(a, ev.algebra.number(Fraction(0)))
                    return ev.arrays.product(diagonal, b) if first else ev.arrays.product(b, diagonal)
        raise


def entrywise(ev: Evaluator[T], node: t.Had) -> Array[T]:
    """A product entry by entry; where shapes do not meet so, its signs are taken from left to right."""
    try:
        return weakly(ev, node)
    except Mismatch:
        if not any(isinstance(factor, t.Mul) for factor in node.factors[1:]):
            raise
        try:
            return from_left(ev, node)
        except (Mismatch, Misshapen):
            pass
        raise


def from_left(ev: Evaluator[T], node: t.Had) -> Array[T]:
    r"""``A \odot B C`` as ``(A \odot B) C``."""
    total = ev.value(node.factors[0])
    for factor in node.factors[1:]:
        first, *rest = factor.factors if isinstance(factor, t.Mul) else (factor,)
        total = ev.arrays.hadamard([total, ev.value(first)])
        for other in rest:
            total = ev.arrays.product(total, ev.value(other))
    return total


def weakly(ev: Evaluator[T], node: t.Had) -> Array[T]:
    """A product entry by entry of what stands between its signs; a derivative of one array by another is diagonal."""
    values = [ev.value(f) for f in node.factors]
    plain = next((v.shape for v in values if len(v.shape) <= 2 and not square(v)), None)
    if plain is not None:
        values = [entry_by_entry(ev, v) if square(v) and v.shape[: v.inner] == plain else v for v in values]
    total = values[0]
    for value in values[1:]:
        total = ev.arrays.hadamard([total, value])
    return total


def entry_by_entry(ev: Evaluator[T], array: Array[T]) -> Array[T]:
    """The diagonal of the derivative of an array by another of its shape, shaped like it."""
    shape = array.shape[: array.inner]
    n = 1
    for size in shape:
        n *= size
    zero = ev.algebra.number(Fraction(0))
    for i in range(n):
        if any(array.entries[i * n + j] != zero for j in range(n) if j != i):
            raise Mismatch("entries of one depend on all entries of the other", array, array)
    sides = array.of.sides if isinstance(array.of, Tag) else (shape[0], None)
    return Array(tuple(array.entries[i * n + i] for i in range(n)), sides)


def quotient(ev: Evaluator[T], node: t.Div) -> Array[T]:
    """A quotient, entry by entry where both sides have entries."""
    above, below = ev.value(node.numerator), ev.value(node.denominator)
    minus = ev.algebra.number(Fraction(-1))
    inverse = ev.arrays.mapped(below, lambda e: ev.algebra.power(e, minus))
    if not below.sides or below.number:
        return ev.arrays.scaled(inverse.entries[0], above)
    return ev.arrays.hadamard([above, inverse], "what is divided entry by entry must have the same shape")


def inverse(ev: Evaluator[T], node: t.Pow, base: Array[T]) -> Array[T]:
    """The inverse of a diagonal matrix; that of another one is not found."""
    rows, columns = base.shape
    zero, minus = ev.algebra.number(Fraction(0)), ev.algebra.number(Fraction(-1))
    off = (base.entries[i * columns + j] for i in range(rows) for j in range(columns) if i != j)
    if rows != columns or node.exponent != t.Neg(t.Num("1")) or any(e != zero for e in off):
        raise Unsupported("only diagonal matrices are inverted", node)
    entries = (ev.algebra.power(e, minus) if k % (rows + 1) == 0 else e for k, e in enumerate(base.entries))
    return replace(base, entries=tuple(entries))


def raised(ev: Evaluator[T], node: t.Pow) -> Array[T]:
    """A power of every entry; the square of a norm needs no root."""
    exponent = ev.value(node.exponent)
    if not exponent.number:
        raise Unsupported("a power must be a number", node.exponent)
    if isinstance(node.base, t.Norm) and isinstance(node.exponent, t.Num) and node.exponent.text == "2":
        return squares(ev, node.base)
    base = ev.value(node.base)
    if isinstance(node.exponent, t.Num) and len(node.exponent.text) > 3:
        raise Unsupported("a power of at most 999 is expected", node.exponent)
    if isinstance(node.exponent, t.Neg) and len(base.shape) == 2 and min(base.shape) > 1:
        return inverse(ev, node, base)
    return ev.arrays.mapped(base, lambda e: ev.algebra.power(e, exponent.entries[0]))


def root(ev: Evaluator[T], node: t.Root) -> Array[T]:
    """A root of every entry."""
    if node.degree is not None and not isinstance(node.degree, t.Num):
        raise Unsupported("the degree of a root must be a number", node)
    degree = Fraction(1, int(node.degree.text[:3])) if isinstance(node.degree, t.Num) else Fraction(1, 2)
    power = ev.algebra.number(degree)
    return ev.arrays.mapped(ev.value(node.body), lambda e: ev.algebra.power(e, power))


def squares(ev: Evaluator[T], node: t.Norm) -> Array[T]:
    """The square of a norm."""
    if node.order is not None and sexpr(node.order) not in ("2", "F"):
        raise Unsupported(f"the norm {sexpr(node.order)}", node)
    value = ev.value(node.body).plain()
    return ev.arrays.total(ev.arrays.mapped(value, lambda e: ev.algebra.mul((e, e))))


def norm(ev: Evaluator[T], node: t.Norm) -> Array[T]:
    """A norm over all entries."""
    if node.order is not None and sexpr(node.order) == "1":
        return ev.arrays.total(ev.arrays.mapped(ev.value(node.body), lambda e: absolute(ev, e)))
    half = ev.algebra.number(Fraction(1, 2))
    return ev.arrays.mapped(squares(ev, node), lambda e: ev.algebra.power(e, half))


def absolute(ev: Evaluator[T], value: T) -> T:
    """An absolute value."""
    return value_of(ev.algebra, FUNCTIONS["abs"], [value])


def transposed(ev: Evaluator[T], node: t.Transpose) -> Array[T]:
    """The transpose."""
    value = ev.value(node.body)
    if not value.sides and isinstance(node.body, Sym):
        return value
    return ev.arrays.transposed(value)


def inner(ev: Evaluator[T], node: t.Inner) -> Array[T]:
    """An inner product."""
    return ev.arrays.dot(ev.value(node.left), ev.value(node.right))


def outer(ev: Evaluator[T], node: t.Outer) -> Array[T]:
    """An outer product."""
    return ev.arrays.outer(ev.value(node.left), ev.value(node.right))


def entry(ev: Evaluator[T], node: t.Entry) -> Array[T]:
    """An entry of a formula in brackets; of a name, its indices as they would stand on the name."""
    name = node.body.function if isinstance(node.body, t.App) else node.body
    meaning = ev.subject.meaning(name) if isinstance(name, Sym) else None
    if isinstance(meaning, Named) and not meaning.scripts and len(meaning.quantity.axes) == len(node.indices):
        order = tuple(range(len(node.indices))) if len(meaning.order) != len(node.indices) else meaning.order
        entry_at = naming.lying(ev, meaning._replace(scripts=node.indices, order=order), node)[1]
        return Array((ev.instance.values[meaning.quantity, entry_at],))
    value = ev.value(node.body)
    if len(value.shape) != len(node.indices):
        raise Unsupported(f"{len(node.indices)} indices on {len(value.shape)} axes", node)
    at = [naming.index(ev, i, size) for i, size in zip(node.indices, value.shape, strict=True)]
    return Array((value.entries[offset(value.shape, at)],))


def matrix(ev: Evaluator[T], node: t.Matrix) -> Array[T]:
    """A matrix written out entry by entry."""
    rows, columns = len(node.rows), max(map(len, node.rows))
    if any(len(row) != columns for row in node.rows):
        raise Unsupported("the rows of this matrix are not equally long", node)
    values = [ev.value(e) for row in node.rows for e in row]
    if not all(v.number for v in values):
        if columns == 1 and all(v.column for v in values):
            return Array(tuple(e for v in values for e in v.entries), (sum(len(v.entries) for v in values), None))
        raise Unsupported("the entries of a matrix must be numbers", node)
    sides: Sides = (rows if rows > 1 else None, columns if columns > 1 else None)
    return flat(Array(tuple(v.entries[0] for v in values), sides))


def absolutes(ev: Evaluator[T], node: t.Abs) -> Array[T]:
    """Absolute values."""
    return ev.arrays.mapped(ev.value(node.body), lambda e: absolute(ev, e))


def square(array: Array[T]) -> bool:
    """Whether an array is the derivative of an array by another of the same shape."""
    return bool(array.inner) and array.shape[: array.inner] == array.shape[array.inner or 0 :]
