"""Finding out the axes of every quantity: from declared shapes, from indices, and from what equations force."""

from __future__ import annotations

from symbackprop.networks.equations.kinds import COUNTS, RATES
from symbackprop.networks.equations.names import Key
from symbackprop.networks.equations.scene import Row, Scene
from symbackprop.networks.equations.sizes import Size
from symbackprop.networks.equations.surroundings import Form, UnknownForm
from symbackprop.networks.equations.trees import symbols
from symbackprop.reading.tree import Node, Sym


def find_forms(scene: Scene) -> None:
    """Find the axes of every quantity: go over the rows until nothing more is learnt."""
    _forms_by_indices(scene)
    while True:
        known = len(scene.forms)
        waiting: dict[Key, Sym] = {}
        numbers: dict[Key, Sym] = {}
        for row in scene.rows:
            try:
                _row_form(scene, row)
            except UnknownForm as missing:
                waiting.update(missing.keys)
                if scene.names.sighted(row.left).indices:
                    numbers.update(missing.keys)  # in an equation of entries, what shows no index is a number
        if not waiting and len(scene.forms) == known:
            break
        if len(scene.forms) == known:
            _assume_scalars(scene, waiting, numbers)
    for row in scene.rows:  # once more, that every size has met every other
        _row_form(scene, row)
    taken = {symbol.base for symbol in scene.names.table.symbols}
    for form in scene.forms.values():
        for size in form.axes:
            scene.sizes.name_unknown(size, lambda name: name in taken)


def _forms_by_indices(scene: Scene) -> None:
    """The axes of what shows its indices: one for each."""
    counts: dict[Key, tuple[Sym, tuple[Node, ...], tuple[Node, ...]]] = {}
    occurrences = [(row.left, row) for row in scene.rows]
    occurrences += [(name, row) for row in scene.rows for name in symbols(row.right)]
    for name, _ in occurrences:
        key, carried, indices = scene.names.sighted(name)
        if key in scene.forms or (not carried and not indices):
            continue
        known = counts.get(key)
        if known is None or len(carried) + len(indices) > len(known[1]) + len(known[2]):
            counts[key] = (name, carried, indices)
    for key, (name, carried, indices) in counts.items():
        if scene.constant(key, name):
            continue
        if key in scene.defined and not scene.names.sighted(scene.defined[key].left).indices:
            continue  # the right side says what its axes are
        front = tuple(scene.axis(script) for script in carried)
        sides: tuple[Size | None, ...] = tuple(scene.axis(script) for script in indices)
        scene.forms[key] = Form(front, (*sides, None) if len(sides) == 1 else sides)


def _row_form(scene: Scene, row: Row) -> None:
    """Learn from one row; sets the axes of what it defines."""
    translator = scene.translator
    form = scene.forms.get(row.key)
    carried, translator.scope = scene.scope(row)
    value = scene.right(row)
    _, _, indices = scene.names.sighted(row.left)
    if indices:
        if value.sides:
            raise scene.error(
                "shapes",
                f"the left side is one entry, and the right side has the shape {translator.tensors.shape(value)}",
                row.right,
            )
        return
    sides = tuple(None if s is None else translator.tensors.size(s) for s in value.sides)
    if form is None:
        scene.forms[row.key] = Form(tuple(translator.tensors.size(i) for i in carried), sides)
        return
    agree = len(form.sides) == len(sides) and all(
        (a is None) == (b is None) and (a is None or b is None or scene.sizes.meet(a, b))
        for a, b in zip(form.sides, sides, strict=True)
    )
    if not agree:
        told = " x ".join(scene.sizes.spoken(s) for s in form.sides) or "a number"
        raise scene.error(
            "shapes",
            f"{scene.spelled(row.key, row.left)} is {told}, and its right side {translator.tensors.shape(value)}",
            row.right,
        )


def _assume_scalars(scene: Scene, waiting: dict[Key, Sym], numbers: dict[Key, Sym]) -> None:
    """Leaves whose axes nothing says are numbers where no vector was met, and ask for them otherwise."""
    leaves = {k: n for k, n in waiting.items() if k not in scene.defined}
    certain = {k for k in leaves if not scene.translator.opened or k in numbers or k.base in RATES | COUNTS}
    if not certain:
        listed = {scene.spelled(k, n): n for k, n in leaves.items()} or {
            scene.spelled(k, n): n for k, n in waiting.items()
        }
        asked = ", ".join(f"'{name}' = \"...\"" for name in listed)
        raise scene.error(
            "unknown-shape",
            f"the shape of {', '.join(listed)} is not known",
            next(iter(listed.values())),
            f'say shapes = {{ {asked} }}: "" for a number, "n" for a column, "1 x n" for a row, "m x n" for a matrix',
        )
    for key in certain:
        scene.forms[key] = Form((), ())
