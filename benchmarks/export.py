"""Exported programs, measured beside the autograd of the library they are for.

    python -m benchmarks.export

For each network the cost and all gradients of one batch are computed by the exported NumPy function, by PyTorch's
autograd, and by the exported PyTorch function; by JAX's ``grad`` and the exported JAX function, both compiled by
``jit``. The costs and gradients are compared first. Everything is timed in this one process on one thread, CPU time,
the median of rounds taken by turns; a ratio above 1 says how many times longer autograd takes. What is not installed is
left out.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
for setting in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):  # every library chooses for this processor
    os.environ.pop(setting, None)

import numpy as np  # noqa: E402

import symbackprop as sb  # noqa: E402

ROUNDS = 15
SECONDS = 0.02
"""How long one round runs, about."""

CASES = (
    ("2 -> 3 sigmoid -> 1", "half-squared", 1),
    ("2 -> 3 sigmoid -> 1", "half-squared", 64),
    ("32 -> 64 tanh bias -> 1 bias", "half-squared", 32),
    ("784 -> 128 relu -> 10 softmax", "cross-entropy", 64),
    ("784 -> 512 relu bias -> 256 relu bias -> 10 softmax bias", "cross-entropy", 128),
    ("100 -> 100 relu*20 -> 1", "half-squared", 64),
)
"""Networks, costs and numbers of samples."""

Arrays = dict[str, np.ndarray]
Action = Callable[[], Any]


def exported(pattern: str, cost: str, to: str) -> dict[str, Any]:
    """What the exported program defines."""
    namespace: dict[str, Any] = {"__name__": "exported"}
    exec(sb.export(pattern, to=to, cost=cost), namespace)
    return namespace


def leaves(pattern: str, cost: str, samples: int, precision: str) -> Arrays:
    """Random inputs, weights and targets."""
    rng = np.random.default_rng(0)
    found = {}
    for leaf in sb.network(pattern, cost=cost, batch=samples).leaves:
        array = rng.normal(size=leaf.shape)
        if leaf.kind == "weight":
            array *= (2 / leaf.shape[0]) ** 0.5
        if leaf.kind == "target" and cost == "cross-entropy":
            array = np.eye(leaf.shape[1])[rng.integers(0, leaf.shape[1], samples)]
        found[leaf.name] = array.astype(precision)
    return found


def layers(pattern: str) -> list[tuple[str, bool]]:
    """The activation of every layer, and whether it has a bias."""
    found = []
    for part in pattern.split("->")[1:]:
        word = next((w for w in part.split() if w.partition("*")[0] in ("relu", "sigmoid", "tanh", "softmax")), "")
        name, _, times = word.partition("*")
        found += [(name, "bias" in part.split())] * int(times or 1)
    return found


def forward(library: Any, activations: dict[str, Any], pattern: str, cost: str, at: dict[str, Any]) -> Any:
    """The cost as a user of the library writes it."""
    r = at["x"]
    for number, (activation, bias) in enumerate(layers(pattern)):
        z = r @ at[f"W{number}"]
        z = z + at[f"b{number + 1}"] if bias else z
        r = activations[activation](z) if activation else z
    if cost == "cross-entropy":
        return -(at["y"] * r).sum() / len(at["x"])
    return ((at["y"] - r) ** 2).sum() / (2 * len(at["x"]))


def torch_actions(pattern: str, cost: str, arrays: Arrays) -> dict[str, Action]:
    """PyTorch's autograd, and the exported function."""
    import torch

    torch.set_num_threads(1)
    activations = {
        "relu": torch.relu,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "softmax": lambda z: torch.log_softmax(z, dim=1),
    }
    at = {name: torch.tensor(array) for name, array in arrays.items()}
    parameters = {name: at[name].clone().requires_grad_() for name in at if name not in ("x", "y")}
    function = exported(pattern, cost, "torch")["cost_and_gradients"]

    def autograd() -> Any:
        value = forward(torch, activations, pattern, cost, {**at, **parameters})
        return value.detach(), dict(zip(parameters, torch.autograd.grad(value, list(parameters.values())), strict=True))

    return {"torch": autograd, "exported torch": lambda: function(**at)}


