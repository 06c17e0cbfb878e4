r"""Samples that are summed over though nothing shows their number: ``C = \frac1n \sum_x (y - a)^2``.

Then every leaf that is no parameter varies with the sample, and so does all that is made of such leaves, up to the sum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from symbackprop.networks.equations.declaring import Shapes
from symbackprop.networks.equations.table import Forward
from symbackprop.networks.equations.trees import letters_in, rebuilt, scripts_of, sums, symbols
from symbackprop.networks.equations.unrolling import Equation
from symbackprop.reading.sexpr import compact, sexpr
from symbackprop.reading.tree import App, Node, Num, Range, Sum, Sym


def with_samples(
    rows: Sequence[Equation], shapes: Shapes, forward: Forward, fixed: Callable[[Sym], bool]
) -> tuple[list[Equation], Shapes]:
    """The rows and shapes with the sample's number on everything that varies; ``fixed`` tells which leaves do not."""
    found = list(rows)
    for letter in forward.samples:
        if len(forward.samples) == 1:
            found = [Equation(r.left, _with_range(r.right, letter)) for r in found]
        shown = any(
            letter in letters_in(script)
            for row in found
            for name in (*symbols(row.left), *symbols(row.right))
            for script in scripts_of(name)
        )
        summed = any(compact(r.index) == letter for row in found for s in sums(row.right) for r in s.ranges)
        if summed and not shown:
            found, varies = _numbered(found, letter, fixed)
            shapes = [
                (replace(name, sample=Sym(letter)) if varies(name) else name, shape, key) for name, shape, key in shapes
            ]
    return found, shapes


def _with_range(node: Node, letter: str) -> Node:
    """A sum without a range of something that is one number for each sample sums over the samples."""

    def change(at: Node) -> Node | None:
        if isinstance(at, Sum) and not at.ranges:
            return Sum((Range(Sym(letter.lstrip("\\"), span=at.span), span=at.span),), at.body, span=at.span)
        return None

    return rebuilt(node, change)


def _numbered(
    rows: Sequence[Equation], letter: str, fixed: Callable[[Sym], bool]
) -> tuple[list[Equation], Callable[[Sym], bool]]:
    defined = {_plain(row.left) for row in rows}
    varying: set[str] = set()

    def varies(name: Sym) -> bool:
        return _plain(name) in varying or (_plain(name) not in defined and not fixed(name))

    def change(node: Node) -> Node | None:
        if isinstance(node, Sym) and varies(node):
            return replace(node, sample=Sym(letter, span=node.span)) if node.sample is None else None
        if isinstance(node, Sum):
            return replace(node, body=rebuilt(node.body, change))
        if isinstance(node, App):
            return replace(node, arguments=tuple(rebuilt(a, change) for a in node.arguments))
        return None

    def outside(node: Node) -> bool:
        """Whether something varies that no sum over the samples holds."""
        if isinstance(node, Sym):
            return varies(node)
        if isinstance(node, Sum):
            return all(compact(r.index) != letter for r in node.ranges) and outside(node.body)
        without = rebuilt(node, lambda n: Num("0") if isinstance(n, Sum) and not outside(n) else None)
        return any(varies(name) for name in symbols(without))

    found = []
    for row in rows:
        if outside(row.right):
            varying.add(_plain(row.left))
        left = rebuilt(row.left, change)
        found.append(Equation(left, rebuilt(row.right, change)))
    return found, varies


def _plain(name: Node) -> str:
    return sexpr(replace(name, indices=(), sample=None)) if isinstance(name, Sym) else sexpr(name)
