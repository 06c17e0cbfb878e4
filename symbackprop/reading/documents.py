r"""The formulas of a file that a derivation was handed in as: TeX, Markdown, a notebook or plain text.

Only where the formulas stand is found here, and which of them claim something; they are read by ``read``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from symbackprop.reading.claims import equates, is_claim
from symbackprop.reading.commands import ALIGNING
from symbackprop.reading.definitions import macros_of
from symbackprop.reading.lines import find_lines, given_blocks
from symbackprop.reading.markup import MARKDOWN, NOTEBOOK, TEX
from symbackprop.reading.plain import is_plain
from symbackprop.reading.snippets import Scanner, unclosed_given
from symbackprop.vocabulary.errors import InputError, Place, unknown

MAX_CHARACTERS = 10_000_000
MAX_FORMULAS = 20_000
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
_DOCUMENT = re.compile(r"^[^%\n]*?\\begin[ \t]*\{document\}", re.MULTILINE)
_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(?:.*?\n)?(?:---|\.\.\.)[ \t]*\r?(?:\n|\Z)", re.DOTALL)
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_BRACKETS = r"|(?<!\\)\\[\[(]|\\begin\s*\{(?!d?cases|\w{0,5}matrix)"
_TEX_MATH = re.compile(rf"(?<!\\)\${_BRACKETS}")
_MATH = re.compile(rf"\$\$|(?<!\\)\$(?!\s)[^$]{{1,2000}}+(?<!\s)\$(?!\d){_BRACKETS}|^[ \t>]*```math", re.MULTILINE)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Formula:
    """One formula as it is written (``text``), where it begins, and whether it is plain text rather than LaTeX."""

    text: str
    start: int
    plain: bool


@dataclass(frozen=True, slots=True)
class HandIn:
    """What was found in a file: the claims and the given equations in order, the author's commands, what went wrong.

    ``text`` is what ``start`` counts in: the file, or of a notebook the text of its Markdown cells.
    """

    formulas: tuple[Formula, ...]
    given: tuple[Formula, ...]
    macros: str
    remarks: tuple[str, ...] = ()
    text: str = ""
    errors: tuple[InputError, ...] = ()


def find_formulas(text: str, kind: str) -> HandIn:
    r"""The formulas in the text of a whole file; ``kind`` is tex, md, txt or ipynb.

    Raises ``InputError``: not-text, too-long, not-a-notebook, unclosed-given. A formula that is not closed is no
    reason to give up on the others: it is among the ``errors`` of what was found.

    >>> find_formulas(r"With $n = 2$ units, $z = w x$ and \[ a = f(z). \]", "tex").formulas
    (Formula(text='z = w x', start=21, plain=False), Formula(text='a = f(z).', start=37, plain=False))
    """
    if kind not in _KINDS:
        raise unknown("kind", kind, _KINDS)
    _check(text)
    if not text.strip():
        return HandIn((), (), "", text=text)
    return _KINDS[kind](text)


def _check(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        message = f"{len(text)} characters; at most {MAX_CHARACTERS} can be read"
        raise InputError("too-long", message, Place(text[:80], 0, 1))
    nul = text.find("\0")
    controls = list(_CONTROL.finditer(text, 0, 10_000)) if nul < 0 else []
    if nul >= 0 or len(controls) * 20 > min(len(text), 10_000):
        start = nul if nul >= 0 else controls[0].start()
        raise InputError("not-text", "this is no text", Place(text, start, start + 1), "save it as text, in UTF-8")


def _tex(text: str) -> HandIn:
    scanner = Scanner(text, TEX)
    opening = _DOCUMENT.search(text)
    start = opening.end() if opening is not None else 0
    if opening is not None:
        scanner.scan(0, start)
        scanner.snippets = [snippet for snippet in scanner.snippets if snippet.given]
        scanner.errors.clear()
    scanner.scan(start, len(text))
    if opening is not None or _TEX_MATH.search(_COMMENT.sub("", text)):
        return _found(scanner)
    return _lines(scanner, is_plain)


def _markdown(text: str) -> HandIn:
    scanner = Scanner(text, MARKDOWN)
    front = _FRONT_MATTER.match(text)
    scanner.scan(front.end() if front else 0, len(text))
    return _found(scanner)


def _plain_text(text: str) -> HandIn:
    mathematical = _MATH.search(text) is not None
    scanner = Scanner(text, NOTEBOOK if mathematical else TEX)
    scanner.scan(0, len(text))
    if not mathematical:
        return _lines(scanner, lambda formula: not any(sign in formula for sign in "\\{}$&"))
    blocks, errors = given_blocks(text)
    scanner.errors.extend(errors)
    block = 0
    for number, snippet in enumerate(scanner.snippets):
        while block < len(blocks) and blocks[block][1] <= snippet.start:
            block += 1
        if block < len(blocks) and blocks[block][0] <= snippet.start:
            scanner.snippets[number] = replace(snippet, given=True)
    return _found(scanner)


def _notebook(text: str) -> HandIn:
    cells = _markdown_cells(text)
    joined = "\n\n".join(cells)
    _check(joined)
    scanner = Scanner(joined, NOTEBOOK)
    start = 0
    for cell in cells:
        scanner.scan(start, start + len(cell))
        start += len(cell) + 2
    return _found(scanner)


def _markdown_cells(text: str) -> list[str]:
    """The text of each Markdown cell of a notebook."""
    hint = "a notebook is a file that Jupyter has saved"
    try:
        notebook = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        place = Place(text, error.pos, error.pos + 1)
        raise InputError("not-a-notebook", f"this is no JSON: {error.msg}", place, hint) from None
    except (ValueError, RecursionError):
        raise InputError("not-a-notebook", "this is no JSON of a notebook", Place(text, 0, 1), hint) from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not cells or not all(isinstance(cell, dict) for cell in cells):
        raise InputError("not-a-notebook", "there are no cells here", Place(text, 0, 1), hint)
    written = [cell.get("source") for cell in cells if cell.get("cell_type") == "markdown"]
    sources = ["".join(map(str, source)) if isinstance(source, list) else str(source or "") for source in written]
    return [_SURROGATE.sub("\ufffd", source) for source in sources]


def _found(scanner: Scanner) -> HandIn:
    """What a scanner has found, claims told from what only stands between them."""
    if scanner.given is not None:
        raise unclosed_given(scanner.text, scanner.given)
    macros, remarks, bodies = _macros(scanner)
    relations = [name for name, body in bodies.items() if equates(body)]
    kept: list[tuple[Formula, bool]] = []
    conditions = shown = 0
    for snippet in scanner.snippets:
        written = scanner.text[snippet.start : snippet.end]
        if snippet.display and equates(written, relations) or not snippet.display and is_claim(written, relations):
            kept.append((Formula(written, snippet.start, False), snippet.given))
        elif snippet.display:
            shown += 1
        elif equates(written, relations):
            conditions += 1
    remarks += [
        *_counted(scanner.empty, "1 empty formula was skipped", "{} empty formulas were skipped"),
        *_counted(shown, "1 displayed formula equates nothing", "{} displayed formulas equate nothing"),
        *_counted(
            conditions,
            "1 condition, range or value within a sentence is no claim",
            "{} conditions, ranges or values within sentences are no claims",
        ),
        *_counted(
            scanner.spaced,
            "1 formula with blanks inside of its dollars was skipped",
            "{} formulas with blanks inside of their dollars were skipped",
        ),
        *_counted(
            scanner.lone,
            "1 dollar has no other that would end a formula",
            "{} dollars have no other that would end a formula",
        ),
        *_counted(scanner.untold, "1 more error is not listed", "{} more errors are not listed"),
    ]
    return _handed_in(scanner.text, kept, macros, remarks, scanner.errors)


def _lines(scanner: Scanner, plain: Callable[[str], bool]) -> HandIn:
    """The formulas on lines of their own, of a text in which a scanner has found definitions only."""
    text = scanner.text
    macros, remarks, _ = _macros(scanner)
    lines = find_lines(text, scanner.definitions)
    lines.errors += [error for error in scanner.errors if error.code == "unclosed"]
    kept: list[tuple[Formula, bool]] = []
    for snippet in lines.snippets:
        written = text[snippet.start : snippet.end]
        kept.append((Formula(written, snippet.start, plain(written)), snippet.given))
    if lines.prose:
        first = text.count("\n", 0, lines.prose[0]) + 1
        remarks += _counted(
            len(lines.prose), f"line {first} is prose", f"{{}} lines are prose, the first of them line {first}"
        )
    return _handed_in(text, kept, macros, remarks, lines.errors)


def _macros(scanner: Scanner) -> tuple[str, list[str], dict[str, str]]:
    macros, remarks, bodies = macros_of(scanner.text[start:end] for start, end in scanner.definitions)
    for name, body in bodies.items():
        if any(f"\\begin{{{environment}}}" in body for environment in ALIGNING):
            remarks.append(f"formulas that {name} begins are not looked for")
    return macros, remarks, bodies


def _handed_in(
    text: str, kept: list[tuple[Formula, bool]], macros: str, remarks: list[str], errors: list[InputError]
) -> HandIn:
    if len(kept) > MAX_FORMULAS:
        beyond = kept[MAX_FORMULAS][0].start
        message = f"more than {MAX_FORMULAS} formulas in one file"
        raise InputError("too-long", message, Place(text, beyond, beyond + 1), "split it into several")
    claims = tuple(formula for formula, given in kept if not given)
    given = tuple(formula for formula, given in kept if given)
    return HandIn(claims, given, macros, tuple(remarks), text, tuple(errors))


def _counted(number: int, one: str, many: str) -> list[str]:
    return [one] if number == 1 else [many.format(number)] if number else []


_KINDS: dict[str, Callable[[str], HandIn]] = {"tex": _tex, "md": _markdown, "txt": _plain_text, "ipynb": _notebook}
