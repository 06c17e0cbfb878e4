"""Numbers put into formulas: worked out, and compared to the digits that are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import islice
from typing import Any

from symbackprop.judge.arrays import Array, points
from symbackprop.judge.claims import Link
from symbackprop.judge.evaluating import Evaluator
from symbackprop.judge.floats import FAILURES, Floats
from symbackprop.judge.judging import Judge
from symbackprop.judge.sampling import Condition, Entry
from symbackprop.judge.subjects import Named, Names
from symbackprop.networks.equations.trees import rebuilt
from symbackprop.reading import read
from symbackprop.reading import tree as t
from symbackprop.reading.tree import Node, Num, Sym

SLACK = Fraction(6, 10)
"""Of a unit of the last digit, how much a number may be off: half of one, and a little for what was rounded before."""
EXACT = 1e-9


@dataclass(frozen=True, slots=True)
class Given:
    """The numbers that are put in for entries of quantities, as they are written."""

    numbers: Mapping[Entry, str]

    def moved(self, entry: Entry) -> dict[Entry, float]:
        """The numbers with one of them off by as much as its digits allow."""
        found = {key: float(text) for key, text in self.numbers.items()}
        found[entry] += slack(self.numbers[entry])
        return found


@dataclass(frozen=True, slots=True)
class Worked:
    """What the two sides of an equality come to, and by how much they may differ."""

    left: float
    right: float
    tolerance: float

    @property
    def equal(self) -> bool:
        """Whether they agree to the digits that are written."""
        return abs(self.left - self.right) <= self.tolerance + EXACT * max(1.0, abs(self.left), abs(self.right))


def slack(text: str) -> float:
    """By how much a number that is written with decimals may be off; a whole number is exact.

    >>> slack("0.25"), slack("3")
    (0.006, 0.0)
    """
    decimals = text.partition(".")[2]
    return float(SLACK / 10 ** len(decimals)) if decimals else 0.0


def given_of(subject: Names, values: Mapping[str, Any], conditions: Sequence[Condition]) -> Given:
    """The numbers of a table of values, and of assumptions that say what a number is."""
    found: dict[Entry, str] = {}
    for condition in conditions:
        if condition.relation == "=" and not condition.quantity.axes:
            found[condition.quantity, ()] = _digits(condition.bound)
    for name, value in values.items():
        reading = read(name, subject.table)
        tree = reading.rows[0].tree if len(reading.rows) == 1 and not reading.errors else None
        meaning = subject.meaning(tree) if isinstance(tree, Sym) else None
        if not isinstance(meaning, Named):
            continue
        front = tuple(_index(script, subject.first) for script in meaning.scripts)
        for point, number in _entries(value):
            if None not in front and len(front) + len(point) == len(meaning.quantity.axes):
                found[meaning.quantity, (*(i for i in front if i is not None), *point)] = str(number)
    return Given(found)


def _index(script: Node, first: int) -> int | None:
    return int(script.text) - first if isinstance(script, Num) and script.text.isdigit() else None


def _entries(value: Any) -> Iterator[tuple[tuple[int, ...], Any]]:
    if not isinstance(value, list):
        yield (), value
        return
    for position, inner in enumerate(value):
        for point, number in _entries(inner):
            yield (position, *point), number


def _digits(value: Fraction) -> str:
    """A number as it would be written with decimals; one that has none is exact."""
    return str(float(value)) if value.denominator > 1 else str(value.numerator)


def numeric(node: Node) -> bool:
    """Whether a formula is made of numbers alone."""
    if isinstance(node, Num):
        return True
    if isinstance(node, t.Matrix):
        return all(numeric(entry) for row in node.rows for entry in row)
    if isinstance(node, t.App):
        return not node.function.primes and all(map(numeric, node.arguments))
    return isinstance(node, t.Neg | t.Add | t.Mul | t.Div | t.Pow | t.Root | t.Transpose) and all(
        map(numeric, _parts(node))
    )


def _parts(node: Node) -> list[Node]:
    inside = (x for part in node.parts() for x in (part if isinstance(part, tuple) else (part,)))
    return [x for x in inside if isinstance(x, Node)]


def decimals(node: Node) -> list[Num]:
    """The numbers with decimals in a formula, in order."""
    if isinstance(node, Num):
        return [node] if "." in node.text.rstrip(".") else []
    if isinstance(node, t.Matrix):
        return [found for row in node.rows for entry in row for found in decimals(entry)]
    return [found for part in _parts(node) for found in decimals(part)]


def worked_out(judge: Judge, link: Link, given: Given) -> list[Worked] | None:
    """What the entries of both sides come to; None where that depends on numbers that are not given."""
    try:
        drawn = list(islice(judge.sampler.fractions(True), 2))
        evaluated = [_both(judge, link, point, given) for point in drawn]
        if not evaluated or any(one != evaluated[0] for one in evaluated[1:]):
            return None
        left, right = evaluated[0]
        if len(left) != len(right):
            return None
        allowed = [
            _allowed(judge, side, drawn[0], given, numeric(other))
            for side, other in ((link.left, link.right), (link.right, link.left))
        ]
        return [Worked(*each) for each in zip(left, right, map(sum, zip(*allowed, strict=True)), strict=True)]
    except FAILURES:
        return None


def _off(side: Node, literal: Num) -> Node:
    """A formula with one of its numbers off by as much as its digits allow."""
    off = Num(repr(float(literal.text) + slack(literal.text)))
    return rebuilt(side, lambda node: off if node is literal else None)


def _both(judge: Judge, link: Link, point: Any, given: Given) -> tuple[tuple[float, ...], tuple[float, ...]]:
    numbers = {key: float(text) for key, text in given.numbers.items()}
    left, right = (_value(judge, side, point, numbers) for side in (link.left, link.right))
    return left, right


def _value(judge: Judge, side: Node, point: Any, numbers: Mapping[Entry, float]) -> tuple[float, ...]:
    setting, values, symbols = point
    algebra = partial(Floats, judge.subject.network.step_at_zero)
    instance = judge.sampler.instance(setting, values, symbols, 9, algebra)
    for quantity, at in numbers:
        if at not in set(points(instance.shape(quantity))):
            raise ValueError("there is no such entry")
    moved = instance.with_given({**instance.given, **numbers})
    found: Array[float] = Evaluator(judge.subject, moved).at(side, {})
    return found.entries


def _allowed(judge: Judge, side: Node, point: Any, given: Given, alone: bool) -> list[float]:
    """By how much each entry of a side may be off for the digits of the numbers in it.

    Between numbers only the last result is rounded; beside a formula, every number that is none of those given.
    """
    numbers = {key: float(text) for key, text in given.numbers.items()}
    exact = {float(text) for text in given.numbers.values()}
    plain = _value(judge, side, point, numbers)
    found = [0.0] * len(plain)

    def add(changed: tuple[float, ...]) -> None:
        for k, (a, b) in enumerate(zip(changed, plain, strict=True)):
            found[k] += abs(a - b)

    bare = side.body if isinstance(side, t.Neg) else side
    literals = decimals(side)
    for literal in literals:
        if float(literal.text) in exact or alone and numeric(side) and not isinstance(bare, Num | t.Matrix):
            continue
        add(_value(judge, _off(side, literal), point, numbers))
    for entry, text in given.numbers.items():
        if "." in text and entry[0] not in judge.subject.network.leaves and not numeric(side):
            add(_value(judge, side, point, given.moved(entry)))
    return found
