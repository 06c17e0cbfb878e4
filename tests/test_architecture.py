"""Who may import what. That imports point one way is import-linter's to check (`make imports`)."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "symbackprop"
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
# None of these is quick to load, and the command line rarely needs them.
SLOW = {"sympy", "mpmath", "numpy", "matplotlib"}
# Modules that are loaded only when what they import is needed.
LAZY = ("symbolic", "factors.arrays", "factors.scaled", "factors.tensors")


def imports(node: ast.AST, lazy: bool) -> Iterator[str]:
    """The packages imported when the module is loaded; if lazy, also those imported when a function is called."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Import(names=names):
                yield from (alias.name.split(".")[0] for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.split(".")[0]
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda() if not lazy:
                pass
            case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=orelse) if not lazy:
                for statement in orelse:
                    yield from imports(ast.Module([statement], []), lazy)
            case _:
                yield from imports(child, lazy)


def within(module: str, *layers: str) -> bool:
    return any(f"{module}.".startswith(f"symbackprop.{layer}.") for layer in layers)


@pytest.mark.parametrize("module", [module for module in MODULES if not within(module, *LAZY)])
def test_sympy_is_imported_only_where_an_expression_is_asked_for(module):
    assert SLOW.isdisjoint(imports(ast.parse(MODULES[module].read_text("utf-8")), lazy=False))


@pytest.mark.parametrize("module", [module for module in MODULES if not within(module, "cli")])
def test_click_is_the_command_lines_alone(module):
    assert "click" not in set(imports(ast.parse(MODULES[module].read_text("utf-8")), lazy=True))


def test_loading_everything_else_loads_nothing_slow():
    modules = [module for module in MODULES if not within(module, *LAZY, "__main__")]
    script = f"import sys, {', '.join(modules)}; print(*sorted({SLOW} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=PACKAGE.parent)
    assert (loaded.stdout.split(), loaded.stderr) == ([], "")


@pytest.mark.parametrize(
    ("source", "lazy", "found"),
    [
        ("import sympy.core as s", False, {"sympy"}),
        ("from sympy import Symbol", False, {"sympy"}),
        ("try:\n import sympy\nexcept ImportError:\n pass", False, {"sympy"}),
        ("class A:\n import sympy", False, {"sympy"}),
        ("def f():\n import sympy", False, set()),
        ("def f():\n import click", True, {"click"}),
        ("class A:\n def f(self):\n  from click import echo", True, {"click"}),
        ("if TYPE_CHECKING:\n import sympy\nelse:\n import numpy", False, {"numpy"}),
        ("from . import sympy", False, set()),
    ],
)
def test_the_search_for_imports_finds_them(source, lazy, found):
    assert set(imports(ast.parse(source), lazy)) == found
