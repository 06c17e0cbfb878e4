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
from symbackprop.networks.model import Network
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
    """Something that can be drawn of a network: what it is called, how it is drawn, and whether before any formula.

    ``adds`` tells whether it shows more of a network than the others do.
    """

    title: str
    draw: Callable[[Derivation, Notation], Picture]
    adds: Callable[[Network], bool] = lambda network: True
    first: bool = False


SUBJECTS = {
    "network": Subject("The network", network_picture, lambda network: bool(layers_of(network)), first=True),
    "graph": Subject("The computation graph", graph_picture),
}
FORMATS: dict[str, Callable[[Picture], str]] = {"svg": svg, "tikz": tikz}


def known(what: str, format: str) -> None:
    """Refuse what cannot be drawn (``unknown-picture``) or written (``unknown-format``), with the nearest name."""
    if what not in SUBJECTS:
        raise unknown("picture", what, SUBJECTS)
    if format not in FORMATS:
        raise unknown("format", format, FORMATS)
