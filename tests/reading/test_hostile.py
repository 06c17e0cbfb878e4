"""Text from a stranger: limits on everything, an error in time, and never an exception of another kind."""

from __future__ import annotations

import random
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbackprop.reading import read, sexpr
from symbackprop.reading.tokens import tokenize
from symbackprop.vocabulary.errors import InputError

from .notations import MLP, NOTATIONS, SCALAR
from .test_gold import RIGHT

N = 3000
HOSTILE = {
    "braces": "{" * N + "x" + "}" * N,
    "brackets": "(" * N + "x" + ")" * N,
    "open brackets": "(" * 50_000,
    "fences": r"\left(" * N + "x" + r"\right)" * N,
    "towers": "9^{9^{9^9}}",
    "powers": "x" + "^{x" * N + "}" * N,
    "indices": "x_{" + ",".join("i" * 10_000) + "}",
    "letters below": "x_{" + "i" * 10_000 + "}",
    "ten megabytes": "x+" * 5_000_000,
    "digits": "9" * 90_000,
    "minus signs": "-" * N + "x",
    "sums": r"\sum_i " * N + "x",
    "logarithms": r"\log " * N + "x",
    "gradients": r"\nabla " * N + "C",
    "derivatives": r"\partial_w " * N + "C",
    "slashed": "d/" * N + "d",
    "fractions": r"\frac" * N + " y",
    "hats": r"\hat" * N + " y",
    "fonts": r"\mathbf{" * N + "x" + "}" * N,
    "bars": "|x" * N + "|",
    "primes": "f" + "'" * N + "(x)",
    "environments": r"\begin{pmatrix}" * N + "x" + r"\end{pmatrix}" * N,
    "alignments": r"\begin{align}" * N + "x" + r"\end{align}" * N,
    "calls": "f(" * N + "x" + ")" * N,
    "endless macro": r"\newcommand{\a}{\a\a}\a",
    "doubling macro": r"\newcommand{\a}[1]{#1#1}" + r"\a{" * 40 + "x" + "}" * 40,
    "rows": r"x=x \\ " * 10_000,
    "unknown commands": r"\foo " * 15_000,
    "plain powers": "x" + "**x" * N + "*x",
    "plain brackets": "W0[" * N + "*",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_refused_in_time(name: str) -> None:
    start = time.process_time()
    reading = read(HOSTILE[name], SCALAR)
    assert time.process_time() - start < 2
    assert reading.errors
    assert reading.errors[0].report()


@pytest.mark.parametrize("text", ["x+" * 40_000 + "x", "x " * 40_000, "x=" * 30_000 + "x", "x*" * 40_000 + "x"])
def test_a_long_formula_is_read_in_time(text: str) -> None:
    start = time.process_time()
    assert not read(text, SCALAR).errors
    assert time.process_time() - start < 2


def pieces(latex: str) -> list[str]:
    return [latex[token.start : token.end] for token in tokenize(latex)]


ALL_PIECES = sorted({piece for case in RIGHT for piece in pieces(case["latex"])})


@pytest.mark.parametrize("seed", range(20))
def test_mutated_formulas_give_located_errors_only(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(100):
        case = chance.choice(RIGHT)
        parts = pieces(case["latex"])
        for _ in range(chance.randint(1, 3)):
            where = chance.randrange(len(parts))
            kind = chance.choice("delete insert replace swap".split())
            if kind == "delete" and len(parts) > 1:
                del parts[where]
            elif kind == "insert":
                parts.insert(where, chance.choice(ALL_PIECES))
            elif kind == "replace":
                parts[where] = chance.choice(ALL_PIECES)
            else:
                other = chance.randrange(len(parts))
                parts[where], parts[other] = parts[other], parts[where]
        text = " ".join(parts)
        reading = read(text, NOTATIONS[case["ctx"]])
        for row in reading.rows:
            assert sexpr(row.tree)
        for error in reading.errors:
            assert isinstance(error, InputError)
            assert error.place is not None
            assert 0 <= error.place.start <= len(text)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    reading = read(text, MLP)
    assert reading.rows or reading.errors


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(ALL_PIECES), max_size=25))
def test_any_tokens_are_read_or_refused(parts: list[str]) -> None:
    reading = read(" ".join(parts), MLP)
    assert reading.rows or reading.errors


DELIMITERS = re.compile(r"\\(?:begin|end)\{[a-z*]+\}|\\left|\\right|\\[{}]|\\[lr]Vert|\\[lr]angle|[{}()\[\]]")


@pytest.mark.parametrize("case", RIGHT, ids=lambda case: str(case["id"]))
def test_a_formula_without_one_of_its_delimiters_is_refused(case: dict[str, str]) -> None:
    latex = case["latex"]
    words = [match.span() for match in re.finditer(r"\\(?:text|mbox)\{[^{}]*\}", latex)]
    for match in DELIMITERS.finditer(latex):
        if any(start < match.start() < end - 1 and match[0] in "()[]" for start, end in words):
            continue  # a bracket in prose
        mutant = latex[: match.start()] + " " + latex[match.end() :]
        reading = read(mutant, NOTATIONS[case["ctx"]])
        cut_off = match[0].startswith(r"\end") and any(warning.code == "cut-off" for warning in reading.warnings)
        assert reading.errors or cut_off, mutant
