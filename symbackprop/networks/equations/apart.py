"""Quantities of several layers under one name, which the letters of their indices tell apart: ``a_j`` and ``a_k``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

from symbackprop.networks.equations.trees import sums, symbols
from symbackprop.networks.equations.unrolling import Equation
from symbackprop.reading.sexpr import compact
from symbackprop.reading.tree import Sym

if TYPE_CHECKING:
    from symbackprop.networks.equations.names import Key, Names


def typed(names: Names, rows: Sequence[Equation]) -> set[Key]:
    """The names that are told apart by the letters of their indices.

    One of them is defined with one letter and with another, or used with another before it is defined; the letters of
    layers are these, and those that their definitions sum over. What carries different ones of them is told apart too.
    """
    letters: dict[Key, dict[str, Equation]] = {}
    used: dict[Key, dict[str, Equation]] = {}
    for row in rows:
        for name in symbols(row.right):
            key, carried, indices = names.sighted(name)
            if len(indices) == 1 and isinstance(indices[0], Sym) and not carried and key not in letters:
                used.setdefault(key, {})[compact(indices[0])] = row
        found = names.sighted(row.left) if isinstance(row.left, Sym) else None
        if found is not None and len(found.indices) == 1 and isinstance(found.indices[0], Sym) and not found.carried:
            letters.setdefault(found.key, {})[compact(found.indices[0])] = row
    before = ({**used.get(key, {}), **by_letter} for key, by_letter in letters.items())
    several = [by_letter for by_letter in before if len(by_letter) > 1]
    of_layers = {letter for by_letter in several for letter in by_letter}
    for row in (row for by_letter in several for row in by_letter.values()):
        inside: dict[Key, set[tuple[str, ...]]] = {}
        for name in symbols(row.right):
            key, _, indices = names.sighted(name)
            inside.setdefault(key, set()).add(tuple(map(compact, indices)))
        dummies = {letter for scripts in inside.values() if len(scripts) > 1 for letter in chain(*scripts)}
        of_layers |= {compact(r.index) for s in sums(row.right) for r in s.ranges} - dummies
    seen: dict[Key, set[tuple[str, ...]]] = {}
    for row in rows:
        for name in (*symbols(row.left), *symbols(row.right)):
            key, carried, indices = names.sighted(name)
            scripts = tuple(compact(i) for i in indices)
            if indices and not carried and of_layers.issuperset(scripts):
                seen.setdefault(key, set()).add(scripts)
    return {key for key, several_scripts in seen.items() if len(several_scripts) > 1}
