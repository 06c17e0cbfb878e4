"""Gradients as products with one factor per layer, in the layout of a notation.

A gradient that the notation shows with the rows of the layer's input is a column times a row: the input, then from the
cost down ``(dC/dr)^T diag(f'(z)) W^T ...``. One that is shown transposed is read from the layer up to the cost:
``diag(f'(z)) W^T ... dC/dr``, then the input as a row. What has no matrix form stays a derivative.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from symbackprop.backward.slopes import factor_expression, slope_tree
from symbackprop.networks.model import Network
from symbackprop.render.matrix import matrix_form
from symbackprop.render.matrix_terms import (
    Diagonal,
    Identity,
    Layout,
    Product,
    Transposed,
    Whole,
    WholePartial,
    shown,
    transposed,
)
from symbackprop.vocabulary.arithmetic import add, mul
from symbackprop.vocabulary.expressions import ONE, Add, Call, Expression, Mul, Number, Partial, Ref
from symbackprop.vocabulary.flows import Flow, Gradient, Link, Share, Stage
from symbackprop.vocabulary.quantities import Dimension, Index, Quantity
from symbackprop.vocabulary.terms import Slope

LAYERS_SHOWN = 2
"""Of a long product so many layers at either end are written."""


class Group(NamedTuple):
    """Factors that stand over one brace, none for dots; ``layer`` is a quantity of the layer, or ``words`` say it."""

    factors: tuple[Expression, ...]
    layer: Quantity | None
    words: str = ""
    summed: tuple[Index, ...] = ()
    """In place of factors: a sum over these, of everything to the right."""


class Products:
    """Writes the gradients of one flow as groups of factors."""

    def __init__(self, network: Network, flow: Flow, layout: Layout) -> None:
        self.network = network
        self.flow = flow
        self.layout = layout

    def share(self, gradient: Gradient, share: Share) -> tuple[Group, ...]:
        """One product of a gradient, as groups from left to right."""
        if share.direct is not None or share.own is None or share.start is None:
            return (Group((self.direct(gradient, share.direct or ONE),), None, "in one piece"),)
        target = gradient.target.quantity
        own, at_left = self.own(share.own)
        across = not self.is_scalar(target, share)
        rowwise = not across or at_left or self.shown_as_row(target)
        down = self.down(share, across, rowwise)
        upstream = Group((self.upstream(share.start, across, rowwise),), None, "upstream")
        last = down[-1] if down else None
        above = self.flow.stages[share.last].lower if share.last is not None else share.start
        layer = self.flow.layers[self.flow.stages[share.last].layer] if share.last is not None else above
        joins = last is not None and above.kind == "pre-activation"
        if own is None:
            if not rowwise:
                down = [g._replace(factors=g.factors[::-1]) for g in reversed(down)]
                return self.summed(share.own, (*down, upstream))
            return self.summed(share.own, (upstream, *down))
        if not across:
            if joins and last is not None:
                kept = [f for f in (*last.factors, own) if not is_one(f)] or [own]
                return (upstream, *down[:-1], last._replace(factors=tuple(kept)))
            return (upstream, *down, Group((own,), layer))
        outer = self.is_outer(share.own)
        if not outer:  # the own factor is one more of the lowest layer
            mine = Group((own,), share.own.upper.quantity)
            if joins and last is not None:
                down[-1:], mine = [], last._replace(factors=(*last.factors, own))
            groups = (upstream, *down, mine)
            if not rowwise:
                groups = tuple(g._replace(factors=g.factors[::-1]) for g in reversed(groups))
            return self.summed(share.own, groups)
        mine = Group((own,), None, "input")
        if at_left:
            return self.summed(share.own, (mine, upstream, *down))
        back = [g._replace(factors=g.factors[::-1]) for g in reversed(down)]
        return self.summed(share.own, (*back, upstream, mine))

    def direct(self, gradient: Gradient, e: Expression) -> Expression:
        """What a target adds that stands in the cost itself, as a matrix where it has axes."""
        indices = tuple(i for i in gradient.target.indices if isinstance(i, Index))
        if not indices or len(indices) > 2:
            return e
        return matrix_form(e, shown(gradient.target.quantity, indices, self.layout), self.layout, True) or e

    def summed(self, own: Link, groups: tuple[Group, ...]) -> tuple[Group, ...]:
        """The groups after the sum over the samples, where the gradient of a weight is one."""
        samples = tuple(i._replace(letter="s") for i in own.summed if self.is_sample(i))
        if not samples:
            return groups
        return (Group((), None, summed=samples), *groups)

    def is_scalar(self, target: Quantity, share: Share) -> bool:
        """Whether nothing on the way has an axis."""
        assert share.start is not None
        return not (self.vector_axes(share.start) or target.axes or (share.own and share.own.upper.quantity.axes))

    def down(self, share: Share, across: bool, rowwise: bool) -> list[Group]:
        """The layers from the upstream gradient down, those in the middle of a long product as dots."""
        if share.last is None:
            return []
        tally = self.flow.tallies[share.last]
        lowest: list[int] = []
        number: int | None = share.last
        while number is not None and (len(lowest) < 3 * LAYERS_SHOWN or tally.count <= 6 * LAYERS_SHOWN):
            lowest.append(number)
            number = self.flow.stages[number].above
        lowest.reverse()
        if number is None:
            groups = self.layers(lowest, across, rowwise)
            if len(groups) <= 2 * LAYERS_SHOWN + 1:
                return groups
            top, bottom = groups, groups
        else:
            top = self.layers(tally.first, across, rowwise)
            bottom = self.layers(lowest, across, rowwise)
        top, bottom = top[:LAYERS_SHOWN], bottom[-LAYERS_SHOWN:]
        return [*top, Group((), None), *bottom]

    def layers(self, numbers: Sequence[int], across: bool, rowwise: bool) -> list[Group]:
        """Stages as the groups of their layers."""
        found: list[Group] = []
        last = -1
        for number in numbers:
            stage = self.flow.stages[number]
            factors = self.stage(stage, across, rowwise)
            if stage.layer == last:
                kept = [f for f in (*found[-1].factors, *factors) if not is_one(f)] or list(factors)
                found[-1] = found[-1]._replace(factors=tuple(kept))
            else:
                found.append(Group(factors, self.flow.layers[stage.layer]))
            last = stage.layer
        return found

    def stage(self, stage: Stage, across: bool, rowwise: bool = True) -> tuple[Expression, ...]:
        """The factor of a stage."""
        if not across and stage.paths:
            ways = [tuple(f for link in path for f in self.scalars(link)) for path in stage.paths]
            return ways[0] if len(ways) == 1 else (add(*(mul(*way) for way in ways)),)
        matrix = self.jacobian(stage)
        if matrix is None:
            matrix = Partial(Ref(stage.upper), Ref(stage.lower))
            return (matrix if rowwise else Transposed(matrix),)
        if not rowwise:
            matrix = turned(matrix)
        return tuple(f for f in matrix.factors) if isinstance(matrix, Product) else (matrix,)

    def scalars(self, link: Link) -> tuple[Expression, ...]:
        """A local derivative of numbers, as its factors."""
        front = () if link.coefficient == ONE else (link.coefficient,)
        factors = tuple(factor_expression(f, put_in=False) for f in link.factors)
        return (*front, *factors) or (ONE,)

    def jacobian(self, stage: Stage) -> Expression | None:
        """The Jacobian of a stage, upper entries as rows; None where it has no matrix form."""
        if stage.function is not None:
            r = self.vector(stage.upper)
            column = r if self.layout.vectors == "columns" else transposed(r)
            return add(Diagonal(r), mul(Number(-1), Product((column, transposed(column)))))
        ways: list[Expression] = []
        for path in stage.paths:
            factors: list[Expression] = []
            for link in path:
                matrix = self.matrix(link)
                if matrix is None:
                    return None
                factors += matrix.factors if isinstance(matrix, Product) else (matrix,)
            inner = [f for f in factors if not isinstance(f, Identity)] or factors[:1]
            ways.append(inner[0] if len(inner) == 1 else Product(tuple(inner)))
        return None if not ways else ways[0] if len(ways) == 1 else Add(tuple(ways))

    def matrix(self, link: Link) -> Expression | None:
        """The matrix of a local derivative, upper entries as rows; None where it has none."""
        above, below = self.free(link.upper), self.free(link.lower)
        if above is None or below is None or len(above) > 1 or len(below) > 1:
            return None
        if len(link.factors) > 1 or (link.summed and any(self.is_sample(i) for i in link.summed)):
            return None
        factor = link.factors[0] if link.factors else None
        found: Expression
        if factor is None:
            if above != below:
                return None
            found = Identity(above[0].dimension) if above else ONE
        elif isinstance(factor, Slope):
            arguments = tuple(self.value(a) for a in factor.arguments)
            if above == below and isinstance(constant := slope_tree(factor.function, factor.position), Number):
                return mul(constant, Identity(above[0].dimension)) if above else constant
            if above != below or None in arguments or factor.function.whole or not factor.function.head:
                return None
            call = Call(factor.function, arguments, factor.position + 1)  # type: ignore[arg-type]
            found = Diagonal(call) if above else call
        elif isinstance(factor, Ref):
            maybe = self.linear(factor, above, below)
            if maybe is None:
                return None
            found = maybe
        else:
            return None
        return found if link.coefficient == ONE else mul(link.coefficient, found)

    def linear(self, factor: Ref, above: list[Index], below: list[Index]) -> Expression | None:
        """The matrix of a factor that an upper and a lower entry share indices with."""
        own = self.free(factor)
        if own is None or any(self.is_sample(i) for i in factor.indices) and own:
            return None
        whole = self.value(factor)
        if whole is None:
            return None
        if len(own) == 2 and above and below and set(own) == {above[0], below[0]} and above != below:
            rows = own[0] if self.layout.in_order(factor.quantity) else own[1]
            return whole if rows == above[0] else Transposed(whole)
        if len(own) == 1 and above == below == own:
            return Diagonal(whole)
        if len(own) == 1 and own == below and not above:
            return Transposed(whole) if self.layout.stands(own[0].dimension) else whole
        if len(own) == 1 and own == above and not below:
            return whole if self.layout.stands(own[0].dimension) else Transposed(whole)
        return whole if not own and not above and not below else None

    def own(self, link: Link) -> tuple[Expression | None, bool]:
        """The factor that belongs to the target, and whether it stands left of a row; None where there is none."""
        lower = self.free(link.lower)
        if not link.factors and link.coefficient == ONE:
            return None, False
        if self.is_outer(link):
            (factor,) = link.factors
            assert isinstance(factor, Ref)
            assert lower is not None
            inner = next(i for i in lower if i not in self.free(link.upper))  # type: ignore[operator]
            vector = self.value(factor)
            assert vector is not None
            column = vector if self.layout.stands(inner.dimension) else transposed(vector)
            rows = lower[0] if self.layout.in_order(link.lower.quantity) else lower[1]
            return (column, True) if rows == inner else (transposed(column), False)
        if not (link.upper.quantity.axes or link.lower.quantity.axes):
            return mul(*self.scalars(link)), False
        matrix = self.matrix(link)
        if matrix is None:
            return Partial(Ref(link.upper.quantity), Ref(link.lower.quantity)), False
        return (matrix if self.shown_as_row(link.lower.quantity) else turned(matrix)), False

    def is_outer(self, link: Link) -> bool:
        """Whether a gradient is the outer product of an error and an input."""
        above, below = self.free(link.upper), self.free(link.lower)
        if above is None or below is None or len(above) != 1 or len(below) != 2 or link.coefficient != ONE:
            return False
        if len(link.factors) != 1 or not isinstance(link.factors[0], Ref):
            return False
        own = self.free(link.factors[0])
        return own is not None and len(own) == 1 and {*own, *above} == set(below) and own != above

    def shown_as_row(self, quantity: Quantity) -> bool:
        """Whether the gradient by a vector is shown as a row; one by a number is written as a row times a column."""
        axes = self.vector_axes(quantity)
        return not axes or (len(axes) == 1 and not self.layout.stands(axes[0]))

    def upstream(self, start: Quantity, across: bool, rowwise: bool) -> Expression:
        """The gradient where the product begins."""
        if not across:
            return self.flow.upstream[start]
        sample = self.sample(start)
        whole: Expression = WholePartial(self.network.cost, start)
        if sample is not None:
            whole = Partial(Ref(self.network.cost), Ref(start, (sample,)))
        axes = self.vector_axes(start)
        if len(axes) != 1:
            return whole
        stands = self.layout.stands(axes[0])
        return Transposed(whole) if stands == rowwise else whole

    def is_sample(self, index: Index | int) -> bool:
        """Whether an index counts samples."""
        return isinstance(index, Index) and index.dimension == self.network.batch

    def free(self, ref: Ref) -> list[Index] | None:
        """The indices of an entry without that of the sample; None where one is a number."""
        if any(not isinstance(i, Index) for i in ref.indices):
            return None
        return [i for i in ref.indices if isinstance(i, Index) and not self.is_sample(i)]

    def vector_axes(self, quantity: Quantity) -> list[Dimension]:
        """The axes of a quantity without that of the samples."""
        return [axis for axis in quantity.axes if axis != self.network.batch]

    def sample(self, quantity: Quantity) -> Index | None:
        """The index of the sample, of a quantity that has one for each."""
        batch = self.network.batch
        return Index("s", batch) if batch is not None and batch in quantity.axes else None

    def vector(self, quantity: Quantity) -> Expression:
        """A quantity as a whole, of one sample."""
        sample = self.sample(quantity)
        return Whole(quantity) if sample is None else Ref(quantity, (sample,))

    def value(self, ref: Ref) -> Expression | None:
        """The whole quantity that an entry is of; None where it is an entry with a number."""
        if any(not isinstance(i, Index) for i in ref.indices):
            return None
        return self.vector(ref.quantity) if ref.quantity.axes else ref


def is_one(e: Expression) -> bool:
    """Whether a factor changes nothing."""
    return e == ONE or isinstance(e, Identity)


def turned(e: Expression) -> Expression:
    """The transpose, taken inside."""
    if isinstance(e, Diagonal | Identity | Call) or (isinstance(e, Ref) and not e.quantity.axes) or e == ONE:
        return e
    if isinstance(e, Product):
        return Product(tuple(turned(f) for f in reversed(e.factors)))
    if isinstance(e, Add):
        return Add(tuple(turned(t) for t in e.terms))
    if isinstance(e, Mul):
        return Mul(tuple(turned(f) if isinstance(f, Product | Whole | Transposed) else f for f in e.factors))
    return transposed(e)
