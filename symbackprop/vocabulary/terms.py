"""Definitions: a network, and its gradients, are lists of these.

Two shapes are enough. A :class:`Combination` is a sum of terms, each a coefficient times an ordered product of
factors, summed over the indices that the left side does not carry. A :class:`Map` is a function applied entry by
entry. A power of a sum is two lines, ``u = y - r`` and ``C = 1/2 u u``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from symbackprop.vocabulary.expressions import ONE, Delta, Expression, Ref
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Index, Quantity


class Slope(NamedTuple):
    """The partial of a function by its argument number ``position``, at the given arguments."""

    function: Function
    position: int
    arguments: tuple[Ref, ...]
    output: Ref


Factor = Ref | Delta | Slope


@dataclass(frozen=True, slots=True)
class Term:
    """A coefficient (numbers, sizes, hyperparameters) times an ordered product of factors."""

    factors: tuple[Factor, ...]
    coefficient: Expression = ONE


@dataclass(frozen=True, slots=True)
class Combination:
    """``quantity[indices] = sum of terms``."""

    quantity: Quantity
    indices: tuple[Index, ...]
    terms: tuple[Term, ...]
    written: Expression | None = field(default=None, compare=False)
    """The right side as it was written, where taking it apart into terms lost that (a power of a sum)."""


@dataclass(frozen=True, slots=True)
class Map:
    """``quantity[indices] = function(arguments)``, entry by entry.

    An argument with an index that the left side does not carry is passed whole: the function depends on all its
    entries (an unspecified cost of a vector).
    """

    quantity: Quantity
    indices: tuple[Index, ...]
    function: Function
    arguments: tuple[Ref, ...]


Definition = Combination | Map


def factor_indices(factor: Factor) -> tuple[Index, ...]:
    """The indices that a factor carries."""
    if isinstance(factor, Ref):
        return tuple(i for i in factor.indices if isinstance(i, Index)) if factor.indices else ()
    if isinstance(factor, Delta):
        return tuple(i for i in (factor.left, factor.right) if isinstance(i, Index))
    carried = (factor.arguments[factor.position], factor.output)
    return tuple(dict.fromkeys(i for ref in carried for i in factor_indices(ref)))


def summed_indices(definition: Definition, term: Term) -> tuple[Index, ...]:
    """The indices of a term that its definition's left side does not carry."""
    found = dict.fromkeys(i for factor in term.factors for i in factor_indices(factor))
    return tuple(i for i in found if i not in definition.indices)
