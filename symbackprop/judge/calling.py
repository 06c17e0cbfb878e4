"""Functions applied: entry by entry, and those of whole arrays."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from symbackprop.judge.arrays import Array, Mismatch, points
from symbackprop.judge.readings import Slope, Unsupported
from symbackprop.judge.rewriting import unfolded_call
from symbackprop.judge.subjects import Alias, Named, derivative
from symbackprop.reading import tree as t
from symbackprop.reading.sexpr import sexpr
from symbackprop.reading.tree import Node, Sym
from symbackprop.symbolic.algebra import applied as value_of
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Quantity

if TYPE_CHECKING:
    from symbackprop.judge.evaluating import Evaluator

T = TypeVar("T")


def called(ev: Evaluator[T], node: t.App) -> Array[T]:
    """A function applied to arguments, or to the entries of an array."""
    symbol = node.function
    meaning = ev.subject.meaning(replace(symbol, primes=0))
    itself = isinstance(meaning, Named) and not symbol.primes
    for formal, meant in ev.subject.calls:
        if itself and formal.arguments == node.arguments:
            continue
        found = unfolded_call(formal, meant, node)
        if found is not None:
            return ev.value(found)
        if (
            replace(symbol, primes=0) == formal.function
            and len(formal.arguments) == len(node.arguments)
            and (not symbol.primes or len(node.arguments) == 1)
        ):
            return by_definition(ev, formal, meant, node)
    if isinstance(meaning, Named | Alias):
        return quantity_called(ev, node, meaning)
    at = ev.subject.function_at(symbol, node.arguments[0]) if len(node.arguments) == 1 else None
    function = at or ev.subject.function(symbol)
    given = [a for a in node.arguments if a != t.Num("0")]
    if function is FUNCTIONS["max"] and len(given) == 1 == len(node.arguments) - 1:
        return called(ev, replace(node, function=Sym("relu"), arguments=tuple(given)))
    arguments = [ev.value(a) for a in node.arguments]
    if isinstance(function, str):
        return of_arrays(ev, function, node, arguments)
    for _ in range(symbol.primes):
        function = derivative(function)
    if len(arguments) != len(function.parameters):
        raise Unsupported(f"this function takes {len(function.parameters)} arguments", node)
    like = ev.arrays.alike([a.plain() for a in arguments], "the arguments must have the same shape")
    entries = tuple(applied(ev, function, each) for each in zip(*(a.entries for a in like), strict=True))
    slope = Slope(function) if symbol.primes else None
    return Array(entries, like[0].sides, of=slope)


def applied(ev: Evaluator[T], function: Function, arguments: tuple[T, ...]) -> T:
    """A function of numbers."""
    return value_of(ev.algebra, function, arguments)


def by_definition(ev: Evaluator[T], formal: t.App, meant: Node, node: t.App) -> Array[T]:
    """A function that is defined by a formula in its arguments, at others: entry by entry where it gives numbers."""
    arguments = [ev.value(a).plain() for a in node.arguments]
    outer = ev.held

    def at(values: list[Array[T]]) -> Array[T]:
        if node.function.primes:
            return slope_at(ev, formal.arguments[0], meant, values[0], node.function.primes)
        ev.held = {**outer, **dict(zip(formal.arguments, values, strict=True))}
        try:
            return ev.value(meant)
        finally:
            ev.held = outer

    if all(a.number for a in arguments):
        return at(arguments)
    like = ev.arrays.alike(arguments, "the arguments must have the same shape")
    found = [at([Array((e,)) for e in each]) for each in zip(*(a.entries for a in like), strict=True)]
    if not all(value.number for value in found):
        return at(arguments)
    slope = Slope(None) if node.function.primes else None
    return Array(tuple(value.entries[0] for value in found), like[0].sides, of=slope)


def slope_at(ev: Evaluator[T], formal: Node, meant: Node, value: Array[T], order: int) -> Array[T]:
    """The derivative of some order of a formula by a letter in it, at a number."""
    within = ev.within(ev.instance.lifted())
    within.held = {name: Array(tuple((e, None) for e in held.entries), held.sides) for name, held in ev.held.items()}
    at: Array[tuple[T, T | None]] = Array(((value.entries[0], ev.algebra.number(Fraction(1))),))
    if order > 1:
        found = slope_at(within, formal, meant, at, order - 1)
    else:
        within.held[formal] = at
        found = within.value(meant)
    if not found.number:
        raise Unsupported("the derivative of a function that gives no number cannot be judged", meant)
    change = found.entries[0][1]
    return ev.number(0) if change is None else Array((change,))


def quantity_called(ev: Evaluator[T], node: t.App, meaning: Named | Alias) -> Array[T]:
    """A quantity written with what it is a function of: ``C(a)``, and ``C'(a)`` for its derivative by that."""
    bare = replace(node.function, primes=0)
    if not node.function.primes:
        if isinstance(meaning, Named):
            for argument in node.arguments:
                refuse_elsewhere(ev, meaning.quantity, argument)
        return ev.value(bare)
    if len(node.arguments) != 1 and node.function.primes == 1:
        parts = [ev.value(t.Deriv("partial", bare, (a,), span=node.span)) for a in node.arguments]
        if all(p.number for p in parts):
            return Array(tuple(p.entries[0] for p in parts), (len(parts), None))
    if len(node.arguments) != 1:
        raise Unsupported("which argument the prime means cannot be told", node)
    return ev.value(t.Deriv("total", bare, (node.arguments[0],) * node.function.primes, span=node.span))


