"""Quarto: displays in two dollars, each with an ``{#eq-...}`` to refer to."""

from __future__ import annotations

from dataclasses import replace

from symbackprop.notes.dialects import Dialect
from symbackprop.notes.dialects.pandoc import FLOW
from symbackprop.notes.flow import aligned, fenced_text
from symbackprop.notes.pictures import as_raw_fences

QUARTO = replace(
    FLOW,
    display=lambda equations, name, spot: f"$$\n{aligned(equations)}\n$$ {{#eq-{spot.labels.of(name)}}}",
    split=True,
)
DIALECT = Dialect("Quarto: two dollars and {#eq-...}", {"markdown": QUARTO, "text": fenced_text}, picture=as_raw_fences)
