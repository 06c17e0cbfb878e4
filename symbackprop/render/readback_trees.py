"""What must be known of a tree before it is written again."""

from __future__ import annotations

from collections.abc import Sequence

from symbackprop.networks.equations.trees import parts_of
from symbackprop.reading.tree import Mul, Neg, Node, Num, Pow, Prod, Range, Sum, Sym, Transpose


def deeper_than(limit: int, node: Node) -> bool:
    """Whether a tree is nested deeper than a limit.

    >>> deeper_than(1, Neg(Num("1"))), deeper_than(1, Num("1"))
    (True, False)
    """
    level = [node]
    for _ in range(limit):
        level = [part for parent in level for part in parts_of(parent)]
        if not level:
            return False
    return True


def names_in(node: Node) -> set[str]:
    """The letters of all names in a tree, in indices too.

    >>> sorted(names_in(Neg(Sym("W", indices=(Sym("i"),)))))
    ['W', 'i']
    """
    found = set()
    waiting = [node]
    while waiting:
        part = waiting.pop()
        waiting.extend(parts_of(part))
        if isinstance(part, Sym):
            found.add(part.base)
            waiting.extend(part.indices)
            waiting.extend(script for script in (part.layer, part.sample) if script is not None)
    return found


def open_ranges(term: Node) -> Sequence[Range]:
    """The ranges of the sum sign that reaches to the end of a term, if one does."""
    while isinstance(term, Neg | Mul):
        term = term.body if isinstance(term, Neg) else term.factors[-1]
    return term.ranges if isinstance(term, Sum | Prod) else ()


def leads_with_digits(node: Node) -> bool:
    """Whether a factor begins with a number, so that it needs a sign in front of it."""
    while isinstance(node, Pow | Transpose):
        node = node.base if isinstance(node, Pow) else node.body
    return isinstance(node, Num)
