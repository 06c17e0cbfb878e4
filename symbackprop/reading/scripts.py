"""Subscripts and superscripts: which of them is a label, a layer, a sample, an index, a power or a transpose."""

from __future__ import annotations

from dataclasses import dataclass

from symbackprop.reading.context import Context, is_op, is_transpose, split
from symbackprop.reading.mathlist import Item
from symbackprop.reading.sexpr import compact
from symbackprop.reading.symbols import Symbol, parts, spelling
from symbackprop.reading.tree import Add, Mul, Neg, Node, Num, Sym

MAX_INDICES = 8


@dataclass(slots=True, eq=False)
class Superscript:
    """What a superscript on a name says."""

    layer: Node | None = None
    sample: Node | None = None
    transposed: bool = False
    power: list[Item] | None = None
    indices: tuple[Node, ...] = ()


def label_of(items: list[Item]) -> str:
    """A subscript as one word, for comparison with declared labels."""
    return "".join(
        spelling(item) if item.sub is None and item.sup is None and not item.primes else "\0" for item in items
    ).lstrip("\\")


def flattened(items: list[Item]) -> list[Item]:
    """``3_{n,i}`` in a subscript as ``3,n,i``: indices set below the number of a layer."""
    if len(items) != 1 or items[0].kind != "num" or items[0].sub is None or items[0].sup is not None:
        return items
    number = items[0]
    plain = Item("num", number.text, number.start, number.end, [], stop=number.end)
    comma = Item("op", ",", number.sub_at, number.sub_at + 1, [], stop=number.sub_at + 1)
    return [plain, comma, *number.sub] if number.sub else items


def split_label(context: Context, owner: Item, variants: dict[str, Symbol]) -> tuple[Symbol | None, list[list[Item]]]:
    """The variant of a name that its subscript asks for, and the comma-separated rest of the subscript."""
    given = split(flattened(owner.sub)) if owner.sub else []
    if given and len(variants) > 1 or "" not in variants:
        for count in (len(given), 1):
            head = ",".join(label_of(part) for part in given[:count])
            if head and head in variants:
                return variants[head], given[count:]
    return variants.get(""), given


def indices(context: Context, given: list[list[Item]], owner: Item) -> list[Node]:
    """The indices of a subscript; letters side by side are several indices."""
    found: list[Node] = []
    for part in given:
        if not part:
            raise context.error("missing-operand", "an index is missing here", owner.sub_at, owner.sub_at + 1)
        if len(part) > 1 and all(_is_letter(item) for item in part):
            found.extend(index(context, [item]) for item in part)
        else:
            found.append(index(context, part))
        if len(found) > MAX_INDICES:
            first = part[0]
            raise context.error("index-count", f"more than {MAX_INDICES} indices", first.start, first.end)
    return found


def _is_letter(item: Item) -> bool:
    return item.kind in ("sym", "accent", "font") or (item.kind == "num" and item.end - item.start == 1)


def index(context: Context, items: list[Item]) -> Node:
    """An index, size or layer label such as ``j``, ``l+1`` or ``2i-1``."""
    if not items:
        raise context.error("missing-operand", "an index is missing here", 0, 1)
    terms: list[Node] = []
    sign: Item | None = None
    factors: list[Node] = []
    operators: list[str] = []
    pending = ""

    def close(at: Item) -> None:
        nonlocal factors, operators, pending
        if not factors or pending:
            raise context.error("missing-operand", "an index is missing here", at.start, at.end)
        span = (factors[0].span[0], factors[-1].span[1])
        term: Node = factors[0] if len(factors) == 1 else Mul(tuple(factors), tuple(operators), span=span)
        terms.append(Neg(term, span=span) if is_op(sign, "-") else term)
        factors, operators = [], []

    for item in items:
        if is_op(item, "+", "-"):
            if factors or sign is not None:
                close(item)
            sign = item
        elif is_op(item, "*", "\\cdot", "\\times"):
            if not factors or pending:
                raise context.error("missing-operand", "an index is missing here", item.start, item.end)
            pending = item.text
        else:
            factor = _index_atom(context, item)
            if factors:
                if not pending and not isinstance(factors[-1], Num) and len(items) > 1:
                    known = context.table.find(spelling(item)) or context.table.find(compact(factors[-1]))
                    if known is None or known.kind not in ("size", "scalar"):
                        raise context.error(
                            "index-count",
                            "two indices without a comma",
                            item.start,
                            item.end,
                            "separate indices with a comma",
                        )
                operators.append(pending)
            pending = ""
            factors.append(factor)
    close(items[-1])
    span = (items[0].start, items[-1].stop)
    return terms[0] if len(terms) == 1 else Add(tuple(terms), span=span)


