"""A chart as SVG: seconds against layers, both on logarithmic scales, one line for each way."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 420, 70, 24, 250, 48
COLOURS = ("#0b6e4f", "#58b368", "#c1121f", "#e36414", "#9a031e", "#5f0f40", "#0f4c5c", "#3a86ff")

Points = Sequence[tuple[float, float]]


def chart(lines: Mapping[str, Points], across: str, up: str) -> str:
    """The lines as an SVG picture with a grid of powers of ten, each line named where it ends."""
    xs = [math.log10(x) for points in lines.values() for x, _ in points]
    ys = [math.log10(y) for points in lines.values() for _, y in points]
    low_x, high_x = math.floor(min(xs)), math.ceil(max(xs))
    low_y, high_y = math.floor(min(ys)), math.ceil(max(ys))

    def place(x: float, y: float) -> tuple[float, float]:
        wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return LEFT + wide * (x - low_x) / (high_x - low_x), TOP + high * (high_y - y) / (high_y - low_y)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
        ' font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for power in range(low_x, high_x + 1):
        x, bottom = place(power, low_y)
        parts.append(f'<path d="M{x:.1f} {TOP}V{bottom:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 18:.1f}" text-anchor="middle">{10**power:,}</text>')
    for power in range(low_y, high_y + 1):
        left, y = place(low_x, power)
        parts.append(f'<path d="M{left} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_seconds(power)}</text>')
    middle = LEFT + (WIDTH - LEFT - RIGHT) / 2
    parts.append(f'<text x="{middle:.1f}" y="{HEIGHT - 8}" text-anchor="middle">{escape(across)}</text>')
    parts.append(f'<text x="{LEFT}" y="{TOP - 10}">{escape(up)}</text>')
    heights: list[float] = []
    named = sorted(
        ((place(*map(math.log10, points[-1])), title, points) for title, points in lines.items()), key=lambda n: n[0][1]
    )
    for (x, y), title, points in named:
        colour = COLOURS[list(lines).index(title) % len(COLOURS)]
        spots = [place(math.log10(a), math.log10(b)) for a, b in points]
        path = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in spots)
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>' for a, b in spots]
        label = max([y + 4, *(height + 15 for height in heights[-1:])])
        heights.append(label)
        start = WIDTH - RIGHT + 12
        parts.append(
            f'<path d="M{x:.1f} {y:.1f}L{start - 3} {label - 4:.1f}" stroke="{colour}" stroke-dasharray="1 3"/>'
        )
        parts.append(f'<text x="{start}" y="{label:.1f}" fill="{colour}">{escape(title)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _seconds(power: int) -> str:
    return f"{10**power:,} s" if power >= 0 else f"{10 ** (power + 3):g} ms"
