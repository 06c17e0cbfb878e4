"""Names and functions: a function with its arguments in brackets, or open as in ``\\log x``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symbackprop.reading import ranges
from symbackprop.reading.context import Cursor, is_op, split
from symbackprop.reading.mathlist import Item
from symbackprop.reading.names import Name, at_name
from symbackprop.reading.scripted import power, scripted
from symbackprop.reading.symbols import NAMED_FUNCTIONS
from symbackprop.reading.tree import Add, App, Mul, Node, Sym, Transpose

if TYPE_CHECKING:
    from symbackprop.reading.grammar import Grammar


def named(grammar: Grammar, cursor: Cursor, name: Name) -> Node:
    """A name, or a function with its arguments."""
    symbol = name.symbol
    if symbol.kind == "function" or name.primes_open:
        return application(grammar, cursor, name)
    following = cursor.peek()
    node: Node = name.node
    if symbol.kind == "loss" and following is not None and following.kind == "fence" and following.text == "(":
        arguments = bracketed_arguments(grammar, following)
        if all(isinstance(argument, Sym) for argument in arguments):
            cursor.take()
            app = App(name.node, tuple(arguments), span=(name.node.span[0], following.end))
            return scripted(grammar, app, following)
    if name.transposed:
        node = Transpose(node, span=name.node.span)
    if name.power is not None:
        node = power(grammar, node, name.power, name.item)
    return node


def application(grammar: Grammar, cursor: Cursor, name: Name) -> Node:
    """A function and what it is applied to."""
    context = grammar.context
    following = cursor.peek()
    function = name.node
    start = function.span[0]
    closing = following
    if following is not None and following.kind == "fence" and following.text in ("(", "[", "\\{"):
        cursor.take()
        arguments = bracketed_arguments(grammar, following)
    elif name.symbol.base in NAMED_FUNCTIONS and not function.primes and following is not None:
        arguments = [open_argument(grammar, cursor, name)]
        closing = None
    elif name.bare:
        return function
    else:
        if following is not None and following.kind == "fence":
            raise context.error(
                "bad-delimiter",
                f"arguments stand in round brackets, not '{following.text}'",
                following.start,
                following.start + 1,
            )
        shown = context.text[name.item.start : name.item.stop]
        raise context.error(
            "function-without-argument",
            f"{shown} is a function and is applied to nothing",
            name.item.start,
            name.item.stop,
            f"write {shown}(...)",
        )
    end = closing.end if closing is not None else arguments[-1].span[1]
    node: Node = App(function, tuple(arguments), span=(start, end))
    if name.power is not None:
        if name.power and is_op(name.power[0], "-"):
            raise context.error(
                "ambiguous-inverse",
                "an inverse function or one over the value?",
                name.item.sup_at,
                name.item.stop,
                "write a fraction",
            )
        node = power(grammar, node, name.power, name.item)
    return scripted(grammar, node, closing) if closing is not None else node


def bracketed_arguments(grammar: Grammar, fence: Item) -> list[Node]:
    """The arguments in brackets, separated by commas or semicolons."""
    parts = split(fence.body, ",;")
    found = []
    for part in parts:
        if len(part) == 1 and is_op(part[0], "\\cdot") and len(parts) == 1:
            raise grammar.context.error("placeholder", "a dot for the argument is not read", part[0].start, part[0].end)
        found.append(grammar.expression(part, fence))
    return found


def open_argument(grammar: Grammar, cursor: Cursor, name: Name) -> Node:
    r"""The argument of ``\log xy`` and the like: the names that follow, or one group, fraction or sum."""
    context = grammar.context
    item = cursor.peek()
    shown = context.written(name.item)
    if item is None or item.kind == "op" and not grammar.starts_factor(cursor):
        raise context.error(
            "function-without-argument",
            f"{shown} is applied to nothing",
            name.item.start,
            name.item.stop,
            f"write {shown}(...)",
        )
    if item.kind == "group" and item.sub is None and item.sup is None:
        cursor.take()
        return argument_in_braces(grammar, item, name)
    if item.kind == "big":
        return ranges.big(grammar, cursor)
    if not at_name(context, cursor):
        return grammar.factor(cursor)
    factors: list[Node] = []
    while at_name(context, cursor) or (factors == [] and grammar.starts_factor(cursor)):
        before = cursor.at
        factor = grammar.factor(cursor)
        if isinstance(factor, App) and factors:
            cursor.at = before
            break
        factors.append(factor)
        if isinstance(factor, App):
            break
    if len(factors) == 1:
        return factors[0]
    span = (factors[0].span[0], factors[-1].span[1])
    context.warn("open-argument", f"{shown} is read as applied to all the names that follow it", *span)
    return Mul(tuple(factors), ("",) * (len(factors) - 1), span=span)


def argument_in_braces(grammar: Grammar, item: Item, name: Name) -> Node:
    """The argument of ``\\exp{...}``; braces are not seen, so a sum needs brackets."""
    node = grammar.expression(item.body, item)
    if isinstance(node, Add):
        raise grammar.context.error(
            "invisible-braces",
            "these braces are not seen when the formula is set",
            item.start,
            item.end,
            f"write {grammar.context.written(name.item)}(...)",
        )
    return node
