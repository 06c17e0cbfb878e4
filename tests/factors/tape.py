"""A tape of its own: reverse-mode differentiation of dense networks in NumPy, written for these tests only.

It shares nothing with the program: functions are written out here, slopes are central differences of them.
"""

from __future__ import annotations

import math

import numpy as np

ERF = np.vectorize(math.erf)
FUNCTIONS = {
    "identity": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "leaky-relu": lambda z: np.where(z > 0, z, z / 100),
    "elu": lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1),
    "sigmoid": lambda z: (1 + np.tanh(z / 2)) / 2,
    "tanh": np.tanh,
    "softplus": lambda z: np.logaddexp(0, z),
    "silu": lambda z: z * (1 + np.tanh(z / 2)) / 2,
    "gelu": lambda z: z * (1 + ERF(z / math.sqrt(2))) / 2,
    "gelu-tanh": lambda z: z * (1 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))) / 2,
}
KINKED = {"relu": 0.0, "leaky-relu": 0.01}
UNSHIFTED = {**FUNCTIONS, "elu": lambda z: np.maximum(z, 0) + np.exp(np.minimum(z, 0))}
"""The functions less constants, which would drown small differences in their rounding."""
H = 1e-6


def slope(name: str, z: np.ndarray) -> np.ndarray:
    if name in KINKED:  # a difference across the kink would be neither slope; Step(0) is 1
        return np.where(z >= 0, 1.0, KINKED[name])
    f, z = UNSHIFTED[name], z.astype(np.longdouble)
    return ((f(z + H) - f(z - H)) / (2 * H)).astype(float)


def softmax_jacobian(z: np.ndarray) -> np.ndarray:
    def softmax(v: np.ndarray) -> np.ndarray:
        e = np.exp(v - v.max())
        return e / e.sum()

    columns = []
    for k in range(len(z)):
        step = np.zeros_like(z)
        step[k] = H
        columns.append((softmax(z + step) - softmax(z - step)) / (2 * H))
    return np.array(columns).T


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max())
    return e / e.sum()


def gradients(
    names: list[str], weights: list[np.ndarray], biases: list[np.ndarray], x: np.ndarray, y: np.ndarray
) -> dict:
    """Of 1/2 ||y - r||^2: the gradient by every weight (source first), bias, pre-activation and activation."""
    r, z, jacobians = [x], [], []
    for name, w, b in zip(names, weights, biases, strict=True):
        z.append(r[-1] @ w + b)
        if name == "softmax":
            r.append(softmax(z[-1]))
            jacobians.append(softmax_jacobian(z[-1]))
        else:
            r.append(FUNCTIONS[name](z[-1]))
            jacobians.append(np.diag(slope(name, z[-1])))
    found = {"z": z, "r": r, "J": jacobians}
    above = r[-1] - y
    for k in reversed(range(len(names))):
        found[f"r{k + 1}"] = above
        delta = jacobians[k].T @ above
        found[f"z{k + 1}"], found[f"b{k + 1}"], found[f"W{k}"] = delta, delta, np.outer(r[k], delta)
        above = weights[k] @ delta
    return found
