"""Known mistakes: one record each, with the sentence a student is told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake that people make, by its name in reports, and what is said about it.

    ``summary`` is a sentence without its full stop that stands after "The likely mistake: ".
    """

    name: str
    summary: str


MISTAKES: dict[str, Mistake] = {
    mistake.name: mistake
    for mistake in (
        Mistake("sign", "the sign is wrong, as when the minus from differentiating y - p by p is forgotten"),
        Mistake("slope-dropped", "a factor is missing, the slope of an activation, which the chain rule puts there"),
        Mistake(
            "slope-at-wrong-point",
            "the slope of an activation is taken at the wrong point, or the activation stands where its slope belongs",
        ),
        Mistake("relu-as-identity", "ReLU is treated as if it let everything through, but only an active unit does"),
        Mistake("transpose", "a transpose is missing or one too many, or matrices are multiplied in the wrong order"),
        Mistake(
            "hadamard-for-product",
            "a matrix product stands where a product entry by entry belongs, or the other way round",
        ),
        Mistake("sum-dropped", "a sum is missing, because every unit that depends on this quantity contributes a term"),
        Mistake("path-dropped", "a path is missing, because the cost depends on this quantity in more than one way"),
        Mistake("index-swap", "two indices are exchanged, or one of them is the wrong one"),
        Mistake("layer-off-by-one", "a quantity is taken from the layer before or after the right one"),
        Mistake("bias-not-summed", "the gradient of a bias is not summed over the samples"),
        Mistake("bias-times-input", "the gradient of a bias is multiplied by an input, but a bias has the factor 1"),
        Mistake("batch-factor", "the factor 1/m of the average over the batch is missing, one too many or misplaced"),
        Mistake("factor-two", "a factor 2 or 1/2 is missing or one too many"),
        Mistake(
            "softmax-diagonal-only",
            "each output of softmax is differentiated by its own input only, but it depends on all of them",
        ),
        Mistake("loss-mismatch", "this is the gradient of another cost than the one given"),
        Mistake(
            "upstream-dropped",
            "the gradient that arrives from the layers above is missing, so this is only a local derivative",
        ),
        Mistake("regulariser-dropped", "the term that comes from the penalty on the weights is missing"),
        Mistake("arithmetic", "the numbers are worked out wrongly"),
        Mistake("wrong-symbol", "one quantity stands where another belongs"),
        Mistake("wrong-left-hand-side", "the right side is the derivative of something else than the left side says"),
    )
}
