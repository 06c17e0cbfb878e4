"""The network as its reader draws it: a column of units for every layer, an edge for every weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbackprop.drawing.fitting import EM, Area, area_of, fitted, height_of, label_on, width_of
from symbackprop.drawing.layers import Layer, units
from symbackprop.drawing.picture import Dots, Inscription, Kind, Line, Node, Picture, Point, Shape, Text, Tone
from symbackprop.drawing.scribe import Scribe
from symbackprop.drawing.units import Number, Units, joined
from symbackprop.networks.layers import UPSTREAM
from symbackprop.networks.model import Network
from symbackprop.vocabulary.quantities import Quantity
from symbackprop.vocabulary.terms import Map

MOST_LAYERS = 7
"""A network of more layers shows the first three and the last three."""
MOST_LABELS = 12
"""Where more edges than these lie between two layers, the weights are named together."""
SMALL = 0.85
"""The size of what stands beside units and on edges."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that is shown: its index (None: the layer is one neuron without an index) and its place."""

    index: Number
    at: Point


@dataclass(frozen=True, slots=True)
class Column:
    """A layer that is drawn; ``dots`` is where units are left out."""

    layer: Layer
    units: tuple[Unit, ...]
    dots: Point | None


def diagram(network: Network, layers: Sequence[Layer], scribe: Scribe) -> Picture:
    """The picture of layers in a row."""
    return _Diagram(network, layers, scribe).picture()


