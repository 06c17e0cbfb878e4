"""Bounds as formulas: powers of slope bounds, coefficients, norms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from symbackprop.render.matrix_terms import Whole, WholePartial, members
from symbackprop.render.setting import PRODUCT, Setter
from symbackprop.vocabulary.arithmetic import mul
from symbackprop.vocabulary.expressions import ONE, Expression, Number
from symbackprop.vocabulary.flows import ENDS, Bound, BoundTerm, Item, Norm, Tally
from symbackprop.vocabulary.functions import Function


class Bounds:
    """Sets bounds in one notation and markup."""

    def __init__(self, setter: Setter) -> None:
        self.setter = setter
        self.markup = setter.markup
        self.scalar = not any(q.axes for q in setter.network.quantities)

    def bound(self, bound: Bound) -> str:
        """A bound, empty where there is none."""
        if bound is None:
            return ""
        terms = [self.term(t.slopes, t.coefficient, t.norms) for t in bound]
        return terms[0] if len(terms) == 1 else self.markup.added([(False, t) for t in terms])

    def product(self, start: Expression | None, tally: Tally | None, own: BoundTerm | None) -> str:
        """The bound of a gradient: the norm of the upstream gradient times everything from there down."""
        slopes: dict[Function, int] = dict(tally.slopes) if tally else {}
        coefficient: Expression = tally.coefficient if tally else ONE
        items: list[Item | None] = []
        if tally:
            items += tally.top if tally.items <= ENDS else tally.top[:2]
            if ENDS < tally.items <= 2 * ENDS:
                items = [*tally.top, *tally.bottom[2 * ENDS - tally.items :]]
            elif tally.items > 2 * ENDS:
                items = [*tally.top[:2], None, *tally.bottom[-2:]]
        if own is not None:
            for function, times in own.slopes.items():
                slopes[function] = slopes.get(function, 0) + times
            coefficient = mul(coefficient, own.coefficient)
            items += own.norms
        return self.term(slopes, coefficient, items, start)

    def term(
        self,
        slopes: Mapping[Function, int],
        coefficient: Expression,
        items: Iterable[Item | None],
        start: Expression | None = None,
    ) -> str:
        """One product; None among the items stands for those that are left out."""
        parts: list[str] = []
        if start is not None:
            parts.append(self.fenced(start))
        numbers = [(Fraction(f.bound), times) for f, times in slopes.items() if Fraction(f.bound) != 1]
        if len(numbers) == 1 and numbers[0][1] == 1:
            coefficient = mul(Number(numbers[0][0]), coefficient)
            numbers = []
        if coefficient != ONE:
            parts.append(self.setter.tight(self.setter.piece(coefficient), PRODUCT))
        parts += [self.power(number, times) for number, times in numbers]
        for item in items:
            if item is None:
                parts.append(self.markup.symbol(r"\cdots"))
            elif isinstance(item, Norm):
                parts.append(self.norm(item))
            else:
                parts.append(self.markup.parenthesised(self.bound(item)))
        return self.markup.juxtaposed(parts) if parts else self.markup.number(Fraction(1))

    def power(self, number: Fraction, times: int) -> str:
        """A power of a slope bound."""
        text = self.markup.decimal(f"{float(number):g}") if number.denominator > 100 else self.markup.number(number)
        if times == 1:
            return text
        return self.markup.power(self.markup.parenthesised(text), str(times))

    def norm(self, norm: Norm) -> str:
        """A norm of a quantity."""
        inside = self.setter.set(Whole(norm.quantity))
        if norm.kind == "abs":
            return self.markup.fenced("abs", inside)
        sign = {"2": "2", "F": "F", "max": r"\infty"}[norm.kind]
        return self.markup.scripts(self.markup.fenced("norm", inside), [self.markup.symbol(sign)], "")

    def fenced(self, e: Expression) -> str:
        """The absolute value of a number, the norm of anything else."""
        inside = self.setter.set(e)
        if self.scalar:
            return self.markup.fenced("abs", inside)
        quantities = [part.by if isinstance(part, WholePartial) else part.quantity for part in _wholes(e)]
        kind = "F" if any(len(q.axes) > 1 for q in quantities) else "2"
        return self.markup.scripts(self.markup.fenced("norm", inside), [self.markup.symbol(kind)], "")

    def layer_values(self, functions: Sequence[Function], bound: str) -> str:
        """The two values of a layer whose slope is 0 or 1, empty for any other."""
        if len(functions) == 1 and functions[0].slope_values == ("0", "1") and self.scalar:
            return self.markup.number(Fraction(0)) + self.markup.words(" or ") + bound
        return ""


def _wholes(e: Expression) -> Iterator[Whole | WholePartial]:
    """The whole quantities in a formula."""
    todo = [e]
    while todo:
        part = todo.pop()
        if isinstance(part, Whole | WholePartial):
            yield part
        todo.extend(members(part))
