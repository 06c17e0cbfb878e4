"""What was understood, written again: the tree that the reader gives, set canonically in any markup.

Every application has brackets, every product its factors apart, and brackets stand wherever two readings would be
possible. As LaTeX the reader reads it back as the same tree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from symbackprop.reading import tree as t
from symbackprop.reading.symbols import SymbolTable
from symbackprop.reading.tree import Node
from symbackprop.render.markup import LATEX, Markup
from symbackprop.render.readback_names import Names, listed, relation
from symbackprop.render.readback_trees import deeper_than, leads_with_digits, names_in, open_ranges
from symbackprop.vocabulary.expressions import Walk, run

RELATION, SUM, OPEN, HADAMARD, PRODUCT, PREFIX, POWER, ATOM = range(8)
"""How tightly a piece holds together; ``OPEN`` and ``PREFIX`` ones reach to the right: a sum sign, a nabla."""

DEEPEST = 500
"""A tree nested deeper than this is not written out: nobody could read it."""

Piece = tuple[str, int]


def latex(node: Node, table: SymbolTable | None = None) -> str:
    r"""The tree as LaTeX, explicit and canonical; names as the table declares them.

    >>> from symbackprop.reading import Symbol, read
    >>> table = SymbolTable([Symbol("W", "matrix", layer=("paren",)), Symbol("\\delta", "vector", layer=("paren",))])
    >>> print(latex(read(r"{W^{(2)}}^\top\delta^{(2)} \circ \delta^{(1)}", table).tree(), table))
    ((W^{(2)})^T \delta^{(2)}) \odot \delta^{(1)}
    """
    return ReadBack(LATEX, table).set(node)


class ReadBack:
    """Sets trees in one markup, with the names of one table."""

    def __init__(self, markup: Markup, table: SymbolTable | None = None) -> None:
        self.markup = markup
        self.names = Names(table)
        meanings = table.operators if table else {}
        self.times = r"\cdot" if meanings.get(r"\cdot", "product") == "product" else ""
        signs = (r"\odot", r"\circ", r"\ast", r"\star", r"\bullet")
        self.hadamard = next((s for s in signs if not table or meanings.get(s) == "hadamard"), r"\odot")
        self._ways: dict[type[Node], Callable[[Any], Walk[Piece]]] = {
            t.Add: self.added,
            t.Neg: self.negated,
            t.Mul: self.multiplied,
            t.Had: self.entry_by_entry,
            t.Outer: self.outer,
            t.Inner: self.inner,
            t.Div: self.divided,
            t.Pow: self.powered,
            t.Root: self.root,
            t.Transpose: self.transposed,
            t.App: self.applied,
            t.Deriv: self.derivative,
            t.Grad: self.gradient,
            t.Sum: self.summed,
            t.Prod: self.summed,
            t.Cases: self.cases,
            t.Indicator: self.indicator,
            t.Abs: self.absolute,
            t.Norm: self.norm,
            t.Matrix: self.matrix,
            t.Entry: self.entry,
            t.At: self.at,
            t.Tuple: self.tuple,
            t.Chain: self.chain,
            t.Update: self.update,
            t.Rows: self.rows,
        }

    def set(self, node: Node) -> str:
        """The spelling of a tree."""
        if deeper_than(DEEPEST, node):
            return self.markup.words(f"a formula nested more than {DEEPEST} deep")
        return run(self.walk(node))[0]

    def sides(self, node: Node) -> list[tuple[str, str]]:
        """The sides of a chain of relations, each with the relation in front of it in LaTeX; empty for the first."""
        if not isinstance(node, t.Chain) or deeper_than(DEEPEST, node):
            return [("", self.set(node))]
        return [("", self.set(node.first)), *((relation(sign), self.set(side)) for sign, side in node.links)]

    def walk(self, node: Node) -> Walk[Piece]:
        """The spelling of a tree and how tightly it holds together."""
        match node:
            case t.Num(text=text):
                return self.markup.decimal(text.removesuffix(".")), ATOM
            case t.Sym():
                return self.name(node), ATOM
            case t.Dots():
                return self.markup.symbol(r"\cdots"), ATOM
            case t.Kronecker(left=left, right=right):
                return self.kronecker(left, right), POWER
        piece: Piece = yield self._ways[type(node)](node)
        return piece

    def name(self, name: t.Sym) -> str:
        """A name with its layer, sample and indices."""
        base = self.markup.symbol(self.names.letter(name))
        for _ in range(name.primes):
            base = self.markup.primed(base)
        below = self.names.below(name)
        above = "".join(self.markup.label(style, text) for style, text in self.names.above(name))
        return self.markup.scripts(base, [below] if below else [], above)

    def kronecker(self, left: Node, right: Node) -> str:
        """A Kronecker delta; where a declared delta may carry two indices, a bold one."""
        declared = self.names.symbol(t.Sym("delta"))
        taken = declared is not None and (2 in declared.arity or "subscript" in declared.layer + declared.sample)
        indices = listed([self.names.index(index) for index in (left, right)])
        return self.markup.scripts(self.markup.symbol(r"\mathbf{1}" if taken else r"\delta"), [indices], "")

    def tight(self, node: Node, level: int) -> Walk[str]:
        """A piece, in brackets if it is looser than the level."""
        text, own = yield self.walk(node)
        return text if own >= level else self.markup.parenthesised(text)

    def all_tight(self, nodes: Sequence[Node], level: int = RELATION) -> Walk[list[str]]:
        """Several pieces, those in brackets that are looser than the level."""
        found = []
        for node in nodes:
            found.append((yield self.tight(node, level)))
        return found

    def added(self, node: t.Add) -> Walk[Piece]:
        """Terms; a sum over indices has brackets if one of them occurs again behind it."""
        later: set[str] = set()
        clashes = []
        for term in reversed(node.terms):
            own = {r.index.base for r in open_ranges(term) if isinstance(r.index, t.Sym)}
            clashes.append(bool(own & later))
            later |= names_in(term)
        terms = []
        for term, clash in zip(node.terms, reversed(clashes), strict=True):
            negative = isinstance(term, t.Neg)
            body = term.body if isinstance(term, t.Neg) else term
            terms.append((negative, (yield self.tight(body, HADAMARD if clash else OPEN))))
        return self.markup.added(terms), SUM

    def negated(self, node: t.Neg) -> Walk[Piece]:
        """Minus the body."""
        text = yield self.tight(node.body, OPEN)
        return self.markup.added([(True, text)]), SUM

    def multiplied(self, node: t.Mul) -> Walk[Piece]:
        """Factors side by side, and a dot where a sign was written; what reaches to the right is last."""
        runs: list[list[str]] = []
        last = len(node.factors) - 1
        level = PRODUCT
        for position, factor in enumerate(node.factors):
            text, own = yield self.walk(factor)
            if own < POWER and not (position == last and own in (OPEN, PREFIX)):
                text = self.markup.parenthesised(text)
            elif own == OPEN:
                level = OPEN
            if position and not self.times and leads_with_digits(factor):
                text = self.markup.parenthesised(text)
            before = node.factors[position - 1] if position else None
            called = isinstance(before, t.Sym) and self.names.is_called(before) and text.startswith(("(", r"\left("))
            if not runs or self.times and (node.operators[position - 1] or called):
                runs.append([])
            runs[-1].append(text)
        return self.markup.joined(r"\cdot", [self.markup.juxtaposed(factors) for factors in runs]), level

    def entry_by_entry(self, node: t.Had) -> Walk[Piece]:
        """An elementwise product; every other product in it has brackets."""
        return self.markup.joined(self.hadamard, (yield self.all_tight(node.factors, PREFIX))), HADAMARD

    def outer(self, node: t.Outer) -> Walk[Piece]:
        """An outer product."""
        return self.markup.joined(r"\otimes", (yield self.all_tight((node.left, node.right), PREFIX))), HADAMARD

    def inner(self, node: t.Inner) -> Walk[Piece]:
        """An inner product."""
        sides = yield self.all_tight((node.left, node.right))
        return self.markup.fenced("angle", self.markup.joined(",", sides)), ATOM

    def divided(self, node: t.Div) -> Walk[Piece]:
        """A fraction."""
        if node.elementwise:
            sides = yield self.all_tight((node.numerator, node.denominator), PREFIX)
            return self.markup.joined(r"\oslash", sides), HADAMARD
        if self.markup.fraction_is_atom:
            return self.markup.fraction(*(yield self.all_tight((node.numerator, node.denominator)))), POWER
        above = yield self.tight(node.numerator, PRODUCT)
        return self.markup.fraction(above, (yield self.tight(node.denominator, POWER))), PRODUCT

    def powered(self, node: t.Pow) -> Walk[Piece]:
        """A power; a name that could take the exponent for its layer has brackets."""
        base = yield self.tight(node.base, ATOM)
        if isinstance(node.base, t.Sym) and self.names.may_be_labelled(node.base):
            base = self.markup.parenthesised(base)
        exponent, _ = yield self.walk(node.exponent)
        return self.markup.power(base, exponent), POWER

    def root(self, node: t.Root) -> Walk[Piece]:
        """A root."""
        degree = "" if node.degree is None else (yield self.walk(node.degree))[0]
        return self.markup.root((yield self.walk(node.body))[0], degree), ATOM

    def transposed(self, node: t.Transpose) -> Walk[Piece]:
        """A transpose; beside another superscript, with brackets."""
        body = yield self.tight(node.body, ATOM)
        if isinstance(node.body, t.Sym):
            symbol = self.names.symbol(node.body)
            plain = symbol is None or symbol.kind in ("vector", "matrix", "tensor")
            if self.names.above(node.body) or not plain:
                body = self.markup.parenthesised(body)
        return self.markup.power(body, self.markup.symbol("T")), POWER

    def applied(self, node: t.App) -> Walk[Piece]:
        """A function applied."""
        return self.markup.called(self.name(node.function), (yield self.all_tight(node.arguments))), POWER

    def derivative(self, node: t.Deriv) -> Walk[Piece]:
        """A derivative as one fraction."""
        of = yield self.differentiated(node.of)
        by = []
        for variable in node.by:
            by.append((yield self.differentiated(variable)))
        sign = r"\partial" if node.kind == "partial" else r"\mathrm{d}"
        return self.markup.derivative(sign, of, by), POWER

    def differentiated(self, node: Node) -> Walk[str]:
        """What stands behind a differential sign."""
        return self.tight(node, POWER if isinstance(node, t.App | t.Entry) else ATOM)

    def gradient(self, node: t.Grad) -> Walk[Piece]:
        """A gradient written with a nabla."""
        by = "" if node.by is None else (yield self.tight(node.by, OPEN))
        return self.markup.nabla(by, (yield self.differentiated(node.of))), PREFIX

    def summed(self, node: t.Sum | t.Prod) -> Walk[Piece]:
        """A sum or product over ranges, which reaches over the whole product behind it."""
        body = yield self.tight(node.body, OPEN)
        below, above = self.names.limits(node.ranges)
        return self.markup.total(below, body, above, r"\sum" if isinstance(node, t.Sum) else r"\prod"), OPEN

    def cases(self, node: t.Cases) -> Walk[Piece]:
        """Values with their conditions."""
        rows = []
        for value, condition in node.branches:
            shown = "" if condition is None else (yield self.walk(condition))[0]
            rows.append(((yield self.walk(value))[0], shown))
        return self.markup.cases(rows), RELATION

    def indicator(self, node: t.Indicator) -> Walk[Piece]:
        """The indicator of a condition."""
        return self.markup.indicator((yield self.walk(node.condition))[0]), POWER

    def absolute(self, node: t.Abs) -> Walk[Piece]:
        """An absolute value."""
        return self.markup.fenced("abs", (yield self.walk(node.body))[0]), ATOM

    def norm(self, node: t.Norm) -> Walk[Piece]:
        """A norm, with its order below."""
        text = self.markup.fenced("norm", (yield self.walk(node.body))[0])
        order = [] if node.order is None else [self.names.index(node.order)]
        return self.markup.scripts(text, order, ""), ATOM

    def matrix(self, node: t.Matrix) -> Walk[Piece]:
        """A matrix, entry by entry."""
        rows = []
        for row in node.rows:
            rows.append((yield self.all_tight(row)))
        return self.markup.matrix(rows), ATOM

    def entry(self, node: t.Entry) -> Walk[Piece]:
        """An entry of what is in brackets, or of a function's value."""
        body = yield self.walk(node.body)
        bare = isinstance(node.body, t.App | t.Matrix)
        text = body[0] if bare else self.markup.parenthesised(body[0])
        indices = listed([self.names.index(index) for index in node.indices])
        return self.markup.scripts(text, [indices], ""), POWER

    def at(self, node: t.At) -> Walk[Piece]:
        """A piece at a point."""
        body = yield self.walk(node.body)
        return self.markup.evaluated(body[0], (yield self.walk(node.condition))[0]), PREFIX

    def tuple(self, node: t.Tuple) -> Walk[Piece]:
        """Several values in brackets."""
        return self.markup.parenthesised(self.markup.joined(",", (yield self.all_tight(node.items)))), ATOM

    def chain(self, node: t.Chain) -> Walk[Piece]:
        """Sides with the relations between them."""
        text, _ = yield self.walk(node.first)
        for sign, side in node.links:
            text = self.markup.related(text, relation(sign), (yield self.walk(side))[0])
        return text, RELATION

    def update(self, node: t.Update) -> Walk[Piece]:
        """An assignment."""
        target, value = yield self.all_tight((node.target, node.value))
        return self.markup.related(target, r"\leftarrow", value), RELATION

    def rows(self, node: t.Rows) -> Walk[Piece]:
        """Several statements."""
        return self.markup.stacked((yield self.all_tight(node.rows))), RELATION
