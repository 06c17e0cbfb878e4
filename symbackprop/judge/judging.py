"""The judge: never right to what is wrong, never wrong without a witness that can be checked by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import islice, product
from random import Random
from typing import Any

from symbackprop.backward.evaluation import operations
from symbackprop.judge import conditions, deriving
from symbackprop.judge.arrays import Array, Mismatch, points
from symbackprop.judge.claims import Claim, Link
from symbackprop.judge.dots import Unclear, has_dots, without_dots
from symbackprop.judge.evaluating import Evaluator
from symbackprop.judge.instances import Chance, Instance, leaf_name
from symbackprop.judge.layers import about_functions, layer_by_layer, put_in
from symbackprop.judge.letters import free_letters, label_letters, limits_in, sizes_of
from symbackprop.judge.measures import Certified, Exactly, Measure, Proof
from symbackprop.judge.normal import TooLarge
from symbackprop.judge.outcomes import Outcome, Shapes, Tried
from symbackprop.judge.readings import LITERAL, Meter, Misshapen, Reading, Undefined, Unsupported
from symbackprop.judge.reals import Undecided
from symbackprop.judge.rewriting import unfolded
from symbackprop.judge.sampling import Condition, Entry, Sampler
from symbackprop.judge.subjects import Alias, Constant, Named, Subject
from symbackprop.networks.equations.einstein import summed_out
from symbackprop.networks.equations.reaching import free_letters as letters_free
from symbackprop.networks.equations.reaching import reaching
from symbackprop.networks.equations.trees import parts_of, symbols
from symbackprop.reading import tree as t
from symbackprop.reading.sexpr import compact
from symbackprop.reading.tree import Node, Sym
from symbackprop.vocabulary.errors import InputError

MOST_ASSIGNMENTS = 600
MOST_TO_PROVE = 8_000
MOST_MORE, MANY_OPERATIONS = 30, 2_000


class Judge:
    """Judges claims about one subject; ``conditions`` are assumptions that hold."""

    def __init__(self, subject: Subject, conditions: Sequence[Condition] = (), seed: int = 0) -> None:
        self.subject = subject
        self.sampler = Sampler(subject.network, conditions, seed)
        self.evaluators: dict[tuple[Instance[Any], Reading], Evaluator[Any]] = {}
        self._exact: list[Instance[Fraction]] | None = None
        self._exactly = Exactly()
        self._certified = Certified()
        self._real: dict[bool, list[Instance[Any]]] = {}
        self.irrational = False
        self._more: dict[Measure, list[Instance[Any]]] = {}
        self.proof = Proof()
        self.meter = Meter()
        self._provable: dict[tuple[int, bool], Instance[Any] | None] = {}
        self._other: dict[tuple[Instance[Any], Fraction], Instance[Any]] = {}

    # instances

    def exact(self) -> list[Instance[Fraction]]:
        """The rational instances; none where the network itself has irrational values."""
        if self._exact is None:
            try:
                self._exact = list(self.sampler.exact())
            except InputError:
                self._exact, self.irrational = [], True
        return self._exact

    def real(self, unit: bool) -> list[Instance[Any]]:
        """The certified instances; with ``unit``, all leaves lie between 0 and 1."""
        if unit not in self._real:
            found = []
            step = self.subject.network.step_at_zero
            for setting, values, symbols in self.sampler.fractions(unit):
                try:
                    instance = self.sampler.instance(
                        setting, values, symbols, 9, partial(self._certified.algebra, step)
                    )
                except (InputError, Undecided):
                    continue
                if self.sampler.satisfied(instance):
                    found.append(instance)
            self._real[unit] = found
        return self._real[unit]

    @property
    def measure(self) -> Measure:
        """How this network's values are measured: exactly, where they are rational."""
        return self._exactly if self.exact() else self._certified

    def instances(self, measure: Measure) -> Sequence[Instance[Any]]:
        """The instances of a measure."""
        if measure is self._exactly:
            return self.exact()
        return self.real(False) or self.real(True)

    def evaluator(self, instance: Instance[Any], reading: Reading) -> Evaluator[Any]:
        """The evaluator at an instance under a reading."""
        key = instance, reading
        if key not in self.evaluators:
            self.evaluators[key] = Evaluator(self.subject, instance, reading, self.meter)
        return self.evaluators[key]

    # trying

    def variants(self, claim: Claim) -> list[Claim]:
        """The claim for every value of the layer letters in it; itself where there are none."""
        free = self.free(claim)
        claim = about_functions(claim, self.is_function)
        limits = {letter for x in claim.links for side in (x.left, x.right) for letter in limits_in(side)}
        given = getattr(self.subject.network, "last", {})
        last = {
            name: number
            for name, number in self.last_layers().items()
            if name in free or "[" in name or name in limits and name in given
        }
        if last:
            links = tuple(Link(put_in(link.left, last), put_in(link.right, last), link.sign) for link in claim.links)
            claim = replace(claim, links=links)
        given = {*letters_free(claim.links[0].left), *self.subject.layers}
        links = tuple(Link(reaching(x.left, given), reaching(x.right, given), x.sign) for x in claim.links)
        claim = replace(claim, links=links)
        claim = self.over_layers(claim)
        free = self.free(claim)
        labels = {x for link in claim.links for side in (link.left, link.right) for x in label_letters(side)}
        bound = [letter for letter in self.subject.layers if letter in free and letter in labels]
        if not bound:
            return self.written_out(claim)
        found = []
        for values in product(
            *(range(self.subject.layers[b].start - 1, self.subject.layers[b].stop + 1) for b in bound)
        ):
            numbers = dict(zip(bound, values, strict=True))
            links = tuple(
                Link(put_in(link.left, numbers), put_in(link.right, numbers), link.sign) for link in claim.links
            )
            one = self.labelled(replace(claim, links=links))
            if self.known(one):
                found += self.written_out(one)
        return found

    def labelled(self, claim: Claim) -> Claim:
        """The claim with numbers for labels of samples and steps, such as the class ``y^{(t)}``."""
        labels = {
            name: n for name, n in getattr(self.subject.network, "last", {}).items() if "[" in name or "#" in name
        }
        if not labels:
            return claim
        links = tuple(Link(put_in(x.left, labels), put_in(x.right, labels), x.sign) for x in claim.links)
        return replace(claim, links=links)

    def is_function(self, name: Sym) -> bool:
        """Whether a bare name is a function, and no quantity."""
        symbol = self.subject.table.find(f"\\{name.base}") or self.subject.table.find(name.base)
        return symbol is not None and symbol.kind == "function" and self.subject.meaning(name) is None

    def over_layers(self, claim: Claim) -> Claim:
        """The claim with sums and products over layers written out, and repeated indices summed if that is meant."""
        layers = self.subject.layers
        scene = getattr(self.subject.network, "scene", None)
        links = claim.links
        if layers:
            links = tuple(
                Link(layer_by_layer(link.left, layers), layer_by_layer(link.right, layers), link.sign) for link in links
            )
        if scene is not None and scene.forward.einstein:
            own = set(free_letters(links[0].left))

            def summed(side: Node) -> Node:
                return summed_out(side, own, scene.names.letters, lambda name: scene.size(name) is not None)

            links = tuple(
                Link(link.left if k == 0 else summed(link.left), summed(link.right), link.sign)
                for k, link in enumerate(links)
            )
        return replace(claim, links=links)

    def free(self, claim: Claim) -> dict[str, None]:
        """The free letters of all sides of a claim."""
        return free_letters(*(side for link in claim.links for side in (link.left, link.right)))

    def written_out(self, claim: Claim) -> list[Claim]:
        """The claim with what dots stand for; none where that cannot be told."""
        if not any(has_dots(side) for link in claim.links for side in (link.left, link.right)):
            return [claim]
        try:
            links = tuple(Link(without_dots(link.left), without_dots(link.right), link.sign) for link in claim.links)
        except Unclear:
            return []
        return [replace(claim, links=links)]

    def last_layers(self) -> dict[str, int]:
        """The letters that mean the last layer."""
        given = dict(getattr(self.subject.network, "last", {}))
        return given | {
            letter: over[-1]
            for letter in ("L", "T", "K", "N")
            for over in self.subject.layers.values()
            if len(over) and letter not in self.subject.layers and letter not in given
        }

    def known(self, claim: Claim) -> bool:
        """Whether every name in a claim has a meaning: a layer beyond the last has none."""
        return all(self.known_in(side) for link in claim.links for side in (link.left, link.right))

    def known_in(self, node: Node) -> bool:
        """Whether every name with a layer in a formula has a meaning, also what further names stand for."""
        for name in symbols(node):
            meaning = self.subject.meaning(name)
            if meaning is None and (name.layer is not None or name.sample is not None):
                return False
            if isinstance(meaning, Alias) and not self.known_in(unfolded(meaning, name)):
                return False
        return True

    def assignments(self, claim: Claim, instance: Instance[Any]) -> Iterator[dict[str, int]]:
        """All values of the free index letters of a claim."""
        free = self.free(claim)
        sizes: dict[str, set[int | str]] = {}
        for link in claim.links:
            for side in (link.left, link.right):
                for letter, found in sizes_of(self.subject, side).items():
                    sizes.setdefault(letter, set()).update(found)
        ranges: dict[str, int] = {}
        labels = {x for link in claim.links for side in (link.left, link.right) for x in label_letters(side)}
        partners = _partners(claim)
        for letter in free:
            if letter in self.subject.layers and letter in labels:
                continue
            name = Sym(letter) if "." not in letter else None
            if name is not None and isinstance(self.subject.meaning(name), Constant):
                continue
            known = sizes.get(letter) or {s for p in partners.get(letter, ()) for s in sizes.get(p, ())}
            declared = self.subject.letters.get(letter)
            if not known and declared is None:
                continue
            axes: set[int | str] = known or ({declared} if declared is not None else set())
            ranges[letter] = min(instance.sizes[a] if isinstance(a, str) else int(a or 0) for a in axes)
        names = list(ranges)
        count = 1
        for size in ranges.values():
            count *= size
        if count <= MOST_ASSIGNMENTS:
            for point in points(list(ranges.values())):
                yield dict(zip(names, point, strict=True))
            return
        rng = Random(count)
        for _ in range(MOST_ASSIGNMENTS // 4):
            yield {name: rng.randrange(size) for name, size in ranges.items()}

    def tried(self, link: Link, claim: Claim, reading: Reading = LITERAL) -> Tried:
        """A link proved, or else compared everywhere, under a reading."""
        proved = self.proved(link, claim, reading)
        if proved is not None:
            return proved
        try:
            exact = self.exact()
            if exact or not self.irrational:
                return self._tried(link, claim, reading, exact, self._exactly)
        except InputError as error:
            if error.code not in ("not-rational", "division-by-zero"):
                raise
        tried = self._tried(link, claim, reading, self.real(False), self._certified)
        if not tried.outcomes and tried.shapes is None:
            tried = self._tried(link, claim, reading, self.real(True), self._certified)
        return tried

    def proved(self, link: Link, claim: Claim, reading: Reading) -> Tried | None:
        """A link whose sides have the same normal form; None where that is not so, or too much to work out."""
        for cut in (True, False):
            outcomes = []
            for number in range(len(self.sampler.settings)):
                instance = self.provable(number, cut)
                if instance is None:
                    break
                try:
                    outcomes.append(self.compared(link, claim, reading, instance, self.proof))
                except (Misshapen, Mismatch, Undecided, Unsupported, TooLarge, InputError, ZeroDivisionError):
                    break
                if not outcomes[-1].equal:
                    break
            else:
                return Tried(tuple(outcomes), None, self.proof, True)
        return None

    def provable(self, number: int, cut: bool) -> Instance[Any] | None:
        """The network with its leaves as unknowns, None where it is too large; with ``cut`` pre-activations are too.

        What holds whatever the pre-activations are holds for those that the network computes.
        """
        if (number, cut) not in self._provable:
            self._provable[number, cut] = self._unknowns(number, cut)
        return self._provable[number, cut]

    def _unknowns(self, number: int, cut: bool) -> Instance[Any] | None:
        setting = self.sampler.settings[number]
        network = self.subject.network
        heavy = operations(network, setting.sizes) > (MOST_TO_PROVE if cut else MOST_TO_PROVE // 4)
        inner = [d.quantity for d in network.definitions if d.quantity.kind == "pre-activation"]
        if heavy or network.constraints or self.sampler.conditions or cut and not inner:
            return None
        algebra = self.proof.algebra(network.step_at_zero, Chance(0, 9))
        entries = [*setting.leaves]
        if cut:
            entries += [(q, p) for q in inner for p in points([setting.size(axis) for axis in q.axes])]
        given = {entry: algebra.atom((number, leaf_name(*entry))) for entry in entries}
        symbols = {symbol.name: algebra.symbol(symbol.name) for symbol in network.hyperparameters}
        symbols |= {name: algebra.number(Fraction(size)) for name, size in setting.sizes.items()}
        costs: tuple[dict[Entry, Any], ...] = ({}, {(network.cost, ()): algebra.atom((number, "the cost"))})
        for known in costs:
            try:
                instance = Instance(network, algebra, {**given, **known}, symbols, setting.sizes, self.sampler.sweeps)
                instance.gradient(network.cost, ())
                instance.cut = cut
                return instance
            except (TooLarge, InputError):
                continue
        return None

    def with_step(self, instance: Instance[Any], step: Fraction, measure: Measure) -> Instance[Any]:
        """The same instance under another value of Step(0)."""
        key = instance, step
        chance: Any = getattr(instance.algebra, "chance", None)
        if key not in self._other:
            algebra = measure.algebra(step, chance)
            self._other[key] = Instance(
                instance.network, algebra, instance.given, instance.symbols, instance.sizes, self.sampler.sweeps
            )
        return self._other[key]

    @property
    def other_step(self) -> Fraction:
        """Another value of Step(0) than the network's."""
        return Fraction(0) if self.subject.network.step_at_zero else Fraction(1)

    def unmoved(
        self, link: Link, letters: dict[str, int], instance: Instance[Any], reading: Reading, measure: Measure
    ) -> Array[Any] | None:
        """The left side where it is the same for every value of Step(0), so that only the right one can be at odds."""
        sides = [self.under_step(link.left, letters, instance, reading, measure, Fraction(step)) for step in (0, 1)]
        same = all(measure.equal(a, b) is True for a, b in zip(sides[0].entries, sides[1].entries, strict=True))
        return sides[int(self.other_step)] if same else None

    def under_step(
        self,
        side: Node,
        letters: dict[str, int],
        instance: Instance[Any],
        reading: Reading,
        measure: Measure,
        step: Fraction,
    ) -> Array[Any]:
        """A side under another value of Step(0)."""
        return self.evaluator(self.with_step(instance, step, measure), reading).at(side, letters)

    def accidental(
        self, link: Link, letters: dict[str, int], instance: Instance[Any], reading: Reading, measure: Measure
    ) -> Outcome | None:
        """Sides that are equal by the value of Step(0) alone, where the left one does not depend on it."""
        left = self.unmoved(link, letters, instance, reading, measure)
        if left is None:
            return None
        right = self.under_step(link.right, letters, instance, reading, measure, self.other_step)
        for a, b, at in self.entries(left, right, measure):
            if measure.equal(a, b) is False:
                where = tuple(letters.items()) + at
                own = self.subject.network.step_at_zero
                return Outcome(instance, False, False, measure.zero(a), own, None, where, a, b)
        return None

    def _tried(
        self, link: Link, claim: Claim, reading: Reading, instances: Sequence[Instance[Any]], measure: Measure
    ) -> Tried:
        skipped = False
        outcomes: list[Outcome] = []
        for instance in instances:
            try:
                outcomes.append(self.compared(link, claim, reading, instance, measure))
            except Misshapen as error:
                left, right = (*error.shapes, error.shapes[0])[:2]
                return Tried(tuple(outcomes), Shapes(left, right, error.node, error.rule), measure)
            except Mismatch as error:
                left, right = (*error.shapes, error.shapes[0])[:2]
                return Tried(tuple(outcomes), Shapes(left, right, None, error.rule), measure)
            except Undecided:
                skipped = True
                continue
            except InputError as error:
                if error.code in ("not-rational", "too-large"):
                    raise
                continue
            if outcomes[-1].equal is False and not outcomes[-1].kinked and reading is not LITERAL:
                break
        tried = Tried(tuple(outcomes), None, measure, skipped=skipped)
        if tried.holds and any(o.active is not None for o in outcomes):
            work = 0  # the most that an instance took
            for instance in self.more(measure):
                before = self.meter.left
                if before < 2 * work:
                    break
                try:
                    outcomes.append(self.compared(link, claim, reading, instance, measure))
                except (Misshapen, Mismatch, Undecided, InputError):
                    continue
                work = max(work, before - self.meter.left)
                if outcomes[-1].equal is False and not outcomes[-1].kinked:
                    break
            tried = Tried(tuple(outcomes), None, measure, skipped=skipped)
        return tried

    def more(self, measure: Measure) -> list[Instance[Any]]:
        """Further instances for a claim with steps of its own, whose arguments have signs that the network's do not."""
        if measure not in self._more:
            found: list[Instance[Any]] = []
            step = self.subject.network.step_at_zero
            for setting in self.sampler.settings:
                wanted = MOST_MORE if operations(self.subject.network, setting.sizes) < MANY_OPERATIONS else 6
                for values, symbols in islice(
                    self.sampler.varied(setting, 5 if measure is self._exactly else 2), wanted
                ):
                    try:
                        instance = self.sampler.instance(setting, values, symbols, 97, partial(measure.algebra, step))
                    except (InputError, Undecided, ArithmeticError):
                        continue
                    if self.sampler.satisfied(instance):
                        found.append(instance)
                top, unit = (10**6, 1) if measure is self._exactly else (160, 96)
                near = self.sampler.around(setting, top, partial(measure.algebra, step), unit)
                found += filter(self.sampler.satisfied, islice(near, wanted))
            self._more[measure] = found
        return self._more[measure]

    def compared(
        self, link: Link, claim: Claim, reading: Reading, instance: Instance[Any], measure: Measure
    ) -> Outcome:
        """The sides of a link at one instance, for all values of its letters."""
        instance = self.under(claim, instance, reading, measure)
        evaluator = self.evaluator(instance, reading)
        algebra: Any = instance.algebra
        algebra.kinked, algebra.active = False, None
        zero = True
        seen = False
        kinked = False
        undecided = False
        one = replace(claim, links=(link,))
        for letters in self.assignments(one, instance):
            try:
                evaluator.letters = letters
                if not all(conditions.holds(evaluator, c) for c in claim.where if self.about(c, letters)):
                    continue
                left = evaluator.at(link.left, letters, anew=not seen)
                right = evaluator.at(link.right, letters, anew=False)
            except Undefined:
                continue
            seen = True
            left, right = (evaluator.arrays.filled(x, y.sides) for x, y in ((left, right), (right, left)))
            for a, b, at in self.entries(left, right, measure):
                zero = zero and measure.zero(a)
                equal = measure.equal(a, b)
                if equal is False:
                    where = tuple(letters.items()) + at
                    kinked = algebra.kinked or instance.kinked
                    odd = (
                        kinked
                        and not instance.special
                        and self.unmoved(link, letters, instance, reading, measure) is not None
                    )
                    active = algebra.active
                    step = self.other_step if odd else None
                    return Outcome(instance, False, kinked and not odd, measure.zero(a), step, active, where, a, b)
                undecided = undecided or equal is None
            if (algebra.kinked or instance.kinked) and not instance.special and measure is not self.proof:
                accident = self.accidental(link, letters, instance, reading, measure)
                if accident is not None:
                    return accident
        if not seen:
            raise Undecided("no index is in range")
        kinked = algebra.kinked or instance.kinked
        return Outcome(instance, None if undecided else True, kinked, zero, active=algebra.active)

    def under(self, claim: Claim, instance: Instance[Any], reading: Reading, measure: Measure) -> Instance[Any]:
        """The instance under the conditions on quantities that a claim makes: a value is put in, a sign has to be so.

        What is proved for unknowns holds under any such sign. Raises :class:`Undecided` where a sign is another one.
        """
        for condition in claim.where:
            if not isinstance(condition, t.Chain) or len(condition.links) != 1:
                continue
            sign, right = condition.links[0]
            meaning = self.subject.meaning(condition.first) if isinstance(condition.first, Sym) else None
            if not isinstance(meaning, Named) or free_letters(condition.first, right):
                continue
            evaluator = self.evaluator(instance, reading)
            if sign == "=":
                value = evaluator.at(right, {})
                instance = deriving.elsewhere(evaluator, _sym(condition.first), meaning, value) or instance
            elif measure is not self.proof and not conditions.holds(evaluator, condition):
                raise Undecided("a condition does not hold")
        return instance

    def about(self, condition: Node, letters: Mapping[str, int]) -> bool:
        """Whether a condition is one on the letters, and on no others."""
        if not isinstance(condition, t.Chain):
            return False
        names = list(symbols(condition))
        other = (name for name in names if compact(name) not in letters)
        known = all(self.subject.meaning(name) is not None for name in other)
        return known and any(compact(name) in letters for name in names)

    def entries(
        self, left: Array[Any], right: Array[Any], measure: Measure
    ) -> Iterator[tuple[Any, Any, tuple[tuple[str, int], ...]]]:
        """Corresponding entries of two arrays, with where they stand."""
        a, b = (tuple(s for s in x.sides if s != 1) for x in (left, right))
        if left.number and right.number:
            yield left.entries[0], right.entries[0], ()
            return
        if a != b:
            if right.number and all(measure.zero(e) for e in right.entries):
                for k, e in enumerate(left.entries):
                    yield e, right.entries[0], (("row", k),)
                return
            if _drop(a) != _drop(b) or (a != b and len(_drop(a)) != 0):
                raise Mismatch("the two sides must have the same shape", left, right)
        names = ("row", "column", "third axis", "fourth axis", "fifth axis", "sixth axis")
        for point, e, f in zip(points(left.shape), left.entries, right.entries, strict=True):
            yield e, f, tuple(zip(names, point, strict=False))


def _drop(sides: tuple[int | None, ...]) -> tuple[int | None, ...]:
    """The sides without units, unless these tell a row from a column."""
    real = tuple(s for s in sides if s is not None)
    return sides if len(real) == 1 and len(sides) == 2 else real


def _partners(claim: Claim) -> dict[str, set[str]]:
    """Letters that are compared with one another, by Kronecker deltas."""
    found: dict[str, set[str]] = {}
    todo: list[Node] = [side for link in claim.links for side in (link.left, link.right)]
    while todo:
        node = todo.pop()
        if isinstance(node, t.Kronecker):
            left, right = compact(node.left), compact(node.right)
            found.setdefault(left, set()).add(right)
            found.setdefault(right, set()).add(left)
        if isinstance(node, t.Chain) and len(node.links) == 1 and isinstance(node.first, Sym):
            other = node.links[0][1]
            if isinstance(other, Sym):
                found.setdefault(compact(node.first), set()).add(compact(other))
                found.setdefault(compact(other), set()).add(compact(node.first))
        todo.extend(parts_of(node))
    return found


def _sym(node: Node) -> Sym:
    assert isinstance(node, Sym)
    return node
