"""Matrices while a matrix formula is put together: each with its transpose, each written as it reads best.

Nothing here knows indices. A product has two spellings, ``A B`` and, transposed, ``B^T A^T`` or ``(A B)^T``; which
one is wanted is known only later, so both are kept, with what they cost the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from symbackprop.render.matrix_terms import (
    Diagonal,
    Hadamard,
    HadamardPower,
    Identity,
    Ones,
    Product,
    SquaredNorm,
    transposed,
)
from symbackprop.vocabulary.arithmetic import mul
from symbackprop.vocabulary.expressions import Expression, Number
from symbackprop.vocabulary.quantities import Dimension

Build = Callable[[list[Expression]], Expression]

TURN, WRAP = 2, 3
"""What a transposed symbol and a transposed parenthesis cost the reader."""


class Faces(NamedTuple):
    """A matrix and its transpose, with what each costs the reader; of a vector, the column and the row."""

    upright: Expression
    turned: Expression
    upright_cost: int
    turned_cost: int

    @property
    def transpose(self) -> Faces:
        return Faces(self.turned, self.upright, self.turned_cost, self.upright_cost)

    @property
    def lighter(self) -> Expression:
        """The face that costs less."""
        return self.turned if self.turned_cost < self.upright_cost else self.upright


def symbol(node: Expression) -> Faces:
    """The faces of a matrix that has a name of its own."""
    return Faces(node, transposed(node), 0, TURN)


def ones(dimension: Dimension) -> Faces:
    """The column of ones, which costs nothing either way."""
    return Faces(Ones(dimension), transposed(Ones(dimension)), 0, 0)


def diagonal(vector: Faces) -> Faces:
    """The diagonal matrix of a vector, its own transpose."""
    node = Diagonal(vector.lighter)
    return Faces(node, node, 0, 0)


def identity(dimension: Dimension) -> Faces:
    """The identity matrix, its own transpose."""
    return Faces(Identity(dimension), Identity(dimension), 0, 0)


def product(*matrices: Faces) -> Faces:
    """The matrix product.

    >>> n = Dimension("n", "n")
    >>> product(ones(n), ones(n).transpose).upright
    Product(Ones(Dimension(name='n', size='n'),), Transposed(Ones(Dimension(name='n', size='n'),),))
    """
    essential = [m for m in matrices if not isinstance(m.upright, Identity)] or list(matrices[:1])
    if len(essential) == 1:
        return essential[0]
    upright = _flat([m.upright for m in essential])
    turned = _flat([m.turned for m in reversed(essential)])
    upright_cost, turned_cost = sum(m.upright_cost for m in essential), sum(m.turned_cost for m in essential)
    wrap = WRAP - any(isinstance(m.upright, Diagonal) for m in essential)  # rather all in one parenthesis
    if turned_cost > upright_cost + wrap:
        return Faces(upright, transposed(upright), upright_cost, upright_cost + WRAP)
    if upright_cost > turned_cost + wrap:
        return Faces(transposed(turned), turned, turned_cost + WRAP, turned_cost)
    return Faces(upright, turned, upright_cost, turned_cost)


def _flat(factors: Sequence[Expression]) -> Expression:
    return Product(tuple(g for f in factors for g in (f.factors if isinstance(f, Product) else (f,))))


def scaled(matrix: Faces, scalars: Sequence[Expression]) -> Faces:
    """The matrix with scalars in front of it."""
    return matrix._replace(upright=mul(*scalars, matrix.upright), turned=mul(*scalars, matrix.turned))


def entrywise(build: Build, matrices: Sequence[Faces], lean: float) -> Faces:
    """A matrix built entry by entry from others, written in the cheaper direction.

    ``lean`` is what the upright direction costs more than the turned one for other reasons.
    """
    upright_cost, turned_cost = sum(m.upright_cost for m in matrices), sum(m.turned_cost for m in matrices)
    if turned_cost < upright_cost + lean:
        node = build([m.turned for m in matrices])
        return Faces(transposed(node), node, WRAP, 0)
    node = build([m.upright for m in matrices])
    return Faces(node, transposed(node), 0, WRAP)


def hadamard(matrices: Sequence[Faces], lean: float) -> Faces:
    """The product entry by entry, in the given order."""

    def build(nodes: list[Expression]) -> Expression:
        return Hadamard(tuple(g for f in nodes for g in (f.factors if isinstance(f, Hadamard) else (f,))))

    return matrices[0] if len(matrices) == 1 else entrywise(build, matrices, lean)


def diagonals_first(vectors: Sequence[Faces], is_slope: Callable[[Expression], bool], lean: float) -> Faces:
    """The product of vectors entry by entry as one vector behind diagonal matrices, the last factor outermost.

    The vector that stays one is the first that is not a slope. A repeated factor becomes a power.
    """
    groups: dict[Expression, list[Faces]] = {}
    for vector in vectors:
        groups.setdefault(vector.upright, []).append(vector)
    powers = [_power(group[0], len(group), lean) for group in groups.values()]
    base = next((k for k, vector in enumerate(powers) if not is_slope(vector.lighter)), 0)
    others = powers[:base] + powers[base + 1 :]
    return product(*(diagonal(v) for v in reversed(others)), powers[base])


def _power(vector: Faces, times: int, lean: float) -> Faces:
    if times == 1:
        return vector
    return entrywise(lambda nodes: HadamardPower(nodes[0], Number(times)), [vector], lean)


def inner_product(left: Faces, right: Faces) -> Expression:
    """The scalar ``u^T v`` of two columns (of two rows, ``u v^T``), or ``v^T u`` where that is clearly lighter."""
    both = product(left.transpose, right)
    return both.turned if both.upright_cost > both.turned_cost + 1 else both.upright


def squared_norm(matrix: Faces) -> Expression:
    """The sum of the squares of the entries."""
    return SquaredNorm(matrix.lighter)
