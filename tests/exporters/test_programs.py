"""What exported programs look like, and how they behave at their edges."""

from __future__ import annotations

import re
import resource
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

import symbackprop as sb
from symbackprop.exporters.dialects import DIALECTS, NATIVE
from symbackprop.exporters.sympyfile import FUNCTIONS
from symbackprop.exporters.targets import TARGETS
from symbackprop.tables.activations import ACTIVATIONS
from symbackprop.tables.costs import COSTS
from tests.exporters.running import body, program, self_test
from tests.gallery import specs


def test_a_program_reads_as_a_person_would_write_it() -> None:
    assert body("2 -> 3 relu bias -> 2 softmax", cost="cross-entropy") == [
        "# forward pass",
        "z1 = x @ W0 + b1",
        "r1 = np.maximum(z1, 0)",
        "z2 = r1 @ W1",
        "log_r2 = log_softmax(z2, axis=-1)",
        "r2 = np.exp(log_r2)",
        "C = -np.sum(y * log_r2) / m",
        "# backward pass: delta2 is the gradient of C by z2, dW0 that by W0",
        "delta2 = (r2 - y) / m",
        "dW1 = r1.T @ delta2",
        "delta1 = (delta2 @ W1.T) * step(z1)",
        "dW0 = x.T @ delta1",
        "db1 = np.sum(delta1, axis=0)",
        'return C, {"W0": dW0, "b1": db1, "W1": dW1}',
    ]


@pytest.mark.parametrize(
    ("net", "options", "line"),
    [
        ("sigmoid sigmoid", {}, "delta1 = delta2 * W1 * r1 * (1 - r1)"),
        ("relu", {"l2": "lambda"}, "dW0 = delta1 @ x + lambda_ * W0"),
        ("n -> p", {"cost": "mse"}, "C = np.sum(U**2) / (p * m)"),
        ("2 -> 3 sigmoid", {"cost": "binary-cross-entropy"}, "delta1 = (r1 - y) / m"),
        ("2 -> 3 softmax -> 1", {}, "delta1 = (dr1 - np.sum(dr1 * r1, axis=1, keepdims=True)) * r1"),
        ("2 -> 3 silu -> 1", {}, "r1 = z1 * sigmoid_z1"),
        ("2 -> 3 f -> 1", {}, "delta1 = (delta2 @ W1.T) * df(z1)"),
        ("2 -> 1", {"cost": "L"}, "delta1 = dL_dp(y, r1) / m"),
        ("k", {}, "dW_k = r_k.T @ delta_k1"),
        ("tied-weight", {}, "dW = np.outer(delta, x) + np.outer(h, x_hat - x)"),
        ("recurrence", {}, "dw = delta_1 * x_1 + delta_2 * x_2"),
        ("2 -> 3 relu -> 1", {"to": "torch"}, "delta1 = (delta2 @ W1.T) * step(z1)"),
        ("2 -> 3 softmax", {"to": "torch"}, "r1 = torch.softmax(z1, dim=-1)"),
        ("2 -> 3 sigmoid", {"to": "jax"}, "r1 = jax.nn.sigmoid(z1)"),
    ],
)
def test_lines(net: str, options: dict[str, Any], line: str) -> None:
    assert line in body(net, **options)


@pytest.mark.parametrize("activation", [*ACTIVATIONS, "softmax"])
def test_self_tests_of_all_activations(activation: str) -> None:
    status, printed = self_test(program(f"2 -> 3 {activation} bias -> 2 {activation}", step_at_zero="1/2"))
    assert (status, " 0 wrong" in printed) == (0, True), printed


@pytest.mark.parametrize("cost", COSTS)
def test_self_tests_of_all_costs(cost: str) -> None:
    status, printed = self_test(program("n -> h tanh -> 3 sigmoid bias", cost=cost, batch=4, l2="0.01"))
    assert (status, " 0 wrong" in printed) == (0, True), printed


@pytest.mark.parametrize("spec", specs(), ids=lambda path: path.stem)
def test_self_tests_of_the_gallery(spec: Path) -> None:
    status, printed = self_test(program(str(spec)))
    assert (status, " 0 wrong" in printed) == (0, True), printed


@pytest.mark.parametrize("net", ["relu sigmoid", "2 -> 2 softmax bias -> 1", "4 -> 4 relu bias", "recurrence", "f"])
def test_self_tests_in_sympy(net: str) -> None:
    status, printed = self_test(program(net, to="sympy"))
    assert status == 0, printed
    assert "with SymPy's diff of the cost written out" in printed


