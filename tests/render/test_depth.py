"""A thousand layers and more: what is printed of them, and that TeX and KaTeX set it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import symbackprop as sb
from tests.tools.tex import Pdf

DEEP = "relu*1000"


def test_five_thousand_layers_at_the_default_recursion_limit() -> None:
    lines = sb.derive("relu*5000", show="deltas", notation="nielsen").render("text").splitlines()
    assert len(lines) == 3 + 2 * 5000
    assert lines[3 + 2 * 2500] == "    δ²⁵⁰¹ = δ²⁵⁰² w²⁵⁰² ReLU'(z²⁵⁰¹)"
    assert lines[-1] == "    ∂C/∂w² = x δ²"


def test_every_middle_layer_reads_as_the_next_one() -> None:
    lines = sb.derive("relu*400", show="deltas", notation="nielsen").render("latex").splitlines()

    def of(layer: int) -> list[str]:
        found = [line for line in lines if f"eq:dC-dz{layer}}}" in line or f"eq:dC-dW{layer}}}" in line]
        return [line.replace(str(layer + d), f"<{d}>") for line in found for d in (2,)]

    assert of(150) == [line.replace("251", "151").replace("250", "150") for line in of(250)]


def test_pdflatex_sets_a_thousand_layers(compile_latex: Callable[..., Pdf]) -> None:
    for options in ({"show": "deltas", "notation": "nielsen"}, {}):
        pdf = compile_latex(sb.derive(DEEP, **options).render("document"))
        assert pdf.pages > 50
        assert pdf.overfull == ()


def test_katex_sets_a_thousand_layers(katex_errors: Callable[[Sequence[str]], list[str | None]]) -> None:
    blocks = sb.derive(DEEP, show="deltas", notation="nielsen").render("aligned").strip().split("\n\n")
    assert len(blocks) == 50
    assert not any(katex_errors(blocks))


def test_symbolic_chains_do_not_write_out_what_is_too_long_to_print() -> None:
    import json

    found = json.loads(sb.derive("n -> n relu*60").render("json"))["gradients"]
    assert found[0]["sympy"] is None
    assert len(found[-1]["sympy"]) < 20_000
    assert found[-1]["entries"] is None


def test_entries_of_an_immense_layer_are_not_listed() -> None:
    import json

    found = json.loads(sb.derive("1000000 -> 1000000 relu", form="matrix").render("json"))["gradients"]
    assert found[0]["entries"] is None
