"""A report for a terminal: a line for what is right, and for what is not, where, why and what would be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from textwrap import wrap

from symbackprop.render.listing import Equation
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
from symbackprop.render.text import TEXT, plain
from symbackprop.vocabulary.verdicts import Judgement, Report, Verdict

WIDTH = 100
"""Columns of a paragraph."""
LONGEST = 120
"""Columns that a claim may take before it moves to lines of its own."""

_SIGN = re.compile(r"(?<=\S) ([=-]) (?=\S)")


def render(reports: Sequence[Report], voices: Sequence[Voice | None], colour: bool = False) -> str:
    """One report with every claim, or a line for each of several; ``colour`` paints verdicts green and red."""
    if len(reports) == 1:
        lines = _whole(reports[0], Speaker(voices[0], TEXT), colour)
    else:
        lines = _overview(reports, colour)
    return "\n".join(lines) + "\n"


def _whole(report: Report, speaker: Speaker, colour: bool) -> Iterator[str]:
    for judgement in report.judgements:
        yield from claim(judgement, report, speaker, colour)
    if any(judgement.verdict not in RIGHT for judgement in report.judgements):
        yield ""
    for remark in report.remarks:
        yield from _wrapped(f"note: {remark}", "", "  ")
    yield _sentence_case(summary(report.judgements))


def _overview(reports: Sequence[Report], colour: bool) -> Iterator[str]:
    names = [clean(report.name) for report in reports]
    width = min(48, max(map(len, names), default=0))
    column = max((len(VERDICT_WORDS[report.verdict]) for report in reports), default=0)
    for name, report in zip(names, reports, strict=True):
        tag = _painted(f"{MARKS[report.verdict]} {VERDICT_WORDS[report.verdict]:{column}}", report.verdict, colour)
        yield f"{name:{width}}  {tag}  {summary(report.judgements)}"
    yield _sentence_case(overall(reports))


def claim(judgement: Judgement, report: Report, speaker: Speaker, colour: bool = False) -> Iterator[str]:
    """The lines on one claim of a report."""
    line, column = position(judgement.place)
    name = judgement.place.name or report.name
    place = f"{clean(name)}:{line}:{column}" if name else f"{line}:{column}"
    tag = f"{MARKS[judgement.verdict]} {VERDICT_WORDS[judgement.verdict]}"
    called = f" ({clean(judgement.name)})" if judgement.name else ""
    told = speaker.claim(judgement)
    read = _one_line(told) if told else judgement.read
    evidence = judgement.evidence if judgement.verdict in RIGHT else ""
    plain_head = f"{place}: {tag}{called}"
    head = f"{place}: {_painted(tag, judgement.verdict, colour)}{called}"
    rest = clean(f": {read}" if read else "") + clean(f"  [{evidence}]" if evidence else "")
    if len(plain_head) + len(rest) <= LONGEST:
        yield head + rest
    else:
        yield head + (":" if read else "")
        yield from _lines(clean(read), "    ", "        ")
        yield from _wrapped(f"[{evidence}]" if evidence else "", "    ", "     ")
    if judgement.verdict == "unread" and judgement.error is not None:
        yield from _quoted(judgement.error.report())
    elif judgement.verdict not in RIGHT:
        marked = looked_at(judgement)
        if marked is not None:
            yield from _quoted(marked.caret())
        yield from _wrapped(verdict(judgement), "    ", "    ")
        for sentence in mistakes(judgement):
            yield from _wrapped(sentence, "    ", "    ")
        expected = speaker.expected(judgement)
        if expected is not None:
            yield from _lines(f"Right would be: {_one_line(expected)}", "    ", "        ")
    yield from _wrapped(disagreement(judgement), "    ", "    ")


def _one_line(equation: Equation) -> str:
    rights = [
        f" {plain(row.sign or equation.relation)} {row.text}" if not position or row.sign else f" {row.text}"
        for right in equation.rights
        for position, row in enumerate(right)
    ]
    return equation.left + "".join(rights)


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    """A paragraph; what stands around an equals or minus sign stays together."""
    return [line.replace("\u00a0", " ") for line in _lines(_SIGN.sub("\u00a0\\1\u00a0", clean(text)), first, rest)]


def _lines(text: str, first: str, rest: str) -> list[str]:
    """A text broken at blanks."""
    return wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def _quoted(text: str) -> list[str]:
    return [f"    {clean(line)}" for line in text.split("\n")]


def _painted(text: str, found: Verdict, colour: bool) -> str:
    code = {"✓": "32", "✗": "31"}.get(MARKS[found]) if colour else None
    return f"\x1b[{code}m{text}\x1b[0m" if code else text


def _sentence_case(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
