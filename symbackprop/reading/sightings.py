"""What is seen on every name of a text of equations: labels, layers, samples and numbers of indices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from symbackprop.reading.builder import scan
from symbackprop.reading.context import is_transpose, split
from symbackprop.reading.macros import Macro
from symbackprop.reading.mathlist import Item, nest
from symbackprop.reading.names import lowered
from symbackprop.reading.scripts import flattened, label_of
from symbackprop.reading.symbols import NAMED_FUNCTIONS, spelling

_LABELS = frozenset("in out pred hid true max min total new old ref obs".split())
_PREFIXES = frozenset(["\\delta", "\\Delta", "\\vartriangle", "\\triangle"])
KRONECKER = frozenset(["\\delta", "\\mathbf{1}", "\\mathbb{1}"])
_INDEX_LETTERS = frozenset("ijklmnpqrstuv")
_NO_QUANTITY = frozenset(["\\partial", "\\nabla", "\\infty", "\\prime", "\\top", "\\intercal", ""])


@dataclass(slots=True, eq=False)
class Sighting:
    """Everything that was seen on one name, by its label."""

    labels: set[str] = field(default_factory=set)
    counts: set[int] = field(default_factory=set)
    layer: list[str] = field(default_factory=list)
    sample: list[str] = field(default_factory=list)
    transposed: bool = False
    total: int = 0
    before_bracket: int = 0
    numbers: int = 0
    letters: bool = False
    raised: list[tuple[str, ...]] = field(default_factory=list)

    def only_before_brackets(self) -> bool:
        """Whether the name always stood before a bracket, so that it may be a function or a factor."""
        return 0 < self.before_bracket == self.total

    def only_two_indices(self) -> bool:
        """Whether the name was seen with two indices only, and with no layer or sample."""
        return self.counts == {2} and not self.layer and not self.sample


class Survey:
    """One pass over the texts that collects what is seen on every name."""

    def __init__(
        self,
        shapes: Mapping[str, str],
        functions: Mapping[str, str],
        layers: Mapping[str, object],
        indices: Mapping[str, str],
        samples: Mapping[str, str],
        macros: Mapping[str, Macro],
    ) -> None:
        self.macros = macros
        self.numbered = {letter for name in layers for letter in (name, name.upper())}
        self.layers = self.numbered | {"L", "l", "\\ell"}
        self.subscript_numbers = False
        self.defined: set[str] = set()
        self.prefixes: set[str] = set()
        self.raised: set[tuple[str, str, str]] = set()
        self.samples = set(samples)
        self.indices = set(indices)
        self.seen: dict[str, Sighting] = {}
        self.shapes: dict[tuple[str, str], str] = {}
        self.words: set[str] = set()
        self.cost = ""
        self.functions: dict[str, str] = {}
        for latex in functions:
            name, label = self.key(latex)
            self.functions[name] = label
        for latex, shape in shapes.items():
            name, label = self.key(latex)
            below = scan(latex, self.macros)[-1].sub
            if shape.strip() and below and len(below) == 1 and below[0].kind == "num":
                self.subscript_numbers = True
            self.shapes[name, label] = shape
            if label:
                self.seen.setdefault(name, Sighting()).labels.add(label)
        for latex in indices:
            if len(latex) > 1:
                self.read(latex)
        self.sizes = {word for shape in shapes.values() for word in shape.replace("x", " ").split()}
        for values in (indices.values(), samples.values()):
            self.sizes |= {value.rpartition("..")[2] for value in values}

    def key(self, latex: str) -> tuple[str, str]:
        """The spelling of a declared key and the label that belongs to its name."""
        items = [item for item in scan(latex, self.macros) if item.kind != "op"]
        if not items:
            return "", ""
        first = lowered(items[0]) if items[0].kind in ("accent", "font") else items[0]
        stem = [first]
        for item in items[1:]:
            if item.kind not in ("sym", "num") or stem[-1].sub or stem[-1].sup or item.text.startswith("\\"):
                break
            stem.append(item)
        name = "".join(spelling(item) for item in stem)
        if len(name) > 1 and not name.startswith("\\"):
            self.words.add(name)
        return name + "'" * stem[-1].primes, self.label(stem[-1])

    def label(self, item: Item) -> str:
        """The subscript as a label: several letters, or a word, that are not all of them indices."""
        if not item.sub or len(item.sub) == 1 and item.sub[0].kind in ("sym", "num"):
            return ""
        text = label_of(item.sub)
        if text in _LABELS:
            return text
        known = self.layers | self.samples | self.indices | _INDEX_LETTERS
        letters = {part.text for part in item.sub if part.kind == "sym"}
        return text if text.isalpha() and not (letters and letters <= known) else ""

    def words_of(self, text: str) -> None:
        """Names of several plain letters on the left side of an equation."""
        for row in rows_of(scan(text, self.macros)):
            left: list[Item] = []
            for item in row:
                if item.kind == "op" or item.kind == "fence" or item.kind == "amp":
                    break
                left.append(item)
            if len(left) == 2 and left[0].text in _PREFIXES and not (left[0].sub or left[0].sup):
                self.prefixes.add(left[0].text)
            plain = all(item.kind == "sym" and len(item.text) == 1 for item in left)
            self.called(left, row)
            self.defined |= {spelling(left[0])} if len(left) == 1 else set()
            if len(left) == 1 and left[0].sup and len(left[0].sup) == 1 and left[0].sup[0].kind == "num":
                name = lowered(left[0]) if left[0].kind in ("accent", "font") else left[0]
                self.raised.add((spelling(name), self.label(name), left[0].sup[0].text))
            if len(left) == 1 and left[0].text == "d" and not left[0].sub:
                self.words.add("d")
            if len(left) > 1 and plain and not any(item.sub or item.sup for item in left[:-1]):
                self.words.add("".join(item.text for item in left))

    def called(self, left: list[Item], row: list[Item]) -> None:
        """A name whose definition begins ``S(z) =`` is a function, unless it is the cost."""
        rest = row[len(left) :]
        relation = next((k for k, item in enumerate(rest) if item.kind == "op" and item.text == "="), 0)
        opens = rest[:1] and (rest[0].kind == "fence" or rest[0].text == "(" and rest[relation - 1].text == ")")
        whole = rest[:1] and (rest[0].kind != "fence" or relation == 1)
        if len(left) == 1 and relation and opens and whole and left[0].kind in ("sym", "font", "text", "accent"):
            name = spelling(left[0])
            if name and name != self.cost:
                label = label_of(left[0].sub) if left[0].sub else ""
                self.functions.setdefault(name, label)

    def read(self, text: str) -> None:
        """Collect the names of a text."""
        for row in rows_of(scan(text, self.macros)):
            self.collect(nest([item for item in row if item.kind != "amp"], text))

    def collect(self, items: list[Item]) -> None:
        position = 0
        while position < len(items):
            item = items[position]
            position += 1
            if item.kind in ("sym", "accent", "font", "text"):
                item, position = self.word(items, position)
                following = items[position] if position < len(items) else None
                self.name(item, following)
            if item.kind == "big" and item.sup:
                self.sizes |= {spelling(part) for part in item.sup}
            if item.kind == "fence" and len(item.body) == 1 and item.sup and not is_transpose(item.sup):
                inner = item.body[0]
                if inner.sub is None and inner.sup is None and {spelling(part) for part in item.sup} & self.layers:
                    inner = Item(inner.kind, inner.text, inner.start, inner.end, inner.body, primes=inner.primes)
                    inner.sub, inner.sup = item.sub, item.sup
                    self.name(inner, None)
                    continue
            if item.kind not in ("accent", "font"):
                self.collect(item.body)
            if item.more:
                self.collect(item.more)
            for row in item.rows or []:
                for cell in row:
                    self.collect(cell)
            if item.sup and not is_transpose(item.sup) and item.kind in ("sym", "fence", "group"):
                self.powers(item)

    def powers(self, item: Item) -> None:
        """Names in an exponent, where it is one."""
        if item.text == "e":
            self.collect(item.sup or [])

    def word(self, items: list[Item], position: int) -> tuple[Item, int]:
        """The item before ``position``, or the longest known word that begins with it."""
        first = items[position - 1]
        if first.kind in ("accent", "font"):
            return lowered(first), position
        letters, last, end = first.text, first, position
        best: tuple[Item, int] = (first, position)
        while end < len(items) and items[end].start == last.end and items[end].kind in ("sym", "num"):
            if last.sub or last.sup or items[end].text.startswith("\\"):
                break
            last = items[end]
            letters += last.text
            end += 1
            if letters in self.words or letters in self.functions or letters in NAMED_FUNCTIONS:
                whole = Item("sym", letters, first.start, last.end, [], stop=last.stop, primes=last.primes)
                whole.sub, whole.sup = last.sub, last.sup
                best = (whole, end)
        return best

    def name(self, item: Item, following: Item | None) -> None:
        """Collect one name with its scripts."""
        name = spelling(item)
        if name in _NO_QUANTITY or name == "e" and item.sup:
            return
        if name in self.prefixes and not item.sub and not item.sup:
            return
        if name == "d" and "d" not in self.words:
            return
        called = following is not None and following.kind == "fence"
        if item.primes and name not in self.functions and name != self.cost and not called:
            name += "'" * item.primes
        if name.lstrip("\\") in NAMED_FUNCTIONS or item.kind == "text" and " " in item.text.strip():
            return
        known = name in self.functions or name in self.defined or any(name == key for key, _ in self.shapes)
        if item.kind == "text" and not (known or called or item.sub or item.sup):
            return  # a word of prose
        sighting = self.seen.setdefault(name, Sighting())
        sighting.total += 1
        if called and following is not None and following.text == "(" and not known and name != self.cost:
            sighting.before_bracket += item.sup is None
        if item.sup:
            self.above(sighting, item.sup)
        if item.sub:
            self.below(sighting, item)

    def above(self, sighting: Sighting, items: list[Item]) -> None:
        if is_transpose(items):
            sighting.transposed = True
            return
        for item in items:
            style = {"(": "paren", "[": "bracket", "\\langle": "angle"}.get(item.text) if item.kind == "fence" else None
            if style is not None:
                letters = {spelling(part) for part in item.body}
                timed = letters & self.samples or self.samples and not letters & self.numbered and not self.numbered
                (sighting.sample if timed else sighting.layer).append(style)
        letters = {spelling(part) for part in items}
        if letters in ({"0"}, {"1"}):  # nobody writes such a power
            sighting.layer.append("bare")
            return
        if letters & self.samples:
            sighting.sample.append("bare")
        elif all(item.kind == "sym" and item.sub is None for item in items) and not letters & self.layers:
            sighting.raised.append(tuple(spelling(part) for part in items))
        elif letters & self.layers:
            sighting.layer.append("bare")

    def below(self, sighting: Sighting, item: Item) -> None:
        label = self.label(item)
        below = flattened(item.sub or [])
        if below is not item.sub and below:  # Z_{3_{n,i}}
            sighting.layer.append("subscript")
            sighting.counts.add(sum(len(part) for part in split(below)) - 1)
            sighting.letters = True
            return
        given = split(below)
        if len(given) > 1 and len(given[0]) > 1 and label_of(given[0]) in _LABELS:
            sighting.labels.add(label_of(given[0]))
            sighting.counts.add(len(given) - 1)
            return
        if label and (
            label in _LABELS or label in sighting.labels or (spelling(item), label) in self.shapes or len(label) > 3
        ):
            sighting.labels.add(label)
            return
        found = split(item.sub or [])
        count = len(found)
        if count == 1 and len(found[0]) > 1 and not any(part.kind in ("op", "fence") for part in found[0]):
            count = len(found[0])
        if not found or not found[0]:
            return
        letters = {spelling(part) for part in found[0]}
        if letters & self.samples:
            sighting.sample.append("subscript")
            count -= 1
        elif letters & self.numbered and not letters & self.indices and len(found[0]) + len(found) > 1:
            sighting.layer.append("subscript")
            count -= 1
        elif self.subscript_numbers and count == 1 and found[0][0].kind == "num":
            sighting.numbers += 1
        if count:
            sighting.counts.add(count)
            sighting.letters = sighting.letters or found[0][0].kind != "num"


def rows_of(items: list[Item]) -> Iterator[list[Item]]:
    """The rows of a text of equations."""
    row: list[Item] = []
    for item in items:
        if item.kind == "newline":
            yield row
            row = []
        else:
            row.append(item)
    yield row
