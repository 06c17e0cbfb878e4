"""A page of its own: steps that fold open, formulas as MathML with their LaTeX to copy, nothing fetched from anywhere.

A listing is told three times, and the tellings are laid over one another: MathML to see, LaTeX to copy, and text for
readers who do not get MathML. The page shows whatever sections a listing has; an equation with a reason is a step.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from html import escape
from itertools import zip_longest
from typing import NamedTuple, TypeVar

from symbackprop.backward.derivation import Derivation
from symbackprop.render.formats import Figure
from symbackprop.render.formats.latex import anchor
from symbackprop.render.listing import Equation, Listing, Section, Telling, tell
from symbackprop.render.markup import LATEX
from symbackprop.render.mathml import MATHML, formula
from symbackprop.render.page import Told, equation, frame, lines, sentence
from symbackprop.render.sentences import Sentence
from symbackprop.render.text import TEXT

T = TypeVar("T")

MOST_STEPS = 400
"""A derivation of more steps has none that fold: a page of so many is slow."""


class Column(NamedTuple):
    """One telling of a page: what sets it apart from the others, in whose notation it is, and its listing."""

    title: str
    notation: str
    listing: Told[Listing]


def html_page(derivation: Derivation, tellings: Sequence[Telling], figures: Sequence[Figure] = ()) -> str:
    """A derivation as a page that needs nothing else; tellings, and networks compared, stand side by side.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> from symbackprop.backward.derivation import derive
    >>> from symbackprop.tables.notations import NOTATIONS
    >>> text = html_page(derive(read_pattern("relu")), [Telling(NOTATIONS["slater"])])
    >>> text.count("<details"), 'id="dC-dW0"' in text, "http:" in text
    (4, True, False)
    """
    columns = []
    for telling in (replace(telling, most_reasons=MOST_STEPS) for telling in tellings):
        notation = telling.notation.title
        if telling.against is None:
            columns.append(Column(notation, notation, _told_thrice(derivation, telling)))
            continue
        alone = replace(telling, against=None)
        for each in (derivation, telling.against):
            title = each.network.source + (f" ({notation})" if len(tellings) > 1 else "")
            columns.append(Column(title, notation, _told_thrice(each, alone)))
    compared = any(telling.against for telling in tellings)
    title = " against ".join(dict.fromkeys(c.title for c in columns)) if compared else columns[0].listing.shown.title
    return page(title, columns, {f"d{target.name}" for target in derivation.targets}, compared, figures)


def _told_thrice(derivation: Derivation, telling: Telling) -> Told[Listing]:
    """A listing in three markups; where two right sides are the same as text and so stand only once, LaTeX is heard."""
    shown, copied, spoken = (tell(derivation, telling, markup) for markup in (MATHML, LATEX, TEXT))
    return Told(shown, copied, spoken if _outline(spoken) == _outline(copied) else copied)


def _outline(listing: Listing) -> list[list[list[int]]]:
    """How many rows, right by right, every equation has."""
    return [[[len(right) for right in e.rights] for e in section.equations] for section in listing.sections]


def page(
    title: str,
    columns: Sequence[Column],
    goals: Collection[str] = (),
    compared: bool = False,
    figures: Sequence[Figure] = (),
) -> str:
    """A page of listings side by side, with figures before and after.

    ``goals`` are the names of the equations that a reader is after; ``compared`` marks equations that differ from one
    column to the next.
    """
    title = _heading(title)
    several = f' class="side-by-side" style="--columns: {len(columns)}"' if len(columns) > 1 else ""
    body = "\n".join(_Page(title, columns, goals, compared, figures).parts())
    return frame(title, body, several)


def _heading(text: str) -> str:
    return escape(text.replace(" ->", "\u00a0→"))


class _Page:
    """Writes the parts of a page, and sees to it that no two have the same id."""

    def __init__(
        self,
        title: str,
        columns: Sequence[Column],
        goals: Collection[str],
        compared: bool,
        figures: Sequence[Figure],
    ) -> None:
        self.title = title
        self.figures = figures
        self.columns = columns
        self.compared = compared
        self.goals = goals
        self.ids = {"said"}
        self.links: list[str] = []

    def parts(self) -> Iterator[str]:
        """The parts, top to bottom."""
        titles = [_heading(column.title) for column in self.columns]
        sections = [
            self.section(beside)
            for beside in _beside(
                _named(c.listing.parts(lambda x: x.sections), lambda s: s.heading) for c in self.columns
            )
        ]
        yield f"<header>\n<h1>{self.title}</h1>"
        notations = dict.fromkeys(column.notation for column in self.columns)
        mark = " Rows that differ have a bar at their side." if self.compared else ""
        yield f"<p>In the notation of {' and of '.join(map(escape, notations))}.{mark}</p>\n</header>"
        if self.links:
            yield f'<nav aria-label="Gradients"><ul>\n<li>Gradients</li>\n{lines(self.links)}</ul></nav>'
        yield "<main>"
        yield from self.gallery(first=True)
        if len(titles) > 1:
            yield f'<div class="heads">{"".join(f"<div>{title}</div>" for title in titles)}</div>'
        yield from sections
        yield from self.gallery(first=False)
        yield "</main>"
        yield '<footer>Derived by symbackprop <span id="said" role="status"></span></footer>'

    def gallery(self, first: bool) -> Iterator[str]:
        """The pictures that come before the formulas, or after them."""
        shown = [figure for figure in self.figures if figure.first == first]
        for heading in dict.fromkeys(figure.heading for figure in shown):
            place = self.place(re.sub(r"\W+", "-", heading.lower()))
            yield f'<section aria-labelledby="{place}" class="pictures">\n<h2 id="{place}">{escape(heading)}</h2>'
            for figure in (f for f in shown if f.heading == heading):
                caption = f"\n<figcaption>{_heading(figure.caption)}</figcaption>" if figure.caption else ""
                yield f'<figure><div class="picture">{figure.svg}</div>{caption}</figure>'
            yield "</section>"

    def section(self, beside: Sequence[Told[Section] | None]) -> str:
        """A section of every column: its heading, remarks, plain equations, then steps."""
        heading = next(told.shown.heading for told in beside if told)
        place = self.place(re.sub(r"\W+", "-", heading.lower()))
        equations = _beside(
            _named(told.parts(lambda s: s.equations), lambda e: e.name) if told else {} for told in beside
        )
        remarks = [told.parts(lambda s: s.remarks) if told else [] for told in beside]
        rows = [self.paragraphs(row) for row in zip_longest(*remarks)]
        steps = []
        for row in equations:
            if any(told and told.shown.reason for told in row):
                steps.append(self.step(row))
            else:
                rows.append(self.equations(row, self.place(anchor(_first(row).name))))
        text = f'<section aria-labelledby="{place}">\n<h2 id="{place}">{escape(heading)}</h2>\n'
        if rows:
            text += self.sheet(rows)
        if steps:
            text += f'<div class="steps">\n{lines(steps)}</div>\n{_BAR}\n'
        return text + "</section>"

    def step(self, row: Sequence[Told[Equation] | None]) -> str:
        """A step that folds open: what it differentiates, the reason, the equation."""
        first = _first(row)
        place = self.place(anchor(first.name))
        lefts = "".join(dict.fromkeys(formula(told.shown.left, told.spoken.left) for told in row if told))
        goal = ""
        if first.name in self.goals:
            goal = ' class="goal"'
            self.links.append(f'<li><a href="#{place}">{formula(first.left, _told(row).spoken.left)}</a></li>')
        reasons = self.paragraphs(
            [Told(*(e.reason for e in told)) if told else None for told in row], ' class="reason"'
        )
        return (
            f'<details id="{place}"{goal} open>\n<summary><h3>{escape(first.heading)}</h3>{lefts}</summary>\n'
            f"{self.sheet([reasons, self.equations(row)])}</details>"
        )

    def equations(self, row: Sequence[Told[Equation] | None], place: str = "") -> str:
        """One equation in every column."""
        cells = []
        differs = self.compared and len({told.copied.rights if told else () for told in row}) > 1
        for number, told in enumerate(row):
            title = escape(self.columns[number].title) + (", differs" if differs else "")
            label = ' class="eq differs"' if differs and told else ' class="eq"'
            label += f' role="group" aria-label="{title}"' if len(row) > 1 and told else ""
            attributes = label + self.whose(number) + (f' id="{place}"' if place and told is _told(row) else "")
            cells.append(equation(told, attributes) if told else f"<div{attributes}></div>")
        return "\n".join(cells)

    def paragraphs(self, row: Sequence[Told[Sentence] | None], attributes: str = "") -> str:
        """One sentence in every column."""
        return "\n".join(
            f"<p{attributes}{self.whose(number)}>{sentence(told) if told else ''}</p>"
            for number, told in enumerate(row)
        )

    def sheet(self, rows: Iterable[str]) -> str:
        """Rows of one cell per column; where the columns do not fit side by side, each says whose it is."""
        titles = [f'<p class="who"{self.whose(n)}>{_heading(c.title)}</p>' for n, c in enumerate(self.columns)]
        return f'<div class="sheet">\n{lines([*(titles if len(titles) > 1 else []), *rows])}</div>\n'

    def whose(self, number: int) -> str:
        """The column that a cell belongs to, for a screen on which the columns stand below one another."""
        return f' style="--column: {number}"' if len(self.columns) > 1 else ""

    def place(self, name: str) -> str:
        """An id that nothing else on the page has."""
        number, place = 1, name or "part"
        while place in self.ids:
            number += 1
            place = f"{name or 'part'}-{number}"
        self.ids.add(place)
        return escape(place)


_BAR = """\
<div class="bar" role="group" aria-label="Steps" hidden>
<button type="button" data-do="next">Next step</button>
<button type="button" data-do="open">Open all</button>
<button type="button" data-do="close">Close all</button>
<output></output>
</div>"""


def _told(row: Sequence[Told[T] | None]) -> Told[T]:
    return next(told for told in row if told)


def _first(row: Sequence[Told[T] | None]) -> T:
    return _told(row).shown


def _named(parts: Iterable[Told[T]], name: Callable[[T], str]) -> dict[str, Told[T]]:
    return {name(told.shown): told for told in parts}


def _beside(columns: Iterable[dict[str, Told[T]]]) -> Iterator[list[Told[T] | None]]:
    """What has the same name in several columns, in the order of first appearance."""
    found = list(columns)
    for name in dict.fromkeys(name for column in found for name in column):
        yield [column.get(name) for column in found]
