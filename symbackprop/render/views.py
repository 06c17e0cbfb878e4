"""Three views of one derivation: scalar and index form as it stands, matrix form read off the index form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from symbackprop.backward.derivation import Derivation
from symbackprop.networks.model import Network
from symbackprop.render.matrix_terms import Layout, Whole, WholePartial, shown, sides
from symbackprop.tables.notations import Notation
from symbackprop.vocabulary.errors import InputError, unknown
from symbackprop.vocabulary.expressions import Expression, Partial, Ref
from symbackprop.vocabulary.quantities import Dimension, Quantity

FORMS = ("auto", "scalar", "index", "matrix")


class Lines(NamedTuple):
    """An equation in a view: its left side and right sides, and whether it is a matrix equation."""

    left: Expression
    rights: list[Expression]
    whole: bool


class View:
    """The scalar and the index form: formulas as the sweep wrote them."""

    def __init__(self, network: Network, layout: Layout) -> None:
        self.network = network
        self.layout = layout

    def lines(self, left: Expression, rights: Sequence[Expression], entry: Ref) -> Lines:
        """An equation about an entry."""
        return Lines(left, list(rights), False)

    def remarks(self) -> list[str]:
        """What a reader has to be told about the view."""
        return []

    def shape(self, quantity: Quantity) -> tuple[int | str, ...]:
        """The shape of a quantity as the notation shows it, empty for a scalar."""
        if len(quantity.axes) > 2:
            return quantity.shape
        rows, columns = sides(self._shown(quantity), self.layout)
        if rows is None and columns is None:
            return ()
        if columns is None:
            return (rows.size,) if rows else ()
        return (rows.size if rows else 1, columns.size)

    def _shown(self, quantity: Quantity) -> tuple[Dimension, ...]:
        if len(quantity.axes) == 2 and not self.layout.in_order(quantity):
            return quantity.axes[::-1]
        return quantity.axes


class MatrixView(View):
    """The matrix form; an equation that has none is shown in index form, and the view says so."""

    def __init__(self, network: Network, layout: Layout) -> None:
        super().__init__(network, layout)
        self.without: list[str] = []

    def lines(self, left: Expression, rights: Sequence[Expression], entry: Ref) -> Lines:
        """An equation about a whole quantity; right sides that only an entry has (Jacobians) are left out."""
        from symbackprop.render.matrix import matrix_form

        quantity = entry.quantity
        indices = tuple(i for i in entry.indices if not isinstance(i, int))
        result = shown(quantity, indices, self.layout)
        gradient = isinstance(left, Partial)
        found = [form for r in rights if (form := matrix_form(r, result, self.layout, gradient)) is not None]
        if not found or len(quantity.axes) > 2:
            self.without.append(quantity.name)
            return super().lines(left, rights, entry)
        whole = WholePartial(self.network.cost, quantity) if gradient else Whole(quantity)
        return Lines(whole, found, True)

    def remarks(self) -> list[str]:
        """Which equations have no matrix form."""
        if not self.without:
            return []
        return [f"No matrix form, so shown in index form: {', '.join(dict.fromkeys(self.without))}."]


def layout_of(notation: Notation) -> Layout:
    """How a notation lays entries out in matrices."""
    return Layout(notation.weights, notation.vectors, notation.samples, notation.slopes)


def view_of(derivation: Derivation, form: str, notation: Notation) -> View:
    """The view a form asks for. Raises :class:`InputError` for a form that the result does not have."""
    network = derivation.network
    if form not in FORMS:
        raise unknown("form", form, FORMS)
    axes = form in ("scalar", "matrix") and any(q.axes for q in network.quantities)
    if form == "scalar" and axes:
        raise InputError(
            "no-such-form",
            f"the quantities of {network.source!r} have indices, so it has no scalar form",
            hint='--form index or --form matrix; a chain such as "relu relu" has a scalar form',
        )
    if form == "matrix" and not axes:
        raise InputError(
            "no-such-form",
            f"every quantity of {network.source!r} is a number, so there is no matrix to write",
            hint='--form scalar; "1 -> 1 relu" has 1 x 1 matrices',
        )
    layout = layout_of(notation)
    return MatrixView(network, layout) if form == "matrix" else View(network, layout)
