"""Products with underbraces as rows of an ``aligned`` block."""

from __future__ import annotations

from collections.abc import Sequence

from symbackprop.render.flows.telling import Braced, ProductLine, Sheet
from symbackprop.render.markup import LATEX

WIDEST = 5
"""So many braces stand in one row."""


def upstream_rows(sheet: Sheet) -> list[str]:
    """The upstream gradients."""
    return [f"{left} &= {right}" if right else f"{left} &" for left, right in sheet.upstream]


def braced(piece: Braced) -> str:
    """A piece over its brace."""
    return LATEX.underbraced(piece.text, piece.name) if piece.name else piece.text


def joined(pieces: Sequence[Braced]) -> str:
    """Pieces with dots between them, none after a sum sign."""
    text = ""
    for piece, before in zip(pieces, (None, *pieces), strict=False):
        text += "" if before is None else " " if before.sign else r" \cdot "
        text += braced(piece)
    return text


def one_product(line: ProductLine) -> str:
    """A gradient on one line."""
    return " + ".join(map(joined, line.products))


def product_rows(line: ProductLine, widest: int = WIDEST) -> list[str]:
    """A gradient as rows, a product of more than ``widest`` factors broken between them."""
    rows: list[str] = []
    for number, product in enumerate(line.products):
        for start in range(0, len(product), widest):
            part = joined(product[start : start + widest])
            if start:
                rows.append(rf"&\quad \cdot {part}")
            elif number:
                rows.append(rf"&\quad + {part}")
            else:
                rows.append(f"{line.left} &= {part}")
    return rows


def bound_text(left: str, relation: str, right: str) -> str | None:
    """A bound on one line, None where there is none."""
    return f"{left} {relation} {right}" if right else None
