"""Room in a picture: what a shape covers, and how large the whole is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from symbackprop.drawing.picture import Dots, Inscription, Line, Node, Point, Shape

EM = 16.0
"""Pixels of an em."""
MARGIN = 14.0


class Area(NamedTuple):
    """A rectangle of a picture."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Area) -> bool:
        """Whether the two have a place in common."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def height_of(inscription: Inscription, scale: float = 1.0) -> float:
    """How tall an inscription is, in pixels; one of a single line is as tall as any other."""
    return max(1.0, inscription.box.above + inscription.box.below) * scale * EM


def width_of(inscription: Inscription, scale: float = 1.0) -> float:
    """How wide an inscription is, in pixels."""
    return inscription.box.width * scale * EM


def area_of(shape: Shape) -> Area:
    """What a shape covers."""
    if isinstance(shape, Line):
        xs, ys = [p.x for p in shape.points], [p.y for p in shape.points]
        return Area(min(xs), min(ys), max(xs), max(ys))
    if isinstance(shape, Dots):
        width, height = (4.0, 24.0) if shape.upright else (24.0, 4.0)
    elif isinstance(shape, Node):
        width, height = shape.width, shape.height
    else:
        width, height = width_of(shape.inscription, shape.scale) + 8, height_of(shape.inscription, shape.scale) + 2
    x, y = shape.at
    return Area(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def fitted(shapes: Iterable[Shape]) -> tuple[tuple[Shape, ...], float, float]:
    """Shapes moved so that they begin at the margin, and the width and height that hold them."""
    found = list(shapes)
    areas = [area_of(shape) for shape in found]
    left, top = min(a.left for a in areas) - MARGIN, min(a.top for a in areas) - MARGIN
    width, height = max(a.right for a in areas) - left + MARGIN, max(a.bottom for a in areas) - top + MARGIN
    return tuple(_moved(shape, -left, -top) for shape in found), width, height


def _moved(shape: Shape, x: float, y: float) -> Shape:
    if isinstance(shape, Line):
        return replace(shape, points=tuple(Point(p.x + x, p.y + y) for p in shape.points))
    return replace(shape, at=Point(shape.at.x + x, shape.at.y + y))
