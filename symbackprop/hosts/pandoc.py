"""A filter for pandoc, and so for Quarto: derivations in fenced blocks, hand derivations in divs.

``pandoc --filter symbackprop-pandoc`` hands over the document as JSON, whose format the Haskell package pandoc-types
defines, and reads it again. A formula is one to pandoc too, so that every writer sets it in its own way.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symbackprop.cli.verify import STATUSES
from symbackprop.hosts.asking import Asked, asked, objections, told
from symbackprop.notes.dialects import Spot
from symbackprop.notes.filling import rendered
from symbackprop.notes.flow import aligned
from symbackprop.notes.judging import judged_text
from symbackprop.notes.labels import Labels
from symbackprop.render.formats import find
from symbackprop.render.outline import Display, Heading, Part, outline
from symbackprop.render.sentences import Sentence, Words
from symbackprop.vocabulary.errors import InputError, unknown

Element = dict[str, Any]

USAGE = """\
symbackprop-pandoc is a filter: pandoc --filter symbackprop-pandoc notes.md -o notes.html

In notes.md,

    ```{.symbackprop}                        ::: {.symbackprop verify="relu --notation nielsen"}
    derive relu --wrt W0                     ...written by you, judged by the program...
    ```                                      :::
"""
_ONE_LINE = re.compile(r"(?:\{\.?symbackprop\}|symbackprop)\s+(derive\b.*)", re.DOTALL)
_TEX = ("latex", "beamer")
"""Dialects that are TeX, and the writers that take it."""
_DIALECTS = ("pandoc", "quarto", *_TEX)


@dataclass(frozen=True)
class Settings:
    """What the metadata of a document say under ``symbackprop``.

    ``strict`` is whether there is no output where something is amiss.
    """

    notation: str = ""
    dialect: str = "pandoc"
    strict: bool = True

    @classmethod
    def of(cls, meta: Mapping[str, Any]) -> Settings:
        """The settings of a document. Raises ``InputError`` for one that is none."""
        found = meta.get("symbackprop", {"t": "MetaMap", "c": {}})
        if found["t"] != "MetaMap":
            hint = "symbackprop: {notation: nielsen}"
            raise InputError("bad-settings", "symbackprop is a table in the metadata", hint=hint)
        known: dict[str, Any] = {}
        for key, value in found["c"].items():
            if key not in cls.__dataclass_fields__:
                raise unknown("setting", key, cls.__dataclass_fields__)
            known[key] = value["c"] if value["t"] in ("MetaBool", "MetaString") else _text(value["c"])
        if not isinstance(known.get("strict", True), bool):
            raise InputError("bad-settings", f"strict is true or false, not {known['strict']!r}")
        return cls(**known)


@dataclass
class Filter:
    """Puts derivations in the place of blocks, and notes what is wrong with which of them."""

    settings: Settings
    writer: str = ""
    amiss: list[tuple[str, str]] = field(default_factory=list)
    """What is wrong: its code, and the message."""
    number: int = 0

    def blocks(self, elements: list[Any]) -> list[Any]:
        """Elements side by side, with what stands in them."""
        return [new for element in elements for new in self.block(element)]

    def inside(self, value: Any) -> Any:
        """What stands in an element."""
        if isinstance(value, list):
            return self.blocks(value)
        if isinstance(value, dict):
            return {key: self.inside(content) for key, content in value.items()}
        return value

    def block(self, element: Any) -> list[Any]:
        """What stands in the place of an element."""
        found = _command(element)
        if found is None:
            return [self.inside(element)]
        self.number += 1
        name, typed, fields = found
        where = fields.pop("data-pos", f"symbackprop block {self.number}")
        try:
            order = asked(name, typed, "block", fields)
            if name == "verify":
                return [self.verified(element, order, where)]
            return self.derived(order)
        except InputError as error:
            text = told(error)
            self.amiss.append((error.code, f"{where}: {text}"))
            return [_code(text)]

    def verified(self, element: Element, order: Asked, where: str) -> Element:
        """A div with its verdict among its classes."""
        if element["t"] != "Div":
            hint = '::: {.symbackprop verify="relu"}'
            raise InputError("no-div", "a hand derivation stands in a div, which pandoc reads", hint=hint)
        (identifier, classes, _), content = element["c"]
        text = "\n\n".join(_formulas(content))
        if not text:
            raise InputError("no-claims", "there is no formula in this div")
        judged = judged_text(text, "md", "", order.grader(Path(), self.settings.notation))
        self.amiss += [(verdict, f"{where}: {said}") for verdict, _, said in objections(judged)]
        return {"t": "Div", "c": [[identifier, [*classes, judged.report.verdict], []], content]}

    def derived(self, order: Asked) -> list[Element]:
        """The blocks of a derivation."""
        values = order.order.values
        dialect, format_ = values["dialect"] or self.settings.dialect, values["format"]
        if dialect not in _DIALECTS:
            raise unknown("dialect", dialect, _DIALECTS)
        labels = order.labels()
        if dialect == "pandoc" and values["label"] and self.writer in _TEX:
            dialect = "latex"
        if dialect in _TEX:
            raw = rendered(order.order, dialect, Path(), Spot(labels=labels), self.settings.notation)
            return [{"t": "RawBlock", "c": ["latex", raw]}]
        if format_ not in (None, "markdown", "text"):
            raise unknown("format", format_, ("markdown", "text"))
        derivation = order.derivation(Path(), self.settings.notation)
        if format_ == "text":
            return [_code(find("text").render(derivation.plain, derivation.tellings).rstrip())]
        labelled = dialect == "quarto" or bool(values["label"])
        parts = outline(derivation.plain, derivation.tellings, split=labelled)
        return [_block(part, dialect, labels if labelled else None) for part in parts]


def _command(element: Any) -> tuple[str, str, dict[str, str]] | None:
    """The command in an element, what is typed behind it, and its options; None where it is not ours."""
    match element:
        case {"t": "CodeBlock", "c": [[_, classes, pairs], text]} if _OURS.intersection(classes):
            options = dict(pairs)
            typed = text.strip() or (f"derive {options.pop('derive')}" if "derive" in options else "")
        case {"t": "Div", "c": [[_, classes, pairs], _]} if "symbackprop" in classes:
            options = dict(pairs)
            typed = f"verify {options.pop('verify', '')}"
        case {"t": "Para", "c": [{"t": "Code", "c": [_, text]}]} if found := _ONE_LINE.fullmatch(text):
            options, typed = {}, found[1]  # a fence with several words behind it, which pandoc takes for code in a line
        case _:
            return None
    name, _, rest = typed.strip().partition(" ")
    return name, rest, options


_OURS = {"symbackprop", "{.symbackprop}", "{symbackprop}"}
"""The classes of a block: as pandoc reads braces, and as CommonMark does not."""


def _block(part: Part, dialect: str, labels: Labels | None) -> Element:
    """A part of a derivation as a block."""
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


def _code(text: str) -> Element:
    return {"t": "CodeBlock", "c": [["", ["text"], []], text]}


def _formulas(value: Any) -> Iterator[str]:
    """The formulas in an element, as Markdown has them."""
    match value:
        case {"t": "Math", "c": [{"t": kind}, text]}:
            yield f"$${text}$$" if kind == "DisplayMath" else f"${text.strip()}$"
        case {"c": content}:
            yield from _formulas(content)
        case list():
            for item in value:
                yield from _formulas(item)


def _text(inlines: Any) -> str:
    """The text of a value in the metadata."""
    return "".join(inline["c"] if inline["t"] == "Str" else " " for inline in inlines)


def main() -> None:
    """Filter a document from standard input to standard output; exit status 2 (1, 3) where something is amiss."""
    if sys.argv[1:2] in (["-h"], ["--help"]):
        sys.stdout.write(USAGE)
        return
    try:
        document = json.loads(sys.stdin.buffer.read())
    except ValueError:
        document = None
    if not isinstance(document, dict) or not {"meta", "blocks"} <= document.keys():
        sys.stderr.write(USAGE)
        sys.exit(2)
    try:
        passing = Filter(Settings.of(document["meta"]), "".join(sys.argv[1:2]))
    except InputError as error:
        sys.stderr.write(f"symbackprop: {told(error)}\n")
        sys.exit(2)
    document["blocks"] = passing.blocks(document["blocks"])
    sys.stderr.writelines(f"{message}\n" for _, message in passing.amiss)
    if passing.amiss and passing.settings.strict:
        known = {str(verdict): status for verdict, status in STATUSES.items()}
        statuses = {known.get(code, 2) for code, _ in passing.amiss}
        sys.exit(next(status for status in (2, 1, 3) if status in statuses))
    sys.stdout.buffer.write(json.dumps(document).encode())