def refuse_elsewhere(ev: Evaluator[T], of: Quantity, argument: Node) -> None:
    """Refuse an argument at which a quantity is not known: neither what it is computed from, nor equal to that."""
    name = argument.function if isinstance(argument, t.App) else argument
    if isinstance(name, Sym):
        meaning = ev.subject.meaning(name)
        if not isinstance(meaning, Named) or meaning.quantity is of or meaning.quantity in ev.instance.sweep(of):
            return
    elif ev.instance.cut:
        raise Unsupported("what this is at another argument is not known", argument)
    else:
        known = [value for (quantity, _), value in ev.instance.values.items() if quantity in ev.instance.sweep(of)]
        if all(entry in known for entry in ev.value(argument).entries):
            return
    raise Unsupported("what this is at another argument is not known", argument)


def of_arrays(ev: Evaluator[T], function: str, node: t.App, arguments: list[Array[T]]) -> Array[T]:
    """A function of whole arrays."""
    if len(arguments) != 1:
        if function == "scalar":
            return whole_function(ev, node)
        raise Unsupported("this function takes one argument", node)
    value = arguments[0]
    if function == "scalar":
        return whole_function(ev, node)
    if function == "diag":
        return ev.arrays.diagonal(value, ev.algebra.number(Fraction(0)))
    if function in ("tr", "trace"):
        if len(value.shape) != 2 or value.shape[0] != value.shape[1]:
            raise Mismatch("only a square matrix has a trace", value)
        return ev.arrays.total(ev.arrays.diagonal(value, value.entries[0]))
    if function in ("sum", "mean", "var"):
        return moment(ev, function, value)
    return softmax(ev, function, node, value.plain())


def whole_function(ev: Evaluator[T], node: t.App) -> Array[T]:
    """The cost written as the function that defines it."""
    quantity = defined_as(ev, node)
    if quantity is None:
        raise Unsupported("this is not what the network defines by that function", node)
    return Array((ev.instance.values[quantity, ()],))


def defined_as(ev: Evaluator[T], node: Node) -> Quantity | None:
    """The quantity whose definition this formula is, as the author writes it."""
    network = ev.subject.network
    scene = getattr(network, "scene", None)
    if scene is None:
        return None
    shown = sexpr(node)
    for row in scene.rows:
        if sexpr(row.right) == shown:
            found: Quantity | None = network.keys.get(row.key)  # type: ignore[attr-defined]
            return found
    return None


def moment(ev: Evaluator[T], function: str, value: Array[T]) -> Array[T]:
    """The sum, mean or variance of all entries."""
    total = ev.arrays.total(value)
    if function == "sum":
        return total
    count = ev.algebra.number(Fraction(1, len(value.entries)))
    mean = ev.arrays.scaled(count, total)
    if function == "mean":
        return mean
    minus = ev.algebra.number(Fraction(-1))
    centred = ev.arrays.sum([value, ev.arrays.repeated(ev.arrays.scaled(minus, mean), value.sides)])
    return moment(ev, "mean", ev.arrays.mapped(centred, lambda e: ev.algebra.mul((e, e))))


def softmax(ev: Evaluator[T], function: str, node: t.App, value: Array[T]) -> Array[T]:
    """Softmax of a vector, or of every row (or column) of a matrix; its derivative at a prime."""
    if node.function.primes or not value.shape:
        raise Unsupported("softmax of a number, or its slope, cannot be judged", node)
    exponentials = ev.arrays.mapped(value, lambda e: applied(ev, FUNCTIONS["exp"], (e,)))
    minus = ev.algebra.number(Fraction(-1))
    if len(value.shape) == 1:
        inverse = ev.algebra.power(ev.algebra.add(list(exponentials.entries)), minus)
        return ev.arrays.scaled(inverse, exponentials)
    rows, columns = value.shape
    entries = []
    for i, j in points((rows, columns)):
        line = range(columns) if function != "softmax-columns" else range(rows)
        of = [exponentials.entries[i * columns + k if function != "softmax-columns" else k * columns + j] for k in line]
        inverse = ev.algebra.power(ev.algebra.add(of), minus)
        entries.append(ev.algebra.mul((exponentials.entries[i * columns + j], inverse)))
    return Array(tuple(entries), value.sides)
