"""Assumptions on signs, and what they simplify: with z > 0, ReLU(z) is z and Step(z) is 1."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from symbackprop.networks.model import Network
from symbackprop.vocabulary.arithmetic import mul, rebuild, split
from symbackprop.vocabulary.errors import InputError, Place
from symbackprop.vocabulary.expressions import (
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    Call,
    Expression,
    Mul,
    Number,
    Pow,
    Ref,
    Sum,
    Walk,
    children,
    run,
)
from symbackprop.vocabulary.quantities import Quantity

Sign = Literal["+", "-", "0+", "0-", "0", ""]
"""Positive, negative, at least zero, at most zero, zero, unknown."""

ALL_ACTIVE = "all units active"
_CONDITION = re.compile(r"\s*(.+?)\s*(>=|<=|>|<|≥|≤|==?)\s*([-+]?[\d./]{1,40})\s*$", re.ASCII)
_OPPOSITE: dict[Sign, Sign] = {"+": "-", "-": "+", "0+": "0-", "0-": "0+", "0": "0", "": ""}
_POSITIVE = {"exp", "sigmoid", "softplus"}
_NOT_NEGATIVE = {"relu", "abs", "sqrt", "step"}


@dataclass(frozen=True)
class Assumptions:
    """Signs of quantities, each holding for every entry, and the words they were given in."""

    words: tuple[str, ...] = ()
    signs: dict[Quantity, Sign] = field(default_factory=dict)
    conditions: tuple[tuple[Quantity, str, Fraction], ...] = ()

    def sign(self, e: Expression) -> Sign:
        """The sign of an expression, as far as it follows."""

        def walk(node: Expression) -> Walk[Sign]:
            if isinstance(node, Number):
                return "+" if node.value > 0 else "-" if node.value < 0 else "0"
            if isinstance(node, Ref):
                return self.signs.get(node.quantity, "")
            inner: list[Sign] = []
            for child in children(node):
                inner.append((yield walk(child)))
            return _combined(node, inner)

        return run(walk(e))

    def simplify(self, e: Expression) -> Expression:
        """The expression with what the signs decide worked out.

        >>> from symbackprop.networks.pattern import read_pattern
        >>> net = read_pattern("relu")
        >>> given = read_assumptions(["x > 0", "W0 > 0"], net)
        >>> from symbackprop.networks.closing import Closing
        >>> given.simplify(Closing(net.definitions).expanded(Ref(net.quantity("r1")), "leaves"))
        Mul(Ref(W0, ()), Ref(x, ()))
        """
        if not self.signs:
            return e

        def change(node: Expression) -> Expression | None:
            if not isinstance(node, Call) or node.slope or len(node.arguments) != 1:
                return None
            inside = self.simplify(node.arguments[0])
            sign = self.sign(inside)
            name = node.function.name
            if name == "relu" and sign in ("+", "0+"):
                return inside
            if name == "relu" and sign in ("-", "0-", "0"):
                return ZERO
            if name == "step" and sign in ("+", "-"):
                return ONE if sign == "+" else ZERO
            if name == "abs" and sign in ("+", "0+"):
                return inside
            if name == "abs" and sign in ("-", "0-"):
                return mul(MINUS_ONE, inside)
            if name == "sign" and sign in ("+", "-"):
                return ONE if sign == "+" else MINUS_ONE
            if name in ("relu", "step"):
                number, factors = split(inside)
                positive = [f for f in factors if self.sign(f) == "+"]
                if positive and len(positive) < len(factors):
                    rest = mul(Number(number), *(f for f in factors if f not in positive))
                    reduced = Call(node.function, (rest,))
                    return mul(*positive, reduced) if name == "relu" else reduced
            return Call(node.function, (inside,))

        return rebuild(e, change)


NOTHING_ASSUMED = Assumptions()


def _combined(node: Expression, inner: list[Sign]) -> Sign:
    if isinstance(node, Mul):
        result: Sign = "+"
        for sign in inner:
            if sign == "" or "0" in (sign, result):
                return "0" if "0" in inner else ""
            strict = "0" not in result and "0" not in sign
            negative = result.endswith("-") != sign.endswith("-")
            result = ("-" if negative else "+") if strict else ("0-" if negative else "0+")
        return result
    if isinstance(node, Add):
        present = set(inner) - {"0"}
        if not present:
            return "0"
        if present <= {"+", "0+"}:
            return "+" if "+" in present else "0+"
        if present <= {"-", "0-"}:
            return "-" if "-" in present else "0-"
        return ""
    if isinstance(node, Sum):
        return inner[0]
    if isinstance(node, Pow) and isinstance(node.exponent, Number) and node.exponent.value.denominator == 1:
        if node.exponent.value % 2 == 0:
            return "+" if inner[0] in ("+", "-") else "0+"
        return inner[0]
    if isinstance(node, Call) and not node.slope:
        if node.function.name in _POSITIVE:
            return "+"
        if node.function.name == "tanh":
            return inner[0]
        if node.function.name in _NOT_NEGATIVE:
            return "+" if inner[0] == "+" else "0+"
    return ""


def read_assumptions(texts: Sequence[str], network: Network) -> Assumptions:
    """The assumptions that sentences such as ``x > 0`` or ``all units active`` state about a network.

    Raises :class:`InputError` for what is not a sign condition on a quantity of the network.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> read_assumptions(["all units active"], read_pattern("relu relu")).words
    ('z1 > 0', 'z2 > 0')
    """
    conditions: list[tuple[Quantity, str, Fraction]] = []
    for text in texts:
        if text.strip().lower() == ALL_ACTIVE:
            conditions += [(q, ">", Fraction(0)) for q in network.quantities if q.kind == "pre-activation"]
            continue
        for part in text.split(" and "):
            conditions += _conditions(part, text, network)
    signs: dict[Quantity, Sign] = {}
    for quantity, relation, bound in conditions:
        sign = _sign_of(relation, bound)
        known = signs.get(quantity, "")
        met = _meet(known, sign)
        if met is None:
            raise InputError("contradiction", f"the assumptions on {quantity.name} contradict one another")
        signs[quantity] = met
    words = tuple(dict.fromkeys(f"{q.name} {relation} {bound}" for q, relation, bound in conditions))
    return Assumptions(words, signs, tuple(conditions))


def _conditions(part: str, text: str, network: Network) -> list[tuple[Quantity, str, Fraction]]:
    found = _CONDITION.match(part)
    if found is None:
        start = text.find(part)
        raise InputError(
            "bad-assumption",
            f"{part.strip()[:60]!r} is not understood as an assumption",
            Place(text, start, start + max(1, len(part))),
            f"for example 'x > 0', 'W0 >= 0' or '{ALL_ACTIVE}'",
        )
    try:
        bound = Fraction(found[3])
    except (ValueError, ZeroDivisionError):
        raise InputError("bad-assumption", f"{found[3]!r} is not a number") from None
    relation = {"≥": ">=", "≤": "<=", "==": "="}.get(found[2], found[2])
    if not _sign_of(relation, bound):
        raise InputError(
            "no-sign",
            f"{part.strip()!r} says nothing about a sign, so it simplifies nothing",
            hint="for example 'x > 0'",
        )
    names = [name.strip() for name in found[1].split(",")]
    return [(network.quantity(name), relation, bound) for name in names]


def _sign_of(relation: str, bound: Fraction) -> Sign:
    if relation == "=":
        return "+" if bound > 0 else "-" if bound < 0 else "0"
    if relation.startswith(">") and bound >= 0:
        return "+" if bound > 0 or relation == ">" else "0+"
    if relation.startswith("<") and bound <= 0:
        return "-" if bound < 0 or relation == "<" else "0-"
    return ""


def _meet(a: Sign, b: Sign) -> Sign | None:
    if a in ("", b):
        return b
    if b == "":
        return a
    allowed: dict[Sign, set[int]] = {"+": {1}, "-": {-1}, "0+": {0, 1}, "0-": {0, -1}, "0": {0}}
    both = allowed[a] & allowed[b]
    return next((sign for sign, signs in allowed.items() if signs == both), None)
