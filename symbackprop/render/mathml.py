"""MathML Core, which browsers set by themselves: the pieces of a formula as elements.

A piece is a string of elements side by side; where one element is wanted, several are grouped. A bare string without
elements, such as the index ``i`` or the layer ``k+1``, is read as the LaTeX of a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from html import escape
from itertools import pairwise

from symbackprop.render.markup import LATEX, Markup
from symbackprop.render.mathml_symbols import (
    FUNCTION_APPLICATION,
    INVISIBLE_TIMES,
    OPERATORS,
    PRIME,
    Piece,
    fence,
    grouped,
    identifier,
    scripted,
    spelled,
)

_APPLY = f"<mo>{FUNCTION_APPLICATION}</mo>"
_TIMES = f"<mo>{INVISIBLE_TIMES}</mo>"
_SPACED_APPLY = f'<mo rspace=".17em">{FUNCTION_APPLICATION}</mo>'
_SPACED_TIMES = f'<mo rspace=".17em">{INVISIBLE_TIMES}</mo>'
_ONE = spelled(r"\mathbf{1}")
_WHOLE_NUMBER = re.compile(r"<mn>\d+</mn>$")
_DIGIT_FIRST = re.compile(r"(?:<msup>)*<mn>")


def formula(piece: str, alternative: str = "", display: bool = False) -> str:
    """A whole formula, with a text for readers who do not get MathML; ``display`` sets it as on a line of its own.

    >>> formula(MATHML.related("a", "=", "b"), "a = b")
    '<math alttext="a = b"><mi>a</mi><mo>=</mo><mi>b</mi></math>'
    """
    block = ' display="block"' if display else ""
    text = f' alttext="{escape(alternative)}"' if alternative else ""
    return f"<math{block}{text}>{_elements(piece)}</math>"


def sign(relation: str) -> str:
    r"""The operator of a LaTeX spelling.

    >>> sign(r"\leftarrow"), sign("-")
    ('<mo>←</mo>', '<mo>−</mo>')
    """
    return f"<mo>{escape(OPERATORS.get(relation, relation))}</mo>"


_BIG = ' minsize="1.8em" maxsize="1.8em"'
_LEFT = ' style="text-align: left"'
_DOT = sign(r"\cdot")


class MathML(Markup):
    """Presentation elements of MathML Core, with the invisible operators that tell a product from a call."""

    def symbol(self, latex: str) -> str:
        return spelled(latex)

    def scripts(self, base: str, sub: Sequence[str], sup: str) -> str:
        if any(part.startswith("<") for part in sub):
            below = "<mo>,</mo>".join(_elements(part, script=True) for part in sub)
        else:
            below = spelled(LATEX.scripts("", sub, "").lstrip("_"), script=True) if sub else ""
        return scripted(_elements(base), below, _elements(sup, script=True))

    def label(self, style: str, text: str) -> str:
        return LATEX.label(style, text)

    def number(self, value: Fraction) -> str:
        above = Piece(f"<mn>{value.numerator}</mn>")
        if value.denominator == 1:
            return above
        return Piece(f"<mfrac>{above}<mn>{value.denominator}</mn></mfrac>", airy=True)

    def decimal(self, text: str) -> str:
        mantissa, _, exponent = text.partition("e")
        minus = '<mo form="prefix">−</mo>'
        number = f"{minus if mantissa[0] == '-' else ''}<mn>{mantissa.lstrip('-')}</mn>"
        if exponent:
            power = f"{minus if exponent[0] == '-' else ''}<mn>{exponent.lstrip('+-0') or '0'}</mn>"
            number += f"{_DOT}<msup><mn>10</mn>{grouped(power)}</msup>"
        return _row(number)

    def marked(self, row: str, name: str) -> str:
        return _row(f'{_elements(row)}<mspace width="2em"></mspace>{self.words(f"({name})")}')

    def fraction(self, above: str, below: str) -> str:
        sides = grouped(_elements(above)) + grouped(_elements(below))
        return Piece(f"<mfrac>{sides}</mfrac>", airy=True)

    def juxtaposed(self, factors: Sequence[str]) -> str:
        pieces = [_elements(factor) for factor in factors]
        text = str(pieces[0])
        for before, piece in pairwise(pieces):
            if before.operator:
                text += _SPACED_APPLY
            elif _DIGIT_FIRST.match(piece):
                text += _DOT
            elif (before.airy or piece.airy) and not _WHOLE_NUMBER.match(text):
                text += _SPACED_TIMES
            else:
                text += _TIMES
            text += piece
        return Piece(text, len(pieces) == 1 and pieces[0].single, any(p.airy for p in (pieces[0], pieces[-1])))

    def joined(self, operator: str, parts: Sequence[str]) -> str:
        return _row(sign(operator).join(_elements(part) for part in parts))

    def added(self, terms: Sequence[tuple[bool, str]]) -> str:
        text = ""
        for negative, term in terms:
            if text:
                text += sign("-" if negative else "+")
            elif negative:
                text = '<mo form="prefix">−</mo>'
            text += _elements(term)
        return _row(text)

    def parenthesised(self, inside: str) -> str:
        return fence("(", _elements(inside), ")")

    def opened(self, inside: str) -> str:
        return _row(f"<mo{_BIG}>(</mo>{_elements(inside)}")

    def closed(self, inside: str) -> str:
        return _row(f"{_elements(inside)}<mo{_BIG}>)</mo>")

    def cases(self, rows: Sequence[tuple[str, str]]) -> str:
        lines = (
            [value, f"<mtext>if\u00a0</mtext>{_elements(condition)}" if condition else "<mtext>otherwise</mtext>"]
            for value, condition in rows
        )
        return Piece(f'<mrow><mo form="prefix">{{</mo>{_table(lines, _LEFT)}</mrow>', airy=True)

    def called(self, head: str, arguments: Sequence[str]) -> str:
        inside = self.parenthesised(self.joined(",", arguments))
        return _row(f"{grouped(_elements(head))}{_APPLY}{inside}", airy=True)

    def power(self, base: str, exponent: str) -> str:
        return scripted(_elements(base), "", _elements(exponent, script=True))

    def primed(self, head: str) -> str:
        return scripted(_elements(head), "", PRIME)

    def root(self, inside: str, degree: str = "") -> str:
        if degree:
            return Piece(f"<mroot>{grouped(_elements(inside))}{grouped(_elements(degree))}</mroot>", airy=True)
        return Piece(f"<msqrt>{_elements(inside)}</msqrt>", airy=True)

    def fenced(self, kind: str, inside: str) -> str:
        left, right = {"abs": ("|", "|"), "norm": ("‖", "‖"), "angle": ("⟨", "⟩")}[kind]
        return fence(left, _elements(inside), right)

    def indicator(self, inside: str) -> str:
        return _row(f"{_ONE}{_APPLY}{fence('[', _elements(inside), ']')}", airy=True)

    def total(self, indices: Sequence[str], body: str, upper: str = "", sign: str = r"\sum") -> str:
        below, above = (grouped(spelled(text, script=True)) if text else "" for text in (",".join(indices), upper))
        name = {(True, False): "munder", (False, True): "mover", (True, True): "munderover"}.get(
            (bool(below), bool(above)), "mrow"
        )
        big = "<mo>∑</mo>" if sign == r"\sum" else "<mo>∏</mo>"
        return _row(f"<{name}>{big}{below}{above}</{name}>{_elements(body)}")

    def derivative(self, sign: str, of: str, by: Sequence[str]) -> str:
        d = spelled(sign)
        order = scripted(d, "", Piece(f"<mn>{len(by)}</mn>")) if len(by) > 1 else d
        above = grouped(f"{order}{_elements(of)}") if of else order
        below = grouped(_SPACED_TIMES.join(f"{d}{_elements(variable)}" for variable in by))
        return Piece(f"<mfrac>{above}{below}</mfrac>", airy=True, operator=not of)

    def nabla(self, by: str, of: str) -> str:
        sign = scripted(identifier("∇"), _elements(by) if by else "", "")
        return _row(f"{sign}{_SPACED_APPLY}{_elements(of)}", airy=True)

    def underbraced(self, body: str, below: str) -> str:
        brace = f"<munder>{grouped(_elements(body))}<mo>⏟</mo></munder>"
        return Piece(f"<munder>{brace}{grouped(_elements(below))}</munder>", airy=True)

    def related(self, left: str, relation: str, right: str) -> str:
        return _row(f"{_elements(left)}{sign(relation)}{_elements(right)}")

    def evaluated(self, body: str, condition: str) -> str:
        inside = f'<mrow>{_elements(body)}<mo form="postfix">|</mo></mrow>'
        return Piece(f"<msub>{inside}{grouped(_elements(condition))}</msub>", airy=True)

    def stacked(self, rows: Sequence[str]) -> str:
        return Piece(_table([row] for row in rows))

    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        return fence("(", _table(rows), ")")

    def words(self, text: str) -> str:
        kept = re.sub(r"^ | $", "\u00a0", text)  # a browser drops spaces at the ends
        return Piece(f"<mtext>{escape(kept)}</mtext>")


def _table(rows: Iterable[Sequence[str]], attributes: str = "") -> str:
    lines = ("".join(f"<mtd{attributes}>{_elements(cell)}</mtd>" for cell in row) for row in rows)
    return "<mtable>" + "".join(f"<mtr>{line}</mtr>" for line in lines) + "</mtable>"


def _row(text: str, airy: bool = False) -> Piece:
    return Piece(text, single=False, airy=airy)


def _elements(piece: str, script: bool = False) -> Piece:
    """A piece as elements: what is bare is the LaTeX of a name."""
    if isinstance(piece, Piece):
        return piece
    return _row(piece) if piece.startswith("<") else spelled(piece, script)


MATHML = MathML()
