"""What the translation of one formula needs to know of the equations around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from symbackprop.networks.equations.names import Key
from symbackprop.networks.equations.sizes import Size
from symbackprop.networks.equations.tensors import Value
from symbackprop.reading.tree import Sym
from symbackprop.vocabulary.expressions import Expression
from symbackprop.vocabulary.quantities import Index, Quantity


class Form(NamedTuple):
    """The axes of a quantity: indices it carries in front (samples, a family), then its sides, None for a unit."""

    carried: tuple[Size, ...]
    sides: tuple[Size | None, ...]

    @property
    def axes(self) -> tuple[Size, ...]:
        """The sizes of all axes."""
        return self.carried + tuple(s for s in self.sides if s is not None)


class UnknownForm(Exception):
    """The axes of these quantities have to be known first."""

    def __init__(self, keys: Mapping[Key, Sym]) -> None:
        super().__init__(", ".join(k.base for k in keys))
        self.keys = dict(keys)


class Surroundings(Protocol):
    """What a translation needs to know of the network around it."""

    def form(self, key: Key, name: Sym) -> Form | None:
        """The axes of a quantity, None where they are not known yet."""

    def infer(self, key: Key, name: Sym, value: Value) -> bool:
        """Give a quantity the sides of a value, if it may take them."""

    def quantity(self, key: Key, name: Sym) -> Quantity | Expression:
        """The quantity, or what a hyperparameter is."""

    def size(self, name: Sym) -> str | None:
        """The size that a name means, None if it means something else."""

    def letter(self, letter: str) -> Size | None:
        """The declared size of an index letter."""

    def meaning(self, function: Sym) -> tuple[str, str]:
        """What a function means, and its LaTeX."""

    def applied(self, function: str, head: str, argument: Value, axis: Index | None, top: bool) -> Value:
        """A function applied, softmax along an axis; ``top`` where this is the whole right side."""

    def whole(self, head: str, arguments: list[Value], top: bool) -> Value:
        """An unspecified function of all entries of its arguments."""
