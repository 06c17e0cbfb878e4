"""What came of trying a claim: at one instance, and at all of them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from symbackprop.judge.instances import Instance
from symbackprop.judge.measures import Measure
from symbackprop.reading.tree import Node


class Outcome(NamedTuple):
    """What came of comparing the sides of a link at one instance."""

    instance: Instance[Any]
    equal: bool | None
    kinked: bool
    zero: bool
    """Whether the left side is zero in all entries."""
    step: Fraction | None = None
    """The Step(0) for which alone the sides are equal, on an open set where the left one does not depend on it."""
    active: bool | None = None
    """Whether every argument of ReLU or Step in the formulas themselves is positive; None where there is none."""
    where: tuple[tuple[str, int], ...] = ()
    left: Any = None
    right: Any = None


class Shapes(NamedTuple):
    """Sides, or parts of one side, that cannot be compared or combined."""

    left: tuple[int | None, ...]
    right: tuple[int | None, ...]
    node: Node | None
    rule: str


@dataclass(frozen=True, slots=True)
class Tried:
    """All outcomes of a link under one reading; ``shapes`` where the sides have none that meet."""

    outcomes: tuple[Outcome, ...] = ()
    shapes: Shapes | None = None
    measure: Measure | None = None
    proved: bool = False
    skipped: bool = False
    """Whether there were instances at which nothing could be told."""

    @property
    def holds(self) -> bool:
        """Whether the sides are equal wherever they were tried, kinks aside."""
        clear = [o for o in self.outcomes if not o.kinked]
        told = clear or self.outcomes
        empty = self.skipped and all(o.zero for o in told)
        return self.shapes is None and bool(told) and not empty and all(o.equal for o in told)

    @property
    def everywhere(self) -> bool:
        """Whether they are equal at kinks too."""
        return self.holds and all(o.equal for o in self.outcomes)

    @property
    def differs(self) -> bool:
        """Whether they certainly differ somewhere that is no kink."""
        return self.shapes is not None or any(o.equal is False for o in self.outcomes if not o.kinked)
