"""A derivation told in a notation and a form: the lines every output format prints.

A listing is formulas already set, with the words around them; a format only arranges it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from symbackprop.backward.derivation import Derivation, Step, update
from symbackprop.network.model import Network
from symbackprop.render.markup import Markup
from symbackprop.render.matrix_terms import Whole
from symbackprop.render.setting import PRODUCT, Setter
from symbackprop.render.text import TEXT
from symbackprop.render.views import View, view_of
from symbackprop.tables.notations import Notation
from symbackprop.vocabulary.expressions import Expression, Mul, Partial, Ref, Sum, run
from symbackprop.vocabulary.quantities import Quantity

Form = Literal["auto", "scalar", "index", "matrix"]

WIDEST = 78
"""A right side that takes more columns than this as text is broken between factors."""


class Words(NamedTuple):
    """Plain words in a sentence."""

    text: str


class Formula(NamedTuple):
    """A formula in a sentence, already set."""

    text: str


Sentence = tuple[Words | Formula, ...]


@dataclass(frozen=True, slots=True)
class Equation:
    """One quantity and what it equals: ``left = rights[0] = rights[1] = ...``; a right side may take several rows."""

    name: str
    left: str
    rights: tuple[tuple[str, ...], ...]
    heading: str = ""
    reason: Sentence = ()
    relation: str = "="


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and equations."""

    heading: str
    equations: tuple[Equation, ...]
    remarks: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """All that a format prints of one derivation."""

    title: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Telling:
    """How a derivation is told."""

    notation: Notation
    form: Form = "auto"
    show: Literal["steps", "closed"] = "steps"
    rate: str = ""


def tell(derivation: Derivation, telling: Telling, markup: Markup) -> Listing:
    """The listing of a derivation."""
    teller = _Teller(derivation, telling, markup)
    sections = [teller.closed()]
    if telling.show == "steps":
        sections = [teller.quantities(), teller.forward(), teller.backward()]
    if telling.rate:
        sections.append(teller.updates())
    network = derivation.network
    title = network.title or f"The gradients of {network.source}"
    return Listing(title, tuple(s for s in sections if s.equations or s.remarks))


