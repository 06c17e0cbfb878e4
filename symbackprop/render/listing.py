"""A derivation told in a notation and a form: the lines every output format prints.

A listing is formulas already set, with the words around them; a format only arranges it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from symbackprop.backward.derivation import Derivation, Step, update
from symbackprop.backward.slopes import slope_tree
from symbackprop.networks.model import Network
from symbackprop.render.differences import Reader, differences
from symbackprop.render.equations import Equation as Equation
from symbackprop.render.equations import Listing as Listing
from symbackprop.render.equations import Right
from symbackprop.render.equations import Section as Section
from symbackprop.render.figures import Figures
from symbackprop.render.markup import Markup
from symbackprop.render.matrix_terms import Whole
from symbackprop.render.rows import Breaker, Row
from symbackprop.render.sentences import Formula, Sentence, Words
from symbackprop.render.setting import Setter
from symbackprop.render.stretching import stretched
from symbackprop.render.text import TEXT
from symbackprop.render.views import View, view_of
from symbackprop.tables.functions import value_tree
from symbackprop.tables.notations import Notation
from symbackprop.tables.rules import RULES, Rule
from symbackprop.vocabulary.arithmetic import rebuild
from symbackprop.vocabulary.expressions import Call, Expression, Mul, Number, Partial, Ref, Sum, Symbol
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Quantity
from symbackprop.vocabulary.terms import Map

Form = Literal["auto", "scalar", "index", "matrix"]

MOST_REASONS = 40
"""A derivation of more steps is printed without a sentence between them: they repeat themselves."""

_RULES = {"pre-activation": "activation", "weight": "weight", "bias": "bias"}
"""The rule by which a derivative in deltas is written, for each kind of quantity."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How a derivation is told."""

    notation: Notation
    form: Form = "auto"
    show: Literal["steps", "closed", "deltas"] = "steps"
    rate: str = ""
    against: Derivation | None = None
    """Another network, told beside this one line by line."""
    beside: tuple[Notation, ...] = ()
    """The notations in which the derivation is told beside this one."""
    watched: Callable[[Sequence[Quantity]], Iterable[Quantity]] = field(default=iter, compare=False)
    """Goes through the quantities whose gradients are told, and may say how far it has come."""
    most_reasons: int = MOST_REASONS
    """Of how many steps each is told with its reason; a derivation of more is told without."""


def tell(derivation: Derivation, telling: Telling, markup: Markup) -> Listing:
    """The listing of a derivation; told against another network, lines that differ are given for both and marked."""
    listing = _tell(derivation, telling, markup)
    if telling.against is None:
        return listing
    names = derivation.network.source, telling.against.network.source
    return _compared(listing, _tell(telling.against, telling, markup), names, markup)


def introduce(derivation: Derivation, telling: Telling, markup: Markup) -> Listing:
    """The listing of the network alone: what there is, and the forward pass."""
    network = derivation.network
    title = network.title or f"The network {network.source}"
    sections = _Teller(derivation, telling, markup).given()
    return Listing(title, tuple(s for s in sections if s.equations or s.remarks))


def _tell(derivation: Derivation, telling: Telling, markup: Markup) -> Listing:
    if derivation.shortened is not None:
        short, stretches = derivation.shortened
        listing = stretched(_written(short, telling, markup), stretches)
        if listing is not None:
            return listing
    return _written(derivation, telling, markup)


def _written(derivation: Derivation, telling: Telling, markup: Markup) -> Listing:
    teller = _Teller(derivation, telling, markup)
    if telling.show == "closed":
        sections = [teller.differences(), teller.closed()]
    elif telling.show == "deltas":
        sections = [teller.differences(), teller.deltas()]
    else:
        sections = [teller.differences(), *teller.given(), teller.backward()]
    if telling.rate:
        sections.append(teller.updates())
    network = derivation.network
    title = network.title or f"The gradients of {network.source}"
    return Listing(title, tuple(s for s in sections if s.equations or s.remarks))


