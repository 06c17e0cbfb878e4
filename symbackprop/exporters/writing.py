"""Formulas over arrays as source text, with no more parentheses than a person would write."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Protocol

from symbackprop.exporters.arrays import Node

WIDTH = 110
SUM, PRODUCT, SIGN, POWER, ATOM = range(5)
"""How tightly the outermost operation of a text binds."""

MOST_TERMS = 40
"""A sum of more terms is written in groups: Python's compiler nests every term one level deeper."""

Text = tuple[str, int]


class Language(Protocol):
    """How a target writes constants, and the operations that are more than + - * / and powers."""

    cubes: bool
    decimals: bool

    def number(self, value: Fraction) -> Text:
        """A constant."""

    def operation(self, node: Node, writer: Writer) -> Text:
        """Any other operation; the writer writes its operands."""


class Writer:
    """Writes nodes; those that have a name are written by it."""

    def __init__(self, language: Language, names: Mapping[Node, str]) -> None:
        self.language = language
        self.names = names

    def whole(self, node: Node) -> str:
        """A node as the right side of an assignment, by its operation even if it has a name."""
        return self._text(node)[0]

    def bound(self, node: Node, tightness: int) -> str:
        """A node as an operand, in parentheses if it binds less tightly than that."""
        name = self.names.get(node)
        text, own = (name, ATOM) if name else self._text(node)
        return text if own >= tightness else f"({text})"

    def _text(self, node: Node) -> Text:
        if node.op == "name":
            return str(node.data), ATOM
        if node.op == "number":
            return self.language.number(node.data)
        if node.op == "add":
            return self._sum(node.args), SUM
        if node.op == "product":
            return self._product(node)
        return self.language.operation(node, self)

    def _sum(self, terms: tuple[Node, ...]) -> str:
        if len(terms) > MOST_TERMS:
            step = -(-len(terms) // MOST_TERMS)
            return " + ".join(f"({self._sum(terms[k : k + step])})" for k in range(0, len(terms), step))
        if self._negative(terms[0]) and any(not self._negative(t) for t in terms):
            first = next(t for t in terms if not self._negative(t))
            terms = (first, *(t for t in terms if t is not first))
        text = self.bound(terms[0], SUM)
        for term in terms[1:]:
            written = self.bound(term, SUM)
            text += f" - {written[1:]}" if self._negative(term) and written.startswith("-") else f" + {written}"
        return text

    def _negative(self, node: Node) -> bool:
        if node in self.names:
            return False
        return bool(node.op == "product" and node.data[0] < 0 or node.op == "number" and node.data < 0)

    def _product(self, node: Node) -> Text:
        coefficient, powers = node.data
        above: list[str] = []
        below: list[str] = []
        sign = "-" if coefficient < 0 else ""
        if abs(coefficient.numerator) != 1:
            above.append(self.language.number(Fraction(abs(coefficient.numerator)))[0])
        if coefficient.denominator != 1:
            below.append(self.language.number(Fraction(coefficient.denominator))[0])
        decimal = as_decimal(abs(coefficient)) if self.language.decimals and below and above else None
        if decimal:
            above, below = [decimal], []
        plain = [(a, p) for a, p in zip(node.args, powers, strict=True) if a.plain]
        rest = [(a, p) for a, p in zip(node.args, powers, strict=True) if not a.plain]
        for factor, power in (*plain, *rest):
            (above if power > 0 else below).extend(self._power(factor, abs(power)))
        if len(above) == 1 and not below:
            return sign + above[0], SIGN
        text = " * ".join(above) or self.language.number(Fraction(1))[0]
        if below:
            text += f" / {below[0]}" if len(below) == 1 else f" / ({' * '.join(below)})"
        return sign + text, PRODUCT

    def _power(self, node: Node, power: int) -> list[str]:
        if power == 1:
            return [self.bound(node, SIGN + 1)]
        base = self.bound(node, ATOM)
        if power == 3 and self.language.cubes and not node.plain:
            return [base, f"{base}**2"]
        return [f"{base}**{power}"]


def as_decimal(value: Fraction) -> str | None:
    """A fraction as a short decimal number, if it is one exactly.

    >>> as_decimal(Fraction(1, 100)), as_decimal(Fraction(1, 3)), as_decimal(Fraction(134145, 10**6))
    ('0.01', None, '0.134145')
    """
    text = repr(float(value))
    return text if len(text) <= 12 and Fraction(text) == value else None


def assignment(name: str, value: str, indent: str = "    ") -> Iterable[str]:
    """The lines of an assignment, a long one broken inside parentheses.

    >>> print(*assignment("z", "x + y"), sep="")
        z = x + y
    """
    line = f"{indent}{name} = {value}"
    if len(line) <= WIDTH:
        return [line]
    inner = indent + "    "
    broken = textwrap.wrap(value, WIDTH - len(inner), break_long_words=False, break_on_hyphens=False)
    return [f"{indent}{name} = (", *(inner + part for part in broken), f"{indent})"]


def listed(before: str, items: Iterable[str], after: str, indent: str = "    ") -> Iterable[str]:
    """The lines of a list between brackets, a long one broken between items."""
    words = list(items)
    line = f"{indent}{before}{', '.join(words)}{after}"
    if len(line) <= WIDTH:
        return [line]
    lines, inner = [f"{indent}{before}"], indent + "    "
    row = inner
    for word in words:
        if row != inner and len(row) + len(word) + 2 > WIDTH:
            lines.append(row.rstrip())
            row = inner
        row += f"{word}, "
    return [*lines, row.rstrip(), f"{indent}{after}"]