class _Teller:
    def __init__(self, derivation: Derivation, telling: Telling, markup: Markup) -> None:
        self.derivation = derivation
        self.telling = telling
        self.markup = markup
        self.network: Network = derivation.network
        self.setter = Setter(self.network, telling.notation, markup)
        self.ruler = Setter(self.network, telling.notation, TEXT)
        self.view: View = view_of(derivation, telling.form, telling.notation)

    def quantities(self) -> Section:
        """The shapes of everything that has one, and what the notation cannot say."""
        remarks: list[Sentence] = []
        shaped = [q for q in self.network.leaves if q.axes]
        if shaped:
            parts: list[Words | Formula] = []
            for quantity in shaped:
                parts += [Words(", ")] if parts else []
                parts.append(Formula(self.shape(quantity)))
            remarks.append((*parts, Words(".")))
        if self.telling.notation.remark:
            remarks.append((Words(f"Notation: {self.telling.notation.remark}."),))
        return Section("Quantities", (), tuple(remarks))

    def shape(self, quantity: Quantity) -> str:
        """A quantity and the set it lies in."""
        sizes = [self.setter.size(size) for size in self.view.shape(quantity)]
        space = self.markup.power(self.markup.symbol(r"\mathbb{R}"), self.markup.joined(r"\times", sizes))
        return self.markup.related(self.setter.set(Whole(quantity)), r"\in", space)

    def forward(self) -> Section:
        """The forward pass."""
        equations = []
        for line in self.derivation.forward:
            lines = self.view.lines(line.entry, [line.value], line.entry)
            left = self.setter.set(lines.left)
            if line.entry.quantity is self.network.prediction:
                left = self.markup.related(self.prediction(line.entry, lines.whole), "=", left)
            equations.append(Equation(line.entry.quantity.name, left, self.rights(lines.rights)))
        remarks = [self.constraint(c.quantity) for c in self.network.constraints]
        return Section("Forward pass", tuple(equations), tuple(remarks))

    def prediction(self, entry: Ref, whole: bool) -> str:
        """The prediction as the notation names it."""
        letter = self.telling.notation.prediction
        if "(" in letter or not entry.indices or whole:
            return self.markup.symbol(letter)
        return self.setter.dressed(letter, "", [self.setter.index(i) for i in entry.indices])

    def constraint(self, quantity: Quantity) -> Sentence:
        """What the entries of a target sum to."""
        entry = self.derivation.forms.entry(quantity)
        last = entry.indices[-1]
        assert not isinstance(last, int)
        total = self.setter.set(Sum((last,), entry))
        return (Words("The targets are probabilities: "), Formula(self.markup.related(total, "=", "1")), Words("."))

    def backward(self) -> Section:
        """The steps back from the cost."""
        equations = tuple(self.step(step) for step in self.derivation.steps)
        return Section("Backward pass", equations, tuple((Words(r),) for r in self.view.remarks()))

    def closed(self) -> Section:
        """The final formula of each gradient."""
        equations = []
        for target in self.derivation.targets:
            step = self.derivation.step(target)
            form = next(f for f in (step.closed, step.result, step.local) if f is not None)
            lines = self.view.lines(Partial(Ref(self.network.cost), step.entry), [form], step.entry)
            equations.append(Equation(f"d{target.name}", self.setter.set(lines.left), self.rights(lines.rights)))
        return Section("Gradients", tuple(equations), tuple((Words(r),) for r in self.view.remarks()))

    def step(self, step: Step) -> Equation:
        """One step with its reason."""
        forms = step.forms()
        forms[0] = reordered(forms[0], step, self.telling.notation)
        if len(forms) > 1 and step.local != step.chain:
            forms[1] = reordered(forms[1], step, self.telling.notation)
        lines = self.view.lines(Partial(Ref(self.network.cost), step.entry), forms, step.entry)
        left = self.setter.set(lines.left)
        cost = self.setter.entry(self.network.cost, ())
        if step.quantity is self.network.prediction:
            of = self.markup.partial(cost, self.prediction(step.entry, lines.whole))
            left = self.markup.related(of, "=", left)
        elif self.setter.is_delta(step.quantity):
            entry = self.setter.set(Whole(step.quantity) if lines.whole else step.entry)
            left = self.markup.related(left, "=", self.markup.partial(cost, entry))
        rights = self.rights(lines.rights)
        return Equation(f"d{step.quantity.name}", left, rights, step.rule.title, self.reason(step))

    def reason(self, step: Step) -> Sentence:
        """The local derivatives and the definitions they come from."""
        parts: list[Words | Formula] = []
        for local in step.locals:
            if parts:
                parts.append(Words("; "))
            for left, right, after in (
                (local.partial, local.value, " because "),
                (local.left, local.right, ""),
            ):
                parts.append(Formula(self.markup.related(self.setter.set(left), "=", self.setter.set(right))))
                parts += [Words(after)] if after else []
        return (*(parts or [Words(step.rule.reason)]), Words("."))

    def updates(self) -> Section:
        """The gradient-descent updates."""
        equations = []
        for entry, value in update(self.derivation, self.telling.rate):
            lines = self.view.lines(entry, [value], entry)
            left, rights = self.setter.set(lines.left), self.rights(lines.rights)
            equations.append(Equation(f"update-{entry.quantity.name}", left, rights, relation=r"\leftarrow"))
        return Section("Update", tuple(equations))

    def rights(self, forms: Sequence[Expression]) -> tuple[tuple[str, ...], ...]:
        """The right sides, each once, long ones broken into rows."""
        found: list[tuple[str, ...]] = []
        for form in forms:
            rows = self.rows(form)
            if not found or rows != found[-1]:
                found.append(rows)
        return tuple(found)

    def rows(self, e: Expression) -> tuple[str, ...]:
        """A formula as one row, or as several if it is too wide and is a product."""
        text = self.setter.set(e)
        if len(text) <= WIDEST or not isinstance(e, Mul) or len(self.ruler.set(e)) <= WIDEST:
            return (text,)
        rows: list[list[Expression]] = [[]]
        width = 0
        for factor in e.factors:
            wide = len(self.ruler.set(factor)) + 3
            if rows[-1] and width + wide > WIDEST:
                rows.append([])
                width = 0
            rows[-1].append(factor)
            width += wide
        broken = (row[0] if len(row) == 1 else Mul(tuple(row)) for row in rows)
        return tuple(self.setter.tight(run(self.setter.walk(row)), PRODUCT) for row in broken)


def reordered(e: Expression, step: Step, notation: Notation) -> Expression:
    """The factors of a chain in the order in which the notation's book writes them."""
    wanted = (
        notation.order == "reversed"
        or (notation.order == "slope-first" and step.rule.name == "activation")
        or (notation.order == "value-first" and step.rule.name == "weight")
    )
    if not wanted:
        return e
    if isinstance(e, Sum):
        return Sum(e.indices, reordered(e.body, step, notation))
    return Mul(e.factors[::-1]) if isinstance(e, Mul) else e
