"""Costs: one record each, as a formula per output unit of the target ``y`` and the prediction ``p``.

A network sums the formula over its outputs and averages it over a batch. ``n`` is the number of outputs.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost: its formula per output, and what the target has to satisfy for it to mean what it says.

    ``square`` is the formula in the difference ``u = y - p``, for a cost that can be differentiated by the chain
    rule with that difference or by multiplying its square out.
    """

    name: str
    formula: str | None
    summary: str
    targets_sum_to_one: bool = False
    on_logits: bool = False
    square: str = ""


COSTS: dict[str, Cost] = {
    cost.name: cost
    for cost in (
        Cost("half-squared", "1/2*(y - p)^2", "1/2 sum_j (y_j - p_j)^2, the default", square="1/2*u^2"),
        Cost("squared", "(y - p)^2", "sum_j (y_j - p_j)^2", square="u^2"),
        Cost("mse", "(y - p)^2/n", "mean of (y_j - p_j)^2 over the n outputs", square="u^2/n"),
        Cost("absolute", "abs(y - p)", "sum_j |y_j - p_j|"),
        Cost("huber", "huber(y - p)", "sum_j of u^2/2 where |u| <= 1, |u| - 1/2 elsewhere, u = y_j - p_j"),
        Cost("binary-cross-entropy", "bce(y, p)", "-sum_j [y_j log p_j + (1 - y_j) log(1 - p_j)], p a probability"),
        Cost(
            "binary-cross-entropy-logits",
            "softplus(p) - y*p",
            "the same of p = sigmoid(z), written in the logit z",
            on_logits=True,
        ),
        Cost("cross-entropy", "-y*log(p)", "-sum_j y_j log p_j, with sum_j y_j = 1", targets_sum_to_one=True),
        Cost(
            "cross-entropy-logits",
            "-y*log(softmax(p))",
            "the same of p = softmax(z), written in the logits z",
            targets_sum_to_one=True,
            on_logits=True,
        ),
        Cost("L", None, "unspecified: any differentiable function of target and prediction"),
    )
}
