"""Rows, columns, conditions, remarks and commands that are only for the eye."""

from __future__ import annotations

import pytest

from symbackprop.reading import read, sexpr

from .notations import MLP, SCALAR


@pytest.mark.parametrize(
    ("latex", "tree"),
    [
        (r"a &= b & w &= x \\ &= y & &= z", "(rows (= a b y) (= w x z))"),
        (r"z = \begin{aligned} w x \\ + b \end{aligned}", "(= z (add (mul w x) b))"),
        (r"z = {} & w x \\ & {}+ b", None),
        (r"z = w x \text{ and } y = 2x", "(rows (= z (mul w x)) (= y (mul 2 x)))"),
        (r"z = wx \qquad (1)", "(= z (mul w x))"),
        (r"\text{Let } z = wx.", "(= z (mul w x))"),
        (r"\textcolor{blue}{z} = \textcolor{red}{-} w", "(= z (neg w))"),
        (r"\boxed{z = w x}", "(= z (mul w x))"),
        (r"z = \underbrace{w x}_{\text{signal}} + b", "(= z (add (mul w x) b))"),
        (r"\underset{i}{\sum} x_i", "(sum (i) x[i])"),
        (r"z \overset{!}{=} x", "(= z x)"),
        (r"\begin{gather*} z = w x \\ y = b \end{gather*}", "(rows (= z (mul w x)) (= y b))"),
        (r"$$z = w$$ $$= x$$", "(= z w x)"),
        (r"z = w \newline = x", "(= z w x)"),
        (r"z = w \\[10pt] = x", "(= z w x)"),
        (r"\begin{alignedat}{2} z &= w \end{alignedat}", "(= z w)"),
        (r"{\bf w} x + {\rm b}", "(add (mul w x) b)"),
        (r"z \not= x", "(!= z x)"),
        (r"\Longrightarrow z = x", "(= z x)"),
        (r"\newcommand{\half}{\frac12} \half x", "(mul (div 1 2) x)"),
        (r"||x||^2", "(pow (norm x) 2)"),
        (r"\sum_{\substack{i=1 \\ i \ne j}}^n x_i", "(sum ((i 1 n) (!= i j)) x[i])"),
    ],
)
def test_what_is_seen_is_what_is_read(latex: str, tree: str | None) -> None:
    reading = read(latex, SCALAR)
    if tree is None:
        assert reading.errors
    else:
        assert sexpr(reading.tree()) == tree


def test_conditions_and_remarks_are_kept_beside_the_statement() -> None:
    row = read(r"z_i = x_i \quad \text{for } i \ne j \text{ (see above)}", MLP).rows[0]
    assert [sexpr(condition) for condition in row.where] == ["(!= i j)"]
    assert row.remarks == (r"\text{ (see above)}",)


def test_a_condition_may_come_first() -> None:
    row = read(r"{\rm if}~i=j,~z_i = x_j", MLP).rows[0]
    assert ([sexpr(condition) for condition in row.where], sexpr(row.tree)) == (["(= i j)"], "(= z[i] x[j])")


def test_a_range_in_words_is_a_remark() -> None:
    assert read(r"z_i = x_i, \quad i = 1, \dots, n", MLP).rows[0].remarks == (r"i = 1, \dots, n",)


def test_spans_are_those_of_the_text_even_through_macros() -> None:
    text = r"\newcommand{\half}{\frac12} z = \half w x"
    tree = read(text, SCALAR).tree()
    assert text[slice(*tree.span)] == r"z = \half w x"
