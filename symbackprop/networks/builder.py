"""Taking formulas apart into definitions.

:meth:`Builder.define` accepts any formula tree over earlier quantities and writes it as the two shapes of
definition, naming what lies between: ``1/2 (y - r)^2`` becomes ``u = y - r`` and ``C = 1/2 u u``. Those names are
inline: they are swept like any other, but a reader sees the formula as it was written.
"""

from __future__ import annotations

from fractions import Fraction

from symbackprop.networks.closing import renamed_apart
from symbackprop.networks.model import Constraint, Network
from symbackprop.tables.activations import SOFTMAX
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.arithmetic import add, is_coefficient, mul, power, rebuild, split, summed
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.expressions import (
    ZERO,
    Add,
    Call,
    Delta,
    Expression,
    Mul,
    Number,
    Pow,
    Ref,
    Sum,
    free_indices,
    letters,
    nodes,
)
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Dimension, Index, Kind, Label, Quantity
from symbackprop.vocabulary.terms import (
    Combination,
    Definition,
    Factor,
    Map,
    Term,
    factor_indices,
)

MOST_REPEATED = 4


class Builder:
    """Collects quantities and definitions in order, then builds a :class:`Network`.

    >>> from symbackprop.vocabulary.formulas import read_formula
    >>> b = Builder("a tied weight")
    >>> w, x = (Ref(b.leaf(name, kind)) for name, kind in (("w", "weight"), ("x", "input")))
    >>> z = b.define("z", "pre-activation", (), mul(w, x))
    >>> c = b.define("C", "cost", (), power(mul(w, Ref(z)), Number(2)))
    >>> [d.quantity for d in b.build(c).definitions]
    [z, C]
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.leaves: list[Quantity] = []
        self.definitions: list[Definition] = []
        self.names: set[str] = set()
        self.constraints: list[Constraint] = []
        self._inline: dict[Expression, Ref] = {}
        self._inlined = 0

    def leaf(
        self,
        name: str,
        kind: Kind,
        axes: tuple[Dimension, ...] = (),
        label: Label | None = None,
        latex: str | None = None,
    ) -> Quantity:
        """A quantity that nothing defines."""
        quantity = self._named(name, kind, axes, label, latex)
        self.leaves.append(quantity)
        return quantity

    def _named(
        self,
        name: str,
        kind: Kind,
        axes: tuple[Dimension, ...],
        label: Label | None = None,
        latex: str | None = None,
    ) -> Quantity:
        if name in self.names:
            raise InputError("defined-twice", f"{name} is defined twice")
        self.names.add(name)
        return Quantity(name, kind, axes, label, latex)

    def define(
        self,
        name: str,
        kind: Kind,
        indices: tuple[Index, ...],
        formula: Expression,
        label: Label | None = None,
        latex: str | None = None,
        written: Expression | None = None,
    ) -> Quantity:
        """Define a quantity by a formula over earlier ones; its axes are the dimensions of the indices.

        ``written`` is how the formula was written, where it is not the formula that is taken apart.
        """
        formula = with_exponentials(with_relu(formula))
        mark = len(self.definitions)
        axes = tuple(i.dimension for i in indices)
        if isinstance(formula, Call) and formula.function is not SOFTMAX:
            arguments = tuple(self._entry(a) for a in formula.arguments)
            quantity = self._named(name, kind, axes, label, latex)
            self.definitions.append(Map(quantity, indices, formula.function, arguments))
            return quantity
        terms = self._terms(formula, indices)
        quantity = self._named(name, kind, axes, label, latex)
        if written is None and (len(self.definitions) > mark or any(isinstance(e, Pow) for e in nodes(formula))):
            written = rebuild(formula, self._softmax_named)
        self.definitions.append(Combination(quantity, indices, terms, written))
        return quantity

    def combine(
        self, name: str, kind: Kind, indices: tuple[Index, ...], terms: tuple[Term, ...], label: Label | None = None
    ) -> Quantity:
        """Define a quantity as a sum of terms, each summed over the indices that the quantity does not carry."""
        quantity = self._named(name, kind, tuple(i.dimension for i in indices), label)
        self.definitions.append(Combination(quantity, indices, terms))
        return quantity

    def map(
        self,
        name: str,
        kind: Kind,
        indices: tuple[Index, ...],
        function: Function,
        arguments: tuple[Ref, ...],
        label: Label | None = None,
        latex: str | None = None,
    ) -> Quantity:
        """Define a quantity as a function of others, entry by entry."""
        quantity = self._named(name, kind, tuple(i.dimension for i in indices), label, latex)
        self.definitions.append(Map(quantity, indices, function, arguments))
        return quantity

    def softmax(
        self,
        name: str,
        kind: Kind,
        indices: tuple[Index, ...],
        argument: Ref,
        label: Label | None = None,
        latex: str | None = None,
    ) -> Quantity:
        """Softmax over the last index, from its elementary definitions: e = exp z, S = sum e, p = e/S."""
        last = argument.indices[-1] if argument.indices else None
        if not isinstance(last, Index):
            raise InputError(
                "softmax-of-one",
                "softmax needs several units to compare: of one number it is always 1, and its gradient 0",
                hint="use sigmoid for one unit, or give the layer a width",
            )
        tag = name if name.isidentifier() else "".join(c for c in name if c.isalnum())
        suffix = tag.lstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") or ""
        e_name, s_name = self._free_name(f"e{suffix}"), self._free_name(f"S{suffix}")
        e = self.map(e_name, "auxiliary", indices, FUNCTIONS["exp"], (argument,), label)
        outer = tuple(i for i in indices if i != last)
        total = self.define(s_name, "auxiliary", outer, Sum((last,), Ref(e, indices)), label)
        parts = (Ref(e, indices), Ref(total, outer))
        return self.map(name, kind, indices, FUNCTIONS["quotient"], parts, label, latex)

    def build(self, cost: Quantity, **facts: object) -> Network:
        """The network of everything defined so far."""
        return Network(
            self.source,
            tuple(self.definitions),
            tuple(self.leaves),
            cost,
            constraints=tuple(self.constraints),
            **facts,  # type: ignore[arg-type]
        )

    def _free_name(self, stem: str) -> str:
        name, number = stem, 1
        while name in self.names:
            number += 1
            name = f"{stem}_{number}"
        return name

    def _softmax_named(self, e: Expression) -> Expression | None:
        """The output of a softmax in a formula, by the name that it has got."""
        return self._inline.get(e) if isinstance(e, Call) and e.function is SOFTMAX else None

    def _inline_name(self) -> str:
        self._inlined += 1
        return self._free_name(f"u{self._inlined}")

    def _entry(self, e: Expression) -> Ref:
        """The expression as an entry of a quantity, a new inline one if it is not one already."""
        if isinstance(e, Ref):
            return e
        known = self._inline.get(e)
        if known is None:
            indices = free_indices(e)
            name = self._inline_name()
            if isinstance(e, Call) and e.function is SOFTMAX:
                quantity = self.softmax(name, "auxiliary", indices, self._entry(e.arguments[0]))
            else:
                quantity = self.define(name, "inline", indices, e)
            known = self._inline[e] = Ref(quantity, indices)
        return known

    def _terms(self, e: Expression, outer: tuple[Index, ...]) -> tuple[Term, ...]:
        """A formula as the terms of a combination."""
        found: list[Term] = []
        todo = [e]
        while todo:
            node = todo.pop()
            if isinstance(node, Add):
                todo.extend(reversed(node.terms))
            elif isinstance(node, Sum) and isinstance(node.body, Add):
                todo.extend(summed(node.indices, term) for term in reversed(node.body.terms))
            elif isinstance(node, Sum) and isinstance(node.body, Mul) and (inner := _distributed(node.body)):
                todo.append(summed(node.indices, inner))
            elif isinstance(node, Mul) and (inner := _distributed(node)) is not None:
                todo.append(inner)
            elif node != ZERO:
                found.append(self._term(node, {i.letter for i in outer}))
        return tuple(found)

    def _term(self, e: Expression, taken: set[str]) -> Term:
        coefficient: list[Expression] = []
        factors: list[Factor] = []
        todo = [e]
        while todo:
            node = todo.pop(0)
            if isinstance(node, Number) or is_coefficient(node):
                coefficient.append(node)
            elif isinstance(node, Mul):
                todo[:0] = node.factors
            elif isinstance(node, Sum) and not isinstance(node.body, Add):
                others = {letter for other in todo for letter in letters(other)}
                done = {i.letter for f in factors for i in factor_indices(f)}
                apart = renamed_apart(node, taken | others | done)
                assert isinstance(apart, Sum)
                taken = taken | {i.letter for i in apart.indices}
                todo.insert(0, apart.body)
            elif isinstance(node, Ref | Delta):
                factors.append(node)
            elif isinstance(node, Pow) and isinstance(node.exponent, Number):
                factors.extend(self._power(node.base, node.exponent.value))
            else:
                factors.append(self._entry(node))
        return Term(tuple(factors), mul(*coefficient))

    def _power(self, base: Expression, exponent: Fraction) -> list[Factor]:
        if exponent.denominator == 1 and 0 < exponent <= MOST_REPEATED:
            return [self._entry(base)] * int(exponent)
        if exponent.denominator == 1 and 0 < -exponent <= MOST_REPEATED:
            return [self._entry(Call(FUNCTIONS["reciprocal"], (base,)))] * int(-exponent)
        if exponent == Fraction(1, 2):
            return [self._entry(Call(FUNCTIONS["sqrt"], (base,)))]
        argument = self._entry(base)
        function = Function(f"power({exponent})", f"z^({exponent})", (f"({exponent})*z^({exponent - 1})",))
        key = power(argument, Number(exponent))
        if key not in self._inline:
            indices = free_indices(argument)
            name = self._inline_name()
            self._inline[key] = Ref(self.map(name, "inline", indices, function, (argument,)), indices)
        return [self._inline[key]]


def with_relu(e: Expression) -> Expression:
    """The expression with ``max(0, z)`` written as ReLU, so that its slope at 0 is the convention of the network.

    >>> from symbackprop.vocabulary.expressions import Symbol
    >>> with_relu(Call(FUNCTIONS["max"], (Symbol("z"), ZERO)))
    Call(relu, (Symbol('z',),), 0)
    """

    def change(node: Expression) -> Expression | None:
        if not isinstance(node, Call) or node.slope or node.function.name not in ("max", "min"):
            return None
        if ZERO not in node.arguments:
            return None
        other = with_relu(node.arguments[0 if node.arguments[1] == ZERO else 1])
        positive = Call(FUNCTIONS["relu"], (other,))
        return positive if node.function.name == "max" else add(other, mul(Number(-1), positive))

    return rebuild(e, change)


def with_exponentials(e: Expression) -> Expression:
    """The expression with a power whose exponent is not a number written as ``exp(exponent*log(base))``."""

    def change(node: Expression) -> Expression | None:
        if not isinstance(node, Pow) or isinstance(node.exponent, Number) or is_coefficient(node):
            return None
        logarithm = Call(FUNCTIONS["log"], (with_exponentials(node.base),))
        return Call(FUNCTIONS["exp"], (mul(with_exponentials(node.exponent), logarithm),))

    return rebuild(e, change)


def _distributed(e: Mul) -> Expression | None:
    """A coefficient times a sum, multiplied out; None for any other product."""
    number, rest = split(e)
    plain = [f for f in rest if is_coefficient(f)]
    others = [f for f in rest if not is_coefficient(f)]
    if len(others) != 1:
        return None
    if isinstance(others[0], Add):
        return Add(tuple(mul(Number(number), *plain, term) for term in others[0].terms))
    if isinstance(others[0], Sum) and isinstance(others[0].body, Add):
        return Add(tuple(summed(others[0].indices, mul(Number(number), *plain, term)) for term in others[0].body.terms))
    return None


def multiplied_out(e: Expression) -> Expression:
    """The expression with squares of sums multiplied out: (y - r)^2 is y^2 - 2 y r + r^2.

    >>> from symbackprop.vocabulary.expressions import Symbol
    >>> y, r = Symbol("y"), Symbol("r")
    >>> multiplied_out(power(add(y, mul(Number(-1), r)), Number(2))) == add(
    ...     power(y, Number(2)), mul(Number(-2), y, r), power(r, Number(2)))
    True
    """

    def change(node: Expression) -> Expression | None:
        if isinstance(node, Pow) and isinstance(node.base, Add) and node.exponent == Number(2):
            terms = node.base.terms
            squares = [
                power(t, Number(2)) if k == m else mul(Number(2), t, u)
                for k, t in enumerate(terms)
                for m, u in enumerate(terms)
                if k <= m
            ]
            return add(*squares)
        return None

    return rebuild(e, change)
