"""A flow as JSON for programs: everything, each formula as LaTeX; what is shared by gradients stands once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from symbackprop.render.flows.braces import bound_text, one_product
from symbackprop.render.flows.telling import Teller, Telling
from symbackprop.render.markup import LATEX
from symbackprop.vocabulary.flows import Flow, Spread


def render(tellings: Sequence[Telling]) -> str:
    """One object; of two flows the second stands under ``against``."""
    first, *others = [record(telling) for telling in tellings]
    if others:
        first["against"] = others[0]
    return json.dumps(first, ensure_ascii=False, indent=1) + "\n"


def record(telling: Telling) -> dict[str, Any]:
    """The object of one flow.

    ``layers`` are numbered from the cost down; a gradient names the ``layers`` that it passes by the number of the last
    one, ``above`` leads from layer to layer.
    """
    flow, teller = telling.flow, Teller(telling, LATEX)
    stages = teller.numbers()
    layers = []
    for number, quantity in enumerate(flow.layers):
        line = teller.factor(number, stages[number])
        above = stages[number][0].above
        layers.append(
            {
                "layer": number,
                "name": teller.layer_name(quantity) or quantity.name,
                "above": None if above is None else flow.stages[above].layer,
                "stages": [
                    {
                        "of": stage.upper.name,
                        "by": stage.lower.name,
                        "latex": teller.stage_latex(stage),
                        "paths": len(stage.paths),
                        "bound": teller.bounds.bound(stage.bound) or None,
                    }
                    for stage in stages[number]
                ],
                "bound": bound_text(line.left, line.relation, line.right),
            }
        )
    gradients = []
    for gradient in flow.gradients:
        bound = teller.gradient_bound(gradient)
        product = teller.product_line(gradient)
        gradients.append(
            {
                "wrt": gradient.target.quantity.name,
                "latex": f"{product.left} = {one_product(product)}",
                "products": [
                    {
                        "start": share.start.name if share.start else None,
                        "last_layer": None if share.last is None else flow.stages[share.last].layer,
                        "factors": 0 if share.last is None else flow.tallies[share.last].count,
                    }
                    for share in gradient.shares
                ],
                "bound": bound_text(bound.left, bound.relation, bound.right),
            }
        )
    return {
        "title": flow.title,
        "network": flow.source,
        "notation": telling.notation.name,
        "upstream": [
            {"latex": f"{left} = {right}" if right else left} for left, right in map(teller.upstream, flow.upstream)
        ],
        "layers": layers,
        "functions": [
            {"name": f.name, "bound": f.bound or None, "values": list(f.slope_values), "reason": f.reason}
            for f in flow.functions
        ],
        "gradients": gradients,
        "verdict": list(flow.verdict),
        "numbers": _worked(flow),
        "random": _sampled(flow),
    }


def _worked(flow: Flow) -> dict[str, Any] | None:
    worked = flow.worked
    if worked is None:
        return None
    return {
        "exact": worked.exact,
        "upstream": worked.upstream,
        "upstream_log10": worked.upstream_log10,
        "layers": [asdict(layer) for layer in worked.layers],
        "gradients": [
            {"wrt": g.target.name, "norm": g.size, "bound": g.bound or None, "log10": g.log10, "zero": g.dead}
            for g in worked.gradients
        ],
    }


def _sampled(flow: Flow) -> dict[str, Any] | None:
    sampled = flow.sampled
    if sampled is None:
        return None

    def spread(s: Spread) -> dict[str, float | None]:
        return {"rms": s.rms, "median": s.median, "q05": s.low, "q95": s.high}

    return {
        "initialisation": sampled.initialisation,
        "samples": sampled.samples,
        "seed": sampled.seed,
        "log10": True,
        "layers": [
            {
                "wrt": layer.weight.name,
                "gradient": spread(layer.gradient),
                "delta": spread(layer.delta),
                "theory_delta_rms": layer.theory,
                "not_zero": layer.alive,
            }
            for layer in sampled.layers
        ],
        "remarks": list(sampled.remarks),
    }
