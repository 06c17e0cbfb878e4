"""Slopes that are derived for a user's formulas, against difference quotients at high precision."""

from __future__ import annotations

import pytest
import sympy
from mpmath import mp

from symbackprop.backward.slopes import slope_tree
from symbackprop.symbolic.convert import to_sympy
from symbackprop.tables.functions import CALLABLE
from symbackprop.vocabulary.formulas import read_formula
from symbackprop.vocabulary.functions import Function

FORMULAS = [
    "z/(1 + exp(-2*z))",
    "z^z",
    "2^(-z)*pi^2",
    "z^(-3) + sqrt(z) + z^(1/3)",
    "max(0, max(z, abs(z - 2)))",
    "min(0, z - 1)*max(z, 3)",
    "log(1 + exp(z))*tanh(z) - erf(z)/sin(z)",
    "exp(exp(exp(-z)))",
    "relu(z)*sigmoid(z) + softplus(2*z)",
    "3",
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_derived_slopes(formula: str) -> None:
    tree = read_formula(formula, {"z"}, CALLABLE)
    slope = slope_tree(Function("own", formula, (), tree=tree), 0)
    assert slope is not None
    value, derivative = (sympy.lambdify(sympy.Symbol("z"), to_sympy(e), "mpmath") for e in (tree, slope))
    with mp.workdps(60):
        h = mp.mpf(10) ** -20
        for at in ("0.3", "0.7", "1.4", "2.9"):
            z = mp.mpf(at)
            quotient = (value(z + h) - value(z - h)) / (2 * h)
            assert abs(quotient - derivative(z)) < mp.mpf(10) ** -15 * (1 + abs(quotient))


def test_relu_written_as_max_keeps_the_convention_at_zero() -> None:
    tree = read_formula("max(0, z)", {"z"}, CALLABLE)
    slope = slope_tree(Function("own", "max(0, z)", (), tree=tree), 0)
    assert slope is not None
    assert to_sympy(slope).subs("z", 0) == 1
