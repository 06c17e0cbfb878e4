"""What a test does when a tool that it needs is not installed."""

import os
import shutil
from typing import NoReturn

import pytest


def missing(tool: str) -> NoReturn:
    """Skip the test, saying what is missing; in continuous integration (CI=true) fail it."""
    __tracebackhide__ = True
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(f"{tool} is not installed", pytrace=False)
    pytest.skip(f"{tool} is not installed")


def program(*names: str) -> str:
    """Return the path of the first of these programs that is installed; see `missing` if none is."""
    __tracebackhide__ = True
    for name in names:
        if path := shutil.which(name):
            return path
    missing(" or ".join(names))
