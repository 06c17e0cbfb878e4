"""``python -m symbackprop`` is the ``symbackprop`` command."""

from symbackprop.cli import main

main()
