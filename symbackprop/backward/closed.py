"""Closed forms of adjoints.

Three depths. *In quantities*: an adjoint as a formula in the network's z, r and leaves, with no adjoint left in it
(:meth:`ClosedForms.adjoint`). *In pre-activations*: activations written as functions of their z. *In leaves*:
everything written out down to inputs and weights.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from fractions import Fraction

from symbackprop.backward.slopes import factor_expression, slopes_put_in
from symbackprop.backward.sweep import Adjoint, Contribution, sweep
from symbackprop.networks.closing import Closing, instantiate
from symbackprop.networks.model import Network
from symbackprop.vocabulary.arithmetic import add, is_coefficient, mul, power, split, summed
from symbackprop.vocabulary.expressions import (
    ONE,
    ZERO,
    Add,
    Call,
    Expression,
    Mul,
    Number,
    Partial,
    Pow,
    Ref,
    Sum,
    letters,
    size,
)
from symbackprop.vocabulary.quantities import Index, Quantity, fresh_indices
from symbackprop.vocabulary.terms import Map


class ClosedForms:
    """The adjoints of a network and their closed forms, each worked out once, when it is first asked for."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.adjoints: dict[Quantity, Adjoint] = sweep(network)
        self.closing = Closing(network.definitions, network.reserved_letters)
        self._summing = {c.quantity for c in network.constraints}
        self._quotients = {
            (d.arguments[0].quantity, d.arguments[1].quantity): d.quantity
            for d in network.definitions
            if isinstance(d, Map) and d.function.name == "quotient"
        }
        self._order = {q: k for k, q in enumerate((*network.leaves, *(d.quantity for d in network.definitions)))}
        self._adjoint: dict[Quantity, Expression] = {}
        self._sizes: dict[Quantity, int] = {}
        self._lengths: dict[Quantity, int] = {}

    def afresh(self) -> ClosedForms:
        """The same adjoints, no closed form worked out yet."""
        other = copy(self)
        other._adjoint = {}
        return other

    def stand(self, quantity: Quantity) -> Partial:
        """From now on write the adjoint of a quantity by its name, dC/dq, wherever another is made of it."""
        partial = self._adjoint[quantity] = Partial(Ref(self.network.cost), self.entry(quantity))
        return partial

    def position(self, quantity: Quantity) -> int:
        """The place of a quantity in the network: leaves first, then the definitions in order."""
        return self._order[quantity]

    def indices(self, quantity: Quantity) -> tuple[Index, ...]:
        """The letters in which the adjoint of a quantity is written: those of its first occurrence."""
        adjoint = self.adjoints.get(quantity)
        if adjoint is None or not adjoint.contributions:
            definition = self.closing.definitions.get(quantity)
            if definition is not None:
                return definition.indices
            return fresh_indices(quantity.axes)
        return adjoint.contributions[0].indices

    def entry(self, quantity: Quantity) -> Ref:
        """The entry of a quantity that its adjoint is written for."""
        return Ref(quantity, self.indices(quantity))

    def in_letters(self, contribution: Contribution, e: Expression) -> Expression:
        """A formula of a contribution, in the letters of the quantity's adjoint."""
        indices = self.indices(contribution.occurrence.quantity)
        return instantiate(e, contribution.indices, indices, set()) if indices != contribution.indices else e

    def chain(self, contribution: Contribution) -> Expression:
        """A contribution as a product of partials left standing."""
        c, occurrence = self.network.cost, Ref(contribution.occurrence.quantity, contribution.indices)
        if contribution.upstream is None:
            return self.in_letters(contribution, Partial(Ref(c), occurrence))
        product = mul(Partial(Ref(c), contribution.upstream), Partial(contribution.upstream, occurrence))
        return self.in_letters(contribution, summed(contribution.summed(), product))

    def local(self, contribution: Contribution) -> Expression:
        """A contribution with its local derivative put in, the upstream partial left standing.

        The slope of an activation keeps its name here, that of any other function is put in.
        """
        put_in = contribution.definition.quantity.kind != "activation"
        upstream = Partial(Ref(self.network.cost), contribution.upstream) if contribution.upstream else ONE
        factors = (factor_expression(f, put_in) for f in contribution.local)
        product = mul(contribution.coefficient, upstream, *factors)
        return self.in_letters(contribution, summed(contribution.summed(), product))

    def raw(self, contribution: Contribution) -> Expression:
        """A contribution with the upstream adjoint put in, nothing simplified."""
        upstream, rest = self._parts(contribution)
        number = Fraction(1)
        factors: list[Expression] = []
        for part in (upstream, *rest):
            part_number, part_factors = split(part)
            number *= part_number
            factors += part_factors
        if number != 1 or not factors:
            factors.insert(0, Number(number))
        product = factors[0] if len(factors) == 1 else Mul(tuple(factors))
        return self.in_letters(contribution, summed(contribution.summed(), product))

    def _parts(self, contribution: Contribution) -> tuple[Expression, list[Expression]]:
        rest = [factor_expression(f) for f in contribution.local]
        if contribution.coefficient != ONE:
            rest.insert(0, contribution.coefficient)
        upstream: Expression = ONE
        if contribution.upstream is not None:
            source = contribution.upstream
            upstream = self._adjoint[source.quantity]
            if self.closing.indexed:
                taken = {i.letter for i in contribution.indices} | self.closing.reserved
                for part in rest:
                    taken |= letters(part)
                upstream = instantiate(upstream, self.indices(source.quantity), source.indices, taken)
        return upstream, rest

    def adjoint(self, quantity: Quantity) -> Expression:
        """The adjoint of a quantity in the network's quantities, in the letters of :meth:`indices`.

        >>> from symbackprop.networks.pattern import read_pattern
        >>> net = read_pattern("identity")
        >>> ClosedForms(net).adjoint(net.quantity("r1"))
        Add(Ref(r1, ()), Mul(Number(Fraction(-1, 1),), Ref(y, ())))
        """
        known = self._adjoint
        if quantity not in known:
            needed = [quantity, *self._unknown_before(quantity)]
            for q in sorted(needed, key=self._order.__getitem__, reverse=True) if len(needed) > 1 else needed:
                known[q] = self._adjoint_of(q)
        return known[quantity]

    def _unknown_before(self, quantity: Quantity) -> list[Quantity]:
        """The quantities whose adjoints that of a quantity is made of, as far as these are not known."""
        found: dict[Quantity, None] = {}
        todo = [quantity]
        while todo:
            adjoint = self.adjoints.get(todo.pop())
            for contribution in adjoint.contributions if adjoint else ():
                source = contribution.upstream
                if source and source.quantity not in self._adjoint and source.quantity not in found:
                    found[source.quantity] = None
                    todo.append(source.quantity)
        return [*found]

    def _adjoint_of(self, quantity: Quantity) -> Expression:
        adjoint = self.adjoints.get(quantity)
        if quantity is self.network.cost:
            return ONE
        if adjoint is None:
            return ZERO
        if len(adjoint.contributions) == 1:
            return self.share(adjoint.contributions[0])
        return add(*map(self.share, adjoint.contributions))

    def share(self, contribution: Contribution) -> Expression:
        """What one contribution comes to in the network's quantities; the adjoint it needs is known."""
        upstream, rest = self._parts(contribution)
        body = mul(upstream, *rest)
        if contribution.occurrence.quantity.kind != "difference":
            body = self.without_inline(body)
        if not self.closing.indexed:  # nothing to sum over
            return self.tidy(body)
        return self.in_letters(contribution, self.total(contribution.summed(), self.tidy(body)))

    def without_inline(self, e: Expression) -> Expression:
        """A formula with the quantities that only a formula taken apart has named written out."""
        return self.closing.expanded(e, "inline")

    def total(self, indices: tuple[Index, ...], body: Expression) -> Expression:
        """A sum, with the entries of a target that are known to sum to one summed to one."""
        if isinstance(body, Sum):
            return self.total((*indices, *body.indices), body.body)
        factors = body.factors if isinstance(body, Mul) else (body,)
        for position, factor in enumerate(factors):
            if isinstance(factor, Ref) and factor.quantity in self._summing and factor.indices:
                last = factor.indices[-1]
                others = mul(*factors[:position], *factors[position + 1 :])
                if last in indices and isinstance(last, Index) and last.letter not in letters(others):
                    return self.total(tuple(i for i in indices if i != last), others)
        return summed(indices, body)

    def tidy(self, e: Expression) -> Expression:
        """A product with e/S folded back to the softmax it defines, and multiplied out where that is shorter."""
        if (
            not isinstance(e, Mul)
            or _PLAIN.issuperset(map(type, e.factors))
            or not any(map(_has_reciprocal, e.factors))
        ):
            return e
        folded = self._folded(e)
        if not isinstance(folded, Mul):
            return folded
        for position, factor in enumerate(folded.factors):
            if isinstance(factor, Add):
                others = folded.factors[:position], folded.factors[position + 1 :]
                terms = (self._folded(mul(*others[0], term, *others[1])) for term in factor.terms)
                shorter = common_factor(add(*terms))
                if size(shorter) < size(folded):
                    return shorter
        return folded

    def _folded(self, e: Expression) -> Expression:
        if not isinstance(e, Mul):
            return e
        for position, factor in enumerate(e.factors):
            if not (isinstance(factor, Pow) and isinstance(factor.base, Ref) and isinstance(factor.exponent, Number)):
                continue
            if factor.exponent.value >= 0:
                continue
            for other, numerator in enumerate(e.factors):
                if not isinstance(numerator, Ref):
                    continue
                whole = self._quotients.get((numerator.quantity, factor.base.quantity))
                if whole is not None:
                    factors = list(e.factors)
                    factors[other] = Ref(whole, numerator.indices)
                    factors[position] = power(factor.base, Number(factor.exponent.value + Fraction(1)))
                    return self._folded(mul(*factors))
        return e

    def size_in_leaves(self, quantity: Quantity) -> int:
        """About how many nodes the adjoint has written out down to the leaves, without working it out."""
        return self._measured(quantity, self._sizes, self.closing.size_in_leaves)

    def length_in_leaves(self, quantity: Quantity) -> int:
        """About how many characters of text it has then."""
        return self._measured(quantity, self._lengths, self.closing.length_in_leaves)

    def _measured(self, quantity: Quantity, known: dict[Quantity, int], measure: Callable[[Expression], int]) -> int:
        if not known:
            for q in sorted(self.adjoints, key=self._order.__getitem__, reverse=True):
                known[q] = sum(
                    (known[c.upstream.quantity] if c.upstream else 0)
                    + sum(measure(factor_expression(f)) for f in c.local)
                    for c in self.adjoints[q].contributions
                )
        return known.get(quantity, 1)

    def in_leaves(self, e: Expression) -> Expression:
        """A formula written out down to inputs, weights, biases and targets, slopes by their formulas."""
        return slopes_put_in(self.closing.expanded(e, "leaves"))


def common_factor(e: Expression) -> Expression:
    """A sum with the sizes and hyperparameters that all its terms share taken in front of it.

    >>> from symbackprop.vocabulary.expressions import Symbol
    >>> m = power(Symbol("m"), Number(-1))
    >>> common_factor(add(mul(m, Symbol("a")), mul(m, Symbol("b")))) == mul(m, add(Symbol("a"), Symbol("b")))
    True
    """
    if not isinstance(e, Add):
        return e
    shared = [f for f in split(e.terms[0])[1] if is_coefficient(f)]
    shared = [f for f in shared if all(f in split(term)[1] for term in e.terms)]
    if not shared:
        return e
    inner = add(*(mul(term, *(power(f, Number(-1)) for f in shared)) for term in e.terms))
    return Mul((*shared, inner))


_PLAIN = frozenset({Ref, Partial, Call})
"""Formulas that have no reciprocal in them."""


def _has_reciprocal(e: Expression) -> bool:
    if isinstance(e, Pow):
        return isinstance(e.exponent, Number) and e.exponent.value < 0
    return isinstance(e, Add | Mul) and any(_has_reciprocal(part) for part in e.parts())
