"""From math-list items to declared names: words of several letters, fonts, accents, labels, layers and indices."""

from __future__ import annotations

from dataclasses import dataclass, replace

from symbackprop.reading.context import Context, Cursor, has_relation
from symbackprop.reading.mathlist import Item
from symbackprop.reading.scripts import place_indices, split_label, superscript
from symbackprop.reading.symbols import NAMED_FUNCTIONS, Symbol, spelling
from symbackprop.reading.tree import Sym

MAX_PRIMES = 4


@dataclass(slots=True, eq=False)
class Name:
    """A name that was read: its symbol and node, and what its superscript leaves to be done."""

    symbol: Symbol
    node: Sym
    item: Item
    transposed: bool = False
    power: list[Item] | None = None
    bare: bool = False
    primes_open: bool = False


def at_name(context: Context, cursor: Cursor) -> bool:
    """Whether a name or a number that is not a function stands at the cursor."""
    item = cursor.peek()
    if item is None:
        return False
    if item.kind == "num":
        return True
    if item.kind not in ("sym", "accent", "font", "text"):
        return False
    found = word_at(context, cursor)
    variants = context.table.variants(found[0] if found else spelling(item))
    return bool(variants) and all(symbol.kind != "function" for symbol in variants.values())


def starts_name(context: Context, cursor: Cursor) -> bool:
    r"""Whether a ``\text`` at the cursor is a declared name."""
    item = cursor.peek()
    return item is not None and bool(item.text.strip()) and bool(context.table.variants(spelling(item)))


def word_at(context: Context, cursor: Cursor) -> tuple[str, int] | None:
    """The longest declared word of several letters at the cursor, and how many items it takes."""
    item = cursor.items[cursor.at]
    if item.kind != "sym" or len(item.text) != 1 or item.text not in context.table.words:
        return None
    if item.sub is not None or item.sup is not None or item.primes:
        return None
    letters = item.text
    last = item
    count = 1
    while cursor.at + count < cursor.stop:
        following = cursor.items[cursor.at + count]
        adjacent = following.start in (last.end, last.start)
        if following.kind not in ("sym", "num") or not adjacent or following.text.startswith("\\"):
            break
        letters += following.text
        last = following
        count += 1
        if following.sub is not None or following.sup is not None or following.primes:
            break
    for word in context.table.words[item.text]:
        if not letters.startswith(word):
            continue
        length = 0
        taken = 0
        while taken < len(word):
            taken += len(cursor.items[cursor.at + length].text)
            length += 1
        if taken == len(word) and _is_meant(context, cursor, word, length):
            return word, length
    return None


def _is_meant(context: Context, cursor: Cursor, word: str, length: int) -> bool:
    """Whether a function's name written in plain letters is meant, and not a product of these letters."""
    if word not in NAMED_FUNCTIONS:
        return True
    last = cursor.items[cursor.at + length - 1]
    following = cursor.items[cursor.at + length] if cursor.at + length < cursor.stop else None
    if last.sup is not None or last.primes or following is not None and following.kind in ("fence", "group"):
        return True
    return any(not context.table.variants(letter) for letter in word)


def take_name(context: Context, cursor: Cursor, *, bare: bool = False) -> Name:
    """The name at the cursor with its scripts; ``bare`` lets a function stand without arguments."""
    first = cursor.items[cursor.at]
    plain = first.sub is None and first.sup is None and not first.primes and cursor.peek(1) is not None
    if plain and first.text in context.table.prefixes and context.table.find(first.text) is None:
        return _prefixed(context, cursor, first)
    word = word_at(context, cursor)
    if word is not None:
        name, length = word
        last = cursor.items[cursor.at + length - 1]
        cursor.at += length
        item = Item("sym", name, first.start, last.end, [], stop=last.stop)
        item.sub, item.sup, item.sub_at, item.sup_at = last.sub, last.sup, last.sub_at, last.sup_at
        item.primes = last.primes
    else:
        cursor.take()
        item = lowered(first) if first.kind in ("accent", "font") else first
        name = spelling(item)
    return resolve(context, item, name, bare=bare, called=_one_name_follows(cursor))


