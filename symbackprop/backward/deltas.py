"""Gradients in deltas: those of pre-activations in those of the layers they feed, those of weights in their own.

What stands in another line is written by its name, ``dC/dz`` (a notation may call it delta); what lies between two of
them is put in. So each quantity takes one line, and all lines together grow as the network does, not faster.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from symbackprop.backward.closed import ClosedForms
from symbackprop.vocabulary.expressions import Expression, Partial, size
from symbackprop.vocabulary.quantities import Quantity

LONGEST_PUT_IN = 60
"""An adjoint with more nodes than this gets a line of its own, whatever it is an adjoint of."""


class Line(NamedTuple):
    """The derivative of the cost by an entry, and its value in the derivatives that have a line before it."""

    left: Partial
    value: Expression


def in_deltas(forms: ClosedForms, order: Sequence[Quantity], targets: Sequence[Quantity]) -> Iterator[Line]:
    """One line for every delta and every target, from the cost back; ``order`` has all that the targets need.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> net = read_pattern("relu relu")
    >>> order = [net.quantity(name) for name in ("U", "r2", "z2", "r1", "z1", "W0")]
    >>> [line.left.by.quantity for line in in_deltas(ClosedForms(net), order, [net.quantity("W0")])]
    [z2, z1, W0]
    """
    wanted = set(targets)
    short = forms.afresh()
    for quantity in order:
        value = short.adjoint(quantity)
        if quantity.kind == "pre-activation" or quantity in wanted or _apart(quantity, forms) or _long(value):
            yield Line(short.stand(quantity), value)


def _apart(quantity: Quantity, forms: ClosedForms) -> bool:
    """Whether a quantity is an activation that several others are made of."""
    parts = forms.adjoints[quantity].contributions
    return quantity.kind == "activation" and len(parts) > 1 and len({c.upstream for c in parts}) > 1


def _long(e: Expression) -> bool:
    return size(e) > LONGEST_PUT_IN
