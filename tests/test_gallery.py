"""The gallery is what the program prints, compiles in TeX and renders in KaTeX."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from symbackprop import api
from tests import gallery

SPECS = [spec.stem for spec in gallery.specs()]


def derivation(name: str) -> api.Derivation:
    return api.derive_spec(api.find_spec(name, (gallery.FOLDER,)))


@pytest.mark.parametrize("name", SPECS)
def test_what_is_kept_is_what_is_printed(name: str) -> None:
    for path, text in gallery.printed(gallery.FOLDER / f"{name}.toml").items():
        assert path.read_text("utf-8") == text, f"{path.name} is stale: run make gallery"


def test_the_index_lists_everything() -> None:
    assert (gallery.FOLDER / "README.md").read_text("utf-8") == gallery.index()


def test_nothing_else_lies_in_the_gallery() -> None:
    kept = {*gallery.expected(), *gallery.specs()}
    assert [path.name for path in gallery.FOLDER.iterdir() if path not in kept] == []


@pytest.mark.parametrize("name", SPECS)
def test_the_document_compiles(name: str, compile_latex) -> None:
    pdf = compile_latex(derivation(name).render("document"))
    assert pdf.pages >= 1
    assert not [w for w in pdf.warnings if "undefined" in w.lower() or "multiply" in w.lower()]
    assert not pdf.overfull


def test_fragments_can_be_input(compile_latex) -> None:
    fragments = {f"{name}.tex": derivation(name).render("latex") for name in SPECS}
    body = "\n".join(rf"\section{{{name}}}\input{{{name}}}" for name in SPECS)
    document = (
        r"\documentclass{article}\usepackage{amsmath,amssymb}\usepackage[margin=2cm]{geometry}\allowdisplaybreaks"
    )
    pdf = compile_latex(f"{document}\\begin{{document}}{body}\\end{{document}}", files=fragments)
    assert pdf.pages >= len(SPECS) // 2


@pytest.mark.parametrize("name", SPECS)
def test_katex_sets_everything(name: str, katex_errors) -> None:
    blocks = derivation(name).render("aligned").strip().split("\n\n")
    markdown = derivation(name).render("markdown")
    inline = re.findall(r"\$([^$]+)\$", re.sub(r"```math\n.*?```", "", markdown, flags=re.DOTALL))
    assert [error for error in katex_errors(blocks) if error] == []
    assert [error for error in katex_errors(inline, display=False) if error] == []


FORBIDDEN = ("operatorname", r"\label", r"\mbox", r"\phantom", r"\mathbb{1}", r"\bm", "DiracDelta", r"\def")


@pytest.mark.parametrize("name", SPECS)
def test_aligned_keeps_to_what_every_host_takes(name: str) -> None:
    text = derivation(name).render("aligned")
    assert [word for word in FORBIDDEN if word in text] == []
    assert "\n\n\n" not in text


@pytest.mark.parametrize("name", SPECS)
def test_json_is_complete(name: str) -> None:
    record = json.loads(derivation(name).render("json"))
    assert record["gradients"]
    for gradient in record["gradients"]:
        assert gradient["latex"]
        assert gradient["sympy"]
    told = [*record["adjoints"], *(step for gradient in record["gradients"] for step in gradient["steps"])]
    known = {step["quantity"] for step in told}
    assert len(known) == len(told)
    assert all(set(step["uses"]) <= known | {"r(k+1)"} for step in told)


def test_every_spec_is_found_by_its_name() -> None:
    assert all(api.find_spec(name, api.SPEC_FOLDERS).text for name in SPECS)
    assert Path(api.SPEC_FOLDERS[1]).is_dir()
