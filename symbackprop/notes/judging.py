"""Hand derivations between marks, judged where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from symbackprop.grading import Grader, given
from symbackprop.networks.spec import Spec
from symbackprop.notes.directives import formulas_in
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
    return judged_text(
        _alone(sheet, block), sheet.kind.hand, sheet.name, grader, _macros(as_counted(sheet.text), sheet.kind.hand)
    )


def judged_text(text: str, hand: str, name: str, grader: Grader, macros: str | None = None) -> Judged:
    """The verdicts on a text, which is read as ``hand`` says; ``macros`` in place of the commands defined in it."""
    found = _found(text, hand)
    if macros is not None:
        found = replace(found, macros=macros)
    if found.given:
        grader = replace(grader, spec=Spec(text=found.text, name=name, values={"forward": given(found)}))
    return Judged(*grader.hand_in(found, name, grader.spec))


def _found(text: str, hand: str) -> HandIn:
    """The claims in a text, those in roles and directives among them."""
    directed = formulas_in(text)
    if hand == "rst":
        return HandIn(tuple(directed), (), "", text=text)
    found = find_formulas(text, hand)
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
def _macros(text: str, hand: str) -> str:
    """The commands that the author defines anywhere in a text."""
    try:
        return _found(text, hand).macros
    except InputError:
        return ""
