"""Networks from an author's own equations, against hand-written transcriptions of the same equations in numpy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pytest

from symbackprop.api import derive_spec, with_options
from symbackprop.backward.evaluation import forward_values, gradient_values, points
from symbackprop.backward.numbers import Float
from symbackprop.backward.sweep import sweep
from symbackprop.networks.model import Network
from symbackprop.networks.spec import build, read_spec
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.functions import Function

Arrays = Mapping[str, Any]
DATA = Path(__file__).parent / "data"


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def softmax(z: Any, axis: int = -1) -> Any:
    e = np.exp(z)
    return e / e.sum(axis=axis, keepdims=True)


class Unspecified(Float):
    """Unspecified functions of one number are z^3 + 2z."""

    def unspecified(self, function: Function, arguments: Any, slope: int) -> float:
        (z,) = arguments
        return float(3 * z**2 + 2 if slope else z**3 + 2 * z)


def cubic(z: Any) -> Any:
    return z**3 + 2 * z


def network(equations: str, **keys: Any) -> Network:
    return build(read_spec(spec(equations, **keys)))


def spec(equations: str, **keys: Any) -> str:
    lines = ["[forward]", f"equations = '''\n{equations}\n'''"]
    for key, value in keys.items():
        if isinstance(value, dict):
            inside = ", ".join(f"'{k}' = '{v}'" for k, v in value.items())
            lines.append(f"{key} = {{ {inside} }}")
        elif isinstance(value, bool):
            lines.append(f"{key} = {str(value).lower()}")
        elif isinstance(value, list):
            lines.append(f"{key} = [{', '.join(repr(v) for v in value)}]")
        else:
            lines.append(f"{key} = '{value}'")
    return "\n".join(lines)


class Case(NamedTuple):
    equations: str
    keys: dict[str, Any]
    transcription: Callable[[Arrays], dict[str, Any]]
    """From the leaves by name to every value that is to be compared; the last one is the cost."""
    symbols: Mapping[str, float] = MappingProxyType({})
    positive: tuple[str, ...] = ()


def norm2(v: Any) -> Any:
    return np.sum(v**2)


def scalar_chain(v: Arrays) -> dict[str, Any]:
    z1 = v["w_1"] * v["x"]
    a1 = sigmoid(z1)
    z2 = v["w_2"] * a1 + v["b"]
    a2 = np.tanh(z2)
    return {"z_1": z1, "a_1": a1, "z_2": z2, "a_2": a2, "C": (v["y"] - a2) ** 2 / 2}


def index_layer(v: Arrays) -> dict[str, Any]:
    z = v["w"].T @ v["x"] + v["b"]
    a = sigmoid(z)
    return {"z": z, "a": a, "C": norm2(v["y"] - a) / 2}


def two_layers_penalty(v: Arrays) -> dict[str, Any]:
    w1, w2 = v[r"\mathbf{W}^{(1)}"], v[r"\mathbf{W}^{(2)}"]
    z = w1 @ v[r"\mathbf{x}"]
    h = cubic(z)
    o = w2 @ h
    s = 0.3 / 2 * (norm2(w1) + norm2(w2))
    return {r"\mathbf{z}": z, r"\mathbf{h}": h, r"\mathbf{o}": o, "J": norm2(o - v[r"\mathbf{y}"]) + s}


def residual(v: Arrays) -> dict[str, Any]:
    h = np.maximum(v["W"] @ v["x"] + v["b"], 0)
    y_hat = v["U"] @ h + v["x"]
    return {"h": h, r"\hat{y}": y_hat, "J": norm2(y_hat - v["y"]) / 2}


def tied(v: Arrays) -> dict[str, Any]:
    h = np.tanh(v["W"] @ v["x"])
    r = v["W"].T @ h
    return {"h": h, "r": r, "J": norm2(v["x"] - r) / 2}


def recurrence(v: Arrays) -> dict[str, Any]:
    h = v["h_0"]
    found = {}
    for t in (1, 2, 3):
        h = np.tanh(v["W"] @ h + v["U"] @ v[f"x_{t}"] + v["b"])
        found[f"h_{t}"] = h
    return {**found, "C": norm2(h - v["y"]) / 2}


def batch(v: Arrays) -> dict[str, Any]:
    z1 = v["X"] @ v["W_1"] + v["b_1"]
    h = np.maximum(z1, 0)
    z2 = h @ v["W_2"] + v["b_2"][None, :]
    p = softmax(z2)
    return {"Z_1": z1, "H": h, "Z_2": z2, "P": p, "L": -np.sum(v["Y"] * np.log(p)) / 4}


def normalisation(v: Arrays) -> dict[str, Any]:
    mu = v["x"].mean()
    var = np.mean((v["x"] - mu) ** 2)
    hat = (v["x"] - mu) / np.sqrt(var + 0.1)
    y = v[r"\gamma"] * hat + v[r"\beta"]
    return {r"\mu": mu, r"\sigma^2": var, r"\hat{x}": hat, "y": y, "L": norm2(y - v["t"])}


def attention(v: Arrays) -> dict[str, Any]:
    s = v["Q"] @ v["K"].T / np.sqrt(3)
    a = softmax(s)
    o = a @ v["V"]
    return {"S": s, "A": a, "O": o, "L": norm2(o - v["Y"])}


def attention_cross_indices(v: Arrays) -> dict[str, Any]:
    return {**attention(v)}


def softmax_index(v: Arrays) -> dict[str, Any]:
    z = v["w"] @ v["x"] + v["b"]
    a = softmax(z)
    return {"z": z, "a": a, "C": -np.sum(v["y"] * np.log(a))}


def logistic_samples(v: Arrays) -> dict[str, Any]:
    h = sigmoid(v["x"] @ v[r"\theta"])
    cost = -np.mean(v["y"] * np.log(h) + (1 - v["y"]) * np.log(1 - h))
    return {r"h_\theta": h, "J": cost + 0.5 / 8 * norm2(v[r"\theta"])}


def hidden_samples(v: Arrays) -> dict[str, Any]:
    z = v["x"] @ v["w"] + v["b"]
    a = sigmoid(z)
    return {"z": z, "a": a, "C": -np.mean(v["y"] * np.log(a) + (1 - v["y"]) * np.log(1 - a))}


def deep(v: Arrays) -> dict[str, Any]:
    a = v["a^0"]
    penalty = 0
    for layer in (1, 2, 3):
        a = cubic(v[f"w^{layer}"] @ a + v[f"b^{layer}"])
        penalty = penalty + norm2(v[f"w^{layer}"])
    return {"a^3": a, "C": norm2(v["y"] - a) / 2 + 0.3 * penalty}


def rows_of_vectors(v: Arrays) -> dict[str, Any]:
    z = v["x"] @ v["W^{(1)}"]
    a = np.tanh(z)
    y_hat = a @ v["w"]
    return {"z^{(2)}": z, "a^{(2)}": a, r"\hat{y}": y_hat, "J": (v["y"] - y_hat) ** 2 / 2}


def assorted(v: Arrays) -> dict[str, Any]:
    d = np.diag(v["u"]) @ v["M"]
    t = np.trace(d)
    k = v["u"] @ v["v"] + norm2(np.outer(v["u"], v["v"])) + np.abs(v["v"]).sum() + np.linalg.norm(v["v"])
    r = v["u"] / v["v"] * v["u"] ** 3
    return {"D": d, "t": t, "k": k, "r": r, "C": t + k + r.sum() + d.mean() + v["u"].var() + d[0, 1]}


def cases_and_indicators(v: Arrays) -> dict[str, Any]:
    a = np.where(v["z"] > 0, v["z"], 0.1 * v["z"])
    b = (v["z"] < 0.5) * v["z"] ** 2
    return {"a": a, "g": b, "C": np.sum(a * b)}


def everything_in_one(v: Arrays) -> dict[str, Any]:
    z = v["w_3"] * v["x"]
    r = np.maximum(v["w_1"] * np.maximum(v["w_2"] * np.maximum(z, 0), 0), 0)
    return {"R": r, "C": (v["y"] - r) ** 2 / 2}


def entries(v: Arrays) -> dict[str, Any]:
    scores = np.maximum(v["x"] @ v["W1"] + v["b1"], 0) @ v["W2"]
    return {"scores": scores, "loss": -scores[2] + np.log(np.sum(np.exp(scores)))}


CASES = {
    "scalars": Case(
        r"z_1 = w_1 x \\ a_1 = \sigma(z_1) \\ z_2 = w_2 a_1 + b \\ a_2 = \tanh z_2 \\ C = \frac12 (y - a_2)^2",
        {"functions": {r"\sigma": "sigmoid"}},
        scalar_chain,
    ),
    "entries, source first": Case(
        r"z_j = \sum_i w_{ij} x_i + b_j \\ a_j = \sigma(z_j) \\ C = \frac12 \sum_j (y_j - a_j)^2",
        {"functions": {r"\sigma": "sigmoid"}, "indices": {"i": "3", "j": "2"}},
        index_layer,
    ),
    "two layers with penalty": Case(
        r"""\mathbf{z} = \mathbf{W}^{(1)} \mathbf{x} \\ \mathbf{h} = \phi(\mathbf{z}) \\ \mathbf{o} = \mathbf{W}^{(2)} \mathbf{h} \\
        L = \| \mathbf o - \mathbf y \|^2 \\
        s = \frac{\lambda}{2} \left(\|\mathbf{W}^{(1)}\|_F^2 + \|\mathbf{W}^{(2)}\|_F^2\right) \\ J = L + s""",
        {"shapes": {r"\mathbf{x}": "3", r"\mathbf{W}^{(1)}": "2 x 3", r"\mathbf{W}^{(2)}": "4 x 2", r"\lambda": ""}},
        two_layers_penalty,
        {"lambda": 0.3},
    ),
    "residual": Case(
        r"h = \max(0, W x + b) \\ \hat y = U h + x \\ J = \frac12 \|\hat y - y\|^2",
        {"shapes": {"W": "2 x 3", "x": "3", "U": "3 x 2"}},
        residual,
    ),
    "tied weight": Case(
        r"h = \tanh(W x) \\ r = W^T h \\ J = \frac12 \|x - r\|^2", {"shapes": {"x": "3", "W": "2 x 3"}}, tied
    ),
    "three steps": Case(
        r"h_t = \tanh(W h_{t-1} + U x_t + b) \\ C = \frac12 \| h_T - y \|^2",
        {"shapes": {"h_0": "2", "W": "2 x 2", "U": "2 x 3", "x_t": "3"}, "samples": {"t": "1..3"}},
        recurrence,
    ),
    "batch of rows": Case(
        r"""Z_1 = X W_1 + b_1 \\ H = \max(0, Z_1) \\ Z_2 = H W_2 + \mathbf{1} b_2^T \\ P = \mathrm{softmax}(Z_2) \\
        L = -\frac{1}{4} \sum_n \sum_k Y_{nk} \log P_{nk}""",
        {"shapes": {"X": "4 x 3", "W_1": "3 x 2", "b_1": "1 x 2", "W_2": "2 x 3", "b_2": "3", "Y": "4 x 3"}},
        batch,
    ),
    "batch of columns": Case(
        r"""A = \sigma(W X + b) \\
        J = -\frac1m \left( y \odot \log A + (1 - y) \odot \log(1 - A) \right) \mathbf{1}""",
        {
            "functions": {r"\sigma": "sigmoid"},
            "shapes": {"X": "3 x 4", "W": "1 x 3", "b": "1 x 1", "y": "1 x 4"},
        },
        lambda v: {
            "A": (a := sigmoid(v["W"] @ v["X"] + v["b"])),
            "J": -np.sum(v["y"] * np.log(a) + (1 - v["y"]) * np.log(1 - a)) / 4,
        },
        {"m": 4},
    ),
    "normalisation": Case(
        r"""\mu = \frac{1}{m} \sum_i x_i \\ \sigma^2 = \frac1m \sum_{i=1}^m (x_i - \mu)^2 \\
        \hat x_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}} \\ y_i = \gamma \hat x_i + \beta \\ L = \sum_i (y_i - t_i)^2""",
        {"indices": {"i": "4"}, "shapes": {r"\epsilon": ""}},
        normalisation,
        {"epsilon": 0.1, "m": 4},
    ),
    "attention": Case(
        r"S = \frac{Q K^T}{\sqrt{3}} \\ A = \mathrm{softmax}(S) \\ O = A V \\ L = \|O - Y\|_F^2",
        {"shapes": {"Q": "2 x 3", "K": "4 x 3", "V": "4 x 2"}},
        attention,
    ),
    "attention, repeated indices summed": Case(
        r"""S^{ij} = \frac{1}{\sqrt{3}} Q^{ia} K^{ja} \\ A^{ij} = \frac{\exp(S^{ij})}{\sum_{j'} \exp(S^{ij'})} \\
        O^{ib} = A^{ij} V^{jb} \\ L = \sum_i \sum_b (O^{ib} - Y^{ib})^2""",
        {
            "shapes": {"Q": "2 x 3", "K": "4 x 3", "V": "4 x 2"},
            "indices": {"i": "2", "j": "4", "a": "3", "b": "2"},
            "einstein": True,
        },
        attention_cross_indices,
    ),
    "softmax written out": Case(
        r"""z_j = \sum_k w_{jk} x_k + b_j \\ a_j = \frac{e^{z_j}}{\sum_k e^{z_k}} \\ C = -\sum_j y_j \ln a_j""",
        {"shapes": {"w": "3 x 2", "x": "2"}},
        softmax_index,
    ),
    "samples": Case(
        r"""h_\theta(x^{(i)}) = \sigma(\theta^T x^{(i)}) \\
        J(\theta) = -\frac1m \sum_{i=1}^{4} \left[ y^{(i)} \log h_\theta(x^{(i)}) + (1 - y^{(i)}) \log(1 - h_\theta(x^{(i)})) \right]
        + \frac{\lambda}{2m} \sum_{j=1}^3 \theta_j^2""",
        {
            "cost": r"J(\theta)",
            "functions": {r"\sigma": "sigmoid"},
            "shapes": {r"\theta": "3", "x^{(i)}": "3", "y^{(i)}": ""},
            "samples": {"i": "4"},
        },
        logistic_samples,
        {"m": 4, "lambda": 0.5},
        ("y",),
    ),
    "samples that nothing shows": Case(
        r"z = \sum_j w_j x_j + b \\ a = \sigma(z) \\ C = -\frac14 \sum_x \left[ y \ln a + (1-y) \ln (1-a) \right]",
        {"functions": {r"\sigma": "sigmoid"}, "indices": {"j": "3"}, "samples": {"x": "4"}},
        hidden_samples,
    ),
    "layers": Case(
        r"""z^l = w^l a^{l-1} + b^l \\ a^l = f(z^l) \\ C = \frac12 \|y - a^L\|^2 + \mu \sum_l \|w^l\|^2""",
        {
            "shapes": {"a^0": "2", "w^1": "3 x 2", "w^2": "2 x 3", "w^3": "1 x 2", "y": "1"},
            "layers": {"l": "1..3"},
        },
        deep,
        {"mu": 0.3},
    ),
    "rows": Case(
        r"z^{(2)} = x W^{(1)} \\ a^{(2)} = \tanh(z^{(2)}) \\ \hat y = a^{(2)} w \\ J = \frac12 (y - \hat y)^2",
        {"shapes": {"x": "1 x 3", "W^{(1)}": "3 x 2", "w": "2 x 1"}},
        rows_of_vectors,
    ),
    "all kinds of products": Case(
        r"""D = \mathrm{diag}(u) M \\ t = \mathrm{tr}(D) \\
        k = u \cdot v + \|u v^T\|_F^2 + \|v\|_1 + \|v\| \\ r = \frac{u}{v} \odot u^3 \\
        C = t + k + \sum r + mean(D) + var(u) + D_{1,2}""",
        {"shapes": {"u": "3", "v": "3", "M": "3 x 3"}, "functions": {"mean": "mean", "var": "var"}},
        assorted,
    ),
    "cases": Case(
        r"""a_i = \begin{cases} z_i & z_i > 0 \\ 0.1 z_i & \text{otherwise} \end{cases} \\
        g_i = \mathbf{1}[z_i < 0.5] z_i^2 \\ C = \sum_i a_i g_i""",
        {"shapes": {"z": "4"}},
        cases_and_indicators,
    ),
    "one formula": Case(
        r"R = \text{ReLU}(w_1 \cdot \text{ReLU}(w_2 \cdot \text{ReLU}(w_3 x))) \\ C = \frac{1}{2} (y - R)^2",
        {},
        everything_in_one,
        positive=("w_1", "w_2", "w_3", "x"),
    ),
    "plain text": Case(
        "z = W*x + b\na = sigmoid(z)\nC = 1/2*(y - a)^2",
        {},
        lambda v: {
            "z": (z := v["W"] * v["x"] + v["b"]),
            "a": sigmoid(z),
            "C": (v["y"] - sigmoid(z)) ** 2 / 2,
        },
    ),
    "entries counted from zero": Case(
        r"""M = x W1 + b1 \\ H = \max(0, M) \\ scores = H W2 \\
        loss = -scores_2 + \log(e^{scores_0} + e^{scores_1} + e^{scores_2})""",
        {"shapes": {"x": "1 x 2", "W1": "2 x 2", "b1": "1 x 2", "W2": "2 x 3"}, "indices": {"n": "0..1"}},
        entries,
    ),
}


def lstm(v: Arrays) -> dict[str, Any]:
    x, h = v["x"], v["h_0"]
    gates = [v[f"W_{g}"] @ x + v[f"U_{g}"] @ h + v[f"b_{g}"] for g in "fiog"]
    f, i, o = (sigmoid(z) for z in gates[:3])
    g = np.tanh(gates[3])
    c = f * v["c_0"] + i * g
    h = o * np.tanh(c)
    return {"f": f, "i": i, "o": o, "g": g, "c": c, "h": h, "J": norm2(h - v["y"]) / 2}


def sample_vectors(v: Arrays) -> dict[str, Any]:
    z = v["x"] @ v["W"].T + v["b"]
    p = softmax(z)
    return {"z": z, "p": p, "C": -np.sum(v["y"] * np.log(p)) / 4}


def reused_letters(v: Arrays) -> dict[str, Any]:
    h = np.tanh(v["v"] @ v["x"])
    o = v["w"] @ h
    c = np.sum(o) * np.sum(o**2) / np.sum(h**2) + np.sum(v["x"] * np.sum(v["x"]))
    return {"h": h, "o": o, "C": c}


def transposes(v: Arrays) -> dict[str, Any]:
    a = v["A^{(1)}"]
    s = a.T @ v["u"] - v["w"]
    t = v["u"] @ a @ a.T @ v["u"]
    return {"s": s, "t": t, "C": s @ s + t - 2 * (s @ v["w"])}


def nested_in_the_cost(v: Arrays) -> dict[str, Any]:
    z = v["W_2"] @ np.maximum(v["W_1"] @ v["x"], 0)
    return {"C": norm2(1 / (1 + np.exp(-z)) - v["y"]) / 2}


def layer_norm(v: Arrays) -> dict[str, Any]:
    x = v["X"]
    mu = x.mean(axis=1)
    s = np.sqrt(np.mean((x - mu[:, None]) ** 2, axis=1) + 0.1)
    y = v["g"] * (x - mu[:, None]) / s[:, None]
    return {r"\mu": mu, "s": s, "Y": y, "C": np.sum(y**3)}


def columns_softmax(v: Arrays) -> dict[str, Any]:
    z = v["W"] @ v["X"] + v["b"][:, None]
    p = softmax(z, axis=0)
    return {"Z": z, "P": p, "J": -np.sum(v["Y"] * np.log(p)) / 4}


def skip_over_two(v: Arrays) -> dict[str, Any]:
    a = np.tanh(v["W"] @ v["x"])
    b = np.tanh(v["W"] @ a) + v["x"]
    c = np.tanh(v["W"] @ b) + a + v["x"]
    return {"a": a, "p": b, "q": c, "C": norm2(c)}


def sums_beside_vectors(v: Arrays) -> dict[str, Any]:
    z = v["x"] @ v["w"] + v["b"]
    return {"z": z, "C": np.mean((v["y"] - z) ** 2) + 0.5 * norm2(v["w"])}


def generic_attention_block(v: Arrays) -> dict[str, Any]:
    q, k, val = (v["X"] @ v[f"W_{n}"] for n in "QKV")
    a = softmax(q @ k.T / np.sqrt(2))
    y = v["X"] + a @ val @ v["W_O"]
    return {"A": a, "Y": y, "C": norm2(y - v["T"]) / 2}


CASES |= {
    "a cell with gates": Case(
        r"""f = \sigma(W_f x + U_f h_0 + b_f) \\ i = \sigma(W_i x + U_i h_0 + b_i) \\ o = \sigma(W_o x + U_o h_0 + b_o) \\
        g = \tanh(W_g x + U_g h_0 + b_g) \\ c = f \odot c_0 + i \odot g \\ h = o \odot \tanh(c) \\
        J = \frac12 \|h - y\|^2""",
        {
            "functions": {r"\sigma": "sigmoid"},
            "shapes": {"x": "3", "h_0": "2", "c_0": "2", "y": "2"}
            | {
                f"{name}_{gate}": shape
                for gate in "fiog"
                for name, shape in (("W", "2 x 3"), ("U", "2 x 2"), ("b", "2"))
            },
        },
        lstm,
    ),
    "a vector for each sample": Case(
        r"""z^{(i)} = W x^{(i)} + b \\ p^{(i)} = \mathrm{softmax}(z^{(i)}) \\
        C = -\frac{1}{m} \sum_{i=1}^m {y^{(i)}}^T \log p^{(i)}""",
        {"shapes": {"x^{(i)}": "3", "W": "2 x 3", "b": "2", "y^{(i)}": "2"}, "samples": {"i": "4"}},
        sample_vectors,
    ),
    "letters used again with other ranges": Case(
        r"""h_j = \tanh(\sum_k v_{jk} x_k) \\ o_j = \sum_k w_{jk} h_k \\
        C = \frac{\sum_j o_j \sum_j o_j^2}{\sum_k h_k^2} + \sum_j x_j \sum_k x_k""",
        {"shapes": {"v": "3 x 2", "w": "4 x 3"}},
        reused_letters,
    ),
    "transposes": Case(
        r"""s = {A^{(1)}}^T u - w \\ t = u^\top A^{(1)} A^{(1)T} u \\ C = s^T s + t - 2 s \cdot w""",
        {"shapes": {"A^{(1)}": "2 x 3", "u": "2"}},
        transposes,
    ),
    "all in the cost": Case(
        r"C = \frac12 \left\| \frac{1}{1 + e^{-W_2 \max(0, W_1 x)}} - y \right\|^2",
        {"shapes": {"x": "3", "W_1": "2 x 3", "W_2": "2 x 2"}},
        nested_in_the_cost,
    ),
    "normalised rows": Case(
        r"""\mu_n = \frac13 \sum_j X_{nj} \\ s_n = \sqrt{\frac13 \sum_j (X_{nj} - \mu_n)^2 + \epsilon} \\
        Y_{nj} = g_j \frac{X_{nj} - \mu_n}{s_n} \\ C = \sum_n \sum_j Y_{nj}^3""",
        {"shapes": {"X": "2 x 3", r"\epsilon": ""}},
        layer_norm,
        {"epsilon": 0.1},
    ),
    "softmax of columns": Case(
        r"Z = W X + b \\ P = \mathrm{softmax}(Z) \\ J = -\frac14 \sum Y \odot \log P",
        {
            "shapes": {"X": "3 x 4", "W": "2 x 3", "b": "2", "Y": "2 x 4"},
            "functions": {r"\mathrm{softmax}": "softmax-columns"},
        },
        columns_softmax,
    ),
    "residual over two": Case(
        r"a = \tanh(W x) \\ p = \tanh(W a) + x \\ q = \tanh(W p) + a + x \\ C = \|q\|^2",
        {"shapes": {"W": "2 x 2", "x": "2"}},
        skip_over_two,
    ),
    "samples hidden in a vector form": Case(
        r"z = w^T x + b \\ C = \frac{1}{n} \sum_{s=1}^n (y - z)^2 + \lambda \|w\|^2",
        {"shapes": {"w": "3", "x": "3"}, "samples": {"s": "4"}},
        sums_beside_vectors,
        {"lambda": 0.5},
    ),
    "an attention block": Case(
        r"""Q = X W_Q \\ K = X W_K \\ V = X W_V \\ A = \mathrm{softmax}\left(\frac{Q K^T}{\sqrt{2}}\right) \\
        Y = X + A V W_O \\ C = \frac12 \|Y - T\|_F^2""",
        {"shapes": {"X": "2 x 3", "W_Q": "3 x 2", "W_K": "3 x 2", "W_V": "3 x 2", "W_O": "2 x 3"}},
        generic_attention_block,
    ),
}


def point_of(net: Network, positive: tuple[str, ...], seed: int = 1) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    found = {}
    for leaf in net.leaves:
        value = rng.uniform(0.2, 1.0, leaf.shape) * (1 if leaf.name in positive else rng.choice([-1, 1], leaf.shape))
        found[leaf.name] = value
    return found


def shaped(net: Network, values: Mapping[Any, float], name: str) -> Any:
    quantity = net.quantity(name)
    found = np.empty(quantity.shape)
    for at in points(quantity.axes):
        found[at] = values[quantity, at]
    return found


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients(name: str) -> None:
    case = CASES[name]
    net = network(case.equations, **case.keys)
    given = point_of(net, case.positive)
    leaves = {(q, at): float(given[q.name][at]) for q in net.leaves for at in points(q.axes)}
    algebra = Unspecified(Fraction(1))
    values = forward_values(net, leaves, algebra, case.symbols)
    expected = case.transcription(given)
    for quantity, value in expected.items():
        np.testing.assert_allclose(shaped(net, values, quantity), value, rtol=1e-11, atol=1e-12, err_msg=quantity)
    assert net.cost is net.quantity(list(expected)[-1])
    gradients = gradient_values(net, sweep(net), values, algebra, case.symbols)
    step = 1e-6
    for leaf in net.leaves:
        found = shaped(net, gradients, leaf.name)
        for at in points(leaf.axes):
            costs = []
            for sign in (1, -1):
                moved = {k: np.array(v) for k, v in given.items()}
                moved[leaf.name][at] += sign * step
                costs.append(list(case.transcription(moved).values())[-1])
            assert found[at] == pytest.approx((costs[0] - costs[1]) / (2 * step), rel=2e-5, abs=1e-7), leaf


KINDS: dict[str, dict[str, str]] = {
    "batch_with_squared_error": {"input": "X", "weight": "W_1 W_2", "bias": "b_1 b_2", "target": "y"},
    "circuit_of_numbers": {"input": "a c", "bias": "b"},
    "labels_counted_from_the_last": {
        "weight": "W^{L-1} W^L",
        "input": "a^{L-2}",
        "bias": "b^{L-1} b^L",
        "target": "y",
    },
    "layers_named_by_letters": {"weight": "W^h W^o", "input": "X", "bias": "B^h B^o", "target": "Y"},
    "logistic_average": {"weight": r"\theta", "input": "x", "target": "y"},
    "logistic_log_likelihood": {"weight": r"\theta", "input": "x", "target": "y"},
    "normalisation_without_cost": {"input": "x"},
    "one_neuron_layer_labels": {"weight": "w^{(L)}", "input": "a^{(L-1)}", "bias": "b^{(L)}", "target": "y"},
    "one_sample_of_many": {"target": "y_i", "input": "f"},
    "ones_declared": {"input": r"\mathbf{X}", "weight": r"\mathbf{w}", "bias": "b", "target": r"\mathbf{y}"},
    "samples_that_nothing_shows": {"weight": "w^L", "input": "a^{L-1}", "bias": "b^L", "target": "y"},
    "sigmoid_softmax_bracket_labels": {
        "weight": "W^{[1]} W^{[2]}",
        "input": "x",
        "bias": "b^{[1]} b^{[2]}",
        "target": "y",
    },
    "subscripts_that_name": {"input": "X", "weight": "W_h W_o", "target": "y"},
    "tempered_softmax": {"bias": r"\beta", "input": "X_{in}"},
    "two_two_one": {"weight": "w_1 w_3 w_2 w_4 w_5 w_6", "input": "i_1 i_2", "target": "y"},
}


def test_every_file_is_listed() -> None:
    assert sorted(path.stem for path in DATA.glob("*.toml")) == sorted(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_what_leaves_are(name: str) -> None:
    net = build(read_spec((DATA / f"{name}.toml").read_text(encoding="utf-8"), name))
    found: dict[str, list[str]] = {}
    for leaf in net.leaves:
        found.setdefault(leaf.kind, []).append(leaf.name)
    assert {kind: " ".join(names) for kind, names in found.items()} == KINDS[name]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("form", ["index", "matrix"])
def test_every_file_is_derived(name: str, form: str) -> None:
    text = (DATA / f"{name}.toml").read_text(encoding="utf-8")
    net = build(read_spec(text, name))
    asked = form if any(q.axes for q in net.quantities) else "scalar"
    derived = derive_spec(with_options(read_spec(text, name), {"form": asked}))
    for target in net.parameters:
        assert derived.plain.step(next(q for q in derived.network.leaves if q.name == target.name)).forms()
    assert derived.render("latex").count(r"\begin{align}") >= 2


def test_what_is_defined() -> None:
    net = network(
        r"z = W x + b \\ h = \tanh(z) \\ s = \frac{\lambda}{2} \|W\|^2 \\ J = \frac12 \|h - y\|^2 + s",
        shapes={"W": "m x n", "x": "n"},
    )
    assert {q.name: q.kind for q in net.quantities} == {
        "W": "weight",
        "x": "input",
        "b": "bias",
        "y": "target",
        "z": "pre-activation",
        "h": "activation",
        "s": "auxiliary",
        "J": "cost",
    }
    assert [q.name for q in net.parameters] == ["W", "b"]
    assert [h.name for h in net.hyperparameters] == ["lambda"]
    assert net.sizes == ("m", "n")


def test_parameters_may_be_listed() -> None:
    net = network(r"z = p x \\ C = z^2", parameters=["x", "p"])
    assert [(q.name, q.kind) for q in net.leaves] == [("p", "weight"), ("x", "weight")]


def test_without_parameters_everything_given_is_one() -> None:
    net = network(r"Y = \max(X_1, X_2) \\ C = \ell(Y)")
    assert [q.name for q in net.parameters] == ["X_1", "X_2"]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (r"\mathbf W^{(1)}", r"\mathbf{W}^{(1)}"),
        ("W^{(1)}", r"\mathbf{W}^{(1)}"),
        (r"\mathbf{W}^{(1)}_{ij}", r"\mathbf{W}^{(1)}"),
        (r" \hat  y ", r"\hat{y}"),
        (r"\hat{y}", r"\hat{y}"),
        (r"J(\theta)", "J"),
    ],
)
def test_names_in_any_spelling(written: str, name: str) -> None:
    net = network(
        r"\hat y = \mathbf W^{(1)} x \\ J(\theta) = \|\hat y - y\|^2",
        cost=r"J(\theta)",
        shapes={r"\mathbf{W}^{(1)}": "m x n", "x": "n"},
    )
    assert net.quantity(written).name == name


def test_unknown_names_are_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"did you mean W"):
        network(r"z = W x \\ C = z^2").quantity("w")


def test_letters_are_the_authors() -> None:
    net = network(r"\boldsymbol z_1 = W_1 x \\ C = \|\boldsymbol z_1\|^2", shapes={"W_1": "m x n", "x": "n"})
    assert {q.name: q.latex for q in net.quantities} == {
        "W_1": "{W_1}",
        "x": "x",
        r"\mathbf{z}_1": r"{\boldsymbol z_1}",
        "C": "C",
    }


def test_what_has_no_name_gets_a_free_letter() -> None:
    net = network(
        r"h_1 = \tanh(W x) \\ z = \mathrm{softmax}(U h_1) \\ C = -\log z_2",
        shapes={"W": "2 x n", "x": "n", "U": "3 x 2"},
    )
    assert [d.quantity.name for d in net.definitions if d.quantity.kind != "inline"] == [
        "a_1",
        "h_1",
        "a",
        "e",
        "S",
        "z",
        "C",
    ]


def test_an_unspecified_cost_depends_on_all_entries() -> None:
    net = network(r"o = W x \\ L = \ell(o, y) \\ J = L + \lambda \|W\|^2", shapes={"W": "2 x 3", "x": "3", "y": "2"})
    given = point_of(net, ())
    leaves = {(q, at): float(given[q.name][at]) for q in net.leaves for at in points(q.axes)}
    slopes = {"dell_do_0": 5.0, "dell_do_1": 7.0, "dell_dy_0": 1.0, "dell_dy_1": 1.0, "ell": 2.0, "lambda": 0.5}
    values = forward_values(net, leaves, Float(), slopes)
    gradients = gradient_values(net, sweep(net), values, Float(), slopes)
    expected = np.outer([5, 7], given["x"]) + 2 * 0.5 * given["W"]
    np.testing.assert_allclose(shaped(net, gradients, "W"), expected)


ERRORS: dict[str, tuple[str, dict[str, Any], str]] = {
    "shapes that do not meet": (
        r"z = W x + b \\ C = \|z - y\|^2",
        {"shapes": {"W": "m x n", "x": "p"}},
        """f.toml:3:5: shapes: in W x the shapes m x n and p x 1 do not meet: the columns of the first must be as many as \
