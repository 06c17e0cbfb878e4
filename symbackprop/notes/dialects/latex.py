"""LaTeX: ``align`` with a label for every formula, and sentences between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbackprop.backward.derivation import Derivation
from symbackprop.notes.dialects import Dialect, Spot
from symbackprop.notes.flow import Flow, one_aligned
from symbackprop.notes.pictures import as_tikz
from symbackprop.render.formats.latex import environment, escaped
from symbackprop.render.listing import Equation, Telling


def display(equations: Sequence[Equation], name: str, spot: Spot) -> str:
    """Equations with a label each."""
    return environment("align", equations, lambda equation: f"eq:{spot.labels.of(equation.name)}")


@dataclass(frozen=True)
class Fragment(Flow):
    """What ends without a blank, so that the text goes on as it would without it."""

    def __call__(self, derivation: Derivation, tellings: Sequence[Telling], spot: Spot) -> str:
        """A derivation, told in one or more notations."""
        return Flow.__call__(self, derivation, tellings, spot) + "%"


def heading(text: str) -> str:
    """The name of a part: a comment, since the sentences of the text say what follows."""
    return f"% {' '.join(text.split())}"


FLOW = Fragment(escaped, lambda formula: f"${formula}$", heading, display, between="\n")
DIALECT = Dialect(
    "LaTeX: align with labels; --format aligned for a display of your own",
    {"latex": FLOW, "aligned": one_aligned},
    ("%",),
    spaced=False,
    picture=as_tikz,
)
