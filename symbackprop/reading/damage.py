r"""Texts that came through a tool which doubled their backslashes, or whose end was cut off, mended at equal length.

Every mended text is as long as the one that was given, so that places stay right.
"""

from __future__ import annotations

import re

from symbackprop.reading import commands as tex
from symbackprop.reading.context import Warn
from symbackprop.vocabulary.errors import Place

_RUN = re.compile(r"(\\+)([A-Za-z]*)")
_ENVIRONMENT = re.compile(r"\\(begin|end)\s*\{([^{}]*)\}")


def mended(text: str, warnings: list[Warn]) -> str:
    """The text with single backslashes and without an opening that nothing closes; each change is a warning."""
    return opened(undoubled(text, warnings), warnings)


def undoubled(text: str, warnings: list[Warn]) -> str:
    r"""The text with one backslash for two, where every command in it has two.

    >>> undoubled(r"\\frac{x}{y} \\\\ z", []), undoubled(r"\frac{x}{y} \\frac", [])
    (' \\frac{x}{y}   \\\\ z', '\\frac{x}{y} \\\\frac')
    """
    if "\\\\" not in text:
        return text
    first = None
    fours = "\\\\\\\\" in text
    for run in _RUN.finditer(text):
        count, word = len(run[1]), run[2]
        if count % 2:
            return text
        if count == 2 and word:
            if f"\\{word}" not in tex.KNOWN:
                return text
            first = first or run
        elif count == 2 and not fours and text[run.end() : run.end() + 1] not in ",;:!{}|":
            continue
    if first is None:
        return text
    place = Place(text, *first.span())
    warnings.append(Warn("doubled-backslashes", "every command has two backslashes, and is read with one", place))

    def single(run: re.Match[str]) -> str:
        count = len(run[1])
        alone = count == 2 and not run[2] and text[run.end() : run.end() + 1] not in set(",;:!{}|")
        if alone and not fours:
            return run[0]  # the end of a row
        return " " * (count // 2) + "\\" * (count // 2) + run[2]

    return _RUN.sub(single, text)


def opened(text: str, warnings: list[Warn]) -> str:
    r"""The text without the opening of an alignment that is not closed before the text ends, as in an excerpt.

    >>> opened(r"\begin{align} a &= b \\", [])
    '              a &= b \\\\'
    """
    stack: list[re.Match[str]] = []
    for found in _ENVIRONMENT.finditer(text):
        if found[1] == "begin":
            stack.append(found)
        elif not stack or stack.pop()[2] != found[2]:
            return text
    if len(stack) != 1 or stack[0][2] not in tex.ALIGNING or text[: stack[0].start()].strip(" \n$&"):
        return text
    start, end = stack[0].span()
    columns = re.match(r"\s*\{[^{}]*\}", text[end:]) if stack[0][2] in tex.WITH_COLUMNS else None
    end += columns.end() if columns else 0
    message = f"\\begin{{{stack[0][2]}}} is not closed: the text seems to be cut off"
    warnings.append(Warn("cut-off", message, Place(text, start, end)))
    return text[:start] + " " * (end - start) + text[end:]
