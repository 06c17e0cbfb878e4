"""Every notation prints the formulas of the book it is named after, and TeX and KaTeX set them."""

from __future__ import annotations

import re

import pytest

from symbackprop import api
from symbackprop.tables.notations import NOTATIONS, changed
from symbackprop.vocabulary.errors import InputError


def lines(pattern: str, notation: str, **options: object) -> list[str]:
    """The rows of the aligned blocks, without alignment signs and thin spaces."""
    text = api.derive(pattern, notation=notation, **options).render("aligned")
    rows = [row.strip().removesuffix(r"\\").strip() for row in text.splitlines() if "&" in row]
    return [re.sub(r"\s+", " ", row.replace("&", "").replace(r"\,", "")).strip() for row in rows]


MATRIX = {
    "slater": [
        r"z^{(k+1)} = (W^{(k)})^T r^{(k)} + b^{(k+1)}",
        r"\frac{\partial C}{\partial z^{(k+1)}} = \frac{\partial C}{\partial r^{(k+1)}} \odot f'(z^{(k+1)})",
        r"\frac{\partial C}{\partial r^{(k)}} = W^{(k)} \frac{\partial C}{\partial z^{(k+1)}}",
        r"\frac{\partial C}{\partial W^{(k)}} = r^{(k)} \left(\frac{\partial C}{\partial z^{(k+1)}}\right)^T",
    ],
    "nielsen": [
        r"z^{l+1} = w^{l+1} a^{l} + b^{l+1}",
        r"a^{l+1} = \sigma(z^{l+1})",
        r"\frac{\partial C}{\partial a^{l}} = (w^{l+1})^T \delta^{l+1}",
        r"\frac{\partial C}{\partial b^{l+1}} = \delta^{l+1}",
        r"\frac{\partial C}{\partial w^{l+1}} = \delta^{l+1} (a^{l})^T",
    ],
    "ng_dls": [
        r"z^{[l+1]} = W^{[l+1]} a^{[l]} + b^{[l+1]}",
        r"dz^{[l+1]} = da^{[l+1]} * g'(z^{[l+1]})",
        r"da^{[l]} = (W^{[l+1]})^T dz^{[l+1]}",
        r"dW^{[l+1]} = dz^{[l+1]} (a^{[l]})^T",
    ],
    "ng_ml2011": [
        r"z^{(l+1)} = \Theta^{(l)} a^{(l)} + b^{(l+1)}",
        r"\frac{\partial J}{\partial a^{(l)}} = (\Theta^{(l)})^T \delta^{(l+1)}",
        r"\frac{\partial J}{\partial \Theta^{(l)}} = \delta^{(l+1)} (a^{(l)})^T",
    ],
    "goodfellow": [
        r"\boldsymbol{a}^{(k+1)} = \boldsymbol{W}^{(k+1)} \boldsymbol{h}^{(k)} + \boldsymbol{b}^{(k+1)}",
        r"\nabla_{\boldsymbol{h}^{(k)}} J = (\boldsymbol{W}^{(k+1)})^{\top} \nabla_{\boldsymbol{a}^{(k+1)}} J",
        r"\nabla_{\boldsymbol{W}^{(k+1)}} J = \nabla_{\boldsymbol{a}^{(k+1)}} J (\boldsymbol{h}^{(k)})^{\top}",
    ],
    "goodfellow_text": [
        r"\boldsymbol{z}^{(k+1)} = (\boldsymbol{W}^{(k+1)})^{\top} \boldsymbol{h}^{(k)} + \boldsymbol{b}^{(k+1)}",
        r"\nabla_{\boldsymbol{W}^{(k+1)}} J = \boldsymbol{h}^{(k)} (\nabla_{\boldsymbol{z}^{(k+1)}} J)^{\top}",
    ],
    "bishop": [
        r"z^{(k+1)} = h(a^{(k+1)})",
        r"\delta^{(k+1)} = \frac{\partial E}{\partial a^{(k+1)}} = h'(a^{(k+1)}) \odot \frac{\partial E}{\partial z^{(k+1)}}",
    ],
    "cs231n_notes": [
        r"z_{k+1} = h_k W_{k+1} + b_{k+1}",
        r"dh_k = dz_{k+1} W_{k+1}^T",
        r"dW_{k+1} = h_k^T dz_{k+1}",
    ],
    "d2l_backprop": [
        r"\frac{\partial J}{\partial \boldsymbol{W}^{(k+1)}} = "
        r"\frac{\partial J}{\partial \boldsymbol{z}^{(k+1)}} (\boldsymbol{h}^{(k)})^{\top}",
        r"\boldsymbol{h}^{(k+1)} = \phi(\boldsymbol{z}^{(k+1)})",
    ],
    "d2l_mlp": [
        r"\boldsymbol{z}^{(k+1)} = \boldsymbol{h}^{(k)} \boldsymbol{W}^{(k+1)} + \boldsymbol{b}^{(k+1)}",
        r"\frac{\partial L}{\partial \boldsymbol{W}^{(k+1)}} = "
        r"(\boldsymbol{h}^{(k)})^{\top} \frac{\partial L}{\partial \boldsymbol{z}^{(k+1)}}",
    ],
    "cs229_2018": [
        r"\delta^{[\ell+1]} = \frac{\partial J}{\partial z^{[\ell+1]}} = \nabla_{a^{[\ell+1]}} J \circ g'(z^{[\ell+1]})",
        r"\nabla_{W^{[\ell+1]}} J = \delta^{[\ell+1]} (a^{[\ell]})^{\top}",
    ],
    "cs229_main": [
        r"\frac{\partial J}{\partial z^{[k+1]}} = \sigma'(z^{[k+1]}) \odot \frac{\partial J}{\partial a^{[k+1]}}",
        r"\frac{\partial J}{\partial a^{[k]}} = (W^{[k+1]})^{\top} \frac{\partial J}{\partial z^{[k+1]}}",
    ],
    "mit_6036": [
        r"Z^{l+1} = (W^{l+1})^T A^{l} + W_0^{l+1}",
        r"\frac{\partial \mathcal L}{\partial Z^{l+1}} = \mathrm{diag}(f'(Z^{l+1})) \frac{\partial \mathcal L}{\partial A^{l+1}}",
        r"\frac{\partial \mathcal L}{\partial A^{l}} = W^{l+1} \frac{\partial \mathcal L}{\partial Z^{l+1}}",
        r"\frac{\partial \mathcal L}{\partial W^{l+1}} = A^{l} \left(\frac{\partial \mathcal L}{\partial Z^{l+1}}\right)^T",
    ],
    "wikipedia_matrix": [
        r"\delta^{l+1} = \frac{\partial C}{\partial z^{l+1}} = f'(z^{l+1}) \circ \frac{\partial C}{\partial a^{l+1}}",
        r"\frac{\partial C}{\partial W^{l+1}} = \delta^{l+1} (a^{l})^T",
    ],
    "wikipedia_scalar": [r"o^{(k+1)} = \varphi(\mathrm{net}^{(k+1)})"],
    "udl": [
        r"\boldsymbol{f}_k = \boldsymbol{\Omega}_k \boldsymbol{h}_k + \boldsymbol{\beta}_k",
        r"\frac{\partial \ell}{\partial \boldsymbol{h}_k} = \boldsymbol{\Omega}_k^T \frac{\partial \ell}{\partial \boldsymbol{f}_k}",
        r"\frac{\partial \ell}{\partial \boldsymbol{\Omega}_k} = \frac{\partial \ell}{\partial \boldsymbol{f}_k} \boldsymbol{h}_k^T",
    ],
}
"""Formulas of the books, layers k and k+1."""

