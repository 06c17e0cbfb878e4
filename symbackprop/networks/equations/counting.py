r"""The number of things that a sum without limits adds up, told by what the sum is divided by: ``\\frac1N \\sum_n``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from symbackprop.networks.equations.trees import nodes_of, rebuilt, scripts_of, sums, symbols
from symbackprop.networks.equations.unrolling import Equation
from symbackprop.reading.sexpr import compact
from symbackprop.reading.tree import Div, Mul, Neg, Node, Num, Sum, Sym

COUNTS = frozenset("NnmMKTBS")


def averages(rows: Sequence[Equation], declared: Sequence[Node]) -> dict[str, Sym]:
    """The letters of sums without limits, with the undeclared number that every such sum is divided by."""
    known = {name.base for name in declared if isinstance(name, Sym)}
    known |= {name.base for row in rows for name in symbols(row.left)}
    found: dict[str, Sym] = {}
    for row in rows:
        for node in nodes_of(row.right):
            count, total = _parts(node)
            if count is None or total is None or count.base in known or count.base not in COUNTS or scripts_of(count):
                continue
            found.setdefault(compact(total.ranges[0].index), count)
    return found


def _parts(node: Node) -> tuple[Sym | None, Sum | None]:
    """What a sum without limits is divided by, and the sum."""
    if isinstance(node, Div):
        return _one(node.denominator), _sum(node.numerator)
    if isinstance(node, Mul):
        counts = [_one(f.denominator) for f in node.factors if isinstance(f, Div) and isinstance(f.numerator, Num)]
        return next(filter(None, counts), None), _sum(node.factors[-1])
    return None, None


def _one(node: Node) -> Sym | None:
    """The name in a denominator, beside numbers."""
    factors = node.factors if isinstance(node, Mul) else (node,)
    names = [f for f in factors if not isinstance(f, Num)]
    return names[0] if len(names) == 1 and isinstance(names[0], Sym) else None


def _sum(node: Node) -> Sum | None:
    node = node.body if isinstance(node, Neg) else node
    if not isinstance(node, Sum) or len(node.ranges) != 1:
        return None
    over = node.ranges[0]
    return node if over.upper is None and over.condition is None else None


def with_counts(node: Node, counts: Mapping[str, Sym]) -> Node:
    """A tree in which sums without limits over these letters have the numbers for their upper limits."""
    if not counts or not any(sums(node)):
        return node

    def change(at: Node) -> Node | None:
        if not isinstance(at, Sum):
            return None
        ranges = tuple(
            replace(r, lower=Num("1"), upper=counts[compact(r.index)])
            if compact(r.index) in counts and r.upper is None and r.lower is None and r.condition is None
            else r
            for r in at.ranges
        )
        return replace(at, ranges=ranges, body=with_counts(at.body, counts))

    return rebuilt(node, change)
