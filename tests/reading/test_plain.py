"""Formulas in plain text give the same trees as LaTeX."""

from __future__ import annotations

import pytest

from symbackprop.reading import SymbolTable, read, sexpr

from .notations import MLP, SCALAR


@pytest.mark.parametrize(
    ("text", "latex", "table"),
    [
        (
            "dC/dW0 = (relu(W0*x) - y)*step(W0*x)*x",
            r"dC/dW^{(0)} = (relu(W^{(0)}x) - y)\text{Step}(W^{(0)}x)x",
            MLP,
        ),
        ("dC/dw_1 = 2*(w_1*x - y)*x**2", r"\frac{dC}{dw_1} = 2(w_1x - y)x^2", SCALAR),
        (
            "delta1[j] = sum_k W1[k,j]*delta2[k]*sigma'(z1[j])",
            r"\delta^{(1)}_j = \sum_k W^{(1)}_{kj} \delta^{(2)}_k \sigma'(z^{(1)}_j)",
            MLP,
        ),
        ("d/dw (w*x - y)^2 = 2*(wx-y)*x", r"\frac{d}{dw} (wx - y)^2 = 2(wx-y)x", SCALAR),
        ("y_hat = 1/(1+exp(-z))*x", r"\hat y = 1/(1+e^{-z}) \cdot x", SCALAR),
        ("yhat*x", r"\hat{y}x", SCALAR),
        ("W1.T*delta1 .* a1", r"(W^{(1)})^T \delta^{(1)} \odot a^{(1)}", MLP),
        ("W1^T*(a1 - y)", r"(W^{(1)})^T (a^{(1)} - y)", MLP),
        ("∂C/∂W1_ij = δ1_j*x_i", r"\frac{\partial C}{\partial W^{(1)}_{ij}} = \delta^{(1)}_j x_i", MLP),
        ("x*[z > 0]", r"x [z > 0]", SCALAR),
        ("z_1² + ŷ*w₁", r"z_1^2 + \hat y w_1", SCALAR),
        ("sqrt(x*y) + abs(x - y)*w", r"\sqrt{xy} + |x - y| w", SCALAR),
        ("x = 1e-5*y", r"x = 1 \cdot 10^{-5} y", SCALAR),
        ("dC/dy*dy/dw", r"\frac{dC}{dy}\frac{dy}{dw}", SCALAR),
        ("W^(1)*x", r"W^{(1)}x", MLP),
        ("z1 = W1*x\n = W1*x + 0", r"z^{(1)} = W^{(1)}x = W^{(1)}x + 0", MLP),
    ],
)
def test_plain_text_is_read_like_latex(text: str, latex: str, table: SymbolTable) -> None:
    assert sexpr(read(text, table).tree()) == sexpr(read(latex, table, "latex").tree())


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("foo*x", "unknown-symbol", 1),
        ("x*(y", "unclosed", 3),
        ("x*^2", "missing-operand", 3),
        ("W7*x", "layer-range", 1),
    ],
)
def test_errors_are_placed_in_the_plain_text(text: str, code: str, column: int) -> None:
    error = read(text, MLP).errors[0]
    assert error.code == code
    assert error.place is not None
    assert error.place.line_and_column() == (1, column)


def test_the_form_can_be_asked_for() -> None:
    assert sexpr(read("w_1 x", SCALAR, "plain").tree()) == "(mul w[1] x)"
