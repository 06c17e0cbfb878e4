"""The edges between two layers: what they are called, whether each by itself, and where on them the names stand."""

from __future__ import annotations

from itertools import pairwise

from symbackprop.drawing.fitting import height_of
from symbackprop.drawing.layers import Layer
from symbackprop.drawing.picture import Inscription
from symbackprop.drawing.units import Number, Units

MOST_LABELS = 9
"""Where more edges than these lie between two layers, the weights are named together."""
SMALL = 0.85
"""The size of what stands beside units and on edges."""
_SHARES = tuple(n / 60 for n in range(30, 9, -1))
"""How far on their edges labels may stand, from the middle to the side of the earlier layer."""


class Edges:
    """Names the edges between layers."""

    def __init__(self, named: Units) -> None:
        self.named = named

    def room(self, before: Layer, layer: Layer) -> float:
        """How much room from one to the next the names of the weights between two layers need above one another."""
        return max(height_of(text, SMALL) for text in self.names(before, layer)) + 2

    def names(self, before: Layer, layer: Layer) -> list[Inscription]:
        """What the edges between two layers are called."""
        return [self.name(before, layer, i, j) for i in self.named.indices(before) for j in self.named.indices(layer)]

    def name(self, before: Layer, layer: Layer, source: Number, target: Number) -> Inscription:
        """What the edge between two units is called."""
        assert layer.weight is not None
        return self.named.valued(layer.weight, *self.named.ordered(layer.weight, source, target, before))

    def together(self, before: Layer, layer: Layer) -> bool:
        """Whether the weights between two layers are too many to be named one by one."""
        count = self.named.slots(before) * self.named.slots(layer)
        return count > MOST_LABELS or self.named.abbreviated(before) or self.named.abbreviated(layer)

    def share(self, before: Layer, layer: Layer, step: float) -> tuple[float, float]:
        """How far on their edges the names of weights stand, so that they are apart, and how far apart, in steps.

        ``step`` is the room from one unit to the next.
        """
        first, last = self.named.slots(before), self.named.slots(layer)

        def apart(share: float) -> float:
            places = sorted(
                (1 - share) * (i - (first - 1) / 2) + share * (j - (last - 1) / 2)
                for i in range(first)
                for j in range(last)
            )
            return min((high - low for low, high in pairwise(places)), default=1.0)

        wanted = self.room(before, layer) / step
        enough = next((share for share in _SHARES if apart(share) >= wanted), None)
        best = enough or max(_SHARES, key=lambda share: round(apart(share), 6))
        return best, apart(best)
