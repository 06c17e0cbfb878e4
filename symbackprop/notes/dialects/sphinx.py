"""reStructuredText for Sphinx: ``math`` directives with labels.

Sphinx itself puts ``split`` around several rows, so they come without an environment of their own; around one it puts
nothing, so that one has no sign of alignment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import indent

from symbackprop.backward.derivation import Derivation
from symbackprop.notes.dialects import Dialect, Spot
from symbackprop.notes.flow import Flow
from symbackprop.notes.pictures import as_raw_directives
from symbackprop.render.formats import find
from symbackprop.render.formats.latex import one_line, rows_of
from symbackprop.render.listing import Equation, Telling


def escaped(text: str) -> str:
    """Words with every sign escaped that reStructuredText takes for its own."""
    return re.sub(r"[\\`*_|]", r"\\\g<0>", text)


def display(equations: Sequence[Equation], name: str, spot: Spot) -> str:
    """A ``math`` directive."""
    return f".. math::\n   :label: {spot.labels.of(name)}\n\n{indent(content(equations), '   ')}"


def content(equations: Sequence[Equation]) -> str:
    """What stands in a ``math`` directive."""
    several = sum(len(right) for equation in equations for right in equation.rights) > 1
    return rows_of(equations) if several else f"  {one_line(equations[0])}"


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
DIALECT = Dialect(
    "reStructuredText for Sphinx: math directives with :label:",
    {"rst": FLOW, "text": literal},
    ("..",),
    picture=as_raw_directives,
)
