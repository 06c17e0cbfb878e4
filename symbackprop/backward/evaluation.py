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

from symbackprop.backward.closed import ClosedForms
from symbackprop.backward.slopes import slope_tree
from symbackprop.backward.sweep import Adjoint, Contribution
from symbackprop.network.model import Network
from symbackprop.symbolic.algebra import Algebra, applied, in_values, safe_name
from symbackprop.symbolic.text import Texts, Written
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.expressions import ONE, Delta, Expression, Ref
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Dimension, Index, Quantity
from symbackprop.vocabulary.terms import Definition, Factor, Map, factor_indices, summed_indices

T = TypeVar("T")
Point = tuple[int, ...]
Values = Mapping[tuple[Quantity, Point], T]
LONGEST_ENTRY, MOST_OPERATIONS = 20_000, 50_000


def forward_values(
    network: Network, leaves: Values[T], algebra: Algebra[T], symbols: Mapping[str, T] | None = None
) -> dict[tuple[Quantity, Point], T]:
    """Every entry of every quantity, from those of the leaves; ``symbols`` gives hyperparameters by name.

    >>> from symbackprop.network.pattern import read_pattern
    >>> net = read_pattern("relu")
    >>> leaves = {(q, ()): Fraction(value) for q, value in zip(net.leaves, (3, 2, 1))}  # x, W0, y
    >>> forward_values(net, leaves, Exact())[net.cost, ()]
    Fraction(25, 2)
    """
    values = dict(leaves)
    walk = _Walk(algebra, values, symbols or {})
    for definition in network.definitions:
        for point in points(definition.quantity.axes):
            at = dict(zip(definition.indices, point, strict=True))
            values[definition.quantity, point] = walk.definition(definition, at)
    return values


def gradient_values(
    network: Network,
    adjoints: Mapping[Quantity, Adjoint],
    values: Values[T],
    algebra: Algebra[T],
    symbols: Mapping[str, T] | None = None,
    wanted: Sequence[Quantity] | None = None,
) -> dict[tuple[Quantity, Point], T]:
    """Every entry of the adjoint of every quantity (or of those ``wanted`` and what they need).

    >>> from symbackprop.backward.sweep import sweep
    >>> from symbackprop.network.pattern import read_pattern
    >>> net = read_pattern("relu")
    >>> leaves = {(q, ()): Fraction(value) for q, value in zip(net.leaves, (3, 2, 1))}  # x, W0, y
    >>> values = forward_values(net, leaves, Exact())
    >>> gradient_values(net, sweep(net), values, Exact())[net.quantity("W0"), ()]
    Fraction(15, 1)
    """
    needed = None if wanted is None else _needed(adjoints, wanted)
    walk = _Walk(algebra, values, symbols or {})
    found: dict[tuple[Quantity, Point], T] = {}
    for quantity in (*(d.quantity for d in reversed(network.definitions)), *network.leaves):
        if needed is not None and quantity not in needed:
            continue
        terms: dict[Point, list[T]] = {point: [] for point in points(quantity.axes)}
        for contribution in adjoints[quantity].contributions if quantity in adjoints else ():
            for point, term in walk.contribution(contribution, found):
                terms[point].append(term)
        for point, parts in terms.items():
            found[quantity, point] = algebra.add(parts) if parts else algebra.number(Fraction(0))
        if quantity is network.cost:
            found[quantity, ()] = algebra.number(Fraction(1))
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


def points(axes: Sequence[Dimension]) -> Iterator[Point]:
    """Every entry of a quantity with the given axes.

    >>> list(points((Dimension("n1", 2), Dimension("n2", 2))))
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    """
    return product(*(range(_size(axis)) for axis in axes))


def _size(axis: Dimension) -> int:
    if isinstance(axis.size, str):
        raise InputError(
            "symbolic-size",
            f"entries have numbers only where sizes are numbers, and {axis.size} is not one",
            hint=f"put a number for {axis.size}",
        )
    return axis.size


class _Walk(Generic[T]):
    """Definitions, terms and contributions at given indices."""

    def __init__(self, algebra: Algebra[T], values: Values[T], symbols: Mapping[str, T]) -> None:
        self.algebra = algebra
        self.values = values
        self.symbols = symbols
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
            for point in points([i.dimension for i in indices]):
                self.term(terms, term.coefficient, None, term.factors, {**at, **dict(zip(indices, point, strict=True))})
        return self.algebra.add(terms) if terms else self.algebra.number(Fraction(0))

    def contribution(
        self, contribution: Contribution, found: Mapping[tuple[Quantity, Point], T]
    ) -> Iterator[tuple[Point, T]]:
        """What one occurrence adds to the entries of its quantity's adjoint."""
        indices, summed = contribution.indices, contribution.summed()
        upstream = contribution.upstream
        for point in points([i.dimension for i in indices]):
            outer = dict(zip(indices, point, strict=True))
            for inner in points([i.dimension for i in summed]):
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
            for point in points([i.dimension for i in inner]):
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


