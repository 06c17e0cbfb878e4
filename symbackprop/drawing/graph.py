"""The computation graph: quantities as nodes, what each is made of as edges, and the way back beside them.

A graph of few columns goes from left to right; a longer one from top to bottom, since formulas are wide.
"""

from __future__ import annotations

from collections.abc import Sequence

from symbackprop.backward.derivation import Derivation
from symbackprop.drawing.fitting import EM, Area, area_of, fitted, height_of, width_of
from symbackprop.drawing.grid import MOVED, SMALL, Edge, Grid
from symbackprop.drawing.partials import Locals
from symbackprop.drawing.picture import Dots, Held, Kind, Line, Node, Picture, Point, Shape, Text
from symbackprop.drawing.placing import Cell
from symbackprop.drawing.plot import Plot, plotted
from symbackprop.drawing.routing import LANE, NEAR, Place, beside, freest, lane
from symbackprop.drawing.scribe import Scribe
from symbackprop.drawing.telling import Sayings
from symbackprop.vocabulary.quantities import Quantity

_SHIFTS = (0, 0.3, 0.5, -0.3, -0.5)
"""How far what stands at the sides of a node may be moved out of the way of an edge, as a share of its height."""


def graph(derivation: Derivation, scribe: Scribe, backward: bool) -> Picture:
    """The graph of the definitions of a network; ``backward`` puts the partials on it."""
    locals_ = Locals(derivation.network, scribe.worked)
    plot = plotted(derivation, locals_, backward)
    return _Graph(plot, Sayings(derivation, scribe, locals_, plot)).picture()


