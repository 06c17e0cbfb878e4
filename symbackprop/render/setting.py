"""Setting formula trees: one walk, dressed by a notation, spelled by a markup.

Precedence decides parentheses; factors stay in the order of the tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from symbackprop.networks.model import Network
from symbackprop.render.markup import Markup
from symbackprop.render.matrix_terms import (
    Diagonal,
    Hadamard,
    HadamardPower,
    Identity,
    Ones,
    Product,
    SquaredNorm,
    Transposed,
    Whole,
    WholePartial,
    members,
)
from symbackprop.tables.notations import Notation
from symbackprop.vocabulary.arithmetic import is_coefficient, is_negative, mul, power, split
from symbackprop.vocabulary.expressions import (
    MINUS_ONE,
    ONE,
    Add,
    Call,
    Delta,
    Expression,
    Mul,
    Number,
    Partial,
    Pow,
    Ref,
    Sum,
    Symbol,
    Walk,
    run,
)
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Index, Label, Quantity

SUM, HADAMARD, PRODUCT, POWER, ATOM = range(5)
"""How tightly a piece holds together: a looser one needs parentheses inside a tighter one."""

_FRACTIONAL = frozenset({Number, Symbol, Pow})
"""Factors that may belong into a fraction."""

Piece = tuple[str, int]

_SUBSCRIPTED = re.compile(r"(.*[^\\_])_(?:\{([^{}]*)\}|(\w))")

_GREEK = {"eta", "lambda", "alpha", "beta", "gamma", "mu", "epsilon", "pi", "rho", "tau", "theta", "kappa"}
_FAMILIES: dict[str, tuple[str, str]] = {
    "weight": ("W", "W_shift"),
    "bias": ("b", "b_shift"),
    "pre-activation": ("z", "z_shift"),
    "activation": ("r", "r_shift"),
    "auxiliary": ("", "z_shift"),
    "input": ("x", ""),
    "target": ("y", ""),
    "cost": ("cost", ""),
    "difference": ("", ""),
    "inline": ("", ""),
}


class Setter:
    """Sets expressions of one network in one notation and markup."""

    def __init__(self, network: Network, notation: Notation, markup: Markup) -> None:
        self.network = network
        self.notation = notation
        self.markup = markup
        self.step_at_zero = network.step_at_zero
        self._ways: dict[type[Expression], Callable[[Any], Walk[Piece]]] = {
            Mul: self.product,
            Add: self.added,
            Sum: self.total,
            Pow: self.powered,
            Call: self.call,
            Partial: self.partial,
        }
        self._shifts = {kind: getattr(notation, shift) if shift else None for kind, (_, shift) in _FAMILIES.items()}
        self._told_apart = network.told_apart
        self._entries: dict[tuple[Quantity, tuple[Index | int, ...], str], str] = {}

    def set(self, e: Expression) -> str:
        """The spelling of an expression."""
        return self.piece(e)[0]

    def piece(self, e: Expression) -> Piece:
        """The spelling of an expression and how tightly it holds together."""
        return self.short(e) or run(self.walk(e))

    def short(self, e: Expression) -> Piece | None:
        """The piece of what is not nested: an entry, a function of one, a product of such; None for the rest."""
        if isinstance(e, Ref):
            return self.entry(e.quantity, e.indices), ATOM
        if isinstance(e, Partial):
            return (self.derivative(e.of, e.by), ATOM) if isinstance(e.of, Ref) else None
        if isinstance(e, Call):
            return self.applied(e, [self.set(a) for a in e.arguments]) if _of_entries(e) else None
        if isinstance(e, Mul):
            return self.row(e)
        if isinstance(e, Number):
            return self.number(e.value)
        if isinstance(e, Symbol):
            return self.symbol(e.name), ATOM
        if isinstance(e, Delta):
            indices = [self.index(e.left), self.index(e.right)]
            return self.markup.scripts(self.markup.symbol(r"\delta"), indices, ""), ATOM
        return None

    def walk(self, e: Expression) -> Walk[Piece]:
        """The walk that finds the piece of an expression."""
        return self._ways.get(type(e), self.matrix)(e)

    def added(self, e: Add) -> Walk[Piece]:
        """A sum of terms."""
        terms = []
        for term in e.terms:
            negative = is_negative(term)
            positive = mul(MINUS_ONE, term) if negative else term
            text, level = self.short(positive) or (yield self.walk(positive))
            terms.append((negative, self.markup.parenthesised(text) if level == SUM else text))
        return self.markup.added(terms), SUM

    def total(self, e: Sum) -> Walk[Piece]:
        """A sum over indices."""
        text, level = self.short(e.body) or (yield self.walk(e.body))
        if level == SUM:
            text = self.markup.parenthesised(text)
        return self.markup.total([self.index(i) for i in e.indices], text), PRODUCT

    def matrix(self, e: Expression) -> Walk[Piece]:
        """A node of a matrix formula."""
        markup = self.markup
        if isinstance(e, Whole):
            return self.entry(e.quantity, (), "bold" if self.notation.bold else ""), ATOM
        if isinstance(e, WholePartial):
            return self.gradient(e.by, (), self.notation.bold), ATOM
        if isinstance(e, Ones):
            return markup.symbol(r"\mathbf{1}"), ATOM
        if isinstance(e, Identity):
            return markup.symbol("I"), ATOM
        parts = []
        for part in members(e):
            parts.append(self.short(part) or (yield self.walk(part)))
        if isinstance(e, Product):
            return markup.juxtaposed([self.tight(p, POWER) for p in parts]), PRODUCT
        if isinstance(e, Hadamard):
            return self.entry_by_entry(e, parts), HADAMARD
        if isinstance(e, HadamardPower):
            sign = f"{markup.symbol(self.notation.hadamard)}{parts[1][0]}"
            atom = markup.parenthesised(parts[0][0]) if self.has_superscript(e.base) else self.tight(parts[0], ATOM)
            return markup.power(atom, sign), POWER
        if isinstance(e, Transposed):
            atom = self.tight(parts[0], ATOM)
            if isinstance(e.inner, WholePartial | Partial | Call):
                atom = markup.parenthesised(parts[0][0])
            return self.transposed(e.inner, atom), POWER
        if isinstance(e, Diagonal):
            if isinstance(e.vector, HadamardPower) and e.vector.exponent == MINUS_ONE:
                inside, _ = self.short(e.vector.base) or (yield self.walk(e.vector.base))
                inverse = markup.added([(True, markup.number(Fraction(1)))])
                return markup.power(markup.called(markup.symbol(r"\mathrm{diag}"), [inside]), inverse), POWER
            return markup.called(markup.symbol(r"\mathrm{diag}"), [parts[0][0]]), ATOM
        if isinstance(e, SquaredNorm):
            return markup.power(markup.fenced("norm", parts[0][0]), "2"), POWER
        raise AssertionError(f"no way to set {e!r}")

    def entry_by_entry(self, e: Hadamard, parts: Sequence[Piece]) -> str:
        """A product entry by entry; a reciprocal is divided by."""
        text = ""
        for factor, piece in zip(e.factors, parts, strict=True):
            sign, inside = self.notation.hadamard, self.tight(piece, POWER)
            if isinstance(factor, HadamardPower) and factor.exponent == MINUS_ONE and text:
                sign, inside = r"\oslash", self.tight(self.piece(factor.base), POWER)
            text = self.markup.joined(sign, [text, inside]) if text else inside
        return text

    def transposed(self, inner: Expression, text: str) -> str:
        """A transposed piece; a layer number that stands as a superscript shares it."""
        if isinstance(inner, Whole | Ref) and self.has_superscript(inner):
            return self.markup.power(self.markup.parenthesised(text), self.markup.symbol(self.notation.transpose))
        return self.markup.power(text, self.markup.symbol(self.notation.transpose))

    def tight(self, piece: Piece, level: int) -> str:
        """A piece, in parentheses if it is looser than the level."""
        return piece[0] if piece[1] >= level else self.markup.parenthesised(piece[0])

    def number(self, value: Fraction) -> Piece:
        """A rational number."""
        text = self.markup.number(abs(value))
        if value < 0:
            return self.markup.added([(True, text)]), SUM
        return text, ATOM if value.denominator == 1 or self.markup.fraction_is_atom else PRODUCT

    def symbol(self, name: str) -> str:
        """A size or hyperparameter: a letter with its number below, or a word."""
        if name.startswith("n_k"):
            below = self.label_text(Label("k", 1 if name.endswith("1") else 0), self.notation.r_shift)
            return self.markup.scripts(self.markup.symbol("n"), [below], "")
        first, *rest = name.split("_")
        stem = first.rstrip("0123456789") or first
        parts = [part for part in (first[len(stem) :], *rest) if part]
        return self.markup.scripts(self.word(stem), [",".join(map(self.word, parts))] if parts else [], "")

    def word(self, name: str) -> str:
        """A letter, a Greek letter by its name, a number, or an upright word."""
        name = "lambda" if name == "lamda" else name
        if name in _GREEK:
            return self.markup.symbol(rf"\{name}")
        return self.markup.symbol(name if len(name) == 1 or name.isdigit() else rf"\mathrm{{{name}}}")

    def size(self, size: int | str) -> str:
        """The size of an axis."""
        return str(size) if isinstance(size, int) else self.symbol(size)

    def index(self, index: Index | int) -> str:
        """An index letter, or a number counted from one."""
        if isinstance(index, int):
            return str(index + 1)
        return index.letter

    def label_text(self, label: Label, shift: int) -> str:
        """A layer's number as this notation counts it."""
        if label.base is None:
            return str(label.offset + shift)
        offset = label.offset + shift - self.notation.r_shift
        return self.notation.layer + (f"{offset:+d}" if offset else "")

    def letter(self, quantity: Quantity) -> str:
        """The LaTeX spelling of a quantity's letter."""
        field, _ = _FAMILIES[quantity.kind]
        if field:
            return str(getattr(self.notation, field))
        stem = quantity.name.split("(")[0].split("_")[0].rstrip("0123456789")
        return "p" if stem == "u" else stem

    def entry(self, quantity: Quantity, indices: tuple[Index | int, ...], prefix: str = "") -> str:
        """An entry of a quantity, or all of it without indices.

        ``prefix`` changes the letter: ``d`` before it, another one instead of it after an ``=``, ``bold`` at the end.
        """
        known = self._entries.get((quantity, indices, prefix))
        if known is None:
            known = self._entry(quantity, indices, prefix)
            if len(self._entries) < 100_000:
                self._entries[quantity, indices, prefix] = known
        return known

    def _entry(self, quantity: Quantity, indices: tuple[Index | int, ...], prefix: str) -> str:
        letter = quantity.latex if quantity.latex is not None else self.letter(quantity)
        if indices and quantity in self._told_apart:
            letter = self._told_apart[quantity]
        if prefix.startswith("="):
            letter = prefix[1:]
        elif prefix.startswith("d"):
            letter = "d" + letter
        if prefix.endswith("bold") and quantity.axes and quantity.latex is None:
            letter = rf"\boldsymbol{{{letter}}}"
        if quantity.kind == "weight" and quantity.latex is None and self.notation.weights == "target-first":
            indices = indices[:-2] + indices[-2:][::-1]
        below = [self.index(i) for i in indices] if indices else ()
        return self.dressed(letter, self.label_of(quantity), below)

    def label_of(self, quantity: Quantity) -> str:
        """The layer number that a quantity shows; empty if it shows none."""
        if quantity.label is None or quantity.latex is not None:
            return ""
        shift = self._shifts[quantity.kind]
        return self.label_text(quantity.label, shift) if shift is not None else ""

    def dressed(self, letter: str, label: str, below: Sequence[str]) -> str:
        """A letter with its layer number and its indices, as the notation places them."""
        stem = _SUBSCRIPTED.fullmatch(letter) if below else None
        if stem:  # a letter such as W_0: its subscript and the indices stand side by side
            letter, below = stem[1], [stem[2] or stem[3], "".join(below)]
            below = [",".join(below)]
        base = self.markup.symbol(letter)
        if not label:
            return self.markup.scripts(base, below, "")
        if self.notation.label == "subscript":
            inside = ("," if any(len(s) > 1 for s in below) else "").join(below)
            return self.markup.scripts(base, [f"{label},{inside}" if below else label], "")
        return self.markup.scripts(base, below, self.markup.label(self.notation.label, label))

    def has_superscript(self, e: Expression) -> bool:
        """Whether an entry shows a superscript, so that a power of it needs parentheses."""
        if not isinstance(e, Ref | Whole):
            return False
        if e.quantity.latex is not None:
            return "^" in e.quantity.latex
        return bool(self.label_of(e.quantity)) and self.notation.label != "subscript"

    def product(self, e: Mul) -> Walk[Piece]:
        """A product: the coefficient as a fraction in front, reciprocals below what they follow, in order."""
        number, factors = split(e)
        pieces = yield self.pieces(abs(number), factors)
        text = pieces[0] if len(pieces) == 1 else self.markup.juxtaposed(pieces)
        if number < 0:
            return self.markup.added([(True, text)]), SUM
        return text, PRODUCT

    def row(self, e: Mul) -> Piece | None:
        """A product whose factors simply stand side by side and are not nested; None for any other."""
        if not _FRACTIONAL.isdisjoint(map(type, e.factors)):
            return None
        pieces = []
        last = len(e.factors) - 1
        for position, factor in enumerate(e.factors):
            piece = self.short(factor)
            if piece is None:
                return None
            pieces.append(self.factor(factor, piece, position == last))
        return self.markup.juxtaposed(pieces), PRODUCT

    def pieces(self, number: Fraction, factors: Sequence[Expression]) -> Walk[list[str]]:
        """The factors of a product as they stand side by side."""
        above: list[Expression] = []
        below: list[Expression] = []
        groups: list[tuple[list[Expression], list[Expression]]] = []
        for factor in factors:
            if isinstance(factor, Symbol):
                above.append(factor)
                continue
            if not isinstance(factor, Pow) or not _is_reciprocal(factor):
                groups.append(([factor], []))
                continue
            base = power(factor.base, mul(MINUS_ONE, factor.exponent))
            if isinstance(factor.base, Symbol) or (above and not groups):
                below.append(base)
            elif groups and (groups[-1][1] or isinstance(groups[-1][0][0], Ref | Add)):
                groups[-1][1].append(base)
            else:
                groups.append(([], [base]))
        if number.numerator != 1 or (not above and not below and (not groups or number.denominator != 1)):
            above.insert(0, Number(number.numerator))
        if number.denominator != 1:
            below.insert(0, Number(number.denominator))
        if below and not above and len(groups) == 1 and not groups[0][1] and isinstance(groups[0][0][0], Ref):
            above = groups.pop()[0]
        if groups and not groups[0][0]:  # a reciprocal right behind the coefficient: one fraction
            groups[0] = (above, [*below, *groups[0][1]])
        elif below or above:
            groups.insert(0, (above, below))
        pieces = []
        for position, (over, under) in enumerate(groups):
            last = position == len(groups) - 1
            pieces.append((yield self.quotient(over, under, last)))
        return pieces

    def quotient(self, above: Sequence[Expression], below: Sequence[Expression], last: bool) -> Walk[str]:
        """One factor of a product: a piece, or a fraction of pieces."""
        over = yield self.side_by_side(above or (ONE,))
        if not below:
            return self.tight(over, PRODUCT) if len(above) > 1 else self.factor(above[0], over, last)
        under = yield self.side_by_side(below)
        if self.markup.fraction_is_atom:
            return self.markup.fraction(over[0], under[0])
        text = self.markup.fraction(self.tight(over, PRODUCT), self.tight(under, POWER))
        plain = all(isinstance(f, Number) or is_coefficient(f) for f in (*above, *below))
        return text if last or plain else self.markup.parenthesised(text)

    def factor(self, e: Expression, piece: Piece, last: bool) -> str:
        """A factor of a product; what is open to the right needs no parentheses where it comes last."""
        loose = isinstance(e, Product) or (last and isinstance(e, Sum | Partial))
        return self.tight(piece, PRODUCT if loose else POWER)

    def side_by_side(self, factors: Sequence[Expression]) -> Walk[Piece]:
        """Factors of a coefficient or of one side of a fraction."""
        if len(factors) == 1:
            piece: Piece = self.short(factors[0]) or (yield self.walk(factors[0]))
            return piece
        texts = []
        for factor in factors:
            texts.append(self.tight(self.short(factor) or (yield self.walk(factor)), POWER))
        return self.markup.juxtaposed(texts), PRODUCT

    def powered(self, e: Pow) -> Walk[Piece]:
        """A power: reciprocals as fractions, halves as roots."""
        if isinstance(e.exponent, Number):
            if e.exponent.value < 0:
                below = power(e.base, Number(-e.exponent.value))
                bottom = self.short(below) or (yield self.walk(below))
                inside = bottom[0] if self.markup.fraction_is_atom else self.tight(bottom, POWER)
                return self.markup.fraction(self.markup.number(Fraction(1)), inside), PRODUCT
            if e.exponent.value == Fraction(1, 2):
                inside, _ = self.short(e.base) or (yield self.walk(e.base))
                return self.markup.root(inside), ATOM
        base = self.short(e.base) or (yield self.walk(e.base))
        exponent = self.short(e.exponent) or (yield self.walk(e.exponent))
        atom = self.tight(base, ATOM)
        if self.has_superscript(e.base) or (isinstance(e.base, Call | Partial) and base[1] == ATOM):
            atom = self.markup.parenthesised(base[0])
        return self.markup.power(atom, exponent[0]), POWER

    def call(self, e: Call) -> Walk[Piece]:
        """A function applied, or its slope."""
        if e.function.whole:
            return self.whole(e)
        inside = []
        for argument in e.arguments:
            inside.append((self.short(argument) or (yield self.walk(argument)))[0])
        return self.applied(e, inside)

    def applied(self, e: Call, inside: Sequence[str]) -> Piece:
        """A function, or its slope, with its arguments set."""
        name = e.function.name
        if e.slope:
            return self.markup.called(self.slope_head(e.function), inside), ATOM
        if name == "step":
            return self.step(inside[0]), ATOM
        if name == "abs":
            return self.markup.fenced("abs", inside[0]), ATOM
        if name == "sqrt":
            return self.markup.root(inside[0]), ATOM
        return self.markup.called(self.markup.symbol(self.head(e.function)), inside), ATOM

    def head(self, function: Function) -> str:
        """The LaTeX name of a function; the unspecified one takes the notation's letter."""
        if function.name == "f":
            return self.notation.f
        return function.head or rf"\mathrm{{{function.name}}}"

    def slope_head(self, function: Function) -> str:
        """The spelling of a derivative's name."""
        if function.slope_head and self.notation.slope == "step":
            return self.markup.symbol(function.slope_head)
        return self.markup.primed(self.markup.symbol(self.head(function)))

    def step(self, inside: str) -> str:
        """The slope of ReLU as the notation writes it."""
        if self.notation.slope == "indicator" and self.step_at_zero in (0, 1):
            relation = ">" if self.step_at_zero == 0 else r"\ge"
            zero = self.markup.number(Fraction(0))
            return self.markup.indicator(self.markup.related(inside, relation, zero))
        if self.notation.slope == "prime":
            return self.markup.called(self.markup.primed(self.markup.symbol(r"\mathrm{ReLU}")), [inside])
        return self.markup.called(self.markup.symbol(r"\mathrm{Step}"), [inside])

    def whole(self, e: Call) -> Piece:
        """An unspecified function of whole quantities, or its partial by one entry."""
        letter = self.notation.cost if e.function.head == "C" else e.function.head
        if e.slope:
            by = e.arguments[e.slope - 1]
            return self.markup.partial(self.markup.symbol(letter), self.set(by)), ATOM
        weight = "bold" if self.notation.bold else ""
        quantities = [a.quantity for a in e.arguments if isinstance(a, Ref | Whole)]
        return self.markup.called(self.markup.symbol(letter), [self.entry(q, (), weight) for q in quantities]), ATOM

    def partial(self, e: Partial) -> Walk[Piece]:
        """A partial left standing, as the notation writes it."""
        inside = self.short(e.of) or (yield self.walk(e.of))
        operator = self.markup.partial("", self.entry(e.by.quantity, e.by.indices))
        return self.markup.juxtaposed([operator, self.tight(inside, PRODUCT)]), PRODUCT

    def derivative(self, of: Ref, by: Ref) -> str:
        """The derivative of an entry by another."""
        if of.quantity is self.network.cost:
            return self.gradient(by.quantity, by.indices)
        return self.markup.partial(self.entry(of.quantity, of.indices), self.entry(by.quantity, by.indices))

    def is_delta(self, quantity: Quantity) -> bool:
        """Whether the notation has a letter of its own for the derivative of the cost by the quantity."""
        return bool(self.notation.delta) and quantity.kind == "pre-activation" and quantity.latex is None

    def gradient(self, quantity: Quantity, indices: tuple[Index | int, ...], bold: bool = False) -> str:
        """The derivative of the cost by an entry: a delta, a partial, a nabla or a d, as the notation has it."""
        notation = self.notation
        if self.is_delta(quantity):
            return self.entry(quantity, indices, f"={notation.delta}")
        weight = "bold" if bold else ""
        per_example = notation.per_example_delta and self.network.batch is not None
        if notation.gradient == "d" and not per_example and quantity.latex is None:
            return self.entry(quantity, indices, f"d{weight}")
        cost = self.entry(self.network.cost, ())
        if notation.gradient == "nabla":
            return self.markup.nabla(self.entry(quantity, indices, weight), cost)
        return self.markup.partial(cost, self.entry(quantity, indices, weight))


def _of_entries(e: Call) -> bool:
    """Whether a function acts on entries as they are."""
    return not e.function.whole and all(isinstance(a, Ref) for a in e.arguments)


def _is_reciprocal(e: Expression) -> bool:
    return isinstance(e, Pow) and isinstance(e.exponent, Number) and e.exponent.value < 0
