r"""Formulas in a text without signs of mathematics, one a line: told from prose, and joined where a line goes on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise

from symbackprop.reading.claims import equates
from symbackprop.reading.snippets import MAX_ERRORS, ROW_END, Snippet, unclosed_given
from symbackprop.reading.tokens import MAX_LENGTH
from symbackprop.vocabulary.errors import InputError, Place

MAX_LINES = 100_000

_EQUATING = (
    r"[=≈≡←≔＝≃≅≜]|<-|\\(?:approx|simeq|equiv|cong|(?:long)?leftarrow|gets|coloneqq?|triangleq|doteq)(?![A-Za-z])"
)
_RELATION = rf"(?:{_EQUATING}|:=)"
_PRODUCT = r"(?:[*/·⋅×⊙∘]|\\(?:cdot|times|odot|circ|ast)(?![A-Za-z]))"
_INTERESTING = re.compile(rf"^[ \t\ufeff]*+(?=[^\n]*?(?:{_EQUATING})|[+−\-]|{_PRODUCT})(?P<line>[^\n]*+)", re.MULTILINE)
_MARKER = re.compile(
    r"^[ \t\ufeff]*+(?i:(?:[#%]+[ \t]*(?:(?P<open>given)|(?P<close>/[ \t]*given|end[ \t]+given))[ \t]*:?[ \t\r]*$)"
    r"|(?P<until>given[ \t]*:))",
    re.MULTILINE,
)
_BLANK = re.compile(r"\n[ \t\r]*\n")
_STARTS_RELATED = re.compile(rf"{_RELATION}|&\s*{_RELATION}")
_SIGNED = re.compile(r"[+\-−]")
_STARTS_PRODUCT = re.compile(_PRODUCT)
_UNFINISHED = re.compile(rf"(?:{_RELATION}|[+\-−]|{_PRODUCT})(?:\s|\\\\|&)*\Z")
_NEXT_LINE = re.compile(r"\s*\n[ \t]*([^\s#%][^\n]*)")
_COMMENTS = re.compile(r"(?:\s|\\\\|[#%][^\n]*+)+")
_GAP = re.compile(r"[\s\\]+")
_LABEL = re.compile(r"(?:\(?\d{1,3}[.)]|\(\d{1,3}(?:\.\d{1,3})?\)|[a-z]\)|\([a-z]\)|[•‣–]|\*(?!\*))\s+")
_HEADING = re.compile(r"[A-Za-z][^=:<≈≡←\\]{0,80}:\s+(?!=)")
_CONNECTIVE = re.compile(
    r"(?i:so|then|thus|hence|therefore|and|or|now|finally|also|next|i\.e\.|first|second|third)[,:]?\s+(?=\S)"
)
_CONDITION = re.compile(r"[,\s]\(?(?:if|for|when|where|with|since|because)\s")
_WORD = re.compile(r"(?<![\\\w^{(\[])[^\W\d_]{2,}(?![\w(\[{^])")
_IN_WORDS = re.compile(r"\\(?:text|mbox|textrm|mathrm)\s*\{[^{}]*\}|\{\\(?:rm|it|sf|tt)\b[^{}]*\}")
_STRANGE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}")
_ENGLISH = frozenset(
    "the is are was be of in on to by from that this these those we you it its he let where which when while if for "
    "with as at an and or not but so then thus hence since because therefore have has had get gets use using used "
    "can will would should may must do does solution exercise answer question derivative gradient find compute show "
    "given note proof only also both each all any some there here into than our my your what how".split()
)
_NAMES = frozenset(
    "relu sigmoid tanh softmax exp log ln max min sum prod step sign sgn diag sin cos sqrt abs grad partial nabla "
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi psi omega loss cost "
    "error hat dot transpose heaviside".split()
)


@dataclass(slots=True, eq=False)
class Lines:
    """What was found in the lines of a text."""

    snippets: list[Snippet] = field(default_factory=list)
    errors: list[InputError] = field(default_factory=list)
    prose: list[int] = field(default_factory=list)  # where lines of prose begin that hold a relation

    def error(self, code: str, message: str, text: str, start: int, hint: str | None = None) -> None:
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(InputError(code, message, Place(text, start, start + 1), hint))


def given_blocks(text: str) -> tuple[list[tuple[int, int]], list[InputError]]:
    r"""The stretches between ``# given`` and ``# /given``, and between ``given:`` and a blank line; with what is wrong.

    >>> given_blocks("given: z = w*x\n\ndC/dw = x")
    ([(6, 14)], [])
    """
    blocks: list[tuple[int, int]] = []
    errors: list[InputError] = []
    opened: re.Match[str] | None = None
    until = 0
    for match in _MARKER.finditer(text):
        if match["open"] is not None:
            if opened is not None:
                raise unclosed_given(text, opened.start())
            opened = match
        elif match["close"] is not None and opened is not None:
            blocks.append((opened.end(), match.start()))
            opened, until = None, match.end()
        elif match["close"] is not None and len(errors) < MAX_ERRORS:
            place = Place(text, match.start(), match.end())
            errors.append(InputError("unbalanced", "this ends a block of givens that was never opened", place))
        elif match["until"] is not None and opened is None and match.start() >= until:
            blank = _BLANK.search(text, match.end())
            until = blank.start() if blank else len(text)
            blocks.append((match.end(), until))
        if len(blocks) > MAX_LINES:
            raise InputError("too-long", "too many blocks of givens for one file", Place(text, until, until + 1))
    if opened is not None:
        raise unclosed_given(text, opened.start())
    return blocks, errors


def find_lines(text: str, skipped: list[tuple[int, int]]) -> Lines:
    r"""The formulas of a text that stand on lines of their own, apart from what is skipped (in order).

    >>> text = "Solution to exercise 3:\n\ndC/dw = (r - y)\n       * x\n"
    >>> [text[snippet.start : snippet.end] for snippet in find_lines(text, []).snippets]
    ['dC/dw = (r - y)\n       * x']
    """
    blocks, errors = given_blocks(text)
    lines = Lines(errors=errors)
    block = passed = steps = at = 0
    while (match := _INTERESTING.search(text, at)) is not None:
        steps += 1
        start, stop = match.span("line")
        if steps > MAX_LINES:
            raise InputError("too-long", "too many lines for one file", Place(text, start, start + 1), "split it")
        while passed < len(skipped) and skipped[passed][1] <= start:
            passed += 1
        if passed < len(skipped) and skipped[passed][0] < stop:
            at = max(stop, skipped[passed][1])
            continue
        while block < len(blocks) and blocks[block][1] <= start:
            block += 1
        given = block < len(blocks) and blocks[block][0] < stop
        if given:
            start = max(start, blocks[block][0])
            start = stop - len(text[start:stop].lstrip("#% \t"))
        at = stop
        if text[start : start + 1] not in ("#", "%", ""):
            at = _add(text, start, stop, given, lines)
    return lines


def _add(text: str, start: int, stop: int, given: bool, lines: Lines) -> int:
    """Add the formula of one line, or what it adds to the line before; where it ends is returned."""
    if stop - start > MAX_LENGTH:
        lines.error("too-long", f"a line of more than {MAX_LENGTH} characters", text, start)
        return stop
    line = text[start:stop].rstrip(ROW_END)
    if not any(character.isalnum() for character in line):
        return stop
    related = equates(line)
    last = lines.snippets[-1] if lines.snippets else None
    if last is not None and (last.given != given or _GAP.fullmatch(text, last.end, start) is None):
        last = None
    joins = _STARTS_RELATED.match(line) or _STARTS_PRODUCT.match(line) and not (related and _LABEL.match(line))
    if line[0] in "+-−":
        adjoins = last is not None and _BLANK.search(text, last.end, start) is None
        if related and (adjoins or line[1:2].isspace()):
            message = f"does this '{line[0]}' continue the line before, or is it a sign?"
            hint = "put it at the end of the line before; or leave a blank line above and no blank after it"
            lines.error("ambiguous-row", message, text, start, hint)
            return stop
        joins = None if related else joins or _SIGNED.match(line)
    if joins and not is_prose(line):
        last = last or _line_before(text, start, given, lines)
        if last is not None:
            lines.snippets[-1] = replace(last, end=start + len(line))
            return _finish(text, stop, lines)
        if not related and lines.snippets and _COMMENTS.fullmatch(text, lines.snippets[-1].end, start):
            hint = "put the comment elsewhere"
            lines.error("broken-row", "a comment stands before what continues a formula", text, start, hint)
    if not related:
        return stop
    offset = 0
    for prefix in (_LABEL, _HEADING, _CONNECTIVE):
        found = prefix.match(line, offset)
        if found is not None and not _STARTS_RELATED.match(line, found.end()):
            offset = found.end()
    if is_prose(line[offset:]):
        lines.prose.append(start)
        return stop
    lines.snippets.append(Snippet(start + offset, start + len(line), True, given))
    return _finish(text, stop, lines)


def _finish(text: str, stop: int, lines: Lines) -> int:
    """Take the next line too where the last one ends with a sign that wants something after it."""
    last = lines.snippets[-1]
    while _UNFINISHED.search(text, max(last.start, last.end - 30), last.end):
        following = _NEXT_LINE.match(text, last.end)
        if following is None:
            break
        last = lines.snippets[-1] = replace(last, end=following.start(1) + len(following[1].rstrip(ROW_END)))
        stop = following.end()
    return stop


def _line_before(text: str, start: int, given: bool, lines: Lines) -> Snippet | None:
    """The line just before, which equates nothing by itself: the left side of a chain that begins its next line."""
    end = text.rfind("\n", 0, start)
    first = text.rfind("\n", 0, max(end, 0)) + 1
    line = text[first : max(end, first)]
    if end < 0 or not line.strip() or line.lstrip()[0] in "#%" or is_prose(line) or line.rstrip().endswith((":", ".")):
        return None
    if lines.snippets and lines.snippets[-1].end > first:
        return None
    lines.snippets.append(Snippet(first + len(line) - len(line.lstrip()), end, True, given))
    return lines.snippets[-1]


def is_prose(line: str) -> bool:
    """Whether a line is a sentence rather than a formula, which may end with a condition in words.

    >>> [is_prose(line) for line in ("dC/dw = delta * x", "The cost is C = 2", "z = w*x, where w is the weight")]
    [False, True, False]
    """
    cut = _CONDITION.search(line)
    formula = line[: cut.start()] if cut and equates(line[: cut.start()]) else line
    formula = _IN_WORDS.sub("", formula)
    words = [word for word in _WORD.finditer(formula) if word[0].lower() not in _NAMES]
    if any(word[0].lower() in _ENGLISH for word in words) or _STRANGE.search(formula):
        return True
    long = [word for word in words if len(word[0]) > 2]
    return any(formula[one.end() : two.start()].isspace() for one, two in pairwise(long))
