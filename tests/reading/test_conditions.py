"""Conditions and ranges beside a formula are no claims, and are not lost."""

from __future__ import annotations

import pytest

from symbackprop.reading import SymbolTable, read, sexpr
from symbackprop.reading.declaring import declared

SOFTMAX = declared(
    r"p_k = \frac{e^{s_k}}{\sum_j e^{s_j}} \\ a^l = \sigma(z^l) \\ E = -\sum_k t_k \log p_k",
    cost="E",
    layers={"l": "1..L"},
    functions={r"\sigma": "elementwise"},
)
OFF = "(= (pd p[i] s[j]) (neg (mul p[i] p[j])))"
JACOBIAN = r"\frac{\partial p_i}{\partial s_j} = -p_i p_j"


def _read(latex: str, table: SymbolTable = SOFTMAX) -> list[tuple[str, list[str], tuple[str, ...]]]:
    reading = read(latex, table)
    assert not reading.errors, reading.errors[0].report()
    return [(sexpr(row.tree), [sexpr(where) for where in row.where], row.remarks) for row in reading.rows]


@pytest.mark.parametrize(
    ("latex", "where", "remarks"),
    [
        (JACOBIAN + r" \quad (i \neq j)", ["(!= i j)"], ()),
        (JACOBIAN + r" (i \neq j)", ["(!= i j)"], ()),
        (JACOBIAN + r", \quad i \neq j", ["(!= i j)"], ()),
        (JACOBIAN + r" \quad \text{if } i \neq j", ["(!= i j)"], ()),
        (r"\text{if } i \ne j: " + JACOBIAN, ["(!= i j)"], ()),
        (r"{\rm if}~i\ne j,~" + JACOBIAN, ["(!= i j)"], ()),
        (r"i \ne j: " + JACOBIAN, ["(!= i j)"], ()),
        (JACOBIAN + r" \quad \forall i, j", [], (r"\forall i, j",)),
        (r"\forall i, j: " + JACOBIAN, [], (r"\forall i, j",)),
        (JACOBIAN + r", \quad k = 1,\dots,m", [], (r"k = 1,\dots,m",)),
        (JACOBIAN + r" \quad k = 1,2,\dots,m", [], (r"k = 1,2,\dots,m",)),
        (JACOBIAN + r" \qquad \text{for } i, j = 1, \ldots, m", [], (r"\text{for } i, j = 1, \ldots, m",)),
        (JACOBIAN + r" \quad i \in \{1, 2\}", [], (r"i \in \{1, 2\}",)),
    ],
)
def test_a_condition_on_indices(latex: str, where: list[str], remarks: tuple[str, ...]) -> None:
    assert _read(latex) == [(OFF, where, remarks)]


def test_a_condition_on_a_layer() -> None:
    claim = r"\frac{\partial E}{\partial a^l} = z^l"
    assert _read(claim + r", \quad l = L") == [("(= (pd E a@(l)) z@(l))", ["(= l L)"], ())]
    assert _read(claim + r" \quad (l = L, L-1, \dots, 1)") == [
        ("(= (pd E a@(l)) z@(l))", [], (r"l = L, L-1, \dots, 1",))
    ]


def test_a_condition_on_values_is_kept_beside_what_it_is_about() -> None:
    assert _read(r"\sigma'(z) = 1 \text{ if } z > 0, \quad \sigma'(z) = 0 \text{ otherwise}") == [
        ("(= (app sigma' z) 1)", ["(> z 0)"], ()),
        ("(= (app sigma' z) 0)", ["(<= z 0)"], (r"\text{ otherwise}",)),
    ]
    assert _read(r"\sigma'(z) = 1, \quad z > 0") == [("(= (app sigma' z) 1)", ["(> z 0)"], ())]


def test_a_list_of_equations_with_dots_keeps_every_equation() -> None:
    assert _read(r"p_1 = s_1, p_2 = s_2, \ldots, p_n = s_n") == [
        ("(= p[1] s[1])", [], ()),
        ("(= p[2] s[2])", [], (r"\ldots",)),
        ("(= p[n] s[n])", [], ()),
    ]


def test_a_letter_that_the_formula_does_not_use_states_no_condition() -> None:
    assert read(JACOBIAN + r", \quad q = v", SOFTMAX).errors[0].code == "unknown-symbol"
    assert read(r"E = p_1 (s = 2)", SOFTMAX).errors[0].code == "bad-condition"


def test_a_number_after_a_wide_space_is_that_of_the_equation() -> None:
    assert _read(r"E = t_1 \hspace{1.5cm} (3)") == [("(= E t[1])", [], ())]
    assert _read(r"E = t_1 \hskip 1em (3)") == [("(= E t[1])", [], ())]
    assert _read(r"E = t_1 \hspace{2pt} s_1 \kern-1pt p_1") == [("(= E (mul t[1] s[1] p[1]))", [], ())]
    assert read(r"E = t_1 \hspace{1cm} s_1", SOFTMAX).errors[0].code == "wide-space"
