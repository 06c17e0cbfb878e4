"""From the math list of a whole text to statements: alignment, continued rows, several equations in a row, remarks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from symbackprop.reading import commands as tex
from symbackprop.reading.conditions import (
    headed,
    is_condition,
    is_dots,
    is_range,
    listed,
    negated,
    quantified,
    split_trailing,
    without_brackets,
)
from symbackprop.reading.context import IMPLICATIONS, RELATIONS, Context, is_op
from symbackprop.reading.mathlist import Item
from symbackprop.reading.rows import (
    PUNCTUATION,
    closed,
    continues,
    equations_of,
    is_prose,
    rows_of,
    segments_of,
    trimmed,
    unfinished,
)
from symbackprop.reading.structures import BEFORE_CONDITION, OTHERWISE
from symbackprop.reading.symbols import spelling

_JOINING = frozenset(["and", "so", "then", "thus", "hence", "therefore", "and so", "and hence", "or"])


@dataclass(slots=True, eq=False)
class Statement:
    """The items of one chain of relations, the conditions and remarks beside it, and its pair of columns."""

    items: list[Item]
    column: int
    where: list[list[Item]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    implied: list[tuple[Item, list[Item]]] = field(default_factory=list)
    aside: bool = False
    """Whether it only gives a reason for what stands before it, after words such as ``since``."""


def statements(items: list[Item], context: Context) -> list[Statement]:
    """The statements of a text in the order in which they stand."""
    found: list[Statement] = []
    remarks: list[str] = []
    for row in closed(rows_of(items)):
        _add_row(row, found, remarks, context)
    if remarks and found:
        found[-1].remarks.extend(remarks)
    return found


def _add_row(row: list[list[Item]], found: list[Statement], remarks: list[str], context: Context) -> None:
    for column, items in equations_of(row, context):
        aligned = not trimmed(row[0]) and len(row) > 1
        _add_equation(items, column, aligned, found, remarks, context)


def _add_equation(
    items: list[Item], column: int, aligned: bool, found: list[Statement], remarks: list[str], context: Context
) -> None:
    leading = items[0]
    if leading.kind == "op" and (leading.text in IMPLICATIONS or leading.text == "\\because") and len(items) > 1:
        remarks.append(context.written(leading))
        items = trimmed(items[1:])
    current: Statement | None = None
    head, items = headed(items, context)
    if head and (is_range(head) or is_op(head[0], "\\forall")):
        remarks.append(context.text[head[0].start : head[-1].stop])
    elif head:
        found.append(Statement([], column, [head]))
    segments = segments_of(items, context)
    position = 0
    while position < len(segments):
        segment = segments[position]
        count = quantified(segments, position) or (listed(segments, position) if current is not None else 0)
        if count:  # k = 1, ..., m; for all i, j
            last = segments[position + count - 1][-1]
            (current.remarks if current is not None else remarks).append(context.text[segment[0].start : last.stop])
            position += count
            continue
        position += 1
        if is_dots(segment) and current is not None:
            current.remarks.append(context.written(segment[0]))
            continue
        formula = current.items if current is not None else found[-1].items if found else []
        segment, tail = _cut_at_prose(segment, context)
        if segment and is_op(segment[0], "\\forall"):
            segment, tail = [], segment
        condition: list[Item] = []
        if segment and current is not None and is_condition(segment, current.items, context):
            segment, condition = [], without_brackets(segment)
        elif segment:
            segment, condition = split_trailing(segment, formula, context)
        if segment:
            current = _place(segment, column, aligned, found, current is None, context)
            current.remarks.extend(remarks)
            remarks.clear()
        if condition and current is not None:
            _add_condition(current, condition, context)
        if tail:
            current = _remark(tail, current, column, found, remarks, context)


def _add_condition(statement: Statement, condition: list[Item], context: Context) -> None:
    """File a condition; what an index runs over is only a remark."""
    if is_range(condition):
        statement.remarks.append(context.text[condition[0].start : condition[-1].stop])
    else:
        statement.where.append(condition)


def _cut_at_prose(segment: list[Item], context: Context) -> tuple[list[Item], list[Item]]:
    for position, item in enumerate(segment):
        if is_op(item, "\\forall") and position:
            return segment[:position], segment[position:]
        if is_prose(item, context):
            _refuse_formula_in_words(segment, position, context)
            return segment[:position], segment[position:]
    return segment, []


def _refuse_formula_in_words(segment: list[Item], position: int, context: Context) -> None:
    """Refuse words that seem to be a part of the formula: a name with arguments, or a sign with what it adds."""
    item = segment[position]
    following = segment[position + 1] if position + 1 < len(segment) else None
    words = item.text.strip()
    if item.kind == "text" and words and words[0] in "+-*/=<>^_":
        raise context.error(
            "prose", "a part of the formula stands in words", item.start, item.end, "write it outside of \\text"
        )
    called = (
        following is not None and (is_op(following, "(") or following.kind == "fence") and not item.text.endswith(" ")
    )
    if item.kind == "text" and (called and words[-1:].isalnum() or item.sub is not None or item.sup is not None):
        raise context.unknown(item, words)


def _place(
    segment: list[Item], column: int, aligned: bool, found: list[Statement], first: bool, context: Context
) -> Statement:
    """Append a segment to the statement it continues, or begin a statement with it."""
    previous = next((statement for statement in reversed(found) if statement.column == column), None)
    if previous is None and found:
        previous = found[-1]
    start = segment[0]
    signed = is_op(start, "+", "-")
    if first and previous is not None and previous.items:
        related = any(item.kind == "op" and item.text in RELATIONS for item in segment)
        if signed and related and not aligned and not unfinished(previous.items):
            raise context.error(
                "ambiguous-row",
                f"does this '{start.text}' continue the row before?",
                start.start,
                start.end,
                "align the row with &, or put the sign at the end of the row before",
            )
        if continues(start) or signed and (aligned or not related) or unfinished(previous.items):
            while previous.items and is_op(previous.items[-1], *PUNCTUATION):
                previous.items.pop()
            previous.items.extend(segment)
            return previous
    statement = Statement(list(segment), column)
    found.append(statement)
    return statement


def _remark(
    tail: list[Item],
    current: Statement | None,
    column: int,
    found: list[Statement],
    remarks: list[str],
    context: Context,
) -> Statement | None:
    """File the prose that ends or begins a segment: a condition, a remark, or a remark before a statement."""
    first = tail[0]
    word = spelling(first).strip(" ,.;:").lower() if not is_op(first) else ""
    rest = [*first.body, *tail[1:]] if first.kind == "text" else tail[1:]
    if is_op(first, "\\forall"):
        remark = context.text[first.start : tail[-1].stop]
        (current.remarks if current is not None else remarks).append(remark)
        return current
    if word == "where" and _states(rest, context):
        return _aside(rest, current, column, found, remarks, context)
    if word in BEFORE_CONDITION and rest and not _only_dots(rest):
        condition, after = _cut_at_prose(rest, context)
        colon = next((k for k, item in enumerate(condition) if is_op(item, ":")), len(condition) - 1)
        if colon < len(condition) - 1 and not is_op(condition[colon + 1], "="):  # if i = j: what then holds
            found.append(Statement([], column, [condition[:colon]]))
            current = Statement(condition[colon + 1 :], column)
            found.append(current)
            return _remark(after, current, column, found, remarks, context) if after else current
        target = current
        if target is None:
            target = Statement([], column)
            found.append(target)
        if condition:
            while condition and is_op(condition[-1], *PUNCTUATION):
                condition = condition[:-1]
            target.where.append(condition)
        if after:
            target.remarks.append(context.text[after[0].start : after[-1].stop])
        return target
    if word in OTHERWISE and current is not None:
        before = next((s for s in reversed(found) if s is not current and s.items), None)
        opposite = negated(before.where[0]) if before is not None and len(before.where) == 1 else None
        if opposite is not None:
            current.where.append(opposite)
    following = rest[0] if rest else None
    if current is not None and word in _JOINING and any(is_op(item, *RELATIONS) for item in rest):
        inner, after = _cut_at_prose(rest, context)
        if inner:
            current = Statement(list(inner), column)
            found.append(current)
        return _remark(after, current, column, found, remarks, context) if after else current
    if current is not None and _states(rest, context):
        return _aside(rest, current, column, found, remarks, context)
    if current is not None and following is not None and (continues(following) or is_op(following, "+", "-")):
        raise context.error("prose", "these words stand inside of a formula", first.start, first.end)
    if current is None and rest and first.kind != "op":
        remarks.append(spelling(first))
        inner, after = _cut_at_prose(rest, context)
        if inner:
            statement = Statement(list(inner), column, remarks=list(remarks))
            remarks.clear()
            found.append(statement)
            current = statement
        return _remark(after, current, column, found, remarks, context) if after else current
    (current.remarks if current is not None else remarks).append(context.text[first.start : tail[-1].stop])
    return current


def _states(items: list[Item], context: Context) -> bool:
    """Whether words are followed by an equation, and not by a value or range of an index."""
    inner, _ = _cut_at_prose(items, context)
    signs = [
        k for k, item in enumerate(inner) if item.kind == "op" and RELATIONS.get(item.text) in ("=", "equiv", "approx")
    ]
    if not signs or not signs[0] or continues(inner[0]):
        return False
    left, right = inner[: signs[0]], inner[signs[-1] + 1 :]
    while right and is_op(right[-1], *PUNCTUATION):
        right = right[:-1]
    values = all(item.kind == "num" or item.kind == "op" for item in right)
    index = len(left) == 1 and left[0].kind == "sym" and context.table.find(spelling(left[0])) is None
    return not values and not index and bool(right)


def _aside(
    items: list[Item],
    current: Statement | None,
    column: int,
    found: list[Statement],
    remarks: list[str],
    context: Context,
) -> Statement | None:
    """File an equation that follows words as a statement of its own."""
    inner, after = _cut_at_prose(items, context)
    aside = Statement(list(inner), column, remarks=list(remarks), aside=current is not None)
    remarks.clear()
    found.append(aside)
    return _remark(after, aside, column, found, remarks, context) if after else aside


def _only_dots(items: list[Item]) -> bool:
    return any(item.kind == "op" and item.text in tex.DOTS for item in items)


def finished(statement: Statement) -> Statement:
    """The statement without punctuation at its end, cut at implication arrows."""
    items = trimmed([item for item in statement.items if item.kind != "space"])
    while items and is_op(items[-1], *PUNCTUATION) and items[-1].sub is None and items[-1].sup is None:
        items = items[:-1]
    parts: list[list[Item]] = [[]]
    arrows: list[Item] = []
    depth = 0
    for item in items:
        if item.kind == "op":
            depth += 1 if item.text in tex.OPENING else -1 if item.text in tex.CLOSING else 0
        if depth == 0 and item.kind == "op" and item.text in IMPLICATIONS:
            arrows.append(item)
            parts.append([])
        else:
            parts[-1].append(item)
    return replace(statement, items=parts[0], implied=list(zip(arrows, parts[1:], strict=True)))
