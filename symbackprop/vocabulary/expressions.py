"""Formula trees: what is printed, handed to SymPy and evaluated.

The tree keeps factors in the order in which the chain rule wrote them. Hashes are computed when a node is made, so
equality of trees that share parts is quick and no depth is too great; the index letters of a node are remembered once
they have been asked for. Formulas are made by :mod:`symbackprop.vocabulary.arithmetic`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from collections.abc import Set as AbstractSet
from fractions import Fraction
from typing import Any, TypeVar

from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Index, Quantity


class Expression:
    """A node of a formula tree; immutable."""

    __slots__ = ("_free", "_hash", "_letters")
    _hash: int
    _free: tuple[Index, ...]
    _letters: frozenset[str]

    def parts(self) -> tuple[Any, ...]:
        """What the node is made of, in order."""
        raise NotImplementedError

    def inside(self) -> tuple[Expression, ...]:
        """The expressions directly inside the node, in order."""
        return ()

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other) or self._hash != hash(other):
            return False
        return self.parts() == other.parts()

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self.parts()!r}"


class Number(Expression):
    """An exact rational number."""

    __slots__ = ("value",)

    def __init__(self, value: Fraction | int) -> None:
        self.value = Fraction(value)
        self._hash = hash(("number", self.value))

    def parts(self) -> tuple[Any, ...]:
        return (self.value,)


class Symbol(Expression):
    """A scalar known by name only: a symbolic size, a hyperparameter, a parameter of a formula, pi."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name
        self._hash = hash(("symbol", name))

    def parts(self) -> tuple[Any, ...]:
        return (self.name,)


class Ref(Expression):
    """An entry of a quantity; an index is a letter or, for one entry, a number counted from zero."""

    __slots__ = ("indices", "quantity")

    def __init__(self, quantity: Quantity, indices: tuple[Index | int, ...] = ()) -> None:
        self.quantity = quantity
        self.indices = indices
        self._hash = hash((id(quantity), indices))

    def parts(self) -> tuple[Any, ...]:
        return (self.quantity, self.indices)


class Partial(Expression):
    """A partial derivative left standing: of an expression with respect to an entry."""

    __slots__ = ("by", "of")

    def __init__(self, of: Expression, by: Ref) -> None:
        self.of = of
        self.by = by
        self._hash = hash(("partial", of, by))

    def parts(self) -> tuple[Any, ...]:
        return (self.of, self.by)

    def inside(self) -> tuple[Expression, ...]:
        return (self.of, self.by)


class Add(Expression):
    """A sum of terms in order."""

    __slots__ = ("terms",)

    def __init__(self, terms: tuple[Expression, ...]) -> None:
        self.terms = terms
        self._hash = hash(("add", terms))

    def parts(self) -> tuple[Any, ...]:
        return self.terms

    def inside(self) -> tuple[Expression, ...]:
        return self.terms


class Mul(Expression):
    """A product of factors in order; a number, if there is one, comes first."""

    __slots__ = ("factors",)

    def __init__(self, factors: tuple[Expression, ...]) -> None:
        self.factors = factors
        self._hash = hash(("mul", factors))

    def parts(self) -> tuple[Any, ...]:
        return self.factors

    def inside(self) -> tuple[Expression, ...]:
        return self.factors


class Pow(Expression):
    """A power."""

    __slots__ = ("base", "exponent")

    def __init__(self, base: Expression, exponent: Expression) -> None:
        self.base = base
        self.exponent = exponent
        self._hash = hash(("pow", base, exponent))

    def parts(self) -> tuple[Any, ...]:
        return (self.base, self.exponent)

    def inside(self) -> tuple[Expression, ...]:
        return (self.base, self.exponent)


class Call(Expression):
    """A function applied to arguments; ``slope`` is 0 for its value, k for its k-th partial."""

    __slots__ = ("arguments", "function", "slope")

    def __init__(self, function: Function, arguments: tuple[Expression, ...], slope: int = 0) -> None:
        self.function = function
        self.arguments = arguments
        self.slope = slope
        self._hash = hash(("call", function, arguments, slope))

    def parts(self) -> tuple[Any, ...]:
        return (self.function, self.arguments, self.slope)

    def inside(self) -> tuple[Expression, ...]:
        return self.arguments