INDEX = {
    "slater": r"\frac{\partial C}{\partial W^{(k)}_{ij}} = \frac{\partial C}{\partial z^{(k+1)}_j} r^{(k)}_i",
    "nielsen": r"\frac{\partial C}{\partial w^{l+1}_{ji}} = a^{l}_i \delta^{l+1}_j",
    "bishop": r"\frac{\partial E}{\partial w^{(k+1)}_{ji}} = \delta^{(k+1)}_j z^{(k)}_i",
    "wikipedia_scalar": r"\frac{\partial E}{\partial w^{(k+1)}_{ij}} = o^{(k)}_i \delta^{(k+1)}_j",
    "mit_6036": r"\frac{\partial \mathcal L}{\partial W^{l+1}_{ij}} = A^{l}_i \frac{\partial \mathcal L}{\partial Z^{l+1}_j}",
}


@pytest.mark.parametrize("notation", MATRIX)
def test_matrix_formulas_of_the_book(notation: str) -> None:
    printed = lines("k f bias", notation, form="matrix")
    assert [formula for formula in MATRIX[notation] if formula not in printed] == []


@pytest.mark.parametrize("notation", INDEX)
def test_index_formulas_of_the_book(notation: str) -> None:
    assert INDEX[notation] in lines("k f bias", notation, show="closed")


