"""A network's cost and gradients as the lines of a program over arrays: names and what they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from symbackprop.exporters.adjoints import NamedForms
from symbackprop.exporters.arrays import Arrays, Node
from symbackprop.exporters.contracting import Tensor, aligned
from symbackprop.exporters.lowering import Lowering
from symbackprop.exporters.naming import Names
from symbackprop.exporters.sharing import Line, needed, nodes, shared, with_logarithms
from symbackprop.networks.model import Network
from symbackprop.vocabulary.expressions import Expression
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Index, Quantity

LARGE_SLOPE = 6
"""A slope of more operations than this gets a name of its own."""

Shape = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Argument:
    """A leaf as an argument of the program: its name there, and its shape, sizes that are no numbers by name."""

    name: str
    quantity: Quantity
    shape: Shape


@dataclass(frozen=True, slots=True)
class Given:
    """An unspecified function (``slope`` 0), or its partial by one of its arguments, that the program is given."""

    name: str
    function: Function
    slope: int


@dataclass(frozen=True, slots=True)
class Program:
    """The lines in order, and what they need and give.

    ``gradients`` are the names of the gradients by the names of their quantities; ``sizes`` the names of sizes that
    occur in the lines, ``plain`` the hyperparameters, ``names`` those of nodes that stand for themselves, ``parts`` the
    names of the entries where every entry has a line (else the name itself).
    """

    network: Network
    arguments: tuple[Argument, ...]
    plain: tuple[str, ...]
    given: tuple[Given, ...]
    sizes: tuple[str, ...]
    lines: tuple[Line, ...]
    names: dict[Node, str]
    cost: str
    gradients: dict[str, str]
    parts: dict[str, list[str]]


class Programmer:
    """Writes the program of a network."""

    pi = "math.pi"

    def __init__(self, network: Network, targets: Sequence[Quantity]) -> None:
        self.network = network
        self.targets = tuple(dict.fromkeys(targets))
        self._asked = frozenset(targets)
        self.forms = NamedForms(network, targets)
        self.names = Names()
        self.arrays = Arrays()
        self.values: dict[Quantity, Node] = {}
        self.written: dict[Quantity, str] = {}
        self.parts: dict[str, list[str]] = {}
        self.symbols: dict[str, Node] = {}
        self.plain: list[str] = []
        self.given: dict[tuple[int, int], Given] = {}
        self.wanted: dict[Node, str] = {}
        self._unnamed: list[Node] = []
        self.lowering = Lowering(self.arrays, self._value, self._symbol, self._given, self._sloped)

    def program(self) -> Program:
        """The whole program."""
        network = self.network
        arguments = []
        for leaf in network.leaves:
            name = self.written[leaf] = self.names.new(leaf.name)
            self._leaf(leaf, name)
            arguments.append(Argument(name, leaf, leaf.shape))
        sizes = {size: self.names.new(size) for size in _sizes(network)}
        self.symbols = {size: self.arrays.name(name, 0, plain=True) for size, name in sizes.items()}
        for size, base, off in _offset_sizes(sizes):
            self.symbols[base] = self.arrays.add([self.symbols[size], self.arrays.number(-off)])
        for hyperparameter in network.hyperparameters:
            self._number(hyperparameter.name)
        shapes = {a.quantity: tuple(sizes.get(s, s) if isinstance(s, str) else s for s in a.shape) for a in arguments}
        arguments = [Argument(a.name, a.quantity, shapes[a.quantity]) for a in arguments]
        lines = [*self._forward()]
        gradients: dict[Quantity, str] = {}
        lines += self._backward(gradients)
        by_name = {self.written[q]: gradients[q] for q in self.targets}
        roots = [self.written[network.cost], *gradients.values()]
        lines, logarithms = with_logarithms(self.arrays, lines, self.names)
        lines = needed(lines, [name for root in roots for name in self.parts[root]])
        kept, names = shared(lines, {**self.wanted, **logarithms}, self.names)
        used = {n.data for line in kept for n in nodes(line.value) if n.op == "name"}
        return Program(
            network, tuple(arguments), tuple(self.plain), tuple(self.given.values()),
            tuple(name for name in sizes.values() if name in used), tuple(kept), names,
            self.written[network.cost], by_name, self.parts,
        )  # fmt: skip

    def _leaf(self, leaf: Quantity, name: str) -> None:
        self.values[leaf] = self.arrays.name(name, len(leaf.axes))

    def _value(self, quantity: Quantity) -> Node:
        return self.values[quantity]

    def _symbol(self, name: str) -> Tensor:
        if name == "pi":
            return Tensor(self.arrays.name(self.pi, 0, plain=True), ())
        if name not in self.symbols:
            self._number(name)
        return Tensor(self.symbols[name], ())

    def _number(self, symbol: str) -> None:
        """Take a number as an argument, a hyperparameter."""
        name = self.names.new(symbol)
        self.plain.append(name)
        self.symbols[symbol] = self.arrays.name(name, 0, plain=True)

    def _given(self, function: Function, slope: int) -> str:
        key = (id(function), slope)
        if key not in self.given:
            stem = next((g.name for g in self.given.values() if g.function is function and not g.slope), None)
            if stem is None:
                stem = self.names.new(function.name)
                self.given[key[0], 0] = Given(stem, function, 0)
            if slope:
                by = f"_d{function.parameters[slope - 1]}" if len(function.parameters) > 1 else ""
                self.given[key] = Given(self.names.new(f"d{stem}{by}"), function, slope)
        return self.given[key].name

    def _sloped(self, node: Node) -> None:
        large = node.op != "name" and not node.plain and sum(1 for _ in nodes(node)) > LARGE_SLOPE
        if large and node not in self.wanted and node not in self._unnamed:
            self._unnamed.append(node)

    def _forward(self) -> Iterator[Line]:
        """What a definition says, in order; what only a formula taken apart has named is put in."""
        for definition in self.network.definitions:
            quantity = definition.quantity
            tensor = self.lowering.definition(definition)
            value = self._full(tensor, definition.indices, None)
            if quantity.kind == "inline":
                self.values[quantity] = value
                continue
            name = self.written[quantity] = self.names.new(quantity.name)
            yield self._line(quantity, name, value)

    def _backward(self, gradients: dict[Quantity, str]) -> Iterator[Line]:
        """The adjoints that have names and the gradients, from the cost back."""
        for target in self.targets:
            self.forms.adjoint(target)
        waiting: dict[Quantity | None, list[Quantity]] = {}
        defined = {d.quantity for d in self.network.definitions}
        for target in self.targets:
            if target not in defined:
                waiting.setdefault(self._first_use(target), []).append(target)
        for definition in reversed(self.network.definitions):
            quantity = definition.quantity
            if quantity in self.forms.named:
                adjoint, form = self.forms.named[quantity]
                name = self.names.adjoint(quantity, self.written.get(quantity, quantity.name))
                yield from self._adjoint(quantity, adjoint, name, form)
            elif quantity in self._asked:
                name = self.names.adjoint(quantity, self.written[quantity])
                yield from self._adjoint(quantity, None, name, self.forms.adjoint(quantity))
            if quantity in self._asked:
                gradients[quantity] = name
            for target in waiting.pop(quantity, ()):
                gradients[target] = self.names.adjoint(target, self.written[target])
                yield from self._adjoint(target, None, gradients[target], self.forms.adjoint(target))
        for target in (t for rest in waiting.values() for t in rest):
            gradients[target] = self.names.adjoint(target, self.written[target])
            yield from self._adjoint(target, None, gradients[target], self.forms.adjoint(target))

    def _first_use(self, leaf: Quantity) -> Quantity | None:
        adjoint = self.forms.adjoints.get(leaf)
        places = [self.forms.position(c.definition.quantity) for c in adjoint.contributions] if adjoint else []
        if not places:
            return None
        return self.network.definitions[min(places) - len(self.network.leaves)].quantity

    def _adjoint(self, quantity: Quantity, adjoint: Quantity | None, name: str, form: Expression) -> Iterator[Line]:
        """The line of an adjoint, which other forms call ``adjoint``."""
        indices = tuple(i for i in self.forms.indices(quantity) if isinstance(i, Index))
        value = self._full(self.lowering.formula(form, indices), indices, self.values[quantity])
        self._name_slopes(quantity)
        yield self._line(adjoint or Quantity(name, "auxiliary", quantity.axes), name, value)

    def _line(self, quantity: Quantity, name: str, value: Node) -> Line:
        self.values[quantity] = self.arrays.define(name, value, len(quantity.axes))
        self.parts[name] = [name]
        return Line(name, value)

    def _name_slopes(self, quantity: Quantity) -> None:
        label = self.written.get(quantity, "")[1:] if quantity.kind == "pre-activation" else ""
        for node in self._unnamed:
            self.wanted[node] = self.names.new(f"slope{label}")
        self._unnamed.clear()

    def _full(self, tensor: Tensor, axes: tuple[Index, ...], like: Node | None) -> Node:
        """The array with all its axes, those along which it does not vary too."""
        node = aligned(self.arrays, tensor, axes)
        if set(axes) <= set(tensor.axes):
            return node
        if like is not None:
            zeros = self.arrays.make("like", (like,))
        else:
            counts = [a.dimension.size for a in axes]
            sizes = [self.arrays.number(c) if isinstance(c, int) else self.symbols[c] for c in counts]
            zeros = self.arrays.make("zeros", sizes, None, len(axes))
            zeros.plain = False
        if node is self.arrays.number(0):
            return zeros
        return self.arrays.make("add", (zeros, node))


def _sizes(network: Network) -> list[str]:
    """The sizes that are names, of the leaves' axes in order."""
    found = dict.fromkeys(s for leaf in network.leaves for s in leaf.shape if isinstance(s, str))
    return [*found, *(s for s in network.sizes if s not in found)]


def _offset_sizes(sizes: Iterable[str]) -> Iterator[tuple[str, str, int]]:
    """The sizes that are a name and a number, with both: of the samples 0 ... m there are m+1."""
    known = set(sizes)
    for size in known:
        match = re.fullmatch(r"(\w+)([+-]\d+)", size)
        if match and match[1] not in known:
            yield size, match[1], int(match[2])
