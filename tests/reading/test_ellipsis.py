"""Dots between terms or factors are a mark in the tree; elsewhere they are refused."""

from __future__ import annotations

import pytest

from symbackprop.reading import read, sexpr

from .notations import NIELSEN, SCALAR


@pytest.mark.parametrize(
    ("latex", "meaning"),
    [
        (r"a_1 + a_2 + \cdots + a_n", "(add a[1] a[2] dots a[n])"),
        (r"a_1 - \cdots - a_n", "(add a[1] (neg dots) (neg a[n]))"),
        (r"a_1 + ... + a_n", "(add a[1] dots a[n])"),
        (r"a_1 a_2 \ldots a_n", "(mul a[1] a[2] dots a[n])"),
        (r"a_1 \cdot \dots \cdot a_n", "(mul a[1] dots a[n])"),
        (r"a_1 \odot \cdots \odot a_n", "(had a[1] dots a[n])"),
        (r"w (a_1 + \dots + a_n)", "(mul w (add a[1] dots a[n]))"),
    ],
)
def test_dots(latex: str, meaning: str) -> None:
    assert sexpr(read(latex, SCALAR).tree()) == meaning


def test_a_product_along_the_layers() -> None:
    latex = r"\delta^l = \sigma'(z^l) (w^{l+1})^T \ldots \sigma'(z^{L-1}) (w^L)^T \sigma'(z^L)"
    assert sexpr(read(latex, NIELSEN).tree()) == (
        "(= delta@(l) (mul (app sigma' z@(l)) (T w@(l+1)) dots (app sigma' z@(L-1)) (T w@(L)) (app sigma' z@(L))))"
    )
