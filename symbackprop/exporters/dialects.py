"""The languages of array libraries: how each writes what a program is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

NATIVE = {name: name for name in "exp log sqrt abs sign step max min erf sin cos relu sigmoid tanh softplus".split()}
"""The functions of the tables that every library has, or that a few lines of a program define: their op by name."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a library writes the operations on arrays; ``{0}``, ``{1}`` are operands, ``{axis}`` an axis.

    ``functions`` are those applied entry by entry and the softmaxes, ``helpers`` the definitions of names that
    templates use, each needed only if its name is used; ``step`` defines Step by its value at 0.
    """

    name: str
    library: str
    imports: tuple[str, ...]
    functions: Mapping[str, str]
    helpers: Mapping[str, str]
    cast: str
    """A truth value as a number of the type of z."""
    at_least: str
    axis: str = "axis"
    keepdims: str = "keepdims"
    transposed: str = "transpose"
    cubes: bool = False
    """Whether a third power is better written as a product."""


def _prefixed(library: str, names: str) -> dict[str, str]:
    return {name: f"{library}.{name}({{0}})" for name in names.split()}


def step_helper(dialect: Dialect, at_zero: Fraction) -> str:
    """The definition of Step with its value at 0."""
    if at_zero.denominator == 2:
        return dialect.helpers["step"].format(
            says="1 where z > 0, 1/2 at 0, else 0", value=f"({dialect.library}.sign(z) + 1) / 2"
        )
    test = "z >= 0" if at_zero else "z > 0"
    return dialect.helpers["step"].format(says=f"1 where {test}, else 0", value=dialect.cast.format(test))


_NUMPY = Dialect(
    "numpy",
    "np",
    ("import numpy as np",),
    {
        **_prefixed("np", "exp log sqrt abs sign sin cos tanh expm1"),
        "max": "np.maximum({0}, {1})",
        "min": "np.minimum({0}, {1})",
        "relu": "np.maximum({0}, 0)",
        "power": "{0} ** {1}",
        "erf": "erf({0})",
        "step": "step({0})",
        "sigmoid": "sigmoid({0})",
        "softplus": "softplus({0})",
        "softmax": "softmax({0}, axis={axis})",
        "log_softmax": "log_softmax({0}, axis={axis})",
        "logsumexp": "logsumexp({0}, axis={axis})",
    },
    {
        "step": '''
def step(z):
    """{says}."""
    z = np.asarray(z)
    return {value}
''',
        "sigmoid": '''
def sigmoid(z):
    """1/(1 + exp(-z)), computed so that nothing overflows."""
    e = np.exp(-np.abs(z))
    return np.where(np.greater_equal(z, 0), 1, e) / (1 + e)
''',
        "softplus": '''
def softplus(z):
    """log(1 + exp(z)), computed so that nothing overflows."""
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))
''',
        "softmax": '''
def softmax(z, axis):
    """exp(z) over its sum along an axis, computed so that nothing overflows."""
    e = np.exp(z - np.max(z, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)
''',
        "log_softmax": '''
def log_softmax(z, axis):
    """The logarithm of the softmax along an axis, computed so that nothing overflows."""
    z = z - np.max(z, axis=axis, keepdims=True)
    return z - np.log(np.sum(np.exp(z), axis=axis, keepdims=True))
''',
        "logsumexp": '''
def logsumexp(z, axis):
    """log(sum(exp(z))) along an axis, computed so that nothing overflows."""
    top = np.max(z, axis=axis, keepdims=True)
    return np.squeeze(top, axis) + np.log(np.sum(np.exp(z - top), axis=axis))
''',
        "erf": '''
try:
    from scipy.special import erf
except ImportError:  # the same entry by entry, slower

    def erf(z):
        """The error function."""
        z = np.asarray(z)
        return np.array([math.erf(v) for v in z.ravel().tolist()], dtype=z.dtype).reshape(z.shape)
''',
    },
    cast="({}).astype(z.dtype)",
    at_least="np.atleast_{rank}d({0})",
    cubes=True,
)

_TORCH = Dialect(
    "torch",
    "torch",
    ("import torch",),
    {
        **_prefixed("torch", "exp log sqrt abs sign sin cos tanh expm1 erf relu sigmoid"),
        "max": "torch.maximum({0}, {1})",
        "min": "torch.minimum({0}, {1})",
        "power": "{0} ** {1}",
        "step": "step({0})",
        "softplus": "softplus({0})",
        "softmax": "torch.softmax({0}, dim={axis})",
        "log_softmax": "torch.log_softmax({0}, dim={axis})",
        "logsumexp": "torch.logsumexp({0}, dim={axis})",
    },
    {
        "step": '''
def step(z):
    """{says}."""
    return {value}
''',
        "softplus": '''
def softplus(z):
    """log(1 + exp(z)), computed so that nothing overflows."""
    return -torch.nn.functional.logsigmoid(-z)
''',
    },
    cast="({}).to(z.dtype)",
    at_least="torch.atleast_{rank}d(torch.as_tensor({0}))",
    axis="dim",
    keepdims="keepdim",
    transposed="permute",
)

_JAX = Dialect(
    "jax",
    "jnp",
    ("import jax", "import jax.numpy as jnp"),
    {
        **_prefixed("jnp", "exp log sqrt abs sign sin cos tanh expm1"),
        "max": "jnp.maximum({0}, {1})",
        "min": "jnp.minimum({0}, {1})",
        "relu": "jax.nn.relu({0})",
        "power": "{0} ** {1}",
        "erf": "jax.scipy.special.erf({0})",
        "step": "step({0})",
        "sigmoid": "jax.nn.sigmoid({0})",
        "softplus": "jax.nn.softplus({0})",
        "softmax": "jax.nn.softmax({0}, axis={axis})",
        "log_softmax": "jax.nn.log_softmax({0}, axis={axis})",
        "logsumexp": "jax.nn.logsumexp({0}, axis={axis})",
    },
    {
        "step": '''
def step(z):
    """{says}."""
    z = jnp.asarray(z)
    return {value}
''',
    },
    cast="({}).astype(z.dtype)",
    at_least="jnp.atleast_{rank}d({0})",
)

DIALECTS = {dialect.name: dialect for dialect in (_NUMPY, _TORCH, _JAX)}
