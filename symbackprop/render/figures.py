"""Numbers beside symbols: a formula with numbers put in, and the values of all entries."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from symbackprop.backward.evaluation import points
from symbackprop.render.rows import Row
from symbackprop.render.setting import Setter
from symbackprop.render.views import View
from symbackprop.vocabulary.expressions import (
    Add,
    Call,
    Expression,
    Mul,
    Number,
    Partial,
    Pow,
    Ref,
    Sum,
    Walk,
    children,
    run,
)
from symbackprop.vocabulary.quantities import Quantity

if TYPE_CHECKING:
    from symbackprop.backward.worked import Worked

Point = tuple[int, ...]
Values = Mapping[tuple[Quantity, Point], Fraction] | Mapping[tuple[Quantity, Point], float]


class Figures:
    """Sets the values that go with a derivation."""

    def __init__(self, setter: Setter, view: View, worked: Worked) -> None:
        self.setter = setter
        self.view = view
        self.worked = worked

    def of(self, entry: Ref, form: Expression, gradient: bool) -> tuple[tuple[Row, ...], ...]:
        """The right sides that end a line: the numbers put into a form of scalars, and the value."""
        quantity = entry.quantity
        values = self.worked.adjoints if gradient else self.worked.values
        if quantity.axes:
            return ((Row(self.array(quantity, values)),),)
        value = self.value(values[quantity, ()])
        numbers = run(self.put_in(form)) if self.worked.exact else None
        text = self.setter.set(numbers) if numbers is not None else value
        return ((Row(value),),) if text == value else ((Row(text),), (Row(value),))

    def value(self, number: Fraction | float) -> str:
        """A number, a rounded one to six digits."""
        if isinstance(number, Fraction):
            return self.setter.number(number)[0]
        return self.setter.markup.decimal(f"{number:.6g}")

    def array(self, quantity: Quantity, values: Values) -> str:
        """The values of all entries of a quantity, laid out as the notation shows it."""
        shown = self.view.shape(quantity)
        if len(quantity.axes) == 1:
            rows = [[self.value(values[quantity, p])] for p in points(quantity.axes)]
            if len(shown) == 2:
                rows = [[row[0] for row in rows]]
        elif len(quantity.axes) == 2:
            first, second = (range(n) for n in quantity.shape if isinstance(n, int))
            rows = [[self.value(values[quantity, (i, j)]) for j in second] for i in first]
            if not self.view.layout.in_order(quantity):
                rows = [list(row) for row in zip(*rows, strict=True)]
        else:
            rows = [[self.value(values[quantity, p]) for p in points(quantity.axes)]]
        return self.setter.markup.matrix(rows)

    def put_in(self, e: Expression) -> Walk[Expression | None]:
        """A formula of scalars with numbers in place of letters, nothing worked out; None if it has other parts."""
        if isinstance(e, Ref):
            return self.number(self.worked.values, e)
        if isinstance(e, Partial):
            cost = isinstance(e.of, Ref) and e.of.quantity.kind == "cost"
            return self.number(self.worked.adjoints, e.by) if cost else None
        parts: list[Expression] = []
        for child in children(e):
            part = yield self.put_in(child)
            if part is None:
                return None
            parts.append(part)
        if isinstance(e, Mul):
            return Mul(tuple(parts))
        if isinstance(e, Add):
            return Add(tuple(parts))
        if isinstance(e, Pow):
            return Pow(parts[0], parts[1])
        if isinstance(e, Call):
            return Call(e.function, tuple(parts), e.slope)
        return None if isinstance(e, Sum) else e

    def number(self, values: Values, ref: Ref) -> Expression | None:
        """The value of a scalar, if it is exact."""
        value = None if ref.indices else values.get((ref.quantity, ()))
        return Number(value) if isinstance(value, Fraction) else None
