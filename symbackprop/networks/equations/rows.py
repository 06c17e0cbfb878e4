"""From what the reader understood to definitions: one name on the left, one formula on the right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from symbackprop.networks.equations.table import Forward
from symbackprop.networks.equations.trees import nodes_of, rebuilt, scripts_of, symbols
from symbackprop.networks.equations.unrolling import Equation
from symbackprop.reading.reader import Reading, Row
from symbackprop.reading.sexpr import sexpr
from symbackprop.reading.tree import App, Chain, Node, Num, Pow, Sym, Update

EQUALS = ("=", ":=", "equiv")


def definitions(
    reading: Reading, forward: Forward, called_leaves: Iterable[App] = ()
) -> tuple[list[Equation], list[Equation]]:
    """The definitions of a reading; quantities written with their arguments, and powers defined as names, are names.

    Also returns those of functions of formal arguments, which are put in wherever they are applied.

    ``J(\\theta) = ...`` defines ``J``; ``f(x) = x^2`` used as ``f(u)`` is put in; ``\\sigma^2 = ...`` defines one
    quantity.
    """
    found: list[Equation] = []
    called: dict[str, Equation] = {_head(app): Equation(app, app) for app in called_leaves}
    squares: dict[str, Sym] = {}
    for row in _functions_first(reading.rows):
        tree = row.tree
        if isinstance(tree, Update):
            tree = Chain(tree.target, (("=", tree.value),), span=tree.span)
        if not isinstance(tree, Chain) or tree.links[0][0] not in EQUALS:
            raise forward.error("no-definition", "an equation 'name = formula' was expected here", tree.span)
        if row.where:
            raise forward.error(
                "condition", "a condition beside a definition is not read", row.where[0].span, "say indices = { ... }"
            )
        for left, right in reversed(_pairs(tree, forward)):
            right = _with_names(right, called, squares)
            found.append(Equation(_left(left, called, squares, right, forward), right))
    kept = _without_put_in(found, called)
    formal = [e for e in called.values() if e.left != e.right and is_formal(e.left)]
    quantities = {sexpr(row.left) for row in kept} if len(formal) < len(found) else set()
    return kept, [e for e in formal if sexpr(_name_of(e.left)) not in quantities]


def _functions_first(rows: Sequence[Row]) -> list[Row]:
    """The rows, with those of functions that others apply before they are defined in front."""

    def defines(row: Row) -> App | None:
        left = row.tree.first if isinstance(row.tree, Chain) else None
        return left if isinstance(left, App) and is_formal(left) else None

    early: list[Row] = []
    for position, row in enumerate(rows):
        left = defines(row)
        applied = (node for other in rows[:position] for node in nodes_of(other.tree) if isinstance(node, App))
        if left is not None and any(_head(node) == _head(left) for node in applied if node != left):
            early.append(row)
    return [*early, *(row for row in rows if all(row is not other for other in early))]


def _pairs(tree: Chain, forward: Forward) -> list[tuple[Node, Node]]:
    r"""What a row defines and as what, last first: ``\hat y = a = \sigma(z)`` defines two names."""
    sides = [tree.first, *(right for _, right in tree.links)]
    for between in sides[1:-1]:
        if not isinstance(between, Sym):
            raise forward.error(
                "several-links",
                "a definition has one '='; this row has more",
                between.span,
                "write the others as rows of their own, or as claims",
            )
    return list(pairwise(sides))


def is_formal(node: Node) -> bool:
    """Whether this is a function applied to plain letters."""
    return isinstance(node, App) and all(isinstance(a, Sym) and not scripts_of(a) for a in node.arguments)


def _name_of(node: Node) -> Node:
    return as_name(node) if isinstance(node, App) else node


def _left(left: Node, called: dict[str, Equation], squares: dict[str, Sym], right: Node, forward: Forward) -> Node:
    if isinstance(left, Sym):
        return left
    if isinstance(left, App):
        name = as_name(left)
        called[_head(left)] = Equation(left, right)
        return name
    if isinstance(left, Pow) and isinstance(left.base, Sym) and isinstance(left.exponent, Num):
        name = replace(left.base, label=f"{left.base.label}^{left.exponent.text}", span=left.span)
        squares[sexpr(left)] = name
        return name
    raise forward.error(
        "no-definition", "the left side of a definition is one name", left.span, "for example z = W x + b"
    )


def as_name(app: App) -> Sym:
    """A quantity written with its arguments as a name; it carries the sample that they carry.

    >>> sexpr(as_name(App(Sym("h", label="theta"), (Sym("x", sample=Sym("i")),))))
    'h_theta#(i)'
    """
    sample = next((s.sample for a in app.arguments for s in symbols(a) if s.sample is not None), None)
    return replace(app.function, sample=app.function.sample or sample, span=app.function.span)


def _head(app: App) -> str:
    return f"{sexpr(app.function)}/{len(app.arguments)}"


def _with_names(node: Node, called: dict[str, Equation], squares: dict[str, Sym]) -> Node:
    def change(at: Node) -> Node | None:
        if isinstance(at, Pow) and sexpr(at) in squares:
            return replace(squares[sexpr(at)], span=at.span)
        if isinstance(at, App) and _head(at) in called:
            definition = called[_head(at)]
            formal = definition.left
            assert isinstance(formal, App)
            if formal.arguments == at.arguments:
                return replace(as_name(at), span=at.span)
            values = {
                sexpr(f): _with_names(a, called, squares) for f, a in zip(formal.arguments, at.arguments, strict=True)
            }
            return rebuilt(definition.right, lambda n: values.get(sexpr(n)) if isinstance(n, Sym) else None)
        return None

    return rebuilt(node, change) if called or squares else node


def _without_put_in(rows: list[Equation], called: dict[str, Equation]) -> list[Equation]:
    """The rows without functions of formal arguments that were put in everywhere they occur."""
    if not called:
        return rows
    used = {sexpr(s) for row in rows for s in symbols(row.right)}
    heads = {sexpr(_name_of(e.left)) for e in called.values()}
    last = rows[-1].left
    return [r for r in rows if r.left is last or sexpr(r.left) not in heads or sexpr(r.left) in used]
