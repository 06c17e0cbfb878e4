"""Spec files: a network, its cost and how to derive it, in TOML."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from symbackprop.networks.layers import Options
from symbackprop.networks.model import Network
from symbackprop.networks.pattern import RESERVED, read_pattern
from symbackprop.tables.activations import ACTIVATIONS, SOFTMAX
from symbackprop.tables.costs import COSTS, Cost
from symbackprop.tables.functions import CALLABLE
from symbackprop.tables.notations import NOTATIONS, Notation, changed
from symbackprop.vocabulary.errors import InputError, Place, nearest, unknown
from symbackprop.vocabulary.expressions import Call, Expression, nodes
from symbackprop.vocabulary.formulas import read_formula
from symbackprop.vocabulary.functions import Function

LARGEST_FILE = 1_000_000

KEYS: dict[str, tuple[type, ...]] = {
    "title": (str,),
    "network": (str,),
    "forward": (dict,),
    "cost": (str,),
    "notation": (str, dict),
    "wrt": (list,),
    "form": (str,),
    "show": (str,),
    "outer": (str,),
    "substitute": (str,),
    "step_at_zero": (str, int, float),
    "batch": (str, int),
    "l2": (str, int, float),
    "update": (str,),
    "layout": (str,),
    "assume": (list,),
    "against": (str,),
    "at": (str,),
    "activations": (dict,),
    "costs": (dict,),
    "claim": (list,),
}
CLAIM_KEYS: dict[str, tuple[type, ...]] = {
    "held_fixed": (list, str),
    "immediate": (str, list),
    "id": (str,),
    "latex": (str,),
    "forward": (str,),
    "lhs": (str,),
    "where": (str, list),
    "layout": (str,),
    "values": (dict,),
    "tolerance": (int, float, str),
    "verdict": (str,),
    "assumption": (str,),
    "convention": (str,),
    "first_wrong_link": (int,),
    "mistakes": (list,),
    "why": (str,),
}
LAYOUTS = ("numerator", "denominator")
_SORTS = {str: "a string", int: "a whole number", float: "a number", list: "a list", dict: "a table"}


@dataclass(frozen=True, slots=True)
class Spec:
    """What a spec file says: checked key by key, nothing built yet."""

    text: str = ""
    name: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    def forwards(self) -> dict[str, Spec]:
        """One spec for each network: those of ``[forward.NAME]`` by name, and the plain ``[forward]`` under "".

        Where the plain table has no equations, its keys hold in every table that has none of its own.

        >>> spec = read_spec("[forward]\\nequations = 'z = x'\\n[forward.second]\\nequations = 'z = 2 x'")
        >>> {name: one.values["forward"] for name, one in spec.forwards().items()}
        {'': {'equations': 'z = x'}, 'second': {'equations': 'z = 2 x'}}
        """
        given = self.values.get("forward")
        if given is None:
            return {"": self}
        named = named_tables(given)
        plain = {key: value for key, value in given.items() if key not in named}
        found: dict[str, Spec] = {}
        if "equations" in plain or not named:
            found[""] = replace(self, values={**self.values, "forward": plain})
        shared = {} if found else plain
        for name, table in named.items():
            found[name] = replace(self, values={**self.values, "forward": {**shared, **table}})
        return found

    def place(self, value: str) -> Place | None:
        """Where a string stands in the file."""
        start = self.text.find(value)
        return Place(self.text, start, start + max(1, len(value)), self.name) if start >= 0 and value else None

    def located(self, error: InputError, value: str) -> InputError:
        """An error about a value, placed where the value stands in the file."""
        place = self.place(value)
        if place is None or (error.place is not None and error.place.text == self.text):
            return error
        if error.place is not None and error.place.text == value:
            return error.within(self.text, place.start, self.name)
        return InputError(error.code, error.message, place, error.hint)


def read_spec(text: str, name: str = "") -> Spec:
    """The spec of a TOML text. Raises :class:`InputError` with line, column and caret.

    >>> read_spec('network = "relu relu"').values["network"]
    'relu relu'
    """
    if len(text) > LARGEST_FILE:
        raise InputError("too-long", f"{name or 'the spec'} has more than {LARGEST_FILE} characters")
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _malformed(text, name, str(error)) from None
    except RecursionError:
        raise InputError("malformed-spec", f"{name or 'the spec'} is nested too deep") from None
    for key, value in values.items():
        place = _key_place(text, key, name)
        if key not in KEYS:
            close = nearest(key, KEYS)
            question = f"did you mean {close}? " if close else ""
            raise InputError("unknown-key", f"a spec has no key {key!r}", place, f"{question}known: {', '.join(KEYS)}")
        if not isinstance(value, KEYS[key]) or isinstance(value, bool):
            wanted = " or ".join(_SORTS[t] for t in KEYS[key])
            raise InputError("bad-value", f"{key} must be {wanted}", place)
        if isinstance(value, list) and key != "claim" and not all(isinstance(v, str) for v in value):
            raise InputError("bad-value", f"{key} must be a list of strings", place)
    if "network" in values and "forward" in values:
        raise InputError(
            "two-networks", "a spec has either a network or a [forward] table", _key_place(text, "forward", name)
        )
    if "network" not in values and "forward" not in values:
        raise InputError("no-network", f"{name or 'the spec'} names no network", hint='network = "relu"')
    spec = Spec(text, name, values)
    _check_claims(spec)
    _check_notation(spec)
    return spec


def named_tables(forward: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The networks of a ``[forward]`` table that have names: tables with equations of their own."""
    return {key: value for key, value in forward.items() if isinstance(value, dict) and "equations" in value}


