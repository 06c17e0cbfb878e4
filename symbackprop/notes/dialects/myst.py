"""MyST, for Sphinx and for Jupyter Book: ``math`` directives with labels."""

from __future__ import annotations

from collections.abc import Sequence

from symbackprop.notes.dialects import Dialect, Spot
from symbackprop.notes.flow import Flow, aligned, escaped, fenced_text, strong
from symbackprop.notes.shelters import open_directives
from symbackprop.render.listing import Equation


def display(equations: Sequence[Equation], name: str, spot: Spot) -> str:
    """A ``math`` directive; one inside of another directive has another fence than that."""
    around = open_directives(spot.before.split("\n"))
    fence = "~~~" if any(run.startswith("```") and len(run) < 4 for run in around) else "```"
    return f"{fence}{{math}}\n:label: {spot.labels.of(name)}\n{aligned(equations)}\n{fence}"


FLOW = Flow(escaped, lambda formula: f"{{math}}`{formula}`", strong, display, split=True)
DIALECT = Dialect(
    "MyST for Sphinx and Jupyter Book: math directives with :label:",
    {"markdown": FLOW, "text": fenced_text},
    ("<!-- -->", "%"),
)
