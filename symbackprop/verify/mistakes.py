"""Which known mistake a wrong formula shows: the fewest changes that make it right, and the mistakes they undo."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from symbackprop.reading import tree as t
from symbackprop.reading.tree import Node, Sym
from symbackprop.tables.mistakes import MISTAKES
from symbackprop.verify.arrays import Mismatch
from symbackprop.verify.claims import Claim, Link
from symbackprop.verify.deciding import Decider, Decision
from symbackprop.verify.evaluating import Misshapen, Undefined, Unsupported
from symbackprop.verify.instances import Instance
from symbackprop.verify.measures import Measure
from symbackprop.verify.paths import partly
from symbackprop.verify.reals import Interval, Undecided
from symbackprop.verify.repairs import Change, Changes
from symbackprop.vocabulary.errors import InputError

MOST_TRIED, MOST_PAIRED = 3_000, 40
RANK = list(MISTAKES)
Found = tuple[str, ...]


def mistakes_of(decider: Decider, decision: Decision) -> Found:
    """The mistakes that explain a wrong link, most telling first; empty where nothing known explains it."""
    link, claim = decision.link, decision.claim
    if _numeric(link.right):
        return ("arithmetic",)
    search = _Search(decider, decision)
    if decision.assumption and not isinstance(link.left, t.Deriv | t.Grad) and search.changes.by is None:
        return ("relu-as-identity",)
    try:
        return search.found()
    except (Unsupported, InputError, Undecided, RecursionError):
        return ()


def _numeric(node: Node) -> bool:
    """Whether a formula is made of numbers alone, and is worked out further than a single factor."""
    if isinstance(node, Sym | t.App | t.Deriv | t.Grad):
        return False
    return (
        isinstance(node, t.Num)
        or all(_numeric(p) for p in node.parts() if isinstance(p, Node))
        and any(
            isinstance(x, Node) and _numeric(x) for p in node.parts() for x in (p if isinstance(p, tuple) else (p,))
        )
        and not any(
            isinstance(x, Node) and not _numeric(x) for p in node.parts() for x in (p if isinstance(p, tuple) else (p,))
        )
    )


class _Search:
    def __init__(self, decider: Decider, decision: Decision) -> None:
        self.decider = decider
        self.judge = decider.judge
        self.decision = decision
        self.link, self.claim = decision.link, decision.claim
        self.changes = Changes(decider.subject, self.link.left, self.link.right)
        self.measure, self.instances = self._instances()
        self.factors = self._factors()
        self.tried = 0

    def _instances(self) -> tuple[Measure, list[Instance[Any]]]:
        tried = self.decision.tried
        measure: Measure = tried.measure if tried is not None else self.judge.measure
        instances = self.judge.instances(measure)
        units = self.decider.units()
        active = [i for i in instances if not units or self.decider.active(i, units)]
        return measure, [*active[:2], *(i for i in instances if i not in active[:2])][:3]

    def _factors(self) -> dict[Fraction, Found]:
        """Factors by which a formula may be off, with the mistakes that each is."""
        found: dict[Fraction, Found] = {Fraction(1): ()}
        sizes = self.instances[0].sizes if self.instances else {}
        batch = {axis.size for q in self.decider.network.quantities for axis in q.axes}
        counts = {sizes.get(n, n) for n in {*batch, *self.decider.network.sizes} if n in sizes or isinstance(n, int)}
        rates: list[tuple[Fraction, Found]] = [(Fraction(2), ("factor-two",)), (Fraction(1, 2), ("factor-two",))]
        if self.decider.averaged():
            for n in counts:
                if isinstance(n, int) and n > 1:
                    rates += [(Fraction(n), ("batch-factor",)), (Fraction(1, n), ("batch-factor",))]
        for rate, names in rates:
            found.setdefault(rate, names)
        for rate, names in rates:
            for other, more in rates:
                if names != more:
                    found.setdefault(rate * other, (*names, *more))
        return found | {-rate: ("sign", *names) for rate, names in found.items()}

    def found(self) -> Found:
        """The names of the smallest explanation."""
        if not self.instances:
            return ()
        explained: list[Found] = []
        whole = self.explained(Change("", self.link.left, self.link.right))
        if whole is not None:
            explained.append(whole)
        part = partly(self)
        if part is not None:
            explained.append(part)
        singles = []
        for change in self.changes.of(self.link.right):
            if self.tried > MOST_TRIED:
                break
            names = self.explained(change)
            if names is not None:
                explained.append(names)
                if len(names) == 1 and change.mistake == "slope-dropped":
                    break
            else:
                singles.append(change)
        if not explained:
            explained = list(self.pairs(singles))
        return min(explained, key=lambda names: (len(names), sum(RANK.index(n) for n in names)), default=())

    def pairs(self, singles: list[Change]) -> Iterator[Found]:
        """Explanations by two changes, of those that do not make nonsense."""
        budget = MOST_TRIED
        sensible = [c for c in singles if self.sensible(c) and c.left is self.link.left]
        for first in sorted(sensible, key=lambda c: RANK.index(c.mistake))[:MOST_PAIRED]:
            for change in self.changes.of(first.right):
                budget -= 1
                if budget < 0:
                    return
                names = self.explained(change)
                if names is not None:
                    yield tuple(dict.fromkeys((first.mistake, *names)))

    def sensible(self, change: Change) -> bool:
        """Whether a changed formula has a value at all."""
        try:
            self.ratio(change, self.instances[0])
        except (Unsupported, InputError, Undecided, Misshapen, Mismatch, Undefined, ZeroDivisionError):
            return False
        return True

    def explained(self, change: Change) -> Found | None:
        """The mistakes of a change, with those of a factor that is still missing, if both make the link right."""
        self.tried += 1
        try:
            ratio = self.ratio(change, self.instances[0])
        except (Unsupported, InputError, Undecided, Misshapen, Mismatch, Undefined, ZeroDivisionError, OverflowError):
            return None
        if ratio is None or ratio not in self.factors:
            return None
        names = self.factors[ratio]
        if change.mistake in names or not (change.mistake or names) or len(names) + bool(change.mistake) > 3:
            return None
        right: Node = change.right
        if ratio != 1:
            number: Node = t.Div(t.Num(str(abs(ratio.numerator))), t.Num(str(ratio.denominator)))
            right = t.Mul((t.Neg(number) if ratio < 0 else number, right), ("",))
        link = Link(change.left, right, self.link.sign)
        instances = self.instances if ratio != 1 and any(abs(ratio) == n for n in self.factors) else None
        if not self.holds(link, instances):
            return None
        return (change.mistake, *names) if change.mistake else names

    def holds(self, link: Link, instances: list[Instance[Any]] | None) -> bool:
        """Whether a link holds at all instances of the sizes at hand."""
        seen = 0
        for instance in self.judge.instances(self.measure):
            if instance.sizes != self.instances[0].sizes:
                continue
            try:
                outcome = self.judge.compared(link, self.claim, self.decision.reading, instance, self.measure)
            except Undecided:
                continue
            except (Misshapen, Mismatch, Undefined, Unsupported, InputError):
                return False
            if not outcome.kinked and not outcome.equal:
                return False
            seen += not outcome.zero
        return seen > 0

    def ratio(self, change: Change, instance: Instance[Any]) -> Fraction | None:
        """The left side over the right, if it is the same number in all entries."""
        link = Link(change.left, change.right, self.link.sign)
        one = Claim(self.claim.tree, (link,), self.claim.where)
        evaluator = self.judge.evaluator(instance, self.decision.reading)
        found: Fraction | None = None
        for letters in self.judge.assignments(one, instance):
            left, right = evaluator.at(link.left, letters), evaluator.at(link.right, letters)
            for a, b, _ in self.judge.entries(left, right, self.measure):
                if self.measure.zero(a) and self.measure.zero(b):
                    continue
                ratio = _quotient(a, b)
                if ratio is None or found is not None and ratio != found:
                    return None
                found = ratio
        return found


def _quotient(a: Any, b: Any) -> Fraction | None:
    if isinstance(a, Interval):
        middle = (a.lo + a.hi) / 2, (b.lo + b.hi) / 2
        if not middle[1]:
            return None
        return Fraction(middle[0] / middle[1]).limit_denominator(100_000)
    return Fraction(a) / Fraction(b) if b else None
