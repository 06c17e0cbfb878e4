"""A file of notes brought up to date: its generated blocks told current, stale or edited, its claims judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple

from symbackprop.notes import notebook
from symbackprop.notes.asking import grader_of
from symbackprop.notes.commands import CommandLine, Order, order_of, placed
from symbackprop.notes.dialects import Spot, find
from symbackprop.notes.files import File, read_file, replace_file
from symbackprop.notes.filling import Filling, checksum, filled, rendered
from symbackprop.notes.judging import Judged, judged
from symbackprop.notes.kinds import OTHER, kind_of
from symbackprop.notes.labels import Labels, labels_in
from symbackprop.notes.marks import Block, Sheet, read_sheet
from symbackprop.vocabulary.errors import InputError, Place

State = Literal["current", "stale", "edited"]
_ENDING = re.compile(r"(/[ \t]*symbackprop)(?:[ \t]+sum=[0-9a-fA-F]*)?")


class Generated(NamedTuple):
    """A generated block: where its mark is, and how it stands with it."""

    place: Place
    state: State


@dataclass(frozen=True)
class Outcome:
    """What came of a file.

    ``old`` and ``new`` are its text as it is and as it should be; ``written`` whether it was written.
    """

    name: str
    old: str = ""
    new: str = ""
    generated: tuple[Generated, ...] = ()
    judged: tuple[Judged, ...] = ()
    errors: tuple[InputError, ...] = ()
    written: bool = False

    def count(self, state: State) -> int:
        """How many generated blocks are in a state."""
        return sum(one.state == state for one in self.generated)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done: which dialect if not that of the file, whether to write at all, whether over edits too."""

    command_line: CommandLine
    dialect: str | None = None
    write: bool = True
    force: bool = False


def update(path: str, wanted: Wanted) -> Outcome:
    """Bring a file up to date. Whatever is wrong with it is among the errors, and then the file is as it was."""
    try:
        file = read_file(Path(path))
    except InputError as error:
        return Outcome(path, errors=(error,))
    outcome = look(file, path, wanted)
    if not wanted.write or outcome.errors or outcome.new == outcome.old:
        return outcome
    try:
        replace_file(file, outcome.new)
    except InputError as error:
        return replace(outcome, errors=(error,))
    return replace(outcome, written=True)


def look(file: File, name: str, wanted: Wanted) -> Outcome:
    """What a file is and what it should be; nothing is written."""
    kind = kind_of(name)
    if kind.suffixes != (".ipynb",):
        update = Update([read_sheet(file.text, name, kind)], file.path.parent, wanted)
        return update.outcome(name, file.text, update.texts()[0])
    if "symbackprop" not in file.text:
        return Outcome(name, file.text, file.text)
    try:
        cells = notebook.cells_of(file.text)
    except InputError as error:
        return Outcome(name, file.text, file.text, errors=(error.within(file.text, 0, name),))
    sheets = [read_sheet(cell.text, f"{name}:cell {cell.number}", kind) for cell in cells]
    update = Update(sheets, file.path.parent, wanted)
    texts = {c.number: text for c, text in zip(cells, update.texts(), strict=True) if text != c.text}
    return update.outcome(name, file.text, notebook.with_cells(file.text, texts) if texts else file.text)


