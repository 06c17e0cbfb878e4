"""Giving indices the letters and sizes they are shown with."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from symbackprop.networks.equations.tensors import Tensors
from symbackprop.vocabulary.arithmetic import delta, summed, with_children
from symbackprop.vocabulary.expressions import Delta, Expression, Number, Ref, Sum, Symbol, children, letters
from symbackprop.vocabulary.quantities import SPARE_LETTERS, Index, fresh_letter


class Settler:
    """Settles the indices of one formula: the author's letters where there are some, free ones otherwise.

    ``reserved`` are letters that mean something else; ``own`` the author's index letters.
    """

    def __init__(self, tensors: Tensors, reserved: Collection[str], own: Collection[str]) -> None:
        self.tensors = tensors
        self.reserved = set(reserved)
        self.own = set(own)
        self.fixed: dict[Index, Index] = {}

    def fix(self, indices: Sequence[Index]) -> tuple[Index, ...]:
        """The settled indices of the left side, and of whatever else must keep its letter."""
        for index in indices:
            if index not in self.fixed:
                taken = {i.letter for i in self.fixed.values()}
                self.fixed[index] = self._settled_index(index, taken, set())
        return tuple(self.fixed[i] for i in indices)

    def _settled_index(self, index: Index, taken: set[str], avoided: set[str]) -> Index:
        tensors = self.tensors
        size = tensors.size(index)
        tensors.sizes.name_unknown(size, lambda name: name in self.reserved)
        hint = tensors.hints.get(index.letter, "")
        shown = _shown(hint)
        free = shown and shown not in taken and shown not in self.reserved
        letter = shown if free else self._fresh(taken | avoided)
        return Index(letter, tensors.sizes.dimension(size))

    def _fresh(self, taken: set[str]) -> str:
        for used in (taken | self.reserved | self.own, taken | self.reserved, taken):
            if len(set(SPARE_LETTERS) - used) > 0:
                return fresh_letter(used)
        return fresh_letter(taken)

    def settled(self, e: Expression) -> Expression:
        """The formula with settled indices."""
        return self._walk(e, dict(self.fixed), {i.letter for i in self.fixed.values()})

    def _walk(self, e: Expression, known: dict[Index, Index], taken: set[str]) -> Expression:
        if isinstance(e, Symbol):
            return self._size(e)
        if isinstance(e, Ref):
            return Ref(e.quantity, tuple(self._one(i, known, taken) for i in e.indices))
        if isinstance(e, Delta):
            return delta(self._one(e.left, known, taken), self._one(e.right, known, taken))
        if isinstance(e, Sum):
            inner, used = dict(known), set(taken)
            avoided = {_shown(self.tensors.hints.get(letter, "")) for letter in letters(e.body)}
            for index in e.indices:
                inner[index] = self._settled_index(index, used, avoided)
                used.add(inner[index].letter)
            return summed(tuple(inner[i] for i in e.indices), self._walk(e.body, inner, used))
        return with_children(e, tuple(self._walk(child, known, taken) for child in children(e)))

    def _one(self, index: Index | int, known: dict[Index, Index], taken: set[str]) -> Index | int:
        if isinstance(index, int):
            return index
        if index not in known:
            known[index] = self.fixed[index] = self._settled_index(index, taken, set())
            taken.add(known[index].letter)
        return known[index]

    def _size(self, e: Symbol) -> Expression:
        if not e.name.startswith("?"):
            return e
        sizes = self.tensors.sizes
        sizes.name_unknown(int(e.name[1:]), lambda name: name in self.reserved)
        value = sizes.value(int(e.name[1:]))
        return Number(value) if isinstance(value, int) else Symbol(str(value))


def _shown(hint: str) -> str:
    r"""How an index letter is shown: ``tilde.y`` is ``\tilde{y}``."""
    accent, _, base = hint.rpartition(".")
    return rf"\{accent}{{{base}}}" if accent else hint
