"""Formulas laid out for a picture: from MathML to glyphs with places.

The elements are those that :mod:`symbackprop.render.mathml` writes. Lengths are in ems, y grows downwards, and the
baseline is at 0. Fonts differ, so widths are those of a Times; every glyph or word has a place of its own, and what a
font makes wider or narrower does not add up.
"""

from __future__ import annotations

import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Glyphs:
    """A letter, sign or word: the start of its baseline, its size, and how it is set."""

    x: float
    y: float
    text: str
    size: float = 1.0
    slanted: bool = False
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through places: the bar of a fraction, a tall parenthesis, the sign of a root."""

    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Box:
    """Something laid out: how wide it is, how far it reaches above and below the baseline, what is in it."""

    width: float = 0.0
    above: float = 0.0
    below: float = 0.0
    glyphs: tuple[Glyphs, ...] = ()
    strokes: tuple[Stroke, ...] = ()

    def moved(self, x: float, y: float) -> Box:
        """The same with its baseline starting elsewhere; its extent is still that around the old baseline."""
        glyphs = tuple(replace(g, x=g.x + x, y=g.y + y) for g in self.glyphs)
        strokes = tuple(Stroke(tuple((a + x, b + y) for a, b in s.points)) for s in self.strokes)
        return Box(self.width, self.above - y, self.below + y, glyphs, strokes)

    def scaled(self, by: float) -> Box:
        """The same, larger or smaller."""
        glyphs = tuple(replace(g, x=g.x * by, y=g.y * by, size=g.size * by) for g in self.glyphs)
        strokes = tuple(Stroke(tuple((a * by, b * by) for a, b in s.points)) for s in self.strokes)
        return Box(self.width * by, self.above * by, self.below * by, glyphs, strokes)


AXIS = 0.25
"""How far above the baseline fractions and signs of relation have their middle."""
SCRIPT = 0.7
_ASCENT, _DESCENT = 0.7, 0.22
_SIGNS = {**dict.fromkeys("=<>≥≤∈≈≠→←↔≔∝≡", 0.28), **dict.fromkeys("+−⋅×⊙∘∗⊘-±·", 0.22), ",": 0.16, ";": 0.16, ":": 0.2}
"""How much room a sign between two pieces has at each side (a comma: after it)."""
_FENCES = dict.fromkeys("()[]{}|‖⟨⟩")
_WIDTHS = {
    **dict.fromkeys("ijl|'.,;:!⋅·′’", 0.29), **dict.fromkeys("tsrfI()[]-/", 0.39), **dict.fromkeys("mwMW∑∏", 0.86),
    **dict.fromkeys("+−=<>≥≤⊙×∘∈≈→←∗ℝ", 0.6), **dict.fromkeys("acez0123456789", 0.48), " ": 0.3,
}  # fmt: skip


def formula_box(mathml: str) -> Box:
    """The layout of a formula.

    >>> from symbackprop.render.mathml import MATHML, formula
    >>> box = formula_box(formula(MATHML.fraction("a", "b")))
    >>> [(g.text, g.y < 0) for g in box.glyphs], len(box.strokes)
    ([('a', True), ('b', False)], 1)
    """
    return _row(list(ET.fromstring(mathml)))


def words_box(text: str) -> Box:
    """Plain words on one line."""
    return Box(_width(text), _ASCENT, _DESCENT, (Glyphs(0, 0, text),)) if text else Box()


def beside(boxes: Iterable[Box]) -> Box:
    """Boxes side by side on one baseline."""
    x = above = below = 0.0
    glyphs: list[Glyphs] = []
    strokes: list[Stroke] = []
    for box in boxes:
        placed = box.moved(x, 0)
        glyphs += placed.glyphs
        strokes += placed.strokes
        x += box.width
        above, below = max(above, box.above), max(below, box.below)
    return Box(x, above, below, tuple(glyphs), tuple(strokes))


def over(*boxes: Box, width: float, above: float, below: float) -> Box:
    """Boxes that have their places already, as one of a given extent."""
    glyphs = tuple(g for box in boxes for g in box.glyphs)
    return Box(width, above, below, glyphs, tuple(s for box in boxes for s in box.strokes))


def _width(text: str) -> float:
    total = 0.0
    for character in text:
        if not unicodedata.combining(character):
            wide = 0.72 if character.isupper() else 0.55
            total += _WIDTHS.get(character, 1.0 if unicodedata.east_asian_width(character) in "WF" else wide)
    return total


def _letters(text: str, slanted: bool) -> Box:
    """A name or a number; the letters of Unicode's mathematical alphabets are set as plain ones of their style."""
    names = [unicodedata.name(c, "") for c in text]
    styled = any(n.startswith("MATHEMATICAL") and ("BOLD" in n or "ITALIC" in n) for n in names)
    bold = styled and any("BOLD" in n for n in names)
    slanted = any("ITALIC" in n for n in names) if styled else slanted
    shown = unicodedata.normalize("NFKC", text) if styled else text
    return Box(_width(shown) + (0.04 if slanted else 0), _ASCENT, _DESCENT, (Glyphs(0, 0, shown, 1, slanted, bold),))


