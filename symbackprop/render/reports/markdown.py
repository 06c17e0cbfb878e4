"""A report to hand back: Markdown with the formulas in ``math`` blocks, as GitHub, pandoc and notebooks read it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from symbackprop.render.formats.latex import environment, one_line
from symbackprop.render.formats.markdown import escaped
from symbackprop.render.listing import Equation
from symbackprop.render.markup import LATEX
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
from symbackprop.vocabulary.verdicts import Judgement, Report


def render(reports: Sequence[Report], voices: Sequence[Voice | None]) -> str:
    """Reports as Markdown; of several, a table first."""
    blocks = [] if len(reports) == 1 else [f"# Report on {_words(overall(reports))}", _table(reports)]
    for report, voice in zip(reports, voices, strict=True):
        blocks.extend(_report(report, Speaker(voice, LATEX)))
    return "\n\n".join(blocks) + "\n"


def _table(reports: Sequence[Report]) -> str:
    rows = [
        f"| {_words(r.name)} | {MARKS[r.verdict]} {VERDICT_WORDS[r.verdict]} | {summary(r.judgements)} |"
        for r in reports
    ]
    return "\n".join(["| file | verdict | claims |", "|---|---|---|", *rows])


def _report(report: Report, speaker: Speaker) -> Iterator[str]:
    yield f"# Report on {_words(report.name) or 'a derivation'}"
    counted = summary(report.judgements)
    yield f"{counted[:1].upper()}{counted[1:]}."
    yield from (_words(remark) for remark in report.remarks)
    for number, judgement in enumerate(report.judgements, 1):
        yield from _claim(number, judgement, speaker)


def _claim(number: int, judgement: Judgement, speaker: Speaker) -> Iterator[str]:
    line, _ = position(judgement.place)
    called = f" ({_words(judgement.name)})" if judgement.name else ""
    yield f"## {number}. {MARKS[judgement.verdict]} Line {line}{called}: {VERDICT_WORDS[judgement.verdict]}"
    claim = speaker.claim(judgement)
    if claim is not None:
        yield _math(claim)
    elif judgement.read:
        yield _fenced(judgement.read, "math")
    place = looked_at(judgement)
    if place is not None:
        yield _fenced(place.caret(), "text")
    yield _words(verdict(judgement))
    yield from map(_words, mistakes(judgement))
    expected = speaker.expected(judgement)
    if expected is not None and judgement.verdict not in RIGHT:
        yield "Right would be:"
        yield _math(expected)
    if said := disagreement(judgement):
        yield _words(said)


def _math(equation: Equation) -> str:
    rows = sum(len(right) for right in equation.rights)
    return _fenced(environment("aligned", [equation]) if rows > 1 else one_line(equation) or "", "math")


def _fenced(text: str, language: str) -> str:
    """A block that nothing inside of it can end."""
    text = clean(text)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _words(text: str) -> str:
    """Words with every sign escaped that Markdown or HTML would take for its own."""
    return escaped(clean(text.replace("\n", " "))).replace("&", "&amp;").replace("|", r"\|").replace("~", r"\~")
