"""The same by width: two dense layers of n units each, every gradient."""

from __future__ import annotations

from typing import Any

from benchmarks.rivals import Rival, sympy_latex


def matrices(width: int) -> Any:
    """Every step in matrix form, concrete widths."""
    import symbackprop as sb

    derivation = sb.derive(f"{width} -> {width} relu -> {width} relu", form="matrix")
    assert derivation.steps
    return derivation


def entries(width: int) -> Any:
    """What the closed form of every entry of every gradient needs."""
    import symbackprop as sb

    return sb.derive(f"{width} -> {width} relu -> {width} relu", show="closed")


def sympy_entries(width: int) -> list[Any]:
    """``diff`` of the cost, entry by entry, ReLU a function that knows its derivative."""
    import sympy

    class Step(sympy.Function):
        pass

    class ReLU(sympy.Function):
        def fdiff(self, argindex: int = 1) -> Any:
            return Step(self.args[0])

    units = range(width)
    value = list(sympy.symbols(f"x:{width}"))
    weights = []
    for layer in range(2):
        w = [[sympy.Symbol(f"w{layer}_{i}_{j}") for j in units] for i in units]
        value = [ReLU(sum(w[i][j] * value[i] for i in units)) for j in units]
        weights += [entry for row in w for entry in row]
    cost = sum((y - r) ** 2 for y, r in zip(sympy.symbols(f"y:{width}"), value, strict=True)) / 2
    return [cost.diff(weight) for weight in weights]


WIDTHS: dict[str, Rival] = {
    rival.title: rival
    for rival in (
        Rival("symbackprop, every step in matrices", "symbackprop", matrices, lambda d: str(d.latex()), 1_000_000),
        Rival("symbackprop, every entry (JSON)", "symbackprop", entries, lambda d: str(d.render("json")), 16),
        Rival("SymPy, diff of every entry", "sympy", sympy_entries, sympy_latex, 8),
    )
}
