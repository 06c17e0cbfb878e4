"""A network's cost and gradients as the lines of a program over arrays: names and what they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from symbackprop.exporters.adjoints import NamedForms
from symbackprop.exporters.arrays import Arrays, Node
from symbackprop.exporters.contracting import Tensor, aligned
from symbackprop.exporters.lowering import Lowering
from symbackprop.exporters.naming import Names
from symbackprop.networks.model import Network
from symbackprop.vocabulary.expressions import Expression
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Index, Quantity
from symbackprop.vocabulary.terms import Combination, Map, Term

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
class Line:
    """``name = value``; ``comment`` heads a group of lines."""

    name: str
    value: Node
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """The lines in order, and what they need and give.

    ``gradients`` are the names of the gradients by the names of their quantities; ``sizes`` the names of sizes that
    occur in the lines, ``plain`` the hyperparameters.
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
    targets: tuple[Quantity, ...]
    upstream: Argument | None = None


class Programmer:
    """Writes the program of a network."""

    def __init__(self, network: Network, targets: Sequence[Quantity]) -> None:
        self.network = network
        self.targets = tuple(targets)
        self.forms = NamedForms(network, targets)
        self.names = Names()
        self.arrays = Arrays()
        self.values: dict[Quantity, Node] = {}
        self.written: dict[Quantity, str] = {}
        self.symbols: dict[str, Node] = {}
        self.given: dict[tuple[int, int], Given] = {}
        self.slopes: dict[Node, str] = {}
        self.layer = ""
        self.lowering = Lowering(self.arrays, self._value, self._symbol, self._given, self._sloped)

    def program(self) -> Program:
        """The whole program."""
        network = self.network
        arguments = []
        for leaf in network.leaves:
            name = self.written[leaf] = self.names.new(leaf.name)
            self.values[leaf] = self.arrays.name(name, len(leaf.axes))
            arguments.append(Argument(name, leaf, leaf.shape))
        sizes = {size: self.names.new(size) for size in _sizes(network)}
        self.symbols = {size: self.arrays.name(name, 0, plain=True) for size, name in sizes.items()}
        plain = {s.name: self.names.new(s.name) for s in network.hyperparameters}
        self.symbols |= {name: self.arrays.name(python, 0, plain=True) for name, python in plain.items()}
        shapes = {a.quantity: tuple(sizes.get(s, s) if isinstance(s, str) else s for s in a.shape) for a in arguments}
        arguments = [Argument(a.name, a.quantity, shapes[a.quantity]) for a in arguments]
        lines = [*self._forward()]
        gradients: dict[Quantity, str] = {}
        lines += self._backward(gradients)
        cost = self.written[network.cost]
        by_name = {self.written[q]: gradients[q] for q in self.targets}
        kept, names = self._needed(lines, {cost, *by_name.values()})
        used = {n.data for line in kept for n in _nodes(line.value) if n.op == "name"}
        return Program(
            network, tuple(arguments), tuple(plain.values()), tuple(self.given.values()),
            tuple(name for name in sizes.values() if name in used), tuple(kept), names, cost, by_name, self.targets,
        )  # fmt: skip

    def _value(self, quantity: Quantity) -> Node:
        return self.values[quantity]

    def _symbol(self, name: str) -> Tensor:
        if name == "pi":
            return Tensor(self.arrays.name("math.pi", 0, plain=True), ())
        return Tensor(self.symbols[name], ())

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
        if node.op != "name" and not node.plain and sum(1 for _ in _nodes(node)) > LARGE_SLOPE:
            self.slopes.setdefault(node, "")

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
            self.values[quantity] = self.arrays.define(name, value, len(quantity.axes))
            yield Line(name, value)

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
                yield self._adjoint(quantity, name, form)
                self.values[adjoint] = self.arrays.name(name, len(quantity.axes))
            elif quantity in self.targets:
                name = self.names.adjoint(quantity, self.written[quantity])
                yield self._adjoint(quantity, name, self.forms.adjoint(quantity))
            if quantity in self.targets:
                gradients[quantity] = name
            for target in waiting.pop(quantity, ()):
                gradients[target] = self.names.adjoint(target, self.written[target])
                yield self._adjoint(target, gradients[target], self.forms.adjoint(target))
        for target in (t for rest in waiting.values() for t in rest):
            gradients[target] = self.names.adjoint(target, self.written[target])
            yield self._adjoint(target, gradients[target], self.forms.adjoint(target))

    def _first_use(self, leaf: Quantity) -> Quantity | None:
        adjoint = self.forms.adjoints.get(leaf)
        places = [self.forms.position(c.definition.quantity) for c in adjoint.contributions] if adjoint else []
        if not places:
            return None
        return self.network.definitions[min(places) - len(self.network.leaves)].quantity

    def _adjoint(self, quantity: Quantity, name: str, form: Expression) -> Line:
        indices = tuple(i for i in self.forms.indices(quantity) if isinstance(i, Index))
        self.layer = name
        value = self._full(self.lowering.formula(form, indices), indices, self.values[quantity])
        self._name_slopes(quantity)
        self.arrays.define(name, value, len(indices))
        return Line(name, value)

    def _name_slopes(self, quantity: Quantity) -> None:
        for node, name in self.slopes.items():
            if not name:
                label = self.written.get(quantity, "")[1:] if quantity.kind == "pre-activation" else ""
                self.slopes[node] = self.names.new(f"slope{label}")

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

    def _needed(self, lines: list[Line], wanted: set[str]) -> tuple[list[Line], dict[Node, str]]:
        """The lines that the wanted names need, and lines for parts that they share."""
        self._share_logarithms(lines)
        kept: list[Line] = []
        for line in reversed(lines):
            if line.name in wanted:
                kept.append(line)
                wanted |= {n.data for n in _nodes(line.value) if n.op == "name"}
        kept.reverse()
        uses = Counter(a for node in _all_nodes(kept) for a in node.args)
        names: dict[Node, str] = {}
        result: list[Line] = []
        for line in kept:
            for node in _postorder(line.value):
                if node in names or node is line.value:
                    continue
                if node in self.slopes or (uses[node] > 1 and _worth_a_name(node)):
                    names[node] = self.slopes.get(node) or self.names.new(_name_for(node, names))
                    result.append(Line(names[node], node))
            result.append(line)
        return result, names

    def _share_logarithms(self, lines: list[Line]) -> None:
        """A softmax whose logarithm is needed too is the exponential of that."""
        logarithms = {(n.args, n.data): n for n in _all_nodes(lines) if n.op == "log_softmax"}
        for position, line in enumerate(lines):
            node = line.value
            if node.op == "softmax" and (node.args, node.data) in logarithms:
                logarithm = logarithms[node.args, node.data]
                name = self.names.new(f"log_{line.name}")
                self.slopes[logarithm] = name
                lines[position] = Line(line.name, self.arrays.make("exp", (logarithm,)))


