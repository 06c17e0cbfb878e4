"""From tokens to a math list: nuclei with scripts, fractions, accents, fences and tables, with spans, no meaning."""

from __future__ import annotations

from dataclasses import dataclass

from symbackprop.reading import commands as tex
from symbackprop.vocabulary.errors import InputError, Place

MAX_NESTING = 48


@dataclass(slots=True, eq=False)
class Item:
    """One element of a math list.

    ``kind`` is sym, num, op, group, fraction, root, accent, font, text, big, table, fence, space, amp, newline or
    empty (scripts without a nucleus). ``start:end`` is the nucleus, ``stop`` where its scripts end.
    """

    kind: str
    text: str
    start: int
    end: int
    body: list[Item]
    more: list[Item] | None = None  # denominator, degree
    rows: list[list[list[Item]]] | None = None
    sub: list[Item] | None = None
    sup: list[Item] | None = None
    sub_at: int = 0
    sup_at: int = 0
    primes: int = 0
    close: str = ""
    stop: int = 0


def nest(items: list[Item], text: str) -> list[Item]:
    """The list with brackets that stand in it gathered into fences.

    >>> from symbackprop.reading.builder import scan
    >>> [item.kind for item in nest(scan("w(x+b)"), "w(x+b)")]
    ['sym', 'fence']
    """
    if not any(item.kind == "op" and (item.text in tex.OPENING or item.text in tex.CLOSING) for item in items):
        return items
    stack: list[tuple[Item, list[Item]]] = []
    current: list[Item] = []
    for item in items:
        if item.kind != "op":
            current.append(item)
        elif item.text in tex.OPENING:
            if item.sub is not None or item.sup is not None or item.primes:
                raise InputError(
                    "missing-operand", "this script has nothing to stand on", Place(text, item.end, item.stop)
                )
            if len(stack) >= MAX_NESTING:
                raise too_deep(text, item.start, item.end)
            stack.append((item, current))
            current = []
        elif item.text in tex.CLOSING:
            if not stack:
                raise InputError(
                    "unbalanced", f"this '{item.text}' was never opened", Place(text, item.start, item.end)
                )
            opener, outer = stack.pop()
            expected = tex.OPENING[opener.text]
            if tex.SAME_DELIMITER.get(item.text, item.text) != expected:
                raise InputError(
                    "bad-delimiter",
                    f"'{opener.text}' is closed by '{item.text}'",
                    Place(text, item.start, item.end),
                    f"write {expected}",
                )
            opening = tex.SAME_DELIMITER.get(opener.text, opener.text)
            fence = Item("fence", opening, opener.start, item.end, current, close=expected)
            fence.sub, fence.sup, fence.sub_at, fence.sup_at = item.sub, item.sup, item.sub_at, item.sup_at
            fence.primes, fence.stop = item.primes, item.stop
            current = outer
            current.append(fence)
        else:
            current.append(item)
    if stack:
        opener = stack[0][0]
        raise InputError("unclosed", f"this '{opener.text}' is never closed", Place(text, opener.start, opener.end))
    return current


def too_deep(text: str, start: int, end: int) -> InputError:
    """The error for a formula nested deeper than is read."""
    return InputError("too-deep", f"nested more than {MAX_NESTING} deep", Place(text, start, end))
