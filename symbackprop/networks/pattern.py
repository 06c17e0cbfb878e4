"""Reading a network pattern: ``relu relu relu``, ``2 -> 3 tanh -> 1 sigmoid``, ``k sigmoid bias``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from symbackprop.networks.layers import Layer, Options, general_network, layered_network
from symbackprop.networks.model import Network
from symbackprop.tables.activations import ACTIVATIONS, SOFTMAX
from symbackprop.tables.costs import COSTS
from symbackprop.vocabulary.errors import InputError, Place, nearest, unknown
from symbackprop.vocabulary.functions import Function

LONGEST_PATTERN, MOST_LAYERS, WIDEST = 100_000, 200_000, 1_000_000
RESERVED = frozenset({"x", "y", "z", "r", "W", "b", "C", "U", "S", "e", "d", "k", "pi", "eta", "lambda", "lamda"})

PIECES = {
    "relu sigmoid": "a chain of single neurons, one activation each",
    "relu*3": "the same layer three times",
    "2 -> 3 tanh -> 1": "dense layers between widths; without an activation a layer is linear",
    "n -> m relu -> p": "widths that stay symbols",
    "3 relu bias": "a layer with a bias",
    "k relu bias": "two arbitrary layers (k) and (k+1), the upstream gradient given",
}
"""What a pattern may contain, by example."""

_TOKEN = re.compile(
    r"\s*(?:(?P<arrow>->|→)|(?P<times>\*)|(?P<number>\d+)|(?P<word>[A-Za-z_][\w-]*\w|[A-Za-z]))", re.ASCII
)


class _Token(NamedTuple):
    kind: str
    text: str
    start: int


def read_pattern(
    text: str,
    options: Options | None = None,
    activations: Mapping[str, Function] | None = None,
) -> Network:
    """The network of a pattern. Raises :class:`InputError` with line, column and caret.

    >>> read_pattern("2 -> 3 tanh -> 1 sigmoid").quantity("W0").shape
    (2, 3)
    >>> [q.name for q in read_pattern("relu*2").quantities]
    ['x', 'W0', 'W1', 'y', 'z1', 'r1', 'z2', 'r2', 'U', 'C']
    """
    return _Reader(text, options or Options(COSTS["half-squared"]), activations or {}).network()


def with_activation(pattern: str, activation: str) -> str:
    """The pattern with every activation but identity and softmax replaced by another.

    >>> with_activation("2 -> 3 relu bias -> 1 sigmoid", "tanh")
    '2 -> 3 tanh bias -> 1 tanh'
    """
    return re.sub(
        r"(?<![\w-])[A-Za-z][\w-]*",
        lambda m: activation if m[0] in ACTIVATIONS and m[0] != "identity" else m[0],
        pattern,
    )


class _Reader:
    def __init__(self, text: str, options: Options, activations: Mapping[str, Function]) -> None:
        if len(text) > LONGEST_PATTERN:
            raise InputError("too-long", f"the pattern has {len(text)} characters, more than {LONGEST_PATTERN}")
        self.text = text
        self.options = options
        self.activations: dict[str, Function] = {**ACTIVATIONS, **activations}
        self.tokens = self.split()
        self.at = 0

    def split(self) -> list[_Token]:
        tokens, position = [], 0
        stop = len(self.text.rstrip())
        while position < stop:
            match = _TOKEN.match(self.text, position)
            if match is None:
                start = position + len(self.text[position:]) - len(self.text[position:].lstrip())
                raise InputError(
                    "malformed-pattern",
                    f"{self.text[start]!r} does not belong in a network pattern",
                    Place(self.text, start, start + 1),
                    'write activations ("relu relu"), or widths and arrows ("2 -> 3 tanh -> 1 sigmoid")',
                )
            kind = str(match.lastgroup)
            tokens.append(_Token(kind, match[kind], match.start(kind)))
            position = match.end()
        tokens.append(_Token("end", "", len(self.text)))
        return tokens

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self, kind: str, text: str | None = None) -> _Token | None:
        token = self.next
        if token.kind == kind and (text is None or token.text == text):
            self.at += 1
            return token
        return None

    def place(self, token: _Token) -> Place:
        return Place(self.text, token.start, token.start + max(1, len(token.text)))

    def error(self, code: str, message: str, hint: str | None = None, token: _Token | None = None) -> InputError:
        return InputError(code, message, self.place(token or self.next), hint)

    def network(self) -> Network:
        first = self.next
        if first.kind == "end":
            raise self.error("empty-pattern", "no network is given", 'the smallest one is "relu"')
        if first.text == "k" and self.tokens[1].kind != "arrow":
            return self.general()
        if first.kind == "number" or self.tokens[1].kind == "arrow":
            return self.dense()
        return self.chain()

    def chain(self) -> Network:
        layers: list[Layer] = []
        while self.next.kind != "end":
            if self.next.kind == "arrow":
                raise self.error(
                    "malformed-pattern",
                    "an arrow needs a width on its left",
                    'write widths everywhere ("1 -> 1 relu -> 1 relu"), or no arrows ("relu relu")',
                )
            layers += self.layer(None)
            self.check_depth(layers)
        return layered_network(self.text, None, layers, self.options)

    def dense(self) -> Network:
        inputs = self.width()
        if self.next.kind == "end":
            raise self.error(
                "malformed-pattern", "a network needs a layer after its input", f'for example "{inputs} -> 1 relu"'
            )
        layers: list[Layer] = []
        while self.next.kind != "end":
            if not self.take("arrow"):
                raise self.error("malformed-pattern", f"'->' was expected before {self.next.text!r}")
            layers += self.layer(self.width())
            self.check_depth(layers)
        return layered_network(self.text, inputs, layers, self.options)

    def check_depth(self, layers: list[Layer]) -> None:
        if len(layers) > MOST_LAYERS:
            raise self.error("too-deep", f"more than {MOST_LAYERS} layers are not read")

    def general(self) -> Network:
        self.take("word", "k")
        activation = self.activation() if self.next.kind == "word" and self.next.text != "bias" else ACTIVATIONS["relu"]
        bias = self.take("word", "bias") is not None
        if self.next.kind != "end":
            raise self.error(
                "malformed-pattern", f"{self.next.text!r} was not expected here", 'for example "k sigmoid bias"'
            )
        if self.options.cost.name != "half-squared" or self.options.expand:
            raise InputError(
                "no-such-network", "two arbitrary layers have their upstream gradient given, whatever the cost"
            )
        if self.options.batch is not None or self.options.l2:
            raise InputError(
                "no-such-network", "two arbitrary layers have their upstream gradient given: no batch, no penalty"
            )
        return general_network(self.text, activation, bias)

    def width(self) -> int | str:
        token = self.next
        if token.kind == "number":
            self.at += 1
            if len(token.text) > 12 or int(token.text) > WIDEST:
                raise self.error("too-large", f"a width above {WIDEST} is not read", token=token)
            if int(token.text) == 0:
                raise self.error("bad-width", "a layer needs at least one unit", token=token)
            return int(token.text)
        if token.kind == "word":
            self.at += 1
            if token.text in self.activations or token.text in (SOFTMAX.name, "bias"):
                raise self.error(
                    "missing-width", f"the layer {token.text!r} has no width", f'for example "3 {token.text}"', token
                )
            if token.text in RESERVED or not token.text.isidentifier():
                raise self.error(
                    "reserved-name", f"{token.text!r} cannot name a width: it means something else", token=token
                )
            return token.text
        raise self.error("missing-width", "a width (a number or a name) was expected", '"2 -> 3 tanh -> 1 sigmoid"')

    def layer(self, width: int | str | None) -> list[Layer]:
        start = self.next
        activation: Function = ACTIVATIONS["identity"]
        if width is None or (self.next.kind == "word" and self.next.text != "bias"):
            activation = self.activation()
        times = self.times()
        bias = self.take("word", "bias") is not None
        times *= self.times() if bias else 1
        if activation is SOFTMAX and width in (None, 1):
            raise self.error(
                "softmax-of-one",
                "softmax needs several units to compare: of one number it is always 1, and its gradient 0",
                "use sigmoid for one unit, or give the layer a width of 2 or more",
                start,
            )
        if times > MOST_LAYERS:
            raise self.error("too-deep", f"more than {MOST_LAYERS} layers are not read", token=start)
        return [Layer(width, activation, bias)] * times

    def times(self) -> int:
        if not self.take("times"):
            return 1
        token = self.take("number")
        if token is None:
            raise self.error("malformed-pattern", "a number of layers was expected after '*'", 'for example "relu*3"')
        if len(token.text) > 9 or int(token.text) > MOST_LAYERS:
            raise self.error("too-deep", f"more than {MOST_LAYERS} layers are not read", token=token)
        if int(token.text) == 0:
            raise self.error("bad-depth", "a network needs at least one layer", token=token)
        return int(token.text)

    def activation(self) -> Function:
        token = self.next
        if token.kind != "word" or token.text == "bias":
            raise self.error(
                "malformed-pattern",
                f"an activation was expected{' before ' + repr(token.text) if token.text else ''}",
                f"known: {', '.join((*self.activations, SOFTMAX.name))}",
            )
        self.at += 1
        if token.text == SOFTMAX.name:
            return SOFTMAX
        if token.text not in self.activations:
            if "-" in token.text and nearest(token.text, self.activations) is None:
                raise self.error("malformed-pattern", f"{token.text!r} is not understood", token=token)
            raise unknown("activation", token.text, (*self.activations, SOFTMAX.name), self.place(token))
        return self.activations[token.text]
