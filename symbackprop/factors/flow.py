"""The flow of a network: every gradient as a product of factors, layer by layer, with what bounds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symbackprop.backward.closed import ClosedForms
from symbackprop.backward.derivation import default_targets
from symbackprop.factors.bounds import bound_of_link, tally
from symbackprop.factors.chains import Chains, Staging, link_of
from symbackprop.factors.verdicts import verdict
from symbackprop.networks.model import Network
from symbackprop.vocabulary.arithmetic import add
from symbackprop.vocabulary.expressions import Expression
from symbackprop.vocabulary.flows import Flow, Gradient, Share, Tally
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Quantity
from symbackprop.vocabulary.terms import Slope


def flow_of(network: Network, targets: Sequence[Quantity] | None = None) -> Flow:
    """The flow of the gradients by some targets (default: every weight and bias).

    >>> from symbackprop.networks.pattern import read_pattern
    >>> flow = flow_of(read_pattern("sigmoid*3"))
    >>> [(stage.upper, stage.lower) for stage in flow.stages]
    [(r3, z3), (z3, r2), (r2, z2), (z2, r1), (r1, z1)]
    >>> dict(flow.tallies[-1].slopes), flow.tallies[-1].items
    ({sigmoid: 3}, 2)
    """
    forms = ClosedForms(network)
    wanted = tuple(targets) if targets is not None else default_targets(forms)
    chains = Staging(forms).chains(wanted)
    tallies: list[Tally] = []
    for number, stage in enumerate(chains.stages):
        tallies.append(tally(stage, number, tallies[stage.above] if stage.above is not None else None))
    gradients = tuple(Gradient(forms.entry(target), _shares(forms, chains, target)) for target in wanted)
    starts = dict.fromkeys(share.start for g in gradients for share in g.shares if share.start is not None)
    flow = Flow(
        network.source,
        network.title,
        chains.stages,
        tuple(tallies),
        chains.layers,
        gradients,
        tuple(_functions(chains)),
        (),
        network.step_at_zero,
        {start: forms.adjoint(start) for start in starts},
    )
    return replace(flow, verdict=verdict(flow))


def _shares(forms: ClosedForms, chains: Chains, target: Quantity) -> tuple[Share, ...]:
    """What every occurrence of a target adds; where it stands in the cost itself, that in one piece."""
    found: list[Share] = []
    direct: list[Expression] = []
    adjoint = forms.adjoints.get(target)
    for contribution in adjoint.contributions if adjoint else ():
        upper = contribution.upstream.quantity if contribution.upstream else None
        if upper is None or upper not in chains.start_of:
            if upper is not None:
                forms.adjoint(upper)  # what a share is made of
            direct.append(forms.share(contribution))
            continue
        own = link_of(contribution)
        found.append(Share(chains.start_of[upper], chains.stage_of.get(upper), own, bound_of_link(own)))
    if direct:
        found.append(Share(None, None, None, None, add(*direct)))
    return tuple(found)


def _functions(chains: Chains) -> list[Function]:
    """The functions whose slopes are factors."""
    found: dict[Function, None] = {}
    for stage in chains.stages:
        if stage.function is not None:
            found[stage.function] = None
        for path in stage.paths:
            found.update((f.function, None) for link in path for f in link.factors if isinstance(f, Slope))
    return list(found)