def _sizes(network: Network) -> list[str]:
    """The sizes that are names, of the leaves' axes in order."""
    found = dict.fromkeys(s for leaf in network.leaves for s in leaf.shape if isinstance(s, str))
    return [*found, *(s for s in network.sizes if s not in found)]


def _nodes(node: Node) -> Iterator[Node]:
    """The nodes of a formula, each once."""
    seen, todo = {node}, [node]
    while todo:
        node = todo.pop()
        yield node
        for arg in node.args:
            if arg not in seen:
                seen.add(arg)
                todo.append(arg)


def _all_nodes(lines: Sequence[Line]) -> Iterator[Node]:
    seen: set[Node] = set()
    for line in lines:
        for node in _nodes(line.value):
            if node not in seen:
                seen.add(node)
                yield node


def _postorder(node: Node) -> Iterator[Node]:
    """The nodes of a formula, operands first, each once."""
    seen: set[Node] = set()
    todo = [(node, False)]
    while todo:
        node, done = todo.pop()
        if done:
            yield node
        elif node not in seen:
            seen.add(node)
            todo.append((node, True))
            todo.extend((a, False) for a in reversed(node.args))


_CHEAP = frozenset({"name", "number", "transpose", "expand", "entry", "like", "zeros", "eye"})


def _worth_a_name(node: Node) -> bool:
    """Whether writing the node twice is worse than one name more."""
    if node.plain or node.op in _CHEAP:
        return False
    if node.op in ("product", "add"):
        return any(_worth_a_name(a) for a in node.args) or len(node.args) > 2
    return True


def _name_for(node: Node, names: dict[Node, str]) -> str:
    """A name that says what the node is: ``sigmoid_z1``."""
    if len(node.args) == 1 and node.args[0].op == "name":
        return f"{node.op}_{node.args[0].data}"
    return "t1"
