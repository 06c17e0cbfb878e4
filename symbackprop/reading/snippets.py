r"""Where the formulas of a TeX or Markdown text stand: one walk from each thing of interest to the next."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from symbackprop.reading.definitions import definition_end
from symbackprop.reading.enclosed import find_end
from symbackprop.reading.markup import CLOSING_FENCE, FENCE, Markup, environment_name
from symbackprop.reading.tokens import MAX_LENGTH
from symbackprop.vocabulary.errors import InputError, Place

MAX_STEPS = 300_000
MAX_ERRORS = 100
_FRAME = re.compile(r"(?:\\(?:begin|end)\s*\{\w+\*?\}(?:\{\d+\})?|\\[\[\]]\s*+\Z|\$\$\s*+\Z|\\\\|[\s&])*")
_SIGN = r"(?:[+\-*/=]|\\(?:cdot|times|odot|circ)(?![A-Za-z]))"
_BROKEN = re.compile(rf"^&?\s*(?!=){_SIGN}(?!.*=)|{_SIGN}\s*&?\Z", re.DOTALL)  # begins or ends within an equation
_QUOTED = re.compile(r"\n[ \t]*>[> \t]*([^\n]*)")
_FRAMED = re.compile(r"\\end\{\w{1,20}\*?\}\Z")
ROW_END = " \t\r\n\\"  # what may end a row besides the formula in it


@dataclass(frozen=True, slots=True)
class Snippet:
    """A formula: the stretch ``start:end`` of a text; set apart or in a sentence; in a block of givens or not."""

    start: int
    end: int
    display: bool
    given: bool = False


@dataclass(slots=True, eq=False)
class Scanner:
    """Finds the formulas, the definitions and the errors of a text, region by region."""

    text: str
    markup: Markup
    snippets: list[Snippet] = field(default_factory=list)
    definitions: list[tuple[int, int]] = field(default_factory=list)
    errors: list[InputError] = field(default_factory=list)
    untold: int = 0  # errors beyond the limit
    empty: int = 0
    spaced: int = 0
    lone: int = 0  # dollars that may be money but have no number after them
    given: int | None = None  # where the block of givens begins that is open
    steps: int = 0
    at: int = 0
    end: int = 0
    missing: set[str] = field(default_factory=set)  # what is known not to occur in the rest of the region

    def scan(self, start: int, end: int) -> None:
        """Find everything in a region; a formula never reaches beyond its end."""
        self.at, self.end = start, end
        self.missing.clear()
        if self.markup.money:
            self.fence(start, "")
        while self.at < self.end:
            self.step()
            pattern = self.markup.outside if self.given is None else self.markup.in_given
            match = pattern.match(self.text, self.at, self.end)
            if match is None:
                break
            self.at = max(match.end(), self.at + 1)
            if match.lastgroup is not None:
                kind = match.lastgroup
                _FOUND[kind](self, match.start(kind), match[kind])

    def step(self) -> None:
        """Count what is looked at one by one, so that no text can take long."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            place = Place(self.text, self.at, self.at + 1)
            raise InputError("too-long", "too many formulas and signs for one file", place, "split it into several")

    def error(self, code: str, message: str, start: int, end: int, hint: str | None = None) -> None:
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(InputError(code, message, Place(self.text, start, max(end, start + 1)), hint))
        else:
            self.untold += 1

    def keep(self, start: int, end: int, display: bool) -> None:
        """Keep a formula without the blanks around it."""
        if end - start > MAX_LENGTH:
            self.error("too-long", f"a formula of more than {MAX_LENGTH} characters", start, start + 1)
            return
        body = self.text[start:end]
        stripped = body.strip()
        if not stripped:
            self.empty += 1
            return
        start += len(body) - len(body.lstrip())
        self.snippets.append(Snippet(start, start + len(stripped), display, self.given is not None))

    def keep_unquoted(self, start: int, end: int, display: bool) -> None:
        """Keep a formula that may stand in a quotation of Markdown, with ``>`` before each line."""
        quotable = self.markup.money and end - start <= MAX_LENGTH
        quoted = list(_QUOTED.finditer(self.text, start, end)) if quotable else []
        lines = [match.span(1) for match in quoted if match[1].strip()]
        if quoted and self.text[start : quoted[0].start()].strip():
            lines.insert(0, (start, quoted[0].start()))
        if not quoted:
            self.keep(start, end, display)
        elif len(lines) == 1:
            self.keep(*lines[0], display)
        elif lines:
            message = "a formula of several lines in a quotation cannot be read"
            self.error("quoted", message, start, end, "write it on one line, or without the > before its lines")

    # What may stand outside of formulas: each has its start and its sign, and ``at`` is behind it.

    def formula(self, start: int, sign: str) -> None:
        if sign == "$" and self.markup.money and not self.text[self.at : min(self.at + 1, self.end)].strip():
            self.spaced_formula()
        else:
            find_end(self, start, sign)

    def spaced_formula(self) -> None:
        """A dollar before a blank: on one line, up to a dollar after a blank, there may be a formula."""
        close = self.text.find("$", self.at, min(self.end, self.at + 1_000))
        body = self.text[self.at : close] if close >= 0 else ""
        if not body.strip() or "\n" in body or not body[-1].isspace() or "=" not in body:
            return
        self.at = close + 1
        if self.markup.spaced:
            self.keep(close - len(body), close, False)
        else:
            self.spaced += 1

    def environment(self, start: int, sign: str) -> None:
        find_end(self, start, environment_name(sign))

    def stray(self, start: int, sign: str) -> None:
        self.error("unbalanced", f"this '{sign}' was never opened", start, self.at)

    def stop(self, start: int, sign: str) -> None:
        self.end = start

    def define(self, start: int, sign: str) -> None:
        end = definition_end(self.text, sign, self.at, self.end, self.step)
        if end is None:
            self.error("unclosed", "this definition has no end", start, self.at)
        else:
            self.definitions.append((start, end))
            self.at = end

    def verbatim(self, start: int, sign: str) -> None:
        self.skip(start, sign, f"\\end{{{environment_name(sign)}}}")

    def code(self, start: int, sign: str) -> None:
        r"""Skip ``\verb|...|``, which may not hold a line break."""
        delimiter = self.text[self.at : self.at + 1]
        line = self.text[self.at + 1 : min(self.end, self.at + 1_000)].partition("\n")[0]
        length = line.find({"{": "}"}.get(delimiter, delimiter))
        if delimiter and length >= 0:
            self.at += length + 2

    def unseen(self, start: int, sign: str) -> None:
        self.skip(start, sign, "\\fi", r"(?![A-Za-z])")

    def html(self, start: int, sign: str) -> None:
        if self.skip(start, sign, "-->") and self.at - start < 60:
            self.mark(start, self.text[start + 4 : self.at - 3])

    def element(self, start: int, sign: str) -> None:
        self.skip(start, sign, f"</{sign[1:]}")

    def skip(self, start: int, sign: str, closing: str, boundary: str = "") -> bool:
        """Go on after the closing sign; where there is none, the rest of the text is looked at all the same."""
        if closing not in self.missing:
            found = re.compile(re.escape(closing) + boundary).search(self.text, self.at, self.end)
            if found is not None:
                self.at = found.end()
                return True
            self.missing.add(closing)
        self.error("unclosed", f"this '{sign}' is never closed", start, self.at, f"write {closing}")
        return False

    def ticks(self, start: int, sign: str) -> None:
        """Skip code between two runs of backticks of one length, within a paragraph."""
        if len(sign) > 4:
            return
        end = min(self.end, self.at + 2_000)
        blank = self.text.find("\n\n", self.at, end)
        pattern = re.compile(rf"(?<!`)`{{{len(sign)}}}(?!`)")
        closing = pattern.search(self.text, self.at, blank if blank >= 0 else end)
        if closing is not None:
            self.at = closing.end()

    def ticked(self, start: int, sign: str) -> None:
        """A formula between ``$`` with a backtick and a backtick with ``$``."""
        close = self.text.find("`$", self.at, min(self.end, self.at + 2_000))
        if close < 0 or "\n\n" in self.text[self.at : close]:
            self.at -= 1
            return
        self.keep(self.at, close, False)
        self.at = close + 2

    def fence(self, start: int, sign: str) -> None:
        """Skip code, or keep what a fence of ``math`` holds."""
        opening = FENCE.match(self.text, start, self.end)
        if opening is None:
            return
        run = opening["run"]
        self.at = at = opening.end()
        shortest = run[0] * min(len(run), 8)
        while shortest not in self.missing:
            self.step()
            closing = CLOSING_FENCE.search(self.text, at, self.end)
            if closing is None:
                self.missing.add(shortest)
            elif closing["run"].startswith(shortest):
                if opening["word"] == "math":
                    self.keep_unquoted(self.at, closing.start(), True)
                self.at = closing.end()
                return
            else:
                at = closing.end()
        self.error("unclosed", f"this '{run}' is never closed", opening.start("run"), self.at, f"write {run}")

    def marker(self, start: int, sign: str) -> None:
        """A comment line that begins or ends a block of givens."""
        if self.begins_line(start):
            self.mark(start, sign)

    def mark(self, start: int, words: str) -> None:
        said = "".join(words.lower().split()).strip("%:")
        if said == "given":
            if self.given is not None:
                raise unclosed_given(self.text, self.given)
            self.given = start
        elif said in ("/given", "endgiven"):
            if self.given is None:
                self.error("unbalanced", "this ends a block of givens that was never opened", start, self.at)
            self.given = None

    def begins_line(self, start: int) -> bool:
        return not self.text[self.text.rfind("\n", 0, start) + 1 : start].strip()

    def comment(self, start: int, sign: str) -> None:
        """A line in a block of givens that is commented out: an equation, or part of the frame around one."""
        if not self.begins_line(start):
            return
        stop = self.at
        content = sign.lstrip("% \t")
        frame = _FRAME.match(content)
        content = content[frame.end() if frame else 0 :]
        start = stop - len(content)
        if re.search(r"\$|\\[(\[]", content):
            outer, missing = self.end, self.missing
            self.missing = set()
            self.scan(start, stop)
            self.end, self.missing = outer, missing
        elif content := _FRAMED.sub("", content.rstrip(ROW_END)).rstrip(ROW_END):
            if _BROKEN.search(content):
                hint = "write it on one line, or not in comments"
                self.error("broken-row", "an equation in comments ends with its line", start, stop, hint)
            else:
                self.keep(start, start + len(content), True)
        self.at = stop


def unclosed_given(text: str, start: int) -> InputError:
    """The error for a block of givens that has no end."""
    end = text.find("\n", start)
    place = Place(text, start, end if end >= 0 else len(text))
    return InputError("unclosed-given", "this block of givens is never closed", place, "end it with /given")


_FOUND: dict[str, Callable[[Scanner, int, str], None]] = {
    "dollars": Scanner.formula,
    "bracket": Scanner.formula,
    "begin": Scanner.environment,
    "end": Scanner.stray,
    "stray": Scanner.stray,
    "stop": Scanner.stop,
    "definition": Scanner.define,
    "verbatim": Scanner.verbatim,
    "code": Scanner.code,
    "unseen": Scanner.unseen,
    "html": Scanner.html,
    "element": Scanner.element,
    "ticks": Scanner.ticks,
    "ticked": Scanner.ticked,
    "fence": Scanner.fence,
    "marker": Scanner.marker,
    "comment": Scanner.comment,
}
