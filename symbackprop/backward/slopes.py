"""Slopes as formulas: those of the tables, and those of a user's functions by the very sweep.

A formula in ``z`` is a network of one input without weights; backpropagation through its elementary lines is its
derivative.
"""

from __future__ import annotations

from functools import lru_cache

from symbackprop.backward.sweep import sweep
from symbackprop.networks.builder import Builder
from symbackprop.networks.closing import Closing, with_parameters
from symbackprop.tables import functions
from symbackprop.vocabulary.arithmetic import add, mul, rebuild
from symbackprop.vocabulary.expressions import Call, Expression, Ref, Symbol, size
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Quantity
from symbackprop.vocabulary.terms import Factor, Slope

SHORT_SLOPE = 14
"""A slope formula of at most this many nodes is put in; a longer one keeps its name and is stated once."""


@lru_cache(maxsize=1024)
def slope_tree(function: Function, position: int) -> Expression | None:
    """The partial of a function by one parameter, in its parameters and its output ``r``; None if unspecified."""
    tree = functions.slope_tree(function, position)
    if tree is not None or function.tree is None:
        return tree
    return derived_slope(function.tree, function.parameters, position)


def derived_slope(tree: Expression, parameters: tuple[str, ...], position: int) -> Expression:
    """The partial of a formula by one of its parameters, in its parameters.

    >>> from symbackprop.vocabulary.formulas import read_formula
    >>> derived_slope(read_formula("z^2", {"z"}, {}), ("z",), 0)
    Mul(Number(Fraction(2, 1),), Symbol('z',))
    """
    builder = Builder("a formula")
    leaves = {name: builder.leaf(name, "input") for name in parameters}
    cost = builder.define("C", "cost", (), with_parameters(tree, {n: Ref(q) for n, q in leaves.items()}))
    network = builder.build(cost)
    closing = Closing(network.definitions)
    values: dict[Quantity, Expression] = {}
    adjoints = sweep(network)
    for quantity in (*(d.quantity for d in reversed(network.definitions)), leaves[parameters[position]]):
        terms = []
        for c in adjoints[quantity].contributions if quantity in adjoints else ():
            upstream = [values[c.upstream.quantity]] if c.upstream else []
            terms.append(mul(c.coefficient, *upstream, *(factor_expression(f) for f in c.local)))
        values[quantity] = add(*terms)

    def named(e: Expression) -> Expression | None:
        return Symbol(e.quantity.name) if isinstance(e, Ref) else None

    return rebuild(closing.expanded(values[leaves[parameters[position]]], "leaves"), named)


def factor_expression(factor: Factor, put_in: bool = True) -> Expression:
    """A factor of a term as a formula; a slope by its formula if it is short and ``put_in``, else by its name."""
    if not isinstance(factor, Slope):
        return factor
    function = factor.function
    tree = slope_tree(function, factor.position)
    if tree is not None and (not function.head or (put_in and _short(tree))):
        values: dict[str, Expression] = dict(zip(function.parameters, factor.arguments, strict=True))
        values["r"] = factor.output
        return with_parameters(tree, values)
    return Call(function, factor.arguments, factor.position + 1)


@lru_cache(maxsize=1024)
def _short(tree: Expression) -> bool:
    return size(tree) <= SHORT_SLOPE


def slopes_put_in(e: Expression) -> Expression:
    """A formula with every slope that has a formula written out, its output too."""

    def change(node: Expression) -> Expression | None:
        if not isinstance(node, Call) or not node.slope:
            return None
        tree = slope_tree(node.function, node.slope - 1)
        if tree is None:
            return None
        values = dict(zip(node.function.parameters, node.arguments, strict=True))
        values["r"] = Call(node.function, node.arguments)
        return slopes_put_in(with_parameters(tree, values))

    return rebuild(e, change)
