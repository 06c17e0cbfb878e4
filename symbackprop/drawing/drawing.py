"""Drawing a network: what may be drawn, and the pictures of a derivation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from symbackprop.backward.derivation import Derivation
from symbackprop.drawing.diagram import diagram
from symbackprop.drawing.graph import graph
from symbackprop.drawing.layers import layers_of
from symbackprop.drawing.picture import Picture
from symbackprop.drawing.scribe import Scribe
from symbackprop.drawing.svg import svg
from symbackprop.drawing.tikz import tikz
from symbackprop.tables.notations import Notation
from symbackprop.vocabulary.errors import unknown


def network_picture(derivation: Derivation, notation: Notation) -> Picture:
    """The layers of a network; one that is not layers in a row is drawn as the graph of its definitions."""
    network = derivation.network
    scribe = Scribe(network, notation, derivation.worked)
    layers = layers_of(network)
    return diagram(network, layers, scribe) if layers else graph(derivation, scribe, backward=False)


def graph_picture(derivation: Derivation, notation: Notation) -> Picture:
    """The computation graph, with the partials on its edges."""
    return graph(derivation, Scribe(derivation.network, notation, derivation.worked), backward=True)


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that can be drawn of a network: what it is, and how."""

    summary: str
    draw: Callable[[Derivation, Notation], Picture]


SUBJECTS = {
    "network": Subject("layers of units, the weights on the edges", network_picture),
    "graph": Subject("the computation graph, partials on its edges", graph_picture),
}
FORMATS: dict[str, Callable[[Picture], str]] = {"svg": svg, "tikz": tikz}


def known(what: str, format: str) -> None:
    """Refuse what cannot be drawn (``unknown-picture``) or written (``unknown-format``), with the nearest name."""
    if what not in SUBJECTS:
        raise unknown("picture", what, SUBJECTS)
    if format not in FORMATS:
        raise unknown("format", format, FORMATS)
