"""Backpropagation: one walk back over the definitions.

The sweep knows nothing of layers, activations or costs. For every occurrence of a quantity on the right side of a
definition it adds one contribution to that quantity's adjoint dC/dq: the adjoint of the left side, times the slope
of the function on it if there is one, times the other factors, summed over the indices the result does not carry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from symbackprop.networks.model import Network
from symbackprop.vocabulary.expressions import ONE, Delta, Expression
from symbackprop.vocabulary.expressions import Ref as Entry
from symbackprop.vocabulary.quantities import Index, Quantity, fresh_letter
from symbackprop.vocabulary.terms import Combination, Definition, Factor, Slope, factor_indices


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one occurrence adds to an adjoint.

    ``upstream`` is the entry whose adjoint multiplies it (None: the cost itself, whose adjoint is 1); ``local`` the
    other factors, which are the derivative of that entry with respect to the occurrence; ``indices`` the letters of
    the occurrence.
    """

    definition: Definition
    occurrence: Entry
    upstream: Entry | None
    local: tuple[Factor, ...]
    coefficient: Expression
    indices: tuple[Index, ...]

    def summed(self) -> tuple[Index, ...]:
        """The indices that the contribution sums over."""
        carried = [*factor_indices(self.upstream)] if self.upstream else []
        for factor in self.local:
            carried += factor_indices(factor)
        return tuple(i for i in dict.fromkeys(carried) if i not in self.indices) if carried else ()


class Adjoint(NamedTuple):
    """The adjoint dC/dq of a quantity: the sum of its contributions, in the order of the forward pass."""

    quantity: Quantity
    contributions: tuple[Contribution, ...]


def sweep(network: Network, of: Quantity | None = None) -> dict[Quantity, Adjoint]:
    """The adjoint of every quantity that the cost (or the quantity ``of``) depends on, last definition first.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> net = read_pattern("relu")
    >>> adjoint, = sweep(net)[net.quantity("W0")].contributions
    >>> adjoint.upstream, adjoint.local
    (Ref(z1, ()), (Ref(x, ()),))
    """
    found: dict[Quantity, list[Contribution]] = {of or network.cost: []}
    for definition in reversed(network.definitions):
        if definition.quantity not in found:
            continue  # the cost does not depend on it
        output = Entry(definition.quantity, definition.indices)
        upstream = None if of is None and definition.quantity is network.cost else output
        if isinstance(definition, Combination):
            for term in definition.terms:
                for position, factor in enumerate(term.factors):
                    if isinstance(factor, Entry):
                        others = term.factors[:position] + term.factors[position + 1 :]
                        contribution = _contribution(definition, factor, upstream, others, term.coefficient)
                        found.setdefault(factor.quantity, []).append(contribution)
        else:
            for position, argument in enumerate(definition.arguments):
                slope = Slope(definition.function, position, definition.arguments, output)
                contribution = _contribution(definition, argument, upstream, (slope,), ONE)
                found.setdefault(argument.quantity, []).append(contribution)
    return {quantity: Adjoint(quantity, tuple(reversed(parts))) for quantity, parts in found.items()}


def _contribution(
    definition: Definition,
    occurrence: Entry,
    upstream: Entry | None,
    local: tuple[Factor, ...],
    coefficient: Expression,
) -> Contribution:
    """The contribution of one occurrence; a repeated or fixed index becomes a fresh one and a Kronecker delta."""
    if not occurrence.indices:
        return Contribution(definition, occurrence, upstream, local, coefficient, ())
    indices: list[Index] = []
    taken: set[str] | None = None
    for axis, index in zip(occurrence.quantity.axes, occurrence.indices, strict=True):
        if isinstance(index, Index) and index not in indices:
            indices.append(index)
            continue
        if taken is None:
            factors = (occurrence, *local, *([upstream] if upstream else []))
            taken = {i.letter for factor in factors for i in factor_indices(factor)}
        fresh = Index(fresh_letter(taken), axis)
        taken.add(fresh.letter)
        indices.append(fresh)
        local = (*local, Delta(fresh, index))
    return Contribution(definition, occurrence, upstream, local, coefficient, tuple(indices))
