"""A derivation as it flows in a text: headings, sentences and displays, one after another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from symbackprop.backward.derivation import Derivation
from symbackprop.notes.dialects import Spot
from symbackprop.render.formats import find
from symbackprop.render.formats.latex import environment
from symbackprop.render.listing import Equation, Telling, tell
from symbackprop.render.markup import LATEX
from symbackprop.render.outline import Display, Heading, outline
from symbackprop.render.sentences import Sentence, Words

Displayed = Callable[[Sequence[Equation], str, Spot], str]
"""Sets equations below one another; the string is what they are called together."""


@dataclass(frozen=True)
class Flow:
    """How the parts are set: words, a formula among them, a heading, a display; and what stands between the parts.

    ``split`` gives every result a display, and so a label, of its own.
    """

    words: Callable[[str], str]
    formula: Callable[[str], str]
    heading: Callable[[str], str]
    display: Displayed
    between: str = "\n\n"
    split: bool = False

    def __call__(self, derivation: Derivation, tellings: Sequence[Telling], spot: Spot) -> str:
        """A derivation, told in one or more notations."""
        return self.between.join(self.parts(derivation, tellings, spot))

    def parts(self, derivation: Derivation, tellings: Sequence[Telling], spot: Spot) -> Iterator[str]:
        """The parts in order."""
        for part in outline(derivation, tellings, self.split):
            if isinstance(part, Heading):
                yield self.heading(part.text)
            elif isinstance(part, Display):
                yield self.display(part.equations, part.name, spot)
            else:
                yield self.sentence(part)

    def sentence(self, sentence: Sentence) -> str:
        """A sentence."""
        return "".join(self.words(p.text) if isinstance(p, Words) else self.formula(p.text) for p in sentence)


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
        equation._replace(reason=())
        for telling in tellings
        for section in tell(derivation, telling, LATEX).sections
        for equation in section.equations
    ]
    return aligned(equations) + "%"
