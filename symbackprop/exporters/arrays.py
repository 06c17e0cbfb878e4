"""Formulas over whole arrays, as a graph in which equal parts are one node.

An index formula names every entry; a program computes whole arrays. A :class:`Node` is an operation on arrays whose
axes are told by position alone, so two formulas that differ in index letters only are the same node. Forms that would
overflow (``exp(z)/sum(exp(z))`` at z = 1000) are never made: see :mod:`symbackprop.exporters.stable`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from symbackprop.exporters import stable

Powers = tuple[int, ...]


class Node:
    """An operation, its operands and what else it needs to know; made by :class:`Arrays` only.

    ``rank`` is the number of axes; ``plain`` says that the value is a Python number (a constant, a size, a
    hyperparameter) rather than an array.

    ========== ======================================== ===============================================
    op         operands                                 data
    ========== ======================================== ===============================================
    number                                              its value, a fraction
    name                                                its name in the program
    add        the terms
    product    the factors                              the coefficient, and the power of each factor
    sum        one                                      the axes that are summed over
    transpose  one                                      the axes in their new order
    expand     one                                      for every axis from the first: is it an old one?
    entry      one                                      an index for every axis, None for all of it
    matmul     two
    outer      two vectors
    einsum     any                                      the subscripts
    eye                                                 a size, or a size and a row
    zeros      sizes
    like       one array (zeros of its shape)
    softmax    one, as log_softmax and logsumexp        the axis
    call       the arguments                            the name of an argument of the program, a callable
    ========== ======================================== ===============================================

    Any other op is a function of the dialects, applied entry by entry.
    """

    __slots__ = ("args", "data", "op", "plain", "rank")

    def __init__(self, op: str, args: tuple[Node, ...], data: Any, rank: int, plain: bool) -> None:
        self.op = op
        self.args = args
        self.data = data
        self.rank = rank
        self.plain = plain

    def __repr__(self) -> str:
        inside = ", ".join(map(repr, self.args))
        return str(self.data) if self.op in ("name", "number") else f"{self.op}({inside}; {self.data})"


class Arrays:
    """Makes nodes, equal ones once; knows what the names of the program stand for.

    Without ``rewritten``, formulas stay as they are told, for exact arithmetic.
    """

    def __init__(self, rewritten: bool = True) -> None:
        self._rewritten = rewritten
        self._made: dict[tuple[object, ...], Node] = {}
        self._values: dict[Node, Node] = {}
        self._named: dict[Node, Node] = {}

    def make(self, op: str, args: Sequence[Node] = (), data: Any = None, rank: int | None = None) -> Node:
        """A node; if a name has been given to an equal one, that name."""
        key = (op, *map(id, args), data, rank if not args else None)
        node = self._made.get(key)
        if node is None:
            widest = max((a.rank for a in args), default=0) if rank is None else rank
            plain = op == "number" or (bool(args) and all(a.plain for a in args))
            node = self._made[key] = Node(op, tuple(args), data, widest, plain)
        return self._named.get(node, node)

    def number(self, value: Fraction | int) -> Node:
        """A constant."""
        return self.make("number", (), Fraction(value))

    def name(self, name: str, rank: int, plain: bool = False) -> Node:
        """A name of the program, that of an argument or of a size (``plain``)."""
        node = self.make("name", (), name, rank)
        node.plain = plain
        return node

    def define(self, name: str, value: Node, rank: int) -> Node:
        """A name for a value; from now on the value is called by it."""
        node = self.name(name, rank)
        self._values[node] = value
        if value.op not in ("name", "number"):
            self._named[value] = node
        return node

    def value(self, node: Node) -> Node:
        """What a name stands for; any other node itself."""
        while node in self._values:
            node = self._values[node]
        return node

    def product(self, coefficient: Fraction, factors: Iterable[tuple[Node, int]]) -> Node:
        """The coefficient times powers of nodes of matching axes."""
        powers: dict[Node, int] = {}
        todo = list(factors)[::-1]
        while todo:
            node, power = todo.pop()
            if node.op == "number" and (node.data or power > 0):
                coefficient *= node.data**power
            elif node.op == "product" and (node.data[0] == 1 or power in (1, -1)):
                coefficient *= node.data[0] ** power
                todo.extend((a, p * power) for a, p in zip(node.args[::-1], node.data[1][::-1], strict=True))
            else:
                powers[node] = powers.get(node, 0) + power
        powers = {node: power for node, power in powers.items() if power}
        if self._rewritten:
            powers = stable.in_product(self, powers)
        if coefficient == 0 or not powers:
            return self.number(coefficient)
        if len(powers) == 1 and coefficient in (1, -1):
            ((only, power),) = powers.items()
            if power == 1 and coefficient == 1:
                return only
            if power == 1 and only.op == "add":  # -(a - b) is b - a
                return self.add(self.negative(term) for term in only.args)
        return self.make("product", tuple(powers), (coefficient, tuple(powers.values())))

    def add(self, terms: Iterable[Node]) -> Node:
        """The sum of nodes of matching axes."""
        constant = Fraction(0)
        kept: list[Node] = []
        todo = list(terms)[::-1]
        while todo:
            term = todo.pop()
            if term.op == "number":
                constant += term.data
            elif term.op == "add":
                todo.extend(term.args[::-1])
            else:
                kept.append(term)
        if self._rewritten:
            kept, constant = stable.in_sum(self, kept, constant)
        if constant:
            kept.insert(0 if constant > 0 else len(kept), self.number(constant))
        if not kept:
            return self.number(0)
        if len(kept) == 1:
            return kept[0]
        shared = self._shared(kept)
        if shared:
            divisors = [(node, -power) for node, power in shared.items()]
            inner = self.make("add", [self.product(Fraction(1), [(term, 1), *divisors]) for term in kept])
            return self.product(Fraction(1), [(inner, 1), *shared.items()])
        return self.make("add", kept)

    def _shared(self, terms: Sequence[Node]) -> dict[Node, int]:
        """The plain numbers that all terms are multiplied by (a size, a hyperparameter), with their powers."""
        if any(term.op != "product" for term in terms):
            return {}
        first, *rest = (dict(zip(t.args, t.data[1], strict=True)) for t in terms)
        return {n: p for n, p in first.items() if n.plain and all(other.get(n) == p for other in rest)}

    def negative(self, node: Node) -> Node:
        """The node with the other sign."""
        return self.product(Fraction(-1), [(node, 1)])

    def function(self, op: str, args: Sequence[Node]) -> Node:
        """A function of the dialects, entry by entry."""
        return (stable.function(self, op, args) if self._rewritten else None) or self.make(op, args)

    def summed(self, node: Node, axes: tuple[int, ...]) -> Node:
        """The sum over some axes, numbers taken in front."""
        if not axes:
            return node
        if node.op != "product":
            return self.make("sum", (node,), axes, node.rank - len(axes))
        coefficient, powers = node.data
        factors = list(zip(node.args, powers, strict=True))
        inner = self.product(Fraction(1), [(n, p) for n, p in factors if not n.plain])
        total = self.make("sum", (inner,), axes, node.rank - len(axes))
        return self.product(coefficient, [(total, 1), *((n, p) for n, p in factors if n.plain)])

    def transposed(self, node: Node, order: tuple[int, ...]) -> Node:
        """The axes in another order."""
        return node if order == tuple(range(node.rank)) else self.make("transpose", (node,), order)

    def expanded(self, node: Node, old: tuple[bool, ...]) -> Node:
        """The node with new axes of length one where ``old`` is false; in front none is needed."""
        while old and not old[0]:
            old = old[1:]
        if all(old):
            return node
        if node.op != "product":
            return self.make("expand", (node,), old, len(old))
        starts = [k for k, kept in enumerate(old) if kept]
        factors = [
            (self.expanded(a, old[starts[-a.rank] :]) if a.rank else a, p)
            for a, p in zip(node.args, node.data[1], strict=True)
        ]
        return self.product(node.data[0], factors)