def entries(closed_forms: ClosedForms, quantity: Quantity, limit: int = LONGEST_ENTRY) -> dict[str, str | None]:
    """The closed form of each entry of an adjoint as SymPy's text over scalar symbols ``W0_0_1``, ``x_0``.

    The keys are ``""`` for a scalar, ``"0,1"`` for others; None stands for text longer than the limit, and for every
    entry if they come to a hundred times that together or the network is immense. Empty where a size is symbolic.

    >>> from symbackprop.network.pattern import read_pattern
    >>> net = read_pattern("2 -> 1 relu")
    >>> entries(ClosedForms(net), net.quantity("W0"))["0,0"]
    '(Max(0, W0_0_0*x_0 + W0_1_0*x_1) - y_0)*Heaviside(W0_0_0*x_0 + W0_1_0*x_1, 1)*x_0'
    """
    return EntryTexts(closed_forms, [quantity], limit).gradient(quantity)


class EntryTexts:
    """The closed forms of the entries of several adjoints, and of the forward quantities, written in one pass."""

    def __init__(self, closed_forms: ClosedForms, wanted: Sequence[Quantity], limit: int = LONGEST_ENTRY) -> None:
        network = closed_forms.network
        quantities = (*network.leaves, *(d.quantity for d in network.definitions))
        self.limit = limit
        self.symbolic = any(isinstance(axis.size, str) for q in quantities for axis in q.axes)
        self._forward: tuple[_Texts, _Texts] | None = None
        if self.symbolic or operations(network) > MOST_OPERATIONS:
            return
        lengths, texts = (Texts(network.step_at_zero, longest=longest) for longest in (0, limit))
        self._forward = _written_forward(network, lengths), _written_forward(network, texts)
        self._backward = tuple(
            _finished(algebra, gradient_values(network, closed_forms.adjoints, values, algebra, wanted=wanted))
            for algebra, (_, values) in zip((lengths, texts), self._forward, strict=True)
        )

    def gradient(self, quantity: Quantity) -> dict[str, str | None]:
        """The entries of an adjoint that was wanted."""
        return self._chosen(quantity, self._backward if self._forward else None)

    def forward(self, quantity: Quantity) -> dict[str, str | None]:
        """The entries of a quantity of the forward pass."""
        return self._chosen(quantity, tuple(shown for shown, _ in self._forward) if self._forward else None)

    def _chosen(
        self, quantity: Quantity, written: tuple[dict[tuple[Quantity, Point], str | int], ...] | None
    ) -> dict[str, str | None]:
        if self.symbolic:
            return {}
        keys = {point: ",".join(map(str, point)) for point in points(quantity.axes)}
        if written is None:
            return dict.fromkeys(keys.values())
        lengths, texts = written
        measured = [n if isinstance(n := lengths[quantity, point], int) else len(n) for point in keys]
        if min(measured, default=0) > self.limit or sum(n for n in measured if n <= self.limit) > 100 * self.limit:
            return dict.fromkeys(keys.values())
        found = {key: texts[quantity, point] for point, key in keys.items()}
        return {key: text if isinstance(text, str) else None for key, text in found.items()}


_Texts = tuple[dict[tuple[Quantity, Point], str | int], dict[tuple[Quantity, Point], Written]]


def _written_forward(network: Network, texts: Texts) -> _Texts:
    """Every forward quantity as finished text, and as the algebra goes on with it."""
    leaves: dict[tuple[Quantity, Point], Written] = {}
    for leaf in network.leaves:
        for point in points(leaf.axes):
            leaves[leaf, point] = texts.atom(entry_name(safe_name(leaf.name), point))
    values = forward_values(network, leaves, texts)
    return _finished(texts, values), values


def _finished(
    texts: Texts, values: Mapping[tuple[Quantity, Point], Written]
) -> dict[tuple[Quantity, Point], str | int]:
    return {key: texts.finished(value) for key, value in values.items()}


def operations(network: Network) -> int:
    """How many products a forward pass multiplies out, about.

    >>> from symbackprop.network.pattern import read_pattern
    >>> operations(read_pattern("10 -> 20 relu"))
    280
    """
    total = 0
    for definition in network.definitions:
        outer = math.prod(_size(i.dimension) for i in definition.indices)
        if isinstance(definition, Map):
            total += outer
            continue
        for term in definition.terms:
            total += outer * math.prod(_size(i.dimension) for i in summed_indices(definition, term))
    return total


