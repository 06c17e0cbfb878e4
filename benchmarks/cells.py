"""One measurement in a process of its own: CPU seconds, best of several, and the peak of memory.

python -m benchmarks.cells chain "casadi, gradient of a graph" 1000
"""

from __future__ import annotations

import gc
import importlib.util
import json
import math
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.judging import JUDGES
from benchmarks.rivals import RIVALS
from benchmarks.widths import WIDTHS

KINDS = {"chain": RIVALS, "width": WIDTHS, "judge": JUDGES}
LONGEST = 100
"""A measurement that takes more seconds than this is given up."""

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Cell(NamedTuple):
    """CPU seconds to derive and to write, characters written, and megabytes at the peak."""

    derive: float
    write: float
    characters: int
    megabytes: float

    @property
    def total(self) -> float:
        """CPU seconds in all."""
        return self.derive + self.write


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    """The CPU seconds of an action, and what it gives."""
    gc.collect()
    start = time.process_time()
    value = action()
    return time.process_time() - start, value


def measured(derive: Callable[[int], Any], write: Callable[[Any], str], amount: int) -> Cell:
    """The best of several rounds, fewer if they are slow; the smallest case is run before them."""
    write(derive(2))
    fastest, text = [math.inf, math.inf], ""
    for _ in range(7):
        clear_sympy()
        seconds, result = timed(lambda: derive(amount))
        fastest[0] = min(fastest[0], seconds)
        writing, text = timed(lambda result=result: write(result))
        fastest[1] = min(fastest[1], writing)
        del result
        if seconds + writing > 3:
            break
    return Cell(*fastest, len(text), peak())


def peak() -> float:
    """The most memory that this process has held, in megabytes.

    Linux counts what the process that started it held towards ``ru_maxrss``, so its own figure is taken where there is.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        found = re.search(r"VmHWM:\s*(\d+)", status.read_text())
        if found:
            return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def clear_sympy() -> None:
    """Empty SymPy's cache, if it is there: nobody derives the same network twice."""
    if "sympy" in sys.modules:
        sys.modules["sympy"].core.cache.clear_cache()


def missing(module: str) -> bool:
    """Whether a rival is not installed."""
    return importlib.util.find_spec(module) is None


def cell(kind: str, title: str, amount: int) -> Cell | None:
    """A measurement in a fresh process; None where it fails or takes too long."""
    command = [sys.executable, "-m", "benchmarks.cells", kind, title, str(amount)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=LONGEST, env={**os.environ, **ONE_THREAD}
        )
    except subprocess.TimeoutExpired:
        return None
    return Cell(*json.loads(done.stdout)) if done.returncode == 0 else None


def main() -> None:
    """Measure what the arguments name."""
    kind, title, amount = sys.argv[1:]
    rival = KINDS[kind][title]
    importlib.import_module(rival.module)
    print(json.dumps(measured(rival.derive, rival.write, int(amount))))


if __name__ == "__main__":
    main()
