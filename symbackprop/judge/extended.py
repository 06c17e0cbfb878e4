"""The names that claims use: those of the network, and further ones that a hand-in defines."""

from __future__ import annotations

from dataclasses import replace

from symbackprop.judge.dressed import Dressed
from symbackprop.judge.repairs import MARK, private_function, privately
from symbackprop.judge.subjects import Alias, Authored, Constant, Free, Identity, Meaning, Names, Ones
from symbackprop.networks.forward import AuthoredNetwork
from symbackprop.networks.model import Network
from symbackprop.reading import read_macros
from symbackprop.reading import tree as t
from symbackprop.reading.tree import Node, Sym
from symbackprop.tables.notations import NOTATIONS, Notation
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Quantity

MOST_MET = 50_000


class Extended:
    """A subject with the further names that a hand-in defines."""

    def __init__(self, subject: Names, aliases: list[Alias]) -> None:
        self.inner = subject
        self.aliases = aliases
        self.formulas: dict[Node, Node] = {}
        own = subject.network.functions if isinstance(subject.network, AuthoredNetwork) else ()
        self.calls: list[tuple[t.App, Node]] = [(e.left, e.right) for e in own if isinstance(e.left, t.App)]
        self.same: dict[Node, Quantity | None] = {}
        self.rates: set[str] = set()
        """Rates of updates that nothing else declares."""
        self._met: dict[int, tuple[Sym, int, Meaning | None]] = {}
        self.network = subject.network
        self.table = subject.table
        self.layers = subject.layers
        self.letters = subject.letters
        self.first = subject.first
        self.lying = subject.lying
        self.value_of = subject.value_of
        self.function_at = subject.function_at

    def meaning(self, name: Sym) -> Meaning | None:
        """What a name means: a quantity, or what the hand-in defines it as."""
        met = self._met.get(id(name))
        if met is None or met[0] is not name or met[1] != len(self.aliases):
            if len(self._met) > MOST_MET:
                self._met.clear()
            met = self._met[id(name)] = name, len(self.aliases), self._meaning(name)
        return met[2]

    def _meaning(self, name: Sym) -> Meaning | None:
        if name.base == MARK + "any":
            return Free("any")
        if name.base.startswith(MARK):
            return privately(name, self.inner)
        found = self.inner.meaning(name)
        if found is None or isinstance(found, Alias | Ones | Identity):
            fitting = [alias for alias in reversed(self.aliases) if _names(alias.left, name)]
            alike = [a for a in fitting if len(a.left.indices) == len(name.indices)] or fitting
            same = [a for a in alike if a.left.indices == name.indices]
            if not same and len({a.left.indices for a in alike if a.left.indices}) > 1:
                return None  # delta_k of the outputs and delta_j of the hidden units: which of them is meant?
            found = next(iter(same or alike), found)
        if found is None and name.base in self.rates and not name.accent:
            return Constant(name.base)
        return found

    def function(self, name: Sym) -> Function | str:
        """The function that a function symbol is."""
        return private_function(name, self.inner) if name.base.startswith(MARK) else self.inner.function(name)


def _names(formal: Sym, name: Sym) -> bool:
    """Whether a name is one that a definition is for: its numbers agree, its letters may be anything."""
    same = (formal.base, formal.accent, formal.label, formal.primes) == (
        name.base,
        name.accent,
        name.label,
        name.primes,
    )
    if not same or not _fits(formal.layer, name.layer) or not _fits(formal.sample, name.sample):
        return False
    if len(formal.indices) == len(name.indices):
        return all(_fits(f, a) for f, a in zip(formal.indices, name.indices, strict=True))
    return not any(isinstance(f, t.Num) for f in formal.indices)


def _fits(formal: Node | None, actual: Node | None) -> bool:
    """Whether a label is the one of a definition, or the definition is for every label."""
    if formal is None or actual is None:
        return formal is actual
    return formal == actual or isinstance(formal, Sym)


def subject_of(
    network: Network, notation: Notation | None = None, names: dict[str, str] | None = None, macros: str = ""
) -> Names:
    """What claims about a network are about: its author's names, or those of a notation."""
    known = read_macros(macros) if macros else {}
    if isinstance(network, AuthoredNetwork):
        authored = Authored(network)
        if known:
            authored = replace(authored, extra=replace(network.table, macros={**network.table.macros, **known}))
        return authored
    return Dressed(network, notation or NOTATIONS["slater"], names or {}, known)
