"""Conditions and ranges of indices beside a formula: ``i \\ne j``, ``k = 1, \\dots, m``, ``\\forall i, j``."""

from __future__ import annotations

from dataclasses import replace

from symbackprop.reading import commands as tex
from symbackprop.reading.context import RELATIONS, Context, is_op, split
from symbackprop.reading.mathlist import Item
from symbackprop.reading.symbols import spelling

_COMPARING = frozenset(["!=", "<", ">", "<=", ">="])
_QUANTIFIERS = frozenset(["for", "for all", "for each", "for every", "with", "where"])


def is_dots(segment: list[Item]) -> bool:
    """Whether nothing but an ellipsis stands between two commas."""
    return len(segment) == 1 and segment[0].kind == "op" and segment[0].text in tex.DOTS


def is_atom(segment: list[Item]) -> bool:
    """Whether a segment is a letter or number, or a sum of them: a value in a list of values."""
    return bool(segment) and all(item.kind in ("sym", "num") or is_op(item, "+", "-") for item in segment)


def relations(segment: list[Item]) -> list[str]:
    """The relations in a segment, outside of its brackets."""
    found, depth = [], 0
    for item in segment:
        if item.kind == "op":
            depth += (item.text in tex.OPENING) - (item.text in tex.CLOSING)
            if depth == 0 and item.text in RELATIONS:
                found.append(RELATIONS[item.text])
    return found


def listed(segments: list[list[Item]], position: int) -> int:
    """How many segments a range with dots takes that begins at ``position``: 4 for ``k = 1, 2, \\dots, m``; or 0."""
    first = segments[position]
    signs = [k for k, item in enumerate(first) if is_op(item, "=")]
    if len(signs) != 1 or not is_atom(first[signs[0] + 1 :]) or first[signs[0] - 1].kind != "sym":
        return 0
    for at in range(position + 1, len(segments) - 1):
        if is_dots(segments[at]):
            return at + 2 - position if is_atom(segments[at + 1]) else 0
        if not is_atom(segments[at]):
            return 0
    return 0


def quantified(segments: list[list[Item]], position: int) -> int:
    """How many segments a quantifier takes that begins at ``position``: 2 for ``\\forall i, j``; or 0."""
    first = segments[position]
    opens = is_op(first[0], "\\forall") or spelling(first[0]).strip().lower() in _QUANTIFIERS
    if not opens or len(first) < 2 or not is_atom(first[1:]):
        return 0
    count = 1
    while position + count < len(segments) and is_atom(segments[position + count]):
        count += 1
    if position + count < len(segments):
        last = segments[position + count]
        if listed(segments, position + count):
            return count + listed(segments, position + count)
        if relations(last) == ["in"]:
            return count + 1
    return count if count > 1 else 0


def without_brackets(segment: list[Item]) -> list[Item]:
    """A segment that stands in one pair of round brackets, without them."""
    if len(segment) > 2 and is_op(segment[0], "(") and is_op(segment[-1], ")") and segment[-1].sup is None:
        depth = 0
        for item in segment[:-1]:
            depth += (is_op(item, *tex.OPENING)) - (is_op(item, *tex.CLOSING))
            if depth == 0:
                return segment
        return segment[1:-1]
    return segment


def is_condition(segment: list[Item], formula: list[Item], context: Context) -> bool:
    """Whether a segment after a formula only says for which indices, or where, the formula holds.

    Either its first name is an index that the formula uses and nothing else, or it compares and does not equate while
    the formula does.
    """
    inside = without_brackets(segment)
    signs = relations(inside)
    if not signs or not formula:
        return False
    first = inside[0]
    if first.kind == "sym" and first.sub is None and first.sup is None and _is_index(first, formula, context):
        plain = all(
            item.kind in ("sym", "num", "font", "accent") or is_op(item, "+", "-", ",", *RELATIONS, *tex.DOTS)
            for item in inside
        )
        return plain or signs == ["in"]
    return set(signs) <= _COMPARING and "=" in relations(formula)


def _is_index(item: Item, formula: list[Item], context: Context) -> bool:
    """Whether a letter is declared as no quantity and stands in the scripts of a formula."""
    symbol = context.table.find(item.text)
    return (symbol is None or symbol.kind == "index") and _in_scripts(formula, item.text)


def _in_scripts(items: list[Item], letter: str) -> bool:
    todo = [(item, False) for item in items]
    while todo:
        item, below = todo.pop()
        if below and item.kind == "sym" and item.text == letter:
            return True
        for part in (item.body, item.more or [], *(cell for row in item.rows or [] for cell in row)):
            todo.extend((inner, below) for inner in part)
        for part in (item.sub or [], item.sup or []):
            todo.extend((inner, True) for inner in part)
    return False


def is_range(condition: list[Item]) -> bool:
    """Whether a condition only says what an index runs over: ``k = 1, \\dots, m``, ``k \\in S``."""
    return "in" in relations(condition) or any(is_op(item, ",", *tex.DOTS) for item in condition)


def negated(condition: list[Item]) -> list[Item] | None:
    """The condition that holds where one comparison does not; None where it is more than one."""
    if len(relations(condition)) != 1:
        return None
    found = []
    for item in condition:
        if item.kind == "op" and item.text in RELATIONS:
            opposite = _OPPOSITE.get(RELATIONS[item.text])
            if opposite is None:
                return None
            item = replace(item, text=opposite)
        found.append(item)
    return found


_OPPOSITE = {"=": "\\ne", "!=": "=", ">": "\\le", "<": "\\ge", ">=": "<", "<=": ">"}


def headed(items: list[Item], context: Context) -> tuple[list[Item], list[Item]]:
    """A condition before a colon, and the formula after it: ``i \\ne j: a = b``, ``\\forall i, j: a = b``."""
    for position, item in enumerate(items[:-1]):
        if is_op(item, ":") and not is_op(items[position + 1], "="):
            head, rest = items[:position], items[position + 1 :]
            every = head and is_op(head[0], "\\forall") and all(is_atom(part) for part in split(head[1:]))
            said = bool(head) and head[0].kind in ("text", "font")  # "if i = j:" is told by its word
            if every or not said and is_condition(head, rest, context):
                return head, rest
    return [], items


def split_trailing(segment: list[Item], formula: list[Item], context: Context) -> tuple[list[Item], list[Item]]:
    """A formula and the condition in brackets at its end, such as ``-a_i a_j (i \\ne j)``."""
    if not segment or not is_op(segment[-1], ")") or segment[-1].sub is not None or segment[-1].sup is not None:
        return segment, []
    depth = 0
    for position in range(len(segment) - 1, 0, -1):
        item = segment[position]
        depth += {")": 1, "(": -1}.get(item.text, 0) if item.kind == "op" else 0
        if depth == 0:
            inside = segment[position:]
            before = [*formula, *segment[:position]]
            called = segment[position - 1]
            if called.kind in ("font", "text") or not is_condition(inside, before, context):
                return segment, []
            return segment[:position], without_brackets(inside)
    return segment, []