def test_every_notation_is_compared_with_its_book() -> None:
    assert set(MATRIX) == set(NOTATIONS)


def test_layers_are_counted_as_the_book_counts() -> None:
    counted = {
        "slater": r"z^{(1)} = W^{(0)} x",
        "nielsen": "z^{2} = w^{2} x",
        "ng_dls": "z^{[1]} = W^{[1]} x",
        "ng_ml2011": r"z^{(2)} = \Theta^{(1)} x",
        "udl": r"f_0 = \Omega_0 x",
    }
    for notation, first in counted.items():
        assert first in lines("relu", notation)


def test_a_batch_has_no_per_example_errors() -> None:
    printed = "\n".join(lines("2 -> 3 relu", "ng_dls", batch="m", form="matrix"))
    assert "dz" not in printed
    assert r"\frac{\partial J}{\partial W^{[1]}}" in printed
    assert "1/m" in api.derive("2 -> 3 relu", notation="ng_dls", batch="m").render("text")


@pytest.mark.parametrize(("notation", "value"), [("slater", "1"), ("ng_dls", "0"), ("udl", "0")])
def test_step_at_zero_is_the_notations(notation: str, value: str) -> None:
    assert str(api.derive("relu", notation=notation).network.step_at_zero) == value
    assert str(api.derive("relu", notation=notation, step_at_zero="1/2").network.step_at_zero) == "1/2"


def test_single_entries_can_be_changed() -> None:
    own = {"base": "nielsen", "W": r"\Omega", "label": "paren", "delta": "e"}
    assert r"z^{(2)} = \Omega^{(2)} x" in lines("relu", own)  # type: ignore[arg-type]
    assert any(row.startswith("e^{(2)} = ") for row in lines("relu", own))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="did you mean label"):
        changed(NOTATIONS["slater"], {"lable": "paren"})


def test_a_notation_of_ones_own_stands_beside_another(tmp_path) -> None:
    spec = tmp_path / "own.toml"
    spec.write_text("network = 'relu'\n[notation]\nbase = 'nielsen'\nr = 'h'\n", "utf-8")
    found = api.derive_spec(api.find_spec(str(spec), ()), notations=["nielsen", "own"])
    assert [telling.notation.r for telling in found.tellings] == ["a", "h"]
    titles = [telling.notation.title for telling in found.tellings]
    assert titles[1] == f"{titles[0]}, changed"
    assert "h²" in api.draw(str(spec)).picture.description
    assert changed(NOTATIONS["nielsen"], {"r": "a"}).title == titles[0]


NETWORKS = [
    ("relu sigmoid", {}),
    ("2 -> 3 relu bias -> 2 softmax", {"cost": "cross-entropy", "batch": "m"}),
    ("n -> m gelu -> p", {"cost": "huber", "l2": "lambda", "update": "eta"}),
    ("k f bias", {}),
]


@pytest.mark.parametrize("notation", NOTATIONS)
def test_katex_sets_every_notation(notation: str, katex_errors) -> None:
    blocks = []
    for pattern, options in NETWORKS:
        for form in ("auto", "matrix") if pattern != "relu sigmoid" else ("auto",):
            text = api.derive(pattern, notation=notation, form=form, **options).render("aligned")
            blocks += text.strip().split("\n\n")
    assert [(error, block) for block, error in zip(blocks, katex_errors(blocks), strict=True) if error] == []


def test_tex_sets_every_notation(compile_latex) -> None:
    fragments = {}
    for notation in NOTATIONS:
        for number, (pattern, options) in enumerate(NETWORKS):
            form = "auto" if pattern == "relu sigmoid" else "matrix" if number % 2 else "index"
            fragments[f"{notation}-{number}.tex"] = api.derive(pattern, notation=notation, form=form, **options).latex()
    body = "\n".join(rf"\input{{{name}}}" for name in fragments)
    head = r"\documentclass{article}\usepackage{amsmath,amssymb}\usepackage[a3paper,margin=1cm]{geometry}\allowdisplaybreaks"
    pdf = compile_latex(f"{head}\\begin{{document}}{body}\\end{{document}}", files=fragments)
    assert pdf.pages > 16
