"""Where the parts of a computation graph stand: its nodes, with room for what they say, and the ways between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symbackprop.drawing.fitting import EM, height_of, width_of
from symbackprop.drawing.picture import Inscription, Point
from symbackprop.drawing.placing import Cell
from symbackprop.drawing.plot import Plot
from symbackprop.drawing.telling import Sayings
from symbackprop.vocabulary.quantities import Quantity

MOST_ABREAST = 4
"""A graph of more columns than these goes downwards."""
SMALL = 0.85
"""The size of what stands beside nodes and on edges."""
MOVED = 0.3
"""How far what stands above or below a node may be moved out of the way of an edge, as a share of its width."""

Edge = tuple[Quantity, Quantity]


class Grid:
    """The places of a graph that goes ``down`` or to the right; columns follow one another along it, rows across it."""

    def __init__(self, plot: Plot, said: Sayings) -> None:
        self.plot = plot
        self.said = said
        self.down = plot.plan.columns > MOST_ABREAST
        self.width = {q: EM * 1.3 + max(map(width_of, self.within(q))) for q in plot.order}
        self.height = {q: EM * 0.9 + sum(map(height_of, self.within(q))) for q in plot.order}
        self.rooms: list[float] = []
        self.middles = self.along()
        self.places = self.across()

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
        found: list[float] = []
        at = 0.0
        for column in range(plan.columns):
            room = max((self.depth(q) for q in self.plot.order if self.cell(q).column == column), default=2.5 * EM)
            self.rooms.append(room)
            at += gaps[column] + (2.8 if self.down else 3.0) * EM + room / 2
            found.append(at)
            at += room / 2
        return found

    def depth(self, quantity: Quantity) -> float:
        """How far a node reaches along the graph, with what stands above and below it."""
        if self.down:
            return self.height[quantity]
        texts = [said[quantity] for said in (self.said.rights, self.said.adjoints) if quantity in said]
        return max((self.width[quantity], *((1 + MOVED) * width_of(text, SMALL) + 0.5 * EM for text in texts)))

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
            at += max((self.beside(q, 1) for q in here), default=EM) + (3.4 if self.down else 3.0) * EM
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
        wanted = [place + side * 2.4 * EM for place in (*reached, *passed)]
        return side * max(side * place for place in (wanted or [self.places[row]]))


def _overlap(one: Iterable[int], other: Iterable[int]) -> bool:
    return not set(one).isdisjoint(other)
