"""Signs and values of quantities that are assumed, as texts state them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from symbackprop.backward.assumptions import ALL_ACTIVE, read_assumptions
from symbackprop.judge.sampling import Condition, settings
from symbackprop.judge.subjects import Named, Names
from symbackprop.reading import read
from symbackprop.reading import tree as t
from symbackprop.reading.tree import Chain, Sym
from symbackprop.vocabulary.errors import InputError


def conditions_of(texts: Sequence[str], subject: Names) -> tuple[list[Condition], list[str]]:
    """The sign conditions that assumptions state about a subject's quantities, and the texts that state none."""
    found: list[Condition] = []
    other: list[str] = []
    for text in texts:
        if text.strip().lower() == ALL_ACTIVE:
            units = dict.fromkeys(q for q, _ in settings(subject.network)[0].units)
            found += [Condition(q, ">", 0) for q in units]  # type: ignore[arg-type]
            continue
        try:
            found += [Condition(*c) for c in read_assumptions([text], subject.network).conditions]
        except InputError:
            more = list(_read_conditions(text, subject))
            found += more
            if not more:
                other.append(text)
    return found, other


def _read_conditions(text: str, subject: Names) -> Iterator[Condition]:
    for part in re.split(r"\band\b|,", text):
        reading = read(part, subject.table)
        tree = reading.rows[0].tree if len(reading.rows) == 1 and not reading.errors else None
        if not isinstance(tree, Chain) or len(tree.links) != 1 or not isinstance(tree.first, Sym):
            return
        sign, right = tree.links[0]
        meaning = subject.meaning(tree.first)
        negative = isinstance(right, t.Neg)
        number = right.body if isinstance(right, t.Neg) else right
        if sign not in (">", "<", ">=", "<=", "=") or not isinstance(number, t.Num) or not isinstance(meaning, Named):
            return
        bound = Fraction(number.text)
        yield Condition(meaning.quantity, sign, -bound if negative else bound)
