"""A picture as SVG: one element that needs nothing else, with letters that can be read and searched.

It has a ground of its own, so that its dark text can be read on any page.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from html import escape
from math import atan2, cos, pi, sin

from symbackprop.drawing.boxes import AXIS, Glyphs
from symbackprop.drawing.fitting import EM
from symbackprop.drawing.picture import COLOURS, GROUNDS, Dots, Line, Node, Picture, Point, Shape, Text, corner

_FONTS = "'STIX Two Text','Latin Modern Roman',Cambria,'Times New Roman',Times,serif"


def svg(picture: Picture) -> str:
    """The picture as an ``svg`` element."""
    key = sha256(repr(picture).encode("utf-8", "replace")).hexdigest()[:8]
    size = f'width="{_n(picture.width)}" height="{_n(picture.height)}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {_n(picture.width)} {_n(picture.height)}"'
        f' role="img" aria-labelledby="t-{key} d-{key}" font-family="{_FONTS}" font-size="{EM:g}">',
        f'<title id="t-{key}">{escape(_clean(picture.title))}</title>',
        f'<desc id="d-{key}">{escape(_clean(picture.description))}</desc>',
        f'<rect {size} rx="8" fill="#fff"/>',
    ]
    for shape in picture.shapes:
        lines += _shape(shape)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _shape(shape: Shape) -> Iterator[str]:
    if isinstance(shape, Text):
        yield from _text(shape)
    elif isinstance(shape, Node):
        x, y = shape.at.x - shape.width / 2, shape.at.y - shape.height / 2
        size = f'width="{_n(shape.width)}" height="{_n(shape.height)}" rx="{_n(corner(shape))}"'
        yield (f'<rect x="{_n(x)}" y="{_n(y)}" {size} fill="#{GROUNDS[shape.kind]}" stroke="#{COLOURS["ink"]}"/>')
    elif isinstance(shape, Line):
        yield from _line(shape)
    else:
        yield from _dots(shape)


def _dots(shape: Dots) -> Iterator[str]:
    for step in (-9, 0, 9):
        x, y = shape.at.x + (0 if shape.upright else step), shape.at.y + (step if shape.upright else 0)
        yield f'<circle cx="{_n(x)}" cy="{_n(y)}" r="2" fill="#{COLOURS["soft"]}"/>'


def _line(line: Line) -> Iterator[str]:
    colour = COLOURS[line.tone]
    path = f"M{_places(line.points[:1])}L{_places(line.points[1:])}"
    dashes = ' stroke-dasharray="4 3"' if line.dashed else ""
    yield f'<path d="{path}" fill="none" stroke="#{colour}" stroke-width="1.1"{dashes}/>'
    if line.arrow:
        before, tip = line.points[-2:]
        angle = atan2(tip.y - before.y, tip.x - before.x)
        wings = [Point(tip.x + 8 * cos(angle + turn), tip.y + 8 * sin(angle + turn)) for turn in (pi - 0.38, pi + 0.38)]
        yield f'<path d="M{_places((wings[0], tip, wings[1]))}Z" fill="#{colour}"/>'


def _places(points: tuple[Point, ...]) -> str:
    return " ".join(f"{_n(p.x)},{_n(p.y)}" for p in points)


def _text(text: Text) -> Iterator[str]:
    """A formula around its place: its middle is where the middle of a fraction is."""
    box, em = text.inscription.box, EM * text.scale
    left = text.at.x - box.width * em / 2
    if box.above - box.below < 3 * AXIS and box.above > 1.1:  # tall: a fraction, a matrix
        baseline = text.at.y + AXIS * em
    else:
        baseline = text.at.y + (box.above - box.below) / 2 * em
    if text.covers:
        top, height = baseline - box.above * em - 1, (box.above + box.below) * em + 2
        yield (
            f'<rect x="{_n(left - 3)}" y="{_n(top)}" width="{_n(box.width * em + 6)}" height="{_n(height)}"'
            ' rx="4" fill="#fff" fill-opacity=".92"/>'
        )
    colour = COLOURS[text.tone]
    if box.strokes:
        path = "".join(
            "M" + "L".join(f"{_n(left + x * em)},{_n(baseline + y * em)}" for x, y in s.points) for s in box.strokes
        )
        yield f'<path d="{path}" fill="none" stroke="#{colour}" stroke-width="{_n(0.06 * em)}"/>'
    spans = "".join(_span(glyphs, left, baseline, em) for glyphs in box.glyphs)
    if spans:
        yield f'<text fill="#{colour}">{spans}</text>'


def _span(glyphs: Glyphs, left: float, baseline: float, em: float) -> str:
    style = f' font-size="{_n(glyphs.size * em)}"'
    style += ' font-style="italic"' if glyphs.slanted else ""
    style += ' font-weight="bold"' if glyphs.bold else ""
    x, y = left + glyphs.x * em, baseline + glyphs.y * em
    return f'<tspan x="{_n(x)}" y="{_n(y)}"{style}>{escape(glyphs.text)}</tspan>'
