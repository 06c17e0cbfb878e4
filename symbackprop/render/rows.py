"""Breaking what is too wide into rows: a sum between its terms, a product between its factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from symbackprop.render.matrix_terms import Hadamard, Product, Transposed
from symbackprop.render.setting import PRODUCT, SUM, Setter
from symbackprop.vocabulary.arithmetic import is_coefficient, is_negative, mul
from symbackprop.vocabulary.expressions import MINUS_ONE, Add, Expression, Mul, Number, Sum

WIDEST = 78
"""A right side that takes more columns than this as text is broken."""

TIMES = r"\cdot"


class Row(NamedTuple):
    """A row of a right side; all but the first begin with the sign at which the formula was broken."""

    text: str
    sign: str = ""


class Breaker:
    """Sets formulas as rows; widths are measured in the text of a terminal."""

    def __init__(self, setter: Setter, ruler: Setter) -> None:
        self.setter = setter
        self.ruler = ruler

    def rows(self, e: Expression) -> tuple[Row, ...]:
        """A formula as one row, or as several if it is too wide and can be broken."""
        text = self.setter.set(e)
        if len(text) <= WIDEST or self.width(e) <= WIDEST:
            return (Row(text),)
        if isinstance(e, Add):
            return self.terms(e)
        if isinstance(e, Mul | Product):
            return self.factors(e)
        if isinstance(e, Hadamard):
            sign = self.setter.notation.hadamard
            beginning, *others = (self.factor(factor) for factor in e.factors)
            return (*beginning, *(row for rows in others for row in (Row(rows[0].text, sign), *rows[1:])))
        if isinstance(e, Sum) and isinstance(e.body, Mul):
            first, *rest = self.rows(e.body)
            return (Row(self.setter.markup.total([i.letter for i in e.indices], first.text)), *rest)
        return (Row(text),)

    def width(self, e: Expression) -> int:
        """The columns that a formula takes as text."""
        return len(self.ruler.set(e))

    def terms(self, e: Add) -> tuple[Row, ...]:
        """A sum, broken between its terms."""
        groups: list[list[Expression]] = []
        width = 0
        for term in e.terms:
            wide = self.width(term) + 3
            if not groups or width + wide > WIDEST:
                groups.append([])
                width = 0
            groups[-1].append(term)
            width += wide
        found: list[Row] = []
        for group in groups:
            negative = bool(found) and is_negative(group[0])
            turned = [mul(MINUS_ONE, term) for term in group] if negative else group
            first, *rest = self.rows(turned[0] if len(turned) == 1 else Add(tuple(turned)))
            if negative and len(group) > 1:  # the sign stands before the first term alone
                text = self.setter.set(Add((turned[0], *group[1:])))
                first, rest = Row(text), []
            found += [Row(first.text, ("-" if negative else "+") if found else ""), *rest]
        return tuple(found)

    def factors(self, e: Mul | Product) -> tuple[Row, ...]:
        """A product, broken between its factors; a coefficient stays with what follows it."""
        groups: list[list[Expression]] = [[]]
        width = 0
        for factor in e.factors:
            wide = self.width(factor) + 3
            if not all(map(_bare, groups[-1])) and width + wide > WIDEST:
                groups.append([])
                width = 0
            groups[-1].append(factor)
            width += wide
        found: list[Row] = []
        for group in groups:
            rows = self.group(group, type(e), alone=len(groups) == 1)
            found += [Row(rows[0].text, TIMES if found else ""), *rows[1:]]
        return tuple(found)

    def group(self, group: Sequence[Expression], kind: type[Mul] | type[Product], alone: bool) -> tuple[Row, ...]:
        """Some factors of a product as one row, or the rows of the one that is too wide by itself."""
        *before, last = group
        if not before and not alone:
            return self.factor(last)
        if before and isinstance(last, _INNER | Transposed) and all(map(_bare, before)):
            number = self.setter.set(before[0] if len(before) == 1 else Mul(tuple(before)))
            first, *rest = self.rows(last) if isinstance(last, Sum | Product) else self.factor(last)
            return (Row(self.setter.markup.juxtaposed([number, first.text])), *rest)
        product = group[0] if len(group) == 1 else kind(tuple(group))
        return (Row(self.setter.tight(self.setter.piece(product), SUM if alone else PRODUCT)),)

    def factor(self, e: Expression) -> tuple[Row, ...]:
        """A factor of a product, in parentheses where it needs them."""
        if isinstance(e, Transposed) and isinstance(e.inner, _INNER) and self.width(e) > WIDEST:
            *rows, last = self.fenced(e.inner)
            return (*rows, Row(self.setter.transposed(e.inner, last.text), last.sign))
        if isinstance(e, Add | Sum) or (isinstance(e, Hadamard | Product) and self.width(e) > WIDEST):
            return self.fenced(e)
        return (Row(self.setter.tight(self.setter.piece(e), PRODUCT + 1)),)

    def fenced(self, e: Expression) -> tuple[Row, ...]:
        """A sum in parentheses, which may take several rows."""
        inside = self.rows(e)
        if len(inside) == 1:
            return (Row(self.setter.markup.parenthesised(inside[0].text)),)
        opened, closed = self.setter.markup.opened(inside[0].text), self.setter.markup.closed(inside[-1].text)
        return (Row(opened), *inside[1:-1], Row(closed, inside[-1].sign))


_INNER = Add | Sum | Hadamard | Product
"""What stands in parentheses when it is a factor or is transposed."""


def _bare(factor: Expression) -> bool:
    """Whether a factor is a number or a coefficient, which stays with what follows it."""
    return isinstance(factor, Number) or is_coefficient(factor)
