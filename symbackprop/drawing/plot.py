"""What of a network its graph shows: quantities and edges, a long way folded, and what leads back to a target."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from symbackprop.backward.derivation import Derivation
from symbackprop.drawing.partials import Locals
from symbackprop.drawing.placing import Plan, columns_of, placed
from symbackprop.networks.layers import UPSTREAM
from symbackprop.networks.model import Network
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.quantities import Quantity
from symbackprop.vocabulary.terms import Map

MOST_COLUMNS = 16
"""A graph of more columns shows the first and the last of them."""
FIRST, LAST = 6, 8
MOST_NODES = 120

Sources = Mapping[Quantity, tuple[Quantity, ...]]


@dataclass(frozen=True, slots=True)
class Plot:
    """The quantities that are shown in the order of the network, what each is made of, and where all of it stands.

    ``given`` is a cost of which only the gradient is known; ``back`` the quantities on the way back to a target;
    ``left_out`` counts the columns that are folded into the one called ``gap``.
    """

    order: tuple[Quantity, ...]
    sources: Sources
    plan: Plan
    given: Collection[Quantity]
    back: Collection[Quantity]
    left_out: int
    gap: int

    @property
    def edges(self) -> list[tuple[Quantity, Quantity]]:
        """Every edge, from what is used to what is made of it."""
        return [(source, quantity) for quantity, made_of in self.sources.items() for source in made_of]


def plotted(derivation: Derivation, locals_: Locals, backward: bool) -> Plot:
    """The plot of a network. Raises ``InputError`` (``too-large-to-draw``) where too much stands side by side."""
    network = derivation.network
    sources = {d.quantity: locals_.sources(d.quantity) for d in network.definitions if d.quantity.kind != "inline"}
    order = _leading_to_the_cost(network, sources)
    sources = {q: sources[q] for q in order if q in sources}
    given = {d.quantity for d in network.definitions if isinstance(d, Map) and d.function is UPSTREAM}
    back = _on_the_way_back(derivation, sources) if backward else set()
    columns = columns_of(order, sources)
    count = 1 + max(columns.values())
    left_out = max(0, count - FIRST - LAST) if count > MOST_COLUMNS else 0
    if left_out:
        high = count - LAST
        kept = {q for q in order if not FIRST <= columns[q] < high}
        used = {s for q in kept for s in sources.get(q, ())}
        kept = {q for q in kept if q in sources or q in used}
        order = [q for q in order if q in kept]
        sources = {q: tuple(s for s in made_of if s in kept) for q, made_of in sources.items() if q in kept}
        columns = {q: columns[q] if columns[q] < FIRST else columns[q] - left_out + 1 for q in order}
    if len(order) > MOST_NODES:
        raise InputError(
            "too-large-to-draw",
            f"the graph has {len(order)} nodes beside each other, and a picture holds {MOST_NODES}",
            hint="--what network, or a network of fewer quantities",
        )
    return Plot(tuple(order), sources, placed(order, sources, columns), given, back, left_out, FIRST)


def _leading_to_the_cost(network: Network, sources: Sources) -> list[Quantity]:
    """The quantities that the cost depends on, in the order of the network."""
    needed, todo = {network.cost}, [network.cost]
    while todo:
        for source in sources.get(todo.pop(), ()):
            if source not in needed:
                needed.add(source)
                todo.append(source)
    return [q for q in (*network.leaves, *(d.quantity for d in network.definitions)) if q in needed]


def _on_the_way_back(derivation: Derivation, sources: Sources) -> set[Quantity]:
    """The quantities whose adjoints the targets need, the targets too."""
    users: dict[Quantity, list[Quantity]] = {}
    for quantity, made_of in sources.items():
        for source in made_of:
            users.setdefault(source, []).append(quantity)
    found: set[Quantity] = set()
    todo = list(derivation.targets)
    while todo:
        quantity = todo.pop()
        if quantity not in found:
            found.add(quantity)
            todo += users.get(quantity, ())
    return found
