"""A flow as a fragment for a TeX document: products with underbraces, bounds and numbers in tables.

It needs ``amsmath`` and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from unicodedata import decomposition

from symbackprop.render.flows.blocks import Format, blocks
from symbackprop.render.flows.braces import bound_text
from symbackprop.render.flows.comparing import comparison
from symbackprop.render.flows.tables import Table
from symbackprop.render.flows.telling import BoundLine, Telling
from symbackprop.render.formats.latex import escaped
from symbackprop.render.text import SPELLED, TEXT

_PLACES = {"<sub>": "_", "<super>": "^"}
WIDEST = 4
"""So many braces stand in one row of a page."""
ROWS = 30
"""A table is cut after so many rows: it would run off the page."""


def render(tellings: Sequence[Telling]) -> str:
    """Flows for TeX, one after another; of two, a table that compares them last."""
    found = [block for telling in tellings for block in blocks(telling, _FORMAT)]
    if len(tellings) > 1:
        found += ["% Side by side", *_table(comparison(tellings, TEXT))]
    return "\n".join(found) + "%\n"


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


def _comment(text: str) -> str:
    return f"% {' '.join(text.split())}"


_FORMAT = Format(lambda title: [_comment(title)], _comment, _words, _aligned, _bounds, _list, _table, WIDEST)