class Sum(Expression):
    """A sum over indices."""

    __slots__ = ("body", "indices")

    def __init__(self, indices: tuple[Index, ...], body: Expression) -> None:
        self.indices = indices
        self.body = body
        self._hash = hash(("sum", indices, body))

    def parts(self) -> tuple[Any, ...]:
        return (self.indices, self.body)

    def inside(self) -> tuple[Expression, ...]:
        return (self.body,)


class Delta(Expression):
    """The Kronecker delta: 1 where the two indices agree, else 0."""

    __slots__ = ("left", "right")

    def __init__(self, left: Index | int, right: Index | int) -> None:
        self.left = left
        self.right = right
        self._hash = hash(("delta", left, right))

    def parts(self) -> tuple[Any, ...]:
        return (self.left, self.right)


ZERO = Number(0)
ONE = Number(1)
MINUS_ONE = Number(-1)
HALF = Number(Fraction(1, 2))

T = TypeVar("T")
Walk = Generator["Walk[Any]", Any, T]


def run(walk: Walk[T]) -> T:
    """Run a walk written as a recursive generator without using Python's stack: no tree is too deep.

    A walk yields the walks of its children and receives their results.

    >>> def height(e):
    ...     tallest = 0
    ...     for part in children(e):
    ...         tallest = max(tallest, (yield height(part)))
    ...     return 1 + tallest
    >>> run(height(Mul((Symbol("a"), Symbol("b")))))
    2
    """
    stack: list[Walk[Any]] = [walk]
    answer: Any = None
    while stack:
        try:
            stack.append(stack[-1].send(answer))
            answer = None
        except StopIteration as stop:
            stack.pop()
            answer = stop.value
    result: T = answer
    return result


def children(e: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside an expression."""
    return e.inside()


def nodes(e: Expression) -> Iterator[Expression]:
    """Every node of an expression, as often as it occurs."""
    todo = [e]
    while todo:
        node = todo.pop()
        yield node
        todo.extend(node.inside())


def mentions(e: Expression, quantities: AbstractSet[Quantity]) -> bool:
    """Whether an entry of one of the quantities occurs in an expression."""
    todo = [e]
    while todo:
        node = todo.pop()
        if not isinstance(node, Ref):
            todo.extend(node.inside())
        elif node.quantity in quantities:
            return True
    return False


def letters(e: Expression) -> frozenset[str]:
    """Every index letter that occurs in an expression, bound or free."""
    return _with_letters(e)._letters


def free_indices(e: Expression) -> tuple[Index, ...]:
    """The indices of an expression that no sum inside it binds, in order of appearance.

    >>> from symbackprop.vocabulary.quantities import Dimension
    >>> i, j = (Index(letter, Dimension("n", 3)) for letter in "ij")
    >>> [index.letter for index in free_indices(Mul((Sum((i,), Delta(j, i)), Delta(i, j))))]
    ['j', 'i']
    """
    return _with_letters(e)._free


def _with_letters(e: Expression) -> Expression:
    """The expression, its index letters and those of every part of it worked out."""

    def walk(node: Expression) -> Walk[None]:
        free: dict[Index, None] = {}
        inside: set[str] = set()
        if isinstance(node, Ref):
            free.update((i, None) for i in node.indices if isinstance(i, Index))
        elif isinstance(node, Delta):
            free.update((i, None) for i in (node.left, node.right) if isinstance(i, Index))
        for child in children(node):
            if not hasattr(child, "_free"):
                yield walk(child)
            free.update(dict.fromkeys(child._free))
            inside |= child._letters
        if isinstance(node, Sum):
            inside.update(i.letter for i in node.indices)
            for index in node.indices:
                free.pop(index, None)
        inside.update(i.letter for i in free)
        node._free = tuple(free)
        node._letters = frozenset(inside)

    if not hasattr(e, "_free"):
        run(walk(e))
    return e


def size(e: Expression) -> int:
    """The number of nodes of an expression."""
    count, todo = 0, [e]
    while todo:
        count += 1
        todo.extend(todo.pop().inside())
    return count
