"""The shapes of matrix formulas, and whether their parts meet."""

from __future__ import annotations

from itertools import pairwise

from symbackprop.render.matrix_terms import (
    Diagonal,
    Hadamard,
    HadamardPower,
    Identity,
    Layout,
    Ones,
    Product,
    Shape,
    Side,
    SquaredNorm,
    Transposed,
    Whole,
    WholePartial,
    members,
    sides,
)
from symbackprop.tables.activations import SOFTMAX
from symbackprop.vocabulary.expressions import Add, Call, Expression, Mul, Number, Pow, Symbol, Walk, run
from symbackprop.vocabulary.functions import Function


def whole_partial(function: Function, slope: int) -> bool:
    """Whether a call of the function is the gradient of an unspecified scalar function of whole quantities."""
    return function.whole and function is not SOFTMAX and slope > 0


class ShapeError(ValueError):
    """The shapes of a matrix formula do not meet."""


def shape(node: Expression, layout: Layout) -> Shape:
    """The rows and columns of a matrix formula in a layout.

    Raises :class:`ShapeError` where the parts of the formula cannot meet.

    >>> from symbackprop.vocabulary.quantities import Dimension, Quantity
    >>> n, m = Dimension("n0", "n"), Dimension("n1", "m")
    >>> w, x = Whole(Quantity("W0", "weight", (n, m))), Whole(Quantity("x", "input", (n,)))
    >>> shape(Product((Transposed(w), x)), Layout())
    (Dimension(name='n1', size='m'), None)
    >>> shape(Product((w, x)), Layout(weights="target-first"))
    (Dimension(name='n1', size='m'), None)
    >>> shape(Product((w, x)), Layout())
    Traceback (most recent call last):
        ...
    symbackprop.render.matrix_shapes.ShapeError: n x m cannot be followed by n x 1
    """

    def walk(e: Expression) -> Walk[Shape]:
        known = done.get(id(e))
        if known is None:
            inner = []
            for member in members(e):
                inner.append((yield walk(member)))
            known = done[id(e)] = _shape(e, inner, layout)
        return known

    done: dict[int, Shape] = {}
    return run(walk(node))


def _shape(e: Expression, inner: list[Shape], layout: Layout) -> Shape:
    """The shape of a node from the shapes of its members."""
    if isinstance(e, Number | Symbol):
        return None, None
    if isinstance(e, Whole):
        axes = e.quantity.axes
        return sides(axes if len(axes) != 2 or layout.in_order(e.quantity) else axes[::-1], layout)
    if isinstance(e, WholePartial):
        return layout.turned(_shape(Whole(e.by), [], layout))
    if isinstance(e, Ones):
        return e.dimension, None
    if isinstance(e, Identity):
        return e.dimension, e.dimension
    if isinstance(e, Transposed):
        return inner[0][::-1]
    if isinstance(e, SquaredNorm):
        return None, None
    if isinstance(e, Diagonal):
        along = [side for side in inner[0] if side is not None]
        if len(along) != 1:
            raise ShapeError(f"{_spoken(inner[0])} is not a column or a row")
        return along[0], along[0]
    if isinstance(e, Product):
        for left, right in pairwise(inner):
            if _extent(left[1]) != _extent(right[0]):
                raise ShapeError(f"{_spoken(left)} cannot be followed by {_spoken(right)}")
        return inner[0][0], inner[-1][1]
    if isinstance(e, Mul):
        matrices = [s for s in inner if s != (None, None)]
        if len(matrices) > 1:
            raise ShapeError(f"{_spoken(matrices[0])} and {_spoken(matrices[1])} are not multiplied like numbers")
        return matrices[0] if matrices else (None, None)
    if isinstance(e, Pow | HadamardPower):
        if inner[1] != (None, None) or (isinstance(e, Pow) and inner[0] != (None, None)):
            raise ShapeError(f"{_spoken(inner[0])} has no power {_spoken(inner[1])}")
        return inner[0]
    if isinstance(e, Call) and whole_partial(e.function, e.slope):
        return layout.turned(inner[e.slope - 1])
    if isinstance(e, Call) and e.function.whole and e.function is not SOFTMAX:
        return None, None
    if isinstance(e, Call):
        inner = [s for s in inner if s != (None, None)] or [(None, None)]
    if isinstance(e, Add | Hadamard | Call):
        for other in inner[1:]:
            if not same(other, inner[0]):
                raise ShapeError(f"{_spoken(inner[0])} and {_spoken(other)} are not the same shape")
        return inner[0]
    raise ShapeError(f"{e!r} is not a matrix formula")


def same(one: Shape, other: Shape) -> bool:
    """Whether two shapes have the same sizes, whatever their dimensions are called."""
    return tuple(map(_extent, one)) == tuple(map(_extent, other))


def _extent(side: Side) -> int | str:
    return 1 if side is None else side.size


def _spoken(s: Shape) -> str:
    return f"{_extent(s[0])} x {_extent(s[1])}"
