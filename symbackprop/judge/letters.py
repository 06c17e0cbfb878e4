"""The free letters of a claim: which axes each of them numbers, and so what it runs over."""

from __future__ import annotations

from dataclasses import replace

from symbackprop.judge.rewriting import put_in_place, unfolded
from symbackprop.judge.subjects import Alias, Named, Subject
from symbackprop.networks.equations.trees import letters_in, nodes_of, parts_of
from symbackprop.reading import tree as t
from symbackprop.reading.sexpr import compact
from symbackprop.reading.tree import Node, Sym

Sizes = dict[str, set[int | str]]


def sizes_of(subject: Subject, node: Node) -> Sizes:
    """The sizes of the axes that every index letter of a formula numbers, bound letters too."""
    found: Sizes = {}
    todo = [node]
    while todo:
        at = todo.pop()
        if isinstance(at, Sym):
            _numbered(subject, at, found)
            continue
        if isinstance(at, t.Kronecker):
            continue
        if isinstance(at, t.Entry) and isinstance(at.body, Sym | t.App):
            _on_entry(subject, at, at.body if isinstance(at.body, Sym) else at.body.function, found)
            todo.append(at.body)
            continue
        if isinstance(at, t.App):
            _numbered(subject, at.function, found)
            todo.extend(at.arguments)
            continue
        todo.extend(parts_of(at))
    return found


def _on_entry(subject: Subject, entry: t.Entry, name: Sym, found: Sizes) -> None:
    """The letters on a name in brackets number the axes that the name leaves free."""
    meaning = subject.meaning(name)
    if isinstance(meaning, Named):
        rest = meaning.quantity.axes[len(meaning.scripts) :]
        for script, axis in zip(entry.indices, rest, strict=False):
            if isinstance(script, Sym):
                found.setdefault(compact(script), set()).add(axis.size)


def _numbered(subject: Subject, name: Sym, found: Sizes) -> None:
    meaning = subject.meaning(name)
    if isinstance(meaning, Alias):
        right = unfolded(meaning, name) if isinstance(meaning.right, t.Deriv) else None
        by = right.by[0] if isinstance(right, t.Deriv) and len(right.by) == 1 else None
        if not meaning.left.indices and isinstance(by, Sym) and not by.indices:
            _numbered(subject, replace(by, indices=name.indices), found)
            return
        if isinstance(meaning.right, Sym) and not meaning.left.indices and not meaning.right.indices:
            _numbered(subject, replace(meaning.right, indices=name.indices), found)
            return
        placed = put_in_place(meaning, name) if subject.network.told_apart else None
        if placed is not None:
            for letter, sizes in sizes_of(subject, placed).items():
                found.setdefault(letter, set()).update(sizes)
            return
        inner = sizes_of(subject, unfolded(meaning, name))
        for formal, actual in zip(meaning.left.indices, name.indices, strict=False):
            if isinstance(actual, Sym):
                found.setdefault(compact(actual), set()).update(inner.get(compact(formal), ()))
        return
    if not isinstance(meaning, Named):
        return
    axes = meaning.quantity.axes
    scripts = meaning.scripts
    order = meaning.order
    if meaning.implied:
        order = tuple(range(meaning.carried, len(axes)))
    for script, axis in zip(scripts, order, strict=False):
        if isinstance(script, Sym):
            found.setdefault(compact(script), set()).add(axes[axis].size)


def label_letters(node: Node) -> set[str]:
    """The letters that number layers or steps in a formula."""
    found: set[str] = set()
    todo = [node]
    while todo:
        at = todo.pop()
        for name in (at,) if isinstance(at, Sym) else (at.function,) if isinstance(at, t.App) else ():
            for script in (name.layer, name.sample):
                if script is not None:
                    found |= letters_in(script)
        todo.extend(parts_of(at))
    return found


def limits_in(node: Node) -> set[str]:
    """The letters in the limits of sums and products."""
    return {
        letter
        for at in nodes_of(node)
        if isinstance(at, t.Sum | t.Prod)
        for over in at.ranges
        for limit in (over.lower, over.upper)
        if limit is not None
        for letter in letters_in(limit)
    }


def free_letters(*nodes: Node) -> dict[str, None]:
    """The letters in scripts that no sum binds, in order of appearance; a sum without a range binds its own."""
    found: dict[str, None] = {}

    def walk(at: Node, bound: frozenset[str]) -> None:
        if isinstance(at, Sym):
            for script in (at.layer, at.sample, *at.indices):
                for letter in letters_in(script) if script is not None else ():
                    if letter not in bound:
                        found.setdefault(letter)
            return
        if isinstance(at, t.Kronecker):
            for script in (at.left, at.right):
                for letter in letters_in(script) - bound:
                    found.setdefault(letter)
            return
        if isinstance(at, t.Entry):
            for script in at.indices:
                for letter in letters_in(script) - bound:
                    found.setdefault(letter)
        if isinstance(at, t.Indicator):
            for letter in _in_condition(at.condition) - bound:
                found.setdefault(letter)
        if isinstance(at, t.Sum) and not at.ranges:
            return
        if isinstance(at, t.Sum | t.Prod):
            inside = bound | {compact(r.index) for r in at.ranges}
            for over in at.ranges:
                for part in (over.lower, over.upper):
                    if part is not None:
                        walk(part, bound)
                if over.condition is not None:
                    for letter in _in_condition(over.condition) - inside:
                        found.setdefault(letter)
            walk(at.body, inside)
            return
        if isinstance(at, t.App):
            walk(at.function, bound)
        for part in parts_of(at):
            if not (isinstance(at, t.App) and part is at.function):
                walk(part, bound)

    for node in nodes:
        walk(node, frozenset())
    return found


def _in_condition(node: Node) -> set[str]:
    if isinstance(node, Sym):
        return letters_in(node)
    return {letter for part in parts_of(node) for letter in _in_condition(part)}