def jax_actions(pattern: str, cost: str, arrays: Arrays) -> dict[str, Action]:
    """JAX's grad and the exported function, both compiled."""
    import jax

    jax.config.update("jax_enable_x64", True)
    activations = {
        "relu": jax.nn.relu,
        "sigmoid": jax.nn.sigmoid,
        "tanh": jax.numpy.tanh,
        "softmax": lambda z: jax.nn.log_softmax(z, axis=1),
    }
    at = {name: jax.numpy.asarray(array) for name, array in arrays.items()}
    parameters = {name: at.pop(name) for name in list(at) if name not in ("x", "y")}
    grad = jax.jit(jax.value_and_grad(lambda p, data: forward(jax.numpy, activations, pattern, cost, {**data, **p})))
    function = jax.jit(lambda p, data: exported(pattern, cost, "jax")["cost_and_gradients"](**data, **p))
    return {
        "jax": lambda: jax.block_until_ready(grad(parameters, at)),
        "exported jax": lambda: jax.block_until_ready(function(parameters, at)),
    }


def medians(actions: dict[str, Action]) -> dict[str, float]:
    """The median time of each action, taken by turns."""
    repeats = {}
    for name, action in actions.items():
        for _ in range(3):
            action()
        start = time.process_time()
        action()
        repeats[name] = max(1, int(SECONDS / max(time.process_time() - start, 1e-7)))
    taken: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(ROUNDS):
        for name, action in actions.items():
            start = time.process_time()
            for _ in range(repeats[name]):
                action()
            taken[name].append((time.process_time() - start) / repeats[name])
    return {name: statistics.median(times) for name, times in taken.items()}


def check(actions: dict[str, Action], precision: str) -> None:
    """All actions compute the same cost and gradients."""
    close = 1e-9 if precision == "float64" else 2e-3
    cost, gradients = actions["exported numpy"]()
    for name, action in actions.items():
        other, theirs = action()
        assert abs(float(other) - float(cost)) <= close * (1 + abs(float(cost))), name
        for key, gradient in gradients.items():
            assert np.allclose(np.asarray(theirs[key]), gradient, rtol=close, atol=close), (name, key)


def main() -> None:
    """Print the table."""
    libraries = [name for name in ("torch", "jax") if find_spec(name)]
    columns = ["numpy us", *(f"{name} us" for name in libraries)]
    ratios = [*(f"{name}/numpy" for name in libraries), *(f"{name}/exported" for name in libraries)]
    print(f"{'network':<58} {'samples':>7} {'type':>7} ", *(f"{c:>9}" for c in columns), *(f"{r:>14}" for r in ratios))
    for pattern, cost, samples in CASES:
        for precision in ("float64", "float32"):
            arrays = leaves(pattern, cost, samples, precision)
            function = exported(pattern, cost, "numpy")["cost_and_gradients"]
            actions: dict[str, Action] = {"exported numpy": lambda f=function, a=arrays: f(**a)}
            for library in libraries:
                actions |= {"torch": torch_actions, "jax": jax_actions}[library](pattern, cost, arrays)
            check(actions, precision)
            took = medians(actions)
            own = took["exported numpy"]
            shown = [took[name] / own for name in libraries]
            shown += [took[name] / took[f"exported {name}"] for name in libraries]
            times = [own, *(took[name] for name in libraries)]
            print(f"{pattern:<58} {samples:>7} {precision:>7} ", *(f"{1e6 * t:>9.0f}" for t in times),
                  *(f"{r:>14.2f}" for r in shown))  # fmt: skip


if __name__ == "__main__":
    main()
