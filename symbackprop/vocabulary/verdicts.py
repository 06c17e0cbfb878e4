"""What a judge says of a claim: a closed set of verdicts, and everything that a report tells about one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from symbackprop.vocabulary.errors import InputError, Place
from symbackprop.vocabulary.expressions import Expression

Verdict = Literal[
    "proved",
    "agrees",
    "agrees-except-at-kinks",
    "right-in-another-convention",
    "right-under-assumption",
    "undecided",
    "wrong",
    "unread",
]
VERDICTS: tuple[Verdict, ...] = (
    "proved",
    "agrees",
    "agrees-except-at-kinks",
    "right-in-another-convention",
    "right-under-assumption",
    "undecided",
    "wrong",
    "unread",
)
"""All verdicts, best first."""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of some verdicts; what has no claim at all was not read.

    >>> worst(["proved", "wrong", "agrees"]), worst([])
    ('wrong', 'unread')
    """
    return max(verdicts, key=VERDICTS.index, default="unread")


@dataclass(frozen=True, slots=True)
class Witness:
    """Values at which the two sides of a link differ, exact, so that anyone can check them by hand.

    ``values`` are those of the leaves by name, and of unspecified functions (``f(3)``, ``f'(3)``); ``left`` and
    ``right`` what the sides come to; ``entry`` says of which entry (``i = 1, j = 2``, counted from one; empty for a
    number). Where the sides cannot even be compared, ``shapes`` is true, ``left`` and ``right`` are shapes; if they
    are those of two parts of one formula, that is the ``entry``.
    """

    values: Mapping[str, str]
    left: str
    right: str
    entry: str = ""
    shapes: bool = False


@dataclass(frozen=True, slots=True)
class Regions:
    """Of all activation regions that were visited, those in which the claim holds."""

    equal: int
    all: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one claim, and why.

    ``place`` is the claim in its file; ``read`` what was understood, as LaTeX; ``first_wrong_link`` counts the
    equalities from one and ``link`` is where the right side of that one stands; ``expected`` the right formula, as its
    two sides; ``error`` why a claim was not read. ``evidence`` is a clause that says how a right claim was found to be
    right, or why nothing could be decided ("both sides have the same normal form"); ``assumption`` and ``convention``
    are clauses that stand behind "if" and "in this convention: ".
    """

    place: Place
    verdict: Verdict
    read: str = ""
    first_wrong_link: int | None = None
    link: Place | None = None
    assumption: str | None = None
    convention: str | None = None
    regions: Regions | None = None
    witness: Witness | None = None
    mistakes: tuple[str, ...] = ()
    expected: tuple[Expression, Expression] | None = None
    evidence: str = ""
    error: InputError | None = None
    name: str = ""
    """What the author of a file of claims calls this one."""
    stated: str | None = None
    """The verdict that such a file states."""
    tree: object | None = None
    """What was understood, as the tree that the reader gives, so that a report can set it in its own way."""


@dataclass(frozen=True, slots=True)
class Report:
    """All judgements on one hand-in, in its order; ``remarks`` are sentences about the hand-in as a whole."""

    name: str
    judgements: tuple[Judgement, ...]
    remarks: tuple[str, ...] = field(default=())

    @property
    def verdict(self) -> Verdict:
        """The worst of the verdicts."""
        return worst(j.verdict for j in self.judgements)
