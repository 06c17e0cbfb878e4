"""Reading a formula typed as plain text: ``z/(1 + exp(-2*z))``.

For the formulas of activations and costs in tables and spec files. Nothing is ever evaluated as Python: a small
precedence parser knows numbers, names, the five operations and calls of known functions, and refuses the rest with
a caret under it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import NamedTuple

from symbackprop.vocabulary.arithmetic import add, mul, power
from symbackprop.vocabulary.errors import InputError, Place, nearest
from symbackprop.vocabulary.expressions import MINUS_ONE, ZERO, Call, Expression, Number, Symbol
from symbackprop.vocabulary.functions import Function

LONGEST, DEEPEST, MOST_DIGITS = 2_000, 60, 40

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)|(?P<name>[A-Za-z_]\w*)|(?P<sign>\*\*|[-+*/^(),]))"
)


class _Token(NamedTuple):
    kind: str
    text: str
    start: int


def read_formula(text: str, names: Collection[str], functions: Mapping[str, Function]) -> Expression:
    """The tree of a formula in the given names (as :class:`Symbol`) and functions.

    Numbers are exact: ``0.1`` is one tenth. Raises :class:`InputError` with a caret.

    >>> read_formula("2*z^2", {"z"}, {})
    Mul(Number(Fraction(2, 1),), Pow(Symbol('z',), Number(Fraction(2, 1),)))
    """
    return _Reader(text, names, functions).whole()


def _tokens(text: str) -> list[_Token]:
    found, position = [], 0
    stop = len(text.rstrip())
    while position < stop:
        match = _TOKEN.match(text, position)
        if match is None:
            start = position + len(text[position:]) - len(text[position:].lstrip())
            raise InputError(
                "bad-character",
                f"{text[start]!r} does not belong in a formula",
                Place(text, start, start + 1),
                "numbers, names, + - * / ^, parentheses and commas",
            )
        kind = str(match.lastgroup)
        found.append(_Token(kind, match[kind], match.start(kind)))
        position = match.end()
    found.append(_Token("end", "", len(text)))
    return found


class _Reader:
    def __init__(self, text: str, names: Collection[str], functions: Mapping[str, Function]) -> None:
        if len(text) > LONGEST:
            raise InputError(
                "too-long", f"the formula has {len(text)} characters, more than {LONGEST}", Place(text, 0, 1)
            )
        self.text = text
        self.names = names
        self.functions = functions
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0

    def whole(self) -> Expression:
        value = self.sum()
        if self.next.kind != "end":
            raise self.error("unexpected", f"{self.next.text!r} was not expected here")
        return value

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self, *signs: str) -> str | None:
        token = self.next
        if token.kind == "sign" and token.text in signs:
            self.at += 1
            return token.text
        return None

    def error(self, code: str, message: str, hint: str | None = None, token: _Token | None = None) -> InputError:
        token = token or self.next
        end = token.start + max(1, len(token.text))
        return InputError(code, message, Place(self.text, token.start, end), hint)

    def sum(self) -> Expression:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error("too-deep", f"the formula is nested more than {DEEPEST} deep")
        terms = [self.product()]
        while sign := self.take("+", "-"):
            term = self.product()
            terms.append(term if sign == "+" else mul(MINUS_ONE, term))
        self.depth -= 1
        return add(*terms)

    def product(self) -> Expression:
        value = self.signed()
        while sign := self.take("*", "/"):
            token = self.next
            factor = self.signed()
            if sign == "/" and factor == ZERO:
                raise self.error("division-by-zero", "this divides by zero", token=token)
            value = mul(value, factor if sign == "*" else power(factor, MINUS_ONE))
        return value

    def signed(self) -> Expression:
        negative = False
        while sign := self.take("+", "-"):
            negative ^= sign == "-"
        value = self.powered()
        return mul(MINUS_ONE, value) if negative else value

    def powered(self) -> Expression:
        base = self.atom()
        if self.take("^", "**"):
            token = self.next
            self.depth += 1
            exponent = self.signed()
            self.depth -= 1
            if isinstance(exponent, Number) and abs(exponent.value) > 64:
                raise self.error("too-large", "a power above 64 is not read", token=token)
            return power(base, exponent)
        return base

    def atom(self) -> Expression:
        token = self.next
        if token.kind == "number":
            self.at += 1
            if len(token.text) > MOST_DIGITS:
                raise self.error("too-long", f"a number of more than {MOST_DIGITS} digits", token=token)
            return Number(Fraction(token.text))
        if token.kind == "name":
            self.at += 1
            return self.call(token) if self.take("(") else self.name(token)
        if self.take("("):
            value = self.sum()
            self.close(token)
            return value
        if token.kind == "end":
            raise self.error("missing-operand", "the formula ends where a value was expected")
        raise self.error("missing-operand", f"a value was expected before {token.text!r}")

    def name(self, token: _Token) -> Expression:
        if token.text in self.names or token.text == "pi":
            return Symbol(token.text)
        if token.text in self.functions:
            raise self.error(
                "function-without-argument",
                f"the function {token.text} needs an argument",
                f"write {token.text}(...)",
                token,
            )
        close = nearest(token.text, [*self.names, "pi", *self.functions])
        raise self.error(
            "unknown-symbol",
            f"{token.text!r} is not a name this formula may use",
            (f"did you mean {close}? " if close else "") + f"known: {', '.join(sorted(self.names))}",
            token,
        )

    def call(self, token: _Token) -> Expression:
        if token.text not in self.functions:
            if token.text in self.names:
                raise self.error("not-a-function", f"{token.text!r} is a value", f"write {token.text}*(...)", token)
            close = nearest(token.text, self.functions)
            raise self.error(
                "unknown-function",
                f"there is no function {token.text!r}",
                (f"did you mean {close}? " if close else "") + f"known: {', '.join(sorted(self.functions))}",
                token,
            )
        arguments = [self.sum()]
        while self.take(","):
            arguments.append(self.sum())
        self.close(token)
        function = self.functions[token.text]
        if len(arguments) != len(function.parameters):
            takes = len(function.parameters)
            raise self.error("argument-count", f"{token.text} takes {takes} argument{'s' * (takes > 1)}", token=token)
        return Call(function, tuple(arguments))

    def close(self, opened: _Token) -> None:
        if not self.take(")"):
            raise self.error("unclosed", "this parenthesis is never closed", token=opened)
