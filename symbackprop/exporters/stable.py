"""Rewritings that keep numbers finite: what a formula means, computed without overflow or cancellation.

Each is an identity, so closed forms stay what they are: ``exp(z)/sum(exp(z))`` is the softmax of z less its maximum,
``log(1 + exp(z))`` is softplus, ``1/(1 + exp(-z))`` sigmoid, ``exp(z) - 1`` expm1.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symbackprop.exporters.arrays import Arrays, Node


def in_product(arrays: Arrays, powers: dict[Node, int]) -> dict[Node, int]:
    """The powers of a product with exponentials gathered into sigmoids and softmaxes."""
    if not any(p < 0 or _exponent(arrays, n) is not None for n, p in powers.items()):
        return powers
    found = dict(powers)
    for node, power in powers.items():
        argument = _one_plus_exp(arrays, node)
        if power < 0 and argument is not None:
            del found[node]
            _raise(found, arrays.make("sigmoid", (arrays.negative(argument),)), -power)
    for node in list(found):
        argument = _exponent(arrays, node)
        if argument is None or found.get(node, 0) <= 0:
            continue
        other = arrays.make("sigmoid", (arrays.negative(argument),))
        common = min(found[node], found.get(other, 0))
        if common > 0:  # exp(t) sigmoid(-t) = sigmoid(t)
            _raise(found, node, -common)
            _raise(found, other, -common)
            _raise(found, arrays.make("sigmoid", (argument,)), common)
        for total in [n for n, power in found.items() if power < 0]:
            common = min(found.get(node, 0), -found.get(total, 0))
            axes = _sum_of_exp(arrays, total, argument)
            if common > 0 and axes is not None:
                _raise(found, node, -common)
                _raise(found, total, common)
                _raise(found, arrays.make("softmax", (argument,), axes), common)
    return found


def in_sum(arrays: Arrays, terms: list[Node], constant: Fraction) -> tuple[list[Node], Fraction]:
    """The terms of a sum, ``exp(t) - 1`` gathered."""
    if constant == -1:
        for position, term in enumerate(terms):
            argument = _exponent(arrays, term)
            if argument is not None:
                return [*terms[:position], arrays.make("expm1", (argument,)), *terms[position + 1 :]], Fraction(0)
    return terms, constant


def function(arrays: Arrays, op: str, args: Sequence[Node]) -> Node | None:
    """The stable form of a function at some arguments; None if there is none."""
    if op == "log":
        return _log(arrays, args[0])
    if op in ("max", "min"):
        zero = arrays.number(0)
        if op == "max" and zero in args:
            return arrays.make("relu", (args[0] if args[1] is zero else args[1],))
    return None


def _log(arrays: Arrays, node: Node) -> Node | None:
    value = arrays.value(node)
    if value.op == "softmax":
        return arrays.make("log_softmax", value.args, value.data)
    if value.op == "sigmoid":
        return arrays.negative(arrays.make("softplus", (arrays.negative(value.args[0]),)))
    if value.op == "sum" and len(value.data) == 1:
        argument = _exponent(arrays, value.args[0])
        if argument is not None:
            return arrays.make("logsumexp", (argument,), value.data[0], argument.rank - 1)
    argument = _one_plus_exp(arrays, value)
    if argument is not None:
        return arrays.make("softplus", (argument,))
    if value.op == "add" and len(value.args) == 2 and value.args[0] is arrays.number(1):
        inner = value.args[1]
        if inner.op == "product" and inner.data == (Fraction(-1), (1,)):
            probability = arrays.value(inner.args[0])
            if probability.op == "sigmoid":  # 1 - sigmoid(t) = sigmoid(-t)
                return arrays.negative(arrays.make("softplus", probability.args))
    return None


def _exponent(arrays: Arrays, node: Node) -> Node | None:
    """The argument of an exponential."""
    value = arrays.value(node)
    return value.args[0] if value.op == "exp" else None


def _one_plus_exp(arrays: Arrays, node: Node) -> Node | None:
    """The t of ``1 + exp(t)``."""
    value = arrays.value(node)
    if value.op == "add" and len(value.args) == 2 and value.args[0] is arrays.number(1):
        return _exponent(arrays, value.args[1])
    return None


def _sum_of_exp(arrays: Arrays, node: Node, argument: Node) -> int | None:
    """The axis over which the node sums ``exp(argument)``, if it does just that, spread out along that axis."""
    value = arrays.value(node)
    old: tuple[bool, ...] | None = None
    if value.op == "expand":
        old = value.data
        value = arrays.value(value.args[0])
    if value.op != "sum" or len(value.data) != 1 or _exponent(arrays, value.args[0]) is not argument:
        return None
    axis: int = value.data[0]
    missing = argument.rank - len(old) if old is not None else axis
    spread = tuple(k for k, kept in enumerate(old) if not kept) if old is not None else ()
    if (old is None and axis == 0) or (missing == 0 and spread == (axis,)):
        return axis
    return None


def _raise(powers: dict[Node, int], node: Node, by: int) -> None:
    power = powers.get(node, 0) + by
    if power:
        powers[node] = power
    else:
        powers.pop(node, None)
