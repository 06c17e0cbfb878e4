"""Notations of books and courses: one record each, all that is needed to dress a quantity.

A preset is per section of a book, since books change their own conventions. ``*_shift`` is what is added to our
layer number (z1, r1, b1 belong to layer 1; W0 feeds it from layer 0) to get the one that is printed.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass, fields
from fractions import Fraction
from itertools import combinations
from typing import Literal

from symbackprop.vocabulary.errors import InputError, nearest

LabelStyle = Literal["paren", "bracket", "bare", "subscript"]


@dataclass(frozen=True, slots=True)
class Notation:
    """How quantities are written; letters are LaTeX."""

    name: str
    title: str
    z: str = "z"
    r: str = "a"
    W: str = "W"
    b: str = "b"
    x: str = "x"
    y: str = "y"
    cost: str = "C"
    prediction: str = r"\hat y"
    delta: str = ""
    """The letter for dC/dz; empty: partials are written."""
    f: str = "f"
    """The letter of an unspecified activation."""
    label: LabelStyle = "paren"
    layer: str = "k"
    """The letter of an arbitrary layer."""
    z_shift: int = 0
    r_shift: int = 0
    W_shift: int = 1
    b_shift: int = 0
    weights: Literal["source-first", "target-first"] = "target-first"
    vectors: Literal["columns", "rows"] = "columns"
    samples: Literal["columns", "rows"] = "columns"
    gradient: Literal["partial", "nabla", "d"] = "partial"
    hadamard: str = r"\odot"
    transpose: str = "T"
    slope: Literal["step", "prime", "indicator"] = "prime"
    slopes: Literal["hadamard", "diagonal"] = "hadamard"
    order: Literal["chain", "reversed", "slope-first", "value-first"] = "chain"
    """The order of factors where the chain rule leaves it free."""
    bold: bool = False
    """Vectors and matrices are set in bold."""
    step_at_zero: str = "0"
    per_example_delta: bool = False
    """The book's error leaves out the 1/m of a batch, so for a batch partials are written instead."""
    biases_in_weights: bool = False
    """The book has no biases: they are weights of an input that is always 1."""
    adds_samples: bool = False
    """The book adds the costs of the samples of a batch up where others take their mean."""
    remark: str = ""

    def prediction_beside(self, sizes: Container[str]) -> str:
        r"""The letter of the prediction, ``\hat y`` where a size has it.

        >>> NOTATIONS["cs231n_notes"].prediction_beside(["n", "p"])
        '\\hat y'
        """
        return r"\hat y" if self.prediction in sizes else self.prediction


NOTATIONS: dict[str, Notation] = {
    notation.name: notation
    for notation in (
        Notation(
            "slater",
            "Neil Slater's answer to data science Q&A 19272",
            r="r",
            W_shift=0,
            weights="source-first",
            slope="step",
            step_at_zero="1",
        ),
        Notation(
            "nielsen",
            "Nielsen, Neural Networks and Deep Learning, chapter 2",
            W="w",
            delta=r"\delta",
            f=r"\sigma",
            label="bare",
            layer="l",
            z_shift=1,
            r_shift=1,
            W_shift=2,
            b_shift=1,
            order="value-first",
            prediction="a^{L}",
        ),
        Notation(
            "ng_dls",
            "Andrew Ng, Deep Learning Specialization",
            cost="J",
            f="g",
            label="bracket",
            layer="l",
            gradient="d",
            hadamard="*",
            per_example_delta=True,
            remark="the course's dZ leaves out the 1/m of a batch; for a batch this program writes partials of J",
        ),
        Notation(
            "ng_ml2011",
            "Andrew Ng, Machine Learning (2011)",
            W=r"\Theta",
            cost="J",
            delta=r"\delta",
            f="g",
            layer="l",
            z_shift=1,
            r_shift=1,
            W_shift=1,
            b_shift=1,
            hadamard=".*",
            prediction=r"h_\Theta(x)",
            biases_in_weights=True,
            remark="the course keeps the bias in column 0 of Theta; this program writes it as b",
        ),
        Notation(
            "goodfellow",
            "Goodfellow, Bengio, Courville, Deep Learning, algorithms 6.3 and 6.4",
            z="a",
            r="h",
            cost="J",
            transpose=r"\top",
            gradient="nabla",
            bold=True,
            prediction=r"\hat{\boldsymbol y}",
            remark="the book overwrites one running gradient g; this program names each",
        ),
        Notation(
            "goodfellow_text",
            "Goodfellow, Bengio, Courville, Deep Learning, sections 6.1 to 6.4",
            r="h",
            cost="J",
            f="g",
            weights="source-first",
            transpose=r"\top",
            gradient="nabla",
            bold=True,
            prediction=r"\hat{\boldsymbol y}",
        ),
        Notation(
            "bishop",
            "Bishop, Pattern Recognition and Machine Learning, section 5.3",
            z="a",
            r="z",
            W="w",
            y="t",
            cost="E",
            delta=r"\delta",
            f="h",
            prediction="y",
            order="slope-first",
            biases_in_weights=True,
            adds_samples=True,
            remark="a is the pre-activation and z the activation; layers are numbered where the book's letters j, k do",
        ),
        Notation(
            "cs231n_notes",
            "Stanford CS231n, neural network case study",
            r="h",
            cost="L",
            label="subscript",
            layer="k",
            weights="source-first",
            vectors="rows",
            samples="rows",
            gradient="d",
            slope="indicator",
            prediction="p",
        ),
        Notation(
            "d2l_backprop",
            "Dive into Deep Learning, forward and backward propagation",
            r="h",
            cost="J",
            f=r"\phi",
            transpose=r"\top",
            bold=True,
            prediction=r"\mathbf o",
        ),
        Notation(
            "d2l_mlp",
            "Dive into Deep Learning, multilayer perceptrons",
            r="h",
            cost="L",
            f=r"\sigma",
            weights="source-first",
            vectors="rows",
            samples="rows",
            transpose=r"\top",
            bold=True,
        ),
        Notation(
            "cs229_2018",
            "Stanford CS229 (2018), backpropagation notes",
            cost="J",
            delta=r"\delta",
            f="g",
            label="bracket",
            layer=r"\ell",
            hadamard=r"\circ",
            transpose=r"\top",
            gradient="nabla",
        ),
        Notation(
            "cs229_main",
            "Stanford CS229 main notes, chapter 7",
            cost="J",
            f=r"\sigma",
            label="bracket",
            transpose=r"\top",
            order="slope-first",
            prediction=r"\bar h_\theta(x)",
        ),
        Notation(
            "mit_6036",
            "MIT 6.036 and 6.390",
            z="Z",
            r="A",
            b="W_0",
            cost=r"\mathcal L",
            label="bare",
            layer="l",
            weights="source-first",
            slopes="diagonal",
            order="reversed",
            prediction="g",
        ),
        Notation(
            "wikipedia_matrix",
            "Wikipedia, Backpropagation, matrix multiplication",
            delta=r"\delta",
            label="bare",
            layer="l",
            hadamard=r"\circ",
            order="slope-first",
            prediction="g(x)",
            biases_in_weights=True,
        ),
        Notation(
            "wikipedia_scalar",
            "Wikipedia, Backpropagation, derivation",
            z=r"\mathrm{net}",
            r="o",
            W="w",
            y="t",
            cost="E",
            delta=r"\delta",
            f=r"\varphi",
            weights="source-first",
            order="value-first",
            prediction="y",
            biases_in_weights=True,
            remark="the article has no layer numbers; this program writes them, as its letters alone are ambiguous",
        ),
        Notation(
            "udl",
            "Prince, Understanding Deep Learning, chapter 7",
            z="f",
            r="h",
            W=r"\Omega",
            b=r"\beta",
            cost=r"\ell",
            f="a",
            label="subscript",
            z_shift=-1,
            W_shift=0,
            b_shift=-1,
            slope="indicator",
            bold=True,
            order="slope-first",
            adds_samples=True,
        ),
    )
}


