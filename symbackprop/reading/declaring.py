"""A symbol table from an author's own forward equations, where only shapes, functions and layers are declared."""

from __future__ import annotations

from collections.abc import Mapping

from symbackprop.reading.macros import Macro
from symbackprop.reading.sightings import KRONECKER, Sighting, Survey
from symbackprop.reading.symbols import Symbol, SymbolTable, parts


def declared(
    equations: str,
    *,
    cost: str = "",
    shapes: Mapping[str, str] | None = None,
    functions: Mapping[str, str] | None = None,
    layers: Mapping[str, object] | None = None,
    indices: Mapping[str, str] | None = None,
    samples: Mapping[str, str] | None = None,
    definitions: str = "",
    macros: Mapping[str, Macro] | None = None,
    operators: Mapping[str, str] | None = None,
    differentials: frozenset[str] = frozenset(),
) -> SymbolTable:
    r"""The table of every name that the equations, definitions and declarations use.

    A layer, sample or index is told apart by its letter; the kind of a name by its shape, or by how many indices it
    carries. A name that carries none and has no shape may be anything, and later passes find out. A name that is
    declared nowhere and stands only before brackets is left out: it may be a function or a factor.

    >>> table = declared(r"z^{(l)}_j = \sum_i w^{(l)}_{ij} a^{(l-1)}_i", layers={"l": "1..L"})
    >>> symbol = table.find("w")
    >>> symbol.kind, symbol.layer, symbol.arity
    ('matrix', ('paren',), (2,))
    """
    survey = Survey(shapes or {}, functions or {}, layers or {}, indices or {}, samples or {}, macros or {})
    survey.cost = survey.key(cost)[0] if cost else ""
    for text in (equations, definitions):
        survey.words_of(text)
    for text in (equations, definitions, cost, *(shapes or {})):
        survey.read(text)
    return SymbolTable(
        _symbols(survey),
        operators or {},
        differentials,
        frozenset(samples or ()),
        macros or {},
        frozenset(survey.prefixes),
        frozenset(survey.raised),
    )


def _symbols(survey: Survey) -> list[Symbol]:
    """All names with what was seen on them."""
    found: list[Symbol] = []
    for name, label in survey.functions.items():
        if name == survey.cost:
            continue
        sighting = survey.seen.get(name, Sighting())
        numbered = sighting.numbers and not sighting.letters and not sighting.layer
        arity = () if numbered else tuple(sorted(sighting.counts | {1}))
        layer = ("subscript",) if numbered else tuple(dict.fromkeys(sighting.layer))
        labels = sighting.labels | {""} | ({label} if label else set())
        found.extend(Symbol(name, "function", layer=layer, arity=arity, label=mark) for mark in sorted(labels))
    for name, sighting in survey.seen.items():
        if name in survey.functions and name != survey.cost:
            continue
        if sighting.only_before_brackets():
            continue
        if name in KRONECKER and name not in survey.defined and sighting.only_two_indices():
            continue  # the Kronecker delta needs no declaration
        for label in sorted(sighting.labels | {""}):
            found.append(_symbol(survey, name, label, sighting))
    known = {symbol.spelling for symbol in found}
    for size in sorted(survey.sizes):
        base = size.partition("_")[0].partition("-")[0].strip("{}\\ ")
        latex = f"\\{base}" if size.startswith("\\") else base
        if base.isalpha() and latex not in known:
            known.add(latex)
            found.append(Symbol(latex, "size", arity=(1,)))
    return found


def _symbol(survey: Survey, name: str, label: str, sighting: Sighting) -> Symbol:
    shape = survey.shapes.get((name, label))
    layer, sample = tuple(dict.fromkeys(sighting.layer)), tuple(dict.fromkeys(sighting.sample))
    counts = set(sighting.counts)
    if sighting.numbers and counts == {1} and not layer and not sample and not sighting.letters:
        counts, layer = set(), ("subscript",)  # x_1, x_2, ... beside matrices W_1, W_2, ...
    raised = False
    for letters in sighting.raised:
        if any(letter in survey.seen or letter in survey.sizes for letter in letters):
            continue
        if len(letters) > 1:
            raised = True
            counts.add(len(letters))
        elif letters[0] in ("o", "h", "L"):
            layer = tuple(dict.fromkeys((*layer, "bare")))
        else:
            sample = tuple(dict.fromkeys((*sample, "bare")))
    if raised:
        return Symbol(name, "tensor", layer, sample, tuple(sorted(counts)), label=label, raised=True)
    if name == survey.cost:
        return Symbol(name, "loss", layer, sample, tuple(sorted(counts)), label=label)
    if shape is not None:
        axes = len(shape.split(" x ")) if shape.strip() else 0
        if axes == 0:
            return Symbol(name, "scalar", layer, sample, tuple(sorted(counts | {1})), label=label)
        if axes >= 2 and counts == {1} and not layer and not sample:
            layer = ("subscript",)  # W_1, W_2, ... are matrices numbered below
        kind = {1: "vector", 2: "matrix"}.get(axes, "tensor")
        arity = {axes, 1} if shape.startswith("1 x") else {axes}
        return Symbol(name, kind, layer, sample, tuple(sorted(arity)), label=label)
    if counts:
        kind = {1: "vector", 2: "matrix"}.get(max(counts), "tensor")
        return Symbol(name, kind, layer, sample, tuple(sorted(counts)), label=label)
    accent, _ = parts(name)
    greek = name.startswith("\\") and not accent and not name.startswith("\\math")
    if greek and not sighting.transposed and not layer and not sample:
        return Symbol(name, "scalar", layer, sample, (1,), label=label)
    return Symbol(name, "tensor", layer, sample, (1, 2), label=label)
