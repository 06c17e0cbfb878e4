"""Rows and cells of an alignment, the equations in them, and the parts of an equation; prose told from names."""

from __future__ import annotations

from symbackprop.reading import commands as tex
from symbackprop.reading.context import RELATIONS, Context, is_op
from symbackprop.reading.mathlist import Item
from symbackprop.reading.structures import BEFORE_CONDITION
from symbackprop.reading.symbols import spelling

PUNCTUATION = (".", ",", ";", ":")
_JOINING = frozenset(["\\cdot", "\\times", "\\odot", "\\circ", "*", "/", "\\otimes", "\\ast", "\\bullet", "\\oslash"])
_PROSE = frozenset(
    "and or so then thus hence let with since as because by using therefore which while gives yields recall thereby "
    "where given we note now i.e. e.g. if for when otherwise such that from is are the of to in on here assume "
    "proof finally also similarly but substituting implies namely donc also folgt wobei mit daher alors où avec puis "
    "now next simplifying rearranging remember thereof analogously likewise moreover furthermore again".split()
)


def rows_of(items: list[Item]) -> list[list[list[Item]]]:
    """Rows of cells, alignment environments taken apart."""
    rows: list[list[list[Item]]] = [[[]]]
    for item in _spliced(items):
        if item.kind == "newline":
            rows.append([[]])
        elif item.kind == "amp":
            rows[-1].append([])
        elif item.kind == "table" and item.text in tex.ALIGNING and item.sub is None and item.sup is None:
            inner: list[list[list[Item]]] = []
            for row in item.rows or []:
                flat: list[Item] = []
                for position, cell in enumerate(row):
                    if position:
                        flat.append(Item("amp", "&", item.start, item.start, []))
                    flat.extend(cell)
                inner.extend(rows_of(flat))
            if inner:
                rows[-1][-1].extend(inner[0][0])
                rows[-1].extend(inner[0][1:])
                rows.extend(inner[1:])
        else:
            rows[-1][-1].append(item)
    return [row for row in rows if any(row)]


def _spliced(items: list[Item]) -> list[Item]:
    """The list with groups opened that hold a relation or begin with a sign, so that the row is read as it is seen."""
    if not any(item.kind == "group" for item in items):
        return items
    whole = (
        len([item for item in items if item.kind not in ("newline", "space") and not is_op(item, *PUNCTUATION)]) == 1
    )
    found: list[Item] = []
    for item in items:
        if item.kind == "group" and item.sub is None and item.sup is None and not item.primes and item.body:
            signs = any(part.kind == "op" and part.text in RELATIONS for part in item.body)
            ends = (
                item.body[0].kind == "op"
                and item.body[0].text in ("+", "-")
                or item.body[-1].kind == "op"
                and (item.body[-1].text in ("+", "-") or item.body[-1].text in _JOINING)
            )
            if whole or signs or ends or any(part.kind == "table" and part.text in tex.ALIGNING for part in item.body):
                found.extend(_spliced(item.body))
                continue
        found.append(item)
    return found


def depth_of(items: list[Item]) -> int:
    """How many brackets are left open, or closed too many as a negative number."""
    depth = 0
    for item in items:
        if item.kind == "op":
            depth += 1 if item.text in tex.OPENING else -1 if item.text in tex.CLOSING else 0
    return depth


def closed(rows: list[list[list[Item]]]) -> list[list[list[Item]]]:
    """Rows joined until every bracket that is opened in one is closed in it."""
    found: list[list[list[Item]]] = []
    open_brackets = 0
    for row in rows:
        depth = sum(depth_of(cell) for cell in row)
        if open_brackets > 0:
            for cell in row:
                found[-1][-1].extend(trimmed(cell))
        else:
            found.append([list(cell) for cell in row])
            open_brackets = 0
        open_brackets += depth
    return found


def trimmed(items: list[Item]) -> list[Item]:
    """The items without wide spaces at either end."""
    first, last = 0, len(items)
    while first < last and items[first].kind == "space":
        first += 1
    while last > first and items[last - 1].kind == "space":
        last -= 1
    return items[first:last]


