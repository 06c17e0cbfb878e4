"""Markdown with formulas in dollars and fenced ``math`` blocks, which GitHub passes on untouched."""

from __future__ import annotations

import re
from collections.abc import Sequence

from symbackprop.backward.derivation import Derivation
from symbackprop.render.formats import Format
from symbackprop.render.formats.latex import environment, groups
from symbackprop.render.listing import Telling, tell
from symbackprop.render.markup import LATEX
from symbackprop.render.sentences import in_dollars


def render(derivation: Derivation, tellings: Sequence[Telling]) -> str:
    """A derivation as Markdown."""
    blocks: list[str] = []
    for telling in tellings:
        listing = tell(derivation, telling, LATEX)
        if not blocks:
            blocks.append(f"# {escaped(listing.title)}")
        if len(tellings) > 1:
            blocks.append(f"# {escaped(telling.notation.title)}")
        for section in listing.sections:
            blocks.append(f"## {section.heading}")
            blocks += [in_dollars(remark, escaped) for remark in section.remarks]
            for equations in groups(section.equations):
                if equations[0].reason:
                    blocks.append(f"**{equations[0].heading}**: {in_dollars(equations[0].reason, escaped)}")
                blocks.append(f"```math\n{environment('aligned', equations)}\n```")
    return "\n\n".join(blocks) + "\n"


def escaped(text: str) -> str:
    """Plain words with what Markdown would take for a sign of its own escaped."""
    return re.sub(r"[\\`*_\[\]<>#$]", r"\\\g<0>", " ".join(text.split()) if "\n" in text else text)


FORMAT = Format("Markdown with math blocks, for GitHub, pandoc and notebooks", render)
