"""What every format prints of a flow: formulas already set in one notation and markup, and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from symbackprop.networks.model import Network
from symbackprop.render.flows.bounds import Bounds
from symbackprop.render.flows.products import Group, Products
from symbackprop.render.markup import Markup
from symbackprop.render.matrix_terms import WholePartial
from symbackprop.render.setting import POWER, PRODUCT, Setter
from symbackprop.render.views import MatrixView, View, layout_of
from symbackprop.tables.notations import Notation
from symbackprop.vocabulary.expressions import Call, Expression, Partial, Ref, Symbol, free_indices
from symbackprop.vocabulary.flows import Flow, Gradient, Stage
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Quantity, fresh_indices

T = TypeVar("T")

GRADIENTS_SHOWN, LAYERS_SHOWN, SHARES_SHOWN = 4, 4, 6
"""Of a long list so many gradients and layers at either end are printed, and so many products of one gradient."""


@dataclass(frozen=True, slots=True)
class Telling:
    """A flow and how it is told."""

    flow: Flow
    network: Network
    notation: Notation


@dataclass(frozen=True, slots=True)
class Braced:
    """A piece of a product and the name below its brace (empty: it has no brace)."""

    text: str
    name: str
    sign: bool = False
    """Whether it is a sum sign, which nothing multiplies."""


@dataclass(frozen=True, slots=True)
class ProductLine:
    """A gradient as a sum of products of pieces."""

    name: str
    left: str
    products: tuple[tuple[Braced, ...], ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class BoundLine:
    """What a factor or a gradient does not exceed; an empty ``right`` says that nothing is known."""

    name: str
    left: str
    relation: str
    right: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A flow as formulas of one markup. ``None`` in a list stands for what is left out."""

    title: str
    upstream: tuple[tuple[str, str], ...]
    products: tuple[ProductLine | None, ...]
    factors: tuple[BoundLine | None, ...]
    sources: tuple[tuple[str, str], ...]
    """Formulas that bound, each with the words why."""
    bounds: tuple[BoundLine | None, ...]
    left_out: tuple[int, int]
    """How many gradients and how many layers are left out."""


