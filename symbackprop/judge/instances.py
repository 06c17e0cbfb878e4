"""Instances of a network: numbers for its leaves, and from them the value of everything that a claim may name.

A value is exact. An unspecified function is one whose values and slopes are drawn at random, each for its arguments:
what holds for every function holds for that one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import prod
from random import Random
from typing import Any, Generic, TypeVar

from symbackprop.backward.evaluation import Point, entry_name, forward_values, gradient_values, points
from symbackprop.backward.numbers import Exact
from symbackprop.backward.sweep import Adjoint, sweep
from symbackprop.judge.normal import Normal
from symbackprop.judge.subjects import derivative
from symbackprop.networks.model import Network
from symbackprop.symbolic.algebra import Algebra, applied, safe_name
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Dimension, Quantity

T = TypeVar("T")
MOST_BITS = 200_000
_NOTHING: Any = 0
_ONE: Any = 1


class Chance:
    """Values of unspecified functions and partials, drawn once for their arguments, small and readable if asked."""

    def __init__(self, seed: int, largest: int) -> None:
        self.seed = seed
        self.largest = largest
        self.drawn: dict[tuple[str, tuple[Any, ...]], Fraction] = {}

    def value(self, name: str, arguments: tuple[Any, ...] = ()) -> Fraction:
        """The value of a name at some arguments."""
        key = name, arguments
        found = self.drawn.get(key)
        if found is None:
            found = Fraction(Random(f"{self.seed} {name} {arguments}").randint(1, self.largest))
            if self.largest < 100 and found in self.drawn.values():
                found = Fraction(Random(f"{self.seed} {name} {arguments} again").randint(1, 2 * self.largest))
            self.drawn[key] = found
        return found


class Rationals(Exact):
    """Exact rational numbers, with chance for what is not specified; remembers whether Step was taken at 0."""

    def __init__(self, step_at_zero: Fraction, chance: Chance) -> None:
        super().__init__(step_at_zero)
        self.kinked = False
        self.active: bool | None = None
        """Whether everything that a function with a kink was taken of lately is positive; None: there was nothing."""
        self.chance = chance
        zero, at_zero = self.number(Fraction(0)), self.number(step_at_zero)

        def step(z: Fraction) -> Fraction:
            self.active = self.active is not False and z > 0
            if z == 0:
                self.kinked = True
                return at_zero
            return self.number(Fraction(z > 0))

        def relu(z: Fraction) -> Fraction:
            self.active = self.active is not False and z > 0
            return z if z > 0 else zero

        def sign(z: Fraction) -> Fraction:
            self.kinked = self.kinked or z == 0
            self.active = self.active is not False and z > 0
            return self.number(Fraction((z > 0) - (z < 0)))

        self.native = {
            **self.native,
            FUNCTIONS["step"]: step,
            FUNCTIONS["sign"]: sign,
            FUNCTIONS["relu"]: relu,
        }

    def number(self, value: Fraction) -> Fraction:
        """The number; a whole one as an int, which is many times faster and counts as a fraction everywhere."""
        whole: Any = value.numerator
        return whole if value.denominator == 1 else value

    def add(self, terms: Sequence[Fraction]) -> Fraction:
        """A sum."""
        return sum(terms, _NOTHING)

    def mul(self, factors: Sequence[Fraction]) -> Fraction:
        """A product."""
        return prod(factors, start=_ONE)

    def power(self, base: Fraction, exponent: Fraction) -> Fraction:
        """A power, where it is rational."""
        if exponent == 1:
            return base
        if exponent == -1 and base:
            return Fraction(1) / base
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        times: Fraction = abs(Fraction(exponent))
        if bits * max(times, Fraction(1)) > MOST_BITS:
            raise InputError("too-large", "a power here is too large to be worked out")
        return super().power(Fraction(base), Fraction(exponent))

    def symbol(self, name: str) -> Fraction:
        """The value of a name that nothing else gives one."""
        if name == "pi":
            raise InputError("not-rational", "pi is not a rational number")
        return self.number(self.chance.value(name))

    def unspecified(self, function: Function, arguments: Sequence[Fraction], slope: int) -> Fraction:
        """The value that chance gives a function or its partial."""
        if slope:
            function = derivative(function, slope - 1)
        return self.number(self.chance.value(function.name, tuple(arguments)))


class Dual(Generic[T]):
    """Numbers with a first-order change: pairs ``(value, change)`` over another algebra; None is no change."""

    def __init__(self, base: Algebra[T]) -> None:
        self.base = base
        self.native: Mapping[Function, Callable[..., tuple[T, T | None]]] = _Everything(self)

    def number(self, value: Fraction) -> tuple[T, T | None]:
        """A number does not change."""
        return self.base.number(value), None

    def symbol(self, name: str) -> tuple[T, T | None]:
        """Nor does a hyperparameter."""
        return self.base.symbol(name), None

    def add(self, terms: Sequence[tuple[T, T | None]]) -> tuple[T, T | None]:
        """The change of a sum is the sum of the changes."""
        changes = [d for _, d in terms if d is not None]
        return self.base.add([v for v, _ in terms]), self.base.add(changes) if changes else None

    def mul(self, factors: Sequence[tuple[T, T | None]]) -> tuple[T, T | None]:
        """The product rule."""
        values = [v for v, _ in factors]
        changes = [
            self.base.mul([*values[:k], d, *values[k + 1 :]]) for k, (_, d) in enumerate(factors) if d is not None
        ]
        return self.base.mul(values), self.base.add(changes) if changes else None

    def power(self, base: tuple[T, T | None], exponent: tuple[T, T | None]) -> tuple[T, T | None]:
        """The power rule, for a constant exponent."""
        value = self.base.power(base[0], exponent[0])
        if exponent[1] is not None:
            raise InputError("no-derivative", "a power whose exponent changes cannot be differentiated here")
        if base[1] is None:
            return value, None
        less = self.base.power(base[0], self.base.add([exponent[0], self.base.number(Fraction(-1))]))
        return value, self.base.mul([exponent[0], less, base[1]])

    def unspecified(
        self, function: Function, arguments: Sequence[tuple[T, T | None]], slope: int
    ) -> tuple[T, T | None]:
        """An unspecified function, or its partial."""
        return self.called(derivative(function, slope - 1) if slope else function, arguments)

    def called(self, function: Function, arguments: Sequence[tuple[T, T | None]]) -> tuple[T, T | None]:
        """The chain rule: the sum of the partials times the changes."""
        values = [v for v, _ in arguments]
        value = applied(self.base, function, values)
        changes = []
        for position, (_, change) in enumerate(arguments):
            if change is not None:
                slope = applied(self.base, derivative(function, position), values)
                changes.append(self.base.mul([slope, change]))
        return value, self.base.add(changes) if changes else None


class _Everything(dict[Function, Callable[..., Any]]):
    """Every function is native to dual numbers."""

    def __init__(self, dual: Dual[Any]) -> None:
        super().__init__()
        self.dual = dual

    def get(self, function: Function, default: Any = None) -> Any:
        """The function on dual numbers."""
        return lambda *arguments: self.dual.called(function, arguments)


class Instance(Generic[T]):
    """A network at a point: values of all quantities, the adjoints, and derivatives of one quantity by another."""

    def __init__(
        self,
        network: Network,
        algebra: Algebra[T],
        given: Mapping[tuple[Quantity, Point], T],
        symbols: Mapping[str, T],
        sizes: Mapping[str, int],
        sweeps: dict[Quantity, dict[Quantity, Adjoint]],
        outer: Instance[Any] | None = None,
    ) -> None:
        self.network = network
        self.algebra = algebra
        self.given = given
        self.symbols = symbols
        self.sizes = sizes
        self._sweeps = sweeps
        self.outer = outer
        self.cut = False
        """Whether pre-activations are unknowns of their own, so that formulas do not equal what the network defines."""
        self.special = False
        """Whether leaves were put to zero on purpose, so that kinks here are rare."""
        self.drawn: Any = None
        """The leaves and hyperparameters that it was made of, as they were drawn."""
        self._free: dict[str, T] = {}
        self.kinked = False
        """Whether Step is taken at 0 by the network itself, here or in its gradients."""
        self.values = self.watched(lambda: forward_values(network, given, algebra, symbols, sizes))
        self._gradient: dict[tuple[Quantity, Point], T] | None = None
        self._rows: dict[tuple[Quantity, Point], dict[tuple[Quantity, Point], T]] = {}
        self._changing: dict[tuple[Quantity, Point], Instance[tuple[T, T | None]]] = {}

    def watched(self, work: Callable[[], Any]) -> Any:
        """What some work of the network's own comes to, kinks in it kept apart from those in a claim."""
        algebra: Any = self.algebra
        while isinstance(algebra, Dual):
            algebra = algebra.base
        before = getattr(algebra, "kinked", False), getattr(algebra, "active", None)
        algebra.kinked = False
        try:
            return work()
        finally:
            self.kinked = self.kinked or algebra.kinked
            algebra.kinked, algebra.active = before

    def size(self, axis: Dimension) -> int:
        """The size of an axis here."""
        return self.sizes[axis.size] if isinstance(axis.size, str) else axis.size

    def shape(self, quantity: Quantity) -> tuple[int, ...]:
        """The sizes of the axes of a quantity."""
        return tuple(map(self.size, quantity.axes))

    def sweep(self, of: Quantity) -> dict[Quantity, Adjoint]:
        """The adjoints by a quantity."""
        if of not in self._sweeps:
            self._sweeps[of] = sweep(self.network, None if of is self.network.cost else of)
        return self._sweeps[of]

    def gradient(self, quantity: Quantity, point: Point) -> T:
        """The derivative of the cost by an entry."""
        if self._gradient is None:
            adjoints = self.sweep(self.network.cost)
            self._gradient = self.watched(
                lambda: gradient_values(
                    self.network, adjoints, self.values, self.algebra, self.symbols, sizes=self.sizes
                )
            )
        return self._gradient[quantity, point]

    def derivative(self, of: Quantity, at: Point, by: Quantity, point: Point) -> T:
        """The derivative of an entry of one quantity by an entry of another, through every path."""
        if of is self.network.cost:
            return self.gradient(by, point)
        row = self._rows.get((of, at))
        if row is None:
            row = self._rows[of, at] = self.row(of, at, self.sweep(of))
        return row[by, point]

    def row(self, of: Quantity, at: Point, adjoints: dict[Quantity, Adjoint]) -> dict[tuple[Quantity, Point], T]:
        """The derivatives of an entry by every entry of everything, with some adjoints."""
        found: dict[tuple[Quantity, Point], T] = self.watched(
            lambda: gradient_values(
                self.network, adjoints, self.values, self.algebra, self.symbols, sizes=self.sizes, start=(of, at)
            )
        )
        return found

    def immediate(self, of: Quantity, at: Point, by: Quantity, point: Point) -> T:
        """The derivative of an entry by an argument of its definition, all other named quantities held fixed."""
        key = of, (-1, *at)
        row = self._rows.get(key)
        if row is None:
            direct = {
                quantity: Adjoint(
                    quantity,
                    tuple(
                        c
                        for c in a.contributions
                        if c.definition.quantity is of or c.definition.quantity.kind == "inline"
                    ),
                )
                for quantity, a in sweep(self.network, of).items()
            }
            row = self._rows[key] = self.row(of, at, direct)
        return row[by, point]

    def changing(self, by: Quantity, point: Point) -> Instance[tuple[T, T | None]]:
        """The same instance in dual numbers, with one entry changing and all that depends on it."""
        if (by, point) not in self._changing:
            self._changing[by, point] = self._changed(by, point)
        return self._changing[by, point]

    def _changed(self, by: Quantity, point: Point) -> Instance[tuple[T, T | None]]:
        dual = Dual(self.algebra)
        one = self.algebra.number(Fraction(1))
        given = _both(self.given)
        for entry in points(by.axes, self.sizes):
            given[by, entry] = (self.values[by, entry], one if entry == point else None)
        return Instance(self.network, dual, given, _both(self.symbols), self.sizes, self._sweeps, self)

    def with_given(self, given: Mapping[tuple[Quantity, Point], T]) -> Instance[T]:
        """The same instance with other values of some quantities."""
        return Instance(self.network, self.algebra, given, self.symbols, self.sizes, self._sweeps, self.outer)

    def lifted(self) -> Instance[tuple[T, T | None]]:
        """The same instance in dual numbers, with nothing changing."""
        return Instance(
            self.network, Dual(self.algebra), _both(self.values), _both(self.symbols), self.sizes, self._sweeps, self
        )

    def free(self, name: str) -> T:
        """The value of a variable that is no quantity, the same wherever it stands."""
        if self.outer is not None:
            value: Any = self.outer.free(name), None
            found: T = value
            return found
        known = self._free.get(name)
        if known is None and isinstance(self.algebra, Normal):
            atom: Any = self.algebra.atom(("free", name))
            known = self._free[name] = atom
        if known is None:
            rng = Random(f"{name} {sorted(self.sizes.items())} {len(self._free)} {next(iter(self.given.values()), 0)}")
            known = self._free[name] = self.algebra.number(Fraction(rng.randint(1, 300) * rng.choice((1, -1)), 100))
        return known


def _both(values: Mapping[Any, T]) -> dict[Any, tuple[T, T | None]]:
    """Values that do not change, as dual numbers."""
    return {key: (value, None) for key, value in values.items()}


def leaf_name(quantity: Quantity, point: Point) -> str:
    """The name of a leaf's entry in a witness.

    >>> leaf_name(Quantity("W0", "weight"), (0, 1))
    'W0_0_1'
    """
    return entry_name(safe_name(quantity.name), point)
