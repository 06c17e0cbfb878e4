"""Putting definitions into formulas: right sides at an entry, quantities written out.

Bound index letters are renamed where they would collide, so no index is ever captured.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from symbackprop.tables.functions import value_tree
from symbackprop.vocabulary.arithmetic import add, delta, mul, rebuild, summed, with_children
from symbackprop.vocabulary.expressions import (
    Call,
    Delta,
    Expression,
    Ref,
    Sum,
    Symbol,
    Walk,
    children,
    letters,
    mentions,
    nodes,
    run,
)
from symbackprop.vocabulary.quantities import Index, Quantity, fresh_letter
from symbackprop.vocabulary.terms import Combination, Definition, Map, Slope, Term, summed_indices


def with_parameters(tree: Expression, values: dict[str, Expression]) -> Expression:
    """A formula of the tables with values put in for its parameters."""
    parts = children(tree)
    if parts and all(isinstance(part, Symbol) for part in parts):
        return with_children(tree, tuple(values.get(p.name, p) for p in parts if isinstance(p, Symbol)))
    return rebuild(tree, lambda e: values.get(e.name) if isinstance(e, Symbol) else None)


def term_expression(definition: Definition, term: Term) -> Expression:
    """A term of a definition as a formula, its sum included."""
    product = mul(term.coefficient, *(f for f in term.factors if not isinstance(f, Slope)))
    return summed(summed_indices(definition, term), product)


def right_side(definition: Definition) -> Expression:
    """The right side of a definition as a formula in the quantities it refers to."""
    if isinstance(definition, Combination):
        return add(*(term_expression(definition, term) for term in definition.terms))
    function = definition.function
    tree = None if function.head else value_tree(function)
    if tree is None:
        return Call(function, definition.arguments)
    return with_parameters(tree, dict(zip(function.parameters, definition.arguments, strict=True)))


def renamed_apart(e: Expression, taken: set[str], mapping: dict[Index, Index | int] | None = None) -> Expression:
    """The expression with bound letters that are taken replaced by free ones, and free indices by a mapping."""
    used = taken | letters(e)

    def walk(node: Expression, change: dict[Index, Index | int], scope: frozenset[str]) -> Walk[Expression]:
        if isinstance(node, Ref):
            indices = tuple(change.get(i, i) if isinstance(i, Index) else i for i in node.indices)
            return node if indices == node.indices else Ref(node.quantity, indices)
        if isinstance(node, Delta):
            left, right = (change.get(i, i) if isinstance(i, Index) else i for i in (node.left, node.right))
            return delta(left, right)
        if isinstance(node, Sum):
            bound = []
            change = {k: v for k, v in change.items() if k not in node.indices}
            for index in node.indices:
                new = index
                if index.letter in scope:
                    new = Index(fresh_letter(used), index.dimension)
                    used.add(new.letter)
                    change = {**change, index: new}
                scope = scope | {new.letter}
                bound.append(new)
            body = yield walk(node.body, change, scope)
            return node if body is node.body and bound == list(node.indices) else Sum(tuple(bound), body)
        inner = []
        for child in children(node):
            inner.append((yield walk(child, change, scope)))
        return with_children(node, tuple(inner))

    return run(walk(e, mapping or {}, frozenset(taken)))


def instantiate(
    body: Expression, formal: tuple[Index, ...], actual: tuple[Index | int, ...], taken: set[str]
) -> Expression:
    """A definition's body at an entry: formal indices replaced by actual ones, bound letters renamed apart."""
    if not formal and not letters(body):
        return body
    mapping = {f: a for f, a in zip(formal, actual, strict=True) if f != a}
    return renamed_apart(body, taken | {i.letter for i in actual if isinstance(i, Index)}, mapping)


Depth = Literal["inline", "activations", "named leaves", "leaves"]


