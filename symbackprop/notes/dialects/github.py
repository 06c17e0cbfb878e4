"""Markdown on GitHub, which would eat backslashes in dollars but passes fences of ``math`` on untouched."""

from __future__ import annotations

from symbackprop.notes.dialects import Dialect
from symbackprop.notes.flow import Flow, aligned, escaped, fenced_text, strong

FLOW = Flow(
    escaped,
    lambda formula: f"$`{formula}`$",
    strong,
    lambda equations, name, spot: f"```math\n{aligned(equations)}\n```",
)
DIALECT = Dialect("Markdown on GitHub and GitLab: fences of math", {"markdown": FLOW, "text": fenced_text})
