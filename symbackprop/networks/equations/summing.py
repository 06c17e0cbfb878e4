"""Sums: over the range of an index, over samples, over all entries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from symbackprop.networks.equations.sizes import extent
from symbackprop.networks.equations.tensors import Value
from symbackprop.networks.equations.trees import rebuilt
from symbackprop.reading import tree as t
from symbackprop.reading.sexpr import compact
from symbackprop.reading.tree import Node
from symbackprop.vocabulary.arithmetic import summed
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.expressions import free_indices
from symbackprop.vocabulary.quantities import Index

if TYPE_CHECKING:
    from symbackprop.networks.equations.translating import Translator


def total(tr: Translator, node: t.Sum) -> Value:
    """A sum over its ranges, one after the other; over all entries where it has none, or runs over a quantity."""
    letters = [compact(r.index) for r in node.ranges]
    entries = [
        x for r in node.ranges if (x := r.index) and isinstance(x, t.Sym) and tr.around.form(tr.names.sighted(x).key, x)
    ]
    if not node.ranges or len(entries) == len(node.ranges) == 1 and letters[0] not in tr.forward.samples:
        before, tr.entries = tr.entries, True
        value = tr.value(node.body)
        tr.entries = before
        if not value.sides:
            raise tr.error("sum-of-nothing", "it is not clear what this sums over", node, r"write \sum_{i=1}^{n}")
        return tr.tensors.total(value)
    body = node.body
    if len(node.ranges) > 1:
        body = t.Sum(node.ranges[1:], body, span=node.span)
    over = node.ranges[0]
    if isinstance(over.condition, t.Chain) and [sign for sign, _ in over.condition.links] == ["in"]:
        over = replace(over, condition=None)  # all that there are
    if over.condition is not None:
        return without_one(tr, over, body, node)

    def inside() -> Value:
        value = tr.value(body)
        index = tr.scope[compact(over.index)]
        if letters[0] in tr.forward.samples and index not in free_indices(value.expression):
            raise tr.error(
                "no-sample",
                f"nothing in this sum carries the sample {letters[0]}",
                node,
                f"write it on what varies with the sample, such as x_{letters[0]} or y^{{({letters[0]})}}",
            )
        limits(tr, over, index)
        return value.with_expression(summed((index,), value.expression))

    return bind(tr, over, inside)


def without_one(tr: Translator, over: t.Range, body: Node, node: t.Sum) -> Value:
    r"""A sum that leaves one index out, ``\sum_{j \ne k}``: the whole sum less the term of that index."""
    letter = compact(over.index)
    condition = over.condition
    sides = (condition.first, condition.links[0][1]) if isinstance(condition, t.Chain) else ()
    if not isinstance(condition, t.Chain) or condition.links[0][0] != "!=" or len(condition.links) > 1:
        raise tr.error(
            "condition", "only a sum that leaves one index out is supported here: j \\ne k", over.condition or node
        )
    other = next((side for side in sides if compact(side) != letter), None)
    if other is None:
        raise tr.error("condition", "the index that is left out is another letter, or a number", condition)

    def script(at: Node) -> Node | None:
        return other if isinstance(at, t.Sym) and compact(at) == letter else None

    def change(at: Node) -> Node | None:
        if not isinstance(at, t.Sym):
            return None
        return replace(at, indices=tuple(rebuilt(i, script) for i in at.indices))

    whole = t.Sum((replace(over, condition=None),), body, span=node.span)
    return tr.value(t.Add((whole, t.Neg(rebuilt(body, change))), span=node.span))


def bind(tr: Translator, over: t.Range, inside: Callable[[], Value]) -> Value:
    """A value in which the letter of a range is bound."""
    letter = compact(over.index)
    size = tr.around.letter(letter)
    index = tr.tensors.index(tr.sizes.fresh(letter) if size is None else size, letter)
    before = tr.scope.get(letter)
    tr.scope[letter] = index
    try:
        return inside()
    finally:
        if before is None:
            del tr.scope[letter]
        else:
            tr.scope[letter] = before


def limits(tr: Translator, over: t.Range, index: Index) -> None:
    """Let the limits of a sum agree with the size of its index."""
    if over.upper is None:
        return
    lower = "1" if over.lower is None else compact(over.lower)
    try:
        size = tr.sizes.called(extent(lower, compact(over.upper)))
    except InputError as error:
        raise tr.error(error.code, error.message, over.index, error.hint) from None
    if not tr.sizes.meet(tr.tensors.size(index), size):
        spoken = tr.sizes.spoken(tr.tensors.size(index))
        raise tr.error(
            "shapes",
            f"the sum takes {tr.sizes.spoken(size)} values of {compact(over.index)}, and there are {spoken}",
            over.index,
        )
