"""Which known mistakes a wrong formula shows: the fewest that explain it, of those that the judge's numbers confirm.

An explanation has three parts, each of which may be empty: a known way to get the left side wrong (a path left out, a
slope taken for 1, another cost), a small change that mends the right side, and a factor that is missing throughout.
It is looked for at a few floating points and must then hold wherever the judge compares. The explanation with the
fewest mistakes is told; of equally short ones the first in the order of the table, so that a slope which is missing
is called that even where another cost would have the same gradient.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from symbackprop.judge.arrays import Array
from symbackprop.judge.deciding import OWN_ACTIVE, Decider, Decision
from symbackprop.judge.floats import FAILURES
from symbackprop.judge.instances import Instance
from symbackprop.judge.paths import Variant, variants
from symbackprop.judge.probing import CLOSE, ZERO, Probe, Prober, ratio_of
from symbackprop.judge.readings import Meter
from symbackprop.judge.repairs import Change, Changes
from symbackprop.judge.working import numeric
from symbackprop.reading import tree as t
from symbackprop.reading.tree import Node
from symbackprop.tables.mistakes import MISTAKES

MOST_WORK = 150_000
"""How much is worked out at most to find mistakes: parts of formulas, counted, so that no clock decides."""
MOST_NAMES, MOST_PAIRED, MOST_CONFIRMED = 3, 60, 12
FIRST = ("sign", "relu-as-identity", "slope-dropped", "slope-at-wrong-point")
RANK = {name: position for position, name in enumerate(dict.fromkeys((*FIRST, *MISTAKES)))}
"""Of explanations that are equally short the first is told: ReLU taken for the identity before slopes dropped."""


def mistakes_of(decider: Decider, decision: Decision) -> tuple[str, ...]:
    """The mistakes that explain a wrong link, most telling first; empty where nothing known explains it."""
    if numeric(decision.link.right) and numeric(decision.link.left):
        return ("arithmetic",)
    if decision.assumption == OWN_ACTIVE and not isinstance(decision.link.left, t.Deriv | t.Grad):
        return ("relu-as-identity",)
    try:
        return _Search(decider, decision).found()
    except FAILURES:
        return ()


class Explanation(NamedTuple):
    """Mistakes, and what undoes them."""

    names: frozenset[str]
    variant: Variant
    change: Change
    factor: Factor

    @property
    def score(self) -> tuple[int, int, int]:
        """How much is claimed to have gone wrong."""
        parts = bool(self.variant.mistake) + bool(self.change.mistake) + bool(self.factor.names)
        wrapped = len(RANK) * (self.change.mistake == "relu-as-identity")
        return len(self.names), parts, sum(RANK[n] for n in self.names) + wrapped


class Factor(NamedTuple):
    """A number times a power of a size, and the mistakes that it is."""

    number: Fraction
    axis: int | str | None
    power: int
    names: frozenset[str]

    def value(self, sizes: Mapping[str, int]) -> Fraction:
        """The factor at given sizes."""
        size = sizes.get(self.axis, 1) if isinstance(self.axis, str) else self.axis or 1
        return self.number * Fraction(size) ** self.power


Entries = list[tuple[Any, Any, Any]]


class _Search:
    def __init__(self, decider: Decider, decision: Decision) -> None:
        self.decider, self.decision, self.link = decider, decision, decision.link
        self.judge = decider.judge
        self.prober = Prober(decider, decision)
        self.changes = Changes(decider.subject, self.link.left, self.link.right)
        self.probes = self.prober.probes(self.link)
        self.plain = Variant("", lambda instance: instance, self.link.left)
        self.variants: list[tuple[Variant, Probe]] = []
        if self.probes:
            self.factors = self._factors()
            self.variants = [(v, p) for v in variants(self.changes, decider.network) if (p := self.varied(v, 0))]

    def spent(self) -> bool:
        """Whether enough has been tried; the rest of the budget is for confirming what was found."""
        return Meter.MOST - self.prober.meter.left > MOST_WORK

    def varied(self, variant: Variant, number: int) -> Probe | None:
        """A probe under a variant."""
        try:
            return self.prober.at(variant.instance(self.probes[number].instance), variant.reading)
        except FAILURES:
            return None

    def _factors(self) -> list[Factor]:
        """Factors by which a formula may be off, with the mistakes that each is; the likeliest first."""
        network = self.decider.network
        twos, counts = (Fraction(1), Fraction(2), Fraction(1, 2)), [(None, 0)]
        if self.decider.averaged():
            axes: set[int | str] = {axis.size for q in network.quantities for axis in q.axes} | {*network.sizes}
            if network.batch is not None:
                axes = {network.batch.size}
            counts += [(axis, power) for axis in sorted(axes, key=str) if axis != 1 for power in (-1, 1)]  # type: ignore[misc]
        found = []
        for turn in (1, -1):
            for axis, power in counts:
                for two in twos:
                    named = ("sign", turn < 0), ("factor-two", two != 1), ("batch-factor", bool(power))
                    found.append(Factor(turn * two, axis, power, frozenset(name for name, is_one in named if is_one)))
        return sorted(found, key=lambda factor: len(factor.names))

    def found(self) -> tuple[str, ...]:
        """The names of the smallest explanation."""
        if not self.probes:
            return ()
        explained: list[Explanation] = []
        whole = Change("", self.link.left, self.link.right)
        explained += self.explained(whole, True)
        best = self.best(explained)
        if len(best) != 1 or RANK[best[0]] > 1:
            singles = []
            for change in self.changes.of(self.link.right):
                if self.spent():
                    break
                explained += self.explained(change, False)
                singles.append(change)
            best = self.best(explained)
            if not best or len(best) > 2:
                explained += self.pairs(singles)
                best = self.best(explained)
        return best

    def best(self, explained: list[Explanation]) -> tuple[str, ...]:
        """The first explanation, the shortest first, that is confirmed."""
        known: dict[frozenset[str], bool] = {}
        for one in sorted(explained, key=lambda e: e.score)[:MOST_CONFIRMED]:
            if known.get(one.names) is not False and self.confirmed(one):
                return tuple(sorted(one.names, key=lambda n: RANK[n]))
        return ()

    def pairs(self, singles: list[Change]) -> Iterator[Explanation]:
        """Explanations by two changes, of those that do not make nonsense."""
        broken = self.decision.tried is not None and self.decision.tried.shapes is not None
        sensible = [c for c in singles if broken or self.entries(0, c.right) is not None]
        for first in sorted(sensible, key=lambda c: RANK[c.mistake])[: MOST_PAIRED * (3 if broken else 1)]:
            for change in self.changes.of(first.right):
                if self.spent():
                    return
                for one in self.explained(change, False):
                    names = one.names | {first.mistake}
                    if len(names) <= MOST_NAMES:
                        yield one._replace(names=names)

    # at the floating points

    def entries(self, number: int, right: Node) -> Entries | None:
        """The entries of the left side beside those of a right side at a probe; None where it has no value."""
        probe = self.probes[number]
        try:
            return list(self.prober.pairs(probe, probe, self.link.left, right, "left", None))
        except FAILURES:
            return None

    def explained(self, change: Change, every: bool) -> Iterator[Explanation]:
        """Explanations by a change, with a variant of the left side and a factor."""
        entries = self.entries(0, change.right)
        if entries is not None:
            yield from self.matched(change, self.plain, ratio_of(iter(entries)))
        for variant, probe in self.variants:
            if variant.left is not self.link.left or variant.reading is not None:
                if every:
                    yield from self.matched(change, variant, self.apart(variant, probe, 0, change.right))
            elif entries is not None:
                yield from self.matched(change, variant, self.beside(variant, probe, entries))

    def beside(self, variant: Variant, probe: Probe, entries: Entries) -> float | None:
        """The ratio of a variant's left side to the right side whose entries are known."""

        def pairs() -> Iterator[tuple[Any, Any, object]]:
            for _, b, (letters, k) in entries:
                value: Array[Any] = probe.value(variant.left, dict(letters), "left")
                yield value.entries[k], b, None

        try:
            return ratio_of(pairs())
        except (*FAILURES, IndexError):
            return None

    def apart(self, variant: Variant, probe: Probe, number: int, right: Node) -> float | None:
        """The ratio of a variant's left side of its own to a right side."""
        try:
            return ratio_of(self.prober.pairs(probe, self.probes[number], variant.left, right, "left", None))
        except FAILURES:
            return None

    def matched(self, change: Change, variant: Variant, ratio: float | None) -> Iterator[Explanation]:
        """The explanation with the factor that a ratio is, if it is a known one."""
        if ratio is None:
            return
        for factor in self.factors:
            value = factor.value(self.probes[0].instance.sizes)
            if abs(ratio - value) <= CLOSE * abs(value):
                names = factor.names | {n for n in (change.mistake, variant.mistake) if n}
                if 0 < len(names) <= MOST_NAMES:
                    yield Explanation(names, variant, change, factor)

    # confirmed

    def confirmed(self, one: Explanation) -> bool:
        """Whether an explanation holds at the other probes, and wherever the judge compares at these sizes."""
        for number in range(1, len(self.probes)):
            probe = self.varied(one.variant, number)
            if probe is None:
                return False
            ratio = self.apart(one.variant, probe, number, one.change.right)
            value = one.factor.value(self.probes[number].instance.sizes)
            if (ratio is None or abs(ratio - value) > CLOSE * abs(value)) and not self.all_zero(one, probe, number):
                return False
        tried = self.decision.tried
        measure = self.judge.measure if tried is None or tried.measure is None or tried.proved else tried.measure
        seen = False
        instances = self.judge.instances(measure)
        for instance in instances[:: 1 + len(instances) // MOST_CONFIRMED]:
            holds = self.holds(one, instance, measure)
            if holds is False:
                return False
            seen = seen or bool(holds)
        return seen or len(self.probes) > 1

    def all_zero(self, one: Explanation, probe: Probe, number: int) -> bool:
        """Whether both sides are zero at a probe."""
        try:
            pairs = self.prober.pairs(probe, self.probes[number], one.variant.left, one.change.right, "left", None)
            return all(abs(a) < ZERO and abs(b) < ZERO for a, b, _ in pairs)
        except FAILURES:
            return False

    def holds(self, one: Explanation, instance: Instance[Any], measure: Any) -> bool | None:
        """Whether an explanation holds at an instance of the judge; None where that cannot be told."""
        try:
            left = self.prober.at(one.variant.instance(instance), one.variant.reading)
            right = self.prober.at(instance)
            algebra: Any = instance.algebra
            algebra.kinked = False
            factor = algebra.number(one.factor.value(instance.sizes))
            for a, b, _ in self.prober.pairs(left, right, one.variant.left, one.change.right, "left", None):
                if measure.equal(a, instance.algebra.mul([factor, b])) is False:
                    return None if algebra.kinked and instance.special else False
        except FAILURES:
            return None
        return True