class _Graph:
    def __init__(self, plot: Plot, said: Sayings) -> None:
        self.plot = plot
        self.said = said
        self.grid = Grid(plot, said)
        self.down = self.grid.down
        self.lines: dict[Edge, list[Line]] = {}
        self.nodes: dict[Quantity, Node] = {}
        self.labels: list[Text] = []
        self.gap: list[Dots] = []

    def picture(self) -> Picture:
        """The whole picture."""
        for quantity in self.plot.order:
            self.node(quantity)
        middles = self.grid.middle_lines()
        for edge, middle in middles.items():
            self.edge(edge, middle)
        if self.plot.left_out:
            self.dots()
        for quantity in self.plot.order:
            self.sides(quantity)
        for edge in sorted(middles, key=self.grid.turns):
            self.partial(edge, middles[edge])
        lines = [line for found in self.lines.values() for line in found]
        shapes, width, height = fitted((*lines, *self.nodes.values(), *self.gap, *self.labels))
        network = self.said.network
        return Picture(f"The computation graph of {network.source}", self.description(), width, height, shapes)

    def node(self, quantity: Quantity) -> None:
        """A node with its name and value in it."""
        at = self.grid.place(self.grid.cell(quantity))
        self.nodes[quantity] = Node(at, self.grid.width[quantity], self.grid.height[quantity], self.kind(quantity))
        inside = self.grid.within(quantity)
        y = at.y - sum(map(height_of, inside)) / 2
        for number, text in enumerate(inside):
            self.labels.append(Text(Point(at.x, y + height_of(text) / 2), text, "forward" if number else "ink"))
            y += height_of(text)

    def sides(self, quantity: Quantity) -> None:
        """At the sides of a node what it is made of and the derivative of the cost by it, clear of the edges."""
        at = self.grid.place(self.grid.cell(quantity))
        for side, texts in ((-1, self.said.rights), (1, self.said.adjoints)):
            inscription = texts.get(quantity)
            if inscription is None:
                continue
            width, height = width_of(inscription, SMALL), height_of(inscription, SMALL)
            if self.down:
                away = side * (self.grid.width[quantity] / 2 + width / 2 + 0.5 * EM)
                held: Held = "west" if side > 0 else "east"
                places = [Place(Point(at.x + away, at.y + by * (height + 0.5 * EM)), held) for by in _SHIFTS]
            else:
                away = side * (self.grid.height[quantity] / 2 + height / 2 + 0.3 * EM)
                places = [Place(Point(at.x + by * (width + EM), at.y + away)) for by in (0, MOVED, -MOVED)]
            text = Text(places[0].at, inscription, "forward" if side < 0 else "backward", SMALL, covers=True)
            self.labels.append(freest(text, places, self.taken(), self.others(None)))

    def taken(self) -> list[Area]:
        """What no label may cover."""
        shapes: list[Shape] = [*self.nodes.values(), *self.gap, *self.labels]
        return list(map(area_of, shapes))

    def others(self, edge: Edge | None) -> list[Line]:
        """The lines of all edges but one."""
        return [line for other, lines in self.lines.items() if other != edge for line in lines]

    def kind(self, quantity: Quantity) -> Kind:
        """What a node stands for."""
        if quantity is self.said.network.cost:
            return "cost"
        if quantity is self.said.network.prediction:
            return "output"
        if quantity in self.plot.sources:
            return "hidden"
        return "weight" if quantity.kind in ("weight", "bias") else "input"

    def edge(self, edge: Edge, middle: Sequence[Point]) -> None:
        """An edge, and beside it the way back."""
        source, quantity = self.nodes[edge[0]], self.nodes[edge[1]]
        if edge[1] in self.plot.given:
            self.lines[edge] = [Line(lane(middle, source, quantity), "soft", arrow=True, dashed=True)]
            return
        if edge not in self.said.partials:
            self.lines[edge] = [Line(lane(middle, source, quantity), "forward", arrow=True)]
            return
        back = lane(middle, source, quantity, self.back)
        self.lines[edge] = [
            Line(lane(middle, source, quantity, -self.back), "forward", arrow=True),
            Line(tuple(reversed(back)), "backward", arrow=True, dashed=True),
        ]

    @property
    def back(self) -> float:
        """How far the way back is from the middle of an edge, to the left of who walks along it."""
        return LANE if self.down else -LANE

    def partial(self, edge: Edge, middle: Sequence[Point]) -> None:
        """The partial of an edge, beside it."""
        inscription = self.said.partials.get(edge)
        if inscription is None:
            return
        text = Text(middle[0], inscription, "backward", SMALL, covers=True)
        own = lane(middle, self.nodes[edge[0]], self.nodes[edge[1]])
        away = self.back + (NEAR if self.back > 0 else -NEAR)
        self.labels.append(freest(text, beside(text, own, away), self.taken(), self.others(edge)))

    def dots(self) -> None:
        """Dots for the columns that are not shown, and lines to them and from them."""
        column = self.plot.gap
        middle = self.grid.place(Cell(column, 0))
        self.gap = [Dots(middle, upright=self.down)]
        for quantity, node in self.nodes.items():
            if quantity not in self.plot.sources or abs(self.grid.cell(quantity).column - column) != 1:
                continue
            towards = 1 if self.grid.cell(quantity).column > column else -1
            across = self.grid.places[0]
            by_dots = self.grid.at(self.grid.middles[column] + 1.2 * EM * towards, across)
            way = lane((node.at, by_dots), node, None)
            self.lines[quantity, quantity] = [Line(way if towards < 0 else way[::-1], "forward", arrow=True)]

    def description(self) -> str:
        """The picture in words."""
        names = self.said.names
        parts = [
            f"{names[quantity].spoken} from {', '.join(names[s].spoken for s in made_of)}"
            for quantity, made_of in self.plot.sources.items()
            if made_of
        ]
        text = f"{'From top to bottom' if self.down else 'From left to right'}: {'; '.join(parts)}."
        if self.plot.left_out:
            text += f" {self.plot.left_out} steps in the middle are left out."
        if self.said.partials:
            text += f" On the way back: {'; '.join(text.spoken for text in self.said.partials.values())}."
        return text
