"""The ``[forward]`` table of a spec file: its keys and what they may hold, checked before anything is built."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from symbackprop.networks.equations.sizes import extent
from symbackprop.networks.spec import Spec, named_tables
from symbackprop.vocabulary.errors import InputError, Place, nearest

KEYS: dict[str, tuple[type, ...]] = {
    "equations": (str,),
    "cost": (str,),
    "shapes": (dict,),
    "functions": (dict,),
    "layers": (dict,),
    "indices": (dict,),
    "samples": (dict,),
    "definitions": (str,),
    "assume": (list,),
    "parameters": (list,),
    "operators": (dict,),
    "macros": (dict, str),
    "einstein": (bool,),
    "aliases": (dict,),
    "broadcast": (list, str),
    "components": (dict,),
    "constants": (dict,),
    "labels": (list, dict),
    "layout": (str,),
    "per_sample": (list,),
}
_SORTS = {str: "a string", list: "a list of strings", dict: "a table of strings", bool: "true or false"}
LONGEST, MOST_NAMES = 100_000, 2_000


class Range(NamedTuple):
    """What a letter runs over, both ends included, as they were written."""

    lower: str
    upper: str

    @property
    def size(self) -> str:
        """How many values there are, as the text of a size."""
        return extent(self.lower, self.upper)

    @property
    def values(self) -> range | None:
        """The values, where both ends are numbers."""
        ends = self.lower[:6], self.upper[:6]
        return range(int(ends[0]), int(ends[1]) + 1) if all(end.isdigit() for end in ends) else None


def read_range(text: str) -> Range:
    """The range of a letter: ``m`` is 1 to m.

    >>> read_range("0..K-1").size, read_range("m").size, read_range("2..4").values
    ('K', 'm', range(2, 5))
    """
    lower, dots, upper = (part.strip() for part in text.partition(".."))
    if not lower or (dots and not upper) or ".." in upper:
        raise InputError("bad-range", f"{text!r} is no range", hint='"n" (1 to n), "0..n" or "1..4"')
    return Range(lower, upper) if dots else Range("1", lower)


@dataclass(frozen=True, slots=True)
class Forward:
    """What a ``[forward]`` table says."""

    spec: Spec
    equations: str
    cost: str = ""
    shapes: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    layers: Mapping[str, Range] = field(default_factory=dict)
    indices: Mapping[str, Range] = field(default_factory=dict)
    samples: Mapping[str, Range] = field(default_factory=dict)
    definitions: str = ""
    assume: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    operators: Mapping[str, str] = field(default_factory=dict)
    macros: str = ""
    einstein: bool = False

    def error(
        self, code: str, message: str, span: tuple[int, int] | None = None, hint: str | None = None
    ) -> InputError:
        """An error at a stretch of the equations, placed in the file."""
        start, end = span or (0, 1)
        place = Place(self.equations, start, max(end, start + 1))
        return self.spec.located(InputError(code, message, place, hint), self.equations)

    def at(self, error: InputError, key: str) -> InputError:
        """An error about a declared name, placed where the name stands in the file."""
        plain = InputError(error.code, error.message, None, error.hint)
        declared = re.search(
            rf"""(?<=["']){re.escape(key)}(?=["'])|(?<![\w\\]){re.escape(key)}(?=\s*=)""", self.spec.text
        )
        if declared is None or not key:
            return self.spec.located(plain, key)
        place = Place(self.spec.text, declared.start(), declared.end(), self.spec.name)
        return InputError(error.code, error.message, place, error.hint)


def read_table(spec: Spec) -> Forward:
    """The ``[forward]`` table of a spec. Raises :class:`InputError`, placed in the file.

    >>> from symbackprop.networks.spec import read_spec
    >>> read_table(read_spec("[forward]\\nequations = 'z = w x'\\nindices = { i = 'n' }")).indices
    {'i': Range(lower='1', upper='n')}
    """
    given = spec.values["forward"]
    named = named_tables(given)
    if named and "equations" not in given:
        error = InputError("which-network", "[forward] has several networks", hint=f"one of {', '.join(named)}")
        raise spec.located(error, "forward")
    given = {key: value for key, value in given.items() if key not in named}
    for key, value in given.items():
        if key not in KEYS:
            close = nearest(key, KEYS)
            error = InputError(
                "unknown-key",
                f"[forward] has no key {key!r}",
                hint=(f"did you mean {close}? " if close else "") + f"known: {', '.join(KEYS)}",
            )
            raise spec.located(error, key)
        if not isinstance(value, KEYS[key]):
            wanted = " or ".join(_SORTS[t] for t in KEYS[key])
            raise spec.located(InputError("bad-value", f"{key} must be {wanted}"), key)
        _check_inside(spec, key, value)
    equations = given.get("equations", "")
    if not equations.strip():
        raise spec.located(
            InputError("no-equations", "[forward] has no equations", hint="equations = '''...'''"), "forward"
        )
    if len(equations) > LONGEST:
        raise spec.located(InputError("too-long", f"more than {LONGEST} characters of equations"), equations)
    macros = given.get("macros", "")
    if isinstance(macros, dict):
        macros = "".join(macro_definition(name, body) for name, body in macros.items())
    ranges = {key: _ranges(spec, given.get(key, {})) for key in ("layers", "indices", "samples")}
    return Forward(
        spec,
        equations,
        str(given.get("cost", spec.values.get("cost", ""))),
        given.get("shapes", {}),
        given.get("functions", {}),
        ranges["layers"],
        ranges["indices"],
        ranges["samples"],
        given.get("definitions", ""),
        tuple(given.get("assume", ())),
        (*given.get("parameters", ()), *spec.values.get("wrt", ())),
        given.get("operators", {}),
        macros,
        given.get("einstein", False),
    )


def _check_inside(spec: Spec, key: str, value: Any) -> None:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if len(inside) > MOST_NAMES:
        raise spec.located(InputError("too-long", f"more than {MOST_NAMES} entries in {key}"), key)
    if not all(isinstance(v, str) for v in inside):
        raise spec.located(InputError("bad-value", f"{key} must be {_SORTS[type(value)]}"), key)


def macro_definition(name: str, body: str) -> str:
    r"""The ``\newcommand`` of a macro whose arguments are those that its body uses."""
    arity = max((int(n) for n in re.findall(r"#([1-9])", body)), default=0)
    return rf"\newcommand{{{name}}}" + (f"[{arity}]" if arity else "") + f"{{{body}}}\n"


def _ranges(spec: Spec, given: Mapping[str, str]) -> dict[str, Range]:
    found = {}
    for letter, text in given.items():
        try:
            found[letter] = read_range(text)
            _ = found[letter].size if found[letter].lower.lstrip("-").isdigit() else None
        except InputError as error:
            raise spec.located(InputError(error.code, error.message, None, error.hint), text) from None
    return found
