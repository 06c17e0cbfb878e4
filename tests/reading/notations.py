"""The four notations of the gold set, declared by hand."""

from __future__ import annotations

from symbackprop.reading import Symbol, SymbolTable


def _many(names: str, kind: str, **options: object) -> list[Symbol]:
    return [Symbol(name, kind, **options) for name in names.split()]  # type: ignore[arg-type]


SCALAR = SymbolTable(
    [
        *_many("w b a x y y' z \\hat{y} \\eta \\delta", "scalar", arity=(1,)),
        Symbol("C", "loss"),
        *_many("f g \\sigma", "function"),
    ]
)
MLP = SymbolTable(
    [
        Symbol("W", "matrix", layer=("paren",), first=0, last=5),
        Symbol("w", "matrix", layer=("paren",), arity=(1, 2), first=0, last=5),
        *_many("a b z r \\delta", "vector", layer=("paren",), arity=(1,), first=0, last=5),
        *_many("x y \\hat{y}", "vector"),
        *_many("X Y \\hat{Y}", "matrix"),
        Symbol("C", "loss"),
        Symbol("L", "loss"),
        *_many("f \\sigma", "function", layer=("paren",)),
        *_many("ReLU Step relu", "function"),
        *_many("m n", "size", layer=("subscript",), arity=(1,)),
        Symbol("\\eta", "scalar"),
    ]
)
NIELSEN = SymbolTable(
    [
        Symbol("w", "matrix", layer=("bare",)),
        *_many("a b z \\delta", "vector", layer=("bare",)),
        *_many("x y", "vector"),
        Symbol("C", "loss"),
        Symbol("\\sigma", "function"),
    ]
)
NG = SymbolTable(
    [
        *_many("Z A W dZ dA dW", "matrix", layer=("bracket",)),
        *_many("b db", "vector", layer=("bracket",)),
        Symbol("g", "function", layer=("bracket",)),
        *_many("X Y", "matrix"),
        Symbol("m", "size"),
    ],
    operators={"*": "hadamard"},
)
NOTATIONS = {"scalar": SCALAR, "mlp": MLP, "nielsen": NIELSEN, "ng": NG}
