"""Run every benchmark side by side, print the tables, and write the README's performance section.

    python -m benchmarks                 # tables only
    python -m benchmarks --write         # and the chart and the table of the README

CPU seconds of one run on one machine, each cell in a process of its own, imports not counted; ratios are what to quote.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from benchmarks.cells import KINDS, Cell, cell, missing
from benchmarks.chart import chart
from benchmarks.rivals import OURS

README = Path(__file__).parent.parent / "README.md"
PICTURE = Path(__file__).parent / "depth.svg"
START, END = "<!-- benchmarks -->", "<!-- /benchmarks -->"
DEPTHS = (3, 8, 50, 200, 1_000, 10_000, 100_000)
AMOUNTS = {"chain": DEPTHS, "width": (2, 4, 8, 100, 1_000), "judge": (1, 2, 3, 5, 8, 30)}
HEADINGS = {
    "chain": "All gradients of a chain of n ReLU layers, derived and written, CPU seconds",
    "width": "All gradients of two dense layers of n units, derived and written, CPU seconds",
    "judge": "A right answer for the gradient by the first weight of n layers judged, CPU seconds",
}

Table = dict[str, dict[int, Cell]]


def table(kind: str) -> Table:
    """Every rival at every amount that it can do; one that is not installed is named."""
    found: Table = {}
    for title, rival in KINDS[kind].items():
        if missing(rival.module):
            print(f"not installed, so left out: {title} ({rival.module}; pip install 'symbackprop[bench]')", flush=True)
            continue
        found[title] = {}
        for amount in AMOUNTS[kind]:
            if amount > rival.deepest:
                break
            measured = cell(kind, title, amount)
            if measured is None:
                break
            found[title][amount] = measured
    return found


def growth(cells: dict[int, Cell]) -> float | None:
    """The exponent with which the time grows over the largest tenfold step or more; None where there is none."""
    last = max(cells, default=0)
    first = max((n for n in cells if 10 * n <= last), default=0)
    if not first:
        return None
    return math.log(cells[last].total / cells[first].total) / math.log(last / first)


def printed(kind: str, measured: Table) -> None:
    """Print a table: seconds, how many times our own, the exponent of growth."""
    amounts = AMOUNTS[kind]
    print(f"\n{HEADINGS[kind]}\n{'n':<36}" + "".join(f"{n:>18,}" for n in amounts) + f"{'exponent':>10}")
    first = next(iter(measured.values()))
    for title, cells in measured.items():
        row = f"{title:<36}"
        for n in amounts:
            if n not in cells:
                row += f"{'-':>18}"
                continue
            ratio = f" ({cells[n].total / first[n].total:,.1f}x)" if n in first else ""
            row += f"{cells[n].total:.4g}{ratio}".rjust(18)
        exponent = growth(cells)
        print(row + (f"{exponent:>10.2f}" if exponent else ""), flush=True)


def ratios(chain: Table, depth: int = 1_000) -> list[str]:
    """The rows of the README's table: deriving, writing and both at one depth, beside ours."""
    ours = chain[OURS][depth]
    rows = [
        f"| all gradients of {depth:,} layers | derive | write | together | times ours | characters |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for title, cells in chain.items():
        if depth in cells:
            c = cells[depth]
            times = [f"{1000 * seconds:,.0f} ms" for seconds in (c.derive, c.write, c.total)]
            rows.append(f"| {title} | {' | '.join(times)} | {c.total / ours.total:.1f} | {c.characters:,} |")
    return rows


def section(chain: Table) -> str:
    """What stands between the README's marks."""
    ours = chain[OURS]
    deep = [n for n in ours if n >= 1_000]
    memory = ", ".join(f"{ours[n].megabytes:,.0f} MB at {n:,}" for n in deep)
    exponent = growth({n: ours[n] for n in (deep[0], deep[-1])})
    return "\n".join(
        [
            START,
            f"![CPU seconds against layers](benchmarks/{PICTURE.name})",
            "",
            *ratios(chain),
            "",
            f"From {deep[0]:,} to {deep[-1]:,} layers the time grows with exponent {exponent:.2f}, at the default",
            f"recursion limit; peak memory is {memory}.",
            END,
        ]
    )


def written(chain: Table) -> None:
    """Write the chart and the README's section."""
    lines = {title: [(n, c.total) for n, c in cells.items()] for title, cells in chain.items() if cells}
    PICTURE.write_text(chart(lines, "layers", "CPU seconds to derive and write all gradients"), encoding="utf-8")
    before, rest = README.read_text(encoding="utf-8").split(START)
    README.write_text(before + section(chain) + rest.split(END)[1], encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and, if asked to, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.split("\n")[0])
    parser.add_argument("--write", action="store_true", help="write the chart and the README's table")
    parser.add_argument("--only", choices=KINDS, help="one of the tables")
    asked = parser.parse_args(arguments)
    for kind in [asked.only] if asked.only else KINDS:
        measured = table(kind)
        printed(kind, measured)
        if kind == "chain" and asked.write:
            written(measured)


if __name__ == "__main__":
    main()
