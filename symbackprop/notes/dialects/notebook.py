"""Markdown cells of Jupyter: displays in two dollars, as MathJax finds them."""

from __future__ import annotations

from symbackprop.notes.dialects import Dialect
from symbackprop.notes.dialects.pandoc import FLOW
from symbackprop.notes.flow import fenced_text
from symbackprop.notes.pictures import as_image

DIALECT = Dialect("Markdown cells of Jupyter: two dollars", {"markdown": FLOW, "text": fenced_text}, picture=as_image)
