"""Sizes, factors and bounds read off the values of a network, rounded to decimals of any exponent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction
from functools import cached_property

from symbackprop.backward.evaluation import points
from symbackprop.backward.slopes import slope_tree
from symbackprop.factors.decimals import DIGITS, Decimals
from symbackprop.factors.norms import length, spectral
from symbackprop.networks.model import Network
from symbackprop.symbolic.algebra import applied, in_values
from symbackprop.vocabulary.amounts import shown
from symbackprop.vocabulary.expressions import Expression
from symbackprop.vocabulary.flows import BoundTerm, Flow, GradientNumbers, LayerNumbers, Norm, Share, Stage, Worked
from symbackprop.vocabulary.quantities import Quantity
from symbackprop.vocabulary.terms import Slope

Point = tuple[int, ...]


class Measured:
    """Reads sizes, factors and bounds off the values of a network."""

    def __init__(
        self,
        network: Network,
        flow: Flow,
        values: Mapping[tuple[Quantity, Point], Decimal],
        gradients: Mapping[tuple[Quantity, Point], Decimal],
        symbols: Mapping[str, Decimal],
        algebra: Decimals,
    ) -> None:
        self.network = network
        self.flow = flow
        self.values = values
        self.gradients = gradients
        self.symbols = symbols
        self.algebra = algebra
        self.norms: dict[Norm, Decimal] = {}

    def slopes(self, stage: Stage) -> list[Decimal]:
        """The slopes of a stage that is an activation."""
        found = []
        for path in stage.paths[:1]:
            for link in path:
                for factor in link.factors:
                    if isinstance(factor, Slope) and len(factor.arguments) == 1 and not factor.function.whole:
                        for point in points(factor.output.quantity.axes):
                            found.append(self.slope(factor, point))
        return found

    def slope(self, factor: Slope, point: Point) -> Decimal:
        """One slope."""
        (argument,) = factor.arguments
        z = self.values[argument.quantity, point]
        r = self.values[factor.output.quantity, point]
        return applied(self.algebra, factor.function, [z], 1, r, slope_tree)

    def lost(self) -> bool:
        """Whether a slope that is never 0 was rounded to 0."""
        for stage in self.flow.stages:
            functions = [
                f.function for p in stage.paths[:1] for link in p for f in link.factors if isinstance(f, Slope)
            ]
            if functions and functions[0].rising and 0 in self.slopes(stage):
                return True
        return False

    def size(self, quantity: Quantity) -> Decimal:
        """The length of the gradient by a quantity."""
        return length([self.gradients[quantity, p] for p in points(quantity.axes)])

    def worked(self, exact: bool) -> Worked:
        """Everything that is printed."""
        flow = self.flow
        starts = list(flow.upstream)
        top = self.size(starts[0]) if starts else Decimal(0)
        layers = []
        by_layer: dict[int, list[Stage]] = {}
        for stage in flow.stages:
            by_layer.setdefault(stage.layer, []).append(stage)
        for number, stages in by_layer.items():
            layers.append(self.layer(number, stages))
        gradients, lost = [], self.lost()
        for gradient in flow.gradients:
            target = gradient.target.quantity
            size, bound = self.size(target), self.gradient_bound(gradient.shares)
            limit = "" if bound is None else upward(bound)
            gradients.append(GradientNumbers(target, shown(size), limit, log10(size), size == 0 and not lost))
        remarks = [
            "Numbers are worked out exactly, and shown to six digits." if exact else "Numbers are shown to six digits."
        ]
        if lost:
            remarks.append(f"A slope that is never 0 is below 10^-{DIGITS[-1]} here, and taken for 0.")
        return Worked(shown(top), log10(top), tuple(layers), tuple(gradients), exact, tuple(remarks))

    def layer(self, number: int, stages: Sequence[Stage]) -> LayerNumbers:
        """The numbers of one layer."""
        above, below = self.size(stages[0].upper), self.size(stages[-1].lower)
        slopes = [s for stage in stages for s in self.slopes(stage)]
        z: list[Decimal] = []
        norms: list[Norm] = []
        for stage in stages:
            if stage.lower.kind == "pre-activation":
                z += [self.values[stage.lower, p] for p in points(stage.lower.axes)]
            norms += [n for term in stage.bound or () for n in term.norms]
        bound = product_of(self.bound(stage.bound) for stage in stages)
        weight = ""
        if len(norms) == 1:
            scalar = norms[0].kind == "abs"
            weight = shown(self.values[norms[0].quantity, ()]) if scalar else upward(self.norm(norms[0]))
        if above:
            factor = shown(self.signed(stages) if not stages[0].upper.axes else below / above)
        else:
            factor = "" if stages[0].upper.axes else shown(self.signed(stages))
        return LayerNumbers(
            number,
            extent(z),
            extent(slopes),
            weight,
            factor,
            "" if bound is None else upward(bound),
            shown(below),
            log10(below),
        )

    def signed(self, stages: Sequence[Stage]) -> Decimal:
        """The factor of a layer of numbers: the product of its local derivatives, a sum over the ways."""
        product = Decimal(1)
        for stage in stages:
            total = Decimal(0)
            for path in stage.paths:
                way = Decimal(1)
                for link in path:
                    way *= self.value(link.coefficient)
                    for factor in link.factors:
                        if isinstance(factor, Slope):
                            arguments = [self.values[a.quantity, ()] for a in factor.arguments]
                            r = self.values[factor.output.quantity, ()]
                            way *= applied(self.algebra, factor.function, arguments, factor.position + 1, r, slope_tree)
                        else:
                            way *= self.values[factor.quantity, ()]  # type: ignore[union-attr]
                total += way
            product *= total
        return product

    def value(self, e: Expression) -> Decimal:
        """A coefficient."""
        return in_values(self.algebra, e, self.symbols)

    def gradient_bound(self, shares: Sequence[Share]) -> Decimal | None:
        """The bound of a gradient, with the sizes and norms that these values have."""
        total = Decimal(0)
        for share in shares:
            if share.direct is not None:
                return None
            own = self.bound(share.bound)
            above = self.through(share.last)
            if own is None or above is None or share.start is None:
                return None
            total += own * above * self.size(share.start)
        return total

    def through(self, last: int | None) -> Decimal | None:
        """The product of the bounds of all stages down to one."""
        return Decimal(1) if last is None else self.products[last]

    @cached_property
    def products(self) -> list[Decimal | None]:
        """For each stage the product of the bounds down to its end."""
        found: list[Decimal | None] = []
        for stage in self.flow.stages:
            found.append(
                product_of([self.bound(stage.bound), Decimal(1) if stage.above is None else found[stage.above]])
            )
        return found

    def bound(self, bound: tuple[BoundTerm, ...] | None) -> Decimal | None:
        """The value of a bound."""
        if bound is None:
            return None
        total = Decimal(0)
        for term in bound:
            value = abs(self.value(term.coefficient))
            for function, times in term.slopes.items():
                value *= self.algebra.number(Fraction(function.bound)) ** times
            for norm in term.norms:
                value *= self.norm(norm)
            total += value
        return total

    def norm(self, norm: Norm) -> Decimal:
        """A norm of a quantity, never less than it is."""
        if norm not in self.norms:
            quantity = norm.quantity
            entries = [self.values[quantity, p] for p in points(quantity.axes)]
            if norm.kind == "abs":
                value = abs(entries[0])
            elif norm.kind == "max":
                value = max(map(abs, entries))
            elif norm.kind == "2" and len(quantity.axes) == 2:
                width = quantity.shape[1]
                assert isinstance(width, int)
                value = spectral([entries[k : k + width] for k in range(0, len(entries), width)])
            else:
                value = length(entries)
            self.norms[norm] = value
        return self.norms[norm]


def product_of(bounds: Iterable[Decimal | None]) -> Decimal | None:
    """The product of bounds, None where one is missing."""
    total = Decimal(1)
    for bound in bounds:
        if bound is None:
            return None
        total *= bound
    return total


def extent(values: Sequence[Decimal]) -> tuple[str, ...]:
    """The least and the greatest value, or the only one."""
    if not values:
        return ()
    low, high = shown(min(values), 4), shown(max(values), 4)
    return (shown(values[0]),) if len(values) == 1 else (low,) if low == high else (low, high)


def upward(value: Decimal, digits: int = 6) -> str:
    """A bound rounded up.

    >>> upward(Decimal("0.12345601")), upward(Decimal(2))
    ('0.123457', '2')
    """
    return shown(Context(prec=digits, rounding=ROUND_CEILING, Emax=10**17, Emin=-(10**17)).plus(value), digits)


def log10(value: Decimal) -> float | None:
    """The decimal logarithm of a size, None of 0."""
    return float(value.log10(Context(prec=20, Emax=10**17, Emin=-(10**17)))) if value else None
