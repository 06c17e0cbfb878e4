"""Random networks, as the pattern and the values that the program is given."""

from __future__ import annotations

import random

import numpy as np

from tests.factors.tape import FUNCTIONS


def written(array: np.ndarray) -> str:
    """An array as the program reads it, exactly."""
    return f"{float(array):.12f}" if array.ndim == 0 else "[" + ", ".join(map(written, array)) + "]"


def rounded(array: np.ndarray) -> np.ndarray:
    return np.round(array, 12)


class Case:
    """A dense network (``chain``: of single neurons) with weights, biases, an input and a target."""

    def __init__(
        self, seed: int, chain: bool = False, activations: list[str] | None = None, bias: bool | None = None
    ) -> None:
        rng, dice = np.random.default_rng(seed), random.Random(seed)
        depth = dice.randint(1, 5)
        choices = activations or [*FUNCTIONS, *([] if chain else ["softmax"])]
        self.names = [dice.choice(choices) for _ in range(depth)]
        self.chain = chain
        self.widths = [1] * (depth + 1) if chain else [dice.randint(2 if k else 1, 4) for k in range(depth + 1)]
        self.bias = dice.random() < 0.5 if bias is None else bias
        scale = 10 ** dice.uniform(-1, 0.7)
        self.weights = [
            rounded(scale * rng.standard_normal((a, b))) for a, b in zip(self.widths, self.widths[1:], strict=False)
        ]
        self.biases = [rounded(rng.standard_normal(n) * self.bias) for n in self.widths[1:]]
        self.x, self.y = rounded(rng.standard_normal(self.widths[0])), rounded(rng.standard_normal(self.widths[-1]))

    @property
    def pattern(self) -> str:
        bias = " bias" if self.bias else ""
        if self.chain:
            return " ".join(f"{name}{bias}" for name in self.names)
        layers = [f"{n} {name}{bias}" for n, name in zip(self.widths[1:], self.names, strict=True)]
        return " -> ".join([str(self.widths[0]), *layers])

    @property
    def at(self) -> str:
        def shown(array: np.ndarray) -> str:
            return written(array.reshape(()) if self.chain else array)

        parts = [f"x={shown(self.x)}", f"y={shown(self.y)}"]
        parts += [f"W{k}={shown(w)}" for k, w in enumerate(self.weights)]
        if self.bias:
            parts += [f"b{k + 1}={shown(b)}" for k, b in enumerate(self.biases)]
        return ", ".join(parts)
