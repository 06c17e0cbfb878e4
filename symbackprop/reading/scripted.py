"""Scripts on what is no plain name: groups in braces, entries, transposes and powers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from symbackprop.reading.context import RELATIONS, Cursor, is_op, is_transpose, split
from symbackprop.reading.mathlist import Item
from symbackprop.reading.scripts import indices
from symbackprop.reading.symbols import spelling
from symbackprop.reading.tree import Add, Div, Entry, Had, Mul, Neg, Node, Num, Pow, Transpose

if TYPE_CHECKING:
    from symbackprop.reading.grammar import Grammar

MAX_EXPONENT_DIGITS = 4
ENTRYWISE_EXPONENTS = frozenset("123456789")


def lifted(grammar: Grammar, item: Item) -> Item | None:
    r"""The name alone in ``(\omega')^{l}`` or ``{\sigma^{(i)}}'`` with the scripts that stand outside of it."""
    if len(item.body) != 1 or item.text not in ("(", "{") or item.body[0].kind not in ("sym", "font", "accent"):
        return None
    inner = item.body[0]
    symbol = grammar.context.table.find(spelling(inner) + "'" * inner.primes) or grammar.context.table.find(
        spelling(inner)
    )
    if symbol is None:
        return None
    copy = replace(inner, start=item.start, end=item.end, stop=item.stop)
    if item.primes and symbol.kind == "function" and item.sub is None and item.sup is None:
        copy.primes += item.primes
        return copy
    layered = item.sup is not None and inner.sup is None and inner.sub is None and "bare" in symbol.layer
    if layered and item.sup and not is_transpose(item.sup) and item.sup[0].kind != "num" and not item.primes:
        copy.sub, copy.sup, copy.sub_at, copy.sup_at = item.sub, item.sup, item.sub_at, item.sup_at
        return copy
    return None


def group(grammar: Grammar, cursor: Cursor, item: Item) -> Node:
    """A group in braces, which the reader of the formula does not see."""
    before = cursor.items[cursor.at - 1] if cursor.at else None
    cursor.take()
    node = grammar.expression(item.body, item)
    closed = len(item.body) == 1 and item.body[0].kind in ("fence", "group")
    if isinstance(node, Add | Neg) and not closed and item.sub is None and item.sup is None:
        after = cursor.peek()
        inside = before is not None and not (is_op(before, "+") or before.kind == "op" and before.text in RELATIONS)
        first_sign = isinstance(node, Neg) and (before is None or is_op(before, "+"))
        if inside or after is not None and not is_op(after, "+", "-", ",", *RELATIONS) and not first_sign:
            raise grammar.context.error(
                "invisible-braces",
                "these braces are not seen when the formula is set",
                item.start,
                item.end,
                "write brackets",
            )
    if isinstance(node, Add | Neg | Mul | Had) and not closed and (item.sup is not None or item.sub is not None):
        raise grammar.context.error(
            "invisible-braces",
            "the script seems to belong to the last factor only",
            item.start,
            item.end,
            "write brackets",
        )
    return scripted(grammar, node, item)


def scripted(grammar: Grammar, node: Node, item: Item) -> Node:
    """A node that is not a plain name, with the scripts of its item."""
    if item.primes:
        raise grammar.context.error(
            "prime",
            "a prime here is neither a derivative nor part of a name",
            item.end,
            item.stop,
            "write ^T for a transpose",
        )
    if item.sub is not None:
        found = indices(grammar.context, split(item.sub), item)
        node = Entry(node, tuple(found), span=(node.span[0], item.stop))
    if item.sup is not None:
        node = raised(grammar, node, item.sup, item)
    return node


def raised(grammar: Grammar, node: Node, items: list[Item], item: Item) -> Node:
    """A node with a superscript that is a transpose or a power."""
    span = (node.span[0], item.stop)
    ones = isinstance(node, Num) and node.text == "1" and grammar.context.table.find("T") is None
    if is_transpose(items) and (ones or not isinstance(node, Num)):
        return Transpose(node, span=span)
    if len(items) == 1 and items[0].kind == "fence" and items[0].text in ("[", "\\langle"):
        raise grammar.context.error("layer-style", "a layer belongs to a name", item.sup_at, item.stop)
    return power(grammar, node, items, item)


def power(grammar: Grammar, node: Node, items: list[Item], owner: Item) -> Node:
    """A node to a power; towers and powers of numbers that nobody could write out are refused."""
    if is_op(items[0], "\\odot", "\\circ") and len(items) > 1:
        return entrywise_power(grammar, node, items[1:], owner)
    exponent = grammar.expression(items, owner)
    tower = isinstance(node, Num) and isinstance(exponent, Pow)
    if tower or isinstance(exponent, Num) and len(exponent.text) > MAX_EXPONENT_DIGITS:
        raise grammar.context.error("too-large", "this power is too large to be read", owner.sup_at, owner.stop)
    return Pow(node, exponent, span=(node.span[0], max(owner.stop, node.span[1])))


def entrywise_power(grammar: Grammar, node: Node, items: list[Item], owner: Item) -> Node:
    r"""Every entry to a whole power, ``A^{\odot 2}`` or ``A^{\circ -1}``, as products and quotients of entries."""
    span = (node.span[0], max(owner.stop, node.span[1]))
    exponent = grammar.expression(items, owner)
    size = exponent.body if isinstance(exponent, Neg) else exponent
    if not isinstance(size, Num) or size.text not in ENTRYWISE_EXPONENTS:
        raise grammar.context.error(
            "entrywise-power", "a whole number up to 9 was expected here", owner.sup_at, owner.stop, "A^{\\odot 2}"
        )
    times = int(size.text)
    product = node if times == 1 else Had((node,) * times, span=span)
    if isinstance(exponent, Neg):
        return Div(Num("1", span=span), product, elementwise=True, span=span)
    return product
