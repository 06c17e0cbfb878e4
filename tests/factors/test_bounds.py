"""No bound is ever violated, and the numbers are the gradients: against a tape that shares nothing with the program."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import symbackprop as sb
from symbackprop.factors.norms import spectral
from symbackprop.tables.activations import ACTIVATIONS, SOFTMAX
from tests.factors.networks import Case
from tests.factors.tape import KINKED, gradients, softmax_jacobian

ROUNDING = 1e-6


def check(case: Case) -> None:
    flow = sb.flow(case.pattern, at=case.at).plain
    true = gradients(case.names, case.weights, case.biases, case.x, case.y)
    if any(n in KINKED and np.abs(z).min() < 1e-9 for n, z in zip(case.names, true["z"], strict=True)):
        return  # the tape's rounding may have it on the wrong side of a kink
    sizes = [float(np.linalg.norm(v)) for name, v in true.items() if name not in ("r", "z", "J")]
    scale = 1 + max(sizes) * max(1.0, *(float(np.abs(z).max()) for z in true["z"]), 1.0)
    for number in flow.worked.gradients:
        size = float(np.linalg.norm(true[number.target.name]))
        assert float(number.size) == pytest.approx(size, rel=1e-4, abs=ROUNDING * scale), (case.pattern, number.target)
        assert number.bound, (case.pattern, number.target)
        assert float(number.size) <= float(number.bound) * (1 + 1e-9), (case.pattern, case.at, number)
        assert size <= float(number.bound) + ROUNDING * scale
    for layer in flow.worked.layers:
        name = flow.layers[layer.layer].name
        below = next(stage.lower.name for stage in reversed(flow.stages) if stage.layer == layer.layer)
        above, under = (float(np.linalg.norm(true[n])) for n in (name, below))
        assert under <= float(layer.bound) * above + ROUNDING * scale, (case.pattern, name)
        if above > 1e-3 and layer.factor:
            assert abs(float(layer.factor)) == pytest.approx(under / above, rel=1e-3, abs=1e-4)


@settings(max_examples=150)
@example(12571)  # a unit so far down that its slope is 5e-10
@given(st.integers(0, 2**31))
def test_no_bound_of_a_dense_network_is_violated(seed):
    check(Case(seed))


@settings(max_examples=150)
@given(st.integers(0, 2**31))
def test_no_bound_of_a_chain_is_violated(seed):
    check(Case(seed, chain=True))


@settings(max_examples=60)
@given(st.lists(st.floats(-30, 30), min_size=2, max_size=6))
def test_the_jacobian_of_softmax_has_norm_at_most_its_bound(z):
    norm = np.linalg.norm(softmax_jacobian(np.array(z)), 2)
    assert norm <= float(SOFTMAX.bound[0]) / float(SOFTMAX.bound[2]) + 1e-6


def test_the_bound_of_softmax_is_reached():
    assert np.linalg.norm(softmax_jacobian(np.zeros(2)), 2) == pytest.approx(0.5, abs=1e-6)


@settings(max_examples=60)
@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 2**31), st.integers(0, 2))
def test_spectral_norms_are_from_above_and_close(rows, columns, seed, lost):
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((rows, columns)) * 10.0 ** rng.integers(-200, 200)
    matrix[: min(lost, rows - 1)] = 0
    true = float(np.linalg.norm(matrix, 2))
    found = float(spectral([[Decimal(v) for v in row] for row in matrix.tolist()]))
    assert true * (1 - 1e-15) <= found <= true * 1.0001


@pytest.mark.parametrize(("size", "close"), [(20, 1.001), (100, 1.02)])
def test_spectral_norms_of_large_matrices_are_close(size, close):
    matrix = np.random.default_rng(size).standard_normal((size, size))
    true = float(np.linalg.norm(matrix, 2))
    assert true <= float(spectral([[Decimal(v) for v in row] for row in matrix.tolist()])) <= true * close


def test_a_spectral_norm_of_nothing_is_0():
    assert spectral([[Decimal(0)]]) == 0


@pytest.mark.parametrize("name", sorted(n for n, f in ACTIVATIONS.items() if f.slope_values or f.rising))
def test_facets_of_slopes_are_true(name):
    from symbackprop.backward.numbers import Float
    from symbackprop.symbolic.algebra import applied

    f = ACTIVATIONS[name]
    slopes = [applied(Float(), f, [z / 8 + 1 / 16], 1) for z in range(-120, 120)]
    if f.slope_values:
        assert {round(s, 9) for s in slopes} == {round(float(eval_fraction(v)), 9) for v in f.slope_values}
    if f.rising:
        assert min(slopes) > 0


def eval_fraction(text: str) -> float:
    above, _, below = text.partition("/")
    return int(above) / int(below or 1)


def test_the_bound_of_a_chain_of_sigmoids_is_the_power_of_a_quarter():
    text = sb.flow("sigmoid*10", wrt="W0").render("text")
    assert "|∂C/∂W⁽⁰⁾| ≤ |r⁽¹⁰⁾ - y| (1/4)¹⁰ |W⁽⁹⁾| |W⁽⁸⁾| ⋯ |W⁽²⁾| |W⁽¹⁾| |x|" in text


def test_nothing_bounds_an_unspecified_function():
    flow = sb.flow("2 -> 3 f -> 2 relu")
    assert flow.plain.tallies[-1].unbounded is not None
    assert "f: nothing is known" in " ".join(flow.verdict)
    text = flow.render("text")
    assert "‖∂C/∂W⁽⁰⁾‖_F: no bound is known" in text
    assert "‖∂C/∂W⁽¹⁾‖_F ≤ ‖∂C/∂r⁽²⁾‖₂ ‖r⁽¹⁾‖₂" in text


def test_a_residual_connection_adds_the_ways(tmp_path):
    spec = tmp_path / "block.toml"
    spec.write_text(
        "wrt = ['w']\n[forward]\nequations = '''\n z = w x \\\\ a = \\tanh(z) \\\\ u = v a \\\\ s = \\sigma(u) \\\\ t = s + a \\\\"
        " h = c t \\\\ C = \\frac{1}{2} (h - y)^2\n'''\nfunctions = { '\\sigma' = 'sigmoid' }\n"
    )
    flow = sb.flow(str(spec))
    assert [len(stage.paths) for stage in flow.plain.stages if len(stage.paths) > 1] == [2]
    assert "σ'(u) v + 1" in flow.render("text") or "1 + σ'(u) v" in flow.render("text")
    numbers = sb.flow(str(spec), at="w=2, x=1, v=-3, c=1/2, y=1").plain.worked.gradients[0]
    import math

    a, da = math.tanh(2), 1 - math.tanh(2) ** 2
    s = 1 / (1 + math.exp(3 * a))
    true = (0.5 * (s + a) - 1) * 0.5 * (1 - 3 * s * (1 - s)) * da
    assert float(numbers.size) == pytest.approx(abs(true), rel=1e-5)
    assert abs(true) <= float(numbers.bound)
