"""Matrix formulas as index formulas: a value is an expression and the indices that are its rows and columns.

A column has the sides ``(i, None)``, a row ``(None, j)``, a matrix ``(i, j)``, a number none at all. Every open side
of every value has an index of its own until two values meet; then one of the two letters takes the other's place.
"""

from __future__ import annotations

from dataclasses import dataclass

from symbackprop.networks.equations.sizes import Size, Sizes
from symbackprop.vocabulary.arithmetic import add, delta, mul, replace_index, summed
from symbackprop.vocabulary.expressions import Expression
from symbackprop.vocabulary.quantities import Dimension, Index

Sides = tuple[Index | None, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """An expression whose entries are told apart by the indices of its sides."""

    expression: Expression
    sides: Sides = ()

    @property
    def open(self) -> tuple[Index, ...]:
        """The indices of the sides that are not units."""
        return tuple(side for side in self.sides if side is not None)

    def with_expression(self, expression: Expression) -> Value:
        """The same sides around another expression."""
        return Value(expression, self.sides)


class Mismatch(Exception):
    """Two values cannot be combined; ``rule`` says what would have to agree."""

    def __init__(self, left: Value, right: Value, rule: str) -> None:
        super().__init__(rule)
        self.left = left
        self.right = right
        self.rule = rule


class Tensors:
    """The operations on values, over the sizes of one set of equations."""

    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes
        self.hints: dict[str, str] = {}
        self._made = 0

    def index(self, size: Size, hint: str = "") -> Index:
        """A new index over a size; ``hint`` is the letter it should be shown with."""
        self._made += 1
        letter = f"#{self._made}"
        self.hints[letter] = hint
        return Index(letter, Dimension(f"?{size}", f"?{size}"))

    def size(self, index: Index) -> Size:
        """The size that an index runs over."""
        return int(str(index.dimension.size)[1:])

    def meet(self, left: Index, right: Index) -> bool:
        """Make the sizes of two indices equal, if they can be."""
        return self.sizes.meet(self.size(left), self.size(right))

    def shape(self, value: Value) -> str:
        """The shape of a value in a message: ``m x n``."""
        if not value.sides:
            return "a number"
        return " x ".join(self.sizes.spoken(None if s is None else self.size(s)) for s in value.sides)

    def product(self, left: Value, right: Value) -> Value:
        """The matrix product; a number multiplies every entry."""
        if not left.sides or not right.sides:
            return Value(mul(left.expression, right.expression), left.sides or right.sides)
        if len(left.sides) != 2 or len(right.sides) != 2:
            raise Mismatch(left, right, "only matrices, columns and rows are multiplied like this")
        (rows, inner), (other, columns) = left.sides, right.sides
        if (inner is None) != (other is None) or (inner and other and not self.meet(inner, other)):
            raise Mismatch(left, right, "the columns of the first must be as many as the rows of the second")
        expression = right.expression
        if inner is not None and other is not None:
            expression = mul(left.expression, replace_index(expression, {other: inner}))
            return flat(Value(summed((inner,), expression), (rows, columns)))
        return flat(Value(mul(left.expression, expression), (rows, columns)))

    def dot(self, left: Value, right: Value) -> Value:
        """The sum of the products of corresponding entries."""
        both = self.entrywise([left, right], "both must have the same shape")
        return Value(summed(both[0].open, mul(*(v.expression for v in both))))

    def outer(self, left: Value, right: Value) -> Value:
        """The matrix of the products of all entries of two vectors."""
        if len(left.open) != 1 or len(right.open) != 1:
            raise Mismatch(left, right, "an outer product is of two vectors")
        return Value(mul(left.expression, right.expression), (left.open[0], right.open[0]))

    def transposed(self, value: Value) -> Value:
        """Rows and columns exchanged."""
        if len(value.sides) > 2:
            raise Mismatch(value, value, "only a matrix, a column or a row has a transpose")
        return Value(value.expression, value.sides[::-1])

    def entrywise(self, values: list[Value], rule: str) -> list[Value]:
        """The values with the same sides; a number, a row or a column is repeated along what it lacks."""
        shaped = [v for v in values if v.sides]
        if not shaped:
            return values
        length = max(len(v.sides) for v in shaped)
        common: list[Index | None] = [None] * length
        first: list[Value] = [shaped[0]] * length
        found = []
        repeating = any(len(v.open) > 1 for v in shaped)
        for value in values:
            lies_across = [s is None for s in value.sides] != [s is None for s in shaped[0].sides]
            if value.sides and (len(value.sides) != length or not repeating and lies_across):
                raise Mismatch(shaped[0], value, rule)
            mapping: dict[Index, Index | int] = {}
            for position, side in enumerate(value.sides):
                if side is None:
                    continue
                known = common[position]
                if known is None:
                    common[position], first[position] = side, value
                elif known != side:
                    if not self.meet(known, side):
                        raise Mismatch(first[position], value, rule)
                    mapping[side] = known
            found.append(Value(replace_index(value.expression, mapping), value.sides))
        return [Value(v.expression, tuple(common)) for v in found]

    def sum(self, values: list[Value], rule: str) -> Value:
        """A sum, entry by entry."""
        both = self.entrywise(values, rule)
        return Value(add(*(v.expression for v in both)), both[0].sides)

    def hadamard(self, values: list[Value], rule: str) -> Value:
        """A product entry by entry."""
        both = self.entrywise(values, rule)
        return Value(mul(*(v.expression for v in both)), both[0].sides)

    def diagonal(self, value: Value) -> Value:
        """The diagonal matrix of a vector, or the diagonal of a matrix as a column."""
        if len(value.open) == 1:
            index = value.open[0]
            other = self.index(self.size(index), self.hints.get(index.letter, ""))
            return Value(mul(value.expression, delta(index, other)), (index, other))
        rows, columns = self.square(value)
        return Value(replace_index(value.expression, {columns: rows}), (rows, None))

    def trace(self, value: Value) -> Value:
        """The sum of the diagonal."""
        if not value.sides:
            return value
        rows, columns = self.square(value)
        return Value(summed((rows,), replace_index(value.expression, {columns: rows})))

    def square(self, value: Value) -> tuple[Index, Index]:
        """The rows and columns of a square matrix."""
        if len(value.open) != 2 or not self.meet(*value.open):
            raise Mismatch(value, value, "this takes a square matrix")
        return value.open[0], value.open[1]

    def total(self, value: Value) -> Value:
        """The sum of all entries."""
        return Value(summed(value.open, value.expression))


def flat(value: Value) -> Value:
    """A one by one matrix as a number."""
    return value if value.open else Value(value.expression)
