"""The units of a layer that are shown, and what they and the weights between them are called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symbackprop.drawing.boxes import beside
from symbackprop.drawing.layers import Layer, units
from symbackprop.drawing.picture import Inscription
from symbackprop.drawing.scribe import Formula, Scribe, equal
from symbackprop.networks.model import Network
from symbackprop.render.markup import LATEX
from symbackprop.render.matrix_terms import Whole
from symbackprop.render.setting import Setter
from symbackprop.vocabulary.quantities import Index, Quantity

MOST_UNITS = 6
"""A layer of more units shows the first three and the last."""

Number = Index | int | None
"""A unit of a layer: its number, a letter for it, or None where its one neuron has no index."""


class Units:
    """Names units, weights and biases, entry by entry."""

    def __init__(self, network: Network, scribe: Scribe) -> None:
        self.network = network
        self.scribe = scribe

    def size(self, layer: Layer) -> int | str | None:
        """How many units a layer has; None if its one has no index."""
        axes = units(layer.signal, self.network)
        return axes[0].size if axes else None

    def abbreviated(self, layer: Layer) -> bool:
        """Whether units of a layer are left out."""
        size = self.size(layer)
        return isinstance(size, str) or (size is not None and size > MOST_UNITS)

    def slots(self, layer: Layer) -> int:
        """How many places a layer has above one another, that of its dots among them."""
        return len(self.indices(layer)) + self.abbreviated(layer)

    def indices(self, layer: Layer) -> tuple[Number, ...]:
        """The indices of the units that are shown."""
        size = self.size(layer)
        if size is None:
            return (None,)
        if isinstance(size, str):
            axis = units(layer.signal, self.network)[0]
            return 0, 1, Index(Setter(self.network, self.scribe.notation, LATEX).symbol(size), axis)
        return (*range(3), size - 1) if size > MOST_UNITS else tuple(range(size))

    def entry(self, quantity: Quantity, *at: Number) -> Formula:
        """The entry of a quantity at units; in a batch that of one sample, the first where there are numbers."""
        wanted = iter(i for i in at if i is not None)
        indices = tuple(self.sample() if axis is self.network.batch else next(wanted) for axis in quantity.axes)
        return lambda setter: setter.entry(quantity, indices)

    def sample(self) -> Index | int:
        """The sample that is shown."""
        assert self.network.batch is not None
        return 0 if self.scribe.worked else Index("s", self.network.batch)

    def number(self, quantity: Quantity, *at: Number) -> Formula | None:
        """The value of an entry, where there are numbers."""
        if self.scribe.worked is None:
            return None
        wanted = iter(i for i in at if isinstance(i, int))
        point = tuple(0 if axis is self.network.batch else next(wanted) for axis in quantity.axes)
        return self.scribe.number(self.scribe.worked.values[quantity, point])

    def unit(self, quantity: Quantity, index: Number) -> Inscription:
        """What a unit is called."""
        return self.scribe.formula(self.entry(quantity, index))

    def ordered(self, weight: Quantity, source: Number, target: Number, before: Layer) -> tuple[Number, ...]:
        """The indices of a weight between two units, in the order of its axes."""
        axes = units(before.signal, self.network)
        source_first = not axes or not weight.axes or weight.axes[0] == axes[0]
        return (source, target) if source_first else (target, source)

    def valued(self, quantity: Quantity, *at: Number) -> Inscription:
        """An entry, with its value where there are numbers."""
        name, value = self.entry(quantity, *at), self.number(quantity, *at)
        return self.scribe.formula(equal(name, value) if value else name)

    def values(self, layers: Sequence[Layer]) -> Iterator[Inscription]:
        """The numbers that stand in the units of layers and in the cost."""
        wanted = [(layer.signal, (i,)) for layer in layers for i in self.indices(layer)]
        for quantity, at in (*wanted, (self.network.cost, ())):
            if (value := self.number(quantity, *at)) is not None:
                yield self.scribe.formula(value)

    def weights(self, weight: Quantity) -> tuple[Inscription, ...]:
        """What the weights between two layers are called together, and their shape."""
        name = self.scribe.formula(lambda setter: setter.entry(weight, ()))
        shape = self.scribe.view.shape(weight)
        if not shape:
            return (name,)
        return name, self.scribe.formula(
            lambda setter: setter.markup.joined(r"\times", [setter.size(size) for size in shape])
        )

    def does(self, layer: Layer) -> Inscription | None:
        """What the units of a layer do to their pre-activation; softmax is known by its parts."""
        functions = layer.functions
        if [function.name for function in functions] == ["exp", "quotient"]:
            return self.scribe.words("softmax")
        if len(functions) != 1 or functions[0].name == "identity":
            return None
        return self.scribe.formula(lambda setter: setter.markup.symbol(setter.head(functions[0])))

    def count(self, layer: Layer) -> Inscription | None:
        """How many units a layer has, where not all are shown."""
        size = self.size(layer)
        if size is None or not self.abbreviated(layer):
            return None
        return joined(self.scribe.formula(lambda setter: setter.size(size)), self.scribe.words(" units"))

    def target(self) -> Inscription | None:
        """The target, where there is one; with its value where there are numbers, else at a free index."""
        target = next((q for q in self.network.leaves if q.kind == "target"), None)
        if target is None:
            return None
        axes = units(target, self.network)
        if all(axis.size == 1 for axis in axes):
            return self.valued(target, *(0 for _ in axes))
        values = self.scribe.value(target) if self.network.batch is None else None
        if values is not None:
            return self.scribe.formula(equal(lambda setter: setter.set(Whole(target)), values))
        letter = next(c for c in "jikl" if c not in self.network.reserved_letters)
        return self.scribe.formula(self.entry(target, *(Index(letter, axis) for axis in axes)))


def joined(text: Inscription, tail: Inscription) -> Inscription:
    """Two inscriptions side by side."""
    return Inscription(beside((text.box, tail.box)), f"{text.latex}{tail.latex}", f"{text.spoken}{tail.spoken}")
