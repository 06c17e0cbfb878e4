"""What claims are about: a network, and what the names in a formula mean in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple, Protocol

from symbackprop.backward.slopes import slope_tree
from symbackprop.networks.equations.meanings import OF_MATRICES, STANDARD, function_of
from symbackprop.networks.forward import AuthoredNetwork
from symbackprop.networks.model import Network
from symbackprop.reading import Symbol, SymbolTable
from symbackprop.reading.tree import App, Node, Sym
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.arithmetic import rebuild
from symbackprop.vocabulary.expressions import Call, Expression, Ref
from symbackprop.vocabulary.expressions import Symbol as Parameter
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Quantity
from symbackprop.vocabulary.terms import Combination


class Named(NamedTuple):
    """A quantity under a name, with the indices that were written on it.

    ``order[k]`` is the axis that the k-th written index numbers, when all of them are written; ``carried`` the number
    of axes in front that are written as indices even on the whole quantity; ``layout`` the other axes as they lie in
    rows and columns, None for a unit side.
    """

    quantity: Quantity
    scripts: tuple[Node, ...]
    order: tuple[int, ...]
    carried: int
    layout: tuple[int | None, ...]
    shown: int = 0
    """How many of the scripts are those of axes in front."""

    @property
    def implied(self) -> bool:
        """Whether the axes in front show no scripts, and all others do, or none."""
        return self.carried > 0 and not self.shown and len(self.scripts) in (0, len(self.quantity.axes) - self.carried)


class Constant(NamedTuple):
    """A number that is known by name: a hyperparameter, a size, pi."""

    name: str


class Ones(NamedTuple):
    """The vector of ones, as long as it has to be."""


class Identity(NamedTuple):
    """The identity matrix, as large as it has to be."""


class Alias(NamedTuple):
    """A further name: the name as it is defined, with its letters, and what it stands for."""

    left: Sym
    right: Node


class Free(NamedTuple):
    """A variable that means no quantity of the network: any number, as in a statement about a function."""

    name: str


USUAL = ("ReLU", "relu", "Step", "step", "sigmoid", "Sigmoid")
"""Functions that need no declaration in a claim."""

Meaning = Named | Constant | Ones | Identity | Alias | Free


class Names(Protocol):
    """A network with the names that claims about it use."""

    @property
    def network(self) -> Network:
        """The network."""

    @property
    def table(self) -> SymbolTable:
        """The names that claims are read with."""

    @property
    def layers(self) -> Mapping[str, range]:
        """The letters that stand for every layer or step in time, with their values."""

    @property
    def letters(self) -> Mapping[str, int | str]:
        """Index letters whose size is declared."""

    @property
    def first(self) -> int:
        """The number of the first entry: 1, or 0 where the author counts from 0."""

    def meaning(self, name: Sym) -> Meaning | None:
        """What a name means, None for an unknown one; layer letters have been replaced by numbers."""

    def value_of(self, name: Sym) -> Named | None:
        """The quantity that a function's value is, where its name alone stands for it."""

    def function_at(self, name: Sym, argument: Node) -> Function | None:
        """The activation that a letter for several means at an argument; None where the letter alone says it."""

    def lying(self, quantity: Quantity) -> tuple[int | None, ...]:
        """The axes of a quantity as they lie in rows and columns."""

    def function(self, name: Sym) -> Function | str:
        """The function that a function symbol is, or the name of one of whole arrays (``diag``, ``softmax``)."""


class Subject(Names, Protocol):
    """What claims are about: a network's names, with those that the hand-in adds."""

    @property
    def same(self) -> dict[Node, Quantity | None]:
        """Formulas that were found to equal a quantity; kept from one instance to the next."""

    @property
    def calls(self) -> Sequence[tuple[App, Node]]:
        """What a function written with a prime stands for, at an argument with letters: ``S'(z^l) = diag(f'(z^l))``."""

    @property
    def formulas(self) -> Mapping[Node, Node]:
        """Formulas that are further names for others, such as a gradient whose variable is left off."""


