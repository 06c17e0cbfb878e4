"""Sums and products over indices: what stands below and above the sign, and how far it reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symbackprop.reading.context import RELATIONS, Cursor, has_relation, is_op, split
from symbackprop.reading.mathlist import Item
from symbackprop.reading.scripts import index
from symbackprop.reading.tree import Chain, Neg, Node, Prod, Range, Sum, Sym

if TYPE_CHECKING:
    from symbackprop.reading.grammar import Grammar


def big(grammar: Grammar, cursor: Cursor) -> Node:
    r"""``\sum`` or ``\prod`` with its ranges; the body is the rest of the product that follows."""
    context = grammar.context
    sign = cursor.take()
    if sign.text not in ("\\sum", "\\prod"):
        raise context.error("unknown-symbol", f"{sign.text} is not read", sign.start, sign.end)
    if sign.primes:
        raise context.error("prime", "a prime on a sum sign", sign.end, sign.stop)
    ranges = _ranges(grammar, sign)
    minus = None
    if is_op(cursor.peek(), "-"):
        minus = cursor.take()
    if cursor.done() or not grammar.starts_factor(cursor):
        following = cursor.peek()
        if following is not None and following.kind in ("unknown", "text"):
            raise grammar.unexpected(following)
        raise context.error("missing-operand", f"nothing follows {sign.text}", sign.start, sign.stop)
    body = grammar.product(cursor)
    if minus is not None:
        body = Neg(body, span=(minus.start, body.span[1]))
    _warn_about_tail(grammar, cursor, ranges, sign)
    span = (sign.start, body.span[1])
    return Sum(ranges, body, span=span) if sign.text == "\\sum" else Prod(ranges, body, span=span)


def _ranges(grammar: Grammar, sign: Item) -> tuple[Range, ...]:
    context = grammar.context
    below = sign.sub or []
    if len(below) == 1 and below[0].kind == "group":
        below = below[0].body
    upper = index(context, sign.sup) if sign.sup is not None else None
    if sign.sub is None:
        if upper is not None:
            raise context.error("bad-range", "an upper limit without an index", sign.start, sign.stop)
        return ()
    found: list[Range] = []
    parts = split(below)
    counted = next((k for k, part in enumerate(parts) if any(is_op(item, "=") for item in part)), len(parts) - 1)
    for position, part in enumerate(parts):
        if part and is_op(part[0], "\\forall"):
            part = part[1:]
        if not part:
            raise context.error("missing-operand", "an index is missing here", sign.sub_at, sign.sub_at + 1)
        if has_relation(part):
            found.append(_related(grammar, part, sign, upper if position == counted else None))
        else:
            found.extend(_plain(grammar, part, upper))
    if upper is not None and all(item.upper is None for item in found):
        raise context.error(
            "bad-range", "it is not clear which index the upper limit belongs to", sign.start, sign.stop
        )
    return tuple(found)


def _plain(grammar: Grammar, part: list[Item], upper: Node | None) -> list[Range]:
    """Indices without a relation: ``j``, ``ij`` or a sample index."""
    names = [[item] for item in part] if all(item.kind in ("sym", "accent") for item in part) else [part]
    if upper is not None and len(names) > 1:
        first = part[0]
        raise grammar.context.error("bad-range", "two indices and one upper limit", first.start, part[-1].stop)
    found = []
    for name in names:
        node = index(grammar.context, name)
        if not isinstance(node, Sym):
            raise grammar.context.error("bad-range", "an index is expected here", *node.span)
        found.append(Range(node, upper=upper, span=node.span))
    return found


def _related(grammar: Grammar, part: list[Item], sign: Item, upper: Node | None) -> Range:
    r"""``j=1``, ``k \ne i``, ``1 \le j \le n`` or ``j \in S``."""
    context = grammar.context
    pieces: list[list[Item]] = [[]]
    relations: list[Item] = []
    for item in part:
        if item.kind == "op" and item.text in RELATIONS:
            relations.append(item)
            pieces.append([])
        else:
            pieces[-1].append(item)
    if not all(pieces):
        wrong = relations[0]
        raise context.error("missing-operand", f"something is missing at '{wrong.text}'", wrong.start, wrong.end)
    sides = [index(context, piece) for piece in pieces]
    span = (sides[0].span[0], sides[-1].span[1])
    names = [RELATIONS[relation.text] for relation in relations]
    if len(sides) == 2 and names == ["="] and isinstance(sides[0], Sym):
        return Range(sides[0], sides[1], upper, span=span)
    links = tuple(zip(names, sides[1:], strict=True))
    middle = sides[1] if len(sides) == 3 else sides[0]
    if not isinstance(middle, Sym):
        raise context.error("bad-range", "an index is expected here", *middle.span)
    if len(sides) == 3 and names == ["<=", "<="] and upper is None:
        return Range(middle, sides[0], sides[2], span=span)
    if len(sides) > 2:
        raise context.error("bad-range", "this range is not read", *span)
    return Range(middle, None, upper, Chain(sides[0], links, span=span), span=span)


def _warn_about_tail(grammar: Grammar, cursor: Cursor, ranges: tuple[Range, ...], sign: Item) -> None:
    """Warn where an index of the sum occurs again after the sum has ended at a + or -."""
    following = cursor.peek()
    if following is None or not is_op(following, "+", "-"):
        return
    names = {item.index.base for item in ranges if isinstance(item.index, Sym)}
    for item in cursor.items[cursor.at : cursor.stop]:
        if item.kind == "op" and item.text in RELATIONS or item.kind == "big":
            return
        if item.sub is not None and any(part.kind == "sym" and part.text.lstrip("\\") in names for part in item.sub):
            grammar.context.warn(
                "sum-scope", "the sum is read as ending before this sign", following.start, following.end
            )
            return
