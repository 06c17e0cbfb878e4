"""The size of a gradient from layer to layer: a sparkline, and a chart in SVG that needs no library."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import ceil, floor
from typing import NamedTuple

from symbackprop.render.flows.telling import Telling

BARS = "▁▂▃▄▅▆▇█"
LONGEST = 80
"""A sparkline has at most so many columns; of more layers, evenly spaced ones are shown."""


class Series(NamedTuple):
    """Decimal logarithms from the last layer to the first; None where the value is 0."""

    title: str
    values: tuple[float | None, ...]
    dashed: bool = False


def series_of(telling: Telling) -> tuple[Series, ...]:
    """The curves of a flow: of its numbers, of its random weights and of the theory beside these."""
    found: list[Series] = []
    name = telling.flow.source
    if telling.flow.worked is not None:
        worked = telling.flow.worked
        values = (worked.upstream_log10, *(layer.log10 for layer in worked.layers))
        found.append(Series(f"{name}: size of the gradient", values))
    if telling.flow.sampled is not None:
        layers = telling.flow.sampled.layers[::-1]
        found.append(Series(f"{name}: RMS of ‖∂C/∂z‖", tuple(layer.delta.rms for layer in layers)))
        theory = tuple(layer.theory for layer in layers)
        if any(value is not None for value in theory):
            found.append(Series(f"{name}: theory", theory, True))
    return tuple(found)


def thinned(values: Sequence[float | None], most: int) -> list[float | None]:
    """At most so many values, evenly spaced, the first and the last among them."""
    if len(values) <= most:
        return list(values)
    return [values[round(k * (len(values) - 1) / (most - 1))] for k in range(most)]


def sparkline(values: Sequence[float | None]) -> str:
    """Values as bars, 0 (no logarithm) as a dot.

    >>> sparkline([0, -1, -2, None])
    '█▅▁·'
    """
    shown = thinned(values, LONGEST)
    known = [v for v in shown if v is not None]
    if not known:
        return "·" * len(shown)
    low, high = min(known), max(known)
    scale = (len(BARS) - 1) / (high - low) if high - low > 1e-6 else 0
    return "".join("·" if v is None else BARS[round((v - low) * scale)] for v in shown)


WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 360, 74, 16, 16, 46
COLOURS = ("#1d5b7c", "#c2571a", "#3a7d44", "#8e4585")


def svg(series: Sequence[Series], title: str) -> str:
    """Curves over the layers, a decimal logarithmic scale upwards."""
    known = [v for s in series for v in s.values if v is not None] or [0.0]
    low, high = floor(min(known)), ceil(max(known))
    if high == low:
        low, high = low - 1, high + 1
    longest = max((len(s.values) for s in series), default=1)

    def x(position: float, count: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (position / (count - 1) if count > 1 else 0.5)

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    step = max(1, ceil((high - low) / 6))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT + 22 * len(series)}" role="img"'
        f' font-family="sans-serif" font-size="13" fill="currentColor"><title>{escape(title)}</title>'
    ]
    for tick in range(ceil(low / step) * step, high + 1, step):
        at = y(tick)
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="currentColor" opacity=".18"/>'
            f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">10'
            f'<tspan dy="-5" font-size="10">{tick}</tspan></text>'
        )
    for k in (
        range(longest) if longest <= 12 else sorted({0, longest // 4, longest // 2, 3 * longest // 4, longest - 1})
    ):
        parts.append(f'<text x="{x(k, longest):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{k}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">layers below the cost</text>')
    for number, curve in enumerate(series):
        colour = COLOURS[number % len(COLOURS)]
        dash = ' stroke-dasharray="6 4"' if curve.dashed else ""
        for run in _runs(curve.values):
            points = " ".join(f"{x(k, longest):.1f},{y(v):.1f}" for k, v in run)
            parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
            if len(run) == 1:
                parts.append(
                    f'<circle cx="{x(run[0][0], longest):.1f}" cy="{y(run[0][1]):.1f}" r="3" fill="{colour}"/>'
                )
        at = HEIGHT + 22 * number + 6
        parts.append(
            f'<line x1="{LEFT}" x2="{LEFT + 28}" y1="{at}" y2="{at}" stroke="{colour}" stroke-width="2"{dash}/>'
            f'<text x="{LEFT + 36}" y="{at + 4}">{escape(curve.title)}{_zeros(curve)}</text>'
        )
    return "\n".join([*parts, "</svg>"])


def _zeros(curve: Series) -> str:
    """What a logarithmic scale cannot show."""
    zeros = sum(v is None for v in curve.values)
    return f" (0 at {zeros} of {len(curve.values)} points)" if zeros else ""


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """The stretches of a curve between zeros, each thinned to what can be seen."""
    found: list[list[tuple[int, float]]] = [[]]
    for k, value in enumerate(values):
        if value is None:
            found.append([])
        else:
            found[-1].append((k, value))
    return [_thin(run) for run in found if run]


def _thin(run: list[tuple[int, float]]) -> list[tuple[int, float]]:
    most = 2 * WIDTH
    if len(run) <= most:
        return run
    return [run[round(k * (len(run) - 1) / (most - 1))] for k in range(most)]
