"""The computation graph: quantities as nodes, what each is made of as edges, and the way back beside them.

A graph of few columns goes from left to right; a longer one from top to bottom, since formulas are wide.
"""

from __future__ import annotations

from collections.abc import Sequence

from symbackprop.backward.derivation import Derivation
from symbackprop.drawing.fitting import EM, Area, area_of, fitted, height_of, label_on, width_of
from symbackprop.drawing.partials import Locals
from symbackprop.drawing.picture import Dots, Inscription, Kind, Line, Node, Picture, Point, Shape, Text
from symbackprop.drawing.placing import Cell
from symbackprop.drawing.plot import Plot, plotted
from symbackprop.drawing.scribe import Scribe
from symbackprop.drawing.telling import Sayings
from symbackprop.vocabulary.quantities import Quantity

MOST_ABREAST = 4
"""A graph of more columns than these goes downwards."""
SMALL = 0.85
"""The size of what stands beside nodes and on edges."""


def graph(derivation: Derivation, scribe: Scribe, backward: bool) -> Picture:
    """The graph of the definitions of a network; ``backward`` puts the partials on it."""
    locals_ = Locals(derivation.network, scribe.worked)
    plot = plotted(derivation, locals_, backward)
    return _Graph(plot, Sayings(derivation, scribe, locals_, plot)).picture()


