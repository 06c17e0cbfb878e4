"""The listing of a deep network from that of a shorter one, in which one layer stands for many.

What is told of that layer is read as patterns that leave its number open, and those of the layers beside it; every
layer of the stretch fills them in. That the patterns hold is seen beside it: filled in with the numbers of the layers
before and behind, they must give what is told of these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, repeat
from typing import Generic, NamedTuple, TypeVar

from symbackprop.networks.deep import BESIDE
from symbackprop.networks.model import Stretch
from symbackprop.render.equations import Equation, Listing, Section
from symbackprop.render.rows import Row
from symbackprop.render.sentences import Formula, Words

T = TypeVar("T")

_SPELLINGS = ("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉")
"""How the markups spell a number: on the line, raised, lowered."""

_NUMBER = re.compile("|".join(f"[{digits}]+" for digits in _SPELLINGS))
_PLAIN = {ord(digit): str(value) for digits in _SPELLINGS for value, digit in enumerate(digits)}


class Numbers:
    """The numbers of layers, in place of that of the example, and of those beside it."""

    def __init__(self, example: int, layers: Sequence[int]) -> None:
        self.example = example
        self.layers = layers
        self.spelled: dict[tuple[int, str], list[str]] = {}

    def put_in(self, text: str) -> Iterable[str]:
        """A text of the example as every layer has it.

        >>> list(Numbers(4200000, [20, 21]).put_in("W^{(4199999)} x⁴²⁰⁰⁰⁰⁰ 100%"))
        ['W^{(19)} x²⁰ 100%', 'W^{(20)} x²¹ 100%']
        """
        columns: list[list[str]] = []

        def opened(match: re.Match[str]) -> str:
            away = int(match[0].translate(_PLAIN)) - self.example
            if abs(away) > BESIDE:
                return match[0]
            columns.append(self.of(away, next(digits for digits in _SPELLINGS if match[0][0] in digits)))
            return "%s"

        pattern = _NUMBER.sub(opened, text.replace("%", "%%"))
        return map(pattern.__mod__, zip(*columns, strict=True)) if columns else [text] * len(self.layers)

    def of(self, away: int, digits: str) -> list[str]:
        """The numbers of the layers so far away from each, in digits of a kind."""
        known = self.spelled.get((away, digits))
        if known is None:
            texts = [str(layer + away) for layer in self.layers]
            if digits != _SPELLINGS[0]:
                texts = " ".join(texts).translate(str.maketrans(_SPELLINGS[0], digits)).split(" ")
            known = self.spelled[away, digits] = texts
        return known


class _Sort(NamedTuple, Generic[T]):
    """What is told in a row: the text that each is known by, all its texts, and how it is told of other layers."""

    key: Callable[[T], str]
    texts: Callable[[T], Iterator[str]]
    told: Callable[[T, Numbers], Iterable[T]]


class _Filled(NamedTuple, Generic[T]):
    """What stands from ``start`` up to ``stop``, and what comes in its place."""

    start: int
    stop: int
    between: list[T]


def stretched(listing: Listing, stretches: Sequence[Stretch]) -> Listing | None:
    """The listing with every layer of the stretches told; None where something in it is not of one layer alone."""
    sections = []
    for section in listing.sections:
        equations = _stretched(section.equations, _EQUATIONS, stretches)
        remarks = [_stretched(remark, _PARTS, stretches) for remark in section.remarks]
        if equations is None or None in remarks:
            return None
        sections.append(Section(section.heading, equations, tuple(r for r in remarks if r is not None)))
    return Listing(listing.title, tuple(sections))


def _stretched(told: tuple[T, ...], sort: _Sort[T], stretches: Sequence[Stretch]) -> tuple[T, ...] | None:
    at = {sort.key(one): position for position, one in enumerate(told)}
    found = sorted((filled for s in stretches if (filled := _filled(told, at, sort, s))), key=lambda f: f.start)
    result: list[T] = []
    done = 0
    for start, stop, between in (*found, _Filled(len(told), len(told), [])):
        kept = told[done:start]
        if start < done or any(_names(text, stretches) for one in kept for text in sort.texts(one)):
            return None
        result += kept
        result += between
        done = stop
    return tuple(result)


def _filled(told: Sequence[T], at: dict[str, int], sort: _Sort[T], stretch: Stretch) -> _Filled[T] | None:
    """What is told of a stretch, in place of what is told of the few layers that are there; None if nothing repeats."""
    first, last, example = stretch
    stem = next((key for key in at if _names(key, [stretch], reach=0)), None)
    if stem is None:
        return None
    (behind,) = Numbers(example, [example + 1]).put_in(stem)
    backward = at.get(behind, 0) < at[stem]
    layers = range(last, first - 2, -1) if backward else range(first - 2, last + 1)
    step = layers.step
    marks = [layers.start, *range(example - step, example + 3 * step, step), layers.stop]
    keys = list(Numbers(example, marks).put_in(stem))
    if not all(key in at for key in keys):
        return None
    start, before, here, after, end, stop = (at[key] for key in keys)
    length = after - here
    there = 2 * BESIDE + 1 + (2 if backward else 3)
    if not here - before == length == end - after or stop - start != there * length:
        return None
    patterns = told[here:after]
    beside = _between(patterns, sort, Numbers(example, [example - step, example + step]))
    if beside != [*told[before:here], *told[after:end]]:
        return None
    return _Filled(start, stop, _between(patterns, sort, Numbers(example, layers)))


def _between(patterns: Sequence[T], sort: _Sort[T], numbers: Numbers) -> list[T]:
    """What is told of layers, made after what is told of the example."""
    return list(chain.from_iterable(zip(*(sort.told(pattern, numbers) for pattern in patterns), strict=False)))


def _names(text: str, stretches: Sequence[Stretch], reach: int = BESIDE + 1) -> bool:
    """Whether a text names a layer that stands for others, or one within reach of it."""
    numbers = [int(number.translate(_PLAIN)) for number in _NUMBER.findall(text)]
    return any(abs(number - stretch.example) <= reach for number in numbers for stretch in stretches)


def _texts(equation: Equation) -> Iterator[str]:
    yield equation.name
    yield equation.left
    for right in equation.rights:
        for row in right:
            yield row.text
    for part in equation.reason:
        yield part.text


def _told(pattern: Equation, numbers: Numbers) -> Iterator[Equation]:
    """The equation of each layer; one that is broken for its width, of which the number is a part, is not filled in."""
    if any(len(right) > 1 for right in pattern.rights):
        return iter(())
    rows = [zip(map(Row, numbers.put_in(row.text), repeat(row.sign)), strict=True) for (row,) in pattern.rights]
    name, left = numbers.put_in(pattern.name), numbers.put_in(pattern.left)
    return map(Equation, name, left, zip(*rows, strict=True), *map(repeat, pattern[3:]))


_EQUATIONS = _Sort[Equation](lambda e: e.name, _texts, _told)
_PARTS = _Sort[Words | Formula](
    lambda part: part.text, lambda part: iter((part.text,)), lambda part, n: map(type(part), n.put_in(part.text))
)
