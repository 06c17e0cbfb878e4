"""Errors for the person holding the pen: what was read, where, what was expected, the nearest name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch ``start:end`` (code points, zero-based) of a text that came from ``name``.

    >>> Place("relu rleu", 5, 9).line_and_column()
    (1, 6)
    """

    text: str
    start: int
    end: int
    name: str = ""

    def line_and_column(self) -> tuple[int, int]:
        """Line and column of the start, both counted from one."""
        before = self.text[: self.start]
        return before.count("\n") + 1, self.start - (before.rfind("\n") + 1) + 1

    def caret(self) -> str:
        """The line of the text that holds the start, and a line of carets under the stretch."""
        first = self.text.rfind("\n", 0, self.start) + 1
        last = self.text.find("\n", first)
        line = self.text[first : last if last >= 0 else len(self.text)]
        column = self.start - first
        width = max(1, min(self.end, first + len(line)) - self.start)
        if len(line) > 200:  # a very long line: the part around the mistake is enough
            cut = max(0, column - 60)
            line, column, width = line[cut : cut + 140], column - cut, min(width, 140 - (column - cut))
        shown = line.expandtabs(4)
        indent = columns(line[:column].expandtabs(4))
        return f"  {shown}\n  {' ' * indent}{'^' * max(1, width)}"


def columns(text: str) -> int:
    """How many terminal columns the text takes: wide characters take two, combining ones none.

    >>> columns("W梯")
    3
    """
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


class InputError(Exception):
    """Something the user gave cannot be used.

    ``code`` is a short stable name (``unknown-activation``); ``message`` a sentence; ``place`` where it was read,
    if it was read from a text; ``hint`` what to write instead.

    >>> print(InputError("unknown-activation", "there is no activation 'rleu'",
    ...                  Place("2 -> 3 rleu", 7, 11), "did you mean relu?").report())
    1:8: unknown-activation: there is no activation 'rleu'
      2 -> 3 rleu
             ^^^^
      hint: did you mean relu?
    """

    def __init__(self, code: str, message: str, place: Place | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        return self.report()

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, Place | None, str | None]]:
        """How a process hands the error to another one."""
        return InputError, (self.code, self.message, self.place, self.hint)

    def within(self, text: str, offset: int, name: str = "") -> InputError:
        """The same error, placed in a larger text in which its own text begins at ``offset``."""
        if self.place is None:
            return InputError(self.code, self.message, Place(text, offset, offset + 1, name), self.hint)
        moved = replace(self.place, text=text, start=self.place.start + offset, end=self.place.end + offset, name=name)
        return InputError(self.code, self.message, moved, self.hint)

    def report(self) -> str:
        """The whole message, with file, line, column, the source line and a caret where there is one."""
        lines = []
        if self.place is None:
            lines.append(f"{self.code}: {self.message}")
        else:
            line, column = self.place.line_and_column()
            name = f"{self.place.name}:" if self.place.name else ""
            lines.append(f"{name}{line}:{column}: {self.code}: {self.message}")
            lines.append(self.place.caret())
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word closest to what was written, or None when none is near.

    >>> nearest("sigmiod", ["relu", "sigmoid", "tanh"])
    'sigmoid'
    """
    from difflib import get_close_matches

    names = list(known)
    lower = {name.lower(): name for name in names}
    if word.lower() in lower:
        return lower[word.lower()]
    found = get_close_matches(word, names, n=1, cutoff=0.5) or [
        lower[name] for name in get_close_matches(word.lower(), lower, n=1, cutoff=0.5)
    ]
    return found[0] if found else None


def unknown(kind: str, word: str, known: Iterable[str], place: Place | None = None) -> InputError:
    """The error for a name that is not in a table: it names the nearest one and lists them all.

    >>> unknown("cost", "squred", ["half-squared", "squared"]).hint
    'did you mean squared? known: half-squared, squared'
    """
    names = list(known)
    close = nearest(word, names)
    question = f"did you mean {close}? " if close else ""
    return InputError(f"unknown-{kind}", f"there is no {kind} {word!r}", place, f"{question}known: {', '.join(names)}")
