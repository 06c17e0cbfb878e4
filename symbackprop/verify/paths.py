"""A gradient of which a part is missing: a path, the penalty, or what one output of softmax does to the others."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from symbackprop.backward.evaluation import gradient_values
from symbackprop.backward.sweep import Adjoint, Contribution
from symbackprop.reading import tree as t
from symbackprop.verify.arrays import Mismatch
from symbackprop.verify.claims import Claim, Link
from symbackprop.verify.evaluating import Misshapen, Undefined, Unsupported
from symbackprop.verify.instances import Instance
from symbackprop.verify.reals import Undecided
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.quantities import Quantity
from symbackprop.vocabulary.terms import Map

if TYPE_CHECKING:
    from symbackprop.verify.mistakes import _Search

MOST_PARTS = 6


def partly(search: _Search) -> tuple[str, ...] | None:
    """The mistake, if the right side is a gradient in which some contributions are left out."""
    by = search.changes.by
    network = search.decider.network
    if by is None:
        return None
    adjoints = search.instances[0].sweep(network.cost)
    parts = adjoints[by].contributions if by in adjoints else ()
    if 1 < len(parts) <= MOST_PARTS:
        for count in range(len(parts) - 1, 0, -1):
            for kept in combinations(parts, count):
                if _equals(search, {**adjoints, by: Adjoint(by, kept)}):
                    missing = [c for c in parts if c not in kept]
                    return ("regulariser-dropped",) if all(_of_penalty(c, by) for c in missing) else ("path-dropped",)
    totals = {d.quantity for d in network.definitions if isinstance(d, Map) and d.function.name == "quotient"}
    if totals:
        changed = {
            quantity: Adjoint(quantity, tuple(c for c in adjoint.contributions if not _across(c, totals)))
            for quantity, adjoint in adjoints.items()
        }
        if _equals(search, changed):
            return ("softmax-diagonal-only",)
    return None


def _of_penalty(contribution: Contribution, by: Quantity) -> bool:
    """Whether a contribution is that of a penalty: the cost depends on the weight itself."""
    local = contribution.local
    direct = contribution.upstream is None or contribution.upstream.quantity.kind in ("inline", "auxiliary")
    return direct and all(getattr(f, "quantity", by) is by or hasattr(f, "function") for f in local)


def _across(contribution: Contribution, totals: set[Quantity]) -> bool:
    """Whether a contribution is what one unit of a softmax does to the others, through the total."""
    upstream = contribution.upstream
    definition = contribution.definition
    return (
        upstream is not None
        and upstream.quantity in totals
        and isinstance(definition, Map)
        and contribution.occurrence is definition.arguments[1]
    )


def _equals(search: _Search, adjoints: dict[Quantity, Adjoint]) -> bool:
    """Whether the right side equals the gradient that the changed adjoints give."""
    link, claim = search.link, search.claim
    for instance in search.instances[:2]:
        changed = gradient_values(
            search.decider.network, adjoints, instance.values, instance.algebra, instance.symbols, sizes=instance.sizes
        )
        if not _matches(search, instance, changed, link, claim):
            return False
    return True


def _matches(search: _Search, instance: Instance[Any], changed: Any, link: Link, claim: Claim) -> bool:
    evaluator = search.judge.evaluator(instance, search.decision.reading)
    right_values = {}
    one = Claim(claim.tree, (Link(link.left, link.right, "="),), claim.where)
    try:
        for letters in search.judge.assignments(one, instance):
            right_values[tuple(letters.items())] = evaluator.at(link.right, letters)
        instance.gradient(search.decider.network.cost, ())
        before, instance._gradient = instance._gradient, changed
        try:
            for letters in search.judge.assignments(one, instance):
                left = evaluator.at(link.left, letters)
                for a, b, _ in search.judge.entries(left, right_values[tuple(letters.items())], search.measure):
                    if search.measure.equal(a, b) is not True:
                        return False
        finally:
            instance._gradient = before
    except (Unsupported, InputError, Undecided, Misshapen, Mismatch, Undefined):
        return False
    return isinstance(link.left, t.Deriv | t.Grad | t.Sym)
