"""Bare ``aligned`` blocks that KaTeX, MathJax and GitHub accept: no labels, no text around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symbackprop.backward.derivation import Derivation
from symbackprop.render.formats import Format
from symbackprop.render.formats.latex import environment, groups
from symbackprop.render.listing import Telling, tell
from symbackprop.render.markup import LATEX


def render(derivation: Derivation, tellings: Sequence[Telling]) -> str:
    """A derivation as ``aligned`` blocks, a blank line between them."""
    blocks = [
        environment("aligned", equations)
        for telling in tellings
        for section in tell(derivation, telling, LATEX).sections
        for equations in groups([replace(equation, reason=()) for equation in section.equations])
    ]
    return "\n\n".join(blocks) + "\n"


FORMAT = Format("aligned blocks for KaTeX, MathJax and GitHub", render)
