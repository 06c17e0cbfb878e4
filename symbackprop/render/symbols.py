"""What the letters of a derivation stand for: a row for every kind of quantity."""

from __future__ import annotations

from dataclasses import dataclass

from symbackprop.networks.model import Network
from symbackprop.render.matrix_terms import Whole
from symbackprop.render.setting import Setter
from symbackprop.vocabulary.quantities import Kind, Quantity

MOST_NAMES = 5
"""Of more quantities of a kind than these the first two and the last are named."""

MEANINGS: dict[Kind, tuple[str, str]] = {
    "input": ("the input", "the inputs"),
    "weight": ("the weight", "the weights"),
    "bias": ("the bias", "the biases"),
    "pre-activation": ("the pre-activation", "the pre-activations, layer by layer"),
    "activation": ("the activation", "the activations, layer by layer"),
    "auxiliary": ("a value on the way", "values on the way"),
    "target": ("the target", "the targets"),
    "difference": ("target less prediction", "targets less predictions"),
    "cost": ("the cost", "the costs"),
}
"""What one quantity of a kind is, and what several are."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Symbols, already set (empty: those that are left out), and what they mean."""

    symbols: tuple[str, ...]
    meaning: str


def symbols(network: Network, setter: Setter) -> list[Entry]:
    """The entries of a network, in the order in which kinds appear in it.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> from symbackprop.render.text import TEXT
    >>> from symbackprop.tables.notations import NOTATIONS
    >>> net = read_pattern("relu relu")
    >>> for entry in symbols(net, Setter(net, NOTATIONS["nielsen"], TEXT)):
    ...     print(", ".join(entry.symbols), "-", entry.meaning)
    x - the input
    w², w³ - the weights
    y - the target
    z², z³ - the pre-activations, layer by layer
    a², a³ - the activations, layer by layer
    U - target less prediction
    C - the cost
    δ², δ³ - the derivatives of the cost by the pre-activations
    """
    kinds: dict[Kind, list[Quantity]] = {}
    for quantity in network.quantities:
        kinds.setdefault(quantity.kind, []).append(quantity)
    found = []
    for kind, quantities in kinds.items():
        one, several = MEANINGS[kind]
        names = tuple(setter.set(Whole(q)) for q in _named(quantities))
        found.append(Entry(_with_gap(names, len(quantities)), one if len(quantities) == 1 else several))
    errors = [q for q in kinds.get("pre-activation", []) if setter.is_delta(q)]
    if errors:
        bold = setter.notation.bold
        names = tuple(setter.gradient(q, (), bold) for q in _named(errors))
        text = "derivative of the cost by the pre-activation"
        many = text.replace("derivative", "derivatives") + "s"
        found.append(Entry(_with_gap(names, len(errors)), f"the {text if len(errors) == 1 else many}"))
    return found


def _named(quantities: list[Quantity]) -> list[Quantity]:
    return quantities if len(quantities) <= MOST_NAMES else [*quantities[:2], quantities[-1]]


def _with_gap(names: tuple[str, ...], count: int) -> tuple[str, ...]:
    return names if count <= MOST_NAMES else (*names[:-1], "", names[-1])