class Update:
    """Works through the blocks of a file, sheet by sheet."""

    def __init__(self, sheets: Sequence[Sheet], folder: Path, wanted: Wanted) -> None:
        self.sheets = sheets
        self.folder = folder
        self.wanted = wanted
        self.errors = [error for sheet in sheets for error in sheet.errors]
        self.generated: list[Generated] = []
        self.judged: list[Judged] = []
        self.orders: dict[tuple[int, Block], Order] = {}
        for number, sheet in enumerate(sheets):
            for block in () if sheet.errors else sheet.blocks:  # with a mark amiss nobody knows what belongs together
                try:
                    self.orders[number, block] = order_of(sheet, block, wanted.command_line)
                except InputError as error:
                    self.errors.append(error)
        self.labels = Labels(label for text in self.own() for label in labels_in(text))

    def own(self) -> Iterable[str]:
        """What in the sheets was not generated."""
        for number, sheet in enumerate(self.sheets):
            at = 0
            for block in sheet.blocks:
                order = self.orders.get((number, block))
                if order is not None and order.command != "verify":
                    yield sheet.text[at : sheet.lines[block.first].end]
                    at = sheet.lines[block.last].start
            yield sheet.text[at:]

    def texts(self) -> list[str]:
        """The sheets as they should be."""
        return [self.sheet(number, sheet) for number, sheet in enumerate(self.sheets)]

    def outcome(self, name: str, old: str, new: str) -> Outcome:
        """What came of all blocks."""
        return Outcome(name, old, new, tuple(self.generated), tuple(self.judged), tuple(self.errors))

    def sheet(self, number: int, sheet: Sheet) -> str:
        """A sheet as it should be."""
        parts: list[str] = []
        at = 0
        for block in sheet.blocks:
            order = self.orders.get((number, block))
            if order is None:
                continue
            try:
                dialect = self.dialect(sheet, block, order)
                if order.command == "verify":
                    self.judged.append(judged(sheet, block, grader_of(order, self.folder)))
                    continue
                filling = self.filling(sheet, block, order, dialect)
            except InputError as error:
                self.errors.append(placed(error, sheet, block))
                continue
            if self.state(sheet, block, filling) == "stale":
                end = sheet.lines[block.last]
                ending = _ENDING.sub(rf"\1 sum={filling.sum}", end.text, count=1)
                parts += [sheet.text[at : sheet.lines[block.first].end], filling.text, ending]
                at = end.start + len(end.text)
        new = "".join([*parts, sheet.text[at:]])
        if parts:
            self.check(sheet, new)
        return new

    def check(self, sheet: Sheet, new: str) -> None:
        """See to it that the marks of a sheet are still marks in its new text."""
        found = read_sheet(new, sheet.name, sheet.kind).blocks
        for number, block in enumerate(sheet.blocks):
            if number >= len(found) or found[number].command != block.command:
                message = "these marks are indented so far that what stands between them would be code"
                hint = "begin them where the text around them begins"
                self.errors.append(InputError("indented-mark", message, sheet.begin(block), hint))
                return

    def dialect(self, sheet: Sheet, block: Block, order: Order) -> str:
        """The dialect of a block. Raises ``InputError`` where the comment of its mark is none there."""
        said = order.values.get("dialect") or self.wanted.dialect
        name: str = said or sheet.kind.dialect(sheet.text) or block.comment.dialect
        known = find(name).comments
        if sheet.kind is not OTHER and block.comment.name not in known:
            message = f"a line that begins with {block.comment.written} is no comment in {name}"
            raise InputError("no-comment", message, sheet.begin(block), f"comments there: {', '.join(known)}")
        return name

    def filling(self, sheet: Sheet, block: Block, order: Order, dialect: str) -> Filling:
        """What belongs in a block."""
        spot = Spot(sheet.text[: sheet.lines[block.first].start], block.comment, self.labels)
        content = rendered(order, dialect, self.folder, spot)
        spaced = find(order.values["dialect"] or dialect).spaced
        filling = filled(content, block, sheet.lines[block.first].ending, spaced)
        marks = read_sheet(filling.text, sheet.name, sheet.kind)
        if marks.blocks or marks.errors:
            raise InputError("output-is-mark", "what is derived here has a line that would itself be a mark")
        return filling

    def state(self, sheet: Sheet, block: Block, filling: Filling) -> State:
        """How a block stands; an edited one is an error unless it may be overwritten."""
        body = sheet.body(block)
        state: State = "stale"
        if body == filling.text:
            state = "current" if block.sum == filling.sum else "stale"
        elif not body.strip(" \t\r\n>") or checksum(body, block.margin) == block.sum:
            state = "stale"
        elif not self.wanted.force:
            state = "edited"
            what = "was edited by hand" if block.sum else "holds what the program did not write"
            hint = "--force writes over it; take the marks away to keep it"
            self.errors.append(InputError("edited-block", f"this block {what}", sheet.begin(block), hint))
        self.generated.append(Generated(sheet.begin(block), state))
        return state
