r"""The commands that an author defines in a file: where each definition ends, and all of them as one text of macros."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from symbackprop.reading.macros import read_macros
from symbackprop.reading.markup import BRACES
from symbackprop.reading.tokens import MAX_LENGTH
from symbackprop.vocabulary.errors import InputError

MAX_DEFINITION = 20_000
_NAME = re.compile(r"\*?\s{0,99}(?:\{[^{}]{0,99}\}|\\(?:[A-Za-z@]+|.))", re.DOTALL)
_PARAMETERS = re.compile(r"[#\d\s]{0,99}")
_OPTIONS = re.compile(r"(?:\s{0,99}\[[^\[\]]{0,299}\]){0,2}\s{0,99}")
_TOKEN = re.compile(r"\\(?:[A-Za-z]+|.)|[^{}\\]", re.DOTALL)
_GROUPS = re.compile(r"environment|DocumentCommand")


def definition_end(text: str, command: str, at: int, end: int, step: Callable[[], None]) -> int | None:
    r"""Where a definition ends whose command ends ``at``, or None where that cannot be told.

    >>> source = r"\newcommand{\pd}[2]{\frac{#1}{#2}} and more"
    >>> source[: definition_end(source, r"\newcommand", 11, len(source), lambda: None)]
    '\\newcommand{\\pd}[2]{\\frac{#1}{#2}}'
    """
    name = _NAME.match(text, at, end)
    if name is None:
        return None
    options = _PARAMETERS if command.endswith("def") else _OPTIONS
    reached: int | None = name.end()
    for _ in range(2 if _GROUPS.search(command) else 1):
        if reached is not None and (skipped := options.match(text, reached, end)) is not None:
            reached = argument_end(text, skipped.end(), end, step)
    return reached


def argument_end(text: str, at: int, end: int, step: Callable[[], None]) -> int | None:
    """Where the argument ends that begins here: a group in braces, or a single token."""
    if not text.startswith("{", at):
        token = _TOKEN.match(text, at, end)
        return token.end() if token else None
    limit, depth = min(end, at + MAX_DEFINITION), 0
    while at < limit:
        step()
        match = BRACES.match(text, at, limit)
        if match is None:
            return None
        at = max(match.end(), at + 1)
        depth += {"open": 1, "close": -1}.get(match.lastgroup or "", 0)
        if match.lastgroup == "close" and depth == 0:
            return at
    return None


def macros_of(definitions: Iterable[str]) -> tuple[str, list[str], dict[str, str]]:
    r"""The definitions that can be read as one text, remarks on the others, and the body of each name.

    >>> macros_of([r"\def\half{\frac12}", r"\newcommand{x}{y}", r"\gdef\half{0.5}"])[0]
    '\\def\\half{\\frac12}\n\\def\\half{0.5}'
    """
    kept: list[str] = []
    bodies: dict[str, str] = {}
    times: dict[str, int] = {}
    length = unread = 0
    for definition in definitions:
        written = re.sub(r"^\\[gex]def", r"\\def", definition)
        length += len(written) + 1
        try:
            macros = read_macros(written) if length <= MAX_LENGTH else {}
        except InputError:
            macros = {}
        if not macros:
            unread += 1
            continue
        kept.append(written)
        for name, macro in macros.items():
            times[name] = times.get(name, 0) + 1
            bodies[name] = written[macro.body[0].start : macro.body[-1].end] if macro.body else ""
    remarks = [f"{name} is defined {count} times; the last one is used" for name, count in times.items() if count > 1]
    if unread:
        remarks.append("1 definition could not be read" if unread == 1 else f"{unread} definitions could not be read")
    return "\n".join(kept), remarks, bodies
