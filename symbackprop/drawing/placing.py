"""Places for the nodes of a graph: columns by how far along they are, rows so that nothing covers anything else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from symbackprop.vocabulary.quantities import Quantity


@dataclass(frozen=True, slots=True)
class Cell:
    """A place in the grid; the row 0 is that of the longest way, negative ones are on the one side of it."""

    column: int
    row: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The cells of the nodes, and of what an edge passes on its way where it passes columns."""

    cells: Mapping[Quantity, Cell]
    ways: Mapping[tuple[Quantity, Quantity], tuple[Cell, ...]]
    columns: int


def columns_of(order: Sequence[Quantity], sources: Mapping[Quantity, Sequence[Quantity]]) -> dict[Quantity, int]:
    """The column of every quantity: behind all it is made of; one made of nothing right before what needs it first."""
    found: dict[Quantity, int] = {}
    needed: dict[Quantity, int] = {}
    for quantity in order:
        made_of = sources.get(quantity)
        if made_of is None:
            continue
        found[quantity] = 1 + max((found.get(source, 0) for source in made_of), default=0)
        for source in made_of:
            needed[source] = min(needed.get(source, found[quantity]), found[quantity])
    for quantity in order:
        if quantity not in sources:
            found[quantity] = needed.get(quantity, 1) - 1
    return found


def placed(
    order: Sequence[Quantity], sources: Mapping[Quantity, Sequence[Quantity]], columns: Mapping[Quantity, int]
) -> Plan:
    """A cell for every quantity and a way for every edge; ``order`` has sources before what is made of them.

    >>> w, x, z = (Quantity(name, "auxiliary") for name in "wxz")
    >>> plan = placed([w, x, z], {z: (w, x)}, columns_of([w, x, z], {z: (w, x)}))
    >>> plan.cells[w], plan.cells[x], plan.cells[z]
    (Cell(column=0, row=1), Cell(column=0, row=0), Cell(column=1, row=0))
    """
    taken: set[tuple[int, int]] = set()
    cells: dict[Quantity, Cell] = {}

    def put(quantity: Quantity, row: int) -> None:
        cells[quantity] = Cell(columns[quantity], row)
        taken.add((columns[quantity], row))

    for quantity in spine(order, sources, columns):
        put(quantity, 0)
    users: dict[Quantity, list[Quantity]] = {}
    for quantity, made_of in sources.items():
        for source in made_of:
            users.setdefault(source, []).append(quantity)
    for quantity in sorted(order, key=lambda q: (-columns[q], q not in sources)):
        if quantity in cells:
            continue
        wanted = next((cells[user].row for user in users.get(quantity, ()) if user in cells), 0)
        side = 1 if quantity not in sources else -1
        put(quantity, _free(columns[quantity], columns[quantity], wanted, side, taken))
    ways: dict[tuple[Quantity, Quantity], tuple[Cell, ...]] = {}
    edges = [(source, quantity) for quantity, made_of in sources.items() for source in made_of]
    for source, quantity in sorted(edges, key=lambda e: columns[e[1]] - columns[e[0]]):
        first, last = columns[source] + 1, columns[quantity] - 1
        if first > last:
            continue
        side = 1 if cells[source].row > 0 else -1
        row = _free(first, last, cells[source].row, side, taken, across=cells[source].row == 0)
        ways[source, quantity] = tuple(Cell(column, row) for column in range(first, last + 1))
        taken.update((column, row) for column in range(first, last + 1))
    return Plan(cells, ways, 1 + max(columns.values(), default=0))


def spine(
    order: Sequence[Quantity], sources: Mapping[Quantity, Sequence[Quantity]], columns: Mapping[Quantity, int]
) -> list[Quantity]:
    """A longest way to the last quantity, from its end; it prefers inputs at its beginning."""
    way = [max(order, key=lambda q: columns[q])]
    while made_of := sources.get(way[-1]):
        before = [q for q in made_of if columns[q] == columns[way[-1]] - 1]
        if not before:
            break
        way.append(
            min(before, key=lambda q: (q not in sources, q.kind not in ("input", "activation"), -made_of.index(q)))
        )
    return way


def _free(first: int, last: int, wanted: int, side: int, taken: set[tuple[int, int]], across: bool = True) -> int:
    """The row nearest to the wanted one that is free in all columns, at the same distance on the side.

    Without ``across`` it is on that side only, so that what comes from there crosses nothing in the middle.
    """
    for distance in range(len(taken) + 2):
        for row in (wanted + side * distance, *([wanted - side * distance] if across else [])):
            if all((column, row) not in taken for column in range(first, last + 1)):
                return row
    raise AssertionError("a row beyond all that are taken is free")
