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
    """The network and its graph in every notation, those of a network it is compared with too.

    A page of final formulas alone has none, and one that would hold too much is left out.
    """
    if any(telling.show == "closed" for telling in tellings):
        return ()
    return tuple(_figures(derivation, tellings))


def _figures(derivation: Derivation, tellings: Sequence[Telling]) -> Iterator[Figure]:
    for subject in SUBJECTS.values():
        drawn: set[str] = set()
        for telling in tellings:
            for told in (derivation, *([telling.against] if telling.against else [])):
                if not subject.adds(told.network):
                    continue
                try:
                    picture = subject.draw(told, telling.notation)
                except InputError:
                    continue
                shown = svg(picture)
                if shown not in drawn:
                    drawn.add(shown)
                    words = [told.network.source] if telling.against else []
                    words += [telling.notation.title] if len(tellings) > 1 else []
                    yield Figure(shown, ", ".join(words), subject.title, subject.first)
