"""Values and gradients of a network for many samples at once, with an exponent of two beside them.

Every definition is one ``einsum`` or one function of arrays whose first axis counts the samples; nothing here knows a
layer. Each array is kept with a common exponent per sample.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from symbackprop.backward.slopes import slope_tree
from symbackprop.backward.sweep import Adjoint, Contribution
from symbackprop.factors.arrays import Array, Arrays
from symbackprop.factors.scaled import FAR, Scaled, along
from symbackprop.networks.model import Network
from symbackprop.symbolic.algebra import applied, in_values
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.expressions import Delta, Expression, Ref
from symbackprop.vocabulary.quantities import Dimension, Index, Quantity
from symbackprop.vocabulary.terms import Definition, Factor, Map, Slope, factor_indices


class Tensors:
    """The forward and the backward pass of a network over a block of samples."""

    def __init__(self, network: Network, adjoints: Mapping[Quantity, Adjoint], samples: int) -> None:
        self.network = network
        self.adjoints = adjoints
        self.samples = samples
        self.algebra = Arrays(float(network.step_at_zero))
        self.values: dict[Quantity, Scaled] = {}
        self._coefficients: dict[Expression, float] = {}

    def forward(self, leaves: Mapping[Quantity, Array]) -> None:
        """Work out every quantity; the first axis of a leaf counts the samples."""
        self.values = {quantity: Scaled.of(array) for quantity, array in leaves.items()}
        for definition in self.network.definitions:
            self.values[definition.quantity] = self.defined(definition)

    def defined(self, definition: Definition) -> Scaled:
        """The value of the left side."""
        if isinstance(definition, Map):
            return self.mapped(definition)
        parts = [
            self.contracted([(f, None) for f in term.factors], definition.indices, term.coefficient)
            for term in definition.terms
        ]
        return self.added(parts, definition.quantity)

    def mapped(self, definition: Map) -> Scaled:
        """A function of every entry; far out it goes on as a straight line if it does so there."""
        if definition.function.whole:
            self.algebra.unspecified(definition.function, (), 0)
        if len(definition.arguments) > 1:
            arguments = [self.aligned(a, definition.indices)[0] for a in definition.arguments]
            return Scaled.of(self.full(applied(self.algebra, definition.function, arguments), definition))
        near, beyond = self.aligned(definition.arguments[0], definition.indices)
        found = self.full(applied(self.algebra, definition.function, [near]), definition)
        if not beyond.any():
            return Scaled.of(found)
        grows = np.abs(found).reshape(len(found), -1).max(axis=1)
        linear = np.where(beyond > 0, grows > 2.0 ** (FAR - 100), grows < 2.0 ** (100 - FAR))
        return Scaled.of(found, np.where(linear, beyond, 0))

    def full(self, array: Array, definition: Map) -> Array:
        """An array with all of its axes, where a function came to a constant."""
        return self.spread(array, definition.indices)

    def spread(self, array: Array, indices: Sequence[Index]) -> Array:
        """An array with an axis for the samples and for each index."""
        shape = (self.samples, *(_size(i.dimension) for i in indices))
        found = np.asarray(array, dtype=float)
        return found if found.shape == shape else np.broadcast_to(found, shape)

    def aligned(self, ref: Ref, indices: Sequence[Index]) -> tuple[Array, Array]:
        """A quantity with its axes in the order of some indices, unit axes for those that it has not."""
        near, beyond = self.values[ref.quantity].near()
        if not ref.indices:
            return near.reshape(-1, *[1] * len(indices)), beyond
        near, own = _taken(near, ref.indices)
        order = [own.index(i) for i in indices if i in own]
        if len(order) != len(own):
            raise InputError("no-numbers", f"{ref.quantity.name} is used as a whole by a function that has no formula")
        near = near.transpose(0, *(k + 1 for k in order))
        return near.reshape(len(near), *(_size(i.dimension) if i in own else 1 for i in indices)), beyond

    def backward(self, wanted: Collection[Quantity]) -> Iterator[tuple[Quantity, Array]]:
        """The wanted quantities with the decimal logarithms of the lengths of their gradients, from the cost back."""
        found: dict[Quantity, Scaled] = {}
        leaves = self.network.leaves
        uses = Counter(c.upstream.quantity for a in self.adjoints.values() for c in a.contributions if c.upstream)
        for quantity in (*(d.quantity for d in reversed(self.network.definitions)), *leaves):
            adjoint = self.adjoints.get(quantity)
            if adjoint is None or not (uses[quantity] or quantity in wanted):
                continue
            if quantity is self.network.cost:
                found[quantity] = Scaled.of(np.ones(self.samples))
                continue
            total = self.added([self.contribution(c, found) for c in adjoint.contributions], quantity)
            for contribution in adjoint.contributions:
                if contribution.upstream is not None:
                    upstream = contribution.upstream.quantity
                    uses[upstream] -= 1
                    if not uses[upstream]:
                        found.pop(upstream, None)
            if uses[quantity]:
                found[quantity] = total
            if quantity in wanted:
                yield quantity, total.length()

    def contribution(self, contribution: Contribution, found: Mapping[Quantity, Scaled]) -> Scaled:
        """What one occurrence adds."""
        upstream = contribution.upstream
        factors: list[tuple[Factor, Scaled | None]] = []
        if upstream is not None:
            factors.append((upstream, found[upstream.quantity]))
        factors += [(f, self.slope(f) if isinstance(f, Slope) else None) for f in contribution.local]
        return self.contracted(factors, contribution.indices, contribution.coefficient)

    def slope(self, slope: Slope) -> Scaled:
        """The slopes of a function at its arguments."""
        indices = tuple(i for i in slope.output.indices if isinstance(i, Index))
        arguments = [self.aligned(a, indices)[0] for a in slope.arguments]
        exact = self.algebra.slopes.get(slope.function)
        if exact is not None:
            found = exact(arguments[0])
        else:
            output = self.aligned(slope.output, indices)[0]
            found = applied(self.algebra, slope.function, arguments, slope.position + 1, output, slope_tree)
        return Scaled.of(self.spread(found, indices))

    def contracted(
        self, factors: Sequence[tuple[Factor, Scaled | None]], indices: Sequence[Index], coefficient: Expression
    ) -> Scaled:
        """A product of factors, summed over the indices that the result does not carry."""
        letters: dict[Index, int] = {}
        operands: list[Any] = []
        exponent: Array = 0
        if not indices and factors and not any(factor_indices(factor) for factor, _ in factors):
            return self.multiplied(factors, coefficient)
        for factor, given in factors:
            if isinstance(factor, Ref):
                value = given or self.values[factor.quantity]
                array, own = _taken(value.mantissa, factor.indices)
                exponent = exponent + value.exponent
                operands += [array, [0, *(letters.setdefault(i, len(letters) + 1) for i in own)]]
            elif isinstance(factor, Slope):
                assert given is not None
                own = [i for i in factor.output.indices if isinstance(i, Index)]
                exponent = exponent + given.exponent
                operands += [given.mantissa, [0, *(letters.setdefault(i, len(letters) + 1) for i in own)]]
            else:
                left, right = factor.left, factor.right
                carried = factor_indices(factor)
                size = _size(carried[0].dimension)
                eye = np.eye(size)
                for position, side in enumerate((left, right)):
                    if not isinstance(side, Index):
                        eye = np.take(eye, side, axis=position if eye.ndim == 2 else 0)
                operands += [eye, [letters.setdefault(i, len(letters) + 1) for i in carried]]
        number = self.number(coefficient)
        missing = [i for i in indices if i not in letters]
        for index in missing:
            operands += [np.ones(_size(index.dimension)), [letters.setdefault(index, len(letters) + 1)]]
        if not operands or all(axes and axes[0] != 0 for axes in operands[1::2]):
            operands += [np.ones(self.samples), [0]]
        result = np.einsum(*operands, [0, *(letters[i] for i in indices)], optimize=len(operands) > 4)
        return Scaled.of(number * result, exponent)

    def multiplied(self, factors: Sequence[tuple[Factor, Scaled | None]], coefficient: Expression) -> Scaled:
        """A product of numbers, which needs no contraction."""
        product: Array = self.number(coefficient)
        exponent: Array = 0
        for factor, given in factors:
            if isinstance(factor, Ref):
                value = given or self.values[factor.quantity]
                product = product * _taken(value.mantissa, factor.indices)[0]
                exponent = exponent + value.exponent
            elif given is not None:
                product, exponent = product * given.mantissa, exponent + given.exponent
            elif isinstance(factor, Delta) and factor.left != factor.right:
                product = product * 0.0
        return Scaled.of(self.spread(product, ()), exponent)

    def number(self, coefficient: Expression) -> float:
        """The value of a coefficient."""
        if coefficient not in self._coefficients:
            self._coefficients[coefficient] = float(in_values(self.algebra, coefficient, {}))
        return self._coefficients[coefficient]

    def added(self, parts: Sequence[Scaled], quantity: Quantity) -> Scaled:
        """A sum of arrays of different exponents."""
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return Scaled.of(np.zeros((self.samples, *map(_size, quantity.axes))))
        floor = np.iinfo(np.int32).min // 4
        exponents = []
        for part in parts:
            flat = part.mantissa.reshape(len(part.mantissa), -1)
            exponents.append(np.where(flat.any(axis=1), part.exponent, floor))
        most = np.maximum.reduce(exponents)
        total: Array = 0
        for part, exponent in zip(parts, exponents, strict=True):
            shift = np.maximum(exponent - most, -4000)
            total = total + np.ldexp(part.mantissa, along(shift, part.mantissa))
        return Scaled.of(total, np.where(most == floor, 0, most))


def _taken(array: Array, indices: Sequence[Index | int]) -> tuple[Array, list[Index]]:
    """An array with the axes of fixed indices taken out, and the indices that are left."""
    for position in range(len(indices) - 1, -1, -1):
        index = indices[position]
        if not isinstance(index, Index):
            array = np.take(array, index, axis=position + 1)
    return array, [i for i in indices if isinstance(i, Index)]


def _size(dimension: Dimension) -> int:
    assert isinstance(dimension.size, int)
    return dimension.size
