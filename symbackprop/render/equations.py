"""Equations already set, with the words around them: what every output format arranges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from symbackprop.render.rows import Row
from symbackprop.render.sentences import Sentence

Right = tuple[Row, ...]
"""A right side: one row, or several."""


class Equation(NamedTuple):
    """One quantity and what it equals: ``left = rights[0] = rights[1] = ...``; a right side may take several rows."""

    name: str
    left: str
    rights: tuple[Right, ...]
    heading: str = ""
    reason: Sentence = ()
    relation: str = "="


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and equations."""

    heading: str
    equations: tuple[Equation, ...]
    remarks: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """All that a format prints of one derivation."""

    title: str
    sections: tuple[Section, ...]
