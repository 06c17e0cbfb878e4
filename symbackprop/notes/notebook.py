"""The Markdown cells of a notebook: found in its JSON, and put back so that every byte around them stays."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from symbackprop.vocabulary.errors import InputError, Place

_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Cell:
    """A Markdown cell: its number among all cells, counted from one, its text, and where its source stands.

    ``strings`` are the strings that make it up as they are written in the file; ``listed`` says whether in a list.
    """

    number: int
    text: str
    start: int
    end: int
    strings: tuple[str, ...]
    listed: bool


def cells_of(text: str) -> list[Cell]:
    """The Markdown cells of a notebook. Raises ``InputError`` (``not-a-notebook``)."""
    hint = "a notebook is a file that Jupyter has saved"
    try:
        notebook = json.loads(text)
        cells = notebook["cells"]
        if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
            raise TypeError
        return list(_markdown(text))
    except json.JSONDecodeError as error:
        place = Place(text, error.pos, error.pos + 1)
        raise InputError("not-a-notebook", f"this is no JSON: {error.msg}", place, hint) from None
    except (KeyError, TypeError):
        raise InputError("not-a-notebook", "there are no cells here", Place(text, 0, 1), hint) from None
    except (ValueError, RecursionError):
        raise InputError("not-a-notebook", "this is no JSON of a notebook", Place(text, 0, 1), hint) from None


def with_cells(text: str, changed: Mapping[int, str]) -> str:
    """The notebook with a new text for cells that are named by their numbers.

    >>> notebook = '{"cells": [{"cell_type": "markdown", "source": ["a\\\\n", "b"]}]}'
    >>> with_cells(notebook, {1: "a\\nc"})
    '{"cells": [{"cell_type": "markdown", "source": ["a\\\\n", "c"]}]}'
    """
    parts: list[str] = []
    at = 0
    for cell in cells_of(text):
        if cell.number in changed:
            parts += [text[at : cell.start], _source(text, cell, changed[cell.number])]
            at = cell.end
    return "".join([*parts, text[at:]])


def _source(text: str, cell: Cell, new: str) -> str:
    """The source of a cell with a new text, written as the old one was."""
    written = {json.loads(string): string for string in cell.strings}
    ascii_only = text.isascii() and "\\u" in text
    if not cell.listed:
        return written.get(new) or json.dumps(new, ensure_ascii=ascii_only)
    old = text[cell.start : cell.end]
    inside = _BLANK.match(old, 1)
    assert inside is not None
    between = _BLANK.search(old, old.index(",", len(cell.strings[0]) + 1) + 1) if len(cell.strings) > 1 else inside
    assert between is not None
    behind = old[len(old[:-1].rstrip()) : -1]
    strings = [
        written.get(line) or json.dumps(line, ensure_ascii=ascii_only) for line in re.findall(r"[^\n]*\n|[^\n]+", new)
    ]
    return f"[{inside[0]}{f',{between[0]}'.join(strings)}{behind}]"


def _markdown(text: str) -> Iterator[Cell]:
    """The Markdown cells, in a text that is known to be JSON with a list of objects as ``cells``."""
    found: list[Cell] = []
    for key, start in _members(text, _after(text, 0)):
        if key == "cells":  # of two lists of cells, JSON knows the last
            found = [cell for number, at in enumerate(_items(text, start), 1) for cell in _cell(text, number, at)]
    yield from found


def _cell(text: str, number: int, at: int) -> Iterator[Cell]:
    places = dict(_members(text, at))
    if "source" not in places or _value(text, places.get("cell_type", at))[0] != "markdown":
        return
    start = places["source"]
    listed = text[start] == "["
    value, end = _value(text, start)
    starts = list(_items(text, start)) if listed else [start]
    if not all(isinstance(part, str) for part in (value if listed else [value])):
        return
    strings = tuple(text[one : _value(text, one)[1]] for one in starts)
    yield Cell(number, "".join(map(json.loads, strings)), start, end, strings, listed)


def _members(text: str, at: int) -> Iterator[tuple[str, int]]:
    """The keys of an object and where their values begin."""
    for start in _items(text, at):
        key, end = _value(text, start)
        yield key, _after(text, _after(text, end) + 1)


def _items(text: str, at: int) -> Iterator[int]:
    """Where the items of a list, or the keys of an object, begin."""
    listed = text[at] == "["
    at = _after(text, at + 1)
    while text[at] not in "]}":
        yield at
        if not listed:
            at = _after(text, _after(text, _value(text, at)[1]) + 1)
        at = _after(text, _value(text, at)[1])
        if text[at] == ",":
            at = _after(text, at + 1)


def _value(text: str, at: int) -> tuple[Any, int]:
    """The value that begins at a place, and where it ends."""
    return _DECODER.raw_decode(text, at)


def _after(text: str, at: int) -> int:
    """Where the blanks end that begin at a place."""
    found = _BLANK.match(text, at)
    assert found is not None
    return found.end()
