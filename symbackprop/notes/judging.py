"""Hand derivations between marks, judged where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from symbackprop.grading import Grader, given
from symbackprop.networks.spec import Spec
from symbackprop.notes.directives import formulas_in
from symbackprop.notes.kinds import Kind
from symbackprop.notes.lines import as_counted
from symbackprop.notes.marks import Block, Sheet
from symbackprop.reading.documents import HandIn, find_formulas
from symbackprop.render.reports.telling import Voice
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.verdicts import Report


@dataclass(frozen=True)
class Judged:
    """The report on the hand derivation in a block, its places those of the file."""

    report: Report
    voice: Voice | None


def judged(sheet: Sheet, block: Block, grader: Grader) -> Judged:
    """The verdicts on what stands in a block, with the author's commands from anywhere in the text."""
    shown = _alone(sheet, block)
    found = replace(_found(shown, sheet.kind), macros=_macros(as_counted(sheet.text), sheet.kind))
    if found.given:
        grader = replace(grader, spec=Spec(text=found.text, name=sheet.name, values={"forward": given(found)}))
    return Judged(*grader.hand_in(found, sheet.name, grader.spec))


def _found(text: str, kind: Kind) -> HandIn:
    """The claims in a text, those in roles and directives among them."""
    directed = formulas_in(text)
    if kind.hand == "rst":
        return HandIn(tuple(directed), (), "", text=text)
    found = find_formulas(text, kind.hand)
    return replace(found, formulas=tuple(sorted((*found.formulas, *directed), key=lambda formula: formula.start)))


def _alone(sheet: Sheet, block: Block) -> str:
    """The text with blanks for everything but what stands in a block, so that every place is that of the text."""
    start, end = sheet.lines[block.first].end, sheet.lines[block.last].start
    text = as_counted(sheet.text)
    lines = []
    for line in text[start:end].split("\n"):
        margin = len(block.margin.rstrip()) if line.startswith(block.margin.rstrip()) else 0
        lines.append(" " * margin + line[margin:])
    body = "\n".join(lines)
    if sheet.kind.hand == "txt":
        body = _uncommented(body, block)
    return re.sub(r"[^\n]", " ", text[:start]) + body + re.sub(r"[^\n]", " ", text[end:])


def _uncommented(body: str, block: Block) -> str:
    """Lines that are comments of a program, with blanks for the signs of the comments."""
    comment = block.comment
    sign = re.compile(rf"^([ \t]*)({comment.opening})(?=\s|$)", re.MULTILINE)
    body = sign.sub(lambda found: " " * len(found[0]), body)
    return body.replace(comment.closing, " " * len(comment.closing)) if comment.closing else body


@lru_cache(maxsize=1)
def _macros(text: str, kind: Kind) -> str:
    """The commands that the author defines anywhere in a text."""
    try:
        return _found(text, kind).macros
    except InputError:
        return ""
