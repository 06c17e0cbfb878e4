"""What a notebook shows: fragments of HTML with native mathematics that need neither style nor script from outside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from symbackprop.render.listing import Equation, Listing
from symbackprop.render.mathml import MATHML, formula, sign
from symbackprop.render.outline import Display, Heading, Part, parts
from symbackprop.render.reports.telling import (
    MARKS,
    RIGHT,
    VERDICT_WORDS,
    Speaker,
    Voice,
    clean,
    disagreement,
    looked_at,
    mistakes,
    summary,
    verdict,
)
from symbackprop.render.sentences import Sentence, Words
from symbackprop.vocabulary.verdicts import Judgement, Report

_GRID = (
    "display: grid; grid-template-columns: max-content max-content; gap: .55em .35em; align-items: baseline; "
    "justify-items: start; margin: .7em 0 .7em 2em; font-size: 1.08em"
)
_LEFT = "justify-self: end"
_MORE = "margin-left: 2em"
_PRE = '<pre style="font-family: monospace">'  # carets stand below what they are about
_COLOURS = {"✓": "#2e8540", "~": "#b8860b", "?": "#6b7280", "✗": "#c62828"}
"""The colours of marks, which differ in lightness too; the words say the same."""


def fragment(told: Iterable[Part]) -> str:
    """The parts of derivations, set in MathML.

    >>> from symbackprop.api import network
    >>> network("relu")._repr_mimebundle_()["text/html"].count("<math")
    12
    """
    return "\n".join(['<div class="symbackprop" style="overflow-x: auto">', *map(_part, told), "</div>"])


def introduction(listing: Listing) -> str:
    """A network: what is given in a listing, under its title."""
    return fragment([Heading(listing.title), *parts(listing)])


def report(found: Report, voice: Voice | None) -> str:
    """The verdicts on what somebody typed."""
    speaker = Speaker(voice, MATHML)
    said = summary(found.judgements)
    rows = [f"<p><b>{escape(said[:1].upper() + said[1:])}.</b></p>", *(_paragraph(r) for r in found.remarks)]
    for judgement in found.judgements:
        colour = _COLOURS[MARKS[judgement.verdict]]
        rows.append(f'<div style="border-left: .3em solid {colour}; padding-left: .9em; margin: .9em 0">')
        rows.append(
            f'<div><b style="color: {colour}">{MARKS[judgement.verdict]} {VERDICT_WORDS[judgement.verdict]}</b></div>'
        )
        rows += _claim(judgement, speaker)
        rows.append("</div>")
    return "\n".join(['<div class="symbackprop" style="overflow-x: auto">', *rows, "</div>"])


def _claim(judgement: Judgement, speaker: Speaker) -> Iterator[str]:
    """What is said of a claim."""
    claim = speaker.claim(judgement)
    if claim is not None:
        yield _grid([claim])
    if judgement.verdict == "unread" and judgement.error is not None:
        yield f"{_PRE}{escape(clean(judgement.error.report()))}</pre>"
        return
    place = looked_at(judgement)
    if judgement.verdict not in RIGHT and place is not None:
        yield f"{_PRE}{escape(clean(place.caret()))}</pre>"
    yield _paragraph(verdict(judgement))
    yield from map(_paragraph, mistakes(judgement))
    expected = speaker.expected(judgement)
    if judgement.verdict not in RIGHT and expected is not None:
        yield "<p>Right would be:</p>"
        yield _grid([expected])
    if said := disagreement(judgement):
        yield _paragraph(said)


def _part(part: Part) -> str:
    if isinstance(part, Heading):
        return f"<p><b>{escape(part.text)}</b></p>"
    if isinstance(part, Display):
        return _grid(part.equations)
    return f"<p>{_sentence(part)}</p>"


def _grid(equations: Sequence[Equation]) -> str:
    """Equations below one another, their signs of relation too."""
    cells: list[str] = []
    for equation in equations:
        left = _display(equation.left, _LEFT)
        for right in equation.rights:
            for position, row in enumerate(right):
                cells.append(left or "<span></span>")
                cells.append(_display(sign(row.sign or equation.relation) + row.text, _MORE if position else ""))
                left = ""
    return f'<div style="{_GRID}">\n' + "\n".join(cells) + "\n</div>"


def _display(piece: str, style: str) -> str:
    attributes = f' displaystyle="true" style="{style}"' if style else ' displaystyle="true"'
    return formula(piece).replace("<math", f"<math{attributes}", 1)


def _sentence(sentence: Sentence) -> str:
    return "".join(escape(part.text) if isinstance(part, Words) else formula(part.text) for part in sentence)


def _paragraph(text: str) -> str:
    return f"<p>{escape(clean(text))}</p>"
