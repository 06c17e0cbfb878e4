"""One interpreter of formulas, many algebras: SymPy objects, SymPy's text and its length, numbers.

An algebra says what a number, a sum, a product and a power are, and knows some functions natively. Every other
function is reduced through its formula in the tables, so a new function needs nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, Protocol, TypeVar

from symbackprop.tables.activations import SOFTMAX
from symbackprop.tables.functions import ELEMENTARY, slope_tree, value_tree
from symbackprop.vocabulary.arithmetic import mul, power, replace_index
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.expressions import (
    Add,
    Call,
    Delta,
    Expression,
    Mul,
    Number,
    Partial,
    Pow,
    Ref,
    Sum,
    Symbol,
    Walk,
    children,
    free_indices,
    letters,
    nodes,
    run,
)
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import SPARE_LETTERS, Dimension, Index, fresh_letter

T = TypeVar("T")


class Algebra(Protocol[T]):
    """What values are made of."""

    @property
    def native(self) -> Mapping[Function, Callable[..., T]]:
        """The functions that need no formula."""

    def number(self, value: Fraction) -> T:
        """A rational number."""

    def symbol(self, name: str) -> T:
        """A scalar known by name: pi, a size, a hyperparameter."""

    def add(self, terms: Sequence[T]) -> T:
        """A sum."""

    def mul(self, factors: Sequence[T]) -> T:
        """A product."""

    def power(self, base: T, exponent: T) -> T:
        """A power."""

    def unspecified(self, function: Function, arguments: Sequence[T], slope: int) -> T:
        """A function without a formula, or (``slope`` k) its k-th partial."""


class IndexAlgebra(Algebra[T], Protocol[T]):
    """An algebra of formulas in index form."""

    def entry(self, name: str, indices: tuple[str, ...]) -> T:
        """An entry of a quantity."""

    def sum(self, body: T, indices: tuple[tuple[str, int | str], ...]) -> T:
        """A sum over indices, each a letter and a size."""

    def delta(self, left: str, right: str) -> T:
        """The Kronecker delta of two indices."""


def applied(
    algebra: Algebra[T],
    function: Function,
    arguments: Sequence[T],
    slope: int = 0,
    output: T | None = None,
    slope_of: Callable[[Function, int], Expression | None] = slope_tree,
) -> T:
    """A function of values, or its partial number ``slope``; ``output`` is its value, where that is known.

    ``slope_of`` gives the formulas of partials: those of the tables, unless a caller knows more.
    """
    if slope == 0:
        if (native := algebra.native.get(function)) is not None:
            return native(*arguments)
        tree = value_tree(function)
    else:
        tree = slope_of(function, slope - 1)
    if tree is None:
        return algebra.unspecified(function, arguments, slope)
    values = dict(zip(function.parameters, arguments, strict=True))
    if slope and "r" not in function.parameters and _names_output(tree):
        values["r"] = applied(algebra, function, arguments) if output is None else output
    return in_values(algebra, tree, values)


def in_values(algebra: Algebra[T], tree: Expression, values: Mapping[str, T]) -> T:
    """A formula of the tables with values for its parameters."""
    if isinstance(tree, Number):
        return algebra.number(tree.value)
    if isinstance(tree, Symbol):
        return values[tree.name] if tree.name in values else algebra.symbol(tree.name)
    parts = [in_values(algebra, child, values) for child in children(tree)]
    if isinstance(tree, Call):
        return applied(algebra, tree.function, parts, tree.slope)
    if isinstance(tree, Add):
        return algebra.add(parts)
    if isinstance(tree, Mul):
        return algebra.mul(parts)
    return algebra.power(*parts)


@lru_cache(maxsize=512)
def _names_output(tree: Expression) -> bool:
    return Symbol("r") in nodes(tree)


def interpreted(e: Expression, algebra: IndexAlgebra[T]) -> T:
    """A formula in index form as a value of an algebra; parts that are shared are worked out once."""
    names = _Names(e)

    def walk(node: Expression) -> Walk[T]:
        known = done.get(id(node))
        if known is not None:
            return known[1]
        new: T
        if isinstance(node, Call) and node.function is SOFTMAX and not node.slope:
            new = yield walk(_softmax(node, names))
        elif isinstance(node, Partial):
            new = algebra.entry(*names.partial(node))
        elif isinstance(node, Call) and node.function.whole and node.slope:
            by = node.arguments[node.slope - 1]
            new = algebra.entry(*names.derivative(node.function.head or node.function.name, (), by))
        else:
            parts: list[T] = []
            for child in children(node):
                parts.append((yield walk(child)))
            new = _combined(node, parts, algebra, names)
        done[id(node)] = (node, new)
        return new

    done: dict[int, tuple[Expression, T]] = {}
    value: T = run(walk(e))
    return value


def _combined(node: Expression, parts: list[T], algebra: IndexAlgebra[T], names: _Names) -> T:
    if isinstance(node, Number):
        return algebra.number(node.value)
    if isinstance(node, Symbol):
        return algebra.symbol(node.name)
    if isinstance(node, Ref):
        return algebra.entry(safe_name(node.quantity.name), names.indices(node.indices))
    if isinstance(node, Add):
        return algebra.add(parts)
    if isinstance(node, Mul):
        return algebra.mul(parts)
    if isinstance(node, Pow):
        return algebra.power(*parts)
    if isinstance(node, Call):
        return applied(algebra, node.function, parts, node.slope)
    if isinstance(node, Sum):
        return algebra.sum(parts[0], tuple((names.index(i), i.dimension.size) for i in node.indices))
    assert isinstance(node, Delta)
    return algebra.delta(*names.indices((node.left, node.right)))


_SAFE = re.compile(r"[^0-9A-Za-z_]+")


def safe_name(name: str) -> str:
    """The name of a quantity, a size or a hyperparameter as SymPy can read it.

    >>> [safe_name(name) for name in ("W0", "z(k+1)", "W(k)", "lambda", "W^{(1)}")]
    ['W0', 'z_k1', 'W_k', 'lamda', 'W_1']
    """
    if name == "lambda":
        return "lamda"
    safe = _SAFE.sub("_", name.replace("+", "").replace("-", "m")).strip("_")
    return safe if safe.isidentifier() else f"q_{safe}"


class _Names:
    """The names of a formula: no index bears that of a size, a hyperparameter or a quantity."""

    def __init__(self, e: Expression) -> None:
        self._taken: set[str] = {"pi"}
        todo, seen = [e], {id(e)}
        self._letters = letters(e)
        while todo:
            node = todo.pop()
            if isinstance(node, Symbol):
                self._taken.add(safe_name(node.name))
            elif isinstance(node, Ref):
                self._taken.add(safe_name(node.quantity.name))
                self._sizes(axis for axis in node.quantity.axes)
            elif isinstance(node, Sum):
                self._sizes(i.dimension for i in node.indices)
            for child in children(node):
                if id(child) not in seen:
                    seen.add(id(child))
                    todo.append(child)
        self._index: dict[str, str] = {}

    def _sizes(self, dimensions: Any) -> None:
        for dimension in dimensions:
            if isinstance(dimension, Dimension) and isinstance(dimension.size, str):
                self._taken.add(safe_name(dimension.size))

    def index(self, index: Index | int) -> str:
        """The name of an index."""
        if isinstance(index, int):
            return str(index)
        letter = index.letter
        if letter not in self._index:
            name = letter if letter.isidentifier() else fresh_letter(self.used(), letter[0])
            if not name.isidentifier() or name in self._taken:
                name = next(
                    (s for s in SPARE_LETTERS if s not in self.used()),
                    f"{letter.rstrip(chr(39))}_{len(self._index)}",
                )
            self._index[letter] = name
        return self._index[letter]

    def used(self) -> set[str]:
        """Every name that an index may not be given."""
        return self._taken | self._letters | set(self._index.values())

    def indices(self, indices: tuple[Index | int, ...]) -> tuple[str, ...]:
        """The names of indices."""
        return tuple(map(self.index, indices))

    def derivative(self, of: str, indices: tuple[Index | int, ...], by: Expression) -> tuple[str, tuple[str, ...]]:
        """The name of a derivative left standing, and its indices."""
        if not isinstance(by, Ref):
            raise InputError("no-such-form", f"a partial of {of} by an expression has no name")
        return f"d{safe_name(of)}_d{safe_name(by.quantity.name)}", self.indices(indices + by.indices)

    def partial(self, e: Partial) -> tuple[str, tuple[str, ...]]:
        """The name of a partial derivative left standing, and its indices."""
        if not isinstance(e.of, Ref):
            raise InputError("no-such-form", "a partial of an expression has no name")
        return self.derivative(e.of.quantity.name, e.of.indices, e.by)


def _softmax(e: Call, names: _Names) -> Expression:
    """Softmax written out, over the last index of its argument."""
    argument = e.arguments[0]
    if isinstance(argument, Ref):
        candidates = [i for i in argument.indices[-1:] if isinstance(i, Index)]
    else:
        candidates = [i for i in free_indices(argument) if i.dimension.name != "samples"]
    if len(candidates) != 1:
        raise InputError("no-such-form", "which index softmax compares over cannot be told here")
    last = candidates[0]
    other = Index(fresh_letter(names.used() | letters(argument)), last.dimension)
    exp = ELEMENTARY["exp"]
    total = Sum((other,), Call(exp, (replace_index(argument, {last: other}),)))
    return mul(Call(exp, (argument,)), power(total, Number(-1)))
