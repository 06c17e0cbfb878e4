"""Gradients over random initial weights, measured, beside what the variance formula says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from math import log10, prod
from typing import Any

from symbackprop.backward.sweep import Adjoint, sweep
from symbackprop.factors.initial import Rule, checked
from symbackprop.networks.model import Network
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.expressions import Ref
from symbackprop.vocabulary.flows import Flow, LayerSpread, Sampled, Spread
from symbackprop.vocabulary.quantities import Index, Quantity
from symbackprop.vocabulary.terms import Combination

MOST_WORK = 20_000_000_000
BLOCK = 12_000_000
"""So many numbers are held at a time."""


def sampled(
    network: Network,
    flow: Flow,
    rule: str,
    samples: int = 1000,
    seed: int = 0,
    watched: Callable[[Sequence[int]], Iterable[int]] = iter,
) -> Sampled:
    """The spread of the gradients by the weights over random weights; biases are 0, inputs and targets normal.

    ``watched`` goes through the blocks of samples, and may say how far it has come.
    Raises :class:`InputError` for a rule that does not exist, for symbolic sizes, and where NumPy is missing.
    """
    chosen = checked(rule, samples, seed)
    _check_sizes(network, samples)
    try:
        import numpy as np
    except ImportError:
        raise InputError(
            "no-numpy", "random weights need NumPy, which is not installed", hint="pip install 'symbackprop[numpy]'"
        ) from None
    from symbackprop.factors.tensors import Tensors

    adjoints = sweep(network)
    weights = [q for q in network.leaves if q.kind == "weight"]
    above = {weight: _above(adjoints, weight) for weight in weights}
    wanted = {*weights, *(q for q in above.values() if q is not None), *flow.upstream}
    fans = _fans(network)
    held = 3 * sum(_entries(q) for q in (*network.leaves, *(d.quantity for d in network.definitions)))
    block = max(1, min(samples, BLOCK // held))
    found: dict[Quantity, list[Any]] = {}
    generator = np.random.default_rng(seed)
    with np.errstate(all="ignore"):
        for start in watched(range(0, samples, block)):
            count = min(block, samples - start)
            tensors = Tensors(network, adjoints, count)
            tensors.forward(_leaves(network, chosen, fans, generator, count))
            for quantity, lengths in tensors.backward(wanted):
                found.setdefault(quantity, []).append(lengths)
    logs = {quantity: np.concatenate(parts) for quantity, parts in found.items()}
    theory = _theory(network, flow, chosen, fans, logs)
    layers = []
    for weight, fed in above.items():
        if weight not in logs:
            continue
        gradient, delta = _spread(logs[weight]), _spread(logs[weight if fed is None else fed])
        expected = None if fed is None else theory.get(fed)
        layers.append(LayerSpread(weight, gradient, delta, expected, float(np.isfinite(logs[weight]).mean())))
    return Sampled(
        chosen.name, _rule_words(chosen), samples, seed, tuple(layers), _remarks(flow, layers, samples, chosen, fans)
    )


def _rule_words(rule: Rule) -> str:
    return (
        f"Weights {rule.formula}, biases 0, inputs and targets standard normal. Theory: E ‖∂C/∂r‖² = n_in Var(W)"
        " E ‖∂C/∂z‖² and E ‖∂C/∂z‖² = E f'(z)² E ‖∂C/∂r‖², from the last layer down, z normal."
    )


def _check_sizes(network: Network, samples: int) -> None:
    for quantity in (*network.leaves, *(d.quantity for d in network.definitions)):
        sizes = [size for size in quantity.shape if isinstance(size, str)]
        if sizes:
            listed = ", ".join(sizes)
            raise InputError(
                "symbolic-size",
                f"random weights need sizes that are numbers, and {quantity.name} has {listed}",
                hint="2 -> 3 relu",
            )
    if network.hyperparameters:
        name = network.hyperparameters[0].name
        raise InputError("no-value", f"random weights need a number for {name}", hint="--l2 0.1")
    entries = sum(map(_entries, network.leaves))
    if 3 * entries > 200_000_000 or entries * samples > MOST_WORK:
        raise InputError(
            "too-large", f"{samples} samples of {entries} weights are more than can be drawn here",
            hint="fewer --samples, or narrower layers",
        )  # fmt: skip


def _shape(quantity: Quantity) -> tuple[int, ...]:
    return tuple(size for size in quantity.shape if isinstance(size, int))


def _entries(quantity: Quantity) -> int:
    return prod(_shape(quantity))


def _fans(network: Network) -> dict[Quantity, tuple[int, int]]:
    """For each weight how many inputs an output has, and how many outputs an input goes to."""
    found: dict[Quantity, tuple[int, int]] = {}
    for definition in network.definitions:
        for term in definition.terms if isinstance(definition, Combination) else ():
            for factor in term.factors:
                if isinstance(factor, Ref) and factor.quantity.kind == "weight" and factor.quantity not in found:
                    own = [i for i in factor.indices if isinstance(i, Index)]
                    sizes = {i: i.dimension.size for i in own if isinstance(i.dimension.size, int)}
                    found[factor.quantity] = (
                        prod(size for i, size in sizes.items() if i not in definition.indices),
                        prod(size for i, size in sizes.items() if i in definition.indices),
                    )
    return found


def _leaves(
    network: Network, rule: Rule, fans: dict[Quantity, tuple[int, int]], generator: Any, count: int
) -> dict[Quantity, Any]:
    import numpy as np

    found: dict[Quantity, Any] = {}
    one_hot = {c.quantity for c in network.constraints}
    for quantity in network.leaves:
        shape = (count, *_shape(quantity))
        if quantity.kind == "bias":
            found[quantity] = np.zeros(shape)
        elif quantity.kind == "weight":
            found[quantity] = rule.draw(generator, shape, *fans.get(quantity, (1, 1)))
        elif quantity in one_hot:
            classes = generator.integers(shape[-1], size=shape[:-1])
            found[quantity] = np.eye(shape[-1])[classes]
        else:
            found[quantity] = generator.standard_normal(shape)
    return found


def _above(adjoints: dict[Quantity, Adjoint], weight: Quantity) -> Quantity | None:
    """The pre-activation that a weight feeds first."""
    adjoint = adjoints.get(weight)
    for contribution in adjoint.contributions if adjoint else ():
        if contribution.upstream is not None:
            return contribution.upstream.quantity
    return None


def _spread(logs: Any) -> Spread:
    """Root mean square and quantiles of sizes that are given by their decimal logarithms."""
    import numpy as np

    low, median, high = (float(v) for v in np.quantile(logs, (0.05, 0.5, 0.95), method="inverted_cdf"))
    return Spread(_rms(logs), *(None if v == -np.inf else v for v in (median, low, high)))


def _rms(logs: Any) -> float | None:
    """The decimal logarithm of the root of the mean of the squares."""
    import numpy as np

    most = float(logs.max())
    if not np.isfinite(most):
        return None
    return most + 0.5 * log10(float(np.mean(10 ** (2 * (logs - most)))))


def _theory(
    network: Network, flow: Flow, rule: Rule, fans: dict[Quantity, tuple[int, int]], logs: dict[Quantity, Any]
) -> dict[Quantity, float]:
    """The decimal logarithm of the RMS gradient by each quantity of a plain chain of layers, from the top one down."""
    from symbackprop.factors.moments import moments, slope_moment

    second = moments(network, rule, fans)
    found: dict[Quantity, float] = {}
    for stage in flow.stages:
        if stage.above is None:
            top = _rms(logs[stage.upper]) if stage.upper in logs else None
            if top is None:
                continue
            found[stage.upper] = top
        if stage.upper not in found or len(stage.paths) != 1 or len(stage.paths[0]) != 1:
            continue
        (link,) = stage.paths[0]
        gain: float | None = None
        if len(link.factors) == 1 and link.coefficient.parts() == (Fraction(1),):
            factor = link.factors[0]
            if isinstance(factor, Ref):
                if factor.quantity.kind == "weight":
                    inputs, outputs = fans[factor.quantity]
                    gain = log10(inputs * rule.variance(inputs, outputs))
            elif stage.lower in second and hasattr(factor, "function"):
                gain = slope_moment(factor.function, second[stage.lower], network.step_at_zero)
        if gain is not None:
            found[stage.lower] = found[stage.upper] + gain / 2
    for start in flow.upstream:
        top = _rms(logs[start]) if start in logs else None
        if top is not None:
            found.setdefault(start, top)
    return found


def _remarks(
    flow: Flow, layers: list[LayerSpread], samples: int, rule: Rule, fans: dict[Quantity, tuple[int, int]]
) -> tuple[str, ...]:
    """What the table shows, in words."""
    if not layers:
        return ()
    found = []
    first, last = layers[0], layers[-1]
    dies = not all(f.rising for f in flow.functions)
    if first.alive < 1 and dies:
        found.append(
            f"Dead: in {100 * (1 - first.alive):.4g} % of the samples the gradient by {first.weight.name} is exactly 0."
        )
    if first.alive < 1 and not dies:
        found.append(
            "Where the gradient is 0 here, it is too small for a floating number: a saturated slope is never 0."
        )
    if first.alive < 0.5 and first.theory is not None and dies:
        found.append(
            "Where most samples are dead, the mean square of the theory is carried by the few that are not, and with"
            f" {samples} samples these may be missed altogether; the median is what a training run meets."
        )
    if len(layers) > 1 and first.delta.rms is not None and last.delta.rms is not None:
        each = (first.delta.rms - last.delta.rms) / (len(layers) - 1)
        found.append(f"Measured: the RMS gradient is multiplied by {10**each:.4g} for each layer down.")
        if first.theory is not None and last.theory is not None:
            known = (first.theory - last.theory) / (len(layers) - 1)
            found.append(f"Theory: by {10**known:.4g}.")
            if abs(each - known) > 0.02 and first.alive == 1:
                found.append(
                    "They differ as far as layers are narrow, z is not normal, and the upstream gradient depends on the"
                    " weights (the prediction stands in it), which the theory leaves out."
                )
    if len(layers) > 1 and all(fans.get(layer.weight) == (1, 1) for layer in layers):
        typical = rule.typical(1, 1)
        found.append(
            f"Layers of one unit: E log10 |w| is {typical:.4f}, so a product of n weights is typically about"
            f" {10**typical:.3g}^n; its mean square, which the variance formula gives, is carried by rare large ones."
        )
    return tuple(found)
