"""What a formula is made of on paper, and how LaTeX spells it.

The setter walks formula trees once and calls these methods; a markup only spells. LaTeX here is of the subset that
pdfLaTeX with amsmath, KaTeX, MathJax and GitHub all accept.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction


class Markup(ABC):
    """The vocabulary of set mathematics; every method returns the spelling of a piece."""

    fraction_is_atom = True
    """Whether a fraction can stand as a factor without parentheses."""

    @abstractmethod
    def symbol(self, latex: str) -> str:
        r"""A letter or name given by its LaTeX spelling, such as ``\hat y``, ``\mathrm{ReLU}`` or ``W``."""

    @abstractmethod
    def scripts(self, base: str, sub: Sequence[str], sup: str) -> str:
        """A base with subscripts (indices side by side) and a superscript; either may be empty."""

    @abstractmethod
    def label(self, style: str, text: str) -> str:
        """A layer number as a superscript spells it: (k), [l], <t> or bare."""

    @abstractmethod
    def number(self, value: Fraction) -> str:
        """A non-negative rational number."""

    @abstractmethod
    def decimal(self, text: str) -> str:
        """A rounded number, as Python spells it (``-0.025``, ``1e-07``)."""

    @abstractmethod
    def marked(self, row: str, name: str) -> str:
        """A row with a name in words after it."""

    @abstractmethod
    def fraction(self, above: str, below: str) -> str:
        """A fraction."""

    @abstractmethod
    def juxtaposed(self, factors: Sequence[str]) -> str:
        """A product without a sign."""

    @abstractmethod
    def joined(self, operator: str, parts: Sequence[str]) -> str:
        r"""Parts with an operator of LaTeX spelling (``\odot``, ``*``, ``,``) between them."""

    @abstractmethod
    def added(self, terms: Sequence[tuple[bool, str]]) -> str:
        """A sum of terms, each with whether it is subtracted."""

    @abstractmethod
    def parenthesised(self, inside: str) -> str:
        """A piece in parentheses that are tall enough."""

    @abstractmethod
    def opened(self, inside: str) -> str:
        """The first row of a piece in parentheses that takes several rows."""

    @abstractmethod
    def closed(self, inside: str) -> str:
        """The last row of a piece in parentheses that takes several rows."""

    @abstractmethod
    def cases(self, rows: Sequence[tuple[str, str]]) -> str:
        """A value by cases, each with its condition; an empty one is "otherwise"."""

    @abstractmethod
    def called(self, head: str, arguments: Sequence[str]) -> str:
        """A function applied."""

    @abstractmethod
    def power(self, base: str, exponent: str) -> str:
        """A power; the base is an atom."""

    @abstractmethod
    def primed(self, head: str) -> str:
        """A function's derivative."""

    @abstractmethod
    def root(self, inside: str, degree: str = "") -> str:
        """A root, square where no degree is given."""

    @abstractmethod
    def fenced(self, kind: str, inside: str) -> str:
        """A piece between bars, ``abs`` or ``norm``, or between angle brackets, ``angle``."""

    @abstractmethod
    def indicator(self, inside: str) -> str:
        """The indicator of a condition."""

    @abstractmethod
    def total(self, indices: Sequence[str], body: str, upper: str = "", sign: str = r"\sum") -> str:
        r"""A sum (or ``\prod``) over indices, each perhaps with its lower limit or condition, up to an upper limit."""

    def partial(self, of: str, by: str) -> str:
        """A partial derivative as a fraction; an empty ``of`` makes it an operator."""
        return self.derivative(r"\partial", of, [by])

    @abstractmethod
    def derivative(self, sign: str, of: str, by: Sequence[str]) -> str:
        r"""A derivative by each of ``by`` in turn, with the differential sign ``\partial`` or ``\mathrm{d}``."""

    @abstractmethod
    def nabla(self, by: str, of: str) -> str:
        """A gradient written with a nabla; ``by`` may be empty."""

    @abstractmethod
    def evaluated(self, body: str, condition: str) -> str:
        """A piece at a point."""

    @abstractmethod
    def stacked(self, rows: Sequence[str]) -> str:
        """Statements below one another."""

    @abstractmethod
    def underbraced(self, body: str, below: str) -> str:
        """A piece with a brace and a label below it."""

    @abstractmethod
    def related(self, left: str, relation: str, right: str) -> str:
        r"""Two sides with a relation of LaTeX spelling (``=``, ``\leftarrow``, ``>``) between them."""

    @abstractmethod
    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        """A matrix of pieces, row by row."""

    @abstractmethod
    def words(self, text: str) -> str:
        """Plain words inside a formula."""


_LABELS = {"paren": "({})", "bracket": "[{}]", "angle": r"\langle {} \rangle"}
_TALL = re.compile(r"\\(?:frac|sum|left|underbrace|sqrt|begin)")
_SPACED_AFTER = (")", "]", r"\rvert", "}}")
_SPACED_BEFORE = (
    "(",
    *(rf"\{name}" for name in "mathrm frac sum left mathbf{1} tanh exp log partial lvert lVert sqrt nabla".split()),
)
_NUMBER = re.compile(r"(?:\d+|\\frac\{\d+\}\{[^{}]*\})$")


