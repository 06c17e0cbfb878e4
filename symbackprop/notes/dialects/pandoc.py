"""Markdown for pandoc: displays in two dollars."""

from __future__ import annotations

from symbackprop.notes.dialects import Dialect
from symbackprop.notes.flow import Flow, aligned, escaped, fenced_text, strong
from symbackprop.notes.pictures import as_raw_fences

FLOW = Flow(
    escaped,
    lambda formula: f"${formula}$",
    strong,
    lambda equations, name, spot: f"$$\n{aligned(equations)}\n$$",
)
DIALECT = Dialect(
    "Markdown for pandoc and R Markdown: two dollars", {"markdown": FLOW, "text": fenced_text}, picture=as_raw_fences
)
