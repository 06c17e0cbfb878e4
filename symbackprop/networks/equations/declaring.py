"""What a ``[forward]`` table declares, in the terms of the equations: names, functions, shapes, ranges."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from symbackprop.networks.equations.meanings import COSTS, STANDARD, UNSPECIFIED, meaning, undeclared_words
from symbackprop.networks.equations.names import Key, Names, spelling
from symbackprop.networks.equations.rows import as_name
from symbackprop.networks.equations.sizes import Size, Sizes, read_size
from symbackprop.networks.equations.surroundings import Form
from symbackprop.networks.equations.table import Forward, Range
from symbackprop.networks.equations.trees import letters_in, scripts_of, with_numbers
from symbackprop.reading import SymbolTable, read, read_macros
from symbackprop.reading.declaring import declared
from symbackprop.reading.sexpr import compact
from symbackprop.reading.sightings import Survey
from symbackprop.reading.symbols import normal
from symbackprop.reading.tree import App, Node, Sym
from symbackprop.vocabulary.errors import InputError

Shapes = list[tuple[Sym, str, str]]
"""Declared names with the text of their shape and the key they stand under in the file."""


def table_of(forward: Forward) -> tuple[SymbolTable, dict[str, str]]:
    """The names that the equations are read with, and what the functions among them are declared to be.

    Letters that everybody takes for functions (\\sigma, \\phi, f, g, \\ell) are, where they stand before brackets.
    """
    functions = {**undeclared_words(forward.equations, forward.functions), **forward.functions}
    macros = read_macros(forward.macros) if forward.macros else {}
    layers, indices, samples = (
        {letter: f"{over.lower}..{over.upper}" for letter, over in ranges.items()}
        for ranges in (forward.layers, forward.indices, forward.samples)
    )
    seen = Survey(forward.shapes, functions, layers, indices, samples, macros)
    seen.words_of(forward.equations)
    seen.read(forward.equations)
    for name, sighting in seen.seen.items():
        undeclared = name not in seen.functions and name not in seen.defined
        if undeclared and sighting.only_before_brackets() and name in UNSPECIFIED | COSTS:
            functions[name] = "scalar" if name in COSTS else "elementwise"
    table = declared(
        forward.equations,
        cost=forward.cost,
        shapes=forward.shapes,
        functions=functions,
        layers=layers,
        indices=indices,
        samples=samples,
        definitions=forward.definitions,
        macros=macros,
        operators=forward.operators,
    )
    return table, functions


class Meanings:
    """What the function symbols of the equations mean."""

    def __init__(self, forward: Forward, table: SymbolTable, functions: Mapping[str, str]) -> None:
        self.forward = forward
        self.table = table
        self.declared: dict[tuple[str, str], str] = {}
        self.heads: dict[Key, str] = {}
        """The LaTeX of every function, from the first place where it stands."""
        for latex, word in functions.items():
            try:
                name = meaning(word)
            except InputError as error:
                raise forward.at(error, word) from None
            symbol = table.find(normal(re.split(r"[_^]", latex)[0]))
            if symbol is not None:
                self.declared[symbol.accent, symbol.base] = name

    def of(self, function: Sym) -> tuple[str, str]:
        """The canonical name of what a function is, and its LaTeX. Raises :class:`InputError` where nothing says."""
        if function.primes:
            raise self.forward.error("derivative", "a derivative cannot stand in a forward equation", function.span)
        name = self.declared.get((function.accent, function.base)) or STANDARD.get(function.base)
        if name is None and function.base in ("diag", "tr"):
            name = function.base
        shown = self.forward.equations[slice(*function.span)]
        if name is None:
            raise self.forward.error(
                "unknown-function", f"nothing says which function {shown} is", function.span,
                f"functions = {{ '{shown}' = \"elementwise\" }}, or a function of the tables",
            )  # fmt: skip
        layer, sample = (compact(s) if s is not None else "" for s in (function.layer, function.sample))
        below = ",".join(compact(i) for i in function.indices)
        key = Key(function.accent, function.base, function.label, layer, sample, below)
        if key not in self.heads:
            self.heads[key] = spelling(function, key, self.forward.equations, self.table).latex
        return name, self.heads[key]


def read_name(forward: Forward, text: str, table: SymbolTable) -> Sym:
    """A declared name as the equations would write it. Raises :class:`InputError`, placed in the file."""
    found = as_written(text, table)
    if found is None:
        errors = read(text, table, "latex").errors
        message = errors[0].message if errors else f"{text} is no name"
        raise forward.at(InputError("bad-name", message, None, errors[0].hint if errors else None), text)
    return found


def as_written(text: str, table: SymbolTable) -> Sym | None:
    """The name that a text is, None if it is none."""
    reading = read(text, table, "latex")
    tree: Node | None = reading.rows[0].tree if len(reading.rows) == 1 and not reading.errors else None
    if isinstance(tree, App):
        tree = as_name(tree)
    return tree if isinstance(tree, Sym) else None


def called_in(forward: Forward, table: SymbolTable) -> list[App]:
    """The leaves that are declared with their arguments, such as ``f_l(x)``."""
    trees = [r.rows[0].tree for text in forward.shapes if (r := read(text, table, "latex")).rows]
    return [tree for tree in trees if isinstance(tree, App)]


def shapes_of(forward: Forward, table: SymbolTable) -> Shapes:
    """The declared shapes with the names that they are of."""
    return [(read_name(forward, text, table), shape, text) for text, shape in forward.shapes.items()]


def shapes_written_out(shapes: Shapes, letter: str, values: range) -> Shapes:
    """Shapes that hold for every layer, one by one; the capital letter means the last layer."""
    found: Shapes = []
    for name, shape, text in shapes:
        numbers = {letter: 0}
        for last in (letter.upper(), "L", "T") if values else ():
            if last != letter:
                name = with_numbers(name, last, values[-1])
                shape = _with_number(shape, last, values[-1])
        if any(letter in letters_in(script) for script in scripts_of(name)):
            for numbers[letter] in values:
                put_in = _with_number(shape, letter, numbers[letter])
                found.append((with_numbers(name, letter, numbers[letter]), put_in, text))
        else:
            found.append((name, shape, text))
    return found


def _with_number(shape: str, letter: str, value: int) -> str:
    """The text of a shape with a number for a letter below its sizes: ``n_{l-1} x n_l``."""

    def one(match: re.Match[str]) -> str:
        return re.sub(rf"(?<![A-Za-z\\]){re.escape(letter)}(?![A-Za-z])", str(value), match[0])

    return re.sub(r"_\{[^{}]*\}|_\w", one, shape)


def sizes_named(forward: Forward, shapes: Shapes, sums: list[str]) -> set[str]:
    """The names that mean sizes: those in shapes, in ranges, and in the limits of sums."""
    texts = [part for _, shape, _ in shapes for part in shape.split(" x ")]
    texts += [over.size for ranges in (forward.indices, forward.samples) for over in ranges.values()]
    texts += [over.upper for over in forward.samples.values()]
    found = set()
    for text in (*texts, *sums):
        try:
            size = read_size(text) if text.strip() else 1
        except InputError:
            continue
        if isinstance(size, str):
            found.add(size)
    return found


def forms_of(
    forward: Forward, shapes: Shapes, names: Names, letters: Mapping[str, Size], sizes: Sizes
) -> dict[Key, Form]:
    """The axes of everything whose shape is declared."""
    found: dict[Key, Form] = {}
    for name, shape, text in shapes:
        key, carried, indices = names.sighted(name)
        front = []
        for script in (*carried, *indices):
            letter = compact(script)
            if not isinstance(script, Sym):
                raise forward.at(InputError("bad-shape", f"{text}: a shape is given for a letter as an index"), text)
            front.append(letters[letter] if letter in letters else sizes.fresh(letter))
        try:
            sides = read_shape(shape, sizes)
        except InputError as error:
            raise forward.at(error, shape if shape.strip() else text) from None
        if indices and not carried and not sides and len(front) <= 2:
            found[key] = Form((), (*front, None) if len(front) == 1 else tuple(front))
        elif indices and not sides:
            found[key] = Form(tuple(front[: len(carried)]), (*front[len(carried) :], None)[: max(2, len(indices))])
        else:
            found[key] = Form(tuple(front), sides)
    return found


def read_shape(text: str, sizes: Sizes) -> tuple[int | None, ...]:
    """The sides of a declared shape.

    >>> s = Sizes()
    >>> [len(read_shape(text, s)) for text in ("", "n", "1 x n", "m x n", "b x m x n", "1 x 1")]
    [0, 2, 2, 2, 3, 0]
    """
    parts = [part.strip() for part in text.replace("×", " x ").split(" x ")]
    if parts == [""] or all(part == "1" for part in parts):
        return ()
    if len(parts) > 6:
        raise InputError("bad-shape", f"{text!r} has more than 6 axes")
    found = tuple(None if part == "1" else sizes.given(part) for part in parts)
    return (*found, None) if len(found) == 1 else found


def letter_of(forward: Forward, key: str, table: SymbolTable) -> str:
    """The printed form of a declared index letter."""
    name = as_written(key, table)
    if name is not None:
        return compact(replace(name, layer=None, sample=None, indices=()))
    return key.strip().lstrip("\\")


def given_size(forward: Forward, sizes: Sizes, key: str, over: Range) -> int:
    """The size of a declared range."""
    try:
        return sizes.given(over.size)
    except InputError as error:
        raise forward.at(error, key) from None
