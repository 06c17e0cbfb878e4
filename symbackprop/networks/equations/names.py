"""Which quantity a name in an equation means: the scripts that belong to it, and those that are indices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from symbackprop.networks.equations.apart import typed
from symbackprop.networks.equations.sizes import read_size
from symbackprop.networks.equations.trees import letters_in, sums, symbols
from symbackprop.networks.equations.unrolling import Equation
from symbackprop.reading.sexpr import compact
from symbackprop.reading.symbols import Symbol, SymbolTable
from symbackprop.reading.tree import Node, Num, Sym

INDEX_LETTERS = frozenset("ijklmnpqrstuv")
"""Letters that are taken for indices even where only the right side of an equation has them."""


class Key(NamedTuple):
    """A quantity's identity: everything about its name but its indices.

    ``each`` is the letter of one of many, where the same name without it is another quantity: ``L_i`` beside ``L``.
    """

    accent: str
    base: str
    label: str = ""
    layer: str = ""
    sample: str = ""
    below: str = ""
    each: str = ""


class Sighted(NamedTuple):
    """One occurrence of a quantity: its key, the sample or family indices it carries, and its other indices."""

    key: Key
    carried: tuple[Node, ...]
    indices: tuple[Node, ...]


class Spelling(NamedTuple):
    """A quantity's name (normalised LaTeX without its indices) and its LaTeX as the author wrote it."""

    name: str
    latex: str


@dataclass(slots=True)
class Names:
    """Tells labels from indices by everything that was seen in the equations.

    ``letters`` are the index letters; ``arrays`` the quantities of which a number below picks an entry.
    """

    table: SymbolTable
    letters: set[str] = field(default_factory=set)
    samples: set[str] = field(default_factory=set)
    arrays: set[Key] = field(default_factory=set)
    sizes: set[str] = field(default_factory=set)
    spellings: dict[Key, Spelling] = field(default_factory=dict)
    twofold: dict[Key, str] = field(default_factory=dict)
    """Names that mean one quantity bare, and another with the index of a sample or term that is given here."""
    typed: set[Key] = field(default_factory=set)
    """Names of which the letters of the indices say which quantity is meant: ``a_j`` and ``a_k`` of two layers."""

    def sighted(self, name: Sym) -> Sighted:
        """What an occurrence of a name means."""
        carried: list[Node] = []
        layer = sample = ""
        if name.layer is not None:
            if isinstance(name.layer, Sym) and compact(name.layer) in self.letters:
                carried.append(name.layer)
            else:
                layer = compact(name.layer)
        if name.sample is not None:
            if letters_in(name.sample) & self.letters:
                carried.append(name.sample)
            else:
                sample = compact(name.sample)
        key = Key(name.accent, name.base + "'" * name.primes, name.label, layer, sample)
        indices = [i for i in name.indices if letters_in(i) & self.letters or isinstance(i, Num) and key in self.arrays]
        below = [compact(i) for i in name.indices if not any(i is kept for kept in indices)]
        if (carried or indices) and key in self.twofold:
            key = key._replace(each=self.twofold[key])
        if indices and key in self.typed:
            key = key._replace(each="".join(sorted(map(compact, indices))))
        return Sighted(key._replace(below=",".join(below)), tuple(carried), tuple(indices))

    def is_size(self, name: Sym) -> str | None:
        r"""The name of the size that a name is, such as ``m``, or ``d_k`` below a root."""
        if name.accent or name.layer is not None or name.sample is not None or name.primes:
            return None
        below = ",".join(compact(i) for i in name.indices) or name.label
        text = f"{name.base}_{below}" if below else name.base
        if not re.fullmatch(r"[A-Za-z][\w+\-]*", text):
            return None
        size = str(read_size(text))
        return size if size in self.sizes else None

    def spelled(self, name: Sym, key: Key, source: str) -> Spelling:
        """The spelling of a quantity, from the first place where it stands."""
        if key not in self.spellings:
            self.spellings[key] = spelling(name, key, source, self.table)
        return self.spellings[key]


def survey(
    rows: Iterable[Equation],
    shapes: Sequence[tuple[Sym, str, str]],
    declared: Iterable[str],
    samples: Iterable[str],
    sizes: set[str],
    table: SymbolTable,
) -> Names:
    """Sort the letters of all scripts into indices and labels, and find the quantities that have entries."""
    rows = list(rows)
    names = Names(table, set(declared) | set(samples), set(samples), sizes=sizes)
    names.letters |= {compact(r.index) for row in rows for s in sums(row.right) for r in s.ranges}
    labels = {letter for sym, _, _ in shapes for script in sym.indices for letter in letters_in(script)}
    labels -= names.letters
    for row in rows:
        left = {letter for s in symbols(row.left) for i in s.indices for letter in letters_in(i)}
        right = {letter for s in symbols(row.right) for i in s.indices for letter in letters_in(i)}
        labels |= (left - right | {letter for letter in right - left if letter not in INDEX_LETTERS}) - names.letters
        for sym in (*symbols(row.left), *symbols(row.right)):
            if len({type(i) for i in sym.indices}) > 1 and not any(letters_in(i) & names.letters for i in sym.indices):
                labels |= {letter for i in sym.indices for letter in letters_in(i)} - names.letters
    for row in rows:
        for sym in (*symbols(row.left), *symbols(row.right)):
            names.letters |= {letter for i in sym.indices for letter in letters_in(i)} - labels
    for sym, shape, _ in shapes:
        if shape.strip() and not sym.indices:
            names.arrays.add(names.sighted(sym).key)
    for row in rows:
        for sym in (*symbols(row.left), *symbols(row.right)):
            if any(letters_in(i) & names.letters for i in sym.indices):
                names.arrays.add(names.sighted(replace(sym, indices=())).key)
    lefts = [names.sighted(row.left) for row in rows if isinstance(row.left, Sym)]
    bare = {found.key for found in lefts if not found.carried and not found.indices}
    for key, carried, indices in lefts:
        if (carried or indices) and key in bare:
            names.twofold[key] = compact((*carried, *indices)[0])
    names.typed = typed(names, rows)
    defined = {names.sighted(row.left).key for row in rows if isinstance(row.left, Sym)}
    names.arrays |= {
        key
        for row in rows
        for sym in symbols(row.right)
        if names.sighted(sym).key not in defined and (key := names.sighted(replace(sym, indices=())).key) in defined
    }
    return names


