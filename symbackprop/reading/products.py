"""Products as they are read from left to right: which factors belong together, and what a slash divides by."""

from __future__ import annotations

from symbackprop.reading.context import Context
from symbackprop.reading.mathlist import Item
from symbackprop.reading.tree import Div, Had, Mul, Node, Num, Outer

QUOTIENTS = {"/": False, "\\div": False, "./": True, "\\oslash": True}


def in_brackets(node: Node) -> bool:
    """Whether a product was written in brackets: its span is then wider than its factors."""
    if isinstance(node, Mul | Had):
        return node.span != (node.factors[0].span[0], node.factors[-1].span[1])
    return False


def side_by_side(node: Node) -> bool:
    """Whether a node is a product of factors written side by side, outside of brackets."""
    return isinstance(node, Mul) and "" in node.operators and not in_brackets(node)


class Product:
    """A product under construction; factors with the same kind of sign between them are one node."""

    def __init__(self, context: Context, first: Node) -> None:
        self.context = context
        self.kind = "product"
        self.factors: list[Node] = []
        self.operators: list[str] = []
        self._restart(first)

    def _restart(self, first: Node) -> None:
        if isinstance(first, Mul) and not in_brackets(first):
            self.factors, self.operators = list(first.factors), list(first.operators)
        else:
            self.factors, self.operators = [first], []

    def node(self) -> Node:
        """What has been read so far."""
        if len(self.factors) == 1:
            return self.factors[0]
        span = (self.factors[0].span[0], self.factors[-1].span[1])
        if self.kind == "hadamard":
            return Had(tuple(self.factors), span=span)
        return Mul(tuple(self.factors), tuple(self.operators), span=span)

    def join(self, right: Node, sign: Item, text: str, meaning: str) -> None:
        """Take in the next factor."""
        context = self.context
        if meaning == "hadamard":
            if side_by_side(right):
                context.warn(
                    "tight-product", "the product side by side is read before the elementwise one", *right.span
                )
            if self.kind != "hadamard":
                self.factors, self.operators = [self.node()], []
            self.kind = "hadamard"
            self.factors.append(right)
            return
        if meaning == "product":
            if self.kind == "hadamard":
                context.warn("mixed-products", "read from left to right", sign.start, sign.end)
                self.factors, self.operators = [self.node()], []
                self.kind = "product"
            more = Product(context, right)
            self.factors.extend(more.factors)
            self.operators.extend((text, *more.operators))
            return
        left = self.node()
        span = (left.span[0], right.span[1])
        self.kind = "product"
        if meaning == "outer":
            self.factors, self.operators = [Outer(left, right, span=span)], []
            return
        if side_by_side(right) and isinstance(right, Mul):
            if isinstance(left, Num) and isinstance(right.factors[0], Num):
                raise context.error(
                    "ambiguous-slash",
                    "it is not clear what the slash divides by",
                    sign.start,
                    sign.end,
                    "use \\frac, or brackets",
                )
            context.warn("slash", "everything side by side after the slash is read as its divisor", *right.span)
        self.factors, self.operators = [Div(left, right, QUOTIENTS[text], span=span)], []
