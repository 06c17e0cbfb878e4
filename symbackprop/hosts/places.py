"""Where in its files the parts of a document stand that pandoc has read: as pandoc says, or as the files show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

_POSITION = re.compile(r"(?:(.*)@)?(\d+):\d+-")


class Places:
    """Finds the parts of a document in its files, in their order.

    >>> Places([]).of("derive relu", "notes.md@12:1-14:4", 1)
    'notes.md:13'
    """

    def __init__(self, files: Sequence[str]) -> None:
        self.lines = [(f"{name}:{number}", line) for name in files for number, line in enumerate(_lines(name), 1)]
        self.at = 0

    def of(self, text: str, position: str = "", below: int = 0) -> str:
        """File and line of a text, or of what is so many lines ``below`` its first; "" where nobody knows.

        ``position`` is what pandoc says of it (the extension ``sourcepos``).
        """
        if (found := _POSITION.match(position)) is not None:
            return f"{found[1] or '-'}:{int(found[2]) + below}"
        first = next((line.strip() for line in text.split("\n") if line.strip()), text)
        for number in range(self.at, len(self.lines)):
            if first in self.lines[number][1]:
                self.at = number
                return self.lines[min(number + below, len(self.lines) - 1)][0]
        return ""


def _lines(name: str) -> list[str]:
    try:
        return Path(name).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []  # pandoc has read it otherwise, from the network for one
