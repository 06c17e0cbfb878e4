"""Matrix formulas: the nodes that index formulas do not have, and how a notation lays entries out in matrices.

A matrix formula is an :class:`Expression` whose values are matrices; columns and rows are matrices with a unit side,
scalars have two. A sum is :class:`Add`, a scalar in front :class:`Mul`, a function applied to every entry
:class:`Call`, to which a scalar argument is the same for every entry. Nothing else is spread out silently: what
repeats a column does so by a product with :class:`Ones`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from symbackprop.vocabulary.expressions import Expression, children
from symbackprop.vocabulary.quantities import Dimension, Index, Quantity

Side = Dimension | None
"""The rows or the columns of a matrix; None for a unit side."""

Shape = tuple[Side, Side]


class Whole(Expression):
    """A quantity as one matrix, column, row or scalar, as the layout shows it."""

    __slots__ = ("quantity",)

    def __init__(self, quantity: Quantity) -> None:
        self.quantity = quantity
        self._hash = hash(("whole", id(quantity)))

    def parts(self) -> tuple[Any, ...]:
        return (self.quantity,)


class WholePartial(Expression):
    """The gradient of a scalar quantity by another quantity, in the shape that the layout gives to gradients."""

    __slots__ = ("by", "of")

    def __init__(self, of: Quantity, by: Quantity) -> None:
        self.of = of
        self.by = by
        self._hash = hash(("whole partial", id(of), id(by)))

    def parts(self) -> tuple[Any, ...]:
        return (self.of, self.by)


class Ones(Expression):
    """The column of ones along a dimension."""

    __slots__ = ("dimension",)

    def __init__(self, dimension: Dimension) -> None:
        self.dimension = dimension
        self._hash = hash(("ones", dimension))

    def parts(self) -> tuple[Any, ...]:
        return (self.dimension,)


class Identity(Expression):
    """The identity matrix of a dimension."""

    __slots__ = ("dimension",)

    def __init__(self, dimension: Dimension) -> None:
        self.dimension = dimension
        self._hash = hash(("identity", dimension))

    def parts(self) -> tuple[Any, ...]:
        return (self.dimension,)


class Product(Expression):
    """A matrix product."""

    __slots__ = ("factors",)

    def __init__(self, factors: tuple[Expression, ...]) -> None:
        self.factors = factors
        self._hash = hash(("product", factors))

    def parts(self) -> tuple[Any, ...]:
        return self.factors


class Hadamard(Expression):
    """A product entry by entry."""

    __slots__ = ("factors",)

    def __init__(self, factors: tuple[Expression, ...]) -> None:
        self.factors = factors
        self._hash = hash(("hadamard", factors))

    def parts(self) -> tuple[Any, ...]:
        return self.factors


class HadamardPower(Expression):
    """A power entry by entry; the exponent is a scalar."""

    __slots__ = ("base", "exponent")

    def __init__(self, base: Expression, exponent: Expression) -> None:
        self.base = base
        self.exponent = exponent
        self._hash = hash(("hadamard power", base, exponent))

    def parts(self) -> tuple[Any, ...]:
        return (self.base, self.exponent)


class Transposed(Expression):
    """A transposed matrix."""

    __slots__ = ("inner",)

    def __init__(self, inner: Expression) -> None:
        self.inner = inner
        self._hash = hash(("transposed", inner))

    def parts(self) -> tuple[Any, ...]:
        return (self.inner,)


class Diagonal(Expression):
    """The diagonal matrix of a column or of a row."""

    __slots__ = ("vector",)

    def __init__(self, vector: Expression) -> None:
        self.vector = vector
        self._hash = hash(("diagonal", vector))

    def parts(self) -> tuple[Any, ...]:
        return (self.vector,)


class SquaredNorm(Expression):
    """The sum of the squares of all entries: the square of the length, or of the Frobenius norm."""

    __slots__ = ("inner",)

    def __init__(self, inner: Expression) -> None:
        self.inner = inner
        self._hash = hash(("squared norm", inner))

    def parts(self) -> tuple[Any, ...]:
        return (self.inner,)


def members(e: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside a matrix formula.

    >>> members(Transposed(Ones(Dimension("n1", "n"))))
    (Ones(Dimension(name='n1', size='n'),),)
    """
    if isinstance(e, Product | Hadamard):
        return e.factors
    if isinstance(e, Transposed | SquaredNorm):
        return (e.inner,)
    if isinstance(e, Diagonal):
        return (e.vector,)
    if isinstance(e, HadamardPower):
        return (e.base, e.exponent)
    return children(e)


def transposed(e: Expression) -> Expression:
    """The transpose of a matrix, a double one undone."""
    return e.inner if isinstance(e, Transposed) else Transposed(e)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a notation lays entries out in matrices.

    ``weights``: ``source-first`` shows a weight W[i,j] with its sources i as rows, ``target-first`` transposed.
    ``vectors``: an x[i] is a column or a row. ``samples``: the samples of a batch are the rows or the columns of
    X[s,i], and a quantity with one number per sample stands accordingly. ``slopes``: a slope multiplies a column
    entry by entry, or as a diagonal matrix. ``gradients``: a gradient has the shape of its variable, or the
    transposed one (numerator layout). ``batch`` is the name of the dimension of samples.
    """

    weights: Literal["source-first", "target-first"] = "source-first"
    vectors: Literal["columns", "rows"] = "columns"
    samples: Literal["rows", "columns"] = "rows"
    slopes: Literal["hadamard", "diagonal"] = "hadamard"
    gradients: Literal["shape of the variable", "transposed"] = "shape of the variable"
    batch: str = "samples"

    def stands(self, dimension: Dimension) -> bool:
        """Whether what has this one axis is a column (else a row)."""
        if dimension.name == self.batch:
            return self.samples == "rows"
        return self.vectors == "columns"

    def in_order(self, quantity: Quantity) -> bool:
        """Whether a quantity of two axes is shown with its first axis as rows (else as columns)."""
        first, second = (axis.name == self.batch for axis in quantity.axes)
        if first != second:
            return first == (self.samples == "rows")
        return quantity.kind != "weight" or quantity.latex is not None or self.weights == "source-first"

    def turned(self, shape: Shape) -> Shape:
        """The shape of the gradient by what has this shape."""
        return shape[::-1] if self.gradients == "transposed" else shape


def shown(quantity: Quantity, indices: tuple[Index, ...], layout: Layout) -> tuple[Index, ...]:
    """The indices of a quantity in the order in which its matrix shows them, rows first.

    >>> n, m = Dimension("n0", "n"), Dimension("n1", "m")
    >>> w, i, j = Quantity("W0", "weight", (n, m)), Index("i", n), Index("j", m)
    >>> [index.letter for index in shown(w, (i, j), Layout(weights="target-first"))]
    ['j', 'i']
    """
    return indices if len(indices) != 2 or layout.in_order(quantity) else indices[::-1]


def sides(dimensions: tuple[Dimension, ...], layout: Layout) -> Shape:
    """The shape of what has these dimensions, two in the order in which they are shown, one as its vectors are."""
    if len(dimensions) == 2:
        return dimensions[0], dimensions[1]
    if len(dimensions) == 1:
        return (dimensions[0], None) if layout.stands(dimensions[0]) else (None, dimensions[0])
    return None, None
