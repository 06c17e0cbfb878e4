"""Evaluating a network and its adjoints entry by entry: with exact or floating numbers, or with SymPy's text.

One interpreter over the algebras of :mod:`symbackprop.symbolic.algebra`; sums are expanded, so sizes must be numbers.
It follows the definitions and what the sweep collected, and uses nothing else: no closed form, and no constraint on
a target, so what it gives holds for any values of the leaves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Generic, TypeVar

from symbackprop.backward.slopes import slope_tree
from symbackprop.backward.sweep import Adjoint, Contribution
from symbackprop.networks.model import Network
from symbackprop.symbolic.algebra import Algebra, applied, in_values, safe_name
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.expressions import ONE, Delta, Expression, Ref
from symbackprop.vocabulary.quantities import Dimension, Index, Quantity
from symbackprop.vocabulary.terms import Definition, Factor, Map, factor_indices, summed_indices

T = TypeVar("T")
Point = tuple[int, ...]
Values = Mapping[tuple[Quantity, Point], T]


NOWHERE: Mapping[str, int] = {}


def forward_values(
    network: Network,
    leaves: Values[T],
    algebra: Algebra[T],
    symbols: Mapping[str, T] | None = None,
    sizes: Mapping[str, int] = NOWHERE,
    revise: Callable[[dict[tuple[Quantity, Point], T], Definition, Point], bool] | None = None,
) -> dict[tuple[Quantity, Point], T]:
    """Every entry of every quantity, from those of the leaves (and of any other quantity whose values are given).

    ``symbols`` gives hyperparameters by name, ``sizes`` what symbolic sizes are to be. ``revise`` sees all values as
    soon as an entry is worked out, and says whether it has changed leaves so that the entry is to be worked out anew.

    >>> from symbackprop.backward.numbers import Exact
    >>> from symbackprop.networks.pattern import read_pattern
    >>> net = read_pattern("relu")
    >>> leaves = {(q, ()): Fraction(value) for q, value in zip(net.leaves, (3, 2, 1))}  # x, W0, y
    >>> forward_values(net, leaves, Exact())[net.cost, ()]
    Fraction(25, 2)
    """
    values = dict(leaves)
    walk = _Walk(algebra, values, symbols or {}, sizes)
    for definition in network.definitions:
        for point in points(definition.quantity.axes, sizes):
            if (definition.quantity, point) not in leaves:
                at = dict(zip(definition.indices, point, strict=True))
                values[definition.quantity, point] = walk.definition(definition, at)
                if revise is not None and revise(values, definition, point):
                    values[definition.quantity, point] = walk.definition(definition, at)
    return values


def gradient_values(
    network: Network,
    adjoints: Mapping[Quantity, Adjoint],
    values: Values[T],
    algebra: Algebra[T],
    symbols: Mapping[str, T] | None = None,
    wanted: Sequence[Quantity] | None = None,
    sizes: Mapping[str, int] = NOWHERE,
    start: tuple[Quantity, Point] | None = None,
) -> dict[tuple[Quantity, Point], T]:
    """Every entry of the adjoint of every quantity (or of those ``wanted`` and what they need).

    ``start`` is the entry that is differentiated, where it is not the cost; the adjoints must be those by its quantity.

    >>> from symbackprop.backward.sweep import sweep
    >>> from symbackprop.backward.numbers import Exact
    >>> from symbackprop.networks.pattern import read_pattern
    >>> net = read_pattern("relu")
    >>> leaves = {(q, ()): Fraction(value) for q, value in zip(net.leaves, (3, 2, 1))}  # x, W0, y
    >>> values = forward_values(net, leaves, Exact())
    >>> gradient_values(net, sweep(net), values, Exact())[net.quantity("W0"), ()]
    Fraction(15, 1)
    """
    needed = None if wanted is None else _needed(adjoints, wanted)
    top, entry = start or (network.cost, ())
    walk = _Walk(algebra, values, symbols or {}, sizes)
    found: dict[tuple[Quantity, Point], T] = {}
    for quantity in (*(d.quantity for d in reversed(network.definitions)), *network.leaves):
        if needed is not None and quantity not in needed:
            continue
        terms: dict[Point, list[T]] = {point: [] for point in points(quantity.axes, sizes)}
        for contribution in adjoints[quantity].contributions if quantity in adjoints else ():
            for point, term in walk.contribution(contribution, found):
                terms[point].append(term)
        for point, parts in terms.items():
            found[quantity, point] = algebra.add(parts) if parts else algebra.number(Fraction(0))
        if quantity is top:
            found[quantity, entry] = algebra.number(Fraction(1))
    return found


def _needed(adjoints: Mapping[Quantity, Adjoint], wanted: Sequence[Quantity]) -> set[Quantity]:
    needed, todo = set(wanted), list(wanted)
    while todo:
        adjoint = adjoints.get(todo.pop())
        for contribution in adjoint.contributions if adjoint else ():
            upstream = contribution.upstream
            if upstream is not None and upstream.quantity not in needed:
                needed.add(upstream.quantity)
                todo.append(upstream.quantity)
    return needed


def points(axes: Sequence[Dimension], sizes: Mapping[str, int] = NOWHERE) -> Iterator[Point]:
    """Every entry of a quantity with the given axes; ``sizes`` are those that are no numbers.

    >>> list(points((Dimension("n1", 2), Dimension("n2", 2))))
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    """
    return product(*(range(_size(axis, sizes)) for axis in axes))


def _size(axis: Dimension, sizes: Mapping[str, int] = NOWHERE) -> int:
    if isinstance(axis.size, str):
        if axis.size in sizes:
            return sizes[axis.size]
        raise InputError(
            "symbolic-size",
            f"entries have numbers only where sizes are numbers, and {axis.size} is not one",
            hint=f"put a number for {axis.size}",
        )
    return axis.size


class _Walk(Generic[T]):
    """Definitions, terms and contributions at given indices."""

    def __init__(
        self, algebra: Algebra[T], values: Values[T], symbols: Mapping[str, T], sizes: Mapping[str, int]
    ) -> None:
        self.algebra = algebra
        self.values = values
        self.symbols = symbols
        self.sizes = sizes
        self.coefficients: dict[Expression, T] = {}

    def definition(self, definition: Definition, at: Mapping[Index, int]) -> T:
        """The left side of a definition."""
        if isinstance(definition, Map):
            function, arguments = definition.function, definition.arguments
            if function.whole:
                return self.whole(definition, at)
            return applied(self.algebra, function, [self.entry(a, at) for a in arguments])
        terms: list[T] = []
        for term in definition.terms:
            indices = summed_indices(definition, term)
            for point in points([i.dimension for i in indices], self.sizes):
                self.term(terms, term.coefficient, None, term.factors, {**at, **dict(zip(indices, point, strict=True))})
        return self.algebra.add(terms) if terms else self.algebra.number(Fraction(0))

    def contribution(
        self, contribution: Contribution, found: Mapping[tuple[Quantity, Point], T]
    ) -> Iterator[tuple[Point, T]]:
        """What one occurrence adds to the entries of its quantity's adjoint."""
        indices, summed = contribution.indices, contribution.summed()
        upstream = contribution.upstream
        for point in points([i.dimension for i in indices], self.sizes):
            outer = dict(zip(indices, point, strict=True))
            for inner in points([i.dimension for i in summed], self.sizes):
                at = {**outer, **dict(zip(summed, inner, strict=True))}
                above = None if upstream is None else found[upstream.quantity, _point(upstream, at)]
                terms: list[T] = []
                self.term(terms, contribution.coefficient, above, contribution.local, at)
                for term in terms:
                    yield point, term

    def term(
        self,
        terms: list[T],
        coefficient: Expression,
        upstream: T | None,
        factors: Sequence[Factor],
        at: Mapping[Index, int],
    ) -> None:
        """Append a product, unless a Kronecker delta makes it zero."""
        values: list[T] = []
        if coefficient != ONE:
            if coefficient not in self.coefficients:
                self.coefficients[coefficient] = in_values(self.algebra, coefficient, self.symbols)
            values.append(self.coefficients[coefficient])
        if upstream is not None:
            values.append(upstream)
        for factor in factors:
            if isinstance(factor, Ref):
                values.append(self.entry(factor, at))
            elif isinstance(factor, Delta):
                left, right = (at[i] if isinstance(i, Index) else i for i in (factor.left, factor.right))
                if left != right:
                    return
            elif factor.function.whole:
                by = factor.arguments[factor.position]
                name = f"d{safe_name(factor.function.head)}_d{safe_name(by.quantity.name)}"
                values.append(self.named(entry_name(name, _point(by, at))))
            else:
                arguments = [self.entry(a, at) for a in factor.arguments]
                output = self.entry(factor.output, at)
                values.append(
                    applied(self.algebra, factor.function, arguments, factor.position + 1, output, slope_tree)
                )
        terms.append(self.algebra.mul(values) if values else self.algebra.number(Fraction(1)))

    def entry(self, ref: Ref, at: Mapping[Index, int]) -> T:
        """The value of an entry."""
        return self.values[ref.quantity, _point(ref, at)]

    def named(self, name: str) -> T:
        """A value that is given by name."""
        return self.symbols[name] if name in self.symbols else self.algebra.symbol(name)

    def whole(self, definition: Map, at: Mapping[Index, int]) -> T:
        """An unspecified function of all entries of its arguments."""
        function = definition.function
        name = entry_name(safe_name(function.head), tuple(at.values()))
        if name in self.symbols:
            return self.symbols[name]
        arguments = []
        for argument in definition.arguments:
            inner = [i for i in factor_indices(argument) if i not in at]
            for point in points([i.dimension for i in inner], self.sizes):
                arguments.append(self.entry(argument, {**at, **dict(zip(inner, point, strict=True))}))
        return self.algebra.unspecified(function, arguments, 0)


def _point(ref: Ref, at: Mapping[Index, int]) -> Point:
    return tuple(at[i] if isinstance(i, Index) else i for i in ref.indices)


def entry_name(name: str, point: Point) -> str:
    """The name of the scalar symbol of an entry.

    >>> entry_name("W0", (0, 1)), entry_name("x", ())
    ('W0_0_1', 'x')
    """
    return "_".join((name, *map(str, point)))


def operations(network: Network, sizes: Mapping[str, int] = NOWHERE) -> int:
    """How many products a forward pass multiplies out, about.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> operations(read_pattern("10 -> 20 relu"))
    280
    """
    total = 0
    for definition in network.definitions:
        outer = math.prod(_size(i.dimension, sizes) for i in definition.indices)
        if isinstance(definition, Map):
            total += outer
            continue
        for term in definition.terms:
            total += outer * math.prod(_size(i.dimension, sizes) for i in summed_indices(definition, term))
    return total
