"""Right formulas rewritten at random stay right."""

from dataclasses import replace
from random import Random

import pytest

from symbackprop.reading import tree as t
from symbackprop.reading.sexpr import compact
from tests.judge.oracle import KNOWN, _plain, free_letters
from tests.judge.planting import all_nodes, mul, put, sheets
from tests.judge.trial import RIGHT, Trial

FRESH = "uvw"


def rewritten(sheet, right, rng):
    """A formula that is the same by one rule of algebra, or the same tree where the rule drawn does not apply."""
    node = rng.choice(list(all_nodes(right)))
    number = not any(sheet.is_matrix(n) for n in all_nodes(node))
    new = node
    if isinstance(node, t.Add):
        new = replace(node, terms=tuple(rng.sample(node.terms, len(node.terms))))
        if rng.random() < 0.5:
            new = t.Neg(t.Add(tuple(x.body if isinstance(x, t.Neg) else t.Neg(x) for x in node.terms)))
    elif isinstance(node, t.Had):
        new = replace(node, factors=tuple(rng.sample(node.factors, len(node.factors))))
    elif isinstance(node, t.Mul) and number:
        new = mul(*rng.sample(node.factors, len(node.factors)))
        sums = [k for k, f in enumerate(node.factors) if isinstance(f, t.Add)]
        if sums and rng.random() < 0.5:
            k = sums[0]
            new = t.Add(tuple(mul(*node.factors[:k], x, *node.factors[k + 1 :]) for x in node.factors[k].terms))
    elif isinstance(node, t.Mul) and len(node.factors) == 2 and all(map(sheet.is_matrix, node.factors)):
        a, b = node.factors
        new = t.Transpose(mul(t.Transpose(b), t.Transpose(a)))
    elif isinstance(node, t.App) and number and len(node.arguments) == 1:
        name, z = KNOWN.get(_plain(node.function.base)), node.arguments[0]
        if name == "relu" and not node.function.primes:
            new = t.App(t.Sym("max"), (t.Num("0"), z))
        if name == "sigma" and node.function.primes == 1:
            value = replace(node, function=replace(node.function, primes=0))
            new = mul(value, t.Add((t.Num("1"), t.Neg(value))))
        if name == "step":
            new = t.Pow(node, t.Num("2"))
    elif isinstance(node, t.Sum) and len(node.ranges) == 1:
        old, fresh = compact(node.ranges[0].index), t.Sym(rng.choice(FRESH))
        inside = {compact(i) for n in all_nodes(node.body) if isinstance(n, t.Sym) for i in n.indices} | set(
            free_letters(right)
        )
        if fresh.base not in inside and not any(isinstance(n, t.Sum) for n in all_nodes(node.body)):
            body = node.body
            for n in list(all_nodes(body)):
                parts = [n] if isinstance(n, t.Sym) else [*n.by, n.of] if isinstance(n, t.Deriv) else []
                for name in parts:
                    if isinstance(name, t.Sym) and any(compact(i) == old for i in name.indices):
                        scripts = tuple(fresh if compact(i) == old else i for i in name.indices)
                        body = put(body, name, replace(name, indices=scripts))
            if old not in free_letters(body):
                new = t.Sum((t.Range(fresh),), body)
    return put(right, node, new) if new is not node else right


@pytest.mark.parametrize("seed", range(4))
def test_rewritten_formulas_are_right(seed):
    rng = Random(1000 + seed)
    for sheet, _ in zip(sheets(rng), range(8), strict=False):
        trial = Trial(sheet.subject)
        for left, right in sheet.claims[:3]:
            if trial.verdict(left, right) not in RIGHT:
                continue
            new = right
            for _ in range(rng.randint(1, 4)):
                new = rewritten(sheet, new, rng)
            verdict = trial.verdict(left, new)
            assert verdict in (*RIGHT, "undecided"), (
                sheet.net.pattern,
                sheet.net.options,
                sheet.name,
                left,
                right,
                new,
            )