class Teller:
    """Sets a flow in one markup."""

    def __init__(self, telling: Telling, markup: Markup, shorten: bool = True) -> None:
        self.flow = telling.flow
        self.network = telling.network
        self.notation = telling.notation
        self.markup = markup
        self.shorten = shorten
        self.setter = Setter(telling.network, telling.notation, markup)
        self.layout = layout_of(telling.notation)
        self.products = Products(telling.network, telling.flow, self.layout)
        self.bounds = Bounds(self.setter)
        self.scalar = not any(q.axes for q in telling.network.quantities)

    def sheet(self) -> Sheet:
        """Everything."""
        flow = self.flow
        gradients = shortened(flow.gradients, GRADIENTS_SHOWN if self.shorten else None)
        numbers = self.numbers()
        layers = shortened(range(len(flow.layers)), LAYERS_SHOWN if self.shorten else None)
        return Sheet(
            flow.title or f"The flow of the gradient through {flow.source}",
            tuple(self.upstream(start) for start in flow.upstream),
            tuple(None if g is None else self.product_line(g) for g in gradients),
            tuple(None if k is None else self.factor(k, numbers[k]) for k in layers),
            tuple(self.sources()),
            tuple(None if g is None else self.gradient_bound(g) for g in gradients),
            (
                len(flow.gradients) - len([g for g in gradients if g]),
                len(flow.layers) - len([k for k in layers if k is not None]),
            ),
        )

    def numbers(self) -> dict[int, list[Stage]]:
        """The stages of every layer."""
        found: dict[int, list[Stage]] = {}
        for stage in self.flow.stages:
            found.setdefault(stage.layer, []).append(stage)
        return found

    def layer_name(self, quantity: Quantity) -> str:
        """The name of a layer: its number as the notation counts it, or the quantity that it gives."""
        if quantity.label is not None and quantity.latex is None:
            text = self.setter.label_text(quantity.label, self.notation.r_shift)
            return f"layer {text}" if quantity.label.base is None else f"layer ({text})"
        return ""

    def group_name(self, group: Group) -> str:
        """What stands below a brace, as a formula."""
        if group.layer is None or not group.factors:
            return self.markup.words(group.words) if group.words else ""
        name = self.layer_name(group.layer)
        return self.markup.words(name) if name else self.setter.entry(group.layer, ())

    def upstream(self, start: Quantity) -> tuple[str, str]:
        """The upstream gradient, and what it equals."""
        value = self.flow.upstream[start]
        indices = tuple(i for i in self.products_entry(start).indices)
        entry = Ref(start, indices)
        view: View = View(self.network, self.layout) if self.scalar else MatrixView(self.network, self.layout)
        lines = view.lines(Partial(Ref(self.network.cost), entry), [value], entry)
        right = self.setter.set(lines.rights[0])
        left = self.setter.set(lines.left)
        return left, right if right != left else ""

    def products_entry(self, start: Quantity) -> Ref:
        """The entry for which the upstream gradient at a quantity is written."""
        free = {i.dimension: i for i in free_indices(self.flow.upstream[start])}
        fresh = fresh_indices(start.axes, self.network.reserved_letters, self.network.batch)
        return Ref(start, tuple(free.get(i.dimension, i) for i in fresh))

    def left(self, gradient: Gradient) -> str:
        """The gradient that is meant."""
        target = gradient.target.quantity
        if self.scalar:
            return self.setter.set(Partial(Ref(self.network.cost), Ref(target)))
        return self.setter.set(WholePartial(self.network.cost, target))

    def product_line(self, gradient: Gradient) -> ProductLine:
        """A gradient as products."""
        shares = gradient.shares[:SHARES_SHOWN] if self.shorten else gradient.shares
        products = []
        for share in shares:
            groups = self.products.share(gradient, share)
            products.append(tuple(Braced(self.juxtaposed(g), self.group_name(g), bool(g.summed)) for g in groups))
        if not products:
            products.append((Braced(self.markup.number(Fraction(0)), ""),))
        return ProductLine(
            gradient.target.quantity.name, self.left(gradient), tuple(products), len(gradient.shares) - len(shares)
        )

    def juxtaposed(self, group: Group) -> str:
        """The factors of a group side by side."""
        if group.summed:
            return self.markup.total([i.letter for i in group.summed], "").rstrip()
        if not group.factors:
            return self.markup.symbol(r"\cdots")
        level = POWER if len(group.factors) > 1 or not self.scalar else PRODUCT
        pieces = [self.setter.tight(self.setter.piece(f), level) for f in group.factors]
        return pieces[0] if len(pieces) == 1 else self.markup.juxtaposed(pieces)

    def stage_latex(self, stage: Stage) -> str:
        """The factor of a stage."""
        return self.juxtaposed(Group(self.products.stage(stage, not self.scalar), stage.upper))

    def factor(self, number: int, stages: Sequence[Stage]) -> BoundLine:
        """The bound of a layer's factor."""
        factors: list[Expression] = []
        for stage in stages:
            factors += self.products.stage(stage, not self.scalar)
        group = Group(tuple(factors), self.flow.layers[number])
        inside = self.juxtaposed(group)
        left = self.markup.fenced("abs" if self.scalar else "norm", inside)
        if not self.scalar:
            left = self.markup.scripts(left, [self.markup.symbol("2")], "")
        name = self.group_name(group)
        bounds = [stage.bound for stage in stages]
        if any(bound is None for bound in bounds):
            return BoundLine(name, left, "", "")
        singles = [bound[0] for bound in bounds if bound is not None and len(bound) == 1]
        if len(singles) == len(bounds):
            slopes: dict[Function, int] = {}
            for term in singles:
                for function, times in term.slopes.items():
                    slopes[function] = slopes.get(function, 0) + times
            norms = [norm for term in singles for norm in term.norms]
            coefficient = singles[0].coefficient
            right = self.bounds.term(slopes, coefficient, norms)
            values = self.bounds.layer_values(tuple(slopes), right)
            if values:
                return BoundLine(name, left, "=", values)
            return BoundLine(name, left, "=" if left == right else r"\le", right)
        parts = [
            self.markup.parenthesised(self.bounds.bound(b)) if b and len(b) > 1 else self.bounds.bound(b)
            for b in bounds
        ]
        return BoundLine(name, left, r"\le", self.markup.juxtaposed(parts))

    def sources(self) -> list[tuple[str, str]]:
        """Why the slopes and the norms are bounded."""
        found: list[tuple[str, str]] = []
        for function in self.flow.functions:
            z = Symbol("z")
            if function.whole:
                inside = self.markup.partial(self.markup.symbol("r"), self.markup.symbol("z"))
                left = self.markup.scripts(self.markup.fenced("norm", inside), [self.markup.symbol("2")], "")
            else:
                arguments = tuple(Symbol(p) for p in function.parameters)
                left = self.markup.fenced("abs", self.setter.set(Call(function, arguments or (z,), 1)))
            if not function.bound:
                found.append((left, f"{function.name}: no bound is known"))
                continue
            number = Fraction(function.bound)
            shown = self.bounds.power(number, 1)
            values = [Fraction(v) for v in function.slope_values]
            if len(values) > 1:
                listed = self.markup.words(" or ").join(self.markup.number(v) for v in values)
                found.append((self.markup.related(left, "=", listed), f"{function.name}: {function.reason}"))
                continue
            relation = "=" if values else r"\le"
            found.append((self.markup.related(left, relation, shown), f"{function.name}: {function.reason}"))
        return found

    def gradient_bound(self, gradient: Gradient) -> BoundLine:
        """The bound of a gradient."""
        name = gradient.target.quantity.name
        left = self.markup.fenced("abs" if self.scalar else "norm", self.left(gradient))
        if not self.scalar:
            left = self.markup.scripts(
                left, [self.markup.symbol("F" if len(gradient.target.quantity.axes) > 1 else "2")], ""
            )
        terms: list[str] = []
        if gradient.shares and all(share.direct is not None for share in gradient.shares):
            return BoundLine(name, left, "", "")
        for share in gradient.shares[:SHARES_SHOWN]:
            if share.direct is not None:
                terms.append(self.bounds.fenced(self.products.direct(gradient, share.direct)))
                continue
            tally = self.flow.tallies[share.last] if share.last is not None else None
            if share.bound is None or (tally is not None and tally.unbounded is not None) or share.start is None:
                return BoundLine(name, left, "", "")
            start = self.flow.upstream[share.start] if self.scalar else WholePartial(self.network.cost, share.start)
            terms.append(self.bounds.product(start, tally, share.bound[0]))
        if not terms:
            return BoundLine(name, left, "=", self.markup.number(Fraction(0)))
        if len(gradient.shares) > SHARES_SHOWN:
            terms.append(self.markup.symbol(r"\cdots"))
        right = terms[0] if len(terms) == 1 else self.markup.added([(False, t) for t in terms])
        return BoundLine(name, left, r"\le", right)


def shortened(items: Sequence[T], ends: int | None) -> list[T | None]:
    """The first and the last items of a long list, None for those between.

    >>> shortened(range(9), 2)
    [0, 1, None, 7, 8]
    """
    if ends is None or len(items) <= 2 * ends + 1:
        return list(items)
    return [*items[:ends], None, *items[-ends:]]
