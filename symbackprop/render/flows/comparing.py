"""Two flows side by side: what decides, in one table."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import log10

from symbackprop.render.flows.tables import Table
from symbackprop.render.flows.telling import Teller, Telling
from symbackprop.render.markup import Markup
from symbackprop.vocabulary.amounts import power_of_ten
from symbackprop.vocabulary.expressions import Call, Symbol


def comparison(tellings: Sequence[Telling], markup: Markup) -> Table:
    """The longest product of each network: slopes, bounds, dead units, and the weights at which it keeps its size."""
    columns = [_column(telling, markup) for telling in tellings]
    head = ("", *(telling.flow.source for telling in tellings))
    rows = [(name, *(column[name] for column in columns)) for name in columns[0]]
    return Table("", head, tuple(rows))


def _column(telling: Telling, markup: Markup) -> dict[str, str]:
    flow, teller = telling.flow, Teller(telling, markup)
    tally = flow.longest
    slopes = []
    for function in flow.functions:
        shown = function.name if function.whole else teller.setter.set(Call(function, (Symbol("z"),), 1))
        values = " or ".join(function.slope_values)
        slopes.append(f"{shown}: {values or ('at most ' + function.bound if function.bound else 'no bound')}")
    bounded = tally is not None and tally.unbounded is None
    total = sum(n * log10(Fraction(f.bound)) for f, n in tally.slopes.items()) if tally and bounded else 0.0
    keeps = f"{10 ** (-total / tally.items):.4g}" if tally and bounded and tally.items else "-"
    return {
        "slopes in the longest product": str(sum(tally.slopes.values())) if tally else "0",
        "weights in it": str(tally.items) if tally else "0",
        "a slope": "; ".join(slopes),
        "bound of all slopes together": power_of_ten(total) if bounded else "none",
        "weights that keep its size at best": keeps,
        "exactly 0 where a unit is dead": "yes" if any("0" in f.slope_values for f in flow.functions) else "no",
    }
