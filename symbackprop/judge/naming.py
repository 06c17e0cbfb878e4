"""Names and their scripts: which entries of a quantity a name means, and how they lie."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from symbackprop.judge.arrays import IDENTITY, REPEATED, Array, Sides, offset, points
from symbackprop.judge.readings import Undefined, Unsupported
from symbackprop.judge.rewriting import put_in_place, unfolded, without_indices
from symbackprop.judge.subjects import Alias, Constant, Free, Identity, Named, Ones
from symbackprop.networks.equations.trees import sums
from symbackprop.reading import tree as t
from symbackprop.reading.sexpr import compact
from symbackprop.reading.tree import Node, Sym
from symbackprop.vocabulary.quantities import Quantity

if TYPE_CHECKING:
    from symbackprop.judge.evaluating import Evaluator

T = TypeVar("T")


def name(ev: Evaluator[T], node: Sym) -> Array[T]:
    """A quantity or an entry of it, a size, a constant, or what a further name stands for."""
    meaning = ev.subject.meaning(node)
    if meaning is None:
        meaning = ev.subject.value_of(node)
    if isinstance(meaning, Named):
        quantity, at, sides, axes = lying(ev, meaning, node)
        values = ev.instance.values
        if not axes:
            return Array((values[quantity, at],))
        shape = [ev.instance.shape(quantity)[a] for a in axes]
        order = sorted(range(len(axes)), key=lambda k: axes[k])
        entries = []
        for point in points(shape):
            free = iter([point[k] for k in order])
            entries.append(values[quantity, tuple(next(free) if i < 0 else i for i in at)])
        return Array(tuple(entries), sides)
    if isinstance(meaning, Constant):
        return Array((constant(ev, meaning.name),))
    if isinstance(meaning, Free):
        return Array((ev.instance.free(meaning.name),))
    if isinstance(meaning, Ones):
        return replace(ev.number(1), of=REPEATED)
    if isinstance(meaning, Identity):
        return replace(ev.number(1), of=IDENTITY)
    if isinstance(meaning, Alias):
        return meant(ev, meaning, node)
    if node.base in ev.letters and not node.indices and node.layer is None:
        return ev.number(ev.letters[node.base] + ev.subject.first)
    if node.base == "1":
        return ev.number(1)
    raise Unsupported(f"{compact(node)} is no quantity of this network", node)


def constant(ev: Evaluator[T], name: str) -> T:
    """The value of a size, a hyperparameter or pi."""
    if name in ev.instance.symbols:
        return ev.instance.symbols[name]
    return ev.algebra.symbol(name)


def lying(ev: Evaluator[T], meaning: Named, node: Node) -> tuple[Quantity, tuple[int, ...], Sides, tuple[int, ...]]:
    """The entry that a name fixes (-1: free) and the axes that stay free, as they lie."""
    quantity = meaning.quantity
    axes = len(quantity.axes)
    shape = ev.instance.shape(quantity)
    scripts = meaning.scripts
    if meaning.implied:
        implied = [ev.letters[s] for s in samples(ev, quantity, meaning.carried)]
        if len(implied) == meaning.carried:
            at = (*implied, *([-1] * (axes - meaning.carried)))
            if scripts:
                for position, script in enumerate(scripts, meaning.carried):
                    at = (*at[:position], index(ev, script, shape[position]), *at[position + 1 :])
                return quantity, at, (), ()
            return (quantity, at, *sides(ev, meaning.layout, shape))
    if len(scripts) == axes:
        found = [0] * axes
        for script, axis in zip(scripts, meaning.order, strict=True):
            found[axis] = index(ev, script, shape[axis])
        return quantity, tuple(found), (), ()
    if len(scripts) == meaning.carried:
        at = tuple(index(ev, s, shape[k]) for k, s in enumerate(scripts)) + (-1,) * (axes - meaning.carried)
        return (quantity, at, *sides(ev, meaning.layout, shape))
    if not scripts:
        every: tuple[int | None, ...] = tuple(range(axes))
        return (quantity, (-1,) * axes, *sides(ev, (0, None) if axes == 1 else every, shape))
    if len(scripts) == axes - 1 and meaning.carried in (0, axes - 2):
        one = [-1] * axes
        for script, axis in zip(scripts, meaning.order, strict=False):
            one[axis] = index(ev, script, shape[axis])
        free = one.index(-1)
        return quantity, tuple(one), (shape[free], None), (free,)
    raise Unsupported(f"{compact(node)} has {len(scripts)} indices, and {axes} axes", node)


def samples(ev: Evaluator[T], quantity: Quantity, carried: int) -> list[str]:
    """The letters of samples that are bound around a quantity which does not show them."""
    names = [axis.size for axis in quantity.axes[:carried]]
    bound = [
        letter
        for letter, size in ev.subject.letters.items()
        if letter in ev.letters and size in names and ev.letters[letter] < ev.instance.size(quantity.axes[0])
    ]
    return bound if len(bound) == carried else []


def sides(ev: Evaluator[T], layout: tuple[int | None, ...], shape: tuple[int, ...]) -> tuple[Sides, tuple[int, ...]]:
    """The sizes of the sides, and the axes that lie there."""
    return tuple(None if a is None else shape[a] for a in layout), tuple(a for a in layout if a is not None)


def index(ev: Evaluator[T], script: Node, size: int) -> int:
    """The entry that a script picks, counted from zero."""
    found = whole(ev, script)
    if isinstance(script, t.Num):
        found -= ev.subject.first
    if not 0 <= found < size:
        raise Undefined(f"there is no entry {compact(script)}")
    return found


def whole(ev: Evaluator[T], script: Node) -> int:
    """The value of a script: a letter's, counted from zero, or a number as it is written."""
    if isinstance(script, t.Num) and script.text.isdigit() and len(script.text) <= 7:
        return int(script.text)
    if isinstance(script, Sym):
        letter = compact(script)
        if letter in ev.letters:
            return ev.letters[letter]
        meaning = ev.subject.meaning(script)
        if isinstance(meaning, Constant) and meaning.name in ev.instance.sizes:
            return ev.instance.sizes[meaning.name] - 1
    if isinstance(script, t.Neg):
        return -whole(ev, script.body)
    if isinstance(script, t.Add):
        return sum(whole(ev, part) for part in script.terms)
    if isinstance(script, t.Mul):
        found = 1
        for factor in script.factors:
            found *= whole(ev, factor)
        return found
    raise Unsupported(f"{compact(script)} is no index here", script)


