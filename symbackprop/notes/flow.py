"""A derivation as it flows in a text: headings, sentences and displays, one after another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from symbackprop.backward.derivation import Derivation
from symbackprop.notes.dialects import Spot
from symbackprop.render.formats import find
from symbackprop.render.formats.latex import environment, groups
from symbackprop.render.listing import Equation, Section, Telling, tell
from symbackprop.render.markup import LATEX
from symbackprop.render.sentences import Sentence, Words

Display = Callable[[Sequence[Equation], str, Spot], str]
"""Sets equations below one another; the string is what they are called together."""


@dataclass(frozen=True)
class Flow:
    """How the parts are set: words, a formula among them, a heading, a display; and what stands between the parts.

    ``split`` gives every result a display, and so a label, of its own.
    """

    words: Callable[[str], str]
    formula: Callable[[str], str]
    heading: Callable[[str], str]
    display: Display
    between: str = "\n\n"
    split: bool = False

    def __call__(self, derivation: Derivation, tellings: Sequence[Telling], spot: Spot) -> str:
        """A derivation, told in one or more notations."""
        return self.between.join(self.parts(derivation, tellings, spot))

    def parts(self, derivation: Derivation, tellings: Sequence[Telling], spot: Spot) -> Iterator[str]:
        """The parts in order."""
        for telling in tellings:
            sections = tell(derivation, telling, LATEX).sections
            if len(tellings) > 1:
                yield self.heading(telling.notation.title)
            for section in sections:
                if len(sections) > 1:
                    yield self.heading(section.heading)
                yield from self.section(section, spot)

    def section(self, section: Section, spot: Spot) -> Iterator[str]:
        """The parts of a section."""
        yield from map(self.sentence, section.remarks)
        for equations in self.grouped(section.equations):
            first = equations[0]
            if first.reason:
                yield self.sentence((Words(f"{first.heading}: "), *first.reason))
            alone = len(equations) == 1 and is_result(first)
            yield self.display(equations, first.name if alone else section.heading.lower(), spot)

    def grouped(self, equations: Sequence[Equation]) -> Iterator[Sequence[Equation]]:
        """The equations that share a display."""
        for group in groups(equations):
            if self.split and any(map(is_result, group)):
                yield from ([equation] for equation in group)
            else:
                yield group

    def sentence(self, sentence: Sentence) -> str:
        """A sentence."""
        return "".join(self.words(p.text) if isinstance(p, Words) else self.formula(p.text) for p in sentence)


def is_result(equation: Equation) -> bool:
    """Whether an equation is one that texts refer to: a gradient or an update."""
    return equation.name.startswith(("d", "update-"))


def aligned(equations: Sequence[Equation]) -> str:
    """Equations as one ``aligned``."""
    return environment("aligned", equations)


def escaped(text: str) -> str:
    r"""Words with every sign escaped that a kind of Markdown takes for its own.

    >>> escaped("n -> m, W_1")
    'n -\\> m, W\\_1'
    """
    return re.sub(r"[\\`*_\[\]<>#$~^@|{}]", r"\\\g<0>", " ".join(text.split(" ")))


def strong(text: str) -> str:
    """A heading that is none in the contents of a document: a line of its own in bold."""
    return f"**{escaped(text)}.**"


def fenced_text(derivation: Derivation, tellings: Sequence[Telling], spot: Spot) -> str:
    """A derivation as text, in a fence."""
    return f"```text\n{find('text').render(derivation, tellings)}```"


def one_aligned(derivation: Derivation, tellings: Sequence[Telling], spot: Spot) -> str:
    """All equations as one ``aligned``, for a display that the author opens and closes."""
    equations = [
        replace(equation, reason=())
        for telling in tellings
        for section in tell(derivation, telling, LATEX).sections
        for equation in section.equations
    ]
    return aligned(equations) + "%"
