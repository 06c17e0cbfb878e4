import math
import time
from dataclasses import replace
from fractions import Fraction

import hypothesis.strategies as st
import pytest
import sympy
from hypothesis import given, settings

from symbackprop.backward.closed import ClosedForms
from symbackprop.backward.entries import entries
from symbackprop.backward.evaluation import entry_name, forward_values, gradient_values, points
from symbackprop.backward.numbers import Exact, Float
from symbackprop.backward.sweep import sweep
from symbackprop.networks.layers import Options
from symbackprop.networks.pattern import read_pattern
from symbackprop.tables.activations import ACTIVATIONS
from symbackprop.tables.costs import COSTS
from symbackprop.vocabulary.errors import InputError


def network_of(pattern, **options):
    options = {"cost": "half-squared", **options}
    return read_pattern(pattern, Options(**{**options, "cost": COSTS[options["cost"]]}))


def entries_of(pattern, wrt, **options):
    network = network_of(pattern, **options)
    return entries(ClosedForms(network), network.quantity(wrt))


@pytest.mark.parametrize(
    ("pattern", "wrt", "options", "expected"),
    [
        ("relu", "W0", {}, {"": "(Max(0, W0*x) - y)*Heaviside(W0*x, 1)*x"}),
        ("relu bias", "b1", {}, {"": "(Max(0, W0*x + b1) - y)*Heaviside(W0*x + b1, 1)"}),
        ("identity", "W0", {"batch": 2}, {"": "Rational(1, 2)*(W0*x_0 - y_0)*x_0 + Rational(1, 2)*(W0*x_1 - y_1)*x_1"}),
        ("1 -> 2", "W0", {}, {"0,0": "(W0_0_0*x_0 - y_0)*x_0", "0,1": "(W0_0_1*x_0 - y_1)*x_0"}),
        ("1 -> 1", "x", {"batch": 1}, {"0,0": "(W0_0_0*x_0_0 - y_0_0)*W0_0_0"}),
        ("1 -> 1", "W0", {"cost": "L", "l2": "lambda"}, {"0,0": "dL_dr1_0*x_0 + lamda*W0_0_0"}),
        ("2 -> 1 f", "x", {}, {
            "0": "(f(W0_0_0*x_0 + W0_1_0*x_1) - y_0)*f_prime(W0_0_0*x_0 + W0_1_0*x_1)*W0_0_0",
            "1": "(f(W0_0_0*x_0 + W0_1_0*x_1) - y_0)*f_prime(W0_0_0*x_0 + W0_1_0*x_1)*W0_1_0",
        }),
        ("sigmoid", "y", {"cost": "binary-cross-entropy-logits"}, {"": "-1/(1 + exp(-W0*x))"}),
        ("n -> m", "W0", {}, {}),
    ],
)  # fmt: skip
def test_whole_entries(pattern, wrt, options, expected):
    assert entries_of(pattern, wrt, **options) == expected


def test_entries_hold_for_any_target():
    """Not only for those that sum to one, as the closed form of a cross-entropy assumes."""
    (first, *_) = entries_of("1 -> 2 softmax", "W0", cost="cross-entropy").values()
    z = sympy.symbols("W0_0_0 W0_0_1")
    x, y = sympy.Symbol("x_0"), sympy.symbols("y_0 y_1")
    top = [sympy.exp(w * x) for w in z]
    cost = -sum(t * sympy.log(e / sum(top)) for t, e in zip(y, top, strict=True))
    values = {z[0]: 0.3, z[1]: -0.7, x: 1.1, y[0]: 0.9, y[1]: 1.7}
    assert abs((sympy.sympify(first) - cost.diff(z[0])).subs(values).evalf()) < 1e-12


SPELT = {
    **{name: getattr(math, name) for name in ("exp", "log", "sqrt", "erf", "sin", "cos", "tanh", "pi")},
    "Max": max,
    "Min": min,
    "Abs": abs,
    "sign": lambda z: (z > 0) - (z < 0),
    "Heaviside": lambda z, h: h if z == 0 else z > 0,
    "Rational": lambda p, q: p / q,
}


