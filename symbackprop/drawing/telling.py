"""What the nodes and edges of a graph say."""

from __future__ import annotations

from symbackprop.backward.derivation import Derivation
from symbackprop.drawing.partials import LocalPartial, Locals
from symbackprop.drawing.picture import Inscription
from symbackprop.drawing.plot import Plot
from symbackprop.drawing.scribe import Formula, Scribe, equal, expression
from symbackprop.networks.closing import right_side
from symbackprop.render.setting import Setter
from symbackprop.vocabulary.quantities import Index, Quantity

WIDEST_RIGHT = 30
WIDEST_PARTIAL = 26
"""Columns of text beyond which a right side or the value of a partial is left out."""


class Sayings:
    """The inscriptions of a graph: names and values, right sides, adjoints, and the partials on edges."""

    def __init__(self, derivation: Derivation, scribe: Scribe, locals_: Locals, plot: Plot) -> None:
        self.derivation = derivation
        self.network = derivation.network
        self.scribe = scribe
        self.locals = locals_
        self.plot = plot
        self.names = {q: scribe.formula(self.entry(q)) for q in plot.order}
        self.values = {q: scribe.formula(v) for q in plot.order if (v := scribe.value(q)) is not None}
        self.rights = {q: text for q in plot.sources if q not in plot.given and (text := self.right(q)) is not None}
        self.adjoints = {q: self.adjoint(q) for q in plot.order if q in plot.back and q is not self.network.cost}
        self.partials = {
            (source, quantity): self.partial(local)
            for quantity in plot.sources
            if quantity in plot.back and quantity not in plot.given
            for source, local in locals_.of(quantity).items()
            if source in plot.back and source in self.names
        }

    def entry(self, quantity: Quantity) -> Formula:
        """A quantity as its definition writes it."""
        indices = self.indices(quantity)
        return lambda setter: setter.entry(quantity, indices)

    def indices(self, quantity: Quantity) -> tuple[Index, ...]:
        """The letters of a quantity: those of its definition, of a leaf those in which it is used."""
        definition = self.locals.definitions.get(quantity)
        return definition.indices if definition else self.derivation.forms.indices(quantity)

    def right(self, quantity: Quantity) -> Inscription | None:
        """What a quantity is, if that is short."""
        definition = self.locals.definitions[quantity]
        written = right_side(definition)
        if not any(source.kind == "difference" for source in self.plot.sources[quantity]):
            written = self.derivation.forms.closing.put_in(definition)
        spell = expression(self.derivation.forms.without_inline(written))
        return self.scribe.formula(spell) if self.scribe.short(spell, WIDEST_RIGHT) else None

    def adjoint(self, quantity: Quantity) -> Inscription:
        """The derivative of the cost by a quantity, with its value."""
        indices = self.indices(quantity)

        def spell(setter: Setter) -> str:
            return setter.gradient(quantity, indices)

        value = self.scribe.value(quantity, gradient=True)
        return self.scribe.formula(equal(spell, value) if value else spell)

    def partial(self, local: LocalPartial) -> Inscription:
        """A local derivative, with its formula if that is short, and its number."""

        def spell(setter: Setter) -> str:
            return setter.markup.partial(setter.set(local.partial.of), setter.set(local.partial.by))

        whole: Formula = spell
        spoken = ""
        if local.value is not None and self.scribe.short(value := expression(local.value), WIDEST_PARTIAL):
            whole = equal(whole, value)
            spoken = self.scribe.formula(value).spoken
        if (
            local.number is not None
            and self.scribe.formula(number := self.scribe.number(local.number)).spoken != spoken
        ):
            whole = equal(whole, number)
        return self.scribe.formula(whole)
