"""How array libraries write what is more than + - * / and powers."""

from __future__ import annotations

from fractions import Fraction

from symbackprop.exporters.arrays import Node
from symbackprop.exporters.dialects import Dialect
from symbackprop.exporters.writing import ATOM, POWER, PRODUCT, SIGN, SUM, Text, Writer, as_decimal

_BUILT_IN = {"abs": "abs", "max": "max", "min": "min"}


class Arraywise:
    """The :class:`symbackprop.exporters.writing.Language` of a dialect; remembers which helpers it has used."""

    decimals = True

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.cubes = dialect.cubes
        self.used: dict[str, None] = {}

    def number(self, value: Fraction) -> Text:
        """A constant: a whole number, a decimal or a quotient."""
        if value.denominator == 1:
            return str(value.numerator), SIGN if value < 0 else ATOM
        decimal = as_decimal(value)
        if decimal:
            return decimal, SIGN if value < 0 else ATOM
        return f"{value.numerator} / {value.denominator}", PRODUCT

    def operation(self, node: Node, writer: Writer) -> Text:
        """An operation of arrays, or of plain numbers."""
        library = self.dialect.library
        if node.op == "matmul":
            left, right = node.args
            return f"{writer.bound(left, POWER)} @ {writer.bound(right, POWER)}", PRODUCT
        if node.op == "transpose" and node.rank == 2:
            return f"{writer.bound(node.args[0], ATOM)}.T", ATOM
        if node.op == "expand":
            return self._expanded(node, writer), ATOM
        if node.op == "entry":
            places = [":" if k is None else str(k) for k in node.data]
            return f"{writer.bound(node.args[0], ATOM)}[{', '.join(places)}]", ATOM
        if node.op == "sqrt" and node.plain:
            return f"{writer.bound(node.args[0], ATOM)}**0.5", POWER
        if node.op == "power":
            base, exponent = node.args
            return f"{writer.bound(base, ATOM)}**{writer.bound(exponent, ATOM)}", POWER
        args = [writer.bound(a, SUM) for a in node.args]
        if node.op == "sum":
            return self._sum(args[0], node, ""), ATOM
        if node.op == "transpose":
            return f"{library}.{self.dialect.transposed}({args[0]}, {node.data})", ATOM
        if node.op == "einsum":
            return f'{library}.einsum("{node.data}", {", ".join(args)})', ATOM
        if node.op == "outer":
            return f"{library}.outer({', '.join(args)})", ATOM
        if node.op == "eye":
            return f"{library}.eye({args[0]})" + (f"[{node.data}]" if node.data is not None else ""), ATOM
        if node.op == "zeros":
            return f"{library}.zeros(({', '.join(args)}{',' if len(args) == 1 else ''}))", ATOM
        if node.op == "like":
            return f"{library}.zeros_like({args[0]})", ATOM
        if node.op == "call":
            return f"{node.data}({', '.join(args)})", ATOM
        return self._function(node, args), ATOM

    def _function(self, node: Node, args: list[str]) -> str:
        if node.plain and node.op in ("exp", "log", "sin", "cos", "tanh", "erf", "expm1"):
            return f"math.{node.op}({args[0]})"
        if node.plain and node.op in _BUILT_IN:
            return f"{_BUILT_IN[node.op]}({', '.join(args)})"
        template = self.dialect.functions[node.op]
        for name in self.dialect.helpers:
            if template.startswith(f"{name}("):
                self.used[name] = None
        if self.dialect.library == "torch" and node.op in ("max", "min"):
            constant = next((k for k, a in enumerate(node.args) if a.plain), None)
            if constant is not None:
                bound = "min" if node.op == "max" else "max"
                return f"torch.clamp({args[1 - constant]}, {bound}={args[constant]})"
        axis = -1 if node.op.endswith("softmax") and node.data == node.rank - 1 else node.data
        return template.format(*args, axis=axis)

    def _sum(self, arg: str, node: Node, kept: str) -> str:
        axes = node.data
        where = f", {self.dialect.axis}={axes[0] if len(axes) == 1 else axes}"
        everything = len(axes) == node.args[0].rank and not kept
        return f"{self.dialect.library}.sum({arg}{'' if everything else where}{kept})"

    def _expanded(self, node: Node, writer: Writer) -> str:
        inner = node.args[0]
        new = tuple(k for k, old in enumerate(node.data) if not old)
        if inner.op == "sum" and inner not in writer.names and inner.args[0].rank == node.rank and inner.data == new:
            return self._sum(writer.bound(inner.args[0], SUM), inner, f", {self.dialect.keepdims}=True")
        places = ", ".join(":" if old else "None" for old in node.data)
        return f"{writer.bound(inner, ATOM)}[{places}]"
