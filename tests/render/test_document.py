"""The article: it compiles, nothing sticks out, pages end between steps, and titles may be in any letters."""

from __future__ import annotations

import re

import pytest

from symbackprop import api
from symbackprop.tables.notations import NOTATIONS

SOFTMAX = "2 -> 3 tanh bias -> 2 softmax"


def document(network: str, notations: tuple[str, ...] = (), **options: object) -> str:
    """A network's article, in several notations one after another if they are given."""
    return api.derive_spec(api.with_options(api.spec_of(network), options), notations=notations).render("document")


def overfull(log: str) -> list[float]:
    """By how many points boxes stick out, where it is seen at all."""
    return [float(points) for points in re.findall(r"Overfull \\[hv]box \(([\d.]+)pt", log) if float(points) > 0.5]


DOCUMENTS = {
    "chain": ("relu*5", (), {}),
    "dense": (SOFTMAX, (), {"cost": "cross-entropy"}),
    "matrices that do not fit on a line": (SOFTMAX, ("slater", "mit_6036"), {"batch": "m", "form": "matrix"}),
    "penalty, update": ("2 -> 3 gelu-tanh bias -> 1 sigmoid", (), {"batch": "m", "l2": "lambda", "update": "eta"}),
    "numbers": ("2 -> 1", (), {"at": "x=[1, 2], W0=[[1/2], [-1/3]], y=[3]"}),
    "an author's own": ("residual", (), {}),
    "any layer": ("k f bias", ("nielsen", "bishop"), {}),
    "compared": ("relu relu", (), {"against": "sigmoid"}),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_sticks_out_and_steps_stay_with_their_reasons(name: str, compile_latex, pdf_text) -> None:
    network, notations, options = DOCUMENTS[name]
    pdf = compile_latex(document(network, notations, **options))
    assert overfull(pdf.log) == []
    assert [w for w in pdf.warnings if "undefined" in w or "multiply" in w] == []
    for page in pdf_text(pdf.path).split("\f")[:-1]:
        *_, last = [line for line in page.splitlines() if line.strip() and not line.strip().isdigit()]
        assert "because" not in last
        assert last.strip() not in ("Symbols", "Functions", "Forward pass", "Backward pass", "Update")


def test_every_notation_fits(compile_latex) -> None:
    pdf = compile_latex(document("n -> m relu bias -> p", tuple(NOTATIONS), form="index", show="closed"))
    assert overfull(pdf.log) == []


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("100% of $x_1$ & more", "100% of $x_1$ & more"),
        ("a \\input{x} ^^M # ~ {", "a \\input{x} ^^M # ~ {"),
        ("Schrödinger, Erdős: λ and ∂", "Schrödinger, Erdős: λ and ∂"),
        ("two\n\nlines \x00 and \x07", "two lines and"),
        ("漢 \u202e", "U+6F22"),
    ],
)
def test_titles_in_any_letters(title: str, shown: str, compile_latex, pdf_text, tmp_path) -> None:
    import json

    spec = tmp_path / "own.toml"
    spec.write_text(f'network = "relu"\nshow = "closed"\ntitle = {json.dumps(title)}\n', "utf-8")
    pdf = compile_latex(document(str(spec)))
    assert shown in pdf_text(pdf.path)


def test_a_network_without_a_title_is_called_by_its_pattern() -> None:
    assert r"The gradients of 2 $\to$ 1\par" in document("2 -> 1")
