r"""Sums without brackets that reach over the terms after them: ``\sum_i y_i \log p_i + (1 - y_i) \log(1 - p_i)``.

A term that carries the letter of the sum before it, which nothing else says, is meant to be in the sum.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from symbackprop.networks.equations.trees import letters_in, parts_of, rebuilt, scripts_of
from symbackprop.reading.sexpr import compact
from symbackprop.reading.tree import Add, App, Kronecker, Mul, Neg, Node, Prod, Range, Sum, Sym


def reaching(node: Node, given: Collection[str]) -> Node:
    """The tree with each such sum reaching over the terms that follow it and carry its letter.

    ``given`` are the letters that mean something without a sum: those of the left side, and of what stands around.

    >>> from symbackprop.reading.sexpr import sexpr
    >>> x, y = (Sym(name, indices=(Sym("i"),)) for name in "xy")
    >>> row = Add((Neg(Mul((Sym("c"), Sum((Range(Sym("i")),), x)), ("",))), y, Sym("b")))
    >>> sexpr(reaching(row, ()))
    '(add (neg (mul c (sum (i) (add x[i] y[i])))) b)'
    >>> sexpr(reaching(row, ("i",))) == sexpr(row)
    True
    """

    def change(at: Node) -> Node | None:
        if isinstance(at, Sum | Prod):
            inside = {*given, *(compact(r.index) for r in at.ranges)}
            return replace(at, body=reaching(at.body, inside))
        if not isinstance(at, Add):
            return None
        terms: list[Node] = []
        for term in at.terms:
            term = reaching(term, given)
            last = _last_sum(terms[-1]) if terms else None
            letters = free_letters(term) - set(given)
            if last is not None and letters and letters <= {compact(r.index) for r in last.ranges}:
                terms[-1] = _with_term(terms[-1], term)
            else:
                terms.append(term)
        return terms[0] if len(terms) == 1 else replace(at, terms=tuple(terms))

    return rebuilt(node, change)


def free_letters(node: Node) -> set[str]:
    """The letters in the scripts of a tree that no sum in it binds."""
    if isinstance(node, Sym):
        return {letter for script in scripts_of(node) for letter in letters_in(script)}
    if isinstance(node, Sum | Prod):
        return free_letters(node.body) - {compact(r.index) for r in node.ranges}
    if isinstance(node, Kronecker):
        return letters_in(node.left) | letters_in(node.right)
    if isinstance(node, Range):
        return set()
    found = {letter for part in parts_of(node) for letter in free_letters(part)}
    return found | free_letters(node.function) if isinstance(node, App) else found


def _last_sum(term: Node) -> Sum | None:
    """The sum that a term ends with."""
    if isinstance(term, Neg):
        return _last_sum(term.body)
    if isinstance(term, Mul):
        return _last_sum(term.factors[-1])
    return term if isinstance(term, Sum) and term.ranges else None


def _with_term(term: Node, more: Node) -> Node:
    """A term whose last sum has one more term in it."""
    span = (term.span[0], more.span[1])
    if isinstance(term, Neg):
        return Neg(_with_term(term.body, more), span=span)
    if isinstance(term, Mul):
        return replace(term, factors=(*term.factors[:-1], _with_term(term.factors[-1], more)), span=span)
    assert isinstance(term, Sum)
    inner = term.body.terms if isinstance(term.body, Add) else (term.body,)
    return replace(term, body=Add((*inner, more), span=(term.body.span[0], more.span[1])), span=span)
