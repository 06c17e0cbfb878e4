"""A product of tensors as a graph: indices are nodes, vectors hang on nodes, matrices join two.

Factors on the same node, or joining the same two, multiply entry by entry. A summed index is taken out: at the end
of a path it makes a matrix times a vector, inside a path a matrix product (around a diagonal matrix where something
hangs on it), alone a scalar product. What is left joins the row index to the column index, is an outer product, or
is repeated by a column of ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from symbackprop.render import matrix_faces as faces
from symbackprop.render.matrix_faces import Faces
from symbackprop.render.matrix_shapes import whole_partial
from symbackprop.render.matrix_terms import Identity, Layout
from symbackprop.vocabulary.arithmetic import mul
from symbackprop.vocabulary.expressions import ONE, Call, Expression, Number, Symbol
from symbackprop.vocabulary.quantities import Index

NOTHING = Faces(ONE, ONE, 0, 0)


@dataclass(frozen=True, slots=True)
class Tensor:
    """A part of a formula: scalars in front of a matrix, a vector or nothing, with the indices it carries.

    The upright face has the first index as its rows and the second, if there is one, as its columns.
    """

    indices: tuple[Index, ...]
    faces: Faces = NOTHING
    scalars: tuple[Expression, ...] = ()

    def along(self, *order: Index) -> Faces:
        """The faces with the indices in this order."""
        return self.faces if self.indices == order else self.faces.transpose

    @property
    def bare(self) -> Tensor:
        """The tensor without the scalars in front of it."""
        return replace(self, scalars=()) if self.scalars else self

    def same(self, other: Tensor) -> bool:
        """Whether two tensors without scalars are the same entries of the same thing."""
        return self.faces.upright == other.along(*self.indices).upright


def scalar(*scalars: Expression) -> Tensor:
    """A tensor without indices."""
    return Tensor((), NOTHING, scalars)


@dataclass(frozen=True, slots=True)
class Joining:
    """Joins tensors in a layout; ``result`` and ``lies`` say which way the answer is wanted, for what reads
    equally well both ways: the two indices in their order, or one index as a row."""

    layout: Layout
    result: tuple[Index, ...] = ()
    lies: bool = False

    def lean(self, indices: tuple[Index, ...]) -> float:
        """What the upright face of this is worse by because of what is wanted or usual; less than a transpose."""
        if set(indices) == set(self.result):
            turned = self.lies if len(indices) == 1 else indices != self.result
            return 1 if turned else -1
        if len(indices) == 1:
            turned = not self.layout.stands(indices[0].dimension)
        else:
            first, second = (index.dimension.name == self.layout.batch for index in indices)
            turned = first != second and first != (self.layout.samples == "rows")
        return 0.5 if turned else -0.5

    def spread(self, tensor: Tensor, indices: Sequence[Index]) -> Tensor:
        """The tensor repeated along those of at most two indices that it does not carry."""
        missing = [i for i in indices if i not in tensor.indices]
        if not missing:
            return tensor
        own = [tensor.bare] if tensor.indices else []
        joined = self.joined([*own, *(Tensor((i,), faces.ones(i.dimension)) for i in missing)])
        return replace(joined, scalars=tensor.scalars)

    def entrywise(self, build: faces.Build, tensors: Sequence[Tensor], repeat: bool = True) -> Tensor | None:
        """Tensors put together entry by entry, each spread to the indices of all, scalars only if ``repeat``."""
        indices = tuple(dict.fromkeys(i for t in tensors for i in t.indices))
        if len(indices) > 2:
            return None
        if not indices:
            return scalar(build([mul(*t.scalars) for t in tensors]))
        members = []
        for tensor in tensors:
            matrix = tensor if not (tensor.indices or repeat) else self.spread(tensor, indices)
            members.append(faces.scaled(matrix.along(*indices), tensor.scalars))
        return Tensor(indices, faces.entrywise(build, members, self.lean(indices)))

    def hadamard(self, tensors: Sequence[Tensor]) -> Tensor:
        """Tensors with the same indices multiplied entry by entry."""
        indices = tensors[0].indices
        members = [t.along(*indices) for t in tensors]
        lean = self.lean(indices) * (faces.WRAP if set(indices) == set(self.result) else 1)
        if len(indices) == 1 and len(members) > 1 and self.layout.slopes == "diagonal":
            return Tensor(indices, faces.diagonals_first(members, _is_slope, lean))
        return Tensor(indices, faces.hadamard(members, lean))

    def diagonals(self, vectors: Sequence[Tensor]) -> list[Faces]:
        """What the vectors that hang on a node do to a path through it."""
        if not vectors:
            return []
        if self.layout.slopes == "diagonal":
            return [faces.diagonal(v.faces) for v in vectors]
        return [faces.diagonal(self.hadamard(vectors).faces)]

    def joined(self, tensors: Sequence[Tensor]) -> Tensor:
        """The product of tensors that carry at most two indices together, nothing summed."""
        indices = tuple(dict.fromkeys(i for t in tensors for i in t.indices))
        if not indices:
            return scalar()
        if len(indices) == 1:
            return self.hadamard(tensors)
        row, column = indices
        edges, (on_row, on_column) = _parted(tensors, row, column)
        if edges:
            matrix = self.hadamard(edges).along(row, column)
            path = [*self.diagonals(on_row), matrix, *self.diagonals(on_column)]
            return Tensor(indices, faces.product(*path))
        left, right = self.hadamard(on_row).faces, self.hadamard(on_column).faces
        return Tensor(indices, faces.product(left, right.transpose))

    def summed(self, tensors: Sequence[Tensor], bound: Sequence[Index]) -> Tensor | None:
        """The product of tensors summed over the bound indices; None if that is no matrix."""
        scalars = [s for t in tensors for s in t.scalars]
        matrices, left = _merged([t.bare for t in tensors if t.indices], list(bound))
        while left:
            index = min(left, key=lambda i: len(_neighbours(i, matrices)))
            left.remove(index)
            own = [t for t in matrices if index in t.indices]
            rest = [t for t in matrices if index not in t.indices]
            others = _neighbours(index, own)
            if len(others) > 2:
                return None
            if not own:
                size = index.dimension.size
                scalars.append(Number(size) if isinstance(size, int) else Symbol(size))
                continue
            square = self.square(own, rest, left)
            if square is not None:
                scalars.append(faces.squared_norm(own[0].faces))
                matrices, left = rest, [i for i in left if i not in square]
                continue
            taken = self.taken_out(index, own, others)
            scalars += taken.scalars
            if taken.indices:
                place = next(k for k, t in enumerate(matrices) if index in t.indices)
                rest.insert(place, taken)
            matrices = rest
        if len({i for t in matrices for i in t.indices}) > 2:
            return None
        return replace(self.joined(matrices), scalars=tuple(scalars))

    def square(self, own: Sequence[Tensor], rest: Sequence[Tensor], left: Sequence[Index]) -> tuple[Index, ...] | None:
        """The other indices of a square of one tensor, if it is summed over all of its indices and they meet
        nothing else; None otherwise."""
        if len(own) != 2 or not own[0].same(own[1]):
            return None
        others = tuple(i for i in own[0].indices if i in left)
        alone = not any(set(others) & set(t.indices) for t in rest)
        return others if alone and len(own[0].indices) == len(others) + 1 else None

    def taken_out(self, index: Index, own: Sequence[Tensor], others: Sequence[Index]) -> Tensor:
        """The sum over an index of everything that carries it, which carries at most two others."""
        hanging = [t for t in own if len(t.indices) == 1]
        if not others:
            *first, last = hanging
            left = self.hadamard(first).faces if first else faces.ones(index.dimension)
            return scalar(faces.inner_product(left, last.faces))
        paths = [self.hadamard([t for t in own if other in t.indices]) for other in others]
        if len(others) == 1:
            vector = self.hadamard(hanging).faces if hanging else faces.ones(index.dimension)
            return Tensor((others[0],), faces.product(paths[0].along(others[0], index), vector))
        before, after = paths[0].along(others[0], index), paths[1].along(index, others[1])
        return Tensor(tuple(others), faces.product(before, *self.diagonals(hanging), after))


def _neighbours(index: Index, tensors: Sequence[Tensor]) -> list[Index]:
    """The indices that share a tensor with an index, in order."""
    return list(dict.fromkeys(i for t in tensors if index in t.indices for i in t.indices if i != index))


def _parted(
    tensors: Sequence[Tensor], row: Index, column: Index
) -> tuple[list[Tensor], tuple[list[Tensor], list[Tensor]]]:
    """The tensors that join two indices, and those that hang on either."""
    edges = [t for t in tensors if len(t.indices) == 2]
    return edges, (
        [t for t in tensors if t.indices == (row,)],
        [t for t in tensors if t.indices == (column,)],
    )


def _merged(tensors: list[Tensor], bound: list[Index]) -> tuple[list[Tensor], list[Index]]:
    """The tensors and the bound indices without the Kronecker deltas that only rename a bound index."""
    for tensor in tensors:
        if not isinstance(tensor.faces.upright, Identity):
            continue
        others = [t for t in tensors if t is not tensor]
        for index, other in (tensor.indices, tensor.indices[::-1]):
            if index in bound and not any({index, other} <= set(t.indices) for t in others):
                new = [replace(t, indices=tuple(other if i == index else i for i in t.indices)) for t in others]
                return _merged(new, [i for i in bound if i != index])
    return tensors, bound


def _is_slope(node: Expression) -> bool:
    """Whether a vector is a slope rather than a gradient: the slope of a function, or a step."""
    if not isinstance(node, Call) or whole_partial(node.function, node.slope):
        return False
    return node.slope > 0 or node.function.slopes == ("0",)
