"""Random weights: measured against a direct simulation, beside the theory, seeded, at any depth."""

from __future__ import annotations

import json
import math
from itertools import pairwise

import numpy as np
import pytest

import symbackprop as sb
from symbackprop.factors.initial import rule_of
from symbackprop.factors.moments import slope_moment
from symbackprop.tables.activations import ACTIVATIONS
from symbackprop.vocabulary.errors import InputError
from tests.factors.tape import FUNCTIONS, gradients


def drawn(pattern, init, samples=200, seed=0, **options):
    return sb.flow(pattern, init=init, samples=samples, seed=seed, **options).plain.sampled


def test_the_same_seed_gives_the_same_numbers_and_another_one_others():
    one, two, other = (drawn("tanh*5", "he", seed=s).layers[0].gradient for s in (1, 1, 2))
    assert one == two != other


@pytest.mark.parametrize(
    ("init", "activation"), [("he", "relu"), ("xavier", "tanh"), ("lecun", "silu"), ("uniform:0.3", "sigmoid")]
)
def test_measured_sizes_are_those_of_a_direct_simulation(init, activation):
    widths = [12, 20, 15, 4]
    pattern = " -> ".join(["12", *(f"{n} {activation}" for n in widths[1:])])
    found = drawn(pattern, init, samples=400)
    rng = np.random.default_rng(99)
    edge = float(init.partition(":")[2] or 0)
    draw = {
        "he": lambda a, b: rng.normal(0, math.sqrt(2 / a), (a, b)),
        "lecun": lambda a, b: rng.normal(0, math.sqrt(1 / a), (a, b)),
        "xavier": lambda a, b: rng.uniform(-math.sqrt(6 / (a + b)), math.sqrt(6 / (a + b)), (a, b)),
    }.get(init, lambda a, b: rng.uniform(-edge, edge, (a, b)))
    sizes = []
    for _ in range(400):
        weights = [draw(a, b) for a, b in pairwise(widths)]
        biases = [np.zeros(n) for n in widths[1:]]
        true = gradients([activation] * 3, weights, biases, rng.standard_normal(12), rng.standard_normal(4))
        sizes.append([float(np.linalg.norm(true[f"W{k}"])) for k in range(3)])
    for layer, (low, median, high) in zip(found.layers, np.quantile(sizes, (0.05, 0.5, 0.95), axis=0).T, strict=True):
        assert 10**layer.gradient.median == pytest.approx(median, rel=0.2), layer.weight
        assert 10 ** (layer.gradient.low or -9) == pytest.approx(low, rel=0.5, abs=1e-8)
        assert 10**layer.gradient.high == pytest.approx(high, rel=0.5)


@pytest.mark.parametrize(
    ("init", "activation"), [("he", "relu"), ("xavier", "relu"), ("lecun", "tanh"), ("he", "gelu")]
)
def test_theory_is_what_wide_layers_do_to_an_upstream_gradient_that_is_independent_of_them(init, activation):
    from symbackprop.backward.sweep import sweep
    from symbackprop.factors.tensors import Tensors

    depth, width, samples = 6, 200, 30
    pattern = f"{width} -> " + " -> ".join([f"{width} {activation}"] * depth)
    net, rule, rng = sb.network(pattern), rule_of(init), np.random.default_rng(5)
    leaves = {q: rng.standard_normal((samples, *q.shape)) for q in net.leaves}
    leaves |= {q: rule.draw(rng, (samples, width, width), width, width) for q in net.leaves if q.kind == "weight"}
    leaves[net.quantity("y")] *= 1e6  # the prediction is nothing beside it
    tensors = Tensors(net, sweep(net), samples)
    tensors.forward(leaves)
    logs = dict(tensors.backward([net.quantity(f"z{k}") for k in range(1, depth + 1)]))
    measured = [0.5 * math.log10(np.mean(10 ** (2 * logs[net.quantity(f"z{k}")]))) for k in range(1, depth + 1)]
    theory = [layer.theory for layer in drawn(pattern, init, samples=2).layers]
    for k in range(depth - 1):
        assert measured[k] - measured[-1] == pytest.approx(theory[k] - theory[-1], abs=0.03)


def test_he_keeps_the_gradient_of_relu_layers_and_xavier_halves_its_square():
    for init, each in (("he", 1.0), ("xavier", math.sqrt(0.5))):
        layers = drawn("50 -> " + " -> ".join(["50 relu"] * 30), init, samples=2).layers
        assert 10 ** ((layers[0].theory - layers[-1].theory) / 29) == pytest.approx(each, rel=1e-9)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@pytest.mark.parametrize("variance", [0.01, 1.0, 9.0])
