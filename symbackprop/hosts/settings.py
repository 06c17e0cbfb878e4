"""What the metadata of a document of pandoc's say under ``symbackprop``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from symbackprop.networks.spec import notation_of
from symbackprop.vocabulary.errors import InputError, unknown


@dataclass(frozen=True)
class Settings:
    """A notation for blocks that say no other, a dialect, and whether there is no output where something is amiss.

    >>> Settings.of({"symbackprop": {"t": "MetaMap", "c": {"strict": {"t": "MetaBool", "c": False}}}})
    Settings(notation='', dialect='pandoc', strict=False)
    """

    notation: str = ""
    dialect: str = "pandoc"
    strict: bool = True

    @classmethod
    def of(cls, meta: Mapping[str, Any]) -> Settings:
        """The settings of a document. Raises ``InputError`` for one that is none."""
        found = meta.get("symbackprop", {"t": "MetaMap", "c": {}})
        if found["t"] != "MetaMap":
            hint = "symbackprop: {notation: nielsen}"
            raise InputError("bad-settings", "symbackprop is a table in the metadata", hint=hint)
        known: dict[str, Any] = {}
        for key, value in found["c"].items():
            if key not in cls.__dataclass_fields__:
                raise unknown("setting", key, cls.__dataclass_fields__)
            known[key] = value["c"] if value["t"] in ("MetaBool", "MetaString") else _text(value["c"])
        if not isinstance(known.get("strict", True), bool):
            raise InputError("bad-settings", f"strict is true or false, not {known['strict']!r}")
        notation_of(known.get("notation") or "slater")
        return cls(**known)


def _text(inlines: Any) -> str:
    """The text of a value in the metadata."""
    return "".join(inline["c"] if inline["t"] == "Str" else " " for inline in inlines)
