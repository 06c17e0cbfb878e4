"""Equations that hold for every layer, or for every step in time, written out one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from symbackprop.networks.equations.table import Forward, Range
from symbackprop.networks.equations.trees import (
    letters_in,
    parts_of,
    rebuilt,
    scripts_of,
    sums,
    symbols,
    whole_number,
    with_number,
    with_numbers,
)
from symbackprop.reading.sexpr import compact
from symbackprop.reading.tree import Add, App, Node, Sum, Sym

MOST_ROWS = 400


class Equation(NamedTuple):
    """One definition: the name on its left and what it is defined as."""

    left: Node
    right: Node


def unrolled(rows: Sequence[Equation], forward: Forward) -> tuple[list[Equation], dict[str, range]]:
    """The rows with every layer letter, and every sample letter that equations shift, replaced by its numbers.

    Consecutive rows that carry the letter are written out together, layer by layer. Also returns the letters that
    were replaced.
    """
    found = list(rows)
    done: dict[str, range] = {}
    for letter, over, kind in _unrolling(found, forward):
        if over.values is None:
            raise _symbolic(found, forward, letter, over, kind)
        done[letter] = over.values
        sites = _sites(found, letter)
        for last in dict.fromkeys((letter.upper(), "L" if kind == "layers" else "T")) if over.values else ():
            if last == letter or last in forward.layers or last in forward.samples or last in forward.indices:
                continue
            found = [Equation(_labelled(r.left, sites, last), _labelled(r.right, sites, last)) for r in found]
            found = [_put_in(row, last, over.values[-1]) for row in found]
        _check_numbered(found, sites, forward, letter)
        found = _written_out(found, letter, over.values)
        if len(found) > MOST_ROWS:
            raise forward.error("too-long", f"more than {MOST_ROWS} equations when every layer is written out")
    return found, done


def _unrolling(rows: Sequence[Equation], forward: Forward) -> list[tuple[str, Range, str]]:
    """The letters that have to be replaced, with their ranges and the key that declares them."""
    carried: set[str] = set()
    shifted: set[str] = set()
    for row in rows:
        for name in _names(row):
            for script in scripts_of(name):
                carried |= letters_in(script)
                if not isinstance(script, Sym):
                    shifted |= letters_in(script)
    layers = [(letter, over, "layers") for letter, over in forward.layers.items()]
    samples = [(letter, over, "samples") for letter, over in forward.samples.items() if letter in shifted]
    return [
        (letter, over, kind)
        for letter, over, kind in (*layers, *samples)
        if letter in carried or (letter.upper() in carried and over.values)
    ]


def _names(row: Equation) -> list[Sym]:
    found = [*symbols(row.left), *symbols(row.right)]
    todo: list[Node] = [row.left, row.right]
    while todo:
        node = todo.pop()
        if isinstance(node, App):
            found.append(node.function)
        if not isinstance(node, Sym):
            todo.extend(parts_of(node))
    return found


def _symbolic(rows: Sequence[Equation], forward: Forward, letter: str, over: Range, kind: str) -> Exception:
    at = next(
        (n.span for row in rows for n in _names(row) if any(letter in letters_in(s) for s in scripts_of(n))), None
    )
    what = "layers" if kind == "layers" else "steps in time that depend on the one before"
    return forward.error(
        "symbolic-layers",
        f"{what} from {over.lower} to {over.upper} can be written out only if both are numbers",
        at,
        f'for example {kind} = {{ {letter} = "{over.lower if over.lower.isdigit() else 1}..3" }}',
    )


Sites = dict[tuple[str, str, str], str]
"""Where a letter stands on a name, by base, accent and label: in its layer or its sample."""


def _sites(rows: Sequence[Equation], letter: str) -> Sites:
    found: Sites = {}
    for row in rows:
        for name in _names(row):
            for site, script in (("layer", name.layer), ("sample", name.sample)):
                if script is not None and letter in letters_in(script):
                    found[name.base, name.accent, name.label] = site
    return found


def _check_numbered(rows: Sequence[Equation], sites: Sites, forward: Forward, letter: str) -> None:
    """Refuse a layer that is neither a number nor the letter: it would be a quantity that nothing connects."""
    for row in rows:
        for name in _names(row):
            site = sites.get((name.base, name.accent, name.label))
            script = getattr(name, site) if site else None
            if script is not None and whole_number(script) is None and letter not in letters_in(script):
                raise forward.error(
                    "unknown-layer",
                    f"{compact(script)} is not the number of a layer or step",
                    script.span,
                    f"write a number, {letter}, or {letter.upper()} for the last one",
                )


def _labelled(node: Node, sites: Sites, last: str) -> Node:
    """A tree in which the letter of the last layer or step, read as an index, numbers it."""

    def change(at: Node) -> Node | None:
        site = sites.get((at.base, at.accent, at.label)) if isinstance(at, Sym) else None
        if not isinstance(at, Sym) or site is None or getattr(at, site) is not None or not at.indices:
            return None
        if letters_in(at.indices[0]) != {last}:
            return None
        if site == "layer":
            return replace(at, indices=at.indices[1:], layer=at.indices[0])
        return replace(at, indices=at.indices[1:], sample=at.indices[0])

    return rebuilt(node, change)


def _put_in(row: Equation, letter: str, value: int) -> Equation:
    return Equation(put_in(row.left, letter, value), put_in(row.right, letter, value))


def put_in(node: Node, letter: str, value: int) -> Node:
    """A tree with a number for a letter in all scripts."""

    def change(at: Node) -> Node | None:
        if isinstance(at, Sym):
            return with_numbers(at, letter, value)
        if isinstance(at, App):
            arguments = tuple(put_in(a, letter, value) for a in at.arguments)
            return App(with_numbers(at.function, letter, value), arguments, span=at.span)
        if isinstance(at, Sum) and any(compact(r.index) == letter for r in at.ranges):
            return at
        return None

    return rebuilt(node, change)


def _written_out(rows: Sequence[Equation], letter: str, values: range) -> list[Equation]:
    found: list[Equation] = []
    block: list[Equation] = []
    for row in (*rows, None):
        if row is not None:
            row = Equation(row.left, _sums_written_out(row.right, letter, values))
        if row is not None and _carries(row, letter):
            block.append(row)
            continue
        for value in values if block else ():
            found.extend(_put_in(r, letter, value) for r in block)
            if len(found) > MOST_ROWS:
                return found
        block = []
        if row is not None:
            found.append(row)
    return found


def _carries(row: Equation, letter: str) -> bool:
    return any(letter in letters_in(script) for name in _names(row) for script in scripts_of(name))


def _sums_written_out(node: Node, letter: str, values: range) -> Node:
    """Sums over a layer letter as their terms."""
    if not any(compact(r.index) == letter for s in sums(node) for r in s.ranges):
        return node

    def change(at: Node) -> Node | None:
        if not isinstance(at, Sum):
            return None
        over = next((r for r in at.ranges if compact(r.index) == letter), None)
        if over is None:
            return None
        lower = whole_number(with_number(over.lower, letter.upper(), values[-1])) if over.lower else values[0]
        upper = whole_number(with_number(over.upper, letter.upper(), values[-1])) if over.upper else values[-1]
        if lower is None or upper is None or upper - lower >= MOST_ROWS:
            return None
        rest = tuple(r for r in at.ranges if r is not over)
        body = _sums_written_out(Sum(rest, at.body, span=at.span) if rest else at.body, letter, values)
        terms = tuple(put_in(body, letter, value) for value in range(lower, upper + 1))
        return terms[0] if len(terms) == 1 else Add(terms, span=at.span)

    return rebuilt(node, change)
