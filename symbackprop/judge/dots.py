"""What an ellipsis stands for: the terms or factors between two that differ by numbers, one step at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symbackprop.networks.equations.trees import parts_of, rebuilt
from symbackprop.reading import tree as t
from symbackprop.reading.tree import Node, Num, Sym

MOST = 400
BETWEEN = "dots"
"""The letter of the sum that an ellipsis up to a symbolic number stands for."""


class Unclear(Exception):
    """It cannot be told what an ellipsis stands for."""


def without_dots(node: Node) -> Node:
    r"""The formula with every ellipsis written out; raises :class:`Unclear`.

    >>> from symbackprop.reading.sexpr import sexpr
    >>> a = lambda n: Sym("a", indices=(Num(str(n)),))
    >>> sexpr(without_dots(t.Add((a(1), a(2), t.Dots(), a(5)))))
    '(add a[1] a[2] a[3] a[4] a[5])'
    """

    def change(at: Node) -> Node | None:
        if isinstance(at, t.Add) and any(isinstance(x, t.Dots) for x in at.terms):
            terms = tuple(map(without_dots, at.terms))
            summed = _summed(terms)
            return summed if summed is not None else replace(at, terms=_written_out(terms))
        if isinstance(at, t.Mul | t.Had) and any(isinstance(x, t.Dots) for x in at.factors):
            factors = _written_out(tuple(map(without_dots, at.factors)))
            if isinstance(at, t.Had):
                return replace(at, factors=factors)
            return t.Mul(factors, ("",) * (len(factors) - 1), span=at.span)
        return None

    return rebuilt(node, change)


def _written_out(parts: Sequence[Node]) -> tuple[Node, ...]:
    """The parts with those that the first ellipsis leaves out, and so on for the others."""
    at = next((k for k, part in enumerate(parts) if isinstance(part, t.Dots)), None)
    if at is None:
        return tuple(parts)
    before, after = list(parts[:at]), list(parts[at + 1 :])
    if not before or not after:
        raise Unclear
    for period in range(1, len(before) + 1):
        for step in (1, -1):
            if len(before) > period and shifted(before[-1 - period], step) != before[-1]:
                continue
            found = list(before)
            for _ in range(MOST):
                following = shifted(found[-period], step)
                if following is None:
                    break
                if following == after[0]:
                    return (*found, *_written_out(after))
                found.append(following)
    raise Unclear


def _summed(terms: tuple[Node, ...]) -> Node | None:
    """A sum up to a symbolic number, ``a_1 + a_2 + ... + a_n``, as a sum with a sign; None where it is none."""
    if len(terms) < 3 or not isinstance(terms[-2], t.Dots):
        return None
    first, last = terms[0], terms[-1]
    numbers = _numbers(first)
    letters = [s for s in _scripts(last) if isinstance(s, Sym)]
    if len(set(numbers)) != 1 or not letters:
        return None
    low = numbers[0]
    for letter in letters:
        body = _with(first, Num(str(low)), Sym(BETWEEN))
        if _with(body, Sym(BETWEEN), letter) == last:
            given = [_with(body, Sym(BETWEEN), Num(str(low + k))) for k in range(len(terms) - 2)]
            if given != list(terms[:-2]):
                return None
            return t.Sum((t.Range(Sym(BETWEEN), Num(str(low)), letter),), body)
    return None


def shifted(node: Node, step: int) -> Node | None:
    """A formula with all numbers in its scripts greater by a step; None where there are none, or one gets negative."""
    numbers = _numbers(node)
    if not numbers or min(numbers) + step < 0:
        return None

    def script(at: Node) -> Node | None:
        if isinstance(at, Num) and at.text.isdigit():
            return Num(str(int(at.text) + step))
        return None

    return _scripted(node, script)


def _with(node: Node, old: Node, new: Node) -> Node:
    return _scripted(node, lambda at: new if at == old else None)


def _scripted(node: Node, script: object) -> Node:
    """The formula with its scripts changed."""

    def change(at: Node) -> Node | None:
        if isinstance(at, Sym):
            return _name(at, script)
        if isinstance(at, t.App):
            return t.App(_name(at.function, script), tuple(_scripted(a, script) for a in at.arguments), span=at.span)
        return None

    return rebuilt(node, change)


def _name(name: Sym, script: object) -> Sym:
    def one(at: Node | None) -> Node | None:
        return None if at is None else rebuilt(at, script)  # type: ignore[arg-type]

    indices = tuple(rebuilt(i, script) for i in name.indices)  # type: ignore[arg-type]
    return replace(name, layer=one(name.layer), sample=one(name.sample), indices=indices)


def _scripts(node: Node) -> list[Node]:
    found: list[Node] = []
    _scripted(node, lambda at: found.append(at))
    return found


def _numbers(node: Node) -> list[int]:
    return [int(s.text) for s in _scripts(node) if isinstance(s, Num) and s.text.isdigit()]


def has_dots(node: Node) -> bool:
    """Whether there is an ellipsis in a formula."""
    todo = [node]
    while todo:
        at = todo.pop()
        if isinstance(at, t.Dots):
            return True
        todo.extend(parts_of(at))
    return False
