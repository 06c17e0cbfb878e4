"""The comments of the hosts, in which a mark stands on a line of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Comment:
    """A kind of comment: its signs, what may stand before it on the line, and the dialect it speaks for.

    ``opening`` is a pattern (``%%`` is a comment too), ``written`` the sign as the program writes it; ``before`` is a
    pattern; ``dialect`` is that of a file whose kind is not known.
    """

    name: str
    opening: str
    written: str
    closing: str = ""
    before: str = r"[ \t]*"
    dialect: str = "comment"

    def said(self, words: str) -> str:
        """The comment that says some words."""
        return f"{self.written} {words} {self.closing}".strip()


_QUOTED = r"[ \t]*(?:(?:>|[-*+]|\d{1,9}[.)])[ \t]+|>)*"
COMMENTS = {
    comment.name: comment
    for comment in (
        Comment("<!-- -->", "<!--", "<!--", "-->", _QUOTED, "github"),
        Comment("/* */", r"/\*", "/*", "*/"),
        Comment("%", "%+", "%", before=r"[ \t]*(?:>[ \t]?)*", dialect="latex"),
        Comment("..", r"\.\.", "..", dialect="sphinx"),
        Comment("#", "#+", "#"),
        Comment("//", "//+", "//"),
        Comment(";", ";+", ";"),
        Comment("--", "--+", "--"),
    )
}
"""The kinds of comments by name."""


class Said(NamedTuple):
    """What a comment says that stands alone on its line.

    ``before`` is what stands before the comment, ``words`` and ``start`` what is in it and where in the line it
    begins, ``after`` what follows it, or None where the comment does not end on its line.
    """

    comment: Comment
    before: str
    words: str
    start: int
    after: str | None


def said(line: str, comments: Sequence[Comment]) -> Said | None:
    """What the comment says that a line consists of; None where it consists of something else.

    >>> said("  % symbackprop: derive relu", [COMMENTS["%"]]).words
    'symbackprop: derive relu'
    """
    for comment in comments:
        found = _pattern(comment).match(line)
        if found is None:
            continue
        start, end, after = found.end(), len(line), ""
        if comment.closing:
            end = line.find(comment.closing, start)
            if end < 0:
                return Said(comment, found[1], line[start:].strip(), start, None)
            after = line[end + len(comment.closing) :].strip()
        words = line[start:end]
        return Said(comment, found[1], words.strip(), start + len(words) - len(words.lstrip()), after)
    return None


@lru_cache
def _pattern(comment: Comment) -> re.Pattern[str]:
    return re.compile(rf"({comment.before}){comment.opening}[ \t]*")
