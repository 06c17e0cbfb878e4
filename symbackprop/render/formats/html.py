"""A self-contained page with native mathematics."""

from __future__ import annotations

from symbackprop.render.formats import Format
from symbackprop.render.html import html_page

FORMAT = Format("a self-contained page, offline, steps that fold open", html_page, html_page)
