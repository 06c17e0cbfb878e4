"""Sentences with formulas in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Words(NamedTuple):
    """Plain words in a sentence."""

    text: str


class Formula(NamedTuple):
    """A formula in a sentence, already set."""

    text: str


Sentence = tuple[Words | Formula, ...]


def in_dollars(sentence: Sentence, escaped: Callable[[str], str] = str) -> str:
    """A sentence with its formulas in dollars and its words escaped.

    >>> in_dollars((Words("50 % of "), Formula("x")), lambda words: words.replace("%", "\\\\%"))
    '50 \\\\% of $x$'
    """
    return "".join(escaped(part.text) if isinstance(part, Words) else f"${part.text}$" for part in sentence)
