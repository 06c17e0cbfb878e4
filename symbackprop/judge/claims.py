"""From the trees of a hand-in to claims: chains of formulas that are said to be equal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from symbackprop.reading import tree as t
from symbackprop.reading.reader import Row
from symbackprop.reading.tree import Node, Span

EQUALITIES = frozenset(["=", ":=", "equiv", "approx"])

UNJUDGED = frozenset(["!=", "<", ">", "<=", ">=", "<<", ">>", "propto"])


class Link(NamedTuple):
    """One equality: its two sides, the sign between them, and what the right side spans."""

    left: Node
    right: Node
    sign: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What a statement says: equalities one after the other, under conditions on indices."""

    tree: Node
    links: tuple[Link, ...]
    where: tuple[Node, ...] = ()
    beside: str = ""
    """A sign in it that neither equates nor says where the claim holds: what stands after it is not judged."""

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.tree.span


def claim_of(row: Row) -> Claim | None:
    """The claim that a row makes, None where it only states a condition or names something."""
    links = tuple(_links(row.tree))
    if not links:
        return None
    return Claim(row.tree, links, row.where, _beside(row.tree))


def _beside(tree: Node) -> str:
    if not isinstance(tree, t.Chain):
        return ""
    inside = (_beside(part) for part in (tree.first, *(right for _, right in tree.links)))
    own = (sign for sign, _ in tree.links if sign in UNJUDGED)
    return next(filter(None, (*own, *inside)), "")


def _links(tree: Node) -> list[Link]:
    if isinstance(tree, t.Update):
        return [Link(tree.target, tree.value, "<-")]
    if not isinstance(tree, t.Chain):
        return []
    found: list[Link] = []
    left = tree.first
    for sign, right in tree.links:
        if sign in ("implies", "iff"):
            if not found and isinstance(left, t.Chain):
                found += _links(left)
            found += _links(right)
            left = right
            continue
        if sign in EQUALITIES or sign == "<-":
            found.append(Link(left, right, sign))
        left = right
    return found
