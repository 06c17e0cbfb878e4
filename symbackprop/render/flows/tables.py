"""Tables of numbers: cells that are set already, whatever format arranges them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A table: a title, sentences above and below, a head and rows; None stands for rows that are left out."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...] | None, ...]
    remarks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
