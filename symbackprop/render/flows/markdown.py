"""A flow as Markdown: products in ``math`` blocks with underbraces, bounds and numbers in tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symbackprop.render.flows.braces import product_rows, upstream_rows
from symbackprop.render.flows.chart import series_of, sparkline
from symbackprop.render.flows.comparing import comparison
from symbackprop.render.flows.numbers import sampled_table, sentences, worked_tables
from symbackprop.render.flows.tables import Table
from symbackprop.render.flows.telling import BoundLine, Teller, Telling
from symbackprop.render.formats.markdown import escaped
from symbackprop.render.markup import LATEX
from symbackprop.render.text import TEXT


def render(tellings: Sequence[Telling]) -> str:
    """Flows as Markdown, one after another; of two, a table that compares them last."""
    blocks = [block for telling in tellings for block in _flow(telling)]
    if len(tellings) > 1:
        blocks += ["# Side by side", _table(comparison(tellings, TEXT))]
    return "\n\n".join(blocks) + "\n"


def _flow(telling: Telling) -> Iterator[str]:
    sheet = Teller(telling, LATEX).sheet()
    yield f"# {_words(sheet.title)}"
    yield "## Gradients, a factor for each layer"
    if sheet.upstream:
        yield _math(upstream_rows(sheet))
    for line in sheet.products:
        if line is None:
            yield f"(and {sheet.left_out[0]} more of the same pattern)"
            continue
        yield _math(product_rows(line))
        if line.more:
            yield f"and {line.more} more products, one for each time that it is used."
    if sheet.factors:
        yield "## Bounds of the factors"
        yield _bounds(sheet.factors, f"{sheet.left_out[1]} more layers")
        yield "\n".join(f"- ${formula}$ ({_words(why)})" for formula, why in sheet.sources)
        yield from map(_words, sentences(telling))
    yield "## Bounds of the gradients"
    yield _bounds(sheet.bounds, f"{sheet.left_out[0]} more")
    yield "## Verdict"
    yield "\n".join(f"- {_words(sentence)}" for sentence in telling.flow.verdict)
    for table in (*worked_tables(telling, LATEX), sampled_table(telling, LATEX)):
        if table is not None:
            yield f"## {_words(table.title)}"
            yield from map(_words, table.remarks)
            yield _table(table)
            yield from map(_words, table.notes)
    for series in series_of(telling):
        if not series.dashed:
            yield f"{_words(series.title)}, from the last layer to the first: `{sparkline(series.values)}`"


def _math(rows: Sequence[str]) -> str:
    body = " \\\\\n".join(f"  {row}" for row in rows)
    return f"```math\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n```"


def _bounds(lines: Sequence[BoundLine | None], dots: str) -> str:
    rows = ["| | bound |", "|---|---|"]
    for line in lines:
        if line is None:
            rows.append(f"| ⋮ | {dots} |")
            continue
        name = f"${line.name}$" if line.name.startswith("\\") or "^" in line.name or "_" in line.name else line.name
        said = f"${line.left} {line.relation} {line.right}$" if line.right else f"${line.left}$: no bound is known"
        rows.append(f"| {name} | {said} |")
    return "\n".join(rows)


def _table(table: Table) -> str:
    rows = ["| " + " | ".join(map(_words, table.head)) + " |", "|---" + "|---:" * (len(table.head) - 1) + "|"]
    for row in table.rows:
        cells = ["⋮"] + [""] * (len(table.head) - 1) if row is None else [_words(cell) for cell in row]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _words(text: str) -> str:
    return escaped(text).replace("&", "&amp;").replace("|", r"\|").replace("~", r"\~")
