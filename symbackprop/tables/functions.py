"""Elementary functions: what formulas are made of, each with its slope.

The rest of the program knows no function by name. A slope is written in the parameters or in the function's own
output ``r``; a piecewise function's slope uses ``step``, whose value at 0 is the convention of the network.
"""

from __future__ import annotations

from functools import lru_cache

from symbackprop.tables.activations import ACTIVATIONS, SOFTMAX
from symbackprop.vocabulary.expressions import Expression
from symbackprop.vocabulary.formulas import read_formula
from symbackprop.vocabulary.functions import Function

ELEMENTARY: dict[str, Function] = {
    function.name: function
    for function in (
        Function("exp", None, ("r",), head=r"\exp"),
        Function("log", None, ("1/z",), head=r"\log"),
        Function("sqrt", None, ("1/(2*r)",)),
        Function("abs", None, ("sign(z)",), kinks=("0",), bound="1", reason="the slope is -1 or 1"),
        Function("sign", None, ("0",), head=r"\mathrm{sign}", kinks=("0",)),
        Function("step", None, ("0",), head=r"\mathrm{Step}", kinks=("0",)),
        Function(
            "max",
            None,
            ("step(a - b)", "1 - step(a - b)"),
            ("a", "b"),
            head=r"\max",
            bound="1",
            reason="each slope is 0 or 1",
        ),
        Function(
            "min",
            None,
            ("1 - step(a - b)", "step(a - b)"),
            ("a", "b"),
            head=r"\min",
            bound="1",
            reason="each slope is 0 or 1",
        ),
        Function("erf", None, ("2*exp(-z^2)/sqrt(pi)",), head=r"\mathrm{erf}"),
        Function("sin", None, ("cos(z)",), head=r"\sin", bound="1", reason="the slope is a cosine"),
        Function("cos", None, ("-sin(z)",), head=r"\cos", bound="1", reason="the slope is a sine"),
        Function("reciprocal", "1/z", ("-r^2",)),
        Function("quotient", "a/b", ("1/b", "-r/b"), ("a", "b")),
        Function("square", "z^2", ("2*z",)),
        Function(
            "huber",
            "min(abs(u), 1)*(abs(u) - min(abs(u), 1)/2)",
            ("max(-1, min(1, u))",),
            ("u",),
            head=r"\mathrm{Huber}",
        ),
        Function(
            "bce",
            "-(y*log(p) + (1 - y)*log(1 - p))",
            ("-log(p) + log(1 - p)", "(p - y)/(p*(1 - p))"),
            ("y", "p"),
        ),
    )
}


FUNCTIONS: dict[str, Function] = {**ELEMENTARY, **ACTIVATIONS, SOFTMAX.name: SOFTMAX}
"""Everything a formula of the tables may call."""

_HIDDEN = {"reciprocal", "quotient", "square", "bce", "f"}
CALLABLE: dict[str, Function] = {name: f for name, f in FUNCTIONS.items() if name not in _HIDDEN and "-" not in name}
"""Everything a user's formula may call."""


@lru_cache(maxsize=512)
def value_tree(f: Function) -> Expression | None:
    """The formula of a function as a tree in its parameters; None for an elementary or unspecified one."""
    if f.tree is not None or f.formula is None:
        return f.tree
    return read_formula(f.formula, f.parameters, FUNCTIONS)


@lru_cache(maxsize=512)
def slope_tree(f: Function, position: int) -> Expression | None:
    """The partial of a function by one parameter, in the parameters and its output ``r``; None if it has none."""
    if not f.slopes:
        return None
    return read_formula(f.slopes[position], (*f.parameters, "r"), FUNCTIONS)
