"""Closed forms entry by entry, as text that SymPy reads back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from symbackprop.backward.closed import ClosedForms
from symbackprop.backward.evaluation import Point, entry_name, forward_values, gradient_values, operations, points
from symbackprop.networks.model import Network
from symbackprop.symbolic.algebra import safe_name
from symbackprop.symbolic.text import Texts, Written
from symbackprop.vocabulary.quantities import Quantity

LONGEST_ENTRY, MOST_OPERATIONS, MOST_KEYS = 20_000, 50_000, 1_000_000


def entries(closed_forms: ClosedForms, quantity: Quantity, limit: int = LONGEST_ENTRY) -> dict[str, str | None]:
    """The closed form of each entry of an adjoint as SymPy's text over scalar symbols ``W0_0_1``, ``x_0``.

    The keys are ``""`` for a scalar, ``"0,1"`` for others; None stands for text longer than the limit, and for every
    entry if they come to a hundred times that together or the network is immense. Empty where a size is symbolic, or
    there are more than a million entries.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> net = read_pattern("2 -> 1 relu")
    >>> entries(ClosedForms(net), net.quantity("W0"))["0,0"]
    '(Max(0, W0_0_0*x_0 + W0_1_0*x_1) - y_0)*Heaviside(W0_0_0*x_0 + W0_1_0*x_1, 1)*x_0'
    """
    return EntryTexts(closed_forms, [quantity], limit).gradient(quantity)


class EntryTexts:
    """The closed forms of the entries of several adjoints, and of the forward quantities, written in one pass."""

    def __init__(self, closed_forms: ClosedForms, wanted: Sequence[Quantity], limit: int = LONGEST_ENTRY) -> None:
        network = closed_forms.network
        quantities = (*network.leaves, *(d.quantity for d in network.definitions))
        self.limit = limit
        self.symbolic = any(isinstance(axis.size, str) for q in quantities for axis in q.axes)
        self._forward: tuple[_Texts, _Texts] | None = None
        if self.symbolic or operations(network) > MOST_OPERATIONS:
            return
        lengths, texts = (Texts(network.step_at_zero, longest=longest) for longest in (0, limit))
        self._forward = _written_forward(network, lengths), _written_forward(network, texts)
        self._backward = tuple(
            _finished(algebra, gradient_values(network, closed_forms.adjoints, values, algebra, wanted=wanted))
            for algebra, (_, values) in zip((lengths, texts), self._forward, strict=True)
        )

    def gradient(self, quantity: Quantity) -> dict[str, str | None]:
        """The entries of an adjoint that was wanted."""
        return self._chosen(quantity, self._backward if self._forward else None)

    def forward(self, quantity: Quantity) -> dict[str, str | None]:
        """The entries of a quantity of the forward pass."""
        return self._chosen(quantity, tuple(shown for shown, _ in self._forward) if self._forward else None)

    def _chosen(
        self, quantity: Quantity, written: tuple[dict[tuple[Quantity, Point], str | int], ...] | None
    ) -> dict[str, str | None]:
        if self.symbolic or prod(n for n in quantity.shape if isinstance(n, int)) > MOST_KEYS:
            return {}
        keys = {point: ",".join(map(str, point)) for point in points(quantity.axes)}
        if written is None:
            return dict.fromkeys(keys.values())
        lengths, texts = written
        measured = [n if isinstance(n := lengths[quantity, point], int) else len(n) for point in keys]
        if min(measured, default=0) > self.limit or sum(n for n in measured if n <= self.limit) > 100 * self.limit:
            return dict.fromkeys(keys.values())
        found = {key: texts[quantity, point] for point, key in keys.items()}
        return {key: text if isinstance(text, str) else None for key, text in found.items()}


_Texts = tuple[dict[tuple[Quantity, Point], str | int], dict[tuple[Quantity, Point], Written]]


def _written_forward(network: Network, texts: Texts) -> _Texts:
    """Every forward quantity as finished text, and as the algebra goes on with it."""
    leaves: dict[tuple[Quantity, Point], Written] = {}
    for leaf in network.leaves:
        for point in points(leaf.axes):
            leaves[leaf, point] = texts.atom(entry_name(safe_name(leaf.name), point))
    values = forward_values(network, leaves, texts)
    return _finished(texts, values), values


def _finished(
    texts: Texts, values: Mapping[tuple[Quantity, Point], Written]
) -> dict[tuple[Quantity, Point], str | int]:
    return {key: texts.finished(value) for key, value in values.items()}
