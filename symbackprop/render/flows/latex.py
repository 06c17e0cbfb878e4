"""A flow as a fragment for a TeX document: products with underbraces, bounds and numbers in tables.

It needs ``amsmath`` and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from unicodedata import decomposition

from symbackprop.render.flows.braces import bound_text, product_rows, upstream_rows
from symbackprop.render.flows.comparing import comparison
from symbackprop.render.flows.numbers import sampled_table, sentences, worked_tables
from symbackprop.render.flows.tables import Table
from symbackprop.render.flows.telling import BoundLine, Teller, Telling
from symbackprop.render.formats.latex import escaped
from symbackprop.render.markup import LATEX
from symbackprop.render.text import SPELLED, TEXT

_PLACES = {"<sub>": "_", "<super>": "^"}
WIDEST = 4
"""So many braces stand in one row of a page."""
ROWS = 30
"""A table is cut after so many rows: it would run off the page."""


def render(tellings: Sequence[Telling]) -> str:
    """Flows for TeX, one after another; of two, a table that compares them last."""
    blocks = [block for telling in tellings for block in _flow(telling)]
    if len(tellings) > 1:
        blocks += ["% Side by side", *_table(comparison(tellings, TEXT))]
    return "\n".join(blocks) + "%\n"


def _flow(telling: Telling) -> Iterator[str]:
    sheet = Teller(telling, LATEX).sheet()
    yield f"% {' '.join(sheet.title.split())}"
    if sheet.upstream:
        yield _aligned(upstream_rows(sheet))
    for line in sheet.products:
        if line is None:
            yield f"(and {sheet.left_out[0]} more of the same pattern)"
            continue
        yield _aligned(product_rows(line, WIDEST))
        if line.more:
            yield f"and {line.more} more products, one for each time that it is used."
    if sheet.factors:
        yield "% Bounds of the factors"
        yield from _bounds(sheet.factors, f"{sheet.left_out[1]} more layers")
        yield from _list([f"${formula}$ ({_words(why)})" for formula, why in sheet.sources])
        yield from map(_words, sentences(telling))
    yield "% Bounds of the gradients"
    yield from _bounds(sheet.bounds, f"{sheet.left_out[0]} more")
    yield "% Verdict"
    yield from _list(map(_words, telling.flow.verdict))
    for table in (*worked_tables(telling, LATEX), sampled_table(telling, LATEX)):
        if table is not None:
            yield f"% {' '.join(table.title.split())}"
            yield from map(_words, table.remarks)
            yield from _table(table)
            yield from map(_words, table.notes)


def _aligned(rows: Sequence[str]) -> str:
    body = " \\\\\n".join(f"  {row}" for row in rows)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def _bounds(lines: Sequence[BoundLine | None], dots: str) -> Iterator[str]:
    """Bounds below one another; those that are not known are said to be so."""
    rows = []
    for line in lines:
        bound = None if line is None else bound_text(line.left, f"&{line.relation}", line.right)
        if line is None:
            rows.append(rf"&\;\;\vdots && \text{{{dots}}}")
        else:
            rows.append(f"{bound}" if bound else rf"{line.left} & && \text{{no bound is known}}")
    if rows:
        yield _aligned(rows)


def _list(sentences: Iterable[str]) -> Iterator[str]:
    found = [rf"  \item {sentence}" for sentence in sentences]
    if found:
        yield "\n".join([r"\begin{itemize}", *found, r"\end{itemize}"])


def _table(table: Table) -> Iterator[str]:
    columns = "l" + "r" * (len(table.head) - 1)
    rows = [" & ".join(map(_words, table.head)) + r" \\ \hline"]
    shown = table.rows if len(table.rows) <= ROWS else (*table.rows[: ROWS // 2], None, *table.rows[-(ROWS // 2) :])
    for row in shown:
        cells = [r"$\vdots$"] + [""] * (len(table.head) - 1) if row is None else map(_words, row)
        rows.append(" & ".join(cells) + r" \\")
    yield "\n".join(
        [
            r"{\par\noindent\footnotesize\setlength{\tabcolsep}{4pt}",
            rf"\begin{{tabular}}{{{columns}}}",
            *rows,
            r"\end{tabular}\par}",
        ]
    )


def _words(text: str) -> str:
    """Words as TeX sets them, Greek letters, signs, and what stands above or below in mathematics.

    >>> _words("|σ'| at most 2⁴")
    "|\\\\ensuremath{\\\\sigma}'| at most 2\\\\ensuremath{^{4}}"
    """
    return "".join(map(_character, text))


def _character(character: str) -> str:
    if character in SPELLED:
        return rf"\ensuremath{{{SPELLED[character]}}}"
    place, _, code = decomposition(character).partition(" ")
    if place in _PLACES:
        return rf"\ensuremath{{{_PLACES[place]}{{{chr(int(code, 16))}}}}}"
    return escaped(character)
