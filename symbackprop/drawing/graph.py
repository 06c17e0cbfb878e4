"""The computation graph: quantities as nodes, what each is made of as edges, and the way back beside them.

A graph of few columns goes from left to right; a longer one from top to bottom, since formulas are wide.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symbackprop.backward.derivation import Derivation
from symbackprop.drawing.fitting import EM, Area, area_of, fitted, height_of, width_of
from symbackprop.drawing.partials import Locals
from symbackprop.drawing.picture import Dots, Held, Inscription, Kind, Line, Node, Picture, Point, Shape, Text
from symbackprop.drawing.placing import Cell
from symbackprop.drawing.plot import Plot, plotted
from symbackprop.drawing.routing import LANE, NEAR, Place, beside, freest, lane
from symbackprop.drawing.scribe import Scribe
from symbackprop.drawing.telling import Sayings
from symbackprop.vocabulary.quantities import Quantity

MOST_ABREAST = 4
"""A graph of more columns than these goes downwards."""
SMALL = 0.85
"""The size of what stands beside nodes and on edges."""
_SHIFTS = (0, 0.3, 0.5, -0.3, -0.5)
"""How far what stands beside a node may be moved out of the way of an edge, as a share of its size."""


def graph(derivation: Derivation, scribe: Scribe, backward: bool) -> Picture:
    """The graph of the definitions of a network; ``backward`` puts the partials on it."""
    locals_ = Locals(derivation.network, scribe.worked)
    plot = plotted(derivation, locals_, backward)
    return _Graph(plot, Sayings(derivation, scribe, locals_, plot)).picture()


Edge = tuple[Quantity, Quantity]


class _Graph:
    def __init__(self, plot: Plot, said: Sayings) -> None:
        self.plot = plot
        self.said = said
        self.down = plot.plan.columns > MOST_ABREAST
        self.width = {q: EM * 1.3 + max(map(width_of, self.within(q))) for q in plot.order}
        self.height = {q: EM * 0.9 + sum(map(height_of, self.within(q))) for q in plot.order}
        self.rooms: list[float] = []
        self.middles = self.along()
        self.places = self.across()
        self.lines: dict[Edge, list[Line]] = {}
        self.nodes: dict[Quantity, Node] = {}
        self.labels: list[Text] = []
        self.gap: list[Dots] = []

    def picture(self) -> Picture:
        """The whole picture."""
        for quantity in self.plot.order:
            self.node(quantity)
        middles = self.middle_lines()
        for edge, middle in middles.items():
            self.edge(edge, middle)
        if self.plot.left_out:
            self.dots()
        for quantity in self.plot.order:
            self.sides(quantity)
        for edge in sorted(middles, key=self.turns):
            self.partial(edge, middles[edge])
        lines = [line for found in self.lines.values() for line in found]
        shapes, width, height = fitted((*lines, *self.nodes.values(), *self.gap, *self.labels))
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
            self.rooms.append(room)
            at += gaps[column] + (2.8 if self.down else 3.0) * EM + room / 2
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

    def turns(self, edge: Edge) -> bool:
        """Whether an edge leaves its row; the labels of those that do not have less choice of a place."""
        source, quantity = edge
        return edge in self.plot.plan.ways or self.cell(source).row != self.cell(quantity).row

    def place(self, cell: Cell) -> Point:
        """The middle of a cell."""
        return self.at(self.middles[cell.column], self.places[cell.row])

    def at(self, along: float, across: float) -> Point:
        """A place so far along the graph and so far across it."""
        return Point(across, along) if self.down else Point(along, across)

    def middle_lines(self) -> dict[Edge, tuple[Point, ...]]:
        """The way of every edge from the middle of one node to that of another, past what is between them."""
        plan = self.plot.plan
        found: dict[Edge, tuple[Point, ...]] = {}
        passed: list[tuple[range, int, float]] = []
        for edge in sorted(self.plot.edges, key=lambda e: [abs(cell.row) for cell in plan.ways.get(e, ())[:1]]):
            source, quantity = edge
            way: Sequence[Cell] = plan.ways.get(edge, ())
            points: list[Point] = []
            if way:
                row, columns = way[0].row, range(way[0].column, way[-1].column + 1)
                side = 1 if row > 0 else -1
                across = self.past(columns, row, side, [p for c, s, p in passed if s == side and _overlap(c, columns)])
                passed.append((columns, side, across))
                first, last = columns[0], columns[-1]
                points = [
                    self.at(self.middles[first] - self.rooms[first] / 2, across),
                    self.at(self.middles[last] + self.rooms[last] / 2, across),
                ]
            ends = [self.place(self.cell(q)) for q in (source, quantity)]
            found[edge] = tuple(dict.fromkeys((ends[0], *points, ends[1])))
        return found

    def past(self, columns: range, row: int, side: int, passed: Sequence[float]) -> float:
        """How far across the graph a way has to be to pass what stands in some columns, and the ways that do."""
        there = [q for q in self.plot.order if self.cell(q).column in columns and self.cell(q).row * side < row * side]
        reached = [self.places[self.cell(q).row] + side * self.beside(q, side) for q in there]
        wanted = [place + side * 1.4 * EM for place in (*reached, *passed)]
        return side * max(side * place for place in (wanted or [self.places[row]]))

    # What is drawn

    def node(self, quantity: Quantity) -> None:
        """A node with its name and value in it."""
        at = self.place(self.cell(quantity))
        self.nodes[quantity] = Node(at, self.width[quantity], self.height[quantity], self.kind(quantity))
        inside = self.within(quantity)
        y = at.y - sum(map(height_of, inside)) / 2
        for number, text in enumerate(inside):
            self.labels.append(Text(Point(at.x, y + height_of(text) / 2), text, "forward" if number else "ink"))
            y += height_of(text)

    def sides(self, quantity: Quantity) -> None:
        """At the sides of a node what it is made of and the derivative of the cost by it, clear of the edges."""
        at = self.place(self.cell(quantity))
        for side, texts in ((-1, self.said.rights), (1, self.said.adjoints)):
            inscription = texts.get(quantity)
            if inscription is None:
                continue
            width, height = width_of(inscription, SMALL), height_of(inscription, SMALL)
            if self.down:
                away = side * (self.width[quantity] / 2 + width / 2 + 0.5 * EM)
                held: Held = "west" if side > 0 else "east"
                places = [Place(Point(at.x + away, at.y + by * (height + 0.5 * EM)), held) for by in _SHIFTS]
            else:
                away = side * (self.height[quantity] / 2 + height / 2 + 0.3 * EM)
                places = [Place(Point(at.x + by * (width + EM), at.y + away)) for by in _SHIFTS]
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
        middle = self.place(Cell(column, 0))
        self.gap = [Dots(middle, upright=self.down)]
        for quantity, node in self.nodes.items():
            if quantity not in self.plot.sources or abs(self.cell(quantity).column - column) != 1:
                continue
            towards = 1 if self.cell(quantity).column > column else -1
            across = self.places[0]
            by_dots = self.at(self.middles[column] + 1.2 * EM * towards, across)
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


def _overlap(one: Iterable[int], other: Iterable[int]) -> bool:
    return not set(one).isdisjoint(other)
