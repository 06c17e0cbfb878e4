"""The expression grammar: sums, products, quotients, brackets and applications, driven by the symbol table."""

from __future__ import annotations

from dataclasses import replace

from symbackprop.reading import applications, calculus, ranges, scripted, structures
from symbackprop.reading import commands as tex
from symbackprop.reading.context import (
    RELATIONS,
    Context,
    Cursor,
    has_relation,
    is_op,
    split,
)
from symbackprop.reading.mathlist import Item
from symbackprop.reading.names import resolve, starts_name, take_name
from symbackprop.reading.products import QUOTIENTS, Product
from symbackprop.reading.scripts import index
from symbackprop.reading.symbols import spelling
from symbackprop.reading.tree import (
    Add,
    App,
    At,
    Chain,
    Dots,
    Mul,
    Neg,
    Node,
    Num,
    Root,
    Span,
    Sym,
    Tuple,
    Update,
)

MAX_EXPONENT_DIGITS = 4


class Grammar:
    """One reading of one text; every method takes a cursor or a list and gives a node."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def statement(self, items: list[Item]) -> Node:
        """An expression, or several joined by relations."""
        if items and items[0].kind == "op" and items[0].text in RELATIONS:
            raise self.context.error(
                "missing-left-side",
                f"nothing stands before '{items[0].text}'",
                items[0].start,
                items[0].end,
                "write what this is about before it",
            )
        cursor = Cursor(items)
        first = self.sum(cursor)
        links: list[tuple[str, Node]] = []
        while not cursor.done():
            item = cursor.take()
            relation = self.relation(cursor, item)
            if relation is None:
                raise self.unexpected(item)
            if cursor.done():
                raise self.context.error("missing-operand", f"nothing follows '{item.text}'", item.start, item.end)
            links.append((relation, self.sum(cursor)))
        if not links:
            return first
        span = (first.span[0], links[-1][1].span[1])
        if len(links) == 1 and links[0][0] == "<-":
            return Update(first, links[0][1], span=span)
        return Chain(first, tuple(links), span=span)

    def relation(self, cursor: Cursor, item: Item) -> str | None:
        """The relation that begins with ``item``."""
        if item.kind != "op" or item.sub is not None or item.sup is not None:
            return None
        following = cursor.peek()
        if item.text == ":" and is_op(following, "="):
            cursor.take()
            return ":="
        if item.text in "<>" and is_op(following, "=") or item.text == "=" and is_op(following, "="):
            cursor.take()
            return item.text if item.text == "=" else item.text + "="
        if item.text == "<" and is_op(following, "-") and following is not None and following.start == item.end:
            raise self.context.error(
                "ambiguous-arrow",
                "'<-' may be an arrow or a comparison",
                item.start,
                following.end,
                "write \\leftarrow, or a blank after <",
            )
        return RELATIONS.get(item.text)

    def expression(self, items: list[Item], owner: Item) -> Node:
        """The whole list as one expression without relations."""
        cursor = Cursor(items)
        if cursor.done():
            raise self.context.error("missing-operand", "nothing stands here", owner.start, owner.end)
        node = self.sum(cursor)
        if not cursor.done():
            raise self.unexpected(cursor.take())
        return node

    def condition(self, items: list[Item], owner: Item) -> Node:
        """The whole list as a relation, between indices where a bare letter in it is not declared as a quantity."""
        if not items:
            raise self.context.error("missing-operand", "a condition is missing here", owner.start, owner.end)
        sides = split(items, tuple(RELATIONS))
        if self.is_index(items[0]) or any(len(side) == 1 and self.is_index(side[0]) for side in sides):
            node: Node = self.indices_related(items)
        else:
            node = self.statement(items)
        if not isinstance(node, Chain):
            raise self.context.error("bad-condition", "this is not a condition", node.span[0], node.span[1])
        return node

    def is_index(self, item: Item) -> bool:
        """Whether an item is a bare letter that means no quantity."""
        symbol = self.context.table.find(spelling(item))
        return item.kind == "sym" and (symbol is None or symbol.kind == "index")

    def indices_related(self, items: list[Item]) -> Node:
        """A relation between indices, such as ``i = j``."""
        sides: list[list[Item]] = [[]]
        names: list[str] = []
        for item in items:
            if item.kind == "op" and item.text in RELATIONS:
                names.append(RELATIONS[item.text])
                sides.append([])
            else:
                sides[-1].append(item)
        span = (items[0].start, items[-1].stop)
        if not names or not all(sides):
            raise self.context.error("bad-condition", "this is not a condition", *span)
        nodes = [index(self.context, side) for side in sides]
        return Chain(nodes[0], tuple(zip(names, nodes[1:], strict=True)), span=span)

    def unexpected(self, item: Item) -> Exception:
        """The error for something that cannot continue an expression."""
        context = self.context
        if self.is_dots(item):
            return self.unread_dots(item.start, item.end)
        if item.kind == "unknown":
            return context.unknown(item, item.text)
        if item.kind == "text":
            return context.unknown(item, spelling(item))
        return context.error("unexpected", f"'{context.written(item)}' cannot stand here", item.start, item.end)

    def unread_dots(self, start: int, end: int) -> Exception:
        """The error for an ellipsis that has no terms or factors on both sides."""
        return self.context.error(
            "ellipsis",
            "dots are read between terms or factors only: what they stand for here cannot be known",
            start,
            end,
            "write a sum or a product with limits",
        )

    def sum(self, cursor: Cursor) -> Node:
        """Terms joined by + and -."""
        start = cursor.peek()
        if start is None:
            last = cursor.items[cursor.at - 1] if cursor.at else None
            at = (last.start, last.end) if last else (0, 1)
            raise self.context.error("missing-operand", "something is missing here", *at)
        terms: list[Node] = []
        while True:
            item = cursor.peek()
            sign = item if is_op(item, "+", "-") else None
            if sign is None and terms:
                break
            if sign is not None:
                cursor.take()
                self.plain_operator(sign)
                if cursor.done():
                    raise self.context.error("missing-operand", f"nothing follows '{sign.text}'", sign.start, sign.end)
            if is_op(cursor.peek(), "+", "-", "\\pm", "\\mp"):
                following = cursor.take()
                raise self.context.error(
                    "missing-operand", f"nothing stands before '{following.text}'", following.start, following.end
                )
            left_out = self.dots(cursor, "+", "-") if terms else None
            term = self.product(cursor) if left_out is None else left_out
            if sign is not None and sign.text == "-":
                term = Neg(term, span=(sign.start, term.span[1]))
            terms.append(term)
        if len(terms) == 1:
            return terms[0]
        return Add(tuple(terms), span=(terms[0].span[0], terms[-1].span[1]))

    def plain_operator(self, item: Item) -> None:
        """Refuse scripts on an operator sign."""
        if item.sub is not None or item.sup is not None or item.primes:
            raise self.context.error("missing-operand", "this script has nothing to stand on", item.end, item.stop)

    def product(self, cursor: Cursor) -> Node:
        """Factors joined by product signs and slashes; what stands side by side binds tighter than these."""
        chain = Product(self.context, self.run(cursor))
        while True:
            operator = self.product_sign(cursor)
            if operator is None:
                return chain.node()
            sign, text, meaning = operator
            following = cursor.peek()
            if following is None:
                raise self.context.error("missing-operand", f"nothing follows '{text}'", sign.start, sign.end)
            if self.is_dots(following) and meaning not in ("product", "hadamard"):
                raise self.unexpected(following)
            negative = is_op(following, "-")
            if negative:
                minus = cursor.take()
                if cursor.done():
                    raise self.context.error("missing-operand", "nothing follows '-'", minus.start, minus.end)
            right = self.run(cursor)
            if negative:
                right = Neg(right, span=(minus.start, right.span[1]))
            chain.join(right, sign, text, meaning)

    def product_sign(self, cursor: Cursor) -> tuple[Item, str, str] | None:
        """The product sign or slash at hand, taken, with its text and meaning."""
        item = cursor.peek()
        if item is None or item.kind != "op":
            return None
        text = item.text
        following = cursor.peek(1)
        width = 1
        if text == "." and is_op(following, "*", "/"):
            text, width = "." + following.text if following else text, 2
        elif text == "*" and is_op(following, "*"):
            return None
        meaning = "quotient" if text in QUOTIENTS else self.context.table.operators.get(text)
        if meaning is None:
            return None
        self.plain_operator(item)
        for _ in range(width):
            cursor.take()
        return item, text, meaning

    def run(self, cursor: Cursor) -> Node:
        """Factors side by side."""
        first = cursor.peek()
        before = cursor.items[cursor.at - 1] if cursor.at else None
        left_out = self.dots_between_factors(cursor) if before is not None and self.is_product_sign(before) else None
        if left_out is None and (first is None or not self.starts_factor(cursor)):
            item = first or before
            if item is None:
                raise self.context.error("missing-operand", "something is missing here", 0, 1)
            if first is not None and (first.kind in ("unknown", "text") or self.is_dots(first)):
                raise self.unexpected(first)
            raise self.context.error(
                "missing-operand", f"something is missing at '{self.context.written(item)}'", item.start, item.end
            )
        factors = [left_out or self.factor(cursor)]
        while True:
            following = cursor.peek()
            left_out = None if isinstance(factors[-1], Dots) else self.dots_between_factors(cursor)
            if left_out is None and not self.starts_factor(cursor):
                break
            factor = left_out or self.factor(cursor)
            if following is not None and following.kind == "num" and isinstance(factors[-1], Num):
                raise self.context.error("adjacent-numbers", "two numbers side by side", following.start, following.end)
            if isinstance(factor, Tuple) and all(isinstance(item, Sym) for item in factor.items):
                last = factors[-1]
                if isinstance(last, Sym) and not last.primes and self.depends(last):
                    factor = App(last, factor.items, span=(last.span[0], factor.span[1]))
                    factors.pop()
            factors.append(factor)
        self.check_dots(cursor)
        if len(factors) == 1:
            return factors[0]
        for factor, sign in ((factors[0], before), (factors[-1], cursor.peek())):
            joined = sign is not None and self.context.table.operators.get(sign.text) == "product"
            if isinstance(factor, Dots) and not joined:
                raise self.unread_dots(*factor.span)
        for factor in factors:
            if isinstance(factor, Tuple):
                raise self.context.error(
                    "bad-tuple", "values in brackets after something that is no function", *factor.span
                )
        return Mul(tuple(factors), ("",) * (len(factors) - 1), span=(factors[0].span[0], factors[-1].span[1]))

    def depends(self, name: Sym) -> bool:
        """Whether a name may be written with what it is a function of: the cost, or what may be anything."""
        symbols = self.context.table.symbols
        return any(
            s.kind in ("loss", "tensor")
            for s in symbols
            if (s.base, s.accent, s.label) == (name.base, name.accent, name.label)
        )

    def is_dots(self, item: Item) -> bool:
        """Whether the item is an ellipsis."""
        return item.kind == "op" and item.text in tex.DOTS and item.sub is None and item.sup is None

    def is_product_sign(self, item: Item) -> bool:
        """Whether the item is a sign of a product, and not of a quotient or an outer product."""
        return item.kind == "op" and self.context.table.operators.get(item.text) in ("product", "hadamard")

    def dots(self, cursor: Cursor, *signs: str) -> Dots | None:
        """The ellipsis at hand, taken, if one of these signs follows it."""
        item = cursor.peek()
        if item is None or not self.is_dots(item) or not is_op(cursor.peek(1), *signs):
            return None
        cursor.take()
        return Dots(span=(item.start, item.end))

    def dots_between_factors(self, cursor: Cursor) -> Dots | None:
        """The ellipsis at hand, taken, if a factor or a product sign follows it."""
        item = cursor.peek()
        if item is None or not self.is_dots(item):
            return None
        cursor.take()
        following = cursor.peek()
        if following is not None and (self.is_product_sign(following) or self.starts_factor(cursor)):
            return Dots(span=(item.start, item.end))
        cursor.at -= 1
        return None

    def check_dots(self, cursor: Cursor) -> None:
        """Refuse an ellipsis in a product."""
        item = cursor.peek()
        if item is not None and self.is_dots(item):
            raise self.unexpected(item)

    def starts_factor(self, cursor: Cursor) -> bool:
        """Whether a factor begins at the cursor."""
        item = cursor.peek()
        if item is None:
            return False
        if item.kind == "op":
            return item.text in ("|", "\\|") and item.sub is None and item.sup is None and self.bar_opens(cursor)
        if item.kind == "text":
            return starts_name(self.context, cursor)
        return item.kind not in ("space", "amp", "newline")

    def bar_opens(self, cursor: Cursor) -> bool:
        """Whether the bar at hand has a partner further on."""
        item = cursor.peek()
        return any(is_op(other, item.text if item else "") for other in cursor.items[cursor.at + 1 : cursor.stop])

    def factor(self, cursor: Cursor) -> Node:
        """One factor with its scripts."""
        item = cursor.items[cursor.at]
        context = self.context
        context.enter(item)
        node = self.primary(cursor, item)
        following = cursor.peek()
        while is_op(following, "|") and following is not None and following.sub is not None:
            if not has_relation(following.sub):
                break
            cursor.take()
            node = At(node, self.condition(following.sub, following), span=(node.span[0], following.stop))
            following = cursor.peek()
        context.depth -= 1
        return node

    def primary(self, cursor: Cursor, item: Item) -> Node:
        """A factor by the kind of the item it begins with."""
        context = self.context
        kind = item.kind
        if kind == "num":
            if item.sub is not None and has_relation(item.sub) or structures.is_indicator(self, cursor):
                return structures.indicator(self, cursor)
            cursor.take()
            return scripted.scripted(self, Num(item.text, span=(item.start, item.end)), item)
        marker = calculus.differential(context, cursor)
        if marker is not None:
            node = calculus.slashed(self, cursor, marker)
            if node is not None:
                return node
        if kind == "sym" and item.text == "\\nabla":
            return calculus.gradient(self, cursor)
        if kind == "fraction":
            cursor.take()
            return calculus.fraction(self, cursor, item)
        if kind == "root":
            cursor.take()
            degree = self.expression(item.more, item) if item.more is not None else None
            body = self.expression(item.body, item)
            return scripted.scripted(self, Root(body, degree, span=(item.start, item.end)), item)
        lifted = scripted.lifted(self, item) if kind in ("fence", "group") else None
        if lifted is not None:
            cursor.take()
            return applications.named(self, cursor, resolve(context, lifted, spelling(lifted)))
        if kind == "fence":
            cursor.take()
            return structures.bracket(self, item)
        if kind == "group":
            return scripted.group(self, cursor, item)
        if kind == "table":
            cursor.take()
            return scripted.scripted(self, structures.table(self, item), item)
        if kind == "big":
            return ranges.big(self, cursor)
        if kind == "op":
            return structures.bars(self, cursor)
        if kind == "empty":
            raise context.error("missing-operand", "this script has nothing to stand on", item.start, item.stop)
        if structures.is_indicator(self, cursor):
            return structures.indicator(self, cursor)
        if structures.is_step(self, cursor):
            return structures.step(self, cursor)
        if structures.is_kronecker(self, cursor):
            return structures.kronecker(self, cursor)
        if self.is_euler(item):
            cursor.take()
            exponent = self.expression(item.sup or [], item)
            span = (item.start, item.stop)
            return App(Sym("exp", span=(item.start, item.end)), (exponent,), span=span)
        name = take_name(context, cursor)
        return applications.named(self, cursor, name)

    def is_euler(self, item: Item) -> bool:
        """Whether the item is e with an exponent, and no declared e."""
        plain = item.kind == "sym" and item.text == "e"
        if item.kind == "font" and item.text == "roman":
            plain = len(item.body) == 1 and item.body[0].text == "e"
        return plain and item.sup is not None and item.sub is None and self.context.table.find("e") is None

    def tuple_or_expression(self, fence: Item) -> Node:
        """What stands in brackets that are no call."""
        span: Span = (fence.start, fence.end)
        parts = split(fence.body, ",;" if fence.text == "(" else ",")
        if len(parts) > 1:
            return Tuple(tuple(self.expression(part, fence) for part in parts), span=span)
        node = self.expression(fence.body, fence)
        return self.bracketed(node, span)

    def bracketed(self, node: Node, span: Span) -> Node:
        """The node with the span of its brackets."""
        return replace(node, span=span)
