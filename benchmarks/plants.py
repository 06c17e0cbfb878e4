"""The judge on trial: mistakes planted in right derivations of random networks, refused and named.

    python -m benchmarks.plants --count 100000 --seed 0

A plant that equals the truth after all is set aside; so is one that the oracle of the tests cannot evaluate. Every
other one has to be refused: a plant judged right is printed, and must not happen. So is a right formula judged wrong.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from random import Random

from symbackprop.render.readback import latex
from tests.judge.oracle import Outside
from tests.judge.planting import PLANTERS, Plant, Sheet, once_more, planted, sheets
from tests.judge.trial import RIGHT, Trial

COLUMNS = "refused named-right named-otherwise not-named false-right set-aside outside undecided unread".split()
PER_SHEET = 24


def plants(sheet: Sheet, rng: Random, combined: float) -> list[Plant]:
    """Plants on one sheet, some with two or three mistakes."""
    found = []
    kinds = list(PLANTERS)
    rng.shuffle(kinds)
    for kind in kinds:
        plant = planted(sheet, kind, rng)
        if plant is None:
            continue
        found.append(plant)
        if rng.random() < combined:
            for other in rng.sample(kinds, rng.choice((1, 1, 2))):
                plant = once_more(plant, other, rng) or plant
            if len(plant.mistakes) > 1:
                found.append(plant)
    return found[:PER_SHEET]


def told(sheet: Sheet, plant: Plant) -> str:
    """A plant in words, to be tried again."""
    claim = f"{latex(plant.left, sheet.subject.table)} = {latex(plant.right, sheet.subject.table)}"
    return f'"{sheet.net.pattern}" {sheet.net.options} {sheet.name}: {claim}'


def main() -> None:
    """Plant, judge, count and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--combined", type=float, default=0.3, help="how many plants are combined further")
    parser.add_argument("--show", nargs="*", default=[], help="kinds whose plants are printed where not named right")
    parser.add_argument("--unnamed", action="store_true", help="only refuse, do not name")
    asked = parser.parse_args()
    rng = Random(asked.seed)
    counts: dict[str, Counter[str]] = {}
    rights, slow, seen, spent = Counter[str](), [], 0, 0.0
    for sheet in sheets(rng):
        if seen >= asked.count:
            break
        trial = Trial(sheet.subject)
        for error in sheet.claims and sheet.errors:
            rights["not read back"] += 1
            print(f"PRINTED AND NOT READ BACK: {error}", flush=True)
        for left, right in rng.sample(sheet.claims, min(3, len(sheet.claims))):
            verdict = trial.verdict(left, right)
            rights[verdict] += 1
            if verdict in ("wrong", "right-under-assumption", "unread"):
                print(f"RIGHT JUDGED {verdict}: {told(sheet, Plant(sheet, left, right, frozenset()))}", flush=True)
        for plant in plants(sheet, rng, asked.combined):
            seen += 1
            kind = next(iter(plant.mistakes)) if len(plant.mistakes) == 1 else f"combined {len(plant.mistakes)}"
            row = counts.setdefault(kind, Counter())
            try:
                differs = sheet.differs(plant.left, plant.right)
            except Outside:
                row["outside"] += 1
                continue
            if not differs:
                row["set-aside"] += 1
                continue
            start = time.perf_counter()
            judgement = None if asked.unnamed else trial.judged(plant.left, plant.right)
            decided = trial.verdict(plant.left, plant.right) if judgement is None else judgement.verdict
            took = time.perf_counter() - start
            spent += took
            slow.append((took, told(sheet, plant)) if took > 0.5 else (took, ""))
            if decided in RIGHT:
                row["false-right"] += 1
                print(f"FALSE RIGHT ({kind}): {told(sheet, plant)}", flush=True)
                continue
            if decided in ("undecided", "unread"):
                row[decided] += 1
                if decided in asked.show:
                    print(f"{decided} {kind}: {told(sheet, plant)}", flush=True)
                continue
            row["refused"] += 1
            if judgement is None:
                continue
            got = frozenset(judgement.mistakes)
            name = "named-right" if got == plant.mistakes else "named-otherwise" if got else "not-named"
            row[name] += 1
            if kind in asked.show and name != "named-right":
                print(f"{kind} -> {', '.join(judgement.mistakes) or '-'}: {told(sheet, plant)}", flush=True)
    print(f"{'kind':<24}" + "".join(f"{c:>16}" for c in COLUMNS))
    total = Counter[str]()
    for kind, row in sorted(counts.items()):
        total.update(row)
        print(f"{kind:<24}" + "".join(f"{row[c]:>16}" for c in COLUMNS))
    print(f"{'all':<24}" + "".join(f"{total[c]:>16}" for c in COLUMNS))
    print("right formulas:", ", ".join(f"{n} {v}" for v, n in rights.most_common()))
    slow.sort(reverse=True)
    if slow:
        print(f"time: mean {1000 * spent / len(slow):.0f} ms, median {1000 * slow[len(slow) // 2][0]:.0f} ms")
        for took, words in slow[:5]:
            print(f"  {1000 * took:.0f} ms {words[:300]}")


if __name__ == "__main__":
    main()
