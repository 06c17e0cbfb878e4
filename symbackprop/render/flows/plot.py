"""The plot of a flow: SVG as it stands, PNG drawn by matplotlib where that is installed."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from symbackprop.render.flows.chart import COLOURS, Series, series_of, svg
from symbackprop.render.flows.telling import Telling
from symbackprop.vocabulary.errors import InputError, unknown

KINDS = ("svg", "png")


def kind_of(path: str) -> str:
    """The kind of picture that a file name asks for.

    >>> kind_of("flow.PNG")
    'png'
    """
    kind = path.rpartition(".")[2].lower() if "." in path else ""
    if kind not in KINDS:
        if "/dev/" in path:
            return "svg"
        raise InputError("unknown-format", f"{path[:200]}: a plot is an .svg or a .png file", hint="--plot flow.svg")
    return kind


def plot(tellings: Sequence[Telling], kind: str) -> bytes:
    """The picture of all curves. Raises :class:`InputError` where there are none, or no matplotlib."""
    if kind not in KINDS:
        raise unknown("format", kind, KINDS)
    series = [s for telling in tellings for s in series_of(telling)]
    if not series:
        raise InputError("no-numbers", "there are no numbers to plot", hint="--at 'W*=0.5, x=1, y=0', or --init he")
    title = "size of the gradient, layer by layer"
    if kind == "svg":
        return (svg(series, title) + "\n").encode("utf-8")
    return _png(series, title)


def _png(series: Sequence[Series], title: str) -> bytes:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise InputError(
            "no-matplotlib",
            "a PNG is drawn by matplotlib, which is not installed",
            hint="pip install 'symbackprop[plot]', or --plot FILE.svg, which needs nothing",
        ) from None
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(xlabel="layers below the cost", ylabel="log10", title=title)
    for number, curve in enumerate(series):
        values = [float("nan") if v is None else v for v in curve.values]
        style = "--" if curve.dashed else "-"
        marker = "." if len(values) < 60 and not curve.dashed else ""
        axes.plot(
            range(len(values)), values, style, marker=marker, color=COLOURS[number % len(COLOURS)], label=curve.title
        )
    axes.grid(alpha=0.3)
    axes.legend()
    picture = BytesIO()
    figure.savefig(picture, format="png", dpi=150)
    return picture.getvalue()
