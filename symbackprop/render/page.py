"""What every page shares: its frame, which fetches nothing from anywhere, and equations to see, to copy and to hear."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import Generic, NamedTuple, TypeVar

from symbackprop.render.formats.latex import environment
from symbackprop.render.listing import Equation
from symbackprop.render.mathml import formula, sign
from symbackprop.render.sentences import Sentence, Words
from symbackprop.render.text import plain

T = TypeVar("T")
S = TypeVar("S")

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


class Told(NamedTuple, Generic[T]):
    """One thing in three markups: to see, to copy and to hear."""

    shown: T
    copied: T
    spoken: T

    def parts(self, of: Callable[[T], Sequence[S]]) -> list[Told[S]]:
        """The parts of the thing, each in the three markups."""
        return [Told(*three) for three in zip(*map(of, self), strict=True)]


def frame(title: str, body: str, attributes: str = "", style: str = "") -> str:
    """A whole page around a body; ``title`` is escaped already, ``style`` is what it adds to the style of all pages."""
    return f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
{resource("page.css")}{style}</style>
</head>
<body{attributes}>
{body}
<script>
{resource("page.js")}</script>
</body>
</html>
"""


@lru_cache
def resource(name: str) -> str:
    """A file that lies beside this module."""
    return (files("symbackprop.render") / name).read_text(encoding="utf-8")


def equation(told: Told[Equation], attributes: str) -> str:
    """The left side, and under one another the right sides, each with its relation sign in front."""
    rows = []
    for right, heard in zip(told.shown.rights, told.spoken.rights, strict=True):
        for position, (part, text) in enumerate(zip(right, heard, strict=True)):
            relation = part.sign or told.shown.relation
            row = formula(sign(relation) + part.text, f"{plain(relation)} {text.text}", display=True)
            rows.append(row.replace("<math", '<math class="more"', 1) if position else row)
    latex = escape(environment("aligned", [told.copied]) if told.copied.rights else told.copied.left)
    left = formula(told.shown.left, told.spoken.left, display=True)
    return f'<div{attributes} data-latex="{latex}">{left}<div class="rights">\n{lines(rows)}</div></div>'


def sentence(told: Told[Sentence]) -> str:
    """A sentence with its formulas."""
    return "".join(
        escape(shown.text) if isinstance(shown, Words) else formula(shown.text, spoken.text)
        for shown, spoken in zip(told.shown, told.spoken, strict=True)
    )


def lines(parts: Iterable[str]) -> str:
    """Each part on a line of its own."""
    return "".join(f"{part}\n" for part in parts)
