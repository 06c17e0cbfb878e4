"""Networks made ready for a program: samples along a first axis, an upstream gradient that is given as an array."""

from __future__ import annotations

from dataclasses import replace

from symbackprop.networks.layers import UPSTREAM
from symbackprop.networks.model import Constraint, Network
from symbackprop.vocabulary.arithmetic import mul, power
from symbackprop.vocabulary.expressions import MINUS_ONE, ONE, Expression, Number, Ref, Symbol
from symbackprop.vocabulary.quantities import Dimension, Index, Quantity, fresh_letter
from symbackprop.vocabulary.terms import Combination, Definition, Factor, Map, Term, factor_indices

GIVEN = "dC/d"
"""How the name of a gradient begins that is given."""

DATA = ("input", "target", "activation")
"""The kinds of leaves that differ from sample to sample."""


def with_upstream(network: Network) -> Network:
    """The network of two arbitrary layers with its upstream gradient as a leaf.

    The cost is known by that gradient alone; its linear part, the sum of gradient times output, has the same gradients.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> [leaf.name for leaf in with_upstream(read_pattern("k")).leaves]
    ['r(k)', 'W(k)', 'dC/dr(k+1)']
    """
    definitions: list[Definition] = []
    leaves = list(network.leaves)
    for definition in network.definitions:
        if isinstance(definition, Map) and definition.function is UPSTREAM:
            (output,) = definition.arguments
            given = Quantity(f"{GIVEN}{output.quantity.name}", "input", output.quantity.axes)
            leaves.append(given)
            product = Term((Ref(given, output.indices), output))
            definitions.append(Combination(definition.quantity, definition.indices, (product,)))
        else:
            definitions.append(definition)
    return replace(network, definitions=tuple(definitions), leaves=tuple(leaves), _names={})


def with_samples(network: Network, size: int | str) -> Network:
    """The network of many samples: inputs and targets get a first axis of that size, the cost is the mean.

    What no sample changes (a penalty on the weights) stays as it is; where the upstream gradient is given, it holds
    what the mean divides by, and the cost is a sum.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> net = with_samples(read_pattern("2 -> 1 relu"), "m")
    >>> [(leaf.name, leaf.shape) for leaf in net.leaves]
    [('x', ('m', 2)), ('W0', (2, 1)), ('y', ('m', 1))]
    """
    return _Sampling(network, Dimension("samples", size)).network()


class _Sampling:
    def __init__(self, network: Network, samples: Dimension) -> None:
        self.original = network
        self.samples = samples
        letters = {i.letter for d in network.definitions for i in _letters(d)}
        self.index = Index(fresh_letter(letters | network.reserved_letters, "s"), samples)
        self.new: dict[Quantity, Quantity] = {}

    def network(self) -> Network:
        """The network with the axis."""
        old = self.original
        for leaf in old.leaves:
            if leaf.kind in DATA:
                self.new[leaf] = self.sampled(leaf)
        definitions = [new for d in old.definitions for new in self.definition(d)]
        size = self.samples.size
        return Network(
            old.source,
            tuple(definitions),
            tuple(self.new.get(leaf, leaf) for leaf in old.leaves),
            old.cost,
            self.new.get(old.prediction) if old.prediction else None,
            tuple(Constraint(self.new.get(c.quantity, c.quantity)) for c in old.constraints),
            old.hyperparameters,
            (*old.sizes, *((size,) if isinstance(size, str) else ())),
            self.samples,
            old.cost_name,
            old.title,
            old.remarks,
            old.step_at_zero,
        )

    def sampled(self, quantity: Quantity) -> Quantity:
        """The quantity with the axis of the samples in front."""
        return Quantity(quantity.name, quantity.kind, (self.samples, *quantity.axes), quantity.label, quantity.latex)

    def definition(self, definition: Definition) -> list[Definition]:
        """The definition for every sample, if it depends on what differs between them."""
        cost = definition.quantity is self.original.cost
        if not any(f.quantity in self.new for f in _entries(definition)):
            return [definition]
        if isinstance(definition, Map):
            arguments = tuple(self.entry(a) for a in definition.arguments)
            quantity = self.sampled(_of_one_sample(definition.quantity) if cost else definition.quantity)
            indices = (self.index, *definition.indices)
            each = Map(quantity, indices, definition.function, arguments)
            if not cost:
                self.new[definition.quantity] = quantity
                return [each]
            mean = Term((Ref(quantity, indices),), self.reciprocal())
            return [each, Combination(definition.quantity, (), (mean,))]
        if cost:
            return [Combination(definition.quantity, (), tuple(map(self.mean, definition.terms)))]
        self.new[definition.quantity] = self.sampled(definition.quantity)
        terms = tuple(Term(tuple(map(self.factor, t.factors)), t.coefficient) for t in definition.terms)
        return [Combination(self.new[definition.quantity], (self.index, *definition.indices), terms)]

    def mean(self, term: Term) -> Term:
        """A term of the cost, averaged if it differs between the samples."""
        if not any(isinstance(f, Ref) and f.quantity in self.new for f in term.factors):
            return term
        return Term(tuple(map(self.factor, term.factors)), mul(term.coefficient, self.reciprocal()))

    def reciprocal(self) -> Expression:
        """One over the number of samples, or one for a sum."""
        if any(leaf.name.startswith(GIVEN) for leaf in self.original.leaves):
            return ONE
        size = self.samples.size
        return power(Number(size) if isinstance(size, int) else Symbol(size), MINUS_ONE)

    def factor(self, factor: Factor) -> Factor:
        """A factor of a term, of the same sample."""
        return self.entry(factor) if isinstance(factor, Ref) else factor

    def entry(self, ref: Ref) -> Ref:
        """An entry, of the same sample."""
        new = self.new.get(ref.quantity)
        return ref if new is None else Ref(new, (self.index, *ref.indices))


def _of_one_sample(cost: Quantity) -> Quantity:
    """A quantity for the cost of one sample."""
    return Quantity(f"{cost.name}_each", "auxiliary", cost.axes, cost.label)


def _entries(definition: Definition) -> list[Ref]:
    if isinstance(definition, Map):
        return list(definition.arguments)
    return [f for term in definition.terms for f in term.factors if isinstance(f, Ref)]


def _letters(definition: Definition) -> tuple[Index, ...]:
    if isinstance(definition, Map):
        return tuple(i for a in definition.arguments for i in factor_indices(a)) + definition.indices
    return tuple(i for t in definition.terms for f in t.factors for i in factor_indices(f)) + definition.indices