_FONTS = re.compile(r"\\(?:text|mathrm|mathit|operatorname)\b|[{}\\\s]")
_FENCES = {"(": r"({})", "[": r"[{}]", "\\": r"\langle {}\rangle "}


def spelling(name: Sym, key: Key, source: str, table: SymbolTable) -> Spelling:
    """The spelling of a name: its nucleus as the author wrote it, and the scripts that belong to it."""
    raw = source[slice(*name.span)]
    nucleus, above, below = _cut(raw)
    declared = next((s for s in table.symbols if (s.accent, s.base) == (name.accent, name.base)), None)
    canonical = _canonical(name, declared)
    if not nucleus or "_" in nucleus or "^" in nucleus or nucleus[0] in "({":
        nucleus = canonical
    if len(nucleus) > 1 and nucleus.isalnum() and not name.accent:
        nucleus = canonical if len(name.base) == 1 else rf"\mathrm{{{name.base}}}"
    up, down = "", ""
    label = key.label
    if "^" in label:
        label, _, power = label.partition("^")
        up = f"^{_braced(power)}"
    if label:
        first = below.split(",")[0].strip()
        down = first if re.sub(_FONTS, "", first) == label else label
    written = "".join(map(compact, name.indices))
    each = written if sorted(written) == sorted(key.each) else key.each
    for script in (key.layer, key.sample, each):
        if not script:
            continue
        style = _style(above, declared)
        if style == "below":
            down = f"{script},{down}" if down else script
        else:
            up += f"^{_braced(style.format(script))}"
    if key.below:
        down = f"{down},{key.below}" if down else key.below.replace(",", "") if len(key.below) < 4 else key.below
    low = f"_{_braced(down)}" if down else ""
    base = canonical + "'" * name.primes
    shown = nucleus + "'" * name.primes
    return Spelling(re.sub(r"\s+", "", base + low + up), shown + low + up)


def _style(above: str, declared: Symbol | None) -> str:
    """Where a layer or sample number stands, as a format of its text."""
    styles = (*declared.layer, *declared.sample) if declared is not None else ()
    if above and above[0] in _FENCES and "subscript" not in styles[:1]:
        return _FENCES[above[0]]
    if above and above not in ("T", "\\top", "\\intercal") and set(styles) != {"subscript"}:
        return "{}"
    named = {"paren": "({})", "bracket": "[{}]", "angle": r"\langle {}\rangle ", "bare": "{}"}
    return next((named[s] for s in styles if s in named), "below")


def _braced(text: str) -> str:
    return text if re.fullmatch(r".|\\[A-Za-z]+", text) else f"{{{text}}}"


def _canonical(name: Sym, declared: Symbol | None) -> str:
    if declared is not None:
        return declared.spelling
    return rf"\{name.accent}{{{name.base}}}" if name.accent else name.base


def _cut(raw: str) -> tuple[str, str, str]:
    r"""A name in LaTeX as its nucleus, what stands above and what below.

    >>> _cut(r"\hat W^{(1)}_{ij}")
    ('\\hat W', '(1)', 'ij')
    """
    raw = raw.strip()
    scripts = {"^": "", "_": ""}
    nucleus, depth, at = "", 0, 0
    while at < len(raw):
        sign = raw[at]
        if depth == 0 and sign in "^_":
            end = _end_of_group(raw, at + 1)
            scripts[sign] = scripts[sign] or raw[at + 1 : end].strip().removeprefix("{").removesuffix("}").strip()
            at = end
            continue
        depth += {"{": 1, "}": -1}.get(sign, 0)
        nucleus += sign if not scripts["^"] and not scripts["_"] else ""
        at += 1
    return re.sub(r"\s+", " ", nucleus).strip(" '"), scripts["^"], scripts["_"]


def _end_of_group(raw: str, at: int) -> int:
    while at < len(raw) and raw[at] == " ":
        at += 1
    if raw[at : at + 1] != "{":
        command = re.match(r"\\[A-Za-z]+|.", raw[at:])
        return at + (command.end() if command else 1)
    depth = 0
    for position in range(at, len(raw)):
        depth += {"{": 1, "}": -1}.get(raw[position], 0)
        if depth == 0:
            return position + 1
    return len(raw)
