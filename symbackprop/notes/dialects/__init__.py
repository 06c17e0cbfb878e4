"""How derivations stand in their hosts, one module each: a module ``NAME`` with a record ``DIALECT``."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module

from symbackprop.backward.derivation import Derivation
from symbackprop.notes.comments import COMMENTS, Comment
from symbackprop.notes.labels import Labels
from symbackprop.notes.pictures import Setting
from symbackprop.render.listing import Telling
from symbackprop.vocabulary.errors import InputError, unknown


@dataclass(frozen=True)
class Spot:
    """Where a derivation is set: what stands before it in the text, the comment of its mark, the labels of the file."""

    before: str = ""
    comment: Comment = COMMENTS["%"]
    labels: Labels = field(default_factory=Labels)


Shape = Callable[[Derivation, Sequence[Telling], Spot], str]
"""Sets a derivation, told in one or more notations, as lines without a margin."""


@dataclass(frozen=True)
class Dialect:
    """A host: what it is for, and the formats that fit there, the first of them unless another is asked for.

    ``comments`` are those that its readers do not see; ``spaced`` puts a blank line after the first mark and before the
    last, where paragraphs need it; ``picture`` sets a picture, where the host shows one that stands in the text.
    """

    summary: str
    shapes: Mapping[str, Shape]
    comments: tuple[str, ...] = ("<!-- -->",)
    spaced: bool = True
    picture: Setting | None = None

    def pictured(self, name: str) -> Setting:
        """How pictures are set. Raises ``InputError`` (``no-picture``) where the host, of this name, shows none."""
        if self.picture is None:
            raise InputError(
                "no-picture",
                f"{name} shows no picture that stands in the text itself",
                hint="symbackprop draw ... -o net.svg writes a file, and ![the network](net.svg) shows it",
            )
        return self.picture

    def shape(self, format: str | None) -> Shape:
        """The shape of a format. Raises ``InputError`` (``unknown-format``) with those that fit."""
        if format is None:
            return next(iter(self.shapes.values()))
        if format not in self.shapes:
            raise unknown("format", format, self.shapes)
        return self.shapes[format]


def names() -> list[str]:
    """The dialects.

    >>> names()
    ['beamer', 'comment', 'github', 'latex', 'myst', 'notebook', 'pandoc', 'quarto', 'sphinx']
    """
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def find(name: str) -> Dialect:
    """The dialect of a name. Raises ``InputError`` (``unknown-dialect``) with the nearest one."""
    if name not in names():
        raise unknown("dialect", name, names())
    found: Dialect = import_module(f"{__name__}.{name}").DIALECT
    return found
