"""From what a mark asks for to what it is about: the spec that it names, with the options that it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

from symbackprop import api
from symbackprop.grading import Grader, Options, own_name
from symbackprop.networks.spec import Spec
from symbackprop.notes.commands import Order
from symbackprop.vocabulary.errors import InputError, Place


def derivation_of(order: Order, folder: Path, notation: str = "") -> api.Derivation:
    """The derivation that a ``derive`` asks for.

    ``folder`` is that of the notes, ``notation`` the one of the notes where neither order nor spec says another.
    """
    values = dict(order.values)
    network, asked = values.pop("network"), values.pop("notation")
    lists = {key: list(values.pop(key)) or None for key in ("wrt", "assume")}
    spec = _spec(network, folder, notation)
    spec = api.with_options(spec, {**values, **lists})
    return api.derive_spec(_beside(spec, folder), notations=asked)


def drawing_of(order: Order, folder: Path, notation: str = "") -> api.Drawing:
    """The picture that a ``draw`` asks for; ``folder`` is that of the notes."""
    values = dict(order.values)
    network, what, wrt = values.pop("network"), values.pop("what"), list(values.pop("wrt")) or None
    return api.draw_spec(api.with_options(_spec(network, folder, notation), {**values, "wrt": wrt}), what)


def grader_of(order: Order, folder: Path, notation: str = "") -> Grader:
    """The judge that a ``verify`` asks for."""
    values: Mapping[str, Any] = order.values
    names = dict(map(own_name, values["names"]))
    options = Options(tuple(values["assume"]), names, values["notation"], values["step_at_zero"])
    spec = api.with_options(
        _spec(values["network"], folder, notation), {key: values[key] for key in ("cost", "batch", "l2")}
    )
    return Grader(spec, options)


def specs_of(order: Order, folder: Path) -> list[Path]:
    """The files beside the notes that an order depends on, whether they are there or not."""
    named = (order.values["network"], order.values.get("against"))
    return [folder / name for name in named if name and name.endswith(".toml")]


def _spec(network: str, folder: Path, notation: str) -> Spec:
    """The spec that a mark names: a pattern, a shipped spec, or a file beside the notes."""
    spec = api.spec_of(_path(network, folder))
    return replace(spec, values={"notation": notation, **spec.values}) if notation else spec


def _beside(spec: Spec, folder: Path) -> Spec:
    """A spec whose ``against`` is looked for beside the notes too."""
    other = spec.values.get("against")
    if not isinstance(other, str):
        return spec
    return replace(spec, values={**spec.values, "against": _path(other, folder)})


def _path(name: str, folder: Path) -> str:
    """A path as seen from here of a spec file that is named as seen from the notes; another name as it is.

    Raises ``InputError`` (``not-beside``) for a file that is not in the folder of the notes.
    """
    if not name.endswith(".toml"):
        return name
    path = folder / name
    if PurePath(name).name != name or path.is_symlink():
        hint = f"put it there, and write {PurePath(name).name}"
        place = Place(name, 0, len(name))
        raise InputError("not-beside", f"{name!r}: a spec lies in the folder of the notes that use it", place, hint)
    return str(path)
