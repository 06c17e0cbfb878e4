"""What belongs between marks: rendered in the dialect of the host, with its margin and checksum."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from symbackprop.notes.asking import derivation_of, drawing_of
from symbackprop.notes.commands import Order
from symbackprop.notes.dialects import Spot, find
from symbackprop.notes.lines import lines_of
from symbackprop.notes.marks import Block
from symbackprop.vocabulary.errors import InputError, Place

_NAME = re.compile(r"[A-Za-z][\w.-]*")


def rendered(order: Order, dialect: str, folder: Path, spot: Spot, notation: str = "") -> str:
    r"""The derivation or the picture that an order asks for, in a dialect, with neither margin nor marks.

    The order's own ``dialect``, ``format`` and ``label`` come first. Raises ``InputError``.

    >>> from symbackprop.cli.orders import command_line
    >>> order = command_line(["derive", "relu", "--show", "closed"])
    >>> print(rendered(order, "quarto", Path(), Spot()))
    $$
    \begin{aligned}
      \frac{\partial C}{\partial W^{(0)}} &= (\mathrm{ReLU}(W^{(0)} x) - y) \, \mathrm{Step}(W^{(0)} x) \, x
    \end{aligned}
    $$ {#eq-dC-dW0}
    """
    values = dict(order.values)
    if order.command == "draw":
        name = values.pop("dialect") or dialect
        setting = find(name).pictured(name)
        return setting(drawing_of(Order(order.command, values), folder, notation).picture, spot.before)
    chosen, format_, label = (values.pop(key) for key in ("dialect", "format", "label"))
    shape = find(chosen or dialect).shape(format_)
    spot.labels.prefix = prefix(label)
    derivation = derivation_of(Order(order.command, values), folder, notation)
    return shape(derivation.plain, derivation.tellings, spot)


def prefix(label: str | None) -> str:
    """What the labels of a block begin with. Raises ``InputError`` (``bad-label``) for what no host takes for one.

    >>> prefix("net"), prefix(None)
    ('net-', '')
    """
    if label is None:
        return ""
    if not _NAME.fullmatch(label):
        message = f"{label!r}: letters, digits, '.', '_' and '-' were expected"
        raise InputError("bad-label", message, Place(label, 0, len(label)), "--label net")
    return f"{label}-"


@dataclass(frozen=True, slots=True)
class Filling:
    """What belongs in a block: its lines, with margin and line endings, and their checksum."""

    text: str
    sum: str


def filled(content: str, block: Block, ending: str, spaced: bool) -> Filling:
    """Content as it stands in a block, with a blank line before and after it if it is ``spaced``."""
    lines = content.split("\n")
    if spaced:
        lines = ["", *lines, ""]
    text = "".join(f"{block.margin}{line}".rstrip() + ending for line in lines)
    return Filling(text, checksum(text, block.margin))


def checksum(body: str, margin: str) -> str:
    r"""The checksum of what stands in a block, the same whatever its margin and however its lines end.

    >>> checksum("> a\r\n>\r\n", "> ") == checksum("a\n\n", "")
    True
    """
    return sha256("".join(f"{line}\n" for line in unmargined(body, margin)).encode()).hexdigest()[:12]


def unmargined(body: str, margin: str) -> Iterable[str]:
    """The lines of a block without their margin."""
    for line in lines_of(body):
        bare = (
            line.text.removeprefix(margin) if line.text.startswith(margin) else line.text.removeprefix(margin.rstrip())
        )
        yield bare.rstrip()
