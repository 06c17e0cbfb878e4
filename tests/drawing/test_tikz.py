"""TikZ: every notation compiles with the one package, nothing sticks out, and the same words stand in the PDF."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from symbackprop import api
from symbackprop.drawing.tikz import SLIDE, tikz
from symbackprop.networks.pattern import read_pattern
from symbackprop.tables.notations import NOTATIONS

KINDS = [
    ("residual", "graph"), ("tied-weight", "graph"), ("softmax-cross-entropy", "graph"), ("dense-2-3-1-numbers", "graph"),
    ("dense-2-3-1-numbers", "network"), ("784 -> 100 relu -> 10 softmax", "network"), ("relu*100", "graph"),
    ("k relu bias", "network"),
]  # fmt: skip


def document(pictures: list[str]) -> str:
    body = "\n\n".join(rf"\noindent {text}\newpage" for text in pictures)
    return rf"\documentclass{{article}}\usepackage{{tikz}}\begin{{document}}{body}\end{{document}}"


def test_every_notation_compiles(compile_latex) -> None:
    pictures = [api.draw("2 -> 3 relu bias -> 1", "graph", notation=name).tikz() for name in NOTATIONS]
    pictures += [api.draw("2 -> 1 sigmoid bias", notation=name).tikz() for name in NOTATIONS]
    pdf = compile_latex(document(pictures))
    assert pdf.overfull == ()
    assert pdf.pages == len(pictures)


def test_networks_of_every_kind_compile(compile_latex, pdf_text) -> None:
    pictures = [api.draw(name, what).tikz() for name, what in KINDS]
    pdf = compile_latex(document(pictures))
    assert pdf.overfull == ()
    text = pdf_text(pdf.path)
    assert "softmax" in text
    assert "hidden, layer 1" in text


@pytest.mark.parametrize("name", ["100% & more", "\\input{/etc/passwd}", "a\nb \\end{document}", "ü^^M#1 ~_{}$"])
def test_hostile_names_are_only_a_comment(compile_latex, name: str) -> None:
    text = api.draw(replace(read_pattern("relu"), source=name)).tikz()
    assert text.startswith("% The network ")
    assert text.splitlines()[1].startswith(r"\begin{tikzpicture}")
    assert compile_latex(document([text])).pages == 1


def test_a_picture_is_made_to_fit() -> None:
    picture = api.draw("relu*9", "graph").picture
    scales = [float(re.search(r"x=([\d.]+)pt", text)[1]) for text in (tikz(picture), tikz(picture, SLIDE))]
    assert 0.75 > scales[0] > scales[1]
    assert re.search(r"x=0\.75pt", api.draw("relu").tikz())
