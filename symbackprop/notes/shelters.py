r"""Which lines of a file are shown as they stand: code in Markdown, ``verbatim`` in TeX, literal blocks in rst.

What looks like a mark there is an example of one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_FENCE = re.compile(r"(?P<before>[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)(?P<run>`{3,}|~{3,})(?P<info>[^\r\n]*)")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$)")
_DIRECTIVE = re.compile(r"\{([\w:-]+)\}")
PROSE = frozenset(
    "admonition attention caution danger error hint important note seealso tip warning margin sidebar topic dropdown "
    "card grid tab-set tab-item theorem proof prf:theorem prf:proof prf:lemma prf:example prf:definition prf:remark "
    "prf:corollary prf:proposition exercise solution epigraph container".split()
)
"""MyST directives that hold text; what the others hold is not read as Markdown."""


def in_markdown(lines: Sequence[str]) -> set[int]:
    """The lines of Markdown that are code: in a fence, or indented by four columns more than the text around them."""
    return _markdown(lines)[0]


def open_directives(lines: Sequence[str]) -> list[str]:
    """The fences of the MyST directives that are still open after some lines.

    >>> open_directives(["````{note}", "Text.", ""])
    ['````']
    """
    return _markdown(lines)[1]


def _markdown(lines: Sequence[str]) -> tuple[set[int], list[str]]:
    code: set[int] = set()
    fences: list[str] = []  # the directives that are open, and the fence of code in them
    literal = False
    margin = 0
    blank, indented = True, False
    for number, line in enumerate(lines):
        bare = line.lstrip(" \t>")
        if literal:
            code.add(number)
            if _closes(bare, fences[-1]):
                fences.pop()
                literal = False
            continue
        if not bare.strip():
            blank = True
            continue
        column = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
        if column < margin and (blank or _ITEM.match(line)):
            margin = 0 if not _ITEM.match(line) else min(margin, column)
        if column >= margin + 4 and (blank or indented):
            code.add(number)
            blank, indented = False, True
            continue
        blank, indented = False, False
        if fences and _closes(bare, fences[-1]):
            fences.pop()
            continue
        if (item := _ITEM.match(line)) is not None and column <= margin + 3:
            margin = len(item[0].expandtabs(4))
        opening = _FENCE.match(line)
        if opening is not None and not (opening["run"][0] == "`" and "`" in opening["info"]):
            fences.append(opening["run"])
            directive = _DIRECTIVE.match(opening["info"].strip())
            literal = directive is None or directive[1] not in PROSE
            if literal:
                code.add(number)
    return code, fences


def _closes(bare: str, run: str) -> bool:
    stripped = bare.rstrip()
    return len(stripped) >= len(run) and set(stripped) == {run[0]}


_VERBATIM = re.compile(
    r"(?<!\\)(?:%.*|\\begin[ \t]*\{((?:[BL]?[vV]erbatim|lstlisting|comment|filecontents|alltt|minted|tcblisting)\*?)\})"
)


def in_tex(lines: Sequence[str]) -> set[int]:
    """The lines of TeX that are verbatim, or that are not set at all."""
    code: set[int] = set()
    name = ""
    for number, line in enumerate(lines):
        if name:
            code.add(number)
            if f"\\end{{{name}}}" in line:
                name = ""
            continue
        found = _VERBATIM.search(line)
        if found is not None and found[1] and f"\\end{{{found[1]}}}" not in line[found.end() :]:
            name = found[1]
    return code


_LITERAL = re.compile(
    r"\.\. +(?:code-block|code|sourcecode|parsed-literal|literalinclude|prompt|raw|highlight|math|doctest|testcode)::"
)


def in_rst(lines: Sequence[str]) -> set[int]:
    """The lines of reStructuredText that are literal: indented below a paragraph that ends in ``::``, or code."""
    code: set[int] = set()
    margin = -1
    for number, line in enumerate(lines):
        stripped = line.strip()
        if not stripped:
            continue
        column = len(line) - len(line.lstrip())
        if margin >= 0 and column > margin:
            code.add(number)
            continue
        margin = -1
        if _LITERAL.match(stripped) or stripped.endswith("::") and not stripped.startswith(".. "):
            margin = column
    return code


def nowhere(lines: Sequence[str]) -> set[int]:
    """No line of a file of which nothing is known."""
    return set()
