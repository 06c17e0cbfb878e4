"""A filter for pandoc, and so for Quarto: derivations and pictures in fenced blocks, hand derivations in divs.

``pandoc --filter symbackprop-pandoc`` hands over the document as JSON, whose format the Haskell package pandoc-types
defines, and reads it again. A formula is one to pandoc too, so that every writer sets it in its own way. A filter of
this kind is not told which files it is about; one in Lua is, and ``symbackprop-pandoc --lua`` prints one that passes
their names on, so that messages tell file and line.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symbackprop.cli.verify import STATUSES
from symbackprop.hosts.asking import Asked, asked, objections, told
from symbackprop.hosts.elements import TEX, Element, block, code, named, picture, raw, with_tikz
from symbackprop.hosts.places import Places
from symbackprop.hosts.settings import Settings
from symbackprop.notes.dialects import Spot
from symbackprop.notes.filling import rendered
from symbackprop.notes.judging import judged_text
from symbackprop.notes.labels import Labels
from symbackprop.render.formats import find
from symbackprop.render.outline import outline
from symbackprop.vocabulary.errors import InputError, unknown

USAGE = """\
symbackprop-pandoc is a filter: pandoc --filter symbackprop-pandoc notes.md -o notes.html

In notes.md,

    ```{.symbackprop}                        ::: {.symbackprop verify="relu --notation nielsen"}
    derive relu --wrt W0                     ...written by you, judged by the program...
    ```                                      :::

symbackprop-pandoc --lua > symbackprop.lua writes a filter that does the same, and whose messages tell file and line:
pandoc --lua-filter symbackprop.lua notes.md -o notes.html
"""
LUA = """\
-- pandoc --lua-filter symbackprop.lua notes.md: as --filter symbackprop-pandoc, but messages tell file and line.
function Pandoc(document)
  local files = pandoc.List()
  for _, name in ipairs(quarto and {quarto.doc.input_file} or PANDOC_STATE.input_files) do
    files:insert(pandoc.MetaString(name))
  end
  document.meta["symbackprop-files"] = pandoc.MetaList(files)
  return pandoc.utils.run_json_filter(document, "symbackprop-pandoc", {FORMAT})
