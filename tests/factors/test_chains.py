"""What a gradient is cut into: layers of patterns and of authors' equations, ways around, uses of one weight."""

from __future__ import annotations

import random

import pytest

import symbackprop as sb
from symbackprop.flowing import Numbers, flow_of_spec
from symbackprop.networks.spec import read_spec

RESIDUAL = r"""
wrt = ["W_1", "W_2", "W_3", "V_3", "x"]
[forward]
equations = '''
 h_1 = x + \tanh(W_1 x) \\ h_2 = h_1 + \tanh(W_2 h_1) \\ h_3 = h_2 + V_3 \mathrm{ReLU}(W_3 h_2) \\
 C = \frac{1}{2} \lVert h_3 - y \rVert^2
'''
shapes = { x = "2", W_1 = "2 x 2", W_2 = "2 x 2", W_3 = "3 x 2", V_3 = "2 x 3", y = "2" }
"""
RECURRENCE = r"""
wrt = ["w", "u", "v"]
[forward]
equations = '''
 h_1 = \tanh(w x_1) \\ h_2 = \tanh(w x_2 + u h_1) \\ h_3 = \tanh(w x_3 + u h_2) \\ p = v h_3 \\ C = \frac{1}{2} (p - y)^2
'''
"""


def stages(flow):
    return [(stage.upper.name, stage.lower.name, len(stage.paths)) for stage in flow.plain.stages]


def shares(flow):
    return {g.target.quantity.name: len(g.shares) for g in flow.plain.gradients}


def of(text: str, at: str | None = None):
    return flow_of_spec(read_spec(text), Numbers(at=at))


def test_a_chain_is_a_stage_for_each_slope_and_each_weight():
    assert stages(sb.flow("relu tanh")) == [("r2", "z2", 1), ("z2", "r1", 1), ("r1", "z1", 1)]


def test_only_what_the_targets_need_is_cut():
    assert stages(sb.flow("relu*9", wrt="W7")) == [("r9", "z9", 1), ("z9", "r8", 1), ("r8", "z8", 1)]


def test_softmax_is_one_factor_and_cross_entropy_takes_it_in():
    flow = sb.flow("3 -> 2 softmax -> 2 softmax")
    assert [(s.upper.name, s.lower.name, s.function and s.function.name) for s in flow.plain.stages] == [
        ("r2", "z2", "softmax"),
        ("z2", "r1", None),
        ("r1", "z1", "softmax"),
    ]
    assert [q.name for q in sb.flow("3 -> 2 tanh -> 2 softmax", cost="cross-entropy").plain.upstream] == ["z2"]
    assert [q.name for q in sb.flow("tanh sigmoid", cost="binary-cross-entropy").plain.upstream] == ["z2"]
    assert [q.name for q in sb.flow("tanh sigmoid").plain.upstream] == ["r2"]


def test_ways_around_layers_stand_in_one_stage():
    flow = of(RESIDUAL)
    assert [s for s in stages(flow) if s[2] == 2] == [("h_3", "h_2", 2), ("h_2", "h_1", 2)]
    assert shares(flow) == {"W_1": 1, "W_2": 1, "W_3": 1, "V_3": 1, "x": 2}
    text = flow.render("text")
    assert "(I + W₂ᵀ diag(tanh'(z₂)))" in text
    assert "‖(I + diag(tanh'(z₂)) W₂)‖₂ ≤ (1 + ‖W₂‖₂)" in text
    assert "skips layers" in " ".join(flow.verdict)


def test_a_weight_that_is_used_three_times_has_three_products():
    flow = of(RECURRENCE)
    assert shares(flow) == {"w": 3, "u": 2, "v": 1}
    assert "|∂C/∂u| ≤ |p - y| |v| |u| |h₁| + |p - y| |v| |h₂|" in flow.render("text")


def numbers(rng: random.Random, *shape: int) -> str:
    if not shape:
        return f"{rng.uniform(-2, 2):.3f}"
    return "[" + ", ".join(numbers(rng, *shape[1:]) for _ in range(shape[0])) + "]"


@pytest.mark.parametrize("seed", range(25))
def test_bounds_with_ways_around_and_shared_weights_hold(seed):
    rng = random.Random(seed)
    shapes = {"x": (2,), "W_1": (2, 2), "W_2": (2, 2), "W_3": (3, 2), "V_3": (2, 3), "y": (2,)}
    cases = [(RESIDUAL, shapes), (RECURRENCE, dict.fromkeys(["w", "u", "v", "x_1", "x_2", "x_3", "y"], ()))]
    for text, leaves in cases:
        worked = of(text, ", ".join(f"{name}={numbers(rng, *shape)}" for name, shape in leaves.items())).plain.worked
        for gradient in worked.gradients:
            assert gradient.bound
            assert float(gradient.size) <= float(gradient.bound) * (1 + 1e-9)


def test_a_batch_is_bounded_by_the_norms_of_its_matrices():
    rng = random.Random(3)
    at = f"x={numbers(rng, 3, 2)}, y={numbers(rng, 3, 2)}, W0={numbers(rng, 2, 4)}, b1={numbers(rng, 4)}, W1={numbers(rng, 4, 2)}"
    worked = sb.flow("2 -> 4 tanh bias -> 2", batch=3, at=at).plain.worked
    for gradient in worked.gradients:
        assert float(gradient.size) <= float(gradient.bound)
    assert "√(3)" in sb.flow("2 -> 4 tanh bias -> 2", batch=3).render("text")


def test_what_stands_in_the_cost_itself_is_said():
    flow = sb.flow("identity", l2="lambda")
    assert "λ W⁽⁰⁾" in flow.render("text")
    assert shares(flow) == {"W0": 2}


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("relu*100", "over n layers with weights of one size w it goes like w^n"),
        ("relu*100", "at 0.9 the 99 weights and all slopes together are at most 2.95e-5"),
        ("sigmoid*100", "a slope is at most 1/4; 100 of them together at most 6.22e-61"),
        ("tanh*9", "the slopes can make the gradient vanish, never explode"),
        ("identity*9", "with every |w| at 1.1, 2.14"),
        ("gelu*9", "a slope is at most 1.129, a little above 1"),
        ("leaky-relu*9", "1/100 where z < 0"),
        ("2 -> 2 relu -> 2", "every gradient at or below it is exactly 0"),
        ("2 -> 2 f -> 2", "nothing is known of the size of its slope"),
        ("identity", "No layer lies between the gradients and the cost"),
    ],
)
def test_the_verdict_says_what_decides(pattern, said):
    assert said in " ".join(sb.flow(pattern).verdict)
