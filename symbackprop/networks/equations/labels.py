r"""An index on the right side that nothing gives a value: the class of a sample (``-\log p_y``), or one sample of many.

It is a fixed number that nobody knows; where claims are judged, the first one stands for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from symbackprop.networks.equations.names import Names
from symbackprop.networks.equations.trees import letters_in, rebuilt, scripts_of, symbols
from symbackprop.networks.equations.unrolling import Equation
from symbackprop.reading.sexpr import compact
from symbackprop.reading.tree import Add, App, Entry, Neg, Node, Num, Prod, Sum, Sym


def labels(rows: Sequence[Equation], names: Names) -> set[str]:
    """The scripts, in their printed form, that number an entry and are on no left side and in no sum."""
    found: set[str] = set()
    for row in rows:
        left = {compact(s) for name in symbols(row.left) for s in scripts_of(name)}
        for script in _numbering(row.right, names, frozenset(left)):
            found.add(compact(script))
    return found


def with_first(rows: Iterable[Equation], found: Collection[str], names: Names, first: int) -> list[Equation]:
    """The rows with the number of the first entry for labels."""
    changed = []
    for row in rows:
        bound = frozenset(compact(s) for name in symbols(row.left) for s in scripts_of(name))
        changed.append(Equation(row.left, _put_in(row.right, frozenset(found) - bound, names, first)))
    return changed


def repeated(rows: Sequence[Equation], found: Collection[str], names: Names) -> bool:
    """Whether every one of these letters occurs twice in each product in which it occurs: it is summed, unsaid."""
    for row in rows:
        left = frozenset(compact(s) for name in symbols(row.left) for s in scripts_of(name))
        for term in _products(row.right):
            seen = [compact(script) for script in _numbering(term, names, left)]
            if any(seen.count(letter) != 2 for letter in seen if letter in found):
                return False
    return True


def _products(node: Node) -> list[Node]:
    """The terms of a sum, also inside of signs and functions."""
    if isinstance(node, Add):
        return [part for term in node.terms for part in _products(term)]
    if isinstance(node, Neg):
        return _products(node.body)
    if isinstance(node, App):
        return [part for argument in node.arguments for part in _products(argument)]
    return [node]


def _numbering(node: Node, names: Names, bound: frozenset[str]) -> list[Node]:
    """The scripts that number entries and are not bound: letters, and letters with scripts of their own."""
    if isinstance(node, Sym):
        if names.is_size(node) is not None:
            return []
        return [s for s in names.sighted(node).indices if _is_label(s, names, bound)]
    if isinstance(node, Sum | Prod):
        return _numbering(node.body, names, bound | {compact(r.index) for r in node.ranges})
    found: list[Node] = []
    if isinstance(node, Entry):
        found += [s for s in node.indices if _is_label(s, names, bound, entry=True)]
    inside = node.arguments if isinstance(node, App) else node.body if isinstance(node, Entry) else node.parts()
    for part in _nodes(inside):
        found += _numbering(part, names, bound)
    return found


def _nodes(part: object) -> list[Node]:
    if isinstance(part, Node):
        return [part]
    return [node for inner in part for node in _nodes(inner)] if isinstance(part, tuple) else []


def _is_label(script: Node, names: Names, bound: frozenset[str], *, entry: bool = False) -> bool:
    if not isinstance(script, Sym) or compact(script) in bound:
        return False
    return entry or bool(scripts_of(script)) or bool(letters_in(script) & names.letters)


def _put_in(node: Node, found: frozenset[str], names: Names, first: int) -> Node:
    def script(at: Node) -> Node:
        return Num(str(first), span=at.span) if isinstance(at, Sym) and compact(at) in found else at

    def conditioned(at: Node) -> Node | None:
        return script(at) if isinstance(at, Sym) else None

    def change(at: Node) -> Node | None:
        if isinstance(at, Sym):
            kept = names.sighted(at).indices
            return replace(at, indices=tuple(script(i) if any(i is k for k in kept) else i for i in at.indices))
        if isinstance(at, Entry):
            return replace(at, body=_put_in(at.body, found, names, first), indices=tuple(map(script, at.indices)))
        if isinstance(at, Sum | Prod):
            inside = found - {compact(r.index) for r in at.ranges}
            ranges = tuple(
                replace(r, condition=None if r.condition is None else rebuilt(r.condition, conditioned))
                for r in at.ranges
            )
            return replace(at, ranges=ranges, body=_put_in(at.body, inside, names, first))
        if isinstance(at, App):
            return replace(at, arguments=tuple(_put_in(a, found, names, first) for a in at.arguments))
        return None

    return rebuilt(node, change)