the rows of the second
  z = W x + b \\\\ C = \\|z - y\\|^2
      ^^^""",
    ),
    "a shape that is not known": (
        r"z = W x \\ C = \|z\|^2",
        {"shapes": {"W": "m x n"}},
        """f.toml:3:7: unknown-shape: the shape of x is not known
  z = W x \\\\ C = \\|z\\|^2
        ^
  hint: say shapes = { 'x' = "..." }: "" for a number, "n" for a column, "1 x n" for a row, "m x n" for a matrix""",
    ),
    "used before defined": (
        r"a = \tanh(z) \\ z = w x \\ C = a^2",
        {},
        """f.toml:3:11: used-before-defined: z is used before it is defined
  a = \\tanh(z) \\\\ z = w x \\\\ C = a^2
            ^""",
    ),
    "defined twice": (
        r"z = w x \\ z = w a \\ C = z^2",
        {},
        """f.toml:3:12: defined-twice: z is defined twice
  z = w x \\\\ z = w a \\\\ C = z^2
             ^
  hint: the first definition is in line 1 of the equations; give one of them another name, or say layers = { ... }""",
    ),
    "an index that is not summed": (
        r"z_j = w_{ij} x_i \\ C = \sum_j z_j",
        {},
        """f.toml:3:10: free-index: the index i is neither on the left nor summed over
  z_j = w_{ij} x_i \\\\ C = \\sum_j z_j
           ^
  hint: write \\sum_i, with brackets around all that it sums; or einstein = true""",
    ),
    "a cost that is no number": (
        r"z = W x \\ C = z",
        {"shapes": {"W": "m x n", "x": "n"}, "cost": "C"},
        """f.toml:3:12: cost-not-scalar: the cost must be one number, and this has the axes m
  z = W x \\\\ C = z
             ^""",
    ),
    "a cost that nothing defines": (
        r"z = w x \\ J = z^2",
        {"cost": "j"},
        """f.toml:5:9: unknown-cost: the equations do not define the cost j
  cost = 'j'
          ^
  hint: did you mean J? they define z, J""",
    ),
    "no cost": (
        "z = W x",
        {"shapes": {"W": "m x n", "x": "n"}},
        """f.toml:3:1: no-cost: no equation defines a number that could be the cost
  z = W x
  ^
  hint: add one, such as C = \\frac12 \\|y - a\\|^2, and cost = "C\"""",
    ),
    "a function that is not known": (
        r"z = f(x) \\ C = z^2",
        {"functions": {"f": "elementwize"}},
        """f.toml:5:22: unknown-function: 'elementwize' is no function that can be declared
  functions = { 'f' = 'elementwize' }
                       ^^^^^^^^^^^
  hint: did you mean elementwise? known: elementwise, scalar, abs, cos, elu, erf, exp, gelu, huber, identity, log, max, \
min, relu, sigmoid, sign, silu, sin, softmax, softplus, sqrt, step, tanh""",
    ),
    "layers without numbers": (
        r"z^l = w^l z^{l-1} \\ C = z^L",
        {"layers": {"l": "1..L"}, "shapes": {"z^0": ""}},
        """f.toml:3:1: symbolic-layers: layers from 1 to L can be written out only if both are numbers
  z^l = w^l z^{l-1} \\\\ C = z^L
  ^^^
  hint: for example layers = { l = "1..3" }""",
    ),
    "a sum over a part": (
        r"s = \theta^T x \\ C = s^2 + \sum_{j=1}^n \theta_j^2",
        {"shapes": {r"\theta": "n+1", "x": "n+1"}},
        """f.toml:3:35: shapes: the sum takes n values of j, and there are n+1
  s = \\theta^T x \\\\ C = s^2 + \\sum_{j=1}^n \\theta_j^2
                                    ^""",
    ),
    "an unspecified function of different shapes": (
        r"o = W x \\ C = \ell(o, x)",
        {"shapes": {"W": "m x n", "x": "n"}},
        """f.toml:3:16: shapes: in \\ell(o, x) the shapes m x 1 and n x 1 do not meet: the arguments of an unspecified \
function must have one shape
  o = W x \\\\ C = \\ell(o, x)
                 ^^^^^^^^^^""",
    ),
    "a name that is almost another": (
        r"z = w x \\ C = (y - Z)^2",
        {},
        """f.toml:3:21: unknown-symbol: Z is not defined, and z is never used
  z = w x \\\\ C = (y - Z)^2
                      ^
  hint: did you mean z? if not, give both a shape""",
    ),
    "a layer that has no number": (
        r"x_i = f(W_i x_{i-1}) \\ E = \|x_M\|^2",
        {"layers": {"i": "1..3"}, "shapes": {"x_0": "n_0", "W_i": "n_i x n_{i-1}"}},
        """f.toml:3:33: unknown-layer: M is not the number of a layer or step
  x_i = f(W_i x_{i-1}) \\\\ E = \\|x_M\\|^2
                                  ^
  hint: write a number, i, or I for the last one""",
    ),
    "an entry that is not there": (
        r"z = W x \\ C = z_7",
        {"shapes": {"W": "3 x n", "x": "n"}},
        """f.toml:3:18: index-range: there is no entry 7 of 3
  z = W x \\\\ C = z_7
                   ^""",
    ),
    "a power of a matrix": (
        r"Z = A^2 \\ C = \|Z\|^2",
        {"shapes": {"A": "n x n"}},
        """f.toml:3:5: matrix-power: a power of a square matrix can be read in two ways
  Z = A^2 \\\\ C = \\|Z\\|^2
      ^^^
  hint: write A A, or A \\odot A""",
    ),
    "a key that is not known": (
        "C = x^2",
        {"shape": {"x": ""}},
        """f.toml:5:1: unknown-key: [forward] has no key 'shape'
  shape = { 'x' = '' }
  ^^^^^
  hint: did you mean shapes? known: equations, cost, shapes, functions, layers, indices, samples, definitions, assume, \
parameters, operators, macros, einstein, aliases, broadcast, components, constants, labels, layout, per_sample""",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    equations, keys, expected = ERRORS[name]
    with pytest.raises(InputError) as caught:
        build(read_spec(spec(equations, **keys), "f.toml"))
    assert caught.value.report() == expected


@pytest.mark.parametrize(
    "equations",
    [
        "x" * 200_000,
        "(" * 3000 + "x" + ")" * 3000 + " = y",
        r"C = (((2^{64})^{64})^{64})^{64}",
        r"C = " + "9" * 5000,
        r"C = \frac{\partial z}{\partial x}",
        r"z^l = w^l z^{l-1} \\ C = z^L",
        "",
    ],
)
def test_hostile_equations_are_refused(equations: str) -> None:
    with pytest.raises(InputError):
        network(equations, layers={"l": "1..999999"})


MENDED = {
    "logistic regression written out": r"z = w x + b \\ p = \frac{1}{1+\exp(-z)} \\ C = -y \log p - (1-y)\log(1-p)",
    "a sum of what is summed": r"Y_i = \exp(x_i) \sum_k \exp(x_k) \\ C = \sum_i Y_i^2",
}


@pytest.mark.parametrize("equations", MENDED.values(), ids=MENDED)
def test_json_of_quantities_without_names(equations: str) -> None:
    from symbackprop import api
    from symbackprop.networks.spec import read_spec

    derivation = api.derive_spec(read_spec(f"[forward]\nequations = '''{equations}'''"))
    for name in ("json", "latex", "text"):
        assert derivation.render(name)


def test_only_a_square_matrix_has_an_inverse() -> None:
    from symbackprop.networks.spec import build, read_spec

    text = (
        "[forward]\nequations = '''z = W^{-1} x \\\\ C = \\frac12 \\|z-y\\|^2'''\nshapes={W=\"3 x 2\",x=\"2\",y=\"3\"}"
    )
    with pytest.raises(InputError, match="matrix-power"):
        build(read_spec(text))


def test_two_numbers_that_could_be_the_cost_are_not_chosen_between() -> None:
    from symbackprop.networks.spec import build, read_spec

    equations = r"C = (w x - y)^2 \\ D = w"
    with pytest.raises(InputError, match="which-cost"):
        build(read_spec(f"[forward]\nequations = '''{equations}'''"))
    assert build(read_spec(f"[forward]\nequations = '''{equations}'''\ncost = 'C'")).cost.name == "C"