class _Graph:
    def __init__(self, plot: Plot, said: Sayings) -> None:
        self.plot = plot
        self.said = said
        self.down = plot.plan.columns > MOST_ABREAST
        self.width = {q: EM * 1.3 + max(map(width_of, self.within(q))) for q in plot.order}
        self.height = {q: EM * 0.9 + sum(map(height_of, self.within(q))) for q in plot.order}
        self.middles = self.along()
        self.places = self.across()
        self.lines: list[Shape] = []
        self.nodes: list[Shape] = []
        self.labels: list[Text] = []

    def picture(self) -> Picture:
        """The whole picture."""
        for quantity in self.plot.order:
            self.node(quantity)
        for source, quantity in sorted(self.plot.edges, key=self.turns):
            self.edge(source, quantity)
        if self.plot.left_out:
            self.dots()
        shapes, width, height = fitted((*self.lines, *self.nodes, *self.labels))
        network = self.said.network
        return Picture(f"The computation graph of {network.source}", self.description(), width, height, shapes)

    # Where things stand

    def within(self, quantity: Quantity) -> list[Inscription]:
        """What stands in a node."""
        value = self.said.values.get(quantity)
        return [self.said.names[quantity], *([value] if value else [])]

    def cell(self, quantity: Quantity) -> Cell:
        """The place of a node in the grid."""
        return self.plot.plan.cells[quantity]

    def along(self) -> list[float]:
        """The middle of every column; between two there is room for what stands on the edges."""
        plan = self.plot.plan
        gaps = [0.0] * plan.columns
        extent = height_of if self.down else width_of
        for (_, quantity), text in self.said.partials.items():
            column = self.cell(quantity).column
            gaps[column] = max(gaps[column], extent(text, SMALL))
        size = self.height if self.down else self.width
        found: list[float] = []
        at = 0.0
        for column in range(plan.columns):
            room = max((size[q] for q in self.plot.order if self.cell(q).column == column), default=2.5 * EM)
            at += gaps[column] + (2.2 if self.down else 3.0) * EM + room / 2
            found.append(at)
            at += room / 2
        return found

    def across(self) -> dict[int, float]:
        """The middle of every row, with room for what stands beside the nodes."""
        plan = self.plot.plan
        cells = [*plan.cells.values(), *(cell for way in plan.ways.values() for cell in way)]
        found: dict[int, float] = {}
        at = 0.0
        for row in range(min(c.row for c in cells), max(c.row for c in cells) + 1):
            here = [q for q in self.plot.order if self.cell(q).row == row]
            before = max((self.beside(q, -1) for q in here), default=EM)
            at += before
            found[row] = at
            at += max((self.beside(q, 1) for q in here), default=EM) + (3.4 if self.down else 1.2) * EM
        return found

    def beside(self, quantity: Quantity, side: int) -> float:
        """How far a node reaches to one side, with what stands there: its formula before it, its adjoint behind it."""
        text = (self.said.rights if side < 0 else self.said.adjoints).get(quantity)
        half = (self.width if self.down else self.height)[quantity] / 2
        return half + ((width_of if self.down else height_of)(text, SMALL) + 0.5 * EM if text else 0.0)

    def turns(self, edge: tuple[Quantity, Quantity]) -> bool:
        """Whether an edge leaves its row; the labels of those that do not have less choice of a place."""
        source, quantity = edge
        return edge in self.plot.plan.ways or self.cell(source).row != self.cell(quantity).row

    def place(self, cell: Cell) -> Point:
        """The middle of a cell."""
        along, across = self.middles[cell.column], self.places[cell.row]
        return Point(across, along) if self.down else Point(along, across)

    def end(self, quantity: Quantity, leaving: bool) -> Point:
        """Where an edge leaves a node or comes to it."""
        at = self.place(self.cell(quantity))
        half = (self.height if self.down else self.width)[quantity] / 2
        return self.further(at, half if leaving else -half - 1)

    def further(self, point: Point, by: float) -> Point:
        """A place further along the graph."""
        return Point(point.x, point.y + by) if self.down else Point(point.x + by, point.y)

    # What is drawn

    def node(self, quantity: Quantity) -> None:
        """A node: its name and value in it, at its sides what it is made of and the derivative of the cost by it."""
        at = self.place(self.cell(quantity))
        self.nodes.append(Node(at, self.width[quantity], self.height[quantity], self.kind(quantity)))
        inside = self.within(quantity)
        y = at.y - sum(map(height_of, inside)) / 2
        for number, text in enumerate(inside):
            self.labels.append(Text(Point(at.x, y + height_of(text) / 2), text, "forward" if number else "ink"))
            y += height_of(text)
        for side, texts in ((-1, self.said.rights), (1, self.said.adjoints)):
            beside = texts.get(quantity)
            if beside is None:
                continue
            if self.down:
                there = Point(at.x + side * (self.width[quantity] / 2 + width_of(beside, SMALL) / 2 + 0.5 * EM), at.y)
            else:
                by = self.height[quantity] / 2 + height_of(beside, SMALL) / 2 + 0.3 * EM
                there = Point(at.x, at.y + side * by)
            self.labels.append(Text(there, beside, "forward" if side < 0 else "backward", SMALL, covers=True))

    def kind(self, quantity: Quantity) -> Kind:
        """What a node stands for."""
        if quantity is self.said.network.cost:
            return "cost"
        if quantity is self.said.network.prediction:
            return "output"
        if quantity in self.plot.sources:
            return "hidden"
        return "weight" if quantity.kind in ("weight", "bias") else "input"

    def edge(self, source: Quantity, quantity: Quantity) -> None:
        """An edge, and beside it the way back with its partial."""
        way = [self.place(cell) for cell in self.plot.plan.ways.get((source, quantity), ())]
        points = (self.end(source, True), *way, self.end(quantity, False))
        if quantity in self.plot.given:
            self.lines.append(Line(points, "soft", arrow=True, dashed=True))
            return
        self.lines.append(Line(points, "forward", arrow=True))
        text = self.said.partials.get((source, quantity))
        if text is None:
            return
        x, y = (7, 0) if self.down else (0, 7)
        back = tuple(Point(p.x + x, p.y + y) for p in reversed(points))
        self.lines.append(Line(back, "backward", arrow=True, dashed=True))
        label = Text(points[-1], text, "backward", SMALL, covers=True)
        start, end = (Point(p.x + x / 2, p.y + y / 2) for p in points[-2:])
        self.labels.append(label_on(start, end, label, self.taken()))

    def taken(self) -> Sequence[Area]:
        """What no label may cover."""
        return [area_of(shape) for shape in (*self.nodes, *self.labels)]

    def dots(self) -> None:
        """Dots for the columns that are not shown, and lines to them and from them."""
        column = self.plot.gap
        middle = self.place(Cell(column, 0))
        self.nodes.append(Dots(middle, upright=self.down))
        for quantity in self.plot.sources:
            if self.cell(quantity).column == column - 1:
                self.lines.append(Line((self.end(quantity, True), self.further(middle, -1.2 * EM)), "forward", True))
            elif self.cell(quantity).column == column + 1:
                self.lines.append(Line((self.further(middle, 1.2 * EM), self.end(quantity, False)), "forward", True))

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
