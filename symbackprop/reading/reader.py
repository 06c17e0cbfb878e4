"""Reading a whole text of formulas: every statement is understood exactly, or refused with its place."""

from __future__ import annotations

from dataclasses import dataclass, replace

from symbackprop.reading.builder import scan
from symbackprop.reading.context import IMPLICATIONS, Context, Warn
from symbackprop.reading.damage import mended
from symbackprop.reading.grammar import Grammar
from symbackprop.reading.layout import Statement, finished, statements
from symbackprop.reading.mathlist import nest
from symbackprop.reading.plain import is_plain, scan_plain
from symbackprop.reading.symbols import SymbolTable
from symbackprop.reading.tree import Chain, Node, Rows
from symbackprop.vocabulary.errors import InputError, Place

MAX_STATEMENTS = 2_000


@dataclass(frozen=True, slots=True)
class Row:
    """One statement, the conditions it is made under, and the remarks beside it, which are not read."""

    tree: Node
    where: tuple[Node, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood of a text, row by row, with every error and every choice that was made."""

    rows: tuple[Row, ...]
    errors: tuple[InputError, ...] = ()
    warnings: tuple[Warn, ...] = ()
    asides: tuple[Row, ...] = ()
    """Reasons that stand beside the rows, after words such as ``since``."""

    def tree(self) -> Node:
        """The one statement, or all of them as ``Rows``; raises the first error."""
        if self.errors:
            raise self.errors[0]
        if len(self.rows) == 1:
            return self.rows[0].tree
        return Rows(tuple(row.tree for row in self.rows))


def read(text: str, table: SymbolTable, form: str = "auto") -> Reading:
    r"""Read LaTeX or plain text with the names of a table; ``form`` is auto, latex or plain.

    >>> from symbackprop.reading import Symbol, SymbolTable, read, sexpr
    >>> table = SymbolTable([Symbol("W", "matrix", layer=("paren",)), Symbol("x", "vector"), Symbol("z", "vector")])
    >>> sexpr(read(r"z = W^{(1)} x", table).tree())
    '(= z (mul W@(1) x))'
    >>> print(read(r"z = V x", table).errors[0].report())
    1:5: unknown-symbol: V is not declared here
      z = V x
          ^
    """
    context = Context(text, table)
    try:
        plain = form == "plain" or form == "auto" and is_plain(text)
        items = scan_plain(text, table) if plain else scan(mended(text, context.warnings), table.macros)
        found = statements(items, context)
        if not found:
            raise InputError("empty", "there is no formula here", Place(text[:200], 0, 1))
        if len(found) > MAX_STATEMENTS:
            raise InputError("too-long", f"more than {MAX_STATEMENTS} statements", Place(text[:200], 0, 1))
    except InputError as error:
        return Reading((), (error,), tuple(context.warnings))
    rows: list[Row] = []
    asides: list[Row] = []
    errors: list[InputError] = []
    grammar = Grammar(context)
    waiting: tuple[Node, ...] = ()
    for statement in found:
        context.depth = 0
        try:
            row = _row(grammar, finished(statement))
            if row is None:
                waiting += _conditions(grammar, statement)
        except InputError as error:
            if not statement.aside:
                errors.append(error)
                continue
            context.warn("aside", f"a reason is not read: {error.message}", *_span(statement))
            continue
        if row is not None and statement.aside:
            asides.append(row)
        elif row is not None:
            rows.append(replace(row, where=waiting + row.where))
            waiting = ()
    if not rows and not errors:
        errors.append(InputError("empty", "there is no formula here", Place(text[:200], 0, 1)))
    if waiting and rows:
        rows[-1] = replace(rows[-1], where=rows[-1].where + waiting)
    return Reading(tuple(rows), tuple(errors), tuple(context.warnings), tuple(asides))


def _row(grammar: Grammar, statement: Statement) -> Row | None:
    """The row of a statement; None where it is only a condition on indices."""
    if not statement.items and not statement.implied:
        return None
    text = grammar.context.text
    for arrow, items in statement.implied:
        if not items or not statement.items:
            raise grammar.context.error("missing-operand", "an arrow from or to nothing", arrow.start, arrow.end)
    tree = grammar.statement(nest(statement.items, text))
    if statement.implied:
        sides = [(IMPLICATIONS[arrow.text], grammar.statement(nest(items, text))) for arrow, items in statement.implied]
        tree = Chain(tree, tuple(sides), span=(tree.span[0], sides[-1][1].span[1]))
    return Row(tree, _conditions(grammar, statement), tuple(statement.remarks))


def _span(statement: Statement) -> tuple[int, int]:
    return statement.items[0].start, statement.items[-1].stop


def _conditions(grammar: Grammar, statement: Statement) -> tuple[Node, ...]:
    return tuple(grammar.condition(nest(items, grammar.context.text), items[0]) for items in statement.where)
