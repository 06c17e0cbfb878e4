"""Formulas as text that SymPy reads back, and the length of that text without writing it; SymPy is not imported.

ReLU is written ``Max(0, z)`` (``z*Heaviside(z, 1)`` would double the text with every layer), Step ``Heaviside(z, 1)``.
Factors keep their order.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from symbackprop.symbolic.algebra import interpreted, safe_name
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.expressions import Expression
from symbackprop.vocabulary.functions import Function

Piece = str | int
SUM, PRODUCT, POWER, ATOM = range(4)
IMMENSE = 10**18
"""Lengths are counted no further than this."""


class Body:
    """Text without its numeric coefficient; equal ones are one object.

    A piece is a string, or where only its length is wanted a number. ``factors`` are what a product was made of;
    ``inverse`` is ``b`` for the body ``1/b``, whose text in a product is ``/divisor``; ``opposite`` is ``b - a``
    for ``a - b``.
    """

    __slots__ = ("divisor", "factors", "inverse", "level", "opposite", "shown")

    def __init__(self, shown: Piece, level: int) -> None:
        self.shown = shown
        self.level = level
        self.factors: tuple[Body, ...] = (self,)
        self.inverse: Body | None = None
        self.divisor: Piece = ""
        self.opposite: Body | None = None


class Written(NamedTuple):
    """A rational number times a body; a plain number has none."""

    coefficient: Fraction
    body: Body | None


class Texts:
    """The algebra of SymPy's text; a piece longer than ``longest`` is known by its length only.

    >>> texts = Texts()
    >>> r = texts.native[FUNCTIONS["relu"]](texts.mul([texts.entry("W0", ()), texts.entry("x", ())]))
    >>> texts.finished(texts.mul([texts.number(Fraction(-2, 3)), texts.add([r, texts.number(Fraction(-1))])]))
    'Rational(2, 3)*(1 - Max(0, W0*x))'
    """

    def __init__(self, step_at_zero: Fraction = Fraction(1), longest: int | None = None) -> None:
        self.longest = longest
        at_zero = Written(step_at_zero, None)
        self._known: dict[Hashable, Body] = {}
        self.native: Mapping[Function, Callable[..., Written]] = {
            **{FUNCTIONS[name]: partial(self.function, spelt) for name, spelt in _SPELLINGS.items()},
            FUNCTIONS["relu"]: lambda z: self.function("Max", self.number(Fraction(0)), z),
            FUNCTIONS["step"]: lambda z: self.function("Heaviside", z, at_zero),
        }

    def joined(self, *pieces: Piece) -> Piece:
        """Pieces one after another."""
        if self.longest is not None:
            length = sum(p if isinstance(p, int) else len(p) for p in pieces)
            if length > self.longest:
                return min(length, IMMENSE)
        return "".join(map(str, pieces))

    def _digits(self, value: Fraction) -> str:
        if value.denominator == 1:
            return str(value.numerator)
        return f"Rational({value.numerator}, {value.denominator})"

    def _body(self, key: Hashable, level: int, pieces: Callable[[], Iterable[Piece]]) -> Body:
        """The one body of a key, written when it is first met."""
        body = self._known.get(key)
        if body is None:
            body = self._known[key] = Body(self.joined(*pieces()), level)
        return body

    def function(self, name: str, *arguments: Written) -> Written:
        """A call of a function of SymPy's."""
        return Written(
            Fraction(1),
            self._body((name, arguments), ATOM, lambda: _called(name, map(self.finished, arguments))),
        )

    def atom(self, name: str) -> Written:
        """A name."""
        return Written(Fraction(1), self._body(name, ATOM, lambda: [name]))

    def number(self, value: Fraction) -> Written:
        """A number: ``3``, ``Rational(1, 2)``."""
        return Written(value, None)

    def symbol(self, name: str) -> Written:
        """A size, a hyperparameter or pi."""
        return self.atom(safe_name(name))

    def entry(self, name: str, indices: tuple[str, ...]) -> Written:
        """An entry of a quantity: ``W0[i, j]``."""
        return self.atom(f"{name}[{', '.join(indices)}]" if indices else name)

    def finished(self, value: Written) -> Piece:
        """The whole text of a value."""
        coefficient, body = value
        if body is None or coefficient == 0:
            return self.joined(self._digits(coefficient))
        if coefficient == 1:
            return body.shown
        if body.inverse is not None and coefficient.denominator == 1:
            return self.joined(self._digits(coefficient), "/", body.divisor)
        sign = "-" if coefficient == -1 else f"{self._digits(coefficient)}*"
        return self.joined(sign, self._within(body, PRODUCT))

    def _within(self, body: Body, level: int) -> Piece:
        return body.shown if body.level >= level else self.joined("(", body.shown, ")")

    def _operand(self, value: Written, level: int) -> Piece:
        if value.body is not None and value.coefficient == 1:
            return self._within(value.body, level)
        text = self.finished(value)
        plain = value.body is None and (value.coefficient.denominator > 1 or value.coefficient >= 0)
        return text if plain else self.joined("(", text, ")")

    def add(self, terms: Sequence[Written]) -> Written:
        """A sum; equal terms are gathered, and a positive term comes first."""
        gathered: dict[Body | None, Fraction] = {}
        for term in terms:
            gathered[term.body] = gathered.get(term.body, Fraction(0)) + term.coefficient
        kept = [Written(c, b) for b, c in gathered.items() if c != 0]
        if not kept:
            return self.number(Fraction(0))
        if len(kept) == 1:
            return kept[0]
        first = next((k for k, term in enumerate(kept) if term.coefficient > 0), None)
        if first is None:
            return self.mul([self.number(Fraction(-1)), self.add([Written(-c, b) for c, b in kept])])
        kept.insert(0, kept.pop(first))
        body = self._sum(tuple(kept))
        if len(kept) == 2 and kept[1].coefficient < 0 and body.opposite is None:
            body.opposite = self._sum(tuple(Written(-c, b) for c, b in reversed(kept)))
            body.opposite.opposite = body
        return Written(Fraction(1), body)

    def _sum(self, terms: tuple[Written, ...]) -> Body:
        def pieces() -> Iterator[Piece]:
            yield self.finished(terms[0])
            for coefficient, body in terms[1:]:
                yield " + " if coefficient > 0 else " - "
                inside = self.finished(Written(abs(coefficient), body))
                bare = coefficient == -1 and body is not None and body.level == SUM
                yield self.joined("(", inside, ")") if bare else inside

        return self._body(terms, SUM, pieces)

    def mul(self, factors: Sequence[Written]) -> Written:
        """A product, the numbers gathered; ``-(a - b)`` is ``b - a``, and ``p*x/p`` is ``x``."""
        coefficient = Fraction(1)
        bodies: list[Body] = []
        for factor in factors:
            coefficient *= factor.coefficient
            if factor.body is not None:
                bodies.append(factor.body)
        if coefficient == 0:
            return self.number(coefficient)
        if coefficient < 0:
            for position, body in enumerate(bodies):
                if body.opposite is not None:
                    bodies[position] = body.opposite
                    coefficient = -coefficient
                    break
        made_of = tuple(f for body in bodies for f in body.factors)
        if len(made_of) <= MOST_CANCELLED and any(f.inverse is not None for f in made_of):
            bodies = _cancelled(made_of)
            made_of = tuple(bodies)
        if len(bodies) < 2:
            return Written(coefficient, bodies[0] if bodies else None)

        def pieces() -> Iterator[Piece]:
            yield self._within(bodies[0], PRODUCT)
            for body in bodies[1:]:
                yield "*" if body.inverse is None else "/"
                yield self._within(body, PRODUCT) if body.inverse is None else body.divisor

        product = self._body(("*", *bodies), PRODUCT, pieces)
        product.factors = made_of if len(made_of) <= MOST_CANCELLED else (product,)
        return Written(coefficient, product)

    def power(self, base: Written, exponent: Written) -> Written:
        """A power; a negative one divides."""
        n = exponent.coefficient
        if exponent.body is None and n.denominator == 1 and abs(n) <= 64:
            if n == 1:
                return base
            if base.coefficient != 1 and (base.coefficient != 0 or n > 0):
                number = self.number(base.coefficient ** int(n))
                return self.mul([number, self.power(Written(Fraction(1), base.body), exponent)])
            if base.body is None and base.coefficient == 1:
                return base
            if base.body is not None and len(base.body.factors) > 1:
                return self.mul([self.power(Written(Fraction(1), f), exponent) for f in base.body.factors])
            if n < 0 and base.body is not None and base.body.inverse is not None:
                return self.power(Written(Fraction(1), base.body.inverse), Written(-n, None))
        if exponent.body is None and n < 0 and base.body is not None:
            root = self.power(base, Written(-n, None))
            inverse = root.body
            assert inverse is not None
            divisor = self._operand(root, POWER)
            body = self._body(("1/", root), PRODUCT, lambda: ["1/", divisor])
            body.inverse, body.divisor = inverse, divisor
            return Written(Fraction(1), body)
        shown = lambda: [self._operand(base, ATOM), "**", self._operand(exponent, ATOM)]  # noqa: E731
        return Written(Fraction(1), self._body(("**", base, exponent), POWER, shown))

    def unspecified(self, function: Function, arguments: Sequence[Written], slope: int) -> Written:
        """``f(z)``, and for its derivative ``f_prime(z)``."""
        name = safe_name(function.name)
        if slope:
            name += "_prime" if len(arguments) == 1 else f"_prime_{slope}"
        return self.function(name, *arguments)

    def sum(self, body: Written, indices: tuple[tuple[str, int | str], ...]) -> Written:
        """``Sum(body, (j, 0, m - 1))``."""
        ranges = []
        for letter, size in reversed(indices):
            last = str(size - 1) if isinstance(size, int) else f"{safe_name(size)} - 1"
            ranges.append(f"({letter}, 0, {last})")
        key = ("Sum", body, *ranges)
        return Written(Fraction(1), self._body(key, ATOM, lambda: _called("Sum", [self.finished(body), *ranges])))

    def delta(self, left: str, right: str) -> Written:
        """``KroneckerDelta(i, j)``."""
        return self.atom(f"KroneckerDelta({left}, {right})")


