"""A flow as Markdown: products in ``math`` blocks with underbraces, bounds and numbers in tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from symbackprop.render.flows.blocks import Format, blocks
from symbackprop.render.flows.chart import series_of, sparkline
from symbackprop.render.flows.comparing import comparison
from symbackprop.render.flows.tables import Table
from symbackprop.render.flows.telling import BoundLine, Telling
from symbackprop.render.formats.markdown import escaped
from symbackprop.render.text import TEXT


def render(tellings: Sequence[Telling]) -> str:
    """Flows as Markdown, one after another; of two, a table that compares them last."""
    found = [block for telling in tellings for block in _flow(telling)]
    if len(tellings) > 1:
        found += ["# Side by side", _table(comparison(tellings, TEXT))]
    return "\n\n".join(found) + "\n"


def _flow(telling: Telling) -> Iterator[str]:
    yield from blocks(telling, _FORMAT)
    for series in series_of(telling):
        if not series.dashed:
            yield f"{_words(series.title)}, from the last layer to the first: `{sparkline(series.values)}`"


def _title(title: str) -> Iterator[str]:
    yield f"# {_words(title)}"
    yield "## Gradients, a factor for each layer"


def _items(sentences: Iterable[str]) -> Iterator[str]:
    yield "\n".join(f"- {sentence}" for sentence in sentences)


def _math(rows: Sequence[str]) -> str:
    body = " \\\\\n".join(f"  {row}" for row in rows)
    return f"```math\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n```"


def _bounds(lines: Sequence[BoundLine | None], dots: str) -> Iterator[str]:
    rows = ["| | bound |", "|---|---|"]
    for line in lines:
        if line is None:
            rows.append(f"| ⋮ | {dots} |")
            continue
        name = f"${line.name}$" if line.name.startswith("\\") or "^" in line.name or "_" in line.name else line.name
        said = f"${line.left} {line.relation} {line.right}$" if line.right else f"${line.left}$: no bound is known"
        rows.append(f"| {name} | {said} |")
    yield "\n".join(rows)


def _table(table: Table) -> str:
    rows = ["| " + " | ".join(map(_words, table.head)) + " |", "|---" + "|---:" * (len(table.head) - 1) + "|"]
    for row in table.rows:
        cells = ["⋮"] + [""] * (len(table.head) - 1) if row is None else [_words(cell) for cell in row]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _words(text: str) -> str:
    return escaped(text).replace("&", "&amp;").replace("|", r"\|").replace("~", r"\~")


_FORMAT = Format(
    _title,
    lambda text: f"## {_words(text)}",
    _words,
    _math,
    _bounds,
    _items,
    lambda table: [_table(table)],
)