def continues(item: Item) -> bool:
    """Whether a row that begins with this item goes on from the one before."""
    return item.kind == "op" and (item.text in RELATIONS or item.text in _JOINING)


def unfinished(items: list[Item]) -> bool:
    """Whether the items end with a sign that wants something after it."""
    last = items[-1]
    return last.kind == "op" and (last.text in RELATIONS or last.text in _JOINING or last.text in ("+", "-"))


def equations_of(row: list[list[Item]], context: Context) -> list[tuple[int, list[Item]]]:
    """The equations in the cells of one row, each with its pair of columns."""
    found: list[tuple[int, list[Item]]] = []
    for position, raw in enumerate(row):
        cell = trimmed(raw)
        if not cell:
            continue
        last = found[-1][1] if found else []
        related = any(item.kind == "op" and item.text in RELATIONS for item in last)
        starts = not continues(cell[0]) and not is_op(cell[0], "+", "-")
        right_side = position >= 3 and position % 2 == 1 and not trimmed(row[position - 1])
        second_column = right_side and related and continues(cell[0])
        if not found or second_column and not unfinished(last) and depth_of(last) == 0:
            found.append((position // 2, list(cell)))
        elif is_prose(cell[0], context) and position >= 2:
            last.append(Item("space", "\\quad", cell[0].start, cell[0].start, []))
            last.extend(cell)
        elif position >= 2 and related and starts and not unfinished(last) and depth_of(last) == 0:
            found.append((position // 2, list(cell)))
        else:
            last.extend(cell)
    return found


def is_prose(item: Item, context: Context) -> bool:
    r"""Whether a ``\text`` is a remark and not a misspelt name."""
    if item.kind == "font" and item.text == "roman":
        word = spelling(item).lower()
        return word in BEFORE_CONDITION or word in _PROSE and not context.table.variants(spelling(item))
    if item.kind != "text" or context.table.variants(spelling(item)):
        return False
    words = item.text
    plain = words.strip()
    return (
        not plain
        or words != plain
        and words[0].isspace()
        and words[-1].isspace()
        or plain.lower().strip(".,:;!") in _PROSE
        or " " in plain
        or not plain.isascii()
        or not plain[0].isalnum()
        or not plain[-1].isalnum()
    )


def segments_of(items: list[Item], context: Context) -> list[list[Item]]:
    """The parts of an equation between commas and wide spaces, outside of brackets."""
    found: list[list[Item]] = [[]]
    depth = 0
    for position, item in enumerate(items):
        if item.kind == "op":
            depth += 1 if item.text in tex.OPENING else -1 if item.text in tex.CLOSING else 0
        if depth == 0 and is_op(item, ",", ";"):
            found.append([])
        elif item.kind == "space":
            following = next((other for other in items[position + 1 :] if other.kind != "space"), None)
            joins = following is None or following.kind == "op" and not is_op(following, "\\forall", "(", "[")
            word = len(found[-1]) == 1 and is_prose(found[-1][0], context)
            if depth == 0 and not joins and found[-1] and not unfinished(found[-1]) and not word:
                rest = items[position + 1 :]
                if following is not None and is_prose(following, context) or _opens_statement(rest):
                    found.append([])
                elif _is_number(rest):  # the number of an equation, written by hand
                    break
                else:
                    raise context.error(
                        "wide-space",
                        "a wide space between two factors: are these two formulas?",
                        item.start,
                        item.end,
                        "write a comma between formulas, or no space within one",
                    )
        else:
            found[-1].append(item)
    return [segment for segment in found if segment]


def _is_number(items: list[Item]) -> bool:
    """Whether only ``(3)`` or ``(3.1)`` is left."""
    kinds = [item.text if item.kind == "op" else item.kind for item in items]
    return kinds == ["(", "num", ")"]


def _opens_statement(items: list[Item]) -> bool:
    """Whether a relation comes before the next comma or wide space."""
    for item in items:
        if item.kind == "op" and (item.text in RELATIONS or item.text == "\\forall"):
            return True
        if is_op(item, ",", ";"):
            return False
    return False
