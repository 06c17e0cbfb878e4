"""Derivations and pictures as the elements of a document of pandoc's."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Set
from typing import Any

from symbackprop.api import Drawing
from symbackprop.drawing.tikz import ARTICLE, SLIDE
from symbackprop.notes.flow import aligned
from symbackprop.notes.labels import Labels
from symbackprop.notes.pictures import fitted
from symbackprop.render.outline import Display, Heading, Part
from symbackprop.render.sentences import Sentence, Words

Element = dict[str, Any]

TEX = {"latex": ARTICLE, "beamer": SLIDE}
"""The writers that take TeX, and the room for a picture there."""
_HTML = frozenset(
    "chunkedhtml dzslides epub epub2 epub3 html html4 html5 revealjs s5 slideous slidy".split()
)  # those that a browser or a reader of books shows
_TIKZ = r"\usepackage{tikz}"


def block(part: Part, dialect: str, labels: Labels | None) -> Element:
    """A part of a derivation; with labels, a display gets its own in the way of the dialect."""
    if isinstance(part, Heading):
        return {"t": "Para", "c": [{"t": "Strong", "c": _words(f"{part.text}.")}]}
    if not isinstance(part, Display):
        return {"t": "Para", "c": _sentence(part)}
    math = {"t": "Math", "c": [{"t": "DisplayMath"}, f"\n{aligned(part.equations)}\n"]}
    label = labels.of(part.name) if labels else ""
    if dialect == "quarto":
        return {"t": "Para", "c": [math, {"t": "Space"}, {"t": "Str", "c": f"{{#eq-{label}}}"}]}
    if label:
        return {"t": "Para", "c": [{"t": "Span", "c": [[f"eq:{label}", [], []], [math]]}]}
    return {"t": "Para", "c": [math]}


def named(element: Element, blocks: list[Element], known: Set[str]) -> list[Element]:
    """Blocks in the place of one, in a div that has its name and those of its classes that are not ``known``."""
    if element["t"] != "CodeBlock":
        return blocks
    (identifier, classes, _), _ = element["c"]
    others = [one for one in classes if one not in known]
    return [{"t": "Div", "c": [[identifier, others, []], blocks]}] if identifier or others else blocks


def picture(drawing: Drawing, writer: str) -> Element:
    """A picture as a writer can set it: TikZ, SVG, or an image that holds its data."""
    if writer in TEX:
        return raw("latex", fitted(drawing.picture, TEX[writer]))
    if writer in _HTML:
        return raw("html", drawing.svg().rstrip())
    words = _words(" ".join(f"{drawing.picture.title}. {drawing.picture.description}".split()))
    data = base64.b64encode(drawing.svg().encode()).decode()
    return {"t": "Para", "c": [{"t": "Image", "c": [["", [], []], words, [f"data:image/svg+xml;base64,{data}", ""]]}]}


def with_tikz(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata of a document whose pictures are TikZ."""
    old = meta.get("header-includes")
    found = [] if old is None else old["c"] if old["t"] == "MetaList" else [old]
    needed = {"t": "MetaBlocks", "c": [raw("latex", _TIKZ)]}
    return {**meta, "header-includes": {"t": "MetaList", "c": [*found, needed]}}


def raw(format: str, text: str) -> Element:
    """A text that a writer takes as it is."""
    return {"t": "RawBlock", "c": [format, text]}


def code(text: str) -> Element:
    """A text in a fence."""
    return {"t": "CodeBlock", "c": [["", ["text"], []], text]}


def _sentence(sentence: Sentence) -> list[Element]:
    inlines: list[Element] = []
    for part in sentence:
        if isinstance(part, Words):
            inlines += _words(part.text)
        else:
            inlines.append({"t": "Math", "c": [{"t": "InlineMath"}, part.text]})
    return inlines


def _words(text: str) -> list[Element]:
    return [{"t": "Space"} if word == " " else {"t": "Str", "c": word} for word in re.split(r"( )", text) if word]
