"""Gradients in deltas: right by finite differences, one line each, and of linear size whatever the network."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest

import symbackprop as sb
from symbackprop.backward.deltas import LONGEST_PUT_IN
from symbackprop.vocabulary.expressions import Add, Call, Expression, Mul, Number, Partial, Pow, Ref, size

FUNCTIONS: dict[str, Callable[[float], float]] = {
    "tanh": math.tanh,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "softplus": lambda z: math.log1p(math.exp(z)),
}
LAYERS = ("tanh", "sigmoid", "softplus", "tanh")


def forward(weights: list[float], x: float) -> dict[str, float]:
    values = {"x": x}
    for k, (weight, name) in enumerate(zip(weights, LAYERS, strict=True)):
        values[f"W{k}"] = weight
        values[f"z{k + 1}"] = weight * x
        x = values[f"r{k + 1}"] = FUNCTIONS[name](weight * x)
    return values


def value_of(e: Expression, values: dict[str, float], known: dict[str, float]) -> float:
    def inner(part: Expression) -> float:
        return value_of(part, values, known)

    if isinstance(e, Number):
        return float(e.value)
    if isinstance(e, Ref):
        return values[e.quantity.name]
    if isinstance(e, Partial):
        return known[e.by.quantity.name]
    if isinstance(e, Add):
        return sum(map(inner, e.terms))
    if isinstance(e, Mul):
        return math.prod(map(inner, e.factors))
    if isinstance(e, Pow):
        return inner(e.base) ** inner(e.exponent)
    assert isinstance(e, Call)
    assert not e.slope
    return FUNCTIONS[e.function.name](inner(e.arguments[0]))


def test_every_line_has_the_value_that_finite_differences_give() -> None:
    rng = random.Random(3)
    weights, x, y = [rng.uniform(-2, 2) for _ in LAYERS], 0.7, 0.3

    def cost(k: int, by: float) -> float:
        moved = [w + by * (j == k) for j, w in enumerate(weights)]
        return (y - forward(moved, x)[f"r{len(LAYERS)}"]) ** 2 / 2

    values = {**forward(weights, x), "y": y}
    known: dict[str, float] = {}
    for partial, value in sb.derive(" ".join(LAYERS), show="deltas").plain.deltas():
        known[partial.by.quantity.name] = value_of(value, values, known)
    for k in range(len(LAYERS)):
        measured = (cost(k, 1e-5) - cost(k, -1e-5)) / 2e-5
        assert known[f"W{k}"] == pytest.approx(measured, rel=1e-6)


@pytest.mark.parametrize(
    ("net", "options", "expected"),
    [
        (
            "relu*3",
            {"notation": "nielsen"},
            [
                "δ⁴ = ∂C/∂z⁴ = (a⁴ - y) ReLU'(z⁴)",
                "∂C/∂w⁴ = a³ δ⁴",
                "δ³ = δ⁴ w⁴ ReLU'(z³)",
                "∂C/∂w³ = a² δ³",
                "δ² = δ³ w³ ReLU'(z²)",
                "∂C/∂w² = x δ²",
            ],
        ),
        (
            "n -> m relu bias -> p softmax",
            {"notation": "nielsen", "form": "matrix", "cost": "cross-entropy"},
            ["δ³ = ∂C/∂z³ = a³ - y", "∂C/∂w³ = δ³ (a²)ᵀ", "δ² = ((w³)ᵀ δ³) ⊙ ReLU'(z²)", "∂C/∂b² = δ²", "∂C/∂w² = δ² xᵀ"],
        ),
        (
            "k",
            {},
            [
                "∂C/∂z⁽ᵏ⁺¹⁾ⱼ = ∂C/∂r⁽ᵏ⁺¹⁾ⱼ Step(z⁽ᵏ⁺¹⁾ⱼ)",
                "∂C/∂r⁽ᵏ⁾ᵢ = Σⱼ ∂C/∂z⁽ᵏ⁺¹⁾ⱼ W⁽ᵏ⁾ᵢⱼ",
                "∂C/∂W⁽ᵏ⁾ᵢⱼ = ∂C/∂z⁽ᵏ⁺¹⁾ⱼ r⁽ᵏ⁾ᵢ",
            ],
        ),
    ],
)  # fmt: skip
def test_one_line_for_every_delta_and_every_gradient(net: str, options: dict[str, str], expected: list[str]) -> None:
    printed = sb.derive(net, show="deltas", **options).render("text")
    assert [line.strip() for line in printed.split("Gradients\n")[1].splitlines()] == expected


@pytest.mark.parametrize("net", ["relu*300", "3 -> 3 softmax*60", "residual", "recurrence"])
def test_no_line_grows_with_the_network(net: str) -> None:
    lines = sb.derive(net, show="deltas").plain.deltas()
    assert all(size(line.value) <= 3 * LONGEST_PUT_IN for line in lines)


def test_a_gradient_that_is_zero_and_values_have_a_line_too() -> None:
    printed = sb.derive("relu*2", show="deltas", wrt="W0", at="x=2, W0=1/2, W1=3, y=1").render("text")
    assert [line.strip() for line in printed.splitlines()[-3:]] == ["∂C/∂W⁽⁰⁾ = ∂C/∂z⁽¹⁾ x", "= 6 · 2", "= 12"]
