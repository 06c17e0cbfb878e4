"""symbackprop: backpropagation derived step by step, in symbols.

>>> import symbackprop as sb
>>> net = sb.network("relu relu relu")
>>> net.z(1)
W0*x
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symbackprop.api import Derivation, Drawing, Verification, derive, draw, export, flow, load, network, verify
    from symbackprop.flowing import Flow
    from symbackprop.vocabulary.errors import InputError

__version__ = "0.1.0"
__all__ = [
    "Derivation",
    "Drawing",
    "Flow",
    "InputError",
    "Verification",
    "__version__",
    "derive",
    "draw",
    "export",
    "flow",
    "load",
    "network",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Load the library when it is first used, so that the command line starts at once."""
    from importlib import import_module

    if name == "InputError":
        return import_module("symbackprop.vocabulary.errors").InputError
    if name == "Flow":
        return import_module("symbackprop.flowing").Flow
    if name == "load_ipython_extension":  # %load_ext symbackprop
        return import_module("symbackprop.hosts.jupyter").load
    if name in __all__:
        return getattr(import_module("symbackprop.api"), name)
    raise AttributeError(f"module 'symbackprop' has no attribute {name!r}")
