"""What is not understood exactly is refused, at its place, with what to write instead."""

from __future__ import annotations

import pytest

from symbackprop.reading import SymbolTable, read, sexpr

from .notations import MLP, NG, NIELSEN, SCALAR


@pytest.mark.parametrize(
    ("latex", "table", "code", "column", "hint"),
    [
        (r"2{a+b}", SCALAR, "invisible-braces", 2, "write brackets"),
        (r"\exp{a+b}", SCALAR, "invisible-braces", 5, r"write \exp(...)"),
        (r"\exp -z", SCALAR, "function-without-argument", 1, r"write \exp(...)"),
        (r"\tanh^{-1}(z)", SCALAR, "ambiguous-inverse", 6, "write a fraction"),
        (r"w x \quad y", SCALAR, "wide-space", 5, "write a comma between formulas, or no space within one"),
        (r"w x \text{ + b}", SCALAR, "prose", 5, r"write it outside of \text"),
        (r"\text{Leaky ReLU}(z)", SCALAR, "unknown-symbol", 1, None),
        (r"\text{Relu }(z)", MLP, "unknown-symbol", 1, r"did you mean \text{ReLU}, \text{relu}?"),
        (r"\underset{a}{x}", SCALAR, "unread-note", 1, "leave it out"),
        (r"a_1 + \dots", SCALAR, "ellipsis", 7, "write a sum or a product with limits"),
        (r"\dots + a_n", SCALAR, "ellipsis", 1, "write a sum or a product with limits"),
        (r"a_1 + \dots a_n", SCALAR, "ellipsis", 7, None),
        (r"a_1 / \dots / a_n", SCALAR, "ellipsis", 7, None),
        (r"a_1 \dots \odot a_n", SCALAR, "ellipsis", 5, None),
        (r"a_1 \odot \dots a_n", SCALAR, "ellipsis", 11, None),
        (r"f(a_1, \dots, a_n)", SCALAR, "ellipsis", 8, None),
        (r"\frac{\partial C}{\partial w}(w)", SCALAR, "ambiguous-bracket", 30, r"write \cdot for a product"),
        (r"x <- y", SCALAR, "ambiguous-arrow", 3, r"write \leftarrow, or a blank after <"),
        (r"w(x, y)", SCALAR, "bad-tuple", 2, None),
        (r"2 3", SCALAR, "adjacent-numbers", 3, None),
        (r"9^{9^{9^9}}", SCALAR, "too-large", 5, None),
        (r"x^{10000000}", SCALAR, "too-large", 2, None),
        (r"w^T x", SCALAR, "transposed-scalar", 2, None),
        (r"W^{l} x", MLP, "layer-style", 2, "write W^{(l)} for the layer, (W)^{l} for a power"),
        (r"z^{[1]}", MLP, "layer-style", 2, "write z^{(1)}"),
        (r"W_{i}", MLP, "index-count", 4, None),
        (r"W_{ij+1}", MLP, "index-count", 5, "separate indices with a comma"),
        (r"\frac{dC}{dw} = \\frac{x}{y}", SCALAR, "doubled-backslash", 17, r"write \frac"),
        (r"\partial C", SCALAR, "bad-derivative", 1, r"write \frac{\partial ...}{\partial ...}"),
        (r"\frac{\partial a + b}{\partial w}", SCALAR, "bad-derivative", 16, "write brackets"),
        (r"\frac{\partial^2 C}{\partial w}", SCALAR, "bad-derivative", 1, None),
        (r"\int x", SCALAR, "unknown-symbol", 1, None),
        (r"\begin{algin} x \end{algin}", SCALAR, "unknown-environment", 1, "did you mean align?"),
        (r"\left x", SCALAR, "bad-delimiter", 1, r"write \left( or \left."),
        (r"[0, 1)", SCALAR, "bad-delimiter", 6, "write ]"),
        (r"\begin{bmatrix} x & y \\ x \end{bmatrix}", SCALAR, "ragged-matrix", 26, None),
        (r"\frac{x & y}{2}", SCALAR, "misplaced-row", 9, None),
        (r"x'", SCALAR, "prime", 1, "write ^T for a transpose"),
        (r"a = b \\ -b = a", SCALAR, "ambiguous-row", 10, None),
        (r"= x", SCALAR, "missing-left-side", 1, None),
        (r"", SCALAR, "empty", 1, None),
        (r"W^2", NG, "layer-style", 2, None),
        (r"\delta^{l}_{ij}", NIELSEN, "index-count", 13, None),
    ],
)
def test_refused(latex: str, table: SymbolTable, code: str, column: int | None, hint: str | None) -> None:
    error = read(latex, table).errors[0]
    assert error.code == code
    assert error.place is not None
    assert error.place.line_and_column()[1] == column
    assert hint is None or hint in (error.hint or "")


def test_a_slash_between_numbers_and_a_factor_is_ambiguous() -> None:
    assert read("1/2 x", SCALAR).errors[0].code == "ambiguous-slash"


def test_every_statement_is_read_for_itself() -> None:
    reading = read(r"z = w q \\ y = w x \\ C = \foo", SCALAR)
    assert [sexpr(row.tree) for row in reading.rows] == ["(= y (mul w x))"]
    places = [error.place.line_and_column() for error in reading.errors if error.place is not None]
    assert places == [(1, 7), (1, 27)]
    with pytest.raises(Exception, match="unknown-symbol"):
        reading.tree()


@pytest.mark.parametrize(
    ("latex", "code", "tree"),
    [
        (r"\sum_j w_j + b_j", "sum-scope", "(add (sum (j) w[j]) b[j])"),
        (r"a/b x", "slash", "(div a (mul b x))"),
        (r"a \odot b x", "tight-product", "(had a (mul b x))"),
        (r"a \odot b \cdot x", "mixed-products", "(mul (had a b) x)"),
        (r"\log xy", "open-argument", "(app log (mul x y))"),
        (r"\frac{d}{dw} w x", "operator-scope", "(td (mul w x) w)"),
        (r"\frac{d}{dw}(w)(x)", "operator-scope", "(td (mul w x) w)"),
        (r"\frac{d}{dw}(w) \frac{dw}{dx}", "operator-scope", "(mul (td w w) (td w x))"),
    ],
)
def test_choices_are_reported(latex: str, code: str, tree: str) -> None:
    reading = read(latex, SCALAR)
    assert sexpr(reading.tree()) == tree
    assert [warning.code for warning in reading.warnings] == [code]
    assert f"warning: {code}" in reading.warnings[0].report()
