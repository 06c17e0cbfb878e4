"""A flow as blocks in order, for formats that write one after another: Markdown and LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from symbackprop.render.flows.braces import WIDEST, product_rows, upstream_rows
from symbackprop.render.flows.numbers import sampled_table, sentences, worked_tables
from symbackprop.render.flows.tables import Table
from symbackprop.render.flows.telling import BoundLine, Teller, Telling
from symbackprop.render.markup import LATEX


@dataclass(frozen=True)
class Format:
    """How a format writes each kind of block; ``title`` begins the gradients too."""

    title: Callable[[str], Iterable[str]]
    heading: Callable[[str], str]
    words: Callable[[str], str]
    display: Callable[[Sequence[str]], str]
    bounds: Callable[[Sequence[BoundLine | None], str], Iterable[str]]
    items: Callable[[Iterable[str]], Iterable[str]]
    table: Callable[[Table], Iterable[str]]
    widest: int = WIDEST
    """So many braces stand in one row."""


def blocks(telling: Telling, form: Format) -> Iterator[str]:
    """The blocks of a flow, from the gradients to the numbers."""
    sheet = Teller(telling, LATEX).sheet()
    yield from form.title(sheet.title)
    if sheet.upstream:
        yield form.display(upstream_rows(sheet))
    for line in sheet.products:
        if line is None:
            yield f"(and {sheet.left_out[0]} more of the same pattern)"
            continue
        yield form.display(product_rows(line, form.widest))
        if line.more:
            yield f"and {line.more} more products, one for each time that it is used."
    if sheet.factors:
        yield form.heading("Bounds of the factors")
        yield from form.bounds(sheet.factors, f"{sheet.left_out[1]} more layers")
        yield from form.items([f"${formula}$ ({form.words(why)})" for formula, why in sheet.sources])
        yield from map(form.words, sentences(telling))
    yield form.heading("Bounds of the gradients")
    yield from form.bounds(sheet.bounds, f"{sheet.left_out[0]} more")
    yield form.heading("Verdict")
    yield from form.items(map(form.words, telling.flow.verdict))
    for table in (*worked_tables(telling, LATEX), sampled_table(telling, LATEX)):
        if table is not None:
            yield form.heading(table.title)
            yield from map(form.words, table.remarks)
            yield from form.table(table)
            yield from map(form.words, table.notes)