@pytest.mark.parametrize("activation", sorted(set(ACTIVATIONS) - {"f"}))
@pytest.mark.parametrize("cost", sorted(set(COSTS) - {"L"}))
def test_entries_have_the_value_of_the_gradient(activation, cost):
    last = "softmax" if cost == "cross-entropy" else "sigmoid" if "binary" in cost else "tanh"
    network = network_of(f"2 -> 2 {activation} bias -> 2 {last}", cost=cost, batch=2, l2="lambda")

    forms = ClosedForms(network)
    numbers = {}
    for leaf in network.leaves:
        for k, point in enumerate(points(leaf.axes)):
            name = entry_name(leaf.name, point)
            numbers[leaf, point] = Fraction(3 + 7 * (sum(map(ord, name)) + 5 * k) % 11, 13) * (-1) ** k
    targets = next(q for q in network.leaves if q.kind == "target")
    numbers |= {key: Fraction(1 + k, 7) for k, key in enumerate(key for key in numbers if key[0] is targets)}
    rounded = {key: float(v) for key, v in numbers.items()}
    symbols = {"lambda": 0.25}
    found = gradient_values(
        network, forms.adjoints, forward_values(network, rounded, Float(), symbols), Float(), symbols
    )
    known = {entry_name(q.name, p): v for (q, p), v in rounded.items()} | {"lamda": 0.25}
    for leaf in network.leaves:
        for key, text in entries(forms, leaf).items():
            point = tuple(int(k) for k in key.split(",") if k)
            value = eval(text, {**SPELT, **known})
            assert value == pytest.approx(found[leaf, point], rel=1e-9, abs=1e-12)


def test_a_long_entry_is_decided_before_it_is_written():
    started = time.perf_counter()
    wide = entries_of("10" + " -> 10 relu" * 10, "W0")
    assert set(wide.values()) == {None}
    assert len(wide) == 100
    assert entries_of("relu*3000", "W0") == {"": None}
    assert set(entries_of("784 -> 128 relu -> 10 softmax", "W1", cost="cross-entropy").values()) == {None}
    assert time.perf_counter() - started < 5


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(10, 2000))
def test_the_limit_is_exact(n, m, limit):
    network = network_of(f"{n} -> {m} sigmoid -> 1 tanh")
    forms, w = ClosedForms(network), network.quantity("W0")
    whole, limited = entries(forms, w), entries(forms, w, limit)
    for key, text in whole.items():
        assert limited[key] == (text if len(text) <= limit else None) or set(limited.values()) == {None}


def test_the_step_at_zero_of_the_network_is_written():
    network = replace(network_of("relu"), step_at_zero=Fraction(1, 2))
    text = entries(ClosedForms(network), network.quantity("W0"))[""]
    assert text == "(Max(0, W0*x) - y)*Heaviside(W0*x, Rational(1, 2))*x"
    assert sympy.sympify(text).subs({"W0": 0, "x": 2, "y": 3}) == -3


@pytest.mark.parametrize("activation", ["sigmoid", "gelu", "tanh"])
def test_exact_numbers_refuse_what_is_not_rational(activation):
    network = network_of(activation)
    leaves = {(q, ()): Fraction(1) for q in network.leaves}
    with pytest.raises(InputError) as error:
        forward_values(network, leaves, Exact())
    assert error.value.code == "not-rational"


def test_symbolic_sizes_have_no_entries():
    network = network_of("n -> m relu")
    with pytest.raises(InputError) as error:
        forward_values(network, {}, Exact())
    assert error.value.code == "symbolic-size"


def test_work_is_linear_in_depth():
    network = network_of("relu*5000")
    leaves = {(q, ()): 1.0 for q in network.leaves}
    found = gradient_values(network, sweep(network), forward_values(network, leaves, Float()), Float())
    assert found[network.quantity("W0"), ()] == 0.0
    assert found[network.quantity("W4999"), ()] == 0.0


def test_only_what_is_wanted_is_worked_out():
    network = network_of("relu relu relu")
    leaves = {(q, ()): 2.0 for q in network.leaves}
    values = forward_values(network, leaves, Float())
    last = network.quantity("W2")
    found = gradient_values(network, sweep(network), values, Float(), wanted=[last])
    assert network.quantity("W0") not in {q for q, _ in found}
    assert found[last, ()] == (16.0 - 2.0) * 8.0
