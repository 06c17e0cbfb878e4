"""Derivations in every dialect: what each host needs, and what each breaks on."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from symbackprop.cli.orders import command_line
from symbackprop.notes import dialects
from symbackprop.notes.dialects import Spot
from symbackprop.notes.filling import rendered

NETWORKS = (
    ["derive", "relu"],
    ["derive", "2 -> 3 tanh bias -> 1 sigmoid", "--notation", "nielsen", "--form", "matrix"],
    ["derive", "n -> m relu -> p softmax", "--cost", "cross-entropy", "--show", "closed", "--update", "eta"],
    ["derive", "k", "--notation", "slater", "--notation", "ng_dls"],
    ["derive", "relu relu", "--against", "sigmoid sigmoid", "--wrt", "W0"],
    ["derive", "relu", "--at", "W0=1/2,x=2,y=1"],
)
# What KaTeX, MathJax without packages, GitHub and pdfLaTeX with amsmath and amssymb all know.
FORBIDDEN = re.compile(r"\\(?:operatorname|mbox|phantom|bm|label|tag|cancel|textcolor|DeclareMathOperator|intertext)\b")


def derived(words: list[str], dialect: str, **spot: str) -> str:
    return rendered(command_line(words), dialect, Path(), Spot(**spot))


@pytest.mark.parametrize("words", NETWORKS, ids=" ".join)
@pytest.mark.parametrize("name", dialects.names())
def test_mathematics_holds_no_blank_line_and_nothing_a_host_does_not_know(name: str, words: list[str]) -> None:
    text = derived(words, name)
    assert text.strip()
    if name != "sphinx":
        for display in re.findall(r"\\begin\{(align\*?|aligned)\}(.*?)\\end\{\1\}", text, re.DOTALL):
            assert "\n\n" not in display[1]
    if name not in ("latex", "beamer"):
        assert not FORBIDDEN.search(text)
    assert not re.search(r"[ \t]$", text, re.MULTILINE)


def displays(text: str) -> list[str]:
    return re.findall(r"\\begin\{aligned\}.*?\\end\{aligned\}", text, re.DOTALL)


@pytest.mark.parametrize("name", ["github", "pandoc", "quarto", "myst", "notebook"])
def test_katex_sets_every_display(name: str, katex_errors: Callable[[list[str]], list[str | None]]) -> None:
    found = [display for words in NETWORKS for display in displays(derived(words, name))]
    assert len(found) > 20
    assert [error for error in katex_errors(found) if error] == []


def test_github_passes_fences_and_ticks_untouched() -> None:
    text = derived(["derive", "relu"], "github")
    assert text.count("```math\n\\begin{aligned}") == text.count("\\end{aligned}\n```") > 3
    assert "$`U = y - r^{(1)}`$" in text
    assert "$$" not in text
    assert "\n#" not in text


def test_pandoc_and_notebooks_have_two_dollars() -> None:
    for name in ("pandoc", "notebook"):
        text = derived(["derive", "relu"], name)
        assert "$$\n\\begin{aligned}" in text
        assert "$U = y - r^{(1)}$" in text


def test_quarto_has_a_label_for_every_display() -> None:
    text = derived(["derive", "2 -> 3 tanh -> 1"], "quarto")
    labels = re.findall(r"^\$\$ \{#eq-([\w-]+)\}$", text, re.MULTILINE)
    assert len(labels) == len(set(labels)) == text.count("\\begin{aligned}")
    assert {"functions", "forward-pass", "dC-dW0", "dC-dW1"} <= set(labels)


def test_myst_has_a_label_for_every_display_and_another_fence_inside_of_a_directive() -> None:
    text = derived(["derive", "relu"], "myst")
    assert text.count("```{math}\n:label: ") == text.count("\\begin{aligned}")
    assert ":label: dC-dW0" in text
    nested = derived(["derive", "relu"], "myst", before="```{note}\n")
    assert "```" not in nested
    assert nested.count("~~~{math}") == text.count("```{math}")
    assert "```{math}" in derived(["derive", "relu"], "myst", before="````{note}\n")
    assert "```{math}" in derived(["derive", "relu"], "myst", before="```{note}\n```\n")


def test_sphinx_gets_rows_without_an_environment_and_a_single_row_without_alignment() -> None:
    text = derived(["derive", "relu", "--wrt", "W0"], "sphinx")
    for directive in re.findall(r"\.\. math::\n   :label: [\w-]+\n\n((?:   .*(?:\n|$))+)", text):
        assert ("&=" in directive) == (directive.count("\n") > 1)
        assert "aligned" not in directive
    assert ":math:`U = y - r^{(1)}`" in text


def test_latex_labels_every_formula_and_ends_without_a_blank() -> None:
    text = derived(["derive", "relu", "--label", "net"], "latex")
    assert r"\label{eq:net-dC-dW0}" in text
    assert text.endswith("\\end{align}%")
    assert "\n\n" not in text


def test_beamer_uncovers_a_step_at_a_time() -> None:
    frames = derived(["derive", "relu"], "beamer")
    assert frames.count(r"\begin{frame}") == frames.count(r"\end{frame}") > 3
    inside = derived(["derive", "relu", "--show", "closed"], "beamer", before="\\begin{frame}{Mine}\n")
    assert "frame" not in inside
    closed = derived(["derive", "relu"], "beamer", before="\\begin{frame}\n\\end{frame}\n")
    assert closed == frames
    slides = [
        int(n)
        for n in re.findall(r"&\\uncover<(\d+)->", derived(["derive", "relu"], "beamer", before="\\begin{frame}\n"))
    ]
    assert slides == sorted(slides)
    assert slides[0] == 1
    assert set(slides) == set(range(1, max(slides) + 1))
    assert r"\pause" not in frames


def test_a_comment_dialect_is_a_comment_on_every_line() -> None:
    for comment, end in (("#", ""), ("/* */", "*/")):
        from symbackprop.notes.comments import COMMENTS

        text = rendered(command_line(["derive", "relu"]), "comment", Path(), Spot(comment=COMMENTS[comment]))
        assert all(line.startswith(COMMENTS[comment].written) and line.endswith(end) for line in text.split("\n"))


def test_formats_that_fit() -> None:
    assert derived(["derive", "relu", "--format", "aligned", "--show", "closed"], "latex").startswith(
        r"\begin{aligned}"
    )
    assert derived(["derive", "relu", "--format", "text"], "github").startswith("```text\nThe gradients")
    assert derived(["derive", "relu", "--dialect", "myst", "--format", "text"], "latex").startswith("```text\n")


def test_latex_of_every_network_compiles(compile_latex: Callable[..., object]) -> None:
    bodies = [derived([*words, "--label", f"n{n}"], "latex") for n, words in enumerate(NETWORKS)]
    preamble = "\\documentclass{article}\n\\usepackage{amsmath,amssymb}\n\\allowdisplaybreaks\n\\begin{document}\n"
    compile_latex(preamble + "\n\n".join(bodies) + "\n\\end{document}\n")


def test_slides_of_every_network_compile(compile_latex: Callable[..., object]) -> None:
    bodies = [derived(words, "beamer") for words in NETWORKS]
    own = derived(["derive", "relu", "--show", "closed"], "beamer", before="\\begin{frame}")
    bodies.append(f"\\begin{{frame}}{{Mine}}\n{own}\n\\end{{frame}}")
    compile_latex("\\documentclass{beamer}\n\\begin{document}\n" + "\n".join(bodies) + "\n\\end{document}\n")
