"""Functions and quantities with a point or with what they depend on in brackets, within derivatives."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from symbackprop.reading.context import Cursor, is_transpose, split
from symbackprop.reading.mathlist import Item
from symbackprop.reading.names import take_name, word_at
from symbackprop.reading.scripted import scripted
from symbackprop.reading.tree import App, Deriv, Node, Sym

if TYPE_CHECKING:
    from symbackprop.reading.grammar import Grammar


def bare(grammar: Grammar, items: list[Item]) -> Sym | None:
    """A function named without an argument, as in the derivative of f by g."""
    if not items or items[0].kind not in ("sym", "font", "text"):
        return None
    cursor = Cursor(items)
    context = grammar.context
    word = word_at(context, cursor)
    if (word[1] if word else 1) != len(items):
        return None
    name = take_name(context, cursor, bare=True)
    return name.node if name.symbol.kind == "function" and name.power is None else None


def at_point(grammar: Grammar, cursor: Cursor, node: Deriv) -> Node | None:
    """The slope of a function at the point in the brackets that follow it: ``df/dx (a)`` is ``f'(a)``."""
    fence = cursor.peek()
    names = _names_in(grammar, fence) if fence is not None else None
    if fence is None or names is None or len(names) != 1:
        return None
    if fence.sup is not None and is_transpose(fence.sup):  # a point is not transposed: a product
        return None
    of = node.of
    if isinstance(of, Sym) and of.primes == 0 and len(node.by) == 1 and _is_function(grammar, of):
        cursor.take()
        slope = App(replace(of, primes=1), names, span=(node.span[0], fence.end))
        return scripted(grammar, slope, fence)
    if names[0] in node.by:
        raise grammar.context.error(
            "ambiguous-bracket",
            "a product with what is in the brackets, or the derivative there?",
            fence.start,
            fence.end,
            "write \\cdot for a product, |_{x=...} for a point",
        )
    return None


def _is_function(grammar: Grammar, name: Sym) -> bool:
    symbols = grammar.context.table.symbols
    return any(
        s.kind == "function" and (s.base, s.accent, s.label) == (name.base, name.accent, name.label) for s in symbols
    )


def _names_in(grammar: Grammar, fence: Item) -> tuple[Sym, ...] | None:
    """The names in round brackets that hold nothing else, separated by commas; None where they hold more."""
    if fence.kind != "fence" or fence.text != "(" or not fence.body:
        return None
    found = []
    for part in split(fence.body, ",;"):
        if (
            not part
            or part[0].kind not in ("sym", "font", "accent", "text")
            or any(p.kind in ("op", "fence") for p in part)
        ):
            return None
        node = bare(grammar, part) or grammar.expression(part, fence)
        if not isinstance(node, Sym):
            return None
        found.append(node)
    return tuple(found)


def called(grammar: Grammar, items: list[Item]) -> Node | None:
    """A quantity written with what it is a function of, as in the derivative of ``E(x, y)``."""
    if len(items) < 2 or items[-1].kind != "fence" or items[0].kind not in ("sym", "font", "accent", "text"):
        return None
    fence = items[-1]
    cursor = Cursor(items)
    word = word_at(grammar.context, cursor)
    if (word[1] if word else 1) != len(items) - 1 or fence.sub is not None or fence.sup is not None or fence.primes:
        return None
    name = take_name(grammar.context, cursor, bare=True)
    plain = name.power is None and not name.transposed and not name.node.primes
    if not plain or name.symbol.kind in ("function", "loss", "size", "index"):
        return None
    arguments = _names_in(grammar, fence)
    if arguments is None:
        return None
    grammar.context.warn("called", "read as the quantity itself, which is a function of these", fence.start, fence.end)
    return App(name.node, arguments, span=(items[0].start, fence.end))