@pytest.mark.parametrize("to", ["torch", "jax"])
@pytest.mark.parametrize("net", ["relu elu bias", "2 -> 3 softmax bias -> 2 gelu-tanh", "residual", "k f"])
def test_self_tests_in_libraries_that_may_be_missing(net: str, to: str) -> None:
    source = sb.export(net, to=to)
    compile(source, "<exported>", "exec")
    pytest.importorskip(to)
    namespace: dict[str, Any] = {"__name__": "exported"}
    exec(source, namespace)
    status, printed = self_test(namespace)
    assert status == 0, printed
    assert "every entry compared with" in printed


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("(delta2 @ W1.T)", "-(delta2 @ W1.T)"),
        (" * step(z1)", ""),
        ("dW0 = x.T @ delta1", "dW0 = x.T @ delta1 / m"),
        ("db1 = np.sum(delta1, axis=0)", "db1 = delta1[0]"),
        ("dW1 = r1.T @ delta2", "dW1 = z1.T @ delta2"),
        ("delta2 = (r2 - y) / m", "delta2 = (r2 - y) * 1.00001 / m"),
    ],
)
def test_the_self_test_finds_mistakes(right: str, wrong: str) -> None:
    source = sb.export("2 -> 3 relu bias -> 2")
    assert source.count(right) == 1
    namespace: dict[str, Any] = {"__name__": "exported"}
    exec(source.replace(right, wrong), namespace)
    status, printed = self_test(namespace)
    assert status == 1
    assert "by differences" in printed


def test_nothing_overflows() -> None:
    z = np.array([[1000.0, -1000.0, 0.0]])
    eye = np.eye(3)
    y = np.array([[0.0, 1.0, 0.0]])
    with np.errstate(all="raise", under="ignore"):
        for net, cost, expected in (
            ("3 -> 3 softmax", "cross-entropy", 2000.0),
            ("3 -> 3", "cross-entropy-logits", 2000.0),
            ("3 -> 3 sigmoid", "binary-cross-entropy", 2000 + np.log(2)),
            ("3 -> 3", "binary-cross-entropy-logits", 2000 + np.log(2)),
        ):
            value, gradients = program(net, cost=cost)["cost_and_gradients"](x=z, W0=eye, y=y)
            assert value == pytest.approx(expected)
            assert np.isfinite(gradients["W0"]).all()
        for activation in ("softplus", "elu", "silu", "tanh", "gelu-tanh"):
            value, gradients = program(f"3 -> 3 {activation}")["cost_and_gradients"](x=z, W0=eye, y=y)
            assert np.isfinite(value)
            assert np.isfinite(gradients["W0"]).all()


def test_an_own_activation_does_not_overflow_either() -> None:
    z = np.array([[400.0, -400.0]])
    value, gradients = program("own-activation")["cost_and_gradients"](z, np.eye(2), np.ones((2, 1)), np.ones((1, 1)))
    assert np.isfinite(value)
    assert np.isfinite(gradients["W0"]).all()


@pytest.mark.parametrize("activation", [*(a for a in ACTIVATIONS if a != "f"), "softmax"])
def test_single_precision_stays_single(activation: str) -> None:
    found = program(f"4 -> 3 {activation} bias -> 2 {activation} bias", cost="huber", l2="lambda")
    rng = np.random.default_rng(0)
    arguments = {k: a.astype(np.float32) for k, a in found["random_arguments"](rng, lively=False).items()}
    cost, gradients = found["cost_and_gradients"](**arguments, lambda_=0.1)
    assert {np.asarray(g).dtype for g in (cost, *gradients.values())} == {np.dtype(np.float32)}


def test_one_sample_may_come_without_its_axis() -> None:
    function = program("2 -> 1 sigmoid")["cost_and_gradients"]
    weights = np.array([[0.5], [-1.0]])
    one = function([1.0, 2.0], weights, [0.0])
    same = function(np.array([[1.0, 2.0]]), weights, np.array([[0.0]]))
    assert one[0] == same[0]
    assert (one[1]["W0"] == same[1]["W0"]).all()


@pytest.mark.parametrize(
    ("name", "shape"),
    [("y", (5,)), ("y", (4, 1)), ("x", (5, 3)), ("W0", (3, 2)), ("b1", (1,)), ("b1", (1, 3))],
)
def test_arrays_of_another_shape_are_refused(name: str, shape: tuple[int, ...]) -> None:
    shapes = {"x": (5, 2), "W0": (2, 3), "b1": (3,), "W1": (3, 1), "y": (5, 1)}
    arguments = {key: np.ones(value) for key, value in {**shapes, name: shape}.items()}
    with pytest.raises(ValueError, match=rf"^{name} has the shape .* was expected"):
        program("2 -> 3 relu bias -> 1")["cost_and_gradients"](**arguments)