end
"""
_FILES = "symbackprop-files"
_ONE_LINE = re.compile(r"(?:\{\.?symbackprop\}|symbackprop)\s+(derive\b.*)", re.DOTALL)
_DIALECTS = ("pandoc", "quarto", "latex", "beamer")


@dataclass
class Filter:
    """Puts derivations in the place of blocks, and notes what is wrong with which of them."""

    settings: Settings
    writer: str = ""
    files: Sequence[str] = ()
    amiss: list[tuple[str, str]] = field(default_factory=list)
    """What is wrong: its code, and the message."""
    number: int = 0
    tikz: bool = False
    """Whether there is a picture in TikZ."""

    def __post_init__(self) -> None:
        self.places = Places(self.files)
        self.folder = Path(self.files[0]).parent if self.files else Path()
        self.labels = Labels()

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
        position = fields.pop("data-pos", "")
        where = self.places.of(typed or "symbackprop", position) or f"symbackprop block {self.number}"
        try:
            order = asked(name, typed, "block", fields)
            if name == "verify":
                return [self.verified(element, order, position)]
            return named(element, [self.drawn(order)] if name == "draw" else self.derived(order), _OURS)
        except InputError as error:
            text = told(error)
            self.amiss.append((error.code, f"{where}: {text}"))
            return [code(text)]

    def verified(self, element: Element, order: Asked, position: str) -> Element:
        """A div with its verdict among its classes."""
        if element["t"] != "Div":
            hint = '::: {.symbackprop verify="relu"}'
            raise InputError("no-div", "a hand derivation stands in a div, which pandoc reads", hint=hint)
        (identifier, classes, _), content = element["c"]
        formulas = list(_formulas(content, position))
        if not formulas:
            raise InputError("no-claims", "there is no formula in this div")
        text = "\n\n".join(text for text, _ in formulas)
        judged = judged_text(text, "md", "", order.grader(self.folder, self.settings.notation))
        for verdict, line, said in objections(judged):
            self.amiss.append((verdict, f"{self.formula(formulas, line)}: {said}"))
        return {"t": "Div", "c": [[identifier, [*classes, judged.report.verdict], []], self.inside(content)]}

    def formula(self, formulas: Sequence[tuple[str, str]], line: int) -> str:
        """Where a line of formulas stands between which there is a blank line each."""
        for text, position in formulas:
            lines = text.count("\n") + 1
            if line <= lines:
                begins = text.strip("$\n").split("\n")[0]  # the files may have dollars elsewhere, and margins
                before = text[: text.index(begins)].count("\n")
                if not position:
                    line -= before
                return self.places.of(begins, position, line - 1) or f"symbackprop block {self.number}"
            line -= lines + 1
        return f"symbackprop block {self.number}"

    def drawn(self, order: Asked) -> Element:
        """The block of a picture."""
        self.tikz = self.tikz or self.writer in TEX
        return picture(order.drawing(self.folder, self.settings.notation), self.writer)

    def derived(self, order: Asked) -> list[Element]:
        """The blocks of a derivation."""
        values = order.order.values
        dialect, format_ = values["dialect"] or self.settings.dialect, values["format"]
        if dialect not in _DIALECTS:
            raise unknown("dialect", dialect, _DIALECTS)
        order.label(self.labels)
        if dialect == "pandoc" and values["label"] and self.writer in TEX:
            dialect = "latex"
        if dialect in TEX:
            return [
                raw(
                    "latex",
                    rendered(order.order, dialect, self.folder, Spot(labels=self.labels), self.settings.notation),
                )
            ]
        if format_ not in (None, "markdown", "text"):
            raise unknown("format", format_, ("markdown", "text"))
        derivation = order.derivation(self.folder, self.settings.notation)
        if format_ == "text":
            return [code(find("text").render(derivation.plain, derivation.tellings).rstrip())]
        labelled = dialect == "quarto" or bool(values["label"])
        parts = outline(derivation.plain, derivation.tellings, split=labelled)
        return [block(part, dialect, self.labels if labelled else None) for part in parts]


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


def _formulas(value: Any, position: str = "") -> Iterator[tuple[str, str]]:
    """The formulas in an element, as Markdown has them, and what pandoc says of where they stand."""
    match value:
        case {"t": "Math", "c": [{"t": kind}, text]}:
            yield f"$${text}$$" if kind == "DisplayMath" else f"${text.strip()}$", position
        case {"t": "RawBlock" | "RawInline", "c": ["tex" | "latex", text]}:
            yield text.strip(), position  # an environment that stands by itself
        case {"t": "Div" | "Span", "c": [[_, _, pairs], content]}:
            yield from _formulas(content, dict(pairs).get("data-pos", position))
        case {"c": content}:
            yield from _formulas(content, position)
        case list():
            for item in value:
                yield from _formulas(item, position)


def main() -> None:
    """Filter a document from standard input to standard output; exit status 2 (1, 3) where something is amiss."""
    if sys.argv[1:2] == ["--lua"]:
        sys.stdout.write(LUA)
        return
    if sys.argv[1:2] in (["-h"], ["--help"]):
        sys.stdout.write(USAGE)
        return
    try:
        status = _filter(sys.stdin.buffer.read(), re.split(r"[+-]", "".join(sys.argv[1:2]))[0])
    except InputError as error:
        sys.stderr.write(f"symbackprop: {told(error)}\n")
        status = 2
    except RecursionError:
        sys.stderr.write("symbackprop: too-deep: blocks are nested too deep in this document\n")
        status = 2
    except Exception as error:
        if "SYMBACKPROP_TRACEBACK" in os.environ:
            raise
        sys.stderr.write(f"symbackprop: a fault of the program itself: {type(error).__name__}: {error}\n")
        status = 70
    sys.exit(status)


def _filter(data: bytes, writer: str) -> int:
    """Write a document as it should be, unless something is amiss, and tell what; returns the exit status."""
    try:
        document = json.loads(data)
    except ValueError:
        document = None
    if not isinstance(document, dict) or not {"meta", "blocks"} <= document.keys():
        sys.stderr.write(USAGE)
        return 2
    files = document["meta"].pop(_FILES, {"c": []})["c"]
    passing = Filter(Settings.of(document["meta"]), writer, [file["c"] for file in files])
    document["blocks"] = passing.blocks(document["blocks"])
    if passing.tikz:
        document["meta"] = with_tikz(document["meta"])
    sys.stderr.writelines(f"{message}\n" for _, message in passing.amiss)
    if passing.amiss and passing.settings.strict:
        known = {str(verdict): status for verdict, status in STATUSES.items()}
        statuses = {known.get(code, 2) for code, _ in passing.amiss}
        return next(status for status in (2, 1, 3) if status in statuses)
    sys.stdout.buffer.write(json.dumps(document).encode())
    return 0
