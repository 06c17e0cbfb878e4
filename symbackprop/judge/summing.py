"""Sums and products over the ranges of letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeVar

from symbackprop.judge import conditions
from symbackprop.judge.arrays import Array
from symbackprop.judge.letters import free_letters, sizes_of
from symbackprop.judge.readings import Unsupported
from symbackprop.judge.subjects import Constant
from symbackprop.reading import tree as t
from symbackprop.reading.sexpr import compact
from symbackprop.reading.tree import Node, Sym

if TYPE_CHECKING:
    from symbackprop.judge.evaluating import Evaluator

T = TypeVar("T")

MOST_TERMS = 20_000


def ranges(ev: Evaluator[T], node: t.Sum | t.Prod) -> list[tuple[str, list[int]]]:
    """Every letter that a sum binds, with its values counted from zero; inner ones last."""
    found = []
    for over in node.ranges:
        letter = compact(over.index)
        if over.lower is not None and over.upper is not None or over.upper is not None:
            low = limit(ev, over.lower) if over.lower is not None else ev.subject.first
            try:
                high = limit(ev, over.upper)
            except Unsupported:
                size = range_of(ev, letter, node.body)
                if size is None or not isinstance(over.upper, Sym) or low != ev.subject.first:
                    raise
                high = size - 1 + low
            values = list(range(low - ev.subject.first, high - ev.subject.first + 1))
        else:
            size = range_of(ev, letter, node.body)
            if size is None:
                raise Unsupported(f"it cannot be told what {letter} runs over", over.index)
            values = list(range(size))
        ev.meter.use(len(values), over.index)
        if len(values) > MOST_TERMS:
            raise Unsupported("a sum of too many terms", over.index)
        found.append((letter, values))
    return found


def limit(ev: Evaluator[T], node: Node) -> int:
    """A limit of a sum, as it is written."""
    if isinstance(node, Sym):
        meaning = ev.subject.meaning(node)
        if isinstance(meaning, Constant) and meaning.name in ev.instance.sizes:
            return ev.instance.sizes[meaning.name]
        if compact(node) in ev.letters:
            return ev.letters[compact(node)] + ev.subject.first
        if isinstance(meaning, Constant):
            name = meaning.name
            for size, value in ev.instance.sizes.items():
                if re.fullmatch(rf"{re.escape(name)}[+-]\d+", size):
                    return value - int(size[len(name) :])
            raise Unsupported(f"{compact(node)} is no size", node)
    if isinstance(node, t.Num) and node.text.isdigit():
        return int(node.text[:7])
    if isinstance(node, t.Neg):
        return -limit(ev, node.body)
    if isinstance(node, t.Add):
        return sum(limit(ev, part) for part in node.terms)
    raise Unsupported(f"{compact(node)} is no limit of a sum here", node)


def range_of(ev: Evaluator[T], letter: str, body: Node) -> int | None:
    """The size of the axes that a letter numbers in a formula; the least where they differ."""
    if id(body) not in ev.axes:
        ev.axes[id(body)] = body, sizes_of(ev.subject, body)
    found = ev.axes[id(body)][1].get(letter)
    declared = ev.subject.letters.get(letter)
    axes = found or ({declared} if declared is not None else set())
    sizes = (ev.instance.sizes.get(axis) if isinstance(axis, str) else axis for axis in axes)
    return min((size for size in sizes if size is not None), default=None)


def total(ev: Evaluator[T], node: t.Sum) -> Array[T]:
    """A sum over its ranges; over all entries where it has none."""
    if not node.ranges:
        own = [letter for letter in free_letters(node.body) if letter not in ev.letters]
        if own:
            ranges = tuple(t.Range(Sym(letter)) for letter in own)
            return total(ev, t.Sum(ranges, node.body, span=node.span))
        value = ev.value(node.body)
        if value.number:
            raise Unsupported("it is not clear what this sums over", node, r"write \sum_{i=1}^{n}")
        return ev.arrays.total(value)
    key = None if ev.held else (id(node), *_given(ev, node))
    if key is None or key not in ev.sums:
        terms = values_of(ev, node)
        found = ev.arrays.sum([v.plain() for v in terms]) if terms else ev.number(0)
        if key is None:
            return found
        ev.sums[key] = found
    return ev.sums[key]


def _given(ev: Evaluator[T], node: t.Sum) -> Iterator[int | None]:
    """The values of the letters outside of a sum on which its value depends: its own, and those of samples."""
    if id(node) not in ev.free:
        ev.free[id(node)] = node, (*free_letters(node), *ev.subject.letters)
    return map(ev.letters.get, ev.free[id(node)][1])


def multiplied(ev: Evaluator[T], node: t.Prod) -> Array[T]:
    """A product over its ranges."""
    terms = values_of(ev, node) if node.ranges else []
    if not terms:
        return ev.number(1)
    total = terms[0]
    for value in terms[1:]:
        total = ev.arrays.product(total, value)
    return total


def values_of(ev: Evaluator[T], node: t.Sum | t.Prod) -> list[Array[T]]:
    """The values of the body for all values of the letters for which the conditions hold."""
    outer = ev.letters
    bound = ranges(ev, node)
    found: list[Array[T]] = []

    def inside(position: int, letters: dict[str, int]) -> None:
        if position == len(bound):
            ev.letters = letters
            if all(r.condition is None or conditions.holds(ev, r.condition) for r in node.ranges):
                found.append(ev.value(node.body))
            return
        letter, values = bound[position]
        for value in values:
            inside(position + 1, {**letters, letter: value})

    try:
        inside(0, outer)
    finally:
        ev.letters = outer
    return found
