"""Formulas as SymPy expressions.

Names become plain symbols, entries ``W0[i, j]`` of an ``IndexedBase``, sums ``Sum(..., (j, 0, m - 1))``. Formulas
nested less than :data:`CANONICAL_DEPTH` deep come out as SymPy itself would arrange them; deeper ones keep the order
of their factors, because SymPy's arranging compares and questions whole trees, which takes quadratic time and fails
at Python's recursion limit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import sympy

from symbackprop.symbolic.algebra import interpreted, safe_name
from symbackprop.symbolic.classes import Largest, Magnitude, ReLU, Sign, Smallest, Step, slope_name, unspecified
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.expressions import Expression
from symbackprop.vocabulary.functions import Function

CANONICAL_DEPTH = 40


class Nested(NamedTuple):
    """A SymPy expression and how deep it is nested."""

    value: Any
    depth: int


def to_sympy(e: Expression, step_at_zero: Fraction = Fraction(1)) -> sympy.Expr:
    """The SymPy expression of a formula; ``step_at_zero`` is what Step is at 0.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> from symbackprop.backward.closed import ClosedForms
    >>> forms = ClosedForms(read_pattern("relu"))
    >>> to_sympy(forms.in_leaves(forms.adjoint(forms.network.quantity("W0"))))
    x*(-y + ReLU(W0*x))*Heaviside(W0*x, 1)
    """
    return interpreted(e, Expressions(step_at_zero)).value


class Expressions:
    """The algebra of SymPy expressions."""

    def __init__(self, step_at_zero: Fraction = Fraction(1)) -> None:
        at_zero = sympy.Rational(step_at_zero.numerator, step_at_zero.denominator)
        self._symbols: dict[str, Any] = {"pi": sympy.pi}
        self._bases: dict[str, Any] = {}
        self.native: Mapping[Function, Callable[..., Nested]] = {
            **{FUNCTIONS[name]: _applying(function) for name, function in _FUNCTIONS.items()},
            FUNCTIONS["relu"]: _applying(lambda z, evaluate: ReLU(z, at_zero, evaluate)),
            FUNCTIONS["step"]: _applying(lambda z, evaluate: Step(z, at_zero, evaluate)),
            FUNCTIONS["max"]: lambda a, b: self._choice(a, b, 1),
            FUNCTIONS["min"]: lambda a, b: self._choice(a, b, -1),
        }

    def _choice(self, a: Nested, b: Nested, larger: int) -> Nested:
        """The larger or smaller; of 0 and z by ReLU, so that its slope is Step with the same value at 0."""
        if a.value == 0:
            r = self.native[FUNCTIONS["relu"]](b)
            return r if larger == 1 else self.add([b, self.mul([self.number(Fraction(-1)), r])])
        return _applying(Largest if larger == 1 else Smallest)(a, b)

    def number(self, value: Fraction) -> Nested:
        """A number."""
        return Nested(sympy.Rational(value.numerator, value.denominator), 0)

    def symbol(self, name: str) -> Nested:
        """A size, a hyperparameter or pi."""
        known = self._symbols.get(name)
        if known is None:
            known = self._symbols[name] = sympy.Symbol(safe_name(name))
        return Nested(known, 0)

    def entry(self, name: str, indices: tuple[str, ...]) -> Nested:
        """An entry of a quantity."""
        if not indices:
            return self.symbol(name)
        base = self._bases.get(name)
        if base is None:
            base = self._bases[name] = sympy.IndexedBase(name)
        return Nested(base[tuple(map(_index, indices))], 1)

    def add(self, terms: Sequence[Nested]) -> Nested:
        """A sum."""
        return _gathered(_ADD, sympy.Add, terms)

    def mul(self, factors: Sequence[Nested]) -> Nested:
        """A product."""
        return _gathered(_MUL, sympy.Mul, factors)

    def power(self, base: Nested, exponent: Nested) -> Nested:
        """A power."""
        depth = 1 + max(base.depth, exponent.depth)
        if depth <= CANONICAL_DEPTH or base.value.is_number:
            return Nested(sympy.Pow(base.value, exponent.value), depth)
        if base.value.is_Pow and exponent.value.is_Integer and base.value.exp.is_Number:
            return self.power(Nested(base.value.base, base.depth), Nested(base.value.exp * exponent.value, 0))
        return Nested(sympy.Pow(base.value, exponent.value, evaluate=False), depth)

    def unspecified(self, function: Function, arguments: Sequence[Nested], slope: int) -> Nested:
        """An unspecified function, or its partial as a function of its own name."""
        name = safe_name(function.name)
        f = unspecified(slope_name(name, slope, len(arguments)) if slope else name)
        return Nested(f(*(a.value for a in arguments)), 1 + max(a.depth for a in arguments))

    def sum(self, body: Nested, indices: tuple[tuple[str, int | str], ...]) -> Nested:
        """A sum over indices, each from 0 to its size less one."""
        ranges = []
        for letter, size in reversed(indices):
            last = sympy.Integer(size - 1) if isinstance(size, int) else self.symbol(size).value - 1
            ranges.append((sympy.Symbol(letter), 0, last))
        return Nested(sympy.Sum(body.value, *ranges), 1 + body.depth)

    def delta(self, left: str, right: str) -> Nested:
        """The Kronecker delta."""
        return Nested(sympy.KroneckerDelta(_index(left), _index(right)), 1)


def _index(name: str) -> Any:
    return sympy.Integer(name) if name.isdigit() else sympy.Symbol(name)


def _applying(function: Callable[..., Any]) -> Callable[..., Nested]:
    def call(*arguments: Nested) -> Nested:
        depth = 1 + max(a.depth for a in arguments)
        evaluate = all(a.value.is_number for a in arguments)
        return Nested(function(*(a.value for a in arguments), evaluate=evaluate), depth)

    return call


_FUNCTIONS: dict[str, Any] = {
    "exp": sympy.exp,
    "log": sympy.log,
    "sqrt": lambda z, evaluate: sympy.Pow(z, sympy.S.Half, evaluate=evaluate),
    "abs": Magnitude,
    "sign": Sign,
    "erf": sympy.erf,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tanh": sympy.tanh,
}


def _uncached(cls: Any) -> Callable[..., Any]:
    """The constructor past SymPy's cache, which would compare trees and might return an equal, older one."""
    plain = getattr(cls.__new__, "__wrapped__", cls.__new__)
    return lambda *args: plain(cls, *args)


_ADD, _MUL = _uncached(sympy.Add), _uncached(sympy.Mul)


def _gathered(build: Callable[..., Any], cls: Any, parts: Sequence[Nested]) -> Nested:
    depth = 1 + max((p.depth for p in parts), default=0)
    if depth <= CANONICAL_DEPTH:
        return Nested(build(*(p.value for p in parts)), depth)
    number, rest = cls.identity, []
    for part in parts:
        for value in part.value.args if isinstance(part.value, cls) else (part.value,):
            if value.is_Number:
                number = number + value if cls is sympy.Add else number * value
            else:
                rest.append(value)
    if number != cls.identity:
        rest.insert(0, number)
    if cls is sympy.Mul and number == 0:
        return Nested(number, 0)
    return Nested(cls._from_args(rest, is_commutative=True), depth)
