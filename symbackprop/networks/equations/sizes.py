"""Sizes that are found out while equations are read: names, numbers, and unknowns that turn out to be equal."""

from __future__ import annotations

import re
from collections.abc import Callable

from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.quantities import Dimension

LARGEST = 1_000_000

Size = int
"""The number of a size in its :class:`Sizes`; what it is may not be known yet."""


class Sizes:
    """Sizes by number, joined where equations force two of them to be equal.

    >>> sizes = Sizes()
    >>> n, unknown = sizes.given("n"), sizes.fresh("j")
    >>> sizes.meet(n, unknown), sizes.value(unknown)
    (True, 'n')
    >>> sizes.meet(unknown, sizes.given("m"))
    False
    """

    def __init__(self) -> None:
        self._parent: list[int] = []
        self._value: list[int | str | None] = []
        self._hint: list[str] = []
        self._given: dict[int | str, Size] = {}
        self._called: dict[str, Size] = {}

    def fresh(self, hint: str = "") -> Size:
        """A size nothing is known of; ``hint`` is the letter of the index that runs over it."""
        self._parent.append(len(self._parent))
        self._value.append(None)
        self._hint.append(hint)
        return len(self._parent) - 1

    def given(self, text: str | int) -> Size:
        """The size of a declared name or number."""
        value = read_size(text) if isinstance(text, str) else text
        if value not in self._given:
            self._given[value] = self.fresh()
            self._value[self._given[value]] = value
        return self._given[value]

    def called(self, text: str) -> Size:
        """The size of a name that only limits of sums use: it may turn out to be a number, but no other name."""
        value = read_size(text)
        if isinstance(value, int) or value in self._given:
            return self.given(value)
        if value not in self._called:
            self._called[value] = self.fresh()
        return self._called[value]

    def meant(self, name: str) -> int | str:
        """What a name of a size has turned out to be."""
        size = self._called.get(name)
        value = None if size is None else self.value(size)
        return name if value is None else value

    def root(self, size: Size) -> Size:
        """The one number that all sizes equal to this one share."""
        while self._parent[size] != size:
            self._parent[size] = self._parent[self._parent[size]]
            size = self._parent[size]
        return size

    def value(self, size: Size) -> int | str | None:
        """What a size is, if that is known."""
        return self._value[self.root(size)]

    def meet(self, left: Size, right: Size) -> bool:
        """Make two sizes equal; False where both are known and different."""
        left, right = self.root(left), self.root(right)
        if left == right:
            return True
        if self._value[left] is None:
            left, right = right, left
        if self._value[right] is not None and self._value[right] != self._value[left]:
            return False
        names = {name for name, size in self._called.items() if self.root(size) in (left, right)}
        if isinstance(self._value[left], str):
            names.add(str(self._value[left]))
        if len(names) > 1:
            return False
        self._parent[right] = left
        self._hint[left] = self._hint[left] or self._hint[right]
        return True

    def name_unknown(self, size: Size, taken: Callable[[str], bool]) -> None:
        """Give an unknown size a name of its own, after the letter of its index."""
        root = self.root(size)
        if self._value[root] is not None:
            return
        own = next((n for n, size in self._called.items() if self.root(size) == root and n not in self._given), None)
        if own is not None:
            self._value[root] = own
            self._given[own] = root
            return
        stem = f"n_{self._hint[root]}" if self._hint[root].isalnum() else "n"
        number, name = 1, stem
        while name in self._given or taken(name):
            number += 1
            name = f"{stem}{number}" if stem == "n" else f"{stem}_{number}"
        self._value[root] = name
        self._given[name] = root

    def spoken(self, size: Size | None) -> str:
        """A size in a message."""
        if size is None:
            return "1"
        value = self.value(size)
        name = next((name for name, called in self._called.items() if self.root(called) == self.root(size)), "?")
        return name if value is None else str(value)

    def dimension(self, size: Size) -> Dimension:
        """The range of an index over a size."""
        value = self.value(size)
        assert value is not None, "a size without a name"
        return Dimension(str(value), value)


def read_size(text: str) -> int | str:
    r"""The size that a text means: a number, or a name without braces and backslashes.

    >>> read_size("12"), read_size(r"\tau"), read_size("n_{0}"), read_size("n_{3-1}"), read_size("p+1-1")
    (12, 'tau', 'n0', 'n2', 'p')
    """
    name = re.sub(r"[{}()\[\]\\\s]|mathrm|text", "", text)
    if name.isdigit():
        if not 0 < int(name[:12]) <= LARGEST:
            raise InputError("bad-size", f"a size of {text}: between 1 and {LARGEST} was expected")
        return int(name)
    base, _, below = name.partition("_")
    name = f"{base}_{folded(below)}" if below else folded(name)
    base, _, below = name.partition("_")
    if below.isdigit():
        name = base + below
    if not re.fullmatch(r"[A-Za-z][\w+\-*']*", name) or len(name) > 40:
        raise InputError("bad-size", f"{text!r} is no size", hint='a number or a name, such as "n x 3"')
    return int(name) if name.isdigit() else name


def folded(text: str) -> str:
    """A sum of numbers, and a name with whole numbers added, worked out.

    >>> folded("4-1"), folded("n+1-1"), folded("n+2-1")
    ('3', 'n', 'n+1')
    """
    first = re.fullmatch(r"(.*?)((?:[+-]\d{1,6})+)", text)
    if first is None:
        return text
    found, offset = first[1], sum(int(n) for n in re.findall(r"[+-]\d{1,6}", first[2]))
    if found.isdigit():
        return str(int(found[:12]) + offset)
    return found + (f"{offset:+d}" if offset else "")


def extent(lower: str, upper: str) -> str:
    """The number of values from lower to upper, both included, as the text of a size.

    >>> extent("1", "n"), extent("0", "K-1"), extent("0", "2"), extent("0", "m"), extent("2", "n")
    ('n', 'K', '3', 'm+1', 'n-1')
    """
    start = folded(lower)
    if not start.lstrip("-").isdigit():
        raise InputError("bad-range", f"a range from {lower} to {upper}: its first value must be a number")
    return folded(f"{upper}{1 - int(start):+d}")
