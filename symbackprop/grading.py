"""Hand derivations judged: claims, files of claims and hand-ins, with the voice that a report on them speaks in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from symbackprop.judge.assumed import conditions_of
from symbackprop.judge.distributions import with_distributions
from symbackprop.judge.extended import subject_of
from symbackprop.judge.verifying import Verifier, Written
from symbackprop.judge.working import given_of
from symbackprop.networks.model import Network
from symbackprop.networks.spec import LAYOUTS, Spec, build, notation_of, step_value
from symbackprop.reading.assumed import assumed_macros
from symbackprop.reading.documents import Formula, HandIn, find_formulas
from symbackprop.reading.plain import is_plain
from symbackprop.render.reports.telling import Voice
from symbackprop.vocabulary.errors import InputError, Place
from symbackprop.vocabulary.verdicts import Judgement, Report

KINDS = {".tex": "tex", ".ltx": "tex", ".md": "md", ".markdown": "md", ".qmd": "md", ".ipynb": "ipynb", ".txt": "txt"}
"""The kinds of hand-ins, by the ends of their names; anything else is taken for plain text."""

_ONE_HOT = re.compile(r"one[- ]hot|\\sum.*=\s*1\s*$|sums? to (?:one|1)", re.IGNORECASE)
"""An assumption which says no more than that a target is a distribution."""


@dataclass(frozen=True)
class Options:
    """How claims are judged: assumptions, the author's names for quantities, notation, Step(0)."""

    assume: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    notation: object = None
    step_at_zero: object = None


@dataclass(frozen=True)
class Grader:
    """Judges claims about the network of a spec; every hand-in is judged on its own."""

    spec: Spec
    options: Options = Options()
    network: Network | None = None
    """The network, where it is at hand already."""

    def text(self, text: str, name: str, kind: str = "txt") -> tuple[Report, Voice | None]:
        """The report on the text of a hand-in."""
        found = find_formulas(text, kind)
        spec = self.spec
        if found.given:
            spec = Spec(text=found.text, name=name, values={"forward": given(found)})
        return self.hand_in(found, name, spec)

    def hand_in(self, found: HandIn, name: str, spec: Spec) -> tuple[Report, Voice | None]:
        """The report on what was found in a file."""
        verifier, voice, remarks = self.verifier(spec, found.macros, [f.text for f in found.formulas])
        judged: list[Judgement] = []
        for formula in found.formulas:
            judged += verifier.judgements(Written(formula.text, formula.start, found.text, name, formula.plain))
        judged = verifier.settled(judged)
        given_names = verifier.names_given()
        if given_names:
            remarks.append(f"Taken as names for what they are said to be: {', '.join(given_names)}.")
        judged += [unread(error, found.text, name) for error in found.errors]
        judged.sort(key=lambda j: j.place.start)
        if not judged:
            error = InputError("no-formula", "there is no formula here that says anything is equal to anything")
            judged.append(unread(error, found.text[:80] or " ", name))
        return Report(name, tuple(judged), (*found.remarks, *remarks)), voice

    def claims(self, texts: Sequence[str]) -> tuple[Report, Voice | None]:
        """The report on claims that were typed."""
        formulas, start = [], 0
        for text in texts:
            formulas.append(Formula(text, start, is_plain(text)))
            start += len(text) + 1
        return self.hand_in(HandIn(tuple(formulas), (), "", text="\n".join(texts)), "", self.spec)

    def stated(self) -> tuple[Report, Voice | None]:
        """The report on the claims that the spec itself makes, beside the verdicts that it states."""
        claims: list[Mapping[str, Any]] = self.spec.values.get("claim", [])
        if not claims:
            raise InputError(
                "no-claims", f"{self.spec.name or 'the spec'} makes no claims", hint="[[claim]] latex = '...'"
            )
        for number, claim in enumerate(claims, start=1):
            if not isinstance(claim.get("latex"), str):
                raise InputError("bad-claim", f"claim {number} has no latex", hint="latex = '''...'''")
        judged: list[tuple[int, Judgement]] = []
        remarks: list[str] = []
        voice: Voice | None = None
        for name, spec in self.spec.forwards().items():
            own = [(n, c) for n, c in enumerate(claims) if c.get("forward", "") == name]
            if own or voice is None:
                texts = [c["latex"] for _, c in own]
                verifier, voice, more = self.verifier(spec, "", texts)
                remarks += more
                found = [replace(self.of_claim(verifier, c), name=str(c.get("id", f"claim {n + 1}"))) for n, c in own]
                judged += zip((n for n, _ in own), verifier.settled(found, every=True), strict=True)
        judged.sort(key=lambda item: item[0])
        return Report(self.spec.name, tuple(j for _, j in judged), tuple(remarks)), voice

    def of_claim(self, verifier: Verifier, claim: Mapping[str, Any]) -> Judgement:
        """The judgement on a claim of a spec: its text, after the left side and under the condition that are given."""
        text = claim["latex"]
        place = self.spec.place(text)
        start = place.start if place is not None else 0
        lhs = str(claim.get("lhs", "")).strip()
        if lhs:
            relation = "" if re.match(r"\s*(?:&\s*)?(?:=|\\equiv)", text) else "= "
            text, start = f"{lhs} {relation}{text}", start - len(lhs) - 1 - len(relation)
        verifier.decider.layout = str(claim.get("layout", verifier.layout))
        verifier.decider.given = given_of(verifier.subject, claim.get("values", {}), verifier.conditions)
        judgement = verifier.statement(
            Written(text, start, self.spec.text, self.spec.name), str(claim.get("where", ""))
        )
        return replace(judgement, stated=claim.get("verdict"))

    def verifier(self, spec: Spec, macros: str, texts: Sequence[str]) -> tuple[Verifier, Voice, list[str]]:
        """What judges claims about the network of a spec, and what should be said of the assumptions."""
        remarks: list[str] = []
        forward = spec.values.get("forward")
        if forward is not None:
            assumed = assumed_macros(
                [str(forward.get("equations", "")), str(forward.get("definitions", "")), *texts],
                _defined(forward, macros),
            )
            if assumed or macros:
                spec = replace(
                    spec,
                    values={
                        **spec.values,
                        "forward": {**forward, "macros": _joined(forward.get("macros"), macros + assumed)},
                    },
                )
        notation = notation_of(self.options.notation or spec.values.get("notation", "slater"))
        step = self.options.step_at_zero
        values = dict(spec.values)
        if step is not None:
            values["step_at_zero"] = str(step_value(step))
        else:
            values.setdefault("step_at_zero", notation.step_at_zero)
        network = self.network or build(replace(spec, values=values), judging=True)
        if forward is not None and not network.constraints:
            network = with_distributions(network)
            remarks += [f"Used: the entries of {c.quantity.name} sum to one." for c in network.constraints]
        plain = bool(texts) and all(map(is_plain, texts))
        claimed = replace(notation, samples="rows") if plain else notation  # names such as W0: samples come first
        subject = subject_of(network, claimed, dict(self.options.names), macros)
        stated = [*spec.values.get("assume", ()), *(forward or {}).get("assume", ())]
        conditions, left = conditions_of(stated, subject)
        own, strange = conditions_of(self.options.assume, subject)
        if strange:
            raise InputError(
                "bad-assumption", f"{strange[0]!r} is not understood as an assumption",
                Place(strange[0], 0, len(strange[0])), "for example 'x > 0', 'z^{(1)} >= 0' or 'all units active'",
            )  # fmt: skip
        layout = str((forward or {}).get("layout", spec.values.get("layout", "")))
        layout = layout or next((name for name in LAYOUTS if any(f"{name} layout" in text for text in left)), "")
        if network.constraints:
            left = [text for text in left if not _ONE_HOT.search(text)]
        remarks += [f"Not used: the assumption {text!r}." for text in left if "layout" not in text]
        verifier = Verifier(subject, (*conditions, *own), layout)
        if forward is not None and forward.get("definitions"):
            remarks += [f"A definition was not read: {e.message}." for e in verifier.define(forward["definitions"])]
        return verifier, Voice(network, notation, verifier.table), remarks


