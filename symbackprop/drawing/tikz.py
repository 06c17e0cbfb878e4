r"""A picture as TikZ, for a document with ``\usepackage{tikz}`` and nothing else; formulas are real LaTeX."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from symbackprop.drawing.fitting import area_of
from symbackprop.drawing.picture import COLOURS, GROUNDS, Dots, Line, Node, Picture, Point, Shape, Text, corner

POINTS = 0.75
"""Points of TeX to a pixel."""


class Room(NamedTuple):
    """Points that a picture may take; a larger one is scaled down to them."""

    width: float
    height: float


ARTICLE = Room(345, 540)
SLIDE = Room(305, 185)
SMALLEST = 0.3


def tikz(picture: Picture, room: Room = ARTICLE) -> str:
    """The picture as a ``tikzpicture``."""
    fitting = min(room.width / picture.width, room.height / picture.height) / POINTS
    scale = max(SMALLEST, min(1.0, fitting))
    lines = [
        f"% {' '.join(picture.title.split())}",
        r"\begin{tikzpicture}"
        f"[x={POINTS * scale:.4g}pt, y=-{POINTS * scale:.4g}pt, >=stealth, line width={0.6 * scale:.2g}pt,",
        f"  every node/.style={{inner sep=1.5pt{'' if scale == 1 else f', scale={scale:.3g}'}}}]",
        r"\ifdefined\boldsymbol\else\let\boldsymbol\mathbf\fi",
    ]
    lines += [rf"\definecolor{{symbackprop-{name}}}{{HTML}}{{{colour}}}" for name, colour in _colours(picture).items()]
    for shape in picture.shapes:
        lines += _shape(shape, scale)
    return "\n".join([*lines, r"\end{tikzpicture}"]) + "\n"


def _colours(picture: Picture) -> dict[str, str]:
    """The colours of a picture by their names."""
    found: dict[str, str] = {}
    for shape in picture.shapes:
        if isinstance(shape, Node):
            found[shape.kind] = GROUNDS[shape.kind]
            found["ink"] = COLOURS["ink"]
        elif isinstance(shape, Dots):
            found["soft"] = COLOURS["soft"]
        else:
            found[shape.tone] = COLOURS[shape.tone]
    return found


def _at(point: Point) -> str:
    return f"({point.x:.1f},{point.y:.1f})".replace(".0,", ",").replace(".0)", ")")


def _end(text: Text) -> Point:
    """The place of a text, or of that end of it that stays where it is."""
    half = area_of(text).right - text.at.x
    return Point(text.at.x + {"center": 0, "west": -half, "east": half}[text.held], text.at.y)


def _shape(shape: Shape, scale: float) -> Iterator[str]:
    if isinstance(shape, Text):
        options = [f"text=symbackprop-{shape.tone}"]
        options += ["fill=white"] if shape.covers else []
        options += [r"font=\small"] if shape.scale < 1 else []
        options += [f"anchor={shape.held}"] if shape.held != "center" else []
        yield rf"\node[{', '.join(options)}] at {_at(_end(shape))} {{{shape.inscription.latex}}};"
    elif isinstance(shape, Node):
        low = Point(shape.at.x - shape.width / 2, shape.at.y - shape.height / 2)
        high = Point(shape.at.x + shape.width / 2, shape.at.y + shape.height / 2)
        radius = corner(shape) * POINTS * scale
        yield (
            rf"\draw[draw=symbackprop-ink, fill=symbackprop-{shape.kind}, rounded corners={radius:.3g}pt]"
            f" {_at(low)} rectangle {_at(high)};"
        )
    elif isinstance(shape, Line):
        options = [f"symbackprop-{shape.tone}", *(["->"] if shape.arrow else []), *(["dashed"] if shape.dashed else [])]
        yield rf"\draw[{', '.join(options)}] {' -- '.join(map(_at, shape.points))};"
    else:
        for step in (-9, 0, 9):
            at = Point(shape.at.x + (0 if shape.upright else step), shape.at.y + (step if shape.upright else 0))
            yield rf"\fill[symbackprop-soft] {_at(at)} circle ({1.4 * scale:.2g}pt);"
