"""Brackets, bars, cases, matrices, indicators and the Kronecker delta."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from symbackprop.reading import commands as tex
from symbackprop.reading.context import Cursor, has_relation, is_op, split
from symbackprop.reading.mathlist import Item
from symbackprop.reading.names import word_at
from symbackprop.reading.scripted import raised, scripted
from symbackprop.reading.scripts import index, indices
from symbackprop.reading.symbols import spelling
from symbackprop.reading.tree import Abs, App, At, Cases, Indicator, Inner, Kronecker, Matrix, Node, Norm, Sym

if TYPE_CHECKING:
    from symbackprop.reading.grammar import Grammar

OTHERWISE = frozenset(["otherwise", "else", "elsewhere", "other", "sonst", "autrement", "otherwise.", "else."])
BEFORE_CONDITION = frozenset(["if", "for", "when", "where", "iff", "if and only if", "for all", "wenn", "si"])


def bracket(grammar: Grammar, item: Item) -> Node:
    """A pair of brackets or bars with its scripts; the subscript of a norm or of an evaluation bar is part of it."""
    node = fence(grammar, item)
    if item.text in ("\\|", "\\lVert", "."):
        item = replace(item, sub=None)
    return scripted(grammar, node, item)


def fence(grammar: Grammar, item: Item) -> Node:
    """What stands in a pair of brackets, without its scripts."""
    context = grammar.context
    opening, closing = item.text, item.close
    span = (item.start, item.end)
    if opening == "(" and closing == ")" or opening == "[" and closing == "]" or opening == "\\{" and closing == "\\}":
        if has_relation(item.body):
            if opening == "[":
                return Indicator(grammar.condition(item.body, item), span=span)
            raise context.error(
                "bad-condition",
                "a relation inside brackets",
                item.start,
                item.end,
                "write [ ... ] or \\mathbb{1}[ ... ] for an indicator",
            )
        return grammar.tuple_or_expression(item)
    if opening in ("|", "\\lvert") and closing in ("|", "\\rvert"):
        return Abs(grammar.expression(item.body, item), span=span)
    if opening in ("\\|", "\\lVert") and closing in ("\\|", "\\rVert"):
        return norm(grammar, item, grammar.expression(item.body, item))
    if opening == "\\langle" and closing == "\\rangle":
        return _inner(grammar, item)
    if opening == "\\{" and closing == "." and len(item.body) == 1 and item.body[0].kind == "table":
        return cases(grammar, item.body[0])
    if opening == "." and closing == "|" and item.sub is not None:
        body = grammar.expression(item.body, item)
        return At(body, grammar.condition(item.sub, item), span=(item.start, item.stop))
    raise context.error("bad-delimiter", f"'{opening}' with '{closing}' is not read", item.start, item.end)


def norm(grammar: Grammar, item: Item, body: Node) -> Node:
    """A norm with its order taken from the subscript."""
    order = index(grammar.context, item.sub) if item.sub is not None else None
    return Norm(body, order, span=(item.start, item.end))


def _inner(grammar: Grammar, item: Item) -> Node:
    parts = split(item.body)
    if len(parts) != 2:
        raise grammar.context.error("bad-inner-product", "an inner product has two sides", item.start, item.end)
    left, right = (grammar.expression(part, item) for part in parts)
    return Inner(left, right, span=(item.start, item.end))


def bars(grammar: Grammar, cursor: Cursor) -> Node:
    r"""``|x|``, ``\|x\|`` and ``||x||`` written without \left and \right."""
    opening = cursor.take()
    doubled = opening.text == "|" and is_op(cursor.peek(), "|")
    if doubled:
        cursor.take()
    start = cursor.at
    while not is_op(cursor.peek(), opening.text) or doubled and not is_op(cursor.peek(1), "|"):
        if cursor.done():
            raise grammar.context.error("unclosed", "this bar is never closed", opening.start, opening.end)
        cursor.take()
    body = cursor.items[start : cursor.at]
    if doubled:
        cursor.take()
    text = "\\|" if doubled else opening.text
    pair = replace(cursor.take(), kind="fence", text=text, start=opening.start, body=body, close=text)
    return bracket(grammar, pair)


def table(grammar: Grammar, item: Item) -> Node:
    """A matrix, or cases."""
    if item.text in tex.CASES:
        return cases(grammar, item)
    context = grammar.context
    if item.text not in tex.MATRICES:
        raise context.error(
            "misplaced-environment", f"{item.text} cannot stand inside of a formula", item.start, item.end
        )
    rows = [row for row in item.rows or [] if any(row)]
    if not rows:
        raise context.error("missing-operand", "an empty matrix", item.start, item.end)
    width = len(rows[0])
    found = []
    for row in rows:
        if len(row) != width:
            at = next((cell[0] for cell in row if cell), item)
            raise context.error("ragged-matrix", f"a row of {len(row)} entries after one of {width}", at.start, at.end)
        for cell in row:
            if len(cell) == 1 and grammar.is_dots(cell[0]):
                raise grammar.unexpected(cell[0])
        cells = ([part for part in cell if part.kind != "space"] for cell in row)
        found.append(tuple(grammar.expression(cell, item) for cell in cells))
    if item.text in ("vmatrix", "Vmatrix"):
        raise context.error("unknown-environment", "determinants are not read", item.start, item.end)
    return Matrix(tuple(found), span=(item.start, item.end))


def cases(grammar: Grammar, item: Item) -> Node:
    """Values with their conditions."""
    context = grammar.context
    branches: list[tuple[Node, Node | None]] = []
    for row in item.rows or []:
        cells = [cell for cell in row if cell]
        if not cells:
            continue
        if len(cells) == 1:
            cells = _value_and_condition(cells[0])
        if len(cells) != 2:
            first = cells[0][0]
            raise context.error(
                "bad-cases", "a row of cases is a value and a condition", first.start, cells[-1][-1].stop
            )
        value, when = ([part for part in cell if part.kind != "space"] for cell in cells)
        while value and is_op(value[-1], ",", ";", "."):
            value = value[:-1]
        if not value:
            raise context.error("bad-cases", "the value is missing", when[0].start, when[0].end)
        branches.append((grammar.statement(value), case_condition(grammar, when, item)))
    if not branches:
        raise context.error("bad-cases", "no rows", item.start, item.end)
    return Cases(tuple(branches), span=(item.start, item.end))


def _value_and_condition(cell: list[Item]) -> list[list[Item]]:
    """A row of cases without ``&``: cut before the first prose, or at a comma or wide space."""
    for position, item in enumerate(cell):
        if item.kind == "text" and item.text.strip().lower() in BEFORE_CONDITION | OTHERWISE:
            return [cell[:position], cell[position:]]
        if item.kind == "space" or is_op(item, ","):
            return [cell[:position], cell[position + 1 :]]
    return [cell]


def case_condition(grammar: Grammar, items: list[Item], owner: Item) -> Node | None:
    """The condition of a row of cases; None for otherwise."""
    context = grammar.context
    items = [item for item in items if item.kind != "space"]
    while items and is_op(items[-1], ",", ";", "."):
        items = items[:-1]
    word = word_of(items)
    if word in OTHERWISE:
        return None
    first = items[0] if items else owner
    if first.kind == "text" or first.kind == "font" and first.text == "roman":
        said = spelling(first).strip().lower().rstrip(":")
        if said not in BEFORE_CONDITION:
            raise context.error(
                "bad-cases",
                f"'{spelling(first)}' is no condition",
                first.start,
                first.end,
                "write a relation, or \\text{otherwise}",
            )
        items = [*first.body, *items[1:]] if first.kind == "text" else items[1:]
    elif "".join(item.text for item in items[:2]) == "if":
        items = items[2:]
    if not items:
        raise context.error("bad-cases", "the condition is missing", first.start, first.end)
    return grammar.condition(items, owner)


def word_of(items: list[Item]) -> str:
    """The items as one word of prose."""
    if len(items) == 1:
        return spelling(items[0]).strip().lower()
    if all(item.kind == "sym" and len(item.text) == 1 for item in items):
        return "".join(item.text for item in items).lower()
    return ""


def is_indicator(grammar: Grammar, cursor: Cursor) -> bool:
    r"""Whether ``\mathbb{1}``, ``\mathbf{1}``, ``\mathbb{I}``, ``1`` or ``I`` with a condition is at the cursor."""
    item, following = cursor.items[cursor.at], cursor.peek(1)
    conditional = following is not None and following.kind == "fence" and has_relation(following.body)
    if item.text in ("1", "I") and item.kind in ("num", "sym") and not item.primes and item.sub is item.sup is None:
        symbol = grammar.context.table.find(item.text)
        return conditional and (item.kind == "num" or symbol is None or symbol.kind == "tensor")
    if item.kind != "font" or item.text not in ("bb", "bold") or len(item.body) != 1:
        return False
    if item.body[0].text not in ("1", "I"):
        return False
    if item.sub is not None:
        return has_relation(item.sub) or item.sub[0].kind == "fence" and has_relation(item.sub[0].body)
    return conditional


def is_step(grammar: Grammar, cursor: Cursor) -> bool:
    r"""Whether ``\mathbb{1}(z)`` is at the cursor: an indicator of what is positive, without a relation."""
    item, following = cursor.items[cursor.at], cursor.peek(1)
    if item.kind != "font" or item.text != "bb" or spelling(item) not in ("\\mathbb{1}", "\\mathbb{I}"):
        return False
    if item.sub is not None or item.sup is not None or item.primes or grammar.context.table.find(spelling(item)):
        return False
    return following is not None and following.kind == "fence" and following.text == "(" and bool(following.body)


def step(grammar: Grammar, cursor: Cursor) -> Node:
    """An indicator without a relation, as the unit step."""
    item, bracket = cursor.take(), cursor.take()
    argument = grammar.expression(bracket.body, bracket)
    grammar.context.warn("indicator", "read as 1 where this is positive, 0 elsewhere", item.start, bracket.end)
    function = Sym("step", span=(item.start, item.end))
    return scripted(grammar, App(function, (argument,), span=(item.start, bracket.end)), bracket)


def indicator(grammar: Grammar, cursor: Cursor) -> Node:
    """An indicator with its condition in brackets or as a subscript."""
    item = cursor.take()
    if item.sub is not None:
        inside = item.sub
        if len(inside) == 1 and inside[0].kind == "fence":
            inside = inside[0].body
        node: Node = Indicator(grammar.condition(inside, item), span=(item.start, item.stop))
        if item.sup is not None:
            node = raised(grammar, node, item.sup, item)
        return node
    bracket = cursor.take()
    node = Indicator(grammar.condition(bracket.body, bracket), span=(item.start, bracket.end))
    return scripted(grammar, node, bracket)


def is_kronecker(grammar: Grammar, cursor: Cursor) -> bool:
    r"""Whether ``\delta`` (or ``\mathbf{1}``) with two indices that are not declared is at hand."""
    item = cursor.items[cursor.at]
    if item.sub is None or item.primes or word_at(grammar.context, cursor) is not None:
        return False
    name = spelling(item)
    raised = name == "\\delta" and any(symbol.raised for symbol in grammar.context.table.symbols)
    if item.sup is not None and not (raised and len(item.sup) == len(item.sub) == 1 and item.sup[0].kind == "sym"):
        return False
    if name not in ("\\delta", "\\mathbf{1}", "\\mathbb{1}"):
        return False
    symbol = grammar.context.table.find(name)
    if symbol is not None and (2 in symbol.arity or "subscript" in symbol.layer or "subscript" in symbol.sample):
        return False
    if item.sup is not None:
        return True
    parts = split(item.sub)
    count = len(parts) if len(parts) > 1 else len(parts[0])
    return count == 2


def kronecker(grammar: Grammar, cursor: Cursor) -> Node:
    """A Kronecker delta."""
    item = cursor.take()
    found = indices(grammar.context, split(item.sub or []), item)
    if item.sup is not None:  # one above, one below, where indices are raised
        found = [index(grammar.context, item.sup), *found]
    if len(found) != 2:
        raise grammar.context.error("index-count", "a Kronecker delta has two indices", item.sub_at, item.stop)
    return Kronecker(found[0], found[1], span=(item.start, item.stop))
