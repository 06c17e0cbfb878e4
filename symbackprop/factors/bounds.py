"""Bounds of factors, by norms.

A slope is at most the bound of its function, which the tables prove; ``||diag(f'(z))||_2`` is the largest slope of the
layer. Of matrices ``||A B||_2 <= ||A||_2 ||B||_2``, so a product is bounded by the product of the bounds, and a sum by
their sum. Whatever else a link contracts is bounded by Cauchy and Schwarz: the Frobenius norm of a contraction is at
most the product of the Frobenius norms of its factors, and a sum of n entries that nothing weighs at most sqrt(n)
times their length.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from symbackprop.vocabulary.arithmetic import mul, power
from symbackprop.vocabulary.expressions import HALF, ONE, ZERO, Delta, Expression, Number, Ref, Symbol
from symbackprop.vocabulary.flows import ENDS, Bound, BoundTerm, Item, Link, Norm, NormKind, Path, Stage, Tally
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Index
from symbackprop.vocabulary.terms import Slope, factor_indices

MOST_TERMS = 12
"""A bound that is a sum of more products is not written out."""


def bound_of_link(link: Link) -> Bound:
    """The bound of one local derivative, as a linear map of the gradient above to the one below."""
    slopes: Counter[Function] = Counter()
    refs = [f for f in link.factors if isinstance(f, Ref)]
    coefficient = link.coefficient
    for factor in link.factors:
        if isinstance(factor, Slope):
            if not factor.function.bound or factor.function.whole:
                return None
            if Fraction(factor.function.bound) == 0:
                coefficient = ZERO
            slopes[factor.function] += 1
    norms = tuple(Norm(_kind(link, ref), ref.quantity) for ref in refs)
    carried = {i for f in link.factors if not isinstance(f, Delta) for i in factor_indices(f)}
    deltas = {i for f in link.factors if isinstance(f, Delta) for i in factor_indices(f)}
    lower = {i for i in link.lower.indices if isinstance(i, Index)}
    loose = [i for i in link.summed if i not in carried and i not in deltas]
    loose += [i for i in lower if i not in carried and i not in deltas and i not in factor_indices(link.upper)]
    for index in loose:
        size = index.dimension.size
        count = Number(size) if isinstance(size, int) else Symbol(size)
        coefficient = mul(coefficient, power(count, HALF))
    return (BoundTerm(slopes, norms, coefficient),)


def _kind(link: Link, ref: Ref) -> NormKind:
    """Which norm of a factor bounds the link."""
    own = [i for i in ref.indices if isinstance(i, Index)]
    above, below = factor_indices(link.upper), [i for i in link.lower.indices if isinstance(i, Index)]
    if not ref.quantity.axes:
        return "abs"
    if len(own) == len(set(own)) and all(i in above and i in below for i in own) and len(own) == len(ref.indices):
        return "max"
    alone = sum(isinstance(f, Ref | Delta) for f in link.factors) == 1
    if alone and len(own) == 2 == len(ref.quantity.axes):
        first, second = own
        rest = [i for i in above if i not in own] == [i for i in below if i not in own]
        if rest and (first in above) != (second in above) and (first in below) == (second in above):
            return "2"
    return "2" if len(ref.quantity.axes) == 1 else "F"


def bound_of_paths(paths: Sequence[Path]) -> Bound:
    """The bound of a stage: the sum over its ways of the products along them; None if one has none."""
    terms: list[BoundTerm] = []
    for path in paths:
        found = product(bound_of_link(link) for link in path)
        if found is None:
            return None
        terms += found
    return tuple(terms) or None


def product(bounds: Iterable[Bound]) -> Bound:
    """The product of bounds, multiplied out; None if one is missing or it is a sum of too many products."""
    slopes: list[Counter[Function]] = [Counter()]
    norms: list[list[Norm]] = [[]]
    coefficients: list[Expression] = [ONE]
    for bound in bounds:
        if bound is None or len(bound) * len(slopes) > MOST_TERMS:
            return None
        if len(bound) == 1:
            term = bound[0]
            for k in range(len(slopes)):
                slopes[k].update(term.slopes)
                norms[k].extend(term.norms)
                if term.coefficient != ONE:
                    coefficients[k] = mul(coefficients[k], term.coefficient)
            continue
        pairs = [(k, term) for k in range(len(slopes)) for term in bound]
        slopes, norms, coefficients = (
            [Counter(slopes[k]) + Counter(term.slopes) for k, term in pairs],
            [[*norms[k], *term.norms] for k, term in pairs],
            [mul(coefficients[k], term.coefficient) for k, term in pairs],
        )
    return tuple(BoundTerm(dict(s), tuple(n), c) for s, n, c in zip(slopes, norms, coefficients, strict=True))


def tally(stage: Stage, number: int, above: Tally | None) -> Tally:
    """The tally of a stage from that of the stage above it."""
    slopes: Mapping[Function, int] = above.slopes if above else {}
    coefficient = above.coefficient if above else ONE
    items, top, bottom = (above.items, above.top, above.bottom) if above else (0, (), ())
    unbounded = above.unbounded if above else None
    added: tuple[Item, ...] = ()
    if stage.bound is None:
        unbounded = number if unbounded is None else unbounded
    elif len(stage.bound) > 1:
        added = (stage.bound,)
    else:
        term = stage.bound[0]
        slopes = Counter(slopes) + Counter(term.slopes) if term.slopes else slopes
        coefficient = mul(coefficient, term.coefficient) if term.coefficient != ONE else coefficient
        added = term.norms
    first = above.first if above else ()
    return Tally(
        above.count + 1 if above else 1,
        (*first, number) if len(first) < 2 * ENDS else first,
        slopes,
        coefficient,
        items + len(added),
        (*top, *added)[:ENDS],
        (*bottom, *added)[-ENDS:],
        unbounded,
    )
