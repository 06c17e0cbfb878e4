"""The right formula for the left side of a claim."""

from __future__ import annotations

from collections.abc import Sequence

from symbackprop.judge.deciding import Decision
from symbackprop.judge.subjects import Alias, Named, Subject
from symbackprop.reading.tree import Deriv, Grad, Sym
from symbackprop.vocabulary.expressions import Expression, Partial, Ref
from symbackprop.vocabulary.quantities import Quantity


def expected(
    subject: Subject, decision: Decision, decisions: Sequence[Decision]
) -> tuple[Expression, Expression] | None:
    """The derivative of the cost that a claim is about, and its closed form; None for other claims."""
    from symbackprop.backward.derivation import derive

    quantity = differentiated(subject, decisions[0].link.left)
    if quantity is None:
        return None
    derivation = derive(subject.network, [quantity])
    steps = {step.quantity: step for step in derivation.steps}
    if quantity not in steps:
        return None
    step = steps[quantity]
    forms = step.forms()
    return Partial(Ref(subject.network.cost), step.entry), forms[-1]


def differentiated(subject: Subject, left: object) -> Quantity | None:
    """The quantity that a left side differentiates the cost by."""
    if isinstance(left, Sym):
        meaning = subject.meaning(left)
        left = meaning.right if isinstance(meaning, Alias) else left
    if not isinstance(left, Deriv | Grad) or not isinstance(left.of, Sym):
        return None
    by = left.by[0] if isinstance(left, Deriv) and len(left.by) == 1 else left.by
    of = subject.meaning(left.of)
    if not isinstance(by, Sym) or not isinstance(of, Named) or of.quantity is not subject.network.cost:
        return None
    variable = subject.meaning(by)
    return variable.quantity if isinstance(variable, Named) else None
