"""reStructuredText for Sphinx: ``math`` directives with labels.

Sphinx itself puts ``split`` around rows, so they come without an environment of their own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import indent

from symbackprop.backward.derivation import Derivation
from symbackprop.notes.dialects import Dialect, Spot
from symbackprop.notes.flow import Flow
from symbackprop.render.formats import find
from symbackprop.render.formats.latex import rows_of
from symbackprop.render.listing import Equation, Telling


def escaped(text: str) -> str:
    """Words with every sign escaped that reStructuredText takes for its own."""
    return re.sub(r"[\\`*_|]", r"\\\g<0>", text)


def display(equations: Sequence[Equation], name: str, spot: Spot) -> str:
    """A ``math`` directive."""
    rows = indent(rows_of(equations), "   ")
    return f".. math::\n   :label: {spot.labels.of(name)}\n\n{rows}"


def literal(derivation: Derivation, tellings: Sequence[Telling], spot: Spot) -> str:
    """A derivation as text, in a literal block."""
    return f".. code-block:: text\n\n{indent(find('text').render(derivation, tellings).rstrip(), '   ')}"


FLOW = Flow(
    escaped,
    lambda formula: f":math:`{formula}`",
    lambda text: f"**{escaped(text)}.**",
    display,
    split=True,
)
DIALECT = Dialect("reStructuredText for Sphinx: math directives with :label:", {"rst": FLOW, "text": literal}, ("..",))