def _index_atom(context: Context, item: Item) -> Node:
    span = (item.start, item.stop)
    if item.kind == "num" and item.sub is None and item.sup is None:
        return Num(item.text, span=span)
    if item.kind in ("fence", "group") and item.sub is None and item.sup is None and item.text in ("(", "{"):
        context.enter(item)
        inner = index(context, item.body)
        context.depth -= 1
        return inner
    name = spelling(item) if item.kind in ("sym", "accent", "font", "text") else ""
    if not name or item.kind == "text" and " " in name:
        raise context.error("bad-index", f"{context.written(item)} cannot be an index", item.start, item.end)
    accent, base = parts(name)
    context.enter(item)
    label = label_of(item.sub) if item.sub is not None else ""
    label = label if label in ("in", "out") else ""
    below = tuple(indices(context, split(item.sub), item)) if item.sub is not None and not label else ()
    sample = None
    if item.sup is not None:
        inside = item.sup
        if len(inside) == 1 and inside[0].kind == "fence":
            inside = inside[0].body
        sample = index(context, inside)
    context.depth -= 1
    return Sym(base, accent, sample=sample, indices=below, label=label, primes=item.primes, span=span)


def place_indices(
    context: Context, symbol: Symbol, given: list[list[Item]], owner: Item
) -> tuple[Node | None, Node | None, tuple[Node, ...]]:
    """Layer, sample and indices of a subscript, by what the symbol is declared to carry."""
    if not given:
        return None, None, ()
    labelled = "subscript" in symbol.layer or "subscript" in symbol.sample
    wanted = set(symbol.arity)
    if len(given) == 1 and len(given[0]) == 1 and given[0][0].kind == "num" and len(given[0][0].text) > 1:
        number = given[0][0]
        if len(number.text) in wanted and (1 not in wanted or symbol.kind == "matrix") and not labelled:
            digits = tuple(
                Num(digit, span=(number.start + k, number.start + k + 1)) for k, digit in enumerate(number.text)
            )
            context.warn("digit-indices", f"read as the indices {','.join(number.text)}", number.start, number.end)
            return None, None, digits
    if len(given) == 1 and len(given[0]) > 1 and (1 in wanted or not wanted) and labelled and not wanted - {1}:
        if not all(_is_letter(item) for item in given[0]):
            found = [index(context, given[0])]
        else:
            found = indices(context, given, owner)
    else:
        found = indices(context, given, owner)
    if not labelled:
        if len(found) in wanted and not symbol.raised:
            return None, None, tuple(found)
        raise _count(context, symbol, owner, len(found))
    first = found[0]
    rest = tuple(found[1:])
    for_sample = "subscript" in symbol.sample and (
        "subscript" not in symbol.layer or isinstance(first, Sym) and first.base in context.table.samples
    )
    if len(found) in wanted and len(found) - 1 not in wanted | ({0} if len(found) == 1 else set()):
        return None, None, tuple(found)
    letters = {part.base for part in _symbols(first)}
    if len(found) in wanted and for_sample and not letters & context.table.samples and letters:
        return None, None, tuple(found)
    if rest and len(rest) not in wanted:
        raise _count(context, symbol, owner, len(found))
    if for_sample:
        return None, first, rest
    check_range(context, symbol, first)
    return first, None, rest


def _symbols(node: Node) -> list[Sym]:
    if isinstance(node, Sym):
        return [node]
    if isinstance(node, Add):
        return [symbol for term in node.terms for symbol in _symbols(term)]
    if isinstance(node, Mul):
        return [symbol for factor in node.factors for symbol in _symbols(factor)]
    return _symbols(node.body) if isinstance(node, Neg) else []


def _count(context: Context, symbol: Symbol, owner: Item, count: int) -> Exception:
    items = owner.sub or owner.sup or []
    start, end = (items[0].start, items[-1].stop) if items else (owner.start, owner.end)
    allowed = " or ".join(str(number) for number in symbol.arity) or "no"
    return context.error("index-count", f"{symbol.shown} carries {allowed} indices, not {count}", start, end)


