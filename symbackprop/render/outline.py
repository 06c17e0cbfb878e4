"""A derivation as texts tell it: headings, sentences and displays, one after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symbackprop.backward.derivation import Derivation
from symbackprop.render.formats.latex import groups
from symbackprop.render.listing import Equation, Listing, Section, Telling, tell
from symbackprop.render.markup import LATEX, Markup
from symbackprop.render.sentences import Sentence, Words


@dataclass(frozen=True, slots=True)
class Heading:
    """The name of a part."""

    text: str


@dataclass(frozen=True, slots=True)
class Display:
    """Equations below one another, and what they are called together."""

    equations: Sequence[Equation]
    name: str


Part = Heading | Display | Sentence


def outline(
    derivation: Derivation, tellings: Sequence[Telling], split: bool = False, markup: Markup = LATEX
) -> Iterator[Part]:
    """The parts of a derivation, told in one or more notations.

    ``split`` gives every result a display, and so a number, of its own.

    >>> from symbackprop.api import derive
    >>> d = derive("relu", show="closed")
    >>> [part.name for part in outline(d.plain, d.tellings, split=True)]
    ['dW0']
    """
    for telling in tellings:
        if len(tellings) > 1:
            yield Heading(telling.notation.title)
        yield from parts(tell(derivation, telling, markup), split)


def parts(listing: Listing, split: bool = False) -> Iterator[Part]:
    """The parts of a listing."""
    for section in listing.sections:
        if len(listing.sections) > 1:
            yield Heading(section.heading)
        yield from _section(section, split)


def _section(section: Section, split: bool) -> Iterator[Part]:
    yield from section.remarks
    for equations in _grouped(section.equations, split):
        first = equations[0]
        if first.reason:
            yield (Words(f"{first.heading}: "), *first.reason)
        alone = len(equations) == 1 and _is_result(first)
        yield Display(equations, first.name if alone else section.heading.lower())


def _grouped(equations: Sequence[Equation], split: bool) -> Iterator[Sequence[Equation]]:
    """The equations that share a display."""
    for group in groups(equations):
        if split and any(map(_is_result, group)):
            yield from ([equation] for equation in group)
        else:
            yield group


def _is_result(equation: Equation) -> bool:
    """Whether an equation is one that texts refer to: a gradient or an update."""
    return equation.name.startswith(("d", "update-"))
