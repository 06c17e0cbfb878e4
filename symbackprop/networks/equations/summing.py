"""Sums: over the range of an index, over samples, over all entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from symbackprop.networks.equations.sizes import extent
from symbackprop.networks.equations.tensors import Value
from symbackprop.reading import tree as t
from symbackprop.reading.sexpr import compact
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
    if over.condition is not None:
        raise tr.error("condition", "a sum under a condition is not supported here", over.condition)

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
