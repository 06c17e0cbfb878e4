"""How formulas are understood where people differ, and the ways in which one cannot be evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from symbackprop.judge.arrays import Mismatch, Sides
from symbackprop.reading.tree import Node
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Quantity


@dataclass(frozen=True, slots=True)
class Reading:
    """How a formula is to be understood where people differ.

    ``rows``: a derivative by a vector is a row, by a matrix transposed (numerator layout). ``columns``: the derivative
    of a vector by a vector has a row for each entry of the second (denominator layout). ``entrywise``: the
    derivative of an array by one of the same shape, and the slope of a function at an array, are taken entry by entry
    and act as a diagonal matrix where a matrix is needed. ``dots``: a dot or star between arrays of one shape is a
    product entry by entry. ``immediate``: a derivative by an argument of a
    definition is taken with its other arguments held fixed. ``wide``: an operator of differentiation applies to all
    terms that follow it.
    """

    rows: bool = False
    columns: bool = False
    entrywise: bool = False
    dots: bool = False
    immediate: bool = False
    wide: bool = False


LITERAL = Reading()


class Tag(NamedTuple):
    """What a derivative is taken of or by: a quantity, the entry if one is meant, and how it lies."""

    quantity: Quantity
    fixed: tuple[int, ...] | None
    sides: Sides


class Undefined(Exception):
    """A formula has no value at an instance: an index out of its range, a layer that does not exist."""


class Unsupported(Exception):
    """A kind of formula that cannot be judged; ``node`` is where it stands."""

    def __init__(self, message: str, node: Node, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.node = node
        self.hint = hint


class Meter:
    """How much more may be worked out for one claim; :class:`Unsupported` when it is used up."""

    MOST = 600_000

    def __init__(self) -> None:
        self.left = self.MOST

    def use(self, amount: int, node: Node) -> None:
        """Use up an amount of work at a node."""
        self.left -= amount
        if self.left < 0:
            raise Unsupported("this takes more work than one claim may", node)


class Misshapen(Exception):
    """Two parts of a formula whose shapes do not meet; ``node`` is the formula, ``shapes`` those of its parts."""

    def __init__(self, node: Node, mismatch: Mismatch) -> None:
        super().__init__(mismatch.rule)
        self.node = node
        self.rule = mismatch.rule
        self.shapes = mismatch.shapes


@dataclass(frozen=True)
class Slope:
    """Marks an array as slopes of a function, entry by entry."""

    function: Function | None
    sides: Sides = ()
