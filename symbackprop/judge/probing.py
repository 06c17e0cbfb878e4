"""Floating points at which explanations are tried quickly; the judge's own numbers confirm what they suggest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import isfinite
from typing import Any

from symbackprop.judge.arrays import Array
from symbackprop.judge.claims import Link
from symbackprop.judge.deciding import Decider, Decision
from symbackprop.judge.evaluating import Evaluator
from symbackprop.judge.floats import FAILURES, Floats
from symbackprop.judge.instances import Instance
from symbackprop.judge.readings import Meter, Reading, Undefined
from symbackprop.judge.sampling import Setting
from symbackprop.reading.tree import Node

MOST_TRIED_POINTS, PROBES = 24, 4
ZERO, CLOSE = 1e-12, 1e-8


@dataclass(frozen=True, eq=False)
class Probe:
    """An instance of a network, and what has been evaluated there."""

    instance: Instance[Any]
    evaluator: Evaluator[Any]
    known: dict[Any, Array[Any]] = field(default_factory=dict)

    def value(self, node: Node, letters: Mapping[str, int], key: object) -> Array[Any]:
        """The value of a formula, remembered under a key."""
        at = key, tuple(letters.items())
        if at not in self.known:
            self.known[at] = self.evaluator.at(node, letters)
        return self.known[at]


class Prober:
    """Evaluates links at points of one network, with a budget of its own."""

    def __init__(self, decider: Decider, decision: Decision) -> None:
        self.decider = decider
        self.judge = decider.judge
        self.reading: Reading = decision.reading
        self.claim = decision.claim
        self.meter = Meter()

    def at(self, instance: Instance[Any], reading: Reading | None = None) -> Probe:
        """An instance to evaluate at."""
        return Probe(instance, Evaluator(self.decider.subject, instance, reading or self.reading, self.meter))

    def probes(self, link: Link) -> list[Probe]:
        """A few points in different regions at which the left side is not zero, first where most units are active.

        Where sizes are symbols one point more at other sizes, so that a number is not taken for a size.
        """
        settings = self.judge.sampler.settings
        found = self.drawn(link, settings[0], PROBES)
        for setting in settings[1:2]:
            found += self.drawn(link, setting, 1)
        return found

    def drawn(self, link: Link, setting: Setting, count: int) -> list[Probe]:
        """Points at given sizes."""
        sampler = self.judge.sampler
        step = self.decider.network.step_at_zero
        units = self.decider.units()
        differences = [q for q in self.decider.network.quantities if q.kind == "difference"]
        found: list[tuple[tuple[int, ...], Probe]] = []
        seen: set[tuple[int, ...]] = set()
        for attempt in range(MOST_TRIED_POINTS):
            rng = sampler.random()
            signs = [1 if attempt == 0 else rng.choice((1, 1, -1)) for _ in setting.leaves]
            values = sampler.draw(setting, rng, lambda rng=rng: Fraction(rng.randint(2, 90), 61), signs)  # type: ignore[misc]
            try:
                instance = sampler.instance(setting, values, sampler.symbols(rng, 7), 9, lambda c: Floats(step, c))
                if not all(isfinite(v) for v in instance.values.values()) or not sampler.satisfied(instance):
                    continue
                pattern = self.decider.pattern(instance, [*units, *differences])
                if pattern in seen and units:
                    continue
                probe = self.at(instance)
                if any(abs(a) > ZERO for a in self.lefts(probe, link)):
                    found.append((pattern, probe))
                    seen.add(pattern)
            except FAILURES:
                continue
            if len(found) == count:
                break
        found.sort(key=lambda item: -sum(item[0]))
        return [probe for _, probe in found]

    def lefts(self, probe: Probe, link: Link) -> Iterator[float]:
        """The entries of the left side of a link."""
        for letters in self.judge.assignments(replace(self.claim, links=(link,)), probe.instance):
            try:
                yield from probe.value(link.left, letters, "left").entries
            except Undefined:
                continue

    def pairs(
        self, one: Probe, other: Probe, left: Node, right: Node, key: object, right_key: object
    ) -> Iterator[tuple[Any, Any, object]]:
        """The entries of a left side at one instance beside those of a right side at another, and where they stand.

        Both are remembered under the keys, except under None.
        """
        link = Link(left, right, "=")
        claim = replace(self.claim, links=(link,))
        measure = self.judge._certified if not isinstance(other.instance.algebra, Floats) else NEARLY
        seen = False
        for letters in self.judge.assignments(claim, other.instance):
            other.evaluator.letters = letters
            try:
                if not all(self._holds(other.evaluator, c, letters) for c in self.claim.where):
                    continue
                b = other.evaluator.at(right, letters) if right_key is None else other.value(right, letters, right_key)
                a = one.value(left, letters, key)
            except Undefined:
                continue
            seen = True
            a, b = one.evaluator.arrays.filled(a, b.sides), other.evaluator.arrays.filled(b, a.sides)
            for k, (p, q, _) in enumerate(self.judge.entries(a, b, measure)):
                yield p, q, (tuple(letters.items()), k)
        if not seen:
            raise Undefined("no index is in range")

    def _holds(self, evaluator: Evaluator[Any], condition: Node, letters: Mapping[str, int]) -> bool:
        from symbackprop.judge.conditions import holds

        return not self.judge.about(condition, letters) or holds(evaluator, condition)


class _Nearly:
    """Floating numbers compared."""

    def zero(self, value: float) -> bool:
        """Whether a number is as good as zero."""
        return abs(value) < ZERO


NEARLY: Any = _Nearly()


def ratio_of(pairs: Iterator[tuple[float, float, object]], wanted: float | None = None) -> float | None:
    """The left entries over the right ones, if it is the same number for all; None where it is not.

    >>> ratio_of(iter([(2.0, 1.0, 0), (0.0, 0.0, 1), (-4.0, -2.0, 2)])), ratio_of(iter([(2.0, 1.0, 0), (1.0, 1.0, 1)]))
    (2.0, None)
    """
    found = wanted
    seen = False
    for a, b, _ in pairs:
        if abs(a) < ZERO and abs(b) < ZERO:
            continue
        if abs(a) < ZERO or abs(b) < ZERO or not isfinite(a) or not isfinite(b):
            return None
        ratio = a / b
        if found is not None and abs(ratio - found) > CLOSE * abs(found):
            return None
        found = ratio if found is None else found
        seen = True
    return found if seen else None


def with_gradient(instance: Instance[Any], gradient: Mapping[Any, Any]) -> Instance[Any]:
    """The same instance with another gradient of the cost."""
    found = copy(instance)
    found._gradient = dict(gradient)
    return found
