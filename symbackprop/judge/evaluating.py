"""What a formula comes to at an instance of a network: every kind of node of the tree that the reader gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Generic, TypeVar

from symbackprop.judge import calling, combining, conditions, deriving, naming, summing
from symbackprop.judge.arrays import Array, Arrays, Mismatch
from symbackprop.judge.instances import Instance
from symbackprop.judge.readings import LITERAL, Meter, Misshapen, Reading, Unsupported
from symbackprop.judge.subjects import Subject
from symbackprop.reading import tree as t
from symbackprop.reading.tree import Node

T = TypeVar("T")
MOST_DIGITS = 40


class Evaluator(Generic[T]):
    """Evaluates formulas at one instance, under one reading; ``letters`` are the values of free letters."""

    def __init__(
        self, subject: Subject, instance: Instance[T], reading: Reading = LITERAL, meter: Meter | None = None
    ) -> None:
        self.subject = subject
        self.meter = meter or Meter()
        self.instance = instance
        self.reading = reading
        self.algebra = instance.algebra
        self.arrays = Arrays(self.algebra)
        self.letters: dict[str, int] = {}
        self.held: dict[Node, Array[T]] = {}
        self.sums: dict[tuple[int | None, ...], Array[T]] = {}
        """Sums that were worked out, by the values of the letters in them."""
        self.free: dict[int, tuple[Node, tuple[str, ...]]] = {}
        self.axes: dict[int, tuple[Node, dict[str, set[int | str]]]] = {}
        """The letters on which sums depend, and the axes that letters number, by the formula that they stand in."""

    def at(self, node: Node, letters: Mapping[str, int], anew: bool = True) -> Array[T]:
        """The value of a formula for given values of its free letters; sums that were worked out are, ``anew``, again.

        Otherwise what they note of kinks has to have been noted since.
        """
        if anew:
            self.sums.clear()
            self.axes.clear()
        self.letters = dict(letters)
        return self.value(node)

    def value(self, node: Node) -> Array[T]:
        """The value of a formula."""
        if self.held and node in self.held:
            return self.held[node]
        formulas = self.subject.formulas
        if formulas and isinstance(node, t.Grad | t.App | t.Transpose) and node in formulas:
            return self.value(formulas[node])
        self.meter.use(1, node)
        way = _WAYS.get(type(node))
        if way is None:
            raise Unsupported(f"{_KINDS.get(type(node), 'this')} cannot be judged", node)
        try:
            return way(self, node)
        except Mismatch as mismatch:
            raise Misshapen(node, mismatch) from None

    def number(self, value: Fraction | int) -> Array[T]:
        """A number as an array."""
        return Array((self.algebra.number(Fraction(value)),))

    def digits(self, node: t.Num) -> Array[T]:
        """A number as it is written."""
        if len(node.text) > MOST_DIGITS:
            raise Unsupported(f"a number of more than {MOST_DIGITS} digits", node)
        return self.number(Fraction(node.text.rstrip(".") if node.text.endswith(".") else node.text))

    def elsewhere(self, instance: Instance[T]) -> Evaluator[T]:
        """An evaluator for the same letters and reading at another instance."""
        found = Evaluator(self.subject, instance, self.reading, self.meter)
        found.letters = self.letters
        return found

    def within(self, instance: Instance[tuple[T, T | None]]) -> Evaluator[tuple[T, T | None]]:
        """An evaluator for the same letters at an instance in dual numbers."""
        found = Evaluator(self.subject, instance, replace(self.reading, rows=False), self.meter)
        found.letters = self.letters
        return found


_WAYS: dict[type[Node], Callable[[Any, Any], Array[Any]]] = {
    t.Num: Evaluator.digits,
    t.Sym: naming.name,
    t.Add: combining.added,
    t.Neg: combining.negated,
    t.Mul: combining.times,
    t.Had: combining.entrywise,
    t.Outer: combining.outer,
    t.Inner: combining.inner,
    t.Div: combining.quotient,
    t.Pow: combining.raised,
    t.Root: combining.root,
    t.Transpose: combining.transposed,
    t.App: calling.called,
    t.Deriv: deriving.derived,
    t.Grad: deriving.gradient,
    t.Sum: summing.total,
    t.Prod: summing.multiplied,
    t.Cases: conditions.cases,
    t.Indicator: conditions.indicator,
    t.Kronecker: conditions.kronecker,
    t.Abs: combining.absolutes,
    t.Norm: combining.norm,
    t.Matrix: combining.matrix,
    t.Entry: combining.entry,
    t.At: deriving.point,
}
_KINDS: dict[type[Node], str] = {t.Tuple: "a list", t.Chain: "a relation inside a formula", t.Update: "an assignment"}