_LETTERS = ("z", "r", "W", "b", "x", "y", "cost", "prediction")
"""Entries that tell quantities apart, so no two may be the same."""


def changed(notation: Notation, entries: dict[str, object]) -> Notation:
    """A notation with single entries changed, as the ``[notation]`` table of a spec does.

    Raises :class:`InputError` for an entry that does not exist or a value that it cannot have.

    >>> changed(NOTATIONS["slater"], {"r": "a"}).r
    'a'
    """
    known = {f.name: f for f in fields(Notation) if f.name not in ("name", "title", "remark")}
    values = {f.name: getattr(notation, f.name) for f in fields(Notation)}
    for key, value in entries.items():
        if key == "base":
            continue
        if key not in known:
            close = nearest(key, known)
            raise InputError(
                "unknown-notation-entry",
                f"a notation has no entry {key!r}",
                hint=(f"did you mean {close}? " if close else "") + f"known: {', '.join(known)}",
            )
        old = values[key]
        allowed = _CHOICES.get(key)
        if key == "step_at_zero":
            value = str(value)
        if type(value) is not type(old) or (allowed and value not in allowed):
            expected = f"one of {', '.join(allowed)}" if allowed else f"a {_WORDS[type(old)]}"
            raise InputError("bad-notation-entry", f"{key} = {value!r}: {expected} was expected")
        if isinstance(value, str) and not allowed and not _is_spelling(value, optional=key == "delta"):
            raise InputError("bad-notation-entry", f"{key} = {value[:40]!r} is not the spelling of a letter")
        values[key] = value
    Fraction(values["step_at_zero"])
    for one, other in combinations(_LETTERS, 2):
        if values[one] == values[other]:
            raise InputError("notation-clash", f"{one} and {other} would both be written {values[one]!r}")
    if any(values[name] != getattr(notation, name) for name in known):
        values["title"] = f"{notation.title}, changed"
    return Notation(**values)


def _is_spelling(text: str, optional: bool) -> bool:
    """Whether a text is a letter or a name in LaTeX: balanced, and made of commands that only spell."""
    depth = 0
    for character in text:
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    if depth or len(text) > 60 or not re.fullmatch(r"(?:[A-Za-z0-9 ^_{}()*.'+-]|\\[A-Za-z]+)*", text):
        return False
    commands = set(re.findall(r"\\([A-Za-z]+)", text))
    return (optional or bool(text.strip())) and not commands & _ACTING


_ACTING = {
    "begin", "catcode", "csname", "def", "edef", "end", "futurelet", "gdef", "include", "input", "let", "loop",
    "newcommand", "openin", "openout", "read", "renewcommand", "special", "usepackage", "write", "xdef",
}  # fmt: skip
"""Commands that do something in TeX instead of spelling a letter."""

_WORDS = {str: "string", int: "whole number", bool: "true or false"}
_CHOICES: dict[str, tuple[str, ...]] = {
    "label": ("paren", "bracket", "bare", "subscript"),
    "weights": ("source-first", "target-first"),
    "vectors": ("columns", "rows"),
    "samples": ("columns", "rows"),
    "gradient": ("partial", "nabla", "d"),
    "slope": ("step", "prime", "indicator"),
    "slopes": ("hadamard", "diagonal"),
    "order": ("chain", "reversed", "slope-first", "value-first"),
    "step_at_zero": ("0", "1/2", "1", "0.5"),
}
