"""Exported programs against costs that are written again in other words, differentiated numerically."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from symbackprop.backward.evaluation import entry_name, points
from symbackprop.networks.model import Network
from tests.exporters.running import program
from tests.test_outside import cases, leaves_of, network_of, primal, slopes

CLOSE = 1e-9


def arrays(network: Network, leaves: dict[str, Any]) -> dict[str, Any]:
    """The leaves as arrays; a network without a batch is given one sample."""
    found = {}
    for leaf in network.leaves:
        array = np.empty(leaf.shape)
        for point in points(leaf.axes):
            array[point] = float(leaves[entry_name(leaf.name, point)])
        found[leaf.name] = array[None] if network.batch is None and leaf.kind in ("input", "target") else array
    return found


def unspecified(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """What L stands for: the sum over the outputs of sin((k + 1) y) p^2 + cos(y p)."""
    k = np.arange(1, y.shape[-1] + 1) if y.ndim > 1 else 1
    terms = np.sin(k * y) * p**2 + np.cos(y * p)
    return terms.sum(axis=-1) if y.ndim > 1 else terms


def its_partial(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    k = np.arange(1, y.shape[-1] + 1) if y.ndim > 1 else 1
    return 2 * np.sin(k * y) * p - y * np.sin(y * p)


GIVEN = {"f": np.sin, "df": np.cos, "L": unspecified, "dL_dp": its_partial}


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(0, 10**9))
def test_random_networks_in_numpy(case: Any, seed: int) -> None:
    network = network_of(case)
    leaves = leaves_of(network, seed, constrained=case[2].startswith("cross-entropy"))
    found = program(network)
    function = found["cost_and_gradients"]
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    given_ = {name: value for name, value in GIVEN.items() if name in names}
    if case[4]:
        given_["lambda_"] = float(leaves["lamda"])
    cost, gradients = function(**arrays(network, leaves), **given_)
    assert cost == pytest.approx(float(primal(case, leaves)), rel=CLOSE, abs=CLOSE)
    parameters = {entry_name(q.name, p): (q, p) for q in network.parameters for p in points(q.axes)}
    outside = slopes(lambda at: primal(case, at), leaves, parameters)
    assert set(gradients) == {q.name for q in network.parameters}
    for name, (quantity, point) in parameters.items():
        assert gradients[quantity.name].shape == quantity.shape
        scale = max(1.0, float(np.max(np.abs(gradients[quantity.name]))))
        assert gradients[quantity.name][point] == pytest.approx(float(outside[name]), rel=CLOSE, abs=CLOSE * scale)


@settings(max_examples=10, deadline=None)
@given(cases().filter(lambda case: case[2] != "L" and "gelu" not in str(case)), st.integers(0, 10**9))
def test_random_networks_in_sympy(case: Any, seed: int) -> None:
    network = network_of(case)
    leaves = leaves_of(network, seed, constrained=case[2].startswith("cross-entropy"))
    found = program(network, to="sympy")
    values = {
        symbol: sympy.Float(mpmath.nstr(leaves[str(symbol)], 50), 50)
        for kind, nested in found["LEAVES"].values()
        if kind != "hyperparameter"
        for symbol in found["flat"](nested)
    }
    if case[4]:
        values[found["lambda_"]] = sympy.Float(mpmath.nstr(leaves["lamda"], 50), 50)
    for name, expression in found["LINES"]:
        for function, definite in ((found.get("f"), sympy.sin), (found.get("df"), sympy.cos)):
            expression = expression.replace(function, definite) if function is not None else expression
        values[name] = expression.xreplace(values).evalf(50)
    assert float(values[found["COST"]]) == pytest.approx(float(primal(case, leaves)), rel=1e-14, abs=1e-14)
    parameters = {entry_name(q.name, p): (q, p) for q in network.parameters for p in points(q.axes)}
    outside = slopes(lambda at: primal(case, at), leaves, parameters)
    for quantity in network.parameters:
        for point, symbol in zip(points(quantity.axes), found["flat"](found["GRADIENTS"][quantity.name]), strict=True):
            expected = float(outside[entry_name(quantity.name, point)])
            assert float(values[symbol]) == pytest.approx(expected, rel=1e-13, abs=1e-13)


def complex_step(cost: Any, arguments: dict[str, np.ndarray], name: str) -> np.ndarray:
    """The gradient of an analytic cost, by a step along the imaginary axis."""
    slope = np.empty(arguments[name].shape)
    for point in np.ndindex(slope.shape):
        moved = arguments[name].astype(complex)
        moved[point] += 1e-30j
        slope[point] = cost(**{**arguments, name: moved}).imag / 1e-30
    return slope


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


def two_layers(x: Any, W0: Any, b1: Any, W1: Any, y: Any) -> Any:
    return -(y * np.log(softmax(np.tanh(x @ W0 + b1) @ W1))).sum() / len(x)


def swish(x: Any, W0: Any, W1: Any, y: Any) -> Any:
    z = x @ W0
    return ((y - z / (1 + np.exp(-2 * z)) @ W1) ** 2).sum() / 2 / len(x)


def residual(x: Any, W1: Any, W2: Any, y: Any) -> Any:
    z = W1 @ x
    return ((W2 @ np.where(z.real > 0, z, 0) + x - y) ** 2).sum() / 2


def tied(W: Any, x: Any) -> Any:
    return ((W.T @ sigmoid(W @ x) - x) ** 2).sum() / 2


def tied_batch(W: Any, x: Any) -> Any:
    return ((sigmoid(x @ W.T) @ W - x) ** 2).sum() / 2 / len(x)


def recurrence(w: Any, u: Any, x_1: Any, x_2: Any, y: Any) -> Any:
    return (np.tanh(w * x_2 + u * np.tanh(w * x_1)) - y) ** 2 / 2


def ridge(x: Any, W0: Any, y: Any, lambda_: Any) -> Any:
    return ((y - x @ W0) ** 2).sum() / 2 / len(x) + lambda_ / 2 * (W0**2).sum()


def upstream(r_k: Any, W_k: Any, dC_dr_k1: Any) -> Any:
    return (dC_dr_k1 * sigmoid(r_k @ W_k)).sum()


M, N, H, P = 4, 3, 2, 3


@pytest.mark.parametrize(
    ("net", "options", "cost", "shapes"),
    [
        ("n -> h tanh bias -> p softmax", {"cost": "cross-entropy"}, two_layers,
         {"x": (M, N), "W0": (N, H), "b1": (H,), "W1": (H, P), "y": (M, P)}),
        ("own-activation", {}, swish, {"x": (M, 2), "W0": (2, 2), "W1": (2, 1), "y": (M, 1)}),
        ("residual", {}, residual, {"x": (N,), "W1": (H, N), "W2": (N, H), "y": (N,)}),
        ("tied-weight", {}, tied, {"W": (H, N), "x": (N,)}),
        ("tied-weight", {"batch": "samples"}, tied_batch, {"W": (H, N), "x": (M, N)}),
        ("recurrence", {}, recurrence, {"w": (), "u": (), "x_1": (), "x_2": (), "y": ()}),
        ("weight-decay", {}, ridge, {"x": (M, N), "W0": (N, P), "y": (M, P), "lambda_": ()}),
        ("k sigmoid", {}, upstream, {"r_k": (M, N), "W_k": (N, H), "dC_dr_k1": (M, H)}),
    ],
)  # fmt: skip
def test_named_networks(net: str, options: dict[str, Any], cost: Any, shapes: dict[str, tuple[int, ...]]) -> None:
    rng = np.random.default_rng(1)
    arguments = {name: np.asarray(rng.uniform(0.1, 1, shape)) for name, shape in shapes.items()}
    if options.get("cost") == "cross-entropy":
        arguments["y"] /= arguments["y"].sum(axis=1, keepdims=True)
    value, gradients = program(net, **options)["cost_and_gradients"](**arguments)
    assert value == pytest.approx(cost(**arguments), rel=1e-13)
    assert gradients
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, complex_step(cost, arguments, name), rtol=1e-12, atol=1e-14)
