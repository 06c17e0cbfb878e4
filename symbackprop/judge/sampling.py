"""Points at which a claim is tried: every activation region of a small network, and kinks on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import partial
from itertools import chain, islice, product
from math import prod
from random import Random
from typing import Any, NamedTuple

from symbackprop.backward.evaluation import Point, forward_values, points
from symbackprop.backward.numbers import Float
from symbackprop.backward.sweep import Adjoint
from symbackprop.judge.instances import Chance, Instance, Rationals
from symbackprop.judge.reals import Interval, Undecided
from symbackprop.networks.model import Network
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.expressions import Ref
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Dimension, Index, Quantity
from symbackprop.vocabulary.terms import Combination, Definition, Map

Entry = tuple[Quantity, Point]
LARGE = 2**31
SIZES = (2, 3, 4), (3, 2)
"""What symbolic sizes are tried as, in turn: neighbours always differ."""
MOST_SIGNS, MOST_UNITS, MOST_OFF = 6, 5, 8
MOST_LEAVES = 200_000
MOST_CANDIDATES, MOST_COVERING = 40, 8


class Condition(NamedTuple):
    """An assumption: every entry of a quantity compared with a number."""

    quantity: Quantity
    relation: str
    bound: Fraction

    def holds(self, value: Fraction) -> bool:
        """Whether the value satisfies it."""
        return {
            ">": value > self.bound, ">=": value >= self.bound, "<": value < self.bound,
            "<=": value <= self.bound, "=": value == self.bound,
        }[self.relation]  # fmt: skip


class Setting(NamedTuple):
    """A network with sizes put in, and its leaves entry by entry."""

    network: Network
    sizes: Mapping[str, int]
    leaves: tuple[Entry, ...]
    units: tuple[Entry, ...]
    """The entries at whose zero a function has a kink."""

    def size(self, axis: Dimension) -> int:
        """The size of an axis."""
        return self.sizes[axis.size] if isinstance(axis.size, str) else axis.size


def size_names(network: Network) -> list[str]:
    """The symbolic sizes of a network, in order of appearance."""
    quantities = (*network.leaves, *(d.quantity for d in network.definitions))
    found = [axis.size for q in quantities for axis in q.axes if isinstance(axis.size, str)]
    return list(dict.fromkeys([*found, *network.sizes]))


def settings(network: Network) -> list[Setting]:
    """The network with numbers for its symbolic sizes, in two ways if there are any."""
    names = size_names(network)
    found = []
    for cycle in SIZES if names else SIZES[:1]:
        sizes: dict[str, int] = {}
        for name in names:
            base, _, offset = name.partition("+") if "+" in name else name.partition("-")
            if offset.isdigit() and base in sizes:
                sizes[name] = sizes[base] + (int(offset) if "+" in name else -int(offset))
            else:
                sizes[name] = cycle[len(sizes) % len(cycle)]
        shapes = ([sizes[a.size] if isinstance(a.size, str) else a.size for a in q.axes] for q in network.leaves)
        if sum(map(prod, shapes)) > MOST_LEAVES:
            raise InputError(
                "too-large", f"the network {network.source!r} is too large to put numbers into",
                hint="use smaller widths, or names for them: n -> m relu",
            )  # fmt: skip
        leaves = tuple((q, p) for q in network.leaves for p in points(q.axes, sizes))
        found.append(Setting(network, sizes, leaves, tuple(_units(network, sizes))))
    return found


def _units(network: Network, sizes: Mapping[str, int]) -> Iterator[Entry]:
    seen: set[Quantity] = set()
    for definition in network.definitions:
        if isinstance(definition, Map) and definition.function.kinks:
            for argument in definition.arguments:
                if argument.quantity not in seen:
                    seen.add(argument.quantity)
                    yield from ((argument.quantity, p) for p in points(argument.quantity.axes, sizes))


class Sampler:
    """Draws instances of one network; the same ones every time."""

    def __init__(self, network: Network, conditions: Sequence[Condition] = (), seed: int = 0) -> None:
        self.network = network
        leaves = set(network.leaves)  # what is computed cannot be made equal to a number
        self.conditions = tuple(c for c in conditions if c.relation != "=" or c.quantity in leaves)
        self.seed = seed
        self.settings = settings(network)
        self.sweeps: dict[Quantity, dict[Quantity, Adjoint]] = {}
        self._drawn = 0

    def random(self) -> Random:
        """A new source of chance."""
        self._drawn += 1
        return Random(f"{self.seed} {self._drawn}")

    def instance(
        self,
        setting: Setting,
        values: Mapping[Entry, Fraction],
        symbols: Mapping[str, Fraction],
        largest: int = LARGE,
        algebra: Callable[[Chance], Any] | None = None,
    ) -> Instance[Any]:
        """The instance with these values, in rationals or in another algebra."""
        numbers, given, known = self.numbers(setting, values, symbols, largest, algebra)
        return Instance(self.network, numbers, given, known, setting.sizes, self.sweeps)

    def numbers(
        self,
        setting: Setting,
        values: Mapping[Entry, Fraction],
        symbols: Mapping[str, Fraction],
        largest: int,
        algebra: Callable[[Chance], Any] | None,
    ) -> tuple[Any, dict[Entry, Any], dict[str, Any]]:
        """An algebra, and the values of the leaves and of the symbols in it."""
        chance = Chance(self._drawn, largest)
        numbers = Rationals(self.network.step_at_zero, chance) if algebra is None else algebra(chance)
        given = {key: numbers.number(value) for key, value in values.items()}
        known = {name: numbers.number(value) for name, value in symbols.items()}
        known |= {name: numbers.number(Fraction(size)) for name, size in setting.sizes.items()}
        return numbers, given, known

    def symbols(self, rng: Random, largest: int) -> dict[str, Fraction]:
        """Positive values for the hyperparameters."""
        return {symbol.name: Fraction(rng.randint(1, largest), 1) for symbol in self.network.hyperparameters}

    def draw(
        self, setting: Setting, rng: Random, one: Callable[[], Fraction], signs: Sequence[int] | None = None
    ) -> dict[Entry, Fraction]:
        """Values for the leaves, with the given signs, satisfying the assumptions on leaves and the constraints."""
        values: dict[Entry, Fraction] = {}
        for k, entry in enumerate(setting.leaves):
            value = one() * (signs[k] if signs is not None else 1)
            for condition in self.conditions:
                if condition.quantity is entry[0] and not condition.holds(value):
                    value = -value if condition.holds(-value) else self._within(condition, rng)
            values[entry] = value
        for constraint in self.network.constraints:
            axes = constraint.quantity.axes
            for point in points(axes[:-1], setting.sizes):
                line = [(constraint.quantity, (*point, *last)) for last in points(axes[-1:], setting.sizes)]
                if all(key in values for key in line):
                    values[line[-1]] = 1 - sum((values[key] for key in line[:-1]), Fraction(0))
        return values

    @staticmethod
    def _within(condition: Condition, rng: Random) -> Fraction:
        step = Fraction(rng.randint(1, LARGE), LARGE)
        sign = {">": 1, ">=": 1, "<": -1, "<=": -1, "=": 0}[condition.relation]
        return condition.bound + sign * step

    def satisfied(self, instance: Instance[Any]) -> bool:
        """Whether the assumptions on quantities that are computed certainly hold too."""
        return all(
            all(c.holds(Fraction(end)) for end in (value if isinstance(value, Interval) else (value,)))
            for c in self.conditions
            for (quantity, _), value in instance.values.items()
            if quantity is c.quantity
        )

    def exact(self) -> Iterator[Instance[Fraction]]:
        """Instances in large random rationals, first where all leaves are positive, then in every region."""
        for number, setting in enumerate(self.settings):
            for values, symbols in self._choices(setting, brief=number > 0):
                try:
                    instance = self.instance(setting, values, symbols)
                except InputError as error:
                    if error.code == "not-rational":
                        raise
                    continue
                instance.special = 0 in values.values()
                if self.satisfied(instance):
                    yield instance
            if number == 0:
                yield from self.covering(self.around(setting, LARGE), MOST_COVERING)

    def covering(self, candidates: Iterator[Instance[Any]], most: int) -> Iterator[Instance[Any]]:
        """The instances at which something that is computed has a sign, or a region a pattern, that none before had."""
        seen: set[object] = set()
        for instance in candidates:
            signs = {
                key: (value > 0) - (value < 0) for key, value in instance.values.items() if key not in instance.given
            }
            new = {*signs.items(), tuple(s for (q, _), s in signs.items() if q.kind == "pre-activation")} - seen
            if new and self.satisfied(instance):
                seen |= new
                yield instance
                most -= 1
            if not most:
                return

    def around(
        self, setting: Setting, top: int, algebra: Callable[[Chance], Any] | None = None, unit: int = 1
    ) -> Iterator[Instance[Any]]:
        """Candidates with leaves of either sign, and targets on both sides of the prediction, near and far."""
        prediction = self.network.prediction
        targets = [entry for entry in setting.leaves if entry[0].kind == "target"]
        for attempt in range(MOST_CANDIDATES):
            rng = self.random()
            signs = [1 if attempt == 0 else rng.choice((1, -1)) for _ in setting.leaves]
            values = self.draw(setting, rng, lambda rng=rng: Fraction(rng.randint(8, top), unit), signs)  # type: ignore[misc]
            symbols = self.symbols(rng, 3)
            try:
                instance = self.instance(setting, values, symbols, 9, algebra)
                if attempt % 2 and prediction is not None and not self.network.constraints:
                    for target, point in targets:
                        near = instance.values.get((prediction, point))
                        if near is not None:
                            beside = rng.choice((-1, 1)) * Fraction(rng.choice((1, 2, 7, 20)), 3)
                            values[target, point] = Fraction(round(_middle(near) * unit), unit) + beside
                    instance = self.instance(setting, values, symbols, 9, algebra)
            except InputError as error:
                if error.code == "not-rational":
                    return
                continue
            except (ArithmeticError, ValueError, Undecided):
                continue
            instance.drawn = values, symbols
            yield instance

    def _choices(self, setting: Setting, brief: bool) -> Iterator[tuple[dict[Entry, Fraction], dict[str, Fraction]]]:
        count = len(setting.leaves)

        def drawn(signs: Sequence[int] | None = None) -> tuple[dict[Entry, Fraction], dict[str, Fraction], Random]:
            rng = self.random()
            values = self.draw(setting, rng, lambda: Fraction(rng.randint(1, LARGE)), signs)
            return values, self.symbols(rng, LARGE), rng

        yield drawn()[:2]
        if not setting.units:
            for _ in range(1 if brief else 2):
                rng = self.random()
                yield drawn([rng.choice((1, -1)) for _ in range(count)])[:2]
            return
        if count <= MOST_SIGNS and not brief:
            for signs in product((1, -1), repeat=count):
                if -1 in signs:
                    yield drawn(signs)[:2]
        else:
            for _ in range(4):
                rng = self.random()
                yield drawn([rng.choice((1, -1)) for _ in range(count)])[:2]
            for pattern in self.patterns(setting, brief):
                values, symbols, _ = drawn([self.random().choice((1, -1)) for _ in range(count)])
                yield steered(setting, values, symbols, pattern, self), symbols
        if not brief:
            for k in range(min(count, 4)):  # kinks on purpose
                values, symbols, rng = drawn()
                values[setting.leaves[rng.randrange(count) if count > 4 else k]] = Fraction(0)
                yield values, symbols

    def patterns(self, setting: Setting, brief: bool) -> Iterator[dict[Entry, int]]:
        """Activation patterns: all on, all but one, then the others where there are few units, else some at random."""
        units = setting.units
        yield dict.fromkeys(units, 1)
        rng = self.random()
        for off in rng.sample(units, min(len(units), 3 if brief else MOST_OFF)):
            yield {unit: -1 if unit == off else 1 for unit in units}
        if len(units) <= MOST_UNITS and not brief:
            for signs in product((1, -1), repeat=len(units)):
                if signs.count(-1) > 1:
                    yield dict(zip(units, signs, strict=True))
            return
        for _ in range(2 if brief else 5):
            yield {unit: rng.choice((1, -1)) for unit in units}

    def varied(self, setting: Setting, spread: int) -> Iterator[tuple[dict[Entry, Fraction], dict[str, Fraction]]]:
        """Leaves of either sign and of very different sizes, so that sums of them have either sign."""
        while True:
            rng = self.random()

            def one(rng: Random = rng) -> Fraction:
                return Fraction(rng.randint(64, 127), 64) * Fraction(2) ** rng.randint(-spread, spread)

            values = self.draw(setting, rng, one, [rng.choice((1, -1)) for _ in setting.leaves])
            yield values, self.symbols(rng, 3)

    def small(self) -> Iterator[tuple[Setting, dict[Entry, Fraction], dict[str, Fraction]]]:
        """Readable points, the simplest first: small whole numbers, then small fractions."""
        for setting in self.settings:
            count = len(setting.leaves)
            for attempt in range(60):
                rng = self.random()
                top = 3 if attempt < 20 else 5 if attempt < 40 else 9
                signs = [1] * count if attempt % 4 == 0 else [rng.choice((1, 1, -1)) for _ in range(count)]
                values = self.draw(setting, rng, lambda rng=rng, top=top: Fraction(rng.randint(1, top)), signs)  # type: ignore[misc]
                yield setting, values, self.symbols(rng, 3)

    def fractions(self, unit: bool) -> Iterator[tuple[Setting, dict[Entry, Fraction], dict[str, Fraction]]]:
        """Points for functions that are not rational: moderate sizes, or between 0 and 1 where ``unit``."""
        for number, setting in enumerate(self.settings):
            count = len(setting.leaves)
            for attempt in range(3 if number else 5):
                rng = self.random()
                if unit:
                    values = self.draw(setting, rng, lambda rng=rng: Fraction(rng.randint(1, 97), 101))  # type: ignore[misc]
                else:
                    signs = [1] * count if attempt == 0 else [rng.choice((1, -1)) for _ in range(count)]
                    values = self.draw(setting, rng, lambda rng=rng: Fraction(rng.randint(8, 160), 96), signs)  # type: ignore[misc]
                yield setting, values, self.symbols(rng, 3)
            if not unit and number == 0:
                floating = partial(_Floating, self.network.step_at_zero)
                around = chain(self.placed(setting, floating, 96), self.around(setting, 160, floating, 96))
                for instance in self.covering(around, MOST_COVERING + min(len(setting.units), MOST_OFF)):
                    yield setting, *instance.drawn

    def placed(self, setting: Setting, algebra: Callable[[Chance], Any], unit: int) -> Iterator[Instance[Any]]:
        """Candidates in which all units are active, or all but one."""
        for pattern in islice(self.patterns(setting, brief=False), 1 + min(len(setting.units), MOST_OFF)):
            rng = self.random()
            signs = [rng.choice((1, -1)) for _ in setting.leaves]
            values = self.draw(setting, rng, lambda rng=rng: Fraction(rng.randint(8, 160), unit), signs)  # type: ignore[misc]
            symbols = self.symbols(rng, 3)
            try:
                values = steered(setting, values, symbols, pattern, self, algebra)
                instance = self.instance(setting, values, symbols, 9, algebra)
            except (InputError, ArithmeticError, ValueError, Undecided):
                continue
            instance.drawn = values, symbols
            yield instance


class _Floating(Float):
    """Floating numbers with chance for what is not specified, to see in which region a point lies."""

    def __init__(self, step_at_zero: Fraction, chance: Chance) -> None:
        super().__init__(step_at_zero)
        self.chance = chance

    def symbol(self, name: str) -> float:
        """Pi, or the value that chance gives a name."""
        return super().symbol(name) if name == "pi" else float(self.chance.value(name))

    def unspecified(self, function: Function, arguments: Sequence[float], slope: int) -> float:
        """The value that chance gives a function."""
        return float(self.chance.value(f"{function.name} {slope}", tuple(f"{a:.9g}" for a in arguments)))


def _middle(value: Any) -> Fraction:
    """A number, or the middle of an interval."""
    return (Fraction(value.lo) + Fraction(value.hi)) / 2 if isinstance(value, Interval) else Fraction(value)


def steered(
    setting: Setting,
    values: dict[Entry, Fraction],
    symbols: Mapping[str, Fraction],
    pattern: Mapping[Entry, int],
    sampler: Sampler,
    algebra: Callable[[Chance], Any] | None = None,
) -> dict[Entry, Fraction]:
    """The values with weights flipped until the units have the signs of a pattern, as far as they can have them."""
    found = dict(values)
    for unit in pattern.keys() & found.keys():
        found[unit] = abs(found[unit]) * pattern[unit]
    held: set[Entry] = set()
    numbers, given, known = sampler.numbers(setting, found, symbols, LARGE, algebra)

    def flipped(current: dict[Entry, Any], definition: Definition, point: Point) -> bool:
        wanted = pattern.get((definition.quantity, point))
        if wanted is None or not isinstance(definition, Combination):
            return False
        weights = set(_weights(definition, point, found, setting))
        flip = current[definition.quantity, point] * wanted < 0 and not weights & held
        if flip:
            for entry in weights:
                found[entry] = -found[entry]
                current[entry] = numbers.number(found[entry])
        held.update(weights)
        return flip

    with suppress(InputError):
        forward_values(setting.network, given, numbers, known, setting.sizes, flipped)
    return found


def _weights(
    definition: Combination, point: Point, leaves: Mapping[Entry, Fraction], setting: Setting
) -> Iterator[Entry]:
    """The leaves of which every term of a definition has one: flipping them all flips the sign of the entry."""
    at: dict[Index, int] = dict(zip(definition.indices, point, strict=True))
    network_leaves = {q for q, _ in leaves}
    for term in definition.terms:
        weight = next(
            (
                f
                for f in term.factors
                if isinstance(f, Ref) and f.quantity in network_leaves and f.quantity.kind in ("weight", "bias")
            ),
            None,
        ) or next((f for f in term.factors if isinstance(f, Ref) and f.quantity in network_leaves), None)
        if weight is None:
            continue
        free = [i for i in weight.indices if isinstance(i, Index) and i not in at]
        for inner in points([i.dimension for i in free], setting.sizes):
            here = {**at, **dict(zip(free, inner, strict=True))}
            yield weight.quantity, tuple(here[i] if isinstance(i, Index) else i for i in weight.indices)