MOST_CANCELLED = 64
"""In longer products nothing is cancelled."""


def _called(name: str, arguments: Iterable[Piece]) -> Iterator[Piece]:
    yield f"{name}("
    for position, argument in enumerate(arguments):
        if position:
            yield ", "
        yield argument
    yield ")"


def _cancelled(factors: Iterable[Body]) -> list[Body]:
    """The factors without those that divide each other out."""
    kept: list[Body] = []
    for factor in factors:
        other = next((k for k in kept if k is factor.inverse or k.inverse is factor), None)
        if other is None:
            kept.append(factor)
        else:
            kept.remove(other)
    return kept


_SPELLINGS = {
    "exp": "exp",
    "log": "log",
    "sqrt": "sqrt",
    "abs": "Abs",
    "sign": "sign",
    "max": "Max",
    "min": "Min",
    "erf": "erf",
    "sin": "sin",
    "cos": "cos",
    "tanh": "tanh",
}


def sympy_text(e: Expression, step_at_zero: Fraction = Fraction(1)) -> str:
    """A formula as text that SymPy reads back, given the names in it that it does not know itself.

    >>> from symbackprop.vocabulary.arithmetic import add, mul
    >>> from symbackprop.vocabulary.expressions import Call, Symbol
    >>> z = mul(Symbol("w"), Symbol("x"))
    >>> sympy_text(mul(add(Symbol("y"), z), Call(FUNCTIONS["relu"], (z,), 1), Symbol("x")))
    '(y + w*x)*Heaviside(w*x, 1)*x'
    """
    texts = Texts(step_at_zero)
    return str(texts.finished(interpreted(e, texts)))


def text_length(e: Expression, step_at_zero: Fraction = Fraction(1)) -> int:
    """The length of :func:`sympy_text` without writing it.

    >>> from symbackprop.vocabulary.arithmetic import add, mul
    >>> from symbackprop.vocabulary.expressions import Symbol
    >>> e = mul(Symbol("w"), add(Symbol("x"), Symbol("y")))
    >>> text_length(e), len(sympy_text(e))
    (9, 9)
    """
    texts = Texts(step_at_zero, longest=0)
    length = texts.finished(interpreted(e, texts))
    return length if isinstance(length, int) else len(length)
