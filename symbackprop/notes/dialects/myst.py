"""MyST, for Sphinx and for Jupyter Book: ``math`` directives with labels."""

from __future__ import annotations

from collections.abc import Sequence

from symbackprop.drawing.picture import Picture
from symbackprop.drawing.svg import svg
from symbackprop.drawing.tikz import tikz
from symbackprop.notes.dialects import Dialect, Spot
from symbackprop.notes.flow import Flow, aligned, escaped, fenced_text, strong
from symbackprop.notes.shelters import open_directives
from symbackprop.render.listing import Equation


def display(equations: Sequence[Equation], name: str, spot: Spot) -> str:
    """A ``math`` directive; one inside of another directive has another fence than that."""
    fence = fence_within(spot.before)
    return f"{fence}{{math}}\n:label: {spot.labels.of(name)}\n{aligned(equations)}\n{fence}"


def fence_within(before: str) -> str:
    """The fence of a directive: another one than that of a directive around it."""
    around = open_directives(before.split("\n"))
    return "~~~" if any(run.startswith("```") and len(run) < 4 for run in around) else "```"


def raw(picture: Picture, before: str) -> str:
    """Raw directives, of which each builder takes its own."""
    fence = fence_within(before)
    parts = (("html", svg(picture)), ("latex", tikz(picture)))
    return "\n\n".join(f"{fence}{{raw}} {name}\n{text.rstrip()}\n{fence}" for name, text in parts)


FLOW = Flow(escaped, lambda formula: f"{{math}}`{formula}`", strong, display, split=True)
DIALECT = Dialect(
    "MyST for Sphinx and Jupyter Book: math directives with :label:",
    {"markdown": FLOW, "text": fenced_text},
    ("<!-- -->", "%"),
    picture=raw,
)
