"""Notebooks: Markdown cells found in any JSON, everything else kept byte for byte."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbackprop.notes.notebook import cells_of, with_cells
from symbackprop.vocabulary.errors import InputError

SOURCES = st.one_of(st.text(), st.lists(st.text()))
CELLS = st.lists(st.fixed_dictionaries({"cell_type": st.sampled_from(["markdown", "code"]), "source": SOURCES}))


@given(CELLS, st.sampled_from([None, 1, "\t"]), st.booleans(), st.text())
def test_only_the_cells_that_change_change(
    cells: list[dict[str, Any]], indent: int | str | None, plain: bool, new: str
) -> None:
    notebook = {"a": [1.50, "cells", {"cells": []}], "cells": cells, "z": None}
    text = json.dumps(notebook, indent=indent, ensure_ascii=plain)
    found = cells_of(text)
    joined = {n: "".join(c["source"]) for n, c in enumerate(cells, 1) if c["cell_type"] == "markdown"}
    assert {cell.number: cell.text for cell in found} == joined
    assert with_cells(text, {}) == text
    assert with_cells(text, joined) == text or any(isinstance(c["source"], list) for c in cells)
    if found:
        changed = with_cells(text, {found[-1].number: new})
        read = json.loads(changed)
        assert "".join(read["cells"][found[-1].number - 1].pop("source")) == new
        notebook["cells"][found[-1].number - 1].pop("source")
        assert read == notebook
        assert changed.startswith(text[: found[-1].start])
        assert changed.endswith(text[found[-1].end :])


@pytest.mark.parametrize("text", ["", "[]", "{", "{}", '{"cells": 1}', '{"cells": [1]}', "[" * 5000, '{"cells": [{]}'])
def test_what_is_no_notebook_is_refused(text: str) -> None:
    with pytest.raises(InputError) as refused:
        cells_of(text)
    assert refused.value.code == "not-a-notebook"


def test_two_lists_of_cells_are_read_as_json_reads_them() -> None:
    text = '{"cells": [], "cells": [{"source": "x", "cell_type": "markdown"}, {"cell_type": "markdown"}]}'
    assert [cell.text for cell in cells_of(text)] == ["x"]
