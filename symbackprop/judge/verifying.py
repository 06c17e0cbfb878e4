"""Hand-ins judged: every formula read, every equality decided, each line on the truth and not on the line before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from symbackprop.judge.claims import Claim, claim_of
from symbackprop.judge.deciding import CHANGES, LAYOUTS, Decider, Decision, summary
from symbackprop.judge.expecting import expected
from symbackprop.judge.extended import Extended
from symbackprop.judge.judging import Judge
from symbackprop.judge.layers import put_in
from symbackprop.judge.letters import sizes_of
from symbackprop.judge.measures import irrational
from symbackprop.judge.mistakes import mistakes_of
from symbackprop.judge.readings import Unsupported
from symbackprop.judge.reals import Undecided
from symbackprop.judge.repairs import private
from symbackprop.judge.sampling import Condition
from symbackprop.judge.subjects import Alias, Named, Names
from symbackprop.judge.working import given_of
from symbackprop.networks.equations.rows import as_name, is_formal
from symbackprop.networks.equations.trees import nodes_of, parts_of, symbols
from symbackprop.networks.forward import AuthoredNetwork
from symbackprop.reading import SymbolTable, read
from symbackprop.reading import tree as t
from symbackprop.reading.reader import Reading as Read
from symbackprop.reading.reader import Row
from symbackprop.reading.symbols import Symbol, normal
from symbackprop.reading.tree import Chain, Node, Sym
from symbackprop.vocabulary.errors import InputError, Place
from symbackprop.vocabulary.quantities import Quantity
from symbackprop.vocabulary.verdicts import Judgement

MOST_NAMES = 20
LONGEST_CLAIM = 100_000
NAMING = "only-a-name"
RATES = frozenset(["\\eta", "\\alpha", "\\epsilon", "\\varepsilon", "\\gamma", "\\mu", "\\lambda", "\\rho"])
"""Letters for the rate of an update, where they mean nothing else."""
_UPDATE = re.compile(
    r":=|\\(?:leftarrow|gets|Delta|vartriangle|triangle|coloneqq)(?![A-Za-z])|←|(?:new|\+\s*1|\+)\s*\)?\}"
)
MOST_EXPLAINED = 400
"""The nodes of the largest formula in which a mistake is looked for."""


class Written(NamedTuple):
    """A formula and where it stands in the text of its file."""

    text: str
    start: int
    file_text: str
    file_name: str
    plain: bool = False

    def place(self, start: int, end: int) -> Place:
        """A stretch of the formula as a stretch of the file."""
        size = len(self.file_text)
        first = min(max(self.start + start, 0), size)
        return Place(self.file_text, first, min(max(self.start + end, first + 1), max(size, first + 1)), self.file_name)

    def located(self, error: InputError) -> InputError:
        """An error about the formula, placed in the file."""
        if error.place is None:
            return InputError(error.code, error.message, self.place(0, len(self.text)), error.hint)
        start, end = error.place.start, error.place.end
        return InputError(error.code, error.message, self.place(start, end), error.hint)


@dataclass
class Verifier:
    """Judges the formulas of one hand-in about one network; names that it defines itself are known from there on."""

    subject: Names
    conditions: tuple[Condition, ...] = ()
    layout: str = ""
    """How derivatives are said to be laid out: ``numerator``, ``denominator``, or nothing is said."""
    extended: Extended = field(init=False)
    judge: Judge = field(init=False)
    decider: Decider = field(init=False)
    own: list[Symbol] = field(default_factory=list)
    table: SymbolTable = field(init=False)
    aliases: list[Alias] = field(default_factory=list)
    defined: set[str] = field(default_factory=set)
    doubtful: dict[int, tuple[str, Judgement]] = field(default_factory=dict)
    """By where they stand, claims that are right in a transposed layout, as wrong ones, and what they lay out."""
    named: dict[int, tuple[tuple[str, str], str]] = field(default_factory=dict)
    """By where they stand, names that formulas give to something, and how these are written."""
    mentions: list[tuple[int, set[tuple[str, str]]]] = field(default_factory=list)
    """The names that every formula uses, and where it stands."""
    upright: set[str] = field(default_factory=set)
    """What the hand-in lays out in the usual way elsewhere, so that no layout excuses a transpose there."""
    last: str = ""
    """The source of the last side of the formula before, which one that begins with ``=`` continues."""

    def __post_init__(self) -> None:
        self.extended = Extended(self.subject, self.aliases)
        self.judge = Judge(self.extended, self.conditions)
        self.decider = Decider(self.judge, self.layout)
        self.decider.given = given_of(self.subject, {}, self.conditions)
        self.table = self.subject.table

    def define(self, text: str) -> list[InputError]:
        """Take the equations of a text as further names; returns what could not be read."""
        written = Written(text, 0, text, "")
        reading = self.read(written)
        labelled = [symbol for row in reading.rows if (symbol := self._labelled(row.tree)) is not None]
        if labelled:
            for symbol in labelled:
                self._add(symbol)
            reading = self.read(written)
        for row in reading.rows:
            self.name(row.tree)
        return list(reading.errors)

    def _labelled(self, tree: Node) -> Symbol | None:
        """The name on the left of a definition with a letter below it that numbers nothing on the right."""
        left = tree.first if isinstance(tree, Chain) else None
        letter = left.indices[0] if isinstance(left, Sym) and len(left.indices) == 1 else None
        over = (*self.subject.letters, *self.subject.layers)
        if not isinstance(letter, Sym) or letter.indices or letter.base in over:
            return None
        assert isinstance(tree, Chain)
        assert isinstance(left, Sym)
        last = {over: values[-1] for over, values in self.subject.layers.items() if len(values)}
        right = put_in(tree.links[0][1], {**self.judge.last_layers(), **last})
        entries = any(letter in node.indices for node in nodes_of(right) if isinstance(node, t.Entry))
        unknown = any(letter in name.indices and self.extended.meaning(name) is None for name in symbols(right))
        if left.label or entries or unknown or sizes_of(self.extended, right).get(letter.base):
            return None
        alike = (s for s in self.table.symbols if (s.base, s.accent, s.label) == (left.base, left.accent, ""))
        found = next(alike, None)
        return None if found is None else replace(found, label=letter.base, arity=(1, 2))

    def name(self, tree: Node) -> bool:
        """Take an equation as the definition of the name on its left, or on its right."""
        if not isinstance(tree, Chain):
            return False
        last = self.judge.last_layers()
        left, right = (put_in(side, last) for side in (tree.first, tree.links[0][1]))
        if isinstance(left, t.App) and (left.function.primes or is_formal(left)):
            self.extended.calls.append((left, right))
        if isinstance(left, t.App) and left.function.primes:
            return True
        if isinstance(left, t.App):
            left = as_name(left) or left
        if not isinstance(left, Sym) and isinstance(right, Sym) and self.subject.meaning(right) is None:
            left, right = right, left
        if not isinstance(left, Sym):
            self.extended.formulas[left] = right
            return True
        self.aliases.append(Alias(left, right))
        return True

    def read(self, written: Written) -> Read:
        """Read a formula; names on the left of an equation that nothing declares become names of the hand-in."""
        form = "plain" if written.plain else "auto"
        for _ in range(MOST_NAMES):
            reading = read(written.text, self.table, form)
            fresh = next((e for e in reading.errors if e.code == "unknown-symbol" and e.place), None)
            if fresh is not None and self.table.cost is None and self._differential(fresh):
                with_cost = replace(self.table, cost=self._cost())
                again = read(written.text, with_cost, form)
                if all(self.backwards(row.tree, with_cost.cost) for row in again.rows):
                    self.table = with_cost
                    continue
            if fresh is not None and self._sign(written.text, fresh):
                continue
            symbol = self._defined(written.text, fresh) if fresh is not None else None
            if symbol is None:
                return reading
            self.defined.add(symbol.spelling)
            self._add(symbol)
        return reading

    def _sign(self, text: str, error: InputError) -> bool:
        r"""Take an unknown name for what it is in an update: the rate, or the sign of a change as in ``\Delta w``."""
        assert error.place is not None
        name = text[error.place.start : error.place.end].strip()
        if name.lstrip("\\") in CHANGES and name not in self.table.prefixes:
            self.table = replace(self.table, prefixes=self.table.prefixes | {name})
            return True
        if name not in RATES or name in self.defined or not _UPDATE.search(text):
            return False
        self.defined.add(name)
        self.extended.rates.add(name.lstrip("\\"))
        self._add(Symbol(name, "scalar"))
        return True

    def _add(self, symbol: Symbol) -> None:
        """Read with one more name."""
        self.own.append(symbol)
        known = {(s.spelling, s.label) for s in self.own}
        others = [s for s in self.table.symbols if (s.spelling, s.label) not in known]
        self.table = replace(self.table, symbols=[*others, *self.own])

    def _differential(self, error: InputError) -> bool:
        """Whether the unknown name is a ``d`` before a name."""
        place = error.place
        return place is not None and place.text[place.start : place.end] in ("d", r"\mathrm{d}", r"\text{d}")

    def _cost(self) -> Sym:
        """The cost as its author calls it."""
        network = self.subject.network
        cost = network.cost
        if isinstance(network, AuthoredNetwork) and network.scene is not None:
            rows = [row.left for row in network.scene.rows if network.keys.get(row.key) is cost]
            if rows:
                return replace(rows[0], indices=())
        return private(cost)

    def backwards(self, tree: Node, cost: Sym | None) -> bool:
        """Whether every ``dX`` in an equation can only be the gradient by X, and not a differential.

        A differential is a sum over what the quantity on the left is made of; a gradient one over what is made of it.
        """
        if not isinstance(tree, Chain):
            return False
        order: dict[Quantity, int] = dict.fromkeys(self.subject.network.leaves, 0)
        order |= {d.quantity: k for k, d in enumerate(self.subject.network.definitions, start=1)}

        def places(side: Node) -> list[int]:
            found = []
            for node in nodes_of(side):
                if isinstance(node, t.Grad) and node.of is cost:
                    by = node.by.body if isinstance(node.by, t.Transpose) else node.by
                    name = None if by is None else put_in(by, self.judge.last_layers())
                    meaning = self.extended.meaning(name) if isinstance(name, Sym) else None
                    found.append(order.get(meaning.quantity, -1) if isinstance(meaning, Named) else -1)
            return found

        left = places(tree.first)
        right = [place for _, side in tree.links for place in places(side)]
        return not left and not right or left[:1] != [-1] and len(left) == 1 and all(p > left[0] for p in right)

    def _defined(self, text: str, error: InputError) -> Symbol | None:
        """The symbol of an unknown name, if it stands alone on the left of an equation: it is defined there."""
        assert error.place is not None
        name = text[error.place.start : error.place.end]
        spelling = normal(name) if re.fullmatch(r"[\w\\{}]+", name) else ""
        if not spelling or spelling in self.defined:
            return None
        scripts = r"(?:\s*[_^]\s*(?:\{[^{}]*\}|\\?\w+|\([^()]*\)))*"
        before = r"(?:^|\\\\|[,;&$]|\\mbox\{[^}]*\}|\\text\{[^}]*\}|\n|[Ll]et)\s*"
        found = re.search(rf"{before}{re.escape(name)}({scripts})\s*&?\s*(?::?=|\\equiv|\\triangleq)", text)
        if found is None:
            return None
        scripted = found[1]
        counts = tuple(range(1, 4)) if "_" in scripted else ()
        return Symbol(spelling, "tensor" if counts else "scalar", ("paren", "bracket", "bare"), (), counts or (1, 2))

    def judgements(self, written: Written) -> list[Judgement]:
        """The verdicts on a formula, one for each of its rows."""
        if len(written.text) > LONGEST_CLAIM:
            error = InputError("too-long", f"a formula of more than {LONGEST_CLAIM} characters")
            return [self.unread(written, written.located(error))]
        if (
            self.last
            and re.match(r"\s*(?:\\begin\{\w+\*?\}|&|\\quad|\\;|\\,|\s)*=", written.text)
            and "begin" not in written.text[:12]
        ):
            written = written._replace(text=self.last + " " + written.text, start=written.start - len(self.last) - 1)
        reading = self.read(written)
        found = [
            (error.place.start if error.place else 0, self.unread(written, written.located(error)))
            for error in reading.errors
        ]
        for row in reading.rows:
            judged = self.row(written, row)
            if judged is not None:
                found.append((row.tree.span[0], judged))
        for row in reading.asides:
            judged = self.row(written, row)
            if judged is not None and judged.verdict != "unread":
                found.append((row.tree.span[0], judged))
        found.sort(key=lambda item: item[0])
        if reading.rows and isinstance(reading.rows[-1].tree, Chain):
            span = reading.rows[-1].tree.links[-1][1].span
            self.last = written.text[slice(*span)]
        return [judgement for _, judgement in found]

    def unread(self, written: Written, error: InputError) -> Judgement:
        """The verdict on what could not be read."""
        place = error.place or written.place(0, len(written.text))
        return Judgement(place, "unread", error=error)

    def row(self, written: Written, row: Row) -> Judgement | None:
        """The verdict on one row, None where it claims nothing."""
        claim = claim_of(row)
        if claim is None:
            return None
        place = written.place(*row.tree.span)
        self.mentions.append((place.start, {(name.base, name.accent) for name in symbols(row.tree)}))
        tree = row.tree
        defining = self._defining(claim)
        if defining:
            self.name(tree)
            claim = replace(claim, links=claim.links[1:])
            if not claim.links:
                return self.definition(place, tree)
        return replace(self.judged(written, claim, place, int(defining)), tree=tree)

    def definition(self, place: Place, tree: Node) -> Judgement:
        """What is said of a formula that only gives something a name; of a derivative, this is nothing to be judged."""
        assert isinstance(tree, Chain)
        assert isinstance(tree.first, Sym)
        if any(isinstance(node, t.Deriv | t.Grad) for node in nodes_of(tree.links[0][1])):
            return Judgement(place, "proved", evidence="taken as a definition", tree=tree)
        shown = place.text[place.start : place.end].partition("=")[0].strip(" &:")
        error = InputError(
            NAMING, f"{shown} is no quantity of this network, so this only gives it a meaning: nothing is judged",
            place, "say what it stands for: --name 'delta = z1', or lhs = '...' in a file of claims",
        )  # fmt: skip
        self.named[place.start] = (tree.first.base, tree.first.accent), shown
        return Judgement(place, "unread", error=error, tree=tree)

    def _defining(self, claim: Claim) -> bool:
        """Whether a claim is the first that is said of a name of the hand-in's own."""
        left = claim.links[0].left
        if not isinstance(left, Sym):
            return False
        spelling = f"\\{left.accent}{{{left.base}}}" if left.accent else left.base
        if not {spelling, f"\\{left.base}"} & self.defined:
            return False
        if claim.links[0].sign == ":=":
            return True
        return not any(
            (a.left.base, a.left.accent) == (left.base, left.accent) and _same_layer(a.left, left) for a in self.aliases
        )

    def statement(self, written: Written, where: str = "") -> Judgement:
        """One verdict on a whole text, under a condition: equalities are counted over all of its rows."""
        reading = self.read(written)
        conditions = tuple(row.tree for row in read(where, self.table).rows) if where else ()
        place = written.place(0, len(written.text))
        if reading.errors:
            return self.unread(written, written.located(reading.errors[0]))
        decisions: list[Decision] = []
        skipped = 0
        try:
            for row in (*reading.rows, *reading.asides):
                claim = claim_of(replace(row, where=row.where + conditions))
                if claim is None:
                    continue
                if self._defining(claim):
                    self.name(row.tree)
                    skipped += 1
                    claim = replace(claim, links=claim.links[1:])
                try:
                    decisions += self.decided(claim) if claim.links else []
                except (Unsupported, InputError, Undecided):
                    if not any(row is aside for aside in reading.asides):
                        raise
        except (Unsupported, InputError, Undecided) as error:
            return self.not_judged(written, place, error)
        tree = reading.tree()
        if not decisions:
            if skipped and isinstance(tree, Chain) and isinstance(tree.first, Sym):
                return self.definition(place, tree)
            nothing = InputError("no-claim", "nothing here is said to be equal to anything", place)
            return Judgement(place, "unread", error=nothing, tree=tree)
        return replace(self.told(written, decisions, place, skipped), tree=tree)

    def judged(self, written: Written, claim: Claim, place: Place, skipped: int) -> Judgement:
        """The verdict on a claim."""
        try:
            return self.told(written, self.decided(claim), place, skipped)
        except (Unsupported, InputError, Undecided) as error:
            return self.not_judged(written, place, error)

    def decided(self, claim: Claim) -> list[Decision]:
        """The decisions on the links of a claim."""
        try:
            return self.decider.decided(claim)
        except RecursionError:
            raise Unsupported("this formula is nested too deep", claim.tree) from None

    def not_judged(self, written: Written, place: Place, error: Exception) -> Judgement:
        """The verdict where a formula was read, and what it means could not be told."""
        if isinstance(error, Unsupported):
            at = written.place(*error.node.span)
            return Judgement(place, "unread", error=InputError("not-understood", error.message, at, error.hint))
        if isinstance(error, InputError) and not irrational(error):
            return Judgement(place, "unread", error=InputError(error.code, error.message, place, error.hint))
        return Judgement(place, "undecided")

    def settled(self, judgements: Sequence[Judgement], every: bool = False) -> list[Judgement]:
        """The judgements, with a transposed layout excused only if all of the hand-in uses it.

        Formulas that only give names to be used later are left out, unless ``every`` one is wanted.
        """
        found = []
        for j in judgements:
            if not every and j.error is not None and j.error.code == NAMING and self.used_after(j.place.start):
                continue
            what, other = self.doubtful.get(j.place.start, ("", None)) if j.convention in LAYOUTS else ("", None)
            other = other if what in self.upright and what else None
            found.append(j if other is None else replace(other, tree=j.tree, name=j.name, stated=j.stated))
        return found

    def used_after(self, start: int) -> bool:
        """Whether a name that a formula gives is used by one that follows."""
        name, _ = self.named[start]
        return any(at > start and name in names for at, names in self.mentions)

    def names_given(self) -> list[str]:
        """The names that formulas give to something and that others use."""
        return [shown for start, (_, shown) in sorted(self.named.items()) if self.used_after(start)]

    def told(
        self, written: Written, decisions: Sequence[Decision], place: Place, skipped: int, excused: bool = False
    ) -> Judgement:
        """A judgement from the decisions on all links; ``excused``: what it would be if no layout were excused."""
        worst = summary(decisions)
        if worst.convention in LAYOUTS:
            alternative = replace(worst, verdict="wrong", convention=None, witness=self.decider.misfit(worst))
            others = [alternative if d is worst else d for d in decisions]
            self.doubtful[place.start] = (
                self.decider.laid_out(worst),
                self.told(written, others, place, skipped, excused=True),
            )
        elif not excused and decisions[0].verdict in ("proved", "agrees", "agrees-except-at-kinks", "wrong"):
            self.upright.add(self.decider.laid_out(decisions[0]))
        wrong = worst.verdict == "wrong"
        position = decisions.index(worst) + 1 + skipped
        mistakes: tuple[str, ...] = ()
        right = None
        if worst.verdict in ("wrong", "right-under-assumption", "right-in-another-convention"):
            if worst.verdict != "right-in-another-convention" and _size(worst.link.right) <= MOST_EXPLAINED:
                mistakes = mistakes_of(self.decider, worst)
            right = expected(self.decider.subject, worst, decisions)
        sign = worst.claim.beside
        beside = f"what stands beside {sign} is not judged" if sign else ""
        witness = worst.witness
        if witness is not None and witness.shapes and worst.blocked is not None and worst.blocked.span[1]:
            witness = replace(witness, entry=" ".join(written.text[slice(*worst.blocked.span)].split()))
        return Judgement(
            place,
            worst.verdict,
            first_wrong_link=position if wrong else None,
            link=written.place(*worst.link.right.span) if wrong or worst.assumption else None,
            assumption=worst.assumption,
            convention=worst.convention,
            regions=worst.regions,
            witness=witness,
            mistakes=mistakes,
            expected=right,
            evidence="; ".join(filter(None, (worst.evidence, beside))),
        )


def _size(node: Node) -> int:
    """The number of nodes of a formula."""
    found, todo = 0, [node]
    while todo:
        found += 1
        todo.extend(parts_of(todo.pop()))
    return found


def _same_layer(one: Sym, other: Sym) -> bool:
    numbers = [tuple(i for i in name.indices if isinstance(i, t.Num)) for name in (one, other)]
    return one.layer == other.layer and one.sample == other.sample and numbers[0] == numbers[1]
