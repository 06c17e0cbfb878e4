"""A program with a line for every entry, for a library of scalar expressions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from symbackprop.backward.evaluation import Point, entry_name, operations, points
from symbackprop.exporters.arrays import Arrays, Node
from symbackprop.exporters.program import Programmer
from symbackprop.exporters.sharing import Line
from symbackprop.networks.closing import right_side
from symbackprop.networks.model import Network
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.expressions import Add, Call, Delta, Expression, Mul, Number, Pow, Ref, Sum, Symbol
from symbackprop.vocabulary.quantities import Index, Quantity
from symbackprop.vocabulary.terms import Map

MOST_OPERATIONS = 200_000

At = Mapping[Index, int]


class EntryProgrammer(Programmer):
    """Writes the program of a network whose sizes are numbers, entry by entry; raises :class:`InputError` for others.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> net = read_pattern("2 -> 1")
    >>> EntryProgrammer(net, net.parameters).program().lines[0]
    Line(name='z1_0', value=add(product(W0_0_0, x_0; (Fraction(1, 1), (1, 1))), product(W0_1_0, x_1; \
(Fraction(1, 1), (1, 1))); None))
    """

    pi = "sympy.pi"

    def __init__(self, network: Network, targets: Sequence[Quantity]) -> None:
        super().__init__(network, targets)
        count = operations(network)
        if count > MOST_OPERATIONS:
            raise InputError(
                "too-large",
                f"entry by entry this network multiplies {count} numbers, more than {MOST_OPERATIONS}",
                hint="--to numpy writes whole arrays",
            )
        self.arrays = self.lowering.arrays = Arrays(rewritten=False)
        self._entries: dict[tuple[Quantity, Point], Node] = {}

    def _leaf(self, leaf: Quantity, name: str) -> None:
        self.parts[name] = []
        for point in points(leaf.axes):
            entry = self.names.new(entry_name(name, point)) if point else name
            self._entries[leaf, point] = self.arrays.name(entry, 0)
            self.parts[name].append(entry)

    def _forward(self) -> Iterator[Line]:
        for definition in self.network.definitions:
            quantity = definition.quantity
            form = right_side(definition)
            if isinstance(definition, Map):
                form = Call(definition.function, definition.arguments)
            if quantity.kind != "inline":
                self.written[quantity] = self.names.new(quantity.name)
            yield from self._lines(quantity, self.written.get(quantity), definition.indices, form)

    def _adjoint(self, quantity: Quantity, adjoint: Quantity | None, name: str, form: Expression) -> Iterator[Line]:
        indices = tuple(i for i in self.forms.indices(quantity) if isinstance(i, Index))
        yield from self._lines(adjoint or Quantity(name, "auxiliary", quantity.axes), name, indices, form)
        self._unnamed.clear()

    def _lines(
        self, quantity: Quantity, name: str | None, indices: tuple[Index, ...], form: Expression
    ) -> Iterator[Line]:
        """A line for every entry; without a name the entries are put in where they are used."""
        parts = []
        for point in points(quantity.axes):
            value = self.entry(form, dict(zip(indices, point, strict=True)))
            if name is not None:
                entry = self.names.new(entry_name(name, point)) if point else name
                parts.append(entry)
                yield Line(entry, value)
                value = self.arrays.define(entry, value, 0)
            self._entries[quantity, point] = value
        if name is not None:
            self.parts[name] = parts

    def entry(self, e: Expression, at: At) -> Node:
        """The value of a formula where its indices have these values."""
        arrays = self.arrays
        if isinstance(e, Number):
            return arrays.number(e.value)
        if isinstance(e, Symbol):
            return self._symbol(e.name).node
        if isinstance(e, Ref):
            return self._entries[e.quantity, tuple(at[i] if isinstance(i, Index) else i for i in e.indices)]
        if isinstance(e, Delta):
            left, right = (at[i] if isinstance(i, Index) else i for i in (e.left, e.right))
            return arrays.number(int(left == right))
        if isinstance(e, Add):
            return arrays.add(self.entry(t, at) for t in e.terms)
        if isinstance(e, Sum):
            dimensions = [i.dimension for i in e.indices]
            return arrays.add(
                self.entry(e.body, {**at, **dict(zip(e.indices, point, strict=True))}) for point in points(dimensions)
            )
        if isinstance(e, Call):
            return self._call(e, at)
        assert isinstance(e, Mul | Pow)
        factors = e.factors if isinstance(e, Mul) else (e,)
        return arrays.product(Fraction(1), [self._power(f, at) for f in factors])

    def _power(self, e: Expression, at: At) -> tuple[Node, int]:
        if not isinstance(e, Pow):
            return self.entry(e, at), 1
        base = self.entry(e.base, at)
        if isinstance(e.exponent, Number):
            power = e.exponent.value
            if power.denominator == 1:
                return base, int(power)
            if power.denominator == 2:
                return self.arrays.function("sqrt", (base,)), power.numerator
        return self.arrays.function("power", (base, self.entry(e.exponent, at))), 1

    def _call(self, e: Call, at: At) -> Node:
        free = [i for a in e.arguments for i in getattr(a, "indices", ()) if isinstance(i, Index) and i not in at]
        if e.function.whole and (free or any(getattr(a, "indices", ()) for a in e.arguments)):
            raise InputError(
                "unspecified-function",
                f"{e.function.name} is any function of all outputs, and SymPy has no name for its partials",
                hint="choose a cost, see symbackprop list costs; or --to numpy, which takes it as a callable",
            )
        args = [self.entry(a, at) for a in e.arguments]
        return self.lowering.applied(e.function, args, e.slope, ()).node