def _check_notation(spec: Spec) -> None:
    """Check a ``[notation]`` table entry by entry, and then as a whole."""
    table = spec.values.get("notation")
    if not isinstance(table, dict):
        return
    base = {key: value for key, value in table.items() if key == "base"}
    for key, entries in [*((key, {**base, key: value}) for key, value in table.items()), ("notation", table)]:
        try:
            notation_of(entries)
        except InputError as error:
            if error.code == "notation-clash" and key != "notation":
                continue  # another entry may give way
            raise InputError(error.code, error.message, _key_place(spec.text, key, spec.name), error.hint) from None


def _check_claims(spec: Spec) -> None:
    """Check the keys of every claim, and that a claim names a network that is there."""
    names = sorted(named_tables(spec.values.get("forward", {})))
    end = 0
    for claim in spec.values.get("claim", ()):
        if not isinstance(claim, dict):
            raise InputError("bad-value", "a claim must be a table", _key_place(spec.text, "claim", spec.name))
        for key, value in claim.items():
            found = re.compile(rf"^\s*[\"']?({re.escape(key)})[\"']?\s*=", re.MULTILINE).search(spec.text, end)
            place = Place(spec.text, found.start(1), found.end(1), spec.name) if found else None
            if key not in CLAIM_KEYS:
                close = nearest(key, CLAIM_KEYS)
                question = f"did you mean {close}? " if close else ""
                raise InputError(
                    "unknown-key", f"a claim has no key {key!r}", place, f"{question}known: {', '.join(CLAIM_KEYS)}"
                )
            if not isinstance(value, CLAIM_KEYS[key]) or isinstance(value, bool):
                wanted = " or ".join(_SORTS[t] for t in CLAIM_KEYS[key])
                raise InputError("bad-value", f"{key} must be {wanted}", place)
            if key == "layout" and value not in LAYOUTS:
                raise unknown("layout", str(value), LAYOUTS, place)
            if key == "forward" and value not in names:
                raise unknown("network", str(value), names, place)
            if isinstance(value, dict) and not all(isinstance(v, str | int | float | list) for v in value.values()):
                raise InputError("bad-value", "values must be numbers, or lists of numbers", place)
        start = spec.text.find("[[claim]]", end)
        end = start + 1 if start >= 0 else end


