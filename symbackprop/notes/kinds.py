"""The kinds of files: which comments hold marks there, what is code there, and the dialect that fits."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from symbackprop.notes.comments import COMMENTS, Comment
from symbackprop.notes.shelters import in_markdown, in_rst, in_tex, nowhere


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: the ends of names it has, and how notes stand in it.

    ``comments`` are the names of the comments that may hold a mark; ``dialect`` is the dialect for the text of a file,
    or "" where the comment of a mark decides; ``hand`` is what a hand derivation in it is read as; ``shelter`` finds
    the lines that are code.
    """

    name: str
    suffixes: tuple[str, ...]
    comments: tuple[str, ...]
    dialect: Callable[[str], str]
    hand: str
    shelter: Callable[[Sequence[str]], set[int]]

    def signs(self) -> tuple[Comment, ...]:
        """The comments that may hold a mark."""
        return tuple(COMMENTS[name] for name in self.comments)


_SLIDES = re.compile(r"^[^%\n]*?(?:\\documentclass[^{}\n]*\{beamer\}|\\begin[ \t]*\{frame\})", re.MULTILINE)
_MYST = re.compile(r"^[ \t]*(?:`{3,}|:{3,})\{[\w:-]+\}", re.MULTILINE)

KINDS = (
    Kind("LaTeX", (".tex", ".ltx"), ("%",), lambda text: "beamer" if _SLIDES.search(text) else "latex", "tex", in_tex),
    Kind(
        "Markdown", (".md", ".markdown"), ("<!-- -->", "%"),
        lambda text: "myst" if _MYST.search(text) else "github", "md", in_markdown,
    ),
    Kind("MyST", (".myst",), ("<!-- -->", "%"), lambda text: "myst", "md", in_markdown),
    Kind("Quarto", (".qmd",), ("<!-- -->",), lambda text: "quarto", "md", in_markdown),
    Kind("R Markdown", (".rmd", ".pandoc"), ("<!-- -->",), lambda text: "pandoc", "md", in_markdown),
    Kind("reStructuredText", (".rst", ".rest"), ("..",), lambda text: "sphinx", "rst", in_rst),
    Kind("notebook", (".ipynb",), ("<!-- -->",), lambda text: "notebook", "md", in_markdown),
)  # fmt: skip
"""The kinds that are known by the ends of their names."""

OTHER = Kind("text", (), tuple(COMMENTS), lambda text: "", "txt", nowhere)
"""Any other text file, in which every comment may hold a mark."""


def kind_of(path: str) -> Kind:
    """The kind of a file by its name.

    >>> kind_of("lecture.qmd").name, kind_of("net.py").name
    ('Quarto', 'text')
    """
    suffix = PurePath(path).suffix.lower()
    return next((kind for kind in KINDS if suffix in kind.suffixes), OTHER)
