"""KaTeX, asked whether it can read formulas."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.tools.presence import missing, program

HERE = Path(__file__).parent


def require_katex() -> str:
    """Return the path of node, or skip or fail the test where it or KaTeX is missing."""
    node = program("node")
    if not (HERE / "node_modules" / "katex" / "package.json").is_file():
        missing("KaTeX (npm ci --prefix tests/tools)")
    return node


def katex_errors(formulas: Sequence[str], display: bool = True) -> list[str | None]:
    """Return for each formula what KaTeX has against it, or None; one process for all of them."""
    answer = subprocess.run(
        [require_katex(), str(HERE / "katex.js")],
        input=json.dumps({"formulas": list(formulas), "display": display}),
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=120,
    )
    errors: list[str | None] = json.loads(answer.stdout)
    return errors
