"""JSON for programs: one object for a hand-in, or one with a list of them under the worst verdict of all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from symbackprop.reading.tree import Node
from symbackprop.render.formats.latex import one_line
from symbackprop.render.markup import LATEX
from symbackprop.render.reports.telling import Speaker, Voice, message, position
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.verdicts import Judgement, Report, worst


def render(reports: Sequence[Report], voices: Sequence[Voice | None]) -> str:
    """Reports as JSON."""
    files = [_file(report, Speaker(voice, LATEX)) for report, voice in zip(reports, voices, strict=True)]
    whole = files[0] if len(files) == 1 else {"verdict": worst(r.verdict for r in reports), "files": files}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _file(report: Report, speaker: Speaker) -> dict[str, Any]:
    return {
        "file": report.name,
        "verdict": report.verdict,
        "claims": [_claim(judgement, speaker) for judgement in report.judgements],
        "remarks": list(report.remarks),
    }


def _claim(judgement: Judgement, speaker: Speaker) -> dict[str, Any]:
    line, column = position(judgement.place)
    regions, witness = judgement.regions, judgement.witness
    shown = None
    if witness is not None:
        shown = {
            "values": dict(witness.values),
            "left": witness.left,
            "right": witness.right,
            "entry": witness.entry,
            "shapes": witness.shapes,
        }
    return {
        "name": judgement.name,
        "line": line,
        "column": column,
        "read": judgement.read or (speaker.readback.set(judgement.tree) if isinstance(judgement.tree, Node) else ""),
        "verdict": judgement.verdict,
        "first_wrong_link": judgement.first_wrong_link,
        "assumption": judgement.assumption,
        "convention": judgement.convention,
        "regions": None if regions is None else {"equal": regions.equal, "all": regions.all},
        "witness": shown,
        "mistakes": list(judgement.mistakes),
        "expected": one_line(speaker.expected(judgement)),
        "message": message(judgement),
        "evidence": judgement.evidence,
        "stated": judgement.stated,
        "error": None if judgement.error is None else _error(judgement.error),
    }


def _error(error: InputError) -> dict[str, Any]:
    line, column = position(error.place) if error.place else (None, None)
    return {"code": error.code, "message": error.message, "hint": error.hint, "line": line, "column": column}
