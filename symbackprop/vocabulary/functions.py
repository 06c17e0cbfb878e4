"""Functions: every facet of one in one record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symbackprop.vocabulary.expressions import Expression


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function and every facet of it that anything needs.

    ``formula`` is its value in terms of its ``parameters`` (None: unspecified, any differentiable function);
    ``slopes`` its partials, one for each parameter, written in the parameters or in its own output ``r``;
    ``head`` its name in LaTeX (empty: it is shown as its formula); ``slope_head`` the name of its derivative
    (empty: the head with a prime); ``kinks`` the points where it has no derivative; ``bound`` a number that the
    absolute slope (the 2-norm of the Jacobian, of softmax) never exceeds, with its ``reason`` (empty: there is none);
    ``slope_values`` all values that the slope takes away from kinks, if they are few; ``rising`` says that the slope is
    above 0 everywhere; ``whole`` that it is a function of all entries of its arguments at once, whose partials are
    written with a curly d.
    """

    name: str
    formula: str | None
    slopes: tuple[str, ...]
    parameters: tuple[str, ...] = ("z",)
    head: str = ""
    slope_head: str = ""
    kinks: tuple[str, ...] = ()
    bound: str = ""
    reason: str = ""
    slope_values: tuple[str, ...] = ()
    rising: bool = False
    summary: str = ""
    whole: bool = False
    tree: Expression | None = None

    def __repr__(self) -> str:
        return self.name
