"""Derivatives and gradients in the ways they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symbackprop.reading import calling
from symbackprop.reading.context import RELATIONS, Context, Cursor, is_op, split
from symbackprop.reading.mathlist import Item
from symbackprop.reading.names import take_name, word_at
from symbackprop.reading.scripted import scripted
from symbackprop.reading.tree import Add, Deriv, Div, Grad, Mul, Neg, Node, Num, Pow

if TYPE_CHECKING:
    from symbackprop.reading.grammar import Grammar

MAX_ORDER = 4


def differential(context: Context, cursor: Cursor) -> str | None:
    r"""The kind of derivative whose sign (``\partial``, ``d``, or one the table declares) is at the cursor."""
    item = cursor.peek()
    if item is None:
        return None
    if item.kind == "sym":
        text = item.text
    elif item.kind == "font" and item.text == "roman" and len(item.body) == 1:
        text = item.body[0].text
    elif item.kind == "text":
        text = item.text.strip()
    else:
        return None
    if text == "\\partial":
        return "partial"
    if text == "\\delta" and _is_no_name(context, item):
        return "partial"
    if text in context.table.differentials:
        return "partial"
    if text == "d" and word_at(context, cursor) is None and item.sub is None:
        return "total"
    return None


def _is_no_name(context: Context, delta: Item) -> bool:
    r"""Whether a ``\delta`` is the sign of a derivative: it is no declared name, or one that carries a layer."""
    symbol = context.table.find("\\delta")
    if delta.sub is not None or delta.primes or "\\delta" in context.table.prefixes:
        return False
    if delta.sup is not None and not (len(delta.sup) == 1 and delta.sup[0].kind == "num"):
        return False
    return symbol is None or bool(symbol.layer) and delta.sup is None


def fraction(grammar: Grammar, cursor: Cursor, item: Item) -> Node:
    """A fraction: a derivative where both sides begin with a differential, a quotient otherwise."""
    context = grammar.context
    above, below = Cursor(item.body), Cursor(item.more or [])
    kind = differential(context, above)
    under = differential(context, below)
    certain = kind is not None and above.items[0].text == "\\partial"
    if kind is not None and under is not None:
        return _derivative(grammar, cursor, item, above, below, kind)
    if certain or under is not None and below.items[0].text == "\\partial":
        wrong = below if certain else above
        at = wrong.items[0] if wrong.items else item
        shown = context.text[at.start : wrong.items[-1].stop] if wrong.items else ""
        raise context.error(
            "bad-derivative",
            "only one side of this fraction is a differential",
            at.start,
            at.end,
            f"write \\partial {shown}",
        )
    numerator = grammar.expression(item.body, item)
    denominator = grammar.expression(item.more or [], item)
    return scripted(grammar, Div(numerator, denominator, span=(item.start, item.end)), item)


def _derivative(grammar: Grammar, outer: Cursor, item: Item, above: Cursor, below: Cursor, kind: str) -> Node:
    context = grammar.context
    order = _order(grammar, above.take())
    variables: list[Node] = []
    while not below.done():
        marker = below.peek()
        if marker is None or differential(context, below) is None:
            wrong = below.take()
            raise context.error(
                "bad-derivative",
                "a differential is expected here",
                wrong.start,
                wrong.end,
                f"write \\partial {context.written(wrong)}",
            )
        below.take()
        piece: list[Item] = []
        while not below.done() and not (piece and differential(context, below) is not None):
            piece.append(below.take())
        if not piece:
            raise context.error("missing-operand", "the variable is missing here", marker.start, marker.end)
        variable = variable_of(grammar, piece, marker)
        if isinstance(variable, Pow) and isinstance(variable.exponent, Num) and order > 1:
            times = int(variable.exponent.text) if variable.exponent.text.isdigit() else 0
            if times > MAX_ORDER:
                raise context.error("bad-derivative", f"derivatives are read up to order {MAX_ORDER}", *variable.span)
            variables.extend([variable.base] * times)
        else:
            variables.append(variable)
    if len(variables) != order:
        raise context.error(
            "bad-derivative", f"a derivative of order {order} by {len(variables)} variables", item.start, item.end
        )
    if all(part.kind == "group" and not part.body and part.sub is None for part in above.items[above.at :]):
        of = operand(grammar, outer, item)
        return Deriv(kind, of, tuple(variables), span=(item.start, of.span[1]))
    rest = above.items[above.at :]
    of = quantity(grammar, rest, item)
    node = Deriv(kind, of, tuple(variables), span=(item.start, item.end))
    at = calling.at_point(grammar, outer, node) if item.sub is None and item.sup is None else None
    return scripted(grammar, node, item) if at is None else at


def quantity(grammar: Grammar, items: list[Item], owner: Item) -> Node:
    """What is differentiated: a bare function or an expression that is not an open sum."""
    bare = calling.bare(grammar, items) or calling.called(grammar, items)
    if bare is not None:
        return bare
    node = grammar.expression(items, owner)
    if isinstance(node, Add | Neg) and not (len(items) == 1 and items[0].kind in ("fence", "group")):
        raise grammar.context.error(
            "bad-derivative", "it is not clear how far the derivative reaches", *node.span, hint="write brackets"
        )
    return node


def variable_of(grammar: Grammar, items: list[Item], owner: Item) -> Node:
    """A variable of differentiation."""
    return quantity(grammar, items, owner)


def _order(grammar: Grammar, marker: Item) -> int:
    if marker.sup is None:
        return 1
    if len(marker.sup) == 1 and marker.sup[0].kind == "num" and marker.sup[0].text.isdigit():
        order = int(marker.sup[0].text)
        if 1 <= order <= MAX_ORDER:
            return order
    raise grammar.context.error(
        "bad-derivative", f"the order is a number from 1 to {MAX_ORDER}", marker.sup_at, marker.stop
    )


def operand(grammar: Grammar, cursor: Cursor, item: Item) -> Node:
    """What an operator before it differentiates: the bracket that follows, or else the rest of the product."""
    context = grammar.context
    if is_op(cursor.peek(), "\\cdot", "*", "\\times"):
        cursor.take()
    following = cursor.peek()
    if following is None or not grammar.starts_factor(cursor):
        raise context.error("missing-operand", "nothing is differentiated here", item.start, item.end)
    if following.kind == "fence":
        start = cursor.at
        node = grammar.factor(cursor)
        if not grammar.starts_factor(cursor) or _at_derivative(context, cursor):
            if not cursor.done() and not is_op(cursor.peek(), "+", "-", *RELATIONS):
                context.warn("operator-scope", "the derivative is read as ending with the bracket", *node.span)
            return node
        cursor.at = start
    node = grammar.product(cursor)
    if isinstance(node, Mul):
        context.warn("operator-scope", "the derivative is read as reaching over the whole product", *node.span)
    elif cursor.peek() is not None and is_op(cursor.peek(), "+", "-"):
        context.warn("operator-scope", "the derivative is read as ending before the next + or -", *node.span)
    return node


def _at_derivative(context: Context, cursor: Cursor) -> bool:
    """Whether another derivative is at the cursor."""
    item = cursor.peek()
    return item is not None and item.kind == "fraction" and differential(context, Cursor(item.body)) is not None


def slashed(grammar: Grammar, cursor: Cursor, kind: str) -> Node | None:
    r"""``\partial C/\partial w``, ``dC/dw``, ``\partial_w C``, perhaps ``dw``; None where a ``d`` is only a name."""
    context = grammar.context
    start = cursor.at
    marker = cursor.take()
    certain = marker.kind == "sym" and marker.text == "\\partial"
    if certain and marker.sub is not None:
        variable = variable_of(grammar, marker.sub, marker)
        if not grammar.starts_factor(cursor):
            raise context.error("missing-operand", "nothing is differentiated here", marker.start, marker.stop)
        of = _piece(grammar, cursor)
        return Deriv("partial", of, (variable,), span=(marker.start, of.span[1]))
    slash = _slash_ahead(context, cursor)
    if slash < 0:
        if certain:
            raise context.error(
                "bad-derivative",
                "\\partial belongs to a derivative",
                marker.start,
                marker.end,
                "write \\frac{\\partial ...}{\\partial ...}",
            )
        if context.table.cost is not None and marker.sup is None and grammar.starts_factor(cursor):
            by = _piece(grammar, cursor)
            return Grad(context.table.cost, by, span=(marker.start, by.span[1]))
        cursor.at = start
        return None
    order = _order(grammar, marker)
    of = quantity(grammar, cursor.items[cursor.at : slash], marker)
    cursor.at = slash + 2
    if not grammar.starts_factor(cursor):
        last = cursor.items[cursor.at - 1]
        raise context.error("missing-operand", "the variable is missing here", last.start, last.end)
    variable = _piece(grammar, cursor)
    variables: tuple[Node, ...] = (variable,)
    if order > 1 and isinstance(variable, Pow) and isinstance(variable.exponent, Num):
        variables = (variable.base,) * order if variable.exponent.text == str(order) else ()
    if len(variables) != order:
        raise context.error(
            "bad-derivative",
            f"a derivative of order {order} by {len(variables)} variables",
            marker.start,
            variable.span[1],
        )
    return Deriv(kind, of, variables, span=(marker.start, variable.span[1]))


def _slash_ahead(context: Context, cursor: Cursor) -> int:
    """Where the slash of ``dC/dw`` is: after one name with perhaps its arguments, and before a differential."""
    items = cursor.items
    probe = Cursor(items)
    probe.at, probe.stop = cursor.at, cursor.stop
    first = probe.peek()
    if first is None or first.kind not in ("sym", "font", "accent", "text", "group", "fence"):
        return -1
    word = word_at(context, probe)
    probe.at += word[1] if word else 1
    following = probe.peek()
    if following is not None and following.kind == "fence" and first.kind != "fence":
        probe.at += 1
    if not is_op(probe.peek(), "/"):
        return -1
    slash = probe.at
    probe.at += 1
    return slash if differential(context, probe) is not None else -1


def _piece(grammar: Grammar, cursor: Cursor) -> Node:
    """One factor at the cursor, a function being allowed without arguments."""
    context = grammar.context
    item = cursor.items[cursor.at]
    if item.kind in ("sym", "font", "text"):
        start = cursor.at
        name = take_name(context, cursor, bare=True)
        following = cursor.peek()
        if name.symbol.kind == "function" and not (following is not None and following.kind == "fence"):
            return name.node
        many = following is not None and following.kind == "fence" and len(split(following.body)) > 1
        if many or name.symbol.kind == "scalar":
            called = calling.called(grammar, cursor.items[start : cursor.at + 1])
            if called is not None:
                cursor.take()
                return called
        cursor.at = start
    return grammar.factor(cursor)


def gradient(grammar: Grammar, cursor: Cursor) -> Node:
    r"""``\nabla C`` and ``\nabla_W C``."""
    context = grammar.context
    nabla = cursor.take()
    if nabla.sup is not None or nabla.primes:
        raise context.error("bad-derivative", "only first gradients are read", nabla.end, nabla.stop)
    by: Node | None = None
    if nabla.sub is not None:
        if len(split(nabla.sub)) > 1:
            raise context.error("bad-derivative", "a gradient by several variables at once", nabla.sub_at, nabla.stop)
        by = variable_of(grammar, nabla.sub, nabla)
    if cursor.done() or not grammar.starts_factor(cursor):
        raise context.error("missing-operand", "nothing is differentiated here", nabla.start, nabla.stop)
    of = _piece(grammar, cursor)
    return Grad(of, by, span=(nabla.start, of.span[1]))
