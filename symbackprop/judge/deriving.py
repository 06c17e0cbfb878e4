"""Derivatives: of the cost, of one quantity by another, of a formula."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from symbackprop.judge import calling, combining, naming
from symbackprop.judge.arrays import Array, Mismatch, Sides, points
from symbackprop.judge.normal import Normal
from symbackprop.judge.readings import Slope, Tag, Unsupported
from symbackprop.judge.reals import Interval, Undecided, differs
from symbackprop.judge.rewriting import contains, put_in_place, unfolded
from symbackprop.judge.subjects import Alias, Named
from symbackprop.reading import tree as t
from symbackprop.reading.sexpr import sexpr
from symbackprop.reading.tree import Node, Sym
from symbackprop.vocabulary.quantities import Quantity

if TYPE_CHECKING:
    from symbackprop.judge.evaluating import Evaluator
    from symbackprop.judge.instances import Instance

T = TypeVar("T")
NABLA = "nabla"
"""The kind of a derivative that is a gradient, and a column whatever the layout."""
Part = tuple[Quantity, tuple[int, ...], Sides, tuple[int, ...]]
"""A quantity, the entry that is fixed of it (-1: free), its sides, and the axes that lie there."""


def gradient(ev: Evaluator[T], node: t.Grad) -> Array[T]:
    """A gradient, shaped like what it is taken by."""
    of = node.of.body if isinstance(node.of, t.Transpose) else None
    if isinstance(of, t.App) and len(of.arguments) == 1 and isinstance(ev.subject.meaning(of.function), Named):
        bare = t.Grad(of.function, node.by, span=node.span)  # the gradient of J times a transpose, not one of J(h)
        return ev.value(t.Mul((bare, t.Transpose(of.arguments[0])), ("",), span=node.span))
    if node.by is None:
        raise Unsupported("a gradient by what?", node, r"write \nabla_W C")
    return derived(ev, t.Deriv(NABLA, node.of, (node.by,), span=node.span))


def derived(ev: Evaluator[T], node: t.Deriv) -> Array[T]:
    """A derivative: of the cost, of one quantity by another, or of a formula."""
    if len(node.by) > 1:
        inner = replace(node, by=node.by[:-1])
        return changed(ev, inner, node.by[-1], node)
    by = node.by[0]
    if isinstance(by, t.Transpose):
        return ev.arrays.transposed(derived(ev, replace(node, by=(by.body,))))
    variable = taken_by(ev, by)
    if variable is None:
        return by_formula(ev, node, by)
    whole = plainly(ev, node.of)
    if whole is not None:
        return laid(ev, jacobian(ev, whole, variable), node)
    return laid(ev, changed(ev, node.of, by, node), node)


def taken_by(ev: Evaluator[T], by: Node) -> Part | None:
    """The quantity, or entry of one, that a derivative is taken by."""
    if isinstance(by, t.App) and not by.function.primes:
        meaning = ev.subject.meaning(by.function)
        if isinstance(meaning, Named):
            return naming.lying(ev, meaning, by.function)
    name = by.body.function if isinstance(by, t.Entry) and isinstance(by.body, t.App) else None
    called = ev.subject.meaning(name) if name is not None else None
    if isinstance(by, t.Entry) and isinstance(called, Named):
        order = tuple(range(len(called.quantity.axes)))
        return naming.lying(ev, called._replace(scripts=by.indices, order=order), by)
    if isinstance(by, t.Entry):
        inner = taken_by(ev, by.body)
        if inner is not None and len(inner[3]) == len(by.indices):
            shape = ev.instance.shape(inner[0])
            free = {a: naming.index(ev, i, shape[a]) for a, i in zip(inner[3], by.indices, strict=True)}
            return inner[0], tuple(free.get(k, i) for k, i in enumerate(inner[1])), (), ()
    if isinstance(by, Sym):
        meaning = ev.subject.meaning(by) or ev.subject.value_of(by)
        if isinstance(meaning, Named):
            return naming.lying(ev, meaning, by)
        if isinstance(meaning, Alias) and isinstance(meaning.right, Sym | t.Entry):
            meant = put_in_place(meaning, by) or unfolded(meaning, by)
            if by.indices and isinstance(meant, Sym) and not meaning.left.indices and not meant.indices:
                meant = replace(meant, indices=by.indices)
            return taken_by(ev, meant)
    quantity = calling.defined_as(ev, by)
    if quantity is not None:
        axes = len(quantity.axes)
        layout: tuple[int | None, ...] = (0, None) if axes == 1 else tuple(range(axes))
        return (quantity, (-1,) * axes, *naming.sides(ev, layout, ev.instance.shape(quantity)))
    return None


def plainly(ev: Evaluator[T], of: Node) -> Part | None:
    """The quantity that a derivative is taken of, None where it is a formula."""
    if isinstance(of, t.App):
        meaning = ev.subject.meaning(of.function)
        if isinstance(meaning, Named):
            return naming.lying(ev, meaning, of.function)
    if isinstance(of, Sym) and isinstance(meaning := ev.subject.meaning(of) or ev.subject.value_of(of), Named):
        return naming.lying(ev, meaning, of)
    quantity = calling.defined_as(ev, of) if isinstance(of, t.App) else None
    if quantity is not None and not quantity.axes:
        return quantity, (), (), ()
    return None


def jacobian(
    ev: Evaluator[T],
    of: Part,
    by: Part,
) -> Array[T]:
    """The derivatives of the free entries of one quantity by those of another."""
    immediate = ev.reading.immediate and of[0] is not ev.subject.network.cost
    derivative_of = ev.instance.immediate if immediate else ev.instance.derivative
    entries = tuple(derivative_of(of[0], at, by[0], point) for at in points_of(ev, of) for point in points_of(ev, by))
    return tagged(ev, entries, Tag(of[0], of[1], of[2]), Tag(by[0], by[1], by[2]), len(of[3]))


def points_of(ev: Evaluator[T], part: Part) -> list[tuple[int, ...]]:
    """The entries of a quantity that are meant, as they lie."""
    quantity, at, _, axes = part
    if not axes:
        return [at]
    shape = ev.instance.shape(quantity)
    order = sorted(range(len(axes)), key=lambda k: axes[k])
    found = []
    for point in points([shape[a] for a in axes]):
        free = iter([point[k] for k in order])
        found.append(tuple(next(free) if i < 0 else i for i in at))
    return found


def tagged(ev: Evaluator[T], entries: tuple[T, ...], of: Tag, by: Tag, inner: int) -> Array[T]:
    """A derivative as an array with the sides of both."""
    front = tuple(s for s in of.sides if s is not None)
    back = tuple(s for s in by.sides if s is not None)
    if not front:
        sides = by.sides
    elif not back:
        sides = of.sides
    else:
        sides = (*front, *back)
    return Array(entries, sides, of, by, inner)


def laid(ev: Evaluator[T], array: Array[T], node: t.Deriv) -> Array[T]:
    """A derivative in the layout of the reading."""
    if node.kind != NABLA and ev.reading.rows and array.inner == 0 and 0 < len(array.shape) <= 2:
        turned = ev.arrays.transposed(array)
        return Array(turned.entries, turned.sides)
    if ev.reading.columns and array.inner == 1 and len(array.shape) == 2:
        turned = ev.arrays.transposed(array)
        return Array(turned.entries, turned.sides)
    if ev.reading.entrywise and combining.square(array):
        try:
            return replace(combining.entry_by_entry(ev, array), of=Slope(None))
        except Mismatch:
            return array
    return array


def changed(ev: Evaluator[T], of: Node, by: Node, node: t.Deriv) -> Array[T]:
    """The derivative of a formula: what changes of it when one entry does."""
    variable = taken_by(ev, by)
    if variable is None:
        raise Unsupported("what this is a derivative by cannot be told", node)
    columns: list[Array[T]] = []
    zero = ev.algebra.number(Fraction(0))
    for point in points_of(ev, variable):
        inside = ev.within(ev.instance.changing(variable[0], point))
        value = inside.value(of)
        columns.append(Array(tuple(zero if d is None else d for _, d in value.entries), value.sides))
    first = columns[0]
    entries = tuple(c.entries[k] for k in range(len(first.entries)) for c in columns)
    formula = Tag(variable[0], None, first.sides)._replace(quantity=_formula(of))
    return tagged(ev, entries, formula, Tag(variable[0], variable[1], variable[2]), len(first.shape))


def by_formula(ev: Evaluator[T], node: t.Deriv, by: Node) -> Array[T]:
    """The derivative of a formula by a part of it, such as ``(y - a)^2`` by ``y - a``."""
    values = ev.value(by)
    inside = contains(node.of, by)
    quantity = None if inside else same(ev, by, values)
    if quantity is not None:
        axes = len(quantity.axes)
        layout: tuple[int | None, ...] = (0, None) if axes == 1 else tuple(range(axes))
        variable = (quantity, (-1,) * axes, *naming.sides(ev, layout, ev.instance.shape(quantity)))
        whole = plainly(ev, node.of)
        if whole is None:
            raise Unsupported("what this is a derivative of cannot be told", node.of)
        return laid(ev, jacobian(ev, whole, variable), node)
    if not inside:
        raise Unsupported("this does not occur in what is differentiated, and is no quantity of the network", by)
    one = ev.algebra.number(Fraction(1))
    lifted = ev.instance.lifted()
    columns: list[Array[T]] = []
    for k in range(len(values.entries)):
        within = ev.within(lifted)
        changing = tuple((e, one if i == k else None) for i, e in enumerate(values.entries))
        within.held = {by: Array(changing, values.sides)}
        value = within.value(node.of)
        zero = ev.algebra.number(Fraction(0))
        columns.append(Array(tuple(zero if d is None else d for _, d in value.entries), value.sides))
    first = columns[0]
    entries = tuple(c.entries[k] for k in range(len(first.entries)) for c in columns)
    tags = Tag(_formula(node.of), None, first.sides), Tag(_formula(by), None, values.sides)
    return laid(ev, tagged(ev, entries, *tags, len(first.shape)), node)


def same(ev: Evaluator[T], node: Node, values: Array[T]) -> Quantity | None:
    """The quantity that a formula is equal to in all entries, such as a pre-activation that has no name."""
    known: dict[Node, Quantity | None] = ev.subject.same
    if node not in known:
        if ev.instance.cut:
            raise Undecided("which quantity this is cannot be told where pre-activations are unknowns")
        found = None
        for definition in ev.subject.network.definitions:
            quantity = definition.quantity
            if quantity.kind == "cost" or ev.instance.shape(quantity) != values.shape:
                continue
            entries = [ev.instance.values[quantity, p] for p in points(values.shape)]
            if all(alike(ev, a, b) for a, b in zip(entries, values.entries, strict=True)):
                found = quantity
                break
        known[node] = found
    return known[node]


def alike(ev: Evaluator[T], a: T, b: T) -> bool:
    """Whether two values are equal, as far as can be told."""
    if isinstance(a, Interval) and isinstance(b, Interval):
        return not differs(a, b)
    if isinstance(ev.algebra, Normal):
        return ev.algebra.equal(a, b)
    return a == b


def point(ev: Evaluator[T], node: t.At) -> Array[T]:
    """A value where a quantity, or the variable of a function, has another value."""
    condition = node.condition
    links = condition.links if isinstance(condition, t.Chain) else ()
    if not isinstance(condition, t.Chain) or len(links) != 1 or links[0][0] not in ("=", "equiv"):
        raise Unsupported("at which point this is taken cannot be told", node)
    name, value = condition.first, ev.value(links[0][1])
    meaning = ev.subject.meaning(name) if isinstance(name, Sym) else None
    if not isinstance(name, Sym) or not isinstance(meaning, Named):
        outer = ev.held
        ev.held = {**outer, name: value}
        try:
            return ev.value(node.body)
        finally:
            ev.held = outer
    moved = elsewhere(ev, name, meaning, value)
    return ev.value(node.body) if moved is None else ev.elsewhere(moved).value(node.body)


def elsewhere(ev: Evaluator[T], name: Sym, meaning: Named, value: Array[T]) -> Instance[T] | None:
    """The instance at which a quantity has a value, None where it has that value here."""
    old = ev.value(name)
    new = ev.arrays.alike([value.plain(), old.plain()], "both must have the same shape")[0]
    if all(alike(ev, a, b) for a, b in zip(new.entries, old.entries, strict=True)):
        return None
    if ev.instance.cut:
        raise Undecided("what changes with it is unknown where pre-activations are unknowns")
    quantity, at, _, axes = naming.lying(ev, meaning, name)
    given = dict(ev.instance.given)
    shape = [ev.instance.shape(quantity)[a] for a in axes]
    order = sorted(range(len(axes)), key=lambda k: axes[k])
    for point, entry in zip(points(shape), new.entries, strict=True):
        free = iter([point[k] for k in order])
        given[quantity, tuple(next(free) if i < 0 else i for i in at)] = entry
    return ev.instance.with_given(given)


_FORMULAS: dict[str, Quantity] = {}


def _formula(of: Node) -> Quantity:
    """Something that stands for a formula where a quantity is expected."""
    return (
        _FORMULAS.setdefault(sexpr(of), Quantity("formula", "auxiliary"))
        if len(_FORMULAS) < 1000
        else Quantity("formula", "auxiliary")
    )
