"""Which lines a program needs, and which parts of formulas deserve a line of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from symbackprop.exporters.arrays import Arrays, Node
from symbackprop.exporters.naming import Names


class Line(NamedTuple):
    """``name = value``."""

    name: str
    value: Node


def needed(lines: Sequence[Line], wanted: Iterable[str]) -> list[Line]:
    """The lines that the wanted names need, in order."""
    names, kept = set(wanted), []
    for line in reversed(lines):
        if line.name in names:
            kept.append(line)
            names.update(n.data for n in nodes(line.value) if n.op == "name")
    return kept[::-1]


def shared(lines: Sequence[Line], wanted: Mapping[Node, str], names: Names) -> tuple[list[Line], dict[Node, str]]:
    """The lines with a line for every part that is used twice or has a wanted name, and the names of these parts."""
    uses = Counter(a for node in _all_nodes(lines) for a in node.args)
    found: dict[Node, str] = {}
    result: list[Line] = []
    for line in lines:
        for node in _postorder(line.value):
            if node in found or node is line.value:
                continue
            if node in wanted or (uses[node] > 1 and _worth_a_name(node)):
                found[node] = wanted.get(node) or names.new(_name_for(node))
                result.append(Line(found[node], node))
        result.append(line)
    return result, found


def with_logarithms(arrays: Arrays, lines: Sequence[Line], names: Names) -> tuple[list[Line], dict[Node, str]]:
    """The lines with a softmax whose logarithm is needed too as the exponential of that, and a name for the latter."""
    logarithms = {(n.args, n.data): n for n in _all_nodes(lines) if n.op == "log_softmax"}
    result, wanted = [], {}
    for line in lines:
        logarithm = logarithms.get((line.value.args, line.value.data)) if line.value.op == "softmax" else None
        if logarithm is not None:
            wanted[logarithm] = names.new(f"log_{line.name}")
            line = Line(line.name, arrays.make("exp", (logarithm,)))
        result.append(line)
    return result, wanted


def nodes(node: Node) -> Iterator[Node]:
    """The nodes of a formula, each once."""
    seen, todo = {node}, [node]
    while todo:
        node = todo.pop()
        yield node
        for arg in node.args:
            if arg not in seen:
                seen.add(arg)
                todo.append(arg)


def _all_nodes(lines: Sequence[Line]) -> Iterator[Node]:
    seen: set[Node] = set()
    for line in lines:
        for node in nodes(line.value):
            if node not in seen:
                seen.add(node)
                yield node


def _postorder(node: Node) -> Iterator[Node]:
    """The nodes of a formula, operands first, each once."""
    seen: set[Node] = set()
    todo = [(node, False)]
    while todo:
        node, done = todo.pop()
        if done:
            yield node
        elif node not in seen:
            seen.add(node)
            todo.append((node, True))
            todo.extend((a, False) for a in reversed(node.args))


_CHEAP = frozenset({"name", "number", "transpose", "expand", "entry", "like", "zeros", "eye"})


def _worth_a_name(node: Node) -> bool:
    """Whether writing the node twice is worse than one name more."""
    if node.plain or node.op in _CHEAP:
        return False
    if node.op in ("product", "add"):
        return any(_worth_a_name(a) for a in node.args) or len(node.args) > 2
    return True


def _name_for(node: Node) -> str:
    """A name that says what the node is: ``sigmoid_z1``."""
    if len(node.args) == 1 and node.args[0].op == "name":
        return f"{node.op}_{node.args[0].data}"
    return "t1"