def _malformed(text: str, name: str, message: str) -> InputError:
    found = re.search(r"\(at (?:line (\d+), column (\d+)|end of document)\)", message)
    plain = message.split(" (at ")[0]
    if found is None:
        return InputError("malformed-spec", f"{name}: {message}")
    start = len(text)
    if found[1]:
        lines = text.split("\n")
        start = sum(len(line) + 1 for line in lines[: int(found[1]) - 1]) + int(found[2]) - 1
    return InputError("malformed-spec", f"this is not TOML: {plain}", Place(text, start, start + 1, name))


def _key_place(text: str, key: str, name: str) -> Place | None:
    found = re.search(rf"^\s*\[{{0,2}}\s*[\"']?({re.escape(key)})(?!\w)", text, re.MULTILINE)
    return Place(text, found.start(1), found.end(1), name) if found else None


def find_spec(argument: str, folders: tuple[Path, ...]) -> Spec:
    """The spec a NETWORK argument means: a ``.toml`` path, a shipped name, or else a pattern."""
    if argument.endswith(".toml"):
        return _read_file(Path(argument))
    if re.fullmatch(r"[\w-]{1,100}", argument):
        for folder in folders:
            path = folder / f"{argument}.toml"
            if path.is_file():
                return _read_file(path)
    return Spec(values={"network": argument})


def _read_file(path: Path) -> Spec:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError("too-long", f"{path} has more than {LARGEST_FILE} bytes")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("not-text", f"{path} is not a UTF-8 text file") from None
    except OSError as error:
        raise InputError("unreadable-file", f"{path}: {(error.strerror or str(error)).lower()}") from None
    return read_spec(text, str(path))


def user_activations(spec: Spec) -> dict[str, Function]:
    """The activations that a spec defines by a formula in ``z``."""
    found: dict[str, Function] = {}
    for name, formula in spec.values.get("activations", {}).items():
        _check_new(spec, "activation", name, formula, {**ACTIVATIONS, SOFTMAX.name: SOFTMAX})
        tree = _read(spec, formula, {"z"}, {**CALLABLE, **found})
        head = rf"\mathrm{{{name.replace('_', ' ').replace('-', ' ')}}}"
        found[name] = Function(name, formula, (), head=head, tree=tree, summary=formula)
    return found


def user_costs(spec: Spec) -> dict[str, Cost]:
    """The costs that a spec defines by a formula per output in ``y`` and ``p`` (and ``n``, their number)."""
    found: dict[str, Cost] = {}
    for name, formula in spec.values.get("costs", {}).items():
        _check_new(spec, "cost", name, formula, COSTS)
        _read(spec, formula, {"y", "p", "n"}, CALLABLE)
        found[name] = Cost(name, formula, formula)
    return found


def _check_new(spec: Spec, sort: str, name: str, formula: object, known: Mapping[str, object]) -> None:
    place = _key_place(spec.text, name, spec.name)
    if name in known:
        raise InputError("defined-twice", f"there is already {sort} {name!r}", place, "choose another name")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) or name in ("bias", "k"):
        raise InputError("bad-name", f"{name!r} cannot name {sort}s in a pattern", place, "letters and digits")
    if not isinstance(formula, str):
        raise InputError("bad-value", f"the formula of {name} must be a string", place, f'{name} = "max(0, z)"')


def _read(spec: Spec, formula: str, names: set[str], functions: Mapping[str, Function]) -> Expression:
    try:
        tree = read_formula(formula, names, functions)
        if any(isinstance(e, Call) and e.function is SOFTMAX for e in nodes(tree)):
            raise InputError("no-softmax", "softmax is a function of a whole layer, not of one number")
    except InputError as error:
        raise spec.located(error, formula) from None
    return tree


