"""Running exported programs in the test's own process."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import symbackprop as sb


def program(net: object, to: str = "numpy", **options: Any) -> dict[str, Any]:
    """The names that an exported program defines."""
    namespace: dict[str, Any] = {"__name__": "exported"}
    exec(compile(sb.export(net, to=to, **options), f"<{net}>", "exec"), namespace)
    return namespace


def body(net: object, **options: Any) -> list[str]:
    """The lines of the function, its docstring and what checks its arguments left out."""
    source = sb.export(net, **options)
    lines = source[source.index("    # forward pass") :].split("\n\n\n")[0].splitlines()
    return [line.strip() for line in lines if line.strip()]


def self_test(namespace: dict[str, Any]) -> tuple[int, str]:
    """The status that a program's self-test ends with, and what it prints."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        status: int = namespace["self_test"]()
    return status, output.getvalue()
