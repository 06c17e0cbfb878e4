"""Local derivatives: of a definition by what stands on its right side, with nothing in between left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from symbackprop.backward.closed import ClosedForms
from symbackprop.backward.evaluation import gradient_values
from symbackprop.backward.numbers import Exact, Float
from symbackprop.backward.slopes import factor_expression
from symbackprop.backward.sweep import Contribution, sweep
from symbackprop.backward.worked import Value, Worked
from symbackprop.drawing.layers import arguments
from symbackprop.networks.layers import UPSTREAM
from symbackprop.networks.model import Network
from symbackprop.vocabulary.arithmetic import add, mul
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.expressions import Expression, Partial, Ref
from symbackprop.vocabulary.quantities import Quantity
from symbackprop.vocabulary.terms import Definition, Map


@dataclass(frozen=True, slots=True)
class LocalPartial:
    """The partial of one quantity by another; its formula and its number, where they can be given."""

    partial: Partial
    value: Expression | None = None
    number: Value | None = None


class Locals:
    """The definitions of a network without those that only a formula taken apart has named."""

    def __init__(self, network: Network, worked: Worked | None) -> None:
        self.network = network
        self.worked = worked
        self.definitions = {d.quantity: d for d in network.definitions}

    def parts(self, quantity: Quantity) -> tuple[Definition, ...]:
        """The definition of a quantity, and before it those that a reader does not see."""
        found: dict[Definition, None] = {}
        todo = [self.definitions[quantity]]
        while todo:
            definition = todo.pop()
            found.pop(definition, None)
            found[definition] = None
            todo += [self.definitions[q] for q in arguments(definition) if q.kind == "inline"]
        return tuple(reversed(found))

    def sources(self, quantity: Quantity) -> tuple[Quantity, ...]:
        """What a quantity is made of, as a reader sees it."""
        seen = [q for definition in self.parts(quantity) for q in arguments(definition) if q.kind != "inline"]
        return tuple(dict.fromkeys(seen))

    def of(self, quantity: Quantity) -> dict[Quantity, LocalPartial]:
        """The partials of a quantity by all that it is made of."""
        parts = self.parts(quantity)
        leaves = self.sources(quantity)
        own = replace(self.network, definitions=parts, leaves=leaves, cost=quantity, constraints=(), _names={})
        adjoints = sweep(own, quantity)
        numbers = self._numbers(own, quantity)
        found: dict[Quantity, LocalPartial] = {}
        for leaf in leaves:
            contributions = adjoints[leaf].contributions
            first = contributions[0]
            whole = isinstance(first.definition, Map) and first.definition.function.whole
            of = Ref(quantity, self.definitions[quantity].indices)
            partial = Partial(of, Ref(leaf, first.indices))
            value = None if whole else self._value(own, quantity, leaf, contributions)
            if isinstance(first.definition, Map) and first.definition.function is UPSTREAM:
                value = None
            found[leaf] = LocalPartial(partial, value, numbers.get(leaf))
        return found

    def _value(
        self, own: Network, quantity: Quantity, leaf: Quantity, contributions: tuple[Contribution, ...]
    ) -> Expression | None:
        """The formula of a partial; None for a tensor whose formula was taken apart."""
        if not quantity.axes:
            forms = ClosedForms(own)
            return forms.without_inline(forms.adjoint(leaf))
        if any(c.upstream is None or c.upstream.quantity is not quantity for c in contributions):
            return None
        if any(c.indices != contributions[0].indices or c.upstream != contributions[0].upstream for c in contributions):
            return None
        return add(*(mul(c.coefficient, *(factor_expression(f) for f in c.local)) for c in contributions))

    def _numbers(self, own: Network, quantity: Quantity) -> Mapping[Quantity, Value]:
        """The number of each partial, where everything is a number."""
        if self.worked is None or quantity.axes:
            return {}
        algebra: Any = (Exact if self.worked.exact else Float)(self.network.step_at_zero)
        values: Any = self.worked.values
        try:
            found = gradient_values(own, sweep(own, quantity), values, algebra, start=(quantity, ()))
        except InputError:  # a hyperparameter, whose value the numbers do not keep
            return {}
        return {q: found[q, ()] for q in own.leaves if not q.axes}
