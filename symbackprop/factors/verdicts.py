"""The verdict in words: what makes a gradient vanish, what makes it explode, what decides.

Everything is read off the records of the functions and the tally of the longest product; nothing knows an activation
by its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import exp, log, log10

from symbackprop.factors.amounts import power_of_ten
from symbackprop.vocabulary.flows import Flow, Tally
from symbackprop.vocabulary.functions import Function


def verdict(flow: Flow) -> tuple[str, ...]:
    """Sentences about the flow of a network.

    >>> from symbackprop.factors.flow import flow_of
    >>> from symbackprop.networks.pattern import read_pattern
    >>> for sentence in flow_of(read_pattern("relu*100")).verdict[1:3]:
    ...     print(sentence)
    relu: on an active path every slope is exactly 1, so the weights alone decide; the slopes cannot make the gradient vanish, nor explode.
    """
    return tuple(_sentences(flow))


def longest(flow: Flow) -> Tally | None:
    """The tally of the longest product."""
    return max(flow.tallies, key=lambda t: t.count, default=None)


def _sentences(flow: Flow) -> Iterator[str]:
    tally = longest(flow)
    if tally is None:
        yield "No layer lies between the gradients and the cost: there is nothing for them to vanish or explode in."
        return
    scalar = not any(stage.upper.axes or stage.lower.axes for stage in flow.stages)
    slopes, weights = sum(tally.slopes.values()), tally.items
    size = "|w|" if scalar else "‖W‖₂"
    yield (
        f"What decides: the longest product has {_count(slopes, 'slope')} and"
        f" {_count(weights, 'weight' if scalar else 'weight matrix', 'weight matrices' if not scalar else '')}"
        " after the upstream gradient; it vanishes or explodes with their product."
    )
    for function in flow.functions:
        yield from _of_function(function, tally.slopes.get(function, 0), size)
    if tally.unbounded is None and weights:
        yield from _threshold(tally, slopes, weights, size)
    elif tally.unbounded is not None:
        yield "Not every factor has a bound, so nothing keeps the product from exploding, whatever the weights are."
    if any(len(stage.paths) > 1 for stage in flow.stages):
        yield (
            "Where a connection skips layers, the factor is a sum over the ways around it: it need not be small when"
            " the way through the layers is, and a dead layer does not cut the gradient off."
        )
    if any(not stage.paths and stage.function is None for stage in flow.stages):
        yield "Between some quantities there are too many ways to write out; these factors are left as derivatives."
    yield from _dead(flow, scalar)


def _of_function(function: Function, times: int, size: str) -> Iterator[str]:
    values = [Fraction(value) for value in function.slope_values]
    if not function.bound:
        yield f"{function.name}: nothing is known of the size of its slope; it alone may make the gradient vanish or explode."
        return
    bound = Fraction(function.bound)
    if values and max(values) == 1:
        if len(values) == 1:
            yield f"{function.name}: every slope is 1, so the weights alone decide."
        elif 0 in values:
            yield (
                f"{function.name}: on an active path every slope is exactly 1, so the weights alone decide; the slopes"
                " cannot make the gradient vanish, nor explode."
            )
        else:
            least = min(values)
            yield (
                f"{function.name}: a slope is 1 where z > 0 and {least} below, so the weights decide, and every unit"
                f" with z < 0 takes a factor {least}."
            )
        return
    if bound > 1:
        yield (
            f"{function.name}: a slope is at most {_decimal(bound)}, a little above 1, so {_count(times, 'layer')} alone"
            f" may multiply by up to {power_of_ten(times * log10(bound))}; most slopes are below 1, and those far below"
            " 0 almost 0."
        )
    elif bound == 1:
        yield (
            f"{function.name}: a slope is at most 1, and less wherever the unit is saturated: the slopes can make the"
            f" gradient vanish, never explode; only weights with {size} > 1 can."
        )
    else:
        yield (
            f"{function.name}: a slope is at most {bound}, so {_count(times, 'layer')} alone take"
            f" at least a factor ({bound})^{times} = {power_of_ten(times * log10(bound))}: the gradient vanishes"
            f" unless the weights make up for it, {size} > {1 / bound} in every layer with z near its steepest point."
        )


def _threshold(tally: Tally, slopes: int, weights: int, size: str) -> Iterator[str]:
    steepness = sum(times * log(Fraction(f.bound)) for f, times in tally.slopes.items() if Fraction(f.bound))
    each = exp(-steepness / weights)
    low, high = (weights * log10(0.9 * each) + steepness / log(10), weights * log10(1.1 * each) + steepness / log(10))
    shown = f"{each:.4g}"
    yield (
        f"Vanishes: if every {size} is below {shown}, the product of all bounds is below 1 and shrinks with every"
        f" layer; at {0.9 * each:.4g} it is {power_of_ten(low)} for these {_count(weights, 'weight' if size == '|w|' else 'matrix', '' if size == '|w|' else 'matrices')}."
    )
    finite = all(f.slope_values and max(map(Fraction, f.slope_values)) == 1 for f in tally.slopes)
    when = "on an active path" if any("0" in f.slope_values for f in tally.slopes) else "whatever z is"
    if size == "|w|" and finite and all(set(f.slope_values) <= {"0", "1"} for f in tally.slopes):
        yield (
            f"Explodes: {when} the product is exactly the product of the weights; with every |w| = {1.1 * each:.4g} it"
            f" is {power_of_ten(high)}."
        )
    else:
        yield (
            f"Explodes: only if some {size} are above {shown} and the slopes stay near their bounds; at"
            f" {1.1 * each:.4g} the bound is {power_of_ten(high)}."
        )


def _dead(flow: Flow, scalar: bool) -> Iterator[str]:
    """The case of units whose slope is 0."""
    names = [f.name for f in flow.functions if "0" in f.slope_values]
    if not names:
        if all(f.bound and not f.slope_values for f in flow.functions) and flow.functions:
            yield "Dead units: none of these slopes is ever exactly 0; a saturated unit only comes close to it."
        return
    listed = " or ".join(names)
    if scalar:
        yield (
            f"Dead units: where z < 0 the slope of {listed} is exactly 0, and with it the whole product: one dead unit"
            " makes the gradient of every weight at or below it exactly 0."
        )
    else:
        yield (
            f"Dead units: where z < 0 the slope of {listed} is exactly 0 and the unit's row and column drop out of the"
            " product; where all units of a layer are dead, every gradient at or below it is exactly 0."
        )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _decimal(value: Fraction) -> str:
    return f"{float(value):.6g}"
