"""Numbers put into a flow: decimal arithmetic of any exponent, so that nothing overflows and nothing is lost."""

from __future__ import annotations

import re
from decimal import DecimalException, localcontext
from fractions import Fraction

from symbackprop.backward.evaluation import forward_values, gradient_values
from symbackprop.backward.numbers import Exact
from symbackprop.backward.sweep import sweep
from symbackprop.backward.worked import read_values
from symbackprop.factors.decimals import DIGITS, Decimals, context
from symbackprop.factors.measured import Measured, Point
from symbackprop.networks.model import Network
from symbackprop.vocabulary.errors import InputError, Place
from symbackprop.vocabulary.flows import Flow, Worked
from symbackprop.vocabulary.quantities import Quantity

EXACT_UP_TO = 60
"""A network of so many definitions is worked out with fractions, where its functions allow it."""
ALL = {"W": "weight", "b": "bias"}
_WHOLE = re.compile(r"(?:^|[,;])\s*(\w{1,40})\*\s*=")


def expanded(network: Network, text: str) -> str:
    """The assignments of a text with ``W*=0.5`` (all weights, ``b*`` all biases) written out for those not given.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> expanded(read_pattern("relu*3"), "x=1, W1=2, W*=0.5, y=0")
    'x=1, W1=2, y=0, W0=0.5, W2=0.5'
    """
    values: dict[str, str] = {}
    kept, position = [], 0
    while match := _WHOLE.search(text, position):
        if match[1] not in ALL:
            place = Place(text, match.start(1), match.end(1) + 1)
            raise InputError(
                "unknown-name", f"{match[1]}* names no quantities", place, "W* (all weights) or b* (all biases)"
            )
        kept.append(text[position : match.start()])
        position = _end_of_value(text, match.end())
        values[match[1]] = text[match.end() : position].strip()
    if not values:
        return text
    kept.append(text[position:])
    rest = [part.strip(" ,;") for part in kept]
    given = set(re.findall(r"(?:^|[,;])\s*(\w{1,40}?)(?:_\d+)*\s*=", ",".join(rest)))
    parts = [part for part in rest if part]
    for letter, value in values.items():
        parts += [f"{q.name}={value}" for q in network.leaves if q.kind == ALL[letter] and q.name not in given]
    return ", ".join(parts)


def _end_of_value(text: str, start: int) -> int:
    """Where a value ends: at the next comma that no bracket holds."""
    depth = 0
    for position in range(start, len(text)):
        depth += (text[position] in "[(") - (text[position] in "])")
        if text[position] in ",;" and depth == 0:
            return position
    return len(text)


def worked(network: Network, flow: Flow, text: str) -> Worked:
    """The numbers of a flow for the values that a text gives to the leaves.

    Raises :class:`InputError` for a name that does not exist, a value that is missing or no number, a symbolic size.
    """
    try:
        return _worked(network, flow, *read_values(network, expanded(network, text)))
    except DecimalException:
        raise InputError(
            "too-large", "with these values a number is beyond 10^(10^18)", hint="smaller values"
        ) from None


def _worked(
    network: Network, flow: Flow, leaves: dict[tuple[Quantity, Point], Fraction], symbols: dict[str, Fraction]
) -> Worked:
    adjoints = sweep(network)
    if len(network.definitions) <= EXACT_UP_TO:
        try:
            exact = Exact(network.step_at_zero)
            values = forward_values(network, leaves, exact, symbols)
            gradients = gradient_values(network, adjoints, values, exact, symbols)
        except InputError as error:
            if error.code not in ("not-rational", "no-value"):
                raise
        else:
            with localcontext(context(DIGITS[0])):
                algebra = Decimals(network.step_at_zero)
                return Measured(
                    network,
                    flow,
                    {key: algebra.number(v) for key, v in values.items()},
                    {key: algebra.number(v) for key, v in gradients.items()},
                    {name: algebra.number(v) for name, v in symbols.items()},
                    algebra,
                ).worked(exact=True)
    for digits in DIGITS:
        with localcontext(context(digits)):
            algebra = Decimals(network.step_at_zero)
            rates = {name: algebra.number(v) for name, v in symbols.items()}
            rounded = forward_values(network, {k: algebra.number(v) for k, v in leaves.items()}, algebra, rates)
            found = gradient_values(network, adjoints, rounded, algebra, rates)
            measured = Measured(network, flow, rounded, found, rates, algebra)
            if digits == DIGITS[-1] or not measured.lost():
                return measured.worked(exact=False)
    raise AssertionError("the last precision is always reported")
