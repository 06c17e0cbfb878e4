"""What the function symbols of an author mean: functions of the tables, or unspecified ones under their own letter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from symbackprop.tables.activations import ACTIVATIONS
from symbackprop.tables.functions import CALLABLE, FUNCTIONS
from symbackprop.vocabulary.errors import InputError, nearest
from symbackprop.vocabulary.functions import Function

STANDARD = {
    "exp": "exp",
    "log": "log",
    "ln": "log",
    "tanh": "tanh",
    "sin": "sin",
    "cos": "cos",
    "max": "max",
    "min": "min",
    "softmax": "softmax",
    "sgn": "sign",
    "sign": "sign",
    "relu": "relu",
    "sigmoid": "sigmoid",
    "logistic": "sigmoid",
    "softplus": "softplus",
    "silu": "silu",
    "swish": "silu",
    "gelu": "gelu",
    "elu": "elu",
    "sqrt": "sqrt",
    "abs": "abs",
    "erf": "erf",
    "step": "step",
}
"""Names that mean what everybody takes them to mean, unless they are declared."""

OF_MATRICES = ("diag", "tr", "trace", "mean", "var", "sum", "softmax", "softmax-rows", "softmax-columns")
"""Functions that are not applied entry by entry."""

UNSPECIFIED = frozenset(
    ["\\sigma", "\\varsigma", "\\phi", "\\varphi", "\\psi", "\\Phi", "\\Psi", "\\rho", "f", "g", "F", "G"]
)
"""Letters that mean an unspecified function, applied entry by entry, where they stand before a bracket undeclared."""

COSTS = frozenset(["\\ell", "l", "\\mathcal{L}", "\\mathcal{l}", "\\mathrm{loss}"])
"""Letters that mean an unspecified function to a number, where they stand before a bracket undeclared."""

WORDS = frozenset(STANDARD) | {"sigma", "phi", "psi", "mean", "var", "trace"}
"""Words that are functions where they stand before a bracket undeclared."""

ACTIVATING = frozenset(f.name for f in ACTIVATIONS.values())
"""Names of functions whose argument is a pre-activation."""


_APPLIED = re.compile(
    r"(?:(\\(?:text|mathrm|operatorname|mathit))\s*\{([A-Za-z]{2,})\}|(?<![\\A-Za-z])([A-Za-z]{2,}))\s*(?:\\left\s*)?\("
)


def meaning(word: str) -> str:
    """The canonical name of what a function is declared to be.

    >>> meaning("ReLU"), meaning("elementwise"), meaning("leaky_relu")
    ('relu', 'elementwise', 'leaky-relu')
    """
    name = word.strip().lower().replace("_", "-").replace(" ", "-")
    name = STANDARD.get(name, name)
    known = {
        *(FUNCTIONS.keys() - {"f", "quotient", "reciprocal", "square", "bce"}),
        *OF_MATRICES,
        "elementwise",
        "scalar",
    }
    if name == "vector":
        raise InputError(
            "unsupported-function", "an unspecified function from vectors to vectors is not supported", None,
            "elementwise, scalar, or a function of the tables",
        )  # fmt: skip
    if name not in known:
        close = nearest(name, known)
        raise InputError(
            "unknown-function",
            f"{word!r} is no function that can be declared",
            None,
            (f"did you mean {close}? " if close else "") + "known: elementwise, scalar, " + ", ".join(sorted(CALLABLE)),
        )
    return name


def undeclared_words(text: str, declared: Mapping[str, str]) -> dict[str, str]:
    """Words of plain letters that stand before a bracket and are functions: ``relu(z)``, ``sigma(z)``.

    >>> undeclared_words("a = relu(z) + sigma(w)", {})
    {'relu': 'relu', 'sigma': 'elementwise'}
    """
    found = {}
    for font, word, plain in re.findall(_APPLIED, text):
        name = (word or plain).lower()
        written = f"{font}{{{word}}}" if font else plain
        if written not in declared and name in WORDS:
            found[written] = STANDARD.get(name, name if name in OF_MATRICES else "elementwise")
    return found


@lru_cache(maxsize=1024)
def function_of(name: str, head: str, parameters: int = 1) -> Function:
    r"""The function of a declared meaning, shown with the author's letter.

    >>> function_of("relu", r"\mathrm{ReLU}") is ACTIVATIONS["relu"], function_of("sigmoid", "g").head
    (True, 'g')
    """
    if name == "elementwise":
        stem = re.sub(r"[^A-Za-z0-9_]+", "_", head).strip("_") or "f"
        return Function(f"{stem}_" if stem == "f" else stem, None, (), head=head)
    if name == "scalar":
        stem = re.sub(r"[^A-Za-z0-9_]+", "_", head).strip("_") or "L"
        return Function(stem, None, (), tuple(f"a{k}" for k in range(parameters)), head=head, whole=True)
    known = FUNCTIONS[name]
    if known.formula is None or _plain(known.head) == _plain(head) or not head:
        return known
    return replace(known, head=head)


def _plain(head: str) -> str:
    r"""A head without fonts and backslashes: ``\mathrm{ReLU}`` and ``\text{ReLU}`` are one."""
    return re.sub(r"\\(mathrm|text|operatorname|mathit)|[{}\\\s]", "", head).lower()
