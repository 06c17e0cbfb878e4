"""Derivatives as people write them: of what is called, at a point, with other signs."""

from __future__ import annotations

import pytest

from symbackprop.reading import read, sexpr
from symbackprop.reading.declaring import declared

TABLE = declared(
    r"z = W x \\ h = \sigma(z) \\ E = \frac12 \sum_k (t_k - h_k)^2 \\ L = E + u",
    cost="L",
    shapes={"x": "n", "W": "m x n", "u": ""},
    functions={r"\sigma": "elementwise"},
)


@pytest.mark.parametrize(
    ("latex", "meaning"),
    [
        (r"\frac{\delta L}{\delta z} = u", "(= (pd L z) u)"),
        (r"\frac{\delta}{\delta u} u = 1", "(= (pd u u) 1)"),
        (r"\frac{\text{d} E}{\text{d} u} = u", "(= (td E u) u)"),
        (r"\frac{\operatorname{d}E}{\operatorname{d}u} = u", "(= (td E u) u)"),
        (r"\frac{\partial E(x, W)}{\partial W_{ki}} = u", "(= (pd (app E x W) W[k,i]) u)"),
        (r"dE(W)/dx = u", "(= (td (app E W) x) u)"),
        (r"\nabla_x E(x, W) = u", "(= (grad (app E x W) x) u)"),
        (r"\frac{d\sigma}{dx}(z) = u", "(= (app sigma' z) u)"),
        (r"\frac{\partial E}{\partial u}(h_k - t_k) = u", "(= (mul (pd E u) (add h[k] (neg t[k]))) u)"),
        (r"u'(x) = L'(W)", "(= (app u' x) (app L' W))"),
        (r"u = h_k \mathbb{1}(z_k)", "(= u (mul h[k] (app step z[k])))"),
        (r"\frac{\partial t_k log (h_k)}{\partial u} = u", "(= (pd (mul t[k] (app log h[k])) u) u)"),
    ],
)
def test_the_meaning(latex: str, meaning: str) -> None:
    assert sexpr(read(latex, TABLE).tree()) == meaning


@pytest.mark.parametrize(
    ("latex", "code", "column"),
    [
        (r"\frac{\partial E}{\partial x}(x) = u", "ambiguous-bracket", 30),
        (r"u' x = 1", "prime", 1),
        (r"u''(x) = 1", "prime", 1),
        (r"W'(x) = 1", "prime", 1),
        (r"\frac{\delta L}{u} = 1", "unknown-symbol", 7),
    ],
)
def test_what_is_not_clear_is_refused(latex: str, code: str, column: int) -> None:
    error = read(latex, TABLE).errors[0]
    assert (error.code, error.place.line_and_column()[1] if error.place else None) == (code, column)


def test_delta_is_no_sign_where_it_is_declared() -> None:
    table = declared(r"\delta = w x \\ C = \delta y", shapes={"w": "", "x": "", "y": ""})
    assert sexpr(read(r"w = \frac{\delta x}{\delta y}", table).tree()) == "(= w (div (mul delta x) (mul delta y)))"
