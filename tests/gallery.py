"""The gallery: every spec of ``derivations/`` with what the program prints for it.

``python -m tests.gallery`` says what would change, ``--write`` prints it anew.
"""

from __future__ import annotations

import sys
from pathlib import Path

from symbackprop import api
from symbackprop.flowing import Numbers

FOLDER = Path(__file__).parent.parent / "derivations"
SUFFIXES = {"text": ".txt", "latex": ".tex", "markdown": ".md", "json": ".json"}
"""The formats that are kept for every spec, and their files."""

FLOWS = ("deep-relu-against-sigmoid", "dense-2-3-1-numbers")
"""The specs whose flow of the gradient is kept too."""

FLOW_SUFFIXES = {"text": ".flow.txt", "markdown": ".flow.md"}


def specs() -> list[Path]:
    """The specs of the gallery."""
    return sorted(FOLDER.glob("*.toml"))


def printed(spec: Path) -> dict[Path, str]:
    """What the program prints for a spec, by the file that keeps it."""
    derivation = api.derive_spec(api.find_spec(str(spec), ()))
    files = {spec.with_suffix(suffix): derivation.render(name) for name, suffix in SUFFIXES.items()}
    if spec.stem in FLOWS:
        flow = api.flow_spec(api.find_spec(str(spec), ()), Numbers())
        files |= {spec.with_suffix(suffix): flow.render(name) for name, suffix in FLOW_SUFFIXES.items()}
    return files


def index() -> str:
    """The page that lists the gallery."""
    lines = [
        "# Gallery",
        "",
        "Specs, and what the program prints for them. `symbackprop derive NAME` works with every name here, wherever",
        "the program is installed.",
        "",
        "| name | what it is | |",
        "| --- | --- | --- |",
    ]
    for spec in specs():
        title = api.find_spec(str(spec), ()).values["title"]
        kept = dict(SUFFIXES)
        if spec.stem in FLOWS:
            kept |= {f"flow ({name})": suffix for name, suffix in FLOW_SUFFIXES.items()}
        links = " ".join(f"[{name}]({spec.stem}{suffix})" for name, suffix in kept.items())
        lines.append(f"| [{spec.stem}]({spec.name}) | {title} | {links} |")
    return "\n".join(lines) + "\n"


def expected() -> dict[Path, str]:
    """Every file of the gallery that is made by the program."""
    files = {FOLDER / "README.md": index()}
    for spec in specs():
        files |= printed(spec)
    return files


def main() -> None:
    """Compare the gallery with what the program prints now, or print it anew."""
    files = expected()
    stale = [path for path, text in files.items() if not path.exists() or path.read_text("utf-8") != text]
    kept = {*files, *specs()}
    stray = [path for path in FOLDER.iterdir() if path not in kept]
    if "--write" in sys.argv:
        for path in stray:
            path.unlink()
        for path in stale:
            path.write_text(files[path], "utf-8")
    for path in (*stale, *stray):
        print(path.name)
    sys.exit(0 if "--write" in sys.argv or not (stale or stray) else 1)


if __name__ == "__main__":
    main()
