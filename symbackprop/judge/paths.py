"""Gradients that are wrong in a known way: the reverse sweep with a part left out, or of another network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from symbackprop.backward.evaluation import gradient_values
from symbackprop.backward.sweep import Adjoint, Contribution, sweep
from symbackprop.judge.instances import Instance
from symbackprop.judge.probing import with_gradient
from symbackprop.judge.readings import Reading
from symbackprop.judge.repairs import Changes, private
from symbackprop.networks.model import Network
from symbackprop.reading import tree as t
from symbackprop.reading.tree import Node, Sym
from symbackprop.tables.costs import COSTS
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.quantities import Quantity
from symbackprop.vocabulary.terms import Map, Slope

MOST_PARTS, MOST_SUBSETS, DEEPEST = 6, 4, 40
Adjoints = dict[Quantity, Adjoint]


@dataclass(frozen=True, eq=False)
class Variant:
    """A wrong left side: the mistake, the instance that an instance becomes, and the left side itself."""

    mistake: str
    instance: Callable[[Instance[Any]], Instance[Any]]
    left: Node
    reading: Reading | None = None


def variants(changes: Changes, source: Network) -> Iterator[Variant]:
    """The wrong left sides that are known for a link, the likeliest first."""
    network, left, by = source, changes.left, changes.by
    if by is not None and changes.of_cost:
        adjoints = sweep(network)
        for mistake, changed in _changed(network, by, adjoints):
            yield Variant(mistake, _by_adjoints(network, changed), left)
        yield from _other_costs(network, left)
    for subset in _subsets(_relus(network)):
        yield Variant("relu-as-identity", _linear(network, subset), left)
    if by is not None:
        for new in other_lefts(changes):
            yield Variant("wrong-left-hand-side", lambda instance: instance, new)
        if any(d.function.name == "quotient" for d in network.definitions if isinstance(d, Map)):
            yield Variant("softmax-diagonal-only", lambda instance: instance, left, Reading(entrywise=True))


def _changed(network: Network, by: Quantity, adjoints: Adjoints) -> Iterator[tuple[str, Adjoints]]:
    """Sweeps with something left out."""
    maps = [
        d for d in network.definitions if isinstance(d, Map) and len(d.arguments) == 1 and not d.function.whole
        and d.function.name not in PLAIN and d.quantity in adjoints
    ]  # fmt: skip
    for subset in _subsets(maps):
        yield "slope-dropped", {q: _mapped(a, lambda c, s=subset: _without_slope(c, s)) for q, a in adjoints.items()}  # type: ignore[misc]
    if any(_is_share(d) for d in network.definitions):
        yield "softmax-diagonal-only", _alone(network, adjoints)
    for quantity, adjoint in list(adjoints.items())[:DEEPEST]:
        parts = adjoint.contributions
        if not 1 < len(parts) <= MOST_PARTS or quantity is network.cost:
            continue
        for count in range(len(parts) - 1, 0, -1):
            for kept in combinations(parts, count):
                missing = [c for c in parts if c not in kept]
                penalty = [c for c in parts if _of_penalty(c, quantity)]
                if penalty and 0 < len([c for c in missing if c in penalty]) < len(penalty):
                    continue
                name = "regulariser-dropped" if all(c in penalty for c in missing) else "path-dropped"
                yield name, {**adjoints, quantity: Adjoint(quantity, kept)}


def _by_adjoints(network: Network, adjoints: Adjoints) -> Callable[[Instance[Any]], Instance[Any]]:
    def changed(instance: Instance[Any]) -> Instance[Any]:
        found = gradient_values(
            network, adjoints, instance.values, instance.algebra, instance.symbols, sizes=instance.sizes
        )
        return with_gradient(instance, found)

    return changed


def _subsets(maps: list[Map]) -> Iterator[tuple[Map, ...]]:
    """All sets of a few definitions; of many, each alone and all together."""
    if len(maps) <= MOST_SUBSETS:
        for count in range(1, len(maps) + 1):
            yield from combinations(maps, count)
        return
    yield from ((one,) for one in maps[:DEEPEST])
    yield tuple(maps)


def _mapped(adjoint: Adjoint, change: Callable[[Contribution], Contribution]) -> Adjoint:
    return Adjoint(adjoint.quantity, tuple(change(c) for c in adjoint.contributions))


def _without_slope(contribution: Contribution, maps: tuple[Map, ...]) -> Contribution:
    """A contribution through one of the maps without the slope there."""
    if contribution.definition not in maps:
        return contribution
    return replace(contribution, local=tuple(f for f in contribution.local if not isinstance(f, Slope)))


def _relus(network: Network) -> list[Map]:
    return [d for d in network.definitions if isinstance(d, Map) and d.function is FUNCTIONS["relu"]]


def _linear(network: Network, maps: tuple[Map, ...]) -> Callable[[Instance[Any]], Instance[Any]]:
    """The network in which some ReLUs let everything through."""
    definitions = tuple(
        replace(d, function=FUNCTIONS["identity"]) if isinstance(d, Map) and d in maps else d
        for d in network.definitions
    )
    linear = replace(network, definitions=definitions, _names={})
    sweeps: dict[Quantity, Adjoints] = {}

    def changed(instance: Instance[Any]) -> Instance[Any]:
        return Instance(linear, instance.algebra, instance.given, instance.symbols, instance.sizes, sweeps)

    return changed


def _other_costs(network: Network, left: Node) -> Iterator[Variant]:
    """The gradients of the other costs, for a network given by a pattern."""
    from symbackprop.networks.layers import Options
    from symbackprop.networks.pattern import read_pattern

    own = COSTS.get(network.cost_name)
    if own is None or own.formula is None:
        return
    rate = network.hyperparameters[0].name if network.hyperparameters else None
    batch = network.batch.size if network.batch is not None else None
    for cost in COSTS.values():
        squares = bool(cost.square) and bool(own.square)
        if (
            cost is own
            or cost.formula is None
            or squares
            and len(network.prediction.axes if network.prediction else ()) == 0
        ):
            continue
        if squares and not cost.square.endswith("/n") and not own.square.endswith("/n"):
            continue
        try:
            other = read_pattern(network.source, Options(cost, batch, rate))
        except InputError:
            continue
        yield Variant("loss-mismatch", _costing(network, other), left)


def _costing(network: Network, other: Network) -> Callable[[Instance[Any]], Instance[Any]]:
    names = {q.name: q for q in other.quantities}
    sweeps: dict[Quantity, Adjoints] = {}

    def changed(instance: Instance[Any]) -> Instance[Any]:
        given = {(names[q.name], p): v for (q, p), v in instance.given.items() if q.name in names}
        sizes = {**instance.sizes}
        that = Instance(other, instance.algebra, given, instance.symbols, sizes, sweeps)
        that.gradient(other.cost, ())
        assert that._gradient is not None
        found = {
            (q, p): that._gradient[names[q.name], p]
            for q, p in instance.values
            if q.name in names and (names[q.name], p) in that._gradient
        }
        return with_gradient(instance, found)

    return changed


def other_lefts(changes: Changes) -> Iterator[Node]:
    """The same derivative by every other quantity that the same indices fit."""
    left = changes.left
    scripts: tuple[Node, ...] = ()
    if isinstance(left, t.Deriv | t.Grad):
        by = left.by[-1] if isinstance(left, t.Deriv) else left.by
        meaning = changes.subject.meaning(by) if isinstance(by, Sym) else None
        scripts = getattr(meaning, "scripts", ())
    of = left.of if isinstance(left, t.Deriv | t.Grad) else private(changes.network.cost)
    for quantity in changes.network.quantities:
        if quantity is not changes.by and quantity.kind not in ("cost", "inline", "difference"):
            indices = scripts if len(scripts) == len(quantity.axes) else scripts[: len(quantity.axes)]
            if len(indices) in (0, len(quantity.axes)):
                yield t.Deriv("partial", of, (private(quantity, indices),))


def _of_penalty(contribution: Contribution, by: Quantity) -> bool:
    """Whether a contribution is that of a penalty: the cost depends on the weight itself."""
    local = contribution.local
    direct = contribution.upstream is None or contribution.upstream.quantity.kind in ("inline", "auxiliary")
    return (
        by.kind == "weight"
        and direct
        and all(getattr(f, "quantity", by) is by or hasattr(f, "function") for f in local)
    )


def _is_share(definition: object) -> bool:
    """Whether a definition divides by a total, as the last line of softmax does."""
    return isinstance(definition, Map) and definition.function.name == "quotient"


def _alone(network: Network, adjoints: Adjoints) -> Adjoints:
    """The sweep in which a unit of a softmax changes the total for itself only, not for the others."""
    found = dict(adjoints)
    for d in network.definitions:
        if not isinstance(d, Map) or not _is_share(d) or d.quantity not in adjoints:
            continue
        share, total = d.arguments
        through = [c for c in adjoints[total.quantity].contributions if c.definition is d and c.occurrence is total]
        kept = [
            c
            for c in adjoints[share.quantity].contributions
            if not c.upstream or c.upstream.quantity is not total.quantity
        ]
        own = [replace(c, occurrence=share, indices=d.indices) for c in through]
        found[share.quantity] = Adjoint(share.quantity, (*kept, *own))
    return found


PLAIN = frozenset(["identity", "exp", "log", "reciprocal", "quotient", "square", "sqrt"])
