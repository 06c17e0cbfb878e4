"""The arithmetic a person does without thinking, and changing parts of a formula.

``1*x``, ``x + x``, ``p * (1/p)`` and ``-(y - r)`` are worked out; nothing else is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from math import gcd, lcm

from symbackprop.vocabulary.expressions import (
    MINUS_ONE,
    ONE,
    ZERO,
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
    run,
)
from symbackprop.vocabulary.quantities import Index

_WHOLE = Fraction(1)
_WORKED_OUT = frozenset({Number, Mul, Pow})
"""What a product has to look at closely: a number belongs in front, powers of one base meet."""


def rebuild(e: Expression, change: Callable[[Expression], Expression | None]) -> Expression:
    """The expression with every node for which ``change`` answers replaced by that answer.

    >>> rebuild(mul(Symbol("a"), Symbol("b")), lambda e: ONE if e == Symbol("a") else None)
    Symbol('b',)
    """

    def walk(node: Expression) -> Walk[Expression]:
        known = done.get(id(node))
        if known is not None:
            return known[1]
        new = change(node)
        if new is None:
            inner = []
            for child in children(node):
                inner.append((yield walk(child)))
            new = with_children(node, tuple(inner))
        done[id(node)] = (node, new)
        return new

    done: dict[int, tuple[Expression, Expression]] = {}
    return run(walk(e))


def with_children(e: Expression, new: tuple[Expression, ...]) -> Expression:
    """The same kind of node around other parts."""
    if all(a is b for a, b in zip(children(e), new, strict=True)):
        return e
    if isinstance(e, Mul):
        return mul(*new)
    if isinstance(e, Add):
        return add(*new)
    if isinstance(e, Call):
        return Call(e.function, new, e.slope)
    if isinstance(e, Pow):
        return power(*new)
    if isinstance(e, Sum):
        return summed(e.indices, new[0])
    if isinstance(e, Partial) and isinstance(new[1], Ref):
        return Partial(new[0], new[1])
    raise AssertionError(f"no parts can be put into {e!r}")


def replace_index(e: Expression, mapping: dict[Index, Index | int]) -> Expression:
    """The expression with free index letters replaced; bound letters must differ from the new ones."""

    def one(index: Index | int) -> Index | int:
        return mapping.get(index, index) if isinstance(index, Index) else index

    def change(node: Expression) -> Expression | None:
        if isinstance(node, Ref):
            return Ref(node.quantity, tuple(map(one, node.indices)))
        if isinstance(node, Delta):
            return delta(one(node.left), one(node.right))
        if isinstance(node, Sum) and any(i in mapping for i in node.indices):
            inner = {k: v for k, v in mapping.items() if k not in node.indices}
            return summed(node.indices, replace_index(node.body, inner))
        return None

    return rebuild(e, change) if mapping else e


def split(e: Expression) -> tuple[Fraction, tuple[Expression, ...]]:
    """The numeric coefficient of a product and its other factors.

    >>> split(mul(Number(3), Symbol("x")))
    (Fraction(3, 1), (Symbol('x',),))
    """
    if isinstance(e, Number):
        return e.value, ()
    if isinstance(e, Mul):
        if isinstance(e.factors[0], Number):
            return e.factors[0].value, e.factors[1:]
        return _WHOLE, e.factors
    return _WHOLE, (e,)


def is_negative(e: Expression) -> bool:
    """Whether the expression would be printed with a leading minus."""
    if isinstance(e, Add):
        return is_negative(e.terms[0])
    return split(e)[0] < 0


def numeric_factor(e: Expression) -> Expression:
    """A sum with the numeric factor that makes its terms' coefficients whole taken in front.

    >>> x, y = Symbol("x"), Symbol("y")
    >>> numeric_factor(add(mul(Number(Fraction(1, 2)), x), mul(MINUS_ONE, y))).parts()[0]
    Number(Fraction(1, 2),)
    """
    number, factors = split(e)
    if len(factors) == 1 and isinstance(factors[0], Add):
        numbers = [split(term)[0] for term in factors[0].terms]
        common = Fraction(gcd(*(n.numerator for n in numbers)), lcm(*(n.denominator for n in numbers)))
        inside = add(*(mul(Number(1 / common), term) for term in factors[0].terms))
        return inside if common * number == 1 else Mul((Number(common * number), inside))
    if len(factors) == 1 and isinstance(factors[0], Sum):
        inner_number, rest = split(numeric_factor(factors[0].body))
        return mul(Number(number * inner_number), Sum(factors[0].indices, mul(*rest)))
    return e


def is_coefficient(e: Expression) -> bool:
    """Whether the expression is a size, a hyperparameter or a power of one."""
    return isinstance(e, Symbol) or (isinstance(e, Pow) and isinstance(e.base, Symbol))


def delta(left: Index | int, right: Index | int) -> Expression:
    """The Kronecker delta of two indices, worked out where it can be."""
    if left == right:
        return ONE
    if isinstance(left, int) and isinstance(right, int):
        return ZERO
    return Delta(left, right)


def power(base: Expression, exponent: Expression) -> Expression:
    """A power, worked out where it is plain arithmetic.

    >>> power(Number(2), Number(-1)), power(Symbol("x"), ONE)
    (Number(Fraction(1, 2),), Symbol('x',))
    """
    if isinstance(exponent, Number):
        if exponent.value == 1:
            return base
        if exponent.value == 0:
            return ONE
        whole = exponent.value.denominator == 1 and abs(exponent.value) <= 64
        if (
            whole
            and isinstance(base, Number)
            and (base.value != 0 or exponent.value > 0)
            and _small(base.value, exponent.value)
        ):
            return Number(base.value ** int(exponent.value))
        if whole and isinstance(base, Pow) and isinstance(base.exponent, Number):
            return power(base.base, Number(base.exponent.value * exponent.value))
        if whole and isinstance(base, Mul):
            return mul(*(power(f, exponent) for f in base.factors))
    if base == ONE:
        return ONE
    return Pow(base, exponent)


def _small(base: Fraction, exponent: Fraction) -> bool:
    """Whether a power of a number has at most a few thousand digits."""
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    return bits * abs(exponent) < 10_000


def exponent_of(e: Expression) -> tuple[Expression, Fraction]:
    """An expression as base and rational exponent."""
    if isinstance(e, Pow) and isinstance(e.exponent, Number):
        return e.base, e.exponent.value
    return e, _WHOLE


def mul(*factors: Expression) -> Expression:
    """The product in the given order, numbers gathered in front, ``p * (1/p)`` cancelled.

    >>> p = Symbol("p")
    >>> mul(Symbol("x"), Number(2), p, power(p, MINUS_ONE))
    Mul(Number(Fraction(2, 1),), Symbol('x',))
    """
    plain: list[Expression] = []
    for factor in factors:
        if type(factor) is Mul:
            plain += factor.factors
        elif factor is not ONE:
            plain.append(factor)
    before = None
    for factor in plain:
        if type(factor) in _WORKED_OUT or factor._hash == before:
            break
        before = factor._hash
    else:
        return Mul(tuple(plain)) if len(plain) > 1 else plain[0] if plain else ONE
    coefficient = _WHOLE
    kept: list[Expression] = []
    reciprocals = False
    last: Expression | None = None
    for factor in factors:
        number, rest = split(factor)
        if number is not _WHOLE:
            coefficient = coefficient * number
        for f in rest:
            base, exponent = exponent_of(f)
            reciprocals = reciprocals or (exponent is not _WHOLE and exponent < 0)
            if last is not None and last == base:
                merged = power(base, Number(exponent_of(kept.pop())[1] + exponent))
                if merged != ONE:
                    kept.append(merged)
                last = exponent_of(kept[-1])[0] if kept else None
            else:
                kept.append(f)
                last = base
    if coefficient is not _WHOLE and coefficient == 0:
        return ZERO
    if reciprocals:
        kept = _cancelled(kept)
    if coefficient is not _WHOLE and coefficient < 0:
        for position, f in enumerate(kept):
            if isinstance(f, Add) and len(f.terms) == 2 and is_negative(f.terms[0]) != is_negative(f.terms[1]):
                kept[position] = add(*(mul(MINUS_ONE, t) for t in f.terms))
                coefficient = -coefficient
                break
    if not kept or (coefficient is not _WHOLE and coefficient != 1):
        kept.insert(0, Number(coefficient))
    return kept[0] if len(kept) == 1 else Mul(tuple(kept))


def _cancelled(factors: list[Expression]) -> list[Expression]:
    """The factors with powers of one base gathered wherever one of them is a reciprocal."""
    kept: list[Expression] = []
    for factor in factors:
        base, exponent = exponent_of(factor)
        for position, other in enumerate(kept):
            other_base, other_exponent = exponent_of(other)
            if other_base == base and (exponent < 0) != (other_exponent < 0):
                merged = power(base, Number(exponent + other_exponent))
                if merged == ONE:
                    del kept[position]
                else:
                    kept[position] = merged
                break
        else:
            kept.append(factor)
    return kept


def add(*terms: Expression) -> Expression:
    """The sum in the given order, like terms gathered; of two terms the positive one comes first.

    >>> x = Symbol("x")
    >>> add(x, x), add(mul(MINUS_ONE, Symbol("y")), x)
    (Mul(Number(Fraction(2, 1),), Symbol('x',)), Add(Symbol('x',), Mul(Number(Fraction(-1, 1),), Symbol('y',))))
    """
    if len(terms) == 1:
        return terms[0]
    order: list[tuple[Expression, ...]] = []
    numbers: dict[frozenset[tuple[Expression, int]], Fraction] = {}
    todo = list(reversed(terms))
    while todo:
        term = todo.pop()
        if isinstance(term, Add):
            todo.extend(reversed(term.terms))
            continue
        number, rest = split(term)
        key = frozenset(Counter(rest).items())
        if key not in numbers:
            order.append(rest)
        numbers[key] = numbers.get(key, Fraction(0)) + number
    result = []
    for rest in order:
        number = numbers[frozenset(Counter(rest).items())]
        if number != 0:
            result.append(mul(Number(number), *rest))
    if len(result) == 2 and is_negative(result[0]):
        result.reverse()
    if not result:
        return ZERO
    return result[0] if len(result) == 1 else Add(tuple(result))


def summed(indices: tuple[Index, ...], body: Expression) -> Expression:
    """The sum over indices: deltas contracted, coefficients in front, a body without the index counted.

    >>> from symbackprop.vocabulary.quantities import Dimension
    >>> i = Index("i", Dimension("n", 3))
    >>> summed((i,), ONE), summed((i,), mul(Number(2), Delta(i, 0)))
    (Number(Fraction(3, 1),), Number(Fraction(2, 1),))
    """
    if not indices or body == ZERO:
        return body
    left = list(indices)
    number, factors = split(body)
    for factor in factors:
        if isinstance(factor, Delta):
            for inner, outer in ((factor.left, factor.right), (factor.right, factor.left)):
                if isinstance(inner, Index) and inner in left:
                    left.remove(inner)
                    rest = mul(Number(number), *(f for f in factors if f is not factor))
                    return summed(tuple(left), replace_index(rest, {inner: outer}))
    free = free_indices(body)
    front: list[Expression] = [Number(number)]
    for index in indices:
        if index not in free:
            left.remove(index)
            count = index.dimension.size
            front.append(Number(count) if isinstance(count, int) else Symbol(count))
    front += [f for f in factors if is_coefficient(f)]
    inside = mul(*(f for f in factors if not is_coefficient(f)))
    if isinstance(inside, Sum):
        left, inside = [*left, *inside.indices], inside.body
    return mul(*front, Sum(tuple(left), inside) if left else inside)
