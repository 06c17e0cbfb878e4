"""Walking and rewriting the trees that the reader gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from symbackprop.reading.sexpr import compact
from symbackprop.reading.tree import Add, App, Mul, Neg, Node, Norm, Num, Range, Sum, Sym


def parts_of(node: Node) -> Sequence[Node]:
    """The nodes directly inside a node; scripts of a name are not among them."""
    return () if isinstance(node, Sym) else _nodes(node.parts(), [])


def _nodes(parts: tuple[object, ...], found: list[Node]) -> list[Node]:
    for part in parts:
        if isinstance(part, Node):
            found.append(part)
        elif isinstance(part, tuple):
            _nodes(part, found)
    return found


def rebuilt(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """The tree with every node for which ``change`` answers replaced by the answer.

    >>> from symbackprop.reading.sexpr import sexpr
    >>> sexpr(rebuilt(Neg(Sym("x")), lambda n: Num("2") if n == Sym("x") else None))
    '(neg 2)'
    """
    new = change(node)
    if new is not None:
        return new
    if isinstance(node, Sym):
        return node
    fields = {}
    names: tuple[str, ...] = node.__match_args__
    for name, part in zip(names, node.parts(), strict=True):
        changed = _rebuilt(part, change)
        if changed is not part:
            fields[name] = changed
    return replace(node, **fields) if fields else node


def _rebuilt(part: Any, change: Callable[[Node], Node | None]) -> Any:
    if isinstance(part, Node):
        return rebuilt(part, change)
    if isinstance(part, tuple):
        inner = tuple(_rebuilt(p, change) for p in part)
        return inner if any(a is not b for a, b in zip(inner, part, strict=True)) else part
    return part


def symbols(node: Node) -> Iterator[Sym]:
    """The names of values in a tree, in order: no functions, indices, letters of sums, no F of a norm."""
    todo = [node]
    while todo:
        at = todo.pop()
        if isinstance(at, Sym):
            yield at
        elif isinstance(at, App):
            todo.extend(reversed(at.arguments))
        elif isinstance(at, Sum | Norm):
            todo.append(at.body)
        elif not isinstance(at, Range):
            todo.extend(reversed(parts_of(at)))


def nodes_of(node: Node) -> Iterator[Node]:
    """Every node of a tree; scripts of names are not among them."""
    todo = [node]
    while todo:
        at = todo.pop()
        yield at
        todo.extend(parts_of(at))


def sums(node: Node) -> Iterator[Sum]:
    """The sums in a tree."""
    todo = [node]
    while todo:
        at = todo.pop()
        if isinstance(at, Sum):
            yield at
        todo.extend(parts_of(at))


def scripts_of(name: Sym) -> tuple[Node, ...]:
    """What stands in the scripts of a name: layer, sample, indices."""
    return tuple(s for s in (name.layer, name.sample, *name.indices) if s is not None)


def letters_in(script: Node) -> set[str]:
    """The letters of a script.

    >>> sorted(letters_in(Add((Sym("t"), Neg(Num("1"))))))
    ['t']
    """
    if isinstance(script, Sym):
        return {compact(replace(script, layer=None, sample=None, indices=()))} | {
            letter for inner in scripts_of(script) for letter in letters_in(inner)
        }
    return {letter for part in parts_of(script) for letter in letters_in(part)}


def with_number(script: Node, letter: str, value: int) -> Node:
    """A script with a number for a letter, and its sum of numbers worked out.

    >>> with_number(Add((Sym("t"), Neg(Num("1")))), "t", 3)
    Num('2')
    """

    def change(node: Node) -> Node | None:
        if isinstance(node, Sym) and compact(node) == letter:
            return Num(str(value), span=node.span)
        if isinstance(node, Sym) and scripts_of(node):
            return with_numbers(node, letter, value)
        return None

    new = rebuilt(script, change)
    number = whole_number(new)
    return Num(str(number), span=script.span) if number is not None and number >= 0 else new


def with_numbers(name: Sym, letter: str, value: int) -> Sym:
    """A name with a number for a letter in its scripts."""
    return replace(
        name,
        layer=None if name.layer is None else with_number(name.layer, letter, value),
        sample=None if name.sample is None else with_number(name.sample, letter, value),
        indices=tuple(with_number(i, letter, value) for i in name.indices),
    )


def whole_number(script: Node) -> int | None:
    """The value of a script that is made of whole numbers."""
    if isinstance(script, Num) and script.text.isdigit() and len(script.text) <= 6:
        return int(script.text)
    if isinstance(script, Neg):
        inner = whole_number(script.body)
        return None if inner is None else -inner
    if isinstance(script, Add | Mul):
        values = [whole_number(part) for part in (script.terms if isinstance(script, Add) else script.factors)]
        if all(v is not None for v in values):
            total = sum(v for v in values if v is not None)
            if isinstance(script, Mul):
                total = 1
                for v in values:
                    total *= v or 0
            return total if abs(total) < 10**6 else None
    return None