def check_range(context: Context, symbol: Symbol, layer: Node) -> None:
    """Refuse a numeric layer outside of the declared range."""
    if isinstance(layer, Num) and layer.text.isdigit():
        number = int(layer.text)
        low = symbol.first is not None and number < symbol.first
        high = symbol.last is not None and number > symbol.last
        if low or high:
            start, end = layer.span
            known = f"{'' if symbol.first is None else symbol.first}..{'' if symbol.last is None else symbol.last}"
            raise context.error("layer-range", f"{symbol.shown} has the layers {known}, not {number}", start, end)


def superscript(context: Context, symbol: Symbol, owner: Item) -> Superscript:
    """What the superscript of a name says, by the styles its layer and sample are declared in."""
    found = Superscript()
    items = owner.sup
    if items is None:
        return found
    may_transpose = symbol.kind in ("vector", "matrix", "tensor")
    if is_transpose(items) and (may_transpose or context.table.find(spelling(items[0])) is None):
        if symbol.kind in ("function", "loss", "size", "index") or symbol.kind == "scalar" and not may_transpose:
            raise context.error(
                "transposed-scalar", f"{symbol.shown} is a {symbol.kind} and has no transpose", owner.sup_at, owner.stop
            )
        if items[0].kind == "fence" or items[0].text == "T" and context.table.find("T") is not None:
            context.warn("transpose", "read as a transpose", owner.sup_at, owner.stop)
        found.transposed = True
        return found
    rest = list(items)
    if len(rest) > 1 and may_transpose and is_transpose(rest[-1:]):
        found.transposed = True
        rest.pop()
        if rest[-1].kind != "fence":
            context.warn("transpose", "read as a layer and a transpose", owner.sup_at, owner.stop)
    last = rest[-1]
    if last.sup is not None and last.sub is None and is_transpose(last.sup) and last.kind in ("fence", "sym"):
        found.transposed = True
        rest[-1] = Item(last.kind, last.text, last.start, last.end, last.body, close=last.close, stop=last.end)
    if all(item.kind == "fence" and item.sup is None and item.sub is None for item in rest):
        for fence in rest:
            _bracketed_label(context, symbol, owner, fence, found)
        return found
    if symbol.raised and len(rest) in symbol.arity:
        found.indices = tuple(indices(context, split(rest), owner))
        return found
    if "bare" in symbol.layer:
        found.layer = index(context, rest)
        check_range(context, symbol, found.layer)
    elif "bare" in symbol.sample:
        found.sample = index(context, rest)
    elif set(symbol.layer) & {"paren", "bracket"}:
        opening, closing = ("(", ")") if "paren" in symbol.layer else ("[", "]")
        inside = context.text[rest[0].start : rest[-1].stop]
        name = context.written(owner)
        raise context.error(
            "layer-style",
            f"{symbol.shown} carries its layer as {name}^{{{opening}{inside}{closing}}}",
            owner.sup_at,
            owner.stop,
            f"write {name}^{{{opening}{inside}{closing}}} for the layer, ({name})^{{{inside}}} for a power",
        )
    else:
        found.power = rest
    return found


def _bracketed_label(context: Context, symbol: Symbol, owner: Item, fence: Item, found: Superscript) -> None:
    style = {"(": "paren", "[": "bracket", "\\langle": "angle"}.get(fence.text, "")
    letters = {spelling(item) for item in fence.body}
    numbers_sample = bool(letters & context.table.samples)
    if style in symbol.layer and found.layer is None and not (style in symbol.sample and numbers_sample):
        found.layer = index(context, fence.body)
        check_range(context, symbol, found.layer)
    elif style in symbol.sample and found.sample is None:
        found.sample = index(context, fence.body)
    elif style == "paren" and not symbol.layer and not symbol.sample and symbol.kind != "function":
        raise context.error(
            "layer-style",
            f"{symbol.shown} carries neither a layer nor a sample number",
            owner.sup_at,
            owner.stop,
            f"({context.written(owner)})^{{...}} is a power",
        )
    else:
        written = {"bare": "^l", "bracket": "^{[l]}", "paren": "^{(l)}", "subscript": "_l", "angle": "^{<l>}"}
        styles = ", ".join(written[known] for known in (*symbol.layer, *symbol.sample)) or "no label"
        inside = context.text[fence.start + 1 : fence.end - 1]
        brackets = {"bare": inside, "bracket": f"[{inside}]", "paren": f"({inside})"}
        first = next((brackets[known] for known in symbol.layer if known in brackets), "")
        hint = f"write {context.written(owner)}^{{{first}}}" if first else None
        raise context.error("layer-style", f"{symbol.shown} is declared with {styles}", owner.sup_at, owner.stop, hint)
