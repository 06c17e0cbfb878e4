"""The benchmarks measure, tell what is not installed, and draw what they measured."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from benchmarks.__main__ import growth, printed, ratios, section, table
from benchmarks.cells import KINDS, Cell, cell
from benchmarks.chart import chart
from benchmarks.rivals import OURS, Rival


def test_a_cell_is_measured_in_a_process_of_its_own() -> None:
    measured = cell("chain", OURS, 4)
    assert measured is not None
    assert 0 < measured.derive < 5
    assert 5 < measured.megabytes < 500
    assert measured.characters > 300
    assert cell("chain", "nobody", 4) is None


def test_who_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(KINDS, "chain", {"a rival": Rival("a rival", "no_such_module", lambda n: n, str, 3)})
    assert table("chain") == {}
    assert "not installed, so left out: a rival (no_such_module" in capsys.readouterr().out


def cells(seconds: dict[int, float]) -> dict[int, Cell]:
    return {n: Cell(s, 0.0, n, 10.0) for n, s in seconds.items()}


def test_growth_is_the_exponent_over_a_tenfold_step() -> None:
    assert growth(cells({10: 0.1, 100: 10.0})) == pytest.approx(2)
    assert growth(cells({10: 0.1, 50: 10.0})) is None
    assert growth({}) is None


def test_tables_hold_seconds_ratios_and_the_exponent(capsys: pytest.CaptureFixture[str]) -> None:
    measured = {OURS: cells({1_000: 0.05, 10_000: 0.5, 100_000: 5.0}), "other": cells({1_000: 0.2})}
    printed("chain", measured)
    ours, other = capsys.readouterr().out.splitlines()[-2:]
    assert "0.05 (1.0x)" in ours
    assert ours.split()[-1] == "1.00"
    assert "0.2 (4.0x)" in other
    assert ratios(measured)[-1] == "| other | 200 ms | 0 ms | 200 ms | 4.0 | 1,000 |"
    assert "exponent 1.00" in section(measured)


def test_the_chart_names_every_line_and_stays_within_its_frame() -> None:
    picture = chart({"ours & others": [(10, 0.001), (1_000, 0.1)], "theirs": [(10, 1.0)]}, "layers", "seconds")
    root = ElementTree.fromstring(picture)
    texts = [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"ours & others", "theirs", "layers", "seconds", "1,000", "1 ms", "1 s"} <= set(texts)
    wide, high = map(float, root.attrib["viewBox"].split()[2:])
    for spot in root.iter("{http://www.w3.org/2000/svg}circle"):
        assert 0 < float(spot.attrib["cx"]) < wide
        assert 0 < float(spot.attrib["cy"]) < high
