"""Matrix form, read off the index form: which index meets which decides transpose, product, Hadamard and outer
product. What does not come out like this has no matrix form, and the answer is None.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from symbackprop.networks.closing import renamed_apart, with_parameters
from symbackprop.render import matrix_faces as faces
from symbackprop.render.matrix_graph import Joining, Tensor, scalar
from symbackprop.render.matrix_shapes import ShapeError, same, shape, whole_partial
from symbackprop.render.matrix_terms import HadamardPower, Layout, Whole, WholePartial, shown, sides
from symbackprop.tables.activations import SOFTMAX
from symbackprop.tables.functions import slope_tree, value_tree
from symbackprop.vocabulary.arithmetic import add, is_coefficient, mul, power, split
from symbackprop.vocabulary.expressions import (
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
    free_indices,
    letters,
    run,
)
from symbackprop.vocabulary.quantities import Index

MOST_REPEATED = 4
"""A power up to this one is written as a product."""

MOST_TERMS = 64
"""A product of sums is multiplied out to at most so many terms."""


def matrix_form(
    expression: Expression, result: tuple[Index, ...], layout: Layout, gradient: bool = False
) -> Expression | None:
    """The matrix formula of an index formula whose free indices are ``result``; None if it has none.

    ``result`` is in the order in which the quantity is shown, rows first (:func:`~.matrix_terms.shown`). With
    ``gradient`` the answer is the gradient by that quantity, which a layout may turn. The zero of any shape is the
    number 0.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> from symbackprop.networks.closing import right_side
    >>> z = read_pattern("n -> m relu").definitions[0]
    >>> matrix_form(right_side(z), z.indices, Layout())
    Product(Transposed(Whole(W0,),), Whole(x,))
    """
    if len(result) > 2 or len(set(result)) != len(result):
        return None
    if expression == ZERO:
        return ZERO
    turns = gradient and layout.gradients == "transposed"
    wanted = sides(tuple(index.dimension for index in result), layout)
    wanted = wanted[::-1] if turns else wanted
    order = result[::-1] if turns else result
    lies = len(result) == 1 and wanted[0] is None
    node = run(_Reader(Joining(layout, order, lies)).whole(expression))
    if node is None:
        return None
    try:
        found = shape(node, layout)
    except ShapeError:
        return None
    return node if same(found, wanted) else None


class _Reader:
    """Reads one formula; every part of it once."""

    def __init__(self, joining: Joining) -> None:
        self.joining = joining
        self.terms_left = MOST_TERMS
        self.known: dict[tuple[int, frozenset[Index]], tuple[Expression, Tensor | None]] = {}

    def whole(self, e: Expression) -> Walk[Expression | None]:
        """The whole formula, term by term."""
        result, nodes = self.joining.result, []
        for term in e.terms if isinstance(e, Add) else (e,):
            tensor = yield self.tensor(term, frozenset(result))
            if tensor is None or not set(tensor.indices) <= set(result):
                return None
            matrix = self.joining.spread(tensor, result).along(*result)
            nodes.append(mul(*tensor.scalars, matrix.turned if self.joining.lies else matrix.upright))
        return add(*nodes)

    def tensor(self, e: Expression, scope: frozenset[Index]) -> Walk[Tensor | None]:
        """A part of the formula; ``scope`` are the indices that have a meaning around it."""
        key = id(e), scope
        if key not in self.known:
            self.known[key] = e, (yield self.read(e, scope))
        return self.known[key][1]

    def read(self, e: Expression, scope: frozenset[Index]) -> Walk[Tensor | None]:
        """A part of the formula that has not been read before."""
        if isinstance(e, Number | Symbol):
            return scalar(e)
        if isinstance(e, Ref):
            return self.entry(Whole(e.quantity), e)
        if isinstance(e, Partial):
            if isinstance(e.of, Ref) and not e.of.quantity.axes:
                return self.entry(WholePartial(e.of.quantity, e.by.quantity), e.by, gradient=True)
            return None
        if isinstance(e, Delta):
            return _delta(e)
        walk: Walk[Tensor | None]
        if isinstance(e, Call):
            walk = self.call(e, scope)
        elif isinstance(e, Add):
            walk = self.sum_of(e.terms, scope)
        elif isinstance(e, Sum):
            walk = self.total(e, scope)
        elif isinstance(e, Mul | Pow):
            walk = self.term(e, (), scope)
        else:
            return None
        found: Tensor | None = yield walk
        return found

    def entry(self, node: Expression, ref: Ref, gradient: bool = False) -> Tensor | None:
        """An entry of a quantity, or of the gradient by one, in the matrix ``node``."""
        indices = tuple(i for i in ref.indices if isinstance(i, Index))
        if len(set(indices)) != len(ref.indices) or len(indices) > 2:
            return None
        if any(i.dimension.size != axis.size for i, axis in zip(indices, ref.quantity.axes, strict=True)):
            return None
        if not indices:
            return scalar(node)
        layout, matrix = self.joining.layout, faces.symbol(node)
        if len(indices) == 1 and not layout.stands(ref.quantity.axes[0]):
            matrix = matrix.transpose
        if gradient and layout.gradients == "transposed":
            matrix = matrix.transpose
        return Tensor(shown(ref.quantity, indices, layout), matrix)

    def sum_of(self, terms: Iterable[Expression], scope: frozenset[Index]) -> Walk[Tensor | None]:
        """A sum, each term repeated along the indices that only others carry."""
        tensors = yield self.tensors(terms, scope)
        return self.joining.entrywise(lambda nodes: add(*nodes), tensors) if tensors else None

    def tensors(self, parts: Iterable[Expression], scope: frozenset[Index]) -> Walk[list[Tensor] | None]:
        """Several parts; None if one of them has no matrix form."""
        found = []
        for part in parts:
            tensor = yield self.tensor(part, scope)
            if tensor is None:
                return None
            found.append(tensor)
        return found

    def call(self, e: Call, scope: frozenset[Index]) -> Walk[Tensor | None]:
        """A function of every entry, or the gradient of a function of whole quantities, or its value."""
        formula = _formula(e)
        if formula is not None:
            found: Tensor | None = yield self.tensor(formula, scope)
            return found
        if whole_partial(e.function, e.slope):
            entries = [a for a in e.arguments if isinstance(a, Ref)]
            if len(entries) != len(e.arguments):
                return None
            node = Call(e.function, tuple(Whole(a.quantity) for a in entries), e.slope)
            return self.entry(node, entries[e.slope - 1], gradient=True)
        arguments: list[Tensor] | None = yield self.tensors(e.arguments, scope)
        if arguments is None:
            return None
        if e.function is SOFTMAX:
            if not self.over_units(e.arguments[0], arguments[0].indices):
                return None
        elif e.function.whole:
            if any(scope.intersection(t.indices) for t in arguments):
                return None  # a number for every sample
            nodes = [mul(*t.scalars, t.faces.lighter) for t in arguments]
            return scalar(Call(e.function, tuple(nodes)))
        return self.joining.entrywise(lambda nodes: Call(e.function, tuple(nodes), e.slope), arguments, False)

    def over_units(self, argument: Expression, indices: tuple[Index, ...]) -> bool:
        """Whether softmax goes over a vector, or over the units of every sample, so that it need not say so."""
        if len(indices) != 2:
            return len(indices) == 1
        if not isinstance(argument, Ref):
            return False
        first, second = (
            i.dimension.name == self.joining.layout.batch for i in argument.indices if isinstance(i, Index)
        )
        return first and not second

    def total(self, e: Sum, scope: frozenset[Index]) -> Walk[Tensor | None]:
        """A sum over indices; a scalar sum of products over one index is read as a sum of scalar products."""
        body = (_formula(e.body) if isinstance(e.body, Call) else None) or e.body
        number, factors = split(body)
        front = [f for f in factors if is_coefficient(f)]
        inner = mul(*(f for f in factors if not is_coefficient(f)))
        found: Tensor | None
        if (
            len(e.indices) == 1
            and isinstance(inner, Add)
            and any(map(_is_product, inner.terms))
            and free_indices(inner) == e.indices
        ):
            found = yield self.sum_of([Sum(e.indices, term) for term in inner.terms], scope)
            return found and replace(found, scalars=(Number(number), *front, *found.scalars))
        found = yield self.term(body, e.indices, scope)
        return found

    def term(self, body: Expression, bound: tuple[Index, ...], scope: frozenset[Index]) -> Walk[Tensor | None]:
        """A product summed over the bound indices.

        A sum inside it that is no matrix joins its indices to the bound ones; a sum of terms that is none is
        multiplied out.
        """
        tensors: list[Tensor] = []
        done: list[Expression] = []
        todo = [body]
        while todo:
            factor = todo.pop(0)
            if isinstance(factor, Mul):
                todo[:0] = factor.factors
                continue
            inside = scope.union(bound)
            found = yield (self.powers(factor, inside) if isinstance(factor, Pow) else self.tensors([factor], inside))
            if found is not None:
                tensors += found
                done.append(factor)
            elif isinstance(factor, Sum):
                others = {letter for e in (*done, *todo) for letter in letters(e)}
                apart = renamed_apart(factor, others | {i.letter for i in inside})
                if not isinstance(apart, Sum):
                    return None
                bound += apart.indices
                todo.insert(0, apart.body)
            elif isinstance(factor, Add):
                self.terms_left -= len(factor.terms)
                if self.terms_left < 0:
                    return None
                products = [Mul((*done, term, *todo)) for term in factor.terms]
                spread: Tensor | None = yield self.sum_of([Sum(bound, p) for p in products], scope)
                return spread
            else:
                return None
        return self.joining.summed(tensors, bound)

    def powers(self, e: Pow, scope: frozenset[Index]) -> Walk[list[Tensor] | None]:
        """A power as repeated factors, or as one factor."""
        pair = yield self.tensors((e.base, e.exponent), scope)
        if pair is None or pair[1].indices:
            return None
        base, exponent = pair[0], mul(*pair[1].scalars)
        if not base.indices:
            return [scalar(power(mul(*base.scalars), exponent))]
        if isinstance(exponent, Number) and exponent.value in range(2, MOST_REPEATED + 1):
            return [base] * int(exponent.value)
        whole = self.joining.entrywise(lambda nodes: HadamardPower(nodes[0], exponent), [base])
        return None if whole is None else [whole]


def _formula(e: Call) -> Expression | None:
    """The formula of a call of a function that has no name to be shown by."""
    function = e.function
    tree = slope_tree(function, e.slope - 1) if e.slope else value_tree(function)
    if function.head or tree is None:
        return None
    values: dict[str, Expression] = dict(zip(function.parameters, e.arguments, strict=True))
    values["r"] = Call(function, e.arguments)
    return with_parameters(tree, values)


def _delta(e: Delta) -> Tensor | None:
    """A Kronecker delta as an identity matrix."""
    if not (isinstance(e.left, Index) and isinstance(e.right, Index)) or e.left == e.right:
        return None
    if e.left.dimension.size != e.right.dimension.size:
        return None
    return Tensor((e.left, e.right), faces.identity(e.left.dimension))


def _is_product(term: Expression) -> bool:
    """Whether a term is a product of several things that are not coefficients."""
    factors = [f for f in split(term)[1] if not is_coefficient(f)]
    return len(factors) > 1 or any(isinstance(f, Pow) for f in factors)