def given(found: HandIn) -> dict[str, Any]:
    """The forward table of the equations that a hand-in itself gives."""
    return {"equations": " \\\\\n".join(f.text.strip().rstrip("\\").strip() for f in found.given)}


def _defined(forward: Mapping[str, Any], macros: str) -> list[str]:
    own = forward.get("macros", {})
    text = own if isinstance(own, str) else " ".join(own)
    return re.findall(r"\\([A-Za-z]+)", text + macros)


def _joined(own: object, more: str) -> str:
    if isinstance(own, dict):
        from symbackprop.networks.equations.table import macro_definition

        own = "".join(macro_definition(name, body) for name, body in own.items())
    return (own if isinstance(own, str) else "") + more


def unread(error: InputError, text: str, name: str) -> Judgement:
    """The judgement on a part of a file that could not be read."""
    place = error.place or Place(text, 0, 1)
    placed = Place(place.text, place.start, place.end, name)
    return Judgement(placed, "unread", error=InputError(error.code, error.message, placed, error.hint))


def own_name(text: str) -> tuple[str, str]:
    """What an author calls a quantity, and what we do.

    >>> own_name("w_2 = W0")
    ('w_2', 'W0')
    """
    own, equals, ours = text.partition("=")
    if not equals or not own.strip() or not ours.strip():
        raise InputError("bad-name", f"{text[:60]!r}: an equation was expected", hint="--name 'w_2 = W0'")
    return own.strip(), ours.strip()


def kind_of(path: str) -> str:
    """The kind of a hand-in by its name.

    >>> kind_of("homework.tex"), kind_of("notes")
    ('tex', 'txt')
    """
    return KINDS.get(Path(path).suffix.lower(), "txt")
