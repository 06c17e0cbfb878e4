"""Conditions on indices and on values: indicators, cases, Kronecker deltas."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

from symbackprop.judge import naming
from symbackprop.judge.arrays import Array
from symbackprop.judge.normal import Normal
from symbackprop.judge.readings import Unsupported
from symbackprop.judge.reals import Interval, Undecided
from symbackprop.reading import tree as t
from symbackprop.reading.tree import Node, Sym
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.errors import InputError

if TYPE_CHECKING:
    from symbackprop.judge.evaluating import Evaluator

T = TypeVar("T")


def holds(ev: Evaluator[T], condition: Node) -> bool:
    """Whether a condition holds; on indices, or on numbers."""
    if not isinstance(condition, t.Chain):
        raise Unsupported("a condition is a comparison", condition)
    left: Node = condition.first
    for sign, right in condition.links:
        if not compared(ev, left, sign, right):
            return False
        left = right
    return True


def compared(ev: Evaluator[T], left: Node, sign: str, right: Node) -> bool:
    """One comparison."""
    if sign in ("in", "notin"):
        raise Unsupported("which set this is cannot be told", right)
    try:
        difference: Any = counted(ev, left) - counted(ev, right)
    except Unsupported:
        both = ev.arrays.alike([ev.value(left), ev.value(right)], "both must have the same shape")
        if not all(v.number for v in both):
            raise Unsupported("conditions are read for numbers only", left) from None
        minus = ev.algebra.number(Fraction(-1))
        difference = ev.algebra.add([both[0].entries[0], ev.algebra.mul((minus, both[1].entries[0]))])
        difference = signed(ev, difference)
    comparisons: dict[str, bool] = {
        ">": difference > 0, ">=": difference >= 0, "<": difference < 0, "<=": difference <= 0,
        "=": difference == 0, "!=": difference != 0, "equiv": difference == 0,
    }  # fmt: skip
    return comparisons[sign]


def counted(ev: Evaluator[T], script: Node) -> int:
    """A script counted from zero, whether it is a letter or a number."""
    return naming.whole(ev, script) - (ev.subject.first if isinstance(script, t.Num) else 0)


def signed(ev: Evaluator[T], value: Any) -> Any:
    """Something with the sign of a value, remembering where it is zero."""
    while isinstance(value, tuple) and type(value) is tuple:  # a dual number
        value = value[0]
    algebra: Any = ev.algebra
    while hasattr(algebra, "base"):
        algebra = algebra.base
    if isinstance(algebra, Normal):
        raise Undecided("the sign of an unknown")
    sign = algebra.native[FUNCTIONS["sign"]](value)
    return sign.lo if isinstance(sign, Interval) else sign


def indicator(ev: Evaluator[T], node: t.Indicator) -> Array[T]:
    """One where the condition holds, entry by entry."""
    return where(ev, node.condition)


def where(ev: Evaluator[T], condition: Node) -> Array[T]:
    """One where a condition holds: for a comparison of arrays, entry by entry."""
    if isinstance(condition, t.Chain) and len(condition.links) == 1:
        sign, right = condition.links[0]
        try:
            counted(ev, condition.first)
            counted(ev, right)
        except (Unsupported, InputError):
            both = ev.arrays.alike([ev.value(condition.first), ev.value(right)], "both must have the same shape")
            if not both[0].number:
                entries = []
                outer = ev.held
                for a, b in zip(both[0].entries, both[1].entries, strict=True):
                    ev.held = {_LEFT: Array((a,)), _RIGHT: Array((b,))}
                    entries.append(ev.algebra.number(Fraction(compared(ev, _LEFT, sign, _RIGHT))))
                ev.held = outer
                return Array(tuple(entries), both[0].sides)
    return ev.number(int(holds(ev, condition)))


def kronecker(ev: Evaluator[T], node: t.Kronecker) -> Array[T]:
    """One where two indices are equal."""
    return ev.number(int(counted(ev, node.left) == counted(ev, node.right)))


def cases(ev: Evaluator[T], node: t.Cases) -> Array[T]:
    """The first value whose condition holds, entry by entry."""
    left: Array[T] = ev.number(1)
    total: list[Array[T]] = []
    one, minus = ev.number(1), ev.algebra.number(Fraction(-1))
    for branch, condition in node.branches:
        holds = one if condition is None else where(ev, condition)
        share = ev.arrays.hadamard([left, holds])
        total.append(ev.arrays.hadamard([share, ev.value(branch).plain()]))
        rest = ev.arrays.sum([one, ev.arrays.scaled(minus, holds)])
        left = ev.arrays.hadamard([left, rest])
    return ev.arrays.sum(total)


_LEFT, _RIGHT = Sym("left"), Sym("right")
