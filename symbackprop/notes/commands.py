"""The command in a mark: its words with their places, and what it asks for."""

from __future__ import annotations

import io
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from symbackprop.notes.marks import Block, Sheet
from symbackprop.vocabulary.errors import InputError, Place


class Word(NamedTuple):
    """A word of a command line, without its quotation marks, and where it stands with them."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Order:
    """What a mark asks for: a command, and its options by their names."""

    command: str
    values: Mapping[str, Any]


CommandLine = Callable[[Sequence[str]], Order]
"""Reads the words of a command as the command line does; an error's place is in the word that is wrong."""


def words_of(command: str) -> list[Word]:
    """The words of a command line, split as a shell does.

    >>> words_of('verify "n -> m" --name')[1]
    Word(text='n -> m', start=7, end=15)
    """
    stream = io.StringIO(command)
    lexer = shlex.shlex(stream, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[Word] = []
    at = 0
    while True:
        start = at + len(command[at:]) - len(command[at:].lstrip())
        try:
            word = lexer.get_token()
        except ValueError as error:
            place = Place(command, start, len(command))
            raise InputError("unclosed-quote", "a quotation mark is never closed", place) from error
        if word is None:
            return words
        at = stream.tell()
        words.append(Word(word, start, start + len(command[start:at].rstrip())))


def order_of(sheet: Sheet, block: Block, command_line: CommandLine) -> Order:
    """What the mark of a block asks for. Raises :class:`InputError`, placed at the word that is wrong."""
    try:
        return command_line([word.text for word in words_of(block.command)])
    except InputError as error:
        raise placed(error, sheet, block) from None


def placed(error: InputError, sheet: Sheet, block: Block) -> InputError:
    """An error about the command of a block, placed at the word that it is about where that can be told."""
    if error.place is not None and error.place.name and error.place.name != sheet.name:
        return error  # in a spec beside the notes
    start, end = about(error, block.command)
    whole = sheet.place(block.start + start, block.start + end)
    return InputError(error.code, error.message, whole, error.hint)


def about(error: InputError, command: str) -> tuple[int, int]:
    """Where in a command the word begins and ends that an error is about; the whole of it where that cannot be told."""
    place = error.place
    start, end = 0, max(1, len(command))
    if place is not None and place.text == command:
        start, end = place.start, place.end
    elif (word := _meant(error, command)) is not None:
        start, end = word.start, word.end
        written = command[start:end]
        if place is not None and place.text and written.count(place.text) == 1:
            inner = start + written.index(place.text)
            start, end = inner + place.start, inner + place.end
    return start, max(end, start + 1)


def _meant(error: InputError, command: str) -> Word | None:
    """The word of a command that an error is about: the one it was read from, or one that its message quotes."""
    try:
        words = words_of(command)
    except InputError:
        return None
    if error.place is not None:
        for word in words:
            if error.place.text and error.place.text in word.text:
                return word
    quoted = [word for word in words if repr(word.text) in error.message]
    if not quoted:
        quoted = [word for word in words if "=" in word.text and repr(word.text.split("=", 1)[1]) in error.message]
    return quoted[-1] if quoted else None