@pytest.mark.parametrize(("at_zero", "slope"), [("1", 1.0), ("0", 0.0), ("1/2", 0.5)])
def test_step_at_zero(at_zero: str, slope: float) -> None:
    found = program("relu", step_at_zero=at_zero)
    _, gradients = found["cost_and_gradients"](x=np.array([1.0, 0.0]), W0=0.0, y=np.array([-2.0, 0.0]))
    assert gradients["W0"] == slope  # (r - y) Step(0) x / m


def test_gradients_by_inputs_and_inner_quantities() -> None:
    found = program("2 -> 3 tanh -> 1", wrt=["z1", "x", "W1"])
    rng = np.random.default_rng(0)
    _, gradients = found["cost_and_gradients"](**found["random_arguments"](rng, lively=False))
    assert {name: g.shape for name, g in gradients.items()} == {"z1": (5, 3), "x": (5, 2), "W1": (3, 1)}
    status, printed = self_test(found)
    assert status == 0
    assert "the gradient by z1 was not compared" in printed


def test_sympy_gives_closed_forms_and_exact_numbers() -> None:
    found = program("relu relu", to="sympy")
    _, gradients = found["cost_and_gradients"]()
    same = sb.derive("relu relu", wrt="W0").closed_form
    names = {str(symbol): symbol for symbol in gradients["W0"].free_symbols}
    point = {"x": 2, "W0": sympy.Rational(1, 3), "W1": 5, "y": sympy.Rational(1, 7)}
    ours = gradients["W0"].subs({names[name]: value for name, value in point.items()})
    assert ours == same.subs(point)
    cost, exact = found["cost_and_gradients"](**point)
    assert cost == (sympy.Rational(10, 3) - sympy.Rational(1, 7)) ** 2 / 2
    assert exact["W0"] == ours


def test_sympy_takes_matrices_and_gives_arrays() -> None:
    found = program("2 -> 1", to="sympy")
    weights = sympy.Matrix([[sympy.Symbol("a")], [2]])
    _, gradients = found["cost_and_gradients"](x=[1, 2], W0=weights, y=[0])
    assert gradients["W0"] == sympy.Array([[sympy.Symbol("a") + 4], [2 * sympy.Symbol("a") + 8]])
    with pytest.raises(ValueError, match="x has 3 entries, but 2 were expected"):
        found["cost_and_gradients"](x=[1, 2, 3])


def test_thousands_of_layers() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = program("relu*4000")
    rng = np.random.default_rng(0)
    arguments = found["random_arguments"](rng, lively=True)
    _, gradients = found["cost_and_gradients"](**arguments)
    product = np.prod([arguments[f"W{k}"] for k in range(4_000)])
    expected = np.mean((product * arguments["x"] - arguments["y"]) * arguments["x"]) * product
    assert gradients["W0"] * arguments["W0"] == pytest.approx(expected)
    assert gradients["W3999"] * arguments["W3999"] == pytest.approx(expected)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 600_000


@pytest.mark.parametrize("to", TARGETS)
def test_deep_networks_of_any_kind_compile(to: str) -> None:
    for net, options in (("gelu*300 bias", {"l2": "lambda"}), ("2 -> 2 softmax*100", {})):
        compile(sb.export(net, to=to, **options), "<exported>", "exec")


HOSTILE = r'''
title = """a \" \"\"\" ); import os; os.abort() # \\ \n next"""

[forward]
equations = """
  \\mathrm{np} = \\tanh(\\lambda x) \\\\
  \\mathrm{sum} = \\mathrm{np} \\cdot \\mathrm{in} \\\\
  C = \\frac{1}{2} (\\mathrm{sum} - y)^2
"""
parameters = ['\lambda', '\mathrm{in}']
'''


def test_names_and_titles_of_a_stranger(tmp_path: Path) -> None:
    spec = tmp_path / "hostile.toml"
    spec.write_text(HOSTILE)
    found = program(str(spec))
    assert self_test(found)[0] == 0
    cost, gradients = found["cost_and_gradients"](lambda_=0.5, x=1.0, in_=2.0, y=0.0)
    assert cost == pytest.approx(2 * np.tanh(0.5) ** 2)
    assert set(gradients) == {"lambda_", "in_"}


def test_every_dialect_writes_every_function() -> None:
    softmaxes = {"softmax", "log_softmax", "logsumexp"}
    for dialect in DIALECTS.values():
        assert {*NATIVE.values(), *softmaxes, "power", "expm1"} == set(dialect.functions)
        used = "".join(dialect.functions.values())
        assert all(re.search(rf"(?<![.\w]){name}\(", used) for name in dialect.helpers)
    assert {*FUNCTIONS, "sigmoid"} == set(NATIVE.values())


def test_the_same_network_is_exported_the_same_way() -> None:
    assert sb.export("2 -> 3 silu bias -> 2 softmax") == sb.export("2 -> 3 silu bias -> 2 softmax")
