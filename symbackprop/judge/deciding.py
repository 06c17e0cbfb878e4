"""From outcomes to verdicts: right, right where or in which convention, or wrong, with a witness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from symbackprop.judge.arrays import Mismatch
from symbackprop.judge.claims import Claim, Link
from symbackprop.judge.dots import has_dots
from symbackprop.judge.instances import Instance, leaf_name
from symbackprop.judge.judging import Judge
from symbackprop.judge.letters import free_letters, sizes_of
from symbackprop.judge.measures import Measure
from symbackprop.judge.outcomes import Outcome, Tried
from symbackprop.judge.readings import LITERAL, Meter, Misshapen, Reading, Unsupported
from symbackprop.judge.reals import Interval, Undecided
from symbackprop.judge.repairs import private
from symbackprop.judge.subjects import Alias, Constant, Named
from symbackprop.judge.working import Given, decimals, numeric, worked_out
from symbackprop.networks.equations.trees import nodes_of
from symbackprop.networks.equations.trees import symbols as names_in
from symbackprop.reading import tree as t
from symbackprop.reading.sexpr import compact
from symbackprop.reading.tree import Deriv, Grad, Neg, Node, Sym, Transpose
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.expressions import Pow, Symbol, nodes
from symbackprop.vocabulary.quantities import Quantity
from symbackprop.vocabulary.terms import Combination
from symbackprop.vocabulary.verdicts import Regions, Verdict, Witness, worst

READINGS: tuple[tuple[Reading, str | None], ...] = (
    (Reading(dots=True), None),
    (Reading(immediate=True), "partial derivatives by one argument of a definition, the others held fixed"),
    (Reading(wide=True), "an operator of differentiation applies to all of the sum that follows it"),
    (Reading(entrywise=True), "the derivative of an activation stands for its slopes, entry by entry"),
    (Reading(entrywise=True, dots=True), "the derivative of an activation stands for its slopes, entry by entry"),
    (Reading(rows=True), "numerator layout: gradients by vectors are rows, by matrices transposed"),
    (Reading(rows=True, entrywise=True), "numerator layout, and the derivative of an activation stands for its slopes"),
    (Reading(columns=True), "denominator layout: the derivative of a vector by a vector is transposed"),
)
"""Other ways to understand a formula, and the convention each amounts to (None: the sign is used in both ways)."""


OWN_ACTIVE = "every argument of ReLU and Step in it is positive"
TRANSPOSED = "the gradient by a matrix is laid out transposed"

CHANGES = frozenset(["Delta", "vartriangle", "triangle"])
"""Signs before a quantity that make a name for the change of it in one step."""
DECLARED = {"numerator": Reading(rows=True), "denominator": Reading(columns=True)}
"""How derivatives lie where a layout is declared: then no other one excuses anything."""
LAYOUTS = (TRANSPOSED, *(convention for reading, convention in READINGS if reading.rows or reading.columns))
"""Conventions of how derivatives are laid out, which all of a hand-in has to use."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided of one link."""

    verdict: Verdict
    link: Link
    claim: Claim
    reading: Reading = LITERAL
    assumption: str | None = None
    convention: str | None = None
    regions: Regions | None = None
    witness: Witness | None = None
    evidence: str = ""
    tried: Tried | None = None
    blocked: Node | None = None
    """The part of the formula whose shapes do not meet."""


