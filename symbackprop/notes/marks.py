"""Marked blocks in a text: a comment that says what stands in the block, the block, and a comment that ends it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from symbackprop.notes.comments import Comment, Said, said
from symbackprop.notes.kinds import Kind
from symbackprop.notes.lines import Line, as_counted, lines_of
from symbackprop.vocabulary.errors import InputError, Place

_BEGIN = re.compile(r"symbackprop[ \t]*:[ \t]*")
_END = re.compile(r"/[ \t]*symbackprop(?![\w-])[ \t]*")
_SUM = re.compile(r"(?:sum=([0-9a-fA-F]*))?$")
_NEARLY = re.compile(r"symbackprop[ \t]*:?[ \t]*(?=(?:derive|draw|verify)\b)", re.IGNORECASE)
_ORDERED = r"[ \t]*symbackprop[ \t]*:[ \t]*(?:derive|draw|verify)\b"


@dataclass(frozen=True, slots=True)
class Block:
    """A marked block.

    ``command`` is what the mark says, at ``start`` in the text; ``first`` and ``last`` the numbers of the lines that
    hold the two marks; ``margin`` what every line of the block begins with; ``sum`` the checksum in the end mark.
    """

    command: str
    start: int
    first: int
    last: int
    margin: str
    comment: Comment
    sum: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A text with marks: a whole file, or one cell of a notebook. ``name`` is what messages call it."""

    text: str
    name: str
    kind: Kind
    lines: tuple[Line, ...]
    blocks: tuple[Block, ...]
    errors: tuple[InputError, ...]

    def place(self, start: int, end: int) -> Place:
        """A place in the text, for a message."""
        return Place(as_counted(self.text), start, end, self.name)

    def begin(self, block: Block) -> Place:
        """The place of what the mark of a block says."""
        return self.place(block.start, block.start + len(block.command))

    def body(self, block: Block) -> str:
        """What stands between the marks, as it is."""
        return self.text[self.lines[block.first].end : self.lines[block.last].start]


def read_sheet(text: str, name: str, kind: Kind) -> Sheet:
    """The blocks of a text, in order, and what is wrong with its marks.

    >>> from symbackprop.notes.kinds import kind_of
    >>> text = "% symbackprop: derive relu\\nold\\n% /symbackprop sum=1f0c"
    >>> read_sheet(text, "notes.tex", kind_of("notes.tex")).blocks[0].command
    'derive relu'
    """
    if "symbackprop" not in text.lower():
        return Sheet(text, name, kind, (), (), ())
    lines = tuple(lines_of(text))
    signs = kind.signs()
    reading = _Reading(text, name, lines, signs)
    code = kind.shelter([line.text for line in lines])
    for number, line in enumerate(lines):
        if number not in code and "symbackprop" in line.text.lower():
            reading.line(number, said(line.text, signs))
    return Sheet(text, name, kind, lines, *reading.ended())


class _Reading:
    """Pairs the marks of a text."""

    def __init__(self, text: str, name: str, lines: Sequence[Line], signs: Sequence[Comment]) -> None:
        self.text, self.name, self.lines = text, name, lines
        self.beside = re.compile(rf"(?<![`'\"|(])(?:{'|'.join(sign.opening for sign in signs)}){_ORDERED}")
        self.blocks: list[Block] = []
        self.errors: list[InputError] = []
        self.open: tuple[int, Said, str] | None = None

    def line(self, number: int, comment: Said | None) -> None:
        """Look at a line on which the word symbackprop stands."""
        line = self.lines[number]
        if comment is None:
            if (beside := self.beside.search(line.text)) is not None:
                self.error("not-alone", "a mark stands on a line of its own", number, *beside.span())
            return
        start, end = comment.start, comment.start + len(comment.words)
        begin = _BEGIN.match(comment.words)
        ended = _END.match(comment.words)
        if begin is None and ended is None:
            if (nearly := _NEARLY.match(comment.words)) is not None:
                hint = comment.comment.said(f"symbackprop: {comment.words[nearly.end() :]}")
                said = nearly[0].rstrip()
                self.error("no-mark", "a mark begins with symbackprop:", number, start, start + len(said), hint)
            return
        if comment.after is None:
            message = f"this comment does not end on its line with {comment.comment.closing}"
            self.error("unclosed-comment", message, number, start, end)
        elif comment.after:
            found = line.text.rfind(comment.after)
            self.error("not-alone", "a mark stands on a line of its own", number, found, found + len(comment.after))
        if begin is not None:
            if self.open is not None:
                message = f"this block begins inside of the one that began on line {self.open[0] + 1}"
                self.error("nested-block", message, number, start, end, self.wanted(self.open[1].comment))
                return
            self.open = number, comment, comment.words[begin.end() :]
        elif ended is not None:
            self.end(number, comment, comment.words[ended.end() :].strip())

    def end(self, number: int, comment: Said, rest: str) -> None:
        """Look at an end mark."""
        start, end = comment.start, comment.start + len(comment.words)
        if self.open is None:
            self.error("no-begin", "this ends a block that does not begin", number, start, end)
            return
        first, opening, command = self.open
        self.open = None
        found = _SUM.match(rest)
        if found is None:
            place = self.lines[number].text.rindex(rest)
            message = f"{rest[:40]!r} was not expected in the mark that ends a block"
            self.error("bad-end", message, number, place, place + len(rest), self.wanted(comment.comment))
            return
        if opening.comment is not comment.comment:
            message = f"a block that begins in a {opening.comment.written} comment ends in one"
            self.error("other-comment", message, number, start, end, self.wanted(opening.comment))
            return
        at = self.lines[first].start + opening.start + len(opening.words) - len(command)
        margin = re.sub(r"[^\s>]", " ", opening.before)
        self.blocks.append(Block(command, at, first, number, margin, comment.comment, (found[1] or "").lower()))

    def ended(self) -> tuple[tuple[Block, ...], tuple[InputError, ...]]:
        """The blocks and the errors, at the end of the text."""
        if self.open is not None:
            number, comment, _ = self.open
            hint = self.wanted(comment.comment)
            message = "this block has no end"
            self.error("no-end", message, number, comment.start, comment.start + len(comment.words), hint)
        return tuple(self.blocks), tuple(self.errors)

    @staticmethod
    def wanted(comment: Comment) -> str:
        """How to end a block."""
        return f"a block ends with a line {comment.said('/symbackprop')}"

    def error(self, code: str, message: str, number: int, start: int, end: int, hint: str | None = None) -> None:
        """Note what is wrong from one column of a line to another."""
        offset = self.lines[number].start
        place = Place(as_counted(self.text), offset + start, offset + max(end, start + 1), self.name)
        self.errors.append(InputError(code, message, place, hint))