def notation_of(value: object, place: Place | None = None) -> Notation:
    """The notation a name or a ``[notation]`` table means.

    >>> notation_of("slater").label
    'paren'
    """
    if isinstance(value, str):
        if value not in NOTATIONS:
            raise unknown("notation", value, NOTATIONS, place)
        return NOTATIONS[value]
    assert isinstance(value, dict)
    return changed(notation_of(str(value.get("base", "slater")), place), value)


_STEP_VALUES = ("0", "0.0", "1", "1.0", "1/2", "0.5", ".5")


def step_value(value: object) -> Fraction:
    """The value of Step(0): 1, 0 or 1/2."""
    text = str(value).strip()
    if text not in _STEP_VALUES:
        raise InputError("bad-step", f"Step(0) cannot be {text[:40]!r}", hint="1, 0 or 1/2")
    return Fraction(text)


def build(spec: Spec, judging: bool = False) -> Network:
    """The network of a spec, or one that claims of any depth can be judged on.

    Raises :class:`InputError`, placed in the file where there is one.

    >>> build(read_spec('network = "2 -> 1 swish2"\\n[activations]\\nswish2 = "z/(1 + exp(-2*z))"')).prediction
    r1
    """
    values = spec.values
    notation = notation_of(values.get("notation", "slater"), _key_place(spec.text, "notation", spec.name))
    step = step_value(values.get("step_at_zero", notation.step_at_zero))
    if "forward" in values:
        from symbackprop.networks.forward import build_forward

        return build_forward(spec, step, judging)
    costs = {**COSTS, **user_costs(spec)}
    name = values.get("cost", "half-squared")
    if name not in costs:
        raise unknown("cost", name, costs, spec.place(name) if spec.text else None)
    outer = values.get("outer", "chain")
    if outer not in ("chain", "expand"):
        raise unknown("outer", outer, ("chain", "expand"))
    if outer == "expand" and not costs[name].square:
        squares = ", ".join(n for n, c in costs.items() if c.square)
        raise InputError("no-square", f"the cost {name} has no square to expand", hint=f"costs that do: {squares}")
    options = Options(costs[name], size("batch", values.get("batch")), rate("l2", values.get("l2")), outer == "expand")
    pattern = values["network"]
    try:
        network = read_pattern(pattern, options, user_activations(spec))
    except InputError as error:
        raise (spec.located(error, pattern) if spec.text else error) from None
    return network.with_facts(title=" ".join(str(values.get("title", "")).split()), step_at_zero=step)


def size(key: str, value: object) -> int | str | None:
    """A size given as a number or a name. Raises :class:`InputError` for anything else."""
    if value is None:
        return None
    text = str(value).strip()
    if text.isascii() and text.isdigit():
        if not 0 < int(text[:12]) <= 1_000_000:
            raise InputError("bad-size", f"{key} = {text}: between 1 and 1000000 was expected")
        return int(text)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", text):
        raise InputError("bad-size", f"{key} = {text!r}: a number or a name was expected", hint=f"{key} m")
    if text in RESERVED or re.fullmatch(r"[Wbzr]\d+", text):
        raise InputError("reserved-name", f"{text!r} cannot name a size: it means something else", hint=f"{key} m")
    return text


def rate(key: str, value: object) -> str | None:
    """A rate given as a name or a number. Raises :class:`InputError` for anything else."""
    if value is None:
        return None
    text = str(value).strip()
    if not re.fullmatch(r"[A-Za-z]\w*|\d+(\.\d+)?|\.\d+", text):
        raise InputError(
            "bad-rate", f"{key} = {text!r}: a name or a number was expected", hint=f"--{key} {_RATES[key]}"
        )
    if text in (RESERVED - _RATE_NAMES) | {"nan", "inf"} or re.fullmatch(r"[Wbzr]\d+", text):
        raise InputError("reserved-name", f"{text!r} cannot name a rate: it means something else")
    return text


_RATES = {"l2": "lambda", "update": "eta"}
_RATE_NAMES = frozenset({"lambda", "lamda", "eta"})