def verbatim(text: str) -> str:
    r"""Plain words inside a formula, every sign of TeX's own escaped.

    >>> verbatim("2 -> 3 #1")
    '2 -> 3 \\#1'
    """
    text = re.sub(r"[\\~^]", " ", text)
    return re.sub(r"[#$%&_{}]", r"\\\g<0>", text)


class Latex(Markup):
    """LaTeX that every host accepts."""

    def symbol(self, latex: str) -> str:
        return latex

    def scripts(self, base: str, sub: Sequence[str], sup: str) -> str:
        below = ",".join(sub) if len(sub) > 1 and any(len(s) > 1 for s in sub) else "".join(sub)
        above = f"^{{{sup}}}" if sup else ""
        if not below:
            return f"{base}{above}"
        return f"{base}{above}_{below}" if len(below) == 1 else f"{base}{above}_{{{below}}}"

    def label(self, style: str, text: str) -> str:
        return _LABELS[style].format(text) if style in _LABELS else text

    def number(self, value: Fraction) -> str:
        if value.denominator == 1:
            return str(value.numerator)
        return rf"\frac{{{value.numerator}}}{{{value.denominator}}}"

    def decimal(self, text: str) -> str:
        mantissa, _, exponent = text.partition("e")
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa

    def marked(self, row: str, name: str) -> str:
        return rf"{row} \qquad \text{{({verbatim(name)})}}"

    def fraction(self, above: str, below: str) -> str:
        return rf"\frac{{{above}}}{{{below}}}"

    def juxtaposed(self, factors: Sequence[str]) -> str:
        text = factors[0]
        for factor in factors[1:]:
            if factor[0].isdigit():
                text += rf" \cdot {factor}"
            elif _NUMBER.match(text):
                text += f" {factor}"
            elif text.endswith(_SPACED_AFTER) or factor.startswith(_SPACED_BEFORE):
                text += rf" \, {factor}"
            else:
                text += f" {factor}"
        return text

    def joined(self, operator: str, parts: Sequence[str]) -> str:
        return (", " if operator == "," else f" {operator} ").join(parts)

    def added(self, terms: Sequence[tuple[bool, str]]) -> str:
        text = ("-" if terms[0][0] else "") + terms[0][1]
        return text + "".join((" - " if negative else " + ") + term for negative, term in terms[1:])

    def parenthesised(self, inside: str) -> str:
        if _TALL.search(inside):
            return rf"\left({inside}\right)"
        return f"({inside})"

    def opened(self, inside: str) -> str:
        return rf"\Bigl({inside}"

    def closed(self, inside: str) -> str:
        return rf"{inside}\Bigr)"

    def cases(self, rows: Sequence[tuple[str, str]]) -> str:
        lines = [
            (value, rf"\text{{if }} {condition}" if condition else r"\text{otherwise}") for value, condition in rows
        ]
        inside = r" \\ ".join(f"{value} & {condition}" for value, condition in lines)
        return rf"\begin{{cases}} {inside} \end{{cases}}"

    def called(self, head: str, arguments: Sequence[str]) -> str:
        return head + self.parenthesised(", ".join(arguments))

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{exponent}" if len(exponent) == 1 else f"{base}^{{{exponent}}}"

    def primed(self, head: str) -> str:
        return f"{head}'"

    def root(self, inside: str, degree: str = "") -> str:
        return rf"\sqrt[{{{degree}}}]{{{inside}}}" if degree else rf"\sqrt{{{inside}}}"

    def fenced(self, kind: str, inside: str) -> str:
        side = {"abs": "vert", "norm": "Vert", "angle": "angle"}[kind]
        if _TALL.search(inside):
            return rf"\left\l{side} {inside} \right\r{side}"
        return rf"\l{side} {inside} \r{side}"

    def indicator(self, inside: str) -> str:
        return rf"\mathbf{{1}}\left[{inside}\right]" if _TALL.search(inside) else rf"\mathbf{{1}}[{inside}]"

    def total(self, indices: Sequence[str], body: str, upper: str = "", sign: str = r"\sum") -> str:
        below = ",".join(indices)
        limits = "" if not below else f"_{below}" if len(below) == 1 else f"_{{{below}}}"
        return f"{sign}{limits}^{{{upper}}} {body}" if upper else f"{sign}{limits} {body}"

    def derivative(self, sign: str, of: str, by: Sequence[str]) -> str:
        above = f"{sign}^{len(by)}" if len(by) > 1 else sign
        below = r" \, ".join(f"{sign} {variable}" for variable in by)
        return rf"\frac{{{above} {of}}}{{{below}}}" if of else rf"\frac{{{above}}}{{{below}}}"

    def nabla(self, by: str, of: str) -> str:
        return rf"\nabla_{{{by}}} {of}" if by else rf"\nabla {of}"

    def evaluated(self, body: str, condition: str) -> str:
        return rf"\left.{body}\right|_{{{condition}}}"

    def stacked(self, rows: Sequence[str]) -> str:
        return r"\begin{gathered} " + r" \\ ".join(rows) + r" \end{gathered}"

    def underbraced(self, body: str, below: str) -> str:
        return rf"\underbrace{{{body}}}_{{{below}}}"

    def related(self, left: str, relation: str, right: str) -> str:
        return f"{left} {relation} {right}"

    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        return r"\begin{pmatrix} " + r" \\ ".join(" & ".join(row) for row in rows) + r" \end{pmatrix}"

    def words(self, text: str) -> str:
        return rf"\text{{{verbatim(text)}}}"


LATEX = Latex()