def _compared(one: Listing, other: Listing, names: tuple[str, str], markup: Markup) -> Listing:
    """Two listings as one: what is the same once, what differs for each network, marked with its name."""
    sections = []
    for heading in dict.fromkeys(s.heading for s in (*one.sections, *other.sections)):
        first, second = (
            next((s for s in listing.sections if s.heading == heading), Section(heading, ()))
            for listing in (one, other)
        )
        others = {e.name: e for e in second.equations}
        equations: list[Equation] = []
        for equation in first.equations:
            counterpart = others.pop(equation.name, None)
            if counterpart is not None and counterpart.rights == equation.rights:
                equations.append(equation)
                continue
            equations.append(_marked(equation, names[0], markup))
            if counterpart is not None:
                equations.append(_marked(counterpart._replace(name=f"{equation.name}-against"), names[1], markup))
        equations += [_marked(e._replace(name=f"{e.name}-against"), names[1], markup) for e in others.values()]
        remarks = dict.fromkeys((*first.remarks, *second.remarks))
        sections.append(Section(heading, tuple(equations), tuple(remarks)))
    title = f"{names[0]} against {names[1]}: lines that differ carry the network's name"
    return Listing(title, tuple(sections))


def _marked(equation: Equation, name: str, markup: Markup) -> Equation:
    """An equation with the name of its network after its first row."""
    first, *rest = equation.rights
    row = Row(markup.marked(first[0].text, name))
    return equation._replace(rights=((row, *first[1:]), *rest))