def _box(element: ET.Element) -> Box:
    way = _WAYS.get(element.tag)
    return way(element) if way else _row(list(element))


def _identifier(element: ET.Element) -> Box:
    text = element.text or ""
    return _letters(text, len(text) == 1 and element.get("mathvariant") != "normal")


def _upright(element: ET.Element) -> Box:
    text = (element.text or "").replace("\u00a0", " ")
    return _letters(text, False) if text else Box()


def _operator(element: ET.Element) -> Box:
    text = element.text or ""
    if not text or text in "\u2061\u2062\u2063":
        return Box(_ems(element.get("rspace")))
    if text in "∑∏":
        return Box(0.9, 0.95, 0.4, (Glyphs(0, 0.12, text, 1.35),))
    sign = _letters(text, False)
    room = 0.0 if element.get("form") == "prefix" or element.get("lspace") == "0" else _SIGNS.get(text, 0.0)
    before = 0.0 if text in ",;" else room
    return replace(sign.moved(before, 0), width=before + sign.width + room)


def _ems(length: str | None) -> float:
    return float(length.removesuffix("em")) if length and length.endswith("em") else 0.0


def _row(elements: Sequence[ET.Element]) -> Box:
    """Elements side by side; fences grow with what is tall between them."""
    grows = [e.tag == "mo" and (e.text or "") in _FENCES and e.get("stretchy") != "false" for e in elements]
    boxes = [_box(e) for e in elements]
    tall = [box for box, grow in zip(boxes, grows, strict=True) if not grow]
    above, below = max((b.above for b in tall), default=0), max((b.below for b in tall), default=0)
    if above + below > 1.25:
        pairs = zip(elements, boxes, grows, strict=True)
        boxes = [_fence(e.text or "", above, below) if grow else box for e, box, grow in pairs]
    return beside(boxes)


_HALVES: dict[str, tuple[tuple[float, float], ...]] = {
    "(": ((0.28, 0), (0.12, 0.2), (0.06, 0.5), (0.12, 0.8), (0.28, 1)),
    "[": ((0.26, 0), (0.08, 0), (0.08, 1), (0.26, 1)),
    "{": ((0.34, 0), (0.2, 0.08), (0.2, 0.42), (0.06, 0.5), (0.2, 0.58), (0.2, 0.92), (0.34, 1)),
    "⟨": ((0.28, 0), (0.08, 0.5), (0.28, 1)),
    "|": ((0.17, 0), (0.17, 1)),
}
_MIRRORED = {")": "(", "]": "[", "}": "{", "⟩": "⟨"}


def _fence(text: str, above: float, below: float) -> Box:
    """A fence as tall as what it encloses; it is drawn, since a glyph would only grow in width too."""
    above, below = above + 0.06, below + 0.06
    width = 0.4
    outlines = [_HALVES["|" if text in "|‖" else _MIRRORED.get(text, text)]]
    if text == "‖":
        outlines.append(((0.28, 0), (0.28, 1)))
    strokes = []
    for outline in outlines:
        places = [(width - x if text in _MIRRORED else x, y * (above + below) - above) for x, y in outline]
        strokes.append(Stroke(tuple(places)))
    return Box(width, above, below, (), tuple(strokes))


def _fraction(element: ET.Element) -> Box:
    top, bottom = (_box(child).scaled(0.9) for child in element)
    width = max(top.width, bottom.width) + 0.16
    top = top.moved((width - top.width) / 2, -AXIS - 0.14 - top.below)
    bottom = bottom.moved((width - bottom.width) / 2, -AXIS + 0.16 + bottom.above)
    bar = Box(strokes=(Stroke(((0.02, -AXIS), (width - 0.02, -AXIS))),))
    whole = over(top, bar, bottom, width=width, above=top.above, below=bottom.below)
    return replace(whole.moved(0.06, 0), width=width + 0.12)


