"""JSON for programs: every formula as LaTeX and as text that SymPy reads back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from symbackprop.backward.derivation import Derivation, Step
from symbackprop.backward.entries import LONGEST_ENTRY, EntryTexts
from symbackprop.networks.model import Network
from symbackprop.render.formats import Format
from symbackprop.render.formats.latex import one_line
from symbackprop.render.listing import Equation, Telling, tell
from symbackprop.render.markup import LATEX
from symbackprop.render.sentences import in_dollars
from symbackprop.symbolic.algebra import safe_name
from symbackprop.symbolic.text import sympy_text
from symbackprop.vocabulary.expressions import Expression, Ref
from symbackprop.vocabulary.quantities import Quantity

EVERYTHING = 10**12
"""The limit on the length of a closed form when everything was asked for."""


def render(derivation: Derivation, tellings: Sequence[Telling]) -> str:
    """A derivation as one JSON object; with several notations, a list of them."""
    records = [record(derivation, telling) for telling in tellings]
    return json.dumps(records[0] if len(records) == 1 else records, ensure_ascii=False, indent=1) + "\n"


def record(derivation: Derivation, telling: Telling) -> dict[str, Any]:
    """The object for one notation."""
    listing = tell(derivation, telling, LATEX)
    equations = {e.name: e for section in listing.sections for e in section.equations}
    closed = _Closed(derivation)
    steps = {step.quantity: _step(step, equations.get(f"d{step.quantity.name}")) for step in derivation.steps}
    owners = _owners(derivation)
    return {
        "title": listing.title,
        "network": _network(derivation.network),
        "notation": telling.notation.name,
        "remarks": [in_dollars(r) for section in listing.sections for r in section.remarks],
        "forward": [
            {
                "quantity": line.entry.quantity.name,
                "latex": one_line(equations.get(line.entry.quantity.name)),
                "sympy": closed.forward(line.entry),
            }
            for line in derivation.forward
        ],
        "adjoints": [steps[quantity] for quantity, owner in owners.items() if owner is None],
        "gradients": [
            {
                "wrt": target.name,
                "shape": list(target.shape),
                "latex": one_line(equations.get(f"d{target.name}"), last=True),
                "sympy": closed.gradient(target),
                "entries": closed.entries(target),
                "steps": own if telling.show == "steps" else [],
            }
            for target, own in _own_steps(derivation.targets, owners, steps).items()
        ],
        "updates": [
            {"quantity": name.removeprefix("update-"), "latex": one_line(e)}
            for name, e in equations.items()
            if name.startswith("update-")
        ],
    }


def _owners(derivation: Derivation) -> dict[Quantity, Quantity | None]:
    """For each step the only target that needs it, or None where several do; a target owns its own step."""
    targets = set(derivation.targets)
    owners: dict[Quantity, Quantity | None] = {target: target for target in targets}
    told = {step.quantity for step in derivation.steps}
    for step in reversed(derivation.steps):
        for quantity in told.intersection(step.upstream):
            owner = owners.get(step.quantity)  # None too where only an unnamed quantity leads to it
            if quantity not in targets:
                owners[quantity] = owner if owners.get(quantity, owner) is owner else None
    return {step.quantity: owners.get(step.quantity) for step in derivation.steps}


def _own_steps(
    targets: Sequence[Quantity], owners: dict[Quantity, Quantity | None], steps: dict[Quantity, dict[str, Any]]
) -> dict[Quantity, list[dict[str, Any]]]:
    """The steps that each target alone needs, in order, its own last."""
    found: dict[Quantity, list[dict[str, Any]]] = {target: [] for target in targets}
    for quantity, owner in owners.items():
        if owner is not None:
            found[owner].append(steps[quantity])
    return found


def _network(network: Network) -> dict[str, Any]:
    return {
        "source": network.source,
        "cost": network.cost_name,
        "step_at_zero": str(network.step_at_zero),
        "batch": network.batch.size if network.batch else None,
        "sizes": list(network.sizes),
        "prediction": network.prediction.name if network.prediction else None,
        "constraints": [f"the entries of {c.quantity.name} sum to 1" for c in network.constraints],
        "quantities": [
            {"name": q.name, "sympy": safe_name(q.name), "kind": q.kind, "shape": list(q.shape)}
            for q in network.quantities
        ],
    }


def _step(step: Step, equation: Equation | None) -> dict[str, Any]:
    return {
        "quantity": step.quantity.name,
        "rule": step.rule.name,
        "latex": one_line(equation),
        "justification": in_dollars(equation.reason) if equation else "",
        "uses": [q.name for q in step.upstream],
    }


class _Closed:
    """The closed forms of a derivation as text that SymPy reads, None where one is longer than the limit."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.forms = derivation.forms
        self.limit = EVERYTHING if derivation.completely else LONGEST_ENTRY
        self.texts = EntryTexts(self.forms, derivation.targets, self.limit)
        self.scalar = not any(q.axes for q in derivation.network.quantities)

    def forward(self, entry: Ref) -> str | None:
        """A quantity of the forward pass."""
        if self.scalar:
            return self.texts.forward(entry.quantity)[""]
        if self.forms.closing.length_in_leaves(entry) > self.limit:
            return None
        return self.text(self.forms.closing.expanded(entry, "leaves"))

    def gradient(self, target: Quantity) -> str | None:
        """A gradient."""
        if self.scalar:
            return self.texts.gradient(target)[""]
        if self.forms.length_in_leaves(target) > 3 * self.limit:  # cancelling may shorten it
            return None
        adjoint = self.forms.adjoint(target)
        if self.forms.closing.length_in_leaves(adjoint) > self.limit:
            return None
        return self.text(self.forms.in_leaves(adjoint))

    def text(self, e: Expression) -> str | None:
        written = sympy_text(e, self.derivation.network.step_at_zero)
        return written if len(written) <= self.limit else None

    def entries(self, target: Quantity) -> dict[str, str | None] | None:
        """Each entry of a gradient; None where a size is a symbol."""
        return self.texts.gradient(target) or None


FORMAT = Format("JSON with LaTeX and SymPy formulas, for programs", render)