def _one_name_follows(cursor: Cursor) -> bool:
    """Whether one name in round brackets is at the cursor."""
    fence = cursor.peek()
    if fence is None or fence.kind != "fence" or fence.text != "(" or len(fence.body) != 1:
        return False
    return fence.body[0].kind in ("sym", "accent", "font", "text")


def _prefixed(context: Context, cursor: Cursor, prefix: Item) -> Name:
    r"""A name with a sign before it that makes another name of it, such as ``\Delta w``."""
    cursor.take()
    name = take_name(context, cursor)
    accent = ".".join(part for part in (prefix.text.lstrip("\\"), name.node.accent) if part)
    name.node = replace(name.node, accent=accent, span=(prefix.start, name.node.span[1]))
    return name


def lowered(item: Item) -> Item:
    r"""``\hat{y_k}`` as ``\hat{y}_k``: scripts that stand under an accent or inside a font, moved outside."""
    if not item.body:
        return item
    last = item.body[-1]
    if last.kind in ("accent", "font") and last.body:
        last = lowered(last)
    if last.sub is None and last.sup is None or item.sub is not None and last.sub is not None:
        return item
    if item.sup is not None and last.sup is not None:
        return item
    inner = Item(last.kind, last.text, last.start, last.end, last.body, stop=last.end)
    moved = Item(item.kind, item.text, item.start, item.end, [*item.body[:-1], inner], stop=item.stop)
    moved.primes = item.primes
    moved.sub, moved.sub_at = (item.sub, item.sub_at) if item.sub is not None else (last.sub, last.sub_at)
    moved.sup, moved.sup_at = (item.sup, item.sup_at) if item.sup is not None else (last.sup, last.sup_at)
    return moved


def resolve(context: Context, item: Item, name: str, *, bare: bool = False, called: bool = False) -> Name:
    """The declared symbol of a spelling, with layer, sample and indices read from the item's scripts.

    ``called`` says that one name in round brackets follows, so that a prime is a derivative by that name.
    """
    table = context.table
    primes = item.primes
    if primes > MAX_PRIMES:
        raise context.error("prime", f"more than {MAX_PRIMES} primes", item.end, item.stop)
    variants = table.variants(name + "'" * primes) if primes else {}
    if variants:
        primes = 0
    else:
        variants = table.variants(name)
    if not name or not variants:
        raise context.unknown(item, name)
    if item.sub is not None and has_relation(item.sub):
        raise context.error("bad-index", "a relation cannot be an index", item.sub_at, item.sub_at + 1)
    symbol, rest = split_label(context, item, variants)
    if symbol is None:
        known = ", ".join(variant.shown for variant in variants.values())
        wrong = context.text[item.start : item.stop]
        raise context.error(
            "unknown-symbol", f"{wrong} is not declared here", item.start, item.stop, f"declared: {known}"
        )
    above = superscript(context, symbol, item)
    layer, sample, indices = place_indices(context, symbol, rest, item)
    if layer is not None and above.layer is not None or sample is not None and above.sample is not None:
        raise context.error("layer-style", "this name carries two layers", item.start, item.stop)
    slope = primes == 1 and called and symbol.kind in ("loss", "scalar", "vector", "tensor") and not above.transposed
    if slope and symbol.kind != "loss":
        context.warn("prime", "read as the derivative by the name in brackets", item.start, item.stop)
    if primes and symbol.kind not in ("function", "loss") and not slope:
        raise context.error(
            "prime",
            f"{symbol.shown} is no function, and no {symbol.shown}' is declared",
            item.start,
            item.stop,
            "write ^T for a transpose",
        )
    label = symbol.label
    exponent = above.power[0].text if above.power is not None and len(above.power) == 1 else ""
    if exponent and (symbol.spelling, label, exponent) in table.powers:
        above.power = None
        label = f"{label}^{exponent}"
    node = Sym(
        symbol.base,
        symbol.accent,
        above.layer or layer,
        above.sample or sample,
        above.indices or indices,
        label,
        primes,
        span=(item.start, item.stop),
    )
    return Name(symbol, node, item, above.transposed, above.power, bare, bool(primes) and symbol.kind != "function")
