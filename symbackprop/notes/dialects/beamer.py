r"""Beamer: the right sides of a formula are uncovered one at a time.

``\pause`` is of no use in ``align``, and ``<+->`` counts twice there, since its rows are set twice; so every cell says
the number of its slide. A size is set in ``\begingroup``: a brace behind ``\begin{frame}{...}`` would open a subtitle.
Outside of a frame a derivation makes frames of its own; inside of one it only fills it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from symbackprop.backward.derivation import Derivation
from symbackprop.notes.dialects import Dialect, Spot
from symbackprop.notes.flow import one_aligned
from symbackprop.notes.pictures import on_a_slide
from symbackprop.render.formats.latex import escaped, groups
from symbackprop.render.listing import Equation, Section, Telling, tell
from symbackprop.render.markup import LATEX
from symbackprop.render.sentences import Sentence, Words, in_dollars
from symbackprop.render.text import TEXT

ROWS = 7
"""Rows that fit on a slide beside a heading and a sentence."""
SIZES = ((46, ""), (56, r"\small"), (66, r"\footnotesize"), (84, r"\scriptsize"), (10**9, r"\tiny"))
"""The type for rows of so many columns as text."""

_FRAME = re.compile(r"^[^%\n]*?\\(begin|end)[ \t]*\{frame\}", re.MULTILINE)


def slides(derivation: Derivation, tellings: Sequence[Telling], spot: Spot) -> str:
    """A derivation as the content of a frame, or as frames."""
    found = _FRAME.findall(spot.before)
    inside = bool(found) and found[-1] == "begin"
    setting = _inside if inside else _frames
    parts: list[str] = []
    slide = 1
    for telling in tellings:
        told, ruled = (tell(derivation, telling, markup) for markup in (LATEX, TEXT))
        title = telling.notation.title if len(tellings) > 1 else ""
        for section, ruler in zip(told.sections, ruled.sections, strict=True):
            widths = {e.name: _width(e) for e in ruler.equations}
            lines, slide = setting(section, widths, title, slide)
            parts += lines
    return "\n".join(parts) + "%"


def _width(equation: Equation) -> int:
    return len(equation.left) + max((len(row.text) for right in equation.rights for row in right), default=0)


def _inside(section: Section, widths: dict[str, int], title: str, slide: int) -> tuple[list[str], int]:
    """A section within the author's own frame, and the slide on which what follows begins."""
    lines = [in_dollars(remark, escaped) for remark in section.remarks]
    for equations in groups(section.equations):
        rows, after = _overlaid(equations, slide)
        if equations[0].reason:
            lines.append(rf"\uncover<{slide}->{{{_reason(equations[0])}}}")
        lines += _sized(rows, max(widths.get(e.name, 0) for e in equations))
        slide = after
    return lines, slide


def _frames(section: Section, widths: dict[str, int], title: str, slide: int) -> tuple[list[str], int]:
    """The frames of a section."""
    heading = escaped(f"{section.heading} ({title})" if title else section.heading)
    lines: list[str] = []
    remarks: tuple[Sentence, ...] = section.remarks
    for equations in _frameful(section.equations):
        rows, _ = _overlaid(equations, 1)
        lines.append(rf"\begin{{frame}}{{{heading}}}")
        lines += [in_dollars(remark, escaped) for remark in remarks]
        if equations[0].reason:
            lines.append(_reason(equations[0]))
        lines += _sized(rows, max(widths.get(e.name, 0) for e in equations))
        lines.append(r"\end{frame}")
        remarks = ()
    if remarks:
        shown = [in_dollars(remark, escaped) for remark in remarks]
        lines += [rf"\begin{{frame}}{{{heading}}}", *shown, r"\end{frame}"]
    return lines, 1


def _reason(equation: Equation) -> str:
    return in_dollars((Words(f"{equation.heading}: "), *equation.reason), escaped)


def _frameful(equations: Sequence[Equation]) -> Iterator[list[Equation]]:
    """Equations by frames; one that is too high for a frame is told on several, its left side on each."""
    for group in groups(equations):
        frame: list[Equation] = []
        height = 0
        for equation in (part for whole in group for part in _parts(whole)):
            rows = sum(map(len, equation.rights))
            if frame and height + rows > ROWS:
                yield frame
                frame, height = [], 0
            frame.append(equation)
            height += rows
        yield frame


def _parts(equation: Equation) -> Iterator[Equation]:
    rights: list[tuple[object, ...]] = []
    first = 0
    for number, right in enumerate(equation.rights):
        if rights and sum(map(len, rights)) + len(right) > ROWS:
            yield equation._replace(rights=equation.rights[first:number])
            first, rights = number, []
        rights.append(right)
    yield equation._replace(rights=equation.rights[first:])


def _overlaid(equations: Sequence[Equation], slide: int) -> tuple[list[str], int]:
    """The rows of equations, each uncovered from its slide on, and the next slide."""
    rows: list[str] = []
    for equation in equations:
        for number, right in enumerate(equation.rights):
            for position, part in enumerate(right):
                left = rf"\uncover<{slide}->{{{equation.left}}} " if number == position == 0 else "  "
                text = (
                    f"{part.sign or equation.relation} {part.text}"
                    if position == 0
                    else rf"\quad {part.sign} {part.text}"
                )
                rows.append(rf"  {left}&\uncover<{slide}->{{{text}}}")
            slide += 1
    return rows, slide


def _sized(rows: Sequence[str], width: int) -> list[str]:
    """Rows as a display in type small enough for the widest of them."""
    size = next(size for widest, size in SIZES if width <= widest)
    body = [r"\begin{align*}", " \\\\\n".join(rows), r"\end{align*}"]
    return [rf"\begingroup{size}", *body, r"\endgroup"] if size else body


DIALECT = Dialect(
    "Beamer: right sides uncovered one at a time, in your frame or in frames of their own",
    {"latex": slides, "aligned": one_aligned},
    ("%",),
    spaced=False,
    picture=on_a_slide,
)
