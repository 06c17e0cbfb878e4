"""Functions applied: those of the tables and of the author, softmax, values by cases, means and traces."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from symbackprop.networks.equations.summing import bind, limits
from symbackprop.networks.equations.tensors import Value
from symbackprop.networks.equations.trees import letters_in, rebuilt
from symbackprop.reading import tree as t
from symbackprop.reading.sexpr import compact, sexpr
from symbackprop.reading.tree import Node
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.arithmetic import add, mul, power, summed
from symbackprop.vocabulary.expressions import MINUS_ONE, ONE, Call, Expression, Number, free_indices

if TYPE_CHECKING:
    from symbackprop.networks.equations.translating import Translator


def applied(tr: Translator, node: t.App) -> Value:
    """A function applied, by what its symbol means."""
    meaning, head = tr.around.meaning(node.function)
    arguments = list(node.arguments)
    if meaning == "scalar":
        return tr.around.whole(head, [tr.value(a) for a in arguments], node is tr.top)
    if meaning in ("max", "min") and len(arguments) == 2:
        zero = next((k for k, a in enumerate(arguments) if a == t.Num("0")), None)
        if meaning == "max" and zero is not None:
            arguments.pop(zero)
            meaning, head = "relu", r"\mathrm{ReLU}"
        else:
            both = tr.tensors.entrywise(tr.values(tuple(arguments)), "both must have the same shape")
            return both[0].with_expression(Call(FUNCTIONS[meaning], tuple(v.expression for v in both)))
    if len(arguments) != 1:
        raise tr.error("argument-count", f"{tr.written(node.function)} takes one argument, not {len(arguments)}", node)
    argument = tr.value(arguments[0])
    if meaning in _WHOLE:
        return _WHOLE[meaning](tr, argument)
    if meaning.startswith("softmax"):
        return softmax(tr, node, meaning, head, argument)
    return tr.around.applied(meaning, head, argument, None, node is tr.top)


def softmax(tr: Translator, node: t.App, meaning: str, head: str, argument: Value) -> Value:
    """Softmax of a vector, or of every row (or column) of a matrix."""
    open_ = argument.open
    if not open_:
        raise tr.error(
            "softmax-of-one", "softmax needs a vector or a matrix to compare entries of", node,
            "or write it out: e^{z_j} / \\sum_k e^{z_k}",
        )  # fmt: skip
    axis = open_[0] if meaning == "softmax-columns" else open_[-1]
    return tr.around.applied("softmax", head, argument, axis, node is tr.top)


def normalised(tr: Translator, node: t.Div) -> Value | None:
    """Softmax written out: exp of something over the sum of the same over its index."""
    above, below = node.numerator, node.denominator
    if not (isinstance(below, t.Sum) and len(below.ranges) == 1 and below.ranges[0].condition is None):
        return None
    if not (_is_exp(above) and _is_exp(below.body)):
        return None
    assert isinstance(above, t.App)
    assert isinstance(below.body, t.App)
    letter = compact(below.ranges[0].index)
    for own in sorted(tr.scope):
        if own != letter and sexpr(_lettered(above, own, letter)) == sexpr(below.body):
            bind(tr, below.ranges[0], lambda: tr.value(below.body))
            argument = tr.value(above.arguments[0])
            if tr.scope[own] in free_indices(argument.expression):
                over = tr.scope[own]
                limits(tr, below.ranges[0], over)
                return tr.around.applied("softmax", r"\mathrm{softmax}", argument, over, node is tr.top)
    return None


def cases(tr: Translator, node: t.Cases) -> Value:
    """Values by cases as a sum of values times indicators."""
    left: Expression = ONE
    terms = []
    for branch, condition in node.branches:
        holds = ONE if condition is None else indicator(tr, condition)
        value = tr.value(branch)
        if value.sides:
            raise tr.error("unsupported", "cases are read for numbers only", branch, "write it for one entry")
        terms.append(mul(left, holds, value.expression))
        left = mul(left, add(ONE, mul(MINUS_ONE, holds)))
    return Value(add(*terms))


def indicator(tr: Translator, condition: Node) -> Expression:
    """One where a comparison holds, by the step function."""
    signs = {">": 1, ">=": 1, "<": -1, "<=": -1}
    if not isinstance(condition, t.Chain) or len(condition.links) != 1 or condition.links[0][0] not in signs:
        raise tr.error("condition", "a condition is one comparison, such as z > 0", condition)
    sign, right = condition.links[0]
    left, other = tr.value(condition.first), tr.value(right)
    if left.sides or other.sides:
        raise tr.error("condition", "conditions are read for numbers only", condition)
    difference = add(left.expression, mul(MINUS_ONE, other.expression))
    return Call(FUNCTIONS["step"], (mul(Number(signs[sign]), difference),))


def _mean(tr: Translator, value: Value) -> Value:
    total = tr.tensors.total(value).expression
    count = mul(*(summed((i,), ONE) for i in value.open))
    return Value(mul(power(count, MINUS_ONE), total))


def _variance(tr: Translator, value: Value) -> Value:
    centred = add(value.expression, mul(MINUS_ONE, _mean(tr, value).expression))
    return _mean(tr, value.with_expression(power(centred, Number(2))))


_WHOLE: dict[str, Callable[[Translator, Value], Value]] = {
    "diag": lambda tr, v: tr.tensors.diagonal(v),
    "tr": lambda tr, v: tr.tensors.trace(v),
    "trace": lambda tr, v: tr.tensors.trace(v),
    "sum": lambda tr, v: tr.tensors.total(v),
    "mean": _mean,
    "var": _variance,
}


def _is_exp(node: Node) -> bool:
    return isinstance(node, t.App) and node.function.base == "exp" and len(node.arguments) == 1


def _lettered(node: Node, old: str, new: str) -> Node:
    """The tree with one index letter in place of another."""

    def script(at: Node) -> Node | None:
        if isinstance(at, t.Sym) and compact(at) == old:
            accent, _, base = new.rpartition(".")
            primes = len(base) - len(base.rstrip("'"))
            return t.Sym(base.rstrip("'"), accent, primes=primes)
        return None

    def change(at: Node) -> Node | None:
        if not isinstance(at, t.Sym) or not any(old in letters_in(s) for s in (at.sample, at.layer, *at.indices) if s):
            return None
        return t.Sym(
            at.base,
            at.accent,
            None if at.layer is None else rebuilt(at.layer, script),
            None if at.sample is None else rebuilt(at.sample, script),
            tuple(rebuilt(i, script) for i in at.indices),
            at.label,
            at.primes,
        )

    return rebuilt(node, change)
