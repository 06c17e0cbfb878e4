r"""Targets of a cross-entropy: where ``-\sum_k y_k \log p_k`` is taken of probabilities that sum to one, so do the y.

Authors hardly ever write this down, and ``p - y`` is right only then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isclose, isfinite, tanh
from random import Random

from symbackprop.backward.evaluation import forward_values, points
from symbackprop.backward.numbers import Float
from symbackprop.networks.model import Constraint, Network
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.expressions import Ref
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Quantity
from symbackprop.vocabulary.terms import Combination, Map

MOST_DEFINITIONS = 200


class _Anything(Float):
    """Floating numbers with some function for every one that is not specified."""

    def unspecified(self, function: Function, arguments: Sequence[float], slope: int) -> float:
        """One of the many functions that it might be."""
        return tanh(sum(arguments) + len(function.name) / 7)


def with_distributions(network: Network) -> Network:
    """The network with the constraints that its cross-entropies carry, where it states none itself."""
    if network.constraints or len(network.definitions) > MOST_DEFINITIONS:
        return network
    suspected = suspects(network)
    if not suspected:
        return network
    known = probabilities(network, set(suspected.values()))
    found = tuple(Constraint(y) for y, p in suspected.items() if p in known)
    return replace(network, constraints=found, _names={}) if found else network


def suspects(network: Network) -> dict[Quantity, Quantity]:
    """Leaves that a term multiplies with the logarithm of something along the same last axis, and that something."""
    logs: dict[Quantity, Quantity] = {
        d.quantity: d.arguments[0].quantity
        for d in network.definitions
        if isinstance(d, Map) and d.function is FUNCTIONS["log"]
    }
    found: dict[Quantity, Quantity] = {}
    for definition in network.definitions:
        for term in definition.terms if isinstance(definition, Combination) else ():
            refs = [f for f in term.factors if isinstance(f, Ref) and f.indices]
            for log in (r for r in refs if r.quantity in logs):
                for y in (r for r in refs if r.quantity in network.leaves and r.quantity.kind in ("target", "input")):
                    if y.indices[-1] == log.indices[-1] and len(term.factors) == 2:
                        found[y.quantity] = logs[log.quantity]
    return found


def probabilities(network: Network, candidates: set[Quantity]) -> set[Quantity]:
    """The quantities whose entries along the last axis sum to one, at random points."""
    found = set(candidates)
    for seed in range(3):
        rng = Random(seed)
        sizes = {name: 2 + (number + seed) % 3 for number, name in enumerate(network.sizes)}
        given = {(q, p): rng.uniform(-1, 1) for q in network.leaves for p in points(q.axes, sizes)}
        symbols = {s.name: rng.uniform(0.5, 1) for s in network.hyperparameters} | {
            k: float(v) for k, v in sizes.items()
        }
        try:
            values = forward_values(network, given, _Anything(), symbols, sizes)
        except (InputError, ArithmeticError, ValueError):
            return set()
        for quantity in candidates:
            sums: dict[tuple[int, ...], float] = {}
            for point in points(quantity.axes, sizes):
                sums[point[:-1]] = sums.get(point[:-1], 0.0) + values[quantity, point]
            if not all(isfinite(total) and isclose(total, 1, rel_tol=1e-9) for total in sums.values()):
                found.discard(quantity)
    return found
