"""Products of arrays summed over indices: which become matrix products, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from symbackprop.exporters.arrays import Arrays, Node
from symbackprop.vocabulary.quantities import Index

Axes = tuple[Index, ...]


class Tensor(NamedTuple):
    """An array and the index that runs over each of its axes."""

    node: Node
    axes: Axes


class Factor(NamedTuple):
    """A power of an array in a product."""

    tensor: Tensor
    power: int


def aligned(arrays: Arrays, tensor: Tensor, target: Axes) -> Node:
    """The array with its axes in the order of the target; axes it has not are of length one, or absent in front."""
    present = [a for a in target if a in tensor.axes]
    node = arrays.transposed(tensor.node, tuple(tensor.axes.index(a) for a in present))
    return arrays.expanded(node, tuple(a in tensor.axes for a in target))


def union(tensors: Iterable[Tensor], order: Axes) -> Axes:
    """The axes of some tensors together: as one of them has them if it has all, else in the order that is wanted."""
    listed = list(tensors)
    together = dict.fromkeys(a for t in listed for a in t.axes)
    for tensor in listed:
        if len(tensor.axes) == len(together):
            return tensor.axes
    return tuple(sorted(together, key=lambda a: order.index(a) if a in order else len(order)))


def multiplied(arrays: Arrays, coefficient: Fraction, factors: Sequence[Factor], order: Axes) -> Tensor:
    """The product entry by entry; of two vectors that share no index, the outer product."""
    axes = union((f.tensor for f in factors), order)
    sides: dict[Axes, list[Factor]] = {}
    for factor in factors:
        if factor.tensor.axes:
            sides.setdefault(factor.tensor.axes, []).append(factor)
    if len(axes) == 2 and len(sides) == 2 and all(len(side) == 1 for side in sides):
        numbers = [(f.tensor.node, f.power) for f in factors if not f.tensor.axes]
        left, right = (arrays.product(Fraction(1), [(f.tensor.node, f.power) for f in sides[axis,]]) for axis in axes)
        outer = arrays.make("outer", (left, right), rank=2)
        return Tensor(arrays.product(coefficient, [(outer, 1), *numbers]), axes)
    nodes = [(aligned(arrays, f.tensor, axes), f.power) for f in factors]
    return Tensor(arrays.product(coefficient, nodes), axes)


def contracted(
    arrays: Arrays, coefficient: Fraction, factors: Sequence[Factor], over: frozenset[Index], order: Axes
) -> Tensor:
    """The product summed over indices.

    Factors over the same axes are multiplied entry by entry first; what is left are matrix products of two at a time,
    from the left, as the chain rule wrote them.
    """
    outside = [f for f in factors if not over.intersection(f.tensor.axes)]
    groups = _grouped(arrays, [f for f in factors if over.intersection(f.tensor.axes)], order)
    left = set(over)
    while len(groups) > 1:
        pair = _pair(groups, left)
        if pair is None:
            break
        first, second = pair
        others = [g for g in groups if g is not first and g is not second]
        inner = {i for i in left if i in (*first.axes, *second.axes) and not any(i in g.axes for g in others)}
        left -= inner
        new = _two(arrays, first, second, inner, order if not others else ())
        position = min(groups.index(first), groups.index(second))
        others.insert(position, new)
        groups = _grouped(arrays, [Factor(g, 1) for g in others], order)
    if len(groups) > 1:
        groups = [_einsum(arrays, groups, left, order)]
        left = set()
    result = [Factor(_summed(arrays, g, left), 1) for g in groups]
    return multiplied(arrays, coefficient, [*(f for f in outside if not f.tensor.axes), *result,
                                            *(f for f in outside if f.tensor.axes)], order)  # fmt: skip


def _summed(arrays: Arrays, tensor: Tensor, over: Iterable[Index]) -> Tensor:
    gone = set(over).intersection(tensor.axes)
    node = arrays.summed(tensor.node, tuple(k for k, a in enumerate(tensor.axes) if a in gone))
    if tensor.axes and len(gone) == len(tensor.axes) == 1:
        node = _dot(arrays, tensor.node) or node
    return Tensor(node, tuple(a for a in tensor.axes if a not in gone))


def _dot(arrays: Arrays, node: Node) -> Node | None:
    """The sum over the one axis of a product of two vectors: their dot product."""
    if node.op != "product" or node.data != (1, (1, 1)) or any(a.rank != 1 for a in node.args):
        return None
    return arrays.make("matmul", node.args, rank=0)


def _grouped(arrays: Arrays, factors: Sequence[Factor], order: Axes) -> list[Tensor]:
    """The factors over the same axes multiplied; while more than two are left, one over some axes of another too."""
    groups: dict[frozenset[Index], list[Factor]] = {}
    for factor in factors:
        groups.setdefault(frozenset(factor.tensor.axes), []).append(factor)
    while len(groups) > 2:
        within = next(((a, b) for a in groups for b in groups if a < b), None)
        if within is None:
            break
        groups[within[1]] += groups.pop(within[0])
    place = {id(f): k for k, f in enumerate(factors)}
    for group in groups.values():
        group.sort(key=lambda f: place[id(f)])
    in_order = sorted(groups.values(), key=lambda group: place[id(group[0])])
    return [multiplied(arrays, Fraction(1), group, order) for group in in_order]


def _pair(groups: Sequence[Tensor], over: set[Index]) -> tuple[Tensor, Tensor] | None:
    """The first two groups, from the left, that an index is summed over and no third one."""
    for position, first in enumerate(groups):
        for second in groups[position + 1 :]:
            shared = over.intersection(first.axes, second.axes)
            if any(not any(i in g.axes for g in groups if g is not first and g is not second) for i in shared):
                return first, second
    return None


def _two(arrays: Arrays, first: Tensor, second: Tensor, over: set[Index], order: Axes) -> Tensor:
    """Two groups contracted: a matrix product where there is one."""
    shared = set(first.axes).intersection(second.axes)
    first, second = (_summed(arrays, t, over - shared) for t in (first, second))
    inner = [a for a in first.axes if a in shared and a in over]
    rows, columns = ([a for a in t.axes if a not in over] for t in (first, second))
    if len(inner) != 1 or shared != set(inner) or len(rows) > 1 or len(columns) > 1:
        return _einsum(arrays, [first, second], over, order)
    if rows and columns:
        turned = columns[0] in order and (rows[0] not in order or order.index(columns[0]) < order.index(rows[0]))
    else:  # v @ M.T is M @ v
        turned = bool(columns and second.axes[0] != inner[0] or rows and first.axes[-1] != inner[0])
    if turned:
        first, second, rows, columns = second, first, columns, rows
    left = arrays.transposed(first.node, tuple(map(first.axes.index, (*rows, *inner))))
    right = arrays.transposed(second.node, tuple(map(second.axes.index, (*inner, *columns))))
    axes = (*rows, *columns)
    return Tensor(arrays.make("matmul", (left, right), len(axes), len(axes)), axes)


def _einsum(arrays: Arrays, tensors: Sequence[Tensor], over: Iterable[Index], order: Axes) -> Tensor:
    """Any contraction, in Einstein's notation."""
    gone = set(over)
    axes = union(tensors, order)
    axes = tuple(sorted((a for a in axes if a not in gone), key=lambda a: order.index(a) if a in order else len(order)))
    letters: dict[Index, str] = {}
    for axis in (a for t in tensors for a in t.axes):
        letters.setdefault(axis, "abcdefghijklmnopqrstuvwxyz"[len(letters)])
    words = ("".join(letters[a] for a in part) for part in (*(t.axes for t in tensors), axes))
    *operands, result = words
    node = arrays.make("einsum", [t.node for t in tensors], f"{','.join(operands)}->{result}", len(axes))
    return Tensor(node, axes)
