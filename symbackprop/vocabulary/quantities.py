"""Quantities of a network and the axes and indices they carry."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal[
    "input",
    "weight",
    "bias",
    "pre-activation",
    "activation",
    "target",
    "cost",
    "auxiliary",
    "difference",  # target less prediction: named where the cost is differentiated, put in everywhere else
    "inline",  # named only because a formula was taken apart; a reader never sees it
]


class Dimension(NamedTuple):
    """A named range an index runs over: the units of a layer, the samples of a batch.

    ``size`` is a number or the name of a symbolic size. Indices range over ``0 .. size - 1``.
    """

    name: str
    size: int | str


class Index(NamedTuple):
    """An index letter running over a dimension."""

    letter: str
    dimension: Dimension


class Label(NamedTuple):
    """The number of a layer: ``Label(None, 2)`` is layer 2, ``Label("k", 1)`` is layer k+1.

    >>> str(Label("k", 1)), str(Label(None, 3))
    ('k+1', '3')
    """

    base: str | None
    offset: int

    def __str__(self) -> str:
        if self.base is None:
            return str(self.offset)
        return self.base if self.offset == 0 else f"{self.base}{self.offset:+d}"

    def shifted(self, by: int) -> Label:
        """The label ``by`` layers further on."""
        return Label(self.base, self.offset + by)


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """One named value of a network; ``axes`` is empty for a scalar.

    Names are unique in a network (``W0``, ``b1``, ``z1``, ``r1``, ``x``, ``y``, ``C``). Two quantities are the same
    only if they are the same object, so a lookup costs nothing however deep the network is. ``latex`` is the spelling
    of an author's own name; without it a notation dresses the quantity by its kind and label.
    """

    name: str
    kind: Kind
    axes: tuple[Dimension, ...] = ()
    label: Label | None = None
    latex: str | None = None

    def __repr__(self) -> str:
        return self.name

    @property
    def shape(self) -> tuple[int | str, ...]:
        """The sizes of the axes."""
        return tuple(axis.size for axis in self.axes)


SPARE_LETTERS = ("i", "j", "k", "l", "p", "q", "s", "t", "u", "v", "a", "b", "c", "d", "e", "f", "g", "h")


def fresh_letter(taken: AbstractSet[str], preferred: str = "") -> str:
    """An index letter that is not taken, the preferred one if it is free.

    >>> fresh_letter({"i", "j"}), fresh_letter({"i"}, "m"), fresh_letter({"m"}, "m")
    ('k', 'm', 'i')
    """
    if preferred and preferred not in taken:
        return preferred
    for prime in range(100):
        for letter in SPARE_LETTERS:
            if letter + "'" * prime not in taken:
                return letter + "'" * prime
    raise AssertionError("a formula with more than a thousand indices in one scope")


def fresh_indices(
    axes: Sequence[Dimension], taken: AbstractSet[str] = frozenset(), samples: Dimension | None = None
) -> tuple[Index, ...]:
    """An index for each axis, none with a letter that is taken; the axis of the samples is ``s`` if that is free.

    >>> [index.letter for index in fresh_indices((Dimension("n", 3), Dimension("m", 2)), {"j"})]
    ['i', 'k']
    """
    used, found = set(taken), []
    for axis in axes:
        found.append(Index(fresh_letter(used, "s" if axis is samples else ""), axis))
        used.add(found[-1].letter)
    return tuple(found)
