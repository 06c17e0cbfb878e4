"""The convention that an index which is not on the left is summed over, term by term."""

from __future__ import annotations

from collections.abc import Callable, Collection

from symbackprop.networks.equations.trees import letters_in, parts_of, scripts_of
from symbackprop.reading.sexpr import compact
from symbackprop.reading.tree import Add, App, Neg, Node, Range, Sum, Sym


def summed_out(
    node: Node, left: Collection[str], letters: Collection[str], is_size: Callable[[Sym], bool] = lambda name: False
) -> Node:
    """The right side with its repeated indices summed: those of ``letters`` that are not on the left.

    >>> from symbackprop.reading.sexpr import sexpr
    >>> from symbackprop.reading.tree import Mul
    >>> w, x = Sym("w", indices=(Sym("i"), Sym("j"))), Sym("x", indices=(Sym("i"),))
    >>> sexpr(summed_out(Mul((w, x), ("",)), {"j"}, {"i", "j"}))
    '(sum (i) (mul w[i,j] x[i]))'
    """
    if isinstance(node, Add):
        return Add(tuple(summed_out(term, left, letters, is_size) for term in node.terms), span=node.span)
    if isinstance(node, Neg):
        return Neg(summed_out(node.body, left, letters, is_size), span=node.span)
    free = {compact(name): name for name in _free(node, frozenset(), is_size)}
    ranges = {k: Range(name, span=name.span) for k, name in free.items() if k in letters and k not in left}
    return Sum(tuple(ranges.values()), node, span=node.span) if ranges else node


def _free(node: Node, bound: frozenset[str], is_size: Callable[[Sym], bool]) -> list[Sym]:
    """The index letters that no sum inside a tree binds."""
    if isinstance(node, Sym) and is_size(node):
        return []
    if isinstance(node, Sym):
        scripts = [s for script in scripts_of(node) if letters_in(script) for s in _letters(script)]
        return [s for s in scripts if compact(s) not in bound]
    if isinstance(node, Sum):
        return _free(node.body, bound | {compact(r.index) for r in node.ranges}, is_size)
    inner = node.arguments if isinstance(node, App) else tuple(parts_of(node))
    return [name for part in inner for name in _free(part, bound, is_size)]


def _letters(script: Node) -> list[Sym]:
    return [script] if isinstance(script, Sym) else [s for part in parts_of(script) for s in _letters(part)]
