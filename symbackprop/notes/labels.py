"""Labels that nothing else in a file has."""

from __future__ import annotations

import re
from collections.abc import Iterable

from symbackprop.render.formats.latex import anchor

_WRITTEN = re.compile(r"\\label\{(?:eq:)?([^{}\n]+)\}|\{#(?:eq-)?([\w:.-]+)|^[ \t>]*:label:[ \t]*(\S+)", re.MULTILINE)


class Labels:
    """Gives out the labels of one file, each once.

    >>> labels = Labels(["dC-dW0"])
    >>> labels.of("dW0"), labels.of("z1")
    ('dC-dW0-2', 'z1')
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)
        self.prefix = ""

    def of(self, name: str) -> str:
        """The label of what an equation is called, without the sign that a host puts before it."""
        wanted = self.prefix + (anchor(name) or "formula")
        label, number = wanted, 1
        while label in self.taken:
            number += 1
            label = f"{wanted}-{number}"
        self.taken.add(label)
        return label


def labels_in(text: str) -> list[str]:
    r"""The labels that stand in a text, in whichever host.

    >>> labels_in(r"\label{eq:loss} and $$x$$ {#eq-sum}")
    ['loss', 'sum']
    """
    return [next(filter(None, found)) for found in _WRITTEN.findall(text)]