def _scripts(element: ET.Element) -> Box:
    base, *rest = map(_box, element)
    parts = dict(zip(_SCRIPTS[element.tag], rest, strict=True))
    placed = [base]
    width, above, below = base.width, base.above, base.below
    both = len(rest) > 1
    high, low = max(0.46 if both else 0.38, base.above - 0.4), max(0.32 if both else 0.24, base.below)
    if "above" in parts:
        prime = len(element[-1]) == 0 and element[-1].text == "′"  # which fonts raise themselves
        script = parts["above"] if prime else parts["above"].scaled(SCRIPT)
        placed.append(raised := script.moved(base.width + 0.03, 0 if prime else -high))
        width, above = max(width, base.width + script.width + 0.06), max(above, raised.above)
    if "below" in parts:
        script = parts["below"].scaled(SCRIPT)
        placed.append(lowered := script.moved(base.width, low))
        width, below = max(width, base.width + script.width + 0.06), max(below, lowered.below)
    return over(*placed, width=width, above=above, below=below)


_SCRIPTS = {"msub": ("below",), "msup": ("above",), "msubsup": ("below", "above")}
_LIMITS = {"munder": ("below",), "mover": ("above",), "munderover": ("below", "above")}


def _limits(element: ET.Element) -> Box:
    """What stands above or below: an accent, the limits of a sum, a brace."""
    base, *rest = map(_box, element)
    parts = dict(zip(_LIMITS[element.tag], rest, strict=True))
    if element.get("accent") == "true":
        accent = parts["above"]
        lift = 0.16 if (element[0].text or "").islower() else 0.42
        placed = accent.moved((base.width - accent.width) / 2 + 0.05, -lift)
        return over(base, placed, width=base.width, above=base.above + lift - 0.05, below=base.below)
    scripts = {side: box.scaled(SCRIPT) for side, box in parts.items()}
    width = max(base.width, *(box.width for box in scripts.values()))
    placed_all = [base.moved((width - base.width) / 2, 0)]
    above, below = base.above, base.below
    for side, box in scripts.items():
        y = base.below + box.above + 0.08 if side == "below" else -base.above - box.below - 0.08
        placed_all.append(box.moved((width - box.width) / 2, y))
        if side == "below":
            below = y + box.below
        else:
            above = -y + box.above
    whole = over(*placed_all, width=width, above=above, below=below)
    return replace(whole, width=width + 0.12)


def _root(element: ET.Element) -> Box:
    inside = _row(list(element) if element.tag == "msqrt" else list(element)[:1])
    top = inside.above + 0.12
    sign = ((0.02, -0.28), (0.14, -0.34), (0.3, inside.below), (0.48, -top), (0.55 + inside.width, -top))
    parts = [inside.moved(0.52, 0), Box(strokes=(Stroke(sign),))]
    if element.tag == "mroot":
        parts.append(_box(element[1]).scaled(0.5).moved(0, -0.5))
    return over(*parts, width=inside.width + 0.6, above=top + 0.05, below=inside.below)


def _table(element: ET.Element) -> Box:
    rows = [[_row(list(cell)) for cell in row] for row in element]
    columns = max(map(len, rows), default=0)
    widths = [max((row[c].width for row in rows if c < len(row)), default=0) for c in range(columns)]
    placed = []
    y = 0.0
    for row in rows:
        y += max((cell.above for cell in row), default=0)
        x = 0.15
        for cell, width in zip(row, widths, strict=False):
            placed.append(cell.moved(x + (width - cell.width) / 2, y))
            x += width + 0.6
        y += max((cell.below for cell in row), default=0) + 0.1
    height = y - 0.1
    shift = -height / 2 - AXIS
    whole = over(*placed, width=sum(widths) + 0.6 * max(0, columns - 1) + 0.3, above=0, below=height)
    return whole.moved(0, shift)


_WAYS = {
    "mi": _identifier, "mn": _upright, "mtext": _upright, "mo": _operator, "mfrac": _fraction, "msqrt": _root,
    "mroot": _root, "mtable": _table, "mspace": lambda e: Box(_ems(e.get("width"))),
    **dict.fromkeys(_SCRIPTS, _scripts), **dict.fromkeys(_LIMITS, _limits),
}  # fmt: skip
