"""A flow on a terminal: braces below the factors, tables in columns, a sparkline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symbackprop.render.flows.chart import Series, series_of, sparkline
from symbackprop.render.flows.numbers import sampled_table, sentences, worked_tables
from symbackprop.render.flows.tables import Table
from symbackprop.render.flows.telling import BoundLine, Braced, ProductLine, Sheet, Teller, Telling
from symbackprop.render.text import TEXT
from symbackprop.vocabulary.errors import columns

WIDTH = 100
"""A line breaks before a product takes more columns; prose breaks there too."""


def render(tellings: Sequence[Telling]) -> str:
    """Flows as text, one after another; of two, a table that compares them last."""
    blocks = ["\n".join(_flow(telling)) for telling in tellings]
    if len(tellings) > 1:
        from symbackprop.render.flows.comparing import comparison

        blocks.append("\n".join(["Side by side", *_table(comparison(tellings, TEXT))]))
    return "\n\n".join(blocks) + "\n"


def _flow(telling: Telling) -> Iterator[str]:
    sheet = Teller(telling, TEXT).sheet()
    yield sheet.title
    if sheet.products:
        yield ""
        yield "Gradients, a factor for each layer"
        yield from _upstream(sheet)
        for line in sheet.products:
            yield ""
            yield from _product(line) if line else [f"    ⋮  {sheet.left_out[0]} more of the same pattern"]
    if sheet.factors:
        yield ""
        yield "Bounds of the factors"
        yield from _bounds(sheet.factors, f"⋮  {sheet.left_out[1]} more layers")
        for formula, why in sheet.sources:
            yield from _wrapped(f"{formula}  ({why})", "    ")
        yield from _wrapped(" ".join(sentences(telling)), "    ")
    yield ""
    yield "Bounds of the gradients"
    yield from _bounds(sheet.bounds, f"⋮  {sheet.left_out[0]} more")
    yield ""
    yield "Verdict"
    for sentence in telling.flow.verdict:
        yield from _wrapped(sentence, "    ")
    for table in worked_tables(telling, TEXT):
        yield ""
        yield from _table(table)
    sampled = sampled_table(telling, TEXT)
    if sampled is not None:
        yield ""
        yield from _table(sampled)
    for series in series_of(telling):
        if not series.dashed:
            yield from _spark(series)


def _upstream(sheet: Sheet) -> Iterator[str]:
    for left, right in sheet.upstream:
        yield f"    upstream: {left} = {right}" if right else f"    upstream: {left}"


def _product(line: ProductLine) -> Iterator[str]:
    """A gradient, its factors over braces, broken between them where it is too wide."""
    head = f"    {line.left} = "
    for number, product in enumerate(line.products):
        prefix = head if number == 0 else " " * (columns(head) - 2) + "+ "
        yield from _braced(product, prefix)
    if line.more:
        yield f"{' ' * (columns(head) - 2)}+ {line.more} more products, one for each time that it is used"


def _braced(product: Sequence[Braced], prefix: str) -> Iterator[str]:
    above, below = prefix, " " * columns(prefix)
    empty, sign = True, False
    for piece in product:
        width = max(columns(piece.text), columns(piece.name) + 2 if piece.name else 0)
        text, brace = _centred(piece.text, width), _brace(piece.name, width)
        glue = "" if empty else " " if sign else " · "
        if not empty and columns(above) + len(glue) + width > WIDTH:
            yield above.rstrip()
            yield below.rstrip()
            above, below, glue = " " * (columns(prefix) - 2) + "· ", " " * columns(prefix), ""
        above += glue + text
        below += " " * len(glue) + brace
        empty, sign = False, piece.sign
    yield above.rstrip()
    if below.strip():
        yield below.rstrip()


def _centred(text: str, width: int) -> str:
    free = width - columns(text)
    return " " * (free // 2) + text + " " * (free - free // 2)


def _brace(name: str, width: int) -> str:
    """A brace with a name in it.

    >>> _brace("layer 2", 13)
    '╰─ layer 2 ─╯'
    """
    if not name:
        return " " * width
    inner = f" {name} " if width >= columns(name) + 4 else name
    free = width - 2 - columns(inner)
    return "╰" + "─" * (free // 2) + inner + "─" * (free - free // 2) + "╯"


def _bounds(lines: Sequence[BoundLine | None], dots: str) -> Iterator[str]:
    width = max((columns(line.name) for line in lines if line), default=0)
    for line in lines:
        if line is None:
            yield f"    {dots}"
            continue
        name = line.name + " " * (width - columns(line.name))
        said = (
            f"{line.left} {TEXT.symbol(line.relation) if line.relation else ''} {line.right}"
            if line.right
            else f"{line.left}: no bound is known"
        )
        yield f"    {name}  {said}"


def _table(table: Table) -> Iterator[str]:
    yield table.title
    for remark in table.remarks:
        yield from _wrapped(remark, "    ")
    rows = [table.head, *(row for row in table.rows if row is not None)]
    widths = [max(columns(row[k]) for row in rows) for k in range(len(table.head))]
    for row in (table.head, *table.rows):
        if row is None:
            yield "    ⋮"
            continue
        cells = [
            cell + " " * (width - columns(cell)) if k == 0 else " " * (width - columns(cell)) + cell
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield ("    " + "  ".join(cells)).rstrip()
    for note in table.notes:
        yield from _wrapped(note, "    ")


def _spark(series: Series) -> Iterator[str]:
    line = sparkline(series.values)
    if line:
        yield ""
        yield f"{series.title}, from the last layer (left) to the first"
        yield f"    {line}"
        known = [v for v in series.values if v is not None]
        yield f"    from 10^{known[0]:.4g} to 10^{known[-1]:.4g}" if known else "    all 0"


def _wrapped(text: str, indent: str) -> Iterator[str]:
    """Prose on lines of the page's width."""
    from textwrap import wrap

    yield from wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_long_words=False)
