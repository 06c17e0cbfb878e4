"""A flow as a page that needs nothing else; two flows in two columns, with the plot of the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from symbackprop.render.flows.braces import product_rows
from symbackprop.render.flows.chart import series_of, svg
from symbackprop.render.flows.comparing import comparison
from symbackprop.render.flows.numbers import sampled_table, sentences, worked_tables
from symbackprop.render.flows.tables import Table
from symbackprop.render.flows.telling import BoundLine, Braced, ProductLine, Sheet, Teller, Telling
from symbackprop.render.markup import LATEX
from symbackprop.render.mathml import MATHML, formula, sign
from symbackprop.render.page import Told, frame, lines, resource
from symbackprop.render.text import TEXT

_ROW = "display: flex; flex-wrap: wrap; align-items: first baseline; gap: .2rem .45rem; margin: 1rem 0"


def render(tellings: Sequence[Telling]) -> str:
    """Flows as one page."""
    titles = [telling.flow.source for telling in tellings]
    title = f"The flow of the gradient: {' against '.join(titles)}"
    series = [s for telling in tellings for s in series_of(telling)]
    body = [f"<header>\n<h1>{escape(title)}</h1>\n</header>\n<main>"]
    if len(tellings) > 1:
        body.append(f"<h2>Side by side</h2>\n{_table(comparison(tellings, TEXT))}")
    if series:
        body.append(f'<figure class="plot">{svg(series, "size of the gradient, layer by layer")}</figure>')
    body.append('<div class="flows">' if len(tellings) > 1 else "<div>")
    for telling in tellings:
        body.append(f"<section>\n{lines(_flow(telling, len(tellings) > 1))}</section>")
    body.append("</div>\n</main>\n<footer>Derived by symbackprop</footer>")
    attributes = ' class="side-by-side"' if len(tellings) > 1 else ""
    return frame(escape(title), "\n".join(body), attributes, resource("flows/flow.css"))


def fragment(tellings: Sequence[Telling]) -> str:
    """Flows one after another as part of a page, such as a notebook shows, without style or script."""
    flows = [line for telling in tellings for line in _flow(telling, True, ("p", "b"))]
    series = [s for telling in tellings for s in series_of(telling)]
    if series:
        plot = svg(series, "size of the gradient, layer by layer")
        flows.append(f'<div style="max-width: 44em">{plot}</div>')
    if len(tellings) > 1:
        flows.append(f"<p><b>Side by side</b></p>\n{_table(comparison(tellings, TEXT))}")
    return f'<div class="symbackprop" style="overflow-x: auto">\n{lines(flows)}</div>'


def _flow(telling: Telling, several: bool, heading: Sequence[str] = ("h2",)) -> Iterator[str]:
    """A flow; its headings stand in elements within one another."""
    opening = "".join(f"<{name}>" for name in heading)
    closing = "".join(f"</{name}>" for name in reversed(heading))
    sheets = Told(*(Teller(telling, markup).sheet() for markup in (MATHML, LATEX, TEXT)))
    sheet: Sheet = sheets.shown
    if several or telling.flow.title:
        yield f"{opening}{escape(sheet.title)}{closing}"
    yield f"{opening}Gradients, a factor for each layer{closing}"
    for (left, right), (heard, said) in zip(sheet.upstream, sheets.spoken.upstream, strict=True):
        shown = MATHML.related(left, "=", right) if right else left
        yield f"<p>Upstream: {formula(shown, f'{heard} = {said}' if said else heard)}</p>"
    for line, copied, spoken in zip(sheet.products, sheets.copied.products, sheets.spoken.products, strict=True):
        if line is None or copied is None or spoken is None:
            yield f"<p>and {sheet.left_out[0]} more of the same pattern</p>"
        else:
            yield _product(line, copied, spoken)
    if sheet.factors:
        yield f"{opening}Bounds of the factors{closing}"
        yield _bounds(sheet.factors, sheets.spoken.factors, f"{sheet.left_out[1]} more layers")
        sources = [
            f"<li>{formula(left, heard)}: {escape(why)}</li>"
            for (left, why), (heard, _) in zip(sheet.sources, sheets.spoken.sources, strict=True)
        ]
        yield f"<ul>\n{lines(sources)}</ul>"
        yield from (f"<p>{escape(sentence)}</p>" for sentence in sentences(telling))
    yield f"{opening}Bounds of the gradients{closing}"
    yield _bounds(sheet.bounds, sheets.spoken.bounds, f"{sheet.left_out[0]} more")
    yield f"{opening}Verdict{closing}"
    yield f"<ul>\n{lines(f'<li>{escape(sentence)}</li>' for sentence in telling.flow.verdict)}</ul>"
    for table in (*worked_tables(telling, TEXT), sampled_table(telling, TEXT)):
        if table is not None:
            yield f"{opening}{escape(table.title)}{closing}"
            yield from (f"<p>{escape(remark)}</p>" for remark in table.remarks)
            yield _table(table)
            yield from (f"<p>{escape(note)}</p>" for note in table.notes)


def _product(line: ProductLine, copied: ProductLine, spoken: ProductLine) -> str:
    """A gradient: each product a row of pieces over braces, which may wrap."""
    latex = escape("\\begin{aligned}\n" + " \\\\\n".join(product_rows(copied)) + "\n\\end{aligned}")
    rows = [f'<div class="product" style="{_ROW}" data-latex="{latex}">']
    for number, (product, heard) in enumerate(zip(line.products, spoken.products, strict=True)):
        head = MATHML.related(line.left, "=", "") if number == 0 else sign("+")
        rows.append(f'<span class="piece">{formula(head, f"{spoken.left} =" if number == 0 else "+")}</span>')
        for k, (piece, words) in enumerate(zip(product, heard, strict=True)):
            inside = sign(r"\cdot") + _braced(piece) if k and not product[k - 1].sign else _braced(piece)
            text = f"{words.text} ({words.name})" if words.name else words.text
            rows.append(f'<span class="piece">{formula(inside, text, display=True)}</span>')
    if line.more:
        rows.append(f"<span>and {line.more} more products</span>")
    return "\n".join([*rows, "</div>"])


def _braced(piece: Braced) -> str:
    return MATHML.underbraced(piece.text, piece.name) if piece.name else piece.text


def _bounds(shown: Sequence[BoundLine | None], spoken: Sequence[BoundLine | None], dots: str) -> str:
    rows = []
    for line, heard in zip(shown, spoken, strict=True):
        if line is None or heard is None:
            rows.append(f"<tr><td>⋮</td><td>{dots}</td></tr>")
            continue
        name = formula(line.name, heard.name) if line.name.startswith("<") else escape(line.name)
        if line.right:
            said = formula(
                MATHML.related(line.left, line.relation, line.right),
                f"{heard.left} {TEXT.symbol(heard.relation)} {heard.right}",
            )
        else:
            said = f"{formula(line.left, heard.left)}: no bound is known"
        rows.append(f"<tr><td>{name}</td><td>{said}</td></tr>")
    return f'<div class="wide"><table class="bounds">\n{lines(rows)}</table></div>'


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.head)
    rows = [f"<tr>{head}</tr>"]
    for row in table.rows:
        cells = ("⋮", *[""] * (len(table.head) - 1)) if row is None else row
        rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    return f'<div class="wide"><table class="numbers">\n{lines(rows)}</table></div>'
