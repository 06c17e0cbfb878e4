"""How a picture stands in a host: TikZ where TeX sets the text, SVG where a browser does, both where either may."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from textwrap import indent

from symbackprop.drawing.picture import Picture
from symbackprop.drawing.svg import svg
from symbackprop.drawing.tikz import ARTICLE, SLIDE, Room, tikz

Setting = Callable[[Picture, str], str]
"""Sets a picture as lines without a margin; the string is the text before it."""


def as_tikz(picture: Picture, before: str) -> str:
    """TikZ that leaves no blank behind it."""
    return tikz(picture).rstrip() + "%"


def fitted(picture: Picture, room: Room = ARTICLE) -> str:
    """TikZ that is no wider than the line on which it stands, as in a list or a quotation."""
    fitting = r"\ifdim\wd0>\linewidth\resizebox{\linewidth}{!}{\box0}\else\box0\fi\endgroup"
    return "\n".join([r"\begingroup\setbox0\hbox{%", f"{tikz(picture, room).rstrip()}%", "}%", fitting])


def on_a_slide(picture: Picture, before: str) -> str:
    """TikZ that fits on a slide below a heading."""
    return tikz(picture, SLIDE).rstrip() + "%"


def as_raw_fences(picture: Picture, before: str) -> str:
    """Raw blocks of pandoc's, of which each output takes its own."""
    return f"```{{=html}}\n{svg(picture).rstrip()}\n```\n\n```{{=latex}}\n{tikz(picture).rstrip()}\n```"


def as_raw_directives(picture: Picture, before: str) -> str:
    """Raw directives of reStructuredText, of which each builder takes its own."""
    parts = (("html", svg(picture)), ("latex", tikz(picture)))
    return "\n\n".join(f".. raw:: {name}\n\n{indent(text.rstrip(), '   ')}" for name, text in parts)


def as_image(picture: Picture, before: str) -> str:
    """An image that holds its data, with the picture in words for those who do not see it."""
    words = re.sub(r"[\[\]\\!<>()`*_|$]", " ", f"{picture.title}. {picture.description}")
    data = base64.b64encode(svg(picture).encode()).decode()
    return f"![{' '.join(words.split())}](data:image/svg+xml;base64,{data})"
