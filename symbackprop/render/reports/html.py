"""A report as a page that needs nothing else: what is wrong lies open, what is right folds away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

from symbackprop.render.listing import Equation
from symbackprop.render.markup import LATEX
from symbackprop.render.mathml import MATHML, formula
from symbackprop.render.page import Told, equation, frame, lines, resource
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
    overall,
    position,
    summary,
    verdict,
)
from symbackprop.render.text import TEXT
from symbackprop.vocabulary.errors import Place
from symbackprop.vocabulary.verdicts import Judgement, Report, Verdict

_NEAR = 300
"""Characters on each side of a place in the source that are shown."""

_CLASSES = {"✓": "right", "~": "partly", "?": "open", "✗": "wrong"}


def render(reports: Sequence[Report], voices: Sequence[Voice | None]) -> str:
    """Reports as one page; of several, a list first."""
    several = len(reports) > 1
    title = f"Report on {overall(reports)}" if several else f"Report on {reports[0].name or 'a derivation'}"
    heading = f"Report on {len(reports)} files" if several else title
    line = overall(reports) if several else summary(reports[0].judgements)
    body = [f"<header>\n<h1>{_words(heading)}</h1>\n<p>{_words(line[:1].upper() + line[1:])}.</p>\n</header>"]
    if several:
        body.append(_overview(reports))
    body.append("<main>")
    for number, (report, voice) in enumerate(zip(reports, voices, strict=True), 1):
        body.extend(_Sheet(report, voice, number if several else 0).parts())
    body.append('</main>\n<footer>Judged by symbackprop <span id="said" role="status"></span></footer>')
    return frame(_words(title), "\n".join(body), style=resource("reports/report.css"))


def _overview(reports: Sequence[Report]) -> str:
    rows = [
        f'<tr class="{_kind(report.verdict)}"><td><a href="#file-{number}">{_words(report.name)}</a></td>'
        f"<td>{_tag(report.verdict)}</td><td>{_words(summary(report.judgements))}</td></tr>"
        for number, report in enumerate(reports, 1)
    ]
    return f'<table class="files">\n{lines(rows)}</table>'


class Speakers(NamedTuple):
    """One speaker for each markup that a page needs."""

    shown: Speaker
    copied: Speaker
    spoken: Speaker


class _Sheet:
    """Writes the part of a page that is about one hand-in."""

    def __init__(self, report: Report, voice: Voice | None, number: int) -> None:
        self.report = report
        self.number = number
        self.speakers = Speakers(*(Speaker(voice, markup) for markup in (MATHML, LATEX, TEXT)))

    def parts(self) -> Iterator[str]:
        """The parts, top to bottom."""
        report = self.report
        place = f"file-{self.number}" if self.number else "claims"
        heading = report.name if self.number else "Claims"
        counted = f"<p>{_words(summary(report.judgements))}</p>\n" if self.number else ""
        yield f'<section aria-labelledby="{place}">\n<h2 id="{place}">{_words(heading)}</h2>\n{counted}{self.links()}'
        yield from (f"<p>{_words(remark)}</p>" for remark in report.remarks)
        yield '<div class="steps">'
        for number, judgement in enumerate(report.judgements, 1):
            yield self.claim(judgement, self.anchor(number))
        yield "</div>\n</section>"

    def anchor(self, number: int) -> str:
        """The id of a claim."""
        return f"claim-{self.number}-{number}" if self.number else f"claim-{number}"

    def links(self) -> str:
        """Links to the claims that need a look, where some do and others do not."""
        open_ones = [n for n, j in enumerate(self.report.judgements, 1) if j.verdict not in RIGHT]
        if not open_ones or len(self.report.judgements) < 6:
            return ""
        items = [f'<li><a href="#{self.anchor(number)}">{number}</a></li>' for number in open_ones]
        return f'<nav aria-label="Claims to look at"><ul>\n<li>To look at</li>\n{lines(items)}</ul></nav>'

    def claim(self, judgement: Judgement, place: str) -> str:
        """A claim that folds open: as it was understood, what is said of it, what would be right."""
        line, _ = position(judgement.place)
        called = f" ({_words(judgement.name)})" if judgement.name else ""
        claim = _told([speaker.claim(judgement) for speaker in self.speakers])
        left = formula(claim.shown.left, claim.spoken.left) if claim else ""
        folded = "" if judgement.verdict in RIGHT else " open"
        return (
            f'<details id="{place}" class="{_kind(judgement.verdict)}"{folded}>\n'
            f"<summary><h3>Line {line}{called}: {_tag(judgement.verdict)}</h3>{left}</summary>\n"
            f'<div class="sheet">\n{lines(self.body(judgement, claim))}</div></details>'
        )

    def body(self, judgement: Judgement, claim: Told[Equation] | None) -> Iterator[str]:
        """What stands under the heading of a claim."""
        if claim is not None:
            yield equation(claim, ' class="eq"')
        elif judgement.read:
            yield f"<p><code>{_words(judgement.read)}</code></p>"
        place = looked_at(judgement)
        if place is not None:
            yield _source(place)
        yield f"<p>{_words(verdict(judgement))}</p>"
        yield from (f"<p>{_words(sentence)}</p>" for sentence in mistakes(judgement))
        expected = _told([speaker.expected(judgement) for speaker in self.speakers])
        if expected is not None and judgement.verdict not in RIGHT:
            yield "<p>Right would be:</p>"
            yield equation(expected, ' class="eq"')
        if said := disagreement(judgement):
            yield f"<p>{_words(said)}</p>"


def _told(three: Sequence[Equation | None]) -> Told[Equation] | None:
    """An equation in three markups; where it is broken into other rows as text, its LaTeX is heard."""
    shown, copied, spoken = three
    if shown is None or copied is None or spoken is None:
        return None
    same = [len(right) for right in spoken.rights] == [len(right) for right in shown.rights]
    return Told(shown, copied, spoken if same else copied)


def _source(place: Place) -> str:
    """The line of the source around a place, which is marked; of a very long line the part that is near."""
    text, start = place.text, place.start
    first = max(text.rfind("\n", 0, start) + 1, start - _NEAR)
    last = text.find("\n", start, start + _NEAR)
    last = min(start + _NEAR, len(text)) if last < 0 else last
    end = min(max(place.end, start + 1), last)
    return f"<pre>{_words(text[first:start])}<mark>{_words(text[start:end])}</mark>{_words(text[end:last])}</pre>"


def _kind(found: Verdict) -> str:
    return _CLASSES[MARKS[found]]


def _tag(found: Verdict) -> str:
    return f'<span class="verdict">{MARKS[found]} {_words(VERDICT_WORDS[found])}</span>'


def _words(text: str) -> str:
    return escape(clean(text))
