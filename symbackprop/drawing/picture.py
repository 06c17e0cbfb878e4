"""A picture as data: what it shows and where, before it is spelled as SVG or as TikZ.

Lengths are pixels of SVG; x grows to the right and y downwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from symbackprop.drawing.boxes import Box

Tone = Literal["ink", "soft", "forward", "backward"]
"""What a line or a text is about: the network itself, a remark, the way forward, the way back."""

Held = Literal["center", "west", "east"]
"""Which end of a text stays in its place where another font makes it wider than it was taken to be."""

Kind = Literal["input", "weight", "hidden", "output", "cost"]
"""What a node stands for."""

COLOURS: dict[Tone, str] = {"ink": "1F2933", "soft": "56606B", "forward": "1D5B7C", "backward": "A32121"}
GROUNDS: dict[Kind, str] = {
    "input": "E8F1F6", "weight": "F4F1EA", "hidden": "FFFFFF", "output": "FBF0DC", "cost": "F6E3E3",
}  # fmt: skip
"""Red, green and blue in hexadecimal; every text is dark enough on every ground and on white."""


class Point(NamedTuple):
    """A place in a picture."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Inscription:
    """A formula or words in the three spellings that pictures need: laid out, LaTeX, and plain text."""

    box: Box
    latex: str
    spoken: str


@dataclass(frozen=True, slots=True)
class Text:
    """An inscription around a place; ``scale`` is its size, ``covers`` whether it hides the lines behind it."""

    at: Point
    inscription: Inscription
    tone: Tone = "ink"
    scale: float = 1.0
    covers: bool = False
    held: Held = "center"


@dataclass(frozen=True, slots=True)
class Node:
    """A unit or a quantity: a rounded box around a place."""

    at: Point
    width: float
    height: float
    kind: Kind


def corner(node: Node) -> float:
    """The radius of the corners of a node: a round one, but for the cost, which is a box."""
    return 6.0 if node.kind == "cost" else min(node.width, node.height) / 2


@dataclass(frozen=True, slots=True)
class Line:
    """A line through places, with an arrowhead at its end if it is an ``arrow``; ``dashed`` where it goes back."""

    points: tuple[Point, ...]
    tone: Tone = "ink"
    arrow: bool = False
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Dots:
    """Three dots for what is left out, one below another or side by side."""

    at: Point
    upright: bool = True


Shape = Text | Node | Line | Dots


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: shapes from back to front, and what somebody who does not see it should be told."""

    title: str
    description: str
    width: float
    height: float
    shapes: tuple[Shape, ...]
