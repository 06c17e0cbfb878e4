"""Bare ``aligned`` blocks that KaTeX, MathJax and GitHub accept: no labels, no text around them."""

from __future__ import annotations

from collections.abc import Sequence

from symbackprop.backward.derivation import Derivation
from symbackprop.render.formats import Format
from symbackprop.render.formats.latex import environment, groups
from symbackprop.render.listing import Listing, Telling, tell
from symbackprop.render.markup import LATEX


def render(derivation: Derivation, tellings: Sequence[Telling]) -> str:
    """A derivation as ``aligned`` blocks, a blank line between them."""
    listings = [tell(derivation, telling, LATEX) for telling in tellings]
    return "\n\n".join(block for listing in listings for block in blocks(listing)) + "\n"


def blocks(listing: Listing) -> list[str]:
    """The equations of a listing as ``aligned`` blocks."""
    return [
        environment("aligned", equations)
        for section in listing.sections
        for equations in groups([equation._replace(reason=()) for equation in section.equations])
    ]


FORMAT = Format("aligned blocks for KaTeX, MathJax and GitHub", render)
