"""pandoc, with our filter: what it makes of a document."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.tools.presence import program

FILTER = Path(sys.executable).with_name("symbackprop-pandoc")


def require_pandoc() -> str:
    """Return the path of pandoc, or skip or fail the test where it is missing."""
    if find_spec("pypandoc") is not None:
        import pypandoc

        if Path(pypandoc.get_pandoc_path()).is_file():
            return str(pypandoc.get_pandoc_path())
    return program("pandoc")


def pandoc(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Run pandoc with the filter."""
    return subprocess.run(
        [require_pandoc(), "--filter", FILTER, *arguments], capture_output=True, encoding="utf-8", timeout=60, **options
    )
