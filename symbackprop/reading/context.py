"""What the parts of the reader share: the text, the table, the warnings, and a cursor over a math list."""

from __future__ import annotations

from dataclasses import dataclass, field

from symbackprop.reading import commands as tex
from symbackprop.reading.mathlist import MAX_NESTING, Item, too_deep
from symbackprop.reading.symbols import SymbolTable
from symbackprop.vocabulary.errors import InputError, Place

RELATIONS = {
    "=": "=",
    "<": "<",
    ">": ">",
    "\\le": "<=",
    "\\leq": "<=",
    "\\leqslant": "<=",
    "\\ge": ">=",
    "\\geq": ">=",
    "\\geqslant": ">=",
    "\\ne": "!=",
    "\\neq": "!=",
    "\\approx": "approx",
    "\\simeq": "approx",
    "\\equiv": "equiv",
    "\\sim": "approx",
    "\\propto": "propto",
    "\\leftarrow": "<-",
    "\\gets": "<-",
    "\\longleftarrow": "<-",
    "\\coloneqq": ":=",
    "\\coloneq": ":=",
    "\\triangleq": ":=",
    "\\doteq": ":=",
    "\\in": "in",
    "\\notin": "notin",
    "\\cong": "equiv",
    "\\ll": "<<",
    "\\gg": ">>",
}
IMPLICATIONS = {
    "\\implies": "implies",
    "\\Rightarrow": "implies",
    "\\Longrightarrow": "implies",
    "\\iff": "iff",
    "\\Leftrightarrow": "iff",
    "\\rightarrow": "implies",
    "\\to": "implies",
    "\\longrightarrow": "implies",
    "\\therefore": "implies",
}


@dataclass(frozen=True, slots=True)
class Warn:
    """A choice the reader made where a formula can be read in two ways."""

    code: str
    message: str
    place: Place

    def report(self) -> str:
        """The warning with line, column and caret."""
        line, column = self.place.line_and_column()
        return f"{line}:{column}: warning: {self.code}: {self.message}\n{self.place.caret()}"


@dataclass(slots=True, eq=False)
class Context:
    """The text and table of one reading; errors and warnings are placed here."""

    text: str
    table: SymbolTable
    warnings: list[Warn] = field(default_factory=list)
    depth: int = 0

    def error(self, code: str, message: str, start: int, end: int, hint: str | None = None) -> InputError:
        """An error at a stretch of the text."""
        return InputError(code, message, Place(self.text, start, max(end, start + 1)), hint)

    def warn(self, code: str, message: str, start: int, end: int) -> None:
        """Remember a choice."""
        self.warnings.append(Warn(code, message, Place(self.text, start, max(end, start + 1))))

    def enter(self, item: Item) -> None:
        """Go one level deeper, or refuse."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise too_deep(self.text, item.start, item.end)

    def written(self, item: Item) -> str:
        """The nucleus of an item as it stands in the text."""
        return self.text[item.start : item.end]

    def unknown(self, item: Item, name: str) -> InputError:
        """The error for a name that is not declared, with the nearest declared names and commands."""
        shown = self.text[item.start : item.end] or name
        commands = sorted(tex.KNOWN | frozenset(self.table.macros)) if name.startswith("\\") else ()
        close = self.table.close_to(name, commands)
        hint = f"did you mean {', '.join(close)}?" if close else None
        return self.error("unknown-symbol", f"{shown} is not declared here", item.start, item.end, hint)


class Cursor:
    """A place in a math list."""

    __slots__ = ("at", "items", "stop")

    def __init__(self, items: list[Item]) -> None:
        self.items = items
        self.at = 0
        self.stop = len(items)

    def peek(self, ahead: int = 0) -> Item | None:
        """The item at hand, or one further on, or None past the end."""
        at = self.at + ahead
        return self.items[at] if at < self.stop else None

    def take(self) -> Item:
        """The item at hand; the cursor moves past it."""
        item = self.items[self.at]
        self.at += 1
        return item

    def done(self) -> bool:
        """Whether nothing is left."""
        return self.at >= self.stop


def split(items: list[Item], separators: str | tuple[str, ...] = ",") -> list[list[Item]]:
    """The parts of a list between separating signs."""
    found: list[list[Item]] = [[]]
    for item in items:
        if item.kind == "op" and item.text in separators and item.text:
            found.append([])
        else:
            found[-1].append(item)
    return found


def is_op(item: Item | None, *texts: str) -> bool:
    """Whether the item is one of these signs."""
    return item is not None and item.kind == "op" and item.text in texts


def has_relation(items: list[Item]) -> bool:
    """Whether a relation stands in the list itself."""
    return any(item.kind == "op" and item.text in RELATIONS for item in items)


def is_transpose(items: list[Item]) -> bool:
    r"""Whether a superscript is T, \top, \intercal or one of them in roman or sans serif."""
    if len(items) != 1:
        return False
    item = items[0]
    if item.sub is not None or item.sup is not None or item.primes:
        return False
    if item.kind == "sym":
        return item.text in ("T", "\\top", "\\intercal")
    if item.kind == "font":
        return len(item.body) == 1 and item.body[0].kind == "sym" and item.body[0].text in ("T", "t")
    if item.kind == "text":
        return item.text in ("T", "t")
    return item.kind == "fence" and item.text == "(" and is_transpose(item.body)
