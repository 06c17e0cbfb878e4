"""The lines of a text, each with its place and its own line ending."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_LINE = re.compile(r"([^\r\n]*)(\r\n|\n|\r|\Z)")


class Line(NamedTuple):
    """A line without its ending, where it begins (in code points), and the ending, which a last line may lack."""

    text: str
    start: int
    ending: str

    @property
    def end(self) -> int:
        """Where the next line begins."""
        return self.start + len(self.text) + len(self.ending)


def lines_of(text: str) -> list[Line]:
    r"""The lines of a text, however they end: ``\n``, ``\r\n`` or ``\r``.

    >>> [(line.text, line.ending) for line in lines_of("a\r\nb\n\nc")]
    [('a', '\r\n'), ('b', '\n'), ('', '\n'), ('c', '')]
    """
    return list(_lines(text))


def _lines(text: str) -> Iterator[Line]:
    for found in _LINE.finditer(text):
        if found[0]:
            yield Line(found[1], found.start(), found[2])


def as_counted(text: str) -> str:
    r"""A text of the same length in which every line ends with ``\n``, so that a place in it has its line and column.

    >>> as_counted("a\r\nb\rc")
    'a \nb\nc'
    """
    return text.replace("\r\n", " \n").replace("\r", "\n") if "\r" in text else text
