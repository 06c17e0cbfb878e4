"""Formulas changed before they are evaluated: names unfolded, letters replaced, indices left off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from symbackprop.judge.subjects import Alias
from symbackprop.networks.equations.trees import letters_in, parts_of, rebuilt, with_numbers
from symbackprop.reading import tree as t
from symbackprop.reading.sexpr import compact
from symbackprop.reading.tree import Node, Sym


def contains(node: Node, part: Node) -> bool:
    """Whether a formula stands inside another."""
    todo = [node]
    while todo:
        at = todo.pop()
        if at == part:
            return True
        todo.extend(parts_of(at))
    return False


def unfolded(alias: Alias, name: Sym) -> Node:
    """What a further name stands for under the layer and sample that are written."""
    tree = alias.right
    for formal, actual in ((alias.left.layer, name.layer), (alias.left.sample, name.sample)):
        if isinstance(formal, Sym) and actual is not None:
            tree = with_scripts(tree, compact(formal), actual)
    return tree


def put_in_place(alias: Alias, name: Sym) -> Node | None:
    """What a further name with indices stands for, its letters replaced by what is written; None if they differ."""
    if len(alias.left.indices) != len(name.indices):
        return None
    tree = unfolded(alias, name)
    for formal, actual in zip(alias.left.indices, name.indices, strict=True):
        if not isinstance(formal, Sym):
            continue
        tree = rebuilt(with_scripts(tree, compact(formal), actual), _entries_with(formal, actual))
    return tree


def _entries_with(formal: Node, actual: Node) -> Callable[[Node], Node | None]:
    def change(node: Node) -> Node | None:
        if not isinstance(node, t.Entry):
            return None
        return replace(node, indices=tuple(actual if index == formal else index for index in node.indices))

    return change


def with_scripts(node: Node, letter: str, script: Node) -> Node:
    """A tree with a script for a letter in all scripts."""

    def inside(at: Node) -> Node | None:
        return script if isinstance(at, Sym) and compact(at) == letter else None

    def change(at: Node) -> Node | None:
        if isinstance(at, Sym) and any(letter in letters_in(s) for s in (at.layer, at.sample, *at.indices) if s):
            if isinstance(script, t.Num) and script.text.isdigit():
                return with_numbers(at, letter, int(script.text))
            return replace(
                at,
                layer=None if at.layer is None else rebuilt(at.layer, inside),
                sample=None if at.sample is None else rebuilt(at.sample, inside),
                indices=tuple(rebuilt(i, inside) for i in at.indices),
            )
        return None

    return rebuilt(node, change)


def without_indices(node: Node, letters: frozenset[str]) -> Node:
    """A tree in which the given index letters are left off, so that whole arrays are meant."""

    def change(at: Node) -> Node | None:
        if isinstance(at, Sym) and at.indices:
            kept = tuple(i for i in at.indices if compact(i) not in letters)
            return replace(at, indices=kept) if len(kept) < len(at.indices) else at
        return None

    return rebuilt(node, change)


def unfolded_call(formal: t.App, meant: Node, actual: t.App) -> Node | None:
    """What a call stands for that is defined for an argument with letters; None if it is another one."""
    f, g = formal.function, actual.function
    if (f.base, f.accent, f.primes) != (g.base, g.accent, g.primes) or len(actual.arguments) != 1:
        return None
    one, other = formal.arguments[0], actual.arguments[0]
    if one == other:
        return meant
    if not isinstance(one, Sym) or not isinstance(other, Sym) or (one.base, one.accent) != (other.base, other.accent):
        return None
    if isinstance(one.layer, Sym) and other.layer is not None:
        return with_scripts(meant, compact(one.layer), other.layer)
    return None
