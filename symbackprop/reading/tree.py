"""The tree of a formula that has been read: no LaTeX, no network, a span of the source on every node."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

Span = tuple[int, int]
_GETTERS: dict[type, Callable[[Any], tuple[object, ...]]] = {}
"""How the parts of each kind of node are got, all at once: trees are compared and walked more than anything else."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Node:
    """What every node has: the stretch of the source it was read from, which takes no part in equality.

    Equality, hash and printed form are written once here: made for each class they would double the time of loading.

    >>> Neg(Num("1"), span=(0, 2)) == Neg(Num("1")), Neg(Num("1"))
    (True, Neg(Num('1')))
    """

    span: Span = field(default=(0, 0), kw_only=True)

    def parts(self) -> tuple[object, ...]:
        """Everything but the span."""
        getter = _GETTERS.get(type(self))
        if getter is None:
            names: tuple[str, ...] = self.__match_args__
            several = attrgetter(*names) if len(names) > 1 else None
            getter = _GETTERS[type(self)] = several or (lambda node: tuple(getattr(node, name) for name in names))
        return getter(self)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Node) and self.parts() == other.parts()

    def __hash__(self) -> int:
        return hash((type(self), self.parts()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.parts()))})"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Num(Node):
    """A number, as the digits that were written."""

    text: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Sym(Node):
    """A name with everything that was attached to it: ``base`` is the declared name without accent.

    >>> from symbackprop.reading.sexpr import sexpr
    >>> sexpr(Sym("W", layer=Num("1"), indices=(Sym("i"), Sym("j"))))
    'W@(1)[i,j]'
    """

    base: str
    accent: str = ""
    layer: Node | None = None
    sample: Node | None = None
    indices: tuple[Node, ...] = ()
    label: str = ""
    primes: int = 0


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Add(Node):
    """A sum of terms; a subtracted term is a ``Neg``."""

    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Dots(Node):
    """An ellipsis: terms or factors that are left out, between others of an ``Add``, ``Mul`` or ``Had``."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Neg(Node):
    """Minus the body."""

    body: Node


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Mul(Node):
    r"""A product; ``operators[i]`` is what stood between two factors: '' for nothing, ``\cdot``, ``*``, ..."""

    factors: tuple[Node, ...]
    operators: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Had(Node):
    """An elementwise product."""

    factors: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Outer(Node):
    """An outer product."""

    left: Node
    right: Node


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Inner(Node):
    """An inner product written in angle brackets."""

    left: Node
    right: Node


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Div(Node):
    """A fraction or a quotient; ``elementwise`` where it was written ``./`` or ``\\oslash``."""

    numerator: Node
    denominator: Node
    elementwise: bool = False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pow(Node):
    """A power."""

    base: Node
    exponent: Node


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Root(Node):
    """A square root, or a root of the given degree."""

    body: Node
    degree: Node | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Transpose(Node):
    """The transpose of the body."""

    body: Node


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class App(Node):
    """A function applied to arguments; primes, layer and indices of the function are on its ``Sym``."""

    function: Sym
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Deriv(Node):
    """A derivative, ``kind`` partial or total, by each of ``by`` in turn."""

    kind: str
    of: Node
    by: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Grad(Node):
    r"""A gradient written with ``\nabla``; ``by`` is None where no variable was written."""

    of: Node
    by: Node | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Range(Node):
    """One index of a sum or product with what was written about it; limits that were not written are None."""

    index: Node
    lower: Node | None = None
    upper: Node | None = None
    condition: Node | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Sum(Node):
    """A sum over ranges; no range where none was written."""

    ranges: tuple[Range, ...]
    body: Node


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Prod(Node):
    """A product over ranges."""

    ranges: tuple[Range, ...]
    body: Node


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Cases(Node):
    """Values with their conditions; the condition of "otherwise" is None."""

    branches: tuple[tuple[Node, Node | None], ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Indicator(Node):
    """One where the condition holds, zero elsewhere."""

    condition: Node


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Kronecker(Node):
    """One where the two indices are equal, zero elsewhere."""

    left: Node
    right: Node


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Abs(Node):
    """An absolute value."""

    body: Node


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Norm(Node):
    """A norm; ``order`` is the subscript if one was written."""

    body: Node
    order: Node | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Matrix(Node):
    """A matrix written out entry by entry."""

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Entry(Node):
    """An entry of something that is not a plain name."""

    body: Node
    indices: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class At(Node):
    """The body at a point."""

    body: Node
    condition: Node


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Tuple(Node):
    """Several values in brackets."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Chain(Node):
    """Expressions joined by relations, link by link: ``a = b < c`` has the links (=, b) and (<, c)."""

    first: Node
    links: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Update(Node):
    """An assignment written with an arrow."""

    target: Node
    value: Node


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Rows(Node):
    """Several statements."""

    rows: tuple[Node, ...]
