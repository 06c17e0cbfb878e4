r"""Where a formula ends that was opened by dollars, a bracket or an environment, or that it does not end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from symbackprop.reading import commands as tex
from symbackprop.reading.markup import BODY_ONLY, DISPLAYED, WORDS, environment_name

if TYPE_CHECKING:
    from symbackprop.reading.snippets import Scanner

_CLOSING = {"$": "$", "$$": "$$", "\\(": "\\)", "\\[": "\\]", "\\\\(": "\\\\)", "\\\\[": "\\\\]"}
_IN_PARAGRAPH = frozenset(["$", "$$", "\\(", "\\\\("])  # a blank line ends these in TeX
_INLINE = frozenset(["$", "\\(", "\\\\(", "math"])
_FAR = 5_000
_NO_WORDS = re.compile(
    r"(?:[^A-Za-z\\$]++|\\(?:text|mbox)\{[^{}]*+\}|\\(?!(?:text|mbox)\{)(?:[A-Za-z]++|.)|[A-Za-z]{1,2}(?![A-Za-z]))*",
    re.DOTALL,
)
_CLOSED = re.compile(r"[ \t\r]*+(?:\n[ \t\r]*+(?:\n|\Z)|\Z)")
_KNOWN = tex.ALIGNING | tex.CASES | tex.MATRICES


def find_end(scanner: Scanner, start: int, opener: str) -> None:
    """Keep the formula that begins at ``start`` with a sign or an environment, if it ends; the scanner goes on there.

    One that does not end is an error of the scanner, which goes on at the first place where another formula may begin.
    """
    text, end, inside = scanner.text, scanner.end, scanner.markup.inside
    body = at = scanner.at
    closing = _CLOSING.get(opener, "")
    opened: list[str] = []
    resume = end
    blanks = opener not in _IN_PARAGRAPH
    while at < end:
        scanner.step()
        match = inside.match(text, at, end)
        if match is None:
            break
        kind = match.lastgroup
        at = max(match.end(), at + 1)
        if kind is None:
            continue
        found, sign = match.start(kind), match[kind]
        if kind == "words":
            at = _words_end(scanner, at)
        elif kind == "definition":
            scanner.at = at
            scanner.define(found, sign)
            at = scanner.at
        elif kind == "blank":
            resume = min(resume, found)
            blanks = blanks or opener == "$$" and _goes_on(text, at, end)
            if not blanks:
                break
        elif kind == "begin":
            name = environment_name(sign)
            if name in DISPLAYED or name not in _KNOWN:
                resume = min(resume, found)
            if name in DISPLAYED and (not closing or any(other in DISPLAYED for other in opened)):
                break
            opened.append(name)
        elif kind == "end":
            name = environment_name(sign)
            if opened and (name in opened or name != opener):
                while opened.pop() != name and name in opened:
                    pass
            elif not closing and name in tex.ALIGNING:
                whole = opener not in BODY_ONLY or name != opener
                scanner.at = at
                scanner.keep_unquoted(start if whole else body, at if whole else found, opener not in _INLINE)
                return
            else:
                resume = min(resume, found)
                break
        elif kind == "doubled" and sign != closing:
            continue
        elif sign == closing or sign == "$$" and closing == "$":
            if opener == "$" and scanner.markup.money and not _closes(text, body, found, end):
                break
            scanner.at = found + len(closing)
            scanner.keep_unquoted(body, found, opener not in _INLINE)
            return
        else:
            resume = min(resume, at if sign in ("\\]", "\\)") or sign == "$" and closing == "$$" else found)
            break
    money = opener == "$" and scanner.markup.money
    scanner.at = body if money else max(resume, body)
    if money:
        scanner.lone += not text[body : body + 1].isdigit()
    else:
        shown = opener if closing else f"\\begin{{{opener}}}"
        wanted = closing or f"\\end{{{opener}}}"
        scanner.error("unclosed", f"this '{shown}' is never closed", start, start + len(shown), f"write {wanted}")


def _goes_on(text: str, at: int, end: int) -> bool:
    """Whether a formula in two dollars goes on after a blank line, though it may not: no words before the next two."""
    close = text.find("$$", at, min(end, at + _FAR))
    if close < 0 or not _NO_WORDS.fullmatch(text, at, close):
        return False
    return not text[at:close].isspace() or _CLOSED.match(text, close + 2, end) is not None


def _closes(text: str, body: int, at: int, end: int) -> bool:
    """Whether a dollar ends a formula, and is no money: no blank before it, no digit after it, no fence between."""
    return not text[at - 1].isspace() and not (at + 1 < end and text[at + 1].isdigit()) and "```" not in text[body:at]


def _words_end(scanner: Scanner, at: int) -> int:
    """Where words within a formula end, with the dollars in them: at the closing brace, or where there can be none."""
    depth = 1
    while depth and at < scanner.end:
        scanner.step()
        match = WORDS.match(scanner.text, at, scanner.end)
        if match is None:
            break
        if match.lastgroup == "stop":
            return match.start("stop")
        at = match.end()
        depth += {"open": 1, "close": -1}.get(match.lastgroup or "", 0)
    return at
