r"""A report as LaTeX to stand in a text: sentences, and the formulas in displays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symbackprop.render.formats.latex import environment, escaped
from symbackprop.render.listing import Equation
from symbackprop.render.markup import LATEX
from symbackprop.render.reports.telling import (
    RIGHT,
    VERDICT_WORDS,
    Speaker,
    Voice,
    clean,
    disagreement,
    mistakes,
    summary,
    verdict,
)
from symbackprop.vocabulary.verdicts import Judgement, Report


def render(reports: Sequence[Report], voices: Sequence[Voice | None]) -> str:
    """Reports, a paragraph for every claim."""
    blocks = [
        block for report, voice in zip(reports, voices, strict=True) for block in _report(report, Speaker(voice, LATEX))
    ]
    return "\n\n".join(blocks) + "\n"


def _report(report: Report, speaker: Speaker) -> Iterator[str]:
    said = summary(report.judgements)
    yield _words(f"{said[:1].upper()}{said[1:]}.")
    yield from map(_words, report.remarks)
    for judgement in report.judgements:
        yield "\n".join(_claim(judgement, speaker))


def _claim(judgement: Judgement, speaker: Speaker) -> Iterator[str]:
    yield rf"\textbf{{{VERDICT_WORDS[judgement.verdict].capitalize()}.}}"
    claim = speaker.claim(judgement)
    if claim is not None:
        yield _display(claim)
    yield _words(" ".join([verdict(judgement), *mistakes(judgement), disagreement(judgement)]).strip())
    expected = speaker.expected(judgement)
    if judgement.verdict not in RIGHT and expected is not None:
        yield "Right would be"
        yield _display(expected)


def _display(equation: Equation) -> str:
    return f"\\[\n{environment('aligned', [equation])}\n\\]"


def _words(text: str) -> str:
    return escaped(clean(text))
