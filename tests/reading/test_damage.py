"""Doubled backslashes and texts that were cut off: mended where nothing has to be guessed, at the right places."""

from __future__ import annotations

from symbackprop.reading import read, sexpr

from .notations import SCALAR


def test_an_alignment_that_is_cut_off_is_read_with_a_warning() -> None:
    reading = read("\\begin{align*} w &= x \\\\ &= y + \\delta", SCALAR)
    assert sexpr(reading.tree()) == "(= w x (add y delta))"
    assert [w.report() for w in reading.warnings] == [
        "1:1: warning: cut-off: \\begin{align*} is not closed: the text seems to be cut off\n"
        "  \\begin{align*} w &= x \\\\ &= y + \\delta\n"
        "  ^^^^^^^^^^^^^^"
    ]


def test_what_else_is_not_closed_is_refused() -> None:
    for text in (
        r"\begin{cases} 0 & x<0",
        r"w = \begin{align} x",
        r"\begin{align} \begin{split} w",
        r"\begin{align} (w",
    ):
        assert read(text, SCALAR).errors[0].code == "unclosed", text


def test_backslashes_that_are_all_doubled_are_read_as_single_ones() -> None:
    reading = read(r"\\frac{dC}{dw} &= \\delta \\, x \\\\ &= q", SCALAR)
    error = reading.errors[0]
    assert (error.code, error.place.line_and_column() if error.place else None) == ("unknown-symbol", (1, 41))
    reading = read(r"\\frac{dC}{dw} &= \\delta \\, x \\\\ &= \\sigma(x)", SCALAR)
    assert sexpr(reading.tree()) == "(= (td C w) (mul delta x) (app sigma x))"
    assert [w.code for w in reading.warnings] == ["doubled-backslashes"]


def test_one_doubled_backslash_among_single_ones_is_refused() -> None:
    assert read(r"\frac{dC}{dw} = \\frac{x}{y}", SCALAR).errors[0].code == "doubled-backslash"
    assert read(r"\\frac{dC}{dw} = \frac{x}{y}", SCALAR).errors[0].code == "doubled-backslash"


def test_six_backslashes_end_a_row() -> None:
    assert sexpr(read("w &= x \\\\\\\\\\\\\n&= y", SCALAR).tree()) == "(= w x y)"