def test_moments_of_slopes_are_integrals(name, variance):
    z = np.linspace(-12, 12, 200_001) * math.sqrt(variance)
    density = np.exp(-z * z / (2 * variance)) / math.sqrt(2 * math.pi * variance)
    h = 1e-6
    slope = (FUNCTIONS[name](z + h) - FUNCTIONS[name](z - h)) / (2 * h)
    wanted = np.trapezoid(slope**2 * density, z)
    from fractions import Fraction

    assert 10 ** slope_moment(ACTIVATIONS[name], math.log10(variance), Fraction(1)) == pytest.approx(wanted, rel=2e-3)


@pytest.mark.parametrize(
    ("pattern", "init", "slope"), [("relu*1500", "uniform:9", 1), ("sigmoid*1500", "uniform:1", -1)]
)
def test_a_thousand_layers_are_measured_without_overflow_or_loss(pattern, init, slope):
    layers = drawn(pattern, init, samples=20).layers
    sizes = [layer.delta for layer in layers]
    if slope < 0:
        assert layers[0].delta.rms < -900
        assert all(layer.alive == 1 for layer in layers)
    else:
        assert layers[0].alive == 0  # each of 1500 units is dead half of the time
        assert sizes[0].rms is None
    json.loads(sb.flow(pattern, init=init, samples=5).render("json"))


def test_exploding_identity_layers_grow_as_their_weights_do():
    layers = drawn("identity*1200", "uniform:100", samples=50).layers
    assert layers[0].delta.median - layers[-1].delta.median == pytest.approx(
        1199 * rule_of("uniform:100").typical(1, 1), rel=0.02
    )


@pytest.mark.parametrize("name", ["he", "lecun", "xavier", "uniform:3"])
def test_the_typical_size_of_a_weight_is_the_mean_of_its_logarithm(name):
    rule = rule_of(name)
    weights = rule.draw(np.random.default_rng(0), (200_000,), 3, 5)
    assert rule.typical(3, 5) == pytest.approx(float(np.log10(np.abs(weights)).mean()), abs=3e-3)
    assert rule.variance(3, 5) == pytest.approx(float(weights.var()), rel=0.02)


def test_every_kind_of_network_is_drawn():
    for pattern, options in (
        ("3 -> 4 softmax -> 2 relu bias", {}),
        ("3 -> 2 softmax", {"cost": "cross-entropy"}),
        ("2 -> 3 gelu-tanh -> 1", {"batch": 4}),
        ("elu softplus leaky-relu", {"l2": 0.5}),
        ("recurrence", {}),
    ):
        found = drawn(pattern, "xavier", samples=10, **options)
        assert all(layer.gradient.rms is not None for layer in found.layers), pattern


def test_a_tensor_pass_agrees_with_the_interpreter_entry_by_entry():
    """A batch, shared weights, a penalty: the sizes of one sample are those of exact arithmetic."""
    from symbackprop.backward.sweep import sweep
    from symbackprop.backward.worked import work_out
    from symbackprop.factors.tensors import Tensors

    for net, at in (
        (
            sb.network("2 -> 2 relu bias -> 2 bias", batch=2),
            "x=[[1,2],[3,-1]], y=[[0,1],[1,1]], W0=[[1,-2],[1/2,3]], b1=[1,0], W1=[[1,1],[2,0]], b2=[0,1]",
        ),
        (sb.network("recurrence"), "x_1=1, x_2=2, w=1/2, u=-1, y=1"),
    ):
        exact = work_out(net, at)
        leaves = {}
        for q in net.leaves:
            array = np.zeros((1, *q.shape))
            for (other, point), value in exact.values.items():
                if other is q:
                    array[(0, *point)] = float(value)
            leaves[q] = array
        tensors = Tensors(net, sweep(net), 1)
        tensors.forward(leaves)
        for quantity, logs in tensors.backward(net.leaves):
            wanted = math.sqrt(sum(float(v) ** 2 for (q, _), v in exact.adjoints.items() if q is quantity))
            assert 10 ** logs[0] == pytest.approx(wanted, rel=1e-9), quantity


@pytest.mark.parametrize(
    ("pattern", "options", "code"),
    [
        ("relu", {"init": "hee"}, "unknown-initialisation"),
        ("relu", {"init": "uniform:x"}, "bad-value"),
        ("relu", {"init": "he", "samples": 0}, "bad-value"),
        ("relu", {"init": "he", "seed": -1}, "bad-value"),
        ("n -> m relu", {"init": "he"}, "symbolic-size"),
        ("100000 -> 100000 relu", {"init": "he"}, "too-large"),
        ("f", {"init": "he"}, "no-value"),
    ],
)
def test_what_cannot_be_drawn(pattern, options, code):
    with pytest.raises(InputError) as error:
        sb.flow(pattern, **options)
    assert error.value.code == code


def test_whoever_watches_sees_every_block():
    from symbackprop.flowing import Numbers, flow_of_spec
    from symbackprop.networks.spec import Spec

    seen: list[int] = []

    def watched(parts):
        for part in parts:
            seen.append(part)
            yield part

    flow_of_spec(Spec(values={"network": "relu*3"}), Numbers(None, "he", 20, 0, watched), None, None)
    assert seen == [0]
