"""Inscriptions of a picture: formulas in a notation, set three times over, and words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from symbackprop.backward.worked import Value, Worked
from symbackprop.drawing.boxes import formula_box, words_box
from symbackprop.drawing.picture import Inscription
from symbackprop.networks.model import Network
from symbackprop.render.figures import Figures
from symbackprop.render.formats.latex import escaped
from symbackprop.render.markup import Latex, Markup
from symbackprop.render.mathml import MATHML, formula
from symbackprop.render.setting import Setter
from symbackprop.render.text import TEXT
from symbackprop.render.views import View, layout_of
from symbackprop.tables.notations import Notation
from symbackprop.vocabulary.expressions import Expression
from symbackprop.vocabulary.quantities import Quantity

Formula = Callable[[Setter], str]
"""Spells a formula with the setter of any markup."""


class PlainLatex(Latex):
    """LaTeX without the environments and signs of amsmath."""

    def fenced(self, kind: str, inside: str) -> str:
        left, right = {"abs": ("|", "|"), "norm": (r"\|", r"\|"), "angle": (r"\langle", r"\rangle")}[kind]
        return rf"\left{left} {inside} \right{right}"

    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        columns = r"@{\hspace{.6em}}".join("c" * max(map(len, rows), default=1))
        inside = r" \\ ".join(" & ".join(row) for row in rows)
        return rf"\left(\begin{{array}}{{@{{\,}}{columns}@{{\,}}}} {inside} \end{{array}}\right)"


class Scribe:
    """Sets the formulas of one network in one notation."""

    def __init__(self, network: Network, notation: Notation, worked: Worked | None) -> None:
        self.network = network
        self.notation = notation
        self.worked = worked
        markups: tuple[Markup, ...] = (MATHML, PlainLatex(), TEXT)
        self.setters = [Setter(network, notation, markup) for markup in markups]
        self.view = View(network, layout_of(notation))

    def formula(self, spell: Formula) -> Inscription:
        """A formula."""
        mathml, latex, spoken = (spell(setter) for setter in self.setters)
        large = r"\displaystyle " if _TALL.search(latex) else ""
        return Inscription(formula_box(_printable(formula(mathml))), f"${large}{latex}$", spoken)

    def words(self, text: str) -> Inscription:
        """Words."""
        return Inscription(words_box(_printable(text)), escaped(text), text)

    def short(self, spell: Formula, widest: int) -> bool:
        """Whether a formula takes no more columns as text than ``widest``."""
        return len(spell(self.setters[-1])) <= widest

    def number(self, value: Value) -> Formula:
        """A number."""
        return lambda setter: self._figures(setter).value(value)

    def value(self, quantity: Quantity, gradient: bool = False) -> Formula | None:
        """The value of a quantity or of its adjoint; None without numbers, or where they are too many to show."""
        if self.worked is None:
            return None
        values = self.worked.adjoints if gradient else self.worked.values
        if not quantity.axes:
            return self.number(values[quantity, ()])
        count = 1
        for size in quantity.shape:
            count *= size if isinstance(size, int) else MOST_NUMBERS + 1
        if count > MOST_NUMBERS:
            return None
        return lambda setter: self._figures(setter).array(quantity, values)

    def _figures(self, setter: Setter) -> Figures:
        assert self.worked is not None
        return Figures(setter, self.view, self.worked)


MOST_NUMBERS = 9
"""A value of more entries than these is not written into a picture."""

_TALL = re.compile(r"\\(?:frac|sum|prod)\b")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _printable(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return _UNPRINTABLE.sub("\ufffd", text)


def equal(left: Formula, right: Formula) -> Formula:
    """Two formulas with a sign of equality between them."""
    return lambda setter: setter.markup.related(left(setter), "=", right(setter))


def expression(e: Expression) -> Formula:
    """The spelling of an expression."""
    return lambda setter: setter.set(e)
