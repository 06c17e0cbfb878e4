"""What every report says of a judgement, in plain words, and how it sets the formulas in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from symbackprop.networks.model import Network
from symbackprop.reading.symbols import SymbolTable
from symbackprop.reading.tree import Chain, Node
from symbackprop.render.listing import Equation
from symbackprop.render.markup import Markup
from symbackprop.render.readback import ReadBack
from symbackprop.render.rows import Breaker, Row
from symbackprop.render.setting import Setter
from symbackprop.render.text import TEXT
from symbackprop.tables.mistakes import MISTAKES
from symbackprop.tables.notations import Notation
from symbackprop.vocabulary.errors import Place
from symbackprop.vocabulary.verdicts import VERDICTS, Judgement, Report, Verdict, Witness

VERDICT_WORDS: Mapping[Verdict, str] = {
    "proved": "proved",
    "agrees": "agrees",
    "agrees-except-at-kinks": "right except at kinks",
    "right-in-another-convention": "right in another convention",
    "right-under-assumption": "right under an assumption",
    "undecided": "undecided",
    "wrong": "wrong",
    "unread": "not read",
}
MARKS: Mapping[Verdict, str] = {
    "proved": "✓",
    "agrees": "✓",
    "agrees-except-at-kinks": "✓",
    "right-in-another-convention": "~",
    "right-under-assumption": "~",
    "undecided": "?",
    "wrong": "✗",
    "unread": "?",
}
RIGHT: frozenset[Verdict] = frozenset(["proved", "agrees", "agrees-except-at-kinks"])

MOST_VALUES = 40
"""A witness of more values is told in part: nobody can check it with a pencil."""
_OTHER_STEP = {"Step(0) = 0": "With Step(0) = 1", "Step(0) = 1": "With Step(0) = 0"}
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
# Control characters, and those that change the direction of what follows: a terminal or a browser would obey them.
_UNSEEN = [*range(9), *range(11, 32), *range(127, 160), *range(0x2028, 0x202F), *range(0x2066, 0x206A)]
_CLEAN = dict.fromkeys(_UNSEEN, "\ufffd")


@dataclass(frozen=True, slots=True)
class Voice:
    """In whose words a report speaks: the network, the notation of its formulas, the names that were declared."""

    network: Network
    notation: Notation
    table: SymbolTable | None = None


class Speaker:
    """Sets the formulas of one report in one markup."""

    def __init__(self, voice: Voice | None, markup: Markup) -> None:
        self.readback = ReadBack(markup, voice.table if voice else None)
        self.breaker = None
        if voice is not None:
            setter = Setter(voice.network, voice.notation, markup)
            self.breaker = Breaker(setter, Setter(voice.network, voice.notation, TEXT))

    def claim(self, judgement: Judgement) -> Equation | None:
        """The claim as it was understood, side by side; None where its tree is not at hand."""
        if not isinstance(judgement.tree, Node):
            return None
        (_, left), *rights = self.readback.sides(judgement.tree)
        return Equation("claim", left, tuple((Row(text, sign),) for sign, text in rights))

    def expected(self, judgement: Judgement) -> Equation | None:
        """The right formula, in rows where it is long; None where it is not known."""
        if judgement.expected is None or self.breaker is None:
            return None
        left, right = judgement.expected
        return Equation("expected", self.breaker.setter.set(left), (self.breaker.rows(right),))


def clean(text: str) -> str:
    r"""A text from outside without characters that a terminal or a browser would obey.

    >>> clean("a\x1b[31mb")
    'a�[31mb'
    """
    return text if text.isascii() and text.isprintable() else text.replace("\r\n", "\n").translate(_CLEAN)


def message(judgement: Judgement) -> str:
    """One or two plain sentences: what is right or wrong, where and why.

    >>> from symbackprop.vocabulary.errors import Place
    >>> found = Judgement(Place("dC/dw = x", 0, 9), "wrong", witness=Witness({"x": "1"}, "4", "-4"))
    >>> message(found)
    'Wrong: with x = 1, the left side is 4 and the right side is -4.'
    """
    return " ".join([verdict(judgement), *mistakes(judgement)])


def verdict(judgement: Judgement) -> str:
    """What a judgement says, without the mistakes."""
    evidence = _clause(judgement.evidence)
    match judgement.verdict:
        case "proved":
            return f"Right: {evidence or 'it is proved for all values'}."
        case "agrees":
            return f"Right: {evidence or 'the two sides agree wherever they were compared'}."
        case "agrees-except-at-kinks":
            more = f" ({evidence})" if evidence else ""
            return f"Right, except where an activation has a kink and its slope there is a matter of convention{more}."
        case "right-in-another-convention":
            convention = _clause(judgement.convention)
            which = (
                f"in this convention: {convention}" if convention else "but in another convention than the usual one"
            )
            return f"Right, {which}.{_elsewhere(judgement, 'In the usual one')}"
        case "right-under-assumption":
            which = f"if {_clause(judgement.assumption)}" if judgement.assumption else "under an assumption"
            elsewhere = _OTHER_STEP.get(judgement.assumption or "", "Elsewhere")
            return f"Right only {which}{_where(judgement)}.{_elsewhere(judgement, elsewhere)}"
        case "undecided":
            return f"Not decided: {evidence or 'neither a proof nor a counterexample was found'}{_where(judgement)}."
        case "wrong":
            return f"Wrong{_link(judgement)}: {_difference(judgement.witness)}."
        case "unread":
            error = judgement.error
            hint = f" ({_clause(error.hint)})" if error and error.hint else ""
            return f"Not read: {_clause(error.message) if error else 'this could not be understood'}{hint}."


def mistakes(judgement: Judgement) -> list[str]:
    """A sentence on the mistakes that explain what is wrong; none where none is known."""
    found = [MISTAKES[name].summary if name in MISTAKES else name for name in judgement.mistakes]
    if len(found) == 1:
        return [f"The likely mistake: {found[0]}."]
    if found:
        numbered = (f"({number}) {summary}" for number, summary in enumerate(found, 1))
        return [f"The likely mistakes together: {'; '.join(numbered)}."]
    return []


def disagreement(judgement: Judgement) -> str:
    """A sentence where a file states another verdict than the one found; otherwise empty."""
    if judgement.stated in (None, judgement.verdict) or judgement.stated == "right" and judgement.verdict in RIGHT:
        return ""
    return f"The file states another verdict: {judgement.stated}."


def position(place: Place) -> tuple[int, int]:
    """Line and column of a place, both from one; for the many places of one text, its lines are counted once."""
    starts = _line_starts(place.text)
    line = bisect_right(starts, place.start)
    return line, place.start - starts[line - 1] + 1


@lru_cache(maxsize=4)
def _line_starts(text: str) -> list[int]:
    return [0, *(found.end() for found in re.finditer("\n", text))]


def looked_at(judgement: Judgement) -> Place | None:
    """The place in the source that a report shows: of an error, or of the first wrong link."""
    if judgement.verdict in RIGHT:
        return None
    return judgement.error.place if judgement.error else judgement.link


def summary(judgements: Sequence[Judgement]) -> str:
    """How many claims have which verdict, worst last.

    >>> from symbackprop.vocabulary.errors import Place
    >>> summary([Judgement(Place("x", 0, 1), v) for v in ("wrong", "proved", "proved")])
    '3 claims: 2 proved, 1 wrong'
    """
    counts = Counter(judgement.verdict for judgement in judgements)
    if not counts:
        return "no claim was found"
    claims = "1 claim" if len(judgements) == 1 else f"{len(judgements)} claims"
    return f"{claims}: {', '.join(f'{counts[v]} {VERDICT_WORDS[v]}' for v in VERDICTS if v in counts)}"


def overall(reports: Iterable[Report]) -> str:
    """The summary of several reports."""
    found = list(reports)
    files = "1 file" if len(found) == 1 else f"{len(found)} files"
    return f"{files}, {summary([judgement for report in found for judgement in report.judgements])}"


def _link(judgement: Judgement) -> str:
    """Which equality is the first wrong one; nothing where there is only one."""
    number = judgement.first_wrong_link
    links = len(judgement.tree.links) if isinstance(judgement.tree, Chain) else 1
    if number is None or number == 1 and links == 1:
        return ""
    return f" at the {_ORDINALS[number - 1]} equality" if number <= len(_ORDINALS) else f" at equality {number}"


def _where(judgement: Judgement) -> str:
    """In how many regions a claim holds."""
    if judgement.regions is None:
        return ""
    equal, every = judgement.regions.equal, judgement.regions.all
    return f"; it holds in {equal} of {every} activation regions"


def _elsewhere(judgement: Judgement, where: str) -> str:
    return f" {where}, {_difference(judgement.witness)}." if judgement.witness else ""


def _difference(witness: Witness | None) -> str:
    """How the two sides differ at a witness."""
    if witness is None:
        return "the two sides are not equal"
    values = [f"{name} = {value}" for name, value in witness.values.items()]
    left, right = map(_shortened, (witness.left, witness.right))
    if len(values) > MOST_VALUES:
        values = [*values[: MOST_VALUES // 2], f"{len(values) - MOST_VALUES // 2} more values (all of them in JSON)"]
    at = f"with {_listed(values)}, " if values else ""
    if witness.shapes and witness.entry:
        return f"in {witness.entry}, the shapes {witness.left} and {witness.right} do not fit together"
    if witness.shapes:
        return f"{at}the left side has the shape {witness.left} and the right side {witness.right}"
    if witness.entry:
        return f"{at}the entry {witness.entry} is {left} on the left side and {right} on the right"
    return f"{at}the left side is {left} and the right side is {right}"


def _shortened(number: str) -> str:
    """A number with its long runs of digits cut.

    >>> _shortened("-1/3"), _shortened("9" * 40 + "/7")
    ('-1/3', '999999...E39/7')
    """
    return re.sub(r"(?<![\d.])\d{25,}", lambda digits: f"{digits[0][:6]}...E{len(digits[0]) - 1}", number)


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _clause(text: str | None) -> str:
    """A clause without the full stop it may have."""
    return (text or "").strip().rstrip(".")
