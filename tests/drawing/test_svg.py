"""SVG: well formed whatever names are in it, by itself, and legible in a browser with the fonts it has."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from symbackprop import api
from symbackprop.drawing.picture import COLOURS, GROUNDS
from symbackprop.networks.pattern import read_pattern
from symbackprop.vocabulary.errors import InputError
from tests import gallery

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "<script>alert(1)</script>",
    '"><b onload="x',
    "a & b",
    "]]>",
    "\u202e\x00\x07 <",
    "ü λ 漢",
    "%\\$#_{}~^",
    "\ud800",
]


@pytest.mark.parametrize("what", ["network", "graph"])
@pytest.mark.parametrize("name", [spec.stem for spec in gallery.specs()])
def test_it_is_well_formed_and_named(name: str, what: str) -> None:
    root = ET.fromstring(api.draw(name, what).svg())
    assert root.get("role") == "img"
    ids = root.get("aria-labelledby", "").split()
    assert [root.find(f"{SVG}{tag}").get("id") for tag in ("title", "desc")] == ids
    assert all(root.find(f"{SVG}{tag}").text.strip() for tag in ("title", "desc"))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "desc", "rect", "path", "circle", "text", "tspan",
    }  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_only_text(name: str) -> None:

    network = replace(read_pattern("relu"), source=name)
    text = api.draw(network, "graph").svg()
    root = ET.fromstring(text)
    assert not any(element.tag.endswith("script") for element in root.iter())
    assert "onload=" not in re.sub(r"<title.*?</title>", "", text)
    text.encode("utf-8")


@pytest.mark.parametrize("letter", [r"\text{<b>}", "a & b", '"', "%", "}{", r"\input{x}", "$"])
def test_hostile_letters_are_refused(letter: str, tmp_path) -> None:
    spec = tmp_path / "own.toml"
    spec.write_text(f"network = 'relu'\n[notation]\nr = '{letter}'\n", "utf-8")
    with pytest.raises(InputError, match="is not the spelling of a letter"):
        api.draw(str(spec), "graph")


def test_two_pictures_on_a_page_have_ids_of_their_own() -> None:
    keys = {re.search(r'id="t-(\w+)"', api.draw("relu", notation=n).svg())[1] for n in ("slater", "nielsen", "bishop")}
    assert len(keys) == 3


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("ground", [*GROUNDS.values(), "FFFFFF"])
@pytest.mark.parametrize("tone", COLOURS)
def test_every_text_is_dark_enough(tone: str, ground: str) -> None:
    assert (luminance(ground) + 0.05) / (luminance(COLOURS[tone]) + 0.05) >= 4.5


BOXES = """
const boxes = [...document.querySelectorAll("svg text")].map((text) => text.getBBox());
const shrink = 2;
const meet = (a, b) => a.x + shrink < b.x + b.width && b.x + shrink < a.x + a.width
  && a.y + 6 < b.y + b.height && b.y + 6 < a.y + a.height;
let found = 0;
boxes.forEach((box, n) => boxes.slice(0, n).forEach((other) => { found += meet(box, other); }));
const svg = document.querySelector("svg").viewBox.baseVal;
const out = boxes.filter((box) => box.x < 0 || box.x + box.width > svg.width).length;
return [boxes.length, found, out];
"""


@pytest.mark.parametrize(
    ("pattern", "what", "notation"),
    [
        ("2 -> 3 tanh bias -> 1", "network", "slater"),
        ("relu*9", "graph", "goodfellow"),
        ("784 -> 10", "network", "udl"),
    ],
)
def test_texts_do_not_meet_in_a_browser(chromium_eval, tmp_path, pattern: str, what: str, notation: str) -> None:
    page = tmp_path / "page.html"
    page.write_text(f'<!doctype html><meta charset="utf-8">{api.draw(pattern, what, notation=notation).svg()}', "utf-8")
    count, meeting, out = chromium_eval(page, BOXES)
    assert count > 8
    assert (meeting, out) == (0, 0)
