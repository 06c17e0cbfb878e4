"""A derivation: the reverse sweep told step by step.

Each step differentiates the cost by one quantity: the chain of partials, the local derivative put in, the upstream
adjoint put in, the simplified result, and the closed form. Steps are data; a renderer words them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from symbackprop.backward.assumptions import NOTHING_ASSUMED, Assumptions
from symbackprop.backward.closed import ClosedForms
from symbackprop.backward.deltas import Line, in_deltas
from symbackprop.backward.slopes import factor_expression, slopes_put_in
from symbackprop.backward.sweep import Contribution
from symbackprop.networks.closing import Closing, Depth, renamed_apart, right_side
from symbackprop.networks.layers import UPSTREAM
from symbackprop.networks.model import Network, Stretch
from symbackprop.tables.rules import RULES, Rule
from symbackprop.vocabulary.arithmetic import add, mul, numeric_factor, split
from symbackprop.vocabulary.expressions import MINUS_ONE, Expression, Number, Partial, Ref
from symbackprop.vocabulary.formulas import read_formula
from symbackprop.vocabulary.quantities import Index, Quantity
from symbackprop.vocabulary.terms import Combination, Map

if TYPE_CHECKING:
    from symbackprop.backward.worked import Worked

Substitute = Literal["auto", "full", "none"]

MOST_LAYERS_WRITTEN_OUT = 3
"""``auto`` writes closed forms out in full up to this many layers."""


@dataclass(frozen=True, slots=True)
class Local:
    """A local derivative: ``partial`` equals ``value`` because of a definition, ``left = right``."""

    partial: Partial
    value: Expression
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Step:
    """One step: the derivative of the cost by an entry of a quantity.

    ``chain`` has the partials standing, ``local`` the local derivatives put in, ``substituted`` the upstream adjoint
    put in, ``result`` that simplified (in the network's quantities), ``closed`` that written out. What a step does
    not need is None.
    """

    entry: Ref
    rule: Rule
    local: Expression
    closed_forms: ClosedForms = field(repr=False, compare=False)
    upstream: tuple[Quantity, ...] = ()
    substituted: Expression | None = None
    result: Expression | None = None
    closed: Expression | None = None
    assumed: Expression | None = None
    """The last form simplified by the assumptions, where they simplify it."""
    stated: Expression | None = None
    """The first form, where it is no chain of partials."""

    @cached_property
    def chain(self) -> Expression:
        """The first form: the partials standing."""
        if self.stated is not None:
            return self.stated
        forms, parts = self.closed_forms, self.closed_forms.adjoints[self.quantity].contributions
        linked = dict.fromkeys(forms.chain(c) for c in parts if not _direct(c))
        return add(*linked, *(forms.share(c) for c in parts if _direct(c)))

    @property
    def locals(self) -> tuple[Local, ...]:
        """The local derivatives; where a quantity occurs several times in one term, their sum."""
        adjoint = self.closed_forms.adjoints.get(self.quantity)
        found: dict[Expression, Local] = {}
        for contribution in adjoint.contributions if adjoint and self.upstream else ():
            if not _direct(contribution):
                one = _local(self.closed_forms, contribution)
                known = found.get(one.partial)
                found[one.partial] = replace(known, value=add(known.value, one.value)) if known else one
        return tuple(found.values())

    @property
    def quantity(self) -> Quantity:
        """The quantity that the cost is differentiated by."""
        return self.entry.quantity

    def forms(self) -> list[Expression]:
        """The right sides in order, each different from the one before."""
        found: list[Expression] = []
        for form in (self.chain, self.local, self.substituted, self.result, self.closed, self.assumed):
            if form is not None and (not found or form != found[-1]):
                found.append(form)
        return found


@dataclass(frozen=True, slots=True)
class Forward:
    """A line of the forward pass."""

    entry: Ref
    value: Expression
    assumed: Expression | None = None


@dataclass(frozen=True)
class Derivation:
    """The derivation of the gradients by some targets: forward lines, then steps back from the cost.

    Lines and steps are told when they are first asked for; closed forms alone do not need them.
    """

    network: Network
    asked: tuple[Quantity, ...] | None = None
    """What the cost is differentiated by, where not every weight and bias is meant."""
    substitute: Substitute = "auto"
    assumptions: Assumptions = NOTHING_ASSUMED
    worked: Worked | None = None
    """The numbers that go with it, if values were given."""

    @cached_property
    def forms(self) -> ClosedForms:
        """The adjoints and their closed forms."""
        return ClosedForms(self.network)

    @cached_property
    def targets(self) -> tuple[Quantity, ...]:
        """The quantities whose gradients are derived."""
        return default_targets(self.forms) if self.asked is None else self.asked

    @cached_property
    def shortened(self) -> tuple[Derivation, tuple[Stretch, ...]] | None:
        """The derivation for a network in which one layer stands for many, if nothing is asked of any one of these."""
        short = self.network.shortened()
        if short is None or self.asked is not None or self.worked is not None or self.assumptions.words:
            return None
        return Derivation(short.network, None, self.substitute), short.stretches

    @property
    def completely(self) -> bool:
        """Whether everything was asked to be written out, however long."""
        return self.substitute == "full"

    @cached_property
    def forward(self) -> tuple[Forward, ...]:
        """The lines of the forward pass."""
        return self._teller.forward()

    def deltas(self) -> Iterator[Line]:
        """A line for the derivative by every pre-activation, and for every gradient in these; told one by one."""
        return in_deltas(self.forms, self.order, self.targets)

    @cached_property
    def order(self) -> tuple[Quantity, ...]:
        """The quantities that the steps differentiate by, from the cost back."""
        return tuple(_in_order(self.forms, self.targets))

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps, from the cost back."""
        return tuple(map(self.step, self.order))

    def length_in_full(self) -> int:
        """About the fewest characters that the gradients take when they are written out down to the leaves."""
        return sum(map(self.forms.length_in_leaves, self.targets))

    @cached_property
    def _teller(self) -> _Teller:
        return _Teller(self)

    @cached_property
    def _told(self) -> dict[Quantity, Step]:
        return {}

    def step(self, quantity: Quantity) -> Step:
        """The step for a quantity."""
        found = self._told.get(quantity)
        if found is None:
            found = self._told[quantity] = self._teller.step(quantity)
        return found

    def path(self, target: Quantity) -> tuple[Step, ...]:
        """The steps that the gradient by a target needs, in order, its own last."""
        told = set(self.order)
        needed, todo = {target}, [target]
        while todo:
            for quantity in self.step(todo.pop()).upstream:
                if quantity not in needed and quantity in told:
                    needed.add(quantity)
                    todo.append(quantity)
        return tuple(step for step in self.steps if step.quantity in needed)


def derive(
    network: Network,
    targets: Sequence[Quantity] | None = None,
    substitute: Substitute = "auto",
    assumptions: Assumptions = NOTHING_ASSUMED,
    worked: Worked | None = None,
) -> Derivation:
    """The derivation of the gradient of the cost by each target (default: every weight and bias).

    >>> from symbackprop.networks.pattern import read_pattern
    >>> [step.quantity for step in derive(read_pattern("relu")).steps]
    [U, r1, z1, W0]
    """
    asked = tuple(targets) if targets is not None else None
    return Derivation(network, asked, substitute, assumptions, worked)


def given_targets(network: Network, targets: Sequence[Quantity]) -> list[Quantity]:
    """The targets whose gradient is given: the output of the last of two arbitrary layers."""
    upstream = {
        a.quantity for d in network.definitions if isinstance(d, Map) and d.function is UPSTREAM for a in d.arguments
    }
    return [target for target in targets if target in upstream]


def default_targets(forms: ClosedForms) -> tuple[Quantity, ...]:
    """Every weight and bias; for two arbitrary layers everything whose gradient is not given, as the sweep goes."""
    network = forms.network
    if not _arbitrary(network):
        return network.parameters
    return tuple(_in_order(forms, tuple(q for q in network.quantities if q is not network.cost)))


def _depth(network: Network) -> int:
    return sum(d.quantity.kind == "pre-activation" for d in network.definitions) or 1


def _in_order(forms: ClosedForms, targets: tuple[Quantity, ...]) -> list[Quantity]:
    """The quantities whose adjoints the targets need, in the order in which the sweep completes them."""
    needed, todo = dict.fromkeys(targets), list(targets)
    while todo:
        adjoint = forms.adjoints.get(todo.pop())
        for contribution in adjoint.contributions if adjoint else ():
            upstream = contribution.upstream
            if upstream and upstream.quantity not in needed:
                needed[upstream.quantity] = None
                todo.append(upstream.quantity)
    arbitrary = _arbitrary(forms.network)
    shown = [q for q in needed if q.kind != "inline" and not (arbitrary and _given(forms, q))]
    first_use: dict[Quantity, int] = {}
    for position, definition in enumerate(forms.network.definitions):
        factors = (
            [f for term in definition.terms for f in term.factors]
            if isinstance(definition, Combination)
            else list(definition.arguments)
        )
        for factor in factors:
            if isinstance(factor, Ref):
                first_use.setdefault(factor.quantity, position)
    last = len(forms.network.definitions)
    return sorted(shown, key=lambda q: (-first_use.get(q, last), q.kind in ("weight", "bias"), -forms.position(q)))


def _arbitrary(network: Network) -> bool:
    """Whether the network is two arbitrary layers, the gradient by the output of the last one given."""
    return any(isinstance(d, Map) and d.function is UPSTREAM for d in network.definitions)


def _given(forms: ClosedForms, quantity: Quantity) -> bool:
    """Whether the adjoint of a quantity is given, as that of the last of two arbitrary layers is."""
    adjoint = forms.adjoints.get(quantity)
    parts = adjoint.contributions if adjoint else ()
    return any(isinstance(c.definition, Map) and c.definition.function is UPSTREAM for c in parts)


def _direct(contribution: Contribution) -> bool:
    """Whether a contribution comes from the cost itself, or from a part of it that has no name."""
    return contribution.upstream is None or contribution.upstream.quantity.kind == "inline"


def _local(forms: ClosedForms, contribution: Contribution) -> Local:
    """The local derivative that a contribution multiplies by."""
    assert contribution.upstream is not None
    definition = contribution.definition
    occurrence = Ref(contribution.occurrence.quantity, contribution.indices)
    value = mul(contribution.coefficient, *(factor_expression(f) for f in contribution.local))
    return Local(
        Partial(contribution.upstream, occurrence),
        forms.without_inline(value),
        Ref(definition.quantity, definition.indices),
        forms.without_inline(right_side(definition)),
    )


class _Teller:
    """Words the adjoints of a network as steps."""

    def __init__(self, derivation: Derivation) -> None:
        self.network = derivation.network
        self.assumptions = derivation.assumptions
        self.assumed = Closing(self.network.definitions, self.network.reserved_letters, self.assumptions.simplify)
        self.forms = derivation.forms
        self.completely = derivation.completely
        short = derivation.substitute == "auto" and _depth(self.network) <= MOST_LAYERS_WRITTEN_OUT
        self.written_out = self.completely or (short and not _arbitrary(self.network))

    def forward(self) -> tuple[Forward, ...]:
        """The forward pass, line by line; what only a formula taken apart has named is put back."""
        lines = []
        for definition in self.network.definitions:
            quantity = definition.quantity
            if quantity.kind == "inline" or (isinstance(definition, Map) and definition.function is UPSTREAM):
                continue
            entry = Ref(quantity, definition.indices)
            value = self.forms.without_inline(self.forms.closing.put_in(definition))
            simpler = self.assumptions.simplify(value)
            lines.append(Forward(entry, value, simpler if simpler != value else None))
        return tuple(lines)

    def step(self, quantity: Quantity) -> Step:
        """The step for one quantity."""
        adjoint = self.forms.adjoints.get(quantity)
        contributions = adjoint.contributions if adjoint else ()
        entry = self.forms.entry(quantity)
        if not contributions:
            zero = self.forms.adjoint(quantity)
            return Step(entry, RULES["independent"], zero, self.forms, result=zero, stated=zero)
        rule = self._rule(quantity, contributions)
        if rule is RULES["cost"]:
            return self._cost_step(entry, rule)
        linked = [c for c in contributions if not _direct(c)]
        upstream = tuple(dict.fromkeys(c.upstream.quantity for c in linked if c.upstream))
        result = self.forms.adjoint(quantity) if self.written_out or len(linked) < len(contributions) else None
        direct = [self.forms.share(c) for c in contributions if _direct(c)]
        local = add(*(self.forms.local(c) for c in linked), *direct)
        if not self.written_out and any(q.kind != "difference" for q in upstream):
            return Step(entry, rule, local, self.forms, upstream)
        result = result or self.forms.adjoint(quantity)
        raw = add(*(self.forms.raw(c) for c in linked), *direct)
        depth = self._depth(quantity) if self.written_out else None
        closed = self._written(result, depth)
        assumed = self._assumed(result, depth)
        return Step(entry, rule, local, self.forms, upstream, raw, result, closed, assumed)

    def _assumed(self, result: Expression, depth: Depth | None) -> Expression | None:
        """The result under the assumptions, written out as deep as the closed form; None if they change nothing."""
        simpler = self.assumptions.simplify(result)
        if depth is not None:
            simpler = self.assumptions.simplify(self.assumed.expanded(simpler, depth))
        return simpler if self.assumptions.words and simpler != (self._written(result, depth) or result) else None

    def _cost_step(self, entry: Ref, rule: Rule) -> Step:
        """The cost as it is written differentiated at once; if its square is multiplied out, by that form too."""
        result = self.forms.adjoint(entry.quantity)
        definition = self.forms.closing.definitions[self.network.cost]
        if isinstance(definition, Map):
            return Step(entry, rule, result, self.forms, stated=result)
        chain = local = self._cost_partial(entry)
        if definition.written is not None:
            multiplied_out = self.forms.without_inline(right_side(definition))
            if multiplied_out != self.forms.without_inline(definition.written):
                local = self._partial(numeric_factor(multiplied_out), entry)
        return Step(entry, rule, local, self.forms, result=result, stated=chain)

    def _cost_partial(self, entry: Ref) -> Expression:
        """The partial of the cost as it is written, in the letters of the entry."""
        definition = self.forms.closing.definitions[self.network.cost]
        written = self.forms.closing.put_in(definition)
        if entry.quantity.kind != "difference":
            written = self.forms.without_inline(written)
        return self._partial(written, entry)

    def _partial(self, of: Expression, entry: Ref) -> Expression:
        number, factors = split(of)
        taken = {i.letter for i in entry.indices if isinstance(i, Index)}
        return mul(Number(number), Partial(renamed_apart(mul(*factors), taken), entry))

    def _depth(self, quantity: Quantity) -> Depth | None:
        """How far the closed form of an adjoint is written out."""
        if quantity.kind == "pre-activation":
            return "activations"
        if quantity in self.network.leaves:
            return "leaves" if self.completely else "named leaves"
        return None

    def _written(self, result: Expression, depth: Depth | None) -> Expression | None:
        if depth is None:
            return None
        written = self.forms.closing.expanded(result, depth)
        return slopes_put_in(written) if depth == "leaves" else written

    def _rule(self, quantity: Quantity, contributions: tuple[Contribution, ...]) -> Rule:
        if all(map(_direct, contributions)):
            return RULES["cost"]
        sources = {c.upstream.quantity for c in contributions if c.upstream} if len(contributions) > 1 else ()
        if len(sources) > 1 or (sources and any(map(_direct, contributions))):
            return RULES["paths"]
        if isinstance(contributions[0].definition, Map):
            return RULES["activation" if quantity.kind == "pre-activation" else "function"]
        if quantity.kind in ("weight", "bias"):
            return RULES[quantity.kind]
        if any(c.summed() for c in contributions):
            return RULES["downstream"]
        return RULES["product"]


def update(derivation: Derivation, rate: str = "eta") -> list[tuple[Ref, Expression]]:
    """The gradient-descent update of each target: its entry, and the entry less the rate times the gradient.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> [entry.quantity for entry, _ in update(derive(read_pattern("relu relu")))]
    [W0, W1]
    """
    found = []
    for target in derivation.targets:
        entry = derivation.forms.entry(target)
        gradient = Partial(Ref(derivation.network.cost), entry)
        found.append((entry, add(entry, mul(MINUS_ONE, read_formula(rate, {rate}, {}), gradient))))
    return found