class Decider:
    """Decides the links of claims, and finds the witnesses; ``layout`` is how derivatives are said to be laid out."""

    def __init__(self, judge: Judge, layout: str = "") -> None:
        self.layout = layout
        self.given = Given({})
        """Numbers that are put in for names."""
        self.judge = judge
        self.subject = judge.subject
        self.network = judge.subject.network

    def decided(self, claim: Claim) -> list[Decision]:
        """One decision for every link; a claim about every layer is decided for each of them, and the worst counts."""
        if claim.beside in ("!=", "propto"):
            raise Unsupported(f"only equalities are judged, and not {claim.beside}", claim.tree)
        self.judge.meter.left = Meter.MOST
        variants = self.judge.variants(claim)
        if not variants:
            what = "what the dots stand for cannot be told" if has_dots(claim.tree) else "no layer of this network fits"
            raise Unsupported(what, claim.tree)
        found = []
        for position in range(len(claim.links)):
            decisions = [self.link(v.links[position], v) for v in variants]
            verdict = worst(d.verdict for d in decisions)
            found.append(next(d for d in decisions if d.verdict == verdict))
        return found

    def link(self, link: Link, claim: Claim) -> Decision:
        """The decision on one link."""
        reading = DECLARED.get(self.layout, LITERAL)
        if self.is_update(link):
            link = self.descent(link)
        numbers = [numeric(side) for side in (link.left, link.right)]
        if all(numbers) or any(n and decimals(side) for n, side in zip(numbers, (link.left, link.right), strict=True)):
            return self.worked_out(link, claim)
        if any(numbers) and self.given.numbers:
            worked = self.worked_out(link, claim)
            if worked.verdict != "undecided":
                return worked
        tried = self.judge.tried(link, claim, reading)
        if tried.holds:
            return self.right(link, claim, tried, reading, None)
        for other, convention in READINGS:
            if self.layout and convention in LAYOUTS:
                continue
            other = replace(other, rows=other.rows or reading.rows, columns=other.columns or reading.columns)
            try:
                again = self.judge.tried(link, claim, other)
            except Unsupported:
                continue
            if again.holds and not (again.outcomes and all(o.zero for o in again.outcomes)):
                if other.immediate and self.of_cost(claim):
                    convention = None
                return self.right(link, claim, again, other, convention)
        turned = None if self.layout else self.turned(link, claim)
        if turned is not None:
            return turned
        misfit = None if tried.outcomes else self.misnumbered(link)
        if misfit is not None:
            return Decision("wrong", link, claim, reading, witness=misfit, tried=tried)
        if not tried.differs:
            return Decision("undecided", link, claim, reading, tried=tried)
        if tried.shapes is not None:
            left, right = (shape_text(s) for s in tried.shapes[:2])
            misfit = Witness({}, left, right, shapes=True)
            return Decision("wrong", link, claim, reading, witness=misfit, tried=tried, blocked=tried.shapes.node)
        assumption = self.assumption(tried)
        witness = self.witness(link, claim, reading, tried)
        verdict: Verdict = "right-under-assumption" if assumption else "wrong"
        regions = None if assumption == OWN_ACTIVE else self.regions(tried)
        return Decision(verdict, link, claim, reading, assumption, None, regions, witness, tried=tried)

    def turned(self, link: Link, claim: Claim) -> Decision | None:
        """The decision on a gradient by a matrix that is right when it is laid out transposed; None if it is not."""
        if not isinstance(link.left, Deriv | Grad) or claim.links[0].left is not link.left:
            return None
        other = Link(Transpose(link.left), link.right, link.sign)
        try:
            tried = self.judge.tried(other, claim)
        except Unsupported:
            return None
        if not tried.holds or not tried.outcomes or all(o.zero for o in tried.outcomes):
            return None
        decision = self.right(other, claim, tried, LITERAL, TRANSPOSED)
        return replace(decision, link=link)

    def misnumbered(self, link: Link) -> Witness | None:
        """The index that numbers axes of different sizes, None if there is none."""
        sizes = self.judge.sampler.settings[0].sizes
        found: dict[str, dict[int, None]] = {}
        for side in (link.left, link.right):
            for letter, axes in sizes_of(self.subject, side).items():
                for axis in sorted(axes, key=str):
                    found.setdefault(letter, {})[sizes[axis] if isinstance(axis, str) else axis] = None
        free = free_letters(link.left, link.right)
        for letter, several in found.items():
            if len(several) > 1 and letter in free:
                first, second, *_ = (f"{size} entries" for size in several)
                return Witness(dict(map(_text, sizes.items())), first, second, f"the index {letter}", shapes=True)
        return self.overrun(link, sizes)

    def overrun(self, link: Link, sizes: Mapping[str, int]) -> Witness | None:
        """The index of a sum that runs further than there are entries, None if there is none."""
        for node in (*nodes_of(link.left), *nodes_of(link.right)):
            for over in node.ranges if isinstance(node, t.Sum) else ():
                meaning = self.subject.meaning(over.upper) if isinstance(over.upper, Sym) else None
                last = sizes.get(meaning.name) if isinstance(meaning, Constant) else None
                letter = compact(over.index)
                for axis in sizes_of(self.subject, node).get(letter, ()):
                    size = sizes[axis] if isinstance(axis, str) else axis
                    if last is not None and last > size:
                        known = dict(map(_text, sizes.items()))
                        return Witness(known, f"{last} values", f"{size} entries", f"the index {letter}", shapes=True)
        return None

    def misfit(self, decision: Decision) -> Witness | None:
        """How the sides of a link differ when the layout is the usual one."""
        tried = self.judge.tried(decision.link, decision.claim)
        if tried.shapes is not None:
            left, right = (shape_text(s) for s in tried.shapes[:2])
            return Witness({}, left, right, shapes=True)
        return self.witness(decision.link, decision.claim, LITERAL, tried)

    def laid_out(self, decision: Decision) -> str:
        """What a link says the layout of: a gradient by a matrix or a vector, a Jacobian; nothing where it has none."""
        left = decision.link.left
        by = left.by[-1] if isinstance(left, Deriv) else left.by if isinstance(left, Grad) else None
        meaning = self.subject.meaning(by) if isinstance(by, Sym) else None
        if not isinstance(meaning, Named) or not meaning.quantity.axes or meaning.scripts:
            return ""
        if len(meaning.quantity.axes) > 1:
            return "matrix" if self.of_cost(decision.claim) else ""
        of = self.subject.meaning(left.of) if isinstance(left, Deriv) and isinstance(left.of, Sym) else None
        return "Jacobian" if isinstance(of, Named) and of.quantity.axes and not of.scripts else "vector"

    def of_cost(self, claim: Claim) -> bool:
        """Whether a claim is about a derivative of the cost, by a sum over paths."""
        first = claim.links[0].left
        meaning = self.subject.meaning(first) if isinstance(first, Sym) else None
        first = meaning.right if isinstance(meaning, Alias) else first
        if not isinstance(first, Deriv | Grad) or not isinstance(first.of, Sym):
            return False
        of = self.subject.meaning(first.of)
        return isinstance(of, Named) and of.quantity is self.network.cost

    def is_update(self, link: Link) -> bool:
        r"""Whether a link says what a quantity becomes, ``w := w - \eta g``, or changes by: ``\Delta w = -\eta g``."""
        left, right = link.left, link.right
        if not isinstance(left, Sym):
            return False
        if left.accent in CHANGES and self.subject.meaning(left) is None:
            return True
        return link.sign == "<-" or isinstance(right, t.Add) and any(term == left for term in right.terms)

    def descent(self, link: Link) -> Link:
        """An update as an equality: the new value is the old one less a rate times the gradient."""
        assert isinstance(link.left, Sym)
        changed = replace(link.left, accent="") if link.left.accent in CHANGES else link.left
        rates = [
            name
            for name in names_in(link.right)
            if isinstance(meaning := self.subject.meaning(name), Constant)
            and meaning.name not in self.network.reserved_letters
        ]
        gradient = Deriv("partial", private(self.network.cost), (changed,))
        step: Node = Neg(t.Mul((rates[0], gradient), ("",)) if rates else gradient)
        return Link(t.Add((changed, step), span=changed.span) if changed is link.left else step, link.right, "=")

    def worked_out(self, link: Link, claim: Claim) -> Decision:
        """The decision on numbers that are worked out, or put in for names: equal, to the digits that are written."""
        worked = worked_out(self.judge, link, self.given)
        if not worked:
            return Decision("undecided", link, claim, evidence="numbers are put in that are not given")
        odd = next((each for each in worked if not each.equal), None)
        if odd is None:
            return Decision("agrees", link, claim, evidence="the numbers agree to the digits that are written")
        values = {leaf_name(*entry): text for entry, text in self.given.numbers.items()}
        beside = {} if numeric(link.left) and numeric(link.right) else values
        return Decision("wrong", link, claim, witness=Witness(beside, f"{odd.left:.6g}", f"{odd.right:.6g}"))

    def right(self, link: Link, claim: Claim, tried: Tried, reading: Reading, convention: str | None) -> Decision:
        """The decision on a link that holds."""
        symbolic = bool(self.judge.sampler.settings[0].sizes)
        verdict: Verdict = "proved" if tried.proved and not symbolic else "agrees"
        if not tried.everywhere:
            verdict = "agrees-except-at-kinks"
        if convention is not None:
            verdict = "right-in-another-convention"
        count = len(tried.outcomes)
        evidence = f"equal at all {count} points tried"
        if tried.proved:
            evidence = "both sides have the same normal form"
        if tried.proved and symbolic:
            tried_as = (", ".join(f"{n} = {size}" for n, size in s.sizes.items()) for s in self.judge.sampler.settings)
            evidence += " for " + " and for ".join(tried_as)
        return Decision(
            verdict, link, claim, reading, None, convention, self.regions(tried),
            evidence=evidence, tried=tried,
        )  # fmt: skip

    # regions and assumptions

    def units(self) -> list[Quantity]:
        """The quantities at whose zeros something has a kink."""
        return list(dict.fromkeys(q for s in self.judge.sampler.settings for q, _ in s.units))

    def pattern(self, instance: Instance[Any], units: Sequence[Quantity]) -> tuple[int, ...]:
        """The signs of the units."""
        found = []
        for (quantity, _), value in instance.values.items():
            if quantity in units:
                found.append(sign_of(value))
        return tuple(found)

    def regions(self, tried: Tried) -> Regions | None:
        """How many of the activation regions that were visited agree; None where there is only one."""
        if tried.proved:
            return None
        units = self.units()
        seen: dict[tuple[int, ...], bool] = {}
        for outcome in tried.outcomes:
            if units and not outcome.kinked:
                pattern = self.pattern(outcome.instance, units)
                seen[pattern] = seen.get(pattern, True) and bool(outcome.equal)
        return Regions(sum(seen.values()), len(seen)) if len(seen) > 1 else None

    def assumption(self, tried: Tried) -> str | None:
        """The signs of units under which a link holds, the fewest that suffice; None if there are none."""
        odd = [o for o in tried.outcomes if o.equal is False and not o.kinked]
        steps = {o.step for o in odd}
        if len(steps) == 1 and None not in steps:
            return f"Step(0) = {steps.pop()}"
        own = [o for o in tried.outcomes if o.active and not o.kinked]
        if own and all(o.equal for o in own) and not all(o.zero for o in own):
            return OWN_ACTIVE
        units = self.units()
        if not units:
            return None
        clear = [o for o in tried.outcomes if not o.kinked]

        def suffices(active: Sequence[Quantity]) -> bool:
            inside = [o for o in clear if self.active(o.instance, active)]
            return bool(inside) and all(o.equal for o in inside) and not all(o.zero for o in inside)

        needed = list(units)
        if not suffices(needed):
            return None
        for unit in units:
            fewer = [u for u in needed if u is not unit]
            if fewer and suffices(fewer):
                needed = fewer
        words = " and ".join(f"{unit.name} > 0" for unit in needed)
        named = getattr(self.network, "keys", None)
        own_names = named is None or all(unit in named.values() for unit in needed)
        if len(needed) > 4 or not own_names:
            return "all units active" if len(needed) == len(units) else "the units on the way are active"
        return f"all units active: {words}" if len(needed) == len(units) > 1 else words

    def averaged(self) -> bool:
        """Whether the cost is an average, or anything in the network is divided by a number of things."""
        network = self.network
        if network.batch is not None:
            return True
        coefficients = [term.coefficient for d in network.definitions if isinstance(d, Combination) for term in d.terms]
        return any(isinstance(node, Symbol | Pow) for c in coefficients for node in nodes(c))

    def active(self, instance: Instance[Any], units: Sequence[Quantity]) -> bool:
        """Whether all entries of the units are positive."""
        return all(sign_of(value) > 0 for (quantity, _), value in instance.values.items() if quantity in units)

    # witnesses

    def witness(self, link: Link, claim: Claim, reading: Reading, tried: Tried) -> Witness | None:
        """A small point at which the sides differ; a large one where no small one was found."""
        assert tried.measure is not None
        for instance, measure in self.small(tried.measure):
            try:
                outcome = self.judge.compared(link, claim, reading, instance, measure)
            except (Undecided, InputError, Misshapen, Mismatch):
                continue
            if outcome.equal is False and not outcome.kinked:
                return self.told(outcome, measure)
        for outcome in tried.outcomes:
            if outcome.equal is False and not outcome.kinked:
                return self.told(outcome, tried.measure)
        return None

    def small(self, measure: Measure) -> Iterator[tuple[Instance[Any], Measure]]:
        """Instances in small whole numbers, in the given measure."""
        sampler = self.judge.sampler
        for setting, values, symbols in sampler.small():
            try:
                instance = sampler.instance(
                    setting, values, symbols, 9, partial(measure.algebra, self.network.step_at_zero)
                )
            except (InputError, Undecided):
                continue
            if all(
                c.holds(value)
                for c in sampler.conditions
                for (quantity, _), value in instance.values.items()
                if quantity is c.quantity and not isinstance(value, tuple)
            ):
                yield instance, measure

    def told(self, outcome: Outcome, measure: Measure) -> Witness:
        """The witness that an outcome is."""
        instance = outcome.instance
        values = {name: str(size) for name, size in instance.sizes.items()}
        for (quantity, point), value in instance.given.items():
            values[leaf_name(quantity, point)] = measure.shown(value)
        for symbol in self.network.hyperparameters:
            values[symbol.name] = measure.shown(instance.symbols[symbol.name])
        algebra: Any = instance.algebra
        for (name, arguments), drawn in algebra.chance.drawn.items():
            shown = ", ".join(measure.shown(a) if not isinstance(a, str) else f"{float(a):g}" for a in arguments)
            values[f"{name}({shown})" if arguments else name] = str(drawn)
        entry = ", ".join(f"{letter} = {value + self.subject.first}" for letter, value in outcome.where)
        return Witness(values, measure.shown(outcome.left), measure.shown(outcome.right), entry)


def sign_of(value: Any) -> int:
    """The sign of a rational number or of an interval."""
    low, high = (value.lo, value.hi) if isinstance(value, Interval) else (value, value)
    return 1 if low > 0 else -1 if high < 0 else 0


def _text(item: tuple[str, int]) -> tuple[str, str]:
    return item[0], str(item[1])


def shape_text(sides: Sequence[int | None]) -> str:
    """A shape in words: ``3 x 1``.

    >>> shape_text((3, None)), shape_text(())
    ('3 x 1', 'a number')
    """
    return " x ".join("1" if s is None else str(s) for s in sides) if sides else "a number"


def summary(decisions: Sequence[Decision]) -> Decision:
    """The decision that speaks for a whole claim: the first of the worst."""
    verdict = worst(d.verdict for d in decisions)
    return next(d for d in decisions if d.verdict == verdict)
