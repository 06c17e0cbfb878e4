"""The verdict in words: what makes a gradient vanish, what makes it explode, what decides.

Everything is read off the records of the functions and the tally of the longest product; nothing knows an activation
by its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import log10

from symbackprop.vocabulary.amounts import power_of_ten
from symbackprop.vocabulary.flows import Flow, Tally
from symbackprop.vocabulary.functions import Function


def verdict(flow: Flow) -> tuple[str, ...]:
    """Sentences about the flow of a network.

    >>> from symbackprop.factors.flow import flow_of
    >>> from symbackprop.networks.pattern import read_pattern
    >>> print(flow_of(read_pattern("sigmoid*3")).verdict[0])
    What decides: after the upstream gradient the longest product has 3 slopes and 2 weights, and goes with them.
    """
    return tuple(_sentences(flow))


@dataclass(frozen=True, slots=True)
class _Sizes:
    """How the sizes of factors are spoken of."""

    scalar: bool
    weights: bool
    """Whether everything beside the slopes is a weight."""

    @property
    def letter(self) -> str:
        return "|w|" if self.scalar else "‖W‖₂"

    def counted(self, number: int) -> str:
        if not self.weights:
            return _count(number, "other factor")
        return _count(number, "weight") if self.scalar else _count(number, "weight matrix", "weight matrices")


def _sentences(flow: Flow) -> Iterator[str]:
    tally = flow.longest
    if tally is None:
        yield "No layer lies between the gradients and the cost: there is nothing for them to vanish or explode in."
        return
    norms = [norm for stage in flow.stages for term in stage.bound or () for norm in term.norms]
    scalar = not any(stage.upper.axes or stage.lower.axes for stage in flow.stages)
    around = any(len(stage.paths) > 1 for stage in flow.stages)
    sizes = _Sizes(scalar, not around and all(norm.quantity.kind == "weight" for norm in norms))
    yield (
        "What decides: after the upstream gradient the longest product has"
        f" {_count(sum(tally.slopes.values()), 'slope')} and {sizes.counted(tally.items)}, and goes with them."
    )
    for function in flow.functions:
        yield _of_function(function, tally.slopes.get(function, 0), sizes.letter)
    if tally.unbounded is not None:
        yield "Not every factor has a bound, so none is known for the product, whatever the weights are."
    elif around:
        yield (
            "A connection that skips layers makes a factor a sum over the ways around it: it need not be small when the"
            " way through the layers is, and a dead layer does not cut the gradient off. The bound is a sum too, above"
            " 1 where a way has no factor, so it does not tell that such a product vanishes, and it may explode."
        )
    elif tally.items and all(Fraction(f.bound) for f in tally.slopes):
        yield from _threshold(tally, sizes)
    if any(not stage.paths and stage.function is None for stage in flow.stages):
        yield "Between some quantities there are too many ways to write out; these factors are left as derivatives."
    yield from _dead(flow, scalar, around)


def _of_function(function: Function, times: int, size: str) -> str:
    """What the slopes of one function do."""
    name = function.name
    if not function.bound:
        return f"{name}: nothing is known of the size of its slope; it alone may make the gradient vanish or explode."
    bound = Fraction(function.bound)
    together = f"; {times} of them together at most {power_of_ten(times * log10(bound))}" if times > 1 and bound else ""
    if function.slope_values == ("0", "1"):
        return (
            f"{name}: on an active path every slope is exactly 1, so the slopes neither shrink nor grow the gradient"
            f" and the weights alone decide: over n layers with weights of one size w it goes like w^n. {name} takes"
            " away one cause of vanishing, the slopes, and not the other."
        )
    if function.slope_values:
        least = min(map(Fraction, function.slope_values))
        if least == 1:
            return f"{name}: every slope is 1, so the weights alone decide."
        return f"{name}: a slope is 1 where z > 0, where the weights alone decide, and {least} where z < 0."
    if bound > 1:
        return (
            f"{name}: a slope is at most {float(bound):g}, a little above 1{together}; where z is far below 0 it is"
            " almost 0, so it can make the gradient vanish, and hardly explode without the weights."
        )
    if bound == 1:
        return (
            f"{name}: a slope is at most 1, and below it wherever the unit is saturated: the slopes can make the"
            f" gradient vanish, never explode; only weights with {size} > 1 can."
        )
    return (
        f"{name}: a slope is at most {bound}{together}, so the gradient vanishes unless the weights make up for it:"
        f" a layer keeps its size only with {size} of {1 / bound} or more, and only where slopes are near their bound."
    )


def _threshold(tally: Tally, sizes: _Sizes) -> Iterator[str]:
    """The size of the weights at which the product of all bounds is 1."""
    slopes = sum(times * log10(Fraction(f.bound)) for f, times in tally.slopes.items())
    each, count, size = 10 ** (-slopes / tally.items), tally.items, sizes.letter
    below, above = (power_of_ten(slopes + count * log10(share * each)) for share in (0.9, 1.1))
    yield (
        f"Vanishes: with every {size} below {each:.4g} the product is below 1, whatever the input; at {0.9 * each:.4g}"
        f" the {sizes.counted(count).removeprefix('1 ')} and all slopes together are at most {below}."
    )
    if sizes.scalar and all(set(f.slope_values) and set(f.slope_values) <= {"0", "1"} for f in tally.slopes):
        active = "on an active path " if any("0" in f.slope_values for f in tally.slopes) else ""
        yield f"Explodes: {active}the product is that of the weights; with every {size} at {1.1 * each:.4g}, {above}."
    else:
        yield (
            f"Explodes: only with some {size} above {each:.4g}, and only while the slopes stay near their bounds; at"
            f" {1.1 * each:.4g} the bound is {above}."
        )


def _dead(flow: Flow, scalar: bool, around: bool) -> Iterator[str]:
    """The case of units whose slope is 0."""
    names = " or ".join(f.name for f in flow.functions if "0" in f.slope_values)
    if names and scalar:
        rest = " unless another way leads around it" if around else ""
        yield (
            f"Dead units: where z < 0 the slope of {names} is exactly 0, and with it the whole product: one dead unit"
            f" makes the gradient of every weight at or below it exactly 0{rest}."
        )
    elif names:
        rest = " that no other way leads around" if around else ""
        yield (
            f"Dead units: where z < 0 the slope of {names} is exactly 0 and the unit's row and column drop out of the"
            f" product; where all units of a layer{rest} are dead, every gradient at or below it is exactly 0."
        )
    elif flow.functions and all(f.rising for f in flow.functions):
        yield "Dead units: none of these slopes is ever exactly 0; a saturated unit only comes close to it."


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
