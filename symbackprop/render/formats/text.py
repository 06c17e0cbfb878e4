"""Unicode text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symbackprop.backward.derivation import Derivation
from symbackprop.render.formats import Format
from symbackprop.render.listing import Equation, Listing, Telling, tell
from symbackprop.render.sentences import Sentence
from symbackprop.render.text import TEXT, plain


def render(derivation: Derivation, tellings: Sequence[Telling]) -> str:
    """A derivation as lines of text, equals signs below one another."""
    told: list[str] = []
    for telling in tellings:
        listing = tell(derivation, telling, TEXT)
        if len(tellings) > 1:
            listing = replace(listing, title=f"{listing.title}: {telling.notation.title}")
        told += ["", *lines(listing)] if told else lines(listing)
    return "\n".join(told) + "\n"


def lines(listing: Listing) -> list[str]:
    """The lines of a listing."""
    told = [listing.title]
    for section in listing.sections:
        told += ["", section.heading]
        told += [f"  {sentence(remark)}" for remark in section.remarks]
        for equation in section.equations:
            if equation.reason:
                told += ["", f"  {equation.heading}: {sentence(equation.reason)}"]
            told += rows(equation)
    return told


def rows(equation: Equation) -> list[str]:
    """An equation, a right side to a line."""
    relation = plain(equation.relation)
    lines = []
    for number, right in enumerate(equation.rights):
        left = equation.left if number == 0 else " " * len(equation.left)
        lines.append(f"    {left} {relation} {right[0].text}")
        lines += [f"    {' ' * len(equation.left)}   {plain(part.sign)} {part.text}" for part in right[1:]]
    return lines


def sentence(parts: Sentence) -> str:
    """A sentence."""
    return "".join(part.text for part in parts)


FORMAT = Format("Unicode text for a terminal", render)
