"""LaTeX for a TeX document: ``align`` environments with labels, and the reasons between them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from symbackprop.backward.derivation import Derivation
from symbackprop.render.formats import Format
from symbackprop.render.listing import Equation, Listing, Section, Telling, tell
from symbackprop.render.markup import LATEX
from symbackprop.render.sentences import in_dollars

ROWS = 40
"""An environment holds at most about so many rows: TeX and KaTeX slow down or fail on long ones."""

_SPECIAL = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    **{c: f"\\{c}" for c in "#$%&_{}"},
}  # fmt: skip


def render(derivation: Derivation, tellings: Sequence[Telling]) -> str:
    """A derivation as a fragment for ``\\input``; it ends without a stray space."""
    listings = [tell(derivation, telling, LATEX) for telling in tellings]
    return "\n\n".join(fragment(listing, number) for number, listing in enumerate(listings)) + "%\n"


def fragment(listing: Listing, number: int = 0) -> str:
    """A listing as comments, sentences and ``align`` environments."""
    suffix = f"-{number + 1}" if number else ""
    blocks = [f"% {_comment(listing.title)}"]
    for section in listing.sections:
        blocks += section_blocks(section, suffix)
    return "\n".join(blocks)


def section_blocks(section: Section, suffix: str) -> Iterator[str]:
    """The blocks of a section."""
    yield f"% {_comment(section.heading)}"
    yield from (in_dollars(remark, escaped) for remark in section.remarks)
    for equations in groups(section.equations):
        if equations[0].reason:
            yield f"{escaped(equations[0].heading)}: {in_dollars(equations[0].reason, escaped)}"
        yield environment("align", equations, lambda equation: f"eq:{anchor(equation.name)}{suffix}")


def groups(equations: Sequence[Equation]) -> Iterator[list[Equation]]:
    """The equations that share an environment: those without a reason, up to a number of rows."""
    group: list[Equation] = []
    rows = 0
    for equation in equations:
        if group and (equation.reason or group[-1].reason or rows >= ROWS):
            yield group
            group, rows = [], 0
        group.append(equation)
        rows += sum(map(len, equation.rights))
    if group:
        yield group


def environment(name: str, equations: Sequence[Equation], label: Callable[[Equation], str] | None = None) -> str:
    """Equations as one environment; each is labelled on its last row, the other rows are not numbered."""
    return f"\\begin{{{name}}}\n{rows_of(equations, label)}\n\\end{{{name}}}"


def rows_of(equations: Sequence[Equation], label: Callable[[Equation], str] | None = None) -> str:
    """Equations as the rows of an environment."""
    lines: list[str] = []
    for equation in equations:
        start = f"  {equation.left} &"
        for right in equation.rights:
            sign = right[0].sign or equation.relation
            for text, own_sign in right:
                lines.append(f"{start}{sign} {text}" if sign else rf"{start}\quad {own_sign} {text}")
                start, sign = "    &", ""
        if label is not None:
            first = len(lines) - sum(map(len, equation.rights))
            for unnumbered in range(first, len(lines) - 1):
                lines[unnumbered] += r" \notag"
            lines[-1] += rf" \label{{{label(equation)}}}"
    return " \\\\\n".join(lines)


def one_line(equation: Equation | None, last: bool = False) -> str | None:
    """An equation on one line, with all its right sides or the last one only."""
    if equation is None:
        return None
    rights = equation.rights[-1:] if last else equation.rights
    shown = equation.left
    for first, *more in rights:
        shown += f" {first.sign or equation.relation} {first.text}"
        shown += "".join(f" {row.sign} {row.text}" for row in more)
    return shown


def anchor(name: str) -> str:
    """A name for labels and links: ``dC-dW0``, ``z-k1``.

    >>> anchor("dW0"), anchor("z(k+1)")
    ('dC-dW0', 'z-k1')
    """
    stem = f"dC-{name}" if name.startswith("d") else name
    if name.isalnum():
        return stem
    return re.sub(r"\W+", "-", stem.replace("+", "")).strip("-")


def escaped(text: str) -> str:
    """Plain words as TeX sets them; what cannot be seen is a space.

    >>> escaped("50 % of $x_1")
    '50 \\\\% of \\\\$x\\\\_1'
    """
    text = re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+", " ", text)
    return "".join(_SPECIAL.get(character, character) for character in text)


def _comment(text: str) -> str:
    return " ".join(text.split())


FORMAT = Format("align environments with labels, for a TeX document", render)
