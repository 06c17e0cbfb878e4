"""A complete LaTeX article."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symbackprop.backward.derivation import Derivation
from symbackprop.render.formats import Format
from symbackprop.render.formats.latex import anchor, environment, escaped, groups
from symbackprop.render.listing import Equation, Section, Telling, tell
from symbackprop.render.markup import LATEX
from symbackprop.render.sentences import in_dollars
from symbackprop.render.setting import Setter
from symbackprop.render.symbols import symbols
from symbackprop.render.text import SPELLED, TEXT

_PREAMBLE = r"""\documentclass[a4paper,11pt]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage{lmodern}
\usepackage{amsmath,amssymb}
\usepackage[margin=2.5cm]{geometry}
\IfFileExists{microtype.sty}{\usepackage{microtype}}{}
\usepackage[hidelinks]{hyperref}
\allowdisplaybreaks[1]
\raggedbottom
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.8ex plus 0.3ex}
\setlength{\emergencystretch}{3em}
% A page ends here rather than a few lines further down.
\newcommand{\room}{\par\vskip0pt plus7\baselineskip\penalty-100\vskip0pt plus-7\baselineskip
  \vskip7\baselineskip\penalty9999\vskip-7\baselineskip\vskip0pt\relax}
"""

LATIN = 0x7F
"""The last character that every TeX sets."""

SIZES = ((78, ""), (86, r"\small"), (96, r"\footnotesize"), (110, r"\scriptsize"), (10**9, r"\tiny"))
"""The type for rows of so many columns as text: what cannot be broken is set smaller."""


def render(derivation: Derivation, tellings: Sequence[Telling]) -> str:
    """A derivation as a document that pdflatex compiles as it is."""
    title = escaped(tell(derivation, tellings[0], TEXT).title)
    lines = [rf"\hypersetup{{pdftitle={{{title}}}}}", r"\begin{document}", r"\begin{center}"]
    shown = title.replace("->", r"$\to$")
    lines += [rf"{{\LARGE\bfseries {shown}\par}}", r"\medskip"]
    lines += [rf"{{\itshape In the notation of {escaped(_sources(tellings))}.\par}}", r"\end{center}"]
    several = len(tellings) > 1
    for number, telling in enumerate(tellings):
        listing, ruler = (tell(derivation, telling, markup) for markup in (LATEX, TEXT))
        if several:
            lines.append(rf"\section{{{escaped(telling.notation.title)}}}")
        heading = rf"\{'subsection' if several else 'section'}*"
        if telling.show == "steps":
            lines += [f"{heading}{{Symbols}}", *_table(derivation, telling)]
        for section, ruled in zip(listing.sections, ruler.sections, strict=True):
            lines.append(rf"\room{heading}{{{escaped(section.heading)}}}")
            lines += _section(section, ruled, f"-{number + 1}" if number else "")
    text = "\n".join([*lines, r"\end{document}"]) + "\n"
    return "".join([_PREAMBLE, *_letters(text), text])


def _letters(text: str) -> Iterator[str]:
    """What TeX does at characters of a text that its fonts do not have: a Greek letter is set, another is numbered."""
    for character in sorted({c for c in text if ord(c) > LATIN}):
        spelled = SPELLED.get(character)
        shown = rf"\ensuremath{{{spelled}}}" if spelled else rf"\texttt{{U+{ord(character):04X}}}"
        yield (
            rf"\ifcsname u8:\detokenize{{{character}}}\endcsname\else"
            rf"\DeclareUnicodeCharacter{{{ord(character):04X}}}{{\texorpdfstring{{{shown}}}{{?}}}}\fi" + "\n"
        )


def _sources(tellings: Sequence[Telling]) -> str:
    return " and of ".join(dict.fromkeys(telling.notation.title for telling in tellings))


def _table(derivation: Derivation, telling: Telling) -> Iterator[str]:
    """What the letters stand for."""
    yield r"\begin{tabular}{@{}l@{\qquad}l@{}}"
    for entry in symbols(derivation.network, Setter(derivation.network, telling.notation, LATEX)):
        shown = ", ".join(f"${symbol}$" if symbol else r"\dots" for symbol in entry.symbols)
        yield rf"  {shown} & {entry.meaning} \\"
    yield r"\end{tabular}"


def _section(section: Section, ruled: Section, suffix: str) -> Iterator[str]:
    """The sentences and displays of a section."""
    widths = {equation.name: _columns(equation) for equation in ruled.equations}
    for remark in section.remarks:
        yield rf"{in_dollars(remark, escaped)}\par"
    for number, equations in enumerate(groups(section.equations)):
        first = equations[0]
        if first.reason:
            room = r"\room" if number else ""
            yield rf"{room}\textbf{{{escaped(first.heading)}:}} {in_dollars(first.reason, escaped)}"
        display = environment("align", equations, lambda equation: f"eq:{anchor(equation.name)}{suffix}")
        width = max(widths.get(equation.name, 0) for equation in equations)
        size = next(size for widest, size in SIZES if width <= widest)
        yield f"\\begingroup{size}\n{display}\n\\endgroup" if size else display


def _columns(equation: Equation) -> int:
    """How wide an equation is as text."""
    return len(equation.left) + max((len(row.text) for right in equation.rights for row in right), default=0)


FORMAT = Format("a complete article for pdflatex", render)
