"""Arrays with an exponent of two beside them: a product of a thousand factors neither overflows nor comes to 0."""

from __future__ import annotations

import math

import numpy as np

from symbackprop.factors.arrays import Array

FAR = 500
"""Beyond 2^500 and below 2^-500 a function is taken to go on as it does there."""


class Scaled:
    """An array times a power of two for each sample."""

    __slots__ = ("exponent", "mantissa")

    def __init__(self, mantissa: Array, exponent: Array) -> None:
        self.mantissa = mantissa
        self.exponent = exponent

    @classmethod
    def of(cls, array: Array, exponent: Array = 0) -> Scaled:
        """An array with its largest entry between 1/2 and 1."""
        if array.ndim == 1:
            mantissa, shift = np.frexp(array)
            return cls(mantissa, exponent + shift)
        _, shift = np.frexp(np.abs(array).reshape(len(array), -1).max(axis=1))
        return cls(np.ldexp(array, along(-shift, array)), exponent + shift)

    def near(self) -> tuple[Array, Array]:
        """The array where its exponent is not too far from 0, and by how much that was exceeded."""
        clipped = np.minimum(np.maximum(self.exponent, -FAR), FAR)
        return np.ldexp(self.mantissa, along(clipped, self.mantissa)), self.exponent - clipped

    def length(self) -> Array:
        """The decimal logarithms of the lengths, minus infinity of 0."""
        count = len(self.mantissa)
        flat = self.mantissa.reshape(count, -1)
        with np.errstate(divide="ignore"):
            return np.log10(np.sqrt((flat * flat).sum(axis=1))) + self.exponent * math.log10(2)


def along(per_sample: Array, array: Array) -> Array:
    """A number for each sample, with the unit axes that bring it beside the entries of an array."""
    return per_sample if array.ndim == 1 else per_sample.reshape(-1, *[1] * (array.ndim - 1))
