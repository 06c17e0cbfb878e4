"""Claims with numbers for the letters of layers, and those about functions of anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from symbackprop.judge.claims import Claim, Link
from symbackprop.judge.letters import label_letters
from symbackprop.judge.repairs import MARK
from symbackprop.networks.equations.trees import nodes_of, rebuilt, symbols, whole_number, with_numbers
from symbackprop.reading import tree as t
from symbackprop.reading.sexpr import compact
from symbackprop.reading.tree import Node, Sym


def about_functions(claim: Claim, is_function: Callable[[Sym], bool]) -> Claim:
    r"""A claim in which a single plain name stands only in functions, as one about any number: ``f'(z) = f(z)``.

    A function that is differentiated without its argument is taken at the variable: ``\frac{d\sigma}{dz}``.
    """

    def applied(at: Node) -> Node | None:
        if isinstance(at, t.Deriv) and isinstance(at.of, Sym) and len(set(at.by)) == 1 and is_function(at.of):
            return replace(at, of=t.App(at.of, (at.by[0],), span=at.of.span))
        return None

    links = [Link(rebuilt(x.left, applied), rebuilt(x.right, applied), x.sign) for x in claim.links]
    sides = [side for link in links for side in (link.left, link.right)]
    names = {name for side in sides for name in symbols(side)}
    calls = [node for side in sides for node in nodes_of(side) if isinstance(node, t.App)]
    name = next(iter(names)) if len(names) == 1 else None
    if name is None or name.layer is not None or name.indices or name.sample is not None or not calls:
        return claim
    if not isinstance(links[0].left, t.App | t.Deriv):
        return claim
    variable = Sym(MARK + "any")

    def free(at: Node) -> Node | None:
        return variable if at == name else None

    links = [Link(rebuilt(x.left, free), rebuilt(x.right, free), x.sign) for x in links]
    return replace(claim, links=tuple(links))


def layer_by_layer(node: Node, layers: Mapping[str, range]) -> Node:
    """A tree in which sums and products over a layer letter are their terms and factors."""

    def change(at: Node) -> Node | None:
        if not isinstance(at, t.Sum | t.Prod) or len(at.ranges) != 1:
            return None
        over = at.ranges[0]
        letter = compact(over.index)
        if letter not in layers or over.condition is not None or letter not in label_letters(at.body):
            return None
        low = layers[letter][0] if over.lower is None else whole_number(over.lower)
        high = layers[letter][-1] if over.upper is None else whole_number(over.upper)
        if low is None or high is None or high - low > len(layers[letter]) + 2:
            return None
        parts = tuple(layer_by_layer(put_in(at.body, {letter: k}), layers) for k in range(low, high + 1))
        if not parts:
            return t.Num("0" if isinstance(at, t.Sum) else "1", span=at.span)
        if len(parts) == 1:
            return parts[0]
        if isinstance(at, t.Sum):
            return t.Add(parts, span=at.span)
        return t.Mul(parts, ("",) * (len(parts) - 1), span=at.span)

    return rebuilt(node, change)


def put_in(node: Node, numbers: Mapping[str, int]) -> Node:
    """A tree with numbers for layer letters in all scripts, limits of sums, conditions and exponents.

    A bare name elsewhere is left: a cost may be called as the number of layers is.
    """

    def script(at: Node) -> Node | None:
        if isinstance(at, Sym) and compact(at) in numbers:
            return t.Num(str(numbers[compact(at)]), span=at.span)
        return change(at)

    def counted(at: Node | None) -> Any:
        return None if at is None else rebuilt(at, script)

    def named(at: Sym) -> Sym:
        for letter, value in numbers.items():
            at = with_numbers(at, letter, value)
        return at

    def change(at: Node) -> Node | None:
        if isinstance(at, Sym):
            return named(at)
        if isinstance(at, t.App):
            arguments = tuple(put_in(a, numbers) for a in at.arguments)
            return replace(at, function=named(at.function), arguments=arguments)
        if isinstance(at, t.Sum | t.Prod):
            ranges = tuple(
                replace(r, lower=counted(r.lower), upper=counted(r.upper), condition=counted(r.condition))
                for r in at.ranges
            )
            return replace(at, ranges=ranges, body=put_in(at.body, numbers))
        if isinstance(at, t.Indicator):
            return replace(at, condition=counted(at.condition))
        if isinstance(at, t.Kronecker):
            return replace(at, left=counted(at.left), right=counted(at.right))
        if isinstance(at, t.Pow):
            return replace(at, base=put_in(at.base, numbers), exponent=counted(at.exponent))
        if isinstance(at, t.Cases):
            return replace(at, branches=tuple((put_in(value, numbers), counted(c)) for value, c in at.branches))
        return None

    return rebuilt(node, change)
