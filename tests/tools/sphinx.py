"""Sphinx: what it makes of a folder of documents, and what it warns of."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.tools.presence import missing


def sphinx(folder: Path, output: Path, *options: str, builder: str = "html") -> subprocess.CompletedProcess[str]:
    """Run sphinx-build."""
    for name in ("sphinx", "myst_parser"):
        if find_spec(name) is None:
            missing(name)
    return subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "--no-color", "-b", builder, *options, folder, output],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def warnings(result: subprocess.CompletedProcess[str]) -> list[tuple[str, int, str]]:
    """What Sphinx warns of: the file, the line, and the kind."""
    messages = re.split(r"^(?=\S+:\d+: )", result.stderr, flags=re.MULTILINE)
    found = [re.match(r"(.*?):(\d+): (?:WARNING|ERROR): .*\[([\w.-]+)\]\s*\Z", m, re.DOTALL) for m in messages]
    return [(Path(f[1]).name, int(f[2]), f[3]) for f in found if f]
