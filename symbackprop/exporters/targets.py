"""What a network can be exported to: one record each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

from symbackprop.backward.derivation import given_targets
from symbackprop.exporters.preparing import with_samples, with_upstream
from symbackprop.networks.forward import AuthoredNetwork
from symbackprop.networks.model import Network
from symbackprop.vocabulary.errors import InputError, unknown


@dataclass(frozen=True, slots=True)
class Target:
    """A library: the module that writes for it, and whether a program takes arrays (else it has a line an entry)."""

    name: str
    module: str
    arrays: bool
    summary: str


TARGETS = {
    target.name: target
    for target in (
        Target("numpy", "arrayfile", True, "a function of NumPy arrays"),
        Target("torch", "arrayfile", True, "a function of PyTorch tensors"),
        Target("jax", "arrayfile", True, "a function of JAX arrays, for jax.jit as it is"),
        Target("sympy", "sympyfile", False, "SymPy expressions in named subexpressions, entry by entry"),
    )
}


def find(name: str) -> Target:
    """The target of a name. Raises :class:`InputError` with the nearest one."""
    if name not in TARGETS:
        raise unknown("library", name, TARGETS)
    return TARGETS[name]


def source(
    network: Network, to: Target, wrt: Sequence[str] = (), batch: int | str | None = None, command: str = ""
) -> str:
    """The program for a network; ``wrt`` are the names of the quantities to differentiate by.

    Samples get an axis of their own in a program of arrays, unless the author of the equations has said what the
    arrays hold; in that case ``batch`` asks for it.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> "dW0 = delta1 @ x" in source(read_pattern("relu"), find("numpy"))
    True
    """
    if given := given_targets(network, [network.quantity(name) for name in wrt]):
        raise InputError("given-target", f"the gradient by {given[0].name} is given, so there is nothing to compute")
    network = with_upstream(network)
    if network.batch is None:
        if batch is None and to.arrays and not isinstance(network, AuthoredNetwork):
            taken = {*network.reserved_letters, *(q.name for q in network.quantities)}
            batch = next(name for name in ("m", "samples", "number_of_samples") if name not in taken)
        if batch in network.reserved_letters:
            raise InputError("reserved-name", f"{batch!r} is a size of the network already", hint="--batch samples")
        if batch is not None:
            wrt = wrt or [q.name for q in network.parameters]
            network = with_samples(network, batch)
    targets = [network.quantity(name) for name in wrt] or list(network.parameters)
    if network.cost in targets:
        raise InputError("target-is-cost", f"{network.cost.name} is the cost itself, whose derivative by itself is 1")
    written: str = import_module(f"symbackprop.exporters.{to.module}").write(network, targets, to.name, command)
    return written
