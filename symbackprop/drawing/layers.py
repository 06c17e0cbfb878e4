"""Whether a network is layers in a row, and which: found in its definitions, whoever wrote them.

A layer is an affine map of one earlier signal, ``z = W s + b``, and what depends on that z alone. A network that is
anything else (a residual connection, a weight used twice, a recurrence) has no layers here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from symbackprop.networks.model import Network
from symbackprop.vocabulary.expressions import ONE, Ref
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Dimension, Quantity
from symbackprop.vocabulary.terms import Combination, Definition, Map


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer: the weight and the bias that lead to it, and the quantity whose entries are its units.

    ``functions`` are those applied to the pre-activation, in order; the layer of the inputs has neither these nor a
    weight.
    """

    signal: Quantity
    weight: Quantity | None = None
    bias: Quantity | None = None
    functions: tuple[Function, ...] = ()


def layers_of(network: Network) -> tuple[Layer, ...]:
    """The layers in order, that of the inputs first; empty if the network is not layers in a row.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> [layer.signal for layer in layers_of(read_pattern("2 -> 3 tanh bias -> 1"))]
    [x, r1, r2]
    """
    affine = [found for d in network.definitions if (found := _affine(d))]
    if not affine:
        return ()
    sources = _Sources(network)
    first = affine[0][1]
    layers = [Layer(first)]
    for number, (z, signal, weight, bias) in enumerate(affine):
        if signal is not layers[-1].signal or not _fits(network, signal, weight, z):
            return ()
        following = affine[number + 1][1] if number + 1 < len(affine) else _output(network, z, sources)
        between = sources.between(following, z)
        if between is None:
            return ()
        layers.append(Layer(following, weight, bias, between))
    used = [q for layer in layers for q in (layer.weight, layer.bias) if q is not None]
    if len(set(used)) < len(used) or not sources.only(network.cost, layers[-1].signal, used):
        return ()
    return tuple(layers)


_Affine = tuple[Quantity, Quantity, Quantity, Quantity | None]


def _affine(definition: Definition) -> _Affine | None:
    """What is defined, the signal, the weight and the bias of a definition that is an affine map."""
    if not isinstance(definition, Combination) or definition.quantity.kind in ("cost", "inline", "difference"):
        return None
    weight = signal = bias = None
    for term in definition.terms:
        quantities = [f.quantity for f in term.factors if isinstance(f, Ref)]
        if term.coefficient != ONE or len(quantities) != len(term.factors):
            return None
        weights = [q for q in quantities if q.kind == "weight"]
        if len(quantities) == 2 and len(weights) == 1 and signal is None:
            weight = weights[0]
            signal = next(q for q in quantities if q is not weight)
        elif len(quantities) == 1 and bias is None and quantities[0].kind == "bias":
            bias = quantities[0]
        else:
            return None
    return (definition.quantity, signal, weight, bias) if signal and weight else None


def units(quantity: Quantity, network: Network) -> tuple[Dimension, ...]:
    """The axes of a quantity but that of the samples."""
    return tuple(axis for axis in quantity.axes if axis is not network.batch)


def _fits(network: Network, signal: Quantity, weight: Quantity, z: Quantity) -> bool:
    """Whether a weight leads from every unit of a signal to every unit of a pre-activation."""
    ends = [units(q, network) for q in (signal, z)]
    if any(len(axes) > 1 for axes in ends):
        return False
    wanted = [axis.size for axes in ends for axis in axes]
    return sorted(map(str, weight.shape)) == sorted(map(str, wanted))


def _output(network: Network, z: Quantity, sources: _Sources) -> Quantity:
    """The prediction; where the network names none, the last quantity that depends on the last layer alone."""
    if network.prediction is not None:
        return network.prediction
    found = z
    for definition in network.definitions:
        named = definition.quantity.kind in ("activation", "pre-activation", "auxiliary")
        if named and definition.quantity.axes == z.axes and sources.between(definition.quantity, z):
            found = definition.quantity
    return found


class _Sources:
    """From where the quantities of a network come."""

    def __init__(self, network: Network) -> None:
        self.definitions = {d.quantity: d for d in network.definitions}

    def between(self, quantity: Quantity, z: Quantity) -> tuple[Function, ...] | None:
        """The functions on the way from z to a quantity; None if it depends on anything else."""
        functions: list[Function] = []
        for found in self._back(quantity, {z}):
            if found is z:
                continue
            definition = self.definitions.get(found)
            if definition is None:
                return None
            if isinstance(definition, Map) and definition.function not in functions:
                functions.insert(0, definition.function)
        return tuple(functions)

    def only(self, cost: Quantity, output: Quantity, parameters: Sequence[Quantity]) -> bool:
        """Whether a cost depends on the output and, besides, on leaves alone (targets, weights in a penalty)."""
        stop = {output, *parameters}
        return all(q in stop or q in self.definitions or q.kind in ("target", "input") for q in self._back(cost, stop))

    def _back(self, quantity: Quantity, stop: set[Quantity]) -> Iterable[Quantity]:
        seen, todo = {quantity}, [quantity]
        while todo:
            current = todo.pop()
            yield current
            if current in stop:
                continue
            definition = self.definitions.get(current)
            for source in arguments(definition) if definition else ():
                if source not in seen:
                    seen.add(source)
                    todo.append(source)


def arguments(definition: Definition) -> tuple[Quantity, ...]:
    """The quantities on the right side of a definition, each once, in order."""
    if isinstance(definition, Map):
        return tuple(dict.fromkeys(ref.quantity for ref in definition.arguments))
    return tuple(dict.fromkeys(f.quantity for term in definition.terms for f in term.factors if isinstance(f, Ref)))