@dataclass(frozen=True)
class Authored:
    """A network given by its author's equations."""

    network: AuthoredNetwork
    aliases: tuple[Alias, ...] = ()
    extra: SymbolTable | None = None
    _known: dict[Sym, Meaning | None] = field(default_factory=dict, compare=False, repr=False)

    @property
    def table(self) -> SymbolTable:
        """The names that the equations use, and those of a number of layers that was given a number."""
        table = self.extra or self.network.table
        more = [Symbol(name, "size") for name in self.network.last if "[" not in name and table.find(name) is None]
        more += [Symbol(name, "function") for name in USUAL if not table.variants(name)]
        more += [] if table.variants("\\mathbf{1}") else [Symbol("\\mathbf{1}", "vector")]
        more += [] if table.variants("I") else [Symbol("I", "tensor", arity=(1,))]
        return replace(table, symbols=[*map(_by_rows, table.symbols), *more])

    @property
    def layers(self) -> Mapping[str, range]:
        """The letters of layers and steps in time."""
        found = dict(self.network.unrolled)
        scene = self.network.scene
        assert scene is not None
        for letter, over in scene.forward.samples.items():
            if letter not in found and over.values in found.values():
                found[letter] = over.values  # type: ignore[assignment]
        return found

    @property
    def letters(self) -> Mapping[str, int | str]:
        """Declared index letters."""
        scene = self.network.scene
        assert scene is not None
        found = {letter: scene.sizes.value(size) for letter, size in scene.letters.items()}
        return {letter: size for letter, size in found.items() if size is not None}

    @property
    def first(self) -> int:
        """0 where a declared range begins at 0."""
        assert self.network.scene is not None
        return 0 if any(r.lower == "0" for r in self.network.scene.forward.indices.values()) else 1

    def meaning(self, name: Sym) -> Meaning | None:
        """What a name means."""
        if name not in self._known:
            self._known[name] = self._meaning(name)
        return self._known[name]

    def _meaning(self, name: Sym) -> Meaning | None:
        network, scene, names = self.network, self.network.scene, self.network.names
        assert scene is not None
        assert names is not None
        key, carried, indices = names.sighted(name)
        quantity = network.keys.get(key)
        if quantity is None and key.below:
            whole = key._replace(below="")
            quantity = network.keys.get(whole)
            if quantity is not None and len(quantity.axes) == len(name.indices) + len(carried):
                key, indices = whole, name.indices
            elif quantity is not None:
                quantity = None
        if quantity is not None:
            form = scene.forms[key]
            front = len(form.carried)
            axes = iter(range(front, len(quantity.axes)))
            layout = tuple(None if side is None else next(axes) for side in form.sides)
            order = tuple(range(len(quantity.axes)))
            if len(order) == 2 and not front and len(indices) == 1:
                order = order if self.units(quantity) == 0 else order[::-1]
            first = scene.first.get(key)
            apart = first is None or first.sample is not None  # entries may stand without the sample that they are of
            shown = len(carried) if apart else min(front, len(carried) + len(indices))
            return Named(quantity, (*carried, *indices), order, front, layout, shown)
        if key in network.constants:
            return Constant(network.constants[key].name)
        size = scene.size(name)
        if size is not None:
            return Constant(str(scene.sizes.meant(size)))
        for alias in self.aliases:
            if (alias.left.base, alias.left.accent, alias.left.label, alias.left.primes) == (
                name.base, name.accent, name.label, name.primes,
            ):  # fmt: skip
                return alias
        declared = scene.declared.get(key)
        if declared is not None and not declared.axes:
            return Constant(name.base)
        if key.base == "1":
            return Ones()
        if key.base == "I":
            return Identity()
        if key.base == "pi":
            return Constant("pi")
        return None

    def units(self, quantity: Quantity) -> int:
        """The axis of a matrix that one index alone numbers: that of the units it feeds, not the summed one."""
        for definition in self.network.definitions:
            for term in definition.terms if isinstance(definition, Combination) else ():
                for factor in term.factors:
                    if isinstance(factor, Ref) and factor.quantity is quantity and len(term.factors) > 1:
                        kept = [k for k, i in enumerate(factor.indices) if i in definition.indices]
                        if len(kept) == 1:
                            return kept[0]
        return 0

    def lying(self, quantity: Quantity) -> tuple[int | None, ...]:
        """The axes as the equations lay them, columns where they say nothing."""
        assert self.network.scene is not None
        key = next((k for k, q in self.network.keys.items() if q is quantity), None)
        form = self.network.scene.forms.get(key) if key is not None else None
        if form is None or form.carried:
            return (0, None) if len(quantity.axes) == 1 else tuple(range(len(quantity.axes)))
        axes = iter(range(len(quantity.axes)))
        return tuple(None if side is None else next(axes) for side in form.sides)

    def function_at(self, name: Sym, argument: Node) -> Function | None:
        """The author's letters are declared, each for one function."""
        return None

    def value_of(self, name: Sym) -> Named | None:
        """The quantity that is a function's value, where the function's name alone stands for it."""
        assert self.network.scene is not None
        rows = [
            row
            for row in self.network.scene.rows
            if isinstance(row.right, App)
            and (row.right.function.base, row.right.function.accent) == (name.base, name.accent)
        ]
        if len(rows) != 1 or name.layer is not None or name.indices:
            return None
        found = self.meaning(replace(rows[0].left, indices=()))
        return found if isinstance(found, Named) else None

    def function(self, name: Sym) -> Function | str:
        """What the equations declare a function symbol to be."""
        assert self.network.scene is not None
        if name.base == "1":
            return FUNCTIONS["step"]
        if name.base in USUAL and self.network.table.find(name.base) is None:
            return FUNCTIONS[STANDARD[name.base.lower()]]
        meaning, head = self.network.scene.meanings.of(replace(name, primes=0))
        if meaning in OF_MATRICES or meaning == "scalar":
            return meaning
        return function_of(meaning, head)


@lru_cache(maxsize=512)
def derivative(function: Function, position: int = 0) -> Function:
    """The partial of a function as a function of its own: by its formula, or unspecified where it has none.

    >>> derivative(FUNCTIONS["sigmoid"]).name, derivative(derivative(FUNCTIONS["sigmoid"])).name
    ("sigmoid'", "sigmoid''")
    """
    name = function.name + "'" if len(function.parameters) == 1 else f"{function.name}'{position + 1}"
    tree = slope_tree(function, position)
    if tree is None:
        return Function(name, None, (), function.parameters)
    parameters = tuple(map(Parameter, function.parameters))

    def output(e: Expression) -> Expression | None:
        return Call(function, parameters) if e == Parameter("r") and "r" not in function.parameters else None

    return Function(name, None, (), function.parameters, tree=rebuild(tree, output))


def _by_rows(symbol: Symbol) -> Symbol:
    """A matrix that may carry one index too: one of its rows, or columns."""
    if symbol.kind != "matrix" or symbol.arity != (2,) or "subscript" in (*symbol.layer, *symbol.sample):
        return symbol
    return replace(symbol, arity=(1, 2))
