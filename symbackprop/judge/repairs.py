"""Small changes of a formula that may make it right, each with the mistake that it would undo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, permutations, product
from typing import NamedTuple

from symbackprop.judge.letters import free_letters, sizes_of
from symbackprop.judge.subjects import Alias, Named, Names, Subject
from symbackprop.networks.equations.trees import rebuilt
from symbackprop.reading import tree as t
from symbackprop.reading.sexpr import compact
from symbackprop.reading.tree import Node, Sym
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Quantity
from symbackprop.vocabulary.terms import Combination, Map

MARK = "\0"
"""Begins a name that means a quantity or a function itself, whatever anybody calls it."""
MOST_SLOPES = 5
MOST_ORDERED = 3


class Change(NamedTuple):
    """A changed left and right side, and the mistake that was made if these are equal."""

    mistake: str
    left: Node
    right: Node


def private(quantity: Quantity, indices: tuple[Node, ...] = ()) -> Sym:
    """A quantity as a name that nothing else bears."""
    return Sym(MARK + quantity.name, indices=indices)


class Changes:
    """The single changes of one link."""

    def __init__(self, subject: Subject, left: Node, right: Node) -> None:
        self.subject = subject
        self.left = left
        self.network = subject.network
        self.by = self.differentiated(left)
        self.of_cost = self.about_cost(left)
        self.sizes = {**sizes_of(subject, left)}
        for letter, found in sizes_of(subject, right).items():
            self.sizes[letter] = self.sizes.get(letter, set()) | found
        self.free = list(free_letters(left, right))
        self.own = set(free_letters(left))
        self.indexed = any(q.axes for q in self.network.quantities)
        self.maps = [
            d
            for d in self.network.definitions
            if isinstance(d, Map) and len(d.arguments) == 1 and not d.function.whole and d.function.name not in _PLAIN
        ]

        self.relus = [
            k for k, d in enumerate(self.network.definitions) if isinstance(d, Map) and d.function.name == "relu"
        ][:1]

    def differentiated(self, left: Node) -> Quantity | None:
        """What the left side differentiates by."""
        if isinstance(left, Sym):
            meaning = self.subject.meaning(left)
            left = meaning.right if isinstance(meaning, Alias) else left
        if isinstance(left, t.Deriv | t.Grad):
            by = left.by[-1] if isinstance(left, t.Deriv) else left.by
            meaning = self.subject.meaning(by) if isinstance(by, Sym) else None
            return meaning.quantity if isinstance(meaning, Named) else None
        return None

    @property
    def about_slopes(self) -> bool:
        """Whether a slope can be missing: not in a claim about the value of a quantity."""
        return not (isinstance(self.left, Sym) and isinstance(self.subject.meaning(self.left), Named))

    def about_cost(self, left: Node) -> bool:
        """Whether the left side is a derivative of the cost."""
        meaning = self.subject.meaning(left) if isinstance(left, Sym) else None
        left = meaning.right if isinstance(meaning, Alias) else left
        if not isinstance(left, t.Deriv | t.Grad) or not isinstance(left.of, Sym):
            return False
        of = self.subject.meaning(left.of)
        return isinstance(of, Named) and of.quantity is self.network.cost

    def of(self, right: Node) -> Iterator[Change]:
        """All single changes of a right side, and of the left."""
        yield from self.slopes(right, ())
        for node, scope in _nodes(right, ()):
            for mistake, new in self.alternatives(node, scope, node is right):
                yield Change(mistake, self.left, _put(right, node, new))
        yield from self.upstream(right)
        yield from self.rearranged(right)

    def alternatives(self, node: Node, scope: tuple[str, ...], top: bool) -> Iterator[tuple[str, Node]]:
        """What may have been meant in place of a node."""
        if isinstance(node, t.Add):
            for k, term in enumerate(node.terms):
                flipped = term.body if isinstance(term, t.Neg) else t.Neg(term)
                yield "sign", replace(node, terms=(*node.terms[:k], flipped, *node.terms[k + 1 :]))
        if isinstance(node, t.Neg) and not top:
            yield "sign", node.body
        if isinstance(node, t.Pow) and isinstance(node.exponent, t.Neg):
            yield "sign", replace(node, exponent=node.exponent.body)
        if isinstance(node, t.App) and node.function.base == "exp":
            inner = node.arguments[0]
            yield "sign", replace(node, arguments=(inner.body if isinstance(inner, t.Neg) else t.Neg(inner),))
        if isinstance(node, t.Transpose):
            yield "transpose", node.body
        if isinstance(node, t.Add):
            for k, term in enumerate(node.terms):
                for number in (t.Num("2"), t.Div(t.Num("1"), t.Num("2"))):
                    scaled = t.Mul((number, term), ("",))
                    yield "factor-two", replace(node, terms=(*node.terms[:k], scaled, *node.terms[k + 1 :]))
        if isinstance(node, t.Add | t.Mul | t.Sum | Sym) and not self.letters_only(node):
            for position in self.relus:
                yield "relu-as-identity", t.App(Sym(MARK + str(position)), (node,))
        if isinstance(node, t.Mul | t.Had):
            yield from self.of_product(node)
        if isinstance(node, t.App):
            yield from self.of_call(node)
        if isinstance(node, Sym):
            yield from self.of_name(node, scope)
        if isinstance(node, t.Sum):
            yield from self.of_sum(node)
        if self.indexed and isinstance(node, t.Mul | t.Had | t.Deriv | Sym | t.App | t.Sum):
            within = set(scope)
            for letter in free_letters(node):
                if letter not in self.own and letter not in within:
                    summed = "bias-not-summed" if self.by is not None and self.by.kind == "bias" else "sum-dropped"
                    yield summed, t.Sum((t.Range(Sym(letter)),), node)

    def letters_only(self, node: Node) -> bool:
        """Whether a node is a name that means no quantity."""
        return isinstance(node, Sym) and not isinstance(self.subject.meaning(node), Named | Alias)

    def of_product(self, node: t.Mul | t.Had) -> Iterator[tuple[str, Node]]:
        """Factors in another order, another kind of product, a factor too much."""
        factors = node.factors
        if isinstance(node, t.Mul):
            yield from self.orders(node)
            for k in range(2, len(factors) - 1):
                split = t.Had((_product(factors[:k]), _product(factors[k:])))
                yield "hadamard-for-product", split
            if len(factors) > 2:
                yield "hadamard-for-product", t.Had((factors[0], _product(factors[1:])))
                yield "hadamard-for-product", t.Had((_product(factors[:-1]), factors[-1]))
            for k in range(len(factors) - 1):
                order = (*factors[:k], factors[k + 1], factors[k], *factors[k + 2 :])
                yield "transpose", replace(node, factors=order)
                pair: Node = t.Had((factors[k], factors[k + 1]))
                rest = (*factors[:k], pair, *factors[k + 2 :])
                signs = (*node.operators[:k], *node.operators[k + 1 :])
                yield "hadamard-for-product", t.Mul(rest, signs) if len(rest) > 1 else pair
        else:
            yield "hadamard-for-product", t.Mul(factors, ("",) * (len(factors) - 1))
            if len(factors) == 2:
                yield "hadamard-for-product", t.Mul(factors[::-1], ("",))
        if self.by is not None and self.by.kind == "bias" and len(factors) > 1:
            for k, factor in enumerate(factors):
                inner = factor.body if isinstance(factor, t.Transpose) else factor
                meaning = self.subject.meaning(inner) if isinstance(inner, Sym) else None
                if isinstance(meaning, Named) and meaning.quantity.kind in ("input", "activation"):
                    yield "bias-times-input", _without(node, k)

    def orders(self, node: t.Mul) -> Iterator[tuple[str, Node]]:
        """A few matrix factors in every order, each transposed or not, as one change."""
        matrices = [k for k, factor in enumerate(node.factors) if self.is_array(factor)]
        if not 2 <= len(matrices) <= MOST_ORDERED:
            return
        for order in permutations(matrices):
            for turned in product((False, True), repeat=len(order)):
                if order == tuple(matrices) and sum(turned) == 0:
                    continue
                factors = list(node.factors)
                for place, k, turn in zip(matrices, order, turned, strict=True):
                    factor = node.factors[k]
                    if turn:
                        factor = factor.body if isinstance(factor, t.Transpose) else t.Transpose(factor)
                    factors[place] = factor
                yield "transpose", replace(node, factors=tuple(factors))

    def is_array(self, node: Node) -> bool:
        """Whether a factor surely has rows or columns: a whole quantity with axes is in it, and no index."""
        todo, found = [node], False
        while todo:
            at = todo.pop()
            if isinstance(at, Sym):
                meaning = self.subject.meaning(at)
                if at.indices:
                    return False
                quantity = meaning.quantity if isinstance(meaning, Named) else None
                found = found or isinstance(meaning, Alias) or quantity is not None and bool(quantity.axes)
                continue
            if isinstance(at, t.Norm | t.Inner):
                continue
            todo += [at.by[-1]] if isinstance(at, t.Deriv) else list(_parts(at))
        return found

    def of_call(self, node: t.App) -> Iterator[tuple[str, Node]]:
        """A function where its slope belongs, and a slope at another point."""
        try:
            function = self.subject.function(node.function)
        except InputError:
            return
        if isinstance(function, str):
            return
        if not node.function.primes and any(d.function.name == function.name for d in self.maps):
            yield "slope-dropped", replace(node, function=replace(node.function, primes=1))
        if node.function.primes and len(node.arguments) == 1 and isinstance(node.arguments[0], Sym):
            argument = node.arguments[0]
            meaning = self.subject.meaning(argument)
            if isinstance(meaning, Named):
                for definition in self.maps:
                    z = definition.arguments[0].quantity
                    if z is not meaning.quantity and len(z.axes) == len(meaning.quantity.axes):
                        yield "slope-at-wrong-point", replace(node, arguments=(private(z, meaning.scripts),))

    def of_sum(self, node: t.Sum) -> Iterator[tuple[str, Node]]:
        """A sum over another index."""
        if len(node.ranges) != 1:
            return
        letter = compact(node.ranges[0].index)
        for other in self.free:
            if (
                other != letter
                and self.sizes.get(other, set()) & self.sizes.get(letter, {"?"})
                and other not in self.own
            ):
                yield "index-swap", replace(node, ranges=(replace(node.ranges[0], index=Sym(other)),))

    def of_name(self, node: Sym, scope: tuple[str, ...]) -> Iterator[tuple[str, Node]]:
        """Other indices, the layer before or after, the transpose, another quantity."""
        meaning = self.subject.meaning(node)
        if not isinstance(meaning, Named | Alias):
            return
        if len(node.indices) == 2 and node.indices[0] != node.indices[1]:
            yield "index-swap", replace(node, indices=node.indices[::-1])
        letters = list(dict.fromkeys((*scope, *self.free)))
        for k, script in enumerate(node.indices):
            for letter in letters:
                if compact(script) != letter:
                    yield "index-swap", replace(node, indices=(*node.indices[:k], Sym(letter), *node.indices[k + 1 :]))
        if isinstance(node.layer, t.Num) and node.layer.text.isdigit():
            for step in (1, -1):
                yield "layer-off-by-one", replace(node, layer=t.Num(str(int(node.layer.text) + step)))
        if not node.indices:
            yield "transpose", t.Transpose(node)
        if isinstance(meaning, Named):
            for quantity in self.network.quantities:
                alike = quantity is not meaning.quantity and len(quantity.axes) == len(meaning.quantity.axes)
                if alike and quantity.kind not in ("cost", "inline", "difference"):
                    yield "wrong-symbol", private(quantity, meaning.scripts)

    def slopes(self, right: Node, scope: tuple[str, ...]) -> Iterator[Change]:
        """Slopes put in: of any set of activations as factors of the whole, or of one inside a sum or a product."""
        if not self.about_slopes:
            return
        if not self.indexed:
            for count in range(1, min(len(self.maps), MOST_SLOPES) + 1):
                for some in combinations(self.maps, count):
                    factors = tuple(self.slope(d, ()) for d in some)
                    yield Change("slope-dropped", self.left, t.Mul((right, *factors), ("",) * count))
            return
        for node, inside in _nodes(right, scope):
            if not isinstance(node, t.Mul | t.Had | t.Sum | t.Deriv | Sym | t.Add | t.Grad):
                continue
            for definition in self.maps:
                z = definition.arguments[0].quantity
                for indices in self.choices(z, inside):
                    factor = self.slope(definition, indices)
                    new: Node = t.Had((node, factor)) if z.axes and not indices else t.Mul((node, factor), ("",))
                    yield Change("slope-dropped", self.left, _put(right, node, new))

    def slope(self, definition: Map, indices: tuple[Node, ...]) -> Node:
        """The slope of an activation at its pre-activation."""
        function = Sym(MARK + str(self.network.definitions.index(definition)), primes=1)
        return t.App(function, (private(definition.arguments[0].quantity, indices),))

    def choices(self, quantity: Quantity, scope: Sequence[str]) -> Iterator[tuple[Node, ...]]:
        """The letters in scope that can number all axes of a quantity; none at all for the whole of it."""
        yield ()
        letters = list(dict.fromkeys((*scope, *self.free)))
        if len(quantity.axes) == 1:
            for letter in letters:
                if quantity.axes[0].size in self.sizes.get(letter, ()):
                    yield (Sym(letter),)
        if len(quantity.axes) == 2:
            for one in letters:
                for two in letters:
                    fits = quantity.axes[0].size in self.sizes.get(one, ()) and quantity.axes[1].size in self.sizes.get(
                        two, ()
                    )
                    if one != two and fits:
                        yield Sym(one), Sym(two)

    def upstream(self, right: Node) -> Iterator[Change]:
        """The gradient of the cost by something between put in as a factor: of the whole, of a term, inside a sum."""
        if self.by is None:
            return
        places: list[tuple[Node, tuple[str, ...]]] = [(right, ())]
        for node, scope in _nodes(right, ()):
            if isinstance(node, t.Sum):
                places.append((node.body, (*scope, *(compact(r.index) for r in node.ranges))))
            if isinstance(node, t.Add):
                places += [(term, scope) for term in node.terms]
        cost = private(self.network.cost)
        for definition in self.network.definitions:
            quantity = definition.quantity
            if quantity.kind in ("inline", "cost") or not isinstance(definition, Map | Combination):
                continue
            for node, scope in places:
                for indices in self.choices(quantity, scope):
                    factor = t.Deriv("partial", cost, (private(quantity, indices),))
                    options: list[Node] = [t.Mul((node, factor), ("",))]
                    if quantity.axes and not indices:
                        options += [t.Had((node, factor)), t.Mul((factor, node), ("",))]
                    for new in options:
                        yield Change("upstream-dropped", self.left, new if node is right else _put(right, node, new))

    def rearranged(self, right: Node) -> Iterator[Change]:
        """The whole transposed, its letters exchanged, a sum over samples put beside it."""
        if self.indexed:
            yield Change("transpose", self.left, t.Transpose(right))
            ones = Sym("1")
            if self.by is not None and self.by.kind == "bias":
                yield Change("bias-not-summed", self.left, t.Mul((right, ones), ("",)))
                yield Change("bias-not-summed", self.left, t.Mul((t.Transpose(ones), right), ("",)))
            for one, two in combinations(self.free, 2):
                yield Change("index-swap", self.left, _exchanged(right, one, two))


def _exchanged(tree: Node, one: str, two: str) -> Node:
    """The tree with two letters exchanged in all indices."""
    other = {one: two, two: one}

    def change(node: Node) -> Node | None:
        if isinstance(node, Sym) and node.indices:
            return replace(
                node, indices=tuple(Sym(other[c]) if (c := compact(i)) in other else i for i in node.indices)
            )
        return None

    return rebuilt(tree, change)


_PLAIN = frozenset(["identity", "exp", "log", "reciprocal", "quotient", "square", "sqrt"])


def _nodes(node: Node, scope: tuple[str, ...]) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """Every node of a formula with the letters that are bound around it; scripts are no nodes."""
    yield node, scope
    if isinstance(node, Sym):
        return
    if isinstance(node, t.Deriv | t.Grad):
        return
    inside = scope
    if isinstance(node, t.Sum | t.Prod):
        inside = (*scope, *(compact(r.index) for r in node.ranges))
        yield from _nodes(node.body, inside)
        return
    for part in _parts(node):
        yield from _nodes(part, inside)


def _parts(node: Node) -> Iterator[Node]:
    for part in node.parts():
        if isinstance(node, t.App) and part is node.function:
            continue
        if isinstance(part, Node):
            yield part
        elif isinstance(part, tuple):
            for inner in part:
                if isinstance(inner, Node):
                    yield inner
                elif isinstance(inner, tuple):
                    yield from (x for x in inner if isinstance(x, Node))


def _put(tree: Node, old: Node, new: Node) -> Node:
    """The tree with one node, by identity, replaced."""
    return rebuilt(tree, lambda n: new if n is old else None)


def _product(factors: tuple[Node, ...]) -> Node:
    return factors[0] if len(factors) == 1 else t.Mul(factors, ("",) * (len(factors) - 1))


def _without(node: t.Mul | t.Had, k: int) -> Node:
    factors = (*node.factors[:k], *node.factors[k + 1 :])
    if len(factors) == 1:
        return factors[0]
    if isinstance(node, t.Had):
        return t.Had(factors)
    signs = list(node.operators)
    del signs[max(k - 1, 0)]
    return t.Mul(factors, tuple(signs))


def privately(name: Sym, subject: Names) -> Named | None:
    """The quantity that a private name means, as it lies under its own names."""
    quantity = next((q for q in _all(subject) if MARK + q.name == name.base), None)
    if quantity is None:
        return None
    lying = subject.lying(quantity)
    return Named(quantity, name.indices, tuple(range(len(quantity.axes))), 0, lying)


def _all(subject: Names) -> Iterator[Quantity]:
    yield from subject.network.leaves
    yield from (d.quantity for d in subject.network.definitions)


def private_function(name: Sym, subject: Names) -> Function:
    """The function that a private name means: that of a definition."""
    definition = subject.network.definitions[int(name.base[1:])]
    assert isinstance(definition, Map)
    return definition.function