class Exact:
    """Exact rational numbers; a function whose value is not rational raises :class:`InputError` (``not-rational``)."""

    def __init__(self, step_at_zero: Fraction = Fraction(1)) -> None:
        self.native: Mapping[Function, Callable[..., Fraction]] = {
            FUNCTIONS["relu"]: lambda z: max(z, Fraction(0)),
            FUNCTIONS["abs"]: abs,
            FUNCTIONS["sign"]: lambda z: Fraction((z > 0) - (z < 0)),
            FUNCTIONS["step"]: lambda z: step_at_zero if z == 0 else Fraction(z > 0),
            FUNCTIONS["max"]: max,
            FUNCTIONS["min"]: min,
            FUNCTIONS["sqrt"]: lambda z: self.power(z, Fraction(1, 2)),
            FUNCTIONS["exp"]: lambda z: self._only("exp", z, 0, 1),
            FUNCTIONS["log"]: lambda z: self._only("log", z, 1, 0),
            FUNCTIONS["sin"]: lambda z: self._only("sin", z, 0, 0),
            FUNCTIONS["cos"]: lambda z: self._only("cos", z, 0, 1),
            FUNCTIONS["erf"]: lambda z: self._only("erf", z, 0, 0),
        }

    def _only(self, name: str, z: Fraction, at: int, value: int) -> Fraction:
        """The value at the one rational argument at which it is rational."""
        if z != at:
            raise InputError("not-rational", f"{name}({z}) is not a rational number")
        return Fraction(value)

    def number(self, value: Fraction) -> Fraction:
        """The number itself."""
        return value

    def symbol(self, name: str) -> Fraction:
        """No symbol has a rational value of its own."""
        raise InputError("no-value", f"{name} has no value" if name != "pi" else "pi is not a rational number")

    def add(self, terms: Sequence[Fraction]) -> Fraction:
        """A sum."""
        return sum(terms, Fraction(0))

    def mul(self, factors: Sequence[Fraction]) -> Fraction:
        """A product."""
        return math.prod(factors, start=Fraction(1))

    def power(self, base: Fraction, exponent: Fraction) -> Fraction:
        """A power, where it is rational.

        >>> Exact().power(Fraction(4, 9), Fraction(-1, 2))
        Fraction(3, 2)
        """
        if base == 0 and exponent < 0:
            raise InputError("division-by-zero", "this divides by zero")
        if exponent.denominator == 1:
            return base**exponent.numerator
        root = Fraction(0)
        if exponent.denominator == 2 and base >= 0:
            root = Fraction(math.isqrt(base.numerator), math.isqrt(base.denominator))
        if root**2 != base:
            raise InputError("not-rational", f"{base}^({exponent}) is not a rational number")
        return root**exponent.numerator

    def unspecified(self, function: Function, arguments: Sequence[Fraction], slope: int) -> Fraction:
        """An unspecified function has no value."""
        raise InputError("no-value", f"the function {function.name} is not specified")


class Float:
    """Floating numbers; exp, sigmoid and softplus neither overflow nor lose what can be kept.

    >>> sigmoid = Float().native[FUNCTIONS["sigmoid"]]
    >>> sigmoid(-800.0), sigmoid(800.0)
    (0.0, 1.0)
    """

    def __init__(self, step_at_zero: Fraction = Fraction(1)) -> None:
        at_zero = float(step_at_zero)
        self.native: Mapping[Function, Callable[..., float]] = {
            FUNCTIONS["relu"]: lambda z: max(z, 0.0),
            FUNCTIONS["abs"]: abs,
            FUNCTIONS["sign"]: lambda z: float((z > 0) - (z < 0)),
            FUNCTIONS["step"]: lambda z: at_zero if z == 0 else float(z > 0),
            FUNCTIONS["max"]: max,
            FUNCTIONS["min"]: min,
            FUNCTIONS["sqrt"]: math.sqrt,
            FUNCTIONS["exp"]: _exp,
            FUNCTIONS["log"]: _log,
            FUNCTIONS["sin"]: math.sin,
            FUNCTIONS["cos"]: math.cos,
            FUNCTIONS["erf"]: math.erf,
            FUNCTIONS["tanh"]: math.tanh,
            FUNCTIONS["sigmoid"]: _sigmoid,
            FUNCTIONS["softplus"]: lambda z: max(z, 0.0) + math.log1p(math.exp(-abs(z))),
            FUNCTIONS["elu"]: lambda z: z if z > 0 else math.expm1(z),
        }

    def number(self, value: Fraction) -> float:
        """The nearest floating number."""
        return float(value)

    def symbol(self, name: str) -> float:
        """Only pi has a value of its own."""
        if name == "pi":
            return math.pi
        raise InputError("no-value", f"{name} has no value")

    def add(self, terms: Sequence[float]) -> float:
        """A sum, rounded once."""
        try:
            return math.fsum(terms)
        except (OverflowError, ValueError):  # an infinite or a missing term
            return sum(terms)

    def mul(self, factors: Sequence[float]) -> float:
        """A product."""
        return math.prod(factors)

    def power(self, base: float, exponent: float) -> float:
        """A power; a division by zero is infinite."""
        try:
            value = base**exponent
        except (OverflowError, ZeroDivisionError):
            return math.inf
        return value if isinstance(value, float) else math.nan

    def unspecified(self, function: Function, arguments: Sequence[float], slope: int) -> float:
        """An unspecified function has no value."""
        raise InputError("no-value", f"the function {function.name} is not specified")


def _exp(z: float) -> float:
    try:
        return math.exp(z)
    except OverflowError:
        return math.inf


def _log(z: float) -> float:
    if z > 0:
        return math.log(z)
    return -math.inf if z == 0 else math.nan


def _sigmoid(z: float) -> float:
    e = math.exp(-abs(z))
    return (1 if z >= 0 else e) / (1 + e)
