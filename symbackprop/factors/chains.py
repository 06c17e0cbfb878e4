"""The stages of a gradient: the quantities through which all of it passes on its way from the cost.

In the graph whose arrows lead from a quantity to what it occurs in, they are the dominators of the quantity, seen from
the cost (Cooper, Harvey and Kennedy, A simple, fast dominance algorithm, 2001). In a plain chain every quantity is
one; where a connection skips a layer, the two ways around it lie inside one stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbackprop.backward.closed import ClosedForms
from symbackprop.backward.sweep import Adjoint, Contribution
from symbackprop.factors.bounds import bound_of_paths
from symbackprop.networks.model import Network
from symbackprop.tables.activations import SOFTMAX
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.expressions import ONE, Ref, size
from symbackprop.vocabulary.flows import BoundTerm, Link, Path, Stage
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Quantity
from symbackprop.vocabulary.terms import Combination, Map, Slope

MOST_PATHS = 6
"""So many ways between two quantities are written out; of more, only that there are many."""


def link_of(contribution: Contribution) -> Link:
    """A contribution that has an upstream as a local derivative."""
    assert contribution.upstream is not None
    lower = Ref(contribution.occurrence.quantity, contribution.indices)
    return Link(contribution.upstream, lower, contribution.local, contribution.coefficient, contribution.summed())


@dataclass(frozen=True)
class Chains:
    """The stages below each other; ``stage_of`` gives the number of the one that ends at a quantity."""

    stages: tuple[Stage, ...]
    stage_of: dict[Quantity, int]
    start_of: dict[Quantity, Quantity]
    """For each quantity with an upstream gradient above it, where that is taken."""
    layers: tuple[Quantity, ...]


def dominators(network: Network, adjoints: dict[Quantity, Adjoint]) -> dict[Quantity, Quantity]:
    """For each quantity the nearest one that everything of its gradient passes; the cost has none.

    >>> from symbackprop.backward.sweep import sweep
    >>> from symbackprop.networks.pattern import read_pattern
    >>> net = read_pattern("relu")
    >>> dominators(net, sweep(net))[net.quantity("z1")]
    r1
    """
    parent: dict[Quantity, Quantity] = {}
    depth = {network.cost: 0}
    for definition in reversed(network.definitions):
        quantity = definition.quantity
        if quantity is network.cost or quantity not in adjoints:
            continue
        common: Quantity | None = None
        for contribution in adjoints[quantity].contributions:
            above = contribution.upstream.quantity if contribution.upstream else network.cost
            while common is not None and common is not above:
                if depth[common] >= depth[above]:
                    common = parent[common]
                else:
                    above = parent[above]
            common = above
        if common is not None:
            parent[quantity] = common
            depth[quantity] = depth[common] + 1
    return parent


class Staging:
    """Cuts the gradients of a network into stages and gathers these into layers."""

    def __init__(self, forms: ClosedForms) -> None:
        self.forms = forms
        self.network = forms.network
        self.adjoints = forms.adjoints
        self.definitions = {d.quantity: d for d in self.network.definitions}
        self.parent = dominators(self.network, self.adjoints)
        self.compared = self._compared()

    def above(self, quantity: Quantity) -> Quantity | None:
        """The quantity that the stage of a quantity begins at: its dominator, or the output of a softmax of it."""
        parent = self.parent.get(quantity)
        output = self.parent.get(parent) if parent is not None else None
        return output if output is not None and self.softmax(quantity, output) else parent

    def needed(self, targets: Sequence[Quantity]) -> set[Quantity]:
        """The quantities that the gradients by some targets pass."""
        found: set[Quantity] = set()
        for target in targets:
            adjoint = self.adjoints.get(target)
            for contribution in adjoint.contributions if adjoint else ():
                quantity = contribution.upstream.quantity if contribution.upstream else None
                while quantity is not None and quantity not in found:
                    found.add(quantity)
                    quantity = self.above(quantity)
        return found

    def chains(self, targets: Sequence[Quantity]) -> Chains:
        """The stages that the gradients by some targets need, those near the cost first."""
        needed = self.needed(targets)
        stages: list[Stage] = []
        stage_of: dict[Quantity, int] = {}
        start_of: dict[Quantity, Quantity] = {}
        layers: list[Quantity] = []
        linear: set[int] = set()
        for definition in reversed(self.network.definitions):
            quantity = definition.quantity
            parent = self.above(quantity)
            if parent is None or quantity not in needed or quantity.kind == "inline":
                continue
            if parent not in start_of:
                if self.may_start(quantity):
                    start_of[quantity] = quantity
                continue
            if start_of[parent] is parent and self.cancelled(quantity, parent):
                start_of[quantity] = quantity
                continue
            start_of[quantity] = start_of[parent]
            softmax = self.softmax(quantity, parent)
            paths = () if softmax else self.paths(quantity, parent)
            plain = len(paths) == 1 and not any(isinstance(f, Slope) for link in paths[0] for f in link.factors)
            above = stage_of.get(parent)
            layer = len(layers)
            if plain and above is not None and stages[above].layer not in linear:
                layer = stages[above].layer
            if layer == len(layers):
                layers.append(parent)
            if plain or len(paths) > 1:
                linear.add(layer)
            bound = (BoundTerm({softmax: 1}, (), ONE),) if softmax else bound_of_paths(paths)
            stage_of[quantity] = len(stages)
            stages.append(Stage(parent, quantity, paths, above, layer, bound, softmax))
        return Chains(tuple(stages), stage_of, start_of, tuple(layers))

    def may_start(self, quantity: Quantity) -> bool:
        """Whether an upstream gradient may be taken here: at an output of the layers, not at a part of the cost."""
        if quantity is self.network.prediction or quantity.kind in ("activation", "pre-activation"):
            return True
        return quantity.kind == "auxiliary" and quantity not in self.compared

    def _compared(self) -> set[Quantity]:
        """Everything that depends on a target; where there is none, every quantity that no weight stands in."""
        found = {leaf for leaf in self.network.leaves if leaf.kind == "target"}
        targets = bool(found)
        for definition in self.network.definitions:
            terms = definition.terms if isinstance(definition, Combination) else ()
            used = [f.quantity for term in terms for f in term.factors if isinstance(f, Ref)]
            if isinstance(definition, Map):
                used = [argument.quantity for argument in definition.arguments]
            if any(q in found for q in used) if targets else not any(q.kind == "weight" for q in used):
                found.add(definition.quantity)
        return found

    def cancelled(self, lower: Quantity, upper: Quantity) -> bool:
        """Whether the cost cancels the slope of the last activation, as cross-entropy that of softmax."""
        if lower.kind != "pre-activation" or upper.kind != "activation":
            return False
        return size(self.forms.adjoint(lower)) <= size(self.forms.adjoint(upper))

    def softmax(self, lower: Quantity, upper: Quantity) -> Function | None:
        """The softmax, if that is what lies between: upper = e/S, S the sum of e, e = exp(lower)."""
        quotient = self.definitions[upper]
        if not (isinstance(quotient, Map) and quotient.function is FUNCTIONS["quotient"]):
            return None
        e, total = quotient.arguments
        exponential, summing = self.definitions.get(e.quantity), self.definitions.get(total.quantity)
        if not (isinstance(exponential, Map) and exponential.function is FUNCTIONS["exp"]):
            return None
        if not (isinstance(summing, Combination) and len(summing.terms) == 1 and summing.terms[0].coefficient == ONE):
            return None
        summand = summing.terms[0].factors
        whole = len(summand) == 1 and isinstance(summand[0], Ref) and summand[0].quantity is e.quantity
        last = len(total.indices) == len(e.indices) - 1 and e.indices[:-1] == total.indices
        return SOFTMAX if whole and last and exponential.arguments[0].quantity is lower else None

    def paths(self, lower: Quantity, upper: Quantity) -> tuple[Path, ...]:
        """All ways from a quantity up to another one; none if they are too many."""
        found: list[Path] = []
        todo: list[tuple[Quantity, Path]] = [(lower, ())]
        steps = 0
        while todo:
            quantity, below = todo.pop()
            steps += 1
            if len(found) > MOST_PATHS or steps > 50 * MOST_PATHS:
                return ()
            for contribution in reversed(self.adjoints[quantity].contributions):
                link = link_of(contribution)
                path = (link, *below)
                if link.upper.quantity is upper:
                    found.append(path)
                else:
                    todo.append((link.upper.quantity, path))
        return tuple(found) if len(found) <= MOST_PATHS else ()
