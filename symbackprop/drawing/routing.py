"""The way of an edge: from border to border, lanes side by side on it, and a free place for what it says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from math import hypot
from typing import NamedTuple

from symbackprop.drawing.fitting import Area, area_of
from symbackprop.drawing.picture import Held, Line, Node, Point, Text, corner

LANE = 3.5
"""How far the way forward and the way back are from the middle between them."""
NEAR = 6.0
"""How far a label beside an edge is from it."""
_SHARES = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74)
"""Where along an edge a label may stand."""


class Place(NamedTuple):
    """Where a label may stand, which of its ends stays there, and whether it would cover its own edge."""

    at: Point
    held: Held = "center"
    on: bool = False


class Cost(NamedTuple):
    """What a place for a label covers: labels and nodes, lines of other edges, its own edge; the less, the better."""

    shapes: int
    lines: int
    own: bool
    order: int


def lane(middle: Sequence[Point], source: Node | None, target: Node | None, shift: float = 0.0) -> tuple[Point, ...]:
    """A way beside a line from the middle of one node to that of another, cut where it meets their borders.

    ``shift`` is how far to the left of it, seen by someone who walks along it on a screen, where y grows downwards.

    >>> round_ = Node(Point(0, 0), 20, 20, "hidden")
    >>> [(round(p.x), round(p.y)) for p in lane((Point(0, 0), Point(0, 100)), round_, None, 3)]
    [(3, 10), (3, 100)]
    """
    points = [_shifted(middle, number, shift) for number in range(len(middle))]
    if source is not None:
        points[0] = _leaving(source, points[0], points[1])
    if target is not None:
        points[-1] = _leaving(target, points[-1], points[-2])
    return tuple(points)


def _shifted(middle: Sequence[Point], number: int, shift: float) -> Point:
    """A corner of a way, as far from both of its sides."""
    at = middle[number]
    normals = [_normal(middle[n], middle[n + 1]) for n in (number - 1, number) if 0 <= n < len(middle) - 1]
    x, y = sum(n.x for n in normals), sum(n.y for n in normals)
    length = max(hypot(x, y), 0.5)
    stretch = shift * len(normals) / length / length
    return Point(at.x + x * stretch, at.y + y * stretch)


def _normal(start: Point, end: Point) -> Point:
    length = hypot(end.x - start.x, end.y - start.y) or 1.0
    return Point((end.y - start.y) / length, (start.x - end.x) / length)


def _leaving(node: Node, inside: Point, outside: Point) -> Point:
    """Where a line from inside of a node leaves it."""
    low, high = 0.0, 1.0
    for _ in range(24):
        share = (low + high) / 2
        low, high = (share, high) if _within(node, _between(inside, outside, share)) else (low, share)
    return _between(inside, outside, high)


def _within(node: Node, point: Point) -> bool:
    radius = corner(node)
    x = max(0.0, abs(point.x - node.at.x) - node.width / 2 + radius)
    y = max(0.0, abs(point.y - node.at.y) - node.height / 2 + radius)
    return hypot(x, y) <= radius


def _between(start: Point, end: Point, share: float) -> Point:
    return Point(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share)


def freest(text: Text, places: Iterable[Place], shapes: Sequence[Area], lines: Sequence[Line]) -> Text:
    """A text at the first of some places where it covers nothing, or where it covers the least."""
    best, least = text, None
    for order, (at, held, on) in enumerate(places):
        there = replace(text, at=at, held=held)
        area = area_of(there)
        cost = Cost(sum(map(area.meets, shapes)), sum(crosses(line.points, area) for line in lines), on, order)
        if least is None or cost < least:
            best, least = there, cost
        if not (cost.shapes or cost.lines or cost.own):
            break
    return best


def beside(text: Text, own: Sequence[Point], away: float) -> Iterator[Place]:
    """Places for a label: beside its edge, on the other side of it, on the edge itself, near the middle first.

    ``away`` is how far from the middle of the edge it is to be, negative where it is wanted on the right of the edge.
    """
    area = area_of(text)
    width, height = area.right - area.left, area.bottom - area.top
    longest = sorted(pairwise(own), key=lambda s: -hypot(s[1].x - s[0].x, s[1].y - s[0].y))
    for side in (1, -1, 0):
        for start, end in longest:
            normal = _normal(start, end)
            by = (abs(away) + abs(normal.x) * width / 2 + abs(normal.y) * height / 2) * side * (1 if away > 0 else -1)
            held: Held = "center" if abs(by * normal.x) < width / 2 else "west" if by * normal.x > 0 else "east"
            for share in _SHARES:
                at = _between(start, end, share)
                yield Place(Point(at.x + normal.x * by, at.y + normal.y * by), held, side == 0)


def crosses(points: Sequence[Point], area: Area) -> bool:
    """Whether a way passes through a rectangle.

    >>> crosses((Point(0, 0), Point(10, 10)), Area(4, 4, 6, 6)), crosses((Point(0, 0), Point(10, 10)), Area(6, 2, 8, 4))
    (True, False)
    """
    return any(_enters(start, end, area) for start, end in pairwise(points))


def _enters(start: Point, end: Point, area: Area) -> bool:
    low, high = 0.0, 1.0
    for at, step, least, most in (
        (start.x, end.x - start.x, area.left, area.right),
        (start.y, end.y - start.y, area.top, area.bottom),
    ):
        if step == 0:
            if not least < at < most:
                return False
            continue
        first, last = sorted(((least - at) / step, (most - at) / step))
        low, high = max(low, first), min(high, last)
    return low < high
