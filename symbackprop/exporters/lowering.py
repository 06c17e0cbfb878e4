"""Index formulas as formulas over whole arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from symbackprop.backward.slopes import slope_tree
from symbackprop.exporters.arrays import Arrays, Node
from symbackprop.exporters.contracting import Axes, Factor, Tensor, aligned, contracted, multiplied, union
from symbackprop.exporters.dialects import NATIVE
from symbackprop.tables.functions import value_tree
from symbackprop.vocabulary.expressions import Add, Call, Delta, Expression, Mul, Number, Pow, Ref, Sum, Symbol
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Index, Quantity
from symbackprop.vocabulary.terms import Combination, Definition, Term, summed_indices


class Lowering:
    """Writes index formulas over whole arrays.

    ``values`` gives the array of a quantity, its axes in the quantity's order; ``symbol`` what a symbol stands for, the
    plain number of a size or a hyperparameter; ``callable_`` the name under which an unspecified function (slope
    0), or its partial, is given to the program; ``sloped`` is told of slopes that are worth a name.
    """

    def __init__(
        self,
        arrays: Arrays,
        values: Callable[[Quantity], Node],
        symbol: Callable[[str], Tensor],
        callable_: Callable[[Function, int], str],
        sloped: Callable[[Node], None],
    ) -> None:
        self.arrays = arrays
        self.values = values
        self.symbol = symbol
        self.callable = callable_
        self.sloped = sloped

    def definition(self, definition: Definition) -> Tensor:
        """The right side of a definition."""
        if isinstance(definition, Combination):
            together: dict[frozenset[Index], list[Term]] = {}
            for term in definition.terms:
                together.setdefault(frozenset(summed_indices(definition, term)), []).append(term)
            terms = [self.total(over, terms, definition.indices) for over, terms in together.items()]
            return self.added(terms, definition.indices)
        return self.call(definition.function, definition.arguments, 0, definition.indices)

    def total(self, over: frozenset[Index], terms: Sequence[Term], outer: Axes) -> Tensor:
        """Terms of a definition that are summed over the same indices."""
        products = [(term.coefficient, *(f for f in term.factors if isinstance(f, Ref | Delta))) for term in terms]
        if len(products) == 1:
            return self.product(products[0], tuple(over), outer)
        axes = (*outer, *sorted(over))
        added = self.added([self.product(factors, (), axes) for factors in products], axes)
        return contracted(self.arrays, Fraction(1), [Factor(added, 1)], over, outer)

    def formula(self, e: Expression, order: Axes) -> Tensor:
        """Any formula; its axes come in the wanted order where that costs nothing."""
        if isinstance(e, Number):
            return Tensor(self.arrays.number(e.value), ())
        if isinstance(e, Symbol):
            return self.symbol(e.name)
        if isinstance(e, Ref):
            return self.entry(e)
        if isinstance(e, Add):
            return self.added([self.formula(t, order) for t in e.terms], order)
        if isinstance(e, Mul):
            return self.product(e.factors, (), order)
        if isinstance(e, Sum):
            body = e.body
            return self.product(body.factors if isinstance(body, Mul) else (body,), e.indices, order)
        if isinstance(e, Pow | Delta):
            return self.product((e,), (), order)
        assert isinstance(e, Call), e
        return self.call(e.function, e.arguments, e.slope, order)

    def entry(self, ref: Ref) -> Tensor:
        """A quantity at indices: some may be fixed, one may occur twice."""
        node = self.values(ref.quantity)
        if any(isinstance(i, int) for i in ref.indices):
            at = tuple(i if isinstance(i, int) else None for i in ref.indices)
            free = tuple(i for i in ref.indices if isinstance(i, Index))
            node = self.arrays.make("entry", (node,), at, len(free))
            ref = Ref(ref.quantity, free)
        axes = tuple(i for i in ref.indices if isinstance(i, Index))
        once = tuple(dict.fromkeys(axes))
        if len(once) < len(axes):
            letters = {a: "abcdefgh"[k] for k, a in enumerate(once)}
            subscripts = f"{''.join(letters[a] for a in axes)}->{''.join(letters[a] for a in once)}"
            node = self.arrays.make("einsum", (node,), subscripts, len(once))
        return Tensor(node, once)

    def added(self, terms: Sequence[Tensor], order: Axes) -> Tensor:
        """A sum of terms."""
        axes = union(terms, order)
        return Tensor(self.arrays.add(aligned(self.arrays, t, axes) for t in terms), axes)

    def product(self, factors: Iterable[Expression], over: Axes, order: Axes) -> Tensor:
        """A product, summed over some indices."""
        coefficient = Fraction(1)
        found: list[Factor] = []
        todo = list(factors)[::-1]
        while todo:
            e = todo.pop()
            if isinstance(e, Mul):
                todo.extend(e.factors[::-1])
            elif isinstance(e, Number):
                coefficient *= e.value
            else:
                found.append(self.factor(e, order))
        if over:
            return contracted(self.arrays, coefficient, found, frozenset(over), order)
        return multiplied(self.arrays, coefficient, found, order)

    def factor(self, e: Expression, order: Axes) -> Factor:
        """A factor and the power of it."""
        if isinstance(e, Delta):
            return Factor(self.delta(e), 1)
        if not isinstance(e, Pow):
            return Factor(self.formula(e, order), 1)
        base = self.formula(e.base, order)
        if isinstance(e.exponent, Number):
            power = e.exponent.value
            if power.denominator == 1:
                return Factor(base, int(power))
            if power.denominator == 2:
                return Factor(Tensor(self.arrays.function("sqrt", (base.node,)), base.axes), power.numerator)
        exponent = self.formula(e.exponent, order)
        axes = union((base, exponent), order)
        nodes = [aligned(self.arrays, t, axes) for t in (base, exponent)]
        return Factor(Tensor(self.arrays.function("power", nodes), axes), 1)

    def delta(self, e: Delta) -> Tensor:
        """A Kronecker delta: the identity matrix, or one of its rows."""
        indices = [i for i in (e.left, e.right) if isinstance(i, Index)]
        fixed = [i for i in (e.left, e.right) if isinstance(i, int)]
        size = indices[0].dimension.size
        count = self.arrays.number(size) if isinstance(size, int) else self.symbol(size).node
        node = self.arrays.make("eye", (count,), fixed[0] if fixed else None, len(indices))
        node.plain = False
        return Tensor(node, tuple(indices))

    def call(self, function: Function, arguments: Sequence[Expression], slope: int, order: Axes) -> Tensor:
        """A function of arguments (slope 0), or one of its partials."""
        given = [self.formula(a, order) for a in arguments]
        if function.whole:
            axes = given[slope - 1].axes if slope else order
            node = self.arrays.make("call", [t.node for t in given], self.callable(function, slope), len(axes))
            return Tensor(node, axes)
        axes = union(given, order)
        nodes = [aligned(self.arrays, t, axes) for t in given]
        return self.applied(function, nodes, slope, axes)

    def applied(self, function: Function, args: Sequence[Node], slope: int, axes: Axes) -> Tensor:
        """A function entry by entry: by itself where libraries have it, else by its formula."""
        if not slope and function.name in NATIVE:
            return Tensor(self.arrays.function(NATIVE[function.name], args), axes)
        tree = slope_tree(function, slope - 1) if slope else value_tree(function)
        if tree is None:
            return Tensor(self.arrays.make("call", args, self.callable(function, slope), len(axes)), axes)
        values = dict(zip(function.parameters, args, strict=True))
        if slope:
            values["r"] = self.applied(function, args, 0, axes).node

        def symbol(name: str) -> Tensor:
            value = values.get(name)
            return self.symbol(name) if value is None else Tensor(value, axes[len(axes) - value.rank :])

        inner = Lowering(self.arrays, self.values, symbol, self.callable, self.sloped)
        tensor = inner.formula(tree, axes)
        if slope:
            self.sloped(tensor.node)
        return tensor
