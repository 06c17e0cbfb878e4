"""Which equation defines the cost."""

from __future__ import annotations

from symbackprop.networks.equations.scene import Row, Scene
from symbackprop.networks.equations.trees import symbols
from symbackprop.reading.tree import Sym
from symbackprop.vocabulary.errors import InputError, nearest


def _unused(scene: Scene) -> list[Row]:
    """The definitions that no other one uses."""
    used = {scene.names.sighted(name).key for row in scene.rows for name in symbols(row.right)}
    return [row for row in scene.rows if row.key not in used]


def cost_of(scene: Scene, cost: Sym | None) -> Row:
    """The row that defines the cost: the declared one, or the last that defines a number."""
    if cost is not None:
        key = scene.names.sighted(cost).key
        row = scene.defined.get(key)
        if row is None:
            known = [scene.spelled(r.key, r.left) for r in scene.rows]
            close = nearest(scene.forward.cost, known)
            error = InputError(
                "unknown-cost", f"the equations do not define the cost {scene.forward.cost}",
                hint=(f"did you mean {close}? " if close else "") + f"they define {', '.join(known)}",
            )  # fmt: skip
            raise scene.forward.at(error, scene.forward.cost)
    else:
        found = next((r for r in reversed(scene.rows) if not scene.forms[r.key].axes), None)
        if found is None:
            raise scene.error(
                "no-cost", "no equation defines a number that could be the cost", scene.rows[-1].left,
                "add one, such as C = \\frac12 \\|y - a\\|^2, and cost = \"C\"",
            )  # fmt: skip
        row = found
    if scene.forms[row.key].axes:
        shape = " x ".join(scene.sizes.spoken(s) for s in scene.forms[row.key].axes)
        raise scene.error("cost-not-scalar", f"the cost must be one number, and this has the axes {shape}", row.left)
    return row


def check_rivals(scene: Scene, row: Row) -> None:
    """Refuse to choose a cost where another number that nothing uses could be it as well."""
    rivals = [r for r in _unused(scene) if r is not row and not scene.forms[r.key].axes]
    if rivals:
        names = [scene.spelled(r.key, r.left) for r in (*rivals, row)]
        raise scene.error(
            "which-cost",
            f"{' and '.join(names)} are numbers that nothing uses, so each could be the cost",
            row.left,
            f'say which: cost = "{names[0]}"',
        )
