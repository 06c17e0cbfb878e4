"""The pictures that go with a derivation on a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symbackprop.backward.derivation import Derivation
from symbackprop.drawing.drawing import SUBJECTS
from symbackprop.drawing.svg import svg
from symbackprop.render.formats import Figure
from symbackprop.render.listing import Telling
from symbackprop.vocabulary.errors import InputError


def figures(derivation: Derivation, tellings: Sequence[Telling]) -> tuple[Figure, ...]:
    """The network and its graph in every notation, and those of a network it is compared with; none beside formulas
    alone."""
    if any(telling.show == "closed" for telling in tellings):
        return ()
    return tuple(_figures(derivation, tellings))


def _figures(derivation: Derivation, tellings: Sequence[Telling]) -> Iterator[Figure]:
    for subject in SUBJECTS.values():
        drawn: set[str] = set()
        for telling in tellings:
            for told in (derivation, *([telling.against] if telling.against else [])):
                try:
                    picture = subject.draw(told, telling.notation)
                except InputError:  # too large: what a page can do without
                    continue
                shown = svg(picture)
                if shown not in drawn:
                    drawn.add(shown)
                    notation = f", {telling.notation.title}" if len(tellings) > 1 else ""
                    yield Figure(shown, f"{picture.title}{notation}.")
