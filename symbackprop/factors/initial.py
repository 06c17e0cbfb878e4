"""Random initial weights: the rules, one record each, and what is known of the gradients that they give.

A layer ``z = W^T r`` with n_in inputs and independent weights of mean 0 and variance v gives ``E z^2 = n_in v E r^2``
forwards, and backwards ``E ||dC/dr||^2 = n_in v E ||dC/dz||^2`` and ``E ||dC/dz||^2 = E f'(z)^2 E ||dC/dr||^2``, where
gradients above are taken to be independent of the weights and z to be normal:

- Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks (2010), equations 5 to
  16, for f' = 1; their compromise between the two directions is v = 2/(n_in + n_out).
- He, Zhang, Ren and Sun, Delving deep into rectifiers (2015), equations 6 to 14, for ReLU, where E f'^2 = 1/2 and
  E f(z)^2 = E z^2 / 2, whence v = 2/n_in.
- Schoenholz, Gilmer, Ganguli and Sohl-Dickstein, Deep information propagation (2017), equation 5, for any f.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite, log, log10, sqrt
from typing import TYPE_CHECKING, Any

from symbackprop.vocabulary.errors import InputError, unknown

if TYPE_CHECKING:
    import numpy as np

MOST_SAMPLES = 1_000_000
EULER = 0.5772156649015329


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule for random weights; ``variance`` of a weight from the numbers of its inputs and outputs."""

    name: str
    formula: str
    variance: Callable[[int, int], float]
    uniform: bool = False
    takes: str = ""

    def typical(self, inputs: int, outputs: int) -> float:
        """The mean of ``log10 |w|``: of a normal weight ``log10 s - (gamma + ln 2)/(2 ln 10)``, with Euler's gamma.

        Of one that is uniform up to a it is ``log10 a - 1/ln 10``.
        """
        spread = log10(self.variance(inputs, outputs)) / 2
        if self.uniform:
            return spread + log10(3) / 2 - 1 / log(10)
        return spread - (EULER + log(2)) / (2 * log(10))

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...], inputs: int, outputs: int) -> Any:
        """Random weights."""
        spread = sqrt(self.variance(inputs, outputs))
        if self.uniform:
            return generator.uniform(-spread * sqrt(3), spread * sqrt(3), shape)
        return spread * generator.standard_normal(shape)


def _uniform(text: str) -> Rule:
    try:
        edge = float(text) if re.fullmatch(r"\s*\d+(\.\d*)?([eE][-+]?\d{1,3})?\s*|\s*\.\d+\s*", text) else -1.0
    except ValueError:
        edge = -1.0
    if not (isfinite(edge) and 1e-100 <= edge <= 1e100):
        raise InputError("bad-value", f"uniform:{text[:40]}: a positive number was expected", hint="--init uniform:0.5")
    return Rule(
        f"uniform:{text.strip()}", f"uniform between -{edge:g} and {edge:g}", lambda i, o: edge * edge / 3, True
    )


RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("he", "normal with variance 2/n_in (He and others 2015)", lambda i, o: 2 / i),
        Rule(
            "xavier", "uniform with variance 2/(n_in + n_out) (Glorot and Bengio 2010)", lambda i, o: 2 / (i + o), True
        ),
        Rule("lecun", "normal with variance 1/n_in (LeCun and others 1998)", lambda i, o: 1 / i),
    )
}


def rule_of(text: str) -> Rule:
    """The rule of a name, or of ``uniform:a``.

    >>> rule_of("uniform:3").variance(5, 5)
    3.0
    """
    name, colon, edge = text.strip().partition(":")
    if name == "uniform":
        if not colon:
            raise InputError("bad-value", "uniform needs the largest weight", hint="--init uniform:0.5")
        return _uniform(edge)
    if text.strip() not in RULES:
        raise unknown("initialisation", text[:60], [*RULES, "uniform:0.5"])
    return RULES[text.strip()]


def checked(rule: str, samples: int, seed: int) -> Rule:
    """The rule of a name, and whether as many samples can be drawn."""
    found = rule_of(rule)
    if not 1 <= samples <= MOST_SAMPLES:
        raise InputError(
            "bad-value", f"{samples} samples: between 1 and {MOST_SAMPLES} were expected", hint="--samples 1000"
        )
    if not 0 <= seed < 2**64:
        raise InputError("bad-value", f"the seed {seed} is not a whole number from 0 to 2^64 - 1", hint="--seed 0")
    return found
