"""Output formats, one module each: a module ``NAME`` here, with a record ``FORMAT``, is the format ``NAME``."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

from symbackprop.backward.derivation import Derivation
from symbackprop.render.listing import Telling
from symbackprop.vocabulary.errors import unknown


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture that is drawn already: SVG, words below it, and the part of a text that it belongs to."""

    svg: str
    caption: str
    heading: str
    first: bool = False
    """Whether it comes before the formulas."""


@dataclass(frozen=True, slots=True)
class Format:
    """An output format: what it is for, and how it prints a derivation told in one or more notations.

    ``pictured`` prints it with pictures, where the format can hold them.
    """

    summary: str
    render: Callable[[Derivation, Sequence[Telling]], str]
    pictured: Callable[[Derivation, Sequence[Telling], Sequence[Figure]], str] | None = None


def names() -> list[str]:
    """The output formats.

    >>> names()
    ['aligned', 'document', 'html', 'json', 'latex', 'markdown', 'text']
    """
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def find(name: str) -> Format:
    """The format of a name. Raises :class:`~symbackprop.vocabulary.errors.InputError` with the nearest one."""
    if name not in names():
        raise unknown("format", name, names())
    found: Format = import_module(f"{__name__}.{name}").FORMAT
    return found
