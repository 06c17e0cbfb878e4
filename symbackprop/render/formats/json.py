"""JSON for programs: every formula as LaTeX and as text that SymPy reads back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from symbackprop.backward.derivation import Derivation, Step
from symbackprop.backward.evaluation import entries, operations
from symbackprop.network.model import Network
from symbackprop.render.formats import Format
from symbackprop.render.listing import Equation, Telling, Words, tell
from symbackprop.render.markup import LATEX
from symbackprop.symbolic.algebra import safe_name
from symbackprop.symbolic.text import sympy_text
from symbackprop.vocabulary.expressions import Expression
from symbackprop.vocabulary.quantities import Quantity

LONGEST = 20_000
"""A closed form of more characters is null unless everything was asked for."""

MOST_OPERATIONS = 2_000_000
"""A network whose entries take more operations than this has no ``entries`` unless everything was asked for."""


def render(derivation: Derivation, tellings: Sequence[Telling]) -> str:
    """A derivation as one JSON object; with several notations, a list of them."""
    records = [record(derivation, telling) for telling in tellings]
    return json.dumps(records[0] if len(records) == 1 else records, ensure_ascii=False, indent=1) + "\n"


def record(derivation: Derivation, telling: Telling) -> dict[str, Any]:
    """The object for one notation."""
    listing = tell(derivation, telling, LATEX)
    equations = {e.name: e for section in listing.sections for e in section.equations}
    limit = None if derivation.completely else LONGEST
    steps = {step.quantity: _step(step, equations.get(f"d{step.quantity.name}")) for step in derivation.steps}
    paths = {target: derivation.path(target) for target in derivation.targets}
    users: dict[Quantity, int] = {}
    for path in paths.values():
        for step in path:
            users[step.quantity] = users.get(step.quantity, 0) + 1
    shared = [s for s in derivation.steps if users.get(s.quantity, 0) > 1 and s.quantity not in paths]
    return {
        "title": listing.title,
        "network": _network(derivation.network),
        "notation": telling.notation.name,
        "remarks": [_sentence(r) for section in listing.sections for r in section.remarks],
        "forward": [
            {
                "quantity": line.entry.quantity.name,
                "latex": _latex(equations.get(line.entry.quantity.name)),
                "sympy": _closed(derivation, line.entry, limit),
            }
            for line in derivation.forward
        ],
        "adjoints": [steps[step.quantity] for step in shared],
        "gradients": [
            {
                "wrt": target.name,
                "shape": list(target.shape),
                "latex": _latex(equations.get(f"d{target.name}"), last=True),
                "sympy": _gradient(derivation, target, limit),
                "entries": _entries(derivation, target, limit),
                "uses": [s.quantity.name for s in path if s in shared],
                "steps": [steps[s.quantity] for s in path if s not in shared] if telling.show == "steps" else [],
            }
            for target, path in paths.items()
        ],
        "updates": [
            {"quantity": name.removeprefix("update-"), "latex": _latex(e)}
            for name, e in equations.items()
            if name.startswith("update-")
        ],
    }


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
        "latex": _latex(equation),
        "justification": _sentence(equation.reason) if equation else "",
        "uses": [q.name for q in step.upstream],
    }


def _latex(equation: Equation | None, last: bool = False) -> str | None:
    if equation is None:
        return None
    rights = equation.rights[-1:] if last else equation.rights
    sides = [" ".join(f"{row.sign} {row.text}".strip() for row in rows) for rows in rights]
    return f"{equation.left} {equation.relation} " + f" {equation.relation} ".join(sides)


def _sentence(parts: Sequence[Any]) -> str:
    return "".join(part.text if isinstance(part, Words) else f"${part.text}$" for part in parts)


def _closed(derivation: Derivation, e: Expression, limit: int | None) -> str | None:
    if limit is not None and derivation.forms.closing.size_in_leaves(e) > limit:
        return None
    text = sympy_text(derivation.forms.closing.expanded(e, "leaves"), derivation.network.step_at_zero)
    return text if limit is None or len(text) <= limit else None


def _gradient(derivation: Derivation, target: Quantity, limit: int | None) -> str | None:
    forms = derivation.forms
    if limit is not None and forms.size_in_leaves(target) > 3 * limit:  # cancelling may shorten it
        return None
    text = sympy_text(forms.in_leaves(forms.adjoint(target)), derivation.network.step_at_zero)
    return text if limit is None or len(text) <= limit else None


def _entries(derivation: Derivation, target: Quantity, limit: int | None) -> dict[str, str | None] | None:
    """Each entry's closed form; None where a size is a symbol or there is too much to write."""
    network = derivation.network
    dimensions = {axis for q in network.quantities for axis in q.axes}
    if any(isinstance(d.size, str) for d in dimensions):
        return None
    if limit is not None and operations(network) > MOST_OPERATIONS:
        return None
    return entries(derivation.forms, target, limit if limit is not None else 10**9)


FORMAT = Format("JSON with LaTeX and SymPy formulas, for programs", render)
