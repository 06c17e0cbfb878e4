"""A complete LaTeX article."""

from __future__ import annotations

from collections.abc import Sequence

from symbackprop.backward.derivation import Derivation
from symbackprop.render.formats import Format
from symbackprop.render.formats.latex import escaped, section_blocks
from symbackprop.render.listing import Telling, tell
from symbackprop.render.markup import LATEX

_PREAMBLE = r"""\documentclass[a4paper,11pt]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage{lmodern}
\usepackage{amsmath,amssymb}
\usepackage[margin=2.5cm]{geometry}
\usepackage[hidelinks]{hyperref}
\allowdisplaybreaks
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.6ex}
"""


def render(derivation: Derivation, tellings: Sequence[Telling]) -> str:
    """A derivation as a document that pdflatex compiles as it is."""
    listings = [tell(derivation, telling, LATEX) for telling in tellings]
    lines = [_PREAMBLE, rf"\title{{{escaped(listings[0].title)}}}", r"\author{}", r"\date{}"]
    lines += [r"\begin{document}", r"\maketitle"]
    for number, (listing, telling) in enumerate(zip(listings, tellings, strict=True)):
        if len(tellings) > 1:
            lines.append(rf"\section{{{escaped(telling.notation.title)}}}")
        for section in listing.sections:
            heading = "subsection" if len(tellings) > 1 else "section"
            lines.append(rf"\{heading}*{{{escaped(section.heading)}}}")
            lines += list(section_blocks(section, f"-{number + 1}" if number else ""))[1:]
    return "\n".join([*lines, r"\end{document}"]) + "\n"


FORMAT = Format("a complete article for pdflatex", render)
