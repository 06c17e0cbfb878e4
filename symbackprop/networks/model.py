"""A network: a list of named definitions, each of earlier ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from symbackprop.vocabulary.errors import InputError, nearest
from symbackprop.vocabulary.expressions import Ref, Symbol
from symbackprop.vocabulary.quantities import Dimension, Quantity, fresh_indices
from symbackprop.vocabulary.terms import Definition

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True, slots=True)
class Constraint:
    """The entries of ``quantity`` along its last axis sum to one, as a cross-entropy's target does."""

    quantity: Quantity


class Stretch(NamedTuple):
    """Layers ``first`` to ``last`` of a network, which the layer ``example`` of a shorter one stands for."""

    first: int
    last: int
    example: int


class Shortened(NamedTuple):
    """A network with fewer layers, and the stretches of layers that are missing in it."""

    network: Network
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Network:
    """A network as its definitions in order; nothing else of the program knows what a layer is.

    ``leaves`` are the quantities nothing defines (inputs, weights, biases, targets); ``cost`` is the scalar that is
    differentiated; ``prediction`` the quantity the cost compares with the target, where there is one.
    """

    source: str
    definitions: tuple[Definition, ...]
    leaves: tuple[Quantity, ...]
    cost: Quantity
    prediction: Quantity | None = None
    constraints: tuple[Constraint, ...] = ()
    hyperparameters: tuple[Symbol, ...] = ()
    sizes: tuple[str, ...] = ()
    batch: Dimension | None = None
    cost_name: str = ""
    title: str = ""
    remarks: tuple[str, ...] = ()
    """What a reader should know about the network, a sentence each."""
    step_at_zero: Fraction = Fraction(1)
    _names: dict[str, Quantity] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        for quantity in (*self.leaves, *(d.quantity for d in self.definitions)):
            self._names[quantity.name] = quantity

    def with_facts(self, title: str, step_at_zero: Fraction) -> Network:
        """The same network with a title and a convention for Step(0)."""
        return replace(self, title=title, step_at_zero=step_at_zero, _names={})

    def shortened(self) -> Shortened | None:
        """A network in which one layer stands for many that are alike; None where that is not known of any."""
        return None

    @property
    def parameters(self) -> tuple[Quantity, ...]:
        """The weights and biases, in layer order."""
        return tuple(q for q in self.leaves if q.kind in ("weight", "bias"))

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Every quantity that has a name a user may write."""
        return tuple(q for q in self._names.values() if q.kind != "inline")

    @property
    def told_apart(self) -> Mapping[Quantity, str]:
        """Quantities whose letter is another one where indices stand on it; none but in authors' own equations."""
        return {}

    @property
    def reserved_letters(self) -> frozenset[str]:
        """The names of sizes and hyperparameters, which no index may bear."""
        return frozenset((*self.sizes, *(symbol.name for symbol in self.hyperparameters)))

    def quantity(self, name: str) -> Quantity:
        """The quantity of a canonical name (``W0``, ``z(k+1)``) or of an author's own name.

        Raises :class:`InputError` (``unknown-target``) with the nearest name.
        """
        wanted = re.sub(r"\s+", "", name)
        found = self._names.get(wanted) or next(
            (q for q in self.quantities if re.sub(r"\s+", "", q.name) == wanted), None
        )
        if found is None or found.kind == "inline":
            known = [q.name for q in self.quantities]
            close = nearest(wanted, known)
            listed = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
            raise InputError(
                "unknown-target",
                f"the network {self.source!r} has no quantity {name!r}",
                hint=(f"did you mean {close}? " if close else "") + f"it has {listed}",
            )
        return found

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows; found by its name, since what prints a network comes after it."""
        shown: dict[str, str] = import_module("symbackprop.api").shown(self)
        return shown

    def layered(self, letter: str, label: int | str) -> Quantity:
        """The quantity of a letter and a layer label, ``layered("z", 1)``."""
        return self.quantity(f"{letter}{label}" if isinstance(label, int) else f"{letter}({label})")

    def z(self, label: int | str) -> sympy.Expr:
        """The pre-activation of a layer as a SymPy expression in the inputs and weights.

        A layer of several units gives the expression of unit ``i``, an indexed one.

        >>> from symbackprop.networks.pattern import read_pattern
        >>> read_pattern("relu relu").z(2)
        W1*ReLU(W0*x)
        """
        return self.expression(f"z{label}" if isinstance(label, int) else f"z({label})")

    def r(self, label: int | str) -> sympy.Expr:
        """The activation of a layer as a SymPy expression in the inputs and weights.

        >>> from sympy import Heaviside
        >>> from symbackprop.networks.pattern import read_pattern
        >>> read_pattern("relu").r(1).rewrite(Heaviside)
        W0*x*Heaviside(W0*x, 1)
        """
        return self.expression(f"r{label}" if isinstance(label, int) else f"r({label})")

    def expression(self, name: str) -> sympy.Expr:
        """The closed form of any quantity as a SymPy expression.

        Of a quantity with axes, the entry at free indices: ``i``, ``j`` for units, ``s`` for the sample.

        >>> from symbackprop.networks.pattern import read_pattern
        >>> read_pattern("identity").expression("C")
        (-W0*x + y)**2/2
        >>> read_pattern("n -> m relu").expression("r1")
        ReLU(Sum(W0[k, i]*x[k], (k, 0, n - 1)))
        """
        from symbackprop.networks.closing import Closing
        from symbackprop.symbolic.convert import to_sympy

        quantity = self.quantity(name)
        taken = self.reserved_letters
        indices = fresh_indices(quantity.axes, taken, self.batch)
        reserved = taken.union(i.letter for i in indices)
        written_out = Closing(self.definitions, reserved).expanded(Ref(quantity, indices), "leaves")
        return to_sympy(written_out, self.step_at_zero)
