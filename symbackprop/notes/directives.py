r"""The formulas in roles and directives, as reStructuredText and MyST have them, for the judge."""

from __future__ import annotations

import re
from collections.abc import Iterator

from symbackprop.reading.claims import equates, is_claim
from symbackprop.reading.documents import Formula

_ROLE = re.compile(r"(?::math:|\{math\})`([^`]{1,5000})`")
_RST = re.compile(r"^(?P<margin>[ \t]*)\.\.[ \t]+math::[ \t]*(?P<first>[^\n]*)$", re.MULTILINE)
_MYST = re.compile(
    r"^[ \t]*(?P<fence>`{3,}|~{3,}|:{3,})\{math\}[^\n]*\n(?P<body>.*?)^[ \t]*(?P=fence)[`~:]*[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
_OPTION = re.compile(r"[ \t]*:[\w-]+:[^\n]*(?:\n|\Z)")
_BLANK_LINE = re.compile(r"\n[ \t]*(?=\n|\Z)")


def formulas_in(text: str) -> list[Formula]:
    r"""The claims in ``math`` roles and directives, in order.

    >>> formulas_in("As :math:`z = w x`,\n\n.. math::\n   :label: a\n\n   a = f(z)\n\nwe see.")
    [Formula(text='z = w x', start=10, plain=False), Formula(text='a = f(z)', start=48, plain=False)]
    """
    found = [_formula(text, *role.span(1)) for role in _ROLE.finditer(text) if is_claim(role[1])]
    shown = (piece for start, end in _displays(text) for piece in _pieces(text, start, end))
    found += [formula for formula in shown if equates(formula.text)]
    return sorted(found, key=lambda formula: formula.start)


def _displays(text: str) -> Iterator[tuple[int, int]]:
    """Where the contents of directives begin and end, options and all."""
    for directive in _RST.finditer(text):
        if directive["first"]:
            yield directive.span("first")
        start = end = min(directive.end() + 1, len(text))
        for line in re.compile(r"[^\n]*(?:\n|\Z)").finditer(text, start):
            if line[0].strip() and len(line[0]) - len(line[0].lstrip()) <= len(directive["margin"]) or not line[0]:
                break
            end = line.end()
        yield start, end
    for directive in _MYST.finditer(text):
        yield directive.span("body")


def _pieces(text: str, start: int, end: int) -> Iterator[Formula]:
    """The formulas of a directive, which blank lines part, without its options."""
    while (option := _OPTION.match(text, start, end)) is not None:
        start = option.end()
    for blank in (*_BLANK_LINE.finditer(text, start, end), None):
        stop = blank.start() if blank else end
        if text[start:stop].strip():
            yield _formula(text, start, stop)
        start = blank.end() if blank else end


def _formula(text: str, start: int, end: int) -> Formula:
    body = text[start:end]
    return Formula(body.strip(), start + len(body) - len(body.lstrip()), False)