class Closing:
    """Writes quantities out by their definitions; what a scalar quantity stands for is worked out once.

    No index is given a ``reserved`` letter; ``simplify`` is applied to every right side before it is put in.

    Three depths: ``inline`` writes out what only a formula taken apart has named and U, ``activations`` activations as
    functions of their pre-activations (softmax keeps its name), ``leaves`` everything down to inputs and weights,
    ``named leaves`` the same but for the outputs of a softmax.
    """

    def __init__(
        self,
        definitions: tuple[Definition, ...],
        reserved: frozenset[str] = frozenset(),
        simplify: Callable[[Expression], Expression] | None = None,
    ) -> None:
        self.reserved = reserved
        self._simplify = simplify
        self.definitions: dict[Quantity, Definition] = {d.quantity: d for d in definitions}
        self.indexed = any(d.quantity.axes for d in definitions)
        self._sides: dict[Quantity, Expression] = {}
        self._written_out: dict[tuple[Depth, Quantity], Expression] = {}
        self._sizes: dict[Quantity, int] = {}
        self._lengths: dict[Quantity, int] = {}
        self._depths: dict[Depth, frozenset[Quantity]] = {}

    def expanded(self, e: Expression, depth: Depth) -> Expression:
        """A formula with quantities written out to a depth.

        >>> from symbackprop.networks.pattern import read_pattern
        >>> net = read_pattern("relu relu")
        >>> Closing(net.definitions).expanded(Ref(net.quantity("r1")), "leaves")
        Call(relu, (Mul(Ref(W0, ()), Ref(x, ())),), 0)
        """

        writable = self._writable(depth)
        if not mentions(e, writable):
            return e

        def walk(node: Expression, taken: frozenset[str]) -> Walk[Expression]:
            if isinstance(node, Ref):
                if node.quantity not in writable:
                    return node
                definition = self.definitions[node.quantity]
                whole = not node.quantity.axes and not taken
                known = self._written_out.get((depth, node.quantity)) if whole else None
                if known is not None:
                    return known
                new = self.put_in(definition)
                if self.indexed:
                    new = instantiate(new, definition.indices, node.indices, set(taken))
                if depth != "activations":
                    new = yield walk(new, taken)
                if whole:
                    self._written_out[depth, node.quantity] = new
                return new
            if isinstance(node, Call) and node.function.whole and node.slope:
                return node  # a partial of an unspecified function names what it is taken by
            inside = taken | {i.letter for i in node.indices} if isinstance(node, Sum) else taken
            inner = []
            for child in children(node):
                inner.append((yield walk(child, inside)))
            return with_children(node, tuple(inner))

        return run(walk(e, self.reserved | letters(e) if self.indexed else frozenset()))

    def _writable(self, depth: Depth) -> frozenset[Quantity]:
        """The quantities that are written out at a depth."""
        known = self._depths.get(depth)
        if known is None:
            known = self._depths[depth] = frozenset(q for q, d in self.definitions.items() if _written_at(d, depth))
        return known

    def size_in_leaves(self, e: Expression) -> int:
        """How many nodes a formula has when it is written out down to the leaves, without writing it out."""
        if not self._sizes:
            for definition in self.definitions.values():
                self._sizes[definition.quantity] = self._size(self.put_in(definition))
        return self._size(e)

    def _size(self, e: Expression) -> int:
        return sum(self._sizes.get(node.quantity, 1) if isinstance(node, Ref) else 1 for node in nodes(e))

    def length_in_leaves(self, e: Expression) -> int:
        """About the fewest characters that a formula written out down to the leaves takes as text."""
        if not self._lengths:
            for definition in self.definitions.values():
                self._lengths[definition.quantity] = self._length(self.put_in(definition))
        return self._length(e)

    def _length(self, e: Expression) -> int:
        return sum(map(self._characters, nodes(e)))

    def _characters(self, e: Expression) -> int:
        if isinstance(e, Ref):
            return self._lengths.get(e.quantity) or len(e.quantity.name) + 3 * len(e.indices)
        if isinstance(e, Sum):
            return len("Sum()") + len(", (i, 0, 1)") * len(e.indices)
        return len("exp()") if isinstance(e, Call) else max(1, len(children(e)) - 1)

    def put_in(self, definition: Definition) -> Expression:
        """The right side of a definition, as it was written if that is known."""
        known = self._sides.get(definition.quantity)
        if known is None:
            written = definition.written if isinstance(definition, Combination) else None
            side = right_side(definition) if written is None else written
            known = self._sides[definition.quantity] = self._simplify(side) if self._simplify else side
        return known


def _written_at(definition: Definition, depth: Depth) -> bool:
    kind = definition.quantity.kind
    if depth == "leaves":
        return True
    if depth == "inline":
        return kind in ("inline", "difference")
    softmax = isinstance(definition, Map) and definition.function.name == "quotient"
    return not softmax and (kind == "activation" or depth == "named leaves")
