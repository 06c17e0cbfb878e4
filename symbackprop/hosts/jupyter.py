"""Jupyter: ``%load_ext symbackprop`` brings ``%derive relu``, ``%draw relu``, and ``%%verify relu`` over claims."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from symbackprop.api import Derivation, Drawing, Verification
from symbackprop.hosts.asking import Asked, asked, told
from symbackprop.vocabulary.errors import InputError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

Result = TypeVar("Result", Derivation, Drawing, Verification)


def derive(line: str, cell: str = "") -> Derivation | None:
    """The derivation that a line asks for; a cell goes on with the line. With ``--format`` it is printed.

    >>> derive("2 -> 3 tanh -> 1 --wrt W0").plain.targets
    (W0,)
    """
    order = asked("derive", f"{line} {cell}", "magic")
    return _shown(order.derivation(Path()), order)


def draw(line: str, cell: str = "") -> Drawing | None:
    """The picture that a line asks for; a cell goes on with the line. With ``--format`` it is printed.

    >>> draw("relu").picture.title
    'The network relu'
    """
    order = asked("draw", f"{line} {cell}", "magic")
    return _shown(order.drawing(Path()), order)


def verify(line: str, cell: str = "") -> Verification | None:
    """The verdicts on the claims in a line or on the text of a cell. With ``--format`` they are printed.

    >>> verify("relu", "dC/dW0 = (r1 - y)*step(z1)*x").verdict
    'proved'
    """
    order = asked("verify", line, "magic")
    claims = order.order.values["claims"]
    if not claims and not cell.strip():
        raise InputError("no-claims", "there is nothing to judge", hint="%%verify, and the derivation below it")
    grader = order.grader(Path())
    return _shown(Verification(*(grader.claims(claims) if claims else grader.text(cell, ""))), order)


def _shown(found: Result, order: Asked) -> Result | None:
    """What a cell shows by itself; with ``--format`` it is printed, and nothing is left to show."""
    format_ = order.order.values["format"]
    if format_ is None:
        return found
    print(found.render(format_), end="")
    return None


def load(shell: InteractiveShell) -> None:
    """Tell IPython of the magics, each for a line or a whole cell."""
    for magic in (derive, draw, verify):
        shell.register_magic_function(_told(magic), "line_cell", magic.__name__)  # type: ignore[arg-type]


def _told(magic: Callable[..., object]) -> Callable[..., object]:
    """A magic whose errors are told without a traceback, and in whose line braces and dollars are LaTeX."""
    from IPython.core.error import UsageError
    from IPython.core.magic import no_var_expand

    def telling(line: str, cell: str = "") -> object:
        try:
            return magic(line, cell)
        except InputError as error:
            raise UsageError(told(error)) from None

    telling.__doc__ = magic.__doc__
    return cast(Callable[..., object], no_var_expand(cast(Any, telling)))
