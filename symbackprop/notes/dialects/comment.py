"""Comments in a program or a text of any other kind: plain text, every line a comment."""

from __future__ import annotations

from collections.abc import Sequence

from symbackprop.backward.derivation import Derivation
from symbackprop.notes.comments import COMMENTS
from symbackprop.notes.dialects import Dialect, Spot
from symbackprop.render.formats import find
from symbackprop.render.listing import Telling


def commented(derivation: Derivation, tellings: Sequence[Telling], spot: Spot) -> str:
    """A derivation as lines of text, each in a comment."""
    sign, closing = spot.comment.written, spot.comment.closing
    lines = find("text").render(derivation, tellings).rstrip().split("\n")
    return "\n".join(f"{sign} {line} {closing}".rstrip() for line in lines)


DIALECT = Dialect(
    "comments in a program: plain text, every line a comment", {"text": commented}, tuple(COMMENTS), spaced=False
)
