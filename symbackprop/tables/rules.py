"""The rules of calculus that a step of a derivation applies, and why each holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its name in the JSON, its title, and the sentence that justifies a step by it."""

    name: str
    title: str
    reason: str


RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("cost", "Derivative of the cost", "the cost depends on it directly"),
        Rule("activation", "Slope of the activation", "the activation acts on each unit by itself"),
        Rule("function", "Slope of a function", "the function acts on each entry by itself"),
        Rule("weight", "Weight", "z is linear in the weight, whose factor is the value it multiplies"),
        Rule("bias", "Bias", "z contains the bias once, with factor 1"),
        Rule("downstream", "Sum over everything fed", "every unit that the value feeds passes its share back"),
        Rule("product", "Product rule", "a product is linear in each of its factors"),
        Rule("paths", "Paths add", "the value acts on the cost along several paths, whose contributions add"),
        Rule("independent", "No path", "the cost does not depend on it"),
    )
}