class _Diagram:
    def __init__(self, network: Network, layers: Sequence[Layer], scribe: Scribe) -> None:
        self.network = network
        self.scribe = scribe
        self.named = Units(network, scribe)
        folded = len(layers) > MOST_LAYERS
        self.layers = [*layers[:3], None, *layers[-3:]] if folded else list(layers)
        self.left_out = len(layers) - 6 if folded else 0
        shown = [layer for layer in self.layers if layer]
        names = [self.named.unit(layer.signal, i) for layer in shown for i in self.named.indices(layer)]
        values = list(self.named.values(shown))
        self.height = EM + max(map(height_of, names)) + max(map(height_of, values), default=0)
        self.width = max(self.height, EM + max(map(width_of, (*names, *values))))
        self.step = self.height + (2.6 * EM if any(layer.bias for layer in shown) else 1.7 * EM)
        slots = max(len(self.named.indices(layer)) + self.named.abbreviated(layer) for layer in shown)
        self.half = (slots - 1) * self.step / 2 + self.height / 2  # from the middle to the top of the highest layer
        self.edges: list[Shape] = []
        self.nodes: list[Shape] = []
        self.labels: list[Text] = []
        self.x = 0.0

    def picture(self) -> Picture:
        """The whole picture."""
        columns: list[Column | None] = []
        for number, layer in enumerate(self.layers):
            before = columns[-1] if columns else None
            if layer is None:
                self.x += 0.75 * self.width + 2 * EM
                self.nodes.append(Dots(Point(self.x, 0), upright=False))
                self.x += 0.75 * self.width + 2 * EM
                columns.append(None)
                continue
            if before is not None:
                self.x += self.gap(before, layer)
            column = self.column(layer)
            columns.append(column)
            if before is not None:
                self.connect(before, column)
            self.units(column, number)
            self.captions(column, first=number == 0, last=number == len(self.layers) - 1)
        last = columns[-1]
        assert last is not None
        self.cost(last)
        shapes, width, height = fitted((*self.edges, *self.nodes, *self.labels))
        return Picture(f"The network {self.network.source}", self.description(), width, height, shapes)

    def column(self, layer: Layer) -> Column:
        """A layer with the places of its units, around the middle of the picture, which is at 0."""
        indices = self.named.indices(layer)
        abbreviated = self.named.abbreviated(layer)
        slots = len(indices) + abbreviated
        places = [Point(self.x, (slot - (slots - 1) / 2) * self.step) for slot in range(slots)]
        dots = places.pop(-2) if abbreviated else None
        return Column(layer, tuple(map(Unit, indices, places)), dots)

    def gap(self, before: Column, layer: Layer) -> float:
        """The room between two layers."""
        assert layer.weight is not None
        pairs = [(unit.index, index) for unit in before.units for index in self.named.indices(layer)]
        if self.together(before, layer):
            widest = max(map(width_of, self.named.weights(layer.weight)))
            return self.width + max(6.5 * EM, widest + 2 * EM)
        names = [self.named.valued(layer.weight, *self.named.ordered(layer.weight, *p, before.layer)) for p in pairs]
        return self.width + max(map(width_of, names)) * SMALL * (0.5 + 0.5 * min(len(pairs), 7)) + 3 * EM

    def together(self, before: Column, layer: Layer) -> bool:
        """Whether the weights between two layers are too many to be named one by one."""
        count = len(before.units) * len(self.named.indices(layer))
        return count > MOST_LABELS or before.dots is not None or self.named.abbreviated(layer)

    def connect(self, before: Column, after: Column) -> None:
        """The edges between two layers, and what they are called."""
        weight = after.layer.weight
        assert weight is not None
        together = self.together(before, after.layer)
        for source in before.units:
            for target in after.units:
                start = Point(source.at.x + self.width / 2, source.at.y)
                end = Point(target.at.x - self.width / 2 - 1, target.at.y)
                self.edges.append(Line((start, end), "forward", arrow=True))
                if not together:
                    order = self.named.ordered(weight, source.index, target.index, before.layer)
                    label = Text(start, self.named.valued(weight, *order), "forward", SMALL, covers=True)
                    self.labels.append(label_on(start, end, label, self.taken()))
        if together:
            between = (before.units[0].at.x + after.units[0].at.x) / 2
            self.below(between, self.named.weights(weight), "forward")

    def taken(self) -> list[Area]:
        """What no label may cover."""
        return [area_of(shape) for shape in (*self.nodes, *self.labels)]

    def units(self, column: Column, number: int) -> None:
        """The units of a layer with their names, values and biases."""
        kind: Kind = "input" if number == 0 else "output" if number == len(self.layers) - 1 else "hidden"
        bias = column.layer.bias
        for unit in column.units:
            value = self.named.number(column.layer.signal, unit.index)
            inside = [
                self.named.unit(column.layer.signal, unit.index),
                *([self.scribe.formula(value)] if value else []),
            ]
            self.node(unit.at, kind, inside)
            if bias is not None:
                top = unit.at.y - self.height / 2
                self.edges.append(Line((Point(unit.at.x, top - 0.7 * EM), Point(unit.at.x, top)), "soft", arrow=True))
                text = self.named.valued(bias, *((unit.index,) if units(bias, self.network) else ()))
                self.labels.append(Text(Point(unit.at.x, top - 1.35 * EM), text, "forward", SMALL, covers=True))
        if column.dots is not None:
            self.nodes.append(Dots(column.dots))

    def node(self, at: Point, kind: Kind, inside: Sequence[Inscription]) -> None:
        """A node with its name and, below it, its value."""
        self.nodes.append(Node(at, self.width, self.height, kind))
        y = at.y - sum(map(height_of, inside)) / 2
        for number, text in enumerate(inside):
            self.labels.append(Text(Point(at.x, y + height_of(text) / 2), text, "forward" if number else "ink"))
            y += height_of(text)

    def above(self, text: Inscription) -> None:
        """A line above all layers, where the next one is."""
        self.labels.append(Text(Point(self.x, -self.half - 3.4 * EM), text, "soft", 0.8))

    def below(self, x: float, lines: Sequence[Inscription], tone: Tone) -> None:
        """Lines below all layers."""
        for row, text in enumerate(lines):
            self.labels.append(Text(Point(x, self.half + (1.3 + 1.5 * row) * EM), text, tone, 0.9))

    def captions(self, column: Column, first: bool, last: bool) -> None:
        """Above a layer what it is, below it how its units work."""
        role = "input" if first else "output" if last else "hidden"
        label = self.scribe.setters[1].label_of(column.layer.signal)
        text = self.scribe.words(role)
        if label:
            number = self.scribe.formula(lambda setter: setter.markup.symbol(label))
            text = joined(self.scribe.words(f"{role}, layer "), number)
        self.above(text)
        if last and self.network.prediction is column.layer.signal:
            letter = self.scribe.formula(lambda setter: setter.markup.symbol(setter.notation.prediction))
            top = column.units[0].at.y - self.height / 2
            self.labels.append(Text(Point(self.x, top - (2.5 if column.layer.bias else 0.9) * EM), letter, "soft"))
        lines = [self.named.does(column.layer), self.named.count(column.layer)]
        self.below(self.x, [line for line in lines if line], "soft")

    def cost(self, last: Column) -> None:
        """The cost behind the last layer, and the target that it is compared with."""
        self.x += self.width + 3.5 * EM
        at = Point(self.x, 0)
        given = any(isinstance(d, Map) and d.function is UPSTREAM for d in self.network.definitions)
        for unit in last.units:
            start = Point(unit.at.x + self.width / 2, unit.at.y)
            end = Point(at.x - self.width / 2 - 1, at.y)
            self.edges.append(Line((start, end), "soft", arrow=True, dashed=given))
        value = self.named.number(self.network.cost)
        name = self.scribe.formula(lambda setter: setter.entry(self.network.cost, ()))
        self.node(at, "cost", [name, *([self.scribe.formula(value)] if value else [])])
        self.above(self.scribe.words("cost"))
        target = self.named.target()
        if target is not None:
            tip = Point(at.x, self.height / 2 + 1)
            self.edges.append(Line((Point(at.x, tip.y + 1.5 * EM), tip), "soft", arrow=True))
            self.labels.append(Text(Point(at.x, tip.y + 2.3 * EM), target))

    def description(self) -> str:
        """The picture in words."""
        parts = []
        for number, layer in enumerate(self.layers):
            if layer is None:
                parts.append(f"{self.left_out} more layers")
                continue
            size = self.named.size(layer)
            role = "inputs" if number == 0 else "units"
            text = f"{'one ' + role[:-1] if size in (None, 1) else f'{size} {role}'} {self.whole(layer.signal)}"
            if layer.weight is not None:
                text = f"weights {self.whole(layer.weight)}{' and biases' if layer.bias else ''} to {text}"
            parts.append(text)
        return f"From left to right: {'; '.join(parts)}; and the cost."

    def whole(self, quantity: Quantity) -> str:
        """What a quantity is called as a whole, in plain text."""
        return self.scribe.formula(lambda setter: setter.entry(quantity, ())).spoken
