"""Names that Python takes: those of quantities, of functions and of what lies between."""

from __future__ import annotations

import builtins
import keyword
import re

from symbackprop.vocabulary.quantities import Quantity

_TAKEN = frozenset(
    (*keyword.kwlist, *keyword.softkwlist, *dir(builtins), *"np jnp jax torch sympy math sys".split(),
     *"step sigmoid softplus softmax log_softmax logsumexp erf check_shapes self_test cost_and_gradients".split(),
     *"SHAPES".split())
)  # fmt: skip

_ACCENT = re.compile(r"\\(hat|tilde|bar|vec|dot|check|widehat|widetilde|overline)\s*\{?\s*(\\?[A-Za-z]+)\s*\}?")
_FONT = re.compile(r"\\(?:math|text|operatorname)[a-z]*|\\(?:bm|boldsymbol)(?![A-Za-z])")


def identifier(name: str) -> str:
    r"""A name as a Python identifier that reads like it.

    >>> [identifier(n) for n in ("W0", "z(k+1)", r"W^{(1)}", r"\hat{y}", r"\mathbf{z}", "W_{hh}", r"\lambda", "z_1")]
    ['W0', 'z_k1', 'W1', 'y_hat', 'z', 'W_hh', 'lambda_', 'z_1']
    """
    if name.isidentifier() and not keyword.iskeyword(name):
        return name
    name = name.replace("(k+1)", "_k1").replace("(k)", "_k")
    name = _FONT.sub("", name)
    name = _ACCENT.sub(lambda m: f"{m[2]}_{m[1].removeprefix('wide')}", name)
    name = re.sub(r"(?<=\w)(\}?)\^\{?[(\[<]?(\w+)[)\]>]?\}?", r"\1\2", name)
    name = re.sub(r"[^\w]+", "_", name.replace("'", "_prime").replace("{", "").replace("}", "").replace("\\", ""))
    name = re.sub(r"__+", "_", name).strip("_") or "value"
    if not name.isidentifier():
        name = f"v_{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


class Names:
    """Gives out names, each once."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def new(self, wanted: str) -> str:
        """The wanted name, or one like it if that is taken."""
        name, number = identifier(wanted), 1
        if name in _TAKEN:
            name = f"{name}_"
        stem = name
        while name in self._used or name in _TAKEN:
            number += 1
            name = f"{stem}_{number}"
        self._used.add(name)
        return name

    def adjoint(self, quantity: Quantity, name: str) -> str:
        """A name for the gradient by a quantity: ``delta1`` for that by ``z1``, ``dW0`` for that by ``W0``."""
        if quantity.kind == "pre-activation":
            return self.new(f"delta{name[1:]}" if re.fullmatch(r"z\W*.*", name) else f"delta_{name}")
        return self.new(f"d{name}")