def meant(ev: Evaluator[T], alias: Alias, node: Sym) -> Array[T]:
    """What a further name stands for, with its letters bound to what is written."""
    tree, left = unfolded(alias, node), alias.left
    formals = [compact(i) for i in left.indices]
    outer = ev.letters
    if node.indices and node.indices != left.indices and ev.subject.network.told_apart:
        placed = put_in_place(alias, node)
        bound = {compact(r.index) for at in sums(tree) for r in at.ranges}
        if placed is not None and not any(compact(i) in bound for i in node.indices):
            return ev.value(placed)
    if len(node.indices) == len(formals):
        values = [whole(ev, i) - (ev.subject.first if isinstance(i, t.Num) else 0) for i in node.indices]
        ev.letters = {**outer, **dict(zip(formals, values, strict=True))}
        try:
            return ev.value(tree)
        finally:
            ev.letters = outer
    if node.indices and not formals and isinstance(tree, t.Deriv) and len(tree.by) == 1:
        by = tree.by[0]
        if isinstance(by, Sym) and not by.indices:
            return ev.value(replace(tree, by=(replace(by, indices=node.indices),)))
    if node.indices and not formals and isinstance(tree, Sym) and not tree.indices:
        return ev.value(replace(tree, indices=node.indices))
    if node.indices:
        if not formals:
            array = ev.value(tree)
            at = [index(ev, i, size) for i, size in zip(node.indices, array.shape, strict=False)]
            if len(at) == len(array.shape):
                return Array((array.entries[offset(array.shape, at)],))
        raise Unsupported(f"{compact(node)} has {len(node.indices)} indices, and is defined with {len(formals)}", node)
    return ev.value(without_indices(tree, frozenset(formals)))