class _Teller:
    def __init__(self, derivation: Derivation, telling: Telling, markup: Markup) -> None:
        self.derivation = derivation
        self.telling = telling
        self.markup = markup
        self.network: Network = derivation.network
        self.setter = Setter(self.network, telling.notation, markup)
        self.breaker = Breaker(self.setter, Setter(self.network, telling.notation, TEXT))
        self.view: View = view_of(derivation, telling.form, telling.notation)
        self.figures = Figures(self.setter, self.view, derivation.worked) if derivation.worked else None

    def given(self) -> list[Section]:
        """What comes before the backward pass."""
        return [self.quantities(), self.functions(), self.forward()]

    def differences(self) -> Section:
        """What the notation means where those beside it mean something else."""
        reader = Reader(self.setter, self.view, self.telling.form == "matrix")
        return Section("Notation", (), tuple(differences(reader, self.telling.beside)))

    def quantities(self) -> Section:
        """The shapes of everything that has one, and what the notation cannot say."""
        remarks: list[Sentence] = [(Words(remark),) for remark in self.network.remarks]
        shaped = [q for q in self.network.leaves if q.axes]
        if shaped:
            parts: list[Words | Formula] = []
            for quantity in shaped:
                parts += [Words(", ")] if parts else []
                parts.append(Formula(self.shape(quantity)))
            remarks.append((*parts, Words(".")))
        given = self.derivation.assumptions
        if given.words:
            formulas: list[Words | Formula] = [Words("The last form of a line assumes ")]
            for quantity, relation, bound in given.conditions:
                formulas += [Words(", ")] if len(formulas) > 1 else []
                sign = {">=": r"\ge", "<=": r"\le"}.get(relation, relation)
                formulas.append(
                    Formula(self.markup.related(self.setter.set(Whole(quantity)), sign, self.setter.set(Number(bound))))
                )
            remarks.append((*formulas, Words(".")))
        worked = self.derivation.worked
        if worked is not None and not worked.exact:
            remarks.append((Words("Numbers are rounded to six digits."),))
        if self.telling.notation.remark:
            remarks.append((Words(f"Notation: {self.telling.notation.remark}."),))
        return Section("Quantities", (), tuple(remarks))

    def shape(self, quantity: Quantity) -> str:
        """A quantity and the set it lies in."""
        sizes = [self.setter.size(size) for size in self.view.shape(quantity)]
        space = self.markup.power(self.markup.symbol(r"\mathbb{R}"), self.markup.joined(r"\times", sizes))
        return self.markup.related(self.setter.set(Whole(quantity)), r"\in", space)

    def functions(self) -> Section:
        """What the activations and their slopes are."""
        used = {d.function.name: d.function for d in self.network.definitions if isinstance(d, Map) and d.function.head}
        equations = []
        for function in used.values():
            value = value_tree(function)
            if value is None or function.name == "identity":
                continue
            arguments = tuple(Symbol(parameter) for parameter in function.parameters)
            left = self.setter.set(Call(function, arguments))
            equations.append(Equation(f"function-{function.name}", left, self.rights([value])))
            slope = slope_tree(function, 0)
            if slope is not None and len(arguments) == 1:
                equations.append(self.slope(function, slope, arguments[0]))
        return Section("Functions", tuple(equations))

    def slope(self, function: Function, slope: Expression, z: Symbol) -> Equation:
        """The slope of a function of one argument; that of ReLU by cases."""
        name = f"slope-{function.name}"
        if isinstance(slope, Call) and slope.function.name == "step":
            return Equation(name, self.setter.set(slope), ((Row(self.step_cases(self.setter.set(z))),),))
        value = rebuild(slope, lambda e: Call(function, (z,)) if e == Symbol("r") else None)
        return Equation(name, self.setter.set(Call(function, (z,), 1)), self.rights([value]))

    def step_cases(self, z: str) -> str:
        """The unit step by cases, with its value at 0."""
        at_zero = self.network.step_at_zero
        one, zero = self.setter.number(Fraction(1))[0], self.setter.number(Fraction(0))[0]
        cases = [(one, r"\ge" if at_zero == 1 else ">"), (zero, r"\le" if at_zero == 0 else "<")]
        if at_zero not in (0, 1):
            cases.insert(1, (self.setter.number(at_zero)[0], "="))
        return self.markup.cases([(value, self.markup.related(z, sign, zero)) for value, sign in cases])

    def forward(self) -> Section:
        """The forward pass."""
        equations = []
        for line in self.derivation.forward:
            forms = [line.value] if line.assumed is None else [line.value, line.assumed]
            lines = self.view.lines(line.entry, forms, line.entry)
            left = self.setter.set(lines.left)
            if line.entry.quantity is self.network.prediction:
                left = self.markup.related(self.prediction(line.entry, lines.whole), "=", left)
            rights = self.rights(lines.rights) + self.numbers(line.entry, line.value, gradient=False)
            equations.append(Equation(line.entry.quantity.name, left, rights))
        remarks = [self.constraint(c.quantity) for c in self.network.constraints]
        return Section("Forward pass", tuple(equations), tuple(remarks))

    def prediction(self, entry: Ref, whole: bool) -> str:
        """The prediction as the notation names it."""
        letter = self.telling.notation.prediction_beside(self.network.sizes)
        if not entry.indices or whole:
            return self.markup.symbol(letter)
        below = [self.setter.index(i) for i in entry.indices]
        if "(" in letter:  # h(x): its entries are those of the whole value
            return self.markup.scripts(self.markup.parenthesised(self.markup.symbol(letter)), below, "")
        return self.setter.dressed(letter, "", below)

    def constraint(self, quantity: Quantity) -> Sentence:
        """What the entries of a target sum to."""
        entry = self.derivation.forms.entry(quantity)
        last = entry.indices[-1]
        assert not isinstance(last, int)
        total = self.setter.set(Sum((last,), entry))
        return (Words("The targets are probabilities: "), Formula(self.markup.related(total, "=", "1")), Words("."))

    def backward(self) -> Section:
        """The steps back from the cost."""
        watched = self.telling.watched(self.derivation.order)
        equations = tuple(self.step(self.derivation.step(quantity)) for quantity in watched)
        return Section("Backward pass", equations, tuple((Words(r),) for r in self.view.remarks()))

    def closed(self) -> Section:
        """The final formula of each gradient."""
        equations = []
        for target in self.telling.watched(self.derivation.targets):
            step = self.derivation.step(target)
            form = next((f for f in (step.assumed, step.closed, step.result) if f is not None), None)
            if form is None:
                form = reordered(step.local, step.rule, self.telling.notation)
            lines = self.view.lines(Partial(Ref(self.network.cost), step.entry), [form], step.entry)
            rights = self.rights(lines.rights) + self.numbers(step.entry, form, gradient=True)
            equations.append(Equation(f"d{target.name}", self.setter.set(lines.left), rights))
        return Section("Gradients", tuple(equations), tuple((Words(r),) for r in self.view.remarks()))

    def deltas(self) -> Section:
        """The deltas from the cost back, and each gradient in them."""
        notation = self.telling.notation
        equations: list[Equation] = []
        for partial, value in self.derivation.deltas():
            entry = partial.by
            rule = RULES[_RULES.get(entry.quantity.kind, "downstream")]
            form = reordered(self.derivation.assumptions.simplify(value), rule, notation)
            lines = self.view.lines(partial, [form], entry)
            left = self.setter.set(lines.left)
            if not equations:
                left = self.defined(left, entry, lines.whole)
            rights = self.rights(lines.rights) + self.numbers(entry, form, gradient=True)
            equations.append(Equation(f"d{entry.quantity.name}", left, rights))
        return Section("Gradients", tuple(equations), tuple((Words(r),) for r in self.view.remarks()))

    def defined(self, left: str, entry: Ref, whole: bool) -> str:
        """The derivative by an entry and, where the notation has a letter of its own for it, what that stands for."""
        if not self.setter.is_delta(entry.quantity):
            return left
        by = self.setter.set(Whole(entry.quantity) if whole else entry)
        return self.markup.related(left, "=", self.markup.partial(self.setter.entry(self.network.cost, ()), by))

    def step(self, step: Step) -> Equation:
        """One step with its reason."""
        forms = step.forms()
        if self.telling.notation.order == "reversed":
            forms[0] = reordered(forms[0], step.rule, self.telling.notation)
        if len(forms) > 1 and step.local != step.chain:
            forms[1] = reordered(forms[1], step.rule, self.telling.notation)
        lines = self.view.lines(Partial(Ref(self.network.cost), step.entry), forms, step.entry)
        left = self.setter.set(lines.left)
        if step.quantity is self.network.prediction:
            cost = self.setter.entry(self.network.cost, ())
            of = self.markup.partial(cost, self.prediction(step.entry, lines.whole))
            left = self.markup.related(of, "=", left)
        else:
            left = self.defined(left, step.entry, lines.whole)
        rights = self.rights(lines.rights) + self.numbers(step.entry, step.result or step.local, gradient=True)
        if len(self.derivation.order) > self.telling.most_reasons:
            return Equation(f"d{step.quantity.name}", left, rights)
        return Equation(f"d{step.quantity.name}", left, rights, step.rule.title, self.reason(step))

    def numbers(self, entry: Ref, form: Expression, gradient: bool) -> tuple[Right, ...]:
        """The numbers put into a form, and the value; nothing if no values were given."""
        return self.figures.of(entry, form, gradient) if self.figures else ()

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

    def rights(self, forms: Sequence[Expression]) -> tuple[Right, ...]:
        """The right sides, each once, long ones broken into rows."""
        found: list[Right] = []
        for form in forms:
            rows = self.breaker.rows(form)
            if not found or rows != found[-1]:
                found.append(rows)
        return tuple(found)


def reordered(e: Expression, rule: Rule, notation: Notation) -> Expression:
    """The factors of a chain in the order in which the notation's book writes them."""
    wanted = (
        notation.order == "reversed"
        or (notation.order == "slope-first" and rule.name == "activation")
        or (notation.order == "value-first" and rule.name == "weight")
    )
    if not wanted:
        return e
    if isinstance(e, Sum):
        return Sum(e.indices, reordered(e.body, rule, notation))
    return Mul(e.factors[::-1]) if isinstance(e, Mul) else e
