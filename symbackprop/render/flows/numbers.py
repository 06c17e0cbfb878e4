"""The numbers of a flow as tables, and the sentences that its bounds rest on."""

from __future__ import annotations

from collections.abc import Iterator

from symbackprop.render.flows.tables import Table
from symbackprop.render.flows.telling import GRADIENTS_SHOWN, LAYERS_SHOWN, Teller, Telling, shortened
from symbackprop.render.markup import Markup
from symbackprop.vocabulary.flows import Cell, Spread


def sentences(telling: Telling) -> tuple[str, ...]:
    """What the bounds of a network with vectors rest on."""
    if not any(q.axes for q in telling.network.quantities):
        return ()
    return (
        "‖diag(f'(z))‖₂ is the largest slope of the layer, and ‖A B‖₂ ≤ ‖A‖₂ ‖B‖₂ (the 2-norm is submultiplicative),"
        " so a product is at most the product of the bounds.",
    )


def worked_tables(telling: Telling, markup: Markup, shorten: bool = True) -> Iterator[Table]:
    """The numbers of every layer and of every gradient, where values are given."""
    worked = telling.flow.worked
    if worked is None:
        return
    teller = Teller(telling, markup)
    scalar = teller.scalar
    head = (
        ("layer", "z", "slope", "weight", "factor", "bound", "product", "log10")
        if scalar
        else ("layer", "z", "slope", "‖W‖₂", "gain", "bound", "‖gradient‖₂", "log10")
    )
    rows: list[tuple[str, ...] | None] = [
        ("upstream", "", "", "", "", "", worked.upstream, _log(worked.upstream_log10))
    ]
    for row in shortened(worked.layers, 2 * LAYERS_SHOWN if shorten else None):
        if row is None:
            rows.append(None)
            continue
        name = teller.layer_name(telling.flow.layers[row.layer]) or teller.setter.entry(
            telling.flow.layers[row.layer], ()
        )
        rows.append(
            (name, _cell(row.z), _cell(row.slope), row.weight, row.factor, row.bound, row.size, _log(row.log10))
        )
    yield Table("Numbers, layer by layer", head, tuple(rows), worked.remarks)
    rows = []
    for gradient in shortened(worked.gradients, GRADIENTS_SHOWN if shorten else None):
        if gradient is None:
            rows.append(None)
            continue
        dead = "exactly 0" if gradient.dead else _log(gradient.log10)
        rows.append((gradient.target.name, gradient.size, gradient.bound, dead))
    size = "|gradient|" if scalar else "‖gradient‖"
    yield Table("Gradients", ("by", size, "bound", "log10"), tuple(rows))


def sampled_table(telling: Telling, markup: Markup, shorten: bool = True) -> Table | None:
    """The spread of the gradients over random initial weights."""
    sampled = telling.flow.sampled
    if sampled is None:
        return None
    head = ("by", "RMS ‖∂C/∂W‖", "5 %", "median", "95 %", "RMS ‖∂C/∂z‖", "theory", "not 0")
    rows: list[tuple[str, ...] | None] = []
    for layer in shortened(sampled.layers, 2 * LAYERS_SHOWN if shorten else None):
        if layer is None:
            rows.append(None)
            continue
        g: Spread = layer.gradient
        logs = (g.rms, g.low, g.median, g.high, layer.delta.rms)
        theory = "" if layer.theory is None else _log(layer.theory)
        rows.append((layer.weight.name, *map(_log, logs), theory, f"{100 * layer.alive:.4g} %"))
    return Table(
        f"Random weights: {sampled.initialisation}, {sampled.samples} samples, seed {sampled.seed}",
        head,
        tuple(rows),
        (f"{sampled.rule} Sizes are decimal logarithms.",),
        sampled.remarks,
    )


def _log(value: float | None) -> str:
    return "0 → -∞" if value is None else f"{value:.3f}".rstrip("0").rstrip(".").replace("-0", "-0")


def _cell(cell: Cell) -> str:
    return " … ".join(cell)
