"""The network as its reader draws it: a column of units for every layer, an edge for every weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from symbackprop.drawing.edges import SMALL, Edges
from symbackprop.drawing.fitting import EM, fitted, height_of, width_of
from symbackprop.drawing.layers import Layer, units
from symbackprop.drawing.picture import Dots, Inscription, Kind, Line, Node, Picture, Point, Shape, Text, Tone
from symbackprop.drawing.routing import lane
from symbackprop.drawing.scribe import Scribe, equal
from symbackprop.drawing.units import Number, Units, joined
from symbackprop.networks.layers import UPSTREAM
from symbackprop.networks.model import Network
from symbackprop.render.matrix_terms import Whole
from symbackprop.vocabulary.quantities import Quantity
from symbackprop.vocabulary.terms import Map

MOST_LAYERS = 6
"""A network of more layers shows the first three and the last two."""


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
        self.between = Edges(self.named)
        folded = len(layers) > MOST_LAYERS
        self.layers = [*layers[:3], None, *layers[-2:]] if folded else list(layers)
        self.left_out = len(layers) - 5 if folded else 0
        shown = [layer for layer in self.layers if layer]
        names = [self.named.unit(layer.signal, i) for layer in shown for i in self.named.indices(layer)]
        values = list(self.named.values(shown))
        self.height = EM + max(map(height_of, names)) + max(map(height_of, values), default=0)
        self.width = max(self.height, EM + max(map(width_of, (*names, *values))))
        self.biased = any(layer.bias for layer in shown)
        self.step = self.height + (2.6 * EM if self.biased else 1.7 * EM)
        for before, layer in pairwise(self.layers):
            if before and layer and not self.between.together(before, layer):
                self.step = max(
                    self.step, self.between.room(before, layer) / self.between.share(before, layer, self.step)[1]
                )
        slots = max(map(self.named.slots, shown))
        self.half = (slots - 1) * self.step / 2 + self.height / 2  # from the middle to the top of the highest layer
        self.edges: list[Shape] = []
        self.nodes: list[Node] = []
        self.dots: list[Dots] = []
        self.labels: list[Text] = []
        self.x = 0.0

    def picture(self) -> Picture:
        """The whole picture."""
        columns: list[Column | None] = []
        for number, layer in enumerate(self.layers):
            before = columns[-1] if columns else None
            if layer is None:
                self.x += 0.75 * self.width + 2 * EM
                self.dots.append(Dots(Point(self.x, 0), upright=False))
                self.x += 0.75 * self.width + 2 * EM
                columns.append(None)
                continue
            if before is not None:
                self.x += self.gap(before, layer)
            column = self.column(layer)
            columns.append(column)
            self.units(column, number)
            if before is not None:
                self.connect(before, column)
            self.captions(column, first=number == 0, last=number == len(self.layers) - 1)
        last = columns[-1]
        assert last is not None
        self.cost(last)
        shapes, width, height = fitted((*self.edges, *self.nodes, *self.dots, *self.labels))
        return Picture(f"The network {self.network.source}", self.description(), width, height, shapes)

    def column(self, layer: Layer) -> Column:
        """A layer with the places of its units, around the middle of the picture, which is at 0."""
        slots = self.named.slots(layer)
        places = [Point(self.x, (slot - (slots - 1) / 2) * self.step) for slot in range(slots)]
        dots = places.pop(-2) if self.named.abbreviated(layer) else None
        return Column(layer, tuple(map(Unit, self.named.indices(layer), places)), dots)

    def gap(self, before: Column, layer: Layer) -> float:
        """The room between the middles of two layers."""
        assert layer.weight is not None
        if self.between.together(before.layer, layer):
            widest = max(map(width_of, self.named.weights(layer.weight)))
            return self.width + max(6.5 * EM, widest + 2 * EM)
        widest = max(map(width_of, self.between.names(before.layer, layer))) * SMALL
        count = max(len(before.units), self.named.slots(layer))
        least = widest + (3 * EM if count == 1 else max(4.5 * EM, min(13 * EM, 0.62 * count * self.step)))
        return max(
            self.width + least,
            (self.width / 2 + widest / 2 + 0.8 * EM) / self.between.share(before.layer, layer, self.step)[0],
        )

    def connect(self, before: Column, after: Column) -> None:
        """The edges between two layers, and what they are called."""
        weight = after.layer.weight
        assert weight is not None
        together = self.between.together(before.layer, after.layer)
        share, _ = self.between.share(before.layer, after.layer, self.step)
        for source in before.units:
            for target in after.units:
                way = lane((source.at, target.at), self.shape(source.at), self.shape(target.at))
                self.edges.append(Line(way, "forward", arrow=True))
                if not together:
                    name = self.between.name(before.layer, after.layer, source.index, target.index)
                    x = source.at.x + (target.at.x - source.at.x) * share
                    y = source.at.y + (target.at.y - source.at.y) * share
                    self.labels.append(Text(Point(x, y), name, "forward", SMALL, covers=True))
        if together:
            between = (before.units[0].at.x + after.units[0].at.x) / 2
            self.below(between, self.named.weights(weight), "forward")

    def shape(self, at: Point) -> Node:
        """The node at a place."""
        return next(node for node in self.nodes if node.at == at)

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
            self.dots.append(Dots(column.dots))

    def node(self, at: Point, kind: Kind, inside: Sequence[Inscription]) -> None:
        """A node with its name and, below it, its value."""
        height = max(self.height, EM + sum(map(height_of, inside)))
        self.nodes.append(Node(at, max(self.width, EM + max(map(width_of, inside))), height, kind))
        y = at.y - sum(map(height_of, inside)) / 2
        for number, text in enumerate(inside):
            self.labels.append(Text(Point(at.x, y + height_of(text) / 2), text, "forward" if number else "ink"))
            y += height_of(text)

    def above(self, text: Inscription) -> None:
        """A line above all layers, where the next one is."""
        self.labels.append(Text(Point(self.x, -self.half - (3.4 if self.biased else 1.6) * EM), text, "soft", 0.8))

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
        lines = [self.named.does(column.layer), self.named.count(column.layer), self.prediction(column.layer)]
        self.below(self.x, [line for line in lines if line], "soft")

    def prediction(self, layer: Layer) -> Inscription | None:
        """That the units of a layer are the prediction, where the notation has a letter for it."""
        prediction = self.network.prediction
        if prediction is not layer.signal or prediction.latex is not None:
            return None
        letter = self.scribe.notation.prediction_beside(self.network.sizes)
        return self.scribe.formula(
            equal(lambda setter: setter.markup.symbol(letter), lambda setter: setter.set(Whole(layer.signal)))
        )

    def cost(self, last: Column) -> None:
        """The cost behind the last layer, and the target that it is compared with."""
        self.x += self.width + 3.5 * EM
        at = Point(self.x, 0)
        given = any(isinstance(d, Map) and d.function is UPSTREAM for d in self.network.definitions)
        value = self.named.number(self.network.cost)
        name = self.scribe.formula(lambda setter: setter.entry(self.network.cost, ()))
        self.node(at, "cost", [name, *([self.scribe.formula(value)] if value else [])])
        node = self.shape(at)
        for unit in last.units:
            way = lane((unit.at, at), self.shape(unit.at), node)
            self.edges.append(Line(way, "soft", arrow=True, dashed=given))
        self.above(self.scribe.words("cost"))
        target = self.named.target()
        if target is not None:
            tip = Point(at.x, node.height / 2)
            self.edges.append(Line((Point(at.x, tip.y + 1.5 * EM), tip), "soft", arrow=True))
            self.labels.append(Text(Point(at.x, tip.y + 1.7 * EM + height_of(target) / 2), target))

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
                biases = f" and biases {self.whole(layer.bias)}" if layer.bias else ""
                text = f"weights {self.whole(layer.weight)}{biases} to {text}"
            parts.append(text)
        return f"From left to right: {'; '.join(parts)}; and the cost."

    def whole(self, quantity: Quantity) -> str:
        """What a quantity is called as a whole, in plain text."""
        return self.scribe.formula(lambda setter: setter.entry(quantity, ())).spoken
